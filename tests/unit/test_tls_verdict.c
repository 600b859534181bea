/* When TLS fails, the kind and the sentence say who refused what, why, and what to do about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "tls_ends.h"
#include "turns.h"

#define LIMIT (30 * CLOCK_S)
#define HOST  "api.shop.test"
#define SAN   "DNS:" HOST

static struct tls_home home;
static struct cert root, above, stranger, good;
static char ca_path[300];
static struct tls_end end;
static struct tls_peer peer;

static int set_up(void **state) {
  (void)state;
  tls_home_open(&home, &(struct tls_options){.upstream_ca = ca_path});
  end = (struct tls_end){0};
  peer = (struct tls_peer){0};
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  tls_end_close(&end);
  tls_peer_close(&peer, false);
  loop_turn(home.loop, 0);
  tls_home_close(&home);
  return 0;
}

static int make_certificates(void **state) {
  const struct cert *const roots[] = {&root};
  const char *tmp = getenv("TMPDIR");
  (void)state;
  root = cert_make(&(struct cert_wish){.cn = "Test Root", .ca = true}, NULL);
  above = cert_make(&(struct cert_wish){.cn = "Test Between", .ca = true}, &root);
  stranger = cert_make(&(struct cert_wish){.cn = "Stranger", .ca = true}, NULL);
  good = cert_make(&(struct cert_wish){.cn = HOST, .san = SAN, .eku = "serverAuth"}, &root);
  snprintf(ca_path, sizeof ca_path, "%s/weir-test-ca-%ld.pem", tmp ? tmp : "/tmp", (long)getpid());
  cert_write(ca_path, roots, 1, NULL);
  return 0;
}

static int drop_certificates(void **state) {
  (void)state;
  unlink(ca_path);
  cert_clear(&root);
  cert_clear(&above);
  cert_clear(&stranger);
  cert_clear(&good);
  return 0;
}

/* ---- towards a server ---- */

/* Takes ctx over. */
static void ask(SSL_CTX *ctx, const char *host, bool insecure) {
  struct stream *a, *b;
  memory_stream_pair(home.loop, NULL, &a, &b);
  tls_peer_start(&peer, b, ctx, true, NULL);
  SSL_CTX_free(ctx);
  tls_end_attach(&end, tls_connect(home.tls, a, host, 8443, insecure, LIMIT, tls_end_done, &end));
  TURN_UNTIL(home.loop, end.done_calls);
}

static void expect(enum tls_problem problem, const char *text, const char *cure) {
  if (end.problem != problem || !strstr(end.text, text) || !strstr(end.cure, cure) || (!*cure && *end.cure))
    fail_msg("problem %d, \"%s\", cure \"%s\"; wanted %d, \"%s\", \"%s\"", end.problem, end.text, end.cure, problem,
             text, cure);
  assert_int_equal(end.done_calls, 1);
}

static void day(int days, char out[32]) {
  time_t t = time(NULL) + days * 86400L;
  struct tm tm;
  gmtime_r(&t, &tm);
  strftime(out, 32, "%Y-%m-%d", &tm);
}

static void a_good_one_is_taken(void **state) {
  (void)state;
  ask(tls_peer_ctx(true, &good, NULL), HOST, false);
  assert_string_equal(end.text, "");
  assert_true(tls_end_facts(&end)->verified);
}

static void one_with_its_intermediate_is_taken(void **state) {
  struct cert leaf = cert_make(&(struct cert_wish){.cn = "x", .san = SAN, .rsa = true}, &above);
  (void)state;
  ask(tls_peer_ctx(true, &leaf, &above), HOST, false);
  assert_string_equal(end.text, "");
  assert_int_equal(tls_end_facts(&end)->certificates, 2);
  assert_string_equal(tls_end_facts(&end)->certificate[0].key, "RSA 2048");
  assert_string_equal(tls_end_facts(&end)->certificate[1].subject, "CN=Test Between");
  cert_clear(&leaf);
}

static void bad_certificates(void **state) {
  char past[32], future[32];
  struct {
    const char *name;
    struct cert_wish wish;
    const struct cert *issuer;
    enum tls_problem problem;
    const char *text, *cure;
  } rows[] = {
      {"expired", {.cn = "x", .san = SAN, .from = -30, .until = -3}, &root, TLS_EXPIRED, past, "--insecure " HOST},
      {"early", {.cn = "x", .san = SAN, .from = 3, .until = 30}, &root, TLS_EXPIRED, future, "--insecure " HOST},
      {"other host",
       {.cn = HOST, .san = "DNS:www.shop.test,DNS:*.cdn.test"},
       &root,
       TLS_WRONG_HOST,
       "api.shop.test: certificate is for www.shop.test, *.cdn.test",
       "--insecure " HOST},
      {"a label more", {.cn = "x", .san = "DNS:*.test"}, &root, TLS_WRONG_HOST, "is for *.test", "--insecure"},
      {"self-signed", {.cn = HOST, .san = SAN}, NULL, TLS_SELF_SIGNED, "self-signed (CN=api.shop.test)", "--insecure"},
      {"stranger", {.cn = HOST, .san = SAN}, &stranger, TLS_UNKNOWN_ISSUER, "(CN=Stranger)", "--upstream-ca FILE"},
      {"no intermediate", {.cn = HOST, .san = SAN}, &above, TLS_UNKNOWN_ISSUER, "left out", "--upstream-ca FILE"},
      {"CN only", {.cn = HOST}, &root, TLS_BAD_CERTIFICATE, "in CN only", "--insecure"},
      {"no name", {.cn = "nobody"}, &root, TLS_WRONG_HOST, "names no host", "--insecure"},
      {"clients only",
       {.cn = HOST, .san = SAN, .eku = "clientAuth"},
       &root,
       TLS_BAD_CERTIFICATE,
       "not meant for servers",
       "--insecure"},
  };
  char text[64];
  (void)state;
  day(-3, text);
  snprintf(past, sizeof past, "expired on %s", text);
  day(3, text);
  snprintf(future, sizeof future, "before %s", text);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct cert leaf = cert_make(&rows[i].wish, rows[i].issuer);
    print_message("%s\n", rows[i].name);
    ask(tls_peer_ctx(true, &leaf, NULL), HOST, false);
    expect(rows[i].problem, rows[i].text, rows[i].cure);
    assert_int_equal(strncmp(end.text, HOST ": ", strlen(HOST) + 2), 0);
    /* what was refused can be looked at */
    assert_int_equal(tls_end_facts(&end)->certificates, 1);
    assert_string_equal(tls_end_facts(&end)->problem, end.text);
    assert_false(tls_end_facts(&end)->verified);
    TURN_UNTIL(home.loop, peer.failed); /* by an alert */
    assert_true(peer.reason >= 1042 && peer.reason <= 1048);
    tls_end_close(&end);
    tls_peer_close(&peer, false);
    cert_clear(&leaf);
  }
}

static void insecure_tells_and_goes_on(void **state) {
  struct cert leaf = cert_make(&(struct cert_wish){.cn = "other", .from = -30, .until = -3}, NULL);
  (void)state;
  ask(tls_peer_ctx(true, &leaf, NULL), HOST, true);
  assert_int_equal(end.problem, TLS_OK);
  struct secure_facts *f = tls_end_facts(&end);
  assert_true(f->insecure && !f->verified);
  assert_non_null(strstr(f->problem, "is self-signed"));
  assert_int_equal(f->certificates, 1);
  tls_end_say(&end, "hi", 2);
  TURN_UNTIL(home.loop, peer.got.n == 2);
  cert_clear(&leaf);
}

static void an_address_needs_its_own_name(void **state) {
  struct cert named = cert_make(&(struct cert_wish){.cn = "127.0.0.1", .san = "DNS:127.0.0.1"}, &root);
  struct cert numbered = cert_make(&(struct cert_wish){.cn = "x", .san = "IP:127.0.0.1"}, &root);
  (void)state;
  ask(tls_peer_ctx(true, &named, NULL), "127.0.0.1", false);
  expect(TLS_WRONG_HOST, "127.0.0.1: certificate is for 127.0.0.1", "--insecure 127.0.0.1");
  tls_end_close(&end);
  tls_peer_close(&peer, false);
  ask(tls_peer_ctx(true, &numbered, NULL), "127.0.0.1", false);
  assert_string_equal(end.text, "");
  assert_null(SSL_get_servername(peer.ssl, TLSEXT_NAMETYPE_host_name));
  cert_clear(&named);
  cert_clear(&numbered);
}

/* Bytes of a certificate reach a terminal through these sentences. */
static void names_are_made_safe(void **state) {
  struct cert leaf = cert_make(&(struct cert_wish){.cn = "evil\x1b[2J\x07", .san = SAN}, NULL);
  (void)state;
  ask(tls_peer_ctx(true, &leaf, NULL), HOST, false);
  expect(TLS_SELF_SIGNED, "evil", "--insecure");
  for (const char *c = end.text; *c; c++)
    assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
  cert_clear(&leaf);
}

static void it_wants_a_certificate(void **state) {
  (void)state;
  for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
    SSL_CTX *ctx = tls_peer_ctx(true, &good, NULL);
    struct tls_result result = {.problem = TLS_OK};
    SSL_CTX_set_max_proto_version(ctx, version);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    ask(ctx, HOST, false);
    if (version == TLS1_3_VERSION) { /* said only after the handshake */
      assert_int_equal(end.problem, TLS_OK);
      TURN_UNTIL(home.loop, end.error);
      assert_true(tls_stream_result(end.stream, &result));
      assert_int_equal(result.problem, TLS_WANTS_CERTIFICATE);
      assert_int_equal(result.alert, 116);
      assert_string_equal(result.text, HOST ": the server wants a client certificate (certificate_required)");
      assert_string_equal(result.cure, "--client-cert " HOST "=FILE");
    } else {
      expect(TLS_WANTS_CERTIFICATE, "wants a client certificate (handshake_failure)", "--client-cert " HOST "=FILE");
    }
    tls_end_close(&end);
    tls_peer_close(&peer, false);
  }
}

/* ---- a server that is none, and one that goes ---- */

static struct stream *raw;

static void ask_raw(uint64_t limit) {
  struct stream *a;
  memory_stream_pair(home.loop, NULL, &a, &raw);
  tls_end_attach(&end, tls_connect(home.tls, a, HOST, 8443, false, limit, tls_end_done, &end));
}

static void answer_raw(const char *bytes, size_t n) {
  size_t done;
  ask_raw(LIMIT);
  assert_int_equal(stream_send(raw, bytes, n, &done), IO_OK);
  TURN_UNTIL(home.loop, end.done_calls);
  stream_free(raw);
}

static void plain_http_on_a_tls_port(void **state) {
  static const char http[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
  (void)state;
  answer_raw(http, sizeof http - 1);
  expect(TLS_NOT_TLS, "api.shop.test: the server speaks plain HTTP on port 8443", "http://");
}

static void another_protocol_on_a_tls_port(void **state) {
  static const char *const greetings[] = {"SSH-2.0-OpenSSH_9.2p1\r\n", "220 mail.test ESMTP\r\n",
                                          "\x01\x02\x03\x04\x05\x06"};
  (void)state;
  for (size_t i = 0; i < sizeof greetings / sizeof *greetings; i++) {
    answer_raw(greetings[i], strlen(greetings[i]));
    expect(TLS_NOT_TLS, "api.shop.test: the server does not speak TLS on port 8443", "");
    tls_end_close(&end);
  }
}

static void an_alert_at_once(void **state) {
  (void)state;
  answer_raw("\x15\x03\x01\x00\x02\x02\x28", 7);
  expect(TLS_NO_COMMON, "(handshake_failure)", "");
  assert_int_equal(end.alert, 40);
  tls_end_close(&end);
  answer_raw("\x15\x03\x01\x00\x02\x02\x70", 7);
  expect(TLS_OTHER, "the server does not know this name (unrecognized_name)", "");
}

static void junk_in_a_record(void **state) {
  (void)state;
  answer_raw("\x16\x03\x03\x00\x05junk!", 10);
  expect(TLS_OTHER, "TLS with the server failed", "");
}

static void closed_and_reset(void **state) {
  (void)state;
  ask_raw(LIMIT);
  loop_turn(home.loop, 0);
  stream_free(raw);
  TURN_UNTIL(home.loop, end.done_calls);
  expect(TLS_CLOSED, "the server closed the connection in the handshake", "");
  tls_end_close(&end);
  ask_raw(LIMIT);
  loop_turn(home.loop, 0);
  stream_abort(raw);
  TURN_UNTIL(home.loop, end.done_calls);
  expect(TLS_RESET, "the server reset the connection in the handshake", "");
}

static uint64_t fake_now;
static uint64_t fake_clock(void *arg) {
  (void)arg;
  return fake_now;
}

static void a_server_that_says_nothing(void **state) {
  (void)state;
  fake_now = CLOCK_S;
  loop_set_clock(home.loop, fake_clock, NULL);
  loop_turn(home.loop, 0);
  ask_raw(5 * CLOCK_S);
  fake_now += 5 * CLOCK_S - 1;
  for (int i = 0; i < 5; i++)
    loop_turn(home.loop, 0);
  assert_int_equal(end.done_calls, 0);
  fake_now += 1;
  for (int i = 0; i < 5; i++)
    loop_turn(home.loop, 0);
  expect(TLS_TIMEOUT, "api.shop.test: the server did not finish the handshake in time", "");
  assert_int_equal(tls_end_facts(&end)->handshake_ns, 5 * CLOCK_S);
  stream_free(raw);
}

/* ---- towards a client ---- */

static void serve(struct stream *below) {
  tls_end_attach(&end, tls_serve(home.tls, below, (struct slice){NULL, 0}, HOST, LIMIT, tls_end_done, &end));
}

/* Takes ctx over. */
static void be_asked(SSL_CTX *ctx) {
  struct stream *a, *b;
  memory_stream_pair(home.loop, NULL, &a, &b);
  serve(a);
  tls_peer_start(&peer, b, ctx, false, HOST);
  SSL_CTX_free(ctx);
  TURN_UNTIL(home.loop, end.done_calls);
}

static void be_asked_raw(const char *bytes, size_t n) {
  struct stream *a;
  size_t done;
  memory_stream_pair(home.loop, NULL, &a, &raw);
  serve(a);
  assert_int_equal(stream_send(raw, bytes, n, &done), IO_OK);
  TURN_UNTIL(home.loop, end.done_calls);
  stream_free(raw);
}

static int refuse(int good_so_far, X509_STORE_CTX *store) {
  (void)good_so_far;
  X509_STORE_CTX_set_error(store, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
  return 0;
}

static void a_client_that_does_not_know_us(void **state) {
  (void)state;
  for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
    SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
    SSL_CTX_set_max_proto_version(ctx, version);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, refuse);
    be_asked(ctx);
    expect(TLS_CLIENT_REJECTED, "the client rejected weir's certificate for api.shop.test (unknown_ca)", "F8");
    assert_int_equal(end.alert, 48);
    tls_end_close(&end);
    tls_peer_close(&peer, false);
  }
}

static void a_client_that_speaks_http(void **state) {
  static const char http[] = "GET / HTTP/1.1\r\nHost: api.shop.test\r\n\r\n";
  (void)state;
  be_asked_raw(http, sizeof http - 1);
  expect(TLS_NOT_TLS, "the client sent something that is not TLS for api.shop.test", "");
}

static void a_client_that_leaves(void **state) {
  struct stream *a, *b;
  (void)state;
  memory_stream_pair(home.loop, NULL, &a, &b);
  serve(a);
  loop_turn(home.loop, 0);
  stream_free(b);
  TURN_UNTIL(home.loop, end.done_calls);
  expect(TLS_CLIENT_LEFT, "the client closed the connection in the handshake", "");
  tls_end_close(&end);
  /* having seen the certificate */
  memory_stream_pair(home.loop, NULL, &a, &b);
  serve(a);
  struct tls_peer p;
  SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
  tls_peer_start(&p, b, ctx, false, HOST);
  SSL_CTX_free(ctx);
  stream_set_user(b, (struct stream_user){NULL, NULL, NULL}); /* reads no answer */
  TURN_UNTIL(home.loop, tls_end_facts(&end)->certificates == 1);
  assert_false(end.done_calls);
  tls_peer_close(&p, true);
  TURN_UNTIL(home.loop, end.done_calls);
  expect(TLS_CLIENT_LEFT, "the client reset the connection when it saw weir's certificate for api.shop.test", "F8");
}

static void a_host_that_is_no_name(void **state) {
  struct stream *a, *b;
  (void)state;
  memory_stream_pair(home.loop, NULL, &a, &b);
  tls_end_attach(&end, tls_serve(home.tls, b, (struct slice){NULL, 0}, "no name\x1b", LIMIT, tls_end_done, &end));
  SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
  tls_peer_start(&peer, a, ctx, false, NULL);
  SSL_CTX_free(ctx);
  TURN_UNTIL(home.loop, end.done_calls);
  expect(TLS_OTHER, "no name^[ is not a name that a certificate can carry", "");
  TURN_UNTIL(home.loop, peer.failed);
}

/* ---- after the handshake ---- */

static void an_end_without_close_notify_is_an_error(void **state) {
  struct tls_result result;
  (void)state;
  ask(tls_peer_ctx(true, &good, NULL), HOST, false);
  TURN_UNTIL(home.loop, peer.done);
  SSL_write(peer.ssl, "half", 4);
  tls_peer_pump(&peer);
  tls_peer_close(&peer, false); /* the stream below ends in order, TLS does not */
  TURN_UNTIL(home.loop, end.error || end.eof);
  assert_true(end.error && !end.eof);
  assert_int_equal(end.error_number, EPROTO);
  assert_int_equal(end.got.n, 4);
  assert_true(tls_stream_result(end.stream, &result));
  assert_string_equal(result.text, HOST ": the server closed the connection without close_notify");
}

/* The peer said that it says no more, if not in TLS's words: it may still be told (RFC 9112-9.6). */
static void whoever_ended_without_close_notify_still_hears(void **state) {
  (void)state;
  for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
    SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
    SSL_CTX_set_max_proto_version(ctx, version);
    be_asked(ctx);
    TURN_UNTIL(home.loop, peer.done && end.done_calls);
    assert_false(tls_stream_cut(end.stream));
    SSL_write(peer.ssl, "ask", 3);
    tls_peer_pump(&peer);
    stream_shutdown(peer.stream);
    TURN_UNTIL(home.loop, end.error || end.eof);
    assert_true(end.error && !end.eof && tls_stream_cut(end.stream));
    assert_int_equal(end.got.n, 3);
    assert_true(tls_end_facts(&end)->cut);
    tls_end_say(&end, "answer", 6);
    TURN_UNTIL(home.loop, peer.got.n == 6 || peer.failed);
    assert_false(peer.failed);
    int ready = end.ready_calls;
    for (int i = 0; i < 5; i++)
      loop_turn(home.loop, 0);
    assert_int_equal(end.ready_calls, ready); /* and nothing spins */
    tls_end_close(&end);
    TURN_UNTIL(home.loop, peer.closed || peer.failed);
    assert_true(peer.closed); /* by close_notify, not by an alert */
    tls_peer_close(&peer, false);
  }
}

static void cut_in_the_middle_of_a_record(void **state) {
  (void)state;
  ask(tls_peer_ctx(true, &good, NULL), HOST, false);
  TURN_UNTIL(home.loop, peer.done);
  char *bytes;
  SSL_write(peer.ssl, "whole", 5);
  long n = BIO_get_mem_data(peer.out, &bytes);
  size_t done;
  assert_int_equal(stream_send(peer.stream, bytes, (size_t)n - 3, &done), IO_OK);
  tls_peer_close(&peer, false);
  TURN_UNTIL(home.loop, end.error || end.eof);
  assert_true(end.error && !end.eof);
  assert_int_equal(end.got.n, 0);
}

static void changed_bytes_are_an_error(void **state) {
  (void)state;
  ask(tls_peer_ctx(true, &good, NULL), HOST, false);
  TURN_UNTIL(home.loop, peer.done);
  char *bytes;
  SSL_write(peer.ssl, "whole", 5);
  long n = BIO_get_mem_data(peer.out, &bytes);
  bytes[n - 1] ^= 1;
  tls_peer_pump(&peer);
  TURN_UNTIL(home.loop, end.error);
  assert_int_equal(end.got.n, 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(a_good_one_is_taken),
      TEST(one_with_its_intermediate_is_taken),
      TEST(bad_certificates),
      TEST(insecure_tells_and_goes_on),
      TEST(an_address_needs_its_own_name),
      TEST(names_are_made_safe),
      TEST(it_wants_a_certificate),
      TEST(plain_http_on_a_tls_port),
      TEST(another_protocol_on_a_tls_port),
      TEST(an_alert_at_once),
      TEST(junk_in_a_record),
      TEST(closed_and_reset),
      TEST(a_server_that_says_nothing),
      TEST(a_client_that_does_not_know_us),
      TEST(a_client_that_speaks_http),
      TEST(a_client_that_leaves),
      TEST(a_host_that_is_no_name),
      TEST(an_end_without_close_notify_is_an_error),
      TEST(whoever_ended_without_close_notify_still_hears),
      TEST(cut_in_the_middle_of_a_record),
      TEST(changed_bytes_are_an_error),
  };
  return cmocka_run_group_tests(tests, make_certificates, drop_certificates);
}
