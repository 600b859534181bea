/* Bodies laid out anew: JSON token by token, and where it stops being JSON; others but for white space the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/body/format.h"

static void assert_laid_out(const char *in, enum body_kind kind, enum body_layout layout, const char *expected) {
  struct buf out = BUF_INIT;
  struct err err = ERR_INIT;
  if (!body_format(slice_of(in), kind, layout, &out, &err))
    fail_msg("%s: %s at %zu", in, err.text, err.at);
  assert_string_equal(buf_text(&out), expected);
  buf_clear(&out);
}

static void json_is_indented(void **state) {
  (void)state;
  assert_laid_out("{\"b\":1.50,\"a\":[1,{}, [ ]],\"b\":\"\\u00e9\"}", BODY_JSON, BODY_INDENTED,
                  "{\n  \"b\": 1.50,\n  \"a\": [\n    1,\n    {},\n    []\n  ],\n  \"b\": \"\\u00e9\"\n}");
  assert_laid_out(" 12345678901234567890123 ", BODY_JSON, BODY_INDENTED, "12345678901234567890123");
  assert_laid_out("[[1]]", BODY_JSON, BODY_INDENTED, "[\n  [\n    1\n  ]\n]");
}

static void json_is_made_compact(void **state) {
  (void)state;
  assert_laid_out("{ \"a\" : [ 1 , \"x y\" ] ,\n\"b\" : null }\n", BODY_JSON, BODY_COMPACT,
                  "{\"a\":[1,\"x y\"],\"b\":null}");
}

static void assert_fault(const char *in, size_t at, const char *words) {
  struct buf out = BUF_INIT;
  struct err err = ERR_INIT;
  if (body_format(slice_of(in), BODY_JSON, BODY_INDENTED, &out, &err))
    fail_msg("%s was taken", in);
  if (err.at != at || strstr(err.text, words) == NULL)
    fail_msg("%s: \"%s\" at %zu, not \"%s\" at %zu", in, err.text, err.at, words, at);
  buf_clear(&out);
}

static void faults_have_their_place(void **state) {
  (void)state;
  assert_fault("", 0, "no value");
  assert_fault("{\"a\":1", 6, "before its last }");
  assert_fault("[1", 2, "before its last ]");
  assert_fault("{\"a\" 1}", 5, "colon");
  assert_fault("{\"a\":1 \"b\":2}", 7, "comma or }");
  assert_fault("[1 2]", 3, "comma or ]");
  assert_fault("[1,]", 3, "value is expected");
  assert_fault("{\"a\":1,}", 7, "behind the comma");
  assert_fault("{a:1}", 1, "name in quotes");
  assert_fault("[tru]", 1, "value is expected");
  assert_fault("truex", 4, "nothing may follow");
  assert_fault("01", 0, "leading zero");
  assert_fault("-", 1, "digit");
  assert_fault("1.", 2, "point");
  assert_fault("1e+", 3, "exponent");
  assert_fault("\"a", 2, "not closed");
  assert_fault("\"a\nb\"", 2, "not closed on its line");
  assert_fault("\"\\x\"", 2, "no such escape");
  assert_fault("\"\\u12g4\"", 5, "four hexadecimal");
  assert_fault("{} {}", 3, "nothing may follow");
  assert_fault("[1}", 2, "comma or ]");
  assert_fault("'a'", 0, "value is expected");
}

static void lines_of_json_stay_lines(void **state) {
  struct buf out = BUF_INIT;
  struct err err = ERR_INIT;
  (void)state;
  assert_laid_out("{ \"a\": 1 }\n[ 2 ]\n", BODY_NDJSON, BODY_INDENTED, "{\"a\":1}\n[2]\n");
  assert_false(body_format(SLICE("[1]\n[2,]\n"), BODY_NDJSON, BODY_INDENTED, &out, &err));
  assert_int_equal(err.at, 7);
  buf_clear(&out);
}

static void markup_keeps_its_text(void **state) {
  (void)state;
  assert_laid_out("<a><b>x</b><c/></a>", BODY_XML, BODY_INDENTED, "<a>\n  <b>x</b>\n  <c/>\n</a>");
}

/* Where white space means something nothing is changed. */
static void others_are_refused(void **state) {
  struct buf out = BUF_INIT;
  struct err err = ERR_INIT;
  (void)state;
  assert_false(body_format(SLICE("a=1&b=2"), BODY_FORM, BODY_INDENTED, &out, &err));
  assert_string_equal(err.text, "form has no white space that could be changed");
  assert_false(body_format(SLICE("<a/>"), BODY_XML, BODY_COMPACT, &out, &err));
  assert_false(body_format(SLICE(""), BODY_EMPTY, BODY_INDENTED, &out, &err));
  buf_clear(&out);
}

/* Depth costs memory, never the stack. */
static void depth_is_no_danger(void **state) {
  struct buf in = BUF_INIT, out = BUF_INIT;
  struct err err = ERR_INIT;
  (void)state;
  for (int i = 0; i < 200000; i++)
    buf_add_byte(&in, '[');
  assert_false(body_format(buf_slice(&in), BODY_JSON, BODY_COMPACT, &out, &err));
  assert_string_equal(err.text, "this is nested too deep");
  buf_clear(&in);
  buf_clear(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(json_is_indented),        cmocka_unit_test(json_is_made_compact),
      cmocka_unit_test(faults_have_their_place), cmocka_unit_test(lines_of_json_stay_lines),
      cmocka_unit_test(markup_keeps_its_text),   cmocka_unit_test(others_are_refused),
      cmocka_unit_test(depth_is_no_danger),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
