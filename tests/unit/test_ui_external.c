/* The external editor's session, with shell scripts in the editor's place and no tty. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "terminal_fake.h"
#include "turns.h"
#include "ui/external.h"
#include "weir/base/mem.h"
#include "weir/io/signals.h"

static struct {
  struct loop *loop;
  struct terminal *terminal;
  char directory[64];
  int away, done;
  bool well, changed;
  struct buf text, said;
} t;

static void on_away(void *arg) {
  (void)arg;
  t.away++;
}

static void on_done(void *arg, const struct external_result *result) {
  (void)arg;
  t.done++;
  t.well = result->well;
  t.changed = result->changed;
  buf_reset(&t.text);
  buf_add_slice(&t.text, result->text);
  buf_reset(&t.said);
  buf_add_text(&t.said, result->said);
}

static int set_up(void **state) {
  (void)state;
  memset(&t, 0, sizeof t);
  strcpy(t.directory, "/tmp/weir-test-XXXXXX");
  assert_non_null(mkdtemp(t.directory));
  setenv("TMPDIR", t.directory, 1);
  unsetenv("XDG_RUNTIME_DIR");
  unsetenv("VISUAL");
  unsetenv("EDITOR");
  t.loop = loop_new();
  assert_true(signals_open(t.loop, NULL));
  t.terminal = terminal_fake(t.loop, 10, 2);
  return 0;
}

static size_t files_left(void) {
  size_t n = 0;
  DIR *d = opendir(t.directory);
  while (readdir(d))
    n++;
  closedir(d);
  return n - 2;
}

static int tear_down(void **state) {
  (void)state;
  t.terminal->ops->free(t.terminal);
  signals_close();
  loop_free(t.loop);
  rmdir(t.directory);
  buf_clear(&t.text);
  buf_clear(&t.said);
  return 0;
}

static struct external *start(const char *text, struct err *err) {
  struct external_options o = {.text = slice_of(text), .name = "request.http", .max = 1000};
  struct external_user user = {.away = on_away, .done = on_done};
  return external_start(t.loop, t.terminal, &o, user, err);
}

/* Does the terminal take a frame? Not while it is lent. */
static bool have_screen(void) {
  struct canvas c;
  canvas_init(&c, 10, 2);
  bool shown = t.terminal->ops->show(t.terminal, &c);
  canvas_clear(&c);
  return shown;
}

static void edit(const char *command, const char *text) {
  struct err err = ERR_INIT;
  setenv("EDITOR", command, 1);
  assert_non_null(start(text, &err));
  assert_false(have_screen());
  TURN_UNTIL(t.loop, t.done == 1);
  assert_true(have_screen());
  assert_int_equal(files_left(), 0);
}

static void what_is_saved_comes_back(void **state) {
  (void)state;
  edit("sh -c 'printf \"%s, \" new >> \"$0\"'", "old ");
  assert_true(t.well);
  assert_true(t.changed);
  assert_string_equal(buf_text(&t.text), "old new, ");
}

static void the_file_is_private(void **state) {
  (void)state;
  edit("sh -c 'n=$(stat -c %a \"$0\" \"${0%/*}\"; basename \"$0\"; ls \"${0%/*}\"); echo \"$n\" > \"$0\"'", "x");
  assert_string_equal(buf_text(&t.text), "600\n700\nrequest.http\nrequest.http");
}

static void unchanged_is_told(void **state) {
  (void)state;
  edit("true", "text");
  assert_true(t.well);
  assert_false(t.changed);
  assert_string_equal(buf_text(&t.text), "text");
  assert_non_null(strstr(buf_text(&t.said), "nothing was changed in true"));
}

static void an_added_newline_is_no_change(void **state) {
  (void)state;
  edit("sh -c 'echo >> \"$0\"'", "body");
  assert_false(t.changed);
  t.done = 0;
  edit("sh -c 'echo >> \"$0\"'", "body\n");
  assert_true(t.changed);
  assert_string_equal(buf_text(&t.text), "body\n\n");
}

static void failure_keeps_the_text(void **state) {
  (void)state;
  edit("false", "text");
  assert_false(t.well);
  assert_false(t.changed);
  assert_string_equal(buf_text(&t.said), "false ended with status 1; the text is as it was");
}

static void a_kill_keeps_what_was_saved(void **state) {
  (void)state;
  edit("sh -c 'printf saved > \"$0\"; kill -9 $$'", "text");
  assert_false(t.well);
  assert_true(t.changed);
  assert_string_equal(buf_text(&t.text), "saved");
  assert_non_null(strstr(buf_text(&t.said), "sh was ended by signal 9"));
}

static void odd_files_are_not_read(void **state) {
  (void)state;
  static const char *const scripts[] = {"sh -c 'rm \"$0\"'", "sh -c 'rm \"$0\"; mkfifo \"$0\"'",
                                        "sh -c 'rm \"$0\"; ln -s /etc/passwd \"$0\"'",
                                        "sh -c 'head -c 2000 /dev/zero > \"$0\"'"};
  for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
    t.done = 0;
    edit(scripts[i], "text");
    assert_false(t.well);
    assert_false(t.changed);
    assert_string_equal(buf_text(&t.text), "text");
  }
}

static void leftovers_go(void **state) {
  (void)state;
  edit("sh -c 'cp \"$0\" \"$0~\"; cp \"$0\" \"${0%/*}/.swap\"'", "text");
  assert_true(t.well);
}

static void visual_comes_first(void **state) {
  (void)state;
  setenv("VISUAL", "sh -c 'printf visual > \"$0\"'", 1);
  edit("sh -c 'printf editor > \"$0\"'", "text");
  assert_string_equal(buf_text(&t.text), "visual");
}

static void none_is_a_sentence(void **state) {
  (void)state;
  struct err err = ERR_INIT;
  char *path = mem_dup(getenv("PATH"));
  setenv("PATH", "/nonexistent:/", 1);
  assert_null(start("text", &err));
  assert_non_null(strstr(err.text, "no editor is set"));
  setenv("EDITOR", "", 1);
  assert_null(start("text", &err));
  setenv("PATH", path, 1);
  free(path);
  setenv("EDITOR", "/nonexistent/editor -x", 1);
  assert_null(start("text", &err));
  assert_non_null(strstr(err.text, "/nonexistent/editor"));
  setenv("EDITOR", "vi 'open", 1);
  assert_null(start("text", &err));
  assert_true(have_screen());
  loop_turn(t.loop, 0);
  assert_int_equal(files_left(), 0);
}

static void stopping_gives_the_screen_back(void **state) {
  (void)state;
  struct err err = ERR_INIT;
  setenv("EDITOR", "sh -c 'kill -STOP $$; printf one > \"$0\"; kill -STOP $$; printf two > \"$0\"'", 1);
  struct external *x = start("text", &err);
  assert_non_null(x);
  for (int i = 1; i <= 2; i++) {
    assert_false(have_screen());
    TURN_UNTIL(t.loop, t.away == i);
    assert_true(external_away(x));
    assert_true(have_screen());
    assert_string_equal(external_name(x), "sh");
    external_return(x);
  }
  TURN_UNTIL(t.loop, t.done == 1);
  assert_string_equal(buf_text(&t.text), "two");
  assert_int_equal(files_left(), 0);
}

static void giving_up_leaves_nothing(void **state) {
  (void)state;
  struct err err = ERR_INIT;
  setenv("EDITOR", "sh -c 'kill -STOP $$'", 1);
  struct external *x = start("text", &err);
  assert_non_null(x);
  TURN_UNTIL(t.loop, t.away == 1);
  external_end(x, false);
  siginfo_t info;
  TURN_UNTIL(t.loop, waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0); /* it ended and was reaped */
  assert_int_equal(files_left(), 0);
  assert_int_equal(t.done, 0);
  assert_true(have_screen());
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_is_saved_comes_back, set_up, tear_down),
      cmocka_unit_test_setup_teardown(the_file_is_private, set_up, tear_down),
      cmocka_unit_test_setup_teardown(unchanged_is_told, set_up, tear_down),
      cmocka_unit_test_setup_teardown(an_added_newline_is_no_change, set_up, tear_down),
      cmocka_unit_test_setup_teardown(failure_keeps_the_text, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_kill_keeps_what_was_saved, set_up, tear_down),
      cmocka_unit_test_setup_teardown(odd_files_are_not_read, set_up, tear_down),
      cmocka_unit_test_setup_teardown(leftovers_go, set_up, tear_down),
      cmocka_unit_test_setup_teardown(visual_comes_first, set_up, tear_down),
      cmocka_unit_test_setup_teardown(none_is_a_sentence, set_up, tear_down),
      cmocka_unit_test_setup_teardown(stopping_gives_the_screen_back, set_up, tear_down),
      cmocka_unit_test_setup_teardown(giving_up_leaves_nothing, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
