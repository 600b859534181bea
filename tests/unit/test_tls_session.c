/* Sessions are resumed where that is right and never under another name; many names are bounded; key log, client certificates,
 * versions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tls_ends.h"
#include "turns.h"
#include "weir/base/path.h"

#define LIMIT (30 * CLOCK_S)

static struct tls_home home;
static struct tls_end client, server;
static struct tls_peer peer;

static void open_home(const struct tls_options *options) {
  tls_home_open(&home, options);
  client = server = (struct tls_end){0};
  peer = (struct tls_peer){0};
}

static int set_up(void **state) {
  (void)state;
  open_home(NULL);
  return 0;
}

static void close_ends(void) {
  tls_end_close(&client);
  tls_end_close(&server);
  if (peer.ssl)
    tls_peer_close(&peer, false);
  for (int i = 0; i < 3; i++)
    loop_turn(home.loop, 0);
}

static int tear_down(void **state) {
  (void)state;
  close_ends();
  tls_home_close(&home);
  return 0;
}

static void join(struct tls *t, const char *host, uint16_t port, bool insecure) {
  struct stream *a, *b;
  memory_stream_pair(home.loop, NULL, &a, &b);
  tls_end_attach(&server, tls_serve(t, b, (struct slice){NULL, 0}, host, LIMIT, tls_end_done, &server));
  tls_end_attach(&client, tls_connect(t, a, host, port, insecure, LIMIT, tls_end_done, &client));
  TURN_UNTIL(home.loop, client.done_calls && server.done_calls);
}

/* Bytes both ways, so that session tickets have come. */
static void talk(void) {
  tls_end_say(&client, "ping", 4);
  TURN_UNTIL(home.loop, server.got.n == 4);
  tls_end_say(&server, "pong", 4);
  TURN_UNTIL(home.loop, client.got.n == 4);
}

static bool resumed(struct tls *t, const char *host, uint16_t port, bool insecure) {
  join(t, host, port, insecure);
  assert_string_equal(client.text, "");
  talk();
  bool both = tls_end_facts(&client)->resumed;
  assert_int_equal(both, tls_end_facts(&server)->resumed);
  assert_true(tls_end_facts(&client)->verified);
  assert_int_equal(tls_end_facts(&client)->certificates, 1);
  assert_int_equal(tls_end_facts(&server)->certificates, 1);
  close_ends();
  return both;
}

static void both_sides_resume(void **state) {
  struct err err = ERR_INIT;
  (void)state;
  for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
    struct tls_options options = {.upstream_ca = home.ca, .server = {.most = version}};
    struct tls *t = tls_new(home.loop, home.authority, &options, &err);
    assert_non_null(t);
    assert_false(resumed(t, "a.test", 443, false));
    assert_true(resumed(t, "a.test", 443, false));
    assert_true(resumed(t, "a.test", 443, false));
    assert_false(resumed(t, "b.test", 443, false));
    assert_false(resumed(t, "a.test", 444, false));
    assert_true(resumed(t, "a.test", 443, true));
    tls_free(t);
  }
}

/* What was never checked must not be taken for checked later, because no certificate comes with a resumed session. */
static void what_was_not_verified_is_not_resumed(void **state) {
  struct cert other = cert_make(&(struct cert_wish){.cn = "Other", .ca = true}, NULL);
  const struct cert *const others[] = {&other};
  struct err err = ERR_INIT;
  char *path = tls_home_path(&home, "other.pem");
  (void)state;
  cert_write(path, others, 1, NULL);
  struct tls *t = tls_new(home.loop, home.authority, &(struct tls_options){.upstream_ca = path}, &err);
  assert_non_null(t);
  for (int i = 0; i < 2; i++) {
    join(t, "a.test", 443, true);
    assert_int_equal(client.problem, TLS_OK);
    talk();
    assert_false(tls_end_facts(&client)->resumed);
    assert_false(tls_end_facts(&client)->verified);
    close_ends();
  }
  join(t, "a.test", 443, false);
  assert_int_equal(client.problem, TLS_UNKNOWN_ISSUER);
  close_ends();
  tls_free(t);
  free(path);
  cert_clear(&other);
}

/* ---- a session under another name: a client that tries ---- */

static SSL_SESSION *kept;
static int keep(SSL *ssl, SSL_SESSION *session) {
  (void)ssl;
  SSL_SESSION_free(kept);
  kept = session;
  return 1;
}

static void peer_serve(struct stream **a) {
  struct stream *b;
  memory_stream_pair(home.loop, NULL, a, &b);
  tls_end_attach(&server,
                 tls_serve(home.tls, b, (struct slice){NULL, 0}, "fallback.test", LIMIT, tls_end_done, &server));
}

static bool peer_resumes(SSL_CTX *ctx, const char *sni) {
  struct stream *a;
  peer_serve(&a);
  if (kept)
    tls_peer_resume(&peer, a, ctx, kept, sni);
  else
    tls_peer_start(&peer, a, ctx, false, sni);
  TURN_UNTIL(home.loop, server.done_calls && (peer.done || peer.failed));
  assert_string_equal(server.text, "");
  tls_end_say(&server, "pong", 4);
  TURN_UNTIL(home.loop, peer.got.n == 4);
  bool yes = SSL_session_reused(peer.ssl) == 1;
  assert_int_equal(yes, tls_end_facts(&server)->resumed);
  const char *told = tls_end_facts(&server)->sni;
  assert_int_equal(strcasecmp(told ? told : "", sni ? sni : ""), 0);
  /* whoever the session is from, the certificate is of the name that was asked for */
  assert_int_equal(X509_check_host(SSL_get0_peer_certificate(peer.ssl), sni ? sni : "fallback.test", 0, 0, NULL), 1);
  close_ends();
  return yes;
}

static void never_under_another_name(void **state) {
  (void)state;
  for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
    SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
    SSL_CTX_set_max_proto_version(ctx, version);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, keep);
    assert_false(peer_resumes(ctx, "a.test"));
    assert_non_null(kept);
    assert_true(peer_resumes(ctx, "a.test"));
    assert_true(peer_resumes(ctx, "A.Test"));
    assert_false(peer_resumes(ctx, "b.test"));
    assert_true(peer_resumes(ctx, "b.test"));
    assert_false(peer_resumes(ctx, NULL));
    SSL_CTX_free(ctx);
    SSL_SESSION_free(kept);
    kept = NULL;
  }
}

/* ---- many ---- */

static void many(size_t n) {
  for (size_t i = 0; i < n; i++) {
    char host[32];
    snprintf(host, sizeof host, "h%zu.test", i);
    join(home.tls, host, 443, false);
    assert_int_equal(client.problem, TLS_OK);
    close_ends();
  }
}

static void many_names_are_bounded(void **state) {
  (void)state;
  many(1200);
  assert_int_equal(authority_minted(home.authority), 1200);
  assert_int_equal(authority_leaves(home.authority), 1000);
  /* the one used last is there still, the first is not */
  join(home.tls, "h1199.test", 443, false);
  close_ends();
  assert_int_equal(authority_minted(home.authority), 1200);
  join(home.tls, "h0.test", 443, false);
  assert_int_equal(authority_minted(home.authority), 1201);
}

/* ---- options ---- */

static void the_key_log_holds_both_sides_and_is_private(void **state) {
  struct err err = ERR_INIT;
  struct stat st;
  char *path = tls_home_path(&home, "keys.log"), *bytes = NULL;
  size_t n = 0, lines = 0;
  (void)state;
  struct tls *t =
      tls_new(home.loop, home.authority, &(struct tls_options){.upstream_ca = home.ca, .keylog = path}, &err);
  assert_non_null(t);
  join(t, "a.test", 443, false);
  close_ends();
  tls_free(t);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
  assert_true(path_read(path, 1 << 20, &bytes, &n, &err));
  for (size_t i = 0; i < n; i++)
    lines += bytes[i] == '\n';
  const char *first = strstr(bytes, "CLIENT_HANDSHAKE_TRAFFIC_SECRET ");
  assert_non_null(first);
  assert_non_null(strstr(first + 1, "\nCLIENT_HANDSHAKE_TRAFFIC_SECRET "));
  assert_true(lines >= 8);
  free(bytes);
  assert_int_equal(chmod(path, 0644), 0); /* one that was there, and that others may read */
  t = tls_new(home.loop, home.authority, &(struct tls_options){.upstream_ca = home.ca, .keylog = path}, &err);
  assert_non_null(t);
  tls_free(t);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
  assert_null(tls_new(home.loop, home.authority, &(struct tls_options){.keylog = "/nowhere/at/all"}, &err));
  assert_non_null(strstr(err.text, "/nowhere/at/all"));
  free(path);
}

static void a_client_certificate_goes_to_its_host_only(void **state) {
  struct cert root = cert_make(&(struct cert_wish){.cn = "Root", .ca = true}, NULL);
  struct cert site = cert_make(&(struct cert_wish){.cn = "x", .san = "DNS:a.shop.test,DNS:shop.test"}, &root);
  struct cert own = cert_make(&(struct cert_wish){.cn = "me", .eku = "clientAuth"}, &root);
  const struct cert *const roots[] = {&root}, *const owns[] = {&own};
  char *ca = tls_home_path(&home, "root.pem"), *mine = tls_home_path(&home, "me.pem"), spec[400];
  struct err err = ERR_INIT;
  (void)state;
  cert_write(ca, roots, 1, NULL);
  cert_write(mine, owns, 1, own.key);
  snprintf(spec, sizeof spec, "*.Shop.test=%s", mine);
  const char *const specs[] = {spec, NULL};
  struct tls *t =
      tls_new(home.loop, home.authority, &(struct tls_options){.upstream_ca = ca, .client_certs = specs}, &err);
  assert_string_equal(err.text, "");
  for (int i = 0; i < 2; i++) {
    struct stream *a, *b;
    SSL_CTX *ctx = tls_peer_ctx(true, &site, NULL);
    SSL_CTX_set_max_proto_version(ctx, i ? TLS1_3_VERSION : TLS1_2_VERSION);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), root.x);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    for (int wrong = 0; wrong < 2; wrong++) {
      memory_stream_pair(home.loop, NULL, &a, &b);
      tls_peer_start(&peer, b, ctx, true, NULL);
      tls_end_attach(&client,
                     tls_connect(t, a, wrong ? "shop.test" : "a.shop.test", 443, false, LIMIT, tls_end_done, &client));
      TURN_UNTIL(home.loop, peer.done || peer.failed);
      assert_int_equal(peer.done, !wrong);
      TURN_UNTIL(home.loop, client.done_calls);
      assert_true(tls_end_facts(&client)->wanted);
      if (wrong)
        assert_null(tls_end_facts(&client)->shown);
      else
        assert_string_equal(tls_end_facts(&client)->shown, "CN=me");
      close_ends();
    }
    SSL_CTX_free(ctx);
  }
  tls_free(t);
  static const char *const bad[] = {"no-equals", "=x", "h=", "h=/nowhere", NULL};
  for (size_t i = 0; bad[i]; i++) {
    const char *const one[] = {bad[i], NULL};
    err.text[0] = '\0';
    assert_null(tls_new(home.loop, home.authority, &(struct tls_options){.client_certs = one}, &err));
    assert_true(strlen(err.text) > 10);
  }
  snprintf(spec, sizeof spec, "h=%s", ca); /* has no key */
  assert_null(tls_new(home.loop, home.authority, &(struct tls_options){.client_certs = specs}, &err));
  assert_non_null(strstr(err.text, "no private key"));
  free(ca);
  free(mine);
  cert_clear(&root);
  cert_clear(&site);
  cert_clear(&own);
}

static void versions_are_as_they_were_asked_for(void **state) {
  static const struct {
    struct tls_versions client, server;
    const char *agreed;
  } rows[] = {
      {{0, 0}, {0, 0}, "TLSv1.3"},           {{0, 0x0303}, {0, 0}, "TLSv1.2"},         {{0, 0}, {0, 0x0303}, "TLSv1.2"},
      {{0x0304, 0}, {0x0304, 0}, "TLSv1.3"}, {{0x0301, 0}, {0x0301, 0x0301}, "TLSv1"}, {{0x0304, 0}, {0, 0x0303}, NULL},
  };
  struct err err = ERR_INIT;
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct tls_options options = {.upstream_ca = home.ca, .client = rows[i].client, .server = rows[i].server};
    struct tls *t = tls_new(home.loop, home.authority, &options, &err);
    assert_non_null(t);
    join(t, "a.test", 443, false);
    if (rows[i].agreed)
      assert_string_equal(tls_end_facts(&client)->version, rows[i].agreed);
    else
      assert_int_equal(client.problem, TLS_NO_COMMON);
    close_ends();
    tls_free(t);
  }
  struct tls_options none = {.client = {.least = 0x0304, .most = 0x0303}};
  assert_null(tls_new(home.loop, home.authority, &none, &err));
}

static void a_trust_store_may_be_a_folder_and_must_be_one(void **state) {
  struct err err = ERR_INIT;
  (void)state;
  struct tls *t = tls_new(home.loop, home.authority, &(struct tls_options){.upstream_ca = home.folder}, &err);
  assert_non_null(t);
  join(t, "a.test", 443, false);
  assert_true(tls_end_facts(&client)->verified);
  close_ends();
  tls_free(t);
  assert_null(tls_new(home.loop, home.authority, &(struct tls_options){.upstream_ca = "/nowhere"}, &err));
  assert_non_null(strstr(err.text, "/nowhere"));
  assert_null(tls_new(home.loop, home.authority, &(struct tls_options){.upstream_ca = "/dev/null"}, &err));
  assert_non_null(strstr(err.text, "no certificate"));
}

static void early_data_is_not_taken(void **state) {
  SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
  (void)state;
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(ctx, keep);
  assert_false(peer_resumes(ctx, "a.test"));
  assert_int_equal(SSL_SESSION_get_max_early_data(kept), 0);
  SSL_CTX_free(ctx);
  SSL_SESSION_free(kept);
  kept = NULL;
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(both_sides_resume),
      TEST(what_was_not_verified_is_not_resumed),
      TEST(never_under_another_name),
      TEST(many_names_are_bounded),
      TEST(the_key_log_holds_both_sides_and_is_private),
      TEST(a_client_certificate_goes_to_its_host_only),
      TEST(versions_are_as_they_were_asked_for),
      TEST(a_trust_store_may_be_a_folder_and_must_be_one),
      TEST(early_data_is_not_taken),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
