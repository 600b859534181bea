/* JSON as values: the members of an object one by one, and what a string says. */
#include "weir/base/text.h"
#include "weir/body/format.h"

enum json_read json_next(struct json_reader *r, struct slice *key, struct slice *value, struct err *err) {
  struct json_token token;
  const char *from = NULL;
  enum json_read what;
  *key = (struct slice){NULL, 0};
  while ((what = json_read(r, &token, err)) == JSON_TOKEN) {
    size_t depth = r->in.n;
    if (token.kind == JSON_VALUE && depth == 0) {
      err_set_at(err, 0, token.text.n, "an object or an array is expected");
      return JSON_FAULT;
    }
    if (token.kind == JSON_KEY && depth == 1)
      *key = token.text;
    if (token.kind == JSON_OPEN && depth == 2)
      from = token.text.p;
    if ((token.kind == JSON_CLOSE && depth == 1) || (token.kind == JSON_VALUE && depth == 1)) {
      from = from ? from : token.text.p;
      *value = slice_make(from, (size_t)(token.text.p + token.text.n - from));
      return JSON_TOKEN;
    }
  }
  return what;
}

static unsigned hex4(const char *p) {
  unsigned value = 0;
  for (int i = 0; i < 4; i++) {
    unsigned char c = (unsigned char)p[i];
    value = value << 4 | (c <= '9' ? c - 0x30u : (c | 0x20u) - 0x57u);
  }
  return value;
}

static char *put_utf8(char *to, uint32_t c) {
  if (c < 0x80) {
    *to++ = (char)c;
    return to;
  }
  if (c < 0x800) {
    *to++ = (char)(0xc0 | c >> 6);
  } else {
    if (c < 0x10000) {
      *to++ = (char)(0xe0 | c >> 12);
    } else {
      *to++ = (char)(0xf0 | c >> 18);
      *to++ = (char)(0x80 | (c >> 12 & 63));
    }
    *to++ = (char)(0x80 | (c >> 6 & 63));
  }
  *to++ = (char)(0x80 | (c & 63));
  return to;
}

/* Behind a backslash; how many letters it took, 0: half a pair. The reader has seen that it is an escape. */
static size_t escape(struct slice s, char **to) {
  static const char from[] = "nrtbf\"\\/", meant[] = "\n\r\t\b\f\"\\/";
  for (size_t i = 0; i < sizeof from - 1; i++)
    if (s.p[0] == from[i]) {
      *(*to)++ = meant[i];
      return 1;
    }
  uint32_t c = hex4(s.p + 1), low;
  if (c < 0xd800 || c > 0xdfff) {
    *to = put_utf8(*to, c);
    return 5;
  }
  if (c > 0xdbff || s.n < 11 || s.p[5] != '\\' || s.p[6] != 'u')
    return 0;
  low = hex4(s.p + 7);
  if (low < 0xdc00 || low > 0xdfff)
    return 0;
  *to = put_utf8(*to, 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00));
  return 11;
}

bool json_unescape(struct slice text, struct buf *out) {
  if (text.n < 2 || text.p[0] != '"' || !text_is_utf8(text))
    return false;
  char *room = buf_reserve(out, text.n), *to = room; /* no escape says more than it is long */
  for (struct slice s = slice_sub(text, 1, text.n - 2); s.n;) {
    if (*s.p != '\\') {
      *to++ = *s.p;
      s = slice_from(s, 1);
      continue;
    }
    size_t taken = escape(slice_from(s, 1), &to);
    if (!taken)
      return false;
    s = slice_from(s, 1 + taken);
  }
  out->n += (size_t)(to - room);
  out->p[out->n] = 0;
  return true;
}
