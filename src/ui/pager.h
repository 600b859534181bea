/*
 * Scrolling over a page: by rows, wrapped or not, with find. Nothing is kept for lines that are not on the screen. The
 * position is a place of the page and a byte in its line, so that it stays with the content when the window changes.
 *
 * What takes long runs in slices of one job: finding, and the index of a body in which one has gone far. The pager asks
 * `fresh` before each slice, so that it never works on a page whose flow is gone.
 */
#ifndef WEIR_UI_PAGER_H
#define WEIR_UI_PAGER_H

#include "ui/find_pattern.h"
#include "ui/page.h"
#include "weir/base/vec.h"
#include "weir/io/loop.h"

#define PAGER_HITS 100000

struct hit {
  uint64_t key; /* page_key() of the line or piece */
  size_t at;    /* byte in it, tabs expanded */
  size_t n;     /* bytes of it */
};

struct pager_text; /* the line that was looked at last */

struct pager_mark { /* where one was */
  uint64_t key;
  size_t at, left;
  uint64_t cursor;
  size_t cursor_at;
};

struct pager {
  struct loop *loop;
  void (*changed)(void *arg); /* work went on */
  bool (*fresh)(void *arg);   /* brings the page up to date; false: it is gone. NULL: it always is */
  void *arg;
  struct page *page; /* not owned */
  struct page_place top;
  size_t at;   /* first row shown: bytes of the line of `top`, tabs expanded */
  size_t left; /* columns scrolled to the right; unwrapped only. In a line of several pieces: bytes */
  bool wrap;
  bool follow;  /* stay at the end while the body grows */
  bool ended;   /* the last row shown is the last one there is; of the last layout */
  bool cut_off; /* where the line goes that fills the window, only the index will tell */
  int w, h;
  uint64_t bottom;          /* how far into the body the window goes */
  struct page_place cursor; /* the row that acts are about: a byte of a line, as `top` and `at` */
  size_t cursor_at;
  unsigned byte;        /* of its row, in hex */
  struct pager_mark to; /* where to go when the page is there */
  bool returning;
  int row;      /* of the window: there it is; of the last layout */
  bool mark;    /* it is drawn */
  bool numbers; /* lines of the body have theirs before them, in `gutter` columns */
  int gutter;
  bool fold_stopped; /* nothing more is decoded for what is folded */
  struct pager_text *text;
  /* work */
  struct loop_job job;
  bool indexing;
  bool end_wanted;        /* decode to the end and go there */
  bool stopped;           /* it was not let to go on */
  uint64_t offset_wanted; /* go to that offset + 1 as soon as it is decoded; 0: none */
  uint64_t line_wanted;   /* go to that line + 1 of the body as soon as the index has it; 0: none */
  /* find */
  struct buf needle; /* as typed; empty: nothing is looked for */
  struct find_pattern pattern;
  struct buf side;
  VEC(struct hit) hit;
  size_t current;              /* place in hit[]; hit.n: none yet */
  struct page_place scanned;   /* next line to look at */
  bool scanning, seek, behind; /* seek: go to the first hit behind the start as soon as it is known */
  struct hit start;
  unsigned version; /* of the page that was looked at */
};

void pager_init(struct pager *p, struct loop *loop, struct page *page, void (*changed)(void *arg), void *arg);
void pager_clear(struct pager *p);
void pager_layout(struct pager *p, int w, int h); /* after the page changed or the window did */
void pager_move(struct pager *p, long rows);
void pager_home(struct pager *p);
void pager_end(struct pager *p);
void pager_line(struct pager *p, uint64_t line); /* of the body, from 0 */
void pager_sideways(struct pager *p, long columns);
struct pager_mark pager_mark(const struct pager *p);
void pager_return(struct pager *p, struct pager_mark mark);
void pager_draw(const struct pager *p, struct canvas *c, struct rect r);
void pager_where(const struct pager *p,
                 struct buf *out); /* "line 9/14", "line ~120000, 40%"; nothing when all is seen */
/* What is under way, "unpacking 40%"; false: nothing is. pager_stop() ends it; what was found stays. */
bool pager_working(const struct pager *p, struct buf *out);
void pager_stop(struct pager *p);

/* The row that acts are about. */
void pager_cursor_row(struct pager *p, int row);           /* to that row of the window */
bool pager_cursor_mark(const struct pager *p, int column); /* the sign of what can be folded stands there */

/* Hex. The byte under the cursor; false: there is none, or this is no hex. */
bool pager_hex_at(const struct pager *p, uint64_t *offset);
void pager_hex_move(struct pager *p, long bytes);
int pager_hex_width(unsigned bytes); /* columns of a row with so many bytes */
/* To the byte at that offset, in any view; decodes as far as that first. */
void pager_offset(struct pager *p, uint64_t offset);

/* What begins there; else what it stands in (TOGGLE, CLOSE), but not HERE. What takes long goes on in slices. False:
 * there is nothing to fold or to open. */
enum pager_fold {
  PAGER_FOLD_TOGGLE,
  PAGER_FOLD_HERE,
  PAGER_FOLD_OPEN,
  PAGER_FOLD_CLOSE,
  PAGER_FOLD_ALL,
  PAGER_FOLD_NONE
};
bool pager_fold(struct pager *p, enum pager_fold act);
bool pager_folding(const struct pager *p); /* still under way */
void pager_fold_stop(struct pager *p);

/* As find_pattern.h has it. Looks for some milliseconds, the rest in slices. False: *err says what is wrong with it, and
 * nothing is looked for. */
bool pager_find(struct pager *p, struct slice needle, struct err *err);
void pager_find_next(struct pager *p, bool forward);
void pager_find_stop(struct pager *p);
void pager_find_words(const struct pager *p, struct buf *out); /* "/token  3 of 9" */
bool pager_find_slice(struct pager *p, uint64_t deadline);     /* false: all is looked at */
unsigned pager_find_percent(const struct pager *p);            /* how much of it */

/* ---- for the parts of the pager ---- */

/* The line as it is drawn; good until the next call. */
const struct body_line *pager_text(const struct pager *p, const struct page_place *place, enum role *role);
/* Bytes of the row that begins at `at`. */
size_t pager_row_bytes(const struct pager *p, struct slice text, size_t at);
/* The first match in a line's text that ends behind `from`. */
bool pager_match(const struct pager *p, struct slice text, size_t from, size_t *at, size_t *n);
void pager_reveal(struct pager *p, const struct page_place *place, size_t at);
/* Unwrapped, in a line of several pieces: the piece at the left edge, and the byte of it. False: the line is shorter. */
bool pager_at_left(const struct pager *p, const struct page_place *line, struct page_place *piece, size_t *at);
bool pager_is_long(const struct pager *p, const struct page_place *line); /* of several pieces */
bool pager_step(struct pager *p, int way);                                /* by a row; way: 1 down, -1 up */
void pager_cursor_settle(struct pager *p);
void pager_cursor_move(struct pager *p, long rows);
bool pager_fold_slice(struct pager *p, uint64_t deadline); /* false: it is at its end */
void pager_fold_grown(struct pager *p);
void pager_unfold_at(struct pager *p, uint64_t key);
void pager_work(struct pager *p); /* starts the job */

/* pager_hex.c */
void pager_hex_draw(const struct pager *p, struct canvas *c, struct rect r);
bool pager_offset_slice(struct pager *p, uint64_t deadline); /* true: it is there */

/* pager_unpack.c: the part of a body that is not decoded yet. True: more of it is there now. */
bool pager_unpack_more(struct pager *p);
void pager_unpack_ahead(struct pager *p);                    /* of the window */
bool pager_unpack_slice(struct pager *p, uint64_t deadline); /* to the end; false: it is there */

#endif
