/*
 * The whole path of a request and its answer: clients and servers in memory, a person who pauses and lets go. The input
 * is a list of records with 0x1e between them; the first byte of each says what happens:
 *
 *   c BYTES  the client sends      s BYTES  the newest server sends      n  another client
 *   C, R     it ends, it breaks    S, T     it ends, it breaks           w  six seconds pass
 *   i, I     pauses everything, nothing      g  lets all go      d  drops the newest
 *   r N      one more rule that replaces, waits, or breaks off
 *
 * Whatever came in, servers get requests and clients get answers that the strict codec takes, and nothing is left.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory_stream.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/http/codec.h"
#include "weir/proxy/proxy.h"
#include "weir/rule/intercept.h"
#include "weir/rule/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PEERS 8

struct end {
  struct stream *stream;
  struct buf got, waits;
  bool over;
};

struct world {
  struct loop *loop;
  struct store *store;
  struct rules *rules;
  struct proxy *proxy;
  struct end client[PEERS], server[PEERS];
  size_t clients, servers;
  uint64_t now;
};

static uint64_t world_clock(void *arg) {
  return ((struct world *)arg)->now;
}

static unsigned end_want(void *arg) {
  const struct end *e = arg;
  return (e->over ? 0 : STREAM_READ) | (e->waits.n ? STREAM_WRITE : 0);
}

static void end_send(struct end *e) {
  size_t done = 0;
  if (!e->stream || !e->waits.n)
    return;
  enum io_code code = stream_send(e->stream, e->waits.p, e->waits.n, &done);
  if (code == IO_OK)
    buf_remove(&e->waits, 0, done);
  else if (code != IO_AGAIN)
    buf_reset(&e->waits);
}

static void end_ready(void *arg, unsigned events) {
  struct end *e = arg;
  char piece[4096];
  size_t n = 0;
  if (events & STREAM_WRITE)
    end_send(e);
  if (!(events & STREAM_READ) || e->over)
    return;
  enum io_code code = stream_recv(e->stream, piece, sizeof piece, &n);
  if (code == IO_OK)
    buf_add(&e->got, piece, n);
  else
    e->over = code != IO_AGAIN;
}

static struct stream *end_open(struct world *w, struct end *e) {
  struct stream *theirs;
  memory_stream_pair(w->loop, &(struct memory_options){.capacity = 1000}, &theirs, &e->stream);
  stream_set_user(e->stream, (struct stream_user){end_want, end_ready, e});
  stream_touch(e->stream);
  return theirs;
}

static struct stream *dial(void *arg, const char *host, uint16_t port) {
  struct world *w = arg;
  (void)host;
  (void)port;
  return w->servers < PEERS ? end_open(w, &w->server[w->servers++]) : NULL;
}

static void settle(struct world *w) {
  for (int i = 0; i < 40; i++) {
    loop_turn(w->loop, 0);
    store_deliver(w->store);
  }
}

static void end_act(struct end *e, char verb, struct slice bytes) {
  if (!e || !e->stream)
    return;
  if (verb == 'c') {
    buf_add_slice(&e->waits, bytes);
    end_send(e);
    stream_touch(e->stream);
  } else if (verb == 'C') {
    stream_shutdown(e->stream);
  } else {
    stream_abort(e->stream);
    e->stream = NULL;
  }
}

#define RULES_MOST 6

static void add_rule(const struct world *w, struct slice which) {
  static const char *const texts[] = {
      "=> replace body \"a\" \"bb\"",
      "=> replace response body \"a\" \"bb\"",
      "=> replace response body /(?m)b+|^c/ \"<$0>\"",
      "=> replace response body /(?<=b)a*?c/ \"\"",
      "=> replace body /c[^d]*d/ \"$0$0\"",
      "~bs zzz => tag found",
      "=> delay response 1s",
      "=> fault response truncate 20",
      "=> fault response drip 3 1s",
      "=> throttle 1000",
  };
  size_t n = sizeof texts / sizeof *texts;
  if (which.n && rule_count(w->rules) < RULES_MOST)
    rule_add(w->rules, texts[(unsigned char)which.p[0] % n], RULE_AT_END, NULL);
}

static void act(struct world *w, char verb, struct slice rest) {
  struct err err;
  struct end *client = &w->client[w->clients - 1], *server = w->servers ? &w->server[w->servers - 1] : NULL;
  switch (verb) {
  case 'c':
  case 'C':
  case 'R':
    end_act(client, verb, rest);
    break;
  case 's':
  case 'S':
  case 'T':
    end_act(server, verb == 's' ? 'c' : verb == 'S' ? 'C' : 'R', rest);
    break;
  case 'n':
    if (w->clients < PEERS)
      proxy_accept(w->proxy, end_open(w, &w->client[w->clients++]));
    break;
  case 'i':
  case 'I':
    intercept_set(w->rules, verb == 'i' ? "~all" : "", &err);
    intercept_responses(w->rules, verb == 'i');
    break;
  case 'g':
    proxy_resume_all(w->proxy);
    break;
  case 'd':
    if (store_count(w->store))
      proxy_drop(w->proxy, store_nth(w->store, store_count(w->store) - 1)->id, &err);
    break;
  case 'r':
    add_rule(w, rest);
    break;
  case 'w':
    w->now += 6 * CLOCK_S;
    break;
  default:
    break;
  }
  settle(w);
}

/* ---- what came out ---- */

static void take(void *arg, struct http_event *e) {
  bool *failed = arg;
  if (e->type == HTTP_EVENT_ERROR) {
    fprintf(stderr, "%s\n", e->fault->err.text);
    *failed = true;
  }
}

static void check(struct end *e, enum http_role role) {
  bool failed = false;
  struct http_codec *codec = http_codec_new(role, take, &failed);
  for (size_t at = 0; at < e->got.n && !failed;) {
    size_t n = http_codec_feed(codec, e->got.p + at, e->got.n - at);
    at += n;
    http_codec_next(codec);
    if (!n)
      break;
  }
  http_codec_free(codec);
  if (failed) {
    fprintf(stderr, "%s got:\n%.*s\n", role == HTTP_REQUEST ? "a server" : "a client", (int)e->got.n, e->got.p);
    abort();
  }
}

static void check_all(struct world *w) {
  for (size_t i = 0; i < store_count(w->store); i++) {
    const struct flow *f = store_nth(w->store, i);
    if (f->kind == FLOW_TUNNEL || f->state == FLOW_OPEN)
      return; /* opaque from some byte on */
  }
  for (size_t i = 0; i < w->servers; i++)
    check(&w->server[i], HTTP_REQUEST);
  for (size_t i = 0; i < store_count(w->store); i++)
    if (slice_eq(flow_method(store_nth(w->store, i)), SLICE("HEAD")))
      return; /* which of the answers have no body is not told here */
  for (size_t i = 0; i < w->clients; i++)
    check(&w->client[i], HTTP_RESPONSE);
}

static void end_clear(struct end *e) {
  stream_free(e->stream);
  buf_clear(&e->got);
  buf_clear(&e->waits);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct world *w = mem_zero(1, sizeof *w);
  struct proxy_config config = proxy_config_default;
  struct slice rest = {(const char *)data, size}, record;
  config.body_limit = 300;
  w->now = 1000 * CLOCK_S;
  w->loop = loop_new();
  loop_set_clock(w->loop, world_clock, w);
  w->store = store_new(1 << 20, 50);
  w->rules = rules_new();
  w->proxy = proxy_new(w->loop, NULL, w->store, w->rules, &config);
  proxy_set_dial(w->proxy, dial, w);
  proxy_accept(w->proxy, end_open(w, &w->client[w->clients++]));
  for (int i = 0; i < 40 && slice_split(&rest, 0x1e, &record); i++)
    if (record.n)
      act(w, record.p[0], slice_from(record, 1));
  check_all(w);
  proxy_free(w->proxy);
  settle(w);
  for (size_t i = 0; i < PEERS; i++) {
    end_clear(&w->client[i]);
    end_clear(&w->server[i]);
  }
  settle(w);
  rules_free(w->rules);
  store_free(w->store);
  loop_free(w->loop);
  free(w);
  return 0;
}
