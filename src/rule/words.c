#include "rule/words.h"

static bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

size_t words_place(struct slice whole, struct slice part) {
  return part.p ? (size_t)(part.p - whole.p) : whole.n;
}

struct slice words_next(struct slice *rest) {
  struct slice s = slice_trim(*rest);
  size_t n = 0;
  while (n < s.n && !is_blank(s.p[n]))
    n++;
  *rest = slice_trim(slice_from(s, n));
  return slice_sub(s, 0, n);
}

bool words_take(struct slice *rest, const char *word) {
  struct slice after = *rest;
  if (!slice_eq(words_next(&after), slice_of(word)))
    return false;
  *rest = after;
  return true;
}

static int hex(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

/* What stands behind a backslash; how many bytes it took, 0: it is no escape. */
static size_t escape(struct slice s, struct buf *out) {
  static const char from[] = "nrt\"\\", to[] = "\n\r\t\"\\";
  if (s.n == 0)
    return 0;
  for (size_t i = 0; i < sizeof from - 1; i++)
    if (s.p[0] == from[i]) {
      buf_add_byte(out, to[i]);
      return 1;
    }
  if (s.p[0] != 'x' || s.n < 3 || hex(s.p[1]) < 0 || hex(s.p[2]) < 0)
    return 0;
  buf_add_byte(out, (char)(hex(s.p[1]) << 4 | hex(s.p[2])));
  return 3;
}

bool words_text(struct slice whole, struct slice *rest, struct buf *out, struct err *err) {
  struct slice s = slice_trim(*rest);
  if (s.n == 0 || s.p[0] != '"') {
    buf_add_slice(out, words_next(rest));
    return true;
  }
  size_t at = 1;
  while (at < s.n && s.p[at] != '"') {
    if (s.p[at] != '\\') {
      buf_add_byte(out, s.p[at++]);
      continue;
    }
    size_t n = escape(slice_from(s, at + 1), out);
    if (n == 0)
      return err_set_at(err, words_place(whole, s) + at, 2, "behind \\ stands one of n r t \" \\ or xHH");
    at += 1 + n;
  }
  if (at == s.n)
    return err_set_at(err, words_place(whole, s), s.n, "the closing \" is missing");
  *rest = slice_trim(slice_from(s, at + 1));
  return true;
}
