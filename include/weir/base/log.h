/*
 * Log lines. One event is one line whatever it holds: the text passes the sanitiser (base/text.h).
 * Sinks are registered from above (stderr, the log view). This dispatcher is one of the few globals.
 */
#ifndef WEIR_BASE_LOG_H
#define WEIR_BASE_LOG_H

#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_line {
  uint64_t wall_us;
  enum log_level level;
  const char *area; /* "proxy", "conn", "dns", "ring", "ui", ...: a literal */
  uint64_t flow;    /* the flow it is about; 0: none */
  const char *text; /* sanitised, one line */
  const char *cure; /* what to do about it; NULL: nothing */
};

typedef void log_sink_fn(void *arg, const struct log_line *line);

void log_add_sink(log_sink_fn *fn, void *arg, enum log_level least);
void log_remove_sink(log_sink_fn *fn, void *arg);
void log_write(enum log_level level, const char *area, uint64_t flow, const char *cure, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
const char *log_level_name(enum log_level level);

#endif
