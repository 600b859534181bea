/*
 * The real terminal. ncurses draws (terminal_curses.c); weir copies its bytes to the tty through a queue (tty.c), sets the
 * modes itself, reads and decodes the keys itself (key.c) and has its own SIGWINCH.
 */
#include "weir/ui/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crash.h"
#include "ground.h"
#include "stderr_log.h"
#include "terminal_curses.h"
#include "tty.h"
#include "weir/base/log.h"
#include "weir/base/mem.h"
#include "weir/io/signals.h"

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
  struct drawing *drawing;
  struct ground ground;
  int width, height;
  bool mouseless, lent, up, titles, alternate, told_gone;
};

static struct real *self(struct terminal *t) {
  return (struct real *)t;
}

/* ---- frames ----------------------------------------------------------------------------------------------------- */

static bool real_show(struct terminal *t, const struct canvas *c) {
  struct real *r = self(t);
  if (!r->up || queue_size(&r->tty.out) > 0)
    return false;
  struct buf bytes = BUF_INIT;
  drawing_show(r->drawing, c, &bytes);
  tty_write(&r->tty, buf_slice(&bytes));
  buf_clear(&bytes);
  tty_write(&r->tty, ground_question(&r->ground, loop_now(r->loop))); /* who does not start asks nothing */
  return true;
}

/* ---- taking and giving back ------------------------------------------------------------------------------------- */

static void read_size(struct real *r) {
  tty_size(&r->tty, &r->width, &r->height);
  drawing_resize(r->drawing, r->width, r->height);
}

static void arm_rescue(const struct real *r) {
  crash_arm(&(struct crash_rescue){.tty = r->tty.fd,
                                   .modes = r->tty.shell,
                                   .restore = RESTORE,
                                   .real_stderr = r->stderr_log.real,
                                   .stderr_pipe = r->stderr_log.pipe});
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
  drawing_enter(r->drawing, &bytes);
  if (drawing_can("csr")) /* newterm() set one for 24 rows, whatever their number is: it has no tty to ask */
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
  drawing_leave(r->drawing, &bytes);
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
  if (!ground_told(&r->ground, text, loop_now(r->loop), &light) || light == r->t.light)
    return;
  r->t.light = light;
  drawing_set_light(r->drawing, light);
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
  drawing_redraw(self(t)->drawing);
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
  drawing_free(r->drawing);
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

static bool open_drawing(struct real *r, const struct terminal_options *options, struct err *err) {
  r->drawing = drawing_open(r->t.ascii, options, err);
  if (!r->drawing)
    return false;
  struct theme theme = drawing_theme(r->drawing);
  r->alternate = drawing_can("rmcup");
  r->titles = drawing_has_titles();
  r->t.mono = theme.depth == THEME_MONO;
  r->t.colours = theme_colours(theme);
  r->t.light = theme.light;
  if (!r->t.mono)
    ground_init(&r->ground, theme, r->titles, options ? options->theme : NULL);
  drawing_name_keys(r->keys);
  return true;
}

static bool ascii_wanted(const struct terminal_options *options) {
  const char *env = getenv("WEIR_ASCII");
  return (options && options->ascii) || (env && strcmp(env, "1") == 0) || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
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
  if (!tty_open(&r->tty, loop, user, err) || !listen_signals(r, err) || !open_drawing(r, options, err)) {
    real_free(&r->t);
    return NULL;
  }
  stderr_log_open(&r->stderr_log, loop);
  enter(r, false);
  return &r->t;
}
