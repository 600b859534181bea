#include "ui/rows.h"

#include <stdarg.h>
#include <stdio.h>

#include "ui/redact.h"

void rows_put(const struct rows *rows, struct slice name, struct slice value) {
  rows->put(rows->arg, name, value, ROW_PLAIN);
}

void rows_secret(const struct rows *rows, struct slice name, struct slice value) {
  struct buf hidden = BUF_INIT;
  if (rows->redact)
    redact_put(value, rows->ascii, &hidden);
  rows_put(rows, name, rows->redact ? buf_slice(&hidden) : value);
  buf_clear(&hidden);
}

void rows_title(const struct rows *rows, const char *text) {
  rows->put(rows->arg, slice_of(text), SLICE(""), ROW_TITLE);
}

__attribute__((format(printf, 3, 0))) static void put_words(const struct rows *rows, enum row_tone tone,
                                                            const char *format, va_list args) {
  char text[400];
  vsnprintf(text, sizeof text, format, args);
  rows->put(rows->arg, SLICE(""), slice_of(text), tone);
}

void rows_say(const struct rows *rows, const char *format, ...) {
  va_list args;
  va_start(args, format);
  put_words(rows, ROW_SAID, format, args);
  va_end(args);
}

void rows_hint(const struct rows *rows, const char *text) {
  rows->put(rows->arg, SLICE(""), slice_of(text), ROW_HINT);
}

void rows_warn(const struct rows *rows, const char *format, ...) {
  va_list args;
  va_start(args, format);
  put_words(rows, ROW_BAD, format, args);
  va_end(args);
}

void rows_gap(const struct rows *rows) {
  rows->put(rows->arg, SLICE(""), SLICE(""), ROW_PLAIN);
}

char *rows_when(int64_t then_s, int64_t now_s, char out[48]) {
  static const struct {
    int64_t seconds;
    const char *word;
  } units[] = {{INT64_C(365) * 86400, "year"}, {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
  bool past = then_s <= now_s;
  int64_t apart = past ? now_s - then_s : then_s - now_s;
  size_t i = 0;
  while (i < 4 && apart < 2 * units[i].seconds)
    i++;
  long long n = apart / units[i].seconds;
  snprintf(out, 48, "%s%lld %s%s%s", past ? "" : "in ", n, units[i].word, n == 1 ? "" : "s", past ? " ago" : "");
  return out;
}
