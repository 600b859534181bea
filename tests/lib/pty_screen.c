#include "pty_screen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <vterm.h>

enum { SEQUENCE_MAX = 128, RECORD = 256 * 1024 };

struct pty {
  pid_t pid;
  int master;
  bool ended;
  int status;
  VTerm *vt;
  VTermScreen *screen;
  char sequence[SEQUENCE_MAX]; /* the control sequence under way, for splitting */
  size_t sequence_n;
  bool alternate, cursor_hidden, paste;
  unsigned mouse; /* bits of the modes that are on */
  int cursor_x, cursor_y;
  char title[256];
  size_t title_n;
  char *text; /* what pty_row() and pty_text() gave */
  size_t bytes;
  char *record; /* the raw output's end */
  size_t record_n;
};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- the screen -------------------------------------------------------------------------------------------------- */

static int on_move(VTermPos pos, VTermPos old, int visible, void *user) {
  struct pty *p = user;
  (void)old;
  (void)visible;
  p->cursor_x = pos.col;
  p->cursor_y = pos.row;
  return 1;
}

static const VTermScreenCallbacks screen_callbacks = {.movecursor = on_move};

static void on_answer(const char *bytes, size_t n, void *user) {
  pty_send_n(user, bytes, n);
}

static void note_mode(struct pty *p, int mode, bool on) {
  static const int mouse_modes[] = {1000, 1002, 1003, 1006};
  for (size_t i = 0; i < sizeof mouse_modes / sizeof mouse_modes[0]; i++)
    if (mode == mouse_modes[i])
      p->mouse = on ? p->mouse | 1u << i : p->mouse & ~(1u << i);
  if (mode == 1049 || mode == 1047 || mode == 47)
    p->alternate = on;
  if (mode == 2004)
    p->paste = on;
  if (mode == 25)
    p->cursor_hidden = !on;
}

/* A whole control sequence: private modes one by one, everything else as it is. */
static void give_sequence(struct pty *p) {
  char final = p->sequence[p->sequence_n - 1];
  if (p->sequence_n < 4 || p->sequence[2] != '?' || (final != 'h' && final != 'l')) {
    vterm_input_write(p->vt, p->sequence, p->sequence_n);
    return;
  }
  p->sequence[p->sequence_n - 1] = '\0';
  for (char *rest = p->sequence + 3, *part; (part = strsep(&rest, ";"));) {
    char one[SEQUENCE_MAX + 8];
    int n = snprintf(one, sizeof one, "\033[?%s%c", part, final);
    note_mode(p, (int)strtol(part, NULL, 10), final == 'h');
    vterm_input_write(p->vt, one, (size_t)n);
  }
}

static void note_title(struct pty *p, char c) {
  static const char start[] = "]2;";
  if (c == '\a' || c == '\033') {
    if (p->title_n >= 3)
      p->title[p->title_n - 3] = '\0';
    p->title_n = 0;
  } else if (p->title_n < 3 ? c == start[p->title_n] : p->title_n < sizeof p->title) {
    if (p->title_n >= 3)
      p->title[p->title_n - 3] = c;
    p->title_n++;
  } else {
    p->title_n = 0; /* another string */
  }
}

/* ESC [ ... final is held back until whole; strings (OSC) pass, but the title is remembered. */
static void give(struct pty *p, const char *bytes, size_t n) {
  for (size_t i = 0; i < n; i++) {
    char c = bytes[i];
    if (p->title_n > 0)
      note_title(p, c);
    if (p->sequence_n == 0 && c != '\033') {
      vterm_input_write(p->vt, &c, 1);
      continue;
    }
    if (p->sequence_n < SEQUENCE_MAX)
      p->sequence[p->sequence_n++] = c;
    if (p->sequence_n == 2 && c != '[') {
      vterm_input_write(p->vt, p->sequence, 2);
      if (c == ']')
        p->title_n = 1;
      p->sequence_n = 0;
    } else if (p->sequence_n > 2 && c >= 0x40 && c != 0x7f) {
      give_sequence(p);
      p->sequence_n = 0;
    }
  }
}

static void remember(struct pty *p, const char *bytes, size_t n) {
  p->bytes += n;
  if (p->record_n + n > RECORD) {
    size_t keep = RECORD / 2 < p->record_n ? RECORD / 2 : p->record_n;
    memmove(p->record, p->record + p->record_n - keep, keep);
    p->record_n = keep;
  }
  if (n > RECORD / 2) {
    bytes += n - RECORD / 2;
    n = RECORD / 2;
  }
  memcpy(p->record + p->record_n, bytes, n);
  p->record_n += n;
}

/* ---- the process ------------------------------------------------------------------------------------------------- */

static void set_environment(const struct pty_options *o) {
  static const char *const away[] = {"NO_COLOR", "TMUX",     "DISPLAY",        "WAYLAND_DISPLAY", "COLORFGBG", "LINES",
                                     "COLUMNS",  "LC_CTYPE", "SSH_CONNECTION", "WEIR_ASCII",      "STY"};
  for (size_t i = 0; i < sizeof away / sizeof away[0]; i++)
    unsetenv(away[i]);
  setenv("TERM", "xterm-256color", 1);
  setenv("LC_ALL", "C.UTF-8", 1);
  for (const char *const *e = o->env; e && *e; e++) {
    char name[128];
    const char *equals = strchr(*e, '=');
    snprintf(name, sizeof name, "%.*s", equals ? (int)(equals - *e) : 127, *e);
    if (equals)
      setenv(name, equals + 1, 1);
    else
      unsetenv(name);
  }
}

static void run_child(const struct pty_options *o) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  if (o->keep_fd >= 0 && o->keep_fd != 3)
    dup2(o->keep_fd, 3);
  set_environment(o);
  execvp(o->argv[0], (char *const *)(uintptr_t)o->argv);
  fprintf(stderr, "%s: %s\n", o->argv[0], strerror(errno));
  _exit(127);
}

struct pty *pty_start(const struct pty_options *options) {
  struct pty *p = calloc(1, sizeof *p);
  struct winsize size = {.ws_col = (unsigned short)(options->width > 0 ? options->width : 80),
                         .ws_row = (unsigned short)(options->height > 0 ? options->height : 24)};
  p->record = malloc(RECORD);
  p->vt = vterm_new(size.ws_row, size.ws_col);
  p->screen = vterm_obtain_screen(p->vt);
  vterm_set_utf8(p->vt, 1);
  vterm_screen_set_callbacks(p->screen, &screen_callbacks, p);
  vterm_screen_enable_altscreen(p->screen, 1);
  vterm_screen_reset(p->screen, 1);
  p->pid = forkpty(&p->master, NULL, NULL, &size);
  if (p->pid < 0) {
    perror("forkpty");
    abort();
  }
  if (p->pid == 0)
    run_child(options);
  fcntl(p->master, F_SETFL, O_NONBLOCK);
  fcntl(p->master, F_SETFD, FD_CLOEXEC);
  vterm_output_set_callback(p->vt, on_answer, p);
  return p;
}

void pty_free(struct pty *p) {
  if (!p)
    return;
  if (!p->ended) {
    kill(p->pid, SIGKILL);
    kill(p->pid, SIGCONT);
  }
  pty_hang_up(p);
  if (!p->ended)
    waitpid(p->pid, &p->status, 0);
  vterm_free(p->vt);
  free(p->record);
  free(p->text);
  free(p);
}

void pty_hang_up(struct pty *p) {
  if (p->master >= 0)
    close(p->master);
  p->master = -1;
}

pid_t pty_pid(const struct pty *p) {
  return p->pid;
}

void pty_send_n(struct pty *p, const char *bytes, size_t n) {
  double end = now() + PTY_DEADLINE;
  while (n > 0 && p->master >= 0 && now() < end) {
    ssize_t done = write(p->master, bytes, n);
    if (done > 0) {
      bytes += done;
      n -= (size_t)done;
    } else if (errno == EAGAIN) {
      poll(&(struct pollfd){.fd = p->master, .events = POLLOUT}, 1, 100);
    } else if (errno != EINTR) {
      return;
    }
  }
}

void pty_send(struct pty *p, const char *bytes) {
  pty_send_n(p, bytes, strlen(bytes));
}

void pty_resize(struct pty *p, int width, int height) {
  struct winsize size = {.ws_col = (unsigned short)width, .ws_row = (unsigned short)height};
  /* libvterm 0.1.4 writes behind its cells where a wide character meets a screen of one column or row */
  vterm_set_size(p->vt, height < 2 ? 2 : height, width < 2 ? 2 : width);
  ioctl(p->master, TIOCSWINSZ, &size);
}

bool pty_read(struct pty *p, double seconds) {
  char bytes[16384];
  if (p->master < 0)
    return false;
  if (seconds > 0)
    poll(&(struct pollfd){.fd = p->master, .events = POLLIN}, 1, (int)(seconds * 1000) + 1);
  ssize_t n = read(p->master, bytes, sizeof bytes);
  if (n <= 0)
    return false;
  remember(p, bytes, (size_t)n);
  give(p, bytes, (size_t)n);
  return true;
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

bool pty_wait_unread(struct pty *p, bool (*until)(void *arg), void *arg, double seconds) {
  (void)p;
  for (double end = now() + seconds; now() < end; poll(NULL, 0, 2))
    if (until(arg))
      return true;
  return until(arg);
}

bool pty_wait(struct pty *p, bool (*holds)(struct pty *p, void *arg), void *arg, double seconds) {
  double end = now() + seconds;
  while (!holds(p, arg)) {
    double left = end - now();
    if (left <= 0)
      return false;
    if (!pty_read(p, left < 0.01 ? left : 0.01) && p->master >= 0 && left > 0.002)
      poll(NULL, 0, 1); /* the other end may be closed: no busy waiting for the deadline */
  }
  return true;
}

static bool has_text(struct pty *p, void *arg) {
  return pty_find(p, arg, NULL, NULL);
}

static bool lacks_text(struct pty *p, void *arg) {
  return !has_text(p, arg);
}

bool pty_wait_text(struct pty *p, const char *text) {
  return pty_wait(p, has_text, (void *)(uintptr_t)text, PTY_DEADLINE);
}

struct times {
  const char *text;
  int times;
};

static bool has_times(struct pty *p, void *arg) {
  struct times *want = arg;
  int n = 0;
  for (const char *at = pty_text(p); (at = strstr(at, want->text)); at++)
    n++;
  return n == want->times;
}

bool pty_wait_times(struct pty *p, const char *text, int times) {
  return pty_wait(p, has_times, &(struct times){text, times}, PTY_DEADLINE);
}

bool pty_wait_gone(struct pty *p, const char *text) {
  return pty_wait(p, lacks_text, (void *)(uintptr_t)text, PTY_DEADLINE);
}

struct row_text {
  int y;
  const char *text;
};

static bool row_has(struct pty *p, void *arg) {
  struct row_text *want = arg;
  int width, height;
  pty_size(p, &width, &height);
  return strstr(pty_row(p, want->y < 0 ? height + want->y : want->y), want->text) != NULL;
}

bool pty_wait_row(struct pty *p, int y, const char *text) {
  return pty_wait(p, row_has, &(struct row_text){y, text}, PTY_DEADLINE);
}

bool pty_settle(struct pty *p, double quiet) {
  for (double end = now() + PTY_DEADLINE; now() < end;)
    if (!pty_read(p, quiet))
      return true;
  return false;
}

static bool has_ended(struct pty *p, void *arg) {
  (void)arg;
  if (!p->ended && waitpid(p->pid, &p->status, WNOHANG) == p->pid)
    p->ended = true;
  return p->ended;
}

bool pty_wait_exit(struct pty *p, int *status, double seconds) {
  bool ended = pty_wait(p, has_ended, NULL, seconds);
  while (ended && pty_read(p, 0))
    ;
  if (ended && status)
    *status = p->status;
  return ended;
}

/* ---- looking ----------------------------------------------------------------------------------------------------- */

void pty_size(const struct pty *p, int *width, int *height) {
  vterm_get_size(p->vt, height, width);
}

static size_t put_utf8(uint32_t c, char *to) {
  size_t n = 0;
  if (c < 0x80) {
    to[n++] = (char)c;
  } else if (c < 0x800) {
    to[n++] = (char)(0xc0 | c >> 6);
    to[n++] = (char)(0x80 | (c & 0x3f));
  } else {
    if (c >= 0x10000)
      to[n++] = (char)(0xf0 | c >> 18);
    to[n++] = (char)(c >= 0x10000 ? 0x80 | (c >> 12 & 0x3f) : 0xe0 | c >> 12);
    to[n++] = (char)(0x80 | (c >> 6 & 0x3f));
    to[n++] = (char)(0x80 | (c & 0x3f));
  }
  return n;
}

static int colour(const VTermColor *c) {
  if (VTERM_COLOR_IS_DEFAULT_FG(c) || VTERM_COLOR_IS_DEFAULT_BG(c))
    return -1;
  if (VTERM_COLOR_IS_INDEXED(c))
    return c->indexed.idx;
  return 0x1000000 | c->rgb.red << 16 | c->rgb.green << 8 | c->rgb.blue;
}

struct pty_cell pty_cell(const struct pty *p, int x, int y) {
  struct pty_cell cell = {.width = 1};
  VTermScreenCell v = {0};
  if (!vterm_screen_get_cell(p->screen, (VTermPos){.row = y, .col = x}, &v))
    return cell;
  size_t n = 0;
  for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && v.chars[i] && v.chars[i] != (uint32_t)-1; i++)
    n += put_utf8(v.chars[i], cell.text + n);
  cell.text[n] = '\0';
  cell.width = v.chars[0] == (uint32_t)-1 ? 0 : v.width;
  cell.fg = colour(&v.fg);
  cell.bg = colour(&v.bg);
  cell.bold = v.attrs.bold;
  cell.underline = v.attrs.underline;
  cell.reverse = v.attrs.reverse;
  return cell;
}

static size_t add_row(const struct pty *p, int y, char *to) {
  int width, height;
  size_t n = 0, end = 0;
  pty_size(p, &width, &height);
  for (int x = 0; x < width; x++) {
    struct pty_cell cell = pty_cell(p, x, y);
    if (cell.width == 0)
      continue;
    const char *text = cell.text[0] ? cell.text : " ";
    n += (size_t)sprintf(to + n, "%s", text);
    if (strcmp(text, " ") != 0)
      end = n;
  }
  to[end] = '\0';
  return end;
}

static char *room(struct pty *p) {
  int width, height;
  pty_size(p, &width, &height);
  free(p->text);
  p->text = malloc((size_t)(width * (int)sizeof(((struct pty_cell *)0)->text) + 2) * (size_t)(height + 1));
  return p->text;
}

const char *pty_row(struct pty *p, int y) {
  add_row(p, y, room(p));
  return p->text;
}

const char *pty_text(struct pty *p) {
  int width, height;
  size_t n = 0;
  pty_size(p, &width, &height);
  room(p);
  for (int y = 0; y < height; y++) {
    n += add_row(p, y, p->text + n);
    p->text[n++] = '\n';
  }
  p->text[n] = '\0';
  return p->text;
}

/* Columns of the first n bytes of row y. */
static int column_of(const struct pty *p, int y, size_t n) {
  int width, height;
  pty_size(p, &width, &height);
  for (int x = 0; x < width; x++) {
    struct pty_cell cell = pty_cell(p, x, y);
    if (cell.width == 0)
      continue;
    if (n == 0)
      return x;
    size_t size = cell.text[0] ? strlen(cell.text) : 1;
    n = n > size ? n - size : 0;
  }
  return width;
}

bool pty_find(struct pty *p, const char *text, int *x, int *y) {
  int width, height;
  pty_size(p, &width, &height);
  for (int row = 0; row < height; row++) {
    const char *line = pty_row(p, row), *at = strstr(line, text);
    if (!at)
      continue;
    if (x)
      *x = column_of(p, row, (size_t)(at - line));
    if (y)
      *y = row;
    return true;
  }
  return false;
}

bool pty_alternate(const struct pty *p) {
  return p->alternate;
}

bool pty_mouse(const struct pty *p) {
  return p->mouse != 0;
}

bool pty_paste_mode(const struct pty *p) {
  return p->paste;
}

bool pty_cursor(const struct pty *p, int *x, int *y) {
  if (x)
    *x = p->cursor_x;
  if (y)
    *y = p->cursor_y;
  return !p->cursor_hidden;
}

const char *pty_title(const struct pty *p) {
  return p->title;
}

void pty_modes(const struct pty *p, struct termios *out) {
  memset(out, 0, sizeof *out);
  if (tcgetattr(p->master, out) < 0)
    perror("tcgetattr on the pty");
}

bool pty_cooked(const struct pty *p) {
  struct termios t;
  pty_modes(p, &t);
  tcflag_t want = ICANON | ECHO | ISIG;
  return (t.c_lflag & want) == want && t.c_oflag & OPOST;
}

size_t pty_bytes(const struct pty *p) {
  return p->bytes;
}

bool pty_saw(const struct pty *p, const char *bytes) {
  return memmem(p->record, p->record_n, bytes, strlen(bytes)) != NULL;
}

void pty_forget(struct pty *p) {
  p->record_n = 0;
}

void pty_dump(struct pty *p) {
  int x, y;
  bool shown = pty_cursor(p, &x, &y);
  fprintf(stderr, "---- screen (alternate %d, mouse %u, paste %d, cursor %d,%d%s, title \"%s\")\n%s----\n",
          p->alternate, p->mouse, p->paste, x, y, shown ? "" : " hidden", p->title, pty_text(p));
}

const char *pty_beside(const char *name) {
  static char path[4096];
  const char *tests = getenv("WEIR_TESTS");
  snprintf(path, sizeof path, "%s/tui/%s", tests ? tests : "build/release/tests", name);
  return path;
}
