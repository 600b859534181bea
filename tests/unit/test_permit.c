/* What an authority with limits signs, and what others say of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/x509v3.h>

#include "tls/certificate.h"
#include "tls/leaf.h"
#include "tls/permit.h"
#include "tls_ends.h"
#include "turns.h"

#define LIST "  .test, Shop.Example ,127.0.0.0/8,::1"

static struct name name_of(const char *text) {
  struct name name;
  if (!name_parse(slice_of(text), &name))
    fail_msg("%s is no name", text);
  return name;
}

static NAME_CONSTRAINTS *limits_of(const char *list) {
  struct err err = ERR_INIT;
  NAME_CONSTRAINTS *limits = permit_parse(list, &err);
  if (!limits)
    fail_msg("%s: %s", list, err.text);
  return limits;
}

static const char *const inside[] = {"a.test",           "test", "a.b.test",  "shop.example",
                                     "www.shop.example", "::1",  "127.0.0.1", "127.255.0.9"};
static const char *const outside[] = {"atest", "test.example", "example", "localhost", "128.0.0.1", "::2", "10.0.0.1"};
enum { INSIDE = sizeof inside / sizeof *inside, OUTSIDE = sizeof outside / sizeof *outside };

static void names_in_and_out(void **state) {
  NAME_CONSTRAINTS *limits = limits_of(LIST);
  (void)state;
  for (size_t i = 0; i < INSIDE + OUTSIDE; i++) {
    struct name name = name_of(i < INSIDE ? inside[i] : outside[i - INSIDE]);
    if (permit_allows(limits, &name) != (i < INSIDE))
      fail_msg("%s", name.text);
    assert_true(permit_allows(NULL, &name));
  }
  NAME_CONSTRAINTS_free(limits);
}

static void a_kind_that_is_not_named_is_out(void **state) {
  NAME_CONSTRAINTS *names = limits_of("shop.test"), *addresses = limits_of("10.0.0.0/8");
  struct name name = name_of("shop.test"), four = name_of("10.1.2.3"), six = name_of("fd00::1");
  (void)state;
  assert_true(permit_allows(names, &name));
  assert_false(permit_allows(names, &four));
  assert_false(permit_allows(names, &six));
  assert_false(permit_allows(addresses, &name));
  assert_true(permit_allows(addresses, &four));
  assert_false(permit_allows(addresses, &six));
  NAME_CONSTRAINTS_free(names);
  NAME_CONSTRAINTS_free(addresses);
}

static void what_cannot_be_read_is_refused(void **state) {
  static const char *const lists[] = {"",  ",",  "a.test,",     "*.test",      "a b",       "10.0.0.0/33",
                                      ".", "..", "10.0.0.0/-1", "10.0.0.0/8x", "1.2.3.4.5", "http://a.test"};
  (void)state;
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
    struct err err = ERR_INIT;
    NAME_CONSTRAINTS *limits = permit_parse(lists[i], &err);
    if (limits || !*err.text)
      fail_msg("taken: \"%s\"", lists[i]);
  }
}

static void it_can_be_said_again(void **state) {
  struct buf text = BUF_INIT;
  NAME_CONSTRAINTS *limits = limits_of(LIST), *again, *other = limits_of(".test");
  (void)state;
  permit_text(limits, &text);
  assert_string_equal(buf_text(&text), "test, shop.example, 127.0.0.0/8, ::1");
  again = limits_of(buf_text(&text));
  assert_true(permit_same(limits, again));
  assert_false(permit_same(limits, other));
  assert_false(permit_same(limits, NULL));
  assert_true(permit_same(NULL, NULL));
  buf_clear(&text);
  NAME_CONSTRAINTS_free(limits);
  NAME_CONSTRAINTS_free(again);
  NAME_CONSTRAINTS_free(other);
}

/* ---- whole ones ---- */

static struct tls_home home;

/* A home whose authority was made with LIST. */
static int set_up(void **state) {
  struct err err = ERR_INIT;
  (void)state;
  tls_home_open(&home, &(struct tls_options){.upstream_ca = NULL});
  tls_free(home.tls);
  authority_free(home.authority);
  struct authority_files files = {.confdir = home.folder, .permit = LIST};
  if (!authority_renew(&files, &err) || !(home.authority = authority_open(&files, false, &err)))
    fail_msg("%s", err.text);
  home.tls = tls_new(home.loop, home.authority, &(struct tls_options){.upstream_ca = home.ca}, &err);
  assert_non_null(home.tls);
  return 0;
}

static int tear_down(void **state) {
  char *old[] = {tls_home_path(&home, "ca.pem.old"), tls_home_path(&home, "ca.key.old")};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    unlink(old[i]);
    free(old[i]);
  }
  loop_turn(home.loop, 0);
  tls_home_close(&home);
  return 0;
}

static int verify(X509 *leaf, const struct name *name) {
  X509_STORE *store = X509_STORE_new();
  X509_STORE_CTX *ctx = X509_STORE_CTX_new();
  X509_STORE_add_cert(store, authority_certificate(home.authority));
  X509_STORE_CTX_init(ctx, store, leaf, NULL);
  X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
  if (name->address.family)
    X509_VERIFY_PARAM_set1_ip(param, name->address.ip, name->address.family == 4 ? 4 : 16);
  else
    X509_VERIFY_PARAM_set1_host(param, name->text, 0);
  int code = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
  X509_STORE_CTX_free(ctx);
  X509_STORE_free(store);
  return code;
}

static void what_it_signs_is_taken_and_the_rest_is_not_signed(void **state) {
  (void)state;
  assert_string_equal(authority_permit(home.authority), "test, shop.example, 127.0.0.0/8, ::1");
  for (size_t i = 0; i < INSIDE; i++) {
    struct name name = name_of(inside[i]);
    struct leaf *leaf = authority_leaf(home.authority, &name);
    assert_non_null(leaf);
    int code = verify(leaf->certificate, &name);
    if (code != X509_V_OK)
      fail_msg("%s: %s", inside[i], X509_verify_cert_error_string(code));
    leaf_unref(leaf);
  }
  uint64_t minted = authority_minted(home.authority);
  for (size_t i = 0; i < OUTSIDE; i++) {
    struct name name = name_of(outside[i]);
    assert_null(authority_leaf(home.authority, &name));
  }
  assert_int_equal(authority_minted(home.authority), minted);
}

/* Whoever had the key could sign for the rest, and nobody would take it. */
static void others_hold_it_to_its_limits(void **state) {
  EVP_PKEY *key = certificate_key_new();
  struct certificate_issuer issuer = {certificate_authority_new(key, time(NULL), NULL), key};
  struct name name = name_of("evil.example");
  (void)state;
  NAME_CONSTRAINTS *limits = limits_of(LIST);
  X509_free(issuer.certificate);
  issuer.certificate = certificate_authority_new(key, time(NULL), limits);
  X509 *leaf = certificate_leaf_new(&issuer, key, &name, time(NULL));
  assert_non_null(leaf);
  X509_STORE *store = X509_STORE_new();
  X509_STORE_CTX *ctx = X509_STORE_CTX_new();
  X509_STORE_add_cert(store, issuer.certificate);
  X509_STORE_CTX_init(ctx, store, leaf, NULL);
  assert_int_equal(X509_verify_cert(ctx), 0);
  assert_int_equal(X509_STORE_CTX_get_error(ctx), X509_V_ERR_PERMITTED_VIOLATION);
  X509_STORE_CTX_free(ctx);
  X509_STORE_free(store);
  X509_free(leaf);
  X509_free(issuer.certificate);
  EVP_PKEY_free(key);
  NAME_CONSTRAINTS_free(limits);
}

static void a_client_is_told_in_a_row(void **state) {
  struct tls_end end = {0};
  struct tls_peer peer = {0};
  struct stream *a, *b;
  (void)state;
  memory_stream_pair(home.loop, NULL, &a, &b);
  tls_end_attach(&end, tls_serve(home.tls, a, (struct slice){NULL, 0}, "connect.test", 0, tls_end_done, &end));
  SSL_CTX *ctx = tls_peer_ctx(false, NULL, NULL);
  tls_peer_start(&peer, b, ctx, false, "evil.example");
  SSL_CTX_free(ctx);
  TURN_UNTIL(home.loop, end.done_calls && peer.failed);
  assert_string_equal(end.text, "weir's authority may not sign for evil.example, only for test, shop.example, "
                                "127.0.0.0/8, ::1");
  assert_string_equal(end.cure, "--passthrough evil.example");
  tls_end_close(&end);
  tls_peer_close(&peer, false);
}

static void other_limits_are_not_taken_for_these(void **state) {
  static const char *const permit[] = {".test", LIST, NULL};
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    struct err err = ERR_INIT;
    struct authority_files files = {.confdir = home.folder, .permit = permit[i]};
    struct authority *again = authority_open(&files, true, &err);
    assert_int_equal(again != NULL, i > 0);
    if (!again)
      assert_non_null(strstr(err.text, "weir ca new --ca-permit .test --confdir "));
    authority_free(again);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_in_and_out),
      cmocka_unit_test(a_kind_that_is_not_named_is_out),
      cmocka_unit_test(what_cannot_be_read_is_refused),
      cmocka_unit_test(it_can_be_said_again),
      cmocka_unit_test_setup_teardown(what_it_signs_is_taken_and_the_rest_is_not_signed, set_up, tear_down),
      cmocka_unit_test_setup_teardown(others_hold_it_to_its_limits, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_client_is_told_in_a_row, set_up, tear_down),
      cmocka_unit_test_setup_teardown(other_limits_are_not_taken_for_these, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
