#include "weir/body/jwt.h"

#include <stdio.h>
#include <string.h>

#include "line.h"
#include "weir/base/clock.h"

#define LAST_SECOND INT64_C(253402300799) /* of the year 9999 */

/* ---- base64url (RFC 4648 section 5) ---- */

static int sextet(char c) {
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == '-' ? 62 : c == '_' ? 63 : -1;
}

static size_t run(struct slice s) {
  size_t n = 0;
  while (n < s.n && sextet(s.p[n]) >= 0)
    n++;
  return n;
}

static void decode(struct slice s, struct buf *out) {
  uint32_t bits = 0;
  unsigned count = 0;
  for (size_t i = 0; i < s.n; i++) {
    bits = bits << 6 | (uint32_t)sextet(s.p[i]);
    count += 6;
    if (count < 8)
      continue;
    count -= 8;
    buf_add_byte(out, (char)(bits >> count));
  }
}

/* ---- where one is ---- */

static bool is_header(struct slice part) {
  struct buf plain = BUF_INIT;
  decode(part, &plain);
  bool json = json_begins(buf_slice(&plain)) && plain.p[plain.n - 1] == '}';
  buf_clear(&plain);
  return json;
}

/* Bytes of the token at the front; 0: there is none. */
static size_t token_at(struct slice s) {
  size_t part = run(s), n = part, parts = 1;
  while (parts < 5 && n < s.n && s.p[n] == '.') {
    n += 1 + run(slice_from(s, n + 1));
    parts++;
  }
  bool form = (parts == 3 || parts == 5) && n <= JWT_MAX && part + 2 < n;
  return form && is_header(slice_sub(s, 0, part)) ? n : 0;
}

bool jwt_find(struct slice s, struct slice *token) {
  static const struct slice begin = {"eyJ", 3}; /* {" */
  for (size_t at = 0;;) {
    ptrdiff_t found = slice_find(slice_from(s, at), begin);
    if (found < 0)
      return false;
    at += (size_t)found;
    size_t n = at && sextet(s.p[at - 1]) >= 0 ? 0 : token_at(slice_from(s, at));
    if (n) {
      *token = slice_sub(s, at, n);
      return true;
    }
    at += run(slice_from(s, at));
  }
}

/* ---- what it says ---- */

struct reading {
  int64_t now_s;
  jwt_line_fn *put;
  void *arg;
  struct body_line line;
};

static void put(struct reading *r) {
  r->put(r->arg, &r->line);
  buf_reset(&r->line.text);
  r->line.spans = 0;
}

static void put_text(struct reading *r, const char *text, enum body_style style) {
  line_add(&r->line, text, strlen(text), style);
}

static const char *long_time(int64_t seconds, char out[40]) {
  static const struct {
    int64_t seconds;
    const char *word;
  } units[] = {{365 * 86400, "year"}, {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
  size_t i = 0;
  while (i < 4 && seconds < 2 * units[i].seconds)
    i++;
  int64_t n = seconds / units[i].seconds;
  snprintf(out, 40, "%lld %s%s", (long long)n, units[i].word, n == 1 ? "" : "s");
  return out;
}

/* "2026-11-23 12:01:09 UTC, expired 3 days ago" */
static void put_moment(struct reading *r, bool expiry, uint64_t value) {
  char day[40], took[40], text[120];
  int64_t then = value > (uint64_t)LAST_SECOND ? LAST_SECOND : (int64_t)value;
  bool past = then <= r->now_s;
  clock_iso((uint64_t)then * 1000000, day, sizeof day);
  day[10] = ' ';
  day[19] = '\0';
  long_time(past ? r->now_s - then : then - r->now_s, took);
  snprintf(text, sizeof text, "   %s UTC, %s%s%s", day,
           !past    ? "in "
           : expiry ? "expired "
                    : "",
           took, past ? " ago" : "");
  put_text(r, text, BODY_STYLE_DIM);
}

/* A line such as "exp": 1795435269, which grows with that. */
static void explain(struct reading *r) {
  struct slice line = slice_trim(buf_slice(&r->line.text));
  static const char *const names[] = {"\"exp\": ", "\"nbf\": ", "\"iat\": ", "\"auth_time\": "};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    struct slice name = slice_of(names[i]);
    uint64_t value;
    if (!slice_starts(line, name))
      continue;
    line = slice_from(line, name.n);
    if (line.n && line.p[line.n - 1] == ',')
      line.n--;
    if (slice_to_u64(line, &value))
      put_moment(r, i == 0, value);
    return;
  }
  if (slice_starts_ascii(line, SLICE("\"alg\": \"none\"")))
    put_text(r, "   not signed", BODY_STYLE_DIM);
}

static void put_json(struct reading *r, const char *title, struct slice part) {
  struct buf plain = BUF_INIT;
  struct line_state state = {.kind = BODY_JSON};
  decode(part, &plain);
  put_text(r, title, BODY_STYLE_DIM);
  put(r);
  while (line_next(slice_from(buf_slice(&plain), state.at), &state, &r->line)) {
    if (state.level == 1)
      explain(r);
    put(r);
  }
  buf_clear(&plain);
}

void jwt_read(struct slice token, int64_t now_s, jwt_line_fn *put_line, void *arg) {
  struct reading r = {.now_s = now_s, .put = put_line, .arg = arg, .line = {.text = BUF_INIT}};
  struct slice part[5], rest = token;
  char text[80];
  size_t parts = 0;
  while (parts < 5 && slice_split(&rest, '.', &part[parts]))
    parts++;
  if (parts)
    put_json(&r, "header", part[0]);
  if (parts == 5)
    snprintf(text, sizeof text, "payload: encrypted, %zu bytes", part[3].n * 3 / 4);
  else if (parts == 3) {
    put_json(&r, "payload", part[1]);
    snprintf(text, sizeof text, part[2].n ? "signature: %zu bytes, not checked" : "no signature", part[2].n * 3 / 4);
  } else
    snprintf(text, sizeof text, "not a token");
  put_text(&r, text, BODY_STYLE_DIM);
  put(&r);
  body_line_clear(&r.line);
}
