#include "weir/io/pty_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/io/child.h"
#include "weir/io/queue.h"

#define PIECE      (8u << 10)
#define LAST_BYTES (256u << 10)     /* read after its end at most */
#define GRACE      CLOCK_S          /* from the request to end to the order */
#define LAST_WAIT  (250 * CLOCK_MS) /* the same at weir's own end */

struct pty_child {
  struct loop *loop;
  struct child *child; /* NULL: it ended */
  int fd;              /* the master's side; -1: closed */
  struct queue in;
  struct loop_timer timer;
  bool forgotten, over; /* over: its side is closed, nothing more can be read */
  struct pty_child_user user;
};

static void shut(struct pty_child *p) {
  if (p->fd >= 0) {
    loop_remove(p->loop, p->fd);
    close(p->fd);
    p->fd = -1;
  }
}

static void destroy(void *what) {
  struct pty_child *p = what;
  queue_clear(&p->in);
  free(p);
}

/* ---- bytes ---- */

static unsigned want(void *arg) {
  const struct pty_child *p = arg;
  return (p->over ? 0u : (unsigned)LOOP_READ) | (queue_size(&p->in) > 0 && !p->over ? (unsigned)LOOP_WRITE : 0u);
}

/* EIO: nobody has the other side open at this moment. */
static void take(struct pty_child *p, size_t most) {
  char bytes[PIECE];
  for (size_t total = 0; total < most && p->fd >= 0 && !p->over;) {
    ssize_t n = read(p->fd, bytes, sizeof bytes);
    if (n > 0) {
      total += (size_t)n;
      if (!p->forgotten)
        p->user.output(p->user.arg, slice_make(bytes, (size_t)n));
    } else if (n < 0 && errno == EINTR) {
      continue;
    } else {
      p->over = n == 0 || errno != EAGAIN;
      return;
    }
  }
}

static void flush(struct pty_child *p) {
  while (p->fd >= 0 && queue_size(&p->in) > 0) {
    struct slice s = queue_slice(&p->in);
    ssize_t n = write(p->fd, s.p, s.n);
    if (n > 0)
      queue_drop(&p->in, (size_t)n);
    else if (n == 0 || errno != EINTR)
      return;
  }
}

static void ready(void *arg, unsigned events) {
  struct pty_child *p = arg;
  if (events & LOOP_WRITE)
    flush(p);
  if (events & LOOP_READ)
    take(p, PTY_CHILD_TURN);
}

bool pty_child_write(struct pty_child *p, struct slice bytes) {
  if (p->fd < 0 || queue_size(&p->in) + bytes.n > PTY_CHILD_INPUT_MAX)
    return false;
  queue_add(&p->in, bytes.p, bytes.n);
  flush(p);
  loop_touch(p->loop, p->fd);
  return true;
}

size_t pty_child_waiting(const struct pty_child *p) {
  return queue_size(&p->in);
}

/* ---- the end ---- */

static void on_child(void *arg, struct child *child, int status) {
  struct pty_child *p = arg;
  (void)child;
  if (WIFSTOPPED(status)) {
    if (!p->forgotten)
      p->user.stopped(p->user.arg);
    return;
  }
  p->child = NULL;
  loop_timer_cancel(p->loop, &p->timer);
  take(p, LAST_BYTES);
  shut(p);
  if (!p->forgotten)
    p->user.ended(p->user.arg, status);
  loop_bury(p->loop, destroy, p);
}

static void on_time(void *arg) {
  struct pty_child *p = arg;
  child_signal(p->child, SIGKILL);
}

void pty_child_continue(struct pty_child *p) {
  child_signal(p->child, SIGCONT);
}

/* Nobody reaps it any more, so its number cannot have become another's. */
static void wait_and_kill(struct pty_child *p) {
  siginfo_t info = {0};
  id_t pid = (id_t)child_pid(p->child);
  for (uint64_t end = clock_mono() + LAST_WAIT; clock_mono() < end && info.si_pid == 0;) {
    take(p, LAST_BYTES); /* one that writes its last words must not wait for a reader */
    if (waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
      return;
    if (info.si_pid == 0)
      poll(NULL, 0, 5);
  }
  if (info.si_pid == 0)
    child_signal(p->child, SIGKILL);
}

void pty_child_end(struct pty_child *p, bool now) {
  if (p == NULL || p->child == NULL || p->forgotten)
    return;
  p->forgotten = true;
  child_signal(p->child, SIGHUP);
  child_signal(p->child, SIGCONT); /* a stopped one hears nothing */
  if (!now) {
    loop_timer_arm(p->loop, &p->timer, GRACE);
    return;
  }
  wait_and_kill(p);
  child_forget(p->child);
  shut(p);
  loop_bury(p->loop, destroy, p);
}

/* ---- the beginning ---- */

static void set_size(int fd, int width, int height) {
  struct winsize size = {.ws_col = (unsigned short)width, .ws_row = (unsigned short)height};
  ioctl(fd, TIOCSWINSZ, &size); /* the kernel tells the group in front */
}

void pty_child_resize(struct pty_child *p, int width, int height) {
  if (p->fd >= 0)
    set_size(p->fd, width, height);
}

/* The other side is opened by the master's descriptor: a name in /dev/pts may lead elsewhere in a container. */
static int open_other_side(int master) {
  int flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
#ifdef TIOCGPTPEER
  int fd = ioctl(master, TIOCGPTPEER, flags);
  if (fd >= 0)
    return fd;
#endif
  const char *name = ptsname(master);
  return name ? open(name, flags) : -1;
}

static bool open_pair(int fd[2], const struct pty_child_options *o, struct err *err) {
  fd[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  bool ok = fd[0] >= 0 && grantpt(fd[0]) == 0 && unlockpt(fd[0]) == 0;
  fd[1] = ok ? open_other_side(fd[0]) : -1;
  if (fd[1] < 0)
    return err_set(err, "no terminal can be made for %s: %s", o->argv[0], strerror(errno));
  set_size(fd[0], o->width, o->height);
  return true;
}

struct pty_child *pty_child_start(struct loop *loop, const struct pty_child_options *options,
                                  struct pty_child_user user, struct err *err) {
  int fd[2] = {-1, -1};
  struct pty_child *p = mem_zero(1, sizeof *p);
  *p = (struct pty_child){.loop = loop, .fd = -1, .in = QUEUE_INIT, .user = user};
  p->timer = (struct loop_timer){.fn = on_time, .arg = p};
  if (open_pair(fd, options, err)) {
    struct child_options o = {.argv = options->argv,
                              .env = options->env,
                              .fd = {fd[1], fd[1], fd[1]},
                              .own_session = true,
                              .own_terminal = true,
                              .foreground_tty = -1};
    if (!loop_add(loop, fd[0], want, ready, p)) {
      err_set(err, "no memory to watch %s", options->argv[0]);
    } else {
      p->fd = fd[0];
      fd[0] = -1;
      p->child = child_start(loop, &o, on_child, p, err);
    }
  }
  for (int i = 0; i < 2; i++)
    if (fd[i] >= 0)
      close(fd[i]);
  if (p->child != NULL)
    return p;
  shut(p);
  destroy(p);
  return NULL;
}
