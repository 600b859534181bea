/*
 * What `u` takes back and Ctrl-R does again: steps, each of them a few reversible changes under one phrase. A change is a
 * pair of functions and the state it needs; how one is made is undo_kinds.c's matter, or its own module's. Network traffic is
 * none: what was sent stays sent.
 *
 * Flows taken out of the list are kept in here, outside the store, only as long as store and undo together fit the store's
 * budget; as traffic comes in, the oldest ones go for good. So do changes that keep whole messages.
 */
#ifndef WEIR_SRC_UI_UNDO_H
#define WEIR_SRC_UI_UNDO_H

#include "weir/flow/store.h"
#include "weir/ui/view.h"

#define UNDO_STEPS 100

struct undo;

/* What a step did when it was taken back or done again: for the message line and the cursor. */
struct undo_told {
  char phrase[64]; /* "delete #6" */
  uint64_t flow;   /* the one it was about; 0: about none, or several */
  size_t back;     /* flows that returned to the list */
  size_t out;      /* flows that left it again */
  size_t lost;     /* flows that had gone for good */
  struct err why;  /* a part that could not be done any more; "": none */
};

struct undo_change_ops {
  /* Puts the state kept in `data` in the place of the present one, which is kept instead: the next call does the
   * opposite. False: it cannot be done (any more), told->why says so. May set told->flow. */
  bool (*swap)(struct ui *ui, void *data, struct undo_told *told);
  void (*free)(void *data); /* may be NULL: nothing to free */
  /* Bytes it keeps, for the budget; NULL: next to none. A change that costs may be given up, oldest first. */
  size_t (*cost)(const void *data);
  /* The state kept is the present one, so that a swap would change nothing. NULL: never. A step with nothing else in it
   * is passed over: neither u nor Ctrl-R has anything to do there. */
  bool (*moot)(const struct ui *ui, const void *data);
};

struct undo *undo_new(void);
void undo_free(struct undo *u);

/* A step begins; `phrase` is what the message line says: "delete #6". Between begin and end come undo_add() and
 * undo_add_flow(), before or after the change itself. What had been taken back can not be done again after this. */
void undo_begin(struct undo *u, const char *format, ...) __attribute__((format(printf, 2, 3)));
void undo_add(struct undo *u, const struct undo_change_ops *ops, void *data); /* data: taken over */
void undo_add_flow(struct undo *u, struct flow *f);                           /* detached from the store: taken over */
void undo_end(struct undo *u);    /* forgets the step when nothing was added */
void undo_cancel(struct undo *u); /* instead: what was to be done failed. Not after undo_add_flow() */

struct slice undo_phrase(const struct undo *u, const struct ui *ui); /* what u would take back; empty: nothing */
struct slice redo_phrase(const struct undo *u, const struct ui *ui); /* what Ctrl-R would do again */
size_t undo_flows(const struct undo *u, const struct ui *ui);        /* that u would bring back to the list */
/* False: there is none. */
bool undo_step(struct undo *u, struct ui *ui, struct undo_told *told);
bool redo_step(struct undo *u, struct ui *ui, struct undo_told *told);
void undo_trim(struct undo *u, struct store *store); /* cheap; once a turn */
size_t undo_cost(const struct undo *u);

#endif
