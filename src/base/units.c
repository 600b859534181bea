/* Sizes and durations, read from a person and written for one. */
#include "weir/base/units.h"

#include <stdio.h>
#include <string.h>

#include "weir/base/clock.h"

struct unit {
  const char *name; /* without ASCII case */
  uint64_t scale;
};

static const struct unit sizes[] = {
    {"", 1},
    {"b", 1},
    {"k", UINT64_C(1) << 10},
    {"kb", UINT64_C(1) << 10},
    {"kib", UINT64_C(1) << 10},
    {"m", UINT64_C(1) << 20},
    {"mb", UINT64_C(1) << 20},
    {"mib", UINT64_C(1) << 20},
    {"g", UINT64_C(1) << 30},
    {"gb", UINT64_C(1) << 30},
    {"gib", UINT64_C(1) << 30},
    {NULL, 0},
};

static const struct unit durations[] = {
    {"", CLOCK_S},       {"s", CLOCK_S},        {"ms", CLOCK_MS},      {"us", CLOCK_US}, {"ns", 1},
    {"m", 60 * CLOCK_S}, {"min", 60 * CLOCK_S}, {"h", 3600 * CLOCK_S}, {NULL, 0},
};

static const struct unit *unit_of(const struct unit *units, struct slice name) {
  for (; units->name; units++)
    if (slice_eq_ascii(slice_of(units->name), name))
      return units;
  return NULL;
}

/* whole.fraction * scale in integers: a double would lose the last bytes of a large size. False on overflow. */
static bool scaled(struct slice whole, struct slice fraction, uint64_t scale, uint64_t *value) {
  uint64_t v = 0;
  if (whole.n && !slice_to_u64(whole, &v))
    return false;
  if (v > UINT64_MAX / scale)
    return false;
  v *= scale;
  /* digits beyond the ninth cannot change the result by a unit worth having */
  uint64_t part = 0;
  uint64_t below = 1;
  for (size_t i = 0; i < fraction.n && i < 9; i++) {
    part = part * 10 + (uint64_t)(fraction.p[i] - '0');
    below *= 10;
  }
  uint64_t extra = scale / below * part + scale % below * part / below;
  if (v > UINT64_MAX - extra)
    return false;
  *value = v + extra;
  return true;
}

static size_t digits(struct slice s) {
  size_t n = 0;
  while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
    n++;
  return n;
}

enum outcome { GOOD, MALFORMED, TOO_LARGE };

static enum outcome parse(struct slice text, const struct unit *units, uint64_t *value) {
  text = slice_trim(text);
  struct slice whole = slice_sub(text, 0, digits(text));
  struct slice rest = slice_from(text, whole.n);
  struct slice fraction = {NULL, 0};
  if (rest.n && *rest.p == '.') {
    rest = slice_from(rest, 1);
    fraction = slice_sub(rest, 0, digits(rest));
    rest = slice_from(rest, fraction.n);
  }
  const struct unit *unit = unit_of(units, slice_trim(rest));
  if (!unit || (!whole.n && !fraction.n))
    return MALFORMED;
  return scaled(whole, fraction, unit->scale, value) ? GOOD : TOO_LARGE;
}

static bool report(enum outcome outcome, struct slice text, struct err *err, const char *what, const char *examples) {
  int shown = text.n > 40 ? 40 : (int)text.n;
  if (outcome == MALFORMED)
    return err_set_at(err, 0, text.n, "'%.*s' is not a %s; write for example %s", shown, text.p ? text.p : "", what,
                      examples);
  if (outcome == TOO_LARGE)
    return err_set_at(err, 0, text.n, "'%.*s' is too large for a %s", shown, text.p, what);
  return true;
}

bool units_parse_size(struct slice text, uint64_t *bytes, struct err *err) {
  return report(parse(text, sizes, bytes), text, err, "size", "500000, 64k, 1.5M or 2G");
}

bool units_parse_duration(struct slice text, uint64_t *ns, struct err *err) {
  return report(parse(text, durations, ns), text, err, "duration", "10, 1.5s, 250ms or 2m");
}

/* Most sizes and times are small, and each line of output has two: no format for those. n < 1000. */
static void put_small(char *out, size_t size, unsigned n, const char *unit) {
  char text[8];
  size_t at = 0;
  if (n >= 100)
    text[at++] = (char)('0' + n / 100);
  if (n >= 10)
    text[at++] = (char)('0' + n / 10 % 10);
  text[at++] = (char)('0' + n % 10);
  while (*unit)
    text[at++] = *unit++;
  at = at < size ? at : size ? size - 1 : 0;
  memcpy(out, text, at);
  if (size)
    out[at] = '\0';
}

char *units_size(uint64_t bytes, char *out, size_t size) {
  static const char letters[] = "kMGTPE";
  if (bytes < 1000) {
    put_small(out, size, (unsigned)bytes, "");
    return out;
  }
  uint64_t scale = 1024;
  for (const char *letter = letters;; letter++, scale *= 1024) {
    uint64_t whole = bytes / scale;
    uint64_t rest = bytes % scale;
    uint64_t tenths = whole * 10 + (rest * 10 + scale / 2) / scale;
    if (tenths < 100) {
      const char unit[] = {'.', (char)('0' + tenths % 10), *letter, '\0'};
      put_small(out, size, (unsigned)(tenths / 10), unit);
      return out;
    }
    whole += rest >= scale / 2;
    if (whole < 1000 || !letter[1]) {
      snprintf(out, size, "%u%c", (unsigned)whole, *letter);
      return out;
    }
  }
}

char *units_duration(uint64_t ns, char *out, size_t size) {
  uint64_t ms = ns / CLOCK_MS;
  uint64_t s = ns / CLOCK_S;
  if (ns == 0)
    snprintf(out, size, "0ms");
  else if (ms < 1)
    snprintf(out, size, "%u.%ums", 0u, (unsigned)(ns / (100 * CLOCK_US)));
  else if (ms < 1000)
    put_small(out, size, (unsigned)ms, "ms");
  else if (s < 10)
    snprintf(out, size, "%u.%02us", (unsigned)s, (unsigned)(ms % 1000 / 10));
  else if (s < 60)
    snprintf(out, size, "%u.%us", (unsigned)s, (unsigned)(ms % 1000 / 100));
  else if (s < 3600)
    snprintf(out, size, "%um%02us", (unsigned)(s / 60), (unsigned)(s % 60));
  else if (s < 100 * 3600)
    snprintf(out, size, "%uh%02um", (unsigned)(s / 3600), (unsigned)(s / 60 % 60));
  else
    snprintf(out, size, "%ud", (unsigned)(s / 86400 > 99999 ? 99999 : s / 86400));
  return out;
}
