/* Commands of the person's own: bytes through them, how they end, and that nothing of them is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/wait.h>

#include "turns.h"
#include "weir/io/shell.h"
#include "weir/io/signals.h"

static struct loop *loop;

struct told {
  int calls;
  bool well, took_all;
  char said[200];
  struct buf out, errors;
};

static int set_up(void **state) {
  (void)state;
  loop = loop_new();
  assert_true(signals_open(loop, NULL));
  return 0;
}

static int tear_down(void **state) {
  siginfo_t info;
  (void)state;
  TURN_UNTIL(loop, waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0); /* no child is left */
  signals_close();
  assert_int_equal(loop_count(loop), 0);
  loop_free(loop);
  return 0;
}

static void on_end(void *arg, struct shell_result *result) {
  struct told *t = arg;
  t->calls++;
  t->well = result->well;
  t->took_all = result->took_all;
  snprintf(t->said, sizeof t->said, "%s", result->said);
  t->out = *result->out;
  t->errors = *result->errors;
  *result->out = *result->errors = (struct buf)BUF_INIT;
}

static struct shell *start(struct told *t, const char *line, struct slice input, size_t out_max, uint64_t time_max) {
  struct err err = ERR_INIT;
  struct shell_options o = {.line = line, .input = shell_input_copy(input), .out_max = out_max, .time_max = time_max};
  *t = (struct told){.calls = 0};
  struct shell *s = shell_start(loop, &o, on_end, t, &err);
  assert_non_null(s);
  return s;
}

static void run(struct told *t, const char *line, struct slice input) {
  start(t, line, input, 64u << 20, 0);
  TURN_UNTIL(loop, t->calls == 1);
}

static void clear(struct told *t) {
  buf_clear(&t->out);
  buf_clear(&t->errors);
}

static void bytes_go_through(void **state) {
  (void)state;
  struct told t;
  run(&t, "tr a-z A-Z | sed s/B/x/", SLICE("abc\n"));
  assert_true(t.well);
  assert_true(t.took_all);
  assert_string_equal(buf_text(&t.out), "AxC\n");
  assert_string_equal(t.said, "ended with status 0");
  clear(&t);
}

/* Far more than a pipe holds, in both directions at once. */
static void megabytes_go_through(void **state) {
  (void)state;
  struct told t;
  struct buf big = BUF_INIT;
  for (uint32_t i = 0; i < 1u << 20; i++)
    buf_add(&big, &i, sizeof i);
  run(&t, "cat", buf_slice(&big));
  assert_true(t.well);
  assert_true(slice_eq(buf_slice(&t.out), buf_slice(&big)));
  buf_clear(&big);
  clear(&t);
}

static void failures_are_told(void **state) {
  (void)state;
  struct told t;
  run(&t, "echo gone wrong >&2; exit 3", SLICE("x"));
  assert_false(t.well);
  assert_string_equal(t.said, "ended with status 3");
  assert_string_equal(buf_text(&t.errors), "gone wrong\n");
  clear(&t);
  run(&t, "no-such-command-anywhere", SLICE("x"));
  assert_string_equal(t.said, "ended with status 127: there is no such command");
  clear(&t);
  run(&t, "kill -9 $$", SLICE("x"));
  assert_string_equal(t.said, "was ended by signal 9 (Killed)");
  clear(&t);
}

/* A command that wants only the beginning is no failure. */
static void input_may_be_left(void **state) {
  (void)state;
  struct told t;
  struct buf big = BUF_INIT;
  buf_reserve(&big, 1u << 20);
  memset(big.p, '\n', big.n = 1u << 20);
  run(&t, "head -c 3 | wc -c", buf_slice(&big));
  assert_true(t.well);
  assert_false(t.took_all);
  assert_non_null(strstr(buf_text(&t.out), "3"));
  buf_clear(&big);
  clear(&t);
}

static void it_is_bounded(void **state) {
  (void)state;
  struct told t;
  start(&t, "yes", SLICE(""), 1u << 20, 0);
  TURN_UNTIL(loop, t.calls == 1);
  assert_false(t.well);
  assert_int_equal(t.out.n, 1u << 20);
  assert_string_equal(t.said, "was ended: it wrote more than 1 MB");
  clear(&t);
  start(&t, "trap '' TERM; echo begun; sleep 100 & wait; while :; do sleep 1; done", SLICE(""), 1u << 20,
        200 * CLOCK_MS);
  TURN_UNTIL(loop, t.calls == 1); /* though it does not listen */
  assert_string_equal(t.said, "was ended: it took more than 0.2 s");
  assert_string_equal(buf_text(&t.out), "begun\n");
  clear(&t);
}

static void it_can_be_given_up(void **state) {
  (void)state;
  struct told t;
  struct shell *s = start(&t, "echo some; exec sleep 100", SLICE(""), 1u << 20, 0);
  TURN_UNTIL(loop, shell_received(s) > 0);
  shell_cancel(s);
  TURN_UNTIL(loop, t.calls == 1);
  assert_string_equal(t.said, "was ended by you");
  assert_string_equal(buf_text(&t.out), "some\n");
  clear(&t);
  shell_free(start(&t, "sleep 100", SLICE("x"), 1, 0));
  for (int i = 0; i < 10; i++)
    loop_turn(loop, CLOCK_MS);
  assert_int_equal(t.calls, 0);
}

/* What a command leaves in the background neither keeps weir waiting nor stays. */
static void nothing_stays_behind(void **state) {
  (void)state;
  struct told t;
  run(&t, "sleep 100 & echo $!", SLICE(""));
  assert_true(t.well);
  pid_t left = (pid_t)strtol(buf_text(&t.out), NULL, 10);
  assert_true(left > 0);
  TURN_UNTIL(loop, kill(left, 0) < 0);
  clear(&t);
}

/* It has no terminal: it could draw over the screen, or wait for keys. */
static void it_has_no_terminal(void **state) {
  (void)state;
  struct told t;
  run(&t, "(: </dev/tty) 2>/dev/null && echo has || echo none", SLICE(""));
  assert_string_equal(buf_text(&t.out), "none\n");
  clear(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(bytes_go_through, set_up, tear_down),
      cmocka_unit_test_setup_teardown(megabytes_go_through, set_up, tear_down),
      cmocka_unit_test_setup_teardown(failures_are_told, set_up, tear_down),
      cmocka_unit_test_setup_teardown(input_may_be_left, set_up, tear_down),
      cmocka_unit_test_setup_teardown(it_is_bounded, set_up, tear_down),
      cmocka_unit_test_setup_teardown(it_can_be_given_up, set_up, tear_down),
      cmocka_unit_test_setup_teardown(nothing_stays_behind, set_up, tear_down),
      cmocka_unit_test_setup_teardown(it_has_no_terminal, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
