#include "tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "weir/base/clock.h"

#define READ_BUDGET (64u << 10) /* a turn */
#define WIDEST      2000
#define TALLEST     1000
#define LAST_WAIT   (250 * CLOCK_MS) /* how long a stuck terminal may delay the end */

static void lose(struct tty *t) {
  if (t->gone)
    return;
  t->gone = true;
  t->taken = false;
  queue_clear(&t->out);
  t->user.gone(t->user.arg);
}

static void flush(struct tty *t) {
  while (queue_size(&t->out) > 0 && t->taken) {
    struct slice s = queue_slice(&t->out);
    ssize_t n = write(t->fd, s.p, s.n);
    if (n > 0) {
      queue_drop(&t->out, (size_t)n);
    } else if (n < 0 && errno == EINTR) {
      continue;
    } else {
      if (n < 0 && errno != EAGAIN)
        lose(t);
      return;
    }
  }
}

static void take_input(struct tty *t) {
  char bytes[8192];
  size_t total = 0;
  while (t->taken && total < READ_BUDGET) {
    ssize_t n = read(t->fd, bytes, sizeof bytes);
    if (n > 0) {
      total += (size_t)n;
      t->user.input(t->user.arg, bytes, (size_t)n);
    } else if (n < 0 && errno == EINTR) {
      continue;
    } else {
      if (n == 0 || errno != EAGAIN)
        lose(t);
      return;
    }
  }
}

static unsigned want(void *arg) {
  struct tty *t = arg;
  if (!t->taken)
    return 0;
  return LOOP_READ | (queue_size(&t->out) > 0 ? (unsigned)LOOP_WRITE : 0u);
}

static void ready(void *arg, unsigned events) {
  struct tty *t = arg;
  if (events & LOOP_WRITE && queue_size(&t->out) > 0) {
    flush(t);
    if (queue_size(&t->out) == 0 && t->taken)
      t->user.drained(t->user.arg);
  }
  if (events & LOOP_READ)
    take_input(t);
}

/* By its name first: it is stdout's terminal that is meant. In containers that name may lead nowhere; then the
 * controlling one. */
static int reopen(void) {
  char name[256];
  int fd = -1;
  int flags = O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  if (ttyname_r(STDOUT_FILENO, name, sizeof name) == 0)
    fd = open(name, flags);
  return fd >= 0 ? fd : open("/dev/tty", flags);
}

bool tty_open(struct tty *t, struct loop *loop, struct tty_user user, struct err *err) {
  *t = (struct tty){.loop = loop, .user = user, .fd = -1, .out = QUEUE_INIT};
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
    return err_set(err, "the screen needs a terminal on stdin and stdout; --headless prints lines instead");
  t->fd = reopen();
  if (t->fd < 0)
    return err_set(err, "the terminal cannot be opened: %s", strerror(errno));
  if (tcgetattr(t->fd, &t->shell) < 0) {
    err_set(err, "the terminal does not tell its modes: %s", strerror(errno));
    goto fail;
  }
  if (loop_add(loop, t->fd, want, ready, t))
    return true;
  err_set(err, "no memory to watch the terminal");
fail:
  close(t->fd);
  t->fd = -1;
  return false;
}

void tty_close(struct tty *t) {
  if (t->fd < 0)
    return;
  loop_remove(t->loop, t->fd);
  close(t->fd);
  t->fd = -1;
  queue_clear(&t->out);
}

static void set_raw(struct tty *t) {
  struct termios raw = t->shell;
  raw.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON | IXOFF);
  raw.c_oflag &= ~(tcflag_t)OPOST;
  raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
  raw.c_cflag = (raw.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
  raw.c_cc[VMIN] = 1; /* 0 would make "nothing yet" look like a hang-up */
  raw.c_cc[VTIME] = 0;
  tcsetattr(t->fd, TCSANOW, &raw); /* never TCSADRAIN: it waits for the terminal */
}

void tty_take(struct tty *t, bool foreground) {
  if (t->gone)
    return;
  if (foreground) { /* from the background, taking the terminal back would stop us */
    sigset_t block, before;
    sigemptyset(&block);
    sigaddset(&block, SIGTTOU);
    sigprocmask(SIG_BLOCK, &block, &before);
    tcsetpgrp(t->fd, getpgrp());
    set_raw(t);
    sigprocmask(SIG_SETMASK, &before, NULL);
  } else {
    set_raw(t);
  }
  t->taken = true;
  loop_touch(t->loop, t->fd);
}

void tty_release(struct tty *t, struct slice last) {
  if (t->gone)
    return;
  bool cut = queue_size(&t->out) > 0;
  queue_clear(&t->out);
  if (cut)
    queue_add(&t->out, "\033\\", 2); /* ends a control string that was cut in the middle */
  queue_add(&t->out, last.p, last.n);
  flush(t);
  for (uint64_t now = clock_mono(), end = now + LAST_WAIT; queue_size(&t->out) > 0 && now < end; now = clock_mono()) {
    poll(&(struct pollfd){.fd = t->fd, .events = POLLOUT}, 1, (int)((end - now) / CLOCK_MS) + 1);
    flush(t);
  }
  queue_clear(&t->out);
  if (t->gone)
    return;
  tcsetattr(t->fd, TCSANOW, &t->shell);
  t->taken = false;
  loop_touch(t->loop, t->fd);
}

void tty_write(struct tty *t, struct slice bytes) {
  if (!t->taken)
    return;
  queue_add(&t->out, bytes.p, bytes.n);
  flush(t);
  if (t->taken)
    loop_touch(t->loop, t->fd);
}

static int from_environment(const char *name, int otherwise) {
  uint64_t n;
  return slice_to_u64(slice_of(getenv(name)), &n) && n > 0 && n < 10000 ? (int)n : otherwise;
}

void tty_size(const struct tty *t, int *width, int *height) {
  struct winsize size = {0};
  if (ioctl(t->fd, TIOCGWINSZ, &size) < 0)
    size.ws_col = size.ws_row = 0;
  *width = size.ws_col > 0 ? size.ws_col : from_environment("COLUMNS", 80); /* a serial line knows no size */
  *height = size.ws_row > 0 ? size.ws_row : from_environment("LINES", 24);
  *width = *width > WIDEST ? WIDEST : *width;
  *height = *height > TALLEST ? TALLEST : *height;
}

void tty_stop_group(void) {
  struct sigaction stop = {.sa_handler = SIG_DFL}, before;
  sigaction(SIGTSTP, &stop, &before);
  kill(0, SIGTSTP);
  sigaction(SIGTSTP, &before, NULL);
}
