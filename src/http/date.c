#include "weir/http/date.h"

/* Words are taken by what they are, wherever they stand: a month by its name, a time by its colons, a year by its size. */
struct parts {
  int day, month, year, hour, minute, second;
  bool has_day, has_month, has_year, has_time;
};

static int month_of(struct slice s) {
  static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
  for (int i = 0; i < 12 && s.n >= 3; i++)
    if (slice_same_ascii(s.p, names + (size_t)i * 3, 3))
      return i + 1;
  return 0;
}

/* "12:01:09" */
static bool take_time(struct slice s, struct parts *p) {
  int *const into[] = {&p->hour, &p->minute, &p->second};
  struct slice part;
  size_t i = 0;
  for (; i < 3 && slice_split(&s, ':', &part); i++) {
    uint64_t n;
    if (part.n > 2 || !slice_to_u64(part, &n))
      return false;
    *into[i] = (int)n;
  }
  return i == 3 && p->hour < 24 && p->minute < 60 && p->second <= 60;
}

static bool take_number(uint64_t n, size_t digits, struct parts *p) {
  if (!p->has_day && digits <= 2) {
    p->has_day = true;
    p->day = (int)n;
    return n >= 1 && n <= 31;
  }
  if (p->has_year || (digits != 2 && digits != 4))
    return false;
  p->has_year = true;
  p->year = (int)n + (digits == 4 ? 0 : n > 76 ? 1900 : 2000);
  return p->year >= 1601;
}

static bool take_word(struct slice s, struct parts *p) {
  uint64_t n;
  if (slice_to_u64(s, &n))
    return take_number(n, s.n, p);
  if (slice_find_byte(s, ':') >= 0) {
    bool again = p->has_time;
    p->has_time = true;
    return !again && take_time(s, p);
  }
  int month = month_of(s);
  if (month != 0 && !p->has_month) {
    p->has_month = true;
    p->month = month;
  }
  return true; /* the day of the week, GMT */
}

/* Days from 1970-01-01 in the calendar that is counted on for ever. */
static int64_t days(int year, int month, int day) {
  int64_t y = month <= 2 ? year - 1 : year, m = month <= 2 ? month + 9 : month - 3;
  return y * 365 + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719468;
}

bool http_date_read(struct slice s, int64_t *seconds) {
  struct parts p = {.day = 0};
  size_t at = 0;
  while (at < s.n) {
    size_t n = 0;
    while (at + n < s.n && !memchr(" ,-\t", s.p[at + n], 4))
      n++;
    if (n > 0 && !take_word(slice_sub(s, at, n), &p))
      return false;
    at += n + 1;
  }
  if (!p.has_day || !p.has_month || !p.has_year || !p.has_time)
    return false;
  *seconds = days(p.year, p.month, p.day) * 86400 + p.hour * 3600 + p.minute * 60 + p.second;
  return true;
}
