/* Who may use weir: passwords with curl, addresses with a listener that others can reach, and what is said of an open one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include "fixture.h"
#include "rows.h"

/* What curl's %{http_code} says, of the tunnel where there is one. */
static int curl(const char *how, const char *host, int port, const char *user) {
  char proxy[80], url[100], *out;
  snprintf(proxy, sizeof proxy, "%s://%s:%d", how, host, port);
  snprintf(url, sizeof url, "http://127.0.0.1:%d/ok", fixture.origin.port);
  const char *argv[] = {
      "curl", "-q",        "-s", "-o", "/dev/null", "-w", "%{http_code} %{http_connect}", "--max-time",
      "30",   "--noproxy", "",   "-x", proxy,       url,  user ? "--proxy-user" : NULL,   user,
      NULL};
  net_run(argv, &out);
  int code = 0, connect = 0;
  sscanf(out, "%d %d", &code, &connect);
  free(out);
  return code ? code : connect;
}

static void passwords(void **state) {
  (void)state;
  lab_weir(&fixture.lab, (const char *[]){"--auth", "ann:s3:cr@t", NULL});
  int port = fixture.lab.weir.port;
  assert_int_equal(curl("http", "127.0.0.1", port, NULL), 407);
  assert_int_equal(curl("http", "127.0.0.1", port, "ann:wrong"), 407);
  assert_int_equal(curl("http", "127.0.0.1", port, "ann:s3:cr@t"), 200);
  assert_int_equal(curl("socks5", "127.0.0.1", port, "ann:s3:cr@t"), 200);
  assert_int_equal(curl("socks5", "127.0.0.1", port, "ann:wrong"), 0);
  char path[40], line[4096];
  snprintf(path, sizeof path, "/proc/%d/cmdline", (int)fixture.lab.weir.pid);
  FILE *file = fopen(path, "r");
  size_t n = file ? fread(line, 1, sizeof line, file) : 0;
  assert_true(n > 0);
  fclose(file);
  assert_null(memmem(line, n, "s3:", 3));
  json_t *all = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(all), 5); /* those that were let in, and one for each reason and host */
  char *text = json_dumps(all, 0);
  assert_null(strstr(text, "YW5uOnMzOmNyQHQ="));
  assert_null(strstr(text, "cr@t")); /* nor in the command lines of clients */
  free(text);
  assert_non_null(lab_failed(all, "gave no user name and password"));
  assert_non_null(lab_failed(all, "gave a wrong user name or password"));
  json_decref(all);
}

static void the_file_of_a_password(void **state) {
  (void)state;
  char name[260], option[262];
  snprintf(name, sizeof name, "%s/password", fixture.lab.folder);
  FILE *file = fopen(name, "w");
  fputs("ann:from a file\n", file);
  fclose(file);
  snprintf(option, sizeof option, "@%s", name);
  lab_weir(&fixture.lab, (const char *[]){"--auth", option, NULL});
  assert_int_equal(curl("http", "127.0.0.1", fixture.lab.weir.port, "ann:from a file"), 200);
  assert_int_equal(curl("http", "127.0.0.1", fixture.lab.weir.port, "ann:from a fil"), 407);
}

/* weir run tells its command the password. */
static void a_command_of_weirs_own(void **state) {
  (void)state;
  char url[60], *out;
  const char *weir = getenv("WEIR") ? getenv("WEIR") : "build/weir";
  snprintf(url, sizeof url, "http://127.0.0.1:%d/ok", fixture.origin.port);
  const char *argv[] = {weir, "run", "--confdir", fixture.lab.confdir, "--auth", "a/n:p w", "--", "curl", "-q",
                        "-s", url,   NULL};
  assert_int_equal(net_run(argv, &out), 0);
  assert_string_equal(out, "ok");
  free(out);
}

/* An address of this machine that is not loopback; false: it has none. */
static bool own_address(char text[INET_ADDRSTRLEN]) {
  struct ifaddrs *list = NULL;
  bool found = false;
  if (getifaddrs(&list) != 0)
    return false;
  for (struct ifaddrs *i = list; i && !found; i = i->ifa_next) {
    const struct sockaddr_in *in = (const void *)i->ifa_addr;
    if (!in || in->sin_family != AF_INET || (ntohl(in->sin_addr.s_addr) >> 24) == 127)
      continue;
    found = inet_ntop(AF_INET, &in->sin_addr, text, INET_ADDRSTRLEN);
  }
  freeifaddrs(list);
  return found;
}

static void addresses(void **state) {
  (void)state;
  char own[INET_ADDRSTRLEN], listen[40], allow[40];
  if (!own_address(own))
    skip();
  snprintf(listen, sizeof listen, "%s:0", own);
  snprintf(allow, sizeof allow, "%s/32", own);
  lab_weir(&fixture.lab, (const char *[]){"--listen", listen, "--allow", "198.51.100.0/24,2001:db8::/32", NULL});
  for (int i = 0; i < 5; i++)
    assert_int_equal(curl("http", own, fixture.lab.weir.port, NULL), 0);
  json_t *all = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(all), 3); /* one row, whose line comes again for the second and the fourth */
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(json_integer_value(json_object_get(json_array_get(all, i), "id")), 1);
  assert_int_equal(json_integer_value(json_object_get(json_array_get(all, 2), "refusals")), 4);
  assert_non_null(lab_failed(all, "is not among those of --allow"));
  json_decref(all);
  lab_weir(&fixture.lab, (const char *[]){"--listen", listen, "--allow", "198.51.100.0/24", "--allow", allow, NULL});
  assert_int_equal(curl("http", own, fixture.lab.weir.port, NULL), 200);
}

/* An open listener is warned of once, with what helps; one that is kept is not. */
static void what_is_said_of_open_ones(void **state) {
  (void)state;
  static const struct {
    const char *option, *value, *mode;
    bool open;
  } cases[] = {{"--via", "x", "regular", true},
               {"--auth", "a:b", "regular", false},
               {"--auth", "a:b", "socks5", false},
               {"--via", "x", "socks5:a:b", false},
               {"--allow", "192.0.2.1", "socks5", false},
               {"--auth", "a:b", "tcp:localhost:1", true},
               {"--allow", "192.0.2.1", "tcp:localhost:1", false}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char mode[60], line[4096];
    snprintf(mode, sizeof mode, "%s@0.0.0.0:0", cases[i].mode);
    const char *argv[] = {getenv("WEIR") ? getenv("WEIR") : "build/weir",
                          "--headless",
                          "--confdir",
                          fixture.lab.confdir,
                          "--mode",
                          mode,
                          cases[i].option,
                          cases[i].value,
                          NULL};
    struct net_program w = net_start(argv);
    assert_true(net_until(w.err, "listening on 0.0.0.0:", line, sizeof line));
    net_stop(&w);
    const char *said = strstr(line, "whoever reaches it can use this proxy; ");
    if (cases[i].open != (said != NULL))
      fail_msg("%s %s %s: %s", mode, cases[i].option, cases[i].value, line);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(passwords, fixture_stop),
      cmocka_unit_test_teardown(the_file_of_a_password, fixture_stop),
      cmocka_unit_test(a_command_of_weirs_own),
      cmocka_unit_test_teardown(addresses, fixture_stop),
      cmocka_unit_test(what_is_said_of_open_ones),
  };
  return cmocka_run_group_tests(tests, fixture_lab_origin, fixture_close);
}
