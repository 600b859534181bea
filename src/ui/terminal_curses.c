/*
 * The one file that knows ncurses. It draws canvases into a memory file and never touches the tty: a blocking tty would hang
 * inside doupdate() when nobody reads it, a non-blocking one would spin. Size, modes, keys and signals are terminal.c's.
 */
#include "terminal_curses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster.h"
#include "colour_pairs.h"
#include "key_capabilities.h"
#include "memory_file.h"
#include "weir/base/mem.h"

/* Last, because its macros (KEY_F0, ...) would change the names above; and it has a key_name() too. */
#define key_name curses_key_name
#include <curses.h>
#undef key_name

struct drawing {
  SCREEN *screen;
  FILE *out; /* the memory file */
  struct theme theme;
  struct colour_pairs pairs; /* those that programs in a pane chose */
  struct canvas shown;       /* what ncurses was told last */
  cchar_t *row;
  int width, height;
  bool ascii, whole;
};

/* ---- colours ---------------------------------------------------------------------------------------------------- */

static void init_pairs(struct drawing *d) {
  bool own_ground = use_default_colors() == OK;
  for (int role = 0; role < ROLE_COUNT; role++) {
    struct theme_attr a = theme_role(d->theme, (enum role)role);
    short fg = a.fg < 0 && !own_ground ? COLOR_WHITE : a.fg;
    short bg = a.bg < 0 && !own_ground ? COLOR_BLACK : a.bg;
    if (init_pair((short)(role + 1), fg, bg) == ERR)
      d->theme.depth = THEME_MONO;
  }
}

static void init_colours(struct drawing *d, const struct terminal_options *options) {
  bool mono = options && options->mono;
  d->theme = theme_pick(tigetnum("colors"), mono, getenv("NO_COLOR"), getenv("TERM"), getenv("COLORFGBG"));
  theme_choose(&d->theme, options ? options->theme : NULL);
  if (d->theme.depth == THEME_MONO || !has_colors()) {
    d->theme.depth = THEME_MONO;
  } else {
    start_color();
    init_pairs(d);
  }
  colour_pairs_init(&d->pairs, ROLE_COUNT + 1, d->theme.depth == THEME_MONO ? 0 : COLOR_PAIRS);
}

struct theme drawing_theme(const struct drawing *d) {
  return d->theme;
}

void drawing_set_light(struct drawing *d, bool light) {
  d->theme.light = light;
  init_pairs(d);
  d->whole = true;
}

static attr_t attributes(const struct theme_attr *a, const struct cell *cell) {
  attr_t attr = A_NORMAL;
  attr |= a->bold ? A_BOLD : 0;
  attr |= a->dim ? A_DIM : 0;
  attr |= a->underline || cell->underline ? A_UNDERLINE : 0;
  attr |= a->reverse ? A_REVERSE : 0;
  return attr;
}

/* ---- frames ----------------------------------------------------------------------------------------------------- */

/* How the cells of a row look, one after the other: most look like the one before. */
struct brush {
  const struct cell *cell; /* whose look it is; NULL: none yet */
  attr_t attr;
  short pair;
  cchar_t blank; /* a blank in that look */
};

/* The pair of two colours that no role has; pairs run out only where there are few. */
static short own_pair(struct drawing *d, struct theme_attr a) {
  bool fresh;
  int pair = a.fg < 0 && a.bg < 0 ? 0 : colour_pairs_find(&d->pairs, a.fg, a.bg, &fresh);
  if (pair > 0 && fresh && init_pair((short)pair, a.fg, a.bg) == ERR)
    pair = 0;
  return (short)pair;
}

static void dip(struct drawing *d, struct brush *b, const struct cell *cell) {
  const struct cell *old = b->cell;
  bool same = old && old->role == cell->role && old->underline == cell->underline &&
              memcmp(&old->paint, &cell->paint, sizeof cell->paint) == 0;
  b->cell = cell;
  if (same)
    return;
  bool own = cell->paint.flags != 0;
  struct theme_attr look = own ? theme_paint(d->theme, &cell->paint) : theme_role(d->theme, (enum role)cell->role);
  b->attr = attributes(&look, cell);
  b->pair = d->theme.depth == THEME_MONO ? 0 : own ? own_pair(d, look) : (short)(cell->role + 1);
  setcchar(&b->blank, L" ", b->attr, b->pair, NULL);
}

/* Puts one cell of `columns` columns at `to`; returns how many cells of ncurses it became. */
static int put_cell(const struct drawing *d, const struct brush *b, const char *bytes, int columns, cchar_t *to) {
  wchar_t codes[CLUSTER_CODES] = {(unsigned char)bytes[0], L'\0'};
  int width = 1;
  *to = b->blank;
  bool alone = bytes[0] == '\0' || bytes[1] == '\0'; /* no accent behind it */
  if (columns == 1 && alone && bytes[0] >= ' ' && bytes[0] < 0x7f) {
    to->chars[0] = codes[0];
    return 1;
  }
  if (!alone)
    width = d->ascii ? -1 : cluster_codes(bytes, codes);
  if (width < 1 || width > columns || codes[0] < L' ') {
    codes[0] = codes[0] == L'\0' ? L' ' : L'?';
    codes[1] = L'\0';
    width = 1;
  }
  setcchar(to, codes, b->attr, b->pair, NULL);
  if (width == columns)
    return 1;
  to[1] = b->blank; /* weir counts two columns, the C library one */
  return 2;
}

static void put_row(struct drawing *d, const struct canvas *c, int y, int width) {
  const struct cell *row = c->cell + (size_t)y * (size_t)c->width;
  struct brush brush = {.cell = NULL};
  int n = 0;
  for (int x = 0; x < width;) {
    int columns = x + 1 < c->width && row[x + 1].bytes[0] == '\0' ? 2 : 1;
    bool cut = x + columns > width; /* half of a wide character at the edge */
    dip(d, &brush, &row[x]);
    n += put_cell(d, &brush, cut ? " " : row[x].bytes, cut ? 1 : columns, d->row + n);
    x += columns;
  }
  mvadd_wchnstr(y, 0, d->row, n);
}

static bool same_row(const struct drawing *d, const struct canvas *c, int y) {
  size_t at = (size_t)y * (size_t)c->width;
  return memcmp(c->cell + at, d->shown.cell + at, (size_t)c->width * sizeof *c->cell) == 0;
}

/* One row, or none when it looks as it did. What the terminal may have drawn otherwise is not mended cell by cell. */
static bool put_changed(struct drawing *d, const struct canvas *c, int y, bool anew, int width) {
  if (!anew && same_row(d, c, y))
    return false;
  if (!anew && cluster_row_contested(&d->shown, y))
    wredrawln(stdscr, y, 1);
  put_row(d, c, y, width);
  return true;
}

/* After such a row the cursor may be elsewhere than ncurses believes: sent by itself, then the cursor is put back. */
static void put_contested(struct drawing *d, const struct canvas *c, int y, bool anew, int width) {
  if (!put_changed(d, c, y, anew, width))
    return;
  move(y, 0);
  refresh();
  const char *home = tparm(tigetstr("cup"), y, 0), *padding = strstr(home, "$<");
  fwrite(home, 1, padding ? (size_t)(padding - home) : strlen(home), d->out);
  fflush(d->out);
}

static void put_canvas(struct drawing *d, const struct canvas *c) {
  int width = c->width < d->width ? c->width : d->width;
  int height = c->height < d->height ? c->height : d->height;
  bool anew = d->whole || d->shown.width != c->width || d->shown.height != c->height, contested = false;
  if (anew) {
    erase();
    colour_pairs_forget(&d->pairs);
    canvas_resize(&d->shown, c->width, c->height);
  }
  if (d->whole)
    clearok(curscr, TRUE);
  for (int y = 0; y < height; y++)
    contested |= cluster_row_contested(&d->shown, y) || cluster_row_contested(c, y);
  idlok(stdscr, !contested); /* nor is it moved */
  for (int y = 0; y < height; y++)
    if (!contested || !cluster_row_contested(c, y))
      put_changed(d, c, y, anew, width);
  if (contested)
    refresh();
  for (int y = 0; contested && y < height; y++)
    if (cluster_row_contested(c, y))
      put_contested(d, c, y, anew, width);
  memcpy(d->shown.cell, c->cell, (size_t)c->width * (size_t)c->height * sizeof *c->cell);
  d->whole = false;
}

void drawing_show(struct drawing *d, const struct canvas *c, struct buf *bytes) {
  put_canvas(d, c);
  bool cursor = c->cursor_x >= 0 && c->cursor_x < d->width && c->cursor_y >= 0 && c->cursor_y < d->height;
  if (cursor)
    move(c->cursor_y, c->cursor_x);
  curs_set(cursor);
  refresh();
  memory_file_take(d->out, bytes);
}

/* ---- taking and giving back ------------------------------------------------------------------------------------- */

void drawing_redraw(struct drawing *d) {
  d->whole = true;
}

void drawing_resize(struct drawing *d, int width, int height) {
  if (width != d->width || height != d->height) {
    resizeterm(height, width);
    d->row = mem_grow(d->row, ((size_t)width + 2) * sizeof *d->row);
  }
  d->width = width;
  d->height = height;
  d->whole = true;
}

void drawing_enter(struct drawing *d, struct buf *bytes) {
  clearok(curscr, TRUE);
  refresh(); /* the alternate screen, with what was there last */
  memory_file_take(d->out, bytes);
}

void drawing_leave(struct drawing *d, struct buf *bytes) {
  curs_set(1);
  endwin();
  memory_file_take(d->out, bytes);
}

/* ---- opening ---------------------------------------------------------------------------------------------------- */

bool drawing_can(const char *capability) {
  const char *s = tigetstr(capability);
  return s && s != (char *)-1;
}

bool drawing_has_titles(void) {
  return tigetflag("XT") > 0 || drawing_can("tsl");
}

void drawing_name_keys(struct key_decoder *keys) {
  for (size_t i = 0; i < sizeof key_capabilities / sizeof *key_capabilities; i++)
    if (drawing_can(key_capabilities[i].name))
      key_decoder_name(keys, tigetstr(key_capabilities[i].name), key_capabilities[i].code, 0);
}

static bool open_screen(struct drawing *d, struct err *err) {
  const char *term = getenv("TERM");
  if (!term || !*term)
    return err_set(err, "TERM is not set: try TERM=xterm-256color weir");
  d->out = memory_file();
  if (!d->out)
    return err_set(err, "no memory file for the screen");
  use_env(FALSE); /* the size is asked of the tty, not of LINES and COLUMNS */
  d->screen = newterm(term, d->out, d->out);
  if (!d->screen) { /* an entry without a size needs the environment to say one, or 80x24 */
    use_env(TRUE);
    d->screen = newterm(term, d->out, d->out);
  }
  if (!d->screen)
    return err_set(err, "terminal type \"%s\" is not known here: try TERM=xterm-256color weir", term);
  if (!drawing_can("cup"))
    return err_set(err, "terminal type \"%s\" cannot move its cursor: --headless prints lines instead", term);
  nonl();
  typeahead(-1); /* input is not ncurses' */
  return true;
}

struct drawing *drawing_open(bool ascii, const struct terminal_options *options, struct err *err) {
  struct drawing *d = mem_zero(1, sizeof *d);
  d->ascii = ascii;
  if (!open_screen(d, err)) {
    drawing_free(d);
    return NULL;
  }
  init_colours(d, options);
  return d;
}

void drawing_free(struct drawing *d) {
  if (!d)
    return;
  if (d->screen) {
    set_term(d->screen);
    delscreen(d->screen);
  }
  if (d->out)
    fclose(d->out);
  colour_pairs_clear(&d->pairs);
  canvas_clear(&d->shown);
  free(d->row);
  free(d);
}

bool terminal_known(const char *term, int *colours) {
  static const int count[] = {[THEME_MONO] = 0, [THEME_8] = 8, [THEME_16] = 16, [THEME_256] = 256};
  FILE *nowhere = fopen("/dev/null", "r+e");
  SCREEN *screen = nowhere && term && *term ? newterm(term, nowhere, nowhere) : NULL;
  *colours = 0;
  if (screen) {
    *colours = count[theme_pick(tigetnum("colors"), false, getenv("NO_COLOR"), term, NULL).depth];
    endwin();
    delscreen(screen);
  }
  if (nowhere)
    fclose(nowhere);
  return screen != NULL;
}
