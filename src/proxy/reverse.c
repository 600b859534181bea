/*
 * Listeners that stand in a server's place. The mode has its servers; each request picks one. A server that cannot be
 * connected to is left out for a while and the request goes to the next one. The client's name for the server and the
 * server's own are two: Host says the server's name on the way there, Location, Content-Location and the Domain of
 * cookies say the client's on the way back. Both versions are kept, as with what a rule edits.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/log.h"
#include "weir/base/mem.h"
#include "weir/http/head_edit.h"

#include "parts.h"

#define DEAD_NS (10 * CLOCK_S) /* a server that could not be reached is asked again after that */

bool reverse_is(const struct mode *m) {
  return m && m->kind == MODE_REVERSE;
}

struct origin *reverse_origin(const struct mode *m) {
  struct origin *o = mem_zero(1, sizeof *o);
  o->scheme = m->server[0].secure ? "https" : "http";
  o->host = mem_dup(m->server[0].host);
  o->port = m->server[0].port;
  return o;
}

/* ---- which server ---- */

static bool better(const struct mode *m, const struct mode_server *a, const struct mode_server *b, uint64_t now) {
  bool dead_a = a->dead_until > now, dead_b = b->dead_until > now;
  if (dead_a != dead_b)
    return dead_b;
  if (dead_a) /* all are: the one that has been left alone longest */
    return a->dead_until < b->dead_until;
  return m->least_busy && a->running < b->running;
}

/* In turn from the one behind the last; NULL: all were tried. */
static struct mode_server *pick(struct exchange *x) {
  struct mode *m = x->mode;
  struct mode_server *best = NULL;
  uint64_t now = loop_now(x->proxy->loop);
  for (size_t i = 0; i < m->servers; i++) {
    struct mode_server *s = &m->server[(m->next + i) % m->servers];
    if (!(x->tried & (UINT64_C(1) << (s - m->server))) && (!best || better(m, s, best, now)))
      best = s;
  }
  if (!best)
    return NULL;
  m->next = ((size_t)(best - m->server) + 1) % m->servers;
  x->tried |= UINT64_C(1) << (best - m->server);
  return best;
}

static void put_down(struct exchange *x) {
  if (x->server)
    x->server->running--;
  x->server = NULL;
}

void reverse_leave(struct exchange *x) {
  put_down(x);
  mode_unref(x->mode);
  x->mode = NULL;
}

/* Where the request goes, and what it says of that. */
static void name_server(struct exchange *x) {
  struct flow_message *m = &x->flow->request;
  const struct mode_server *s = x->server;
  struct buf authority = BUF_INIT;
  struct slice host;
  url_put_authority(&authority, slice_of(s->host), s->port, s->secure ? "https" : "http");
  bool other = !http_head_find(flow_sent_head(m), "Host", &host) || !slice_eq(host, buf_slice(&authority));
  if (!x->mode->keep_host && other) {
    if (!m->sent) {
      m->sent = mem_zero(1, sizeof *m->sent);
      http_head_copy(&m->sent->head, &m->head);
      m->sent->by_rule = true;
    }
    http_head_set(&m->sent->head, "Host", buf_text(&authority));
  }
  buf_clear(&authority);
}

static bool take(struct exchange *x, struct url *url) {
  struct mode_server *s = pick(x);
  put_down(x);
  if (!s)
    return false;
  x->server = s;
  s->running++;
  x->secure = s->secure;
  url->scheme = s->secure ? SLICE("https") : SLICE("http");
  url->host = slice_of(s->host);
  url->port = s->port;
  return true;
}

bool reverse_aim(struct exchange *x, struct url *url, struct err *err) {
  struct slice target = http_head_target(&x->flow->request.head);
  if (!target.n || (target.p[0] != '/' && target.p[0] != '*'))
    return err_set(err, "this listener stands in a server's place (%.200s): it is no proxy, and takes paths only",
                   x->conn->mode->text);
  x->mode = mode_ref(x->conn->mode);
  url->target = slice_eq(target, SLICE("*")) ? (struct slice){NULL, 0} : target;
  return take(x, url);
}

void reverse_begin(struct exchange *x) {
  name_server(x);
}

/* Nothing of the request has been read by anybody, and all of it is still there. */
static bool may_go_elsewhere(const struct exchange *x) {
  const struct flow_message *m = &x->flow->request;
  return x->server && !x->done && !body_cut(flow_sent_body(m)) && !body_cut(&m->body);
}

bool reverse_elsewhere(struct exchange *x, const char *why) {
  struct url url = x->url;
  struct mode_server *dead = x->server;
  if (!dead)
    return false;
  dead->dead_until = loop_now(x->proxy->loop) + DEAD_NS;
  if (!may_go_elsewhere(x) || !take(x, &url))
    return false;
  log_write(LOG_WARN, "reverse", x->flow->unrecorded ? 0 : x->flow->id, NULL, "%s; asking %s:%u instead", why,
            x->server->host, x->server->port);
  x->url = url;
  exchange_set_host(x, url.host);
  x->port = url.port;
  flow_set_target(x->flow, x->secure ? "https" : "http", url.host, url.port);
  name_server(x);
  queue_clear(&x->to_server);
  exchange_touch(x, FLOW_CHANGED_HEAD);
  lane_release_request(x);
  return true;
}

/* ---- the way back ---- */

/* "http://10.0.0.7:3000/login" is "http://localhost:8000/login" to the client; false: it leads elsewhere. */
static bool map_url(const struct exchange *x, struct slice value, struct slice host, struct buf *out) {
  struct url url;
  if (!url_parse(value, &url, NULL) || url.has_userinfo)
    return false;
  for (size_t i = 0; i < x->mode->servers; i++) {
    const struct mode_server *s = &x->mode->server[i];
    if (!url_scheme_is(&url, s->secure ? "https" : "http") || url.port != s->port ||
        !slice_eq_ascii(url.host, slice_of(s->host)))
      continue;
    buf_add_text(out, x->conn->secure ? "https://" : "http://");
    buf_add_slice(out, host);
    buf_add_slice(out, slice_from(value, (size_t)(url.authority.p + url.authority.n - value.p)));
    return true;
  }
  return false;
}

static bool is_of_server(const struct mode *m, struct slice domain) {
  if (domain.n && *domain.p == '.')
    domain = slice_from(domain, 1);
  for (size_t i = 0; i < m->servers && domain.n; i++) {
    struct slice host = slice_of(m->server[i].host);
    bool below = host.n > domain.n && host.p[host.n - domain.n - 1] == '.' &&
                 slice_eq_ascii(slice_from(host, host.n - domain.n), domain);
    if (below || slice_eq_ascii(host, domain))
      return true;
  }
  return false;
}

/* A cookie for the server's domain would never come back from a client that knows the server by another name: without
 * the attribute it is for whom it asked (RFC 6265-5.3, step 6). */
static bool map_cookie(const struct exchange *x, struct slice value, struct slice host, struct buf *out) {
  struct slice rest = value, part;
  bool changed = false, first = true;
  (void)host;
  while (slice_split(&rest, ';', &part)) {
    struct slice attribute = slice_trim(part);
    bool domain = !first && slice_starts_ascii(attribute, SLICE("domain=")) &&
                  is_of_server(x->mode, slice_trim(slice_from(attribute, 7)));
    changed |= domain;
    if (!domain) {
      if (!first)
        buf_add_byte(out, ';');
      buf_add_slice(out, part);
    }
    first = false;
  }
  return changed;
}

static void map_fields(struct exchange *x, const char *name,
                       bool (*map)(const struct exchange *, struct slice, struct slice, struct buf *),
                       struct slice host) {
  struct flow_message *m = &x->flow->response;
  struct http_field field;
  size_t nth = 0;
  for (uint32_t at = 0; http_head_next_named(&m->head, name, &at, &field); nth++) {
    struct buf value = BUF_INIT;
    if (map(x, field.value, host, &value)) {
      if (!m->sent) {
        m->sent = mem_zero(1, sizeof *m->sent);
        http_head_copy(&m->sent->head, &m->head);
        m->sent->by_rule = true;
      }
      http_head_set_nth(&m->sent->head, name, nth, buf_text(&value));
    }
    buf_clear(&value);
  }
}

void reverse_map(struct exchange *x) {
  struct slice host;
  struct url own;
  if (!x->server || !x->conn || !http_head_find(&x->flow->request.head, "Host", &host) ||
      !url_parse_host(host, false, &own, NULL))
    return;
  map_fields(x, "Location", map_url, host);
  map_fields(x, "Content-Location", map_url, host);
  map_fields(x, "Set-Cookie", map_cookie, host);
}
