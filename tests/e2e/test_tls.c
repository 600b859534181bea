/* Clients whose TLS weir opens: what they are shown, what they may speak, and that what they get is what nginx has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <dirent.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "rows.h"
#include "tls_dial.h"

static char keylog[260];

static void dial(struct dial *d, const char *host, const struct dial_wish *wish) {
  struct dial_wish w =
      wish ? *wish : (struct dial_wish){.ca = fixture.lab.weir_ca, .sni = "localhost", .verify = "localhost"};
  if (!dial_open(d, fixture.lab.weir.port, host, fixture.site.tls_port[0], &w))
    fail_msg("%s: %s (%ld)", host, d->problem, d->verify);
}

static void assert_file(struct dial *d, const char *host) {
  struct net_response r = dial_get(d, host, "/file");
  assert_int_equal(r.status, 200);
  assert_true(r.complete);
  assert_string_equal(r.body, "0123456789");
  net_response_free(&r);
}

/* ---- the leaf ---- */

static void the_leaf_names_what_was_asked_for(void **state) {
  (void)state;
  fixture_need_site();
  const struct {
    const char *host, *sni, *verify;
  } asked[] = {
      {"localhost", "localhost", "localhost"}, {"localhost", NULL, "localhost"},
      {"127.0.0.1", NULL, "127.0.0.1"},        {"127.0.0.1", "www.example.test", "www.example.test"},
      {"LOCALHOST", "LocalHost", "localhost"}, {"[::1]", NULL, "::1"},
  };
  size_t n = sizeof asked / sizeof asked[0] - (fixture.site.six ? 0 : 1);
  for (size_t i = 0; i < n; i++) {
    struct dial d;
    dial(&d, asked[i].host,
         &(struct dial_wish){.ca = fixture.lab.weir_ca, .sni = asked[i].sni, .verify = asked[i].verify});
    assert_file(&d, asked[i].host);
    dial_close(&d);
  }
}

static X509 *leaf_for(const char *sni) {
  struct dial d;
  dial(&d, "127.0.0.1", &(struct dial_wish){.ca = fixture.lab.weir_ca, .sni = sni, .verify = sni});
  X509 *leaf = SSL_get1_peer_certificate(d.ssl);
  dial_close(&d);
  return leaf;
}

static X509 *read_pem(const char *path) {
  FILE *in = fopen(path, "r");
  X509 *x = in ? PEM_read_X509(in, NULL, NULL, NULL) : NULL;
  if (in)
    fclose(in);
  assert_non_null(x);
  return x;
}

static void assert_dates(const X509 *leaf, const X509 *ca) {
  int days, seconds;
  assert_true(X509_cmp_current_time(X509_get0_notBefore(leaf)) < 0);
  assert_true(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(leaf), X509_get0_notAfter(leaf)));
  assert_in_range(days, 1, 365);
  assert_true(ASN1_TIME_compare(X509_get0_notAfter(leaf), X509_get0_notAfter(ca)) <= 0);
}

static void the_leaf_is_what_browsers_want(void **state) {
  (void)state;
  fixture_need_site();
  X509 *ca = read_pem(fixture.lab.weir_ca), *one = leaf_for("localhost"), *two = leaf_for("www.example.test");
  EVP_PKEY *key = X509_get0_pubkey(one);
  assert_int_equal(X509_get_version(one), X509_VERSION_3);
  assert_int_equal(X509_check_ca(one), 0);
  assert_int_equal(X509_get_extended_key_usage(one), XKU_SSL_SERVER);
  assert_int_equal(X509_get_signature_nid(one), NID_ecdsa_with_SHA256);
  assert_int_equal(EVP_PKEY_get_bits(key), 256);
  assert_int_equal(EVP_PKEY_eq(key, X509_get0_pubkey(ca)), 0);
  assert_non_null(X509_get0_subject_key_id(one));
  assert_non_null(X509_get0_authority_key_id(one));
  assert_dates(one, ca);
  const ASN1_INTEGER *serial = X509_get0_serialNumber(one);
  assert_in_range(serial->length, 8, 20);
  assert_int_equal(serial->type & V_ASN1_NEG, 0);
  assert_int_not_equal(ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(two)), 0);
  X509_free(ca);
  X509_free(one);
  X509_free(two);
}

static void twenty_new_names_take_no_time(void **state) {
  (void)state;
  double began = net_now();
  int closed, listener = net_listen(&closed); /* nobody needs to answer */
  for (int i = 0; i < 20; i++) {
    char name[40];
    struct dial d;
    snprintf(name, sizeof name, "host-%d.example.test", i);
    assert_true(dial_open(&d, fixture.lab.weir.port, "127.0.0.1", closed,
                          &(struct dial_wish){.ca = fixture.lab.weir_ca, .sni = name, .verify = name}));
    dial_close(&d);
  }
  assert_true(net_now() - began < 6);
  close(listener);
}

static void the_authority_is_private(void **state) {
  (void)state;
  struct stat st;
  char key[300], *text;
  size_t n;
  snprintf(key, sizeof key, "%s/ca.key", fixture.lab.confdir);
  assert_int_equal(stat(key, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0600);
  assert_int_equal(stat(fixture.lab.confdir, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0700);
  text = site_read(fixture.lab.weir_ca, &n);
  assert_null(strstr(text, "PRIVATE"));
  free(text);
  X509 *ca = read_pem(fixture.lab.weir_ca);
  assert_int_equal(X509_check_ca(ca), 1);
  assert_int_equal(X509_get_pathlen(ca), 0);
  assert_int_equal(X509_get_key_usage(ca) & ~(unsigned)KU_CRL_SIGN, KU_KEY_CERT_SIGN);
  X509_free(ca);
}

static void no_core_holds_the_key(void **state) {
  (void)state;
  char path[60], *text, *line;
  size_t n = 0;
  snprintf(path, sizeof path, "/proc/%d/limits", (int)fixture.lab.weir.pid);
  FILE *in = fopen(path, "r");
  assert_non_null(in);
  text = calloc(1, 8000);
  n = fread(text, 1, 7999, in);
  fclose(in);
  assert_true(n > 0);
  line = strstr(text, "Max core file size");
  assert_non_null(line);
  assert_int_equal(atoi(line + strlen("Max core file size")), 0);
  free(text);
}

/* ---- versions and protocols ---- */

static void versions(void **state) {
  (void)state;
  fixture_need_site();
  static const struct {
    int version;
    const char *name;
  } good[] = {{TLS1_2_VERSION, "TLSv1.2"}, {TLS1_3_VERSION, "TLSv1.3"}};
  for (size_t i = 0; i < 2; i++) {
    struct dial d;
    dial(&d, "localhost",
         &(struct dial_wish){
             .ca = fixture.lab.weir_ca, .sni = "localhost", .least = good[i].version, .most = good[i].version});
    assert_string_equal(SSL_get_version(d.ssl), good[i].name);
    assert_int_equal(SSL_get_secure_renegotiation_support(d.ssl), i == 0);
    assert_null(SSL_get0_CA_list(d.ssl) && sk_X509_NAME_num(SSL_get0_CA_list(d.ssl)) > 0 ? d.ssl : NULL);
    assert_file(&d, "localhost");
    dial_close(&d);
  }
}

static void old_and_empty_cryptography_is_refused(void **state) {
  (void)state;
  fixture_need_site();
  static const struct dial_wish bad[] = {
      {.sni = "localhost", .least = TLS1_VERSION, .most = TLS1_VERSION, .ciphers = "ALL:@SECLEVEL=0"},
      {.sni = "localhost", .least = TLS1_1_VERSION, .most = TLS1_1_VERSION, .ciphers = "ALL:@SECLEVEL=0"},
      {.sni = "localhost", .most = TLS1_2_VERSION, .ciphers = "aNULL:@SECLEVEL=0"},
      {.sni = "localhost", .most = TLS1_2_VERSION, .ciphers = "eNULL:@SECLEVEL=0"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct dial d;
    assert_false(dial_open(&d, fixture.lab.weir.port, "localhost", fixture.site.tls_port[0], &bad[i]));
    assert_true(d.reason > SSL_AD_REASON_OFFSET); /* told by an alert */
    dial_close(&d);
  }
  json_t *rows = lab_rows(&fixture.lab);
  const json_t *row = lab_failed(rows, "no TLS version in common for localhost: the client offers TLS 1.1 at most");
  assert_non_null(row);
  assert_string_equal(json_string_value(json_object_get(json_object_get(row, "error"), "stage")), "tls");
  json_decref(rows);
}

static void protocols(void **state) {
  (void)state;
  fixture_need_site();
  static const unsigned char both[] = "\x02h2\x08http/1.1", one[] = "\x08http/1.1", other[] = "\x05other";
  const unsigned char *chosen;
  unsigned n;
  for (int i = 0; i < 2; i++) {
    struct dial d;
    dial(&d, "localhost",
         &(struct dial_wish){
             .sni = "localhost", .alpn = i ? one : both, .alpn_n = i ? sizeof one - 1 : sizeof both - 1});
    SSL_get0_alpn_selected(d.ssl, &chosen, &n);
    assert_int_equal(n, 8);
    assert_memory_equal(chosen, "http/1.1", 8);
    assert_file(&d, "localhost");
    dial_close(&d);
  }
  struct dial d;
  assert_false(dial_open(&d, fixture.lab.weir.port, "localhost", fixture.site.tls_port[0],
                         &(struct dial_wish){.sni = "localhost", .alpn = other, .alpn_n = sizeof other - 1}));
  assert_int_equal(d.reason, SSL_AD_REASON_OFFSET + 120);
  dial_close(&d);
}

/* ---- the ClientHello ---- */

static void a_hello_in_pieces_works(void **state) {
  (void)state;
  fixture_need_site();
  static unsigned char long_list[12000 + 9] = "\x08http/1.1";
  for (size_t i = 9; i < sizeof long_list; i += 100) {
    long_list[i] = 99;
    memset(long_list + i + 1, 'x', 99);
  }
  size_t long_n = 9 + 119 * 100;
  const struct dial_wish wishes[] = {
      {.ca = fixture.lab.weir_ca, .sni = "localhost", .piece = 1},
      {.ca = fixture.lab.weir_ca, .sni = "localhost", .records = 3},
      {.ca = fixture.lab.weir_ca, .sni = "localhost", .records = 3, .piece = 7},
      {.ca = fixture.lab.weir_ca, .sni = "localhost", .alpn = long_list, .alpn_n = long_n},
      {.ca = fixture.lab.weir_ca, .sni = "localhost", .alpn = long_list, .alpn_n = long_n, .piece = 1000, .records = 3},
  };
  for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
    struct dial d;
    if (!dial_open(&d, fixture.lab.weir.port, "localhost", fixture.site.tls_port[0], &wishes[i]))
      fail_msg("%zu: %s", i, d.problem);
    assert_file(&d, "localhost");
    dial_close(&d);
  }
}

static size_t files_in(const char *folder) {
  size_t n = 0;
  DIR *dir = opendir(folder);
  for (const struct dirent *e; dir && (e = readdir(dir));)
    n += e->d_name[0] != '.';
  if (dir)
    closedir(dir);
  return n;
}

static void hostile_names_do_no_harm(void **state) {
  (void)state;
  fixture_need_site();
  static const char *const names[] = {"../../../../tmp/weir-owned",
                                      "a'b\"c`d",
                                      "\x1b]0;owned\x07\x1b[2J",
                                      "a b\r\nX: y",
                                      "%s%n%x",
                                      "-rf",
                                      "..",
                                      "\xff\xfe\x80",
                                      "a/../../b",
                                      "*"};
  size_t before = files_in(fixture.lab.confdir);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    struct dial d;
    if (dial_open(&d, fixture.lab.weir.port, "localhost", fixture.site.tls_port[0],
                  &(struct dial_wish){.sni = names[i], .ca = fixture.lab.weir_ca})) {
      X509 *leaf = SSL_get1_peer_certificate(d.ssl); /* for the CONNECT's name then */
      assert_int_equal(X509_check_host(leaf, "localhost", 0, 0, NULL), 1);
      X509_free(leaf);
    }
    dial_close(&d);
  }
  size_t n;
  char *hello = dial_hello(&(struct dial_wish){.sni = "nul-here.test"}, &n), *at = memmem(hello, n, "nul-here", 8);
  assert_non_null(at);
  at[3] = '\0';
  int fd = dial_tunnel(fixture.lab.weir.port, "localhost", fixture.site.tls_port[0]);
  assert_true(net_send_n(fd, hello, n));
  assert_true(net_readable(fd, NET_DEADLINE));
  close(fd);
  free(hello);
  struct dial d;
  dial(&d, "localhost", NULL);
  assert_file(&d, "localhost");
  dial_close(&d);
  assert_int_equal(files_in(fixture.lab.confdir), before);
  assert_int_not_equal(access("/tmp/weir-owned", F_OK), 0);
}

/* ---- requests ---- */

static void four_requests_on_one_connection(void **state) {
  (void)state;
  fixture_need_site();
  struct dial d;
  dial(&d, "localhost", NULL);
  assert_file(&d, "localhost");
  assert_true(dial_send(&d, "HEAD /file HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  struct net_response r = dial_response(&d, true);
  assert_int_equal(r.status, 200);
  assert_non_null(strstr(r.head, "Content-Length: 10\r\n"));
  net_response_free(&r);
  assert_true(dial_send(&d, "PUT /put HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"));
  r = dial_response(&d, false);
  assert_int_equal(r.status, 201);
  net_response_free(&r);
  r = dial_get(&d, "localhost", "/put");
  assert_string_equal(r.body, "hello");
  net_response_free(&r);
  dial_close(&d);
  char url[100];
  json_t *rows = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(rows), 4); /* and none for the CONNECT */
  snprintf(url, sizeof url, "https://localhost:%d/put", fixture.site.tls_port[0]);
  const json_t *row = json_array_get(rows, 3);
  assert_string_equal(json_string_value(json_object_get(row, "url")), url);
  assert_string_equal(json_string_value(json_object_get(row, "kind")), "http");
  json_decref(rows);
}

static void four_mebibytes_each_way(void **state) {
  (void)state;
  fixture_need_site();
  enum { SIZE = 4 << 20 };
  char *pattern = site_pattern(SIZE), head[200], path[300];
  size_t n;
  struct dial d;
  dial(&d, "localhost", NULL);
  snprintf(head, sizeof head, "PUT /big HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", SIZE);
  assert_true(dial_send(&d, head) && dial_send_n(&d, pattern, SIZE));
  struct net_response r = dial_response(&d, false);
  assert_in_range(r.status, 201, 204);
  net_response_free(&r);
  snprintf(path, sizeof path, "%s/www/big", fixture.site.folder);
  char *came = site_read(path, &n);
  assert_int_equal(n, SIZE);
  assert_true(memcmp(came, pattern, SIZE) == 0);
  r = dial_get(&d, "localhost", "/big");
  assert_true(r.complete);
  assert_int_equal(r.n, SIZE);
  assert_true(memcmp(r.body, pattern, SIZE) == 0);
  net_response_free(&r);
  dial_close(&d);
  free(came);
  free(pattern);
}

/* ---- sessions ---- */

static void sessions_resume_under_their_own_name_only(void **state) {
  (void)state;
  fixture_need_site();
  static const int version[] = {TLS1_2_VERSION, TLS1_3_VERSION};
  for (size_t i = 0; i < 2; i++) {
    struct dial d;
    struct dial_wish w = {.ca = fixture.lab.weir_ca, .sni = "localhost", .least = version[i], .most = version[i]};
    dial(&d, "localhost", &w);
    assert_file(&d, "localhost"); /* the ticket of TLS 1.3 has come with it */
    w.session = SSL_get1_session(d.ssl);
    dial_close(&d);
    dial(&d, "localhost", &w);
    assert_true(SSL_session_reused(d.ssl));
    assert_file(&d, "localhost");
    dial_close(&d);
    w.sni = "www.example.test";
    w.verify = "www.example.test";
    dial(&d, "localhost", &w);
    assert_false(SSL_session_reused(d.ssl));
    assert_file(&d, "www.example.test");
    dial_close(&d);
    SSL_SESSION_free(w.session);
  }
}

/* ---- a client that does not trust weir ---- */

static void a_client_that_rejects_the_leaf(void **state) {
  (void)state;
  struct origin_tls wish = {.pem = lab_pem(&fixture.lab, LAB_GOOD)};
  struct origin origin = origin_start(origin_tls, &wish);
  size_t before = net_fds(fixture.lab.weir.pid);
  for (int i = 0; i < 2; i++) {
    struct dial d; /* trusts the test's authority alone */
    assert_false(dial_open(&d, fixture.lab.weir.port, "localhost", origin.port,
                           &(struct dial_wish){.ca = fixture.lab.ca, .sni = "localhost"}));
    assert_int_not_equal(d.verify, X509_V_OK);
    dial_close(&d);
  }
  assert_true(net_wait_fds(fixture.lab.weir.pid, before + 1)); /* the loop may have made its epoll descriptor since */
  json_t *rows = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(rows), 2);
  assert_non_null(lab_failed(rows, "the client rejected weir's certificate for localhost (unknown_ca)"));
  assert_non_null(lab_failed(rows, "passes this host through")); /* offered the second time */
  json_decref(rows);
  assert_int_equal(origin.count->requests, 0);
  origin_stop(&origin);
}

/* ---- SSLKEYLOGFILE ---- */

static size_t count_of(const char *text, const char *word) {
  size_t n = 0;
  for (const char *at = text; (at = strstr(at, word)); at += strlen(word))
    n++;
  return n;
}

static void the_key_log_is_private_and_has_both_sides(void **state) {
  (void)state;
  fixture_need_site();
  struct stat st;
  size_t n;
  snprintf(keylog, sizeof keylog, "%s/keys", fixture.lab.folder);
  setenv("SSLKEYLOGFILE", keylog, 1);
  lab_weir(&fixture.lab, NULL);
  unsetenv("SSLKEYLOGFILE");
  struct dial d;
  dial(&d, "localhost", NULL);
  assert_file(&d, "localhost");
  char random[65] = "";
  unsigned char raw[32];
  assert_int_equal(SSL_get_client_random(d.ssl, raw, 32), 32);
  for (int i = 0; i < 32; i++)
    snprintf(random + (ptrdiff_t)2 * i, 3, "%02x", raw[i]);
  dial_close(&d);
  json_decref(lab_rows(&fixture.lab));
  assert_int_equal(stat(keylog, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0600);
  char *text = site_read(keylog, &n);
  assert_int_equal(count_of(text, "CLIENT_TRAFFIC_SECRET_0 "), 2); /* the client's connection and nginx's */
  char line[120];
  snprintf(line, sizeof line, "CLIENT_TRAFFIC_SECRET_0 %s ", random);
  assert_int_equal(count_of(text, line), 1);
  free(text);
  lab_weir(&fixture.lab, NULL); /* off unless asked for */
  unlink(keylog);
  dial(&d, "localhost", NULL);
  assert_file(&d, "localhost");
  dial_close(&d);
  assert_int_not_equal(access(keylog, F_OK), 0);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, fixture_weir, fixture_stop)
  const struct CMUnitTest tests[] = {
      T(the_leaf_names_what_was_asked_for),
      T(the_leaf_is_what_browsers_want),
      T(twenty_new_names_take_no_time),
      T(the_authority_is_private),
      T(no_core_holds_the_key),
      T(versions),
      T(old_and_empty_cryptography_is_refused),
      T(protocols),
      T(a_hello_in_pieces_works),
      T(hostile_names_do_no_harm),
      T(four_requests_on_one_connection),
      T(four_mebibytes_each_way),
      T(sessions_resume_under_their_own_name_only),
      T(a_client_that_rejects_the_leaf),
      cmocka_unit_test_teardown(the_key_log_is_private_and_has_both_sides, fixture_stop),
  };
  return cmocka_run_group_tests(tests, fixture_lab_site, fixture_close);
}
