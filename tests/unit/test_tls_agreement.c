/* When nothing is common to both sides: who offered what, what weir allows, and which option changes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tls_ends.h"
#include "turns.h"

#define LIMIT (30 * CLOCK_S)
#define HOST  "api.shop.test"

static struct tls_home home;
static struct cert good;
static struct tls_end end;
static struct tls_peer peer;

static void open_home(const struct tls_options *options) {
  tls_home_open(&home, options);
  end = (struct tls_end){0};
  peer = (struct tls_peer){0};
}

static void close_home(void) {
  tls_end_close(&end);
  tls_peer_close(&peer, false);
  loop_turn(home.loop, 0);
  tls_home_close(&home);
}

static int set_up(void **state) {
  (void)state;
  open_home(&(struct tls_options){.upstream_ca = NULL});
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  close_home();
  return 0;
}

static int make_certificates(void **state) {
  (void)state;
  good = cert_make(&(struct cert_wish){.cn = HOST, .san = "DNS:" HOST, .eku = "serverAuth"}, NULL);
  return 0;
}

static int drop_certificates(void **state) {
  (void)state;
  cert_clear(&good);
  return 0;
}

static void expect(const char *text, const char *cure) {
  if (end.problem != TLS_NO_COMMON || strcmp(end.text, text) != 0 || strcmp(end.cure, cure) != 0)
    fail_msg("problem %d, \"%s\", cure \"%s\"; wanted \"%s\", \"%s\"", end.problem, end.text, end.cure, text, cure);
  assert_int_equal(end.done_calls, 1);
}

/* weir asks a server; ctx is taken over. */
static void ask(SSL_CTX *ctx) {
  struct stream *a, *b;
  memory_stream_pair(home.loop, NULL, &a, &b);
  tls_peer_start(&peer, b, ctx, true, NULL);
  SSL_CTX_free(ctx);
  tls_end_attach(&end, tls_connect(home.tls, a, HOST, 8443, false, LIMIT, tls_end_done, &end));
  TURN_UNTIL(home.loop, end.done_calls);
}

/* A client asks weir; ctx is taken over. */
static void be_asked(SSL_CTX *ctx) {
  struct stream *a, *b;
  memory_stream_pair(home.loop, NULL, &a, &b);
  tls_end_attach(&end, tls_serve(home.tls, a, (struct slice){NULL, 0}, "connect.test", LIMIT, tls_end_done, &end));
  tls_peer_start(&peer, b, ctx, false, HOST);
  SSL_CTX_free(ctx);
  TURN_UNTIL(home.loop, end.done_calls);
}

/* ---- servers ---- */

static void versions_without_overlap(void **state) {
  SSL_CTX *ctx = tls_peer_ctx(true, &good, NULL);
  (void)state;
  SSL_CTX_set_cipher_list(ctx, "DEFAULT:@SECLEVEL=0");
  SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
  SSL_CTX_set_max_proto_version(ctx, TLS1_VERSION);
  ask(ctx);
  expect(HOST ": no TLS version in common: the server takes none of TLS 1.2 to 1.3, which weir allows",
         "--upstream-tls-min 1.0");
  assert_int_equal(end.alert, 70);
}

/* One that heeds only the version in front, as servers before TLS 1.3 do: its ServerHello says which it speaks. */
static void a_server_of_another_time(void **state) {
  static const char hello[] = "\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02"
                              "0123456789abcdef0123456789abcdef\x00\xc0\x13\x00";
  struct stream *a, *raw;
  size_t done;
  (void)state;
  memory_stream_pair(home.loop, NULL, &a, &raw);
  tls_end_attach(&end, tls_connect(home.tls, a, HOST, 8443, false, LIMIT, tls_end_done, &end));
  assert_int_equal(stream_send(raw, hello, sizeof hello - 1, &done), IO_OK);
  TURN_UNTIL(home.loop, end.done_calls);
  stream_free(raw);
  expect(HOST ": no TLS version in common: the server speaks TLS 1.1, weir allows TLS 1.2 to 1.3",
         "--upstream-tls-min 1.1");
}

static void a_server_that_is_too_new(void **state) {
  (void)state;
  close_home();
  open_home(&(struct tls_options){.server = {0, TLS1_2_VERSION}});
  SSL_CTX *ctx = tls_peer_ctx(true, &good, NULL);
  SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
  ask(ctx);
  expect(HOST ": no TLS version in common: the server takes none of TLS 1.2, which weir allows",
         "--upstream-tls-max 1.3");
}

static void a_server_of_other_ciphers(void **state) {
  SSL_CTX *ctx = tls_peer_ctx(true, &good, NULL);
  (void)state;
  SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(ctx, "PSK:@SECLEVEL=0");
  ask(ctx);
  expect(HOST
         ": the server and weir have no TLS version, cipher or protocol in common (handshake_failure): weir allows "
         "TLS 1.2 to 1.3",
         "");
}

static int choose_none(SSL *ssl, const unsigned char **out, unsigned char *out_n, const unsigned char *offered,
                       unsigned offered_n, void *arg) {
  (void)ssl, (void)out, (void)out_n, (void)offered, (void)offered_n, (void)arg;
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void a_server_of_another_protocol(void **state) {
  SSL_CTX *ctx = tls_peer_ctx(true, &good, NULL);
  (void)state;
  SSL_CTX_set_alpn_select_cb(ctx, choose_none, NULL);
  ask(ctx);
  expect(HOST ": the server does not speak http/1.1, and weir nothing else (no_application_protocol)", "");
}

/* ---- clients ---- */

static void a_client_of_another_time(void **state) {
  SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
  (void)state;
  SSL_CTX_set_cipher_list(ctx, "DEFAULT:@SECLEVEL=0");
  SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
  SSL_CTX_set_max_proto_version(ctx, TLS1_1_VERSION);
  be_asked(ctx);
  expect("no TLS version in common for " HOST ": the client offers TLS 1.1 at most, weir allows TLS 1.2 to 1.3",
         "--tls-min 1.1");
  TURN_UNTIL(home.loop, peer.failed);
  assert_int_equal(peer.reason, 1070);
}

static void a_client_that_is_too_old_for_this_weir(void **state) {
  (void)state;
  close_home();
  open_home(&(struct tls_options){.client = {TLS1_3_VERSION, 0}});
  SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
  SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
  be_asked(ctx);
  expect("no TLS version in common for " HOST ": the client offers TLS 1.2 at most, weir allows TLS 1.3",
         "--tls-min 1.2");
}

static void a_client_that_is_too_new_for_this_weir(void **state) {
  (void)state;
  close_home();
  open_home(&(struct tls_options){.client = {0, TLS1_2_VERSION}});
  SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
  SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
  be_asked(ctx);
  expect("no TLS version in common for " HOST ": the client offers TLS 1.3, weir allows TLS 1.2", "--tls-max 1.3");
}

static void a_client_without_ciphers_that_are_any(void **state) {
  SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
  (void)state;
  SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(ctx, "aNULL:eNULL:@SECLEVEL=0");
  be_asked(ctx);
  expect("the client and weir have no TLS cipher in common for " HOST " (no shared cipher)", "");
}

static void a_client_of_another_protocol(void **state) {
  SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
  (void)state;
  SSL_CTX_set_alpn_protos(ctx, (const unsigned char *)"\x02h2\x05other", 9);
  be_asked(ctx);
  expect("the client speaks only h2, other to api.shop.test, weir only HTTP/1", "--passthrough " HOST);
  TURN_UNTIL(home.loop, peer.failed);
  assert_int_equal(peer.reason, 1120);
}

static void a_client_of_two_protocols(void **state) {
  SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
  (void)state;
  SSL_CTX_set_alpn_protos(ctx, (const unsigned char *)"\x02h2\x08http/1.1", 12);
  be_asked(ctx);
  assert_string_equal(end.text, "");
  assert_string_equal(tls_end_facts(&end)->alpn, "http/1.1");
  assert_string_equal(tls_end_facts(&end)->alpn_offered, "h2, http/1.1");
}

/* curl --http1.0 offers nothing else; beside 1.1 it is the second choice. */
static void a_client_of_the_older_http(void **state) {
  static const struct {
    const char *offered, *agreed;
  } rows[] = {
      {"\x08http/1.0", "http/1.0"}, {"\x02h2\x08http/1.0", "http/1.0"}, {"\x08http/1.0\x08http/1.1", "http/1.1"}};
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
    SSL_CTX_set_alpn_protos(ctx, (const unsigned char *)rows[i].offered, (unsigned)strlen(rows[i].offered));
    be_asked(ctx);
    assert_string_equal(end.text, "");
    assert_string_equal(tls_end_facts(&end)->alpn, rows[i].agreed);
    tls_end_close(&end);
    tls_peer_close(&peer, false);
    peer = (struct tls_peer){0};
  }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(versions_without_overlap),
      TEST(a_server_of_another_time),
      TEST(a_server_that_is_too_new),
      TEST(a_server_of_other_ciphers),
      TEST(a_server_of_another_protocol),
      TEST(a_client_of_another_time),
      TEST(a_client_that_is_too_old_for_this_weir),
      TEST(a_client_that_is_too_new_for_this_weir),
      TEST(a_client_without_ciphers_that_are_any),
      TEST(a_client_of_another_protocol),
      TEST(a_client_of_two_protocols),
      TEST(a_client_of_the_older_http),
  };
  return cmocka_run_group_tests(tests, make_certificates, drop_certificates);
}
