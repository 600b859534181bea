/* A text looked for in all flows: where it is, how often, and the way there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/search.h"
#include "ui/ui_state.h"
#include "weir/body/decode.h"

static void open_flows(struct screen *s, int width, int height) {
  static const struct script scripts[] = {
      {.method = "GET", .host = "shop.test", .path = "/a", .status = 200, .reason = "OK", .response_body = "nothing"},
      {.method = "POST", .host = "shop.test", .path = "/b", .body = "my Token here", .status = 200, .reason = "OK"},
      {.method = "GET", .host = "shop.test", .path = "/c?token=1", .status = 200, .reason = "OK"},
      {.method = "GET",
       .host = "shop.test",
       .path = "/d",
       .fields = "X-Auth: token abc\r\n",
       .status = 200,
       .reason = "OK"},
      {.method = "GET",
       .host = "shop.test",
       .path = "/e",
       .status = 200,
       .reason = "OK",
       .response_body = "a TOKEN too"},
  };
  screen_open(s, width, height);
  for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
    screen_flow(s, &scripts[i]);
  screen_keys(s, "g g");
}

/* Find text in any body and see the place: as many keys as the text has letters, and two. */
static void task_find_text(void **state) {
  struct screen s;
  (void)state;
  open_flows(&s, 120, 36);
  screen_keys(&s, "/");
  screen_type(&s, "my token");
  screen_keys(&s, "Enter");
  assert_int_equal(s.ui->cursor, 2);
  assert_true(screen_has(&s, "my Token here")); /* in the preview */
  screen_close(&s);
}

static void all_parts(void **state) {
  struct screen s;
  (void)state;
  open_flows(&s, 120, 36);
  screen_keys(&s, "/");
  screen_type(&s, "token");
  screen_golden(&s, "search_120x36");
  assert_true(screen_has(&s, "1 of 4 in 4 flows: #2 request body"));
  screen_keys(&s, "Enter"); /* the line is closed, the place still said */
  assert_true(screen_has(&s, "/token  1 of 4 in 4 flows: #2 request body"));
  screen_keys(&s, "n");
  assert_int_equal(s.ui->cursor, 3);
  assert_true(screen_has(&s, "#3 URL"));
  screen_keys(&s, "n n");
  assert_int_equal(s.ui->cursor, 5);
  screen_keys(&s, "n"); /* round the end */
  assert_int_equal(s.ui->cursor, 2);
  screen_keys(&s, "N");
  assert_int_equal(s.ui->cursor, 5);
  screen_close(&s);
}

static void nothing_found(void **state) {
  struct screen s;
  (void)state;
  open_flows(&s, 80, 24);
  screen_keys(&s, "3 G /");
  screen_type(&s, "tokenx");
  assert_true(screen_has(&s, "not found"));
  screen_keys(&s, "Esc");
  assert_int_equal(s.ui->cursor, 3); /* where one was */
  assert_null(s.ui->search);
  screen_keys(&s, "/");
  screen_type(&s, "tokenx");
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "/tokenx  not found"));
  screen_close(&s);
}

static void patterns(void **state) {
  struct screen s;
  (void)state;
  open_flows(&s, 120, 36);
  screen_keys(&s, "/");
  screen_type(&s, "re:token.*(abc|too)");
  assert_true(screen_has(&s, "1 of 2 in 2 flows"));
  assert_int_equal(s.ui->cursor, 4);
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, "re:(");
  assert_false(screen_has(&s, "2 flows"));
  screen_keys(&s, "Esc");
  screen_close(&s);
}

/* What has left the list is not gone to. */
static void removed(void **state) {
  struct screen s;
  (void)state;
  open_flows(&s, 120, 36);
  screen_keys(&s, "/");
  screen_type(&s, "token");
  screen_keys(&s, "Enter 3 G d 2 G n");
  assert_int_equal(s.ui->cursor, 4);
  assert_true(screen_has(&s, "in 3 flows"));
  screen_close(&s);
}

/* A search over many flows is done in slices: keys and paints go on between. */
static void many_flows(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  for (int i = 0; i < 3000; i++) {
    char path[32];
    snprintf(path, sizeof path, "/p%d", i);
    screen_flow(&s,
                &(struct script){.method = "GET", .host = "shop.test", .path = path, .status = 200, .reason = "OK"});
  }
  screen_keys(&s, "g g /");
  screen_type(&s, "/p2999");
  screen_turn(&s);
  assert_int_equal(s.ui->cursor, 3000);
  screen_keys(&s, "Enter");
  screen_close(&s);
}

/* A body that takes many slices to look through, in the last row. */
static void open_slow(struct screen *s) {
  struct buf text = BUF_INIT, coded = BUF_INIT;
  memset(buf_reserve(&text, 60u << 20), 'q', 60u << 20);
  text.n = 60u << 20;
  assert_true(body_encode(SLICE("gzip"), buf_slice(&text), &coded, NULL));
  open_flows(s, 120, 36);
  screen_flow(s, &(struct script){.method = "GET",
                                  .host = "shop.test",
                                  .path = "/slow",
                                  .status = 200,
                                  .reason = "OK",
                                  .response_fields = "Content-Encoding: gzip\r\n",
                                  .response_body = coded.p,
                                  .response_body_n = coded.n});
  screen_keys(s, "3 G");
  buf_clear(&text);
  buf_clear(&coded);
}

/* Enter comes before the search is over: how far it is stands there, then what came of it. */
static void enter_before_the_end(void **state) {
  struct screen s;
  unsigned percent;
  (void)state;
  for (int round = 0; round < 2; round++) {
    open_slow(&s);
    terminal_fake_key(s.t, "/");
    for (const char *c = round == 0 ? "too many" : "a token"; *c; c++)
      terminal_fake_key(s.t, (char[]){'=', *c, '\0'});
    terminal_fake_key(s.t, "Enter");
    assert_true(search_busy(s.ui, &percent));
    ui_paint(s.ui);
    assert_has(&s, round == 0 ? "/too many  searching " : "/a token  ");
    assert_has(&s, " of 6");
    for (int turn = 0; turn < 10000 && search_busy(s.ui, &percent); turn++)
      screen_turn(&s);
    assert_has(&s, round == 0 ? "/too many  not found" : "/a token  1 of 1 in 1 flow: #5 response body");
    assert_int_equal(s.ui->cursor, round == 0 ? 3 : 5);
    screen_close(&s);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(task_find_text),
      cmocka_unit_test(all_parts),
      cmocka_unit_test(nothing_found),
      cmocka_unit_test(patterns),
      cmocka_unit_test(removed),
      cmocka_unit_test(many_flows),
      cmocka_unit_test(enter_before_the_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
