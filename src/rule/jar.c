#include "rule/jar.h"

#include <libpsl.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/base/vec.h"
#include "weir/http/cookie.h"
#include "weir/http/date.h"

struct kept {
  char *domain; /* lower case; of Authorization the scheme, host and port */
  char *path;   /* NULL: Authorization */
  char *name;   /* may be empty: a value without one */
  char *value;
  int64_t expires; /* seconds since 1970; INT64_MAX: with the session */
  bool host_only, secure;
};

struct jar {
  unsigned refs;
  VEC(struct kept) v; /* what was set last stands last */
};

struct jar *jar_new(void) {
  struct jar *jar = mem_zero(1, sizeof *jar);
  jar->refs = 1;
  return jar;
}

struct jar *jar_ref(struct jar *jar) {
  jar->refs++;
  return jar;
}

static void kept_clear(struct kept *k) {
  free(k->domain);
  free(k->path);
  free(k->name);
  free(k->value);
}

static void drop(struct jar *jar, size_t i) {
  kept_clear(&jar->v.v[i]);
  VEC_REMOVE(&jar->v, i);
}

void jar_unref(struct jar *jar) {
  if (!jar || --jar->refs)
    return;
  while (jar->v.n)
    drop(jar, jar->v.n - 1);
  VEC_CLEAR(&jar->v);
  free(jar);
}

static void add(struct jar *jar, struct kept *k) {
  if (jar->v.n >= JAR_MAX)
    drop(jar, 0);
  VEC_PUSH(&jar->v, *k);
}

static char *lower(struct slice s) {
  char *text = mem_dup_n(s.p ? s.p : "", s.n);
  for (char *c = text; *c; c++)
    if (*c >= 'A' && *c <= 'Z')
      *c = (char)(*c - 'A' + 'a');
  return text;
}

/* ---- cookies ---- */

static bool is_number(struct slice host) {
  bool v6 = slice_find_byte(host, ':') >= 0;
  for (size_t i = 0; i < host.n && !v6; i++)
    if (host.p[i] != '.' && (host.p[i] < '0' || host.p[i] > '9'))
      return false;
  return true;
}

/* RFC 6265-5.1.3; both in lower case. */
static bool domain_matches(struct slice host, struct slice domain) {
  if (slice_eq(host, domain))
    return true;
  return host.n > domain.n && slice_ends(host, domain) && host.p[host.n - domain.n - 1] == '.' && !is_number(host);
}

/* "co.uk", "github.io", "com": all that registered below them would get the cookie. */
static bool is_public(const char *domain) {
  const psl_ctx_t *list = psl_builtin();
  return list && psl_is_public_suffix(list, domain);
}

/* __Secure- and __Host- promise how a cookie was set (RFC 6265bis-5.7); browsers take no notice of capitals there. */
static bool keeps_promise(const struct http_set_cookie *c, const struct flow *f) {
  bool host = slice_starts_ascii(c->name, SLICE("__Host-"));
  if (!host && !slice_starts_ascii(c->name, SLICE("__Secure-")))
    return true;
  bool safe = c->secure && slice_eq(flow_scheme(f), SLICE("https"));
  return safe && (!host || (!c->domain.n && slice_eq(c->path, SLICE("/"))));
}

static struct slice path_of(const struct flow *f) {
  struct slice path = flow_path(f);
  ptrdiff_t query = slice_find_byte(path, '?');
  return query < 0 ? path : slice_sub(path, 0, (size_t)query);
}

/* RFC 6265-5.1.4 */
static bool path_matches(struct slice path, struct slice of_cookie) {
  if (!slice_starts(path, of_cookie))
    return false;
  return path.n == of_cookie.n || of_cookie.p[of_cookie.n - 1] == '/' || path.p[of_cookie.n] == '/';
}

static struct slice default_path(struct slice path) {
  size_t n = path.n;
  while (n > 1 && path.p[n - 1] != '/')
    n--;
  return n > 1 && path.p[0] == '/' ? slice_sub(path, 0, n - 1) : SLICE("/");
}

static int64_t expiry(const struct http_set_cookie *c, int64_t now) {
  struct slice age = c->max_age;
  uint64_t n;
  int64_t at;
  if (age.p && age.n && age.p[0] == '-')
    return 0;
  if (age.p && slice_to_u64(age, &n))
    return n == 0 ? 0 : n > (uint64_t)(INT64_MAX / 2) ? INT64_MAX : now + (int64_t)n;
  if (c->expires.p && http_date_read(c->expires, &at))
    return at;
  return INT64_MAX;
}

static void take_one(struct jar *jar, const struct flow *f, struct slice host, struct slice value) {
  struct http_set_cookie c;
  http_set_cookie_read(value, &c);
  int64_t now = (int64_t)(f->wall_us / 1000000);
  struct slice domain = c.domain;
  if (domain.n && domain.p[0] == '.')
    domain = slice_from(domain, 1);
  struct kept k = {.domain = lower(domain.n ? domain : host), .secure = c.secure, .expires = expiry(&c, now)};
  struct slice is = slice_of(k.domain);
  k.host_only = !domain.n || is_number(host);
  struct slice path = c.path.n && c.path.p[0] == '/' ? c.path : default_path(path_of(f));
  k.path = mem_dup_n(path.p, path.n);
  k.name = mem_dup_n(c.name.p ? c.name.p : "", c.name.n);
  k.value = mem_dup_n(c.value.p ? c.value.p : "", c.value.n);
  bool foreign = domain.n && !slice_eq(is, host) &&
                 (!domain_matches(host, is) || slice_find_byte(is, '.') < 0 || is_public(k.domain));
  k.host_only = k.host_only || is_public(k.domain); /* set by a public suffix itself: RFC 6265-5.3, step 5 */
  if (foreign || value.n > JAR_VALUE_MAX || !keeps_promise(&c, f)) {
    kept_clear(&k);
    return;
  }
  for (size_t i = jar->v.n; i > 0; i--) {
    const struct kept *old = &jar->v.v[i - 1];
    if (!strcmp(old->name, k.name) && !strcmp(old->domain, k.domain) && !strcmp(old->path, k.path))
      drop(jar, i - 1);
  }
  if (k.expires > now)
    add(jar, &k);
  else
    kept_clear(&k);
}

/* A client has its cookies for what it asked for, wherever a rule sent that. */
static const struct flow *as_asked(const struct flow *f, struct flow *room) {
  return flow_as_it_came(f, room) ? room : f;
}

void jar_take_cookies(struct jar *jar, const struct flow *sent) {
  const struct http_head *head = flow_sent_head(&sent->response);
  struct flow room;
  const struct flow *f = as_asked(sent, &room);
  struct http_field field;
  uint32_t at = 0;
  char *host = lower(flow_host(f));
  while (*host && head->raw && http_head_next_named(head, "Set-Cookie", &at, &field))
    take_one(jar, f, slice_of(host), field.value);
  free(host);
}

static bool has_cookie(const struct http_head *head, const char *name) {
  struct http_field field;
  struct slice rest, one, value;
  uint32_t at = 0;
  while (http_head_next_named(head, "Cookie", &at, &field)) {
    rest = field.value;
    while (http_cookie_next(&rest, &one, &value))
      if (slice_eq(one, slice_of(name)))
        return true;
  }
  return false;
}

static bool is_for(const struct kept *k, const struct flow *f, struct slice host) {
  struct slice domain = slice_of(k->domain);
  bool there = k->host_only ? slice_eq(host, domain) : domain_matches(host, domain);
  return there && path_matches(path_of(f), slice_of(k->path)) &&
         (!k->secure || slice_eq(flow_scheme(f), SLICE("https"))) && k->expires > (int64_t)(f->wall_us / 1000000);
}

/* Longer paths come first (RFC 6265-5.4), and of two of one name the first is meant. */
bool jar_put_cookies(struct jar *jar, const struct flow *sent, struct buf *out) {
  const struct http_head *head = flow_sent_head(&sent->request);
  struct flow room;
  const struct flow *f = as_asked(sent, &room);
  char *host = lower(flow_host(f));
  size_t longest = 0;
  bool any = false;
  for (size_t i = 0; i < jar->v.n; i++)
    if (strlen(jar->v.v[i].path) > longest)
      longest = strlen(jar->v.v[i].path);
  for (size_t n = longest; n > 0; n--)
    for (size_t i = 0; i < jar->v.n; i++) {
      const struct kept *k = &jar->v.v[i];
      if (strlen(k->path) != n || !is_for(k, f, slice_of(host)) || has_cookie(head, k->name) ||
          out->n + strlen(k->name) + strlen(k->value) > JAR_VALUE_MAX)
        continue;
      buf_printf(out, "%s%s%s%s", any ? "; " : "", k->name, *k->name ? "=" : "", k->value);
      any = true;
    }
  free(host);
  return any;
}

/* ---- Authorization ---- */

static char *place_of(const struct flow *f) {
  struct buf place = BUF_INIT;
  struct slice scheme = flow_scheme(f), host = flow_host(f);
  buf_printf(&place, "%.*s://%.*s:%u", (int)scheme.n, scheme.p, (int)host.n, host.p, f->port);
  char *out = lower(buf_slice(&place));
  buf_clear(&place);
  return out;
}

static ptrdiff_t find(const struct jar *jar, const char *place) {
  for (size_t i = 0; i < jar->v.n; i++)
    if (!strcmp(jar->v.v[i].domain, place))
      return (ptrdiff_t)i;
  return -1;
}

void jar_take_authorization(struct jar *jar, const struct flow *f, struct slice value) {
  if (value.n > JAR_VALUE_MAX)
    return;
  struct kept k = {.domain = place_of(f), .value = mem_dup_n(value.p, value.n), .expires = INT64_MAX};
  ptrdiff_t old = find(jar, k.domain);
  if (old >= 0)
    drop(jar, (size_t)old);
  add(jar, &k);
}

const char *jar_authorization(struct jar *jar, const struct flow *f) {
  char *place = place_of(f);
  ptrdiff_t at = find(jar, place);
  free(place);
  return at >= 0 ? jar->v.v[at].value : NULL;
}
