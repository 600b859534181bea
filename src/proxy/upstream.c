/* Server connections: one request at a time, kept for the next while the server allows it. */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "weir/base/mem.h"

#include "parts.h"

struct pool_host {
  UT_hash_handle hh;
  struct link *idle; /* the one given back last stands first */
  size_t count;
  char key[]; /* pool_key() */
};

#define IDLE_OF(link_ptr) ((struct upstream *)(void *)((char *)(link_ptr)-offsetof(struct upstream, idle)))

/* How a server is asked: connections of one kind never serve another. */
enum pool_kind { POOL_CLEAR, POOL_VERIFIED, POOL_UNVERIFIED };

struct pool_key {
  enum pool_kind kind;
  const struct way *way;
  const char *host, *sni;
  uint16_t port;
};

static size_t pool_key(char *key, size_t room, struct pool_key k) {
  const char *host = k.host ? k.host : "";
  size_t host_n = strlen(host), sni_n = k.sni ? strlen(k.sni) : 0, n = sizeof k.port + 1 + sizeof k.way;
  if (n + host_n + 1 + sni_n > room)
    return 0;
  memcpy(key, &k.port, sizeof k.port);
  key[sizeof k.port] = (char)k.kind;
  memcpy(key + sizeof k.port + 1, &k.way, sizeof k.way);
  memcpy(key + n, host, host_n);
  n += host_n;
  if (sni_n) {
    key[n++] = '\0';
    memcpy(key + n, k.sni, sni_n);
    n += sni_n;
  }
  return n;
}

static struct pool_host *pool_host(struct proxy *p, const char *key, size_t n, bool make) {
  struct pool_host *h = NULL;
  if (!n)
    return NULL;
  HASH_FIND(hh, p->hosts, key, n, h);
  if (!h && make) {
    h = mem_zero(1, sizeof *h + n);
    memcpy(h->key, key, n);
    HASH_ADD_KEYPTR(hh, p->hosts, h->key, n, h);
  }
  return h;
}

static void upstream_free(void *what) {
  struct upstream *up = what;
  http_codec_free(up->codec);
  free(up->name);
  free(up->sni);
  secure_facts_unref(up->secure);
  free(up);
}

/* Out of the pool; a host without idle connections is forgotten, so that the table stays as small as the pool. */
static void pool_remove(struct upstream *up) {
  struct pool_host *h = up->host;
  if (!h)
    return;
  up->host = NULL;
  link_remove(&up->idle);
  if (--h->count == 0) {
    HASH_DEL(up->proxy->hosts, h);
    free(h);
  }
}

/* Everything but the stream. */
static void upstream_bury(struct upstream *up) {
  up->dead = true;
  up->exchange = NULL;
  pool_remove(up);
  loop_timer_cancel(up->proxy->loop, &up->timer);
  link_remove(&up->link);
  up->proxy->upstream_count--;
  loop_bury(up->proxy->loop, upstream_free, up);
}

void upstream_close(struct upstream *up, bool reset) {
  if (!up || up->dead)
    return;
  if (reset)
    stream_abort(up->stream);
  else
    stream_free(up->stream);
  up->stream = NULL;
  upstream_bury(up);
}

struct stream *upstream_detach(struct upstream *up) {
  struct stream *s = up->stream;
  up->stream = NULL;
  upstream_bury(up);
  return s;
}

/* ---- out ---- */

void upstream_touch(struct upstream *up) {
  if (!up->dead)
    stream_touch(up->stream);
}

/* A server may answer and close before it has read all of the request: what it said is read before the failure counts.
 */
static void upstream_broke(struct upstream *up) {
  up->broken = true;
  queue_clear(&up->exchange->to_server);
  stream_touch(up->stream);
}

void upstream_flush(struct upstream *up) {
  struct exchange *x = up->exchange;
  if (up->dead || !x || up->broken)
    return;
  while (queue_size(&x->to_server)) {
    struct slice s = queue_slice(&x->to_server);
    size_t done = 0;
    enum io_code code = stream_send(up->stream, s.p, s.n, &done);
    if (code == IO_AGAIN)
      break;
    if (code != IO_OK) {
      upstream_broke(up);
      return;
    }
    uint64_t now = loop_now(up->proxy->loop);
    if (!x->flow->times.request_sent) /* a handshake may have taken its time within this turn */
      x->flow->times.request_sent = x->flow->times.tls_ns ? loop_clock(up->proxy->loop) : now;
    x->since = now;
    queue_drop(&x->to_server, done);
  }
  if (!queue_size(&x->to_server))
    fault_sent(x);
  stream_touch(up->stream);
}

bool upstream_body_send(struct upstream *up, struct slice data) {
  struct exchange *x = up->exchange;
  if (up->broken)
    return true;
  if (queue_size(&x->to_server))
    upstream_flush(up);
  if (up->broken || queue_size(&x->to_server))
    return up->broken;
  size_t done = 0;
  enum io_code code = stream_send(up->stream, data.p, data.n, &done);
  if (code == IO_ERROR || code == IO_EOF) {
    upstream_broke(up);
    return true;
  }
  if (code == IO_OK)
    x->since = loop_now(up->proxy->loop);
  if (done < data.n)
    queue_add(&x->to_server, data.p + done, data.n - done);
  return true;
}

/* ---- in ---- */

static void upstream_event(void *arg, struct http_event *e) {
  struct upstream *up = arg;
  if (!up->dead && up->exchange)
    exchange_response_event(up->exchange, e);
}

static unsigned upstream_want(void *arg) {
  const struct upstream *up = arg;
  struct exchange *x = up->exchange;
  if (!x)
    return STREAM_READ; /* idle: only its end can come */
  /* A body that is sent from the record wants to write even where the queue has just emptied: nothing else wakes it. */
  unsigned want = !up->broken && (queue_size(&x->to_server) || lane_pumps(x, FLOW_REQUEST)) ? STREAM_WRITE : 0;
  if (lane_wants_input(x, FLOW_RESPONSE))
    want |= STREAM_READ;
  else if (!want)
    want = STREAM_HUP;
  return want;
}

/* After a feed: an answered connection goes back to the pool, unless the server said more than it should. */
static void upstream_settle(struct upstream *up, bool surplus) {
  if (up->dead || !up->returning)
    return;
  up->returning = false;
  if (surplus)
    upstream_close(up, true);
  else
    upstream_give_back(up);
}

static void upstream_read(struct upstream *up) {
  struct proxy *p = up->proxy;
  for (int i = 0; i < READ_BUDGET && !up->dead; i++) {
    struct exchange *x = up->exchange;
    if (x && !lane_wants_input(x, FLOW_RESPONSE))
      break;
    size_t n = 0, room = SCRATCH;
    char *to = x ? lane_room(x, FLOW_RESPONSE, http_codec_remaining(up->codec), &room) : p->scratch;
    enum io_code code = stream_recv(up->stream, to, room, &n);
    if (code == IO_AGAIN)
      break;
    if (!x) { /* idle: closed by the server, or bytes nobody asked for */
      upstream_close(up, code == IO_OK);
      break;
    }
    if (code != IO_OK) {
      exchange_upstream_ended(x, code, code == IO_EOF ? 0 : stream_error(up->stream));
      break;
    }
    x->since = loop_now(p->loop);
    up->wire += n;
    x->flow->response.wire = up->wire;
    struct conn *c = x->conn;
    up->feeding = true;
    size_t used = http_codec_feed(up->codec, to, n);
    up->feeding = false;
    if (x->switched && !x->done) {
      exchange_switched(x, slice_make(to + used, n - used));
      return;
    }
    upstream_settle(up, used < n);
    if (c)
      conn_flush(c);
    if (n < room)
      break;
  }
  if (!up->dead)
    stream_touch(up->stream);
}

static void upstream_ready(void *arg, unsigned events) {
  struct upstream *up = arg;
  if (up->dead)
    return;
  if ((events & STREAM_WRITE) && up->exchange) {
    upstream_flush(up);
    struct exchange *x = up->exchange;
    if (x && queue_size(&x->to_server) < HIGH_WATER) {
      lane_pump(x, FLOW_REQUEST);
      if (!up->dead && up->exchange == x) {
        upstream_flush(up);
        if (!up->dead && up->exchange == x && x->conn && !x->request.complete)
          conn_continue(x->conn);
      }
    }
  }
  if (!up->dead && (events & (STREAM_READ | STREAM_HUP))) {
    /* A hang-up while nobody reads is no end yet: what the server sent before is still to be taken. */
    if (events & STREAM_READ)
      upstream_read(up);
  }
}

/* ---- pool ---- */

/* More clients than the pool keeps connections for would, each time some of them are between two requests, close
 * connections and make them anew a moment later: what is above the bound stays that moment. */
#define SURPLUS_NS (250 * CLOCK_MS)

/* When an idle connection is to be closed; 0: not at all. */
static uint64_t upstream_idle_until(const struct upstream *up) {
  const struct proxy_config *config = &up->proxy->config;
  if (up->host->count > config->pool_idle_per_host)
    return up->idle_since + SURPLUS_NS;
  return config->idle_timeout ? up->idle_since + config->idle_timeout : 0;
}

/* Arms the timer when it would come too late; a timer that comes too early looks again. */
static void upstream_watch(struct upstream *up) {
  uint64_t due = upstream_idle_until(up), now = loop_now(up->proxy->loop);
  if (due && (!up->timer.place || up->timer.due > due))
    loop_timer_arm(up->proxy->loop, &up->timer, due > now ? due - now : 0);
}

static void upstream_idle_timer(void *arg) {
  struct upstream *up = arg;
  if (!up->host)
    return;
  uint64_t due = upstream_idle_until(up);
  if (due && loop_now(up->proxy->loop) >= due)
    upstream_close(up, false);
  else
    upstream_watch(up);
}

struct upstream *upstream_new(const struct exchange *x, struct stream *stream, const struct address *address) {
  struct proxy *p = x->proxy;
  struct upstream *up = mem_zero(1, sizeof *up);
  up->proxy = p;
  up->stream = stream;
  up->way = x->way;
  up->to_proxy = x->to_proxy;
  up->name = mem_dup(x->to_proxy ? "" : x->host);
  up->port = x->to_proxy ? 0 : x->port;
  up->sni = mem_dup(x->sni);
  if (x->secure) {
    struct stream_info info;
    stream_info(stream, &info);
    up->secure = secure_facts_ref(info.secure);
  }
  up->codec = http_codec_new(HTTP_RESPONSE, upstream_event, up);
  up->timer.fn = upstream_idle_timer;
  up->timer.arg = up;
  up->address = *address;
  link_add(&p->upstreams, &up->link);
  p->upstream_count++;
  stream_set_user(stream, (struct stream_user){upstream_want, upstream_ready, up});
  return up;
}

struct upstream *upstream_take(const struct exchange *x) {
  char key[600];
  struct proxy *p = x->proxy;
  enum pool_kind kind = POOL_CLEAR;
  if (x->secure)
    kind = secure_is_insecure(p, slice_of(x->sni ? x->sni : x->host)) ? POOL_UNVERIFIED : POOL_VERIFIED;
  struct pool_key k = {kind, x->way, x->to_proxy ? "" : x->host, x->sni, x->to_proxy ? 0 : x->port};
  struct pool_host *h = pool_host(p, key, pool_key(key, sizeof key, k), false);
  if (!h)
    return NULL;
  struct upstream *up = IDLE_OF(h->idle);
  pool_remove(up);
  return up;
}

void upstream_attach(struct upstream *up, struct exchange *x) {
  up->exchange = x;
  x->up = up;
  up->wire = 0;
  http_codec_expect(up->codec, x->head_sent);
  stream_touch(up->stream);
}

void upstream_give_back(struct upstream *up) {
  struct proxy *p = up->proxy;
  if (up->dead)
    return;
  up->exchange = NULL;
  if (up->feeding) {
    up->returning = true;
    return;
  }
  if (p->closing || !p->config.pool_idle_per_host) {
    upstream_close(up, false);
    return;
  }
  char key[600];
  enum pool_kind kind = !up->secure ? POOL_CLEAR : up->secure->insecure ? POOL_UNVERIFIED : POOL_VERIFIED;
  struct pool_key k = {kind, up->way, up->name, up->sni, up->port};
  struct pool_host *h = pool_host(p, key, pool_key(key, sizeof key, k), true);
  if (!h) {
    upstream_close(up, false);
    return;
  }
  http_codec_next(up->codec);
  up->used = true;
  up->host = h;
  h->count++;
  link_add(&h->idle, &up->idle);
  up->idle_since = loop_now(p->loop);
  upstream_watch(up);
  stream_touch(up->stream);
}

void pool_shrink(struct proxy *p) {
  unused_shrink(p);
  while (p->hosts)
    upstream_close(IDLE_OF(p->hosts->idle), false);
}

void pool_free(struct proxy *p) {
  while (p->upstreams)
    upstream_close(PART_OF(p->upstreams, struct upstream), false);
}
