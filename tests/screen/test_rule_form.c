/* The form of a rule: made from a flow, filled in with keys and mouse, as text and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/ui_state.h"

static const struct rule *first(const struct screen *s) {
  const struct rule *r = rule_nth(s->w.rules, 0);
  assert_non_null(r);
  return r;
}

static void as_drawn(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "6 G M m");
  screen_golden(&s, "rule_form_120x36");
  terminal_fake_resize(s.t, 80, 24);
  screen_golden(&s, "rule_form_80x24");
  terminal_fake_resize(s.t, 60, 14); /* it was opened with more room: the field that has the focus stays in sight */
  screen_type(&s, "5");
  assert_has(&s, "status        5");
  assert_has(&s, "as text");
  screen_keys(&s, "Up Up Up Up Up Up Up Up");
  assert_has(&s, "[ ] header");
  screen_close(&s);
}

static void filled_in(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "6 G M m");
  screen_type(&s, "500");
  screen_keys(&s, "Tab Tab");
  screen_type(&s, "X-A: b");
  screen_keys(&s, "Tab Ctrl-U");
  screen_type(&s, "gone");
  assert_has(&s, "=> answer 500 application/json with \"X-A: b\" gone");
  screen_keys(&s, "Tab"); /* round to the name */
  screen_type(&s, "mine");
  screen_keys(&s, "Tab Space Tab Space"); /* neither the method nor the host counts */
  assert_has(&s, "would match ");
  screen_keys(&s, "Tab Tab Right"); /* the path: as a beginning */
  screen_keys(&s, "Tab");
  screen_type(&s, "x-id=7");
  screen_keys(&s, "Tab Tab");
  screen_type(&s, "-assets");
  screen_keys(&s, "Tab Space"); /* next */
  screen_keys(&s, "Tab Ctrl-U");
  screen_type(&s, "2");
  screen_keys(&s, "Ctrl-S");
  assert_string_equal(first(&s)->text,
                      "[mine] path=/login* header:x-id=7 -assets next 2 => answer 500 application/json "
                      "with \"X-A: b\" gone");
  screen_close(&s);
}

static void what_is_wrong_is_said(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "6 G M m");
  screen_type(&s, "99");
  assert_has(&s, "a status has three digits");
  screen_keys(&s, "Enter");
  assert_has(&s, "a status has three digits");
  assert_int_equal(rule_count(s.w.rules), 0);
  screen_type(&s, "9");
  screen_keys(&s, "Enter");
  assert_int_equal(rule_count(s.w.rules), 1);
  screen_keys(&s, "M d Esc");
  assert_int_equal(s.ui->rules.line.n, 1);
  screen_keys(&s, "M d");
  screen_type(&s, "7s");
  screen_keys(&s, "Esc");
  assert_has(&s, "no rule was made");
  assert_int_equal(s.ui->rules.line.n, 2);
  assert_int_equal(rule_count(s.w.rules), 1);
  screen_close(&s);
}

static void another_action(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "6 G M d");
  assert_has(&s, "(•) delay");
  screen_type(&s, "3s");
  screen_keys(&s, "Shift-Tab Right"); /* of the request */
  assert_has(&s, "=> delay request 3s");
  screen_keys(&s, "Shift-Tab =t"); /* the first letter */
  assert_has(&s, "=> throttle 3g");
  screen_keys(&s, "Left");
  assert_has(&s, "=> delay request 3s");
  screen_close(&s);
}

static void reach(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "6 G M d Alt-H");
  assert_has(&s, "as text  host=");
  screen_keys(&s, "Alt-A");
  assert_has(&s, "as text  * => delay 1s");
  screen_keys(&s, "Alt-A");
  assert_has(&s, " path=");
  screen_keys(&s, "Alt-A");
  screen_type(&s, "5s"); /* what was offered is still there to be typed over */
  screen_keys(&s, "Enter");
  assert_string_equal(first(&s)->text, "* => delay 5s");
  screen_close(&s);
}

/* Which of both it is stays for the next one. */
static void as_text_and_back(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "6 G M d");
  screen_type(&s, "2s");
  screen_keys(&s, "Alt-T");
  assert_has(&s, "rule: POST host=");
  screen_keys(&s, "Backspace");
  screen_type(&s, "7s");
  screen_keys(&s, "Alt-T");
  assert_has(&s, "(•) delay");
  assert_has(&s, "=> delay 27s");
  screen_keys(&s, "Alt-T");
  screen_type(&s, "x");
  screen_keys(&s, "Home");
  screen_type(&s, "((( "); /* nothing that was typed is thrown away */
  screen_keys(&s, "Alt-T");
  assert_has(&s, "rule: (((");
  assert_has(&s, "no form of this yet");
  screen_keys(&s, "Esc M b");
  assert_has(&s, "rule: POST host=");
  screen_close(&s);
}

static void changed_in_the_list(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  assert_int_not_equal(rule_add(s.w.rules, "[foo] off path:/a | path:/b => tag one", RULE_AT_END, NULL), 0);
  screen_keys(&s, "F5 e");
  assert_has(&s, "and       path:/a | path:/b");
  screen_type(&s, "s");
  screen_keys(&s, "Enter");
  assert_string_equal(first(&s)->text, "[foo] off path:/a | path:/b => tag ones");
  screen_keys(&s, "u");
  assert_string_equal(first(&s)->action, "tag one");
  screen_close(&s);
}

static void by_mouse(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "6 G M d mouse:1,12,4"); /* the method's tick */
  assert_has(&s, "[ ] method");
  screen_keys(&s, "mouse:1,83,6"); /* the path begins with it */
  assert_has(&s, "path=/login* => delay 1s");
  screen_keys(&s, "mouse:1,40,8"); /* the body's line */
  screen_type(&s, "\"a b\"");
  assert_has(&s, "body:\"a b\" => delay 1s");
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(as_drawn),
      cmocka_unit_test(filled_in),
      cmocka_unit_test(what_is_wrong_is_said),
      cmocka_unit_test(another_action),
      cmocka_unit_test(reach),
      cmocka_unit_test(as_text_and_back),
      cmocka_unit_test(by_mouse),
      cmocka_unit_test(changed_in_the_list),
  };
  return cmocka_run_group_tests_name("rule_form", tests, NULL, NULL);
}
