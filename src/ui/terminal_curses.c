/*
 * The real terminal, and the one file that knows ncurses. ncurses draws into a memory file and never touches the tty: a
 * blocking tty would hang inside doupdate() when nobody reads it, a non-blocking one would spin. weir copies those
 * bytes through a queue (tty.c), sets the modes itself, reads and decodes the keys itself (key.c) and has its own
 * SIGWINCH.
 */
#include "weir/ui/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cluster.h"
#include "colour_pairs.h"
#include "crash.h"
#include "ground.h"
#include "key_capabilities.h"
#include "memory_file.h"
#include "stderr_log.h"
#include "theme.h"
#include "tty.h"
#include "weir/base/log.h"
#include "weir/base/mem.h"
#include "weir/io/signals.h"

/* Last, because its macros (KEY_F0, ...) would change the names above; and it has a key_name() too. */
#define key_name curses_key_name
#include <curses.h>
#undef key_name

#define MOUSE_ON  "\033[?1000h\033[?1002h\033[?1006h"
#define MOUSE_OFF "\033[?1000l\033[?1002l\033[?1006l"
#define MODES_ON  "\033[?2004h\033[?1004h"
#define MODES_OFF                                                                                                      \
  "\033[?1000l\033[?1002l\033[?1003l\033[?1006l\033[?1004l\033[?2004l\033[?25h\033[?7h\033[?1l\033>\033[0m\033(B"
#define REGION    "\033[r\033[999;1H" /* all rows scroll; not ESC 7: many keep one cursor for both screens */
#define RESTORE   MODES_OFF REGION "\033[?1049l"
#define TITLE_ON  "\033[22;0t"
#define TITLE_OFF "\033[23;0t"
#define SEND_MAX  (1u << 20) /* bytes beside frames that may wait for a stuck terminal */

struct real {
  struct terminal t;
  struct loop *loop;
  struct tty tty;
  struct stderr_log stderr_log;
  struct key_decoder *keys;
  SCREEN *screen;
  FILE *out; /* the memory file */
  struct theme theme;
  struct ground ground;
  struct colour_pairs pairs; /* those that programs in a pane chose */
  struct canvas shown;       /* what ncurses was told last */
  cchar_t *row;
  int width, height;
  bool mouseless, lent, up, whole, titles, alternate, told_gone;
};

static struct real *self(struct terminal *t) {
  return (struct real *)t;
}

/* ---- ncurses' bytes --------------------------------------------------------------------------------------------- */

static void send_frame(struct real *r) {
  struct buf bytes = BUF_INIT;
  memory_file_take(r->out, &bytes);
  tty_write(&r->tty, buf_slice(&bytes));
  buf_clear(&bytes);
}

/* ---- colours ---------------------------------------------------------------------------------------------------- */

static void tell_colours(struct real *r) {
  r->t.colours = theme_colours(r->theme);
  r->t.light = r->theme.light;
  colour_pairs_init(&r->pairs, ROLE_COUNT + 1, r->theme.depth == THEME_MONO ? 0 : COLOR_PAIRS);
}

static void init_pairs(struct real *r) {
  bool own_ground = use_default_colors() == OK;
  for (int role = 0; role < ROLE_COUNT; role++) {
    struct theme_attr a = theme_role(r->theme, (enum role)role);
    short fg = a.fg < 0 && !own_ground ? COLOR_WHITE : a.fg;
    short bg = a.bg < 0 && !own_ground ? COLOR_BLACK : a.bg;
    if (init_pair((short)(role + 1), fg, bg) == ERR)
      r->theme.depth = THEME_MONO;
  }
}

static void init_colours(struct real *r, const struct terminal_options *options) {
  bool mono = options && options->mono;
  r->theme = theme_pick(tigetnum("colors"), mono, getenv("NO_COLOR"), getenv("TERM"), getenv("COLORFGBG"));
  theme_choose(&r->theme, options ? options->theme : NULL);
  if (r->theme.depth == THEME_MONO || !has_colors()) {
    r->theme.depth = THEME_MONO;
    return;
  }
  start_color();
  init_pairs(r);
  ground_init(&r->ground, r->theme, r->titles, options ? options->theme : NULL);
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
static short own_pair(struct real *r, struct theme_attr a) {
  bool fresh;
  int pair = a.fg < 0 && a.bg < 0 ? 0 : colour_pairs_find(&r->pairs, a.fg, a.bg, &fresh);
  if (pair > 0 && fresh && init_pair((short)pair, a.fg, a.bg) == ERR)
    pair = 0;
  return (short)pair;
}

static void dip(struct real *r, struct brush *b, const struct cell *cell) {
  const struct cell *old = b->cell;
  bool same = old && old->role == cell->role && old->underline == cell->underline &&
              memcmp(&old->paint, &cell->paint, sizeof cell->paint) == 0;
  b->cell = cell;
  if (same)
    return;
  bool own = cell->paint.flags != 0;
  struct theme_attr look = own ? theme_paint(r->theme, &cell->paint) : theme_role(r->theme, (enum role)cell->role);
  b->attr = attributes(&look, cell);
  b->pair = r->theme.depth == THEME_MONO ? 0 : own ? own_pair(r, look) : (short)(cell->role + 1);
  setcchar(&b->blank, L" ", b->attr, b->pair, NULL);
}

/* Puts one cell of `columns` columns at `to`; returns how many cells of ncurses it became. */
static int put_cell(const struct real *r, const struct brush *b, const char *bytes, int columns, cchar_t *to) {
  wchar_t codes[CLUSTER_CODES] = {(unsigned char)bytes[0], L'\0'};
  int width = 1;
  *to = b->blank;
  if (columns == 1 && bytes[0] >= ' ' && bytes[0] < 0x7f) {
    to->chars[0] = codes[0];
    return 1;
  }
  if ((unsigned char)bytes[0] >= 0x80)
    width = r->t.ascii ? -1 : cluster_codes(bytes, codes);
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

static void put_row(struct real *r, const struct canvas *c, int y, int width) {
  const struct cell *row = c->cell + (size_t)y * (size_t)c->width;
  struct brush brush = {.cell = NULL};
  int n = 0;
  for (int x = 0; x < width;) {
    int columns = x + 1 < c->width && row[x + 1].bytes[0] == '\0' ? 2 : 1;
    bool cut = x + columns > width; /* half of a wide character at the edge */
    dip(r, &brush, &row[x]);
    n += put_cell(r, &brush, cut ? " " : row[x].bytes, cut ? 1 : columns, r->row + n);
    x += columns;
  }
  mvadd_wchnstr(y, 0, r->row, n);
}

static bool same_row(const struct real *r, const struct canvas *c, int y) {
  size_t at = (size_t)y * (size_t)c->width;
  return memcmp(c->cell + at, r->shown.cell + at, (size_t)c->width * sizeof *c->cell) == 0;
}

/* One row, or none when it looks as it did. What the terminal may have drawn otherwise is not mended cell by cell. */
static bool put_changed(struct real *r, const struct canvas *c, int y, bool anew, int width) {
  if (!anew && same_row(r, c, y))
    return false;
  if (!anew && cluster_row_contested(&r->shown, y))
    wredrawln(stdscr, y, 1);
  put_row(r, c, y, width);
  return true;
}

/* After such a row the cursor may be elsewhere than ncurses believes: sent by itself, then the cursor is put back. */
static void put_contested(struct real *r, const struct canvas *c, int y, bool anew, int width) {
  if (!put_changed(r, c, y, anew, width))
    return;
  move(y, 0);
  refresh();
  const char *home = tparm(tigetstr("cup"), y, 0), *padding = strstr(home, "$<");
  fwrite(home, 1, padding ? (size_t)(padding - home) : strlen(home), r->out);
  fflush(r->out);
}

static void put_canvas(struct real *r, const struct canvas *c) {
  int width = c->width < r->width ? c->width : r->width;
  int height = c->height < r->height ? c->height : r->height;
  bool anew = r->whole || r->shown.width != c->width || r->shown.height != c->height, contested = false;
  if (anew) {
    erase();
    colour_pairs_forget(&r->pairs);
    canvas_resize(&r->shown, c->width, c->height);
  }
  if (r->whole)
    clearok(curscr, TRUE);
  for (int y = 0; y < height; y++)
    contested |= cluster_row_contested(&r->shown, y) || cluster_row_contested(c, y);
  idlok(stdscr, !contested); /* nor is it moved */
  for (int y = 0; y < height; y++)
    if (!contested || !cluster_row_contested(c, y))
      put_changed(r, c, y, anew, width);
  if (contested)
    refresh();
  for (int y = 0; contested && y < height; y++)
    if (cluster_row_contested(c, y))
      put_contested(r, c, y, anew, width);
  memcpy(r->shown.cell, c->cell, (size_t)c->width * (size_t)c->height * sizeof *c->cell);
  r->whole = false;
}

static bool real_show(struct terminal *t, const struct canvas *c) {
  struct real *r = self(t);
  if (!r->up || queue_size(&r->tty.out) > 0)
    return false;
  put_canvas(r, c);
  bool cursor = c->cursor_x >= 0 && c->cursor_x < r->width && c->cursor_y >= 0 && c->cursor_y < r->height;
  if (cursor)
    move(c->cursor_y, c->cursor_x);
  curs_set(cursor);
  refresh();
  send_frame(r);
  tty_write(&r->tty, ground_question(&r->ground, loop_now(r->loop))); /* who does not start asks nothing */
  return true;
}

/* ---- taking and giving back ------------------------------------------------------------------------------------- */

static void read_size(struct real *r) {
  int width, height;
  tty_size(&r->tty, &width, &height);
  if (width != r->width || height != r->height) {
    resizeterm(height, width);
    r->row = mem_grow(r->row, ((size_t)width + 2) * sizeof *r->row);
  }
  r->width = width;
  r->height = height;
  r->whole = true;
}

static void arm_rescue(const struct real *r) {
  crash_arm(&(struct crash_rescue){.tty = r->tty.fd,
                                   .modes = r->tty.shell,
                                   .restore = RESTORE,
                                   .real_stderr = r->stderr_log.real,
                                   .stderr_pipe = r->stderr_log.pipe});
}

static bool has_string(const char *capability) {
  const char *s = tigetstr(capability);
  return s && s != (char *)-1;
}

/* Fine when taken already: after SIGCONT the shell may have changed everything. */
static void enter(struct real *r, bool foreground) {
  if (r->tty.gone)
    return;
  arm_rescue(r);
  tty_take(&r->tty, foreground);
  struct buf bytes = BUF_INIT;
  if (r->titles && !r->up)
    buf_add_text(&bytes, TITLE_ON);
  buf_add_text(&bytes, r->mouseless ? MODES_ON : MODES_ON MOUSE_ON);
  r->up = true;
  read_size(r);
  clearok(curscr, TRUE);
  refresh(); /* the alternate screen, with what was there last */
  memory_file_take(r->out, &bytes);
  if (has_string("csr")) /* newterm() set one for 24 rows, whatever their number is: it has no tty to ask */
    buf_add_text(&bytes, REGION);
  tty_write(&r->tty, buf_slice(&bytes));
  buf_clear(&bytes);
}

static void leave(struct real *r) {
  if (!r->up)
    return;
  struct buf bytes = BUF_INIT;
  r->up = false;
  buf_add_text(&bytes, MODES_OFF);
  curs_set(1);
  endwin();
  memory_file_take(r->out, &bytes);
  if (!r->alternate) /* the screen stays: what comes next begins below it */
    buf_add_text(&bytes, "\r\n");
  if (r->titles)
    buf_add_text(&bytes, TITLE_OFF);
  tty_release(&r->tty, buf_slice(&bytes));
  crash_pause();
  buf_clear(&bytes);
}

static void tell_size(struct real *r) {
  if (r->t.user.resized && !r->tty.gone)
    r->t.user.resized(r->t.user.arg, r->width, r->height);
}

static void real_suspend(struct terminal *t) {
  struct real *r = self(t);
  if (!r->up)
    return; /* a Ctrl-Z meant for the child that has the terminal */
  leave(r);
  tty_stop_group();
  enter(r, false);
  tell_size(r);
}

static void real_lend(struct terminal *t, bool lent) {
  struct real *r = self(t);
  if (r->lent == lent)
    return;
  r->lent = lent;
  if (lent) {
    leave(r);
  } else {
    enter(r, true);
    tell_size(r);
  }
}

/* ---- signals and the tty's callbacks ----------------------------------------------------------------------------- */

static void on_winch(void *arg, int number) {
  struct real *r = arg;
  (void)number;
  if (!r->up)
    return; /* read when it is taken back */
  read_size(r);
  tell_size(r);
}

static void on_cont(void *arg, int number) {
  struct real *r = arg;
  (void)number;
  if (!r->up)
    return;
  enter(r, false);
  tell_size(r);
}

static void on_tstp(void *arg, int number) {
  (void)number;
  real_suspend(arg);
}

static void tell_gone(struct real *r) {
  if (r->told_gone)
    return;
  r->told_gone = true;
  if (r->t.user.gone)
    r->t.user.gone(r->t.user.arg);
  else
    loop_stop(r->loop);
}

static void on_gone(void *arg) {
  struct real *r = arg;
  r->up = false;
  crash_pause();
  tell_gone(r);
}

/* Somebody may have sent it by hand: as long as the tty answers, it is still to be given back. */
static void on_hup(void *arg, int number) {
  (void)number;
  tell_gone(arg);
}

static void on_end(void *arg, int number) {
  struct real *r = arg;
  if (number == SIGINT && r->lent)
    return; /* a Ctrl-C meant for the child that has the terminal */
  loop_stop(r->loop);
}

static const struct {
  int number;
  signals_fn *fn;
} listeners[] = {{SIGWINCH, on_winch}, {SIGCONT, on_cont}, {SIGTSTP, on_tstp},
                 {SIGHUP, on_hup},     {SIGTERM, on_end},  {SIGINT, on_end}};

enum { LISTENERS = sizeof listeners / sizeof listeners[0] };

/* Before newterm(): ncurses leaves alone what is not at its default. */
static bool listen_signals(struct real *r, struct err *err) {
  for (int i = 0; i < LISTENERS; i++)
    if (!signals_on(listeners[i].number, listeners[i].fn, r))
      return err_set(err, "no signals for the screen");
  return true;
}

static void on_input(void *arg, const char *bytes, size_t n) {
  key_decoder_feed(((struct real *)arg)->keys, bytes, n);
}

static void on_told(void *arg, struct slice text) {
  struct real *r = arg;
  bool light;
  if (!ground_told(&r->ground, text, loop_now(r->loop), &light) || light == r->theme.light)
    return;
  r->theme.light = r->t.light = light;
  init_pairs(r);
  r->whole = true;
  if (r->up)
    tell_size(r);
}

static void on_drained(void *arg) {
  struct real *r = arg;
  if (r->t.user.ready)
    r->t.user.ready(r->t.user.arg);
}

static void on_key(void *arg, const struct key *key) {
  struct real *r = arg;
  if (r->t.user.key && r->up)
    r->t.user.key(r->t.user.arg, key);
}

/* ---- the rest of the table -------------------------------------------------------------------------------------- */

static void real_size(struct terminal *t, int *width, int *height) {
  *width = self(t)->width;
  *height = self(t)->height;
}

static void real_redraw(struct terminal *t) {
  self(t)->whole = true;
}

static void real_send(struct terminal *t, const char *bytes, size_t n) {
  struct real *r = self(t);
  if (!r->up)
    return;
  if (queue_size(&r->tty.out) + n > SEND_MAX)
    log_write(LOG_WARN, "ui", 0, NULL, "the terminal takes no output: %zu bytes for it were dropped", n);
  else
    tty_write(&r->tty, slice_make(bytes, n));
}

static void real_title(struct terminal *t, const char *text) {
  struct real *r = self(t);
  struct buf b = BUF_INIT;
  if (!r->titles || queue_size(&r->tty.out) > 0)
    return; /* a title is worth no waiting */
  buf_add_text(&b, "\033]2;");
  text_safe(&b, slice_of(text), r->t.ascii ? TEXT_ASCII : TEXT_PLAIN);
  buf_add_byte(&b, '\a');
  real_send(t, b.p, b.n);
  buf_clear(&b);
}

static void real_bell(struct terminal *t) {
  real_send(t, "\a", 1);
}

static void real_mouse(struct terminal *t, bool on) {
  struct real *r = self(t);
  r->mouseless = !on;
  if (r->up)
    real_send(t, on ? MOUSE_ON : MOUSE_OFF, sizeof MOUSE_ON - 1);
}

static void real_free(struct terminal *t) {
  struct real *r = self(t);
  if (!r)
    return;
  leave(r);
  for (int i = 0; i < LISTENERS; i++)
    signals_off(listeners[i].number, listeners[i].fn, r);
  crash_disarm();
  stderr_log_close(&r->stderr_log);
  tty_close(&r->tty);
  key_decoder_free(r->keys);
  if (r->screen) {
    set_term(r->screen);
    delscreen(r->screen);
  }
  if (r->out)
    fclose(r->out);
  colour_pairs_clear(&r->pairs);
  canvas_clear(&r->shown);
  free(r->row);
  free(r);
}

static const struct terminal_ops real_ops = {
    .show = real_show,
    .size = real_size,
    .suspend = real_suspend,
    .lend = real_lend,
    .redraw = real_redraw,
    .send = real_send,
    .title = real_title,
    .bell = real_bell,
    .mouse = real_mouse,
    .free = real_free,
};

/* ---- opening ---------------------------------------------------------------------------------------------------- */

static void name_keys(struct real *r) {
  for (size_t i = 0; i < sizeof key_capabilities / sizeof *key_capabilities; i++)
    if (has_string(key_capabilities[i].name))
      key_decoder_name(r->keys, tigetstr(key_capabilities[i].name), key_capabilities[i].code, 0);
}

static bool open_screen(struct real *r, const struct terminal_options *options, struct err *err) {
  const char *term = getenv("TERM");
  if (!term || !*term)
    return err_set(err, "TERM is not set: try TERM=xterm-256color weir");
  r->out = memory_file();
  if (!r->out)
    return err_set(err, "no memory file for the screen");
  use_env(FALSE); /* the size is asked of the tty, not of LINES and COLUMNS */
  r->screen = newterm(term, r->out, r->out);
  if (!r->screen) { /* an entry without a size needs the environment to say one, or 80x24 */
    use_env(TRUE);
    r->screen = newterm(term, r->out, r->out);
  }
  if (!r->screen)
    return err_set(err, "terminal type \"%s\" is not known here: try TERM=xterm-256color weir", term);
  if (!has_string("cup"))
    return err_set(err, "terminal type \"%s\" cannot move its cursor: --headless prints lines instead", term);
  nonl();
  typeahead(-1); /* input is not ncurses' */
  r->alternate = has_string("rmcup");
  r->titles = tigetflag("XT") > 0 || has_string("tsl");
  init_colours(r, options);
  r->t.mono = r->theme.depth == THEME_MONO;
  tell_colours(r);
  name_keys(r);
  return true;
}

static bool ascii_wanted(const struct terminal_options *options) {
  const char *env = getenv("WEIR_ASCII");
  return (options && options->ascii) || (env && strcmp(env, "1") == 0) || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
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

struct terminal *terminal_open(struct loop *loop, const struct terminal_options *options, struct err *err) {
  struct real *r = mem_zero(1, sizeof *r);
  r->t.ops = &real_ops;
  r->loop = loop;
  r->tty.fd = r->stderr_log.real = r->stderr_log.pipe = -1;
  setlocale(LC_CTYPE, ""); /* what characters are; numbers stay as C writes them */
  r->t.ascii = ascii_wanted(options);
  r->keys = key_decoder_new(loop, on_key, r);
  key_decoder_told(r->keys, on_told);
  struct tty_user user = {on_input, on_drained, on_gone, r};
  if (!tty_open(&r->tty, loop, user, err) || !listen_signals(r, err) || !open_screen(r, options, err)) {
    real_free(&r->t);
    return NULL;
  }
  stderr_log_open(&r->stderr_log, loop);
  enter(r, false);
  return &r->t;
}
