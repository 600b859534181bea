/* Numbers as they stand in a filter: counts, sizes, durations, statuses, times of day; single, as a range, compared. */
#include <string.h>
#include <time.h>

#include "parser.h"
#include "weir/base/clock.h"
#include "weir/base/units.h"

#define DAY_US (86400 * INT64_C(1000000))

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

/* So many digits at the front, and the letter behind them (0: none is wanted). */
static bool take_digits(struct slice *text, size_t n, char behind, int *value) {
  uint64_t number;
  if (text->n < n + (behind != 0) || !slice_to_u64(slice_sub(*text, 0, n), &number) || (behind && text->p[n] != behind))
    return false;
  *value = (int)number;
  *text = slice_from(*text, n + (behind != 0));
  return true;
}

/* "2026-11-23", and a T where a time follows. */
static bool take_day(struct slice *text, struct tm *tm) {
  struct slice rest = *text;
  int year, month, day;
  if (!take_digits(&rest, 4, '-', &year) || !take_digits(&rest, 2, '-', &month) || !take_digits(&rest, 2, 0, &day))
    return false;
  if (rest.n && *rest.p != 'T')
    return false;
  tm->tm_year = year - 1900;
  tm->tm_mon = month - 1;
  tm->tm_mday = day;
  *text = slice_from(rest, 1);
  return true;
}

/* "12:01", "12:01:07"; *span: how many seconds are meant. */
static bool take_time(struct slice text, struct tm *tm, int64_t *span) {
  bool exact = text.n == 8;
  *span = exact ? 1 : 60;
  return take_digits(&text, 2, ':', &tm->tm_hour) && take_digits(&text, 2, exact ? ':' : 0, &tm->tm_min) &&
         (!exact || take_digits(&text, 2, 0, &tm->tm_sec)) && !text.n && tm->tm_hour < 24 && tm->tm_min < 60 &&
         tm->tm_sec < 61;
}

/* A time of day is the last such time; a day all of it. */
static bool read_time(struct slice text, int64_t *low, int64_t *high) {
  int64_t now = (int64_t)clock_wall(), span = 86400;
  time_t t = (time_t)(now / 1000000);
  struct tm tm;
  localtime_r(&t, &tm);
  tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
  tm.tm_isdst = -1;
  bool dated = take_day(&text, &tm);
  if (!(dated && !text.n) && !take_time(text, &tm, &span))
    return false;
  int64_t at = (int64_t)mktime(&tm) * 1000000;
  if (!dated && at > now)
    at -= DAY_US;
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

/* "500-400": both ends can be read, and the first is beyond the second. */
bool number_reversed(const struct field *field, struct slice text, struct err *err) {
  int64_t low, high, ignored;
  for (size_t i = 1; i + 1 < text.n; i++) {
    struct slice from = slice_sub(text, 0, i), to = slice_from(text, i + 1);
    if (text.p[i] != '-' || !read_one(field, from, &low, &ignored) || !read_one(field, to, &ignored, &high) ||
        low <= high)
      continue;
    err_set_at(err, 0, text.n, "the range is the wrong way round: %.*s-%.*s", (int)to.n, to.p, (int)from.n, from.p);
    return true;
  }
  return false;
}

static bool fail(const struct field *field, struct slice text, struct err *err) {
  const char *f = field->name;
  if (number_reversed(field, text, err))
    return false;
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
