/* The statistics screen: its pages at each size, and the way from a line to the flows behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/ui_state.h"

static void pages(struct screen *s, const char *size) {
  static const char *const page[] = {"hosts", "answers", "slowest", "waterfall"};
  screen_shop(s);
  screen_keys(s, "F6");
  for (size_t i = 0; i < sizeof page / sizeof *page; i++) {
    char name[64];
    snprintf(name, sizeof name, "stats_%s_%s", page[i], size);
    screen_golden(s, name);
    screen_keys(s, "Tab");
  }
  screen_close(s);
}

static void all_pages(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  pages(&s, "120x36");
  screen_open(&s, 80, 24);
  pages(&s, "80x24");
  screen_open(&s, 40, 10);
  pages(&s, "40x10");
}

/* A host narrows the list; what is slow is opened. */
static void from_a_line_to_its_flows(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "F6 j Enter");
  assert_string_equal(s.ui->top->ops->name, "flow list");
  assert_true(filter_index_count(s.ui->index) < 17);
  assert_true(screen_has(&s, "f: host="));
  screen_keys(&s, "u F6 Tab Tab Enter");
  assert_string_equal(s.ui->top->ops->name, "detail");
  screen_close(&s);
}

/* z narrows the time on the axis around its middle, l and h go along it; whole again, h leads back. */
static void the_waterfall_zooms(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "F6 z");
  assert_true(screen_has(&s, "that is for the waterfall"));
  screen_keys(&s, "Tab Tab Tab z z");
  assert_true(screen_has(&s, "1/4 of the time"));
  screen_golden(&s, "stats_zoomed_120x36");
  screen_keys(&s, "9 h");
  assert_true(screen_has(&s, "PATH                       0 "));
  screen_keys(&s, "9 9 l");
  assert_false(screen_has(&s, "PATH                       0 "));
  screen_keys(&s, "Z Z");
  assert_true(screen_has(&s, "all of the time"));
  screen_keys(&s, "h");
  assert_string_equal(s.ui->top->ops->name, "flow list");
  screen_close(&s);
}

/* New flows are counted, but not at each of them. */
static void goes_on(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "F6");
  assert_true(screen_has(&s, "17 flows"));
  screen_flow(&s, &(struct script){.method = "GET", .host = "new.test", .path = "/", .status = 200, .reason = "OK"});
  screen_wait(&s, CLOCK_S);
  screen_keys(&s, "j");
  assert_true(screen_has(&s, "18 flows"));
  assert_true(screen_has(&s, "new.test"));
  screen_close(&s);
}

/* With a filter the sums are of what passes it. */
static void of_what_passes(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "! F6");
  assert_false(screen_has(&s, "17 flows"));
  screen_keys(&s, "s s");
  assert_true(screen_has(&s, "hosts by failures"));
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_pages), cmocka_unit_test(from_a_line_to_its_flows), cmocka_unit_test(the_waterfall_zooms),
      cmocka_unit_test(goes_on),   cmocka_unit_test(of_what_passes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
