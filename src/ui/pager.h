/*
 * Scrolling over a page: by rows, wrapped or not, with find. Nothing is kept for lines that are not on the screen. The
 * position is a line and a byte in it, so that it stays with the content when the window changes.
 */
#ifndef WEIR_UI_PAGER_H
#define WEIR_UI_PAGER_H

#include "ui/page.h"
#include "weir/base/vec.h"
#include "weir/io/loop.h"

#define PAGER_HITS 100000

struct hit {
  size_t line, at; /* byte in the line */
};

struct pager {
  struct loop *loop;
  void (*changed)(void *arg); /* a search went on */
  void *arg;
  struct page *page; /* not owned */
  size_t line, at;   /* first row shown: bytes of the line, tabs expanded */
  size_t left;       /* columns scrolled to the right; unwrapped only */
  bool wrap;
  int w, h;
  /* find */
  struct buf needle;
  VEC(struct hit) hit;
  size_t current;      /* place in hit[]; hit.n: none yet */
  size_t scanned;      /* next line to look at */
  bool scanning, seek; /* seek: go to the first hit behind the start as soon as it is known */
  struct hit start;
  unsigned version; /* of the page that was looked at */
  struct loop_job job;
};

void pager_init(struct pager *p, struct loop *loop, struct page *page, void (*changed)(void *arg), void *arg);
void pager_clear(struct pager *p);
void pager_layout(struct pager *p, int w, int h); /* after the page changed or the window did */
void pager_move(struct pager *p, long rows);
void pager_home(struct pager *p);
void pager_end(struct pager *p);
void pager_sideways(struct pager *p, long columns);
bool pager_at_end(const struct pager *p);
void pager_draw(const struct pager *p, struct canvas *c, struct rect r);
size_t pager_percent(const struct pager *p); /* how far down, without indexing what was not seen */

/* Lower-case letters in the needle match both cases. Looks for some milliseconds, the rest in slices. */
void pager_find(struct pager *p, struct slice needle);
void pager_find_next(struct pager *p, bool forward);
void pager_find_stop(struct pager *p);
void pager_find_words(const struct pager *p, struct buf *out); /* "/token  3 of 9" */

/* The next place of the needle at or behind `from`; -1: none. */
ptrdiff_t pager_match(const struct pager *p, struct slice text, size_t from);
void pager_reveal(struct pager *p, size_t line, size_t at);

#endif
