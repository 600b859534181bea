/* Rules from a file: places of errors, joined lines, and what stays when it is read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/rule/file.h"
#include "weir/rule/intercept.h"

static void load(struct rules *rules, const char *text) {
  struct err err = ERR_INIT;
  if (!rules_load(rules, slice_of(text), &err))
    fail_msg("%s", err.text);
}

static void reads_lines(void **state) {
  struct rules *rules = rules_new();
  (void)state;
  load(rules, "# what the shop says\r\n\n  [a] path:/a => block\r\n[b] path:/b => \\\n  answer 200 text/plain \\\n  "
              "hello\n=> pass");
  assert_int_equal(rule_count(rules), 3);
  assert_string_equal(rule_nth(rules, 0)->name, "a");
  assert_string_equal(rule_nth(rules, 1)->action, "answer 200 text/plain   hello");
  assert_string_equal(rule_nth(rules, 2)->action, "pass");
  assert_true(rule_nth(rules, 2)->from_file);
  load(rules, "");
  assert_int_equal(rule_count(rules), 0);
  rules_free(rules);
}

static void says_where_it_is_wrong(void **state) {
  static const struct {
    const char *text, *says;
  } cases[] = {
      {"=> pass\n# x\nGET => blok\n", "3:8: \"blok\" is no action"},
      {"GET => \\\n  blok", "2:3: \"blok\" is no action"},
      {"GET", "1:4: a rule is FILTER => ACTION"},
      {"GET every 0 => pass", "1:5: how often it acts"},
      {"[x] GET\\\n chance 10 => pass", "2:2: how often it acts"},
      {"GET next 3 times => pass", "1:5: how often it acts"},
  };
  struct rules *rules = rules_new();
  (void)state;
  load(rules, "[a] => pass\n");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct err err = ERR_INIT;
    assert_false(rules_load(rules, slice_of(cases[i].text), &err));
    if (strncmp(err.text, cases[i].says, strlen(cases[i].says)) != 0)
      fail_msg("%s", err.text);
    assert_int_equal(rule_count(rules), 1); /* the last good ones stay */
    assert_string_equal(rule_nth(rules, 0)->name, "a");
  }
  rules_free(rules);
}

static void the_same_line_keeps_its_switch(void **state) {
  struct rules *rules = rules_new();
  (void)state;
  unsigned own = intercept_add(rules, "POST", NULL), typed = rule_add(rules, "[t] => block", RULE_AT_END, NULL);
  load(rules, "[a] => pass\n[b] => pass\n");
  unsigned b = rule_nth(rules, 3)->id;
  rule_switch(rules, b, false);
  load(rules, "[b] => pass\n[c] => pass\n[a] => block\n");
  assert_int_equal(rule_count(rules), 5);
  assert_int_equal(rule_nth(rules, 0)->id, own);
  assert_int_equal(rule_nth(rules, 1)->id, typed);
  assert_int_equal(rule_nth(rules, 2)->id, b);
  assert_false(rule_nth(rules, 2)->on);
  assert_string_equal(rule_nth(rules, 4)->action, "block");
  rules_free(rules);
}

/* Whatever order they were brought into: what a person made beside the file stays behind what it stood behind. */
static void own_rules_keep_their_place(void **state) {
  struct rules *rules = rules_new();
  (void)state;
  load(rules, "[a] => tag a\n[b] => tag b\n[c] => tag c\n");
  rule_add(rules, "[last] => tag x", RULE_AT_END, NULL);
  rule_add(rules, "[second] => tag x", 1, NULL);
  rule_add(rules, "[first] => tag x", 0, NULL);
  load(rules, "[a] => tag a\n[b] => tag b\n[d] => tag d\n");
  static const char *const names[] = {"first", "a", "second", "b", "d", "last"};
  assert_int_equal(rule_count(rules), 6);
  for (size_t i = 0; i < 6; i++)
    assert_string_equal(rule_nth(rules, i)->name, names[i]);
  load(rules, "[b] => tag b\n");
  static const char *const left[] = {"first", "second", "b", "last"};
  assert_int_equal(rule_count(rules), 4);
  for (size_t i = 0; i < 4; i++)
    assert_string_equal(rule_nth(rules, i)->name, left[i]);
  rules_free(rules);
}

static void odd_beginnings_and_comments(void **state) {
  struct rules *rules = rules_new();
  (void)state;
  load(rules, "\xef\xbb\xbf[a] => pass\n# C:\\\n[b] => pass\n");
  assert_int_equal(rule_count(rules), 2);
  assert_string_equal(rule_nth(rules, 0)->name, "a");
  assert_string_equal(rule_nth(rules, 1)->name, "b");
  rules_free(rules);
}

static void what_is_written_reads_the_same(void **state) {
  static const char text[] = "[a] path:/a next 3 => answer 200 text/plain  x \n"
                             "off chance 12.5% seed 7 => delay 2s +-100ms\n"
                             "POST => pause once after 30000ms drop\n"
                             "* every 2 => block reset\n";
  static const char expected[] = "[a] path:/a next 3 => answer 200 text/plain  x\n"
                                 "off * chance 12.5% seed 7 => delay 2s +-100ms\n"
                                 "POST => pause once after 30000ms drop\n"
                                 "* every 2 => block reset\n"
                                 "GET => pause\n";
  struct rules *rules = rules_new(), *again = rules_new();
  struct buf out = BUF_INIT, twice = BUF_INIT;
  (void)state;
  load(rules, text);
  intercept_add(rules, "GET", NULL);
  rules_save(rules, &out);
  assert_string_equal(buf_text(&out), expected);
  load(again, buf_text(&out));
  rules_save(again, &twice);
  assert_string_equal(buf_text(&twice), expected);
  buf_clear(&out);
  buf_clear(&twice);
  rules_free(rules);
  rules_free(again);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_lines),
      cmocka_unit_test(says_where_it_is_wrong),
      cmocka_unit_test(the_same_line_keeps_its_switch),
      cmocka_unit_test(own_rules_keep_their_place),
      cmocka_unit_test(odd_beginnings_and_comments),
      cmocka_unit_test(what_is_written_reads_the_same),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
