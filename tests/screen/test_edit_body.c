/* The body in the editor as a whole: through a command, laid out anew, a marked part of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/ui_state.h"

static void edit(struct screen *s, const char *type, const char *body) {
  char fields[100];
  screen_open(s, 100, 24);
  snprintf(fields, sizeof fields, "Content-Type: %s\r\n", type);
  screen_flow(s, &(struct script){.method = "POST", .host = "api.test", .path = "/", .fields = fields, .body = body});
  screen_turn(s);
  screen_keys(s, "e");
}

static void through(struct screen *s, const char *line) {
  screen_keys(s, "Alt-!");
  screen_type(s, line);
  screen_keys(s, "Enter");
}

static void output_takes_the_bodys_place(void **state) {
  struct screen s;
  (void)state;
  edit(&s, "text/plain", "cheap\nprice");
  through(&s, "tr a-z A-Z; echo more");
  screen_until(&s, "bytes have become");
  assert_has(&s, "CHEAP");
  assert_has(&s, "PRICEmore");
  assert_has(&s, "Host: api.test"); /* the head was not given away */
  screen_keys(&s, "Alt-U");
  assert_has(&s, "cheap");
  assert_false(screen_has(&s, "more"));
  screen_keys(&s, "Alt-U");
  assert_has(&s, "unchanged"); /* it was one step */
  screen_close(&s);
}

static void failure_changes_nothing(void **state) {
  struct screen s;
  (void)state;
  edit(&s, "text/plain", "cheap");
  through(&s, "echo other; echo no such thing >&2; exit 5");
  screen_until(&s, "it ended with status 5; nothing was changed: no such thing");
  assert_has(&s, "cheap");
  assert_false(screen_has(&s, "other"));
  assert_has(&s, "unchanged");
  screen_close(&s);
}

static void the_text_waits_for_the_command(void **state) {
  struct screen s;
  (void)state;
  edit(&s, "text/plain", "cheap");
  through(&s, "exec sleep 100");
  screen_until(&s, "runs: exec sleep 100");
  screen_type(&s, "x");
  assert_has(&s, "a command has this text; Esc ends it");
  screen_keys(&s, "Ctrl-S");
  assert_string_equal(s.ui->top->ops->name, "editor");
  screen_keys(&s, "Esc");
  screen_until(&s, "was ended by you; nothing was changed");
  assert_has(&s, "unchanged");
  through(&s, "exec sleep 100");
  screen_until(&s, "runs: exec");
  screen_wait(&s, 31 * CLOCK_S);
  screen_until(&s, "took more than 30 s; nothing was changed");
  screen_close(&s); /* and one that still runs goes with its draft */
  edit(&s, "text/plain", "cheap");
  through(&s, "exec sleep 100");
  screen_until(&s, "runs: exec");
  screen_close(&s);
}

/* A view that is left does not take the result away. */
static void it_comes_back_into_a_draft(void **state) {
  struct screen s;
  (void)state;
  edit(&s, "text/plain", "cheap");
  through(&s, "sleep 0.05; tr a-z A-Z");
  screen_keys(&s, "F7");
  assert_string_equal(s.ui->top->ops->name, "log");
  screen_until(&s, "5 bytes have become 5");
  screen_keys(&s, "F2 e");
  assert_has(&s, "CHEAP");
  screen_close(&s);
}

static void a_marked_part_alone(void **state) {
  struct screen s;
  (void)state;
  edit(&s, "text/plain", "one two three");
  screen_keys(&s, "Tab Right Right Right Right Alt-A Right Right Right");
  through(&s, "tr a-z A-Z");
  screen_until(&s, "3 bytes have become 3");
  assert_has(&s, "one TWO three");
  screen_keys(&s, "Alt-U Home Alt-A Right Right Right Ctrl-K End Ctrl-U");
  assert_has(&s, " two threeone");
  screen_close(&s);
}

static void json_is_laid_out(void **state) {
  struct screen s;
  (void)state;
  edit(&s, "application/json", "{\"price\":1.0,\"tags\":[]}");
  screen_keys(&s, "Alt-F");
  assert_has(&s, "indented; only white space has changed");
  assert_has(&s, "  \"price\": 1.0,\n");
  screen_keys(&s, "Alt-F");
  assert_has(&s, "compact; Alt-F indents it");
  assert_has(&s, "{\"price\":1.0,\"tags\":[]}");
  screen_keys(&s, "Alt-U Alt-U");
  assert_has(&s, "unchanged");
  screen_close(&s);
}

static void what_is_not_valid_stays(void **state) {
  struct screen s;
  (void)state;
  edit(&s, "application/json", "{\n\"price\": 1 \"b\": 2}");
  screen_keys(&s, "Alt-F");
  assert_has(&s, "not laid out: a comma or } is expected here");
  assert_int_equal(terminal_fake_screen(s.t)->cursor_x, 18); /* the cursor is at the fault */
  assert_has(&s, "unchanged");
  screen_close(&s);
  edit(&s, "application/x-www-form-urlencoded", "a=1&b=2");
  screen_keys(&s, "Alt-F");
  assert_has(&s, "not laid out: form has no white space that could be changed");
  screen_close(&s);
}

static void the_check_says_what_is_sent(void **state) {
  static const int size[][2] = {{120, 36}, {80, 24}};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    struct screen s;
    char name[40];
    edit(&s, "application/json\r\nContent-Length: 40", "{\n  \"user\": \"ann\",\n  \"password\": \"bad\"\n}");
    terminal_fake_resize(s.t, size[i][0], size[i][1]);
    screen_turn(&s);
    assert_has(&s, "JSON valid; UTF-8, no BOM");
    screen_keys(&s, "Alt-R =b =a =d Enter =s =e =c =r =e =t Enter");
    snprintf(name, sizeof name, "edit_check_%dx%d", size[i][0], size[i][1]);
    screen_golden(&s, name);
    screen_keys(&s, "Tab Delete");
    assert_has(&s, "nothing may follow the value (line 7 column 9)");
    screen_close(&s);
  }
}

static void the_check_knows_text(void **state) {
  struct screen s;
  (void)state;
  edit(&s, "text/plain", "\xef\xbb\xbfx");
  assert_has(&s, "UTF-8, with a BOM");
  screen_close(&s);
  edit(&s, "text/plain", "caf\xe9 and more of it");
  assert_has(&s, "not UTF-8");
  screen_close(&s);
}

static void fields_are_completed(void **state) {
  struct screen s;
  (void)state;
  edit(&s, "text/plain\r\nX-Debug: often seen", "x");
  screen_keys(&s, "Down Down Down End Enter");
  screen_type(&s, "x-de");
  screen_keys(&s, "Tab");
  assert_has(&s, "5 + X-Debug:");
  screen_keys(&s, "Tab"); /* and the value that it had elsewhere */
  assert_has(&s, "5 + X-Debug: often seen");
  screen_keys(&s, "Enter");
  screen_type(&s, "acc");
  screen_keys(&s, "Tab");
  assert_has(&s, "Accept   Accept-Encoding   Accept-Language");
  assert_has(&s, "6 + Accept");
  screen_keys(&s, "Ctrl-K Tab"); /* else it goes to the body */
  assert_has(&s, "line 7 col 1");
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(output_takes_the_bodys_place),
      cmocka_unit_test(failure_changes_nothing),
      cmocka_unit_test(the_text_waits_for_the_command),
      cmocka_unit_test(it_comes_back_into_a_draft),
      cmocka_unit_test(a_marked_part_alone),
      cmocka_unit_test(json_is_laid_out),
      cmocka_unit_test(what_is_not_valid_stays),
      cmocka_unit_test(the_check_says_what_is_sent),
      cmocka_unit_test(the_check_knows_text),
      cmocka_unit_test(fields_are_completed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
