/* The authority: its files and who may reach them, its certificate, and the leaves that it signs, checked strictly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "certs.h"
#include "tls/certificate.h"
#include "tls/leaf.h"
#include "tls_ends.h"
#include "weir/base/path.h"

#define DAY 86400

static struct tls_home home;

static int set_up(void **state) {
  (void)state;
  tls_home_open(&home, NULL);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  tls_home_close(&home);
  return 0;
}

static struct authority *open_again(struct err *err) {
  return authority_open(&(struct authority_files){.confdir = home.folder}, false, err);
}

static void mode_of(const char *name, mode_t expected) {
  struct stat st;
  char *path = tls_home_path(&home, name);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 07777, expected);
  free(path);
}

/* ---- files ---- */

static void only_its_owner_reaches_the_key(void **state) {
  (void)state;
  mode_of("ca.key", 0600);
  mode_t before = umask(0); /* a careless shell changes nothing */
  struct err err = ERR_INIT;
  assert_true(authority_renew(&(struct authority_files){.confdir = home.folder}, &err));
  umask(before);
  mode_of("ca.key", 0600);
  mode_of("ca.pem", 0644);
  mode_of("ca.key.old", 0600);
}

static void its_folder_is_made_private(void **state) {
  struct err err = ERR_INIT;
  struct stat st;
  char *deep = tls_home_path(&home, "deep"), *inner = tls_home_path(&home, "deep/inner");
  (void)state;
  mode_t before = umask(0);
  struct authority *a = authority_open(&(struct authority_files){.confdir = inner}, true, &err);
  umask(before);
  assert_non_null(a);
  assert_int_equal(stat(inner, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0700);
  authority_free(a);
  char *pem = tls_home_path(&home, "deep/inner/ca.pem"), *key = tls_home_path(&home, "deep/inner/ca.key");
  unlink(pem);
  unlink(key);
  rmdir(inner);
  rmdir(deep);
  free(pem);
  free(key);
  free(inner);
  free(deep);
}

static void it_is_the_same_next_time(void **state) {
  struct err err = ERR_INIT;
  (void)state;
  struct authority *again = open_again(&err);
  assert_non_null(again);
  assert_string_equal(authority_fingerprint(again), authority_fingerprint(home.authority));
  assert_string_equal(authority_name(again), authority_name(home.authority));
  assert_string_equal(authority_path(again), home.ca);
  assert_int_equal(strlen(authority_fingerprint(again)), 95);
  assert_int_equal(strncmp(authority_name(again), "weir CA ", 8), 0);
  authority_free(again);
}

static void cut(const char *path, off_t by) {
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(truncate(path, st.st_size - by), 0);
}

/* What is seen without OpenSSL: anything odd is a reason to open it and say what is wrong. */
static void what_looks_odd_is_told_from_what_looks_good(void **state) {
  const struct authority_files files = {.confdir = home.folder};
  struct err err = ERR_INIT;
  char *key = tls_home_path(&home, "ca.key");
  (void)state;
  assert_true(authority_looks_good(&files));
  chmod(home.folder, 0770);
  assert_false(authority_looks_good(&files));
  chmod(home.folder, 0700);
  chmod(key, 0640);
  assert_false(authority_looks_good(&files));
  chmod(key, 0600);
  assert_true(authority_looks_good(&files));
  cut(home.ca, 20);
  assert_false(authority_looks_good(&files));
  assert_true(authority_renew(&files, &err));
  cut(key, 1);
  assert_false(authority_looks_good(&files));
  assert_int_equal(truncate(key, 0), 0);
  assert_false(authority_looks_good(&files));
  assert_true(authority_renew(&files, &err));
  assert_true(authority_looks_good(&files));
  unlink(key);
  assert_false(authority_looks_good(&files));
  free(key);
}

static void a_key_that_others_may_read_is_refused(void **state) {
  static const mode_t modes[] = {0644, 0640, 0604, 0620, 0610, 0601};
  char *key = tls_home_path(&home, "ca.key");
  (void)state;
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    struct err err = ERR_INIT;
    assert_int_equal(chmod(key, modes[i]), 0);
    assert_null(open_again(&err));
    assert_non_null(strstr(err.text, "can be reached by others"));
    assert_non_null(strstr(err.text, "chmod 600"));
  }
  assert_int_equal(chmod(key, 0400), 0);
  struct err err = ERR_INIT;
  struct authority *again = open_again(&err);
  assert_non_null(again);
  authority_free(again);
  free(key);
}

static void a_folder_that_others_may_write_to_is_refused(void **state) {
  struct err err = ERR_INIT;
  (void)state;
  assert_int_equal(chmod(home.folder, 0770), 0);
  assert_null(open_again(&err));
  assert_non_null(strstr(err.text, "chmod 700"));
  assert_int_equal(chmod(home.folder, 0755), 0);
  struct authority *again = open_again(&err);
  assert_non_null(again);
  authority_free(again);
  assert_int_equal(chmod(home.folder, 0700), 0);
}

static void without_files_it_is_made_only_when_it_may(void **state) {
  struct err err = ERR_INIT;
  (void)state;
  unlink(home.ca);
  assert_null(open_again(&err));
  assert_non_null(strstr(err.text, "no authority yet"));
  struct authority *a = authority_open(&(struct authority_files){.confdir = home.folder}, true, &err);
  assert_non_null(a);
  assert_string_not_equal(authority_fingerprint(a), authority_fingerprint(home.authority));
  authority_free(a);
  mode_of("ca.key.old", 0600); /* the key that had no certificate any more is kept */
}

static void a_new_one_keeps_the_old(void **state) {
  struct err err = ERR_INIT;
  char *before = NULL, *after = NULL, *old = tls_home_path(&home, "ca.pem.old");
  size_t n = 0, m = 0;
  (void)state;
  assert_true(path_read(home.ca, 100000, &before, &n, &err));
  assert_true(authority_renew(&(struct authority_files){.confdir = home.folder}, &err));
  struct authority *a = open_again(&err);
  assert_string_not_equal(authority_fingerprint(a), authority_fingerprint(home.authority));
  assert_string_not_equal(authority_name(a), authority_name(home.authority));
  authority_free(a);
  assert_true(path_read(old, 100000, &after, &m, &err));
  assert_int_equal(n, m);
  assert_memory_equal(before, after, n);
  free(before);
  free(after);
  free(old);
}

/* Two that start at once hold the same afterwards. */
static void two_at_once_agree(void **state) {
  (void)state;
  for (int round = 0; round < 5; round++) {
    int told[2];
    char print[2][100] = {"", ""};
    char *key = tls_home_path(&home, "ca.key");
    unlink(home.ca);
    unlink(key);
    free(key);
    assert_int_equal(pipe(told), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    struct err err = ERR_INIT;
    struct authority *a = authority_open(&(struct authority_files){.confdir = home.folder}, true, &err);
    if (child == 0) {
      ssize_t n = a ? write(told[1], authority_fingerprint(a), 95) : 0;
      _exit(n == 95 ? 0 : 1);
    }
    assert_non_null(a);
    snprintf(print[0], sizeof print[0], "%s", authority_fingerprint(a));
    assert_int_equal(read(told[0], print[1], 95), 95);
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_string_equal(print[0], print[1]);
    authority_free(a);
    close(told[0]);
    close(told[1]);
  }
}

static void files_that_do_not_fit_are_refused(void **state) {
  struct err err = ERR_INIT;
  char *other = tls_home_path(&home, "other.pem"), *key = tls_home_path(&home, "other.key");
  struct cert ca = cert_make(&(struct cert_wish){.cn = "Mine", .ca = true, .rsa = true}, NULL);
  struct cert leaf = cert_make(&(struct cert_wish){.cn = "leaf", .san = "DNS:leaf"}, NULL);
  struct cert past = cert_make(&(struct cert_wish){.cn = "Past", .ca = true, .from = -9, .until = -2}, NULL);
  const struct cert *const cas[] = {&ca}, *const leaves[] = {&leaf}, *const pasts[] = {&past};
  struct authority_files files = {.confdir = home.folder, .cert = other, .key = key};
  (void)state;
  cert_write(other, cas, 1, NULL);
  cert_write(key, NULL, 0, leaf.key);
  assert_null(authority_open(&files, true, &err));
  assert_non_null(strstr(err.text, "does not belong"));
  cert_write(other, leaves, 1, NULL);
  assert_null(authority_open(&files, true, &err));
  assert_non_null(strstr(err.text, "not an authority's"));
  cert_write(other, pasts, 1, NULL);
  cert_write(key, NULL, 0, past.key);
  assert_null(authority_open(&files, true, &err));
  assert_true(err.cured && strstr(err.text, "ended on") && !strstr(err.text, "ca new"));
  cert_write(other, cas, 1, NULL);
  cert_write(key, NULL, 0, ca.key);
  struct authority *a = authority_open(&files, false, &err);
  assert_non_null(a);
  assert_string_equal(authority_name(a), "Mine");
  authority_free(a);
  cert_write(key, cas, 1, NULL); /* no key at all */
  assert_null(authority_open(&files, true, &err));
  assert_non_null(strstr(err.text, "no private key"));
  files.key = NULL;
  assert_null(authority_open(&files, true, &err));
  assert_non_null(strstr(err.text, "--ca-key"));
  files.key = key;
  assert_false(authority_renew(&files, &err));
  cert_clear(&ca);
  cert_clear(&leaf);
  cert_clear(&past);
  free(other);
  free(key);
}

static void put_file(const char *path, const char *bytes, size_t n) {
  FILE *f = fopen(path, "w");
  assert_int_equal(fwrite(bytes, 1, n, f), n);
  fclose(f);
}

/* weir's own can be made anew, and that is said. */
static void a_spoilt_one_of_weirs_own_has_a_cure(void **state) {
  struct authority_files files = {.confdir = home.folder};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    struct err err = ERR_INIT;
    char *bytes = NULL, *path = tls_home_path(&home, i ? "ca.key" : "ca.pem");
    size_t n = 0;
    assert_true(path_read(path, 1 << 20, &bytes, &n, &err));
    put_file(path, "garbage", 7);
    assert_null(authority_open(&files, true, &err));
    assert_non_null(strstr(err.text, path));
    assert_true(err.cured && strstr(err.text, "; weir ca new --confdir "));
    put_file(path, bytes, n);
    free(bytes);
    free(path);
  }
}

/* Never asked for on the terminal, where it would be waited for. */
static void a_key_with_a_passphrase_is_refused(void **state) {
  struct err err = ERR_INIT;
  char *key = tls_home_path(&home, "ca.key");
  (void)state;
  EVP_PKEY *pkey = EVP_EC_gen("P-256");
  unlink(key);
  mode_t before = umask(077);
  FILE *out = fopen(key, "w");
  umask(before);
  assert_non_null(out);
  assert_int_equal(PEM_write_PrivateKey(out, pkey, EVP_aes_128_cbc(), (const unsigned char *)"secret", 6, NULL, NULL),
                   1);
  fclose(out);
  EVP_PKEY_free(pkey);
  assert_null(open_again(&err));
  assert_non_null(strstr(err.text, "without a passphrase"));
  free(key);
}

static void what_is_exported_holds_no_key(void **state) {
  struct buf pem = BUF_INIT, der = BUF_INIT;
  (void)state;
  authority_pem(home.authority, &pem);
  authority_der(home.authority, &der);
  assert_null(strstr(pem.p, "PRIVATE"));
  assert_non_null(strstr(pem.p, "-----BEGIN CERTIFICATE-----\n"));
  const unsigned char *at = (const unsigned char *)der.p;
  X509 *x = d2i_X509(NULL, &at, (long)der.n);
  assert_non_null(x);
  assert_int_equal(X509_cmp(x, authority_certificate(home.authority)), 0);
  X509_free(x);
  buf_clear(&pem);
  buf_clear(&der);
}

/* ---- certificates ---- */

static struct leaf *leaf_for(const char *name) {
  struct name parsed;
  assert_true(name_parse(slice_of(name), &parsed));
  struct leaf *leaf = authority_leaf(home.authority, &parsed);
  assert_non_null(leaf);
  return leaf;
}

static bool critical(X509 *x, int nid) {
  int at = X509_get_ext_by_NID(x, nid, -1);
  assert_true(at >= 0);
  return X509_EXTENSION_get_critical(X509_get_ext(x, at)) == 1;
}

static void the_authority_may_do_no_more_than_it_needs(void **state) {
  X509 *x = authority_certificate(home.authority);
  int64_t now = time(NULL);
  (void)state;
  assert_int_equal(X509_get_version(x), X509_VERSION_3);
  assert_int_equal(X509_check_ca(x), 1);
  assert_int_equal(X509_get_pathlen(x), 0);
  assert_int_equal(X509_get_key_usage(x), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
  assert_true(critical(x, NID_basic_constraints) && critical(x, NID_key_usage));
  assert_non_null(X509_get0_subject_key_id(x));
  assert_int_equal(X509_get_signature_nid(x), NID_ecdsa_with_SHA256);
  int64_t until = authority_until(home.authority);
  assert_true(until > now + 9 * 365 * (int64_t)DAY && until < now + 11 * 366 * (int64_t)DAY);
  assert_true(certificate_time(X509_get0_notBefore(x)) <= now - DAY);
}

static int verify_strictly(X509 *leaf, const char *name) {
  X509_STORE *store = X509_STORE_new();
  X509_STORE_CTX *ctx = X509_STORE_CTX_new();
  X509_STORE_add_cert(store, authority_certificate(home.authority));
  X509_STORE_CTX_init(ctx, store, leaf, NULL);
  X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
  X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_auth_level(param, 2);
  struct name parsed;
  name_parse(slice_of(name), &parsed);
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (parsed.address.family)
    assert_int_equal(X509_VERIFY_PARAM_set1_ip_asc(param, parsed.text), 1);
  else
    assert_int_equal(X509_VERIFY_PARAM_set1_host(param, parsed.text, 0), 1);
  int error = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
  X509_STORE_CTX_free(ctx);
  X509_STORE_free(store);
  return error;
}

static const char *const names[] = {
    "shop.test",
    "127.0.0.1",
    "::1",
    "[2001:db8::7]",
    "Upper.Case.Test.",
    "a",
    "localhost",
    "my_service.internal",
    "a-name-that-is-longer-than.what-fits-into-a-common-name.because-that-takes.sixty-four.test",
};

static void leaves_pass_strict_checks(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    struct leaf *leaf = leaf_for(names[i]);
    int error = verify_strictly(leaf->certificate, names[i]);
    if (error != X509_V_OK)
      fail_msg("%s: %s", names[i], X509_verify_cert_error_string(error));
    assert_int_equal(verify_strictly(leaf->certificate, "other.test"), X509_V_ERR_HOSTNAME_MISMATCH);
    leaf_unref(leaf);
  }
}

static void a_leaf_is_what_it_should_be(void **state) {
  int64_t now = time(NULL);
  (void)state;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    struct leaf *leaf = leaf_for(names[i]);
    X509 *x = leaf->certificate;
    assert_int_equal(X509_get_version(x), X509_VERSION_3);
    assert_int_equal(X509_check_ca(x), 0);
    assert_int_equal(X509_get_key_usage(x), KU_DIGITAL_SIGNATURE);
    assert_int_equal(X509_get_extended_key_usage(x), XKU_SSL_SERVER);
    assert_int_equal(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(x),
                                           X509_get0_subject_key_id(authority_certificate(home.authority))),
                     0);
    GENERAL_NAMES *all = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    assert_int_equal(sk_GENERAL_NAME_num(all), 1);
    assert_int_equal(sk_GENERAL_NAME_value(all, 0)->type, i >= 1 && i <= 3 ? GEN_IPADD : GEN_DNS);
    GENERAL_NAMES_free(all);
    int64_t from = certificate_time(X509_get0_notBefore(x)), until = certificate_time(X509_get0_notAfter(x));
    assert_true(from <= now - DAY && from >= now - 3 * DAY);
    assert_true(until - from <= 365 * DAY && until > now + 300 * DAY);
    assert_true(X509_NAME_entry_count(X509_get_subject_name(x)) >= 1);
    assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(x), authority_leaf_key(home.authority)), 1);
    assert_int_not_equal(EVP_PKEY_eq(X509_get0_pubkey(x), X509_get0_pubkey(authority_certificate(home.authority))), 1);
    leaf_unref(leaf);
  }
}

static int compare_text(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void serials_differ(void **state) {
  enum { N = 200 };
  char *all[N];
  (void)state;
  for (int i = 0; i < N; i++) {
    char name[32];
    snprintf(name, sizeof name, "h%d.test", i);
    struct leaf *leaf = leaf_for(name);
    const ASN1_INTEGER *serial = X509_get0_serialNumber(leaf->certificate);
    assert_int_equal(ASN1_STRING_length(serial), 16);
    assert_int_equal(ASN1_STRING_type(serial), V_ASN1_INTEGER); /* positive */
    all[i] = i2s_ASN1_INTEGER(NULL, serial);
    leaf_unref(leaf);
  }
  qsort(all, N, sizeof *all, compare_text);
  for (int i = 1; i < N; i++)
    assert_string_not_equal(all[i - 1], all[i]);
  for (int i = 0; i < N; i++)
    OPENSSL_free(all[i]);
}

static void a_leaf_ends_with_its_authority(void **state) {
  struct err err = ERR_INIT;
  char *path = tls_home_path(&home, "short.pem"), *key = tls_home_path(&home, "short.key");
  struct cert top = cert_make(&(struct cert_wish){.cn = "Top", .ca = true}, NULL);
  struct cert ca =
      cert_make(&(struct cert_wish){.cn = "Short", .ca = true, .from = -1, .until = 20, .rsa = true}, &top);
  const struct cert *const all[] = {&ca, &top};
  struct name name;
  (void)state;
  cert_write(path, all, 2, NULL);
  cert_write(key, NULL, 0, ca.key);
  struct authority *a =
      authority_open(&(struct authority_files){.confdir = home.folder, .cert = path, .key = key}, false, &err);
  assert_non_null(a);
  name_parse(SLICE("shop.test"), &name);
  struct leaf *leaf = authority_leaf(a, &name);
  assert_int_equal(leaf->until, certificate_time(X509_get0_notAfter(ca.x)));
  assert_int_equal(certificate_time(X509_get0_notBefore(leaf->certificate)),
                   certificate_time(X509_get0_notBefore(ca.x)));
  assert_int_equal(X509_verify(leaf->certificate, ca.key), 1);
  /* it goes out with the one in between, and without the root */
  assert_int_equal(sk_X509_num(authority_chain(a)), 1);
  assert_int_equal(X509_cmp(sk_X509_value(authority_chain(a), 0), ca.x), 0);
  leaf_unref(leaf);
  authority_free(a);
  cert_clear(&top);
  cert_clear(&ca);
  free(path);
  free(key);
}

static void a_name_is_signed_once(void **state) {
  (void)state;
  struct leaf *one = leaf_for("Same.test"), *two = leaf_for("same.TEST.");
  assert_ptr_equal(one, two);
  assert_int_equal(authority_minted(home.authority), 1);
  assert_int_equal(authority_leaves(home.authority), 1);
  leaf_unref(one);
  leaf_unref(two);
}

/* ---- what other programs think of it ---- */

static bool there(const char *program) {
  char command[100];
  snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", program);
  return system(command) == 0; /* NOLINT(cert-env33-c): a constant */
}

static void write_leaf(const char *name, const char *host) {
  struct leaf *leaf = leaf_for(host);
  char *path = tls_home_path(&home, name);
  FILE *out = fopen(path, "w");
  assert_non_null(out);
  assert_int_equal(PEM_write_X509(out, leaf->certificate), 1);
  fclose(out);
  leaf_unref(leaf);
  free(path);
}

static void the_openssl_program_takes_it(void **state) {
  (void)state;
  if (!there("openssl")) {
    print_message("SKIPPED: there is no openssl program here\n");
    skip();
  }
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char command[1200];
    write_leaf("leaf.pem", names[i]);
    snprintf(command, sizeof command,
             "openssl verify -x509_strict -check_ss_sig -purpose sslserver -CAfile %s %s/leaf.pem >/dev/null", home.ca,
             home.folder);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): paths of our own */
  }
}

/* As Python 3.13's clients check by default: a handshake in memory. */
static const char python[] = "import ssl,sys\n"
                             "ca,leaf,key,host=sys.argv[1:]\n"
                             "s=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); s.load_cert_chain(leaf,key)\n"
                             "c=ssl.create_default_context(cafile=ca); c.verify_flags|=ssl.VERIFY_X509_STRICT\n"
                             "a,b=ssl.MemoryBIO(),ssl.MemoryBIO()\n"
                             "S=s.wrap_bio(a,b,server_side=True); C=c.wrap_bio(b,a,server_hostname=host)\n"
                             "def step(x):\n"
                             "  try: x.do_handshake(); return True\n"
                             "  except ssl.SSLWantReadError: return False\n"
                             "for i in range(10):\n"
                             "  if step(C) & step(S): sys.exit(0)\n"
                             "sys.exit(1)\n";

static void python_takes_it(void **state) {
  (void)state;
  if (!there("python3")) {
    print_message("SKIPPED: there is no python3 here\n");
    skip();
  }
  char *script = tls_home_path(&home, "check.py"), *key = tls_home_path(&home, "leaf.key");
  put_file(script, python, strlen(python));
  cert_write(key, NULL, 0, authority_leaf_key(home.authority));
  static const char *const hosts[] = {"shop.test", "127.0.0.1", "::1"};
  for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
    char command[1600];
    write_leaf("leaf.pem", hosts[i]);
    snprintf(command, sizeof command, "python3 %s %s %s/leaf.pem %s %s", script, home.ca, home.folder, key, hosts[i]);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): paths of our own */
  }
  free(script);
  free(key);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(only_its_owner_reaches_the_key),
      TEST(its_folder_is_made_private),
      TEST(it_is_the_same_next_time),
      TEST(what_looks_odd_is_told_from_what_looks_good),
      TEST(a_key_that_others_may_read_is_refused),
      TEST(a_folder_that_others_may_write_to_is_refused),
      TEST(without_files_it_is_made_only_when_it_may),
      TEST(a_new_one_keeps_the_old),
      TEST(two_at_once_agree),
      TEST(files_that_do_not_fit_are_refused),
      TEST(a_spoilt_one_of_weirs_own_has_a_cure),
      TEST(a_key_with_a_passphrase_is_refused),
      TEST(what_is_exported_holds_no_key),
      TEST(the_authority_may_do_no_more_than_it_needs),
      TEST(leaves_pass_strict_checks),
      TEST(a_leaf_is_what_it_should_be),
      TEST(serials_differ),
      TEST(a_leaf_ends_with_its_authority),
      TEST(a_name_is_signed_once),
      TEST(the_openssl_program_takes_it),
      TEST(python_takes_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
