/* Commands that stay: lines in and out, what is too long, how they end, and that nothing of them is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "turns.h"
#include "weir/io/line_child.h"
#include "weir/io/signals.h"

static struct loop *loop;

struct told {
  struct buf lines, errors; /* each with a | behind it */
  size_t longest;
  int rooms, ends;
  bool well;
  char said[200];
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

static void on_line(void *arg, struct slice line) {
  struct told *t = arg;
  t->longest = line.n > t->longest ? line.n : t->longest;
  buf_add_slice(&t->lines, slice_sub(line, 0, 100));
  buf_add_byte(&t->lines, '|');
}

static void on_room(void *arg) {
  ((struct told *)arg)->rooms++;
}

static void on_error(void *arg, struct slice line) {
  struct told *t = arg;
  t->longest = line.n > t->longest ? line.n : t->longest;
  buf_add_slice(&t->errors, slice_sub(line, 0, 100));
  buf_add_byte(&t->errors, '|');
}

static void on_end(void *arg, bool well, const char *said) {
  struct told *t = arg;
  t->ends++;
  t->well = well;
  snprintf(t->said, sizeof t->said, "%s", said);
}

static struct line_child *start(struct told *t, const char *command, size_t line_max) {
  static const struct line_child_ops ops = {on_line, on_room, on_error, on_end};
  struct err err = ERR_INIT;
  *t = (struct told){.rooms = 0};
  struct line_child *c = line_child_start(loop, command, line_max, &ops, t, &err);
  if (!c)
    fail_msg("%s", err.text);
  return c;
}

static void give(struct line_child *c, const char *text) {
  struct buf bytes = BUF_INIT;
  buf_add_text(&bytes, text);
  line_child_give(c, &bytes);
  assert_null(bytes.p);
}

static void clear(struct told *t) {
  buf_clear(&t->lines);
  buf_clear(&t->errors);
}

static bool gone(pid_t pid) {
  return kill(pid, 0) < 0 && errno == ESRCH;
}

static void lines_go_both_ways(void **state) {
  (void)state;
  struct told t;
  struct line_child *c =
      start(&t, "while read x; do echo \"<$x>\"; echo \"saw $x\" >&2; done; printf 'no end' >&2", 1000);
  give(c, "a\n");
  TURN_UNTIL(loop, strcmp(buf_text(&t.lines), "<a>|") == 0 && line_child_has_room(c));
  give(c, "b\n\n");
  TURN_UNTIL(loop, strcmp(buf_text(&t.lines), "<a>|<b>|<>|") == 0);
  assert_int_equal(t.ends, 0);
  line_child_end(c, "was told to");
  give(c, "c\n"); /* too late: nothing happens */
  TURN_UNTIL(loop, t.ends == 1);
  assert_false(t.well);
  assert_string_equal(t.said, "was told to");
  assert_string_equal(buf_text(&t.lines), "<a>|<b>|<>|");
  clear(&t);
}

static void what_it_wrote_last_is_told(void **state) {
  (void)state;
  struct told t;
  start(&t, "echo one; printf 'two\\r\\n'; echo oh >&2; printf 'no end' >&2; sleep 100 & exit 3", 1000);
  TURN_UNTIL(loop, t.ends == 1);
  assert_string_equal(buf_text(&t.lines), "one|two|");
  assert_string_equal(buf_text(&t.errors), "oh|no end|");
  assert_string_equal(t.said, "ended with status 3");
  assert_false(t.well);
  clear(&t);
  start(&t, "exit 0", 1000);
  TURN_UNTIL(loop, t.ends == 1);
  assert_true(t.well);
  clear(&t);
}

static void lines_have_a_limit(void **state) {
  (void)state;
  struct told t;
  struct line_child *c = start(&t, "head -c 900000 /dev/zero | tr '\\0' a; echo; sleep 100", 1000000);
  TURN_UNTIL(loop, t.longest == 900000);
  line_child_end(c, "enough");
  TURN_UNTIL(loop, t.ends == 1);
  clear(&t);
  start(&t, "head -c 1200000 /dev/zero | tr '\\0' a; echo; sleep 100", 1000000);
  TURN_UNTIL(loop, t.ends == 1);
  assert_non_null(strstr(t.said, "wrote a line of more than"));
  assert_int_equal(t.lines.n, 0);
  clear(&t);
}

/* Of stderr nobody wants more than the beginning of a line. */
static void long_lines_of_stderr_are_cut(void **state) {
  (void)state;
  struct told t;
  start(&t, "head -c 5000 /dev/zero | tr '\\0' a >&2; echo >&2; echo b >&2", 1000);
  TURN_UNTIL(loop, t.ends == 1);
  assert_int_equal(t.longest, LINE_CHILD_ERROR_MAX);
  assert_string_equal(strchr(buf_text(&t.errors), '|'), "|b|");
  clear(&t);
}

/* ... also one that comes with its end, in one piece. */
static void whole_lines_of_stderr_are_cut(void **state) {
  (void)state;
  struct told t;
  start(&t, "x=$(head -c 2000 /dev/zero | tr '\\0' a); echo $x >&2", 1000);
  TURN_UNTIL(loop, t.ends == 1);
  size_t longest = t.longest;
  clear(&t);
  assert_int_equal(longest, LINE_CHILD_ERROR_MAX);
}

/* Who reads nothing holds nobody up. */
static void nothing_waits_for_it(void **state) {
  (void)state;
  struct told t;
  struct line_child *c = start(&t, "read go; wc -c; sleep 100", 1000);
  struct buf bytes = BUF_INIT;
  memset(buf_reserve(&bytes, 4000000), 'x', 4000000);
  bytes.n = 4000000;
  line_child_give(c, &bytes);
  assert_false(line_child_has_room(c));
  for (int i = 0; i < 5; i++)
    loop_turn(loop, 0);
  assert_int_equal(t.rooms, 0);
  line_child_end(c, "enough");
  TURN_UNTIL(loop, t.ends == 1);
  clear(&t);
}

static void long_messages_arrive_whole(void **state) {
  (void)state;
  struct told t;
  struct line_child *c = start(&t, "head -c 4000001 | md5sum; cat >/dev/null", 1000);
  struct buf bytes = BUF_INIT;
  memset(buf_reserve(&bytes, 4000001), 'x', 4000000);
  bytes.p[4000000] = '\n';
  bytes.n = 4000001;
  line_child_give(c, &bytes);
  TURN_UNTIL(loop, t.lines.n > 0);
  assert_string_equal(buf_text(&t.lines), "fa3c98b064e933334f1b19f92164e916  -|");
  assert_int_equal(t.rooms, 1);
  line_child_end(c, "enough");
  TURN_UNTIL(loop, t.ends == 1);
  clear(&t);
}

static void who_does_not_hear_is_killed(void **state) {
  (void)state;
  struct told t;
  uint64_t begun = clock_mono();
  struct line_child *c = start(&t, "trap '' TERM; echo up; sleep 100 & wait; sleep 100", 1000);
  TURN_UNTIL(loop, t.lines.n > 0);
  line_child_end(c, "first");
  line_child_end(c, "second"); /* it was asked already */
  TURN_UNTIL(loop, t.ends == 1);
  assert_string_equal(t.said, "first");
  assert_true(clock_mono() - begun >= LINE_CHILD_GRACE);
  clear(&t);
}

/* When the loop turns no more: all of them, with what they started, in one grace. */
static void all_end_with_weir(void **state) {
  (void)state;
  struct told t[3];
  struct line_child *c[3];
  for (int i = 0; i < 3; i++) {
    c[i] =
        start(&t[i], i == 2 ? "sleep 100 & echo $!; wait" : "trap '' TERM; sleep 100 & echo $!; wait; sleep 100", 1000);
    TURN_UNTIL(loop, t[i].lines.n > 0);
  }
  line_child_end(c[0], "asked before");
  uint64_t begun = clock_mono();
  line_children_finish(c, 3);
  uint64_t took = clock_mono() - begun;
  assert_true(took >= LINE_CHILD_GRACE && took < 2 * LINE_CHILD_GRACE);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(t[i].ends, 0);
    clear(&t[i]);
  }
}

static void what_cannot_be_run_says_so(void **state) {
  (void)state;
  struct told t;
  struct line_child *c = start(&t, "/there/is/none", 1000);
  pid_t pid = line_child_pid(c);
  TURN_UNTIL(loop, t.ends == 1);
  assert_string_equal(t.said, "ended with status 127: there is no such command");
  assert_true(gone(pid));
  clear(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(lines_go_both_ways, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_it_wrote_last_is_told, set_up, tear_down),
      cmocka_unit_test_setup_teardown(lines_have_a_limit, set_up, tear_down),
      cmocka_unit_test_setup_teardown(long_lines_of_stderr_are_cut, set_up, tear_down),
      cmocka_unit_test_setup_teardown(whole_lines_of_stderr_are_cut, set_up, tear_down),
      cmocka_unit_test_setup_teardown(nothing_waits_for_it, set_up, tear_down),
      cmocka_unit_test_setup_teardown(long_messages_arrive_whole, set_up, tear_down),
      cmocka_unit_test_setup_teardown(who_does_not_hear_is_killed, set_up, tear_down),
      cmocka_unit_test_setup_teardown(all_end_with_weir, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_cannot_be_run_says_so, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
