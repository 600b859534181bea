/* fetch() calls read back, as Chrome and Firefox copy them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "weir/file/fetch_parse.h"

static void parsed(const char *call, const char *message, const char *said) {
  struct buf out = BUF_INIT, told = BUF_INIT;
  struct err err = ERR_INIT;
  assert_true(fetch_is_call(slice_of(call)));
  if (!fetch_parse(slice_of(call), &out, &told, &err))
    fail_msg("%s: %s", call, err.text);
  assert_string_equal(buf_text(&out), message);
  assert_string_equal(buf_text(&told), said);
  buf_clear(&out);
  buf_clear(&told);
}

static void calls_become_messages(void **state) {
  (void)state;
  parsed("fetch(\"http://s.test/a?b=1#c\");", "GET http://s.test/a?b=1 HTTP/1.1\nHost: s.test\n\n", "");
  parsed(
      "fetch(\"https://s.test:8443\", {\n  \"headers\": {\n    \"accept\": \"*/*\",\n    \"x-q\": \"\\\"1\\\"\"\n  },\n"
      "  \"referrer\": \"https://r.test/\",\n  \"body\": \"{\\\"a\\\":\\\"\\\\n\\u00e9\\ud83d\\ude00\\\"}\",\n"
      "  \"method\": \"POST\",\n  \"mode\": \"cors\",\n  \"credentials\": \"include\"\n});\n",
      "POST https://s.test:8443/ HTTP/1.1\nHost: s.test:8443\naccept: */*\nx-q: \"1\"\nReferer: https://r.test/\n"
      "Content-Length: 16\n\n{\"a\":\"\\n\xc3\xa9\xf0\x9f\x98\x80\"}",
      "cookies are the browser's own and not in a fetch(): add them where they matter\n");
  parsed("  await fetch('http://s.test/', { method: 'PUT', headers: { 'X-A': `b` }, body: JSON.stringify({a: [1, "
         "\"}\"]}), })",
         "PUT http://s.test/ HTTP/1.1\nHost: s.test\nX-A: b\n\n",
         "body: it is no text in quotes and was left out; type it\n");
  parsed("const response = await fetch(\"http://s.test/\", {\n  method: \"GET\",\n  headers: [\n    [\"x-a\", "
         "\"b\"],\n  ],\n});\nconsole.log(1);\n",
         "GET http://s.test/ HTTP/1.1\nHost: s.test\nx-a: b\n\n", "");
  parsed("fetch(\"http://s.test/\", {\"headers\": {\"x\": \"a\\r\\nb: c\"}, \"body\": null, \"method\": \"GET\"})",
         "GET http://s.test/ HTTP/1.1\nHost: s.test\nx: a  b: c\n\n", "");
}

static void what_is_none_is_said(void **state) {
  static const char *const bad[][2] = {
      {"fetch(url)", "this fetch() is not understood: a text in quotes is missing"},
      {"fetch(\"http://s.test/", "a \" in this fetch() is not closed"},
      {"fetch(\"http://s.test/\", {\"method\": \"GET\"", "this fetch() is not understood: a : is missing"},
      {"fetch(\"http://s.test/\", {mode: [", "this fetch() has no end"},
      {"fetch(\"http://s.test/\"", "this fetch() is not understood: a ) is missing"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct buf out = BUF_INIT, told = BUF_INIT;
    struct err err = ERR_INIT;
    assert_false(fetch_parse(slice_of(bad[i][0]), &out, &told, &err));
    assert_string_equal(err.text, bad[i][1]);
    assert_int_equal(out.n, 0);
    buf_clear(&told);
  }
  assert_false(fetch_is_call(SLICE("prefetch(1)")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(calls_become_messages),
      cmocka_unit_test(what_is_none_is_said),
  };
  return cmocka_run_group_tests_name("fetch_parse", tests, NULL, NULL);
}
