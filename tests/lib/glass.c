#include "glass.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <vterm.h>

#include "weir/base/mem.h"

struct glass {
  struct screen *s;
  struct terminal *real;
  const struct terminal_ops *fake_ops;
  struct terminal_ops tee;
  int master;
  VTerm *vt;
  VTermScreen *screen;
  struct buf raw; /* since the last look */
  bool alternate, hidden, reverse;
  int mouse;
  unsigned bells, rung; /* heard, and weir's own */
  size_t answers;       /* bytes that the terminal would send back */
  bool begun;           /* the first frame is there: from now on nothing is asked of the terminal */
  int top, bottom;      /* rows that scroll; 0: all */
  bool strayed;         /* accents may stand in the first column */
  char title[128];
  char why[400];
};

static struct glass *now; /* the terminal's callbacks know their terminal alone */

static bool fault(struct glass *g, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The first is kept. Returns false. */
static bool fault(struct glass *g, const char *format, ...) {
  va_list args;
  va_start(args, format);
  if (g->why[0] == '\0')
    vsnprintf(g->why, sizeof g->why, format, args);
  va_end(args);
  return false;
}

/* ---- libvterm's side ---- */

static int on_property(VTermProp property, VTermValue *value, void *user) {
  struct glass *g = user;
  if (property == VTERM_PROP_ALTSCREEN)
    g->alternate = value->boolean;
  else if (property == VTERM_PROP_CURSORVISIBLE)
    g->hidden = !value->boolean;
  else if (property == VTERM_PROP_REVERSE)
    g->reverse = value->boolean;
  else if (property == VTERM_PROP_MOUSE)
    g->mouse = value->number;
  else if (property == VTERM_PROP_TITLE || property == VTERM_PROP_ICONNAME)
    return 1; /* its bytes are looked at below */
  return 1;
}

static int on_bell(void *user) {
  ((struct glass *)user)->bells++;
  return 1;
}

static const VTermScreenCallbacks screen_callbacks = {.settermprop = on_property, .bell = on_bell};

static void on_answer(const char *bytes, size_t n, void *user) {
  (void)bytes;
  ((struct glass *)user)->answers += n;
}

/* ---- the bytes ---- */

static struct slice sequence(struct slice s, size_t n) {
  return slice_sub(s, 0, n < 60 ? n : 60);
}

/* ESC [ parameters final. How many bytes; 0: not one of weir's. */
static size_t csi(struct glass *g, struct slice s) {
  size_t n = 2;
  while (n < s.n && s.p[n] >= 0x20 && s.p[n] < 0x40)
    n++;
  if (n >= s.n || strchr("ABCDGHJKLMPSTX@bdfhlmrt", s.p[n]) == NULL)
    return 0;
  static const char *const modes[] = {"1", "7", "12", "25", "1000", "1002", "1003", "1004", "1006", "1049", "2004"};
  if (s.p[n] == 't') /* the title's stack */
    return slice_starts(s, SLICE("\033[22;0")) || slice_starts(s, SLICE("\033[23;0")) ? n + 1 : 0;
  if (s.p[n] == 'l' && slice_eq(slice_sub(s, 0, n + 1), SLICE("\033[4l")))
    return n + 1; /* insert mode is off */
  if (s.p[n] == 'r' && sscanf(s.p, "\033[%d;%d", &g->top, &g->bottom) != 2)
    g->top = g->bottom = 0;
  if (s.p[n] != 'h' && s.p[n] != 'l')
    return n + 1;
  struct slice rest = slice_sub(s, 3, n - 3), one;
  if (s.p[2] != '?')
    return 0;
  while (slice_split(&rest, ';', &one)) {
    bool known = false;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
      known |= slice_eq(one, slice_of(modes[i]));
    if (!known)
      return 0;
  }
  return n + 1;
}

/* ESC ] ... BEL: a title of weir's, the clipboard in base64, and the question for the ground. */
static size_t osc(struct glass *g, struct slice s) {
  size_t n = 2;
  while (n < s.n && (unsigned char)s.p[n] >= 0x20 && s.p[n] != 0x7f)
    n++;
  if (n >= s.n || (s.p[n] != '\a' && s.p[n] != '\033'))
    return 0;
  size_t end = s.p[n] == '\a' ? n + 1 : n + 2;
  struct slice text = slice_sub(s, 2, n - 2);
  if (slice_starts(text, SLICE("2;weir"))) {
    snprintf(g->title, sizeof g->title, "%.*s", (int)text.n - 2, text.p + 2);
    return end;
  }
  if (slice_eq(text, SLICE("11;?")))
    return g->begun ? 0 : end;
  if (!slice_starts(text, SLICE("52;c;")))
    return 0;
  for (size_t i = 5; i < text.n; i++)
    if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=", text.p[i]) == NULL)
      return 0;
  return end;
}

static size_t escape(struct glass *g, struct slice s) {
  if (s.n < 2)
    return 0;
  if (s.p[1] == '[')
    return csi(g, s);
  if (s.p[1] == ']')
    return osc(g, s);
  if (s.p[1] == '(' || s.p[1] == ')')
    return s.n > 2 && (s.p[2] == 'B' || s.p[2] == '0') ? 3 : 0;
  return strchr("=>78M", s.p[1]) != NULL ? 2 : 0;
}

/* A character that stands on the screen as it is, or moves the cursor as ncurses does. */
static size_t character(struct slice s) {
  uint32_t c = 0;
  size_t n = text_decode(s, &c);
  if (n == 1)
    return c >= 0x20 && c != 0x7f ? 1 : strchr("\r\n\b\t", (int)c) != NULL && c != 0;
  bool bad = c < 0xa0 || (c >= 0x200b && c <= 0x200f && c != 0x200d) || (c >= 0x2028 && c <= 0x202e) ||
             (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || c == 0x061c || (c >= 0xe0000 && c <= 0xe007f);
  return bad ? 0 : n;
}

static bool read_bytes(struct glass *g) {
  for (struct slice rest = buf_slice(&g->raw); rest.n > 0;) {
    size_t n = 1;
    if (rest.p[0] == '\033')
      n = escape(g, rest);
    else if (rest.p[0] != '\a')
      n = character(rest);
    if (n == 0) {
      char hex[200];
      struct slice part = sequence(rest, rest.n);
      for (size_t i = 0; i < part.n; i++)
        snprintf(hex + 3 * i, 4, "%02x ", (unsigned char)part.p[i]);
      return fault(g, "bytes that weir never writes: %s", hex);
    }
    rest = slice_from(rest, n);
  }
  return true;
}

/* ---- the cells ---- */

static void put_utf8(struct buf *to, uint32_t c) {
  if (c >= 0x10000)
    buf_add_byte(to, (char)(0xf0 | c >> 18)), buf_add_byte(to, (char)(0x80 | (c >> 12 & 0x3f)));
  else if (c >= 0x800)
    buf_add_byte(to, (char)(0xe0 | c >> 12));
  else if (c >= 0x80)
    buf_add_byte(to, (char)(0xc0 | c >> 6));
  if (c >= 0x800)
    buf_add_byte(to, (char)(0x80 | (c >> 6 & 0x3f)));
  buf_add_byte(to, (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c));
}

static void put_cell(const VTermScreenCell *cell, char out[64]) {
  struct buf text = BUF_INIT;
  for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i] != 0 && cell->chars[i] != (uint32_t)-1; i++)
    put_utf8(&text, cell->chars[i]);
  snprintf(out, 64, "%s", text.n > 0 ? buf_text(&text) : cell->chars[0] == (uint32_t)-1 ? "" : " ");
  buf_clear(&text);
}

/* A character that all terminals count alike, with accents on it or not. */
static bool agreed_cell(struct slice bytes) {
  uint32_t code = 0;
  bytes = slice_from(bytes, text_decode(bytes, &code));
  if (code >= 0x300 && (code < 0x2190 || code > 0x27bf))
    return false;
  for (size_t n; bytes.n > 0; bytes = slice_from(bytes, n))
    if ((n = text_decode(bytes, &code)) == 0 || code < 0x300 || code > 0x36f)
      return false;
  return true;
}

/* libvterm gives accents in the last column to the first of the row below, where nobody knows of them. */
static bool spills(const struct canvas *c, int y) {
  struct slice bytes = slice_of(c->cell[(y + 1) * c->width - 1].bytes);
  uint32_t code;
  return bytes.n > 0 && text_decode(bytes, &code) != bytes.n;
}

/* Terminals differ in the widths of what is no plain text; such a row may be off, but no other one. */
static bool agreed(const struct canvas *c, int y) {
  if (spills(c, y))
    return false;
  for (int x = 0; x < c->width; x++) {
    struct slice bytes = slice_of(c->cell[y * c->width + x].bytes);
    if (bytes.n > 0 && !agreed_cell(bytes))
      return false;
  }
  return true;
}

static bool same_cells(struct glass *g) {
  const struct canvas *c = terminal_fake_screen(g->s->t);
  for (int y = 0; y < c->height; y++)
    g->strayed |= spills(c, y);
  for (int y = 0; y < c->height; y++)
    for (int x = g->strayed; agreed(c, y) && x < c->width; x++) {
      char shown[64];
      VTermScreenCell cell = {0};
      const char *want = c->cell[y * c->width + x].bytes;
      vterm_screen_get_cell(g->screen, (VTermPos){.row = y, .col = x}, &cell);
      put_cell(&cell, shown);
      if (strcmp(want, shown) != 0)
        return fault(g, "row %d, column %d shows \"%s\", not \"%s\"", y, x, shown, want);
    }
  return true;
}

static bool same_state(struct glass *g, int mouse) {
  const struct canvas *c = terminal_fake_screen(g->s->t);
  bool hidden = c->cursor_x < 0 || c->cursor_y < 0 || c->cursor_x >= c->width || c->cursor_y >= c->height;
  if (!g->alternate)
    return fault(g, "the alternate screen was left");
  if (g->hidden != hidden)
    return fault(g, hidden ? "the cursor is seen" : "the cursor is hidden");
  if (g->reverse)
    return fault(g, "the whole screen is reversed");
  if (g->mouse != mouse)
    return fault(g, "mouse mode %d", g->mouse);
  if (g->top > 1 || (g->bottom > 0 && g->bottom != c->height))
    return fault(g, "rows %d to %d scroll, not all", g->top, g->bottom);
  if (g->answers > 0)
    return fault(g, "%zu bytes would come back from the terminal", g->answers);
  if (g->bells != g->rung)
    return fault(g, "%u bells, weir rang %u", g->bells, g->rung);
  return true;
}

/* ---- the pty ---- */

/* Cursor keys are weir's own bytes, and the alternate screen's number: libvterm 0.1.4 takes one mode at a time. */
static void drain(struct glass *g) {
  char bytes[16384];
  for (ssize_t n; (n = read(g->master, bytes, sizeof bytes)) > 0;) {
    buf_add(&g->raw, bytes, (size_t)n);
    vterm_input_write(g->vt, bytes, (size_t)n);
  }
}

static bool shown(struct glass *g) {
  const struct canvas *c = terminal_fake_screen(g->s->t);
  for (uint64_t end = clock_mono() + 10 * CLOCK_S; !g->real->ops->show(g->real, c);) {
    drain(g);
    loop_turn(g->s->w.loop, 0);
    if (clock_mono() > end)
      return false;
  }
  drain(g);
  return true;
}

const char *glass_look(struct glass *g) {
  bool whole = shown(g) && shown(g); /* the second is taken when the first has left */
  if (!whole)
    fault(g, "the frame never left");
  if (read_bytes(g) && same_state(g, VTERM_PROP_MOUSE_DRAG))
    same_cells(g);
  buf_reset(&g->raw);
  return g->why[0] != '\0' ? g->why : NULL;
}

/* ---- the tee ---- */

static void tee_send(struct terminal *t, const char *bytes, size_t n) {
  now->fake_ops->send(t, bytes, n);
  now->real->ops->send(now->real, bytes, n);
}

static void tee_title(struct terminal *t, const char *text) {
  (void)t;
  now->real->ops->title(now->real, text);
}

static void tee_bell(struct terminal *t) {
  (void)t;
  now->rung++;
  now->real->ops->bell(now->real);
}

/* The slave is stdin and stdout while the terminal opens: it has a descriptor of its own then. */
static void open_real(struct glass *g, const char *slave) {
  struct err err = ERR_INIT;
  int kept[3], fd = open(slave, O_RDWR | O_NOCTTY), nowhere = open("/dev/null", O_RDWR);
  fflush(stdout);
  for (int i = 0; i < 3; i++) {
    kept[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
    dup2(i < 2 ? fd : nowhere, i);
  }
  g->real = terminal_open(g->s->w.loop, NULL, &err);
  for (int i = 0; i < 3; i++) {
    dup2(kept[i], i);
    close(kept[i]);
  }
  close(fd);
  close(nowhere);
  if (g->real == NULL) {
    fprintf(stderr, "no terminal for the glass: %s\n", err.text);
    abort();
  }
}

struct glass *glass_open(struct screen *s) {
  struct glass *g = mem_zero(1, sizeof *g);
  const struct canvas *c = terminal_fake_screen(s->t);
  struct winsize size = {.ws_col = (unsigned short)c->width, .ws_row = (unsigned short)c->height};
  static const char *const away[] = {"NO_COLOR", "COLORFGBG", "WEIR_ASCII"};
  for (size_t i = 0; i < sizeof away / sizeof *away; i++)
    unsetenv(away[i]);
  setenv("TERM", "xterm-256color", 1);
  setenv("LC_ALL", "C.UTF-8", 1);
  now = g;
  g->s = s;
  g->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (g->master < 0 || grantpt(g->master) < 0 || unlockpt(g->master) < 0 || ioctl(g->master, TIOCSWINSZ, &size) < 0) {
    perror("a pty for the glass");
    abort();
  }
  g->vt = vterm_new(c->height, c->width);
  vterm_set_utf8(g->vt, 1);
  g->screen = vterm_obtain_screen(g->vt);
  vterm_screen_set_callbacks(g->screen, &screen_callbacks, g);
  vterm_screen_enable_altscreen(g->screen, 1);
  vterm_screen_reset(g->screen, 1);
  vterm_output_set_callback(g->vt, on_answer, g);
  open_real(g, ptsname(g->master));
  glass_look(g);
  g->answers = 0;
  g->begun = true;
  g->fake_ops = s->t->ops;
  g->tee = *s->t->ops;
  g->tee.send = tee_send;
  g->tee.title = tee_title;
  g->tee.bell = tee_bell;
  s->t->ops = &g->tee;
  return g;
}

void glass_close(struct glass *g) {
  g->s->t->ops = g->fake_ops;
  g->real->ops->free(g->real);
  close(g->master);
  vterm_free(g->vt);
  buf_clear(&g->raw);
  free(g);
  now = NULL;
}
