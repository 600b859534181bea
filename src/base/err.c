/* Sentences for a person. */
#include "weir/base/err.h"

#include <stdarg.h>
#include <stdio.h>

static void __attribute__((format(printf, 4, 0)))
set(struct err *err, size_t at, size_t span, const char *format, va_list args) {
  if (!err)
    return;
  vsnprintf(err->text, sizeof err->text, format, args);
  err->at = at;
  err->span = span;
  err->cured = false;
}

bool err_set(struct err *err, const char *format, ...) {
  va_list args;
  va_start(args, format);
  set(err, 0, 0, format, args);
  va_end(args);
  return false;
}

bool err_set_cured(struct err *err, const char *format, ...) {
  va_list args;
  va_start(args, format);
  set(err, 0, 0, format, args);
  va_end(args);
  if (err)
    err->cured = true;
  return false;
}

bool err_set_at(struct err *err, size_t at, size_t span, const char *format, ...) {
  va_list args;
  va_start(args, format);
  set(err, at, span, format, args);
  va_end(args);
  return false;
}
