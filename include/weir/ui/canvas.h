/*
 * A grid of cells that views draw into. Drawing clips, never fails, and all text passes the sanitiser
 * (base/text.h), so that nothing from the wire can reach the terminal raw. Styles are roles; the theme maps them to
 * colours.
 */
#ifndef WEIR_UI_CANVAS_H
#define WEIR_UI_CANVAS_H

#include "weir/base/slice.h"
#include "weir/base/text.h"

enum role {
  ROLE_TEXT,
  ROLE_DIM,
  ROLE_BAR,
  ROLE_BAR_KEY,
  ROLE_BAR_WARN,
  ROLE_TITLE,
  ROLE_TITLE_FOCUS,
  ROLE_SELECTED,
  ROLE_OK,
  ROLE_REDIRECT,
  ROLE_CLIENT_ERROR,
  ROLE_ERROR,
  ROLE_PAUSED,
  ROLE_MARK,
  ROLE_HIT,
  ROLE_HIT_CURRENT,
  ROLE_KEY,
  ROLE_STRING,
  ROLE_NUMBER,
  ROLE_WORD,
  ROLE_PUNCT,
  ROLE_ESCAPED,
  ROLE_CHANGED,
  ROLE_BOX,
  ROLE_INPUT,
  ROLE_RED, /* a person's own, for rows (ui/colours.h) */
  ROLE_GREEN,
  ROLE_YELLOW,
  ROLE_BLUE,
  ROLE_MAGENTA,
  ROLE_CYAN,
  ROLE_COUNT
};

/* The look of a cell that a program in a pane drew: it chose the colours, of the 256, and the theme shows them as well
 * as the terminal can (theme_paint()). */
enum paint_flags {
  PAINT_OWN = 1,
  PAINT_FG = 2,
  PAINT_BG = 4,
  PAINT_BOLD = 8,
  PAINT_UNDERLINE = 16,
  PAINT_REVERSE = 32
};

struct paint {
  uint8_t flags;  /* 0: the cell looks as its role says */
  uint8_t fg, bg; /* where the flags say so */
};

struct cell {
  char bytes[TEXT_CLUSTER_MAX + 1]; /* one safe cluster; "" for the right half of a wide one */
  uint8_t role;
  bool underline;
  struct paint paint;
};

struct canvas {
  int width, height;
  struct cell *cell;      /* row by row */
  int cursor_x, cursor_y; /* hardware cursor; -1: hidden */
  bool ascii;             /* no character above 0x7f */
};

struct rect {
  int x, y, w, h;
};

void canvas_init(struct canvas *c, int width, int height);
void canvas_clear(struct canvas *c); /* frees */
void canvas_resize(struct canvas *c, int width, int height);
void canvas_erase(struct canvas *c); /* all blank, ROLE_TEXT, no cursor */
struct rect canvas_all(const struct canvas *c);

/* Draws s from (x, y), clipped to `within`; tabs go to the next multiple of 8 from `x`. Returns the x after the last
 * column. */
int canvas_text(struct canvas *c, struct rect within, int x, int y, enum role role, struct slice s);
/* As canvas_text, but what does not fit ends in "…": nobody takes the part for the whole. */
int canvas_text_cut(struct canvas *c, struct rect within, int x, int y, enum role role, struct slice s);
int canvas_print(struct canvas *c, struct rect within, int x, int y, enum role role, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/* Fills r from its top, broken between words where a row ends. Returns the y after the last row. */
int canvas_paragraph(struct canvas *c, struct rect r, enum role role, struct slice s);
/* As canvas_text, but skips `skip` columns of the text first (horizontal scroll). */
int canvas_text_from(struct canvas *c, struct rect within, int x, int y, enum role role, struct slice s, size_t skip);
/* One cluster of a pane in its own colours, in so many columns (1 or 2): what does not have that width, and what may not
 * be shown, becomes a question mark. */
void canvas_paint(struct canvas *c, struct rect within, int x, int y, const struct paint *paint, struct slice cluster,
                  int columns);
void canvas_fill(struct canvas *c, struct rect r, enum role role); /* blanks in that role */
void canvas_role(struct canvas *c, struct rect r, enum role role); /* repaints roles, keeps text */
void canvas_hline(struct canvas *c, struct rect within, int x, int y, int w, enum role role, bool heavy);
void canvas_vline(struct canvas *c, struct rect within, int x, int y, int h, enum role role);
/* A frame with blanks inside, all in that role; the title (may be NULL) stands in its upper edge. */
void canvas_box(struct canvas *c, struct rect r, enum role role, const char *title);
void canvas_cursor(struct canvas *c, int x, int y);
/* A glyph of weir's own with its ASCII stand-in: GLYPH_MARK draws "★" or "*". */
enum glyph {
  GLYPH_MARK,
  GLYPH_PAUSED,
  GLYPH_FAIL,
  GLYPH_WARN,
  GLYPH_ARROW,
  GLYPH_REPLAY,
  GLYPH_UPGRADE,
  GLYPH_DOTS,
  GLYPH_REC,
  GLYPH_DOWN,
  GLYPH_ELLIPSIS,
  GLYPH_DOT,
  GLYPH_SMALL_FIRST, /* an order's direction */
  GLYPH_LARGE_FIRST,
  GLYPH_CHOSEN,
  GLYPH_RULE, /* it was touched by one */
};
const char *canvas_glyph(const struct canvas *c, enum glyph g);

#endif
