/*
 * What a server is called, of a listener that stands in its place. The client's name for it and its own are two, and so are
 * their paths where the mode has one: Host, Origin, Referer and target say the server's on the way there; Location,
 * Content-Location, Refresh, and Domain and Path of cookies say the client's on the way back. Both versions are kept, as with what a rule
 * edits. Links within bodies stay as they are.
 */
#include <stdlib.h>

#include "weir/base/mem.h"
#include "weir/http/head_edit.h"
#include "weir/io/address.h"

#include "parts.h"

static struct http_head *edit_of(struct flow_message *m) {
  if (!m->sent) {
    m->sent = mem_zero(1, sizeof *m->sent);
    http_head_copy(&m->sent->head, &m->head);
    m->sent->by_rule = true;
  }
  return &m->sent->head;
}

/* ---- on the way there ---- */

static void put_authority(const struct mode_server *s, struct buf *out) {
  url_put_authority(out, slice_of(s->host), s->port, s->secure ? "https" : "http");
}

static void name_host(struct exchange *x, const struct mode_server *was) {
  struct flow_message *m = &x->flow->request;
  struct buf now = BUF_INIT, before = BUF_INIT;
  struct slice host;
  bool said = http_head_find(flow_sent_head(m), "Host", &host);
  put_authority(x->server, &now);
  if (was)
    put_authority(was, &before);
  bool own = !was || !said || slice_eq(host, buf_slice(&before)); /* else it was changed on purpose */
  if (!x->mode->keep_host && own && !(said && slice_eq(host, buf_slice(&now))))
    http_head_set(edit_of(m), "Host", buf_text(&now));
  buf_clear(&now);
  buf_clear(&before);
}

/* The path without `prefix`; false: it is not below that. */
static bool take_off(struct slice path, const char *prefix, struct slice *rest) {
  if (!slice_starts(path, slice_of(prefix)))
    return false;
  *rest = slice_from(path, slice_of(prefix).n);
  return !rest->n || *rest->p == '/' || *rest->p == '?' || *rest->p == '#';
}

static void name_path(struct exchange *x, const struct mode_server *was) {
  struct flow_message *m = &x->flow->request;
  struct slice target = http_head_target(flow_sent_head(m)), rest = target;
  if (!target.n || *target.p != '/' || (was && !take_off(target, was->path, &rest)))
    return;
  struct buf now = BUF_INIT;
  buf_add_text(&now, x->server->path);
  buf_add_slice(&now, rest);
  if (!slice_eq(buf_slice(&now), target))
    http_head_set_target(edit_of(m), buf_slice(&now));
  buf_clear(&now);
}

/* A URL of the client's as one of this server's; false: it is about another one. */
static bool put_there(const struct exchange *x, const struct mode_server *s, struct slice value, struct buf *out) {
  struct slice said;
  struct url url, client;
  struct conn *c = x->conn;
  const char *scheme = c && c->secure ? "https" : "http";
  if (!c || !http_head_find(&x->flow->request.head, "Host", &said) || !url_parse_host(said, false, &client, NULL) ||
      !url_parse(value, &url, NULL) || !url_scheme_is(&url, scheme) || url.has_userinfo ||
      !slice_eq_ascii(url.host, client.host) ||
      url.port != (client.has_port ? client.port : url_default_port(slice_of(scheme))))
    return false;
  struct slice path = slice_from(value, (size_t)(url.authority.p + url.authority.n - value.p));
  buf_add_text(out, s->secure ? "https://" : "http://");
  put_authority(s, out);
  if (path.n) /* Origin has none */
    buf_add_text(out, s->path);
  buf_add_slice(out, path);
  return true;
}

/* Servers compare it with their own name, against requests that other sites make (CSRF). */
static void name_source(struct exchange *x, const char *field, const struct mode_server *was) {
  struct flow_message *m = &x->flow->request;
  struct buf now = BUF_INIT, before = BUF_INIT;
  struct slice came, goes;
  bool mine = !x->mode->keep_host && http_head_find(&m->head, field, &came) &&
              http_head_find(flow_sent_head(m), field, &goes) && put_there(x, x->server, came, &now);
  if (mine && was)
    put_there(x, was, came, &before);
  if (mine && slice_eq(goes, was ? buf_slice(&before) : came)) /* else it was changed on purpose */
    http_head_set(edit_of(m), field, buf_text(&now));
  buf_clear(&now);
  buf_clear(&before);
}

void reverse_name(struct exchange *x, const struct mode_server *was) {
  name_host(x, was);
  name_source(x, "Origin", was);
  name_source(x, "Referer", was);
  name_path(x, was);
}

/* ---- on the way back ---- */

/* What the client calls it. */
struct names {
  const struct exchange *x;
  struct slice said;  /* its Host; "" where it said none */
  struct url client;  /* ... as host and port */
  struct slice value; /* of the field */
};

static void put_client_as(const struct names *n, struct slice userinfo, struct buf *out) {
  buf_add_text(out, n->x->conn->secure ? "https://" : "http://");
  buf_add_slice(out, userinfo);
  buf_add_text(out, userinfo.n ? "@" : "");
  buf_add_slice(out, n->said);
}

static void put_client(const struct names *n, struct buf *out) {
  put_client_as(n, (struct slice){NULL, 0}, out);
}

/* A path that begins with two slashes would be read as a server's name by who finds it alone. */
static bool put_path(const struct names *n, struct slice rest, struct buf *out) {
  if (slice_starts(rest, SLICE("//"))) {
    if (!n->said.n)
      return false;
    put_client(n, out);
  }
  if (!rest.n || *rest.p != '/')
    buf_add_byte(out, '/');
  buf_add_slice(out, rest);
  return true;
}

static bool is_web(const struct url *url) {
  return url_scheme_is(url, "http") || url_scheme_is(url, "https");
}

/* Also by its other scheme: what it says of itself may be what it is behind another proxy. */
static bool is_server(const struct url *url, const struct mode_server *s) {
  bool usual = s->port == url_default_port(s->secure ? SLICE("https") : SLICE("http"));
  return is_web(url) && (url->port == s->port || (usual && url->port == url_default_port(url->scheme))) &&
         slice_eq_ascii(url->host, slice_of(s->host));
}

/* To the same path by the other scheme: the client would be sent round for ever, so it is let go. */
static bool goes_round(const struct names *n, const struct url *url, struct slice rest) {
  const struct exchange *x = n->x;
  const struct mode_server *s = x->server;
  if (url_scheme_is(url, s->secure ? "https" : "http") ||
      !slice_eq(rest.n ? rest : SLICE("/"), http_head_target(&x->flow->request.head)))
    return false;
  struct buf says = BUF_INIT;
  buf_printf(&says, "the server wants to be asked by %.*s: reverse:%.*s://", (int)url->scheme.n, url->scheme.p,
             (int)url->scheme.n, url->scheme.p);
  buf_add_slice(&says, url->authority);
  buf_add_text(&says, s->path);
  flow_add_says(x->flow, buf_text(&says));
  buf_clear(&says);
  return true;
}

/* Where Host went on as the client said it, the server knows itself by that. */
static bool is_client(const struct names *n, const struct url *url) {
  uint16_t port = n->client.has_port ? n->client.port : url_default_port(url->scheme);
  return n->x->mode->keep_host && n->said.n && is_web(url) && url->port == port &&
         slice_eq_ascii(url->host, n->client.host);
}

/* "http://10.0.0.7:3000/app/login" is "http://localhost:8000/login" to the client; false: it leads elsewhere. */
static bool map_absolute(const struct names *n, struct buf *out) {
  struct slice whole = n->value, rest;
  struct url url;
  struct buf text = BUF_INIT;
  bool bare = slice_starts(whole, SLICE("//")), mapped = false;
  if (bare) /* the scheme is that of the answer */
    buf_add_text(&text, n->x->server->secure ? "https:" : "http:");
  buf_add_slice(&text, whole);
  whole = buf_slice(&text);
  ptrdiff_t fragment = slice_find_byte(whole, '#');
  struct slice asked = fragment < 0 ? whole : slice_sub(whole, 0, (size_t)fragment);
  if (n->said.n && url_parse(asked, &url, NULL)) {
    const struct mode *m = n->x->mode;
    const struct mode_server *s = n->x->server;
    struct slice path = slice_from(whole, (size_t)(url.authority.p + url.authority.n - whole.p));
    mapped = (is_server(&url, s) || is_client(n, &url)) && take_off(path, s->path, &rest);
    for (s = m->server; s < m->server + m->servers && !mapped; s++)
      mapped = is_server(&url, s) && take_off(path, s->path, &rest);
    mapped = mapped && !goes_round(n, &url, rest);
  }
  if (mapped) {
    put_client_as(n, url.userinfo, out);
    if (rest.n && *rest.p != '/')
      buf_add_byte(out, '/');
    buf_add_slice(out, rest);
  }
  buf_clear(&text);
  return mapped;
}

static bool map_url(const struct names *n, struct buf *out) {
  struct slice rest;
  const char *prefix = n->x->server->path;
  if (!slice_starts(n->value, SLICE("/")) || slice_starts(n->value, SLICE("//")))
    return map_absolute(n, out);
  return *prefix && take_off(n->value, prefix, &rest) && put_path(n, rest, out);
}

/* "5; url=/app/next" (HTML, "shared declarative refresh steps"). */
static bool map_refresh(const struct names *n, struct buf *out) {
  ptrdiff_t at = slice_find_ascii(n->value, SLICE("url="));
  if (at < 0)
    return false;
  struct names inner = *n;
  struct slice url = slice_from(n->value, (size_t)at + 4);
  char quote = url.n && (*url.p == '"' || *url.p == '\'') ? *url.p : '\0';
  size_t quoted = quote != '\0';
  ptrdiff_t end = quoted ? slice_find_byte(slice_from(url, 1), quote) : -1;
  inner.value = end >= 0 ? slice_sub(url, 1, (size_t)end) : slice_from(url, quoted);
  struct slice behind = slice_from(url, quoted + inner.value.n);
  buf_add_slice(out, slice_sub(n->value, 0, (size_t)at + 4 + quoted));
  bool mapped = map_url(&inner, out);
  buf_add_slice(out, behind);
  return mapped;
}

/* A client refuses a cookie for a domain that the host it asked is not within (RFC 6265-5.3, step 6). */
static bool is_of_client(const struct names *n, struct slice domain) {
  struct slice host = n->said.n ? n->client.host : n->said;
  struct address number;
  if (domain.n && *domain.p == '.')
    domain = slice_from(domain, 1);
  if (!domain.n || slice_eq_ascii(host, domain))
    return true; /* an empty one says nothing */
  return host.n > domain.n && host.p[host.n - domain.n - 1] == '.' &&
         slice_eq_ascii(slice_from(host, host.n - domain.n), domain) && !address_parse_number(host, 0, &number);
}

/* What a client drops that was not asked by TLS (RFC 6265bis-5.7): without "Secure" it keeps the cookie. Names with a prefix
 * promise that it is there. */
static bool is_for_tls(struct slice name, struct slice value) {
  return slice_eq_ascii(name, SLICE("Secure")) || slice_eq_ascii(name, SLICE("Partitioned")) ||
         (slice_eq_ascii(name, SLICE("SameSite")) && slice_eq_ascii(value, SLICE("None")));
}

static bool needs_tls(struct slice cookie) {
  cookie = slice_trim(cookie);
  return slice_starts_ascii(cookie, SLICE("__Secure-")) || slice_starts_ascii(cookie, SLICE("__Host-"));
}

/* Without a Domain that does not fit, a cookie is for whom the client asked. One for the server's path would never come back. */
static bool map_cookie(const struct names *n, struct buf *out) {
  const struct exchange *x = n->x;
  struct slice all = n->value, part, rest;
  bool clear = !x->conn->secure && !needs_tls(all), changed = false;
  for (bool first = true; slice_split(&all, ';', &part); first = false) {
    ptrdiff_t equals = first ? -1 : slice_find_byte(part, '=');
    struct slice name = first ? SLICE("") : slice_trim(slice_sub(part, 0, equals < 0 ? part.n : (size_t)equals));
    struct slice value = equals < 0 ? SLICE("") : slice_trim(slice_from(part, (size_t)equals + 1));
    bool domain = slice_eq_ascii(name, SLICE("Domain")) && !is_of_client(n, value);
    bool path = *x->server->path && slice_eq_ascii(name, SLICE("Path")) && take_off(value, x->server->path, &rest);
    bool tls = clear && is_for_tls(name, value);
    changed |= domain || path || tls;
    if (domain || tls)
      continue;
    if (!first)
      buf_add_byte(out, ';');
    if (path) {
      buf_add(out, part.p, (size_t)(value.p - part.p));
      buf_add_slice(out, rest.n ? rest : SLICE("/"));
    } else {
      buf_add_slice(out, part);
    }
  }
  return changed;
}

static void map_fields(struct exchange *x, const char *name, bool (*map)(const struct names *, struct buf *),
                       struct names *n) {
  struct flow_message *m = &x->flow->response;
  struct http_field field;
  size_t nth = 0;
  for (uint32_t at = 0; http_head_next_named(&m->head, name, &at, &field); nth++) {
    struct buf value = BUF_INIT;
    n->value = field.value;
    if (map(n, &value) && !slice_eq(buf_slice(&value), field.value))
      http_head_set_nth(edit_of(m), name, nth, buf_text(&value));
    buf_clear(&value);
  }
}

void reverse_map(struct exchange *x) {
  struct names n = {.x = x};
  if (!reverse_asks(x) || !x->conn)
    return;
  if (!http_head_find(&x->flow->request.head, "Host", &n.said) || !url_parse_host(n.said, false, &n.client, NULL))
    n.said = SLICE("");
  map_fields(x, "Location", map_url, &n);
  map_fields(x, "Content-Location", map_url, &n);
  map_fields(x, "Refresh", map_refresh, &n);
  map_fields(x, "Set-Cookie", map_cookie, &n);
}
