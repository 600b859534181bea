#include "stderr_log.h"

#include <fcntl.h>
#include <unistd.h>

#include "weir/base/log.h"

#define LINE_MAX_BYTES 2048
#define READ_BUDGET    (32u << 10)

static void log_line(struct stderr_log *s) {
  if (s->line.n > 0)
    log_write(LOG_WARN, "stderr", 0, NULL, "%s", buf_text(&s->line));
  buf_reset(&s->line);
}

static void take(struct stderr_log *s, const char *p, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (p[i] == '\n' || s->line.n >= LINE_MAX_BYTES)
      log_line(s);
    if (p[i] != '\n' && p[i] != '\0')
      buf_add_byte(&s->line, p[i]);
  }
}

static void ready(void *arg, unsigned events) {
  struct stderr_log *s = arg;
  char bytes[4096];
  size_t total = 0;
  ssize_t n = 1;
  (void)events;
  while (total < READ_BUDGET && (n = read(s->pipe, bytes, sizeof bytes)) > 0) {
    total += (size_t)n;
    take(s, bytes, (size_t)n);
  }
  /* a log sink that itself writes to stderr must not feed us for ever: what the lines above caused is dropped */
  while (n <= 0 && total < 2 * READ_BUDGET) {
    ssize_t echo = read(s->pipe, bytes, sizeof bytes);
    if (echo <= 0)
      break;
    total += (size_t)echo;
  }
}

void stderr_log_open(struct stderr_log *s, struct loop *loop) {
  int ends[2];
  *s = (struct stderr_log){.loop = loop, .real = -1, .pipe = -1};
  if (!isatty(STDERR_FILENO) || pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
    return;
  int kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (kept >= 0 && loop_add(loop, ends[0], NULL, ready, s)) {
    s->real = kept;
    s->pipe = ends[0];
    dup2(ends[1], STDERR_FILENO);
  } else {
    if (kept >= 0)
      close(kept);
    close(ends[0]);
  }
  close(ends[1]);
}

void stderr_log_close(struct stderr_log *s) {
  char bytes[4096];
  ssize_t n;
  if (s->real < 0)
    return;
  dup2(s->real, STDERR_FILENO);
  while ((n = read(s->pipe, bytes, sizeof bytes)) > 0)
    if (write(s->real, bytes, (size_t)n) < 0)
      break;
  loop_remove(s->loop, s->pipe);
  close(s->pipe);
  close(s->real);
  buf_clear(&s->line);
  s->real = s->pipe = -1;
}
