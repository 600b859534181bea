/* What of the text is shown, and drawing it. Only visible rows are looked at, and of a long line only the visible part.
 * Nano's way with long lines: only the cursor's line moves sideways. */
#include <string.h>

#include "ui/editor_private.h"

#define NUMBERED_WIDTH 50 /* narrower: no line numbers */

static int digits_of(size_t n) {
  int digits = 1;
  while (n >= 10) {
    n /= 10;
    digits++;
  }
  return digits;
}

int editor_gutter(const struct editor *e, struct rect r) {
  int digits = digits_of(e->text.newlines + 1);
  return r.w < NUMBERED_WIDTH ? (r.w > 4 ? 2 : 0) : (digits < 4 ? 4 : digits) + 3;
}

static int room_width(const struct editor *e, struct rect r) {
  int w = r.w - editor_gutter(e, r);
  return w > 1 ? w : 1;
}

/* Columns from `from` to `to`; stops counting above `most`. */
static size_t columns(const struct editor *e, size_t from, size_t to, size_t most, unsigned flags) {
  struct glide g;
  glide_start(&g, e, from, to, flags);
  while (g.column <= most && glide_next(&g)) {
  }
  return g.column;
}

/* A place some `width` columns before `at`, not before `begin`. */
static size_t back_columns(const struct editor *e, size_t begin, size_t at, size_t width, unsigned flags) {
  size_t left = at;
  for (size_t used = 0; left > begin && used < width;) {
    size_t from = editor_previous(e, left);
    used += columns(e, from, left, width, flags);
    left = from;
  }
  return left > begin ? left : begin;
}

static size_t settle_left(const struct editor *e, struct rect r, unsigned flags) {
  size_t w = (size_t)room_width(e, r), begin = chunks_line_begin(&e->text, e->cursor), left = e->sight.left;
  size_t room = w > 3 ? w - 3 : 0; /* a wide character at the cursor, and the edge that tells that there is more */
  if (columns(e, begin, e->cursor, room, flags) <= room)
    return begin;
  room = room > 0 ? room - 1 : 0;
  if (left > begin && left <= e->cursor && columns(e, left, e->cursor, room, flags) <= room)
    return left;
  return back_columns(e, begin, e->cursor, w / 2, flags);
}

struct sight editor_settle(const struct editor *e, struct rect r, unsigned flags) {
  size_t h = r.h > 0 ? (size_t)r.h : 1, line = chunks_line_of(&e->text, e->cursor), lines = e->text.newlines + 1;
  size_t top = e->sight.top, lowest = lines > h ? lines - h : 0;
  if (line < top)
    top = top - line > h ? (line > h / 2 ? line - h / 2 : 0) : line;
  else if (line >= top + h)
    top = line - top > 2 * h ? line - h / 2 : line - h + 1;
  return (struct sight){top < lowest ? top : lowest, settle_left(e, r, flags)};
}

void editor_layout(struct editor *e, struct rect r) {
  e->area = r;
  e->sight = editor_settle(e, r, 0);
}

size_t editor_at_cell(const struct editor *e, int x, int y) {
  struct rect r = e->area;
  struct sight s = editor_settle(e, r, 0);
  size_t line = s.top + (size_t)(y > r.y ? y - r.y : 0);
  if (line > e->text.newlines)
    return e->text.size;
  size_t from = chunks_line_start(&e->text, line), end = editor_line_end(e, from);
  int column = x - r.x - editor_gutter(e, r);
  if (s.left > from && s.left <= end) { /* the cursor's line, moved sideways behind its edge mark */
    from = s.left;
    column--;
  }
  struct glide g;
  size_t last;
  glide_start(&g, e, from, end, 0);
  while (last = g.at, glide_next(&g) && g.column <= (size_t)(column > 0 ? column : 0)) {
  }
  return column <= 0 ? from : last;
}

struct stretch {
  size_t at, n;
  enum role role;
};

/* The part of it that lies on [from, to), whose text begins at column x. */
static void draw_stretch(const struct editor *e, struct canvas *c, struct rect text, int x, int y, size_t from,
                         size_t to, const struct stretch *s) {
  unsigned flags = c->ascii ? TEXT_ASCII : 0;
  size_t begin = s->at > from ? s->at : from, end = s->at + s->n < to ? s->at + s->n : to;
  if (s->n == 0 || begin >= end)
    return;
  size_t most = (size_t)text.w, a = columns(e, from, begin, most, flags), b = columns(e, from, end, most, flags);
  int left = x + (int)a, right = x + (int)b;
  right = right > text.x + text.w ? text.x + text.w : right;
  if (left < right)
    canvas_role(c, (struct rect){left, y, right - left, 1}, s->role);
}

static void draw_line(const struct editor *e, struct canvas *c, struct rect text, int y, size_t begin, size_t left,
                      struct buf *row) {
  unsigned flags = c->ascii ? TEXT_ASCII : 0;
  size_t end = chunks_line_end(&e->text, left);
  const char *more = canvas_glyph(c, GLYPH_ELLIPSIS);
  int x = text.x;
  if (left > begin)
    x = canvas_text(c, text, x, y, ROLE_DIM, slice_of(more));
  size_t room = text.x + text.w > x ? (size_t)(text.x + text.w - x) : 0;
  struct glide g;
  glide_start(&g, e, left, end, flags);
  while (g.column <= room && glide_next(&g)) {
  }
  buf_reset(row);
  chunks_append(&e->text, left, g.at - left, row);
  struct slice s = buf_slice(row);
  /* tabs count from the row's own beginning, as they do for the cursor */
  struct rect part = {x, y, text.x + text.w - x, 1};
  canvas_text(c, part, x, y, ROLE_TEXT, s);
  struct stretch hit = {e->hit, e->hit_n, ROLE_HIT_CURRENT}, marked = {0, 0, ROLE_SELECTED};
  editor_selection(e, &marked.at, &marked.n);
  draw_stretch(e, c, text, x, y, left, g.at, &hit);
  draw_stretch(e, c, text, x, y, left, g.at, &marked);
  if (g.column > room && text.w > 1) {
    canvas_fill(c, (struct rect){text.x + text.w - 1, y, 1, 1}, ROLE_TEXT);
    canvas_text(c, text, text.x + text.w - 1, y, ROLE_DIM, slice_of(more));
  }
  if (e->cursor >= left && e->cursor <= end && columns(e, left, e->cursor, room, flags) < room)
    canvas_cursor(c, x + (int)columns(e, left, e->cursor, room, flags), y);
}

static void draw_gutter(const struct editor *e, struct canvas *c, struct rect r, int y, size_t line) {
  int gutter = editor_gutter(e, r);
  enum line_mark mark = line_marks_at(&e->marks, &e->old, &e->text, line);
  if (gutter == 0)
    return;
  if (gutter > 2)
    canvas_print(c, r, r.x, y, ROLE_DIM, "%*zu", gutter - 3, line + 1);
  if (mark != LINE_SAME)
    canvas_text(c, r, r.x + gutter - 2, y, ROLE_CHANGED, mark == LINE_ADDED ? SLICE("+") : SLICE("~"));
}

void editor_draw(const struct editor *e, struct canvas *c, struct rect r) {
  if (r.w <= 0 || r.h <= 0)
    return;
  struct sight s = editor_settle(e, r, c->ascii ? TEXT_ASCII : 0);
  int gutter = editor_gutter(e, r);
  struct rect text = {r.x + gutter, r.y, r.w - gutter, r.h};
  struct buf row = BUF_INIT;
  size_t begin = chunks_line_start(&e->text, s.top);
  for (int i = 0; i < r.h && s.top + (size_t)i <= e->text.newlines; i++) {
    size_t end = chunks_line_end(&e->text, begin);
    bool moved = s.left > begin && e->cursor >= begin && e->cursor <= end;
    draw_gutter(e, c, r, r.y + i, s.top + (size_t)i);
    draw_line(e, c, text, r.y + i, begin, moved ? s.left : begin, &row);
    begin = end + 1;
  }
  buf_clear(&row);
}

size_t editor_lines(const struct editor *e, size_t to) {
  return chunks_line_of(&e->text, to);
}

/* As if there were no body. */
static struct editor head_of(const struct editor *e, size_t begin) {
  struct editor head = *e;
  size_t lines = editor_lines(e, begin);
  head.text.newlines = lines > 0 ? lines - 1 : 0;
  if (head.cursor >= begin)
    head.cursor = begin > 0 ? begin - 1 : 0;
  return head;
}

void editor_layout_head(struct editor *e, struct rect r, size_t begin) {
  struct editor head = head_of(e, begin);
  e->area = r;
  e->sight = editor_settle(&head, r, 0);
}

void editor_draw_head(const struct editor *e, struct canvas *c, struct rect r, size_t begin) {
  struct editor head = head_of(e, begin);
  editor_draw(&head, c, r);
}
