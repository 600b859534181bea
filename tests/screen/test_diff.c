/* Two flows beside each other: what differs is found, told apart from noise, and walked over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/ui_state.h"

#define JSON "Content-Type: application/json\r\n"

static void open_pair(struct screen *s, int width, int height) {
  screen_open(s, width, height);
  screen_flow(s, &(struct script){.method = "POST",
                                  .host = "api.shop.test",
                                  .path = "/login",
                                  .fields = JSON "X-One: 1\r\n",
                                  .body = "{\"user\":\"ann\",\"password\":\"bad\"}",
                                  .status = 401,
                                  .reason = "Unauthorized",
                                  .response_fields = "Server: nginx\r\nDate: Mon, 23 Nov 2026 12:01:08 GMT\r\n" JSON,
                                  .response_body = "{\"error\":\"bad credentials\",\"time\":1}",
                                  .ms = 3});
  screen_flow(s,
              &(struct script){.method = "POST",
                               .host = "api.shop.test",
                               .path = "/login",
                               .fields = "X-One: 1\r\n" JSON,
                               .body = "{\"user\":\"ann\",\"password\":\"secret\"}",
                               .status = 200,
                               .reason = "OK",
                               .response_fields = JSON
                               "Date: Mon, 23 Nov 2026 12:01:09 GMT\r\nSet-Cookie: sid=42; Path=/\r\nServer: nginx\r\n",
                               .response_body = "{\"time\":2,\"token\":\"eyJ\",\"user\":\"ann\"}",
                               .ms = 4});
  screen_keys(s, "1 G");
}

static void side_by_side(void **state) {
  struct screen s;
  (void)state;
  open_pair(&s, 120, 36);
  screen_keys(&s, "D");
  assert_true(screen_has(&s, "D on another flow compares it with #1"));
  screen_keys(&s, "j D");
  assert_string_equal(s.ui->top->ops->name, "diff");
  screen_golden(&s, "diff_120x36");
  screen_keys(&s, "n");
  assert_true(screen_has(&s, "change 1 of 4: .password"));
  screen_keys(&s, "q");
  assert_string_equal(s.ui->top->ops->name, "flow list");
  screen_close(&s);
}

static void one_column(void **state) {
  struct screen s;
  (void)state;
  open_pair(&s, 80, 24);
  screen_keys(&s, "D j D \\");
  screen_golden(&s, "diff_80x24");
  screen_close(&s);
  open_pair(&s, 40, 10);
  screen_keys(&s, "D j D n");
  screen_golden(&s, "diff_40x10");
  screen_close(&s);
}

/* The Date differs and says nothing; what one chooses to ignore is no change either. */
static void noise(void **state) {
  struct screen s;
  (void)state;
  open_pair(&s, 120, 36);
  screen_keys(&s, "D j D");
  assert_false(screen_has(&s, "Date: "));
  assert_true(screen_has(&s, "1 left out as noise"));
  screen_keys(&s, ".");
  assert_true(screen_has(&s, "Date: "));
  screen_keys(&s, ". n ,");
  assert_true(screen_has(&s, ".password is noise from now on"));
  assert_false(screen_has(&s, "secret"));
  screen_close(&s);
}

/* Fields and members in another order are no difference; what differs is marked within its line. */
static void order_says_nothing(void **state) {
  struct screen s;
  (void)state;
  open_pair(&s, 120, 36);
  screen_keys(&s, "D j D");
  assert_true(screen_has(&s, "\"password\": \"[bad]\""));
  assert_true(screen_has(&s, "\"time\": [1]"));
  assert_false(screen_has(&s, "~ Server"));
  assert_false(screen_has(&s, "~ X-One"));
  screen_keys(&s, "W");
  assert_true(screen_has(&s, "single characters are marked"));
  screen_keys(&s, "~");
  assert_true(screen_has(&s, "A  #2"));
  screen_keys(&s, "Tab");
  assert_false(screen_has(&s, "Set-Cookie"));
  screen_close(&s);
}

/* A flow sent again is compared with its origin at once. */
static void replay_with_its_origin(void **state) {
  struct screen s;
  (void)state;
  open_pair(&s, 120, 36);
  store_get(s.w.store, 2)->parent = 1;
  screen_keys(&s, "j D");
  assert_string_equal(s.ui->top->ops->name, "diff");
  assert_true(screen_has(&s, "A  #1"));
  screen_close(&s);
}

/* Both stay while they are looked at. */
static void pinned(void **state) {
  struct screen s;
  (void)state;
  open_pair(&s, 120, 36);
  screen_keys(&s, "D j D");
  assert_int_equal(store_get(s.w.store, 1)->pins, 1);
  assert_int_equal(store_get(s.w.store, 2)->pins, 1);
  screen_keys(&s, "q");
  assert_int_equal(store_get(s.w.store, 1)->pins, 0);
  screen_close(&s);
}

/* Bytes that are no text: each row whole on both sides. */
static void bytes_beside_each_other(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  for (int i = 0; i < 2; i++)
    screen_flow(&s, &(struct script){.method = "GET",
                                     .host = "api.shop.test",
                                     .path = "/x",
                                     .status = 200,
                                     .reason = "OK",
                                     .response_fields = "Content-Type: application/octet-stream\r\n",
                                     .response_body = i ? "\1\2\3\4abcdefgh\5\6yz" : "\1\2\3\4abcdefgh\5\6xz",
                                     .response_body_n = 16});
  screen_keys(&s, "1 G D j D");
  assert_true(screen_has(&s, "65 66 67 68 05 06 [78] 7a  |efgh..[xz]|"));
  assert_true(screen_has(&s, "65 66 67 68 05 06 [79] 7a  |efgh..[yz]|"));
  assert_true(screen_has(&s, "response: 1 line differs"));
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(side_by_side),
      cmocka_unit_test(one_column),
      cmocka_unit_test(noise),
      cmocka_unit_test(order_says_nothing),
      cmocka_unit_test(replay_with_its_origin),
      cmocka_unit_test(pinned),
      cmocka_unit_test(bytes_beside_each_other),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
