/* weir asked for itself, in every spelling of its own address: each request ends, none goes in circles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "net.h"
#include "rows.h"

static struct net_program weir, origin;
static char rows_path[300];

static int setup(void **state) {
  (void)state;
  const char *tmp = getenv("TMPDIR");
  snprintf(rows_path, sizeof rows_path, "%s/weir-itself-rows", tmp ? tmp : "/tmp");
  origin = net_origin();
  return 0;
}

static int teardown(void **state) {
  (void)state;
  if (weir.pid)
    net_stop(&weir);
  net_stop(&origin);
  unlink(rows_path);
  return 0;
}

static void ask_itself(const char *host, bool connect) {
  if (connect && !strcmp(host, "weir.internal"))
    return; /* the page is there over HTTPS too: weir answers that tunnel itself */
  char text[900];
  int fd = net_connect(weir.port);
  if (connect)
    snprintf(text, sizeof text, "CONNECT %s:%d HTTP/1.1\r\nHost: %s:%d\r\n\r\n", host, weir.port, host, weir.port);
  else
    snprintf(text, sizeof text, "GET http://%s:%d/loop HTTP/1.1\r\nHost: %s:%d\r\nConnection: close\r\n\r\n", host,
             weir.port, host, weir.port);
  double began = net_now();
  assert_true(net_send(fd, text));
  struct net_response r = net_response(fd, false);
  print_message("%s %s: %d\n", connect ? "CONNECT" : "GET", host, r.status);
  assert_true(r.status >= 200);
  assert_true(r.complete);
  if (connect)
    assert_true(r.status >= 400);
  assert_true(net_now() - began < 5);
  net_response_free(&r);
  close(fd);
}

static void never_a_loop_to_itself(void **state) {
  (void)state;
  char name[300] = "localhost", name_dot[302];
  gethostname(name, sizeof name - 1);
  snprintf(name_dot, sizeof name_dot, "%s.", name);
  const char *const spellings[] = {"127.0.0.1",
                                   "localhost",
                                   "LocalHost",
                                   "127.1",
                                   "127.0.1",
                                   "0.0.0.0",
                                   "0",
                                   "0x7f000001",
                                   "2130706433",
                                   "017700000001",
                                   "[::1]",
                                   "[::]",
                                   "[::ffff:127.0.0.1]",
                                   "[::ffff:7f00:1]",
                                   "127.0.0.2",
                                   "localhost.",
                                   "weir.internal",
                                   name,
                                   name_dot};
  static const char *const listen[] = {"0", "0.0.0.0:0"};
  for (size_t l = 0; l < 2; l++) {
    unlink(rows_path);
    weir =
        net_weir((const char *[]){"--json", "--write", rows_path, "--listen", listen[l], "--timeout-name", "2", NULL});
    size_t asked = 0, fds = net_fds(weir.pid);
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
      ask_itself(spellings[i], false);
      ask_itself(spellings[i], true);
      asked += 2;
    }
    assert_true(net_wait_fds(weir.pid, fds + 1)); /* the resolver may keep a socket */
    assert_int_equal(net_status(weir.port, origin.port, "/ok"), 200);
    assert_int_equal(net_stop(&weir), 0);
    /* a loop would have made rows of its own */
    json_t *rows = rows_read(rows_path);
    assert_in_range(json_array_size(rows), 1, asked + 1);
    json_decref(rows);
  }
}

/* By way of the proxy to a listener that stands in a server's place: what to do instead is said. */
static void a_listener_for_a_server_is_no_page(void **state) {
  char mode[100], text[300], words[120];
  int at;
  (void)state;
  close(net_listen(&at)); /* a port that nobody has now */
  snprintf(mode, sizeof mode, "reverse:http://127.0.0.1:%d@127.0.0.1:%d", origin.port, at);
  weir = net_weir((const char *[]){"--mode", mode, "--mode", "regular", NULL});
  int fd = net_connect(weir.port);
  snprintf(text, sizeof text, "GET http://localhost:%d/ok HTTP/1.1\r\nHost: localhost:%d\r\n\r\n", at, at);
  assert_true(net_send(fd, text));
  struct net_response r = net_response(fd, false);
  assert_int_equal(r.status, 508);
  snprintf(words, sizeof words, "localhost:%d is weir's own listener (reverse:http://127.0.0.1:%d)", at, origin.port);
  assert_non_null(memmem(r.body, r.n, words, strlen(words)));
  net_response_free(&r);
  close(fd);
  fd = net_connect(at);
  assert_true(net_send(fd, "GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  r = net_response(fd, false);
  assert_int_equal(r.status, 200);
  net_response_free(&r);
  close(fd);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(never_a_loop_to_itself, setup, teardown),
      cmocka_unit_test_setup_teardown(a_listener_for_a_server_is_no_page, setup, teardown)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
