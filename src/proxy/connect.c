/* Finding the server of an exchange: a kept connection, or a new one; and what becomes of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/tls/stream.h"

#include "parts.h"

static void upstream_ready(struct exchange *x, struct upstream *up) {
  struct proxy *p = x->proxy;
  struct flow *f = x->flow;
  f->server = up->address;
  f->reused = up->used;
  if (!f->server_tls)
    f->server_tls = secure_facts_ref(up->secure);
  x->since = loop_now(p->loop);
  upstream_attach(up, x);
  exchange_touch(x, FLOW_CHANGED_STATE);
  upstream_flush(up);
  exchange_watch(x);
  if (x->conn && !x->request.complete)
    conn_continue(x->conn);
}

static struct rule_tunnel *exchange_give_rules(struct exchange *x) {
  struct rule_tunnel *rules = x->rules;
  x->rules = NULL;
  return rules;
}

/* Both streams go on as a tunnel; what was read too far goes first. */
void exchange_open_tunnel(struct exchange *x, struct stream *server, struct slice to_client, struct slice to_server) {
  struct proxy *p = x->proxy;
  struct conn *c = x->conn;
  struct flow *f = x->flow;
  struct stream *client = c->stream;
  struct queue in = c->in;
  c->in = (struct queue)QUEUE_INIT;
  c->stream = NULL;
  c->exchange = NULL;
  f->live = NULL;
  f->state = FLOW_OPEN;
  f->kind = FLOW_TUNNEL;
  struct buf first = BUF_INIT;
  buf_add_slice(&first, front_rest(c->front));
  buf_add_slice(&first, queue_slice(&in));
  buf_add_slice(&first, to_server);
  struct buf back = BUF_INIT;
  buf_add_slice(&back, queue_slice(&c->out));
  buf_add_slice(&back, to_client);
  queue_clear(&in);
  exchange_touch(x, FLOW_CHANGED_STATE);
  bool untouched = secure_passes(p, flow_host(f)) || (x->tunnel && pass_early(p, f));
  bool clear = c->mode && c->mode->kind == MODE_TCP;
  f->untouched = x->tunnel && !clear && (untouched || (f->request.stream && !secure_on(p)));
  bool transparent = c->mode && c->mode->kind == MODE_TRANSPARENT; /* HTTP is read there also where TLS is not */
  if ((secure_on(p) || transparent) && x->tunnel && !clear && !(untouched && server))
    sniff_new(x, client, server, buf_slice(&back), buf_slice(&first));
  else
    tunnel_new(p, f, client, server,
               &(struct tunnel_start){
                   .to_client = buf_slice(&back), .from_client = buf_slice(&first), .rules = exchange_give_rules(x)});
  buf_clear(&first);
  buf_clear(&back);
  exchange_leave(x);
  conn_close(c, false);
}

static struct failure handshake_failure(const struct tls_result *r) {
  struct failure why = {STAGE_TLS, ERROR_TLS, r->alert, 502};
  if (r->problem == TLS_TIMEOUT) {
    why.error = ERROR_TIMEOUT;
    why.status = 504;
  } else if (r->problem == TLS_RESET) {
    why.error = ERROR_RESET;
  } else if (r->problem == TLS_CLOSED) {
    why.error = ERROR_CLOSED;
  }
  return why;
}

static void exchange_shaken(void *arg, const struct tls_result *r) {
  struct exchange *x = arg;
  struct stream *stream = x->handshake;
  x->flow->shaking = false;
  struct stream_info info;
  stream_info(stream, &info);
  x->flow->server_tls = secure_facts_ref(info.secure);
  if (info.secure)
    x->flow->times.tls_ns = info.secure->handshake_ns;
  if (r->problem != TLS_OK) {
    if (!x->tunnel && reverse_elsewhere(x, r->text, false))
      return;
    fail_secure(x->flow, r);
    exchange_fail(x, handshake_failure(r), "%s", r->text);
    return;
  }
  x->handshake = NULL;
  upstream_ready(x, upstream_new(x, stream, &x->flow->server));
}

static void exchange_shake(struct exchange *x, struct stream *stream) {
  struct proxy *p = x->proxy;
  const char *name = x->sni ? x->sni : x->host;
  struct err err;
  if (!secure_open(p, &err)) {
    stream_free(stream);
    exchange_fail(x, (struct failure){STAGE_TLS, ERROR_OTHER, 0, 502}, "%s", err.text);
    return;
  }
  x->handshake = tls_connect(p->tls, stream, name, x->port, secure_is_insecure(p, slice_of(name)),
                             p->config.tls_timeout, exchange_shaken, x);
  x->flow->shaking = true;
  exchange_touch(x, FLOW_CHANGED_STATE);
}

void exchange_reached(struct exchange *x, struct stream *stream, const struct address *server) {
  struct proxy *p = x->proxy;
  x->flow->server = *server;
  if (x->secure) {
    exchange_shake(x, stream);
    return;
  }
  if (!x->tunnel) {
    upstream_ready(x, upstream_new(x, stream, server));
    return;
  }
  x->flow->times.first_byte = loop_now(p->loop);
  if (!x->opened)
    x->opened = loop_now(p->loop);
  struct buf answer = BUF_INIT;
  front_accept(x->conn, stream, &answer);
  exchange_open_tunnel(x, stream, buf_slice(&answer), (struct slice){NULL, 0});
  buf_clear(&answer);
}

/* ---- by a proxy ---- */

#define AGAIN_MAX 100 /* what was sent again was sent again ... */

/* What is sent again is of no client, and goes the way that the client's own request went. */
static const struct way *way_of(const struct exchange *x) {
  const struct proxy *p = x->proxy;
  const struct flow *first = x->flow, *before = first;
  for (int i = 0; p->ways && i < AGAIN_MAX && before; i++) {
    first = before;
    before = first->parent ? store_get(p->store, first->parent) : NULL;
  }
  if (first == x->flow)
    return ways_choose(p->ways, first, x->host, x->port);
  struct flow asked = *x->flow;
  asked.client = first->client;
  asked.process = first->process;
  return ways_choose(p->ways, &asked, x->host, x->port);
}

void exchange_choose_way(struct exchange *x) {
  struct flow *f = x->flow;
  const struct way *w = way_of(x);
  bool http = w && (w->kind == WAY_HTTP || w->kind == WAY_HTTPS);
  bool spare = x->conn && x->conn->origin && x->conn->origin->spare;
  x->way = w;
  /* A protocol that the proxy does not know cannot be asked for in its language: what upgrades goes by CONNECT. */
  x->to_proxy = http && !x->secure && !x->tunnel && !x->upgrade && !spare;
  free(f->upstream);
  f->upstream = w ? mem_dup(w->text) : NULL;
}

static void exchange_at_proxy(struct exchange *x, struct stream *stream) {
  if (x->to_proxy)
    upstream_ready(x, upstream_new(x, stream, &x->flow->server));
  else
    through_begin(x, stream);
}

static void exchange_proxy_shaken(void *arg, const struct tls_result *r) {
  struct exchange *x = arg;
  struct stream *stream = x->handshake;
  x->flow->shaking = false;
  if (r->problem != TLS_OK) {
    fail_secure(x->flow, r);
    exchange_fail(x, handshake_failure(r), "the upstream proxy: %s", r->text);
    return;
  }
  x->handshake = NULL;
  exchange_at_proxy(x, stream);
}

/* A connection that was dialed. */
static void exchange_connected(struct exchange *x, struct stream *stream, const struct address *server) {
  struct proxy *p = x->proxy;
  const struct way *w = x->way;
  struct err err = ERR_INIT;
  if (!w) {
    exchange_reached(x, stream, server);
    return;
  }
  x->flow->server = *server;
  if (w->kind != WAY_HTTPS) {
    exchange_at_proxy(x, stream);
    return;
  }
  if (!secure_open(p, &err)) {
    stream_free(stream);
    exchange_fail(x, (struct failure){STAGE_TLS, ERROR_OTHER, 0, 502}, "the upstream proxy: %s",
                  secure_on(p) ? err.text : "it is spoken to in TLS, and this run has none (--no-tls)");
    return;
  }
  x->handshake = tls_connect(p->tls, stream, w->host, w->port, secure_is_insecure(p, slice_of(w->host)),
                             p->config.tls_timeout, exchange_proxy_shaken, x);
  x->flow->shaking = true;
  exchange_touch(x, FLOW_CHANGED_STATE);
}

static void proxy_unreached(struct exchange *x, struct failure why, const char *text) {
  through_cure(x, "start it, or ask this host without it: --no-upstream %s", x->host);
  if (why.error == ERROR_LOOP)
    exchange_fail(x, why, "the upstream proxy %s is weir itself: what goes there would come back", x->way->text);
  else
    exchange_fail(x, why, "the upstream proxy %s cannot be reached: %s", x->way->text, text);
}

static struct failure dial_failure(const struct tcp_dial_result *r) {
  struct failure why = {STAGE_CONNECT, ERROR_OTHER, r->code, 502};
  if (r->timed_out) {
    why.error = ERROR_TIMEOUT;
    why.status = 504;
  } else if (r->stage == TCP_STAGE_NAME) {
    why.error = r->code == RESOLVE_TIMEOUT ? ERROR_TIMEOUT : ERROR_NAME;
    why.status = r->code == RESOLVE_TIMEOUT ? 504 : 502;
  } else if (r->code == ECONNREFUSED) {
    why.error = ERROR_REFUSED;
  } else if (r->code == ENETUNREACH || r->code == EHOSTUNREACH || r->code == EADDRNOTAVAIL) {
    why.error = ERROR_UNREACHABLE;
  } else if (r->code == EMFILE || r->code == ENFILE || r->code == ENOMEM || r->code == ENOBUFS) {
    why.error = ERROR_LIMIT;
    why.status = 503;
  } else if (r->code == ELOOP) {
    why.error = ERROR_LOOP;
    why.status = 508;
  } else if (r->code == ECONNRESET) {
    why.error = ERROR_RESET;
  }
  if (r->stage == TCP_STAGE_NAME)
    why.stage = STAGE_NAME;
  return why;
}

static void exchange_dialed(void *arg, const struct tcp_dial_result *r) {
  struct exchange *x = arg;
  x->dial = NULL;
  x->flow->times.name_ns = r->name_ns;
  x->flow->times.connect_ns = r->connect_ns;
  x->flow->server = r->address;
  if (r->stream) {
    exchange_connected(x, r->stream, &r->address);
    return;
  }
  if (!x->way && r->code != ELOOP && reverse_elsewhere(x, r->text, false))
    return;
  struct failure why = dial_failure(r);
  if (x->way) {
    if (why.error == ERROR_LIMIT)
      pool_shrink(x->proxy);
    proxy_unreached(x, why, r->text);
    return;
  }
  if (why.error == ERROR_LOOP && !x->tunnel && !x->server) {
    queue_clear(&x->to_server);
    page_answer(x, NULL);
    return;
  }
  if (why.error == ERROR_LIMIT)
    pool_shrink(x->proxy);
  exchange_fail(x, why, "%s", r->text);
}

static bool allow_address(void *arg, const struct address *a) {
  return !page_is_own_address(arg, a);
}

static void exchange_dial_given(void *arg) {
  struct exchange *x = arg;
  struct proxy *p = x->proxy;
  const char *host = x->way ? x->way->host : x->host;
  uint16_t port = x->way ? x->way->port : x->port;
  struct stream *s = p->dial(p->dial_arg, host, port);
  if (!s) {
    struct failure refused = {STAGE_CONNECT, ERROR_REFUSED, ECONNREFUSED, 502};
    char why[300];
    snprintf(why, sizeof why, "%s:%u: connection refused", host, port);
    if (x->way) {
      proxy_unreached(x, refused, why);
      return;
    }
    if (reverse_elsewhere(x, why, false))
      return;
    exchange_fail(x, refused, "%s", why);
    return;
  }
  struct stream_info info;
  stream_info(s, &info);
  exchange_connected(x, s, &info.peer);
}

static void exchange_dial(struct exchange *x) {
  struct proxy *p = x->proxy;
  if (p->dial) {
    x->dial_task.fn = exchange_dial_given;
    x->dial_task.arg = x;
    loop_defer(p->loop, &x->dial_task);
    return;
  }
  struct tcp_dial_options options = {p->config.name_timeout, p->config.connect_timeout, allow_address, p};
  x->dial = tcp_dial(p->loop, p->resolver, x->way ? x->way->host : x->host, x->way ? x->way->port : x->port, &options,
                     exchange_dialed, x);
}

static void exchange_take_unused(void *arg) {
  struct exchange *x = arg;
  struct address address;
  struct stream *s = unused_take(x, &address, &x->opened);
  if (s)
    exchange_reached(x, s, &address);
  else
    exchange_dial(x);
}

/* Where a tunnel will be looked into, a connection that was opened for another one will do. */
static bool exchange_finds_unused(const struct exchange *x) {
  const struct proxy *p = x->proxy;
  return x->tunnel && secure_on(p) && !x->flow->request.stream && !secure_passes(p, slice_of(x->host)) &&
         unused_is_there(x);
}

void exchange_connect(struct exchange *x) {
  struct proxy *p = x->proxy;
  if (!x->retried && circle_holds(x))
    return;
  if (!x->fresh && !x->as_typed && !x->tunnel && !x->upgrade) {
    struct upstream *up = upstream_take(x);
    if (up) {
      upstream_ready(x, up);
      return;
    }
  }
  struct address address;
  struct stream *spare = x->fresh || x->to_proxy ? NULL : conn_take_spare(x, &address);
  if (spare) {
    exchange_reached(x, spare, &address);
  } else if (exchange_finds_unused(x)) { /* not from within the codec: what stands behind the CONNECT is still there */
    x->dial_task.fn = exchange_take_unused;
    x->dial_task.arg = x;
    loop_defer(p->loop, &x->dial_task);
  } else {
    exchange_dial(x);
  }
}
