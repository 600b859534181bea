/* A rule's text into the fields of a form, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ui/rule_form.h"

static void write_back(struct rule_form *f, const char *rule, struct buf *out) {
  rule_form_init(f);
  rule_form_read(f, slice_of(rule));
  rule_form_write(f, out);
}

static void expect(const char *rule, const char *written) {
  struct rule_form f;
  struct buf out = BUF_INIT;
  struct err err = ERR_INIT;
  write_back(&f, rule, &out);
  assert_string_equal(buf_text(&out), written);
  if (!rule_check(buf_slice(&out), &err))
    fail_msg("%s: %s", buf_text(&out), err.text);
  buf_clear(&out);
  rule_form_clear(&f);
}

static void same_again(void **state) {
  static const char *const rules[] = {
      "* => pass",
      "[foo] GET host=api.test path=/api/foo => answer 500 application/json {\"error\":\"boom\"}",
      "GET host=a.test path=/x* => answer 200",
      "path:/x header:x-id=7 body:\"two words\" => block",
      "path:re:/^\\/api\\/v[12]/ => delay request 300ms +-100ms",
      "GET|POST 5xx process:curl => tag seen",
      "[a b] off host=a.test next 3 => set response X-A: \"quoted\"",
      "host=a.test every 5 => fault truncate 100",
      "host=a.test chance 20% seed 7 => fault response reset 0",
      "* => answer 200 with \"A: 1\" with \"B: \\\"2\\\"\" the body",
      "* => answer 200 text/plain with \"A: 1\" @./file",
      "path:\"a => b\" => delay 1s",
      "~u foo & ~m GET => anticache",
      "(a | b) -css => replace response body /(a) b/i \"$1 \\\" x\"",
      "path=/a path=/b => pass",
      "host=\"a b\" => send-to http://127.0.0.1:3000/x keep-host",
      "* => sticky-cookie",
  };
  (void)state;
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
    expect(rules[i], rules[i]);
}

static void in_its_own_order(void **state) {
  (void)state;
  expect("=> pass", "* => pass");
  expect("5xx path=/x GET => pass", "GET path=/x 5xx => pass");
  expect("method:GET and host=a.test & /x once => pass", "GET host=a.test /x next 1 => pass");
}

static void fields(void **state) {
  struct rule_form f;
  struct buf out = BUF_INIT;
  (void)state;
  write_back(&f, "[foo] POST path=/api/* 4xx every 3 => set response X-A: 1", &out);
  assert_string_equal(buf_text(&f.text[FORM_NAME].text), "foo");
  assert_true(f.ticked[FORM_METHOD]);
  assert_string_equal(buf_text(&f.text[FORM_METHOD].text), "POST");
  assert_false(f.ticked[FORM_HOST]);
  assert_int_equal(f.path, PATH_BEGINS);
  assert_string_equal(buf_text(&f.text[FORM_PATH].text), "/api/");
  assert_string_equal(buf_text(&f.text[FORM_ALSO].text), "4xx");
  assert_int_equal(f.limit, LIMIT_EVERY);
  assert_string_equal(buf_text(&f.text[FORM_LIMIT].text), "3");
  assert_int_equal(f.side, SIDE_RESPONSE);
  assert_string_equal(buf_text(&f.text[FORM_HOW].text), "X-A: 1");
  buf_clear(&out);
  rule_form_clear(&f);

  write_back(&f, "* => answer 404 text/plain;charset=utf-8 with \"Retry-After: 5\" with care", &out);
  assert_string_equal(buf_text(&f.text[FORM_STATUS].text), "404");
  assert_string_equal(buf_text(&f.text[FORM_TYPE].text), "text/plain;charset=utf-8");
  buf_clear(&out);
  rule_form_clear(&f);
}

/* What is typed without the marks that the text needs gets them. */
static void typed(void **state) {
  struct rule_form f;
  struct buf out = BUF_INIT;
  (void)state;
  rule_form_init(&f);
  rule_form_read(&f, SLICE("GET path=/x => answer 200"));
  input_set(&f.text[FORM_FIELDS], SLICE("X-A: say \"hi\""));
  input_set(&f.text[FORM_METHOD], SLICE("FOO"));
  f.path = PATH_REGEX;
  f.limit = LIMIT_CHANCE;
  input_set(&f.text[FORM_LIMIT], SLICE("5"));
  input_set(&f.text[FORM_ALSO], SLICE("a | b"));
  rule_form_write(&f, &out);
  assert_string_equal(buf_text(&out),
                      "method:FOO path:re:/\\/x/ (a | b) chance 5% => answer 200 with \"X-A: say \\\"hi\\\"\"");
  assert_true(rule_check(buf_slice(&out), NULL));
  buf_clear(&out);
  rule_form_clear(&f);
}

/* Another action and back: what was typed for the first one is still there. */
static void another_action(void **state) {
  struct rule_form f;
  struct rule_action action;
  struct buf out = BUF_INIT;
  size_t delay = 0, answer = 0;
  (void)state;
  for (size_t i = 0; rule_action(i, &action); i++) {
    delay = strcmp(action.word, "delay") == 0 ? i : delay;
    answer = strcmp(action.word, "answer") == 0 ? i : answer;
    assert_true(i < FORM_ACTIONS);
  }
  rule_form_init(&f);
  rule_form_read(&f, SLICE("* => tag mine"));
  size_t tag = f.action;
  rule_form_choose(&f, delay);
  rule_form_write(&f, &out);
  assert_string_equal(buf_text(&out), "* => delay 1s");
  buf_reset(&out);
  rule_form_choose(&f, answer);
  rule_form_write(&f, &out);
  assert_string_equal(buf_text(&out), "* => answer 200");
  buf_reset(&out);
  rule_form_choose(&f, tag);
  rule_form_write(&f, &out);
  assert_string_equal(buf_text(&out), "* => tag mine");
  buf_clear(&out);
  rule_form_clear(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(same_again), cmocka_unit_test(in_its_own_order), cmocka_unit_test(fields),
      cmocka_unit_test(typed),      cmocka_unit_test(another_action),
  };
  return cmocka_run_group_tests_name("ui_rule_form", tests, NULL, NULL);
}
