/* Rows of a page drawn: colours, what was found, and the part of a long line that is in the window. */
#include "ui/pager.h"

static enum role style_role(enum body_style style) {
  static const enum role role[] = {ROLE_TEXT, ROLE_KEY, ROLE_STRING, ROLE_NUMBER, ROLE_WORD, ROLE_PUNCT, ROLE_DIM};
  return role[style];
}

/* Draws bytes [from, to) of a line in pieces of one role each. */
static int draw_piece(const struct body_line *line, size_t from, size_t to, enum role base, bool hit, bool current,
                      struct canvas *c, struct rect within, int x, int y) {
  size_t at = from, span = 0;
  while (at < to) {
    while (span < line->spans && line->span[span].at + line->span[span].n <= at)
      span++;
    enum role role = base;
    size_t end = to;
    if (span < line->spans) {
      const struct body_span *s = &line->span[span];
      if (s->at > at) {
        end = s->at < to ? s->at : to;
      } else {
        role = style_role(s->style);
        end = s->at + s->n < to ? s->at + s->n : to;
      }
    }
    if (hit)
      role = current ? ROLE_HIT_CURRENT : ROLE_HIT;
    x = canvas_text(c, within, x, y, role, slice_sub(buf_slice(&line->text), at, end - at));
    at = end;
  }
  return x;
}

static bool is_current(const struct pager *p, const struct page_place *place, size_t at) {
  return p->current < p->hit.n && p->hit.v[p->current].key == page_key(place) && p->hit.v[p->current].at == at;
}

/* Bytes [from, to) of the line; returns the x behind them. Of hex only the values are found, which pager_hex.c marks. */
static int draw_bytes(const struct pager *p, const struct page_place *place, size_t from, size_t to, struct canvas *c,
                      struct rect row, int x) {
  enum role base;
  const struct body_line *line = pager_text(p, place, &base);
  struct slice text = buf_slice(&line->text);
  bool looks = find_pattern_is(&p->pattern) && !(p->page->hex && place->head == PAGE_BODY);
  size_t at = from, hit, n;
  while (at < to) {
    if (!looks || !pager_match(p, text, at, &hit, &n) || hit >= to)
      return draw_piece(line, at, to, base, false, false, c, row, x, row.y);
    bool current = is_current(p, place, hit);
    size_t end = hit + n < to ? hit + n : to;
    if (hit > at)
      x = draw_piece(line, at, hit, base, false, false, c, row, x, row.y);
    x = draw_piece(line, hit > at ? hit : at, end, base, true, current, c, row, x, row.y);
    at = end;
  }
  return x;
}

static size_t length(const struct pager *p, const struct page_place *place) {
  enum role role;
  return pager_text(p, place, &role)->text.n;
}

/* As much of a line of one piece as the window shows, from the left edge on. */
static void draw_cut(const struct pager *p, const struct page_place *place, struct canvas *c, struct rect row) {
  enum role role;
  struct slice text = buf_slice(&pager_text(p, place, &role)->text);
  size_t used = 0, from = p->left > 0 ? text_cut(text, p->left, TEXT_PLAIN, &used) : 0;
  size_t n = text_cut(slice_from(text, from), (size_t)row.w + (p->left - used), TEXT_PLAIN, NULL);
  struct text_cluster next;
  if (from + n < text.n) /* one that is in the window in part */
    n += text_next(slice_from(text, from + n), TEXT_PLAIN, &next);
  draw_bytes(p, place, from, from + n, c, row, row.x - (int)(p->left - used));
}

/* The same of a line of many pieces. */
static void draw_long(const struct pager *p, const struct page_place *line, struct canvas *c, struct rect row) {
  struct page_place piece;
  size_t at;
  int x = row.x;
  if (!pager_at_left(p, line, &piece, &at))
    return;
  enum role role;
  while (x < row.x + row.w) {
    struct slice text = buf_slice(&pager_text(p, &piece, &role)->text);
    while (at > 0 && at < text.n && ((unsigned char)text.p[at] & 0xc0) == 0x80)
      at--;
    size_t n = text_cut(slice_from(text, at), (size_t)(row.x + row.w - x), TEXT_PLAIN, NULL);
    if (n == 0 && at < text.n)
      break;
    x = draw_bytes(p, &piece, at, at + n, c, row, x);
    at = 0;
    if (!page_next(p->page, &piece) || !piece.body.part)
      break;
  }
}

static void draw_wrapped(const struct pager *p, struct canvas *c, struct rect r) {
  struct page_place place = p->top;
  size_t at = p->at;
  enum role role;
  for (int y = 0; y < r.h; y++) {
    size_t n = pager_row_bytes(p, buf_slice(&pager_text(p, &place, &role)->text), at);
    draw_bytes(p, &place, at, at + n, c, (struct rect){r.x, r.y + y, r.w, 1}, r.x);
    at += n;
    if (at < length(p, &place))
      continue;
    at = 0;
    if (!page_next(p->page, &place))
      break;
  }
}

static void draw_unwrapped(const struct pager *p, struct canvas *c, struct rect r) {
  struct page_place place = p->top;
  for (int y = 0; y < r.h; y++) {
    struct rect row = {r.x, r.y + y, r.w, 1};
    if (pager_is_long(p, &place))
      draw_long(p, &place, c, row);
    else
      draw_cut(p, &place, c, row);
    if (page_next_line(p->page, &place) != BODY_LINES_FOUND)
      break;
  }
}

/* The colours of a picture, over its cells. */
static void draw_paint(const struct pager *p, struct canvas *c, struct rect r) {
  struct pager walk = *p;
  for (int y = 0; y < r.h; y++) {
    const struct page_line *line = walk.top.head < p->page->head.n ? &p->page->head.v[walk.top.head] : NULL;
    size_t columns = line != NULL && line->paint != NULL ? line->text.n / 3 : 0, from = walk.at / 3 + p->left;
    for (size_t x = from; x < columns && x - from < (size_t)r.w; x++)
      canvas_paint(c, r, r.x + (int)(x - from), r.y + y,
                   &(struct paint){PAINT_OWN | PAINT_FG | PAINT_BG, line->paint[2 * x], line->paint[2 * x + 1]},
                   SLICE("\xe2\x96\x80"), 1);
    if (walk.top.head == PAGE_BODY || !pager_step(&walk, 1))
      break;
  }
}

/* Of lines of the body, where they begin. */
static void draw_numbers(const struct pager *p, struct canvas *c, struct rect r) {
  struct pager walk = *p;
  for (int y = 0; y < r.h; y++) {
    const struct body_place *at = &walk.top.body;
    if (walk.top.head == PAGE_BODY && walk.at == 0 && !at->part)
      canvas_print(c, r, r.x, r.y + y, ROLE_DIM, "%s%*llu", at->about ? "~" : "", p->gutter - 1 - at->about,
                   (unsigned long long)at->line + 1);
    if (!pager_step(&walk, 1))
      break;
  }
}

void pager_draw(const struct pager *p, struct canvas *c, struct rect r) {
  struct page_place first;
  if (p->page == NULL || !page_first(p->page, &first))
    return;
  int left = r.x;
  if (p->gutter > 0)
    draw_numbers(p, c, r);
  r.x += p->gutter;
  r.w -= p->gutter;
  if (p->wrap)
    draw_wrapped(p, c, r);
  else
    draw_unwrapped(p, c, r);
  pager_hex_draw(p, c, r);
  draw_paint(p, c, r);
  if (!p->mark || p->row >= r.h)
    return;
  canvas_text(c, canvas_all(c), left - 1, r.y + p->row, ROLE_TITLE_FOCUS, SLICE(">"));
  canvas_cursor(c, left - 1, r.y + p->row);
}
