/* Finding in a page: some milliseconds at once, the rest in slices between turns. */
#include <stdlib.h>

#include "ui/pager.h"
#include "weir/base/clock.h"

#define FIRST_SLICE (4 * CLOCK_MS)

static bool has_upper(struct slice s) {
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] >= 'A' && s.p[i] <= 'Z')
      return true;
  return false;
}

ptrdiff_t pager_match(const struct pager *p, struct slice text, size_t from) {
  struct slice needle = buf_slice(&p->needle), rest = slice_from(text, from);
  ptrdiff_t at = has_upper(needle) ? slice_find(rest, needle) : slice_find_ascii(rest, needle);
  return at < 0 ? -1 : at + (ptrdiff_t)from;
}

static bool before(struct hit a, struct hit b) {
  return a.key < b.key || (a.key == b.key && a.at < b.at);
}

static void go(struct pager *p, size_t place) {
  struct page_place to;
  p->current = place;
  p->seek = false;
  pager_unfold_at(p, p->hit.v[place].key);
  if (page_by_key(p->page, p->hit.v[place].key, &to))
    pager_reveal(p, &to, p->hit.v[place].at);
}

/* The first hit at or behind the start, or the very first when there is none and all was looked at. */
static void seek(struct pager *p, size_t from) {
  for (size_t i = from; p->seek && i < p->hit.n; i++)
    if (!before(p->hit.v[i], p->start))
      go(p, i);
  if (p->seek && !p->scanning && p->hit.n > 0)
    go(p, 0);
}

/* False: the page has no more lines. */
static bool scan_line(struct pager *p) {
  enum role role;
  if (p->hit.n >= PAGER_HITS)
    return false;
  struct slice text = buf_slice(&pager_text(p, &p->scanned, &role)->text);
  for (ptrdiff_t at = pager_match(p, text, 0); at >= 0; at = pager_match(p, text, (size_t)at + p->needle.n)) {
    struct hit hit = {page_key(&p->scanned), (size_t)at};
    VEC_PUSH(&p->hit, hit);
  }
  return page_next_through(p->page, &p->scanned) || (pager_unpack_more(p) && page_next_through(p->page, &p->scanned));
}

unsigned pager_find_percent(const struct pager *p) {
  uint64_t size = page_body_size(p->page), at = p->scanned.head == PAGE_BODY ? p->scanned.body.at : 0;
  return p->page->more ? page_unpacked(p->page) : size > 0 ? (unsigned)(at * 100 / size) : 0;
}

bool pager_find_slice(struct pager *p, uint64_t deadline) {
  size_t known = p->hit.n, looked = 0;
  if (p->page->version != p->version) /* made anew: the next layout begins again */
    p->scanning = false;
  while (p->scanning && (++looked % 16 != 0 || clock_mono() < deadline))
    p->scanning = scan_line(p);
  bool none = p->current >= known; /* none is current yet: keep it so when the list grows */
  if (none)
    p->current = p->hit.n;
  seek(p, known);
  return p->scanning;
}

void pager_find_stop(struct pager *p) {
  p->scanning = false;
  buf_clear(&p->needle);
  VEC_CLEAR(&p->hit);
  p->current = 0;
}

void pager_find(struct pager *p, struct slice needle) {
  pager_find_stop(p);
  if (needle.n == 0 || p->page == NULL || !page_first(p->page, &p->scanned))
    return;
  buf_add_slice(&p->needle, needle);
  p->scanning = p->seek = true;
  p->stopped = false;
  p->start = (struct hit){page_key(&p->top), p->at};
  p->version = p->page->version;
  if (pager_find_slice(p, clock_mono() + FIRST_SLICE))
    pager_work(p);
}

void pager_find_next(struct pager *p, bool forward) {
  if (p->hit.n == 0)
    return;
  if (p->current >= p->hit.n)
    go(p, forward ? 0 : p->hit.n - 1);
  else
    go(p, (p->current + (forward ? 1 : p->hit.n - 1)) % p->hit.n);
}

void pager_find_words(const struct pager *p, struct buf *out) {
  if (p->needle.n == 0)
    return;
  buf_add_byte(out, '/');
  buf_add_slice(out, buf_slice(&p->needle));
  if (p->hit.n == 0)
    buf_add_text(out, p->scanning ? "  searching" : p->stopped ? "  nothing yet" : "  not found");
  else if (p->current < p->hit.n)
    buf_printf(out, "  %zu of %zu", p->current + 1, p->hit.n);
  else
    buf_printf(out, "  %zu found", p->hit.n);
  const char *dots = p->hit.n > 0 ? ", searching" : "";
  if (p->scanning)
    buf_printf(out, "%s %u%%", dots, pager_find_percent(p));
  else if (p->stopped)
    buf_printf(out, ", stopped at %u%%", pager_find_percent(p));
  else if (p->hit.n >= PAGER_HITS)
    buf_add_text(out, " and more");
}
