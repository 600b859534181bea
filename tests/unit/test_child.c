/* Children: how they end is told, what they inherit, groups, stops; signals; and words without a shell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "turns.h"
#include "weir/io/child.h"
#include "weir/io/fdlimit.h"
#include "weir/io/signals.h"

static struct loop *loop;

struct watcher {
  int calls, status;
  bool gone;
};

static int set_up(void **state) {
  (void)state;
  struct err err;
  loop = loop_new();
  assert_true(signals_open(loop, &err));
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  signals_close();
  assert_int_equal(loop_count(loop), 0);
  loop_free(loop);
  return 0;
}

static void told(void *arg, struct child *child, int status) {
  struct watcher *w = arg;
  (void)child;
  w->calls++;
  w->status = status;
  w->gone = !WIFSTOPPED(status);
}

static struct child *start(const char *const *argv, struct watcher *w, int out, const char *const *env,
                           const char *directory, bool own_group) {
  struct child_options o = {.argv = argv,
                            .env = env,
                            .directory = directory,
                            .fd = {-1, out, -1},
                            .own_group = own_group,
                            .foreground_tty = -1};
  struct err err = ERR_INIT;
  struct child *child = child_start(loop, &o, told, w, &err);
  if (!child)
    fail_msg("%s", err.text);
  return child;
}

/* Runs a shell command to its end and gives what it wrote. */
static void output(const char *script, const char *const *env, const char *directory, char *text, size_t size) {
  const char *argv[] = {"sh", "-c", script, NULL};
  struct watcher w = {0};
  int fd[2];
  assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
  start(argv, &w, fd[1], env, directory, false);
  close(fd[1]);
  TURN_UNTIL(loop, w.gone);
  assert_true(WIFEXITED(w.status));
  assert_int_equal(WEXITSTATUS(w.status), 0);
  ssize_t n = read(fd[0], text, size - 1);
  assert_true(n >= 0);
  text[n] = 0;
  close(fd[0]);
}

static void its_exit_is_told_once(void **state) {
  const char *argv[] = {"sh", "-c", "exit 7", NULL};
  struct watcher w = {0};
  (void)state;
  assert_true(child_pid(start(argv, &w, -1, NULL, NULL, false)) > 0);
  TURN_UNTIL(loop, w.gone);
  for (int i = 0; i < 3; i++)
    loop_turn(loop, 0);
  assert_int_equal(w.calls, 1);
  assert_int_equal(WEXITSTATUS(w.status), 7);
}

static void many_at_once_are_told_apart(void **state) {
  struct watcher w[8] = {0};
  char script[8][16];
  (void)state;
  for (int i = 0; i < 8; i++) {
    snprintf(script[i], sizeof script[i], "exit %d", i);
    start((const char *[]){"sh", "-c", script[i], NULL}, &w[i], -1, NULL, NULL, false);
  }
  for (int i = 0; i < 8; i++) {
    TURN_UNTIL(loop, w[i].gone);
    assert_int_equal(WEXITSTATUS(w[i].status), i);
  }
}

static void what_it_inherits(void **state) {
  const char *env[] = {"WEIR_TEST=here", "HOME=/nowhere", NULL};
  char text[512], before[64], expected[64];
  struct rlimit limit;
  (void)state;
  output("echo $WEIR_TEST $HOME $PWD; test -n \"$PATH\"", env, "/", text, sizeof text);
  assert_string_equal(text, "here /nowhere /\n");
  /* Nothing but 0, 1 and 2, even where somebody forgot O_CLOEXEC. */
  int leak = fcntl(2, F_DUPFD, 50);
  output("exec ls /proc/self/fd", NULL, NULL, text, sizeof text);
  close(leak);
  assert_string_equal(text, "0\n1\n2\n3\n"); /* 3 is what ls itself opens */
  /* The descriptor limit of before it was raised. */
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max > 700 ? 700 : limit.rlim_max;
  snprintf(expected, sizeof expected, "%lu\n", (unsigned long)limit.rlim_cur);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
  fdlimit_raise();
  assert_int_equal(fdlimit_now(), limit.rlim_max);
  output("ulimit -n", NULL, NULL, before, sizeof before);
  assert_string_equal(before, expected);
  /* Signals: SIGPIPE is ignored here and deadly there. */
  output("sh -c 'kill -PIPE $$' 2>/dev/null; echo $?", NULL, NULL, text, sizeof text);
  assert_string_equal(text, "141\n");
}

static void descriptors_in_each_others_places(void **state) {
  const char *argv[] = {"sh", "-c", "read x; echo got $x; echo err >&2", NULL};
  struct watcher w = {0};
  char text[64] = {0};
  int in[2], out[2];
  struct err err = ERR_INIT;
  (void)state;
  assert_int_equal(pipe2(in, O_CLOEXEC), 0);
  assert_int_equal(pipe2(out, O_CLOEXEC), 0);
  int saved[2] = {fcntl(0, F_DUPFD_CLOEXEC, 60), fcntl(1, F_DUPFD_CLOEXEC, 60)};
  dup2(out[1], 0); /* what shall be 1 is 0, and the other way round */
  dup2(in[0], 1);
  struct child_options o = {.argv = argv, .fd = {1, 0, 0}, .foreground_tty = -1};
  struct child *child = child_start(loop, &o, told, &w, &err);
  for (int i = 0; i < 2; i++) {
    if (saved[i] >= 0)
      dup2(saved[i], i);
    else
      close(i);
    close(saved[i]);
  }
  assert_non_null(child);
  close(out[1]);
  assert_int_equal(write(in[1], "line\n", 5), 5);
  TURN_UNTIL(loop, w.gone);
  assert_int_equal(read(out[0], text, sizeof text), 13);
  assert_string_equal(text, "got line\nerr\n");
  close(in[0]);
  close(in[1]);
  close(out[0]);
}

static void a_failed_start_is_a_sentence(void **state) {
  struct watcher w = {0};
  struct err err = ERR_INIT;
  const char *argv[] = {"/nonexistent/editor", NULL};
  struct child_options o = {.argv = argv, .fd = {-1, -1, -1}, .foreground_tty = -1};
  (void)state;
  assert_null(child_start(loop, &o, told, &w, &err));
  assert_string_equal(err.text, "cannot run /nonexistent/editor: No such file or directory");
  const char *ok[] = {"true", NULL};
  o.argv = ok;
  o.directory = "/nonexistent";
  assert_null(child_start(loop, &o, told, &w, &err));
  assert_non_null(strstr(err.text, "cannot start true in /nonexistent: "));
  for (int i = 0; i < 3; i++)
    loop_turn(loop, CLOCK_MS);
  assert_int_equal(w.calls, 0);
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie */
  assert_int_equal(errno, ECHILD);
}

static void stopped_continued_killed(void **state) {
  const char *argv[] = {"sleep", "60", NULL};
  struct watcher w = {0};
  (void)state;
  struct child *child = start(argv, &w, -1, NULL, NULL, true);
  assert_int_equal(getpgid(child_pid(child)), child_pid(child));
  child_signal(child, SIGSTOP);
  TURN_UNTIL(loop, w.calls == 1);
  assert_true(WIFSTOPPED(w.status));
  assert_false(w.gone);
  child_signal(child, SIGCONT);
  child_signal(child, SIGTERM);
  TURN_UNTIL(loop, w.gone);
  assert_true(WIFSIGNALED(w.status));
  assert_int_equal(WTERMSIG(w.status), SIGTERM);
}

static void the_whole_group_is_signalled(void **state) {
  const char *argv[] = {"sh", "-c", "sleep 60 & echo $!; wait", NULL};
  struct watcher w = {0};
  char text[32] = {0};
  int fd[2];
  (void)state;
  assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
  struct child *child = start(argv, &w, fd[1], NULL, NULL, true);
  close(fd[1]);
  assert_true(read(fd[0], text, sizeof text - 1) > 0);
  child_signal(child, SIGKILL);
  TURN_UNTIL(loop, w.gone);
  /* The grandchild held the pipe: its end shows that it is gone too. */
  assert_int_equal(read(fd[0], text, sizeof text), 0);
  close(fd[0]);
}

static void a_forgotten_child_is_reaped(void **state) {
  const char *argv[] = {"sh", "-c", "exit 3", NULL};
  struct watcher w = {0};
  (void)state;
  struct child *child = start(argv, &w, -1, NULL, NULL, false);
  pid_t pid = child_pid(child);
  child_forget(child);
  TURN_UNTIL(loop, kill(pid, 0) < 0);
  assert_int_equal(w.calls, 0);
}

static int raised[2];

static void on_raised(void *arg, int signal_number) {
  (void)signal_number;
  (*(int *)arg)++;
}

static void note_origin(void *arg, int signal_number) {
  *(int *)arg = signals_by_key(signal_number) ? 1 : 2;
}

/* What the kernel itself sends is a key's, or a clock's; what another process sends is not. */
static void who_sent_a_signal_is_known(void **state) {
  (void)state;
  int origin = 0;
  assert_true(signals_on(SIGALRM, note_origin, &origin));
  raise(SIGALRM);
  TURN_UNTIL(loop, origin != 0);
  assert_int_equal(origin, 2);
  origin = 0;
  setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 1}, NULL);
  TURN_UNTIL(loop, origin != 0);
  assert_int_equal(origin, 1);
  signals_off(SIGALRM, note_origin, &origin);
}

static void own_session(void **state) {
  (void)state;
  char text[100];
  struct watcher w = {0};
  int fd[2];
  const char *argv[] = {"sh", "-c",
                        "read pid comm state ppid pgrp session tty rest </proc/self/stat; echo $session $tty", NULL};
  assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
  struct child_options o = {.argv = argv, .fd = {-1, fd[1], -1}, .own_session = true, .foreground_tty = -1};
  struct child *child = child_start(loop, &o, told, &w, NULL);
  assert_non_null(child);
  pid_t pid = child_pid(child);
  close(fd[1]);
  TURN_UNTIL(loop, w.gone);
  ssize_t n = read(fd[0], text, sizeof text - 1);
  close(fd[0]);
  assert_true(n > 0);
  text[n] = '\0';
  int session = 0, tty = -1;
  assert_int_equal(sscanf(text, "%d %d", &session, &tty), 2);
  assert_int_equal(session, pid);
  assert_int_equal(tty, 0);
}

static void signals_reach_all_who_listen(void **state) {
  struct err err;
  (void)state;
  assert_false(signals_open(loop, &err));
  raised[0] = raised[1] = 0;
  assert_true(signals_on(SIGUSR1, on_raised, &raised[0]));
  assert_true(signals_on(SIGUSR1, on_raised, &raised[1]));
  assert_false(signals_on(SIGKILL, on_raised, &raised[1]));
  raise(SIGUSR1);
  assert_int_equal(raised[0], 0); /* not inside the handler */
  TURN_UNTIL(loop, raised[0] && raised[1]);
  signals_off(SIGUSR1, on_raised, &raised[0]);
  raise(SIGUSR1);
  TURN_UNTIL(loop, raised[1] == 2);
  assert_int_equal(raised[0], 1);
  /* Another signal is not taken for the first one again. */
  int other = 0;
  assert_true(signals_on(SIGUSR2, on_raised, &other));
  raise(SIGUSR2);
  TURN_UNTIL(loop, other == 1);
  assert_int_equal(raised[1], 2);
}

static void split(const char *command, const char *const *expected) {
  struct err err = ERR_INIT;
  char **words = child_split(command, &err);
  size_t i = 0;
  assert_non_null(words);
  for (; expected[i]; i++) {
    assert_non_null(words[i]);
    assert_string_equal(words[i], expected[i]);
  }
  assert_null(words[i]);
  child_split_free(words);
}

static void commands_become_words(void **state) {
  struct err err = ERR_INIT;
  (void)state;
  split("vi", (const char *[]){"vi", NULL});
  split("  code  --wait\t-n ", (const char *[]){"code", "--wait", "-n", NULL});
  split("vim -c 'set nu' \"a b\"", (const char *[]){"vim", "-c", "set nu", "a b", NULL});
  split("/opt/my\\ editor/run x'y z'w", (const char *[]){"/opt/my editor/run", "xy zw", NULL});
  split("e '' \"\"", (const char *[]){"e", "", "", NULL});
  split("e \"q\\\"q\\n\" '\\'", (const char *[]){"e", "q\"q\\n", "\\", NULL});
  split("e $HOME * ~ ; | &", (const char *[]){"e", "$HOME", "*", "~", ";", "|", "&", NULL});
  split("end\\", (const char *[]){"end\\", NULL});
  assert_null(child_split("vi 'open", &err));
  assert_non_null(strstr(err.text, "quote"));
  assert_int_equal(err.at, 3);
  assert_null(child_split(" \t", &err));
  assert_null(child_split("a \"b\\\"", &err));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(its_exit_is_told_once),
      TEST(many_at_once_are_told_apart),
      TEST(what_it_inherits),
      TEST(descriptors_in_each_others_places),
      TEST(a_failed_start_is_a_sentence),
      TEST(stopped_continued_killed),
      TEST(the_whole_group_is_signalled),
      TEST(a_forgotten_child_is_reaped),
      TEST(signals_reach_all_who_listen),
      TEST(who_sent_a_signal_is_known),
      TEST(own_session),
      TEST(commands_become_words),
  };
  return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}
