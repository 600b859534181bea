#include "screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <malloc.h>

#include "canvas_dump.h"
#include "memory_stream.h"
#include "turns.h"
#include "ui/ui_state.h"
#include "weir/base/mem.h"
#include "weir/io/signals.h"

#define START (1000 * CLOCK_S)

static uint64_t clock_of(void *arg) {
  return ((struct screen *)arg)->now;
}

static void deliver(void *arg) {
  store_deliver(arg);
}

/* ---- the far ends ---- */

static unsigned want_nothing(void *arg) {
  (void)arg;
  return 0;
}

static void not_ready(void *arg, unsigned events) {
  (void)arg;
  (void)events;
}

/* One end to the proxy, the other to the test, which looks when it wants to know. */
static struct stream *join(struct screen *s, struct peer *p) {
  struct stream *ours, *theirs;
  memory_stream_pair(s->w.loop, &(struct memory_options){.a = {.family = 4, .port = 44540, .ip = {127, 0, 0, 1}}},
                     &ours, &theirs);
  stream_set_user(ours, (struct stream_user){want_nothing, not_ready, p});
  p->stream = ours;
  return theirs;
}

static struct stream *dial(void *arg, const char *host, uint16_t port) {
  struct screen *s = arg;
  (void)host;
  (void)port;
  return s->servers < PEERS ? join(s, &s->server[s->servers++]) : NULL;
}

struct peer *screen_client(struct screen *s) {
  assert_true(s->clients < PEERS);
  proxy_accept_as(s->w.proxy, join(s, &s->client[s->clients]), s->client_mode);
  screen_turn(s);
  return &s->client[s->clients++];
}

void screen_send(struct screen *s, struct peer *p, const char *text) {
  size_t n = strlen(text), done = 0;
  assert_int_equal(stream_send(p->stream, text, n, &done), IO_OK);
  assert_int_equal(done, n);
  screen_turn(s);
}

void screen_hang_up(struct screen *s, struct peer *p) {
  stream_abort(p->stream);
  p->stream = NULL;
  screen_turn(s);
}

bool screen_got(struct screen *s, struct peer *p, const char *text) {
  char piece[4096];
  enum io_code code = IO_AGAIN;
  screen_turn(s);
  for (size_t n; p->stream != NULL && (code = stream_recv(p->stream, piece, sizeof piece, &n)) == IO_OK;)
    buf_add(&p->got, piece, n);
  if (code == IO_EOF || code == IO_ERROR)
    p->ended = true;
  screen_turn(s);
  return slice_find(buf_slice(&p->got), slice_of(text)) >= 0;
}

static void peer_clear(struct peer *p) {
  stream_free(p->stream);
  buf_clear(&p->got);
}

/* ---- the screen ---- */

/* A test opens hundreds of screens with megabytes of bodies: given back to the system each time, most of the time would
 * be its page faults. */
static void keep_memory(void) {
  mallopt(M_MMAP_THRESHOLD, 30 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

void screen_open_sized(struct screen *s, int width, int height, uint64_t memory, size_t flows) {
  memset(s, 0, sizeof *s);
  keep_memory();
  setenv("TZ", "UTC", 1);
  unsetenv("TMUX");
  unsetenv("DISPLAY");
  unsetenv("WAYLAND_DISPLAY");
  s->now = START;
  options_init(&s->options);
  s->w.options = &s->options;
  s->w.loop = loop_new();
  loop_set_clock(s->w.loop, clock_of, s);
  signals_open(s->w.loop, NULL); /* for commands that are run */
  s->w.store = store_new(memory, flows);
  loop_add_hook(s->w.loop, deliver, s->w.store);
  s->w.rules = rules_new();
  s->w.proxy = proxy_new(s->w.loop, NULL, s->w.store, s->w.rules, &proxy_config_default);
  proxy_set_dial(s->w.proxy, dial, s);
  s->t = terminal_fake(s->w.loop, width, height);
  s->ui = ui_new(&s->w, s->t);
  screen_turn(s);
}

void screen_open(struct screen *s, int width, int height) {
  /* The shop fills 16.5% of it: no allocator's rounding shows. */
  screen_open_sized(s, width, height, 62u << 20, 100000);
}

/* Commands that ran with the screen were told to end; their ends have to be seen. */
static void end_children(struct screen *s) {
  siginfo_t info;
  for (uint64_t end = clock_mono() + 10 * CLOCK_S; clock_mono() < end;)
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
      return;
    else
      loop_turn(s->w.loop, 5 * CLOCK_MS);
}

void screen_close(struct screen *s) {
  ui_free(s->ui);
  end_children(s);
  s->t->ops->free(s->t);
  proxy_free(s->w.proxy);
  for (size_t i = 0; i < PEERS; i++) {
    peer_clear(&s->client[i]);
    peer_clear(&s->server[i]);
  }
  store_free(s->w.store);
  rules_free(s->w.rules);
  signals_close();
  loop_free(s->w.loop);
  options_clear(&s->options);
}

/* Some turns: an event, its echo in the lists, the frame. What traffic has changed is painted without waiting for its
 * time, so that the clock stands still. */
void screen_turn(struct screen *s) {
  for (int i = 0; i < 6; i++)
    s->stopped |= !loop_turn(s->w.loop, 0);
  if (s->ui->dirty)
    ui_paint(s->ui);
}

void screen_wait(struct screen *s, uint64_t ns) {
  s->now += ns;
  screen_turn(s);
}

void screen_keys(struct screen *s, const char *keys) {
  struct slice rest = slice_of(keys), name;
  while (slice_split(&rest, ' ', &name)) {
    char *key = mem_dup_n(name.p, name.n);
    if (name.n > 0)
      terminal_fake_key(s->t, key);
    free(key);
    screen_turn(s);
  }
}

void screen_type(struct screen *s, const char *text) {
  for (; *text != '\0'; text++) {
    char key[3] = {'=', *text, '\0'};
    terminal_fake_key(s->t, key);
  }
  screen_turn(s);
}

char *screen_text(struct screen *s) {
  struct buf out = BUF_INIT;
  canvas_dump(terminal_fake_screen(s->t), &out);
  return buf_take(&out);
}

bool screen_has(struct screen *s, const char *text) {
  char *all = screen_text(s);
  bool has = strstr(all, text) != NULL;
  free(all);
  return has;
}

void screen_must_have(struct screen *s, const char *text, const char *file, int line) {
  if (screen_has(s, text))
    return;
  char *all = screen_text(s);
  print_error("\"%s\" is not on the screen:\n%s\n", text, all);
  free(all);
  _fail(file, line);
}

void screen_until(struct screen *s, const char *text) {
  for (uint64_t end = clock_mono() + TURNS_LIMIT; !screen_has(s, text) && clock_mono() < end;) {
    loop_turn(s->w.loop, 10 * CLOCK_MS);
    screen_turn(s);
  }
  assert_has(s, text);
}

/* Whatever came from the wire: no control byte but the newlines of the dump, nothing that is not UTF-8. */
static void assert_safe(const char *name, const char *text) {
  struct slice rest = slice_of(text);
  while (rest.n > 0) {
    uint32_t c = 0;
    size_t n = text_decode(rest, &c);
    bool bad = n == 0 || (c < 0x20 && c != '\n') || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
               (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
    if (bad)
      fail_msg("%s: U+%04X reached the screen", name, (unsigned)c);
    rest = slice_from(rest, n);
  }
}

static char *read_file(const char *path) {
  FILE *f = fopen(path, "rb");
  struct buf out = BUF_INIT;
  char piece[4096];
  if (f == NULL)
    return NULL;
  for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;)
    buf_add(&out, piece, n);
  fclose(f);
  return out.n > 0 ? buf_take(&out) : mem_dup("");
}

static void write_file(const char *path, const char *text) {
  FILE *f = fopen(path, "wb");
  if (f == NULL)
    fail_msg("%s cannot be written", path);
  fputs(text, f);
  fclose(f);
}

static void print_difference(const char *name, const char *want, const char *now) {
  struct slice a = slice_of(want), b = slice_of(now), x, y;
  for (int line = 1;; line++) {
    bool more_a = slice_split(&a, '\n', &x), more_b = slice_split(&b, '\n', &y);
    if (!more_a && !more_b)
      return;
    if (more_a != more_b || !slice_eq(x, y))
      print_error("%s, line %d:\n- %.*s\n+ %.*s\n", name, line, more_a ? (int)x.n : 0, x.p, more_b ? (int)y.n : 0, y.p);
  }
}

/* Lines of the log have the time of day, the one clock that no script sets. */
static void hide_log_times(char *text) {
  static const char *const levels[] = {"  debug  ", "  info   ", "  warn   ", "  error  "};
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
    for (char *at = text; (at = strstr(at, levels[i])) != NULL; at++)
      if (at - text >= 8 && at[-3] == ':' && at[-6] == ':')
        memcpy(at - 8, "hh:mm:ss", 8);
}

void screen_golden(struct screen *s, const char *name) {
  char path[256];
  screen_turn(s);
  char *now = screen_text(s);
  hide_log_times(now);
  assert_safe(name, now);
  snprintf(path, sizeof path, "tests/screen/golden/%s.txt", name);
  if (getenv("UPDATE_GOLDEN") != NULL)
    write_file(path, now);
  char *want = read_file(path);
  if (want == NULL)
    fail_msg("%s is missing; UPDATE_GOLDEN=1 writes it", path);
  bool same = strcmp(want, now) == 0;
  if (!same)
    print_difference(name, want, now);
  free(want);
  free(now);
  assert_true(same);
}
