/* The grid: clipping, wide characters, text through the sanitiser with a short way for plain ASCII. */
#include "weir/ui/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"

static const struct cell blank_cell = {.bytes = " ", .role = ROLE_TEXT};

void canvas_init(struct canvas *c, int width, int height) {
  memset(c, 0, sizeof *c);
  canvas_resize(c, width, height);
}

void canvas_clear(struct canvas *c) {
  free(c->cell);
  c->cell = NULL;
  c->width = c->height = 0;
}

void canvas_resize(struct canvas *c, int width, int height) {
  c->width = width < 1 ? 1 : width;
  c->height = height < 1 ? 1 : height;
  c->cell = mem_grow(c->cell, (size_t)c->width * (size_t)c->height * sizeof *c->cell);
  canvas_erase(c);
}

void canvas_erase(struct canvas *c) {
  size_t n = (size_t)c->width * (size_t)c->height;
  if (n > 0) {
    c->cell[0] = blank_cell;
    /* doubling copies: the first frame cost of a big screen is memcpy's, not a loop's */
    for (size_t done = 1; done < n;) {
      size_t more = done < n - done ? done : n - done;
      memcpy(c->cell + done, c->cell, more * sizeof *c->cell);
      done += more;
    }
  }
  c->cursor_x = c->cursor_y = -1;
}

struct rect canvas_all(const struct canvas *c) {
  return (struct rect){0, 0, c->width, c->height};
}

/* The part of r that is on the canvas; w and h are never negative. */
static struct rect clip(const struct canvas *c, struct rect r) {
  int right = r.w > c->width - r.x ? c->width : r.x + r.w;
  int bottom = r.h > c->height - r.y ? c->height : r.y + r.h;
  r.x = r.x < 0 ? 0 : r.x;
  r.y = r.y < 0 ? 0 : r.y;
  r.w = right > r.x ? right - r.x : 0;
  r.h = bottom > r.y ? bottom - r.y : 0;
  return r;
}

static struct cell *cell_at(struct canvas *c, int x, int y) {
  return &c->cell[(size_t)y * (size_t)c->width + (size_t)x];
}

/* A wide character of which one half is about to be overwritten leaves a blank, never half a character. */
static void mend(struct canvas *c, int x, int y, int width) {
  struct cell *at = cell_at(c, x, y);
  if (at->bytes[0] == '\0' && x > 0)
    memcpy(at[-1].bytes, " ", 2);
  if (x + width < c->width && at[width].bytes[0] == '\0')
    memcpy(at[width].bytes, " ", 2);
}

static void set(struct cell *at, const char *bytes, size_t n, enum role role) {
  memcpy(at->bytes, bytes, n);
  at->bytes[n] = '\0';
  at->role = (uint8_t)role;
  at->underline = false;
  at->paint = (struct paint){0};
}

/* What canvas_text() walks with: the columns [left, right) of row y may be painted; x is where the text stands now. */
struct pen {
  struct canvas *c;
  int y, left, right;
  bool visible; /* the row is inside the clip */
  long x;       /* may be far left of the clip while skipping */
  enum role role;
};

static void put(struct pen *p, const char *bytes, size_t n, int width, enum role role) {
  long x = p->x;
  p->x += width;
  if (!p->visible || x + width <= p->left || x >= p->right)
    return;
  if (x < p->left || x + width > p->right) { /* half of a wide character is inside: a blank stands for it */
    int at = (int)(x < p->left ? p->left : x);
    mend(p->c, at, p->y, 1);
    set(cell_at(p->c, at, p->y), " ", 1, role);
    return;
  }
  mend(p->c, (int)x, p->y, width);
  set(cell_at(p->c, (int)x, p->y), bytes, n, role);
  if (width == 2)
    set(cell_at(p->c, (int)x + 1, p->y), "", 0, role);
}

static void put_cluster(struct pen *p, const struct text_cluster *t) {
  enum role role = t->mark ? ROLE_ESCAPED : p->role;
  bool character = !t->mark || (unsigned char)t->bytes[0] >= 0x80; /* also the one that stands for a joined emoji */
  if (character && t->width <= 2) {
    if (t->width > 0)
      put(p, t->bytes, t->n, t->width, role);
    return;
  }
  for (size_t i = 0; i < t->n; i++) /* the other marks are ASCII: a column each */
    put(p, t->bytes + i, 1, 1, role);
}

static bool plain(unsigned char c) {
  return c >= 0x20 && c < 0x7f;
}

/* Draws the run of printable ASCII at the front of s; the last byte before a non-ASCII one is left to the clusters,
 * because a combining mark may follow it. Returns the bytes used. */
static size_t put_plain(struct pen *p, struct slice s) {
  size_t n = 0, room = p->right > p->x ? (size_t)(p->right - p->x) : 0;
  size_t limit = s.n < room ? s.n : room;
  while (n < limit && plain((unsigned char)s.p[n]))
    n++;
  if (n > 0 && n < s.n && (unsigned char)s.p[n] >= 0x80)
    n--;
  if (n == 0)
    return 0;
  size_t hidden = p->x < p->left ? (size_t)(p->left - p->x) : 0;
  if (p->visible && hidden < n) {
    int x = (int)(p->x + (long)hidden);
    mend(p->c, x, p->y, (int)(n - hidden));
    struct cell *at = cell_at(p->c, x, p->y);
    for (size_t i = hidden; i < n; i++)
      set(at++, s.p + i, 1, p->role);
  }
  p->x += (long)n;
  return n;
}

/* origin: the column from which tab stops count. */
static int draw(struct canvas *c, struct rect within, long origin, int left, int y, enum role role, struct slice s) {
  struct rect r = clip(c, within);
  struct pen p = {.c = c, .y = y, .left = left > r.x ? left : r.x, .right = r.x + r.w, .x = origin, .role = role};
  p.visible = y >= r.y && y < r.y + r.h && p.left < p.right;
  unsigned flags = TEXT_KEEP_TAB | (c->ascii ? TEXT_ASCII : 0u);
  while (s.n > 0 && p.x < p.right) {
    size_t used = put_plain(&p, s);
    if (used == 0) {
      struct text_cluster t;
      used = text_next(s, flags, &t);
      if (t.n == 1 && t.bytes[0] == '\t')
        do {
          put(&p, " ", 1, 1, role);
        } while ((p.x - origin) % 8 != 0);
      else
        put_cluster(&p, &t);
    }
    s = slice_from(s, used);
  }
  long end = p.x > left ? p.x : left;
  return (int)(end > p.right && p.right > left ? p.right : end);
}

int canvas_text(struct canvas *c, struct rect within, int x, int y, enum role role, struct slice s) {
  return draw(c, within, x, x, y, role, s);
}

int canvas_text_from(struct canvas *c, struct rect within, int x, int y, enum role role, struct slice s, size_t skip) {
  return draw(c, within, (long)x - (long)skip, x, y, role, s);
}

int canvas_text_cut(struct canvas *c, struct rect within, int x, int y, enum role role, struct slice s) {
  struct rect r = clip(c, within);
  unsigned flags = c->ascii ? TEXT_ASCII : TEXT_PLAIN;
  int room = r.x + r.w - x;
  if (room <= 0)
    return x;
  size_t used = 0, n = text_cut(s, (size_t)room, flags, NULL);
  if (n == s.n)
    return canvas_text(c, within, x, y, role, s);
  n = text_cut(s, (size_t)room - 1, flags, &used);
  canvas_text(c, within, x, y, role, slice_sub(s, 0, n));
  return canvas_text(c, within, x + (int)used, y, role, slice_of(canvas_glyph(c, GLYPH_ELLIPSIS)));
}

/* How much of s stands in a row: up to the last blank that leaves most of the row filled, else as much as fits. */
static size_t row_of(const struct canvas *c, struct slice s, int width) {
  size_t n = text_cut(s, (size_t)width, c->ascii ? TEXT_ASCII : TEXT_PLAIN, NULL), blank = n;
  if (n == s.n || n == 0)
    return s.n;
  while (blank > n / 2 && s.p[blank] != ' ')
    blank--;
  return s.p[blank] == ' ' ? blank : n;
}

int canvas_paragraph(struct canvas *c, struct rect r, enum role role, struct slice s) {
  struct rect seen = clip(c, r);
  int y = r.y;
  for (; s.n > 0 && y < seen.y + seen.h && r.w > 0; y++) {
    size_t n = row_of(c, s, r.w);
    canvas_text(c, r, r.x, y, role, slice_sub(s, 0, n));
    s = slice_from(s, n);
    if (s.n > 0 && s.p[0] == ' ')
      s = slice_from(s, 1);
  }
  return y;
}

int canvas_print(struct canvas *c, struct rect within, int x, int y, enum role role, const char *format, ...) {
  struct buf b = BUF_INIT;
  va_list args;
  va_start(args, format);
  char small[512];
  va_list again;
  va_copy(again, args);
  int n = vsnprintf(small, sizeof small, format, args);
  if (n >= (int)sizeof small) {
    vsnprintf(buf_reserve(&b, (size_t)n + 1), (size_t)n + 1, format, again);
    b.n = (size_t)n;
  }
  va_end(again);
  va_end(args);
  x = canvas_text(c, within, x, y, role, b.n ? buf_slice(&b) : slice_make(small, n > 0 ? (size_t)n : 0));
  buf_clear(&b);
  return x;
}

void canvas_paint(struct canvas *c, struct rect within, int x, int y, const struct paint *paint, struct slice cluster,
                  int columns) {
  struct text_cluster t = {.bytes = " ", .n = 1, .width = 1};
  struct pen p = {.c = c, .y = y, .role = ROLE_TEXT};
  struct rect r = clip(c, within);
  if (y < r.y || y >= r.y + r.h || x < r.x || x + columns > r.x + r.w)
    return;
  p.left = r.x, p.right = r.x + r.w, p.visible = true, p.x = x;
  size_t used = cluster.n > 0 ? text_next(cluster, c->ascii ? TEXT_ASCII : 0u, &t) : 0;
  bool good = !t.mark && used == cluster.n && t.width == columns;
  put(&p, good ? t.bytes : cluster.n > 0 ? "?" : " ", good ? t.n : 1, good ? columns : 1, ROLE_TEXT);
  if (!good && columns == 2)
    put(&p, " ", 1, 1, ROLE_TEXT);
  for (int i = 0; i < columns; i++)
    cell_at(c, x + i, y)->paint = *paint;
}

void canvas_fill(struct canvas *c, struct rect r, enum role role) {
  r = clip(c, r);
  for (int y = r.y; y < r.y + r.h && r.w > 0; y++) {
    mend(c, r.x, y, r.w);
    for (int x = r.x; x < r.x + r.w; x++)
      set(cell_at(c, x, y), " ", 1, role);
  }
}

void canvas_role(struct canvas *c, struct rect r, enum role role) {
  r = clip(c, r);
  for (int y = r.y; y < r.y + r.h; y++)
    for (int x = r.x; x < r.x + r.w; x++)
      cell_at(c, x, y)->role = (uint8_t)role, cell_at(c, x, y)->paint = (struct paint){0};
}

/* One glyph of weir's own, a column wide. */
static void stamp(struct canvas *c, struct rect within, int x, int y, enum role role, const char *glyph) {
  struct rect r = clip(c, within);
  if (x < r.x || x >= r.x + r.w || y < r.y || y >= r.y + r.h)
    return;
  mend(c, x, y, 1);
  set(cell_at(c, x, y), glyph, strlen(glyph), role);
}

void canvas_hline(struct canvas *c, struct rect within, int x, int y, int w, enum role role, bool heavy) {
  const char *glyph = c->ascii ? (heavy ? "=" : "-") : heavy ? "━" : "─";
  int right = w > c->width - x ? c->width : x + w;
  for (int i = x < 0 ? 0 : x; i < right; i++)
    stamp(c, within, i, y, role, glyph);
}

void canvas_vline(struct canvas *c, struct rect within, int x, int y, int h, enum role role) {
  int bottom = h > c->height - y ? c->height : y + h;
  for (int i = y < 0 ? 0 : y; i < bottom; i++)
    stamp(c, within, x, i, role, c->ascii ? "|" : "│");
}

void canvas_box(struct canvas *c, struct rect r, enum role role, const char *title) {
  if (r.w < 1 || r.h < 1)
    return;
  canvas_fill(c, r, role);
  int right = r.x + r.w - 1, bottom = r.y + r.h - 1;
  canvas_hline(c, r, r.x, r.y, r.w, role, false);
  canvas_hline(c, r, r.x, bottom, r.w, role, false);
  canvas_vline(c, r, r.x, r.y, r.h, role);
  canvas_vline(c, r, right, r.y, r.h, role);
  stamp(c, r, r.x, r.y, role, c->ascii ? "+" : "┌");
  stamp(c, r, right, r.y, role, c->ascii ? "+" : "┐");
  stamp(c, r, r.x, bottom, role, c->ascii ? "+" : "└");
  stamp(c, r, right, bottom, role, c->ascii ? "+" : "┘");
  if (title && *title && r.w > 6)
    canvas_print(c, (struct rect){r.x + 2, r.y, r.w - 4, 1}, r.x + 2, r.y, role, " %s ", title);
}

void canvas_cursor(struct canvas *c, int x, int y) {
  bool inside = x >= 0 && x < c->width && y >= 0 && y < c->height;
  c->cursor_x = inside ? x : -1;
  c->cursor_y = inside ? y : -1;
}

const char *canvas_glyph(const struct canvas *c, enum glyph g) {
  static const char *const glyphs[][2] = {
      [GLYPH_MARK] = {"★", "*"},        [GLYPH_PAUSED] = {"‖", "="},      [GLYPH_FAIL] = {"✗", "x"},
      [GLYPH_WARN] = {"!", "!"},        [GLYPH_ARROW] = {"→", ">"},       [GLYPH_REPLAY] = {"↺", "@"},
      [GLYPH_UPGRADE] = {"↔", "%"},     [GLYPH_DOTS] = {"···", "..."},    [GLYPH_REC] = {"●", "#"},
      [GLYPH_DOWN] = {"⇣", "v"},        [GLYPH_ELLIPSIS] = {"…", "~"},    [GLYPH_DOT] = {"·", "."},
      [GLYPH_SMALL_FIRST] = {"▲", "^"}, [GLYPH_LARGE_FIRST] = {"▼", "v"}, [GLYPH_CHOSEN] = {"●", "+"},
      [GLYPH_RULE] = {"ƒ", "f"},
  };
  return glyphs[g][c->ascii];
}
