/* Rules between the real curl and a real server: what each kind makes of traffic, and a file that is saved again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "net.h"
#include "sanitized.h"

static struct net_program weir, origin;
static char folder[300], proxy_url[60];

static int setup(void **state) {
  const char *tmp = getenv("TMPDIR");
  (void)state;
  origin = net_origin();
  snprintf(folder, sizeof folder, "%s/weir-rules-XXXXXX", tmp ? tmp : "/tmp");
  return mkdtemp(folder) ? 0 : -1;
}

static void path_in(char *out, size_t size, const char *name) {
  snprintf(out, size, "%s/%s", folder, name);
}

static void save(const char *name, const char *text) {
  char path[400], fresh[400];
  path_in(path, sizeof path, name);
  path_in(fresh, sizeof fresh, "fresh");
  FILE *f = fopen(fresh, "w");
  fputs(text, f);
  fclose(f);
  assert_int_equal(rename(fresh, path), 0); /* as editors do */
}

static int teardown(void **state) {
  static const char *const names[] = {
      "a.rules", "site/index.html", "site/data.json", "site/way-out", "fix.sh", "long.bin", "site"};
  (void)state;
  if (weir.pid)
    net_stop(&weir);
  net_stop(&origin);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[400];
    path_in(path, sizeof path, names[i]);
    remove(path);
  }
  return rmdir(folder);
}

static void start(const char *const *arguments) {
  weir = net_weir(arguments);
  snprintf(proxy_url, sizeof proxy_url, "http://127.0.0.1:%d", weir.port);
}

static void stop(void) {
  int status = net_stop(&weir);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* What curl prints, head and body; its exit status in *status. */
static char *curl(const char *const *arguments, const char *path, int *status) {
  const char *argv[30] = {"curl", "-q", "-sS", "-i", "--max-time", "20", "--noproxy", "", "-x", proxy_url};
  char url[200], *out = NULL;
  int n = 10;
  snprintf(url, sizeof url, "http://127.0.0.1:%d%s", origin.port, path);
  for (int i = 0; arguments && arguments[i]; i++)
    argv[n++] = arguments[i];
  argv[n] = url;
  int code = net_run(argv, &out);
  if (status)
    *status = code;
  return out;
}

static void assert_gets(const char *path, const char *expected) {
  char *out = curl(NULL, path, NULL);
  if (!strstr(out, expected))
    fail_msg("%s: %s", path, out);
  free(out);
}

static void heads_bodies_and_answers(void **state) {
  int status;
  (void)state;
  start((const char *[]){
      "--rule", "path:/echo => set X-Debug: 1", "--rule", "path:/echo => replace body \"bad\" \"secret\"", "--rule",
      "path:/ok => set response Server: hidden", "--rule",
      "path:/foo => answer 500 application/json {\"error\":\"boom\"}", "--rule", "path:/gone => block", NULL});
  char *out = curl((const char *[]){"-d", "user=ann&password=bad", NULL}, "/echo", NULL);
  assert_non_null(strstr(out, "user=ann&password=secret"));
  free(out);
  assert_gets("/ok", "Server: hidden");
  assert_gets("/foo", "HTTP/1.1 500 Internal Server Error");
  assert_gets("/foo", "{\"error\":\"boom\"}");
  free(curl(NULL, "/gone", &status));
  assert_int_equal(status, 52); /* nothing came */
  stop();
}

static void until_foo(const char *expected) {
  for (double end = net_now() + NET_DEADLINE;; poll(NULL, 0, 5)) {
    char *out = curl(NULL, "/foo", NULL);
    bool there = strstr(out, expected) != NULL;
    free(out);
    if (there)
      break;
    if (net_now() > end)
      fail_msg("the file was not read again");
  }
}

/* The link stays as it is: what it leads to is saved, in a folder of its own. */
static void a_file_behind_a_link(void **state) {
  char path[400], other[400];
  (void)state;
  path_in(other, sizeof other, "real");
  assert_int_equal(mkdir(other, 0700), 0);
  save("real/real.rules", "path:/foo => answer 201\n");
  path_in(path, sizeof path, "link.rules");
  assert_int_equal(symlink("real/real.rules", path), 0);
  start((const char *[]){"--rules", path, NULL});
  assert_gets("/foo", "HTTP/1.1 201 ");
  save("real/real.rules", "path:/foo => answer 204\n");
  until_foo("HTTP/1.1 204 ");
  stop();
  remove(path);
  path_in(path, sizeof path, "real/real.rules");
  remove(path);
  rmdir(other);
}

static void a_file_that_is_saved_again(void **state) {
  char path[400];
  (void)state;
  path_in(path, sizeof path, "a.rules");
  save("a.rules", "path:/foo => answer 201\n");
  start((const char *[]){"--rules", path, NULL});
  assert_gets("/foo", "HTTP/1.1 201 ");
  save("a.rules", "path:/foo => answr 202\n"); /* wrong: what was there stays */
  char said[2000];
  assert_true(net_until(weir.err, "a.rules:1:14: \"answr\" is no action", said, sizeof said));
  assert_gets("/foo", "HTTP/1.1 201 ");
  char fresh[400];
  path_in(fresh, sizeof fresh, "fresh");
  assert_true(mkfifo(fresh, 0600) == 0 && rename(fresh, path) == 0);
  assert_true(net_until(weir.err, "a.rules is no plain file", said, sizeof said));
  assert_gets("/foo", "HTTP/1.1 201 ");
  save("a.rules", "path:/foo => answer 203\n");
  until_foo("HTTP/1.1 203 ");
  assert_int_equal(remove(path), 0); /* what was there stays, and that is said */
  assert_true(net_until(weir.err, "a.rules is gone; what was read before stays in force", said, sizeof said));
  assert_gets("/foo", "HTTP/1.1 203 ");
  save("a.rules", "path:/foo => answer 204\n");
  until_foo("HTTP/1.1 204 ");
  stop();
}

static void files_in_the_place_of_a_server(void **state) {
  char site[400], link[400], rule[500];
  (void)state;
  path_in(site, sizeof site, "site");
  path_in(link, sizeof link, "site/way-out");
  assert_int_equal(mkdir(site, 0700), 0);
  save("site/index.html", "<h1>local</h1>");
  save("site/data.json", "{\"local\":1}");
  assert_int_equal(symlink("/etc/passwd", link), 0);
  snprintf(rule, sizeof rule, "* => file %s", site);
  start((const char *[]){"--rule", rule, NULL});
  assert_gets("/", "<h1>local</h1>");
  assert_gets("/", "Content-Type: text/html");
  assert_gets("/data.json?x=1", "{\"local\":1}");
  assert_gets("/data.json", "Content-Type: application/json");
  assert_gets("/none", "HTTP/1.1 404 ");
  static const char *const out_of_it[] = {"/../../../../etc/passwd", "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
                                          "/way-out", "/..%2f..%2f..%2f..%2fetc/passwd"};
  for (size_t i = 0; i < sizeof out_of_it / sizeof *out_of_it; i++) {
    char *out = curl((const char *[]){"--path-as-is", NULL}, out_of_it[i], NULL);
    if (strstr(out, "root:") || !strstr(out, "HTTP/1.1 404 "))
      fail_msg("%s: %s", out_of_it[i], out);
    free(out);
  }
  stop();
}

/* A file of any size goes out while it is read: its client gets all of it, also one that asks for a part, weir keeps what
 * its limit lets it, and what is cut on the way says so. */
static void long_files(void **state) {
  enum { LONG = 40 << 20 };
  char path[400], rule[500], at[500];
  (void)state;
  path_in(path, sizeof path, "long.bin");
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  for (unsigned i = 0; i < LONG / sizeof i; i++)
    assert_int_equal(fwrite(&i, sizeof i, 1, f), 1);
  assert_int_equal(fclose(f), 0);
  snprintf(rule, sizeof rule, "path:/long => file %s", path);
  snprintf(at, sizeof at, "path:/at => answer 203 @%s", path);
  start((const char *[]){"--rule", rule, "--rule", at, "--body-limit", "1M", NULL});
  for (int i = 0; i < 2; i++) {
    int fd = net_connect(weir.port);
    assert_true(net_send(fd, i ? "GET http://a.test/at HTTP/1.1\r\nHost: a.test\r\n\r\n"
                               : "GET http://a.test/long HTTP/1.1\r\nHost: a.test\r\nRange: bytes=5-9\r\n\r\n"));
    assert_true(net_readable(fd, NET_DEADLINE));
    assert_gets("/ok", "HTTP/1.1 200 "); /* who takes nothing holds up nobody */
    struct net_response r = net_response(fd, false);
    assert_int_equal(r.status, i ? 203 : 200);
    assert_int_equal(r.n, LONG);
    assert_int_equal(r.n, LONG);
    for (unsigned k = 0; k < LONG / sizeof k; k++)
      if (memcmp(r.body + k * sizeof k, &k, sizeof k) != 0)
        fail_msg("another byte near %zu", k * sizeof k);
    net_response_free(&r);
    close(fd);
  }
  assert_true(SANITIZED || net_rss(weir.pid) < LONG);
  int fd = net_connect(weir.port);
  assert_true(net_send(fd, "GET http://a.test/long HTTP/1.1\r\nHost: a.test\r\n\r\n"));
  assert_true(net_readable(fd, NET_DEADLINE));
  assert_int_equal(truncate(path, 1000), 0);
  struct net_response r = net_response(fd, false);
  assert_true(r.cut && !r.complete && r.n < LONG);
  net_response_free(&r);
  close(fd);
  char *row = net_line(&weir, "long.bin became shorter while it was sent");
  assert_non_null(row);
  free(row);
  stop();
}

static void a_program_makes_the_message(void **state) {
  char script[400], rule[500];
  (void)state;
  path_in(script, sizeof script, "fix.sh");
  save("fix.sh", "#!/bin/sh\nsed 's/bad/good/'\n");
  assert_int_equal(chmod(script, 0700), 0);
  snprintf(rule, sizeof rule, "path:/echo => pipe %s", script);
  start((const char *[]){"--rule", rule, NULL});
  char *out = curl((const char *[]){"-d", "it is bad", NULL}, "/echo", NULL);
  if (!strstr(out, "it is good"))
    fail_msg("%s", out);
  free(out);
  stop();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(heads_bodies_and_answers),       cmocka_unit_test(a_file_that_is_saved_again),
      cmocka_unit_test(files_in_the_place_of_a_server), cmocka_unit_test(long_files),
      cmocka_unit_test(a_file_behind_a_link),           cmocka_unit_test(a_program_makes_the_message),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
