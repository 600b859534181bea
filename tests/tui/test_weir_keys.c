/* The person's own keys and the mouse, in the real terminal: what the configuration file says, and what is wrong in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tui.h"

static struct tui t;
static char folder[300];

static void configure(const char *lines) {
  char path[320];
  const char *tmp = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/weir-keys", tmp ? tmp : "/tmp");
  mkdir(folder, 0700);
  snprintf(path, sizeof path, "%s/config", folder);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs(lines, f);
  fclose(f);
}

static int teardown(void **state) {
  (void)state;
  tui_close(&t);
  return 0;
}

static void keys_from_the_file(void **state) {
  (void)state;
  configure("# mine\nmap F5 screen-log\nunmap Q\nset mouse off\n");
  tui_open(&t, &(struct tui_options){.arguments = (const char *[]){"--confdir", folder, NULL}});
  SEE(&t, !pty_mouse(t.pty) && pty_paste_mode(t.pty));
  tui_keys(&t, "\033[15~");
  tui_see(&t, "[F5 Log]");
  tui_keys(&t, "Q");
  tui_see(&t, "Q does nothing here");
  tui_keys(&t, ":set mouse on\r");
  tui_see(&t, "mouse is on");
  SEE(&t, pty_mouse(t.pty));
  tui_keys(&t, ":set nomouse\r");
  tui_see(&t, "mouse is off");
  SEE(&t, !pty_mouse(t.pty));
  tui_keys(&t, "gf:q\r");
  assert_int_equal(tui_ended(&t), 0);
}

/* A line that is wrong is told after the terminal was given back, with its place and the nearest name. */
static void a_wrong_line(void **state) {
  int status = 0;
  (void)state;
  configure("set json off\nmap F5 screen-lgo\n");
  const char *weir = getenv("WEIR") ? getenv("WEIR") : "build/weir";
  const char *argv[] = {weir, "--listen", "127.0.0.1:0", "--confdir", folder, NULL};
  t.pty = pty_start(&(struct pty_options){.argv = argv, .width = 200, .height = 30, .keep_fd = -1});
  SEE(&t, pty_wait_text(t.pty, "config, line 2: screen-lgo is no command; did you mean screen-log?"));
  SEE(&t, pty_wait_exit(t.pty, &status, PTY_DEADLINE));
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
  assert_false(pty_alternate(t.pty) || pty_mouse(t.pty) || pty_paste_mode(t.pty));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(keys_from_the_file, teardown),
      cmocka_unit_test_teardown(a_wrong_line, teardown),
  };
  signal(SIGPIPE, SIG_IGN);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
