/*
 * The proxy between a client and a server that both speak TLS, all in memory and with a clock that stands still: what
 * becomes of connections that end, or say nothing, in odd ways.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proxy/parts.h"
#include "tls_ends.h"
#include "turns.h"

#define TURNS 40
#define HOST  "shop.test"
#define ASK   "GET /a HTTP/1.1\r\nHost: " HOST "\r\n\r\n"
#define REPLY "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define MOST  8

static struct tls_home home;
static struct cert site;
static struct store *store;
static struct rules *rules;
static struct proxy *proxy;
static uint64_t now;
static struct stream *dialed[MOST]; /* the servers' ends */
static size_t servers;

static uint64_t still(void *arg) {
  (void)arg;
  return now;
}

static struct stream *dial(void *arg, const char *host, uint16_t port) {
  struct stream *ours = NULL;
  (void)arg;
  (void)host;
  (void)port;
  assert_true(servers < MOST);
  memory_stream_pair(home.loop, NULL, &ours, &dialed[servers++]);
  return ours;
}

static void turn(void) {
  for (int i = 0; i < TURNS; i++) {
    loop_turn(home.loop, 0);
    store_deliver(store);
  }
}

static void pass(uint64_t ns) {
  now += ns;
  turn();
}

static int set_up(void **state) {
  (void)state;
  tls_home_open(&home, NULL);
  now = 1000 * CLOCK_S;
  loop_set_clock(home.loop, still, NULL);
  loop_turn(home.loop, 0);
  site = cert_make(&(struct cert_wish){.cn = HOST, .san = "DNS:" HOST, .eku = "serverAuth"}, NULL);
  store = store_new(1 << 22, 100);
  rules = rules_new();
  proxy = proxy_new(home.loop, NULL, store, rules, &proxy_config_default);
  proxy_set_dial(proxy, dial, NULL);
  proxy_set_tls(proxy, home.tls, home.authority);
  proxy_set_insecure(proxy, HOST, true);
  servers = 0;
  memset(dialed, 0, sizeof dialed);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  for (size_t i = 0; i < servers; i++)
    stream_free(dialed[i]);
  proxy_free(proxy);
  turn();
  rules_free(rules);
  store_free(store);
  cert_clear(&site);
  tls_home_close(&home);
  return 0;
}

/* ---- clients and servers ---- */

/* A client connection with an open tunnel, nothing said in it. */
static struct stream *open_tunnel_to(const char *where) {
  struct stream *client, *ours;
  struct memory_options options = {.most_recv = 0};
  char text[200] = "";
  size_t n = 0;
  address_parse(SLICE("127.0.0.1"), 40000, &options.a);
  memory_stream_pair(home.loop, &options, &client, &ours);
  proxy_accept(proxy, ours);
  int length = snprintf(text, sizeof text, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", where, where);
  assert_int_equal(stream_send(client, text, (size_t)length, &n), IO_OK);
  turn();
  assert_int_equal(stream_recv(client, text, sizeof text - 1, &n), IO_OK);
  assert_non_null(strstr(text, " 200 "));
  return client;
}

static struct stream *open_tunnel(void) {
  return open_tunnel_to(HOST ":443");
}

static SSL_CTX *client_ctx(int version) {
  SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
  SSL_CTX_set_max_proto_version(ctx, version);
  return ctx;
}

/* ... and TLS in it. */
static void begin(struct tls_peer *client, int version) {
  SSL_CTX *ctx = client_ctx(version);
  tls_peer_start(client, open_tunnel(), ctx, false, HOST);
  SSL_CTX_free(ctx);
  turn();
  assert_true(client->done);
}

static void serve(struct tls_peer *server, size_t number, SSL_CTX *ctx) {
  assert_true(servers > number);
  tls_peer_start(server, dialed[number], ctx, true, NULL);
  dialed[number] = NULL;
  SSL_CTX_free(ctx);
  turn();
}

static void say(struct tls_peer *p, const char *text) {
  assert_int_equal(SSL_write(p->ssl, text, (int)strlen(text)), (int)strlen(text));
  tls_peer_pump(p);
  turn();
}

static bool has(const struct tls_peer *p, const char *text) {
  return slice_find(buf_slice(&p->got), slice_of(text)) >= 0;
}

static const struct flow *only_row(void) {
  assert_int_equal(store_count(store), 1);
  return store_nth(store, 0);
}

/* A request and its answer over TLS 1.2 or 1.3, with both ends left open. */
static void exchange(struct tls_peer *client, struct tls_peer *server, int version, const char *ask,
                     const char *reply) {
  begin(client, version);
  say(client, ask);
  serve(server, servers - 1, tls_peer_ctx(true, &site, NULL));
  assert_true(has(server, "HTTP/1.1\r\n"));
  if (reply)
    say(server, reply);
}

/* ---- nothing is asked ---- */

static unsigned accepted(void) {
  const struct proxy_client *list;
  return proxy_clients(proxy, &list) ? list[0].accepted : 0;
}

static unsigned rejected(void) {
  const struct proxy_client *list;
  return proxy_clients(proxy, &list) ? list[0].rejected : 0;
}

/* As GnuTLS's programs do it: they look at the certificate when the handshake is over. */
static void a_client_that_closes_behind_the_handshake_is_a_row(void **state) {
  (void)state;
  for (size_t i = 0; i < 4; i++) {
    struct tls_peer client;
    begin(&client, i % 2 ? TLS1_2_VERSION : TLS1_3_VERSION);
    assert_int_equal(store_count(store), i);
    pass(50 * CLOCK_MS);
    tls_peer_close(&client, i == 3);
    turn();
    assert_int_equal(store_count(store), i + 1);
    const struct flow *f = store_nth(store, i);
    assert_int_equal(f->state, FLOW_FAILED);
    assert_int_equal(f->stage, STAGE_TLS);
    assert_int_equal(f->error, ERROR_TLS);
    assert_string_equal(f->error_kind, "client_left");
    assert_non_null(f->client_tls);
    const char *ending = i ? "; P passes this host through untouched" : "";
    char text[300];
    snprintf(text, sizeof text,
             "the client %s after the handshake without asking for anything: it may not accept weir's certificate%s",
             i == 3 ? "reset the connection" : "closed", ending);
    assert_string_equal(f->error_text, text);
    assert_int_equal(accepted(), 0);
    assert_int_equal(rejected(), i + 1);
  }
}

/* An orderly end is none of distrust, but with the ALPN of an HTTP client: libcurl says close_notify whatever it saw. */
static void a_health_check_is_no_failure(void **state) {
  static const unsigned char http[] = "\x08http/1.1";
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    struct tls_peer client;
    SSL_CTX *ctx = client_ctx(i == 1 ? TLS1_2_VERSION : TLS1_3_VERSION);
    if (i == 2)
      SSL_CTX_set_alpn_protos(ctx, http, sizeof http - 1);
    tls_peer_start(&client, open_tunnel(), ctx, false, HOST);
    SSL_CTX_free(ctx);
    turn();
    pass(50 * CLOCK_MS);
    SSL_shutdown(client.ssl);
    tls_peer_pump(&client);
    turn();
    tls_peer_close(&client, false);
    turn();
    assert_int_equal(store_count(store), i + 1);
    const struct flow *f = store_nth(store, i);
    assert_int_equal(f->state, i == 2 ? FLOW_FAILED : FLOW_DONE);
    assert_int_equal(f->kind, FLOW_TUNNEL);
    assert_int_equal(f->error_text != NULL, i == 2);
    assert_int_equal(rejected(), i == 2);
    assert_int_equal(accepted(), 0);
  }
}

/* It took the certificate: what breaks then is no reason to tell it to trust. */
static void a_client_that_breaks_tls_behind_the_handshake_did_not_distrust(void **state) {
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    struct tls_peer client;
    size_t n = 0;
    begin(&client, i ? TLS1_2_VERSION : TLS1_3_VERSION);
    pass(50 * CLOCK_MS);
    assert_int_equal(stream_send(client.stream, "garbage, and no record\n", 23, &n), IO_OK);
    turn();
    tls_peer_close(&client, false);
    turn();
    const struct flow *f = store_nth(store, i);
    assert_int_equal(f->state, FLOW_FAILED);
    assert_string_equal(f->error_kind, "other");
    assert_null(f->error_cure);
    assert_non_null(strstr(f->error_text, "the client sent what is no TLS record"));
    assert_non_null(strstr(f->error_text, " for " HOST " ("));
    assert_null(strstr(f->error_text, "certificate"));
    assert_int_equal(rejected(), 0);
  }
}

static void trust_is_a_request(void **state) {
  struct tls_peer client, server;
  (void)state;
  exchange(&client, &server, TLS1_3_VERSION, ASK, REPLY);
  say(&client, ASK);
  assert_int_equal(accepted(), 1);
  assert_int_equal(store_nth(store, 0)->id, 1);
  tls_peer_close(&client, false);
  tls_peer_close(&server, false);
  turn();
  assert_int_equal(store_count(store), 2);
}

/* IMAP over TLS: the server would speak first. */
static void a_client_that_waits_is_a_row_after_a_moment(void **state) {
  struct tls_peer client;
  (void)state;
  begin(&client, TLS1_3_VERSION);
  pass(2 * CLOCK_S);
  assert_int_equal(store_count(store), 0);
  pass(2 * CLOCK_S);
  const struct flow *f = only_row();
  assert_int_equal(f->state, FLOW_OPEN);
  assert_true(f->quiet);
  assert_true(slice_eq(flow_host(f), SLICE(HOST)));
  pass(60 * CLOCK_S);
  assert_int_equal(f->state, FLOW_FAILED);
  assert_int_equal(f->error, ERROR_TIMEOUT);
  assert_string_equal(f->error_text, "no request came after the handshake");
  assert_string_equal(f->error_cure, "--passthrough " HOST);
  tls_peer_close(&client, false);
}

static void one_that_waited_and_closes_says_so(void **state) {
  struct tls_peer client;
  (void)state;
  begin(&client, TLS1_3_VERSION);
  pass(5 * CLOCK_S);
  tls_peer_close(&client, false);
  turn();
  const struct flow *f = only_row();
  assert_int_equal(f->state, FLOW_FAILED);
  assert_int_equal(f->error, ERROR_CLIENT);
  assert_string_equal(f->error_text, "the client closed without asking for anything");
  assert_int_equal(rejected(), 0);
}

static void one_that_asks_late_has_the_row_for_its_request(void **state) {
  struct tls_peer client;
  (void)state;
  begin(&client, TLS1_3_VERSION);
  pass(5 * CLOCK_S);
  assert_int_equal(only_row()->id, 1);
  say(&client, ASK);
  assert_int_equal(only_row()->id, 1);
  assert_int_equal(only_row()->kind, FLOW_HTTP);
  tls_peer_close(&client, false);
}

/* Browsers open connections ahead of their need. */
static void one_that_agreed_to_http_may_wait(void **state) {
  struct tls_peer client;
  (void)state;
  SSL_CTX *ctx = client_ctx(TLS1_3_VERSION);
  SSL_CTX_set_alpn_protos(ctx, (const unsigned char *)"\x08http/1.1", 9);
  tls_peer_start(&client, open_tunnel(), ctx, false, HOST);
  SSL_CTX_free(ctx);
  turn();
  pass(10 * CLOCK_S);
  assert_int_equal(store_count(store), 0);
  tls_peer_close(&client, false);
  turn();
  assert_int_equal(store_count(store), 0);
}

static void a_person_may_end_one_that_waits(void **state) {
  struct tls_peer client;
  struct err err = ERR_INIT;
  (void)state;
  begin(&client, TLS1_3_VERSION);
  pass(4 * CLOCK_S);
  assert_true(proxy_abort(proxy, only_row()->id, &err));
  assert_string_equal(only_row()->error_text, "ended by hand");
  turn();
  assert_true(client.ended);
  tls_peer_close(&client, false);
}

static void what_is_refused_in_tls_names_its_host(void **state) {
  struct tls_peer client;
  struct buf url = BUF_INIT;
  (void)state;
  begin(&client, TLS1_3_VERSION);
  say(&client, "a001 LOGIN me secret\r\n\r\n");
  assert_true(has(&client, "HTTP/1.1 400 "));
  const struct flow *f = only_row();
  flow_url(f, &url);
  assert_string_equal(buf_text(&url), "https://" HOST);
  assert_true(slice_eq(flow_host(f), SLICE(HOST)));
  assert_non_null(f->client_tls);
  assert_int_equal(accepted(), 1);
  buf_clear(&url);
  tls_peer_close(&client, false);
}

static void begun_hello(size_t bytes) {
  struct stream *client = open_tunnel();
  size_t n;
  pass(20 * CLOCK_S);
  assert_int_equal(stream_send(client, "\x16\x03\x01\x02\x00\x01", bytes, &n), IO_OK);
  turn();
  pass(29 * CLOCK_S);
  assert_int_equal(only_row()->state, FLOW_OPEN);
  pass(2 * CLOCK_S);
  const struct flow *f = only_row();
  assert_int_equal(f->state, FLOW_FAILED);
  assert_int_equal(f->stage, STAGE_TLS);
  assert_int_equal(f->error, ERROR_TIMEOUT);
  assert_string_equal(f->error_text, "the client did not finish its ClientHello in time");
  stream_free(client);
}

static void half_a_hello_has_the_limit_of_handshakes(void **state) {
  (void)state;
  begun_hello(6);
}

static void so_has_its_first_byte(void **state) {
  (void)state;
  begun_hello(1);
}

/* ---- ends ---- */

static void a_client_that_ends_without_close_notify_is_answered(void **state) {
  (void)state;
  for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
    struct tls_peer client, server;
    begin(&client, version);
    SSL_write(client.ssl, ASK, sizeof ASK - 1);
    tls_peer_pump(&client);
    stream_shutdown(client.stream); /* the whole request, and the end, at once */
    turn();
    serve(&server, servers - 1, tls_peer_ctx(true, &site, NULL));
    say(&server, REPLY);
    assert_true(has(&client, "HTTP/1.1 200 OK"));
    assert_true(has(&client, "\r\n\r\nok"));
    assert_true(client.closed);
    const struct flow *f = store_nth(store, store_count(store) - 1);
    assert_int_equal(f->state, FLOW_DONE);
    assert_int_equal(flow_status(f), 200);
    tls_peer_close(&client, false);
    tls_peer_close(&server, false);
  }
}

#define UPGRADE "GET /a HTTP/1.1\r\nHost: " HOST "\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n"
#define SWITCH  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\nabc"

static void a_tunnel_whose_server_ends_without_close_notify_is_done(void **state) {
  struct tls_peer client, server;
  (void)state;
  exchange(&client, &server, TLS1_3_VERSION, UPGRADE, SWITCH);
  assert_true(has(&client, "\r\n\r\nabc"));
  const struct flow *f = only_row();
  assert_int_equal(f->kind, FLOW_TUNNEL);
  assert_int_equal(f->down, 3); /* what came with the head is of the tunnel too */
  tls_peer_close(&server, false);
  turn();
  assert_true(client.closed); /* it hears an orderly end */
  say(&client, "still here");
  tls_peer_close(&client, false);
  turn();
  assert_int_equal(f->state, FLOW_DONE);
  assert_null(f->error_text);
  assert_true(f->server_tls->cut);
}

static void an_answer_that_lasts_until_the_end_needs_close_notify(void **state) {
  struct tls_peer client, server;
  (void)state;
  exchange(&client, &server, TLS1_3_VERSION, ASK, "HTTP/1.1 200 OK\r\n\r\nhalf");
  tls_peer_close(&server, false);
  turn();
  const struct flow *f = only_row();
  assert_int_equal(f->state, FLOW_FAILED);
  assert_int_equal(f->error, ERROR_CLOSED);
  assert_string_equal(f->error_text,
                      "the server closed the connection, without close_notify, in the middle of its answer");
  tls_peer_close(&client, false);
}

static void a_server_that_is_silent_in_the_handshake_is_seen(void **state) {
  struct tls_peer client;
  (void)state;
  begin(&client, TLS1_3_VERSION);
  say(&client, ASK);
  assert_int_equal(only_row()->state, FLOW_WAITING);
  assert_true(only_row()->shaking);
  pass(31 * CLOCK_S);
  assert_int_equal(only_row()->error, ERROR_TIMEOUT);
  assert_false(only_row()->shaking);
  tls_peer_close(&client, false);
}

static void a_server_that_closes_in_the_handshake_has_closed(void **state) {
  struct tls_peer client;
  (void)state;
  begin(&client, TLS1_3_VERSION);
  say(&client, ASK);
  stream_free(dialed[0]);
  dialed[0] = NULL;
  turn();
  assert_true(has(&client, "HTTP/1.1 502 "));
  assert_int_equal(only_row()->error, ERROR_CLOSED);
  assert_string_equal(only_row()->error_kind, "closed");
  tls_peer_close(&client, false);
}

/* ---- connections to servers that a tunnel had no use for ---- */

static void leave(struct tls_peer *client) {
  SSL_shutdown(client->ssl);
  tls_peer_pump(client);
  turn();
  tls_peer_close(client, false);
  turn();
}

static bool server_hears_the_end(size_t number) {
  char byte;
  size_t n;
  return stream_recv(dialed[number], &byte, 1, &n) == IO_EOF;
}

static void what_one_tunnel_did_not_use_serves_the_next(void **state) {
  struct tls_peer client, server;
  (void)state;
  for (int i = 0; i < 3; i++) {
    begin(&client, TLS1_3_VERSION);
    leave(&client);
    assert_int_equal(servers, 1);
    assert_false(server_hears_the_end(0));
  }
  exchange(&client, &server, TLS1_3_VERSION, ASK, REPLY);
  assert_true(has(&client, "\r\n\r\nok"));
  assert_int_equal(servers, 1);
  tls_peer_close(&client, false);
  tls_peer_close(&server, false);
}

static void it_is_let_go_when_no_tunnel_comes(void **state) {
  struct tls_peer client;
  (void)state;
  begin(&client, TLS1_3_VERSION);
  leave(&client);
  pass(4 * CLOCK_S);
  assert_true(server_hears_the_end(0));
  begin(&client, TLS1_3_VERSION);
  assert_int_equal(servers, 2);
  tls_peer_close(&client, false);
}

/* A server waits for a first byte from the moment of the connection, whoever had it since. */
static void it_grows_old_in_the_tunnels_that_had_it(void **state) {
  struct tls_peer client;
  (void)state;
  for (int i = 0; i < 4; i++) {
    begin(&client, TLS1_3_VERSION);
    pass(CLOCK_S);
    leave(&client);
  }
  assert_int_equal(servers, 2);
  assert_true(server_hears_the_end(0));
  assert_false(server_hears_the_end(1));
}

static void one_that_the_server_ends_or_speaks_on_is_let_go(void **state) {
  struct tls_peer client;
  size_t n;
  (void)state;
  begin(&client, TLS1_3_VERSION);
  leave(&client);
  stream_free(dialed[0]);
  dialed[0] = NULL;
  turn();
  begin(&client, TLS1_3_VERSION);
  leave(&client);
  assert_int_equal(servers, 2);
  assert_int_equal(stream_send(dialed[1], "220 hello", 9, &n), IO_OK);
  turn();
  assert_true(server_hears_the_end(1));
  begin(&client, TLS1_3_VERSION);
  assert_int_equal(servers, 3);
  tls_peer_close(&client, false);
}

static void it_serves_neither_another_server_nor_what_passes_untouched(void **state) {
  struct tls_peer client;
  (void)state;
  begin(&client, TLS1_3_VERSION);
  leave(&client);
  proxy_set_passthrough(proxy, HOST, true);
  stream_free(open_tunnel());
  turn();
  assert_int_equal(servers, 2);
  proxy_set_passthrough(proxy, HOST, false);
  stream_free(open_tunnel_to("shop.test:8443"));
  assert_int_equal(servers, 3);
  stream_free(open_tunnel_to("other.test:443"));
  assert_int_equal(servers, 4);
  stream_free(open_tunnel_to("SHOP.test:443"));
  assert_int_equal(servers, 4);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(a_client_that_closes_behind_the_handshake_is_a_row),
      TEST(a_health_check_is_no_failure),
      TEST(a_client_that_breaks_tls_behind_the_handshake_did_not_distrust),
      TEST(trust_is_a_request),
      TEST(a_client_that_waits_is_a_row_after_a_moment),
      TEST(one_that_waited_and_closes_says_so),
      TEST(one_that_asks_late_has_the_row_for_its_request),
      TEST(one_that_agreed_to_http_may_wait),
      TEST(a_person_may_end_one_that_waits),
      TEST(what_is_refused_in_tls_names_its_host),
      TEST(half_a_hello_has_the_limit_of_handshakes),
      TEST(so_has_its_first_byte),
      TEST(a_client_that_ends_without_close_notify_is_answered),
      TEST(a_tunnel_whose_server_ends_without_close_notify_is_done),
      TEST(an_answer_that_lasts_until_the_end_needs_close_notify),
      TEST(a_server_that_is_silent_in_the_handshake_is_seen),
      TEST(a_server_that_closes_in_the_handshake_has_closed),
      TEST(what_one_tunnel_did_not_use_serves_the_next),
      TEST(it_is_let_go_when_no_tunnel_comes),
      TEST(it_grows_old_in_the_tunnels_that_had_it),
      TEST(one_that_the_server_ends_or_speaks_on_is_let_go),
      TEST(it_serves_neither_another_server_nor_what_passes_untouched),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
