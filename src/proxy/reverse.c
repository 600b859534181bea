/*
 * Listeners that stand in a server's place. The mode has its servers; each request picks one. A server that cannot be
 * connected to, ends without an answer or lets one wait too long is left out for a while, and the request goes to the next
 * one, if doing it twice does no harm where it may have been done once. One that ends in the middle of its answer is left out
 * too, though that answer cannot be begun again. What they are called is reverse_names.c's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/log.h"
#include "weir/base/mem.h"

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

/* Any of the servers may be the one that it comes to. */
static bool may_climb(const struct mode *m, struct slice target) {
  bool below = false;
  for (size_t i = 0; i < m->servers; i++)
    below |= *m->server[i].path != '\0';
  return below && url_climbs(target);
}

/* A rule or a person may have sent the request elsewhere since. */
bool reverse_asks(const struct exchange *x) {
  const struct mode_server *s = x->server;
  char number[ADDRESS_TEXT];
  struct address a;
  if (!s || !x->host || x->port != s->port || x->secure != s->secure)
    return false;
  struct slice host = slice_of(s->host);
  if (address_parse_number(host, 0, &a)) /* in another spelling, perhaps */
    host = slice_of(address_host(&a, number, sizeof number));
  return slice_eq_ascii(host, slice_of(x->host));
}

bool reverse_aim(struct exchange *x, struct url *url, struct err *err) {
  struct slice target = http_head_target(&x->flow->request.head);
  if (!target.n || (target.p[0] != '/' && target.p[0] != '*'))
    return err_set(err, "this listener stands in a server's place (%.200s): it is no proxy, and takes paths only",
                   x->conn->mode->text);
  if (may_climb(x->conn->mode, target))
    return err_set(err, "\"..\" would lead out of the path that this listener stands before (%.200s)",
                   x->conn->mode->text);
  x->mode = mode_ref(x->conn->mode);
  url->target = slice_eq(target, SLICE("*")) ? (struct slice){NULL, 0} : target;
  return take(x, url);
}

/* All of the request is still there. */
static bool may_go_elsewhere(const struct exchange *x, bool sent) {
  const struct flow_message *m = &x->flow->request;
  struct slice target = http_head_target(flow_sent_head(m));
  if (sent &&
      (!x->conn || x->gone_at || !x->request.complete || !http_is_idempotent(http_head_method(flow_sent_head(m)))))
    return false;
  return !x->done && !x->request.reshape && target.n && (*target.p == '/' || *target.p == '*') &&
         !body_cut(flow_sent_body(m)) && !body_cut(&m->body);
}

void reverse_put_failure(const char *host, uint16_t port, const char *why, struct buf *out) {
  size_t n = strlen(host);
  if (strncmp(why, host, n) != 0 || why[n] != ':')
    buf_printf(out, "%s:%u: ", host, port);
  buf_add_text(out, why);
}

/* What came of the server before. */
static void forget_server(struct exchange *x, bool sent) {
  struct flow *f = x->flow;
  if (x->up)
    exchange_stop_upstream(x, sent);
  stream_free(x->handshake);
  x->handshake = NULL;
  secure_facts_unref(f->server_tls);
  f->server_tls = NULL;
  f->shaking = false;
  f->times.tls_ns = f->times.request_sent = 0;
  x->retried = x->fresh = false;
  queue_clear(&x->to_server);
}

bool reverse_leave_out(const struct exchange *x) {
  if (!reverse_asks(x) || x->way)
    return false;
  x->server->dead_until = loop_now(x->proxy->loop) + DEAD_NS;
  return true;
}

bool reverse_elsewhere(struct exchange *x, const char *why, bool sent) {
  struct url url = x->url;
  struct mode_server *dead = x->server;
  struct buf text = BUF_INIT, says = BUF_INIT;
  if (!reverse_leave_out(x) || !may_go_elsewhere(x, sent) || !take(x, &url))
    return false;
  reverse_put_failure(dead->host, dead->port, why, &text);
  log_write(LOG_WARN, "reverse", x->flow->unrecorded ? 0 : x->flow->id, NULL, "%s; asking %s:%u instead",
            buf_text(&text), x->server->host, x->server->port);
  buf_printf(&says, "tried before: %s", buf_text(&text));
  flow_add_says(x->flow, buf_text(&says));
  buf_printf(&x->gave_up, "%s%s", x->gave_up.n ? "; " : "", buf_text(&text));
  buf_clear(&says);
  buf_clear(&text);
  forget_server(x, sent);
  x->url = url;
  exchange_set_host(x, url.host);
  x->port = url.port;
  flow_set_target(x->flow, x->secure ? "https" : "http", url.host, url.port);
  reverse_name(x, dead);
  exchange_touch(x, FLOW_CHANGED_HEAD | FLOW_CHANGED_NOTE);
  lane_release_request(x);
  return true;
}
