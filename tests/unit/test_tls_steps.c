/* What OpenSSL does by itself between the bytes of its users (key updates, tickets, alerts), and what a peer can do wrong
 * with it: nothing waits for the wrong thing, nothing grows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tls/parts.h"
#include "tls_ends.h"
#include "turns.h"

#define LIMIT (30 * CLOCK_S)
#define HOST  "a.shop.test"

static struct tls_home home;
static struct cert root, site;
static struct tls_end end;
static struct tls_peer peer;

static int make_certificates(void **state) {
  (void)state;
  root = cert_make(&(struct cert_wish){.cn = "Root", .ca = true}, NULL);
  site = cert_make(&(struct cert_wish){.cn = "x", .san = "DNS:" HOST}, &root);
  return 0;
}

static int drop_certificates(void **state) {
  (void)state;
  cert_clear(&root);
  cert_clear(&site);
  return 0;
}

static int set_up(void **state) {
  (void)state;
  tls_home_open(&home, NULL);
  end = (struct tls_end){0};
  peer = (struct tls_peer){0};
  return 0;
}

static void close_ends(void) {
  tls_end_close(&end);
  if (peer.ssl)
    tls_peer_close(&peer, false);
  loop_turn(home.loop, 0);
}

static int tear_down(void **state) {
  (void)state;
  close_ends();
  tls_home_close(&home);
  return 0;
}

static void turns(int n) {
  for (int i = 0; i < n; i++)
    loop_turn(home.loop, 0);
}

/* weir as the server of OpenSSL; takes ctx over. */
static void serve(SSL_CTX *ctx, const struct memory_options *options) {
  struct stream *a, *b;
  memory_stream_pair(home.loop, options, &a, &b);
  tls_end_attach(&end, tls_serve(home.tls, b, (struct slice){NULL, 0}, HOST, LIMIT, tls_end_done, &end));
  tls_peer_start(&peer, a, ctx, false, HOST);
  SSL_CTX_free(ctx);
  TURN_UNTIL(home.loop, end.done_calls && peer.done);
  assert_string_equal(end.text, "");
}

/* weir as the client of OpenSSL, whoever that is; takes ctx over. */
static void ask(struct tls *t, SSL_CTX *ctx, const struct memory_options *options, bool insecure) {
  struct stream *a, *b;
  memory_stream_pair(home.loop, options, &a, &b);
  tls_peer_start(&peer, b, ctx, true, NULL);
  SSL_CTX_free(ctx);
  tls_end_attach(&end, tls_connect(t, a, HOST, 443, insecure, LIMIT, tls_end_done, &end));
  TURN_UNTIL(home.loop, end.done_calls);
}

/* ---- between the bytes ---- */

static void a_key_update_is_answered_when_there_is_room(void **state) {
  struct memory_options small = {.capacity = 40, .most_recv = 3, .most_send = 3};
  (void)state;
  serve(tls_peer_ctx(false, NULL, NULL), &small);
  for (int i = 0; i < 5; i++) {
    char text[64];
    assert_int_equal(SSL_key_update(peer.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
    assert_int_equal(SSL_write(peer.ssl, "0123456789", 10), 10);
    tls_peer_pump(&peer);
    memset(text, 'a' + i, sizeof text);
    tls_end_say(&end, text, sizeof text);
    TURN_UNTIL(home.loop, end.got.n == (size_t)(i + 1) * 10 && peer.got.n == (size_t)(i + 1) * 64);
  }
  assert_int_equal(peer.got.p[4 * 64], 'e');
  assert_false(end.error || peer.failed);
}

/* Each wants an answer, and the peer takes none for long: the answers are bounded, reading stops until they go. */
static void a_flood_of_key_updates_is_bounded(void **state) {
  struct memory_options small = {.capacity = 3000};
  char *bytes, taken[500];
  size_t sent = 0, done, most = 0;
  int stuck = 0, told_in_vain = 0;
  (void)state;
  serve(tls_peer_ctx(false, NULL, NULL), &small);
  turns(5);
  const struct tls_stream *t = (const struct tls_stream *)(const void *)end.stream;
  peer.hold = true;
  for (int i = 0; i < 6000; i++) {
    assert_int_equal(SSL_key_update(peer.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
    SSL_do_handshake(peer.ssl);
  }
  SSL_write(peer.ssl, "end", 3);
  size_t n = (size_t)BIO_get_mem_data(peer.out, &bytes);
  uint64_t until = clock_mono() + TURNS_LIMIT;
  while (end.got.n < 3 && clock_mono() < until) {
    bool moved = sent < n && stream_send(peer.stream, bytes + sent, n - sent, &done) == IO_OK;
    sent += moved ? done : 0;
    int calls = end.ready_calls;
    turns(1);
    told_in_vain += stuck == 3 && end.ready_calls > calls;
    most = queue_size(&t->wire.out) > most ? queue_size(&t->wire.out) : most;
    stuck = moved ? 0 : stuck + 1;
    if (stuck > 3)
      stream_recv(peer.stream, taken, sizeof taken, &done);
  }
  assert_memory_equal(end.got.p, "end", 3);
  assert_false(end.error);
  assert_int_equal(told_in_vain, 0);
  assert_true(most >= WIRE_OUT_MOST && most < WIRE_OUT_MOST + 20000);
}

/* A ticket that comes in three records: while a part of it is missing, OpenSSL writes nothing. */
static void writing_waits_for_the_rest_of_a_ticket(void **state) {
  struct cert own = cert_make(&(struct cert_wish){.cn = "me", .eku = "clientAuth", .rsa = true}, &root);
  const struct cert *const roots[] = {&root}, *const owns[] = {&own};
  char *ca = tls_home_path(&home, "root.pem"), *mine = tls_home_path(&home, "me.pem"), spec[400];
  struct err err = ERR_INIT;
  (void)state;
  cert_write(ca, roots, 1, NULL);
  cert_write(mine, owns, 1, own.key);
  snprintf(spec, sizeof spec, "*=%s", mine);
  const char *const specs[] = {spec, NULL};
  struct tls *t =
      tls_new(home.loop, home.authority, &(struct tls_options){.upstream_ca = ca, .client_certs = specs}, &err);
  assert_string_equal(err.text, "");
  SSL_CTX *ctx = tls_peer_ctx(true, &site, NULL);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), root.x);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
  SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"x", 1);
  SSL_CTX_set_max_send_fragment(ctx, 512);
  SSL_CTX_set_num_tickets(ctx, 0);
  ask(t, ctx, NULL, false);
  assert_string_equal(end.text, "");
  TURN_UNTIL(home.loop, peer.done);
  turns(5);
  peer.hold = true;
  SSL_new_session_ticket(peer.ssl);
  SSL_do_handshake(peer.ssl);
  char *bytes;
  size_t done;
  long n = BIO_get_mem_data(peer.out, &bytes);
  size_t first = 5 + (((size_t)(unsigned char)bytes[3] << 8) | (unsigned char)bytes[4]);
  assert_true(first > 500 && (size_t)n > first + 100); /* two records at least */
  assert_int_equal(stream_send(peer.stream, bytes, first, &done), IO_OK);
  turns(10); /* the user reads, and finds nothing */
  assert_int_equal(stream_send(end.stream, "question", 8, &done), IO_AGAIN);
  tls_end_say(&end, "question", 8);
  turns(10);
  assert_int_equal(end.to_send.n, 8);
  end.wants = 0; /* now only writing is wanted, and reading is what it takes */
  stream_touch(end.stream);
  turns(2);
  int calls = end.ready_calls;
  turns(10);
  assert_int_equal(end.ready_calls, calls); /* there is room below, but that is not what it waits for */
  assert_int_equal(stream_send(peer.stream, bytes + first, (size_t)n - first, &done), IO_OK);
  (void)BIO_reset(peer.out);
  peer.hold = false;
  stream_touch(peer.stream);
  TURN_UNTIL(home.loop, peer.got.n == 8);
  close_ends();
  tls_free(t);
  free(ca);
  free(mine);
  cert_clear(&own);
}

static void renegotiation_is_refused(void **state) {
  SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
  (void)state;
  SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
  serve(ctx, NULL);
  assert_null(SSL_get_current_compression(peer.ssl));
  assert_int_equal(SSL_renegotiate(peer.ssl), 1);
  SSL_do_handshake(peer.ssl);
  tls_peer_pump(&peer);
  TURN_UNTIL(home.loop, peer.failed);
  assert_int_equal(peer.reason, SSL_R_NO_RENEGOTIATION);
  struct tls_result result; /* what it then says is no word about what both have in common */
  TURN_UNTIL(home.loop, tls_stream_result(end.stream, &result) && result.text);
  assert_int_equal(result.problem, TLS_OTHER);
  assert_non_null(strstr(result.text, "the client ended TLS"));
}

static void renegotiation_is_refused_to_a_server(void **state) {
  SSL_CTX *ctx = tls_peer_ctx(true, &site, NULL);
  (void)state;
  SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
  ask(home.tls, ctx, NULL, true);
  TURN_UNTIL(home.loop, peer.done);
  assert_int_equal(SSL_renegotiate(peer.ssl), 1);
  SSL_do_handshake(peer.ssl);
  tls_peer_pump(&peer);
  TURN_UNTIL(home.loop, peer.failed);
  assert_int_equal(peer.reason, SSL_R_NO_RENEGOTIATION);
}

/* ---- a peer that goes while we write ---- */

static void who_writes_to_nobody_is_told(void **state) {
  struct memory_options small = {.capacity = 100};
  (void)state;
  serve(tls_peer_ctx(false, NULL, NULL), &small);
  turns(50); /* the tickets have gone */
  peer.hold = true;
  end.wants = 0;
  char much[5000] = {0};
  tls_end_say(&end, much, sizeof much);
  TURN_UNTIL(home.loop, end.to_send.n == 0); /* taken, and waiting inside */
  tls_end_say(&end, much, sizeof much);
  turns(5);
  assert_int_equal(end.to_send.n, sizeof much);
  int before = end.ready_calls;
  tls_peer_close(&peer, true);
  TURN_UNTIL(home.loop, end.ready_calls > before);
  size_t done;
  assert_int_equal(stream_send(end.stream, "x", 1, &done), IO_ERROR);
  assert_true(stream_error(end.stream) == ECONNRESET || stream_error(end.stream) == EPIPE);
  assert_int_equal(stream_shutdown(end.stream), IO_ERROR);
  buf_reset(&end.to_send);
}

/* A server may answer and go before it has read everything: what it said is still read. */
static void what_came_is_read_though_writing_fails(void **state) {
  (void)state;
  ask(home.tls, tls_peer_ctx(true, &site, NULL), NULL, true);
  TURN_UNTIL(home.loop, peer.done);
  end.wants = 0;
  SSL_write(peer.ssl, "413", 3);
  SSL_shutdown(peer.ssl);
  tls_peer_pump(&peer);
  tls_peer_close(&peer, false);
  size_t done;
  for (int i = 0; i < 3; i++)
    stream_send(end.stream, "body", 4, &done);
  assert_int_equal(stream_send(end.stream, "body", 4, &done), IO_ERROR);
  end.wants = STREAM_READ;
  stream_touch(end.stream);
  TURN_UNTIL(home.loop, end.eof || end.error);
  assert_true(end.eof);
  assert_int_equal(end.got.n, 3);
}

/* ---- verdicts that need a peer with ideas of its own ---- */

static int choose_h2(SSL *ssl, const unsigned char **out, unsigned char *n, const unsigned char *in, unsigned in_n,
                     void *arg) {
  (void)ssl;
  (void)in;
  (void)in_n;
  (void)arg;
  *out = (const unsigned char *)"h2";
  *n = 2;
  return SSL_TLSEXT_ERR_OK;
}

static void a_protocol_that_was_not_offered(void **state) {
  SSL_CTX *ctx = tls_peer_ctx(true, &site, NULL);
  (void)state;
  SSL_CTX_set_alpn_select_cb(ctx, choose_h2, NULL);
  ask(home.tls, ctx, NULL, true);
  assert_int_equal(end.problem, TLS_OTHER);
  assert_non_null(strstr(end.text, "bad extension"));
}

static void alerts_of_a_client(void **state) {
  static const struct {
    unsigned char number;
    enum tls_problem problem;
    const char *text;
  } rows[] = {
      {40, TLS_NO_COMMON, "(handshake_failure)"},
      {70, TLS_NO_COMMON, "weir allows"},
      {42, TLS_CLIENT_REJECTED, "(bad_certificate)"},
      {46, TLS_CLIENT_REJECTED, "(certificate_unknown)"},
      {80, TLS_OTHER, "(internal_error)"},
      {99, TLS_OTHER, "(unknown alert)"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct stream *a, *b;
    char alert[] = "\x15\x03\x03\x00\x02\x02?";
    size_t done;
    alert[6] = (char)rows[i].number;
    memory_stream_pair(home.loop, NULL, &a, &b);
    tls_end_attach(&end, tls_serve(home.tls, a, (struct slice){NULL, 0}, HOST, LIMIT, tls_end_done, &end));
    SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
    SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
    tls_peer_start(&peer, b, ctx, false, HOST);
    SSL_CTX_free(ctx);
    peer.hold = true;
    TURN_UNTIL(home.loop, tls_end_facts(&end)->certificates == 1);
    stream_send(b, alert, 7, &done);
    TURN_UNTIL(home.loop, end.done_calls);
    assert_int_equal(end.problem, rows[i].problem);
    assert_int_equal(end.alert, rows[i].number);
    assert_non_null(strstr(end.text, rows[i].text));
    close_ends();
  }
}

static void an_alert_in_the_clear_is_none(void **state) {
  struct tls_result result;
  SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
  (void)state;
  SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
  serve(ctx, NULL);
  assert_true(tls_stream_result(end.stream, &result));
  assert_int_equal(result.problem, TLS_OK);
  assert_null(result.text);
  assert_false(tls_stream_result(peer.stream, &result));
  size_t done;
  stream_send(peer.stream, "\x15\x03\x03\x00\x02\x02\x30", 7, &done);
  TURN_UNTIL(home.loop, end.error);
  assert_true(tls_stream_result(end.stream, &result));
  assert_int_equal(result.problem, TLS_OTHER);
  assert_int_equal(result.alert, 0);
  assert_int_equal(end.error_number, EPROTO);
}

static uint64_t fake_now;
static uint64_t fake_clock(void *arg) {
  (void)arg;
  return fake_now;
}

static void a_client_that_says_half_a_hello(void **state) {
  struct stream *a, *b;
  size_t done;
  (void)state;
  fake_now = CLOCK_S;
  loop_set_clock(home.loop, fake_clock, NULL);
  turns(1);
  memory_stream_pair(home.loop, NULL, &a, &b);
  tls_end_attach(&end, tls_serve(home.tls, a, SLICE("\x16\x03\x01"), HOST, LIMIT, tls_end_done, &end));
  stream_send(b, "\x02\x00\x01\x00", 4, &done);
  turns(5);
  assert_int_equal(end.done_calls, 0);
  fake_now += LIMIT;
  turns(3);
  assert_int_equal(end.problem, TLS_TIMEOUT);
  assert_string_equal(end.text, "the client did not finish the handshake for a.shop.test in time");
  stream_free(b);
}

static void it_asks_for_a_certificate_and_goes(void **state) {
  SSL_CTX *ctx = tls_peer_ctx(true, &site, NULL);
  struct stream *a, *b;
  (void)state;
  SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
  memory_stream_pair(home.loop, NULL, &a, &b);
  tls_peer_start(&peer, b, ctx, true, NULL);
  SSL_CTX_free(ctx);
  tls_end_attach(&end, tls_connect(home.tls, a, HOST, 443, true, LIMIT, tls_end_done, &end));
  const struct tls_stream *t = (const struct tls_stream *)(const void *)end.stream;
  while (!t->certificate_asked)
    turns(1);
  tls_peer_close(&peer, false);
  TURN_UNTIL(home.loop, end.done_calls);
  assert_int_equal(end.problem, TLS_WANTS_CERTIFICATE);
  assert_non_null(strstr(end.text, "it closed the connection"));
}

static void chains_with_faults_above(void **state) {
  struct cert old = cert_make(&(struct cert_wish){.cn = "Old Between", .ca = true, .from = -9, .until = -2}, &root);
  struct cert leaf = cert_make(&(struct cert_wish){.cn = "x", .san = "DNS:" HOST}, &old);
  const struct cert *const roots[] = {&root};
  char *ca = tls_home_path(&home, "root.pem");
  struct err err = ERR_INIT;
  (void)state;
  cert_write(ca, roots, 1, NULL);
  struct tls *t = tls_new(home.loop, home.authority, &(struct tls_options){.upstream_ca = ca}, &err);
  assert_non_null(t);
  ask(t, tls_peer_ctx(true, &leaf, &old), NULL, false);
  assert_int_equal(end.problem, TLS_EXPIRED);
  assert_non_null(strstr(end.text, HOST ": certificate of its authority CN=Old Between expired on 20"));
  close_ends();
  /* a root that the server sends along, and that is not trusted here */
  ask(home.tls, tls_peer_ctx(true, &site, &root), NULL, false);
  assert_int_equal(end.problem, TLS_UNKNOWN_ISSUER);
  assert_non_null(strstr(end.text, "not trusted here (CN=Root)"));
  assert_int_equal(tls_end_facts(&end)->certificates, 2);
  close_ends();
  tls_free(t);
  free(ca);
  cert_clear(&old);
  cert_clear(&leaf);
}

static void names_of_every_kind_and_too_many(void **state) {
  struct buf san = BUF_INIT;
  (void)state;
  buf_add_text(&san, "URI:https://x.test/,email:a@x.test,IP:10.0.0.1,IP:2001:db8::1,RID:1.2.3.4");
  for (int i = 0; i < 400; i++)
    buf_printf(&san, ",DNS:host-number-%d.example.test", i);
  struct cert many = cert_make(&(struct cert_wish){.cn = "x", .san = san.p}, NULL);
  ask(home.tls, tls_peer_ctx(true, &many, NULL), NULL, true);
  const struct secure_facts *f = tls_end_facts(&end);
  const char *names = f->certificate[0].names;
  const char *start =
      "URI:https://x.test/, email:a@x.test, 10.0.0.1, 2001:db8::1, (another kind of name), host-number-0.";
  assert_int_equal(strncmp(names, start, strlen(start)), 0);
  assert_true(strlen(names) < 4300);
  assert_non_null(strstr(names, " more"));
  close_ends();
  /* the sentence is cut shorter still */
  struct cert ours = cert_make(&(struct cert_wish){.cn = "x", .san = san.p}, &root);
  const struct cert *const roots[] = {&root};
  char *ca = tls_home_path(&home, "root.pem");
  struct err err = ERR_INIT;
  cert_write(ca, roots, 1, NULL);
  struct tls *t = tls_new(home.loop, home.authority, &(struct tls_options){.upstream_ca = ca}, &err);
  ask(t, tls_peer_ctx(true, &ours, NULL), NULL, false);
  assert_int_equal(end.problem, TLS_WRONG_HOST);
  assert_true(strlen(end.text) < 300);
  close_ends();
  tls_free(t);
  free(ca);
  buf_clear(&san);
  cert_clear(&many);
  cert_clear(&ours);
}

/* ---- the system's store ---- */

static void a_folder_with_hashed_names_is_the_system_store(void **state) {
  const struct cert *const roots[] = {&root};
  struct err err = ERR_INIT;
  char name[32];
  (void)state;
  snprintf(name, sizeof name, "%08lx.0", X509_NAME_hash_ex(X509_get_subject_name(root.x), NULL, NULL, NULL));
  char *path = tls_home_path(&home, name);
  cert_write(path, roots, 1, NULL);
  setenv("SSL_CERT_DIR", home.folder, 1);
  struct tls *t = tls_new(home.loop, home.authority, &(struct tls_options){0}, &err);
  unsetenv("SSL_CERT_DIR");
  assert_non_null(t);
  ask(t, tls_peer_ctx(true, &site, NULL), NULL, false);
  assert_string_equal(end.text, "");
  close_ends();
  tls_free(t);
  setenv("SSL_CERT_FILE", path, 1);
  t = tls_new(home.loop, home.authority, &(struct tls_options){0}, &err);
  unsetenv("SSL_CERT_FILE");
  ask(t, tls_peer_ctx(true, &site, NULL), NULL, false);
  assert_string_equal(end.text, "");
  close_ends();
  tls_free(t);
  t = tls_new(home.loop, home.authority, &(struct tls_options){0}, &err);
  ask(t, tls_peer_ctx(true, &site, NULL), NULL, false);
  assert_int_equal(end.problem, TLS_UNKNOWN_ISSUER);
  close_ends();
  tls_free(t);
  free(path);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(a_key_update_is_answered_when_there_is_room),
      TEST(a_flood_of_key_updates_is_bounded),
      TEST(writing_waits_for_the_rest_of_a_ticket),
      TEST(renegotiation_is_refused),
      TEST(renegotiation_is_refused_to_a_server),
      TEST(who_writes_to_nobody_is_told),
      TEST(what_came_is_read_though_writing_fails),
      TEST(a_protocol_that_was_not_offered),
      TEST(alerts_of_a_client),
      TEST(an_alert_in_the_clear_is_none),
      TEST(a_client_that_says_half_a_hello),
      TEST(it_asks_for_a_certificate_and_goes),
      TEST(chains_with_faults_above),
      TEST(names_of_every_kind_and_too_many),
      TEST(a_folder_with_hashed_names_is_the_system_store),
  };
  return cmocka_run_group_tests(tests, make_certificates, drop_certificates);
}
