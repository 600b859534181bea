/* The row that acts are about: it stays where it is on the screen while the page scrolls under it, and moves where the
 * page cannot. And folding what begins on it. */
#include "ui/pager.h"
#include "weir/base/clock.h"

#define FIRST_SLICE (4 * CLOCK_MS)

static struct slice text_of(const struct pager *p, const struct page_place *place) {
  enum role role;
  return buf_slice(&pager_text(p, place, &role)->text);
}

static bool is_row(const struct pager *p, const struct pager *walk) {
  size_t at = p->cursor_at, n = pager_row_bytes(p, text_of(p, &walk->top), walk->at);
  return page_same_place(&walk->top, &p->cursor) && (!p->wrap || (at >= walk->at && at < walk->at + n + (n == 0)));
}

/* Where the window is, or as near as can be. */
void pager_cursor_settle(struct pager *p) {
  struct pager walk = *p, last = *p;
  uint64_t key = page_key(&p->cursor);
  if (p->page == NULL)
    return;
  if (!page_by_key(p->page, key, &p->cursor))
    p->cursor = p->top;
  p->row = 0;
  bool above =
      page_key(&p->cursor) < page_key(&p->top) || (page_same_place(&p->cursor, &p->top) && p->cursor_at < p->at);
  for (int row = 0; !above && row < p->h; row++) {
    last = walk;
    p->row = row;
    if (is_row(p, &walk)) {
      p->cursor_at = walk.at;
      return;
    }
    if (!pager_step(&walk, 1))
      break;
  }
  p->cursor = above ? p->top : last.top;
  p->cursor_at = above ? p->at : last.at;
}

void pager_cursor_move(struct pager *p, long rows) {
  struct pager walk = *p;
  walk.top = p->cursor;
  walk.at = p->cursor_at;
  for (; rows != 0 && pager_step(&walk, rows > 0 ? 1 : -1); rows += rows > 0 ? -1 : 1)
    ;
  p->cursor = walk.top;
  p->cursor_at = walk.at;
}

void pager_cursor_row(struct pager *p, int row) {
  struct pager walk = *p;
  if (p->page == NULL)
    return;
  for (int i = 0; i < row && pager_step(&walk, 1); i++)
    ;
  p->cursor = walk.top;
  p->cursor_at = walk.at;
  pager_cursor_settle(p);
}

bool pager_cursor_mark(const struct pager *p, int column) {
  ptrdiff_t at = p->page != NULL ? page_mark_at(p->page, &p->cursor) : -1;
  return at >= 0 && p->cursor_at == 0 && column >= 0 && (ptrdiff_t)((size_t)column + p->left) == at;
}

/* ---- folding ---- */

/* Lines are other ones now, but what was found stays where it is: it is looked for in folded lines too. */
static void refold(struct pager *p) {
  bool same = p->version == p->page->version;
  p->page->version++;
  if (same)
    p->version = p->page->version;
}

bool pager_fold_slice(struct pager *p, uint64_t deadline) {
  struct folds *f = &p->page->folds;
  if (p->page->lines == NULL || !page_marks(p->page)) {
    folds_stop(f);
    return false;
  }
  bool more = folds_step(f, p->page->lines, page_body_size(p->page), page_ended(p->page), deadline);
  if (more)
    return true;
  if (!p->fold_stopped && p->page->more && folds_waiting(f)) { /* its end is in what is not decoded yet */
    page_unpack(p->page, UINT64_MAX, deadline);
    if (p->page->lines != NULL && folds_resume(f, p->page->lines, page_body_size(p->page), page_ended(p->page)))
      return true;
  }
  if (f->found && page_find(p->page, f->target, &p->cursor))
    p->cursor_at = 0;
  if (f->found)
    pager_reveal(p, &p->cursor, 0);
  f->found = false;
  refold(p);
  return false;
}

static bool run(struct pager *p) {
  if (pager_fold_slice(p, clock_mono() + FIRST_SLICE)) {
    refold(p);
    pager_work(p);
  }
  return true;
}

bool pager_folding(const struct pager *p) {
  return p->page != NULL && p->page->folds.walk != FOLDS_REST;
}

void pager_fold_stop(struct pager *p) {
  if (!pager_folding(p))
    return;
  p->fold_stopped = true;
  folds_stop(&p->page->folds);
  refold(p);
}

void pager_fold_grown(struct pager *p) {
  if (p->page != NULL && p->page->lines != NULL && page_marks(p->page) &&
      folds_resume(&p->page->folds, p->page->lines, page_body_size(p->page), page_ended(p->page)))
    run(p);
}

static bool open_here(struct pager *p) {
  const struct fold *fold = page_fold(p->page, &p->cursor);
  if (fold == NULL)
    return false;
  folds_open(&p->page->folds, fold->at);
  refold(p);
  return true;
}

/* A body is one element as a rule, which stays open: the second time it is folded too. */
static bool fold_all(struct pager *p) {
  bool many = p->page->kind == BODY_NDJSON || p->page->kind == BODY_MULTIPART;
  folds_close_all(&p->page->folds, p->page->lines, many || p->page->folds.all ? 0 : 1);
  return run(p);
}

bool pager_fold(struct pager *p, enum pager_fold act) {
  if (p->page == NULL || !page_marks(p->page))
    return false;
  p->fold_stopped = false;
  if (act == PAGER_FOLD_ALL)
    return fold_all(p);
  if (act == PAGER_FOLD_NONE) {
    folds_open_all(&p->page->folds);
    refold(p);
    return true;
  }
  if (p->cursor.head != PAGE_BODY)
    return false;
  if (act != PAGER_FOLD_CLOSE && open_here(p))
    return true;
  if (act == PAGER_FOLD_OPEN || page_fold(p->page, &p->cursor) != NULL || p->cursor.body.about)
    return false;
  if (folds_close(&p->page->folds, p->page->lines, &p->cursor.body))
    return run(p);
  if (act == PAGER_FOLD_HERE || p->page->folds.too_many)
    return false;
  folds_close_around(&p->page->folds, p->page->lines, &p->cursor.body);
  run(p);
  return pager_folding(p) || page_fold(p->page, &p->cursor) != NULL;
}

void pager_unfold_at(struct pager *p, uint64_t key) {
  if (p->page != NULL && key >= page_body_key(0) && folds_reveal(&p->page->folds, key - page_body_key(0)))
    refold(p);
}
