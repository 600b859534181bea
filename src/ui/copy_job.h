/*
 * Making the text that is to be copied, by a job of the loop where it takes longer than a moment: bodies may have to be
 * decoded, and many flows may be copied at once. Esc stops it. What would be longer than COPY_MOST is not copied: nobody
 * pastes that, and a file takes it. One at a time. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_COPY_JOB_H
#define WEIR_SRC_UI_COPY_JOB_H

#include "ui/ui_state.h"
#include "weir/base/vec.h"

#define COPY_MOST ((size_t)16 << 20)

/* Appends the text. False with a sentence. */
typedef bool copy_make_fn(const struct flow *f, enum flow_side side, struct buf *out, struct err *err);

enum copy_form {
  COPY_MADE, /* by make(), at once: it is short */
  COPY_RAW,  /* the message as it was sent */
  COPY_BODY, /* without its content coding */
  COPY_HAR,  /* entries of one document */
};

struct copy_kind {
  const char *what; /* "curl command": for the message */
  const char *many; /* the same of several flows */
  copy_make_fn *make;
  enum copy_form form;
  enum flow_side side; /* of COPY_RAW and COPY_BODY */
};

struct copy_target {
  uint64_t id;
  enum flow_side side; /* for make() */
};

struct copy_targets {
  struct copy_target *v;
  size_t n, cap;
};

/* The targets become its own. What another one is making is forgotten. */
void copy_job_start(struct ui *ui, const struct copy_kind *kind, struct copy_targets targets);
bool copy_job_busy(const struct ui *ui, char out[static 40]); /* how far it is */
void copy_job_let_go(struct ui *ui, struct flow *f);          /* it leaves the list */
void copy_job_stop(struct ui *ui);                            /* NULL-safe */

#endif
