/* What rules cost in keys, as test_tasks.c does for the rest. */
#include "desk.h"

/* An answered GET /api/foo, the cursor on it. */
static struct peer *asked_foo(struct desk *d) {
  desk_open(d);
  struct peer *c = client(d);
  screen_send(&d->s, c, USERS);
  screen_send(&d->s, &d->s.server[0], REPLY);
  assert_true(screen_got(&d->s, c, "ok"));
  screen_keys(&d->s, "g g");
  return c;
}

static void answer_500_from_now_on(void **state) {
  struct desk d;
  (void)state;
  struct peer *c = asked_foo(&d);
  press(&d, "M m");
  type(&d, "500");
  press(&d, "Ctrl-S");
  screen_send(&d.s, c, USERS);
  assert_true(screen_got(&d.s, c, "HTTP/1.1 500 "));
  screen_got(&d.s, &d.s.server[0], "");
  assert_int_equal(count_in(&d.s.server[0].got, " HTTP/1.1\r\n"), 1); /* nobody asked it a second time */
  screen_send(&d.s, c, LOGIN);
  assert_true(screen_got(&d.s, &d.s.server[0], "POST /login"));
  leave(&d, 6);
}

static void delay_by_2s(void **state) {
  struct desk d;
  (void)state;
  struct peer *c = asked_foo(&d);
  press(&d, "M d");
  type(&d, "2s");
  press(&d, "Enter");
  const struct rule *r = rule_nth(d.s.w.rules, 0);
  assert_non_null(r);
  assert_string_equal(r->action, "delay 2s");
  assert_true(r->on);
  screen_send(&d.s, c, USERS);
  assert_int_equal(rule_nth(d.s.w.rules, 0)->hits, 1);
  screen_wait(&d.s, 1900 * CLOCK_MS);
  screen_got(&d.s, &d.s.server[0], "");
  assert_int_equal(count_in(&d.s.server[0].got, " HTTP/1.1\r\n"), 1); /* it waits */
  screen_wait(&d.s, 200 * CLOCK_MS);
  screen_got(&d.s, &d.s.server[0], "");
  assert_int_equal(count_in(&d.s.server[0].got, " HTTP/1.1\r\n"), 2);
  leave(&d, 5);
}

static void header_for_all_requests(void **state) {
  struct desk d;
  (void)state;
  struct peer *c = asked_foo(&d);
  press(&d, "M h");
  type(&d, "X-Debug: 1");
  press(&d, "Alt-A");
  press(&d, "Enter");
  screen_send(&d.s, c, LOGIN);
  assert_true(screen_got(&d.s, &d.s.server[0], "X-Debug: 1\r\n"));
  assert_int_equal(served(&d, "X-Debug: 1\r\n"), 1);
  screen_send(&d.s, client(&d), "GET http://other.test/ HTTP/1.1\r\nHost: other.test\r\n\r\n");
  assert_int_equal(served(&d, "X-Debug: 1\r\n"), 2);
  leave(&d, 14);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(answer_500_from_now_on),
      cmocka_unit_test(delay_by_2s),
      cmocka_unit_test(header_for_all_requests),
  };
  return cmocka_run_group_tests_name("tasks_rules", tests, NULL, NULL);
}
