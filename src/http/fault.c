#include "http/fault.h"

#include <stdarg.h>
#include <stdio.h>

void fault_put(struct http_fault *fault, enum http_role role, int status, size_t at, size_t span, const char *format,
               ...) {
  if (fault == NULL)
    return;
  va_list args;
  fault->status = role == HTTP_RESPONSE ? 502 : status;
  fault->err.at = at;
  fault->err.span = span;
  va_start(args, format);
  vsnprintf(fault->err.text, sizeof(fault->err.text), format, args);
  va_end(args);
}
