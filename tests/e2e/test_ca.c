/* The authority as a person meets it: where it is, a new one, trusting it, the page that hands it out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "certs.h"
#include "commands.h"
#include "site.h"

static char *fingerprint_of(const char *text) {
  const char *at = strstr(text, "SHA-256");
  assert_non_null(at);
  at += strlen("SHA-256");
  at += strspn(at, " ");
  return strndup(at, 95);
}

/* ---- weir ca ---- */

static void ca_says_where_it_is(void **state) {
  char *said, *pem, *der, *facts;
  (void)state;
  assert_int_equal(WEIR(&said, "ca"), 0);
  see(said, in_home("data/weir/ca.pem"));
  see(said, "(mode 0600)");
  mode_of(in_home("data/weir"), 0700);
  mode_of(in_home("data/weir/ca.key"), 0600);
  if (!installed("openssl"))
    skip();
  char *fingerprint = fingerprint_of(said);
  char command[900];
  snprintf(command, sizeof command,
           "%s ca export pem | openssl x509 -noout -fingerprint -sha256 -ext basicConstraints,keyUsage",
           weir_program());
  assert_int_equal(net_run((const char *[]){"sh", "-c", command, NULL}, &facts), 0);
  see(facts, fingerprint);
  see(facts, "CA:TRUE, pathlen:0");
  see(facts, "Certificate Sign");
  assert_null(strstr(facts, "Digital Signature"));
  free(facts);
  snprintf(command, sizeof command, "%s --no-tls ca export der | openssl x509 -inform der -noout -fingerprint -sha256",
           weir_program());
  assert_int_equal(net_run((const char *[]){"sh", "-c", command, NULL}, &der), 0);
  see(der, fingerprint);
  free(der);
  assert_int_equal(WEIR(&pem, "ca", "export"), 0);
  assert_null(strstr(pem, "PRIVATE"));
  free(pem);
  free(fingerprint);
  free(said);
  SAYS(2, "there is no weir ca export key", "ca", "export", "key");
  SAYS(2, "there is no weir ca instal;", "ca", "instal");
}

static void a_new_one_is_asked_for(void **state) {
  char *first, *second, *third;
  (void)state;
  assert_int_equal(WEIR(&first, "ca"), 0);
  SAYS(1, "nothing was changed", "ca", "new");
  assert_int_equal(WEIR(&second, "ca"), 0);
  assert_string_equal(first, second);
  assert_int_equal(WEIR(&third, "--yes", "ca", "new"), 0);
  char *before = fingerprint_of(first);
  assert_null(strstr(third, before));
  assert_int_equal(access(in_home("data/weir/ca.pem.old"), F_OK), 0);
  mode_of(in_home("data/weir/ca.key.old"), 0600);
  mode_of(in_home("data/weir/ca.key"), 0600);
  free(before);
  free(first);
  free(second);
  free(third);
}

static void a_key_that_others_can_read_is_not_used(void **state) {
  (void)state;
  assert_int_equal(WEIR(NULL, "ca"), 0);
  chmod(in_home("data/weir/ca.key"), 0644);
  SAYS(1, "chmod 600", "ca");
  char line[900];
  struct net_program w = net_weir(NULL); /* goes on without HTTPS */
  assert_true(net_until(w.err, "chmod 600", line, sizeof line));
  see(line, "HTTPS is not read in this run");
  net_stop(&w);
  SAYS(1, "chmod 600", "--listen", "127.0.0.1:0", "doctor");
  chmod(in_home("data/weir/ca.key"), 0600);
  assert_int_equal(WEIR(NULL, "ca"), 0);
}

static void an_authority_of_ones_own(void **state) {
  (void)state;
  struct cert ca = cert_make(&(struct cert_wish){.cn = "Our Test CA", .ca = true}, NULL);
  const struct cert *chain[] = {&ca};
  cert_write(in_home("own.pem"), chain, 1, NULL);
  cert_write(in_home("own.key"), chain, 0, ca.key);
  cert_clear(&ca);
  SAYS(0, "Our Test CA", "ca", "--ca-cert", in_home("own.pem"), "--ca-key", in_home("own.key"));
  SAYS(2, "both --ca-cert and --ca-key", "ca", "--ca-cert", in_home("own.pem"));
  SAYS(1, "does not belong to", "--headless", "--listen", "127.0.0.1:0", "--ca-cert", in_home("own.pem"), "--ca-key",
       in_home("data/weir/ca.key"));
  SAYS(1, "not weir's to replace", "ca", "new", "--yes", "--ca-cert", in_home("own.pem"), "--ca-key",
       in_home("own.key"));
}

/* weir's own is only looked into when it is needed. What is wrong then is told there, and may be mended meanwhile. */
static void what_is_found_late_is_told_and_may_be_mended(void **state) {
  char *key, proxy[60], *said;
  size_t n;
  (void)state;
  assert_int_equal(WEIR(NULL, "ca"), 0);
  assert_non_null(key = site_read(in_home("data/weir/ca.key"), &n));
  struct cert other = cert_make(&(struct cert_wish){.cn = "Other", .ca = true}, NULL);
  cert_write(in_home("data/weir/ca.key"), NULL, 0, other.key);
  cert_clear(&other);
  struct net_program w = net_weir(NULL);
  snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", w.port);
  const char *const ask[] = {
      "curl", "-q", "-sS", "-k", "--max-time", "20", "--noproxy", "", "-x", proxy, "https://weir.internal/", NULL};
  assert_int_equal(net_run(ask, NULL), 35); /* the handshake failed */
  assert_int_equal(net_run((const char *[]){"curl", "-q", "-sS", "--noproxy", "*", proxy, NULL}, &said), 0);
  see(said, "does not belong to the certificate");
  free(said);
  FILE *f = fopen(in_home("data/weir/ca.key"), "w");
  assert_int_equal(fwrite(key, 1, n, f), n);
  fclose(f);
  assert_int_equal(net_run(ask, &said), 0);
  see(said, "SHA-256");
  free(said);
  free(key);
  net_stop(&w);
}

static void without_a_directory_weir_goes_on_without_https(void **state) {
  (void)state;
  char line[600];
  struct net_program origin = net_origin();
  struct net_program w = net_weir((const char *[]){"--confdir", "/proc/nowhere", NULL});
  assert_int_equal(net_status(w.port, origin.port, "/ok"), 200);
  assert_true(net_until(w.err, "--confdir DIR", line, sizeof line));
  see(line, "HTTPS is not read in this run");
  assert_int_equal(WEXITSTATUS(net_stop(&w)), 0);
  net_stop(&origin);
}

static void with_a_spoilt_authority_too(void **state) {
  (void)state;
  char line[900];
  assert_int_equal(WEIR(NULL, "ca", "new", "--yes"), 0);
  FILE *f = fopen(in_home("data/weir/ca.pem"), "w");
  fputs("garbage", f);
  fclose(f);
  struct net_program origin = net_origin();
  struct net_program w = net_weir(NULL);
  assert_int_equal(net_status(w.port, origin.port, "/ok"), 200);
  assert_true(net_until(w.err, "weir ca new", line, sizeof line));
  see(line, "HTTPS is not read in this run");
  assert_int_equal(WEXITSTATUS(net_stop(&w)), 0);
  net_stop(&origin);
  assert_int_equal(WEIR(NULL, "ca", "new", "--yes"), 0);
}

/* ---- trusting it ---- */

static void browsers_are_taught(void **state) {
  (void)state;
  if (!installed("certutil"))
    skip();
  char folder[500], *said;
  net_run((const char *[]){"mkdir", "-p", in_home(".pki/nssdb"), NULL}, NULL);
  snprintf(folder, sizeof folder, "sql:%s/.pki/nssdb", commands_home);
  assert_int_equal(net_run((const char *[]){"certutil", "-N", "-d", folder, "--empty-password", NULL}, NULL), 0);
  SAYS(1, "nothing was changed", "ca", "install", "browsers");
  SAYS(0, "Chromium", "ca", "uninstall", "browsers", "--yes"); /* it has none: fine */
  assert_int_equal(WEIR(&said, "ca", "install", "browsers", "--yes"), 0);
  const char *plan = strstr(said, "certutil -A -d"), *deed = strstr(said, "trusts weir now");
  assert_non_null(plan);
  assert_non_null(deed);
  assert_true(plan < deed);
  free(said);
  SAYS(0, "trusts it already", "ca", "install", "browsers", "--yes");
  assert_int_equal(net_run((const char *[]){"certutil", "-L", "-d", folder, NULL}, &said), 0);
  see(said, "C,,");
  free(said);
  DOCTOR("nssdb) trusts weir", "--listen", "127.0.0.1:0");
  /* the old one goes too */
  assert_int_equal(WEIR(NULL, "ca", "new", "--yes"), 0);
  assert_int_equal(WEIR(NULL, "ca", "install", "browsers", "--yes"), 0);
  SAYS(0, "trusts weir no more", "ca", "uninstall", "browsers", "--yes");
  assert_int_equal(net_run((const char *[]){"certutil", "-L", "-d", folder, NULL}, &said), 0);
  assert_null(strstr(said, "weir-"));
  free(said);
}

/* A browser that has not been started yet has no database: it is told so, and then it gets one. */
static void a_new_browser_is_taught(void **state) {
  (void)state;
  char *said, path[1200], folder[500];
  if (!installed("certutil"))
    skip();
  net_run((const char *[]){"rm", "-rf", in_home(".pki"), NULL}, NULL);
  net_run((const char *[]){"mkdir", "-p", in_home("bin"), NULL}, NULL);
  net_run((const char *[]){"ln", "-sf", "/bin/true", in_home("bin/chromium"), NULL}, NULL);
  char *before = strdup(getenv("PATH"));
  snprintf(path, sizeof path, "%s:%s", in_home("bin"), before);
  setenv("PATH", path, 1);
  SAYS(1, "nothing was changed", "ca", "install", "browsers");
  assert_int_equal(access(in_home(".pki"), F_OK), -1);
  assert_int_equal(WEIR(&said, "ca", "install", "browsers", "--yes"), 0);
  const char *plan = strstr(said, "it has no database yet"), *deed = strstr(said, "trusts weir now");
  assert_true(plan && deed && plan < deed);
  free(said);
  mode_of(in_home(".pki/nssdb"), 0700);
  snprintf(folder, sizeof folder, "sql:%s", in_home(".pki/nssdb"));
  assert_int_equal(net_run((const char *[]){"certutil", "-L", "-d", folder, NULL}, &said), 0);
  see(said, "weir-");
  free(said);
  SAYS(0, "trusts weir no more", "ca", "uninstall", "browsers", "--yes");
  setenv("PATH", before, 1);
  free(before);
}

static void its_page_hands_it_out(void **state) {
  (void)state;
  char proxy[60], *pem, *got;
  assert_int_equal(WEIR(&pem, "ca", "export", "pem"), 0);
  struct net_program w = net_weir(NULL);
  snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", w.port);
#define CURL(...)                                                                                                      \
  net_run((const char *[]){"curl", "-q", "-sS", "--max-time", "20", "--noproxy", "", "-x", proxy, __VA_ARGS__, NULL},  \
          &got)
  assert_int_equal(CURL("http://weir.internal/ca.pem"), 0);
  assert_string_equal(got, pem);
  free(got);
  assert_int_equal(CURL("--cacert", in_home("data/weir/ca.pem"), "https://weir.internal/ca.pem"), 0);
  assert_string_equal(got, pem);
  free(got);
  assert_int_equal(CURL("-w", "%{http_code} %{content_type}", "-o", "/dev/null", "http://weir.internal/ca.der"), 0);
  assert_string_equal(got, "200 application/x-x509-ca-cert");
  free(got);
  assert_int_equal(CURL("-H", "Accept: text/html", "-w", "%{content_type}", "https://weir.internal/", "-k"), 0);
  see(got, "href=\"/ca.pem\"");
  see(got, "--cacert weir-ca.pem"); /* as the download is called */
  see(got, "text/html; charset=utf-8");
  free(got);
  assert_int_equal(net_run((const char *[]){"curl", "-q", "-sS", "--noproxy", "*", proxy, NULL}, &got), 0);
  see(got, proxy);
  see(got, "REQUESTS_CA_BUNDLE");
  free(got);
  free(pem);
  net_stop(&w);
}

/* The same pages through the proxy, over HTTPS, and at weir's own address; nothing else is there. */
static void its_pages_are_everywhere_and_read_only(void **state) {
  (void)state;
  static const struct {
    const char *method, *path, *want; /* status, type, size as announced; "*": whatever it is */
  } cases[] = {
      {"GET", "/", "200 text/plain; charset=utf-8 *"},
      {"HEAD", "/", "200 text/plain; charset=utf-8 *"},
      {"GET", "/ca.pem", "200 application/x-pem-file *"},
      {"HEAD", "/ca.pem", "200 application/x-pem-file *"},
      {"GET", "/ca.pem?again", "200 application/x-pem-file *"},
      {"HEAD", "/ca.der", "200 application/x-x509-ca-cert *"},
      {"GET", "/ca.crt", "200 application/x-x509-ca-cert *"},
      {"GET", "/ca.key", "404 text/plain; charset=utf-8 *"},
      {"HEAD", "/ca.key", "404 text/plain; charset=utf-8 *"},
      {"GET", "/ca.pem/", "404 text/plain; charset=utf-8 *"},
      {"GET", "/CA.PEM", "404 text/plain; charset=utf-8 *"},
      {"GET", "/../weir/ca.key", "404 text/plain; charset=utf-8 *"},
      {"POST", "/", "405 text/plain; charset=utf-8 *"},
      {"DELETE", "/ca.pem", "405 text/plain; charset=utf-8 *"},
  };
  char proxy[60], url[120], *got;
  assert_int_equal(WEIR(NULL, "ca"), 0);
  struct net_program w = net_weir(NULL);
  snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", w.port);
  const char *const bases[] = {"http://weir.internal", "https://weir.internal", proxy};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (size_t k = 0; k < 3; k++) {
      snprintf(url, sizeof url, "%s%s", bases[k], cases[i].path);
      const char *argv[] = {"curl",       "-q",
                            "-sS",        "--path-as-is",
                            "--max-time", "20",
                            "--noproxy",  k < 2 ? "" : "*",
                            "-x",         proxy,
                            "--cacert",   in_home("data/weir/ca.pem"),
                            "-X",         cases[i].method,
                            "-o",         in_home("page"),
                            "-w",         "%{http_code} %{content_type} %header{content-length}",
                            url,          strcmp(cases[i].method, "HEAD") == 0 ? "-I" : NULL,
                            NULL};
      assert_int_equal(net_run(argv, &got), 0);
      size_t front = strlen(cases[i].want) - 1, n;
      char *page = site_read(in_home("page"), &n);
      if (strncmp(got, cases[i].want, front) != 0 || atoi(got + front) < 20 || !page || memmem(page, n, "PRIVATE", 7))
        fail_msg("%s %s: %s instead of %s", cases[i].method, url, got, cases[i].want);
      free(page);
      free(got);
    }
  net_stop(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ca_says_where_it_is),
      cmocka_unit_test(a_new_one_is_asked_for),
      cmocka_unit_test(a_key_that_others_can_read_is_not_used),
      cmocka_unit_test(an_authority_of_ones_own),
      cmocka_unit_test(what_is_found_late_is_told_and_may_be_mended),
      cmocka_unit_test(without_a_directory_weir_goes_on_without_https),
      cmocka_unit_test(with_a_spoilt_authority_too),
      cmocka_unit_test(browsers_are_taught),
      cmocka_unit_test(a_new_browser_is_taught),
      cmocka_unit_test(its_page_hands_it_out),
      cmocka_unit_test(its_pages_are_everywhere_and_read_only),
  };
  return cmocka_run_group_tests(tests, commands_open, commands_close);
}
