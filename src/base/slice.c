/* Borrowed bytes: comparing, cutting and searching. */
#include "weir/base/slice.h"

#include <string.h>

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Several bytes at a time as long as not even the case differs, which is so for most names. */
bool slice_same_ascii(const char *a, const char *b, size_t n) {
  size_t i = 0;
  for (uint32_t x, y; i + sizeof x <= n; i += sizeof x) {
    memcpy(&x, a + i, sizeof x);
    memcpy(&y, b + i, sizeof y);
    if (x != y)
      break;
  }
  for (; i < n; i++)
    if (a[i] != b[i] && lower(a[i]) != lower(b[i]))
      return false;
  return true;
}

bool slice_starts(struct slice s, struct slice prefix) {
  return s.n >= prefix.n && (!prefix.n || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool slice_starts_ascii(struct slice s, struct slice prefix) {
  return s.n >= prefix.n && slice_same_ascii(s.p, prefix.p, prefix.n);
}

bool slice_ends(struct slice s, struct slice suffix) {
  return s.n >= suffix.n && (!suffix.n || memcmp(s.p + (s.n - suffix.n), suffix.p, suffix.n) == 0);
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

struct slice slice_trim(struct slice s) {
  while (s.n && is_blank(s.p[s.n - 1]))
    s.n--;
  while (s.n && is_blank(*s.p)) {
    s.p++;
    s.n--;
  }
  return s;
}

ptrdiff_t slice_find(struct slice s, struct slice needle) {
  if (!needle.n)
    return 0;
  const char *at = s.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;
  return at ? at - s.p : -1;
}

ptrdiff_t slice_find_ascii(struct slice s, struct slice needle) {
  if (!needle.n)
    return 0;
  char first = lower(*needle.p);
  for (size_t i = 0; i + needle.n <= s.n; i++)
    if (lower(s.p[i]) == first && slice_same_ascii(s.p + i, needle.p, needle.n))
      return (ptrdiff_t)i;
  return -1;
}

bool slice_split(struct slice *rest, char sep, struct slice *part) {
  /* A pointer with length 0 still holds one empty part ("a," gives "a" and ""); used up is NULL. */
  if (!rest->p)
    return false;
  ptrdiff_t at = slice_find_byte(*rest, sep);
  if (at < 0) {
    *part = *rest;
    *rest = (struct slice){NULL, 0};
  } else {
    *part = (struct slice){rest->p, (size_t)at};
    *rest = slice_from(*rest, (size_t)at + 1);
  }
  return true;
}

bool slice_to_u64(struct slice s, uint64_t *value) {
  uint64_t v = 0;
  if (!s.n)
    return false;
  for (size_t i = 0; i < s.n; i++) {
    unsigned digit = (unsigned)(unsigned char)s.p[i] - '0';
    bool fits = i < 19 || v <= (UINT64_MAX - digit) / 10; /* 19 digits always do */
    if (digit > 9 || !fits)
      return false;
    v = v * 10 + digit;
  }
  *value = v;
  return true;
}
