/* Tokens are found where they are and nowhere else, and read without being believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/body/jwt.h"

#define HEAD   "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9" /* {"alg":"HS256","typ":"JWT"} */
#define CLAIMS "eyJzdWIiOiI3IiwiZXhwIjoxNzk1NDM1MjY5LCJvayI6eyJleHAiOjF9LCJpYXQiOjE3OTU0MzUyMDl9" /* see below */
#define NONE   "eyJhbGciOiJub25lIn0"

static void add(void *arg, const struct body_line *line) {
  buf_add_slice(arg, buf_slice(&line->text));
  buf_add_byte(arg, '\n');
}

static void reads(const char *token, int64_t now, const char *want) {
  struct buf out = BUF_INIT;
  jwt_read(slice_of(token), now, add, &out);
  assert_string_equal(buf_text(&out), want);
  buf_clear(&out);
}

static void tokens_are_found(void **state) {
  (void)state;
  struct slice token;
  static const char *const in[][2] = {
      {"Bearer " HEAD "." CLAIMS ".c2ln", HEAD "." CLAIMS ".c2ln"},
      {"\"token\": \"" NONE ".e30.\",", NONE ".e30."},
      {"eyJx eyJhbGciOi.J9.abc " HEAD "." CLAIMS ".c2ln;x", HEAD "." CLAIMS ".c2ln"},
      {HEAD ".a.b.c.d", HEAD ".a.b.c.d"},
  };
  static const char *const out[] = {
      "", "eyJ", HEAD, HEAD "." CLAIMS, HEAD ".a.b.c", "x" HEAD ".a.b", HEAD "..", "eyJub3QganNvbg.a.b"};
  for (size_t i = 0; i < sizeof in / sizeof *in; i++) {
    assert_true(jwt_find(slice_of(in[i][0]), &token));
    assert_true(slice_eq(token, slice_of(in[i][1])));
  }
  for (size_t i = 0; i < sizeof out / sizeof *out; i++)
    if (jwt_find(slice_of(out[i]), &token))
      fail_msg("%s", out[i]);
}

static void parts_and_times_are_told(void **state) {
  (void)state;
  reads(HEAD "." CLAIMS ".c2ln", 1795435269 - 7200,
        "header\n"
        "{\n"
        "  \"alg\": \"HS256\",\n"
        "  \"typ\": \"JWT\"\n"
        "}\n"
        "payload\n"
        "{\n"
        "  \"sub\": \"7\",\n"
        "  \"exp\": 1795435269,   2026-11-23 12:01:09 UTC, in 2 hours\n"
        "  \"ok\": {\n"
        "    \"exp\": 1\n"
        "  },\n"
        "  \"iat\": 1795435209   2026-11-23 12:00:09 UTC, in 119 minutes\n"
        "}\n"
        "signature: 3 bytes, not checked\n");
}

static void what_is_over_is_said(void **state) {
  (void)state;
  struct buf out = BUF_INIT;
  jwt_read(SLICE(NONE "." CLAIMS "."), 1795435269 + 3 * 86400, add, &out);
  assert_non_null(strstr(out.p, "\"alg\": \"none\"   not signed\n"));
  assert_non_null(strstr(out.p, "12:01:09 UTC, expired 3 days ago\n"));
  assert_non_null(strstr(out.p, "12:00:09 UTC, 3 days ago\n"));
  assert_non_null(strstr(out.p, "no signature\n"));
  buf_clear(&out);
}

static void an_encrypted_one_keeps_its_secret(void **state) {
  (void)state;
  reads(NONE ".AAAA.BBBB.CCCCCCCC.DDDD", 0,
        "header\n{\n  \"alg\": \"none\"   not signed\n}\npayload: encrypted, 6 bytes\n");
  reads("what", 0, "header\n\xc2\x16\xad\nnot a token\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tokens_are_found),
      cmocka_unit_test(parts_and_times_are_told),
      cmocka_unit_test(what_is_over_is_said),
      cmocka_unit_test(an_encrypted_one_keeps_its_secret),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
