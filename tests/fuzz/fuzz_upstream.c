/*
 * What an upstream proxy says to CONNECT or to SOCKS5. The first byte picks the kind of proxy and what the client asks, the
 * second the size of the pieces; all else is what the proxy says before it ends. Whatever that is, the client is answered,
 * and nothing waits on once the time for it is over.
 */
#include <stdlib.h>

#include "memory_stream.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/proxy/proxy.h"
#include "weir/proxy/way.h"
#include "weir/rule/intercept.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct end {
  struct stream *stream;
  size_t got;
  bool over;
};

struct world {
  struct loop *loop;
  struct end client, server;
  uint64_t now;
};

static uint64_t world_clock(void *arg) {
  return ((struct world *)arg)->now;
}

static unsigned end_want(void *arg) {
  return ((struct end *)arg)->over ? 0 : STREAM_READ;
}

static void end_ready(void *arg, unsigned events) {
  struct end *e = arg;
  char piece[4096];
  size_t n = 0;
  (void)events;
  enum io_code code = stream_recv(e->stream, piece, sizeof piece, &n);
  e->got += code == IO_OK ? n : 0;
  e->over = code == IO_EOF || code == IO_ERROR;
}

static struct stream *end_open(struct world *w, struct end *e) {
  struct stream *theirs;
  memory_stream_pair(w->loop, &(struct memory_options){.capacity = 65536}, &theirs, &e->stream);
  stream_set_user(e->stream, (struct stream_user){end_want, end_ready, e});
  stream_touch(e->stream);
  return theirs;
}

static struct stream *dial(void *arg, const char *host, uint16_t port) {
  struct world *w = arg;
  (void)host;
  (void)port;
  return w->server.stream ? NULL : end_open(w, &w->server);
}

static void settle(struct world *w) {
  for (int i = 0; i < 8; i++)
    loop_turn(w->loop, 0);
}

static void say(struct end *e, struct slice bytes) {
  size_t done = 0;
  if (e->stream && bytes.n)
    stream_send(e->stream, bytes.p, bytes.n, &done);
}

static const char *const ways[] = {"http://ann:pw@p.test:1", "socks5h://p.test:1", "socks5h://ann:pw@p.test:1",
                                   "socks5://ann:pw@p.test:1"};
static const char *const requests[] = {
    "CONNECT a.test:25 HTTP/1.1\r\nHost: a.test:25\r\n\r\n",
    "GET http://192.0.2.1/ HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n",
    "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"};

static void talk(struct world *w, const uint8_t *data, size_t size) {
  struct slice rest = {(const char *)data + 2, size - 2};
  say(&w->client, slice_of(requests[data[0] / 4 % 3]));
  settle(w);
  size_t piece = data[1] ? data[1] : 1;
  for (size_t i = 0; i < 200 && rest.n; i++) {
    size_t n = rest.n < piece ? rest.n : piece;
    say(&w->server, slice_sub(rest, 0, n));
    rest = slice_from(rest, n);
    settle(w);
  }
  if (w->server.stream && data[0] & 128)
    stream_shutdown(w->server.stream);
  settle(w);
  w->now += 31 * CLOCK_S; /* --timeout-connect */
  settle(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2)
    return 0;
  struct world w = {.now = 1000 * CLOCK_S, .loop = loop_new()};
  struct proxy_config config = proxy_config_default;
  struct store *store = store_new(1 << 20, 50);
  struct rules *rules = rules_new();
  struct ways *list = ways_new();
  bool by_name = data[0] / 4 % 3 != 1, here = data[0] % 4 == 3;
  config.response_timeout = config.body_timeout = 20 * CLOCK_S; /* of the server, once the proxy has reached it */
  loop_set_clock(w.loop, world_clock, &w);
  struct proxy *proxy = proxy_new(w.loop, NULL, store, rules, &config);
  /* No name is looked up here: there is no resolver. */
  ways_add(list, slice_of(ways[here && by_name ? 1 : data[0] % 4]), NULL);
  proxy_set_ways(proxy, list);
  proxy_set_dial(proxy, dial, &w);
  proxy_accept(proxy, end_open(&w, &w.client));
  talk(&w, data, size);
  if (!w.client.got || proxy_stats(proxy).running)
    abort();
  proxy_free(proxy);
  settle(&w);
  stream_free(w.client.stream);
  stream_free(w.server.stream);
  settle(&w);
  rules_free(rules);
  store_free(store);
  loop_free(w.loop);
  return 0;
}
