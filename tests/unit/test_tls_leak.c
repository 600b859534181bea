/*
 * Ten thousand handshakes through the proxy, on both of its sides and with every kind of end, leave nothing behind: what
 * is allocated when they are over is what was allocated before. Caches, pools and the store are full by then.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <malloc.h>

#include "proxy/parts.h"
#include "sanitized.h"
#include "tls_ends.h"

#if SANITIZED
size_t __sanitizer_get_current_allocated_bytes(void); /* gcc has it without a header */
#define MEASURED 3000                                 /* takes as long as 10,000 do without */
#else
#define MEASURED 10000
#endif
#ifndef HANDSHAKES
#define HANDSHAKES MEASURED
#endif

#define LEAVES    1000 /* so many are kept */
#define SLACK     32768
#define PATIENCE  100000 /* turns of the loop */
#define OLD_HOST  "www.shop.test"
#define FULL_HOST "full.shop.test" /* resumes nothing */

static struct tls_home home;
static struct cert root, site, stranger;
static SSL_CTX *client_ctx, *doubting_ctx, *old_ctx, *server_ctx, *full_ctx, *strange_ctx;
static SSL_SESSION *kept;
static struct store *store;
static struct rules *rules;
static struct proxy *proxy;
static uint64_t now;
static struct stream *dialed;
static unsigned begun, names; /* handshakes, on either side; host names used for the first time */

static uint64_t still(void *arg) {
  (void)arg;
  return now;
}

static struct stream *dial(void *arg, const char *host, uint16_t port) {
  struct stream *ours = NULL;
  (void)arg;
  (void)host;
  (void)port;
  assert_null(dialed);
  memory_stream_pair(home.loop, NULL, &ours, &dialed);
  return ours;
}

static void turn_once(void) {
  loop_turn(home.loop, 0);
  store_deliver(store);
}

static void pass(uint64_t ns) {
  now += ns;
  for (int i = 0; i < 8; i++)
    turn_once();
}

#define TURN_TILL(condition)                                                                                           \
  do {                                                                                                                 \
    int turns_ = 0;                                                                                                    \
    while (!(condition)) {                                                                                             \
      if (turns_++ > PATIENCE)                                                                                         \
        fail_msg("never came true: %s", #condition);                                                                   \
      turn_once();                                                                                                     \
    }                                                                                                                  \
  } while (0)

/* Only of the host that is asked for again: under another name it would not be taken. */
static int keep(SSL *ssl, SSL_SESSION *session) {
  if (strcmp(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name), OLD_HOST) != 0)
    return 0;
  SSL_SESSION_free(kept);
  kept = session;
  return 1;
}

static int set_up(void **state) {
  (void)state;
  tls_home_open(&home, NULL);
  root = cert_make(&(struct cert_wish){.cn = "Root", .ca = true}, NULL);
  stranger = cert_make(&(struct cert_wish){.cn = "Stranger", .san = "DNS:*.shop.test"}, NULL);
  site = cert_make(&(struct cert_wish){.cn = "x", .san = "DNS:*.shop.test", .eku = "serverAuth"}, &root);
  const struct cert *const roots[] = {&root};
  char *ca = tls_home_path(&home, "root.pem");
  cert_write(ca, roots, 1, NULL);
  tls_free(home.tls);
  home.tls = tls_new(home.loop, home.authority, &(struct tls_options){.upstream_ca = ca}, &(struct err)ERR_INIT);
  assert_non_null(home.tls);
  free(ca);
  client_ctx = tls_peer_ctx(false, NULL, NULL);
  SSL_CTX_set_session_cache_mode(client_ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(client_ctx, keep);
  old_ctx = tls_peer_ctx(false, NULL, NULL);
  SSL_CTX_set_max_proto_version(old_ctx, TLS1_2_VERSION);
  doubting_ctx = tls_peer_ctx(false, NULL, NULL);
  SSL_CTX_set_verify(doubting_ctx, SSL_VERIFY_PEER, NULL);
  server_ctx = tls_peer_ctx(true, &site, NULL);
  full_ctx = tls_peer_ctx(true, &site, NULL);
  SSL_CTX_set_num_tickets(full_ctx, 0);
  strange_ctx = tls_peer_ctx(true, &stranger, NULL);
  now = 1000 * CLOCK_S;
  loop_set_clock(home.loop, still, NULL);
  store = store_new(1 << 22, 50);
  rules = rules_new();
  proxy = proxy_new(home.loop, NULL, store, rules, &proxy_config_default);
  proxy_set_dial(proxy, dial, NULL);
  proxy_set_tls(proxy, home.tls, home.authority);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  proxy_free(proxy);
  pass(CLOCK_S);
  rules_free(rules);
  store_free(store);
  SSL_CTX *const all[] = {client_ctx, doubting_ctx, old_ctx, server_ctx, full_ctx, strange_ctx};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    SSL_CTX_free(all[i]);
  SSL_SESSION_free(kept);
  kept = NULL;
  cert_clear(&site);
  cert_clear(&stranger);
  cert_clear(&root);
  tls_home_close(&home);
  return 0;
}

/* ---- one connection, from CONNECT to its end ---- */

struct ending {
  SSL_CTX **client, **server;
  bool resumes;
  enum { NAME_OLD, NAME_FULL, NAME_NEW } name;
  enum {
    END_IN_ORDER, /* after an answer */
    END_CLIENT_REFUSES,
    END_CLIENT_RESETS_HELLO, /* in the middle of it */
    END_CLIENT_RESETS,       /* where its Finished is due */
    END_CLIENT_ASKS_NOTHING,
    END_CLIENT_TOO_LATE,
    END_SERVER_REFUSED, /* by weir */
    END_SERVER_RESETS,
  } end;
};

static const struct ending ways[] = {
    {&client_ctx, &full_ctx, false, NAME_FULL, END_IN_ORDER},
    {&client_ctx, &server_ctx, true, NAME_OLD, END_IN_ORDER},
    {&old_ctx, &server_ctx, false, NAME_OLD, END_IN_ORDER},
    {&doubting_ctx, NULL, false, NAME_OLD, END_CLIENT_REFUSES},
    {&client_ctx, &server_ctx, true, NAME_OLD, END_IN_ORDER},
    {&client_ctx, NULL, false, NAME_OLD, END_CLIENT_RESETS_HELLO},
    {&client_ctx, NULL, false, NAME_NEW, END_CLIENT_RESETS},
    {&client_ctx, &server_ctx, false, NAME_OLD, END_IN_ORDER},
    {&old_ctx, NULL, false, NAME_NEW, END_CLIENT_ASKS_NOTHING},
    {&client_ctx, &server_ctx, true, NAME_OLD, END_IN_ORDER},
    {&client_ctx, NULL, false, NAME_OLD, END_CLIENT_TOO_LATE},
    {&client_ctx, &strange_ctx, false, NAME_NEW, END_SERVER_REFUSED},
    {&client_ctx, &server_ctx, true, NAME_OLD, END_IN_ORDER},
    {&client_ctx, NULL, true, NAME_OLD, END_SERVER_RESETS},
};

static struct connection {
  char host[40];
  bool resumes;
  struct tls_peer client, server;
} connection; /* streams know of it, also when a test has failed */

static struct stream *open_tunnel(const char *host) {
  struct stream *client, *ours;
  struct memory_options options = {.most_recv = 0};
  char text[300];
  size_t n = 0;
  address_parse(SLICE("127.0.0.1"), 40000, &options.a);
  memory_stream_pair(home.loop, &options, &client, &ours);
  proxy_accept(proxy, ours);
  int length = snprintf(text, sizeof text, "CONNECT %s:443 HTTP/1.1\r\nHost: %s:443\r\n\r\n", host, host);
  assert_int_equal(stream_send(client, text, (size_t)length, &n), IO_OK);
  TURN_TILL(stream_recv(client, text, sizeof text, &n) == IO_OK);
  assert_memory_equal(text, "HTTP/1.1 200 ", 13);
  return client;
}

static void begin(struct connection *c, const struct ending *w) {
  if (w->name == NAME_NEW)
    snprintf(c->host, sizeof c->host, "n%06u.shop.test", names++);
  else
    snprintf(c->host, sizeof c->host, "%s", w->name == NAME_OLD ? OLD_HOST : FULL_HOST);
  begun++;
  struct stream *below = open_tunnel(c->host);
  if (w->end == END_CLIENT_RESETS_HELLO) { /* a record of 512 bytes, of which the first eight have come */
    size_t n = 0;
    assert_int_equal(stream_send(below, "\x16\x03\x01\x02\x00\x01\x00\x01", 8, &n), IO_OK);
    pass(0);
    stream_abort(below);
    return;
  }
  c->resumes = w->resumes && kept;
  if (c->resumes)
    tls_peer_resume(&c->client, below, *w->client, kept, c->host);
  else
    tls_peer_start(&c->client, below, *w->client, false, c->host);
}

static bool wants_answer(const struct ending *w) {
  return w->end == END_IN_ORDER || w->end == END_SERVER_REFUSED || w->end == END_SERVER_RESETS;
}

static void ask(struct connection *c) {
  char text[200];
  int n = snprintf(text, sizeof text, "GET /a HTTP/1.1\r\nHost: %s\r\n\r\n", c->host);
  assert_int_equal(SSL_write(c->client.ssl, text, n), n);
  tls_peer_pump(&c->client);
}

static bool has(const struct tls_peer *p, const char *text) {
  return slice_find(buf_slice(&p->got), slice_of(text)) >= 0;
}

static void answer(struct connection *c, const struct ending *w) {
  static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
  assert_non_null(dialed);
  begun++;
  struct stream *below = dialed;
  dialed = NULL;
  if (w->end == END_SERVER_RESETS) {
    pass(0);
    stream_abort(below);
    TURN_TILL(has(&c->client, " 502 "));
    return;
  }
  tls_peer_start(&c->server, below, *w->server, true, NULL);
  if (w->end == END_SERVER_REFUSED) {
    TURN_TILL(has(&c->client, " 502 "));
    return;
  }
  TURN_TILL(has(&c->server, "\r\n\r\n"));
  assert_int_equal(SSL_write(c->server.ssl, reply, sizeof reply - 1), sizeof reply - 1);
  tls_peer_pump(&c->server);
  TURN_TILL(has(&c->client, "\r\n\r\nok"));
}

static void end(struct connection *c, const struct ending *w) {
  if (c->client.ssl && w->end != END_CLIENT_RESETS)
    SSL_shutdown(c->client.ssl);
  if (c->client.ssl)
    tls_peer_close(&c->client, w->end == END_CLIENT_RESETS);
  if (c->server.ssl)
    tls_peer_close(&c->server, false);
  stream_free(dialed);
  dialed = NULL;
  pass(CLOCK_S / 4);
}

static void go(const struct ending *w) {
  struct connection *c = &connection;
  *c = (struct connection){.host = ""};
  begin(c, w);
  if (w->end == END_CLIENT_REFUSES) {
    TURN_TILL(c->client.failed);
    assert_false(c->client.done);
  } else if (w->end == END_CLIENT_RESETS || w->end == END_CLIENT_TOO_LATE) {
    c->client.hold = true; /* the hello has gone, and takes no answer */
    pass(w->end == END_CLIENT_TOO_LATE ? 31 * CLOCK_S : 0);
  } else if (c->client.ssl) {
    TURN_TILL(c->client.done);
    assert_int_equal(SSL_session_reused(c->client.ssl), c->resumes);
  }
  if (wants_answer(w)) {
    ask(c);
    answer(c, w);
  }
  end(c, w);
}

/* ---- */

static size_t allocated(void) {
#if SANITIZED
  return __sanitizer_get_current_allocated_bytes();
#else
  malloc_trim(0);
  return mallinfo2().uordblks;
#endif
}

static void run(unsigned handshakes) {
  unsigned until = begun + handshakes;
  while (begun < until)
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
      go(&ways[i]);
}

/* By the shortest handshakes there are. */
static void fill_leaves(void) {
  while (authority_leaves(home.authority) < LEAVES || names < LEAVES + 200)
    go(&(const struct ending){&client_ctx, NULL, false, NAME_NEW, END_CLIENT_RESETS});
}

static void ten_thousand_leave_nothing(void **state) {
  (void)state;
  fill_leaves();
  run(500);
  size_t before = allocated();
  begun = 0;
  run(HANDSHAKES);
  size_t after = allocated();
  if (after > before + SLACK)
    fail_msg("%zu bytes more than before after %u handshakes", after - before, begun);
  print_message("%u handshakes: from %zu bytes to %zu\n", begun, before, after);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(ten_thousand_leave_nothing, set_up, tear_down)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
