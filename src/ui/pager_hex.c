/* The hex view: the byte under the cursor, where a byte stands in its row, what was found among bytes. */
#include <string.h>

#include "ui/pager.h"

#define OFFSET_DIGITS 8 /* before the bytes of a row, below 4 GB */

static unsigned columns(const struct pager *p) {
  return p->page->want.hex_columns;
}

bool pager_hex_at(const struct pager *p, uint64_t *offset) {
  if (p->page == NULL || !p->page->hex || p->page->lines == NULL || p->cursor.head != PAGE_BODY)
    return false;
  uint64_t size = page_body_size(p->page), at = p->cursor.body.at + (p->byte < columns(p) ? p->byte : columns(p) - 1);
  *offset = at < size ? at : size - 1;
  return size > 0;
}

void pager_offset(struct pager *p, uint64_t offset) {
  struct page_place place;
  p->follow = p->end_wanted = false;
  p->line_wanted = 0;
  p->offset_wanted = 0;
  if (p->page == NULL || p->page->lines == NULL)
    return;
  if (offset >= page_body_size(p->page) && p->page->more) {
    p->offset_wanted = offset + 1;
    pager_work(p);
    return;
  }
  if (!page_find(p->page, offset, &place))
    return;
  if (offset >= page_body_size(p->page))
    offset = page_body_size(p->page) - 1;
  size_t within = offset > place.body.at ? (size_t)(offset - place.body.at) : 0;
  p->byte = p->page->hex ? (unsigned)within : 0;
  pager_reveal(p, &place, p->page->hex ? 0 : within);
  p->cursor = place;
  p->cursor_at = p->page->hex ? 0 : within;
  pager_cursor_settle(p);
}

/* False: it goes on. */
bool pager_offset_slice(struct pager *p, uint64_t deadline) {
  uint64_t offset = p->offset_wanted - 1;
  if (page_unpack(p->page, p->offset_wanted, deadline) && page_body_size(p->page) <= offset)
    return false;
  pager_offset(p, offset);
  return true;
}

void pager_hex_move(struct pager *p, long bytes) {
  uint64_t at;
  if (!pager_hex_at(p, &at)) { /* from the head into the body */
    pager_offset(p, 0);
    return;
  }
  uint64_t by = bytes < 0 ? (uint64_t)-bytes : (uint64_t)bytes, size = page_body_size(p->page);
  uint64_t to = bytes < 0 ? (at > by ? at - by : 0) : at + by < size ? at + by : size - 1;
  pager_offset(p, to);
}

/* ---- drawing ---- */

static int value_x(const struct pager *p, unsigned i) {
  (void)p;
  return OFFSET_DIGITS + (int)(i / 8) + 1 + (int)i * 3 + 1;
}

static int text_x(const struct pager *p, unsigned i) {
  return OFFSET_DIGITS + (int)((columns(p) + 7) / 8) + (int)columns(p) * 3 + 3 + (int)i;
}

int pager_hex_width(unsigned bytes) {
  return OFFSET_DIGITS + (int)((bytes + 7) / 8) + (int)bytes * 3 + 3 + (int)bytes + 1;
}

static void paint(const struct pager *p, struct canvas *c, struct rect row, unsigned i, enum role role) {
  int left = row.x - (int)p->left, x[2] = {left + value_x(p, i), left + text_x(p, i)};
  for (int k = 0; k < 2; k++) {
    int w = k == 0 ? 2 : 1;
    if (x[k] >= row.x && x[k] + w <= row.x + row.w)
      canvas_role(c, (struct rect){x[k], row.y, w, 1}, role);
  }
}

struct shown { /* the bytes of the rows from the first one on */
  uint64_t from, to;
  struct rect r;
};

static void paint_at(const struct pager *p, struct canvas *c, const struct shown *shown, uint64_t at, enum role role) {
  if (at < shown->from || at >= shown->to)
    return;
  int row = (int)((at - shown->from) / columns(p));
  paint(p, c, (struct rect){shown->r.x, shown->r.y + row, shown->r.w, 1}, (unsigned)(at % columns(p)), role);
}

static void paint_found(const struct pager *p, struct canvas *c, const struct shown *shown) {
  struct body_bytes bytes = page_bytes(p->page);
  struct buf side = BUF_INIT;
  size_t back = find_pattern_back(&p->pattern), at, n, from = 0;
  uint64_t begin = shown->from > back ? shown->from - back : 0;
  size_t most = (size_t)(shown->to - begin) + back;
  struct slice w = slice_sub(body_bytes_window(&bytes, begin, most, &side), 0, most);
  uint64_t current = p->current < p->hit.n ? p->hit.v[p->current].key : 0;
  for (; find_pattern_at(&p->pattern, w, from, &at, &n) && begin + at < shown->to; from = at + n)
    for (size_t i = 0; i < n; i++)
      paint_at(p, c, shown, begin + at + i, page_body_key(begin + at) == current ? ROLE_HIT_CURRENT : ROLE_HIT);
  buf_clear(&side);
}

void pager_hex_draw(const struct pager *p, struct canvas *c, struct rect r) {
  struct page_place place = p->top;
  uint64_t at;
  int y = 0;
  if (!p->page->hex || p->page->lines == NULL || (p->wrap && r.w < pager_hex_width(columns(p))))
    return;
  while (y < r.h && place.head != PAGE_BODY && page_next(p->page, &place))
    y++;
  if (place.head != PAGE_BODY || y >= r.h)
    return;
  uint64_t size = page_body_size(p->page), to = place.body.at + (uint64_t)(r.h - y) * columns(p);
  struct shown shown = {place.body.at, to < size ? to : size, {r.x, r.y + y, r.w, r.h - y}};
  if (find_pattern_is(&p->pattern))
    paint_found(p, c, &shown);
  if (p->mark && pager_hex_at(p, &at))
    paint_at(p, c, &shown, at, ROLE_SELECTED);
}
