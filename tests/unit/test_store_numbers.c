/* The numbers of flows: they only grow, and what was no flow leaves no hole in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store_ear.h"

/* What was no flow after all leaves no hole in the numbers, unless another came since. */
static void test_withdrawn_gives_its_number_back(void **state) {
  (void)state;
  struct store *s = store_new(1 << 20, 100);
  struct ear ear;
  listen_to(&ear, s);
  store_add(s);
  store_withdraw(s, store_add(s)); /* in the turn it came in */
  struct flow *b = store_add(s);
  assert_int_equal(b->id, 2);
  store_deliver(s);
  assert_heard(&ear, "+1 +2 ");
  store_withdraw(s, b); /* others know it */
  assert_heard(&ear, "-2 ");
  struct flow *again = store_add(s);
  assert_int_equal(again->id, 2);
  assert_int_equal(store_add(s)->id, 3);
  store_withdraw(s, again);
  assert_int_equal(store_add(s)->id, 4);
  store_deliver(s);
  assert_heard(&ear, "+3 +4 ");
  assert_int_equal(store_stats(s).added, 3);
  assert_int_equal(store_count(s), 3);
  store_free(s);
}

/* A flow made outside has no number and no place until it is let in, and nothing happens to it before. */
static void test_let_in_when_it_is_one(void **state) {
  (void)state;
  struct store *s = store_new(1 << 20, 100);
  struct ear ear;
  listen_to(&ear, s);
  struct flow *first = flow_new(), *second = flow_new();
  uint64_t bytes = store_stats(s).bytes;
  store_touch(s, first, FLOW_CHANGED_STATE);
  store_charge(s, first, 1000);
  store_deliver(s);
  assert_heard(&ear, "");
  assert_int_equal(store_stats(s).bytes, bytes);
  store_add(s);
  store_admit(s, second);
  assert_int_equal(second->id, 2);
  store_deliver(s);
  assert_heard(&ear, "+1 +2 ");
  assert_ptr_equal(store_get(s, 2), second);
  assert_int_equal(store_stats(s).added, 2);
  flow_free(first);
  store_free(s);
}

static void test_a_successor_takes_the_place(void **state) {
  (void)state;
  struct store *s = store_new(1 << 20, 100);
  struct ear ear;
  listen_to(&ear, s);
  store_add(s);
  struct flow *b = store_add(s);
  store_add(s);
  store_deliver(s);
  assert_heard(&ear, "+1 +2 +3 ");
  assert_int_equal(store_add_as(s, 2)->id, 4); /* somebody has it */
  assert_int_equal(store_add_as(s, 9)->id, 5); /* nobody ever had it */
  assert_int_equal(store_add_as(s, 0)->id, 6);
  store_withdraw(s, b);
  struct flow *next = store_add_as(s, 2);
  assert_int_equal(next->id, 2);
  assert_ptr_equal(store_nth(s, 1), next);
  store_deliver(s);
  assert_heard(&ear, "-2 +4 +5 +6 +2 ");
  assert_int_equal(store_add(s)->id, 7);
  store_free(s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_withdrawn_gives_its_number_back),
      cmocka_unit_test(test_let_in_when_it_is_one),
      cmocka_unit_test(test_a_successor_takes_the_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
