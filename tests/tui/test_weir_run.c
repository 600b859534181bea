/* weir run with a screen: the command's requests are rows, what it prints is in the log, its status is weir's. */
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
  tui_keys(&t, "qq");
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
  tui_keys(&t, "qq");
  assert_int_equal(tui_ended(&t), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_it_asks_and_says_is_seen, setup, teardown),
      cmocka_unit_test_setup_teardown(quitting_ends_what_goes_on, setup, teardown),
      cmocka_unit_test_setup_teardown(requests_are_paused_by_their_program, setup, teardown),
      cmocka_unit_test_setup_teardown(what_cannot_start_is_said, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
