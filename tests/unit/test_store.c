/* The ring: order, budget, eviction, events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow_build.h"
#include "store_ear.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/flow/store.h"

/* A finished flow with a body of n bytes. */
static struct flow *add(struct store *s, size_t n) {
  struct flow *f = store_add(s);
  char *bytes = mem_zero(n + 1, 1);
  f->state = FLOW_DONE;
  body_add(&f->response.body, bytes, n, SIZE_MAX, n);
  free(bytes);
  store_touch(s, f, FLOW_CHANGED_STATE);
  return f;
}

/* The sums must always be those of the flows that are there. */
static void check_sums(const struct store *s) {
  uint64_t bytes = 0, last = 0;
  size_t paused = 0, failures = 0;
  for (size_t i = 0; i < store_count(s); i++) {
    const struct flow *f = store_nth(s, i);
    assert_true(f->id > last);
    last = f->id;
    bytes += flow_cost(f);
    paused += f->paused != FLOW_RUNNING;
    failures += flow_is_failure(f);
    assert_int_equal(store_index(s, f->id), i);
    assert_ptr_equal(store_get(s, f->id), f);
  }
  struct store_stats stats = store_stats(s);
  assert_true(stats.bytes >= bytes);
  assert_true(stats.bytes <= bytes + 4096 + store_count(s) * 64 + 100 * 64);
  assert_int_equal(stats.paused, paused);
  assert_int_equal(stats.failures, failures);
  assert_int_equal(stats.flows, store_count(s));
}

/* ---- events ---- */

static void test_events_are_coalesced(void **state) {
  (void)state;
  struct store *s = store_new(1 << 20, 100);
  struct ear ear;
  listen_to(&ear, s);
  struct flow *a = store_add(s), *b = store_add(s);
  store_touch(s, a, FLOW_CHANGED_HEAD);
  assert_heard(&ear, "");
  store_deliver(s);
  assert_heard(&ear, "+1 +2 ");
  store_touch(s, b, FLOW_CHANGED_BODY);
  store_touch(s, a, FLOW_CHANGED_HEAD);
  store_touch(s, b, FLOW_CHANGED_STATE);
  store_touch(s, b, FLOW_CHANGED_BODY);
  store_deliver(s);
  assert_heard(&ear, "~2:5 ~1:2 ");
  store_touch(s, b, 0);
  store_deliver(s);
  assert_heard(&ear, "");
  store_unobserve(s, &ear);
  store_touch(s, b, FLOW_CHANGED_BODY);
  store_deliver(s);
  assert_heard(&ear, "");
  store_free(s);
}

static void test_comes_and_goes_within_a_turn(void **state) {
  (void)state;
  struct store *s = store_new(1 << 20, 100);
  struct ear ear;
  listen_to(&ear, s);
  store_add(s);
  struct flow *b = store_add(s);
  assert_true(store_detach(s, b));
  flow_free(b);
  store_deliver(s);
  assert_heard(&ear, "+1 ");
  assert_null(store_get(s, 2));
  store_free(s);
}

static void test_deleted_goes_when_it_ends(void **state) {
  (void)state;
  struct store *s = store_new(1 << 20, 100);
  struct ear ear;
  int exchange;
  listen_to(&ear, s);
  struct flow *a = store_add(s);
  a->live = &exchange;
  store_touch(s, a, FLOW_CHANGED_STATE);
  store_deliver(s);
  assert_heard(&ear, "+1 ");
  assert_false(store_detach(s, a));
  a->deleted = true;
  store_touch(s, a, FLOW_CHANGED_STATE);
  store_deliver(s);
  assert_heard(&ear, "~1:1 ");
  a->live = NULL;
  store_pin(s, a);
  store_touch(s, a, FLOW_CHANGED_STATE);
  store_deliver(s);
  assert_heard(&ear, "~1:1 ");
  store_unpin(s, a);
  store_deliver(s);
  assert_heard(&ear, "~1:1 -1 ");
  assert_int_equal(store_count(s), 0);
  assert_int_equal(store_stats(s).evicted, 0);
  store_free(s);
}

static void test_unrecorded_is_never_told(void **state) {
  (void)state;
  struct store *s = store_new(1 << 20, 100);
  struct ear ear;
  int exchange;
  listen_to(&ear, s);
  struct flow *a = store_add(s);
  a->unrecorded = true;
  a->live = &exchange;
  store_touch(s, a, FLOW_CHANGED_HEAD);
  store_deliver(s);
  a->live = NULL;
  store_touch(s, a, FLOW_CHANGED_STATE);
  store_deliver(s);
  assert_heard(&ear, "");
  assert_int_equal(store_count(s), 0);
  store_free(s);
}

/* An observer that removes what it is told of. */
static void remove_at_once(void *arg, struct flow *f) {
  assert_true(store_detach(arg, f));
  flow_free(f);
}

static void test_observer_may_remove(void **state) {
  (void)state;
  struct store *s = store_new(1 << 20, 100);
  struct ear ear;
  struct store_observer o = {remove_at_once, NULL, NULL, s};
  store_observe(s, &o);
  listen_to(&ear, s);
  store_add(s);
  store_add(s);
  store_deliver(s);
  assert_int_equal(store_count(s), 0);
  assert_heard(&ear, "-1 -2 ");
  store_free(s);
}

static void touch_other(void *arg, struct flow *f, unsigned mask) {
  (void)mask;
  if (f->id == 1)
    store_touch(arg, store_get(arg, 2), FLOW_CHANGED_NOTE);
}

static void test_changes_made_while_telling_come_next(void **state) {
  (void)state;
  struct store *s = store_new(1 << 20, 100);
  struct ear ear;
  struct flow *a = store_add(s);
  store_add(s);
  store_deliver(s);
  struct store_observer o = {NULL, touch_other, NULL, s};
  store_observe(s, &o);
  listen_to(&ear, s);
  store_touch(s, a, FLOW_CHANGED_BODY);
  store_deliver(s);
  assert_heard(&ear, "~1:4 ");
  store_deliver(s);
  assert_heard(&ear, "~2:8 ");
  store_free(s);
}

/* ---- the budget ---- */

static void test_oldest_goes_by_count(void **state) {
  (void)state;
  struct store *s = store_new(1 << 20, 3);
  struct ear ear;
  listen_to(&ear, s);
  for (int i = 0; i < 5; i++)
    add(s, 10);
  store_deliver(s);
  assert_heard(&ear, "+1 +2 +3 +4 +5 -1 -2 "); /* each was told before it went */
  assert_int_equal(store_count(s), 3);
  assert_int_equal(store_nth(s, 0)->id, 3);
  assert_int_equal(store_stats(s).evicted, 2);
  assert_int_equal(store_stats(s).added, 5);
  check_sums(s);
  store_free(s);
}

static void test_oldest_goes_by_bytes(void **state) {
  (void)state;
  struct store *s = store_new(100000, 1000);
  for (int i = 0; i < 50; i++) {
    add(s, 10000);
    store_deliver(s);
    assert_true(store_stats(s).bytes <= 100000);
  }
  assert_true(store_count(s) >= 8);
  assert_int_equal(store_nth(s, store_count(s) - 1)->id, 50);
  check_sums(s);
  store_free(s);
}

static void test_held_flows_stay(void **state) {
  (void)state;
  struct store *s = store_new(1 << 20, 5);
  int exchange;
  struct flow *live = add(s, 10), *paused = add(s, 10), *marked = add(s, 10), *pinned = add(s, 10);
  live->live = &exchange;
  store_touch(s, live, FLOW_CHANGED_STATE);
  paused->paused = FLOW_PAUSED_REQUEST;
  store_touch(s, paused, FLOW_CHANGED_STATE);
  assert_true(store_mark(s, marked, true, NULL));
  store_pin(s, pinned);
  for (int i = 0; i < 100; i++) {
    add(s, 10);
    store_deliver(s);
  }
  assert_int_equal(store_count(s), 5);
  for (uint64_t id = 1; id <= 4; id++)
    assert_non_null(store_get(s, id));
  assert_int_equal(store_nth(s, 4)->id, 104);
  check_sums(s);
  /* as soon as nothing holds them, they are the oldest again */
  live->live = NULL;
  store_touch(s, live, FLOW_CHANGED_STATE);
  store_deliver(s);
  add(s, 10);
  store_deliver(s);
  assert_null(store_get(s, 1));
  store_unpin(s, pinned);
  add(s, 10);
  store_deliver(s);
  assert_null(store_get(s, 4));
  assert_true(store_mark(s, marked, false, NULL));
  paused->paused = FLOW_RUNNING;
  store_touch(s, paused, FLOW_CHANGED_STATE);
  store_deliver(s);
  add(s, 10);
  add(s, 10);
  store_deliver(s);
  assert_null(store_get(s, 2));
  assert_null(store_get(s, 3));
  check_sums(s);
  store_free(s);
}

static void test_untold_changes_are_not_lost(void **state) {
  (void)state;
  struct store *s = store_new(50000, 1000);
  struct ear ear;
  listen_to(&ear, s);
  for (int i = 0; i < 20; i++)
    add(s, 10000); /* four times the budget in one turn */
  store_deliver(s);
  for (int i = 1; i <= 20; i++) {
    char word[16];
    snprintf(word, sizeof word, "+%d ", i);
    assert_non_null(strstr(ear.heard, word));
  }
  assert_true(store_stats(s).bytes <= 50000);
  store_free(s);
}

static void test_told_flows_go_within_a_turn(void **state) {
  (void)state;
  struct store *s = store_new(100000, 1000);
  for (int i = 0; i < 5; i++)
    add(s, 10000);
  store_deliver(s);
  struct flow *big = store_add(s);
  int exchange;
  big->live = &exchange;
  for (int i = 0; i < 90; i++) {
    char bytes[1000] = {0};
    size_t before = body_cost(&big->response.body);
    body_add(&big->response.body, bytes, sizeof bytes, SIZE_MAX, 90000);
    store_charge(s, big, body_cost(&big->response.body) - before);
    assert_true(store_stats(s).bytes <= 110000);
  }
  assert_null(store_get(s, 1));
  assert_ptr_equal(store_get(s, 6), big);
  big->live = NULL;
  store_free(s);
}

static void test_recording_stops_when_all_is_held(void **state) {
  (void)state;
  struct store *s = store_new(100000, 1000);
  int exchange;
  assert_true(store_may_record(s));
  struct flow *a = add(s, 200000);
  assert_true(store_may_record(s)); /* it can go */
  a->live = &exchange;
  store_touch(s, a, FLOW_CHANGED_STATE);
  assert_false(store_may_record(s));
  store_deliver(s);
  assert_ptr_equal(store_get(s, 1), a);
  body_clear(&a->response.body);
  store_touch(s, a, FLOW_CHANGED_BODY);
  assert_true(store_may_record(s));
  a->live = NULL;
  store_free(s);
}

static void test_marks_may_not_fill_the_ring(void **state) {
  (void)state;
  struct store *s = store_new(1 << 20, 16);
  struct err err = ERR_INIT;
  for (int i = 0; i < 16; i++)
    add(s, 1000);
  for (size_t i = 0; i < 14; i++)
    assert_true(store_mark(s, store_nth(s, i), true, &err));
  assert_false(store_mark(s, store_nth(s, 14), true, &err));
  assert_non_null(strstr(err.text, "14 flows"));
  assert_false(store_nth(s, 14)->marked);
  assert_true(store_mark(s, store_nth(s, 3), false, &err));
  assert_true(store_mark(s, store_nth(s, 14), true, &err));
  store_free(s);
  s = store_new(100000, 1000);
  assert_true(store_mark(s, add(s, 60000), true, &err));
  assert_false(store_mark(s, add(s, 30000), true, &err));
  assert_true(store_mark(s, add(s, 3000), true, &err));
  store_free(s);
}

/* ---- delete and undo ---- */

static void test_detach_and_restore(void **state) {
  (void)state;
  struct store *s = store_new(1 << 20, 100);
  struct ear ear;
  for (int i = 0; i < 9; i++)
    add(s, 10);
  store_get(s, 5)->state = FLOW_FAILED;
  store_touch(s, store_get(s, 5), FLOW_CHANGED_STATE);
  store_deliver(s);
  listen_to(&ear, s);
  struct flow *f = store_get(s, 5);
  assert_true(store_detach(s, f));
  assert_heard(&ear, "-5 ");
  assert_int_equal(store_count(s), 8);
  assert_int_equal(store_stats(s).failures, 0);
  assert_int_equal(store_index(s, 5), 4);
  check_sums(s);
  store_restore(s, f);
  store_deliver(s);
  assert_heard(&ear, "+5 ");
  assert_int_equal(store_stats(s).failures, 1);
  assert_int_equal(store_nth(s, 4)->id, 5);
  check_sums(s);
  store_free(s);
}

static void test_restored_flow_can_be_evicted_again(void **state) {
  (void)state;
  struct store *s = store_new(1 << 20, 4);
  for (int i = 0; i < 4; i++)
    add(s, 10);
  store_deliver(s);
  struct flow *f = store_get(s, 1);
  assert_true(store_detach(s, f));
  for (int i = 0; i < 4; i++)
    add(s, 10); /* what stood among the oldest for it has been used up */
  store_deliver(s);
  store_restore(s, f);
  store_deliver(s);
  assert_null(store_get(s, 1));
  assert_int_equal(store_count(s), 4);
  store_free(s);
}

/* ---- at random, against a slow model ---- */

static uint32_t next_random(uint32_t *x) {
  *x ^= *x << 13;
  *x ^= *x >> 17;
  *x ^= *x << 5;
  return *x;
}

static void change_one(struct store *s, struct flow *f, uint32_t r) {
  static int exchange;
  switch (r % 6) {
  case 0:
    f->live = f->live ? NULL : &exchange;
    break;
  case 1:
    f->paused = f->paused ? FLOW_RUNNING : FLOW_PAUSED_RESPONSE;
    break;
  case 2:
    store_mark(s, f, !f->marked, NULL);
    break;
  case 3:
    f->state = f->state == FLOW_DONE ? FLOW_FAILED : FLOW_DONE;
    break;
  case 4:
    store_pin(s, f);
    store_unpin(s, f);
    break;
  default:
    body_add(&f->request.body, "some more bytes", 15, 10000, 0);
  }
  store_touch(s, f, FLOW_CHANGED_STATE);
}

static bool is_held(const struct flow *f) {
  return f->live || f->paused || f->marked || f->pins;
}

/* What goes must be the oldest of those that nothing holds. */
static void oldest_goes(void *arg, struct flow *f) {
  assert_false(is_held(f));
  for (size_t i = 0; i < store_index(arg, f->id); i++) {
    const struct flow *older = store_nth(arg, i);
    assert_true(is_held(older) || older->pending);
  }
}

static void test_at_random(void **state) {
  (void)state;
  struct store *s = store_new(1 << 20, 60);
  struct store_observer observer = {NULL, NULL, oldest_goes, s};
  store_observe(s, &observer);
  uint32_t seed = 20261123;
  for (int step = 0; step < 20000; step++) {
    uint32_t r = next_random(&seed);
    if (r % 3 == 0)
      add(s, r % 200);
    else if (store_count(s))
      change_one(s, store_nth(s, r / 7 % store_count(s)), r / 1000);
    if (r % 5)
      continue;
    store_deliver(s);
    size_t free_flows = 0;
    for (size_t i = 0; i < store_count(s); i++)
      free_flows += !is_held(store_nth(s, i));
    assert_true(store_count(s) <= 60 || free_flows == 0);
    if (step % 100 == 0)
      check_sums(s);
  }
  store_free(s);
}

/* ---- speed: no step may cost more the fuller the ring is, or the more flows are held at its front ---- */

static double us_a_flow(size_t max_flows, size_t held_in_front, size_t flows) {
  struct store *s = store_new(1u << 30, max_flows);
  for (size_t i = 0; i < held_in_front; i++)
    store_pin(s, store_add(s));
  for (size_t i = held_in_front; i < max_flows; i++)
    store_add(s);
  store_deliver(s);
  uint64_t start = clock_mono();
  for (size_t i = 0; i < flows; i++) {
    struct flow *f = store_add(s);
    store_touch(s, f, FLOW_CHANGED_HEAD);
    f->state = FLOW_DONE;
    store_touch(s, f, FLOW_CHANGED_STATE);
    if (i % 16 == 0)
      store_deliver(s);
  }
  uint64_t spent = clock_mono() - start;
  store_free(s);
  return (double)spent / 1000 / (double)flows;
}

static void test_cost_does_not_grow(void **state) {
  (void)state;
  double small = us_a_flow(1000, 0, 50000), big = us_a_flow(100000, 0, 50000), held = us_a_flow(100000, 1000, 50000);
  print_message("# us a flow: 1,000 flows %.2f, 100,000 flows %.2f, 1,000 of them held in front %.2f\n", small, big,
                held);
  assert_true(big < small * 20 + 5);
  assert_true(held < big * 10 + 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_events_are_coalesced),
      cmocka_unit_test(test_comes_and_goes_within_a_turn),
      cmocka_unit_test(test_deleted_goes_when_it_ends),
      cmocka_unit_test(test_unrecorded_is_never_told),
      cmocka_unit_test(test_observer_may_remove),
      cmocka_unit_test(test_changes_made_while_telling_come_next),
      cmocka_unit_test(test_oldest_goes_by_count),
      cmocka_unit_test(test_oldest_goes_by_bytes),
      cmocka_unit_test(test_held_flows_stay),
      cmocka_unit_test(test_untold_changes_are_not_lost),
      cmocka_unit_test(test_told_flows_go_within_a_turn),
      cmocka_unit_test(test_recording_stops_when_all_is_held),
      cmocka_unit_test(test_marks_may_not_fill_the_ring),
      cmocka_unit_test(test_detach_and_restore),
      cmocka_unit_test(test_restored_flow_can_be_evicted_again),
      cmocka_unit_test(test_at_random),
      cmocka_unit_test(test_cost_does_not_grow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
