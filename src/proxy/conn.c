/* A client connection: bytes in, requests out to an exchange, answers back, one after the other. */
#include <errno.h>
#include <stdlib.h>

#include "weir/base/mem.h"
#include "weir/tls/stream.h"

#include "parts.h"

static void conn_free(void *what) {
  struct conn *c = what;
  http_codec_free(c->codec);
  queue_clear(&c->in);
  queue_clear(&c->out);
  secure_facts_unref(c->secure);
  process_unref(c->process);
  mode_unref(c->mode);
  front_free(c->front);
  if (c->origin) {
    free(c->origin->host);
    free(c->origin->sni);
    free(c->origin);
  }
  free(c);
}

void conn_close(struct conn *c, bool reset) {
  if (c->dead)
    return;
  c->dead = true;
  struct proxy *p = c->proxy;
  quiet_end(c, reset);
  queue_clear(&c->out);
  c->out.spares = NULL; /* it is freed later than they may be */
  loop_timer_cancel(p->loop, &c->timer);
  loop_task_cancel(p->loop, &c->next);
  client_conn_closed(c);
  if (reset)
    stream_abort(c->stream);
  else
    stream_free(c->stream);
  c->stream = NULL;
  if (c->origin)
    unused_keep(p, c->origin);
  link_remove(&c->link);
  p->conn_count--;
  loop_bury(p->loop, conn_free, c);
}

/* Room below the high water mark? */
static bool conn_may_send(const struct conn *c) {
  return queue_size(&c->out) < HIGH_WATER;
}

static bool conn_reads(const struct conn *c) {
  if (c->dead || c->eof)
    return false;
  if (c->lingering)
    return true;
  if (c->closing)
    return false;
  const struct exchange *x = c->exchange;
  if (!x)
    return conn_may_send(c); /* weir's own answers come from no server that could be held back */
  return x->request.complete ? queue_size(&c->in) < PIPELINE_MAX : lane_wants_input(x, FLOW_REQUEST);
}

static unsigned conn_want(void *arg) {
  const struct conn *c = arg;
  /* As towards the server: an answer from the record is woken by nothing else. */
  bool from_record = c->exchange && lane_pumps(c->exchange, FLOW_RESPONSE);
  unsigned want = queue_size(&c->out) || from_record ? STREAM_WRITE : 0;
  if (conn_reads(c))
    want |= STREAM_READ;
  else if (!want && !c->eof)
    want = STREAM_HUP;
  return want;
}

/* ---- time limits ---- */

static uint64_t conn_deadline(const struct conn *c) {
  const struct proxy_config *config = &c->proxy->config;
  if (c->lingering)
    return c->since + LINGER_NS;
  if (queue_size(&c->out))
    return config->send_timeout ? c->since + config->send_timeout : 0;
  const struct exchange *x = c->exchange;
  if (!x) {
    if (c->first_byte)
      return config->head_timeout ? c->first_byte + config->head_timeout : 0;
    return config->idle_timeout ? c->since + config->idle_timeout : 0;
  }
  if (!x->request.complete && config->body_timeout && conn_reads(c) && x->request.state != LANE_PAUSED)
    return c->since + config->body_timeout;
  return 0;
}

/* Arms the timer when it would come too late; a timer that comes too early looks again. */
static void conn_watch(struct conn *c) {
  uint64_t due = conn_deadline(c);
  uint64_t now = loop_now(c->proxy->loop);
  if (!due || (c->timer.place && c->timer.due <= due))
    return;
  loop_timer_arm(c->proxy->loop, &c->timer, due > now ? due - now : 0);
}

static void conn_broke(struct conn *c);

static void conn_timer(void *arg) {
  struct conn *c = arg;
  uint64_t due = conn_deadline(c);
  uint64_t now = loop_now(c->proxy->loop);
  if (!due) {
    /* Limits that begin later are looked for now and then, and only where any are set. */
    if (c->exchange && (c->proxy->config.send_timeout || c->proxy->config.body_timeout))
      loop_timer_arm(c->proxy->loop, &c->timer, 5 * CLOCK_S);
    return;
  }
  if (now < due) {
    loop_timer_arm(c->proxy->loop, &c->timer, due - now);
    return;
  }
  if (c->lingering) {
    conn_close(c, false);
  } else if (!c->exchange && queue_size(&c->out)) {
    conn_close(c, true); /* an orderly end would say that the answer was all there */
  } else if (c->exchange) {
    bool sending = queue_size(&c->out) != 0;
    exchange_fail(c->exchange,
                  (struct failure){sending ? STAGE_RESPONSE : STAGE_REQUEST, ERROR_TIMEOUT, 0, sending ? 0 : 408},
                  sending ? "the client took nothing for %g s" : "the client sent nothing more of its request for %g s",
                  (double)(sending ? c->proxy->config.send_timeout : c->proxy->config.body_timeout) / CLOCK_S);
  } else if (c->first_byte) {
    struct http_fault fault = {408, ERR_INIT};
    err_set(&fault.err, "the %s did not come within %g s", c->front ? front_name(c->front) : "request head",
            (double)c->proxy->config.head_timeout / CLOCK_S);
    conn_refuse(c, &fault, c->front ? front_seen(c->front) : http_codec_head_part(c->codec));
  } else {
    conn_close(c, false);
  }
}

/* ---- out ---- */

/* Nothing is left to send on a connection that closes: say so to the client, and hear it out for a moment, since
 * a close with unread bytes would reset what it has not read yet (RFC 9112-9.6). */
static void conn_drained(struct conn *c) {
  if (c->cut || c->eof || (c->last && !queue_size(&c->in))) {
    conn_close(c, c->cut);
    return;
  }
  if (c->lingering)
    return;
  c->lingering = true;
  c->since = loop_now(c->proxy->loop);
  if (stream_shutdown(c->stream) == IO_ERROR) {
    conn_close(c, false);
    return;
  }
  stream_touch(c->stream);
  conn_watch(c);
}

void conn_flush(struct conn *c) {
  if (c->dead)
    return;
  struct proxy *p = c->proxy;
  while (queue_size(&c->out)) {
    struct slice s = queue_slice(&c->out);
    size_t done = 0;
    enum io_code code = stream_send(c->stream, s.p, s.n, &done);
    if (code == IO_AGAIN)
      break;
    if (code != IO_OK) {
      conn_broke(c);
      return;
    }
    p->bytes_down += done;
    c->since = loop_now(p->loop);
    queue_drop(&c->out, done);
  }
  bool blocked = queue_size(&c->out) != 0;
  if (blocked && !c->blocked)
    c->since = loop_now(p->loop); /* the client's time to take it begins now, however long the server took */
  c->blocked = blocked;
  if (blocked)
    conn_watch(c);
  if (!blocked && c->closing)
    conn_drained(c);
  else
    stream_touch(c->stream);
}

size_t conn_body_send(struct conn *c, struct slice data) {
  size_t done = 0;
  if (data.n >= DIRECT_SEND && queue_size(&c->out))
    conn_flush(c);
  if (c->dead)
    return data.n;
  if (data.n >= DIRECT_SEND && !queue_size(&c->out)) {
    if (stream_send(c->stream, data.p, data.n, &done) == IO_OK) {
      c->proxy->bytes_down += done;
      c->since = loop_now(c->proxy->loop);
    } else {
      done = 0; /* an error shows again when the queue is flushed */
    }
  }
  if (done < data.n)
    queue_add(&c->out, data.p + done, data.n - done);
  return data.n;
}

void conn_finish(struct conn *c, bool cut) {
  if (c->dead || c->lingering)
    return;
  c->closing = true;
  c->cut = c->cut || cut;
  conn_flush(c);
  if (!c->dead)
    conn_watch(c);
}

/* ---- in ---- */

static void conn_event(void *arg, struct http_event *e) {
  struct conn *c = arg;
  if (c->dead || c->closing)
    return;
  if (e->type == HTTP_EVENT_HEAD)
    exchange_start(c, e->head, e->framing);
  else if (c->exchange)
    exchange_request_event(c->exchange, e);
  else if (e->type == HTTP_EVENT_ERROR)
    conn_refuse(c, e->fault, e->data);
}

static void conn_advance(struct conn *c) {
  c->advance = false;
  c->first_byte = 0;
  c->wire = 0;
  http_codec_next(c->codec);
}

/* Feeds the codec as far as requests may go on; returns what was used. */
static size_t conn_feed(struct conn *c, char *bytes, size_t n) {
  size_t used = 0;
  while (used < n && !c->dead && !c->closing) {
    struct exchange *x = c->exchange;
    if (x ? x->request.complete || !lane_wants_input(x, FLOW_REQUEST) : !conn_may_send(c))
      break;
    if (!c->first_byte)
      c->first_byte = loop_now(c->proxy->loop);
    if (c->look)
      front_begin(c, (unsigned char)bytes[used]);
    c->feeding = true;
    size_t k = c->front ? front_feed(c, slice_make(bytes + used, n - used))
                        : http_codec_feed(c->codec, bytes + used, n - used);
    c->feeding = false;
    used += k;
    c->wire += k;
    if (c->exchange)
      c->exchange->flow->request.wire = c->wire;
    if (c->advance && !c->dead)
      conn_advance(c);
    else if (!k)
      break;
  }
  if (!c->dead && !c->exchange && !c->front && !http_codec_started(c->codec))
    c->first_byte = 0; /* only empty lines between two requests */
  return used;
}

void conn_continue(struct conn *c) {
  if (c->dead || c->feeding)
    return;
  if (queue_size(&c->in)) {
    size_t used = conn_feed(c, queue_bytes(&c->in), queue_size(&c->in));
    if (used)
      queue_drop(&c->in, used);
  }
  if (c->dead)
    return;
  if (c->exchange && c->exchange->up)
    upstream_flush(c->exchange->up);
  if (c->eof && !c->exchange && !c->closing && !queue_size(&c->in))
    conn_finish(c, false);
  if (c->dead)
    return;
  stream_touch(c->stream);
  conn_watch(c);
}

static void conn_input(struct conn *c, char *bytes, size_t n) {
  if (queue_size(&c->in)) {
    queue_add(&c->in, bytes, n);
    conn_continue(c);
    return;
  }
  size_t used = conn_feed(c, bytes, n);
  if (c->dead)
    return;
  if (used < n && !c->closing)
    queue_add(&c->in, bytes + used, n - used);
  if (c->exchange && c->exchange->up)
    upstream_flush(c->exchange->up);
}

static void conn_broke(struct conn *c) {
  struct exchange *x = c->exchange;
  c->exchange = NULL;
  c->gone = true;
  conn_close(c, true);
  if (x)
    exchange_client_broke(x);
}

static void conn_eof(struct conn *c) {
  c->eof = c->gone = true;
  struct exchange *x = c->exchange;
  if (c->lingering)
    conn_close(c, false);
  else if (!x && !queue_size(&c->in))
    conn_finish(c, false);
  else if (!x)
    return; /* what it asked before its end has yet to be read: conn_continue() */
  else if (x->request.complete || x->request.state == LANE_PAUSED)
    exchange_client_ended(x);
  else
    conn_broke(c);
}

static void conn_read(struct conn *c) {
  struct proxy *p = c->proxy;
  for (int i = 0; i < READ_BUDGET && conn_reads(c); i++) {
    size_t n = 0, room = SCRATCH;
    char *to = c->exchange && !queue_size(&c->in)
                   ? lane_room(c->exchange, FLOW_REQUEST, http_codec_remaining(c->codec), &room)
                   : p->scratch;
    enum io_code code = stream_recv(c->stream, to, room, &n);
    if (code == IO_AGAIN)
      break;
    if (code == IO_EOF) {
      conn_eof(c);
      break;
    }
    if (code != IO_OK) {
      /* Clients often end TLS without saying so. A request that it cuts is told by its own framing; one that is whole
       * may be a half-close, as in the clear. */
      if (tls_stream_cut(c->stream))
        conn_eof(c);
      else
        conn_broke(c);
      break;
    }
    p->bytes_up += n;
    if (c->origin)
      quiet_heard(c);
    if (c->lingering)
      continue;
    c->since = loop_now(p->loop);
    conn_input(c, to, n);
    if (n < room)
      break;
  }
  if (!c->dead)
    conn_watch(c);
}

static void conn_ready(void *arg, unsigned events) {
  struct conn *c = arg;
  if (c->dead)
    return;
  if (events & STREAM_WRITE) {
    conn_flush(c);
    if (!c->dead && c->exchange && conn_may_send(c))
      lane_pump(c->exchange, FLOW_RESPONSE);
    if (!c->dead)
      conn_flush(c);
    if (!c->dead && c->exchange) /* behind all that leaves in this turn: nothing else may come that asks it again */
      lane_read_on(c->exchange, FLOW_RESPONSE);
    if (!c->dead && !c->exchange && queue_size(&c->in))
      conn_continue(c);
  }
  /* Where bytes of the request still wait unread, a hang-up is no news: the end will be read in its turn. */
  struct exchange *x = c->dead ? NULL : c->exchange;
  if ((events & STREAM_HUP) && x && (x->request.complete || x->flow->paused != FLOW_RUNNING))
    exchange_client_ended(x);
  if (!c->dead && (events & STREAM_READ))
    conn_read(c);
}

void conn_exchange_done(struct conn *c, bool keep) {
  c->exchange = NULL;
  if (c->dead)
    return;
  c->since = loop_now(c->proxy->loop);
  if (!keep || c->proxy->closing) {
    conn_finish(c, c->cut);
    return;
  }
  if (c->feeding) {
    c->advance = true;
    conn_flush(c);
    return;
  }
  conn_advance(c);
  conn_flush(c);
  if (!c->dead && queue_size(&c->in))
    loop_defer(c->proxy->loop, &c->next); /* not from here: the server connection is still being given back */
  else
    conn_continue(c);
}

static void conn_next(void *arg) {
  conn_continue(arg);
}

static unsigned spare_want(void *arg) {
  (void)arg;
  return STREAM_READ;
}

static void spare_ready(void *arg, unsigned events) {
  struct conn *c = arg;
  (void)events;
  stream_free(c->origin->spare);
  c->origin->spare = NULL;
}

void conn_watch_spare(struct conn *c) {
  stream_set_user(c->origin->spare, (struct stream_user){spare_want, spare_ready, c});
  stream_touch(c->origin->spare);
}

struct stream *conn_take_spare(const struct exchange *x, struct address *address) {
  struct origin *o = x->conn ? x->conn->origin : NULL;
  if (!o || !o->spare || x->port != o->port || x->way != o->spare_way ||
      !slice_eq_ascii(slice_of(x->host), slice_of(o->host)))
    return NULL;
  struct stream *s = o->spare;
  o->spare = NULL;
  *address = o->spare_address;
  return s;
}

struct conn *conn_new(struct proxy *p, struct stream *stream, const struct address *peer, struct mode *mode) {
  struct conn *c = mem_zero(1, sizeof *c);
  c->proxy = p;
  c->stream = stream;
  c->mode = mode_ref(mode);
  c->word = mode_word(mode && mode->kind != MODE_AUTO ? mode->kind : MODE_REGULAR);
  c->out.spares = &p->spares;
  c->codec = http_codec_new(HTTP_REQUEST, conn_event, c);
  c->timer.fn = conn_timer;
  c->timer.arg = c;
  c->next.fn = conn_next;
  c->next.arg = c;
  c->since = loop_now(p->loop);
  c->peer = *peer;
  link_add(&p->conns, &c->link);
  p->conn_count++;
  stream_set_user(stream, (struct stream_user){conn_want, conn_ready, c});
  stream_touch(stream);
  conn_watch(c);
  return c;
}
