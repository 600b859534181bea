/* In the place of several servers: which of them is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"

/* weir before these two; the port that clients ask. */
static int start(int first, int second, const char *more) {
  char mode[160];
  int at;
  close(net_listen(&at)); /* a port that nobody has now */
  snprintf(mode, sizeof mode, "reverse:http://127.0.0.1:%d,http://127.0.0.1:%d%s@127.0.0.1:%d", first, second, more,
           at);
  lab_weir(&fixture.lab, (const char *[]){"--mode", mode, NULL});
  return at;
}

static void assert_gets(int port, const char *path, const char *expected) {
  char url[80], *out;
  snprintf(url, sizeof url, "http://localhost:%d%s", port, path);
  const char *argv[] = {"curl", "-q", "-sSf", "--max-time", "30", "--noproxy", "*", url, NULL};
  assert_int_equal(net_run(argv, &out), 0);
  assert_string_equal(out, expected);
  free(out);
}

/* How often each of the rows' servers was asked; all must have been answered. */
static void count_servers(const json_t *all, int a, int b, int *of_a, int *of_b) {
  *of_a = *of_b = 0;
  for (size_t i = 0; i < json_array_size(all); i++) {
    const json_t *row = json_array_get(all, i);
    int port = (int)json_integer_value(json_object_get(row, "port"));
    assert_int_equal(json_integer_value(json_object_get(row, "status")), 200);
    *of_a += port == a;
    *of_b += port == b;
  }
}

static void it_goes_round_a_server_that_dies(void **state) {
  (void)state;
  struct site other;
  int of_first, of_other;
  fixture_need_site();
  site_need(&other);
  site_put(&other, "file", "0123456789", 10);
  int port = start(fixture.site.port, other.port, "");
  for (int i = 0; i < 8; i++) {
    if (i == 4)
      site_stop(&other);
    assert_gets(port, "/file", "0123456789");
  }
  json_t *all = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(all), 8);
  count_servers(all, fixture.site.port, other.port, &of_first, &of_other);
  assert_int_equal(of_first, 6);
  assert_int_equal(of_other, 2);
  json_decref(all);
  site_close(&other);
}

/* The slow one has a request: every other goes past it. When it has answered it has its turn again. */
static void the_least_busy_is_asked(void **state) {
  (void)state;
  char got[2000];
  int slow_port, of_slow, of_quick, slow = net_listen(&slow_port);
  int port = start(slow_port, fixture.origin.port, ",least-busy");
  for (int i = 0; i < 2; i++) {
    int client = net_connect(port);
    assert_true(net_send(client, "GET /long HTTP/1.1\r\nHost: x\r\n\r\n"));
    int server = net_accept(slow);
    assert_true(server >= 0 && net_until(server, "\r\n\r\n", got, sizeof got));
    assert_memory_equal(got, "GET /long ", 10);
    for (int k = 0; k < 5; k++)
      assert_gets(port, "/ok", "ok");
    assert_true(net_send(server, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nslow"));
    struct net_response r = net_response(client, false);
    assert_true(r.complete && r.status == 200 && r.n == 4);
    net_response_free(&r);
    close(client);
    close(server);
  }
  json_t *all = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(all), 12);
  count_servers(all, slow_port, fixture.origin.port, &of_slow, &of_quick);
  assert_int_equal(of_slow, 2);
  assert_int_equal(of_quick, 10);
  json_decref(all);
  close(slow);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(it_goes_round_a_server_that_dies, fixture_stop),
      cmocka_unit_test_teardown(the_least_busy_is_asked, fixture_stop),
  };
  return cmocka_run_group_tests(tests, fixture_all, fixture_close);
}
