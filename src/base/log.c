/* The log dispatcher: one event, one sanitised line, every sink that asked for its level. */
#include "weir/base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "weir/base/clock.h"
#include "weir/base/text.h"

#define SINKS_MAX      8
#define LINE_MAX_BYTES 4096 /* a log line may quote wire text: bound what one event can cost */

struct sink {
  log_sink_fn *fn;
  void *arg;
  enum log_level least;
};

static struct {
  struct sink sink[SINKS_MAX];
  size_t n;
  bool writing; /* a sink that logs must not come back here without end */
} dispatcher;

void log_add_sink(log_sink_fn *fn, void *arg, enum log_level least) {
  if (dispatcher.n < SINKS_MAX)
    dispatcher.sink[dispatcher.n++] = (struct sink){fn, arg, least};
}

void log_remove_sink(log_sink_fn *fn, void *arg) {
  size_t kept = 0;
  for (size_t i = 0; i < dispatcher.n; i++)
    if (dispatcher.sink[i].fn != fn || dispatcher.sink[i].arg != arg)
      dispatcher.sink[kept++] = dispatcher.sink[i];
  dispatcher.n = kept;
}

static bool wanted(enum log_level level) {
  for (size_t i = 0; i < dispatcher.n; i++)
    if (level >= dispatcher.sink[i].least)
      return true;
  return false;
}

void log_write(enum log_level level, const char *area, uint64_t flow, const char *cure, const char *format, ...) {
  if (dispatcher.writing || !wanted(level))
    return;
  char raw[LINE_MAX_BYTES];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(raw, sizeof raw, format, args);
  va_end(args);
  if (n < 0)
    return;
  struct buf text = BUF_INIT;
  text_safe(&text, slice_of(raw), TEXT_PLAIN);
  struct log_line line = {clock_wall(), level, area, flow, buf_text(&text), cure};
  dispatcher.writing = true;
  for (size_t i = 0; i < dispatcher.n; i++)
    if (level >= dispatcher.sink[i].least)
      dispatcher.sink[i].fn(dispatcher.sink[i].arg, &line);
  dispatcher.writing = false;
  buf_clear(&text);
}

const char *log_level_name(enum log_level level) {
  static const char *const names[] = {"debug", "info", "warn", "error"};
  return (unsigned)level < 4 ? names[level] : "?";
}
