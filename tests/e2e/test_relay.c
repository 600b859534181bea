/* nc through a tcp: listener: any protocol, with its half-closed ends, and both streams in the row. */
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
#include "rows.h"

#define NC "nc.openbsd" /* others have no -N, or mean something else by it */

static char *row_body(const json_t *row, const char *side, size_t *n) {
  return rows_bytes(json_object_get(row, side), "body", n);
}

/* Request and reply in turns, then the client's direction ends while the server still speaks. */
static void nc_through_a_relay(void **state) {
  char mode[80], text[16], got[200], byte, *sent, *came, *last;
  int to, at, listener;
  size_t n;
  (void)state;
  if (net_run((const char *[]){"sh", "-c", "command -v " NC, NULL}, NULL) != 0) {
    print_message(NC " (netcat-openbsd) is not installed\n");
    skip();
  }
  listener = net_listen(&to);
  close(net_listen(&at)); /* a port that nobody has now */
  snprintf(mode, sizeof mode, "tcp:127.0.0.1:%d@127.0.0.1:%d", to, at);
  lab_weir(&fixture.lab, (const char *[]){"--mode", mode, "--json-bodies", NULL});
  snprintf(text, sizeof text, "%d", at);
  struct net_program nc = net_start((const char *[]){NC, "-N", "127.0.0.1", text, NULL});
  int server = net_accept(listener);
  assert_true(server >= 0);
  assert_int_equal(write(nc.in, "EHLO me\n", 8), 8);
  assert_true(net_until(server, "EHLO me\n", got, sizeof got));
  assert_true(net_send(server, "250 hello\n"));
  last = net_line(&nc, "250 hello");
  assert_non_null(last);
  free(last);
  assert_int_equal(write(nc.in, "\x00\xff end\n", 7), 7);
  close(nc.in);
  nc.in = -1;
  assert_false(net_until(server, "never said", got, sizeof got)); /* the end of the client's direction */
  assert_int_equal(read(server, &byte, 1), 0);
  assert_memory_equal(got, "\x00\xff end\n", 7);
  assert_true(net_send(server, "221 bye\n"));
  last = net_line(&nc, "221 bye");
  assert_non_null(last);
  free(last);
  close(server);
  close(listener);
  net_stop(&nc);
  json_t *all = lab_rows(&fixture.lab);
  assert_int_equal(json_array_size(all), 1);
  const json_t *row = json_array_get(all, 0);
  assert_string_equal(json_string_value(json_object_get(row, "mode")), "tcp");
  assert_string_equal(json_string_value(json_object_get(row, "state")), "done");
  sent = row_body(row, "request", &n);
  assert_int_equal(n, 15);
  assert_memory_equal(sent, "EHLO me\n\x00\xff end\n", 15);
  came = row_body(row, "response", &n);
  assert_int_equal(n, 18);
  assert_memory_equal(came, "250 hello\n221 bye\n", 18);
  free(sent);
  free(came);
  json_decref(all);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(nc_through_a_relay, fixture_stop),
  };
  return cmocka_run_group_tests(tests, fixture_lab, fixture_close);
}
