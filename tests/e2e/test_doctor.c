/* weir doctor: each thing that is wrong with a machine is said, with what helps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "commands.h"

static void doctor_names_who_has_the_port(void **state) {
  int port;
  char number[20], want[60];
  (void)state;
  int listener = net_listen(&port);
  snprintf(number, sizeof number, "127.0.0.1:%d", port);
  snprintf(want, sizeof want, "is in use by test_doctor (process %d)", (int)getpid());
  SAYS(1, want, "doctor", "--listen", number);
  close(listener);
  DOCTOR("is free", "--listen", number);
  struct net_program w = net_weir(NULL);
  snprintf(number, sizeof number, "127.0.0.1:%d", w.port);
  snprintf(want, sizeof want, "weir (process %d) listens at", (int)w.pid);
  DOCTOR(want, "--listen", number);
  net_stop(&w);
}

/* ---- one thing wrong at a time ---- */

#define ANY_PORT "--listen", "127.0.0.1:0"

/* With this variable set doctor says this of it, and is content or not. */
static void with(const char *name, const char *value, bool wrong, const char *what) {
  char *said, start[60];
  char *before = getenv(name) ? strdup(getenv(name)) : NULL;
  setenv(name, value, 1);
  int status = WEIR(&said, "doctor", "--listen", "127.0.0.1:8765");
  if (before)
    setenv(name, before, 1);
  else
    unsetenv(name);
  free(before);
  snprintf(start, sizeof start, "%-5s  %-11s  ", wrong ? "WRONG" : "note", name);
  const char *line = strstr(said, start);
  if (!line || !memmem(line, strcspn(line, "\n"), what, strlen(what)) || (wrong && status != 1))
    fail_msg("%s=%s: status %d, without \"%s%s\":\n%s", name, value, status, start, what, said);
  if (!memchr(line, ';', strcspn(line, "\n")))
    fail_msg("no cure: %.*s", (int)strcspn(line, "\n"), line);
  free(said);
}

static void variables_that_lead_elsewhere(void **state) {
  (void)state;
  with("http_proxy", "", false, "not set");
  with("http_proxy", "http://other.test:8765", false, "is not where weir listens");
  with("http_proxy", "http://127.0.0.1:3128/", false, "is not where weir listens");
  with("http_proxy", "http://[::1", true, "no address of a proxy");
  with("https_proxy", "https://127.0.0.1:8765", true, "plain HTTP");
  with("https_proxy", "socks5h://localhost:8765", true, "plain HTTP");
  with("HTTPS_PROXY", "http://127.0.0.1:1", false, "is not what https_proxy says");
  with("no_proxy", "localhost,corp.test", false, "these hosts go around weir: localhost,corp.test");
  with("NO_PROXY", "*", false, "these hosts go around weir: *");
}

static void variables_that_lead_here_are_good(void **state) {
  (void)state;
  static const char *const good[] = {"http://127.0.0.1:8765", "127.0.0.1:8765", "http://localhost:8765/",
                                     "HTTP://user:pass@[::1]:8765"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    char *said, line[100];
    setenv("https_proxy", good[i], 1);
    WEIR(&said, "doctor", "--listen", "127.0.0.1:8765");
    snprintf(line, sizeof line, "ok     https_proxy  %s\n", good[i]);
    see(said, line);
    free(said);
  }
  unsetenv("https_proxy");
}

/* A bundle that somebody has put in the place of the system's does not have weir's certificate in it. */
static void bundles_that_lack_weirs(void **state) {
  (void)state;
  static const char *const names[] = {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
                                      "PIP_CERT",      "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO",  "AWS_CA_BUNDLE"};
  char *said, *pem;
  assert_int_equal(WEIR(&pem, "ca", "export"), 0);
  FILE *f = fopen(in_home("bundle.pem"), "w");
  assert_true(fputs("-- others --\n", f) > 0);
  fflush(f);
  setenv("http_proxy", "http://127.0.0.1:8765", 1);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    with(names[i], in_home("bundle.pem"), true, "does not hold weir's certificate");
    with(names[i], in_home("nothing.pem"), true, "No such file");
  }
  unsetenv("http_proxy");
  setenv("CURL_CA_BUNDLE", in_home("bundle.pem"), 1);
  WEIR(&said, "doctor", ANY_PORT); /* nothing leads here, so it is no matter */
  assert_null(strstr(said, "CURL_CA_BUNDLE"));
  free(said);
  assert_true(fputs(pem, f) > 0);
  fclose(f);
  setenv("http_proxy", "http://127.0.0.1:8765", 1);
  WEIR(&said, "doctor", "--listen", "127.0.0.1:8765");
  assert_null(strstr(said, "CURL_CA_BUNDLE"));
  free(said);
  unsetenv("CURL_CA_BUNDLE");
  unsetenv("http_proxy");
  free(pem);
}

static void a_key_log_that_cannot_be_written(void **state) {
  (void)state;
  FILE *f = fopen(in_home("plain"), "w");
  fclose(f);
  with("SSLKEYLOGFILE", in_home("keys.log"), false, "the keys of all TLS connections are written");
  with("SSLKEYLOGFILE", in_home("plain/keys.log"), true, "cannot be written: weir does not start");
  setenv("SSLKEYLOGFILE", in_home("plain/keys.log"), 1); /* and it is true */
  assert_int_not_equal(WEIR(NULL, "run", "--", "true"), 0);
  unsetenv("SSLKEYLOGFILE");
}

static void an_authority_that_cannot_be(void **state) {
  (void)state;
  FILE *f = fopen(in_home("plain"), "w");
  fclose(f);
  char *before = strdup(getenv("XDG_DATA_HOME"));
  setenv("XDG_DATA_HOME", in_home("plain/data"), 1);
  SAYS(1, "WRONG  authority    ", "doctor", ANY_PORT);
  SAYS(1, "HTTPS is not read; name a directory", "doctor", ANY_PORT);
  setenv("XDG_DATA_HOME", in_home("new/data"), 1);
  DOCTOR("there is none yet", ANY_PORT);
  assert_int_equal(access(in_home("new"), F_OK), -1);
  setenv("XDG_DATA_HOME", before, 1);
  free(before);
  DOCTOR("HTTPS is not read: --no-tls is set", ANY_PORT, "--no-tls");
}

static void stores_that_do_not_trust(void **state) {
  (void)state;
  char folder[500];
  if (!installed("certutil"))
    skip();
  net_run((const char *[]){"mkdir", "-p", in_home(".pki/nssdb"), NULL}, NULL);
  snprintf(folder, sizeof folder, "sql:%s", in_home(".pki/nssdb"));
  assert_int_equal(net_run((const char *[]){"certutil", "-N", "-d", folder, "--empty-password", NULL}, NULL), 0);
  SAYS(1, "nssdb) does not trust weir: its programs refuse HTTPS through it; ", "doctor", ANY_PORT);
  SAYS(1, "weir ca install\n", "doctor", ANY_PORT);
  SAYS(1, "weir ca install --confdir ", "doctor", ANY_PORT, "--confdir", in_home("data/weir"));
  assert_int_equal(WEIR(NULL, "ca", "install", "browsers", "--yes"), 0);
  DOCTOR("nssdb) trusts weir", ANY_PORT);
}

static void limits_that_are_low(void **state) {
  (void)state;
  static const struct {
    int descriptors;
    const char *want;
  } cases[] = {{200, "WRONG  limits       200 descriptors"},
               {600, "note   limits       600 descriptors"},
               {1024, "ok     limits       1024 descriptors: about 448 clients at a time\n"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char script[200], *said;
    snprintf(script, sizeof script, "ulimit -n %d; \"$0\" doctor --listen 127.0.0.1:0; echo status $?",
             cases[i].descriptors);
    assert_int_equal(net_run((const char *[]){"sh", "-c", script, weir_program(), NULL}, &said), 0);
    see(said, cases[i].want);
    if (i == 0)
      see(said, "status 1");
    free(said);
  }
  DOCTOR("weir may keep 7.8T of traffic", ANY_PORT, "--memory", "8000G");
}

static void ports_that_cannot_be_had(void **state) {
  (void)state;
  SAYS(1, "WRONG  port", "doctor", "--listen", "192.0.2.1:8765"); /* RFC 5737: nobody's */
  SAYS(1, "weir --listen [HOST:]PORT", "doctor", "--listen", "192.0.2.1:8765");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(doctor_names_who_has_the_port), cmocka_unit_test(ports_that_cannot_be_had),
      cmocka_unit_test(variables_that_lead_elsewhere), cmocka_unit_test(variables_that_lead_here_are_good),
      cmocka_unit_test(bundles_that_lack_weirs),       cmocka_unit_test(a_key_log_that_cannot_be_written),
      cmocka_unit_test(an_authority_that_cannot_be),   cmocka_unit_test(stores_that_do_not_trust),
      cmocka_unit_test(limits_that_are_low),
  };
  return cmocka_run_group_tests(tests, commands_open, commands_close);
}
