#include "weir/io/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/io/child.h"

#define PIECE ((size_t)64 << 10)
#define TURNS 4                /* pieces moved in one turn of the loop */
#define GRACE (500 * CLOCK_MS) /* from the request to end to the order */
enum why { WHY_ENDED, WHY_TIME, WHY_TOO_MUCH, WHY_CANCELLED };

struct shell_pipe {
  int fd; /* -1: closed */
  struct shell *shell;
  struct buf bytes;
  size_t max;
};

struct shell {
  struct loop *loop;
  struct child *child;
  pid_t group;
  struct shell_input input;
  struct buf piece; /* on its way in */
  size_t put;       /* bytes of it that went */
  uint64_t given;
  int in; /* -1: closed */
  bool had_all;
  struct shell_pipe out, errors;
  struct loop_timer timer;
  uint64_t time_max;
  enum why why;
  bool asked; /* it was told to end: the next time it is not asked any more */
  shell_fn *fn;
  void *arg;
};

static void shut(struct shell *s, int *fd) {
  if (*fd >= 0) {
    loop_remove(s->loop, *fd);
    close(*fd);
    *fd = -1;
  }
}

static void destroy(void *what) {
  struct shell *s = what;
  if (s->input.drop)
    s->input.drop(s->input.arg);
  buf_clear(&s->piece);
  buf_clear(&s->out.bytes);
  buf_clear(&s->errors.bytes);
  free(s);
}

static void end_all(struct shell *s) {
  loop_timer_cancel(s->loop, &s->timer);
  shut(s, &s->in);
  shut(s, &s->out.fd);
  shut(s, &s->errors.fd);
}

/* ---- ending it ---- */

static void ask_to_end(struct shell *s, enum why why) {
  if (!s->child)
    return;
  if (s->why == WHY_ENDED)
    s->why = why;
  child_signal(s->child, s->asked ? SIGKILL : SIGTERM);
  child_signal(s->child, SIGCONT); /* a stopped one hears nothing */
  s->asked = true;
  loop_timer_arm(s->loop, &s->timer, GRACE);
}

static void on_time(void *arg) {
  ask_to_end(arg, WHY_TIME);
}

void shell_cancel(struct shell *s) {
  ask_to_end(s, WHY_CANCELLED);
}

/* ---- bytes in ---- */

static unsigned in_want(void *arg) {
  (void)arg;
  return LOOP_WRITE;
}

/* False: nothing more goes in. */
static bool put_piece(struct shell *s) {
  if (s->put == s->piece.n) {
    buf_reset(&s->piece);
    s->put = 0;
    if (!s->input.more(s->input.arg, &s->piece)) {
      s->had_all = s->piece.n == 0;
      if (s->had_all)
        return false;
    }
    if (s->piece.n == 0)
      return true; /* a decoder that has read, but has nothing to show for it yet */
  }
  ssize_t n = write(s->in, s->piece.p + s->put, s->piece.n - s->put);
  if (n > 0) {
    s->put += (size_t)n;
    s->given += (uint64_t)n;
  }
  return n >= 0 || errno == EAGAIN || errno == EINTR; /* EPIPE: it has read enough */
}

static void in_ready(void *arg, unsigned events) {
  struct shell *s = arg;
  (void)events;
  for (int i = 0; i < TURNS; i++)
    if (!put_piece(s)) {
      shut(s, &s->in);
      return;
    }
}

/* ---- bytes out ---- */

static unsigned out_want(void *arg) {
  (void)arg;
  return LOOP_READ;
}

/* False: nothing is there now, or ever. */
static bool take_piece(struct shell_pipe *p) {
  ssize_t n = read(p->fd, buf_reserve(&p->bytes, PIECE), PIECE);
  if (n < 0)
    return errno == EINTR;
  if (n == 0) {
    shut(p->shell, &p->fd);
    return false;
  }
  size_t room = p->max - p->bytes.n, kept = (size_t)n < room ? (size_t)n : room;
  p->bytes.n += kept;
  if (kept < (size_t)n && p == &p->shell->out)
    ask_to_end(p->shell, WHY_TOO_MUCH);
  return true;
}

static void out_ready(void *arg, unsigned events) {
  struct shell_pipe *p = arg;
  (void)events;
  for (int i = 0; i < TURNS && take_piece(p); i++)
    ;
}

/* ---- the end ---- */

static void say_end(const struct shell *s, int status, char *said, size_t size) {
  if (s->why == WHY_CANCELLED)
    snprintf(said, size, "was ended by you");
  else if (s->why == WHY_TIME)
    snprintf(said, size, "was ended: it took more than %.3g s", (double)s->time_max / CLOCK_S);
  else if (s->why == WHY_TOO_MUCH)
    snprintf(said, size, "was ended: it wrote more than %zu MB", s->out.max >> 20);
  else
    child_say_end(status, said, size);
}

static void on_child(void *arg, struct child *child, int status) {
  struct shell *s = arg;
  char said[160];
  (void)child;
  if (WIFSTOPPED(status))
    return;                 /* it has no terminal to be continued from: its time runs out */
  kill(-s->group, SIGKILL); /* what it has left in the background */
  s->child = NULL;
  for (struct shell_pipe *p = &s->out; p; p = p == &s->out ? &s->errors : NULL)
    while (p->fd >= 0 && p->bytes.n < p->max && take_piece(p))
      ;
  say_end(s, status, said, sizeof said);
  struct shell_result result = {.well = s->why == WHY_ENDED && WIFEXITED(status) && WEXITSTATUS(status) == 0,
                                .took_all = s->had_all,
                                .said = said,
                                .out = &s->out.bytes,
                                .errors = &s->errors.bytes};
  end_all(s);
  s->fn(s->arg, &result);
  loop_bury(s->loop, destroy, s);
}

void shell_free(struct shell *s) {
  if (!s || !s->child)
    return;
  child_forget(s->child);
  child_signal(s->child, SIGKILL);
  s->child = NULL;
  end_all(s);
  loop_bury(s->loop, destroy, s);
}

/* ---- the beginning ---- */

static bool open_pipe(int ours, int fd[2], struct err *err) {
  if (pipe2(fd, O_CLOEXEC) < 0)
    return err_set(err, "no pipe to the command: %s", strerror(errno));
  return fcntl(fd[ours], F_SETFL, O_NONBLOCK) == 0;
}

static bool watch(struct shell *s) {
  return loop_add(s->loop, s->in, in_want, in_ready, s) && loop_add(s->loop, s->out.fd, out_want, out_ready, &s->out) &&
         loop_add(s->loop, s->errors.fd, out_want, out_ready, &s->errors);
}

struct shell *shell_start(struct loop *loop, const struct shell_options *options, shell_fn *fn, void *arg,
                          struct err *err) {
  int in[2] = {-1, -1}, out[2] = {-1, -1}, errors[2] = {-1, -1};
  const char *const argv[] = {"sh", "-c", options->line, NULL};
  struct shell *s = mem_zero(1, sizeof *s);
  *s = (struct shell){
      .loop = loop, .input = options->input, .in = -1, .time_max = options->time_max, .fn = fn, .arg = arg};
  s->out = (struct shell_pipe){.fd = -1, .shell = s, .max = options->out_max};
  s->errors = (struct shell_pipe){.fd = -1, .shell = s, .max = SHELL_ERRORS_MAX};
  s->timer = (struct loop_timer){.fn = on_time, .arg = s};
  if (!open_pipe(1, in, err) || !open_pipe(0, out, err) || !open_pipe(0, errors, err))
    goto out;
  struct child_options o = {.argv = argv, .fd = {in[0], out[1], errors[1]}, .own_session = true, .foreground_tty = -1};
  s->child = child_start(loop, &o, on_child, s, err);
  if (!s->child)
    goto out;
  s->group = child_pid(s->child);
  s->in = in[1];
  s->out.fd = out[0];
  s->errors.fd = errors[0];
  in[1] = out[0] = errors[0] = -1;
  if (!watch(s)) {
    err_set(err, "too many open files to run a command");
    child_forget(s->child);
    child_signal(s->child, SIGKILL);
    s->child = NULL;
  } else if (s->time_max) {
    loop_timer_arm(loop, &s->timer, s->time_max);
  }
out:
  for (int i = 0; i < 2; i++) {
    if (in[i] >= 0)
      close(in[i]);
    if (out[i] >= 0)
      close(out[i]);
    if (errors[i] >= 0)
      close(errors[i]);
  }
  if (s->child)
    return s;
  end_all(s);
  destroy(s);
  return NULL;
}

uint64_t shell_given(const struct shell *s) {
  return s->given;
}
size_t shell_received(const struct shell *s) {
  return s->out.bytes.n;
}

struct slice shell_output(const struct shell *s) {
  return buf_slice(&s->out.bytes);
}

/* ---- a copy as input ---- */

struct copy {
  size_t n, at;
  char bytes[];
};

static bool copy_more(void *arg, struct buf *piece) {
  struct copy *c = arg;
  size_t n = c->n - c->at < PIECE ? c->n - c->at : PIECE;
  buf_add(piece, c->bytes + c->at, n);
  c->at += n;
  return n > 0;
}

struct shell_input shell_input_copy(struct slice bytes) {
  struct copy *c = mem_alloc(sizeof *c + bytes.n);
  c->n = bytes.n;
  c->at = 0;
  if (bytes.n)
    memcpy(c->bytes, bytes.p, bytes.n);
  return (struct shell_input){copy_more, free, c};
}
