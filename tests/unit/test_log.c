/* One event, one safe line, to every sink that asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/clock.h"
#include "weir/base/log.h"

struct seen {
  unsigned n;
  char text[200];
  struct log_line last;
};

static void note(void *arg, const struct log_line *line) {
  struct seen *seen = arg;
  seen->n++;
  seen->last = *line;
  strncpy(seen->text, line->text, sizeof seen->text - 1);
  log_write(LOG_ERROR, "ui", 0, NULL, "a sink that logs must not come back for ever");
}

static void one_safe_line(void **state) {
  (void)state;
  struct seen seen = {0};
  log_add_sink(note, &seen, LOG_INFO);
  log_write(LOG_WARN, "conn", 17, "look there", "peer said %s", "\x1b[2J\r\nfake: line\x9b");
  assert_int_equal(seen.n, 1);
  assert_string_equal(seen.text, "peer said ^[[2J^M^Jfake: line\\x9b");
  assert_int_equal(seen.last.level, LOG_WARN);
  assert_int_equal(seen.last.flow, 17);
  assert_string_equal(seen.last.area, "conn");
  assert_string_equal(seen.last.cure, "look there");
  assert_true(clock_wall() - seen.last.wall_us < 60 * UINT64_C(1000000));
  log_remove_sink(note, &seen);
}

static void levels_and_removal(void **state) {
  (void)state;
  struct seen all = {0};
  struct seen errors = {0};
  log_add_sink(note, &all, LOG_DEBUG);
  log_add_sink(note, &errors, LOG_ERROR);
  log_write(LOG_DEBUG, "dns", 0, NULL, "d");
  log_write(LOG_ERROR, "dns", 0, NULL, "e");
  assert_int_equal(all.n, 2);
  assert_int_equal(errors.n, 1);
  log_remove_sink(note, &all);
  log_write(LOG_ERROR, "dns", 0, NULL, "f");
  assert_int_equal(all.n, 2);
  assert_int_equal(errors.n, 2);
  log_remove_sink(note, &errors);
  log_write(LOG_ERROR, "dns", 0, NULL, "nobody hears this");
  assert_string_equal(log_level_name(LOG_WARN), "warn");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(one_safe_line), cmocka_unit_test(levels_and_removal)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
