/* Cookies of both sides as a table: what the client sent, what the server set and on what terms. */
#include <stdio.h>
#include <string.h>

#include "ui/rows.h"
#include "weir/body/jwt.h"
#include "weir/http/cookie.h"
#include "weir/http/date.h"

static bool is(struct slice s, const char *word) {
  return slice_eq_ascii(s, slice_of(word));
}

/* When it ends by its own word; false: with the session. Max-Age counts before Expires. */
static bool ends_at(const struct http_set_cookie *c, int64_t now_s, int64_t *end_s) {
  struct slice age = c->max_age;
  uint64_t seconds;
  if (age.p != NULL) {
    bool over = age.n > 0 && *age.p == '-';
    if (!over && !slice_to_u64(age, &seconds))
      return false;
    *end_s = over || seconds == 0 ? 0 : now_s + (int64_t)(seconds < UINT32_MAX ? seconds : UINT32_MAX);
    return true;
  }
  return c->expires.p != NULL && http_date_read(c->expires, end_s);
}

static bool in_the_clear(const struct flow *f) {
  return is(flow_scheme(f), "http");
}

static int64_t then_of(const struct flow *f) {
  return (int64_t)(f->wall_us / 1000000);
}

static void name_warnings(const struct rows *rows, const struct http_set_cookie *c) {
  bool host = slice_starts(c->name, SLICE("__Host-")), secure = slice_starts(c->name, SLICE("__Secure-"));
  if ((host || secure) && !c->secure)
    rows_warn(rows, "%s without Secure: browsers refuse it", host ? "__Host-" : "__Secure-");
  else if (host && (c->domain.p != NULL || !is(c->path, "/")))
    rows_warn(rows, "__Host- wants Path=/ and no Domain: browsers refuse it");
}

/* Does the host lie within the domain that the cookie is for? */
static bool within(struct slice host, struct slice domain) {
  if (domain.n > 0 && *domain.p == '.')
    domain = slice_from(domain, 1);
  if (slice_eq_ascii(host, domain))
    return true;
  return domain.n > 0 && host.n > domain.n && slice_eq_ascii(slice_from(host, host.n - domain.n), domain) &&
         host.p[host.n - domain.n - 1] == '.';
}

static void cookie_flags(const struct rows *rows, const struct flow *f, const struct http_set_cookie *c) {
  if (!c->secure && is(c->same_site, "None"))
    rows_warn(rows, "SameSite=None without Secure: browsers refuse it");
  else if (!c->secure && !in_the_clear(f))
    rows_warn(rows, "no Secure attribute: it also goes in the clear");
  else if (c->secure && in_the_clear(f))
    rows_warn(rows, "Secure, but set in the clear: refused but for localhost");
  if (!c->http_only)
    rows_warn(rows, "no HttpOnly attribute: scripts can read it");
  if (c->same_site.p == NULL)
    rows_say(rows, "no SameSite attribute: browsers take Lax, or None for a while");
}

void cookie_warnings(const struct rows *rows, const struct flow *f, struct slice value) {
  struct http_set_cookie c;
  int64_t end;
  http_set_cookie_read(value, &c);
  name_warnings(rows, &c);
  if (c.domain.n > 0 && flow_host(f).n > 0 && !within(flow_host(f), c.domain))
    rows_warn(rows, "its Domain is not this host's: browsers refuse it");
  if (ends_at(&c, then_of(f), &end) && end <= then_of(f)) {
    rows_say(rows, "it is over: the client throws the cookie away");
    return; /* then its terms do not matter */
  }
  cookie_flags(rows, f, &c);
}

static void put_token(const struct rows *rows, struct slice value) {
  struct slice token;
  if (jwt_find(value, &token))
    rows_hint(rows, "a JSON Web Token: Enter decodes it");
}

static void put_known(const struct rows *rows, const char *name, struct slice value) {
  if (value.p != NULL)
    rows_put(rows, slice_of(name), value);
}

static void put_end(const struct rows *rows, const struct flow *f, const struct http_set_cookie *c) {
  char text[48];
  int64_t end;
  put_known(rows, "  Expires", c->expires);
  put_known(rows, "  Max-Age", c->max_age);
  if (!ends_at(c, then_of(f), &end))
    rows_put(rows, SLICE("  ends"), SLICE("with the session"));
  else if (end > then_of(f))
    rows_put(rows, SLICE("  ends"), slice_of(rows_when(end, rows->now_s, text)));
}

static void put_set_cookie(const struct rows *rows, const struct flow *f, struct slice value) {
  struct http_set_cookie c;
  http_set_cookie_read(value, &c);
  rows_secret(rows, c.name.n > 0 ? c.name : SLICE("(no name)"), c.value);
  put_token(rows, c.value);
  if (c.domain.p != NULL)
    rows_put(rows, SLICE("  Domain"), c.domain);
  else
    rows_put(rows, SLICE("  Domain"), SLICE("only this host"));
  put_known(rows, "  Path", c.path);
  put_end(rows, f, &c);
  put_known(rows, "  SameSite", c.same_site);
  put_known(rows, "  Priority", c.priority);
  if (c.secure || c.http_only || c.partitioned) {
    char flags[64];
    snprintf(flags, sizeof flags, "%s%s%s", c.secure ? "Secure " : "", c.http_only ? "HttpOnly " : "",
             c.partitioned ? "Partitioned" : "");
    rows_put(rows, SLICE("  flags"), slice_trim(slice_of(flags)));
  }
  put_known(rows, "  unknown", c.unknown);
  cookie_warnings(rows, f, value);
}

static size_t sent_cookies(const struct rows *rows, const struct http_head *head) {
  struct http_field field;
  struct slice name, value;
  size_t n = 0;
  for (uint32_t at = 0; http_head_next_named(head, "Cookie", &at, &field);)
    while (http_cookie_next(&field.value, &name, &value)) {
      rows_secret(rows, name.n > 0 ? name : SLICE("(no name)"), value);
      put_token(rows, value);
      n++;
    }
  return n;
}

static size_t set_cookies(const struct rows *rows, const struct flow *f, const struct http_head *head) {
  struct http_field field;
  size_t n = 0;
  for (uint32_t at = 0; http_head_next_named(head, "Set-Cookie", &at, &field); n++) {
    if (n > 0)
      rows_gap(rows);
    put_set_cookie(rows, f, field.value);
  }
  return n;
}

void cookie_rows(const struct rows *rows, const struct flow *f, enum flow_side side, bool sent) {
  const struct flow_message *m = flow_side_const(f, side);
  const struct http_head *head = sent ? flow_sent_head(m) : &m->head;
  size_t n;
  if (head->raw == NULL)
    return;
  rows_title(rows, side == FLOW_REQUEST ? "Sent by the client" : "Set by the server");
  n = side == FLOW_REQUEST ? sent_cookies(rows, head) : set_cookies(rows, f, head);
  if (n == 0)
    rows_say(rows, "none");
}

bool has_cookies(const struct flow *f) {
  struct slice value;
  return (f->request.head.raw != NULL && http_head_find(flow_sent_head(&f->request), "Cookie", &value)) ||
         (f->response.head.raw != NULL && http_head_find(flow_sent_head(&f->response), "Set-Cookie", &value));
}
