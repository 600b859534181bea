/*
 * A slice is a borrowed run of bytes: pointer and length, no terminator, may hold NUL. It owns nothing
 * and is valid as long as whatever it points into. {NULL, 0} is the empty slice.
 */
#ifndef WEIR_BASE_SLICE_H
#define WEIR_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
  const char *p;
  size_t n;
};

#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})

/* strlen; NULL gives the empty slice */
static inline struct slice slice_of(const char *text) {
  return (struct slice){text, text ? strlen(text) : 0};
}
static inline struct slice slice_make(const char *p, size_t n) {
  return (struct slice){p, n};
}
static inline bool slice_eq(struct slice a, struct slice b) {
  return a.n == b.n && (!a.n || memcmp(a.p, b.p, a.n) == 0);
}
/* ASCII letters compare without case */
bool slice_same_ascii(const char *a, const char *b, size_t n); /* n bytes each, without ASCII case */
static inline bool slice_eq_ascii(struct slice a, struct slice b) {
  return a.n == b.n && slice_same_ascii(a.p, b.p, a.n);
}
bool slice_starts(struct slice s, struct slice prefix);
bool slice_starts_ascii(struct slice s, struct slice prefix); /* without ASCII case */
bool slice_ends(struct slice s, struct slice suffix);
/* drops the first `at` bytes (clamped) */
static inline struct slice slice_from(struct slice s, size_t at) {
  if (at > s.n)
    at = s.n;
  return (struct slice){at ? s.p + at : s.p, s.n - at};
}
/* clamped */
static inline struct slice slice_sub(struct slice s, size_t at, size_t n) {
  s = slice_from(s, at);
  if (n < s.n)
    s.n = n;
  return s;
}
struct slice slice_trim(struct slice s); /* drops SP and HTAB at both ends */
/* -1 where there is none */
static inline ptrdiff_t slice_find_byte(struct slice s, char c) {
  const char *at = s.n ? memchr(s.p, c, s.n) : NULL;
  return at ? at - s.p : -1;
}
ptrdiff_t slice_find(struct slice s, struct slice needle);       /* bytes, exact; -1 */
ptrdiff_t slice_find_ascii(struct slice s, struct slice needle); /* without ASCII case; -1 */

/* Splits off what stands before the first `sep` in *rest; false when *rest was used up.
 * "a,,b" gives "a", "", "b". Start with *rest = the whole. */
bool slice_split(struct slice *rest, char sep, struct slice *part);

/* Decimal digits only, the whole slice, at least one digit, no overflow. */
bool slice_to_u64(struct slice s, uint64_t *value);

#endif
