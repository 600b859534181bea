/*
 * A tunnel that has just been opened: what will it carry? The client's first bytes tell. TLS is intercepted, unless its
 * host is on the list of those that pass untouched; HTTP is proxied; anything else, and a server that speaks first,
 * becomes an opaque tunnel. Nothing is lost on the way: what was read here is handed on.
 */
#include <stdlib.h>
#include <string.h>

#include "weir/base/log.h"
#include "weir/base/mem.h"
#include "weir/tls/hello.h"
#include "weir/tls/stream.h"

#include "parts.h"

#define FIRST_MAX (64 * 1024) /* a ClientHello longer than this is nobody's */

/* How long what may still become HTTP is held when nothing more comes (PROTOCOL: tunnels). */
#define UNLIKELY_NS (250 * CLOCK_MS)
#define POSSIBLE_NS CLOCK_S

struct sniff {
  struct link link;
  struct proxy *proxy;
  struct flow *flow; /* the CONNECT's row: it stays when the tunnel stays, or when TLS fails */
  struct mode *mode;
  struct stream *client, *server; /* server NULL: weir's own pages, or there is none */
  struct rule_tunnel *rules;      /* what they want of it */
  bool opaque;                    /* all of them were asked */
  struct unreached *unreached;    /* why there is none; NULL: there is */
  struct queue in, out;
  struct loop_timer timer;
  char *host; /* where it goes; the row may say the client's name for it */
  char *sni;
  uint64_t opened; /* the server connection */
  uint64_t until;  /* what may become HTTP is not held any longer; 0: nothing came yet, or no limit */
  const struct way *way;
  bool by_address;
  bool handshaking;
  bool waits; /* for the client's process */
  bool half;  /* a ClientHello has begun */
  bool dead;
};

static void sniff_free(void *what) {
  struct sniff *s = what;
  queue_clear(&s->in);
  queue_clear(&s->out);
  free(s->host);
  free(s->sni);
  unreached_free(s->unreached);
  rule_tunnel_free(s->rules);
  mode_unref(s->mode);
  free(s);
}

/* The streams and the flow are somebody else's now, or gone. */
static void sniff_leave(struct sniff *s) {
  s->dead = true;
  loop_timer_cancel(s->proxy->loop, &s->timer);
  link_remove(&s->link);
  loop_bury(s->proxy->loop, sniff_free, s);
}

static void sniff_fail(struct sniff *s, struct failure why, const char *text) {
  struct proxy *p = s->proxy;
  struct flow *f = s->flow;
  stream_free(s->client);
  stream_free(s->server);
  f->live = NULL;
  fail_flow(p, f, why, text);
  sniff_leave(s);
}

static void sniff_alert(struct sniff *s);

/* It is for the server alone, and that cannot be reached. */
static void sniff_unreached(struct sniff *s) {
  if (hello_kind(queue_slice(&s->in)) == HELLO_TLS)
    sniff_alert(s);
  absent_tell(s->flow, s->unreached);
  sniff_fail(s, s->unreached->why, s->unreached->text);
}

/* Rules that were not asked at its beginning are now. False: one blocks it. */
static bool sniff_asks(struct sniff *s) {
  struct buf text = BUF_INIT;
  bool reset = false;
  if (!s->rules)
    s->rules = mem_zero(1, sizeof *s->rules);
  if (s->opaque || tunnel_turns_opaque(s->proxy, s->flow, s->rules, &reset, &text))
    return true;
  if (reset) {
    stream_abort(s->client);
    s->client = NULL;
  }
  sniff_fail(s, (struct failure){STAGE_REQUEST, ERROR_DROPPED, 0, 0}, buf_text(&text));
  buf_clear(&text);
  return false;
}

static void sniff_open(struct sniff *s, struct slice from_server) {
  struct rule_tunnel *rules = s->rules;
  s->rules = NULL;
  tunnel_new(s->proxy, s->flow, s->client, s->server,
             &(struct tunnel_start){queue_slice(&s->out), from_server, queue_slice(&s->in), rules});
  sniff_leave(s);
}

static void sniff_tunnel(struct sniff *s, struct slice from_server) {
  if (s->flow->request.stream && !s->flow->untouched) {
    sniff_fail(s, (struct failure){STAGE_TLS, ERROR_PROTOCOL, 0, 0},
               from_server.n ? "the server spoke before TLS had begun; tcp: instead of tls: relays such a protocol"
                             : "the client did not begin TLS; tcp: instead of tls: relays what is in the clear");
    return;
  }
  if (s->unreached) {
    sniff_unreached(s);
    return;
  }
  if (!s->server) {
    sniff_fail(s, (struct failure){STAGE_TUNNEL, ERROR_LOOP, 0, 0}, "this is weir itself: only its pages are here");
    return;
  }
  if (sniff_asks(s))
    sniff_open(s, from_server);
}

/* Rows, filters and rules have the client's name for it from now on. */
static void sniff_name(struct sniff *s, const char *sni) {
  struct flow *f = s->flow;
  s->sni = mem_dup(sni);
  if (!s->by_address)
    return;
  flow_set_target(f, "https", slice_of(sni), f->port);
  if (f->id)
    store_touch(s->proxy->store, f, FLOW_CHANGED_HEAD);
}

static void sniff_become_conn(struct sniff *s, bool secure) {
  struct proxy *p = s->proxy;
  struct conn *c = conn_new(p, s->client, &s->flow->client, s->mode);
  c->word = s->flow->mode;
  c->listener = s->flow->listener;
  if (reverse_is(s->mode)) {
    c->origin = reverse_origin(s->mode);
  } else {
    c->origin = mem_zero(1, sizeof *c->origin);
    c->origin->scheme = secure ? "https" : "http";
    c->origin->host = mem_dup(s->host);
    c->origin->port = s->flow->port;
    c->origin->by_address = s->by_address;
  }
  c->origin->sni = s->sni;
  c->origin->spare = s->server;
  c->origin->spare_address = s->flow->server;
  c->origin->spare_opened = s->opened;
  c->origin->spare_way = s->way;
  s->sni = NULL;
  client_take(c, s->flow->process);
  if (secure) {
    struct stream_info info;
    stream_info(s->client, &info);
    c->secure = secure_facts_ref(info.secure);
  }
  if (c->origin->spare)
    conn_watch_spare(c);
  struct slice waiting = queue_slice(&s->out);
  queue_add(&c->out, waiting.p, waiting.n);
  struct queue in = s->in;
  s->in = (struct queue)QUEUE_INIT;
  if (secure) /* TLS was given them as its first bytes */
    queue_clear(&in);
  c->in = in;
  quiet_begin(c, s->flow);
  s->flow = NULL;
  sniff_leave(s);
  conn_flush(c);
  conn_continue(c);
}

/* Of a listener for TLS: both sides are decrypted now, and whatever they speak is recorded. */
static void sniff_relay(struct sniff *s) {
  struct flow *f = s->flow;
  struct stream_info info;
  stream_info(s->client, &info);
  f->client_tls = secure_facts_ref(info.secure);
  secure_accepted(s->proxy, &f->client, f->process);
  queue_clear(&s->in); /* TLS was given them */
  sniff_open(s, (struct slice){NULL, 0});
}

static void sniff_intercept(struct sniff *s);

/* The server is asked first: what it speaks (ALPN) is what the client may speak. */
static void server_shaken(void *arg, const struct tls_result *r) {
  struct sniff *s = arg;
  struct flow *f = s->flow;
  struct stream_info info;
  stream_info(s->server, &info);
  f->server_tls = secure_facts_ref(info.secure);
  if (r->problem == TLS_OK) {
    f->times.tls_ns = info.secure->handshake_ns;
    sniff_intercept(s);
    tls_stream_protocols(s->client, info.secure->alpn);
    return;
  }
  fail_secure(f, r);
  sniff_alert(s);
  sniff_fail(s, (struct failure){STAGE_TLS, r->problem == TLS_TIMEOUT ? ERROR_TIMEOUT : ERROR_TLS, r->alert, 0},
             r->text);
}

/* By the name that the listener has, or where that is an address, the one that the client asked for. */
static void sniff_secure_server(struct sniff *s, const struct hello *hello) {
  struct proxy *p = s->proxy;
  struct address a;
  const char *name = s->sni && address_parse(slice_of(s->host), 0, &a) ? s->sni : s->host;
  s->handshaking = true;
  loop_timer_cancel(p->loop, &s->timer);
  s->server = tls_connect(p->tls, s->server, name, s->flow->port, secure_is_insecure(p, slice_of(name)),
                          p->config.tls_timeout, server_shaken, s);
  tls_stream_protocols(s->server, hello->alpn);
  stream_touch(s->client);
}

static void handshake_done(void *arg, const struct tls_result *r) {
  struct sniff *s = arg;
  if (s->dead)
    return;
  if (r->problem == TLS_OK && s->flow->request.stream) {
    sniff_relay(s);
    return;
  }
  if (r->problem == TLS_OK) {
    sniff_become_conn(s, true);
    return;
  }
  struct buf text = BUF_INIT;
  struct stream_info info;
  stream_info(s->client, &info);
  s->flow->client_tls = secure_facts_ref(info.secure);
  s->flow->times.tls_ns = info.secure->handshake_ns;
  buf_add_text(&text, r->text);
  if (r->problem == TLS_CLIENT_REJECTED)
    secure_add_rejection(s->proxy, s->flow, &text);
  fail_secure(s->flow, r);
  enum flow_error error = r->problem == TLS_TIMEOUT ? ERROR_TIMEOUT : ERROR_TLS;
  sniff_fail(s, (struct failure){STAGE_TLS, error, r->alert, 0}, buf_text(&text));
  buf_clear(&text);
}

static void sniff_intercept(struct sniff *s) {
  struct proxy *p = s->proxy;
  struct slice first = queue_slice(&s->in);
  s->handshaking = true;
  loop_timer_cancel(p->loop, &s->timer);
  struct stream *below = s->client;
  s->client = tls_serve(p->tls, below, first, s->host, p->config.tls_timeout, handshake_done, s);
  if (s->server)
    stream_touch(s->server);
}

static void sniff_flush(struct sniff *s) {
  while (queue_size(&s->out)) {
    struct slice waiting = queue_slice(&s->out);
    size_t done = 0;
    enum io_code code = stream_send(s->client, waiting.p, waiting.n, &done);
    if (code != IO_OK)
      break; /* an error shows when it is read */
    queue_drop(&s->out, done);
  }
  stream_touch(s->client);
}

/* Nobody can be spoken to in TLS yet, but an alert can be read by anybody (RFC 8446-6.2: internal_error). */
static void sniff_alert(struct sniff *s) {
  static const char alert[] = "\x15\x03\x03\x00\x02\x02\x50";
  queue_add(&s->out, alert, sizeof alert - 1);
  sniff_flush(s);
}

static void sniff_cannot_open(struct sniff *s, const char *text) {
  sniff_alert(s);
  sniff_fail(s, (struct failure){STAGE_TLS, ERROR_OTHER, 0, 0}, text);
}

static void sniff_pass(struct sniff *s) {
  s->flow->untouched = true;
  sniff_tunnel(s, (struct slice){NULL, 0});
}

/* The handshake has begun, and its limit with it. */
static void sniff_wait_for_hello(struct sniff *s) {
  struct proxy *p = s->proxy;
  if (s->half)
    return;
  s->half = true;
  loop_timer_cancel(p->loop, &s->timer);
  if (p->config.tls_timeout)
    loop_timer_arm(p->loop, &s->timer, p->config.tls_timeout);
}

static void sniff_hello(struct sniff *s) {
  struct hello hello;
  struct err err;
  if (!secure_on(s->proxy) || secure_passes(s->proxy, flow_host(s->flow)) || pass_early(s->proxy, s->flow)) {
    sniff_pass(s);
    return;
  }
  s->waits = pass_waits(s->proxy, s->flow);
  if (s->waits)
    return;
  if (!secure_open(s->proxy, &err)) {
    sniff_cannot_open(s, err.text);
    return;
  }
  switch (hello_read(tls_hello_reader(s->proxy->tls), queue_slice(&s->in), &hello)) {
  case HELLO_INCOMPLETE:
    if (queue_size(&s->in) < FIRST_MAX) {
      sniff_wait_for_hello(s);
      return;
    }
    break;
  case HELLO_PARSED:
    if (*hello.sni)
      sniff_name(s, hello.sni);
    break;
  case HELLO_BROKEN:
    break;
  }
  bool passes = s->sni && secure_passes(s->proxy, slice_of(s->sni));
  if (passes || pass_matches(s->proxy, s->flow, s->sni))
    sniff_pass(s);
  else if (s->flow->request.stream)
    sniff_secure_server(s, &hello);
  else
    sniff_intercept(s);
}

/* From the last byte on, so that a slow sender of one byte after the other is heard out; never beyond the limit of a head. */
static void sniff_wait_for_line(struct sniff *s) {
  struct proxy *p = s->proxy;
  uint64_t now = loop_now(p->loop), left, grace = 0;
  if (!s->until && p->config.head_timeout)
    s->until = now + p->config.head_timeout;
  left = s->until > now ? s->until - now : 1;
  switch (hello_hope(queue_slice(&s->in))) {
  case HELLO_UNLIKELY:
    grace = UNLIKELY_NS;
    break;
  case HELLO_POSSIBLE:
    grace = POSSIBLE_NS;
    break;
  case HELLO_LIKELY:
    break;
  }
  loop_timer_cancel(p->loop, &s->timer);
  if (s->until && (!grace || left < grace))
    grace = left;
  if (grace)
    loop_timer_arm(p->loop, &s->timer, grace);
}

static void sniff_look(struct sniff *s) {
  switch (hello_kind(queue_slice(&s->in))) {
  case HELLO_MORE: /* one byte of TLS is a beginning too */
    if (*queue_slice(&s->in).p != 0x16)
      sniff_wait_for_line(s);
    else if (!secure_passes(s->proxy, flow_host(s->flow)))
      sniff_wait_for_hello(s);
    break;
  case HELLO_TLS:
    sniff_hello(s);
    break;
  case HELLO_HTTP:
    if (s->flow->request.stream)
      sniff_tunnel(s, (struct slice){NULL, 0});
    else
      sniff_become_conn(s, false);
    break;
  case HELLO_OTHER:
    sniff_tunnel(s, (struct slice){NULL, 0});
    break;
  }
}

void sniff_client_known(struct flow *f) {
  struct sniff *s = f->live;
  if (!s->waits)
    return;
  s->waits = false;
  stream_touch(s->client);
  sniff_look(s);
}

static unsigned client_want(void *arg) {
  const struct sniff *s = arg;
  return (s->waits || s->handshaking ? 0 : STREAM_READ) | (queue_size(&s->out) ? STREAM_WRITE : 0);
}

static void client_ready(void *arg, unsigned events) {
  struct sniff *s = arg;
  struct proxy *p = s->proxy;
  if (s->dead || s->handshaking)
    return;
  if (events & STREAM_WRITE)
    sniff_flush(s);
  if (!(events & STREAM_READ))
    return;
  size_t n = 0;
  switch (stream_recv(s->client, p->scratch, SCRATCH, &n)) {
  case IO_AGAIN:
    return;
  case IO_OK:
    p->bytes_up += n;
    queue_add(&s->in, p->scratch, n);
    sniff_look(s);
    return;
  case IO_EOF: /* a half-close may be the whole question: the server decides; half a ClientHello is none */
    if (hello_kind(queue_slice(&s->in)) == HELLO_TLS) {
      s->flow->error_kind = tls_problem_word(TLS_CLIENT_LEFT);
      sniff_fail(s, (struct failure){STAGE_TLS, ERROR_CLIENT, 0, 0},
                 "the client left in the middle of its ClientHello");
    } else {
      sniff_tunnel(s, (struct slice){NULL, 0});
    }
    return;
  case IO_ERROR:
    sniff_fail(s, (struct failure){STAGE_TUNNEL, ERROR_CLIENT, stream_error(s->client), 0},
               "the client reset the tunnel before it was used");
    return;
  }
}

static unsigned server_want(void *arg) {
  const struct sniff *s = arg;
  return s->handshaking ? 0 : STREAM_READ;
}

static void server_ready(void *arg, unsigned events) {
  struct sniff *s = arg;
  struct proxy *p = s->proxy;
  if (s->dead || s->handshaking || !(events & STREAM_READ))
    return;
  size_t n = 0;
  switch (stream_recv(s->server, p->scratch, SCRATCH, &n)) {
  case IO_AGAIN:
    return;
  case IO_OK: { /* it speaks first: neither TLS nor HTTP does */
    s->flow->down += n;
    struct buf copy = BUF_INIT;
    buf_add(&copy, p->scratch, n);
    sniff_tunnel(s, buf_slice(&copy));
    buf_clear(&copy);
    return;
  }
  case IO_EOF:
    sniff_tunnel(s, (struct slice){NULL, 0});
    return;
  case IO_ERROR:
    sniff_fail(s, (struct failure){STAGE_TUNNEL, ERROR_RESET, stream_error(s->server), 0},
               "the server reset the tunnel");
    return;
  }
}

/* Half a word that could still become a method, or half a ClientHello, and nothing more comes. */
static void sniff_timer(void *arg) {
  struct sniff *s = arg;
  if (s->half) {
    s->flow->error_kind = tls_problem_word(TLS_TIMEOUT);
    sniff_fail(s, (struct failure){STAGE_TLS, ERROR_TIMEOUT, 0, 0},
               "the client did not finish its ClientHello in time");
  } else if (queue_size(&s->in) || s->unreached)
    sniff_tunnel(s, (struct slice){NULL, 0});
}

static struct sniff *sniff_make(struct proxy *p, struct flow *f, struct stream *client, struct mode *mode) {
  struct sniff *s = mem_zero(1, sizeof *s);
  s->proxy = p;
  s->flow = f;
  s->mode = mode_ref(mode);
  struct slice host = flow_host(f);
  s->host = mem_dup_n(host.p, host.n);
  s->by_address = front_by_address(mode, f);
  s->client = client;
  s->timer.fn = sniff_timer;
  s->timer.arg = s;
  f->live = s;
  f->state = FLOW_OPEN;
  link_add(&p->sniffs, &s->link);
  return s;
}

void sniff_serve(struct conn *c, struct slice hello, const char *name) {
  struct proxy *p = c->proxy;
  struct flow *f = flow_new();
  struct stream_info info;
  char text[ADDRESS_TEXT];
  stream_info(c->stream, &info);
  f->kind = FLOW_TUNNEL;
  f->unrecorded = !p->recording;
  f->client = c->peer;
  f->mode = c->word;
  f->listener = c->listener;
  f->wall_us = clock_wall();
  f->times.start = c->first_byte ? c->first_byte : loop_now(p->loop);
  client_of_flow(c, f);
  address_host(&info.local, text, sizeof text);
  flow_set_target(f, "https", slice_of(*name ? name : text), info.local.port);
  struct sniff *s = sniff_make(p, f, c->stream, c->mode);
  unseen_watch(p);
  queue_add(&s->in, hello.p, hello.n);
  c->stream = NULL;
  conn_close(c, false);
  sniff_intercept(s);
}

void sniff_new(struct exchange *x, struct stream *client, struct stream *server, struct slice to_client,
               struct slice first) {
  struct proxy *p = x->proxy;
  struct flow *f = x->flow;
  struct sniff *s = sniff_make(p, f, client, x->conn ? x->conn->mode : NULL);
  s->opened = x->opened;
  s->way = x->way;
  s->server = server;
  s->unreached = x->unreached;
  s->rules = x->rules;
  s->opaque = x->opaque;
  x->unreached = NULL;
  x->rules = NULL;
  stream_set_user(client, (struct stream_user){client_want, client_ready, s});
  if (server) {
    stream_set_user(server, (struct stream_user){server_want, server_ready, s});
    stream_touch(server);
  }
  queue_add(&s->out, to_client.p, to_client.n);
  sniff_flush(s);
  if (p->config.head_timeout)
    loop_timer_arm(p->loop, &s->timer, p->config.head_timeout);
  if (first.n) {
    queue_add(&s->in, first.p, first.n);
    sniff_look(s);
  }
}

bool sniffs_due(struct proxy *p) {
  bool more = false;
  for (const struct link *l = p->sniffs; l; l = l->next)
    more |= unseen_due(p, PART_OF(l, struct sniff)->flow);
  return more;
}

bool sniff_is(const struct proxy *p, const struct flow *f) {
  for (const struct link *l = p->sniffs; l; l = l->next)
    if ((const void *)PART_OF(l, struct sniff) == f->live)
      return true;
  return false;
}

void sniff_abort(struct flow *f) {
  sniff_fail(f->live, (struct failure){STAGE_TUNNEL, ERROR_DROPPED, 0, 0}, "ended by hand");
}

void sniffs_free(struct proxy *p) {
  while (p->sniffs)
    sniff_fail(PART_OF(p->sniffs, struct sniff), (struct failure){STAGE_TUNNEL, ERROR_DROPPED, 0, 0}, "weir ended");
}
