/* weir before other proxies: a second weir as HTTP and SOCKS5 proxy, squid where it is installed, and proxies that refuse or hang. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <poll.h>
#include <sys/stat.h>

#include "fixture.h"
#include "rows.h"

#define SQUID      "/usr/sbin/squid"
#define SQUID_AUTH "/usr/lib/squid/basic_ncsa_auth"

static struct net_program other;

static int setup(void **state) {
  unsetenv("no_proxy");
  unsetenv("NO_PROXY");
  return fixture_all(state);
}

static int stop(void **state) {
  if (other.pid)
    net_stop(&other);
  return fixture_stop(state);
}

/* The proxy behind weir: another weir that leaves TLS alone. */
static int start_other(const char *mode) {
  char folder[260];
  snprintf(folder, sizeof folder, "%s/other", fixture.lab.folder);
  if (mode)
    other = net_weir((const char *[]){"--confdir", folder, "--no-tls", "--mode", mode, NULL});
  else
    other = net_weir((const char *[]){"--confdir", folder, "--no-tls", NULL});
  return other.port;
}

static int curl(char **out, const char *scheme, const char *host, int port, const char *path, bool tunnel) {
  char proxy[60], url[100];
  snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", fixture.lab.weir.port);
  snprintf(url, sizeof url, "%s://%s:%d%s", scheme, host, port, path);
  const char *argv[] = {
      "curl", "-q",  "-sS", "--max-time",         "30", "--noproxy", "", "--cacert", fixture.lab.weir_ca,
      "-x",   proxy, url,   tunnel ? "-p" : NULL, NULL};
  return net_run(argv, out);
}

static const char *text_of(const json_t *row, const char *name) {
  const char *text = json_string_value(json_object_get(row, name));
  return text ? text : "";
}

static void by_each_kind(void **state) {
  (void)state;
  static const struct {
    const char *scheme, *mode;
  } kinds[] = {{"http", NULL}, {"socks5", "socks5"}, {"socks5h", "socks5"}, {"http", "regular"}};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    char upstream[80], *out;
    snprintf(upstream, sizeof upstream, "%s://127.0.0.1:%d", kinds[i].scheme, start_other(kinds[i].mode));
    lab_weir(&fixture.lab, (const char *[]){"--upstream", upstream, NULL});
    assert_int_equal(curl(&out, "http", "localhost", fixture.origin.port, "/ok", false), 0);
    assert_string_equal(out, "ok");
    free(out);
    if (fixture.site.tls_port[0]) {
      assert_int_equal(curl(&out, "https", "localhost", fixture.site.tls_port[0], "/file", false), 0);
      assert_string_equal(out, "0123456789");
      free(out);
    }
    json_t *all = lab_rows(&fixture.lab);
    assert_int_equal(json_array_size(all), fixture.site.tls_port[0] ? 2 : 1);
    for (size_t k = 0; k < json_array_size(all); k++)
      assert_string_equal(text_of(json_array_get(all, k), "upstream"), upstream);
    json_decref(all);
    net_stop(&other);
  }
}

static void passwords_for_socks(void **state) {
  (void)state;
  static const struct {
    const char *user, *says;
  } tries[] = {{"ann:pw@", NULL}, {"ann:no@", "does not take the user name and password"}, {"", "wants a user name"}};
  int port = start_other("socks5:ann:pw");
  for (size_t i = 0; i < 3; i++) {
    char upstream[80], *out;
    snprintf(upstream, sizeof upstream, "socks5h://%s127.0.0.1:%d", tries[i].user, port);
    lab_weir(&fixture.lab, (const char *[]){"--upstream", upstream, NULL});
    assert_int_equal(curl(&out, "http", "localhost", fixture.origin.port, "/ok", false), 0);
    assert_string_equal(strcmp(out, "ok") ? "refused" : "ok", i ? "refused" : "ok");
    free(out);
    /* What others see of the command line has no password. */
    char path[40], line[4096];
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)fixture.lab.weir.pid);
    FILE *file = fopen(path, "r");
    size_t n = file ? fread(line, 1, sizeof line, file) : 0;
    assert_true(n > 0);
    fclose(file);
    assert_null(memmem(line, n, "ann:", 4));
    json_t *all = lab_rows(&fixture.lab);
    if (tries[i].says)
      assert_non_null(lab_failed(all, tries[i].says));
    json_decref(all);
  }
}

static void direct_hosts(void **state) {
  (void)state;
  char upstream[80], *out;
  snprintf(upstream, sizeof upstream, "http://127.0.0.1:%d", start_other(NULL));
  setenv("no_proxy", "localhost", 1);
  lab_weir(&fixture.lab, (const char *[]){"--upstream", upstream, NULL});
  unsetenv("no_proxy");
  assert_int_equal(curl(&out, "http", "localhost", fixture.origin.port, "/ok", false), 0);
  free(out);
  assert_int_equal(curl(&out, "http", "127.0.0.1", fixture.origin.port, "/ok", false), 0);
  free(out);
  json_t *all = lab_rows(&fixture.lab);
  assert_string_equal(text_of(json_array_get(all, 0), "upstream"), "");
  assert_string_equal(text_of(json_array_get(all, 1), "upstream"), upstream);
  json_decref(all);
}

/* A proxy that takes the connection and says nothing; one that is not there; one that is weir itself. */
static void proxies_that_fail(void **state) {
  (void)state;
  int port, listener = net_listen(&port);
  char upstream[80], *out;
  snprintf(upstream, sizeof upstream, "http://127.0.0.1:%d", port);
  lab_weir(&fixture.lab, (const char *[]){"--upstream", upstream, "--timeout-connect", "1", NULL});
  assert_int_not_equal(curl(&out, "http", "localhost", fixture.origin.port, "/ok", true), 0);
  free(out);
  close(listener);
  assert_int_not_equal(curl(&out, "http", "localhost", fixture.origin.port, "/ok", true), 0);
  free(out);
  json_t *all = lab_rows(&fixture.lab);
  assert_non_null(lab_failed(all, "did not answer to CONNECT within 1 s"));
  assert_non_null(lab_failed(all, "cannot be reached"));
  json_decref(all);

  listener = net_listen(&port); /* a port that is free, most likely */
  close(listener);
  char listen[40];
  snprintf(upstream, sizeof upstream, "http://127.0.0.1:%d", port);
  snprintf(listen, sizeof listen, "127.0.0.1:%d", port);
  lab_weir(&fixture.lab, (const char *[]){"--upstream", upstream, "--listen", listen, NULL});
  assert_int_equal(curl(&out, "http", "localhost", fixture.origin.port, "/ok", false), 0);
  assert_non_null(strstr(out, "is weir itself"));
  free(out);
  all = lab_rows(&fixture.lab);
  assert_non_null(lab_failed(all, "is weir itself"));
  json_decref(all);
}

/* Two weirs that send everything to each other. */
static void circles_end(void **state) {
  (void)state;
  int port, listener = net_listen(&port);
  close(listener);
  char listen[40], mine[60], upstream[60], folder[260], *out;
  snprintf(listen, sizeof listen, "127.0.0.1:%d", port);
  snprintf(mine, sizeof mine, "http://127.0.0.1:%d", port);
  snprintf(folder, sizeof folder, "%s/other", fixture.lab.folder);
  other = net_weir((const char *[]){"--confdir", folder, "--no-tls", "--upstream", mine, NULL});
  snprintf(upstream, sizeof upstream, "http://127.0.0.1:%d", other.port);
  lab_weir(&fixture.lab, (const char *[]){"--upstream", upstream, "--listen", listen, "--no-tls", NULL});
  assert_int_not_equal(curl(&out, "http", "localhost", fixture.origin.port, "/ok", true), 0);
  free(out);
  json_t *all = lab_rows(&fixture.lab);
  assert_non_null(lab_failed(all, "this request has been here before"));
  assert_int_equal(json_array_size(all), 2);
  json_decref(all);
}

/* Where no byte of a request shows it: without the check each of these makes thousands of connections until they run out. */
static void crosswise(const char *there, bool mode) {
  int ports[2];
  char listen[40], way[80], folder[260], proxy[60], place[60], *out;
  struct net_program two[2];
  bool socks = !strncmp(there, "socks", 5), tcp = !strncmp(there, "tcp", 3);
  for (int i = 0; i < 2; i++)
    close(net_listen(&ports[i]));
  snprintf(folder, sizeof folder, "%s/other", fixture.lab.folder);
  for (int i = 0; i < 2; i++) {
    snprintf(listen, sizeof listen, "127.0.0.1:%d", ports[i]);
    if (mode)
      snprintf(way, sizeof way, "%s%d@%s", there, ports[1 - i], listen);
    else
      snprintf(way, sizeof way, "%s%d", there, ports[1 - i]);
    two[i] = net_weir((const char *[]){"--confdir", folder, mode ? "--mode" : "--upstream", way,
                                       mode ? NULL : "--listen", listen, NULL});
  }
  snprintf(proxy, sizeof proxy, "%s://127.0.0.1:%d", socks ? "socks5h" : "http", ports[0]);
  snprintf(place, sizeof place, "http://127.0.0.1:%d/", ports[0]);
  const char *argv[] = {
      "curl", "-q", "-sS", "--max-time", "10", "--noproxy", "", mode ? place : "http://a.test/", mode ? NULL : "-x",
      proxy,  NULL};
  double began = net_now();
  net_run(argv, &out);
  assert_true(net_now() - began < 8);
  if (!socks && !tcp)
    assert_non_null(strstr(out, "two weirs on this machine send it to each other"));
  free(out);
  char *row = net_line(&two[0], "two weirs on this machine");
  assert_non_null(row);
  free(row);
  assert_true(net_wait_fds(two[0].pid, 60));
  net_stop(&two[0]);
  net_stop(&two[1]);
}

static void circles_without_a_trace_end(void **state) {
  (void)state;
  crosswise("http://127.0.0.1:", false);
  crosswise("socks5h://127.0.0.1:", false);
  crosswise("reverse:http://127.0.0.1:", true);
  crosswise("tcp:127.0.0.1:", true);
}

/* A second port in TLS, where there is one. */
static pid_t squid_start(char *folder, int port, int tls_port) {
  char conf[300], passwords[300];
  snprintf(conf, sizeof conf, "%s/squid.conf", folder);
  snprintf(passwords, sizeof passwords, "%s/passwords", folder);
  FILE *file = fopen(passwords, "w");
  fputs("ann:$apr1$abcdefgh$5VEbMkemELfbhC5ck.U.z1\n", file); /* "pw" */
  fclose(file);
  file = fopen(conf, "w");
  fprintf(file,
          "http_port 127.0.0.1:%d\npid_filename none\ncache deny all\ncache_log /dev/null\naccess_log none\n"
          "auth_param basic program " SQUID_AUTH " %s\nauth_param basic realm test\nacl known proxy_auth REQUIRED\n"
          "acl closed port 1\nhttp_access deny closed\nhttp_access allow known\nhttp_access deny all\n"
          "shutdown_lifetime 0 seconds\nvisible_hostname test\n",
          port, passwords);
  if (tls_port)
    fprintf(file, "https_port 127.0.0.1:%d tls-cert=%s\n", tls_port, lab_pem(&fixture.lab, LAB_GOOD));
  fclose(file);
  chmod(folder, 0755); /* squid, started as root, becomes another user */
  chmod(passwords, 0644);
  other = net_start((const char *[]){SQUID, "-N", "-f", conf, NULL});
  for (double end = net_now() + NET_DEADLINE; net_now() < end;) {
    int fd = net_try_connect(port);
    if (fd >= 0) {
      close(fd);
      return other.pid;
    }
    poll(NULL, 0, 10);
  }
  return 0;
}

/* A proxy that others wrote, with a password. */
static void by_squid(void **state) {
  (void)state;
  static const struct {
    const char *user, *says;
  } tries[] = {{"ann:pw@", NULL}, {"ann:no@", "does not take the user name"}, {"", "wants a user name and a password"}};
  char folder[] = "/tmp/weir-squid-XXXXXX", upstream[80], *out;
  if (access(SQUID, X_OK) != 0 || access(SQUID_AUTH, X_OK) != 0)
    skip();
  int port, listener = net_listen(&port);
  close(listener);
  assert_non_null(mkdtemp(folder));
  assert_true(squid_start(folder, port, 0) != 0);
  for (size_t i = 0; i < 3; i++) {
    snprintf(upstream, sizeof upstream, "http://%s127.0.0.1:%d", tries[i].user, port);
    lab_weir(&fixture.lab, (const char *[]){"--upstream", upstream, NULL});
    for (int tunnel = 0; tunnel < 2; tunnel++) {
      int status = curl(&out, "http", "127.0.0.1", fixture.origin.port, "/ok", tunnel);
      assert_int_equal(status == 0 && !strcmp(out, "ok"), i == 0);
      free(out);
    }
    if (!i) {
      assert_int_not_equal(curl(&out, "http", "127.0.0.1", 1, "/", true), 0);
      free(out);
    }
    json_t *all = lab_rows(&fixture.lab);
    assert_non_null(lab_failed(all, i ? tries[i].says : "answered 403 Forbidden to CONNECT 127.0.0.1:1"));
    json_decref(all);
  }
  net_run((const char *[]){"rm", "-r", folder, NULL}, NULL);
}

/* The proxy itself is spoken to in TLS, and through that TLS to the server. */
static void by_squid_in_tls(void **state) {
  (void)state;
  char folder[] = "/tmp/weir-squid-XXXXXX", upstream[80], *out;
  if (access(SQUID, X_OK) != 0 || access(SQUID_AUTH, X_OK) != 0 || !fixture.site.tls_port[0])
    skip();
  int port, tls_port, listener = net_listen(&port), second = net_listen(&tls_port);
  close(listener);
  close(second);
  assert_non_null(mkdtemp(folder));
  assert_true(squid_start(folder, port, tls_port) != 0);
  snprintf(upstream, sizeof upstream, "https://ann:pw@localhost:%d", tls_port);
  lab_weir(&fixture.lab, (const char *[]){"--upstream", upstream, NULL});
  for (int i = 0; i < 2; i++) {
    assert_int_equal(curl(&out, "http", "127.0.0.1", fixture.origin.port, "/ok", i == 1), 0);
    assert_string_equal(out, "ok");
    free(out);
    assert_int_equal(curl(&out, "https", "localhost", fixture.site.tls_port[0], "/file", false), 0);
    assert_string_equal(out, "0123456789");
    free(out);
  }
  json_t *all = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(all), 4);
  json_decref(all);
  snprintf(upstream, sizeof upstream, "https://ann:pw@127.0.0.1:%d", port); /* where it speaks no TLS */
  lab_weir(&fixture.lab, (const char *[]){"--upstream", upstream, NULL});
  assert_int_equal(curl(&out, "http", "127.0.0.1", fixture.origin.port, "/ok", false), 0);
  assert_non_null(strstr(out, "the upstream proxy: "));
  free(out);
  net_run((const char *[]){"rm", "-r", folder, NULL}, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(by_each_kind, stop), cmocka_unit_test_teardown(passwords_for_socks, stop),
      cmocka_unit_test_teardown(direct_hosts, stop), cmocka_unit_test_teardown(proxies_that_fail, stop),
      cmocka_unit_test_teardown(circles_end, stop),  cmocka_unit_test(circles_without_a_trace_end),
      cmocka_unit_test_teardown(by_squid, stop),     cmocka_unit_test_teardown(by_squid_in_tls, stop),
  };
  return cmocka_run_group_tests(tests, setup, fixture_close);
}
