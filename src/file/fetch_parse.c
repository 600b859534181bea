#include "weir/file/fetch_parse.h"

#include <string.h>

#include "weir/http/url.h"

#define FETCH_MAX (16u << 20) /* bytes of a call */

struct call {
  struct slice rest;
  struct buf url, method, fields, body, referrer;
  bool has_body, has_length, has_referer;
  struct buf *told;
  struct err *err;
};

/* ---- words of JavaScript ---- */

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int next(struct call *k) {
  while (k->rest.n > 0 && is_blank(*k->rest.p))
    k->rest = slice_from(k->rest, 1);
  return k->rest.n > 0 ? (unsigned char)*k->rest.p : -1;
}

static bool take(struct call *k, char c) {
  if (next(k) != (unsigned char)c)
    return false;
  k->rest = slice_from(k->rest, 1);
  return true;
}

static bool expect(struct call *k, char c) {
  return take(k, c) || err_set(k->err, "this fetch() is not understood: a %c is missing", c);
}

static void put_utf8(struct buf *out, uint32_t c) {
  if (c < 0x80) {
    buf_add_byte(out, (char)c);
    return;
  }
  int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
  buf_add_byte(out, (char)(lead[more] | ((c >> (6 * more)) & 0x3f)));
  while (more-- > 0)
    buf_add_byte(out, (char)(0x80 | ((c >> (6 * more)) & 0x3f)));
}

/* `digits` hexadecimal digits from the front; false: they are not there. */
static bool take_hex(struct call *k, size_t digits, uint32_t *out) {
  static const char hex[] = "0123456789abcdef";
  uint32_t value = 0;
  if (k->rest.n < digits)
    return false;
  for (size_t i = 0; i < digits; i++) {
    char c = k->rest.p[i];
    const char *at = strchr(hex, c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c);
    if (c == '\0' || at == NULL)
      return false;
    value = value << 4 | (uint32_t)(at - hex);
  }
  k->rest = slice_from(k->rest, digits);
  *out = value;
  return true;
}

/* Behind a backslash and u: a pair of surrogates is one character. */
static void unicode(struct call *k, struct buf *out) {
  uint32_t c, low;
  if (!take_hex(k, 4, &c)) {
    buf_add_byte(out, 'u');
    return;
  }
  if (c >= 0xd800 && c < 0xdc00 && slice_starts(k->rest, SLICE("\\u"))) {
    struct slice back = k->rest;
    k->rest = slice_from(k->rest, 2);
    if (take_hex(k, 4, &low) && low >= 0xdc00 && low < 0xe000)
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    else
      k->rest = back;
  }
  put_utf8(out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
}

/* Behind a backslash. */
static void escape(struct call *k, struct buf *out) {
  static const char from[] = "nrtbfv0", to[] = "\n\r\t\b\f\v";
  char c = *k->rest.p;
  const char *at = c != '\0' ? strchr(from, c) : NULL;
  uint32_t value;
  k->rest = slice_from(k->rest, 1);
  if (at != NULL)
    buf_add_byte(out, to[at - from]);
  else if (c == 'u')
    unicode(k, out);
  else if (c == 'x' && take_hex(k, 2, &value))
    put_utf8(out, value);
  else if (c != '\n') /* a line that goes on */
    buf_add_byte(out, c);
}

static bool is_quote(int c) {
  return c == '"' || c == '\'' || c == '`';
}

static bool string(struct call *k, struct buf *out) {
  int quote = next(k);
  if (!is_quote(quote))
    return err_set(k->err, "this fetch() is not understood: a text in quotes is missing");
  k->rest = slice_from(k->rest, 1);
  while (k->rest.n > 0 && (unsigned char)*k->rest.p != (unsigned)quote) {
    char c = *k->rest.p;
    k->rest = slice_from(k->rest, 1);
    if (c == '\\' && k->rest.n > 0)
      escape(k, out);
    else
      buf_add_byte(out, c);
  }
  return k->rest.n > 0 ? take(k, (char)quote) : err_set(k->err, "a %c in this fetch() is not closed", (char)quote);
}

/* Whatever stands there, up to the comma or bracket behind it. */
static bool skip_value(struct call *k) {
  size_t depth = 0;
  for (int c; (c = next(k)) >= 0;) {
    if (is_quote(c)) {
      struct buf none = BUF_INIT;
      bool well = string(k, &none);
      buf_clear(&none);
      if (!well)
        return false;
      continue;
    }
    if (depth == 0 && strchr(",})]", c) != NULL)
      return true;
    depth += strchr("{[(", c) != NULL;
    depth -= strchr("}])", c) != NULL;
    k->rest = slice_from(k->rest, 1);
  }
  return err_set(k->err, "this fetch() has no end");
}

static bool key(struct call *k, struct buf *out) {
  buf_reset(out);
  if (is_quote(next(k)))
    return string(k, out) && expect(k, ':');
  while (k->rest.n > 0 && !is_blank(*k->rest.p) && strchr(":,{}[]()", *k->rest.p) == NULL) {
    buf_add_byte(out, *k->rest.p);
    k->rest = slice_from(k->rest, 1);
  }
  return expect(k, ':');
}

/* ---- the call ---- */

static void put_line(struct buf *out, struct slice s) {
  for (size_t i = 0; i < s.n; i++)
    buf_add_byte(out, s.p[i] == '\r' || s.p[i] == '\n' ? ' ' : s.p[i]); /* no field ends early */
}

/* { "name": "value" }, or [["name", "value"]]. */
static bool headers(struct call *k) {
  struct buf name = BUF_INIT, value = BUF_INIT;
  bool pairs = take(k, '['), well = pairs || expect(k, '{');
  while (well && !take(k, pairs ? ']' : '}')) {
    buf_reset(&name);
    buf_reset(&value);
    if (pairs)
      well = expect(k, '[') && string(k, &name) && expect(k, ',') && string(k, &value) && expect(k, ']');
    else
      well = key(k, &name) && string(k, &value);
    take(k, ',');
    if (!well)
      break;
    k->has_length |= slice_eq_ascii(buf_slice(&name), SLICE("content-length"));
    k->has_referer |= slice_eq_ascii(buf_slice(&name), SLICE("referer"));
    put_line(&k->fields, buf_slice(&name));
    buf_add_text(&k->fields, ": ");
    put_line(&k->fields, buf_slice(&value));
    buf_add_byte(&k->fields, '\n');
  }
  buf_clear(&name);
  buf_clear(&value);
  return well;
}

static bool body(struct call *k) {
  if (is_quote(next(k))) {
    k->has_body = true;
    return string(k, &k->body);
  }
  if (!slice_starts(k->rest, SLICE("null")))
    buf_add_text(k->told, "body: it is no text in quotes and was left out; type it\n");
  return skip_value(k);
}

static bool option(struct call *k, struct slice name) {
  if (slice_eq(name, SLICE("method")))
    return string(k, &k->method);
  if (slice_eq(name, SLICE("headers")) && (next(k) == '{' || next(k) == '['))
    return headers(k);
  if (slice_eq(name, SLICE("headers")))
    buf_add_text(k->told, "headers: they are no { } of texts and were left out\n");
  if (slice_eq(name, SLICE("body")))
    return body(k);
  if (slice_eq(name, SLICE("referrer")) && is_quote(next(k)))
    return string(k, &k->referrer);
  if (slice_eq(name, SLICE("credentials")) && slice_starts(slice_from(k->rest, k->rest.n > 0), SLICE("include")))
    buf_add_text(k->told, "cookies are the browser's own and not in a fetch(): add them where they matter\n");
  return skip_value(k);
}

static bool options(struct call *k) {
  struct buf name = BUF_INIT;
  bool well = expect(k, '{');
  while (well && !take(k, '}')) {
    well = key(k, &name);
    next(k);
    well = well && option(k, buf_slice(&name));
    take(k, ',');
  }
  buf_clear(&name);
  return well;
}

static bool write_message(const struct call *k, struct buf *message) {
  struct url url;
  struct slice text = buf_slice(&k->url);
  ptrdiff_t fragment = slice_find_byte(text, '#');
  if (!url_parse(fragment >= 0 ? slice_sub(text, 0, (size_t)fragment) : text, &url, k->err))
    return false;
  put_line(message, k->method.n > 0 ? buf_slice(&k->method) : SLICE("GET"));
  buf_add_byte(message, ' ');
  buf_add_slice(message, url.scheme);
  buf_add_text(message, "://");
  buf_add_slice(message, url.authority);
  if (url.target.n == 0 || *url.target.p == '?')
    buf_add_byte(message, '/');
  buf_add_slice(message, url.target);
  buf_add_text(message, " HTTP/1.1\nHost: ");
  buf_add_slice(message, url.authority);
  buf_add_byte(message, '\n');
  buf_add_slice(message, buf_slice(&k->fields));
  if (slice_starts(buf_slice(&k->referrer), SLICE("http")) && !k->has_referer) {
    buf_add_text(message, "Referer: ");
    put_line(message, buf_slice(&k->referrer));
    buf_add_byte(message, '\n');
  }
  if (k->has_body && !k->has_length)
    buf_printf(message, "Content-Length: %zu\n", k->body.n);
  buf_add_byte(message, '\n');
  buf_add_slice(message, buf_slice(&k->body));
  return true;
}

/* Without "const response = await " or less of it. */
static struct slice behind_await(struct slice text) {
  while (text.n > 0 && is_blank(*text.p))
    text = slice_from(text, 1);
  ptrdiff_t await = slice_find(text, SLICE("await fetch(")), line = slice_find_byte(text, '\n');
  bool named = slice_starts(text, SLICE("const ")) || slice_starts(text, SLICE("let ")) || await == 0;
  return named && await >= 0 && (line < 0 || await < line) ? slice_from(text, (size_t)await + 6) : text;
}

bool fetch_is_call(struct slice text) {
  return slice_starts(behind_await(text), SLICE("fetch("));
}

bool fetch_parse(struct slice text, struct buf *message, struct buf *told, struct err *err) {
  struct call k = {.rest = slice_from(behind_await(text), 6), .told = told, .err = err};
  if (text.n > FETCH_MAX)
    return err_set(err, "a call of more than %u MB is not read", FETCH_MAX >> 20);
  bool well = string(&k, &k.url);
  if (well && take(&k, ','))
    well = next(&k) == ')' || options(&k);
  take(&k, ',');
  well = well && expect(&k, ')') && write_message(&k, message);
  buf_clear(&k.url);
  buf_clear(&k.method);
  buf_clear(&k.fields);
  buf_clear(&k.body);
  buf_clear(&k.referrer);
  return well;
}
