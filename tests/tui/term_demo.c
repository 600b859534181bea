/*
 * A small program on the real terminal, for test_terminal.c: shows its size, the last key, a paste, log lines; beats
 * every 5 ms into descriptor 3 (one byte a beat) so that a test sees whether the loop goes on.
 *
 * Keys: q quit, Ctrl-Z suspend, S fault, A abort, E exit(3), W write to stderr, C cursor, F flood the terminal with
 * frames, L lend the terminal to a child ($TERM_DEMO_CHILD), T title, B send an OSC 52, H hand out a fault in the
 * middle of the flood.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "weir/base/clock.h"
#include "weir/base/log.h"
#include "weir/io/signals.h"
#include "weir/ui/terminal.h"

enum { BEAT_FD = 3 };

struct demo {
  struct loop *loop;
  struct terminal *t;
  struct canvas c;
  struct loop_timer beat;
  struct buf key, paste, log;
  unsigned keys, beats, resizes, pastes;
  size_t paste_bytes;
  unsigned paste_sum;
  bool flood, cursor, dirty, gone;
  pid_t child;
};

static void line(struct demo *d, int y, enum role role, const char *name, struct slice value) {
  struct rect all = canvas_all(&d->c);
  int x = canvas_print(&d->c, all, 0, y, ROLE_TEXT, "%s ", name);
  x = canvas_text(&d->c, all, x, y, role, value);
  canvas_text(&d->c, all, x, y, ROLE_TEXT, SLICE("|"));
}

static void draw_flood(struct demo *d) {
  for (int y = 8; y < d->c.height; y++)
    for (int x = 0; x < d->c.width; x++) {
      char c = (char)('!' + (x * 7 + y * 13 + (int)d->beats * 5) % 90);
      canvas_text(&d->c, canvas_all(&d->c), x, y, (enum role)((x + y + (int)d->beats) % ROLE_COUNT), slice_make(&c, 1));
    }
}

static void draw(struct demo *d) {
  struct rect all = canvas_all(&d->c);
  canvas_erase(&d->c);
  canvas_print(&d->c, all, 0, 0, ROLE_TITLE_FOCUS, "size %dx%d|", d->c.width, d->c.height);
  line(d, 1, ROLE_TEXT, "key", buf_slice(&d->key));
  canvas_print(&d->c, all, 0, 2, ROLE_TEXT, "paste %u: %zu bytes, sum %u|", d->pastes, d->paste_bytes, d->paste_sum);
  line(d, 3, ROLE_TEXT, "log", buf_slice(&d->log));
  int x = canvas_text(&d->c, all, 0, 4, ROLE_ERROR, SLICE("error"));
  x = canvas_text(&d->c, all, x, 4, ROLE_OK, SLICE("ok"));
  canvas_text(&d->c, all, x, 4, ROLE_TEXT, SLICE("山田é|"));
  canvas_text(&d->c, all, 0, 5, ROLE_TEXT, SLICE("wire \033[2J\xff\033]0;owned\a|"));
  canvas_print(&d->c, all, 0, 6, ROLE_TEXT, "keys %u|", d->keys);
  canvas_print(&d->c, all, 0, 7, ROLE_SELECTED, "%s", d->flood ? "flood" : "calm|");
  if (d->flood)
    draw_flood(d);
  if (d->c.width > 20 && d->c.height > 12) {
    canvas_text(&d->c, all, d->c.width - 1, d->c.height - 1, ROLE_TEXT, SLICE("$"));
    canvas_text(&d->c, all, d->c.width - 3, d->c.height - 2, ROLE_TEXT, SLICE("😀$"));
  }
  if (d->cursor)
    canvas_cursor(&d->c, 4, 1);
}

static void paint(void *arg) {
  struct demo *d = arg;
  if (!d->dirty)
    return;
  draw(d);
  if (d->t->ops->show(d->t, &d->c))
    d->dirty = false;
}

static void on_beat(void *arg) {
  struct demo *d = arg;
  d->beats++;
  if (write(BEAT_FD, ".", 1) < 0 && errno == EPIPE)
    loop_stop(d->loop);
  if (d->flood)
    d->dirty = true;
  loop_timer_arm(d->loop, &d->beat, 5 * CLOCK_MS);
}

static void on_log(void *arg, const struct log_line *l) {
  struct demo *d = arg;
  buf_printf(&d->log, "<%s: %s>", l->area, l->text);
  d->dirty = true;
}

static void run_child(void) {
  const char *command = getenv("TERM_DEMO_CHILD");
  signals_child();
  setpgid(0, 0);
  sigset_t block;
  sigemptyset(&block);
  sigaddset(&block, SIGTTOU);
  sigprocmask(SIG_BLOCK, &block, NULL);
  tcsetpgrp(0, getpid());
  sigprocmask(SIG_UNBLOCK, &block, NULL);
  execl("/bin/sh", "sh", "-c", command ? command : "true", (char *)NULL);
  _exit(127);
}

static void lend(struct demo *d) {
  d->t->ops->lend(d->t, true);
  d->child = fork();
  if (d->child == 0)
    run_child();
}

static void on_child(void *arg, int number) {
  struct demo *d = arg;
  int status;
  (void)number;
  if (d->child <= 0 || waitpid(d->child, &status, WNOHANG | WUNTRACED) != d->child)
    return;
  if (WIFSTOPPED(status)) {
    kill(d->child, SIGKILL);
    kill(d->child, SIGCONT);
    waitpid(d->child, &status, 0);
  }
  d->child = 0;
  d->t->ops->lend(d->t, false);
}

static void fault(void) {
  raise(SIGSEGV);
}

static void act(struct demo *d, uint32_t code) {
  switch (code) {
  case 'q':
    loop_stop(d->loop);
    break;
  case KEY_CTRL('z'):
    d->t->ops->suspend(d->t);
    break;
  case 'S':
    fprintf(stderr, "last words\n");
    fault();
    break;
  case 'A':
    abort();
  case 'E':
    exit(3);
  case 'W':
    fprintf(stderr, "scribble \033[2J\nsecond\n");
    break;
  case 'C':
    d->cursor = !d->cursor;
    break;
  case 'F':
    d->flood = !d->flood;
    break;
  case 'L':
    lend(d);
    break;
  case 'T':
    d->t->ops->title(d->t, "weir: 2 \033\a PAUSED");
    break;
  case 'B':
    d->t->ops->send(d->t, "\033]52;c;aGVsbG8=\a", 16);
    break;
  default:
    break;
  }
}

static void on_key(void *arg, const struct key *key) {
  struct demo *d = arg;
  d->keys++;
  d->dirty = true;
  buf_reset(&d->key);
  key_name(key, &d->key);
  if (key->code == KEY_MOUSE_)
    buf_printf(&d->key, " %d,%d,%d,%d", key->action, key->button, key->x, key->y);
  if (key->code == KEY_PASTE) {
    d->pastes++;
    d->paste_bytes = key->text.n;
    d->paste_sum = 0;
    for (size_t i = 0; i < key->text.n; i++)
      d->paste_sum = d->paste_sum * 31 + (unsigned char)key->text.p[i];
  }
  act(d, key->code);
}

static void on_resized(void *arg, int width, int height) {
  struct demo *d = arg;
  d->resizes++;
  canvas_resize(&d->c, width, height);
  d->dirty = true;
}

static void on_ready(void *arg) {
  (void)arg; /* the hook at the end of the turn paints */
}

static void on_gone(void *arg) {
  struct demo *d = arg;
  d->gone = true;
  loop_stop(d->loop);
}

int main(int argc, char **argv) {
  struct demo d = {0};
  struct err err = ERR_INIT;
  struct terminal_options options = {.mono = argc > 1 && strcmp(argv[1], "--mono") == 0};
  int width, height;
  d.loop = loop_new();
  fcntl(BEAT_FD, F_SETFL, O_NONBLOCK);
  if (!signals_open(d.loop, &err) || !(d.t = terminal_open(d.loop, &options, &err))) {
    fprintf(stderr, "term_demo: %s\n", err.text);
    signals_close();
    loop_free(d.loop);
    return 1;
  }
  d.t->user = (struct terminal_user){on_key, on_resized, on_ready, on_gone, &d};
  d.t->ops->size(d.t, &width, &height);
  canvas_init(&d.c, width, height);
  d.c.ascii = d.t->ascii;
  d.beat.fn = on_beat;
  d.beat.arg = &d;
  d.dirty = true;
  log_add_sink(on_log, &d, LOG_DEBUG);
  signals_on(SIGCHLD, on_child, &d);
  loop_timer_arm(d.loop, &d.beat, 0);
  loop_add_hook(d.loop, paint, &d);
  loop_run(d.loop);
  loop_remove_hook(d.loop, paint, &d);
  loop_timer_cancel(d.loop, &d.beat);
  d.t->ops->free(d.t);
  log_remove_sink(on_log, &d);
  signals_close();
  loop_free(d.loop);
  canvas_clear(&d.c);
  buf_clear(&d.key);
  buf_clear(&d.paste);
  buf_clear(&d.log);
  if (poll(&(struct pollfd){.fd = STDOUT_FILENO, .events = POLLOUT}, 1, 100) == 1) /* a stuck one would hold us here */
    printf("bye %s\n", d.gone ? "gone" : "well");
  return d.gone ? 4 : 0;
}
