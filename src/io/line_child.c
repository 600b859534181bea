#include "weir/io/line_child.h"

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
#define TURNS 4                 /* pieces moved in one turn of the loop */
#define SPARE ((size_t)1 << 20) /* an empty buffer above this is given back */

struct line_pipe {
  int fd; /* -1: closed */
  struct line_child *owner;
  struct buf bytes; /* a line that is not whole yet */
  size_t max;
  bool cuts; /* the end of a line that is too long is dropped; else it is a fault */
  bool dropping;
  void (*line)(void *arg, struct slice line);
};

struct line_child {
  struct loop *loop;
  struct child *child;
  pid_t group;
  int in;           /* -1: closed */
  struct buf bytes; /* on their way in */
  size_t put;       /* so many have gone */
  struct line_pipe out, errors;
  struct loop_timer timer;
  char *why; /* it was told to end; NULL: it was not */
  bool asked;
  const struct line_child_ops *ops;
  void *arg;
};

static void shut(struct line_child *c, int *fd) {
  if (*fd >= 0) {
    loop_remove(c->loop, *fd);
    close(*fd);
    *fd = -1;
  }
}

static void shut_all(struct line_child *c) {
  loop_timer_cancel(c->loop, &c->timer);
  shut(c, &c->in);
  shut(c, &c->out.fd);
  shut(c, &c->errors.fd);
}

static void destroy(void *what) {
  struct line_child *c = what;
  buf_clear(&c->bytes);
  buf_clear(&c->out.bytes);
  buf_clear(&c->errors.bytes);
  free(c->why);
  free(c);
}

/* ---- ending it ---- */

static void ask_to_end(struct line_child *c) {
  child_signal(c->child, c->asked ? SIGKILL : SIGTERM);
  child_signal(c->child, SIGCONT); /* a stopped one hears nothing */
  c->asked = true;
  loop_timer_arm(c->loop, &c->timer, LINE_CHILD_GRACE);
}

static void on_time(void *arg) {
  ask_to_end(arg);
}

void line_child_end(struct line_child *c, const char *why) {
  if (c->why || !c->child)
    return;
  c->why = mem_dup(why);
  shut(c, &c->in);
  shut(c, &c->out.fd);
  ask_to_end(c);
}

/* ---- bytes in ---- */

static unsigned in_want(void *arg) {
  const struct line_child *c = arg;
  return c->put < c->bytes.n ? LOOP_WRITE : 0;
}

/* False: nothing more goes in now. */
static bool put_piece(struct line_child *c) {
  size_t n = c->bytes.n - c->put;
  ssize_t put = n ? write(c->in, c->bytes.p + c->put, n) : 0;
  if (put > 0)
    c->put += (size_t)put;
  if (put < 0 && errno != EAGAIN && errno != EINTR) {
    c->put = c->bytes.n; /* it reads no more: its end tells what became of that */
    shut(c, &c->in);
  }
  return put > 0 && c->put < c->bytes.n;
}

static void put_some(struct line_child *c) {
  for (int i = 0; i < TURNS && put_piece(c); i++)
    continue;
  if (c->put == c->bytes.n) {
    c->put = 0;
    if (c->bytes.cap > SPARE)
      buf_clear(&c->bytes);
    else
      buf_reset(&c->bytes);
  }
}

static void in_ready(void *arg, unsigned events) {
  struct line_child *c = arg;
  (void)events;
  put_some(c);
  if (line_child_has_room(c))
    c->ops->room(c->arg);
}

bool line_child_has_room(const struct line_child *c) {
  return c->in >= 0 && c->put == c->bytes.n;
}

void line_child_give(struct line_child *c, struct buf *bytes) {
  buf_clear(&c->bytes);
  c->bytes = *bytes;
  c->put = 0;
  *bytes = (struct buf)BUF_INIT;
  put_some(c);
  if (c->in >= 0)
    loop_touch(c->loop, c->in);
}

/* ---- lines out ---- */

static unsigned out_want(void *arg) {
  (void)arg;
  return LOOP_READ;
}

static void tell(struct line_pipe *p, struct slice line) {
  if (line.n && line.p[line.n - 1] == '\r')
    line.n--;
  if (p->cuts && line.n > p->max)
    line.n = p->max;
  if (!p->dropping && line.n)
    p->line(p->owner->arg, line);
  p->dropping = false;
}

/* The part of a line that has no end yet grew by so much. */
static void keep_start(struct line_pipe *p) {
  char why[80];
  if (p->bytes.n <= p->max)
    return;
  if (p->cuts) {
    struct slice line = slice_sub(buf_slice(&p->bytes), 0, p->max);
    tell(p, line);
    p->dropping = true;
    buf_reset(&p->bytes);
    return;
  }
  snprintf(why, sizeof why, "was ended: it wrote a line of more than %zu MB", p->max >> 20);
  line_child_end(p->owner, why);
}

/* New bytes stand behind `from`: tells the lines that are whole now. */
static void tell_lines(struct line_pipe *p, size_t from) {
  size_t begin = 0;
  while (p->fd >= 0 && from < p->bytes.n) {
    ptrdiff_t end = slice_find_byte(slice_from(buf_slice(&p->bytes), from), '\n');
    if (end < 0)
      break;
    from += (size_t)end;
    tell(p, slice_sub(buf_slice(&p->bytes), begin, from - begin));
    begin = ++from;
  }
  if (begin == p->bytes.n && p->bytes.cap > SPARE)
    buf_clear(&p->bytes);
  else
    buf_remove(&p->bytes, 0, begin);
  if (p->fd >= 0)
    keep_start(p);
}

/* False: nothing is there now, or ever. */
static bool take_piece(struct line_pipe *p) {
  ssize_t n = read(p->fd, buf_reserve(&p->bytes, PIECE), PIECE);
  if (n < 0)
    return errno == EINTR;
  if (n == 0) {
    shut(p->owner, &p->fd);
    return false;
  }
  size_t from = p->bytes.n;
  p->bytes.n += (size_t)n;
  tell_lines(p, from);
  return p->fd >= 0;
}

static void out_ready(void *arg, unsigned events) {
  struct line_pipe *p = arg;
  (void)events;
  for (int i = 0; i < TURNS && p->fd >= 0 && take_piece(p); i++)
    continue;
}

/* ---- the end ---- */

static void on_child(void *arg, struct child *child, int status) {
  struct line_child *c = arg;
  char said[160];
  (void)child;
  if (WIFSTOPPED(status))
    return;                 /* who waits for its lines has a time limit */
  kill(-c->group, SIGKILL); /* what it has left in the background */
  shut(c, &c->in);          /* who hears its last lines gives it nothing more */
  for (struct line_pipe *p = &c->errors; p; p = p == &c->errors ? &c->out : NULL)
    for (size_t most = p->max / PIECE + TURNS; most && p->fd >= 0 && take_piece(p); most--)
      continue;
  if (c->errors.bytes.n) /* the last line has no end */
    tell(&c->errors, buf_slice(&c->errors.bytes));
  c->child = NULL;
  child_say_end(status, said, sizeof said);
  shut_all(c);
  c->ops->ended(c->arg, !c->why && WIFEXITED(status) && WEXITSTATUS(status) == 0, c->why ? c->why : said);
  loop_bury(c->loop, destroy, c);
}

void line_children_finish(struct line_child **v, size_t n) {
  uint64_t deadline = clock_mono() + LINE_CHILD_GRACE;
  for (size_t i = 0; i < n; i++) {
    shut_all(v[i]);
    if (!v[i]->asked)
      child_signal(v[i]->child, SIGTERM);
    child_signal(v[i]->child, SIGCONT);
  }
  for (size_t i = 0; i < n; i++) {
    bool gone = child_wait(v[i]->child, deadline);
    kill(-v[i]->group, SIGKILL);
    if (!gone)
      child_wait(v[i]->child, UINT64_MAX);
    loop_bury(v[i]->loop, destroy, v[i]);
  }
}

/* ---- the beginning ---- */

static bool open_pipe(int ours, int fd[2], struct err *err) {
  if (pipe2(fd, O_CLOEXEC) < 0)
    return err_set(err, "no pipe to the command: %s", strerror(errno));
  return fcntl(fd[ours], F_SETFL, O_NONBLOCK) == 0;
}

static void close_pair(const int fd[2]) {
  for (int i = 0; i < 2; i++)
    if (fd[i] >= 0)
      close(fd[i]);
}

static bool watch(struct line_child *c) {
  return loop_add(c->loop, c->in, in_want, in_ready, c) && loop_add(c->loop, c->out.fd, out_want, out_ready, &c->out) &&
         loop_add(c->loop, c->errors.fd, out_want, out_ready, &c->errors);
}

struct line_child *line_child_start(struct loop *loop, const char *command, size_t line_max,
                                    const struct line_child_ops *ops, void *arg, struct err *err) {
  int in[2] = {-1, -1}, out[2] = {-1, -1}, errors[2] = {-1, -1};
  const char *const argv[] = {"sh", "-c", command, NULL};
  struct line_child *c = mem_zero(1, sizeof *c);
  *c = (struct line_child){.loop = loop, .in = -1, .ops = ops, .arg = arg};
  c->out = (struct line_pipe){.fd = -1, .owner = c, .max = line_max, .line = ops->line};
  c->errors = (struct line_pipe){.fd = -1, .owner = c, .max = LINE_CHILD_ERROR_MAX, .cuts = true, .line = ops->error};
  c->timer = (struct loop_timer){.fn = on_time, .arg = c};
  struct child_options o = {.argv = argv, .own_session = true, .ends_with_us = true, .foreground_tty = -1};
  if (!open_pipe(1, in, err) || !open_pipe(0, out, err) || !open_pipe(0, errors, err))
    goto out;
  o.fd[0] = in[0];
  o.fd[1] = out[1];
  o.fd[2] = errors[1];
  c->child = child_start(loop, &o, on_child, c, err);
  if (!c->child)
    goto out;
  c->group = child_pid(c->child);
  c->in = in[1];
  c->out.fd = out[0];
  c->errors.fd = errors[0];
  in[1] = out[0] = errors[0] = -1;
  if (!watch(c)) {
    err_set(err, "too many open files to run a command");
    child_forget(c->child);
    child_signal(c->child, SIGKILL);
    c->child = NULL;
  }
out:
  close_pair(in);
  close_pair(out);
  close_pair(errors);
  if (c->child)
    return c;
  shut_all(c);
  destroy(c);
  return NULL;
}

pid_t line_child_pid(const struct line_child *c) {
  return c->group;
}
