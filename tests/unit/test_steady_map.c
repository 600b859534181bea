/* A map that never stands still for long: what was put is there, what was taken out is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "weir/base/steady_map.h"

#define MANY 30000u

static uint64_t mixed(uint64_t i) {
  return i * UINT64_C(0x9e3779b97f4a7c15);
}

static void holds(const struct steady_map *m, uint64_t key, uint64_t expected) {
  uint64_t value = 0;
  assert_true(steady_map_get(m, key, &value));
  assert_int_equal(value, expected);
}

static void keeps_what_was_put(void **state) {
  struct steady_map m = {0};
  uint64_t value;
  (void)state;
  assert_false(steady_map_get(&m, 1, &value));
  steady_map_remove(&m, 1);
  for (uint64_t i = 0; i < MANY; i++) {
    steady_map_put(&m, mixed(i), i);
    holds(&m, mixed(i / 2), i / 2);
  }
  assert_int_equal(m.count, MANY);
  for (uint64_t i = 0; i < MANY; i++)
    holds(&m, mixed(i), i);
  assert_false(steady_map_get(&m, mixed(MANY), &value));
  steady_map_put(&m, mixed(7), 70);
  holds(&m, mixed(7), 70);
  assert_int_equal(m.count, MANY);
  steady_map_clear(&m);
  assert_false(steady_map_get(&m, mixed(7), &value));
}

/* A window of keys moves on: what was left behind gives its room to what comes. */
static void room_is_used_again(void **state) {
  struct steady_map m = {0};
  uint64_t value;
  (void)state;
  for (uint64_t i = 0; i < 10 * MANY; i++) {
    steady_map_put(&m, i, ~i);
    if (i >= 100)
      steady_map_remove(&m, i - 100);
  }
  assert_int_equal(m.count, 100);
  assert_true(m.nodes.n <= 101);
  assert_false(steady_map_get(&m, 10 * MANY - 101, &value));
  for (uint64_t i = 10 * MANY - 100; i < 10 * MANY; i++)
    holds(&m, i, ~i);
  steady_map_clear(&m);
}

/* All in one chain are found too. */
static void equal_ends(void **state) {
  struct steady_map m = {0};
  (void)state;
  for (uint64_t i = 0; i < 3000; i++)
    steady_map_put(&m, i << 40, i);
  for (uint64_t i = 0; i < 3000; i += 3)
    steady_map_remove(&m, i << 40);
  for (uint64_t i = 0; i < 3000; i++) {
    uint64_t value = 0;
    assert_int_equal(steady_map_get(&m, i << 40, &value), i % 3 != 0);
    assert_int_equal(value, i % 3 ? i : 0);
  }
  steady_map_clear(&m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keeps_what_was_put),
      cmocka_unit_test(room_is_used_again),
      cmocka_unit_test(equal_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
