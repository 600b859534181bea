/* Finding in a page: some milliseconds at once, the rest in slices between turns. */
#include <stdlib.h>
#include <string.h>

#include "ui/pager.h"
#include "weir/base/clock.h"

#define FIRST_SLICE (4 * CLOCK_MS)

bool pager_match(const struct pager *p, struct slice text, size_t from, size_t *at, size_t *n) {
  size_t back = find_pattern_back(&p->pattern), start = from > back ? from - back : 0;
  if (p->pattern.regex != NULL)
    start = 0;
  while (find_pattern_at(&p->pattern, text, start, at, n)) {
    if (*at + *n > from)
      return true;
    start = *at + *n;
  }
  return false;
}

static bool before(struct hit a, struct hit b) {
  return a.key < b.key || (a.key == b.key && a.at < b.at);
}

static void go(struct pager *p, size_t place) {
  struct page_place to;
  p->current = place;
  p->seek = false;
  if (p->page->hex && p->hit.v[place].key >= page_body_key(0)) {
    pager_offset(p, p->hit.v[place].key - page_body_key(0));
    return;
  }
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

static void add_hit(struct pager *p, uint64_t key, size_t at, size_t n) {
  struct hit hit = {key, at, n};
  if (p->hit.n < PAGER_HITS)
    VEC_PUSH(&p->hit, hit);
}

static bool next_line(struct pager *p) {
  return page_next_through(p->page, &p->scanned) || (pager_unpack_more(p) && page_next_through(p->page, &p->scanned));
}

/* False: the page has no more lines. */
static bool scan_line(struct pager *p) {
  enum role role;
  size_t at, n, from = 0;
  struct slice text = buf_slice(&pager_text(p, &p->scanned, &role)->text);
  for (; find_pattern_at(&p->pattern, text, from, &at, &n); from = at + n)
    add_hit(p, page_key(&p->scanned), at, n);
  return next_line(p);
}

/* ---- bytes: hex, and lines that show them as they are ---- */

#define WINDOW (128u * 1024)

/* The bytes from the scanned place on; *last: nothing follows them. Matches that begin before *until are wholly in them. */
static struct slice window(struct pager *p, size_t *until, bool *last) {
  struct body_bytes bytes = page_bytes(p->page);
  size_t back = find_pattern_back(&p->pattern), most = WINDOW + back;
  uint64_t at = p->scanned.body.at;
  while (page_body_size(p->page) < at + most && pager_unpack_more(p))
    ;
  struct slice w = slice_sub(body_bytes_window(&bytes, at, most, &p->side), 0, most);
  *last = at + w.n >= page_body_size(p->page);
  *until = *last || w.n < back ? w.n : w.n - back;
  return w;
}

static bool scan_hex(struct pager *p) {
  bool last;
  size_t until, at, n, from = 0;
  struct slice w = window(p, &until, &last);
  while (p->hit.n < PAGER_HITS && find_pattern_at(&p->pattern, w, from, &at, &n) && at < until) {
    add_hit(p, page_body_key(p->scanned.body.at + at), 0, n);
    from = at + n;
  }
  p->scanned.body.at += from > until ? from : until;
  return !last;
}

/* Most lines have nothing of it: goes to the next one that has. False: there is none. */
static bool scan_ahead(struct pager *p) {
  bool last;
  size_t until, at, n;
  struct slice w = window(p, &until, &last);
  uint64_t from = p->scanned.body.at;
  bool found = find_pattern_at(&p->pattern, w, 0, &at, &n) && at < until;
  if (!found && last) {
    p->scanned.body.at = from + w.n;
    return false;
  }
  body_lines_find(p->page->lines, from + (found ? at : until), &p->scanned.body); /* in what is folded away too */
  if (!found && p->scanned.body.at <= from) /* blanks behind the last line, which are of none */
    p->scanned.body.at = from + until;
  if (!found)
    return true;
  size_t known = p->hit.n;
  uint64_t key = page_key(&p->scanned), skipped = from + at - p->scanned.body.at;
  bool more = scan_line(p);
  if (p->hit.n == known) /* it goes on in the next piece of a long line */
    add_hit(p, key, (size_t)skipped, n);
  return more;
}

/* What stands in the lines of this body stands in its bytes: they are its own, or of JSON, where only white space between
 * tokens is new, and what is looked for is within one. */
static bool is_in_bytes(const struct pager *p) {
  struct slice text = buf_slice(&p->pattern.text);
  bool json = p->page->kind == BODY_JSON || p->page->kind == BODY_NDJSON, word = text.n > 0;
  for (size_t i = 0; i < text.n; i++)
    word &= strchr(" \t\r\n{}[]:,\"", text.p[i]) == NULL;
  return p->pattern.regex == NULL && (body_lines_verbatim(p->page->lines) || (json && word));
}

static bool scan(struct pager *p) {
  bool body = p->scanned.head == PAGE_BODY && p->page->lines != NULL;
  if (p->hit.n >= PAGER_HITS)
    return false;
  if (body && p->page->hex)
    return scan_hex(p);
  return body && is_in_bytes(p) ? scan_ahead(p) : scan_line(p);
}

unsigned pager_find_percent(const struct pager *p) {
  uint64_t size = page_body_size(p->page), at = p->scanned.head == PAGE_BODY ? p->scanned.body.at : 0;
  return p->page->more ? page_unpacked(p->page) : size > 0 ? (unsigned)(at * 100 / size) : 0;
}

bool pager_find_slice(struct pager *p, uint64_t deadline) {
  size_t known = p->hit.n, looked = 0;
  if (p->page->version != p->version) /* made anew: the next layout begins again */
    p->scanning = false;
  while (p->scanning && ((++looked % 16 != 0 && !p->page->hex) || clock_mono() < deadline))
    p->scanning = scan(p);
  bool none = p->current >= known; /* none is current yet: keep it so when the list grows */
  if (none)
    p->current = p->hit.n;
  seek(p, known);
  return p->scanning;
}

void pager_find_stop(struct pager *p) {
  p->scanning = false;
  buf_clear(&p->needle);
  buf_clear(&p->side);
  find_pattern_clear(&p->pattern);
  VEC_CLEAR(&p->hit);
  p->current = 0;
}

bool pager_find(struct pager *p, struct slice needle, struct err *err) {
  pager_find_stop(p);
  if (needle.n == 0 || p->page == NULL || !page_first(p->page, &p->scanned))
    return true;
  buf_add_slice(&p->needle, needle);
  p->version = p->page->version;
  p->stopped = false;
  if (!find_pattern_set(&p->pattern, needle, p->page->hex, err))
    return false;
  p->scanning = p->seek = find_pattern_is(&p->pattern);
  p->start = (struct hit){page_key(&p->top), p->at, 0};
  if (pager_find_slice(p, clock_mono() + FIRST_SLICE))
    pager_work(p);
  return true;
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
