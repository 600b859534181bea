/* The list itself: its order, its columns, what is selected in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/ui_state.h"

static void command(struct screen *s, const char *line) {
  screen_keys(s, ":");
  screen_type(s, line);
  screen_keys(s, "Enter");
}

/* ---- order ---- */

static void slowest_first(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_turn(&s);
  screen_keys(&s, "s d");
  screen_golden(&s, "sorted_120x36");
  assert_int_equal(s.ui->cursor, filter_index_nth(s.ui->index, 0));
  uint64_t slowest = s.ui->cursor;
  /* A slower one takes its place above; the cursor stays on its flow, and the top stays in sight. */
  struct flow *f = screen_flow(
      &s, &(struct script){.method = "GET", .host = "shop.test", .path = "/slower", .status = 200, .ms = 60000});
  screen_turn(&s);
  assert_int_equal(filter_index_nth(s.ui->index, 0), f->id);
  assert_int_equal(s.ui->cursor, slowest);
  assert_true(screen_has(&s, "/slower"));
  screen_keys(&s, "s d");
  assert_true(screen_has(&s, "shortest first"));
  assert_true(screen_has(&s, "TOOK▲"));
  screen_keys(&s, "u");
  assert_true(screen_has(&s, "TOOK▼"));
  screen_keys(&s, "s n");
  assert_true(screen_has(&s, "sorted by number"));
  assert_false(screen_has(&s, "▼"));
  screen_close(&s);
}

static void sorted_narrow(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  screen_shop(&s);
  screen_turn(&s);
  command(&s, "sort resp.header:content-type");
  assert_true(screen_has(&s, "sorted by resp.header:content-type, from a to z; sn sorts by number again"));
  screen_keys(&s, "s s j");
  screen_golden(&s, "sorted_80x24");
  command(&s, "sort hots");
  assert_true(screen_has(&s, "hots is no field; did you mean host?"));
  screen_close(&s);
}

static void heads_and_following(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_turn(&s);
  screen_keys(&s, "G");
  assert_true(s.ui->following);
  screen_keys(&s, "mouse:1,116,2"); /* TOOK */
  assert_true(screen_has(&s, "TOOK▼"));
  assert_false(s.ui->following);
  screen_keys(&s, "G");
  assert_false(s.ui->following);
  assert_true(screen_has(&s, "new flows are followed where the list is sorted by number: sn"));
  screen_keys(&s, "mouse:1,116,2");
  assert_true(screen_has(&s, "TOOK▲"));
  screen_keys(&s, "mouse:1,20,2");
  assert_true(screen_has(&s, "METHOD▲"));
  screen_keys(&s, "s n G");
  assert_true(s.ui->following);
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(slowest_first),
      cmocka_unit_test(sorted_narrow),
      cmocka_unit_test(heads_and_following),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
