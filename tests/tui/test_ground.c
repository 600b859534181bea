/* The terminal is asked for the colour of its ground: by those alone that it understands, and nobody waits for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "pty_screen.h"

static struct pty *pty;

static void see(bool seen) {
  if (!seen)
    pty_dump(pty);
  assert_true(seen);
}

static void start(const char *env) {
  pty = pty_start(&(struct pty_options){.argv = (const char *[]){pty_beside("term_demo"), NULL},
                                        .env = env ? (const char *[]){env, NULL} : NULL,
                                        .width = 80,
                                        .height = 24,
                                        .keep_fd = -1});
  see(pty_wait_text(pty, "calm|"));
}

static void quit(void) {
  int status = -1;
  pty_send(pty, "q");
  see(pty_wait_exit(pty, &status, PTY_DEADLINE));
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  pty_free(pty);
}

static bool was_asked(struct pty *p, void *arg) {
  (void)arg;
  return pty_saw(p, "\033]11;?\033\\");
}

/* The first line is drawn as the title of the pane in front: white on dark, black on light. */
static bool title_is(struct pty *p, void *arg) {
  int x, y;
  return pty_find(p, "size ", &x, &y) && pty_cell(p, x, y).fg == *(int *)arg;
}

static void an_answer_is_obeyed_once(void **state) {
  int black = 16, white = 231;
  (void)state;
  start(NULL);
  see(pty_wait(pty, was_asked, NULL, PTY_DEADLINE));
  see(title_is(pty, &white));
  pty_send(pty, "\033]11;rgb:fd"); /* in two pieces, and a key behind it */
  pty_send(pty, "fd/f6f6/e3e3\033\\k");
  see(pty_wait_text(pty, "key k|"));
  see(pty_wait(pty, title_is, &black, PTY_DEADLINE));
  pty_send(pty, "\033]11;rgb:0000/0000/0000\033\\j"); /* nobody has asked again */
  see(pty_wait_text(pty, "key j|"));
  see(title_is(pty, &black));
  quit();
}

static void no_answer_stops_nothing(void **state) {
  int white = 231;
  (void)state;
  start(NULL);
  pty_send(pty, "j");
  see(pty_wait_text(pty, "key j|"));
  see(title_is(pty, &white));
  quit();
}

static void who_would_not_understand_is_not_asked(void **state) {
  static const char *const cases[] = {"TERM=linux", "TERM=vt100", "NO_COLOR=1"};
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    start(cases[i]);
    pty_send(pty, "j"); /* the frame behind the first */
    see(pty_wait_text(pty, "key j|"));
    assert_false(pty_saw(pty, "]11;"));
    quit();
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_answer_is_obeyed_once),
      cmocka_unit_test(no_answer_stops_nothing),
      cmocka_unit_test(who_would_not_understand_is_not_asked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
