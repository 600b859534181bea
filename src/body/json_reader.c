/* JSON as tokens. No recursion: what is open is a string of letters, so depth costs a byte each. */
#include <string.h>

#include "weir/body/format.h"

#define DEPTH_MAX 100000u

enum expect { VALUE, VALUE_OR_END, KEY, KEY_OR_END, COLON, COMMA_OR_END, NOTHING };

void json_reader_init(struct json_reader *r, struct slice text) {
  *r = (struct json_reader){.text = text, .expect = VALUE};
}

void json_reader_clear(struct json_reader *r) {
  buf_clear(&r->in);
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static enum json_read fault(struct json_reader *r, size_t at, struct err *err, const char *what) {
  err_set_at(err, at, 1, "%s", what);
  r->at = at;
  return JSON_FAULT;
}

static char byte_at(const struct json_reader *r, size_t at) {
  return at < r->text.n ? r->text.p[at] : '\0';
}

/* ---- tokens with a grammar of their own: the end, or the place of the fault with *what ---- */

static size_t string_end(const struct json_reader *r, size_t at, const char **what) {
  for (at++; at < r->text.n; at++) {
    char c = r->text.p[at];
    if (c == '"')
      return at + 1;
    if ((unsigned char)c < 0x20) {
      *what = c == '\n' ? "the string is not closed on its line" : "a control character in a string must be escaped";
      return at;
    }
    if (c != '\\')
      continue;
    char e = byte_at(r, ++at);
    if (e == 'u') {
      for (int i = 0; i < 4; i++) {
        char h = (char)(byte_at(r, at + 1) | 0x20);
        if (!is_digit(byte_at(r, at + 1)) && !(h >= 'a' && h <= 'f')) {
          *what = "\\u takes four hexadecimal digits";
          return at + 1;
        }
        at++;
      }
    } else if (e == '\0' || !strchr("\"\\/bfnrt", e)) {
      *what = "there is no such escape in JSON";
      return at;
    }
  }
  *what = "the string is not closed";
  return at;
}

static size_t digits(const struct json_reader *r, size_t at) {
  while (is_digit(byte_at(r, at)))
    at++;
  return at;
}

static size_t number_end(const struct json_reader *r, size_t at, const char **what) {
  at += byte_at(r, at) == '-';
  size_t from = at;
  at = digits(r, at);
  if (at == from) {
    *what = "a digit is missing";
    return at;
  }
  if (r->text.p[from] == '0' && at > from + 1) {
    *what = "a number has no leading zero";
    return from;
  }
  if (byte_at(r, at) == '.') {
    from = ++at;
    at = digits(r, at);
    if (at == from) {
      *what = "a digit is missing behind the point";
      return at;
    }
  }
  if ((byte_at(r, at) | 0x20) == 'e') {
    at++;
    at += byte_at(r, at) == '+' || byte_at(r, at) == '-';
    from = at;
    at = digits(r, at);
    if (at == from)
      *what = "a digit is missing in the exponent";
  }
  return at;
}

static size_t word_end(const struct json_reader *r, size_t at, const char **what) {
  static const char *const words[] = {"true", "false", "null"};
  struct slice rest = slice_from(r->text, at);
  for (size_t i = 0; i < 3; i++)
    if (slice_starts(rest, slice_of(words[i])))
      return at + strlen(words[i]);
  *what = "a value is expected here";
  return at;
}

/* ---- the grammar ---- */

static bool in_object(const struct json_reader *r) {
  return r->in.n > 0 && r->in.p[r->in.n - 1] == 'o';
}

static void after_value(struct json_reader *r) {
  r->expect = r->in.n > 0 ? COMMA_OR_END : NOTHING;
}

static enum json_read give(struct json_reader *r, struct json_token *token, enum json_token_kind kind, size_t end) {
  *token = (struct json_token){kind, slice_sub(r->text, r->at, end - r->at)};
  r->at = end;
  return JSON_TOKEN;
}

static enum json_read enter(struct json_reader *r, struct json_token *token, bool object, struct err *err) {
  if (r->in.n == DEPTH_MAX)
    return fault(r, r->at, err, "this is nested too deep");
  buf_add_byte(&r->in, object ? 'o' : 'a');
  r->expect = object ? KEY_OR_END : VALUE_OR_END;
  return give(r, token, JSON_OPEN, r->at + 1);
}

static enum json_read close(struct json_reader *r, struct json_token *token) {
  r->in.n--;
  after_value(r);
  return give(r, token, JSON_CLOSE, r->at + 1);
}

static enum json_read value(struct json_reader *r, struct json_token *token, struct err *err) {
  char c = byte_at(r, r->at);
  const char *what = NULL;
  if (c == '{' || c == '[')
    return enter(r, token, c == '{', err);
  size_t end = c == '"'                  ? string_end(r, r->at, &what)
               : c == '-' || is_digit(c) ? number_end(r, r->at, &what)
                                         : word_end(r, r->at, &what);
  if (what)
    return fault(r, end, err, what);
  after_value(r);
  return give(r, token, JSON_VALUE, end);
}

static enum json_read key(struct json_reader *r, struct json_token *token, struct err *err) {
  const char *what = NULL;
  if (byte_at(r, r->at) != '"')
    return fault(r, r->at, err,
                 r->expect == KEY ? "a name in quotes is expected behind the comma"
                                  : "a name in quotes is expected here");
  size_t end = string_end(r, r->at, &what);
  if (what)
    return fault(r, end, err, what);
  r->expect = COLON;
  return give(r, token, JSON_KEY, end);
}

static enum json_read comma_or_end(struct json_reader *r, struct json_token *token, char c, struct err *err) {
  if (c == (in_object(r) ? '}' : ']'))
    return close(r, token);
  if (c != ',')
    return fault(r, r->at, err, in_object(r) ? "a comma or } is expected here" : "a comma or ] is expected here");
  r->expect = in_object(r) ? KEY : VALUE;
  return give(r, token, JSON_COMMA, r->at + 1);
}

enum json_read json_read(struct json_reader *r, struct json_token *token, struct err *err) {
  while (r->at < r->text.n && strchr(" \t\r\n", r->text.p[r->at]) && r->text.p[r->at])
    r->at++;
  bool end = r->at == r->text.n;
  char c = byte_at(r, r->at);
  if (r->expect == NOTHING)
    return end ? JSON_END : fault(r, r->at, err, "nothing may follow the value");
  if (end)
    return fault(r, r->at, err,
                 r->in.n ? in_object(r) ? "it ends before its last }" : "it ends before its last ]"
                         : "there is no value");
  switch (r->expect) {
  case VALUE_OR_END:
    return c == ']' ? close(r, token) : value(r, token, err);
  case KEY_OR_END:
    return c == '}' ? close(r, token) : key(r, token, err);
  case KEY:
    return key(r, token, err);
  case COLON:
    if (c != ':')
      return fault(r, r->at, err, "a colon is expected behind the name");
    r->expect = VALUE;
    return give(r, token, JSON_COLON, r->at + 1);
  case COMMA_OR_END:
    return comma_or_end(r, token, c, err);
  default:
    return value(r, token, err);
  }
}
