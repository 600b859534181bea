/* Finding in an open message: how it goes on, where it begins, and that it speaks of the whole body. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "screen.h"

static void open_text(struct screen *s, struct buf *body) {
  screen_open(s, 80, 24);
  screen_flow(s, &(struct script){.method = "GET",
                                  .host = "shop.test",
                                  .path = "/",
                                  .status = 200,
                                  .reason = "OK",
                                  .response_fields = "Content-Type: text/plain\r\n",
                                  .response_body = buf_text(body),
                                  .ms = 3});
  screen_turn(s);
  screen_keys(s, "Enter");
}

static void find(void **state) {
  struct screen s;
  struct buf body = BUF_INIT;
  (void)state;
  for (int i = 0; i < 3000; i++)
    buf_printf(&body, "line %d %s\n", i, i % 1000 == 700 ? "Needle" : "hay");
  open_text(&s, &body);
  screen_keys(&s, "/");
  screen_type(&s, "needle");
  assert_true(screen_has(&s, "1 of 3"));
  assert_true(screen_has(&s, "line 700 Needle"));
  screen_keys(&s, "Enter n");
  assert_true(screen_has(&s, "line 1700 Needle"));
  assert_true(screen_has(&s, "2 of 3"));
  screen_keys(&s, "n n");
  assert_true(screen_has(&s, "line 700 Needle"));
  screen_keys(&s, "N");
  assert_true(screen_has(&s, "line 2700 Needle"));
  screen_keys(&s, "/");
  screen_type(&s, "NEEDLE");
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "not found"));
  screen_keys(&s, "G");
  assert_true(screen_has(&s, "line 2999 hay"));
  screen_keys(&s, "g g");
  assert_true(screen_has(&s, "HTTP/1.1 200 OK"));
  buf_clear(&body);
  screen_close(&s);
}

/* Only the first megabyte is decoded when a message is opened; "not found" is said of all of it. */
static void beyond_the_first_part(void **state) {
  struct screen s;
  struct buf body = BUF_INIT;
  (void)state;
  for (int i = 0; i < 400000; i++)
    buf_printf(&body, "line %d\n", i);
  open_text(&s, &body);
  screen_keys(&s, "/");
  screen_type(&s, "line 399999");
  for (int turns = 0; turns < 10000 && screen_has(&s, "searching"); turns++)
    screen_turn(&s);
  assert_true(screen_has(&s, "1 of 1"));
  screen_keys(&s, "Enter"); /* nothing begins anew */
  assert_true(screen_has(&s, "1 of 1"));
  assert_true(screen_has(&s, "line 399998"));
  buf_clear(&body);
  screen_close(&s);
}

/* Each letter looks from where one was when / was pressed, not from where the letters before it led. */
static void letters_do_not_wander(void **state) {
  struct screen s;
  struct buf body = BUF_INIT;
  (void)state;
  for (int i = 0; i < 300; i++)
    buf_printf(&body, "line %d %s\n", i, i == 100 ? "ab" : i == 200 ? "abc" : i == 250 ? "ab" : "");
  open_text(&s, &body);
  screen_keys(&s, "/");
  screen_type(&s, "abc");
  assert_true(screen_has(&s, "line 200 abc"));
  screen_keys(&s, "Backspace");
  assert_true(screen_has(&s, "line 100 ab"));
  screen_keys(&s, "Esc");
  assert_true(screen_has(&s, "HTTP/1.1 200 OK"));
  buf_clear(&body);
  screen_close(&s);
}

static void regular_expressions(void **state) {
  struct screen s;
  struct buf body = BUF_INIT;
  (void)state;
  for (int i = 0; i < 3000; i++)
    buf_printf(&body, "line %d %s\n", i, i % 1000 == 700 ? "Needle42" : "hay");
  open_text(&s, &body);
  screen_keys(&s, "/");
  screen_type(&s, "re:needle\\d+$");
  assert_true(screen_has(&s, "1 of 3"));
  assert_true(screen_has(&s, "line 700 Needle42"));
  screen_keys(&s, "Enter n");
  assert_true(screen_has(&s, "line 1700 Needle42"));
  screen_keys(&s, "/");
  screen_type(&s, "re:needle[A-Z]");
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "not found"));
  screen_keys(&s, "/");
  screen_type(&s, "re:(needle");
  assert_true(screen_has(&s, "not a regular expression"));
  screen_keys(&s, "Esc");
  buf_clear(&body);
  screen_close(&s);
}

/* A line so long that it is shown in pieces: what lies across two of them is found too. */
static void across_pieces_of_a_line(void **state) {
  struct screen s;
  struct buf body = BUF_INIT;
  (void)state;
  for (int i = 0; i < 300000; i++)
    buf_printf(&body, "%06d", i);
  open_text(&s, &body);
  screen_keys(&s, "/");
  screen_type(&s, "016383016384016385016386"); /* 98,304 is where a piece ends */
  for (int turns = 0; turns < 10000 && screen_has(&s, "searching"); turns++)
    screen_turn(&s);
  assert_true(screen_has(&s, "1 of 1"));
  assert_true(screen_has(&s, "016384016385"));
  buf_clear(&body);
  screen_close(&s);
}

static void values_among_bytes(void **state) {
  struct screen s;
  struct buf body = BUF_INIT;
  (void)state;
  for (int i = 0; i < 100000; i++)
    buf_printf(&body, "%d %s", i, i % 30000 == 20000 ? "ftypisom" : "");
  open_text(&s, &body);
  screen_keys(&s, "x /");
  screen_type(&s, "66 74 79 70");
  assert_true(screen_has(&s, "1 of 3"));
  screen_keys(&s, "Enter n");
  assert_true(screen_has(&s, "2 of 3"));
  screen_keys(&s, "/");
  screen_type(&s, "TYPISOM");
  assert_true(screen_has(&s, "not found"));
  screen_keys(&s, "Esc /");
  screen_type(&s, "typisom");
  assert_true(screen_has(&s, " of 3"));
  screen_keys(&s, "Esc /");
  screen_type(&s, "re:f.*?m[0-9]");
  assert_true(screen_has(&s, " of 3"));
  buf_clear(&body);
  screen_close(&s);
}

/* JSON is looked through by its bytes; blanks behind its end are no line, and end the search all the same. */
static void blanks_behind_the_end(void **state) {
  struct screen s;
  struct buf body = BUF_INIT;
  (void)state;
  buf_add_text(&body, "{\"name\":[\"needle\",1]}");
  for (int i = 0; i < 1000000; i++)
    buf_add_byte(&body, ' ');
  open_text(&s, &body);
  screen_keys(&s, "/");
  screen_type(&s, "needle");
  for (int turns = 0; turns < 10000 && screen_has(&s, "searching"); turns++)
    screen_turn(&s);
  assert_true(screen_has(&s, "1 of 1"));
  assert_false(screen_has(&s, "searching"));
  buf_clear(&body);
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(find),
      cmocka_unit_test(beyond_the_first_part),
      cmocka_unit_test(letters_do_not_wander),
      cmocka_unit_test(regular_expressions),
      cmocka_unit_test(blanks_behind_the_end),
      cmocka_unit_test(across_pieces_of_a_line),
      cmocka_unit_test(values_among_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
