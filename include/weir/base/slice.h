/*
 * A slice is a borrowed run of bytes: pointer and length, no terminator, may hold NUL. It owns nothing
 * and is valid as long as whatever it points into. {NULL, 0} is the empty slice.
 */
#ifndef WEIR_BASE_SLICE_H
#define WEIR_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slice {
  const char *p;
  size_t n;
};

#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})

struct slice slice_of(const char *text); /* strlen; NULL gives the empty slice */
struct slice slice_make(const char *p, size_t n);
bool slice_eq(struct slice a, struct slice b);
bool slice_eq_ascii(struct slice a, struct slice b); /* ASCII letters compare without case */
int slice_cmp(struct slice a, struct slice b);
bool slice_starts(struct slice s, struct slice prefix);
bool slice_starts_ascii(struct slice s, struct slice prefix); /* without ASCII case */
bool slice_ends(struct slice s, struct slice suffix);
struct slice slice_from(struct slice s, size_t at);              /* drops the first `at` bytes (clamped) */
struct slice slice_sub(struct slice s, size_t at, size_t n);     /* clamped */
struct slice slice_trim(struct slice s);                         /* drops SP and HTAB at both ends */
ptrdiff_t slice_find_byte(struct slice s, char c);               /* -1 where there is none */
ptrdiff_t slice_find(struct slice s, struct slice needle);       /* bytes, exact; -1 */
ptrdiff_t slice_find_ascii(struct slice s, struct slice needle); /* without ASCII case; -1 */

/* Splits off what stands before the first `sep` in *rest; false when *rest was used up.
 * "a,,b" gives "a", "", "b". Start with *rest = the whole. */
bool slice_split(struct slice *rest, char sep, struct slice *part);

/* Decimal digits only, the whole slice, at least one digit, no overflow. */
bool slice_to_u64(struct slice s, uint64_t *value);

#endif
