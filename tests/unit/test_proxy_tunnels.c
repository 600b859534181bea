/*
 * Tunnels and rules. To a server that cannot be reached: what rules answer in them, and what is told where they do not. To
 * one that is there: what rules do to a tunnel that turns out to carry what weir does not read. In memory, with a clock that
 * stands still. And relays of TLS whose server is not content.
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
#include "weir/rule/rule.h"

#define TURNS 40
#define HOST  "gone.test"
#define ASK   "GET /a HTTP/1.1\r\nHost: " HOST "\r\n\r\n"

static struct tls_home home;
static struct store *store;
static struct rules *rules;
static struct proxy *proxy;
static uint64_t now;
static unsigned dials;
static char dialed[100];     /* the last */
static struct stream *there; /* the end of the one server that there is, there.test:80, or 192.0.2.7:443 */

static uint64_t still(void *arg) {
  (void)arg;
  return now;
}

static struct stream *dial(void *arg, const char *host, uint16_t port) {
  struct stream *ours = NULL;
  (void)arg;
  dials++;
  snprintf(dialed, sizeof dialed, "%s:%u", host, port);
  if ((strcmp(host, "there.test") == 0 && port == 80) || (strcmp(host, "192.0.2.7") == 0 && port == 443))
    memory_stream_pair(home.loop, NULL, &ours, &there);
  return ours;
}

static void turn(void) {
  for (int i = 0; i < TURNS; i++) {
    loop_turn(home.loop, 0);
    store_deliver(store);
  }
}

static int set_up(void **state) {
  (void)state;
  tls_home_open(&home, NULL);
  now = 1000 * CLOCK_S;
  loop_set_clock(home.loop, still, NULL);
  loop_turn(home.loop, 0);
  store = store_new(1 << 22, 100);
  rules = rules_new();
  proxy = proxy_new(home.loop, NULL, store, rules, &proxy_config_default);
  proxy_set_dial(proxy, dial, NULL);
  proxy_set_tls(proxy, home.tls, home.authority);
  dials = 0;
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  stream_free(there);
  there = NULL;
  proxy_free(proxy);
  turn();
  rules_free(rules);
  store_free(store);
  tls_home_close(&home);
  return 0;
}

static void rule(const char *text) {
  struct err err = ERR_INIT;
  if (!rule_add(rules, text, RULE_AT_END, &err))
    fail_msg("%s: %s", text, err.text);
}

static struct stream *connect_client(void) {
  struct stream *client, *ours;
  struct memory_options options = {.most_recv = 0};
  address_parse(SLICE("127.0.0.1"), 40000, &options.a);
  memory_stream_pair(home.loop, &options, &client, &ours);
  proxy_accept(proxy, ours);
  return client;
}

static void put(struct stream *s, const void *bytes, size_t length) {
  size_t n = 0;
  assert_int_equal(stream_send(s, bytes, length, &n), IO_OK);
  assert_int_equal(n, length);
  turn();
}

static const char *get(struct stream *s) {
  static char text[4000];
  size_t n = 0;
  memset(text, 0, sizeof text);
  return stream_recv(s, text, sizeof text - 1, &n) == IO_OK ? text : "";
}

static const char *connect_to(struct stream *client, const char *where) {
  char text[200];
  int n = snprintf(text, sizeof text, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", where, where);
  put(client, text, (size_t)n);
  return get(client);
}

/* Opens a tunnel and TLS in it. */
static void begin(struct tls_peer *peer, struct stream *client, const char *where) {
  const char *answer = connect_to(client, where);
  if (!strstr(answer, " 200 "))
    fail_msg("%s", answer);
  SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
  tls_peer_start(peer, client, ctx, false, HOST);
  SSL_CTX_free(ctx);
  turn();
  assert_true(peer->done);
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

static void assert_no_server(const struct flow *f) {
  assert_int_equal(f->state, FLOW_FAILED);
  assert_int_equal(f->stage, STAGE_CONNECT);
  assert_int_equal(f->error, ERROR_REFUSED);
  assert_string_equal(f->error_text, HOST ":443: connection refused");
}

/* ---- over TLS ---- */

static void a_rule_answers_where_no_server_is(void **state) {
  struct tls_peer peer;
  (void)state;
  rule("host:gone.test path:/a => answer 200 mocked");
  begin(&peer, connect_client(), HOST ":443");
  say(&peer, ASK);
  assert_true(has(&peer, "HTTP/1.1 200 OK"));
  assert_true(has(&peer, "mocked"));
  const struct flow *f = only_row(); /* nothing is said of the CONNECT */
  assert_int_equal(f->kind, FLOW_HTTP);
  assert_int_equal(f->state, FLOW_DONE);
  assert_true(f->by_rule);
  say(&peer, ASK);
  assert_int_equal(store_count(store), 2);
  assert_int_equal(dials, 1);
  tls_peer_close(&peer, false);
}

static void what_no_rule_answers_fails_as_it_would_have(void **state) {
  struct tls_peer peer;
  (void)state;
  rule("host:gone.test path:/b => answer 200 mocked");
  begin(&peer, connect_client(), HOST ":443");
  say(&peer, ASK);
  assert_true(has(&peer, "HTTP/1.1 502 "));
  assert_true(has(&peer, HOST ":443: connection refused"));
  assert_no_server(only_row());
  assert_int_equal(only_row()->kind, FLOW_HTTP);
  assert_int_equal(dials, 2);
  tls_peer_close(&peer, false);
}

static void a_rule_sends_elsewhere(void **state) {
  struct tls_peer peer;
  (void)state;
  rule("host:gone.test => send-to http://there.test");
  begin(&peer, connect_client(), HOST ":443");
  say(&peer, ASK);
  assert_non_null(there);
  assert_non_null(strstr(get(there), "GET /a HTTP/1.1\r\nHost: there.test\r\n"));
  static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nelse";
  put(there, answer, sizeof answer - 1);
  assert_true(has(&peer, "else"));
  assert_int_equal(only_row()->state, FLOW_DONE);
  tls_peer_close(&peer, false);
}

static struct stream *connect_socks(const void *asked, size_t n) {
  struct stream *client, *ours;
  struct err err = ERR_INIT;
  const char *socks;
  struct mode *m = mode_parse(SLICE("socks5"), &err);
  assert_non_null(m);
  struct memory_options options = {.most_recv = 0};
  address_parse(SLICE("127.0.0.1"), 40000, &options.a);
  memory_stream_pair(home.loop, &options, &client, &ours);
  proxy_accept_as(proxy, ours, m);
  mode_unref(m);
  put(client, asked, n);
  socks = get(client);
  assert_memory_equal(socks, "\x05\x00\x05\x00", 4);
  return client;
}

static void a_socks_client_is_let_in_too(void **state) {
  struct tls_peer peer;
  (void)state;
  rule("host:gone.test => answer 200 mocked");
  struct stream *client = connect_socks("\x05\x01\x00\x05\x01\x00\x03\x09gone.test\x01\xbb", 19);
  SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
  tls_peer_start(&peer, client, ctx, false, HOST);
  SSL_CTX_free(ctx);
  turn();
  say(&peer, ASK);
  assert_true(has(&peer, "mocked"));
  assert_int_equal(only_row()->state, FLOW_DONE);
  tls_peer_close(&peer, false);
}

/* ---- to an address, where the client has a name for it ---- */

/* TLS towards 192.0.2.7:443 by SOCKS, with HOST as its name. */
static void begin_by_address(struct tls_peer *peer) {
  struct stream *client = connect_socks("\x05\x01\x00\x05\x01\x00\x01\xc0\x00\x02\x07\x01\xbb", 13);
  SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
  tls_peer_start(peer, client, ctx, false, HOST);
  SSL_CTX_free(ctx);
  turn();
}

static void a_row_by_address_says_the_name(void **state) {
  struct tls_peer peer;
  (void)state;
  begin_by_address(&peer);
  say(&peer, ASK);
  const struct flow *f = only_row();
  struct slice host = flow_host(f);
  assert_memory_equal(host.p, HOST, host.n);
  assert_int_equal(host.n, strlen(HOST));
  assert_int_equal(dials, 1); /* the address that the client named: no other is there */
  tls_peer_close(&peer, false);
}

static void one_that_passes_by_its_name_says_it_too(void **state) {
  struct tls_peer peer;
  (void)state;
  proxy_set_passthrough(proxy, HOST, true);
  begin_by_address(&peer);
  assert_int_equal(*get(there), 0x16); /* the client's own ClientHello */
  const struct flow *f = only_row();
  assert_true(f->untouched);
  assert_memory_equal(flow_host(f).p, HOST, strlen(HOST));
  tls_peer_close(&peer, false);
}

static void what_is_sent_again_goes_to_the_same_address(void **state) {
  struct err err = ERR_INIT;
  (void)state;
  struct stream *client = connect_socks("\x05\x01\x00\x05\x01\x00\x01\xc0\x00\x02\x07\x01\xbb", 13);
  put(client, ASK, strlen(ASK));
  static const char answer[] = "HTTP/1.1 204 No Content\r\n\r\n";
  put(there, answer, sizeof answer - 1);
  assert_int_equal(store_nth(store, 0)->state, FLOW_DONE);
  stream_free(there);
  there = NULL;
  for (uint64_t id = 1; id <= 2; id++) { /* and the one that was sent again once more */
    assert_int_equal(proxy_replay(proxy, id, &err), id + 1);
    turn();
    assert_string_equal(dialed, "192.0.2.7:443");
    assert_memory_equal(flow_host(store_nth(store, id)).p, HOST, strlen(HOST));
    put(there, answer, sizeof answer - 1);
    assert_int_equal(store_nth(store, id)->state, FLOW_DONE);
    stream_free(there);
    there = NULL;
  }
  uint64_t other =
      proxy_send(proxy, 1, SLICE("GET http://there.test/ HTTP/1.1\r\nHost: there.test\r\n\r\n"), false, &err);
  assert_int_equal(other, 4);
  turn();
  assert_string_equal(dialed, "there.test:80");
  stream_free(client);
}

static void what_is_sent_again_goes_the_way_of_its_client(void **state) {
  struct err err = ERR_INIT;
  (void)state;
  struct ways *ways = ways_new();
  assert_true(ways_add(ways, SLICE("client:127.0.0.1 => http://up.test:3128"), &err));
  proxy_set_ways(proxy, ways);
  struct stream *client = connect_client();
  static const char ask[] = "GET http://there.test/a HTTP/1.1\r\nHost: there.test\r\n\r\n";
  put(client, ask, sizeof ask - 1);
  assert_string_equal(dialed, "up.test:3128");
  dialed[0] = '\0';
  for (uint64_t id = 1; id <= 2; id++) {
    assert_int_equal(proxy_replay(proxy, id, &err), id + 1);
    turn();
    assert_string_equal(dialed, "up.test:3128");
    dialed[0] = '\0';
  }
  stream_free(client);
}

/* ---- in the clear ---- */

static void a_rule_answers_in_the_clear(void **state) {
  struct stream *client = connect_client();
  (void)state;
  rule("* => recorded else 504");
  assert_non_null(strstr(connect_to(client, HOST ":443"), " 200 "));
  put(client, ASK, strlen(ASK));
  assert_non_null(strstr(get(client), "HTTP/1.1 504 "));
  assert_int_equal(only_row()->state, FLOW_DONE);
  stream_free(client);
}

/* ---- nothing that a rule could answer ---- */

static void refused_at_once(const char *text, const char *passthrough) {
  struct stream *client = connect_client();
  size_t before = store_count(store);
  rule(text);
  if (passthrough)
    proxy_set_passthrough(proxy, passthrough, true);
  const char *answer = connect_to(client, HOST ":443");
  if (!strstr(answer, "HTTP/1.1 502 "))
    fail_msg("%s: %s", text, answer);
  assert_int_equal(store_count(store), before + 1);
  assert_no_server(store_nth(store, before));
  stream_free(client);
  turn();
}

static void the_connect_fails_where_no_rule_could_answer(void **state) {
  static const char *const texts[] = {
      "host:other.test => answer 200 mocked",  "host:gone.test => set X: 1", "host:gone.test => delay 1s",
      "off host:gone.test => answer 200 x",    "404 => answer 200 x",        "host:gone.test port:80 => block",
      "CONNECT host:gone.test => answer 200 x"};
  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    refused_at_once(texts[i], NULL);
  rules_enable(rules, false);
  refused_at_once("host:gone.test => answer 200 x", NULL);
}

static void the_connect_fails_where_it_would_pass_untouched(void **state) {
  (void)state;
  refused_at_once("host:gone.test => answer 200 x", HOST);
}

static void what_is_neither_tls_nor_http_ends_with_the_reason(void **state) {
  struct stream *client = connect_client();
  (void)state;
  rule("host:gone.test => answer 200 mocked");
  assert_non_null(strstr(connect_to(client, HOST ":443"), " 200 "));
  put(client, "\x01\x02\x03\x04", 4);
  assert_no_server(only_row());
  stream_free(client);
}

static void one_that_waits_for_the_server_does_not_wait_for_ever(void **state) {
  struct stream *client = connect_client();
  (void)state;
  rule("host:gone.test => answer 200 mocked");
  assert_non_null(strstr(connect_to(client, HOST ":443"), " 200 "));
  now += proxy_config_default.head_timeout + CLOCK_S;
  turn();
  assert_no_server(only_row());
  stream_free(client);
}

/* ---- the server is there, and what it gets is neither TLS nor HTTP ---- */

static struct stream *raw_tunnel(void) {
  struct stream *client = connect_client();
  assert_non_null(strstr(connect_to(client, "there.test:80"), " 200 "));
  assert_non_null(there);
  assert_int_equal(store_count(store), 0);
  put(client, "\x01\x02\x03\x04", 4);
  return client;
}

static void what_turns_out_opaque_is_blocked(void **state) {
  char byte;
  size_t n = 0;
  (void)state;
  rule("[mine] host:there.test => tag binary");
  rule("[ads] host:there.test => block");
  struct stream *client = raw_tunnel();
  assert_int_equal(stream_recv(client, &byte, 1, &n), IO_EOF);
  assert_int_equal(stream_recv(there, &byte, 1, &n), IO_EOF);
  const struct flow *f = only_row();
  assert_int_equal(f->state, FLOW_FAILED);
  assert_int_equal(f->error, ERROR_DROPPED);
  assert_string_equal(f->error_text, "a rule blocks it: ads");
  assert_string_equal(f->touched, "mine\nads");
  stream_free(client);
}

static void what_turns_out_opaque_waits(void **state) {
  (void)state;
  rule("[slow] host:there.test => delay 2s");
  struct stream *client = raw_tunnel();
  assert_string_equal(only_row()->touched, "slow");
  now += 1900 * CLOCK_MS;
  turn();
  assert_string_equal(get(there), "");
  now += 200 * CLOCK_MS;
  turn();
  assert_string_equal(get(there), "\x01\x02\x03\x04");
  stream_free(client);
}

/* A rule that means the tunnel is asked when it begins; one that means requests, for them alone where they can be read. */
static void none_is_asked_twice(void **state) {
  (void)state;
  rule("CONNECT host:there.test => tag tunnel");
  rule("host:there.test => tag all");
  struct stream *raw = raw_tunnel();
  assert_string_equal(only_row()->tags, "tunnel\nall");
  assert_int_equal(rule_nth(rules, 0)->hits, 1);
  assert_int_equal(rule_nth(rules, 1)->hits, 1);
  stream_free(raw);
  stream_free(there);
  turn();
  struct stream *client = connect_client();
  connect_to(client, "there.test:80");
  put(client, ASK, strlen(ASK));
  assert_int_equal(store_count(store), 2);
  assert_string_equal(store_nth(store, 1)->tags, "all");
  assert_int_equal(rule_nth(rules, 0)->hits, 2);
  assert_int_equal(rule_nth(rules, 1)->hits, 2);
  stream_free(client);
}

static void a_tunnel_by_itself_is_blocked_at_once(void **state) {
  struct stream *client = connect_client();
  (void)state;
  rule("CONNECT host:there.test => block 403");
  assert_non_null(strstr(connect_to(client, "there.test:80"), "HTTP/1.1 403 "));
  assert_int_equal(dials, 0);
  assert_string_equal(only_row()->error_text, "a rule blocks it: block 403");
  stream_free(client);
}

static void a_host_that_passes_untouched_too(void **state) {
  struct stream *client = connect_client();
  (void)state;
  proxy_set_passthrough(proxy, "there.test", true);
  rule("host:there.test => block 451");
  assert_non_null(strstr(connect_to(client, "there.test:443"), "HTTP/1.1 451 "));
  assert_int_equal(dials, 0);
  stream_free(client);
}

/* ---- a relay of TLS ---- */

/* What the server wants it says behind its handshake (TLS 1.3), or in it. */
static void relay_that_wants_a_certificate(int version) {
  struct err err = ERR_INIT;
  struct cert site = cert_make(&(struct cert_wish){.cn = "there.test", .san = "DNS:there.test"}, NULL);
  struct mode *m = mode_parse(SLICE("tls:there.test:80"), &err);
  struct tls_peer client, server;
  struct stream *end, *ours;
  assert_non_null(m);
  proxy_set_insecure(proxy, "there.test", true);
  memory_stream_pair(home.loop, NULL, &end, &ours);
  proxy_accept_as(proxy, ours, m);
  mode_unref(m);
  SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
  tls_peer_start(&client, end, ctx, false, "there.test");
  SSL_CTX_free(ctx);
  turn();
  assert_non_null(there);
  ctx = tls_peer_ctx(true, &site, NULL);
  SSL_CTX_set_max_proto_version(ctx, version);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  tls_peer_start(&server, there, ctx, true, NULL);
  there = NULL;
  SSL_CTX_free(ctx);
  turn();
  const struct flow *f = only_row();
  assert_int_equal(f->state, FLOW_FAILED);
  assert_int_equal(f->stage, STAGE_TLS);
  assert_string_equal(f->error_kind, "wants_certificate");
  assert_string_equal(f->error_cure, "--client-cert there.test=FILE");
  assert_non_null(strstr(f->error_text, "there.test: the server wants a client certificate"));
  tls_peer_close(&client, false);
  tls_peer_close(&server, false);
  cert_clear(&site);
}

static void a_relay_says_that_the_server_wants_a_certificate(void **state) {
  (void)state;
  relay_that_wants_a_certificate(TLS1_3_VERSION);
}

static void so_it_does_by_an_older_version(void **state) {
  (void)state;
  relay_that_wants_a_certificate(TLS1_2_VERSION);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(a_rule_answers_where_no_server_is),
      TEST(what_no_rule_answers_fails_as_it_would_have),
      TEST(a_rule_sends_elsewhere),
      TEST(a_socks_client_is_let_in_too),
      TEST(a_row_by_address_says_the_name),
      TEST(one_that_passes_by_its_name_says_it_too),
      TEST(what_is_sent_again_goes_to_the_same_address),
      TEST(what_is_sent_again_goes_the_way_of_its_client),
      TEST(a_rule_answers_in_the_clear),
      TEST(the_connect_fails_where_no_rule_could_answer),
      TEST(the_connect_fails_where_it_would_pass_untouched),
      TEST(what_is_neither_tls_nor_http_ends_with_the_reason),
      TEST(one_that_waits_for_the_server_does_not_wait_for_ever),
      TEST(what_turns_out_opaque_is_blocked),
      TEST(what_turns_out_opaque_waits),
      TEST(none_is_asked_twice),
      TEST(a_tunnel_by_itself_is_blocked_at_once),
      TEST(a_host_that_passes_untouched_too),
      TEST(a_relay_says_that_the_server_wants_a_certificate),
      TEST(so_it_does_by_an_older_version),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
