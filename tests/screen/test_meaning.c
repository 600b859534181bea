/* Where a key or a word could mean something else than one thinks: what is said, and what is not done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/ui_state.h"

#define POST  "POST http://shop.test/login HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 3\r\n\r\nbad"
#define GET   "GET http://shop.test/a HTTP/1.1\r\nHost: shop.test\r\n\r\n"
#define REPLY "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

/* What scrolled away while the list followed is shown before anything is done with it. */
static void out_of_sight(void **state) {
  static const char *const keys[] = {"r", "d", "e", "m", ";", "y u", "y c", "w r", "Enter"};
  struct screen s;
  struct script one = {.method = "GET", .host = "shop.test", .path = "/x", .status = 200, .reason = "OK", .ms = 3};
  (void)state;
  screen_open(&s, 80, 24);
  for (int i = 0; i < 41; i++) {
    screen_flow(&s, &one);
    screen_turn(&s);
  }
  assert_int_equal(s.ui->cursor, 1);
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    s.ui->following = true;
    screen_turn(&s);
    screen_keys(&s, "g x"); /* does nothing but draw again */
    assert_false(screen_has(&s, ">     1 GET"));
    screen_keys(&s, keys[i]);
    assert_true(screen_has(&s, "#1 is selected, it was out of sight: press again"));
    assert_true(screen_has(&s, ">     1 GET"));
    assert_false(s.ui->following);
    assert_true(s.ui->top->ops == &list_view_ops);
  }
  assert_true(screen_has(&s, "flows 41/41"));
  assert_int_equal(s.servers, 0);
  screen_keys(&s, "d");
  assert_true(screen_has(&s, "#1 deleted"));
  s.ui->following = true;
  s.ui->cursor = 2;
  screen_keys(&s, "g x j"); /* moving takes up where the eyes are */
  assert_int_equal(s.ui->cursor, 23);
  screen_keys(&s, "G m");
  assert_true(screen_has(&s, "#41 marked"));
  screen_close(&s);
}

/* Beside an operator of mitmproxy's a method's name is looked for in the URL, as there: that is said. */
static void method_as_a_word(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  screen_shop(&s);
  screen_keys(&s, "i Ctrl-U");
  screen_type(&s, "POST & ~d shop");
  screen_keys(&s, "Enter");
  assert_string_equal(intercept_condition(s.w.rules), "POST & ~d shop");
  assert_true(screen_has(&s, "beside ~ POST means a URL with POST in it; method:POST is the method"));
  screen_keys(&s, "f");
  screen_type(&s, "~s GET");
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "beside ~ GET means a URL with GET in it; method:GET is the method"));
  screen_keys(&s, "f Ctrl-U");
  screen_type(&s, "GET 404");
  screen_keys(&s, "Enter");
  assert_false(screen_has(&s, "means a URL"));
  assert_true(screen_has(&s, " 1/17 "));
  screen_close(&s);
}

/* What is above the limit does not arrive while it is paused: the limit is named. */
static void edit_above_the_limit(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  assert_true(intercept_set(s.w.rules, "~m POST", NULL));
  screen_send(&s, screen_client(&s),
              "POST http://shop.test/a HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 20000000\r\n\r\nab");
  screen_send(&s, screen_client(&s),
              "POST http://shop.test/b HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 2000\r\n\r\nab");
  screen_keys(&s, "e");
  assert_true(screen_has(&s, "the body is longer than --body-limit (16M): only the head can be edited"));
  screen_keys(&s, "Esc j e");
  assert_true(screen_has(&s, "the body is still arriving: only the head can be edited"));
  screen_close(&s);
}

/* What X takes and what u gives back are counted alike; what is paused is in neither. */
static void cleared_and_back(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  assert_true(intercept_set(s.w.rules, "~m POST", NULL));
  for (int i = 0; i < 3; i++) {
    struct peer *c = screen_client(&s);
    screen_send(&s, c, GET);
    screen_send(&s, &s.server[s.servers - 1], REPLY);
  }
  screen_send(&s, screen_client(&s), POST);
  assert_true(screen_has(&s, "1 PAUSED"));
  screen_keys(&s, "X");
  assert_true(screen_has(&s, "3 flows cleared, 1 in flight stays; u brings back"));
  screen_keys(&s, "u");
  assert_true(screen_has(&s, "3 flows are back"));
  assert_true(screen_has(&s, "flows 4/4"));
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(out_of_sight),
      cmocka_unit_test(method_as_a_word),
      cmocka_unit_test(edit_above_the_limit),
      cmocka_unit_test(cleared_and_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
