/* Cookies and dates as they are sent, well and badly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/buf.h"
#include "weir/http/cookie.h"
#include "weir/http/date.h"

static void cookies_of_a_request(void **state) {
  static const char *const rows[][2] = {
      {"a=1; b=2", "[a][1] [b][2] "},
      {"a=\"x y\";b=c=d;", "[a][\"x y\"] [b][c=d] "},
      {"bare; =x;; ", "[][bare] [][x] "},
      {"", ""},
      {" a = 1 ", "[a][1] "},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct slice rest = slice_of(rows[i][0]), name, value;
    struct buf got = BUF_INIT;
    while (http_cookie_next(&rest, &name, &value))
      buf_printf(&got, "[%.*s][%.*s] ", (int)name.n, name.p, (int)value.n, value.p);
    assert_string_equal(buf_text(&got), rows[i][1]);
    buf_clear(&got);
  }
}

static void says(struct slice s, const char *want) {
  assert_true(want == NULL ? s.p == NULL : slice_eq(s, slice_of(want)));
}

static void a_cookie_that_is_set(void **state) {
  (void)state;
  struct http_set_cookie c;
  http_set_cookie_read(
      SLICE("sid=42; path=/; HttpOnly;SECURE ; Max-Age=60; SameSite = Lax; Domain=.a.test; New=x; Path=/b"), &c);
  says(c.name, "sid");
  says(c.value, "42");
  says(c.path, "/b");
  says(c.max_age, "60");
  says(c.same_site, "Lax");
  says(c.domain, ".a.test");
  says(c.expires, NULL);
  says(c.unknown, "New=x");
  assert_true(c.secure && c.http_only && !c.partitioned);
  http_set_cookie_read(SLICE("lonely"), &c);
  says(c.value, "lonely");
  assert_false(c.secure || c.http_only);
  http_set_cookie_read(SLICE(""), &c);
  assert_int_equal(c.name.n + c.value.n, 0);
}

static void dates_in_every_form(void **state) {
  static const char *const same[] = {
      "Mon, 23 Nov 2026 12:01:09 GMT", "Monday, 23-Nov-26 12:01:09 GMT", "Mon Nov 23 12:01:09 2026",
      "Mon, 23-Nov-2026 12:01:09 GMT", "23 nov 2026 12:01:09",
  };
  static const char *const none[] = {"",
                                     "0",
                                     "-1",
                                     "Mon, 23 Nov 2026",
                                     "23 Nov 2026 25:00:00 GMT",
                                     "12:01:09",
                                     "40 Nov 2026 1:2:3",
                                     "23 Nov 2026 1:2:3 1:2:3",
                                     "23 Nov 123456 1:2:3"};
  int64_t seconds;
  (void)state;
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
    assert_true(http_date_read(slice_of(same[i]), &seconds));
    assert_int_equal(seconds, 1795435269);
  }
  for (size_t i = 0; i < sizeof none / sizeof *none; i++)
    if (http_date_read(slice_of(none[i]), &seconds))
      fail_msg("%s", none[i]);
  assert_true(http_date_read(SLICE("Thu, 01 Jan 1970 00:00:00 GMT"), &seconds));
  assert_int_equal(seconds, 0);
  assert_true(http_date_read(SLICE("Tue, 29 Feb 2000 00:00:00 GMT"), &seconds));
  assert_int_equal(seconds, 951782400);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cookies_of_a_request),
      cmocka_unit_test(a_cookie_that_is_set),
      cmocka_unit_test(dates_in_every_form),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
