/* Ways to servers as people write them, and which one a flow takes. */
#include "weir/proxy/way.h"

#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/base/text.h"
#include "weir/base/vec.h"
#include "weir/http/url.h"
#include "weir/io/address.h"

#define WAYS_MAX  100
#define HOSTS_MAX 1000

/* One that is asked straight. */
struct except {
  char *host;             /* lower case, without what stands before the name; NULL: a network */
  bool all;               /* "*" */
  struct address_net net; /* where host is NULL */
  uint16_t port;          /* 0: any */
};

struct ways {
  struct {
    struct way **v;
    size_t n, cap;
  } list;
  struct {
    struct except *v;
    size_t n, cap;
  } except;
};

struct ways *ways_new(void) {
  return mem_zero(1, sizeof(struct ways));
}

/* The allocator's next user should not find a password. */
static void free_secret(char *s) {
  if (s)
    explicit_bzero(s, strlen(s));
  free(s);
}

static void way_free(struct way *way) {
  filter_free(way->filter);
  free(way->text);
  free(way->host);
  free_secret(way->user);
  free_secret(way->password);
  free_secret(way->basic);
  free(way);
}

void ways_free(struct ways *w) {
  if (!w)
    return;
  for (size_t i = 0; i < w->list.n; i++)
    way_free(w->list.v[i]);
  for (size_t i = 0; i < w->except.n; i++)
    free(w->except.v[i].host);
  VEC_CLEAR(&w->list);
  VEC_CLEAR(&w->except);
  free(w);
}

/* ---- one way ---- */

static const struct {
  const char *scheme;
  enum way_kind kind;
} kinds[] = {{"http", WAY_HTTP}, {"https", WAY_HTTPS}, {"socks5", WAY_SOCKS5}, {"socks5h", WAY_SOCKS5H}};

/* RFC 7617: the user name has no colon, and neither part a control byte. RFC 1929: 1 to 255 bytes each. */
static bool check_secrets(const struct way *way, const struct buf *user, const struct buf *password, struct err *err) {
  bool socks = way->kind == WAY_SOCKS5 || way->kind == WAY_SOCKS5H;
  for (size_t i = 0; i < user->n + password->n; i++) {
    char c = i < user->n ? user->p[i] : password->p[i - user->n];
    if (!c || (!socks && ((unsigned char)c < 0x20 || c == 0x7f)))
      return err_set(err, "user name and password for a proxy have no control characters");
  }
  if (!socks && slice_find_byte(buf_slice(user), ':') >= 0)
    return err_set(err, "a user name for an HTTP proxy has no colon (RFC 7617)");
  if (socks && (!user->n || !password->n || user->n > 255 || password->n > 255))
    return err_set(err, "user name and password for a SOCKS proxy have 1 to 255 bytes each (RFC 1929)");
  return true;
}

static bool read_secrets(struct way *way, struct slice userinfo, struct err *err) {
  struct buf user = BUF_INIT, password = BUF_INIT, both = BUF_INIT;
  ptrdiff_t colon = slice_find_byte(userinfo, ':');
  size_t n = colon < 0 ? userinfo.n : (size_t)colon;
  url_decode(slice_sub(userinfo, 0, n), false, &user);
  if (colon >= 0)
    url_decode(slice_from(userinfo, n + 1), false, &password);
  bool ok = check_secrets(way, &user, &password, err);
  if (ok) {
    way->user = mem_dup_n(user.n ? user.p : "", user.n);
    way->password = mem_dup_n(password.n ? password.p : "", password.n);
    buf_add_text(&both, "Basic ");
    struct buf plain = BUF_INIT;
    buf_printf(&plain, "%s:%s", way->user, way->password);
    buf_add_base64(&both, buf_slice(&plain));
    way->basic = mem_dup(buf_text(&both));
    explicit_bzero(plain.p, plain.n);
    buf_clear(&plain);
  }
  buf_clear(&user);
  buf_clear(&password);
  buf_clear(&both);
  return ok;
}

static bool read_url(struct way *way, struct slice text, struct err *err) {
  struct url url;
  static const char form[] = "http://[USER:PASSWORD@]HOST:PORT, https://, socks5:// or socks5h://";
  struct err why = ERR_INIT;
  if (!url_parse(text, &url, &why)) { /* of what a password may stand in nothing is repeated */
    bool user = slice_find_byte(text, '@') >= 0;
    return err_set(err, "an upstream proxy is %s%s%s", form, user ? "; in USER and PASSWORD " : ": ",
                   user ? "@ is written as %40, / as %2F, : as %3A, ? as %3F and # as %23" : why.text);
  }
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (url_scheme_is(&url, kinds[i].scheme))
      way->kind = kinds[i].kind;
  if (way->kind == WAY_DIRECT)
    return err_set(err, "an upstream proxy is spoken to by http://, https://, socks5:// or socks5h://");
  if (!url.has_port)
    return err_set(err, "an upstream proxy needs its port: %.*s://%.*s:3128", (int)url.scheme.n, url.scheme.p,
                   (int)(url.authority.n < 100 ? url.authority.n : 100), url.authority.p);
  if (url.target.n > 1 || (url.target.n && *url.target.p != '/'))
    return err_set(err, "an upstream proxy has no path: %s", form);
  struct buf shown = BUF_INIT;
  buf_printf(&shown, "%.*s://%.*s", (int)url.scheme.n, url.scheme.p, (int)url.authority.n, url.authority.p);
  way->text = mem_dup(buf_text(&shown));
  buf_clear(&shown);
  way->host = mem_dup_n(url.host.p, url.host.n);
  way->port = url.port;
  return !url.has_userinfo || read_secrets(way, url.userinfo, err);
}

static bool read_filter(struct way *way, struct slice text, struct err *err) {
  way->filter = filter_compile(text, err);
  if (!way->filter)
    return false;
  unsigned needs = filter_needs(way->filter) & ~(unsigned)(FILTER_NEEDS_REQUEST_HEAD | FILTER_NEEDS_PROCESS);
  return !needs || err_set(err,
                           "\"%.*s\" asks for what is not known when a connection is made: its host, port, header "
                           "lines, client and process are",
                           (int)text.n, text.p);
}

bool ways_add(struct ways *w, struct slice text, struct err *err) {
  ptrdiff_t arrow = -1, at;
  struct slice rest = text;
  while ((at = slice_find(rest, SLICE("=>"))) >= 0) { /* the last one: a filter may have it in a pattern */
    arrow = (rest.p - text.p) + at;
    rest = slice_from(text, (size_t)arrow + 2);
  }
  struct way *way = mem_zero(1, sizeof *way);
  bool ok = arrow < 0 || read_filter(way, slice_trim(slice_sub(text, 0, (size_t)arrow)), err);
  rest = slice_trim(rest);
  if (ok && !slice_eq_ascii(rest, SLICE("direct")))
    ok = read_url(way, rest, err);
  if (ok && w->list.n == WAYS_MAX)
    ok = err_set(err, "more than %d upstream proxies", WAYS_MAX);
  if (ok)
    VEC_PUSH(&w->list, way);
  else
    way_free(way);
  return ok;
}

/* ---- who is left out ---- */

static bool read_except(struct slice text, struct except *e) {
  struct url url;
  *e = (struct except){.all = slice_eq(text, SLICE("*"))};
  if (e->all || address_parse_net(text, &e->net))
    return true;
  if (slice_starts(text, SLICE("*.")))
    text = slice_from(text, 2);
  else if (slice_starts(text, SLICE(".")))
    text = slice_from(text, 1);
  if (!url_parse_host(text, false, &url, NULL))
    return false;
  e->port = url.has_port ? url.port : 0;
  if (address_parse_net(url.host, &e->net))
    return true;
  e->host = mem_dup_n(url.host.p, url.host.n);
  for (char *c = e->host; *c; c++)
    if (*c >= 'A' && *c <= 'Z')
      *c = (char)(*c - 'A' + 'a');
  return true;
}

static bool separates(char c) {
  return c == ',' || c == ' ' || c == '\t' || c == '\n';
}

bool ways_except(struct ways *w, struct slice hosts, bool lenient, struct err *err) {
  for (size_t from = 0, to; from < hosts.n && w->except.n < HOSTS_MAX; from = to + 1) {
    for (to = from; to < hosts.n && !separates(hosts.p[to]);)
      to++;
    struct slice text = slice_sub(hosts, from, to - from);
    struct except e;
    if (text.n && read_except(text, &e)) {
      VEC_PUSH(&w->except, e);
    } else if (text.n && !lenient) {
      struct buf safe = BUF_INIT;
      text_safe(&safe, slice_sub(text, 0, 80), TEXT_PLAIN);
      err_set(err, "\"%s\" is no host: a name such as shop.test (all below it too), an address, 10.0.0.0/8, or *",
              buf_text(&safe));
      buf_clear(&safe);
      return false;
    }
  }
  return true;
}

static bool below(const char *host, const char *name) {
  size_t n = strlen(host), tail = strlen(name);
  return n >= tail && !strcmp(host + n - tail, name) && (n == tail || host[n - tail - 1] == '.');
}

static bool is_excepted(const struct ways *w, const char *host, uint16_t port) {
  struct address a;
  bool number = w->except.n && address_parse(slice_of(host), port, &a);
  for (size_t i = 0; i < w->except.n; i++) {
    const struct except *e = &w->except.v[i];
    if (e->port && e->port != port)
      continue;
    if (e->all || (e->host ? below(host, e->host) : number && address_in_net(&a, &e->net)))
      return true;
  }
  return false;
}

/* ---- which one ---- */

bool ways_want_process(const struct ways *w) {
  for (size_t i = 0; w && i < w->list.n; i++)
    if (w->list.v[i]->filter && (filter_needs(w->list.v[i]->filter) & FILTER_NEEDS_PROCESS))
      return true;
  return false;
}

bool ways_want_tls(const struct ways *w) {
  for (size_t i = 0; w && i < w->list.n; i++)
    if (w->list.v[i]->kind == WAY_HTTPS)
      return true;
  return false;
}

const struct way *ways_choose(const struct ways *w, const struct flow *f, const char *host, uint16_t port) {
  if (!w || !w->list.n || is_excepted(w, host, port))
    return NULL;
  for (size_t i = 0; i < w->list.n; i++) {
    const struct way *way = w->list.v[i];
    if (!way->filter || filter_match(way->filter, f, NULL))
      return way->kind == WAY_DIRECT ? NULL : way;
  }
  return NULL;
}
