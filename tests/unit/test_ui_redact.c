/* Which values are not for others to see, and that hiding them moves nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/redact.h"

static void names(void **state) {
  (void)state;
  static const char *const secret[] = {"Authorization", "proxy-authorization",  "Cookie",        "SET-COOKIE",
                                       "password",      "newPassword",          "api_key",       "X-Api-Key",
                                       "access_token",  "X-CSRF-Token",         "client_secret", ".user.pin",
                                       "sessionId",     "AWS-Secret-Access-Key"};
  static const char *const open[] = {"",       "Accept",  "author", "tokens",  "session_start",
                                     "pinned", "sidebar", ".a.id",  "cookies", "Content-Length",
                                     "."};
  for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
    if (!redact_is_secret(slice_of(secret[i])))
      fail_msg("%s is secret", secret[i]);
  for (size_t i = 0; i < sizeof open / sizeof *open; i++)
    if (redact_is_secret(slice_of(open[i])))
      fail_msg("%s is no secret", open[i]);
}

static void values(void **state) {
  (void)state;
  static const struct {
    const char *text, *masked;
  } cases[] = {
      {"GET /a?user=ann&token=abc&x=1 HTTP/1.1", "GET /a?user=ann&token=***&x=1 HTTP/1.1"},
      {"/a?token=abc#end", "/a?token=***#end"},
      {"user=ann&password=b%20d", "user=ann&password=*****"},
      {"token=", "token="},
      {"password = my own; one", "password = ***********"},
      {"pin       = 12 34  200 OK ", "pin       = *****  200 OK "},
      {"token = ", "token = "},
      {"{\"user\":\"ann\",\"password\":\"b\\\"d\",\"n\":1}", "{\"user\":\"ann\",\"password\":\"****\",\"n\":1}"},
      {"  \"pin\": 1234,", "  \"pin\": ****,"},
      {"\"token\" : null}", "\"token\" : ****}"},
      {"\"token\": {", "\"token\": {"},
      {"\"secret\": [1]", "\"secret\": [1]"},
      {"\"password\": \"cut of", "\"password\": \"******"},
      {"\"password\": \"ends in \\", "\"password\": \"*********"},
      {"~ body .password \"bad\" -> 7, +X-New", "~ body .password **********, +X-New"},
      {".password is wrong", ".password is wrong"},
      {"token=\xc3\xa9t\xc3\xa9", "token=*****"},
      {"\"token\"", "\"token\""},
      {":", ":"},
      {"=", "="},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[100];
    size_t n = strlen(cases[i].text);
    memcpy(text, cases[i].text, n + 1);
    bool any = redact_mask(text, n);
    assert_string_equal(text, cases[i].masked);
    assert_int_equal(any, strcmp(cases[i].text, cases[i].masked) != 0);
  }
}

/* Whatever the bytes are: nothing beyond them is looked at, and what is masked stays masked. */
static void any_bytes(void **state) {
  (void)state;
  static const char *const pieces[] = {"token", "\"", ":", "=", " ", "\\", ".", "{", "-> ", "&", "\xff", "\n", ", "};
  unsigned seed = 1;
  for (int round = 0; round < 20000; round++) {
    struct buf text = BUF_INIT;
    for (int k = 0; k < 9; k++) {
      seed = seed * 1103515245u + 12345u;
      buf_add_text(&text, pieces[(seed >> 16) % (sizeof pieces / sizeof *pieces)]);
    }
    char *exact = malloc(text.n), *once = malloc(text.n); /* no byte more, for the sanitizer */
    memcpy(exact, text.p, text.n);
    redact_mask(exact, text.n);
    memcpy(once, exact, text.n);
    redact_mask(exact, text.n);
    assert_memory_equal(exact, once, text.n);
    free(exact);
    free(once);
    buf_clear(&text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names),
      cmocka_unit_test(values),
      cmocka_unit_test(any_bytes),
  };
  return cmocka_run_group_tests_name("redact", tests, NULL, NULL);
}
