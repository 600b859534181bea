/* Which way a copy takes, with programs of the test's own in PATH, and that the bytes arrive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "terminal_fake.h"
#include "turns.h"
#include "ui/copy_ways.h"
#include "weir/base/path.h"
#include "weir/io/signals.h"

static struct loop *loop;
static struct terminal *terminal;
static char directory[64], said[200], path[400];
static int calls;
static bool ok;

static void on_result(void *arg, const struct copy_result *result) {
  assert_ptr_equal(arg, &calls);
  calls++;
  ok = result->ok;
  snprintf(said, sizeof said, "%s", result->how);
  snprintf(path, sizeof path, "%s", result->path ? result->path : "");
}

static const char *in(const char *name) {
  static char full[200];
  snprintf(full, sizeof full, "%s/%s", directory, name);
  return full;
}

/* A program that keeps its stdin in <name>.got and then does `then`. */
static void program(const char *name, const char *then) {
  FILE *f = fopen(in(name), "w");
  assert_non_null(f);
  fprintf(f, "#!/bin/sh\n/bin/cat >'%s/%s.got'\n%s\n", directory, name, then);
  fclose(f);
  assert_int_equal(chmod(in(name), 0700), 0);
}

static void assert_got(const char *name, struct slice want) {
  char file[100], *bytes;
  size_t n;
  snprintf(file, sizeof file, "%s.got", name);
  assert_true(path_read(in(file), 1u << 24, &bytes, &n, NULL));
  assert_true(slice_eq(slice_make(bytes, n), want));
  free(bytes);
}

static int setup(void **state) {
  static const char *const away[] = {"TMUX", "DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY"};
  (void)state;
  snprintf(directory, sizeof directory, "/tmp/weir-copy-test-XXXXXX");
  if (!mkdtemp(directory))
    return 1;
  for (size_t i = 0; i < sizeof away / sizeof away[0]; i++)
    unsetenv(away[i]);
  setenv("TERM", "xterm", 1);
  setenv("PATH", directory, 1);
  setenv("XDG_CACHE_HOME", directory, 1);
  loop = loop_new();
  terminal = terminal_fake(loop, 80, 24);
  calls = 0;
  said[0] = '\0';
  return !signals_open(loop, NULL);
}

static int teardown(void **state) {
  char command[128];
  (void)state;
  terminal->ops->free(terminal);
  signals_close();
  loop_free(loop);
  setenv("PATH", "/usr/bin:/bin", 1);
  snprintf(command, sizeof command, "rm -r '%s'", directory);
  return system(command);
}

static void copy(struct slice text) {
  struct buf all = BUF_INIT;
  buf_add_slice(&all, text);
  copy_start(loop, terminal, NULL, &all, on_result, &calls);
  TURN_UNTIL(loop, calls > 0);
  for (int i = 0; i < 3; i++)
    loop_turn(loop, 0);
  assert_int_equal(calls, 1);
}

static void osc_52_carries_base64(void **state) {
  static const struct {
    const char *text, *sent;
  } cases[] = {{"f", "\033]52;c;Zg==\a"},
               {"fo", "\033]52;c;Zm8=\a"},
               {"foo", "\033]52;c;Zm9v\a"},
               {"\xff\xfe\xfd?", "\033]52;c;//79Pw==\a"}};
  (void)state;
  size_t before = 0;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    calls = 0;
    copy(slice_of(cases[i].text));
    assert_true(ok);
    assert_string_equal(said, "by OSC 52");
    assert_true(slice_eq(slice_from(terminal_fake_sent(terminal), before), slice_of(cases[i].sent)));
    before = terminal_fake_sent(terminal).n;
  }
}

static void tmux_takes_it_whole(void **state) {
  (void)state;
  setenv("TMUX", "/tmp/tmux-0/default,1,0", 1);
  program("tmux", "echo \"$*\" >\"$0.args\"");
  size_t n = 1u << 20; /* more than a pipe holds */
  char *big = malloc(n);
  for (size_t i = 0; i < n; i++)
    big[i] = (char)(i * 31 >> 3);
  copy(slice_make(big, n));
  assert_true(ok);
  assert_string_equal(said, "by tmux");
  assert_got("tmux", slice_make(big, n));
  assert_int_equal(terminal_fake_sent(terminal).n, 0);
  free(big);
  char *args;
  size_t args_n;
  assert_true(path_read(in("tmux.args"), 100, &args, &args_n, NULL));
  assert_string_equal(args, "load-buffer -w -\n");
  free(args);
}

static void a_failing_tmux_leaves_it_to_the_terminal(void **state) {
  (void)state;
  setenv("TMUX", "x", 1);
  program("tmux", "exit 1");
  copy(SLICE("hello"));
  assert_true(ok);
  assert_string_equal(said, "by OSC 52");
}

static void a_missing_program_is_passed_over(void **state) {
  (void)state;
  setenv("TMUX", "x", 1);
  setenv("DISPLAY", ":0", 1);
  program("xsel", "");
  copy(SLICE("hello"));
  assert_string_equal(said, "by xsel");
  assert_got("xsel", SLICE("hello"));
}

static void a_hanging_program_is_ended(void **state) {
  (void)state;
  setenv("TMUX", "x", 1);
  program("tmux", "exec /bin/sleep 60");
  copy(SLICE("hello"));
  assert_string_equal(said, "by OSC 52");
}

static void the_own_display_comes_first_and_over_ssh_last(void **state) {
  (void)state;
  setenv("WAYLAND_DISPLAY", "wayland-0", 1);
  program("wl-copy", "");
  copy(SLICE("one"));
  assert_string_equal(said, "by wl-copy");
  setenv("SSH_CONNECTION", "::1 1 ::1 22", 1);
  calls = 0;
  copy(SLICE("two"));
  assert_string_equal(said, "by OSC 52");
  setenv("TERM", "linux", 1);
  calls = 0;
  copy(SLICE("three"));
  assert_string_equal(said, "by wl-copy");
  assert_got("wl-copy", SLICE("three"));
}

static void what_nothing_takes_goes_to_a_private_file(void **state) {
  (void)state;
  size_t n = COPY_OSC52_MAX + 1;
  char *big = malloc(n);
  memset(big, 'x', n);
  copy(slice_make(big, n));
  assert_true(ok);
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
  assert_int_equal(st.st_size, n);
  assert_ptr_equal(strstr(path, directory), path);
  calls = 0;
  copy(slice_make(big, n - 1));
  assert_string_equal(said, "by OSC 52");
  free(big);
}

static void no_way_at_all_is_said(void **state) {
  (void)state;
  setenv("TERM", "vt100", 1);
  setenv("XDG_CACHE_HOME", "/proc/nowhere", 1);
  copy(SLICE("x"));
  assert_false(ok);
  assert_true(said[0] != '\0');
  assert_string_equal(path, "");
}

static void a_cancelled_copy_is_silent(void **state) {
  (void)state;
  setenv("TMUX", "x", 1);
  program("tmux", "echo done >\"$0.done\"");
  struct buf all = BUF_INIT;
  buf_add_text(&all, "x");
  struct copy_ways *c = copy_start(loop, terminal, NULL, &all, on_result, &calls);
  assert_non_null(c);
  copy_cancel(c);
  TURN_UNTIL(loop, access(in("tmux.done"), F_OK) == 0);
  for (int i = 0; i < 10; i++)
    loop_turn(loop, CLOCK_MS);
  assert_int_equal(calls, 0);
  copy_cancel(NULL);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      T(osc_52_carries_base64),
      T(tmux_takes_it_whole),
      T(a_failing_tmux_leaves_it_to_the_terminal),
      T(a_missing_program_is_passed_over),
      T(a_hanging_program_is_ended),
      T(the_own_display_comes_first_and_over_ssh_last),
      T(what_nothing_takes_goes_to_a_private_file),
      T(no_way_at_all_is_said),
      T(a_cancelled_copy_is_silent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
