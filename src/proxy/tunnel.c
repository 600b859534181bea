/* Opaque bytes both ways: CONNECT, and what follows a 101. Counted, not kept. Half-close is passed on. */
#include <stdlib.h>

#include "weir/base/log.h"
#include "weir/base/mem.h"
#include "weir/tls/stream.h"

#include "parts.h"

struct tunnel_end {
  struct tunnel *tunnel;
  struct tunnel_end *other;
  struct stream *stream;
  struct queue out;               /* to this end's peer */
  uint64_t *count;                /* what came from this end */
  bool eof;                       /* this end's peer ended its direction */
  const struct rule_fault *fault; /* of what comes from it; NULL: none */
  struct dose dose;
  struct loop_timer wake; /* when more of it may be read */
  uint64_t passed;        /* bytes that went on to the other end */
  bool broken;            /* by a rule: nothing more does */
  bool shut;              /* ours towards it is ended */
};

struct tunnel {
  struct link link;
  struct proxy *proxy;
  struct flow *flow;
  struct tunnel_end client, server;
  struct loop_timer timer;
  struct loop_timer rest; /* a rule lets it wait */
  struct loop_timer torn; /* ... ends it in a moment */
  struct rule_tunnel *rules;
  uint64_t since;
  bool held;      /* nothing goes through it yet */
  uint16_t place; /* circle.c */
  bool dead;
};

/* Both streams of some tunnels are kept, as bodies without heads; the other ones' bytes are counted alone. */
static void tunnel_keep(const struct tunnel_end *from, struct slice s) {
  const struct tunnel *t = from->tunnel;
  struct proxy *p = t->proxy;
  struct flow *f = t->flow;
  struct flow_message *m = from == &t->client ? &f->request : &f->response;
  if (!m->stream || f->untouched || !s.n)
    return;
  uint64_t before = m->body.kept, limit = p->config.body_limit;
  if (f->unrecorded) {
    limit = 0;
  } else if (!store_may_record(p->store)) {
    limit = before;
    f->body_missed = true;
  }
  body_add(&m->body, s.p, s.n, limit, 0);
  if (m->body.kept > before)
    store_charge(p->store, f, (size_t)(m->body.kept - before));
}

static void tunnel_seal(const struct tunnel_end *from) {
  struct flow_message *m = flow_side(from->tunnel->flow, from == &from->tunnel->client ? FLOW_REQUEST : FLOW_RESPONSE);
  if (!m->stream)
    return;
  m->body.complete = from->eof;
  body_seal(&m->body);
}

static void tunnel_free(void *what) {
  struct tunnel *t = what;
  queue_clear(&t->client.out);
  queue_clear(&t->server.out);
  rule_tunnel_free(t->rules);
  free(t);
}

static void tunnel_end(struct tunnel *t, bool reset) {
  if (t->dead)
    return;
  struct proxy *p = t->proxy;
  struct flow *f = t->flow;
  t->dead = true;
  loop_timer_cancel(p->loop, &t->timer);
  loop_timer_cancel(p->loop, &t->rest);
  loop_timer_cancel(p->loop, &t->torn);
  loop_timer_cancel(p->loop, &t->client.wake);
  loop_timer_cancel(p->loop, &t->server.wake);
  if (reset) {
    stream_abort(t->client.stream);
    stream_abort(t->server.stream);
  } else {
    stream_free(t->client.stream);
    stream_free(t->server.stream);
  }
  link_remove(&t->link);
  circle_leave(p, &t->place);
  f->times.end = loop_now(p->loop);
  f->live = NULL;
  tunnel_seal(&t->client);
  tunnel_seal(&t->server);
  if (f->state != FLOW_FAILED)
    f->state = FLOW_DONE;
  if (f->unrecorded)
    flow_free(f);
  else
    store_touch(p->store, f, FLOW_CHANGED_STATE);
  loop_bury(p->loop, tunnel_free, t);
}

static void tunnel_fail_so(struct tunnel *t, enum flow_error error, int os_error, const char *text, bool reset) {
  struct flow *f = t->flow;
  f->state = FLOW_FAILED;
  f->stage = error == ERROR_TLS ? STAGE_TLS : STAGE_TUNNEL;
  f->error = error;
  f->os_error = os_error;
  free(f->error_text);
  f->error_text = mem_dup(text);
  tunnel_end(t, reset);
}

static void tunnel_fail(struct tunnel *t, enum flow_error error, int os_error, const char *text) {
  tunnel_fail_so(t, error, os_error, text, true);
}

/* By TLS 1.3 a peer says only behind the handshake what it had against the other's certificate, or that it wants one. One
 * that has sent something was content; what it ends with then is an end. */
static bool tunnel_refused(const struct tunnel_end *e, struct tls_result *r) {
  if (!tls_stream_result(e->stream, r) || !r->text)
    return false;
  switch (r->problem) {
  case TLS_WANTS_CERTIFICATE:
  case TLS_CLIENT_REJECTED:
    return !*e->count;
  case TLS_OTHER:
  case TLS_NOT_TLS:
    return true;
  default:
    return false;
  }
}

static void tunnel_refuse(struct tunnel_end *e, const struct tls_result *r) {
  struct tunnel *t = e->tunnel;
  struct buf text = BUF_INIT;
  buf_add_text(&text, r->text);
  if (r->problem == TLS_CLIENT_REJECTED)
    secure_add_rejection(t->proxy, t->flow, &text);
  fail_secure(t->flow, r);
  tunnel_fail(t, ERROR_TLS, r->alert, buf_text(&text));
  buf_clear(&text);
}

static void tunnel_broke(struct tunnel_end *e) {
  struct tunnel *t = e->tunnel;
  bool client = e == &t->client;
  struct tls_result r;
  if (tunnel_refused(e, &r)) {
    tunnel_refuse(e, &r);
    return;
  }
  tunnel_fail(t, client ? ERROR_CLIENT : ERROR_RESET, stream_error(e->stream),
              client ? "the client reset the tunnel" : "the server reset the tunnel");
}

/* Sends what waits for this end's peer, then passes the other side's end on. */
static void tunnel_flush(struct tunnel_end *e) {
  struct tunnel *t = e->tunnel;
  if (t->held)
    return;
  while (queue_size(&e->out)) {
    struct slice s = queue_slice(&e->out);
    size_t done = 0;
    enum io_code code = stream_send(e->stream, s.p, s.n, &done);
    if (code == IO_AGAIN)
      break;
    if (code != IO_OK) {
      tunnel_broke(e);
      return;
    }
    queue_drop(&e->out, done);
  }
  if (!queue_size(&e->out) && e->other->eof && !e->shut) {
    e->shut = true;
    stream_shutdown(e->stream);
  }
  if (e->shut && e->other->shut)
    tunnel_end(t, false);
  else
    stream_touch(e->stream);
}

/* May more be read from it, and how much at once? What hangs is read, so that its end is seen. */
static size_t tunnel_room(struct tunnel_end *e) {
  struct loop *loop = e->tunnel->proxy->loop;
  bool ends = e->broken && e->fault->how != BREAK_HANG;
  uint64_t wait;
  if (e->eof || ends || e->tunnel->held || queue_size(&e->other->out) >= HIGH_WATER)
    return 0;
  size_t room = dose_allows(&e->dose, loop_now(loop), &wait);
  if (!room)
    loop_timer_arm(loop, &e->wake, wait);
  return room < SCRATCH ? room : SCRATCH;
}

static unsigned tunnel_want(void *arg) {
  struct tunnel_end *e = arg;
  unsigned want = queue_size(&e->out) && !e->tunnel->held ? STREAM_WRITE : 0;
  return tunnel_room(e) ? want | STREAM_READ : want;
}

static void tunnel_wake(void *arg) {
  const struct tunnel_end *e = arg;
  stream_touch(e->stream);
}

static void tunnel_pass(struct tunnel_end *from, struct slice s) {
  struct tunnel_end *to = from->other;
  size_t done = 0;
  bool waits = to->tunnel->held || queue_size(&to->out);
  if (!waits && stream_send(to->stream, s.p, s.n, &done) != IO_OK)
    done = 0;
  if (done < s.n)
    queue_add(&to->out, s.p + done, s.n - done);
}

/* ---- what a rule breaks ---- */

/* What is still on its way when a connection is reset is thrown away at both ends: it gets the time to arrive. */
#define BEFORE_END (50 * CLOCK_MS)

static void tunnel_sentence(const struct tunnel_end *e, struct buf *out) {
  static const char *const does[] = {"", "resets it", "cuts it short", "lets it hang"};
  buf_printf(out, "a rule %s after %llu bytes: %s", does[e->fault->how], (unsigned long long)e->fault->after,
             e->fault->break_by);
}

static void tunnel_torn(void *arg) {
  struct tunnel_end *e = arg;
  struct buf text = BUF_INIT;
  tunnel_sentence(e, &text);
  tunnel_fail_so(e->tunnel, ERROR_DROPPED, 0, buf_text(&text), e->fault->how == BREAK_RESET);
  buf_clear(&text);
}

static void tunnel_break(struct tunnel_end *e) {
  struct tunnel *t = e->tunnel;
  struct buf text = BUF_INIT;
  e->broken = true;
  if (e->fault->how != BREAK_HANG) {
    t->torn.fn = tunnel_torn;
    t->torn.arg = e;
    loop_timer_arm(t->proxy->loop, &t->torn, BEFORE_END);
    return;
  }
  tunnel_sentence(e, &text);
  flow_add_says(t->flow, buf_text(&text));
  if (!t->flow->unrecorded)
    store_touch(t->proxy->store, t->flow, FLOW_CHANGED_NOTE);
  buf_clear(&text);
}

/* What came from one end: recorded, and sent on as far as rules let it. */
static void tunnel_take(struct tunnel_end *e, struct slice s) {
  tunnel_keep(e, s);
  dose_took(&e->dose, s.n);
  if (e->broken)
    return;
  bool breaks = e->fault && e->fault->how;
  if (breaks && s.n > e->fault->after - e->passed)
    s.n = (size_t)(e->fault->after - e->passed);
  e->passed += s.n;
  tunnel_pass(e, s);
  if (breaks && e->passed == e->fault->after)
    tunnel_break(e);
}

/* TLS that ends without close_notify ends all the same: what is in a tunnel has an end of its own, or none. */
static bool tunnel_cut(const struct tunnel_end *e) {
  struct tunnel *t = e->tunnel;
  struct tls_result r;
  if (!tls_stream_cut(e->stream) || tunnel_refused(e, &r))
    return false;
  if (!t->flow->unrecorded)
    log_write(LOG_INFO, "tls", t->flow->id, NULL, "the %s ended without close_notify",
              e == &t->client ? "client" : "server");
  return true;
}

static void tunnel_read(struct tunnel_end *e) {
  struct tunnel *t = e->tunnel;
  struct proxy *p = t->proxy;
  for (int i = 0; i < READ_BUDGET && !t->dead; i++) {
    size_t n = 0, room = tunnel_room(e);
    if (!room)
      break;
    enum io_code code = stream_recv(e->stream, p->scratch, room, &n);
    if (code == IO_AGAIN)
      break;
    if (code == IO_EOF || (code == IO_ERROR && tunnel_cut(e))) {
      e->eof = true;
      tunnel_flush(e->other);
      break;
    }
    if (code != IO_OK) {
      tunnel_broke(e);
      return;
    }
    *e->count += n;
    *(e == &t->client ? &p->bytes_up : &p->bytes_down) += n;
    t->since = loop_now(p->loop);
    tunnel_take(e, slice_make(p->scratch, n));
    if (n < room)
      break;
  }
  if (t->dead)
    return;
  if (!t->flow->unrecorded)
    store_touch(p->store, t->flow, FLOW_CHANGED_BODY);
  stream_touch(e->other->stream);
}

static void tunnel_ready(void *arg, unsigned events) {
  struct tunnel_end *e = arg;
  struct tunnel *t = e->tunnel;
  if (!t->dead && (events & STREAM_WRITE)) {
    tunnel_flush(e);
    if (!t->dead)
      stream_touch(e->other->stream);
  }
  if (!t->dead && (events & STREAM_READ))
    tunnel_read(e);
}

static void tunnel_timer(void *arg) {
  struct tunnel *t = arg;
  uint64_t now = loop_now(t->proxy->loop);
  uint64_t due = t->since + t->proxy->config.tunnel_timeout;
  if (now < due)
    loop_timer_arm(t->proxy->loop, &t->timer, due - now);
  else
    tunnel_fail(t, ERROR_TIMEOUT, 0, "nothing passed the tunnel for the time that --timeout-tunnel allows");
}

static void tunnel_begin(struct tunnel *t) {
  tunnel_flush(&t->client);
  if (!t->dead)
    tunnel_flush(&t->server);
}

static void tunnel_rested(void *arg) {
  struct tunnel *t = arg;
  t->held = false;
  tunnel_begin(t);
}

static void tunnel_end_init(struct tunnel_end *e, uint64_t rate, const struct rule_effects *effects) {
  struct proxy *p = e->tunnel->proxy;
  e->wake.fn = tunnel_wake;
  e->wake.arg = e;
  dose_begin(&e->dose, rate, loop_now(p->loop));
  e->fault = effects ? &effects->fault : NULL;
  if (e->fault && e->fault->how && !e->fault->after)
    tunnel_break(e);
}

void tunnel_new(struct proxy *p, struct flow *f, struct stream *client, struct stream *server,
                const struct tunnel_start *start) {
  struct tunnel *t = mem_zero(1, sizeof *t);
  t->proxy = p;
  t->flow = f;
  t->since = loop_now(p->loop);
  t->client = (struct tunnel_end){.tunnel = t, .other = &t->server, .stream = client, .count = &f->up};
  t->server = (struct tunnel_end){.tunnel = t, .other = &t->client, .stream = server, .count = &f->down};
  t->timer.fn = tunnel_timer;
  t->timer.arg = t;
  f->live = t;
  unseen_show(p, f);
  link_add(&p->tunnels, &t->link);
  t->place = circle_enter(p, f);
  if (p->config.tunnel_timeout)
    loop_timer_arm(p->loop, &t->timer, p->config.tunnel_timeout);
  stream_set_user(client, (struct stream_user){tunnel_want, tunnel_ready, &t->client});
  stream_set_user(server, (struct stream_user){tunnel_want, tunnel_ready, &t->server});
  const struct rule_tunnel *rules = t->rules = start->rules;
  tunnel_end_init(&t->client, rules ? rules->up.up : 0, rules ? &rules->up : NULL);
  tunnel_end_init(&t->server, rules ? rules->up.down : 0, rules ? &rules->down : NULL);
  queue_add(&t->client.out, start->to_client.p, start->to_client.n);
  f->up += start->from_client.n;
  uint64_t delay = rules ? rules->up.delay : 0;
  t->held = delay > 0;
  if (start->from_server.n)
    tunnel_take(&t->server, start->from_server);
  if (start->from_client.n)
    tunnel_take(&t->client, start->from_client);
  if (t->held) {
    t->rest.fn = tunnel_rested;
    t->rest.arg = t;
    loop_timer_arm(p->loop, &t->rest, delay);
  }
  tunnel_begin(t);
}

struct stream *tunnels_server(const struct proxy *p, uint16_t place) {
  struct stream *oldest = NULL;
  for (const struct link *l = p->tunnels; l; l = l->next)
    if (PART_OF(l, struct tunnel)->place == place)
      oldest = PART_OF(l, struct tunnel)->server.stream;
  return oldest;
}

void tunnel_abort(struct flow *f) {
  tunnel_fail(f->live, ERROR_DROPPED, 0, "ended by hand");
}

void tunnels_free(struct proxy *p) {
  while (p->tunnels)
    tunnel_end(PART_OF(p->tunnels, struct tunnel), true);
}
