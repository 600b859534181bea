/* A child on a terminal of its own: what it sees, how it is told things, and how it ends. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "turns.h"
#include "weir/base/buf.h"
#include "weir/io/pty_child.h"
#include "weir/io/signals.h"

static struct {
  struct loop *loop;
  struct buf out;
  int stopped, ended, status;
  size_t descriptors;
} t;

static size_t descriptors(void) {
  size_t n = 0;
  DIR *d = opendir("/proc/self/fd");
  while (readdir(d))
    n++;
  closedir(d);
  return n;
}

static int set_up(void **state) {
  (void)state;
  memset(&t, 0, sizeof t);
  t.loop = loop_new();
  assert_true(signals_open(t.loop, NULL));
  t.descriptors = descriptors();
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  siginfo_t info;
  TURN_UNTIL(t.loop, waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0); /* all ended and were reaped */
  loop_turn(t.loop, 0);
  assert_int_equal(descriptors(), t.descriptors);
  signals_close();
  loop_free(t.loop);
  buf_clear(&t.out);
  return 0;
}

static void on_output(void *arg, struct slice bytes) {
  (void)arg;
  if (t.out.n < 1u << 20)
    buf_add_slice(&t.out, bytes);
}

static void on_stopped(void *arg) {
  (void)arg;
  t.stopped++;
}

static void on_ended(void *arg, int status) {
  (void)arg;
  t.ended++;
  t.status = status;
}

static struct pty_child *start(const char *script, const char *const *env) {
  const char *argv[] = {"sh", "-c", script, NULL};
  struct pty_child_options o = {.argv = argv, .env = env, .width = 61, .height = 17};
  struct err err = ERR_INIT;
  struct pty_child *p =
      pty_child_start(t.loop, &o, (struct pty_child_user){on_output, on_stopped, on_ended, NULL}, &err);
  assert_non_null(p);
  return p;
}

static bool has(const char *text) {
  return slice_find(buf_slice(&t.out), slice_of(text)) >= 0;
}

static void it_has_a_terminal_of_its_own(void **state) {
  (void)state;
  static const char *const env[] = {"TERM=xterm-mono", "HOME", NULL};
  start("stty size; test -t 0 && test -t 1 && test -t 2 && echo three; echo \"$TERM,${HOME-none}\"; : </dev/tty && "
        "echo own; exit 3",
        env);
  TURN_UNTIL(t.loop, t.ended == 1);
  assert_true(WIFEXITED(t.status) && WEXITSTATUS(t.status) == 3);
  assert_true(has("17 61\r\nthree\r\nxterm-mono,none\r\nown\r\n"));
}

static void it_reads_and_is_resized(void **state) {
  (void)state;
  struct pty_child *p = start("trap 'stty size' WINCH; echo ready; until read x; do :; done; echo \"<$x>\"", NULL);
  TURN_UNTIL(t.loop, has("ready"));
  pty_child_resize(p, 40, 9);
  TURN_UNTIL(t.loop, has("9 40"));
  assert_true(pty_child_write(p, SLICE("typed\r")));
  TURN_UNTIL(t.loop, t.ended == 1);
  assert_true(has("<typed>"));
}

static void control_c_and_a_stop_are_its_own(void **state) {
  (void)state;
  struct pty_child *p =
      start("trap 'echo INT' INT; trap 'echo BACK' CONT; echo ready; kill -STOP $$; until read x; do :; done", NULL);
  TURN_UNTIL(t.loop, t.stopped == 1);
  pty_child_continue(p);
  TURN_UNTIL(t.loop, has("BACK"));
  assert_true(pty_child_write(p, SLICE("\003")));
  TURN_UNTIL(t.loop, has("INT"));
  assert_true(pty_child_write(p, SLICE("\r")));
  TURN_UNTIL(t.loop, t.ended == 1);
}

static void one_that_hears_nothing_is_killed(void **state) {
  (void)state;
  struct pty_child *p = start("trap '' HUP INT TERM; echo ready; while :; do sleep 1000; done", NULL);
  TURN_UNTIL(t.loop, has("ready"));
  pty_child_end(p, false);
  /* tear_down waits until it is gone */
}

static void at_weirs_end_too(void **state) {
  (void)state;
  struct pty_child *p = start("trap '' HUP; echo ready; while :; do sleep 1000; done", NULL);
  TURN_UNTIL(t.loop, has("ready"));
  uint64_t before = clock_mono();
  pty_child_end(p, true);
  assert_true(clock_mono() - before < CLOCK_S);
}

static void what_it_left_behind_hears_a_hang_up(void **state) {
  (void)state;
  start("(trap 'exit' HUP; echo behind; while :; do sleep 0.01; done) & read x </dev/null; until false; do sleep 0.05; "
        "exit 0; done",
        NULL);
  TURN_UNTIL(t.loop, t.ended == 1); /* though the other still has the terminal open */
  assert_int_equal(t.status, 0);
}

static void a_flood_leaves_the_loop_its_turns(void **state) {
  (void)state;
  struct pty_child *p = start("exec yes flood", NULL);
  TURN_UNTIL(t.loop, t.out.n > 0);
  for (int i = 0; i < 20; i++) {
    size_t before = t.out.n;
    loop_turn(t.loop, 0);
    assert_true(t.out.n - before <= PTY_CHILD_TURN + 8192);
  }
  pty_child_end(p, false);
}

static void one_that_reads_nothing_fills_a_bounded_queue(void **state) {
  (void)state;
  struct pty_child *p = start("stty raw; echo ready; exec sleep 1000", NULL);
  TURN_UNTIL(t.loop, has("ready"));
  static char piece[1 << 20];
  size_t taken = 0;
  while (taken < 2 * PTY_CHILD_INPUT_MAX && pty_child_write(p, slice_make(piece, sizeof piece)))
    taken += sizeof piece;
  assert_true(taken >= PTY_CHILD_INPUT_MAX - sizeof piece && taken <= PTY_CHILD_INPUT_MAX + 2 * sizeof piece);
  assert_true(pty_child_waiting(p) <= PTY_CHILD_INPUT_MAX);
  pty_child_end(p, false);
}

static void what_cannot_be_run_is_a_sentence(void **state) {
  (void)state;
  const char *argv[] = {"/nonexistent/editor", NULL};
  struct pty_child_options o = {.argv = argv, .width = 80, .height = 24};
  struct err err = ERR_INIT;
  assert_null(pty_child_start(t.loop, &o, (struct pty_child_user){on_output, on_stopped, on_ended, NULL}, &err));
  assert_non_null(strstr(err.text, "cannot run /nonexistent/editor"));
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      T(it_has_a_terminal_of_its_own),
      T(it_reads_and_is_resized),
      T(control_c_and_a_stop_are_its_own),
      T(one_that_hears_nothing_is_killed),
      T(at_weirs_end_too),
      T(what_it_left_behind_hears_a_hang_up),
      T(a_flood_leaves_the_loop_its_turns),
      T(one_that_reads_nothing_fills_a_bounded_queue),
      T(what_cannot_be_run_is_a_sentence),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
