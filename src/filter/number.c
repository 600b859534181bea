/* Numbers as they stand in a filter: counts, sizes, durations, statuses, times of day; single, as a range, compared. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "parser.h"
#include "weir/base/clock.h"
#include "weir/base/units.h"

#define DAY_US (86400 * UINT64_C(1000000))

static bool is_status(const struct field *field) {
  return strcmp(field->name, "status") == 0;
}

/* "4xx" */
static bool read_class(struct slice text, int64_t *low, int64_t *high) {
  if (text.n != 3 || text.p[0] < '1' || text.p[0] > '9' || !slice_eq_ascii(slice_from(text, 1), SLICE("xx")))
    return false;
  *low = (text.p[0] - '0') * 100;
  *high = *low + 99;
  return true;
}

static bool read_count(struct slice text, int64_t *low, int64_t *high) {
  uint64_t n;
  if (!slice_to_u64(text, &n) || n > INT64_MAX)
    return false;
  *low = *high = (int64_t)n;
  return true;
}

static bool read_flag(struct slice text, int64_t *low, int64_t *high) {
  static const char *const words[] = {"no", "yes", "off", "on", "false", "true", "0", "1"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (slice_eq_ascii(text, slice_of(words[i]))) {
      *low = *high = (int64_t)(i % 2);
      return true;
    }
  return false;
}

/* "12:01", "12:01:07": the last such time; "2026-11-23", "2026-11-23T12:01": all of that minute, or day. */
static bool read_time(struct slice text, int64_t *low, int64_t *high) {
  char copy[32], seconds[4] = "";
  int year, month, day, hour = 0, minute = 0, used = 0;
  bool dated = false;
  if (text.n >= sizeof copy || text.n < 4)
    return false;
  memcpy(copy, text.p, text.n);
  copy[text.n] = '\0';
  const char *clock = copy;
  uint64_t now = clock_wall();
  time_t t = (time_t)(now / 1000000);
  struct tm tm;
  localtime_r(&t, &tm);
  if (sscanf(copy, "%4d-%2d-%2d%n", &year, &month, &day, &used) == 3 && used == 10) {
    dated = true;
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = day;
    clock = copy + used + (copy[used] == 'T');
  }
  int64_t span = 60;
  if (dated && !*clock) {
    span = 86400;
  } else {
    used = 0;
    if (sscanf(clock, "%2d:%2d%n%3[:0-9]%n", &hour, &minute, &used, seconds, &used) < 2 || clock[used] || hour > 23 ||
        minute > 59)
      return false;
  }
  tm.tm_hour = hour;
  tm.tm_min = minute;
  tm.tm_sec = 0;
  if (*seconds) {
    uint64_t n;
    if (*seconds != ':' || !slice_to_u64(slice_of(seconds + 1), &n) || n > 60)
      return false;
    tm.tm_sec = (int)n;
    span = 1;
  }
  tm.tm_isdst = -1;
  int64_t at = (int64_t)mktime(&tm) * 1000000;
  if (!dated && at > (int64_t)now)
    at -= (int64_t)DAY_US;
  *low = at;
  *high = at + span * 1000000 - 1;
  return true;
}

static bool read_one(const struct field *field, struct slice text, int64_t *low, int64_t *high) {
  uint64_t n = 0;
  bool good = false;
  switch (field->type) {
  case FIELD_SIZE:
    good = units_parse_size(text, &n, NULL);
    break;
  case FIELD_DURATION:
    good = units_parse_duration(text, &n, NULL);
    break;
  case FIELD_TIME:
    return read_time(text, low, high);
  case FIELD_FLAG:
    return read_flag(text, low, high);
  case FIELD_NUMBER:
  case FIELD_TEXT:
    return (is_status(field) && read_class(text, low, high)) || read_count(text, low, high);
  }
  if (!good || n > INT64_MAX)
    return false;
  *low = *high = (int64_t)n;
  return true;
}

static bool read_range(const struct field *field, struct slice text, int64_t *low, int64_t *high) {
  int64_t ignored;
  if (read_one(field, text, low, high))
    return true;
  for (size_t i = 1; i + 1 < text.n; i++)
    if (text.p[i] == '-' && read_one(field, slice_sub(text, 0, i), low, &ignored) &&
        read_one(field, slice_from(text, i + 1), &ignored, high))
      return *low <= *high;
  return false;
}

static bool fail(const struct field *field, struct slice text, struct err *err) {
  const char *f = field->name;
  if (is_status(field))
    return err_set_at(err, 0, text.n, "%s wants a status: %s:404, %s:4xx or %s>=400", f, f, f, f);
  switch (field->type) {
  case FIELD_SIZE:
    return err_set_at(err, 0, text.n, "%s wants a size: %s>100k, %s<1M or %s:1k-4k", f, f, f, f);
  case FIELD_DURATION:
    return err_set_at(err, 0, text.n, "%s wants a duration: %s>1s, %s<10ms or %s:1s-5s", f, f, f, f);
  case FIELD_TIME:
    return err_set_at(err, 0, text.n, "%s wants a time: %s>12:01, %s:12:01-12:05 or %s:2026-11-23", f, f, f, f);
  case FIELD_FLAG:
    return err_set_at(err, 0, text.n, "%s is yes or no: %s:yes", f, f);
  case FIELD_NUMBER:
  case FIELD_TEXT:
    break;
  }
  return err_set_at(err, 0, text.n, "%s wants a number: %s:7, %s>7 or %s:7-9", f, f, f, f);
}

bool number_range(const struct field *field, enum compare compare, struct slice text, int64_t *low, int64_t *high,
                  struct err *err) {
  int64_t from, to;
  if (!read_range(field, text, &from, &to))
    return fail(field, text, err);
  *low = INT64_MIN;
  *high = INT64_MAX;
  switch (compare) {
  case COMPARE_LESS:
    *high = from - 1;
    break;
  case COMPARE_AT_MOST:
    *high = to;
    break;
  case COMPARE_MORE:
    *low = to + 1;
    break;
  case COMPARE_AT_LEAST:
    *low = from;
    break;
  default:
    *low = from;
    *high = to;
    break;
  }
  return true;
}

const char *number_measures(struct slice text) {
  static const char *const durations[] = {"ns", "us", "ms", "s", "m", "min", "h"};
  size_t digits = 0;
  uint64_t n;
  while (digits < text.n && ((text.p[digits] >= '0' && text.p[digits] <= '9') || text.p[digits] == '.'))
    digits++;
  struct slice unit = slice_from(text, digits);
  int64_t low, high;
  if (digits && !unit.n && slice_to_u64(text, &n) && n >= 100 && n < 1000)
    return "status";
  if (read_class(text, &low, &high))
    return "status";
  if (!digits || !unit.n)
    return NULL;
  for (size_t i = 0; i < sizeof durations / sizeof *durations; i++)
    if (slice_eq(unit, slice_of(durations[i])))
      return "duration";
  return units_parse_size(text, &n, NULL) ? "size" : NULL;
}
