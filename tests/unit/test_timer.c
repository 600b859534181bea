/* The heap of timers: order, cancelling, re-arming in place and from inside callbacks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "io/timers.h"
#include "weir/base/clock.h"
#include "weir/io/loop.h"

static uint64_t fake_now;

static uint64_t fake_clock(void *arg) {
  (void)arg;
  return fake_now;
}

static struct loop *fake_loop(void) {
  struct loop *loop = loop_new();
  fake_now = 1000;
  loop_set_clock(loop, fake_clock, NULL);
  return loop;
}

static void heap_gives_times_in_order(void **state) {
  enum { N = 500 };
  static struct loop_timer t[N];
  struct timers h = {0};
  (void)state;
  srand(7);
  for (int i = 0; i < N; i++)
    timers_arm(&h, &t[i], (uint64_t)(rand() % 10000) + 1);
  /* Later, earlier and gone: every third, each in another way. */
  size_t left = N;
  for (int i = 0; i < N; i += 3) {
    timers_arm(&h, &t[i], t[i].due + (uint64_t)(rand() % 5000));
    timers_arm(&h, &t[i + 1], t[i + 1].due / 2 + 1);
    if (i + 2 < N) {
      timers_cancel(&h, &t[i + 2]);
      left--;
      assert_int_equal(t[i + 2].place, 0);
    }
  }
  uint64_t last = 0;
  while (h.n > 0) {
    uint64_t next = timers_next(&h);
    assert_null(timers_pop(&h, next - 1));
    struct loop_timer *timer = timers_pop(&h, next);
    assert_non_null(timer);
    assert_int_equal(timer->due, next);
    assert_true(next >= last);
    assert_int_equal(timer->place, 0);
    last = next;
    left--;
  }
  assert_int_equal(left, 0);
  assert_int_equal(timers_next(&h), UINT64_MAX);
  assert_null(timers_pop(&h, UINT64_MAX));
  timers_clear(&h);
}

static void moving_a_timer_later_hides_nobody(void **state) {
  struct loop_timer a = {0}, b = {0};
  struct timers h = {0};
  (void)state;
  timers_arm(&h, &a, 10);
  timers_arm(&h, &b, 20);
  timers_arm(&h, &a, 30);
  assert_int_equal(timers_next(&h), 20);
  assert_ptr_equal(timers_pop(&h, 30), &b);
  assert_ptr_equal(timers_pop(&h, 30), &a);
  timers_clear(&h);
}

struct fired {
  struct loop *loop;
  struct loop_timer timer, other;
  int n;
  uint64_t again;
};

static void fire(void *arg) {
  struct fired *f = arg;
  f->n++;
  if (f->again != UINT64_MAX)
    loop_timer_arm(f->loop, &f->timer, f->again);
}

static void rearmed_in_its_callback_waits_for_another_turn(void **state) {
  struct loop *loop = fake_loop();
  struct fired f = {.loop = loop, .again = 0};
  (void)state;
  f.timer.fn = fire;
  f.timer.arg = &f;
  loop_timer_arm(loop, &f.timer, 5);
  loop_turn(loop, 0);
  assert_int_equal(f.n, 0);
  fake_now += 5;
  loop_turn(loop, 0);
  assert_int_equal(f.n, 1);
  fake_now += 1;
  loop_turn(loop, 0);
  assert_int_equal(f.n, 2);
  f.again = 100;
  fake_now += 99;
  loop_turn(loop, 0);
  assert_int_equal(f.n, 3);
  fake_now += 99;
  loop_turn(loop, 0);
  assert_int_equal(f.n, 3);
  loop_timer_cancel(loop, &f.timer);
  fake_now += 1000;
  loop_turn(loop, 0);
  assert_int_equal(f.n, 3);
  loop_free(loop);
}

static void cancel_other(void *arg) {
  struct fired *f = arg;
  f->n++;
  loop_timer_cancel(f->loop, &f->other);
}

static void a_callback_may_cancel_one_that_is_due_too(void **state) {
  struct loop *loop = fake_loop();
  struct fired f = {.loop = loop, .again = UINT64_MAX};
  (void)state;
  f.timer.fn = cancel_other;
  f.other.fn = fire;
  f.timer.arg = f.other.arg = &f;
  loop_timer_arm(loop, &f.other, 20);
  loop_timer_arm(loop, &f.timer, 10);
  fake_now += 100;
  loop_turn(loop, 0);
  assert_int_equal(f.n, 1);
  assert_int_equal(f.other.place, 0);
  loop_free(loop);
}

static void waiting_ends_when_a_timer_is_due(void **state) {
  struct loop *loop = loop_new();
  struct fired f = {.loop = loop, .again = UINT64_MAX};
  (void)state;
  f.timer.fn = fire;
  f.timer.arg = &f;
  loop_timer_arm(loop, &f.timer, UINT64_MAX); /* never, and no overflow */
  loop_timer_arm(loop, &f.timer, 30 * CLOCK_MS);
  uint64_t start = clock_mono();
  while (f.n == 0)
    loop_turn(loop, UINT64_MAX);
  uint64_t took = clock_mono() - start;
  assert_true(took >= 29 * CLOCK_MS);
  assert_true(took < 5 * CLOCK_S);
  /* Exactly one turn: it slept through instead of polling. */
  assert_int_equal(loop_stats(loop).turns, 1);
  loop_free(loop);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(heap_gives_times_in_order),
      cmocka_unit_test(moving_a_timer_later_hides_nobody),
      cmocka_unit_test(rearmed_in_its_callback_waits_for_another_turn),
      cmocka_unit_test(a_callback_may_cancel_one_that_is_due_too),
      cmocka_unit_test(waiting_ends_when_a_timer_is_due),
  };
  return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}
