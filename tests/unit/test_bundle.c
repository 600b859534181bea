/* A file of many authorities: the one that is asked for is taken, the others wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "certs.h"
#include "tls/bundle.h"

static char path[300];
static struct cert one, two, twin;
static X509_STORE *store;

static int set_up(void **state) {
  const char *tmp = getenv("TMPDIR");
  (void)state;
  snprintf(path, sizeof path, "%s/weir-bundle-%ld.pem", tmp ? tmp : "/tmp", (long)getpid());
  one = cert_make(&(struct cert_wish){.cn = "First Authority", .ca = true}, NULL);
  two = cert_make(&(struct cert_wish){.cn = "Second Authority", .ca = true}, NULL);
  twin = cert_make(&(struct cert_wish){.cn = "Second Authority", .ca = true}, NULL);
  store = X509_STORE_new();
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  unlink(path);
  cert_clear(&one);
  cert_clear(&two);
  cert_clear(&twin);
  X509_STORE_free(store);
  return 0;
}

static FILE *begin(void) {
  FILE *out = fopen(path, "w");
  assert_non_null(out);
  return out;
}

static void end(FILE *out) {
  assert_int_equal(fclose(out), 0);
}

static size_t stored(const char *cn) {
  size_t n = 0;
  STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(store);
  for (int i = 0; i < sk_X509_OBJECT_num(all); i++) {
    char name[100] = "";
    X509 *x = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));
    X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, name, sizeof name);
    n += strcmp(name, cn) == 0;
  }
  return n;
}

static void offer(struct bundle *b, const char *cn) {
  X509_NAME *name = X509_NAME_new();
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
  bundle_offer(b, name, store);
  X509_NAME_free(name);
}

static void all_of_a_name_are_taken_and_no_others(void **state) {
  FILE *out = begin();
  (void)state;
  fputs("# First\n\n", out);
  PEM_write_X509(out, one.x);
  fputs("Second, twice\n", out);
  PEM_write_X509(out, two.x);
  PEM_write_X509_AUX(out, twin.x);
  end(out);
  struct bundle *b = bundle_new(path);
  assert_int_equal(bundle_waiting(b), 0);
  offer(b, "Nobody");
  assert_int_equal(bundle_waiting(b), 3);
  offer(b, "SECOND  authority"); /* RFC 5280-7.1: names are compared so */
  assert_int_equal(bundle_waiting(b), 1);
  assert_int_equal(stored("Second Authority"), 2);
  assert_int_equal(stored("First Authority"), 0);
  offer(b, "Second Authority");
  assert_int_equal(stored("Second Authority"), 2);
  offer(b, "First Authority");
  assert_int_equal(stored("First Authority"), 1);
  bundle_free(b);
}

static void what_is_broken_is_passed_over(void **state) {
  FILE *out = begin();
  (void)state;
  fputs("-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n", out);
  fputs("-----BEGIN CERTIFICATE-----\nMAMwAQA=\n-----END CERTIFICATE-----\n", out); /* DER, and no certificate */
  fputs("-----BEGIN CERTIFICATE-----\nMIAwAAAA\n-----END CERTIFICATE-----\n", out); /* of no definite length */
  PEM_write_PrivateKey(out, one.key, NULL, NULL, 0, NULL, NULL);
  PEM_write_X509(out, one.x);
  fputs("-----BEGIN CERTIFICATE-----\nMIIBvTCC", out); /* the end is missing */
  end(out);
  struct bundle *b = bundle_new(path);
  offer(b, "First Authority");
  assert_int_equal(stored("First Authority"), 1);
  assert_int_equal(bundle_waiting(b), 0);
  bundle_free(b);
}

static void a_cut_certificate_is_none(void **state) {
  unsigned char *der = NULL;
  int n = i2d_X509(one.x, &der);
  (void)state;
  assert_true(n > 0);
  for (int cut = 0; cut < n; cut += 7) {
    FILE *out = begin();
    PEM_write(out, PEM_STRING_X509, "", der, cut);
    end(out);
    struct bundle *b = bundle_new(path);
    offer(b, "First Authority");
    assert_int_equal(stored("First Authority"), 0);
    bundle_free(b);
  }
  OPENSSL_free(der);
}

static void a_file_that_comes_later_is_read(void **state) {
  struct bundle *b = bundle_new(path);
  (void)state;
  offer(b, "First Authority");
  assert_int_equal(stored("First Authority"), 0);
  FILE *out = begin();
  PEM_write_X509(out, one.x);
  end(out);
  offer(b, "First Authority");
  assert_int_equal(stored("First Authority"), 1);
  bundle_free(b);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(all_of_a_name_are_taken_and_no_others),
      TEST(what_is_broken_is_passed_over),
      TEST(a_cut_certificate_is_none),
      TEST(a_file_that_comes_later_is_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
