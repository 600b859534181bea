/*
 * Long work on the text of a draft, a slice of the loop at a time: looking for something, replacing all of it. While it
 * goes on the text may not be changed; Esc ends it, and then it has changed nothing. What is done within one slice shows
 * nothing of this. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_EDIT_WORK_H
#define WEIR_SRC_UI_EDIT_WORK_H

#include "ui/draft.h"

struct edit_work;

struct edit_work_ops {
  const char *doing;                          /* "replacing" */
  bool (*step)(void *arg, uint64_t deadline); /* false: it has ended, and end() is called */
  unsigned (*percent)(const void *arg);       /* how much is done */
  void (*end)(struct draft *d, void *arg);    /* says what has come of it */
  void (*free)(void *arg);
};

/* Takes arg. Not while there is work already. */
void edit_work_start(struct draft *d, const struct edit_work_ops *ops, void *arg);
void edit_work_stop(struct draft *d);                                  /* without a word; fine when there is none */
void edit_work_finish(struct draft *d);                                /* now, however long it takes */
void edit_work_cancel(struct draft *d);                                /* the person ends it: says so */
const char *edit_work_doing(const struct draft *d, unsigned *percent); /* NULL: there is none */

#endif
