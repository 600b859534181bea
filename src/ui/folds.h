/*
 * Which elements of a pretty body are folded: shown as one line, with what is in them counted instead. A fold is found by
 * walking over the lines from the one that opens it to the one that ends it, in slices, so that no body is too large for
 * it; nothing is kept for what is not folded. Folds are kept by offset: they stay right while the body grows.
 *
 * An element that nothing ends reaches to the end of the body. As long as that may still grow, what comes is walked over
 * when it is there (folds_resume()).
 */
#ifndef WEIR_UI_FOLDS_H
#define WEIR_UI_FOLDS_H

#include "weir/base/vec.h"
#include "weir/body/lines.h"

#define FOLDS_MAX 200000u /* in one body: some 12 MB */

struct fold {
  uint64_t at, line; /* the line that opens it, which stays to be seen */
  uint64_t close;    /* the last line that is hidden; 0: not found yet; UINT64_MAX: all there is */
  uint64_t lines;    /* hidden, as far as was walked */
  uint64_t resume;   /* open to the end: where to go on when more comes, and what was counted by then */
  uint32_t resume_items;
  uint32_t items; /* in it, of the next level */
  uint16_t level;
  bool closed; /* its last line ends it: what stands there is shown behind the count */
  bool whole;  /* nothing more comes that could be in it */
};

struct folds {
  VEC(struct fold) fold; /* by offset; may stand within each other */
  VEC(uint32_t) shown;   /* those that are on: outermost, ended */
  enum folds_walk { FOLDS_REST, FOLDS_ONE, FOLDS_ALL, FOLDS_UP } walk;
  struct body_place place; /* of the walk */
  uint64_t from, before;   /* where it began; the line before `place` */
  uint16_t least;          /* FOLDS_ALL: from that level on; FOLDS_UP: below it */
  bool beyond;             /* it has come to lines that may turn out otherwise when more comes */
  VEC(uint32_t) open;      /* elements that it is in */
  bool all;                /* everything was folded, and nothing unfolded since */
  bool too_many;           /* there are more than FOLDS_MAX */
  bool found;              /* FOLDS_UP: at `target` */
  uint64_t target;
  uint64_t size; /* of the body when it was walked over last, and whether that was all of it */
  bool ended;
};

void folds_clear(struct folds *f);
/* The fold that hides this byte, or NULL; and the one whose first line begins there. */
const struct fold *folds_hiding(const struct folds *f, uint64_t at);
const struct fold *folds_at(const struct folds *f, uint64_t at);

/* Begin a walk, which folds_step() goes on with. Of the element that *place opens; false: it opens none. */
bool folds_close(struct folds *f, struct body_lines *lines, const struct body_place *place);
/* Of the innermost element around *place. */
void folds_close_around(struct folds *f, struct body_lines *lines, const struct body_place *place);
/* Of every element from that level on; what was folded before is not any more. */
void folds_close_all(struct folds *f, struct body_lines *lines, uint16_t least);
/* A fold on the screen goes to the end of what there is, and more may come. */
bool folds_waiting(const struct folds *f);
/* The body may have grown; true: there is something to do. */
bool folds_resume(struct folds *f, struct body_lines *lines, uint64_t size, bool ended);

/* True when a line there opens something that could be folded. */
bool folds_can_close(struct body_lines *lines, const struct body_place *place);
void folds_open(struct folds *f, uint64_t at);   /* the fold that begins there */
bool folds_reveal(struct folds *f, uint64_t at); /* all that hide this byte; false: none did */
void folds_open_all(struct folds *f);

/* Walks until `deadline` (clock_mono()) over a body of that size; ended: it does not grow any more. False: it is at its
 * end. */
bool folds_step(struct folds *f, struct body_lines *lines, uint64_t size, bool ended, uint64_t deadline);
void folds_stop(struct folds *f); /* what was found stays */
unsigned folds_percent(const struct folds *f, uint64_t size);

#endif
