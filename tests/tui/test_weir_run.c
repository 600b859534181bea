/* weir run with a screen: the command's requests are rows, what it prints is in the log, its status is weir's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
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
static char gate[300]; /* a fifo that the command waits at */

static int setup(void **state) {
  const char *tmp = getenv("TMPDIR");
  (void)state;
  snprintf(gate, sizeof gate, "%s/weir-run-gate", tmp ? tmp : "/tmp");
  unlink(gate);
  return mkfifo(gate, 0600);
}

static int teardown(void **state) {
  (void)state;
  unlink(gate);
  tui_close(&t);
  return 0;
}

static void start(const char *script, const char *intercept) {
  char text[800];
  snprintf(text, sizeof text, "read x <'%s'; %s", gate, script);
  tui_open(&t, &(struct tui_options){
                   .arguments = (const char *[]){"run", "--intercept", intercept, "--", "sh", "-c", text, NULL}});
}

/* What waits reads the origin's port as $x. */
static void let_go(void) {
  int fd = open(gate, O_WRONLY);
  assert_true(fd >= 0);
  assert_true(dprintf(fd, "%d\n", t.origin.port) > 1);
  close(fd);
}

static void what_it_asks_and_says_is_seen(void **state) {
  (void)state;
  start("curl -sS https://weir.internal/ca.pem -o /dev/null; echo 'out \033[2J there'; echo 'and err' >&2; exit 3", "");
  let_go();
  tui_see(&t, "/ca.pem");
  tui_keys(&t, "gl");
  tui_see(&t, "sh: out ^[[2J there");
  tui_see(&t, "sh: and err");
  tui_see(&t, "sh ended with status 3");
  tui_keys(&t, "qqq"); /* out of the log, out of weir, and yes */
  assert_int_equal(tui_ended(&t), 3);
}

static void quitting_ends_what_goes_on(void **state) {
  (void)state;
  start("true", "");
  tui_keys(&t, "q"); /* it waits at the gate still */
  assert_int_equal(tui_ended(&t), 128 + 15);
}

static void what_cannot_start_is_said(void **state) {
  (void)state;
  tui_open(&t, &(struct tui_options){.arguments = (const char *[]){"run", "/nonexistent/command", NULL}});
  tui_keys(&t, "gl");
  tui_see(&t, "cannot run /nonexistent/command");
  tui_keys(&t, "qq");
  assert_int_equal(tui_ended(&t), 127);
}

/* Whose a request is, is not known yet when it comes: it waits until that is, and its body with it. Of the three, one is
 * curl's and has the word. */
static void requests_are_paused_by_their_program(void **state) {
  (void)state;
  start("u=http://127.0.0.1:$x/echo; wget -qO /dev/null --post-data=hello $u; curl -s -o /dev/null -d world $u; "
        "curl -s -d hello $u; echo; echo that was all",
        "process=curl & ~bq hell");
  let_go();
  tui_see(&t, "1 PAUSED");
  tui_see(&t, "flows 3/3");
  tui_keys(&t, "A");
  tui_keys(&t, "gl");
  tui_see(&t, "sh: hello");
  tui_see(&t, "sh: that was all");
  tui_keys(&t, "qqq");
  assert_int_equal(tui_ended(&t), 0);
}

/* The screen is weir's alone: the command has no terminal that it could write to, or ask at. */
static void it_cannot_reach_the_screen(void **state) {
  (void)state;
  start("echo scribbled >/dev/tty; read y </dev/tty; echo and went on", "");
  let_go();
  tui_keys(&t, "gl");
  tui_see(&t, "sh: and went on");
  tui_see(&t, "/dev/tty");
  assert_false(pty_saw(t.pty, "scribbled"));
  tui_keys(&t, "qq");
  assert_int_equal(tui_ended(&t), 0);
}

/* This program as the command: counts interrupts until it is told to end; that is its status. */
static int count_interrupts(void) {
  int interrupts = 0;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, NULL);
  puts("ready");
  fflush(stdout);
  while (sigwaitinfo(&set, NULL) == SIGINT) {
    printf("interrupts: %d\n", ++interrupts);
    fflush(stdout);
  }
  return interrupts;
}

/* Without the screen the terminal is the command's: it decides what an interrupt means, and weir goes on. */
static void a_key_interrupts_the_command_alone(void **state) {
  (void)state;
  int status;
  const char *tmp = getenv("TMPDIR"), *weir = getenv("WEIR");
  char folder[300];
  snprintf(folder, sizeof folder, "%s/weir-tui", tmp ? tmp : "/tmp");
  const char *argv[] = {
      weir ? weir : "build/weir", "run", "--headless", "--confdir", folder, "--", NULL, "count", NULL};
  char self[400];
  ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
  assert_true(n > 0);
  self[n] = '\0';
  argv[6] = self;
  struct pty *pty = pty_start(&(struct pty_options){.argv = argv, .width = 80, .height = 24, .keep_fd = -1});
  assert_true(pty_wait_text(pty, "ready"));
  pty_send(pty, "\003");
  assert_true(pty_wait_text(pty, "interrupts: 1"));
  kill(pty_pid(pty), SIGTERM); /* which weir, still there, passes on */
  bool ended = pty_wait_exit(pty, &status, PTY_DEADLINE);
  if (!ended || WEXITSTATUS(status) != 1)
    pty_dump(pty);
  assert_true(ended);
  assert_int_equal(WEXITSTATUS(status), 1);
  pty_free(pty);
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "count") == 0)
    return count_interrupts();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_it_asks_and_says_is_seen, setup, teardown),
      cmocka_unit_test_setup_teardown(quitting_ends_what_goes_on, setup, teardown),
      cmocka_unit_test_setup_teardown(requests_are_paused_by_their_program, setup, teardown),
      cmocka_unit_test_setup_teardown(it_cannot_reach_the_screen, setup, teardown),
      cmocka_unit_test(a_key_interrupts_the_command_alone),
      cmocka_unit_test_setup_teardown(what_cannot_start_is_said, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
