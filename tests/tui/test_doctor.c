/* What weir doctor says of the terminal that it runs in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "pty_screen.h"

static const struct size { int width, height; } usual = {100, 40}, tiny = {30, 20};

/* `env` as pty_options has it; `want` stands on the screen, and whether it is wrong is the status. */
static void check(const char *const *env, struct size size, const char *want, bool wrong) {
  const char *tmp = getenv("TMPDIR"), *weir = getenv("WEIR");
  char folder[300];
  int status;
  snprintf(folder, sizeof folder, "%s/weir-doctor", tmp ? tmp : "/tmp");
  /* other lines may be wrong on this machine: the shell shows the terminal's alone */
  const char *argv[] = {
      "sh",
      "-c",
      "\"$0\" doctor --no-tls --listen 127.0.0.1:0 --confdir \"$1\" >/dev/tty; echo status $?; read x",
      weir ? weir : "build/weir",
      folder,
      NULL};
  struct pty *p = pty_start(
      &(struct pty_options){.argv = argv, .env = env, .width = size.width, .height = size.height, .keep_fd = -1});
  if (!pty_wait_text(p, want) || !pty_wait_text(p, wrong ? "status 1" : "status "))
    pty_dump(p);
  assert_true(pty_wait_text(p, want));
  pty_send(p, "\r");
  assert_true(pty_wait_exit(p, &status, PTY_DEADLINE));
  pty_free(p);
}

#define ENV(...)                                                                                                       \
  (const char *const[]) {                                                                                              \
    "TMUX", "DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY", "NO_COLOR", __VA_ARGS__, NULL                   \
  }

static void terminals_are_judged(void **state) {
  (void)state;
  check(ENV("TERM=xterm-256color"), usual, "ok     terminal     xterm-256color, UTF-8, 256 colours", false);
  check(ENV("TERM=linux"), usual, "ok     terminal     linux, UTF-8, 8 colours", false);
  check(ENV("TERM"), usual, "WRONG  terminal     TERM is not set; export TERM=", true);
  check(ENV("TERM=dumb"), usual, "WRONG  terminal     TERM is dumb; export TERM=", true);
  check(ENV("TERM=nosuch-terminal"), usual,
        "WRONG  terminal     TERM is nosuch-terminal, which this machine does not know", true);
  check(ENV("TERM=vt100"), usual, "note   terminal     vt100, without colours; export TERM=", false);
  check(ENV("NO_COLOR=1"), usual, "without colours: NO_COLOR is set; unset NO_COLOR", false);
  check(ENV("LC_ALL=C", "LANG=C"), usual, "without UTF-8: lines are drawn with ASCII", false);
  check(ENV("TERM=xterm"), tiny, "30x20 is", false);
}

static void the_clipboards_way_is_named(void **state) {
  (void)state;
  check(ENV("TERM=xterm-256color"), usual, "ok     clipboard    what is copied goes to it by OSC 52", false);
  check(ENV("TERM=linux"), usual, "note   clipboard    nothing leads to it: what is copied goes into a file", false);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(terminals_are_judged),
      cmocka_unit_test(the_clipboards_way_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
