/* The index in another order: always compared with sorting every flow, through everything that can happen to one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow_build.h"
#include "index_bench.h"
#include "thread_time.h"
#include "weir/base/clock.h"

static uint64_t bench_now(void *arg) {
  return ((struct bench *)arg)->now;
}

static int open_with_clock(void **state) {
  bench_open(state);
  struct bench *b = *state;
  b->now = 1000 * CLOCK_S;
  loop_set_clock(b->loop, bench_now, b);
  return 0;
}

static struct datum *datum(const char *name) {
  struct err err = ERR_INIT;
  struct datum *d = datum_new(slice_of(name), &err);
  if (!d)
    fail_msg("%s: %s", name, err.text);
  return d;
}

/* status 0: no answer yet */
static struct flow *add(struct bench *b, const char *method, const char *path, int status, const char *body,
                        unsigned ms) {
  struct flow *f = store_add(b->store);
  char head[256], answer[128];
  snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: shop.test\r\nX-Id: %u\r\n\r\n", method, path, ms % 13);
  snprintf(answer, sizeof answer, "HTTP/1.1 %d -\r\nServer: %s\r\n\r\n", status, ms % 2 ? "nginx" : "Apache");
  build_flow(f, head, NULL, status ? answer : NULL, body);
  f->times.start = b->now;
  f->times.end = status ? b->now + ms * CLOCK_MS : 0;
  f->state = status ? FLOW_DONE : FLOW_WAITING;
  store_touch(b->store, f, FLOW_CHANGED_STATE);
  return f;
}

/* Ids as the list shows them: "3 1 2". */
static void assert_order(struct bench *b, const char *expected) {
  struct buf out = BUF_INIT;
  for (size_t i = 0; i < filter_index_count(b->index); i++) {
    uint64_t id = filter_index_nth(b->index, i);
    bool exact;
    buf_printf(&out, "%s%llu", i ? " " : "", (unsigned long long)id);
    assert_int_equal(filter_index_place(b->index, id, &exact), i);
    assert_true(exact);
  }
  if (strcmp(buf_text(&out), expected) != 0)
    fail_msg("the order is %s, expected %s", buf_text(&out), expected);
  buf_clear(&out);
}

static void sort(struct bench *b, const char *name, bool reverse) {
  filter_index_sort(b->index, datum(name), reverse);
  settle(b);
}

static void test_fields(void **state) {
  struct bench *b = *state;
  add(b, "GET", "/b", 200, "{\"n\": 10, \"who\": \"ann\"}", 30);
  add(b, "POST", "/A", 404, "{\"n\": 9}", 7);
  add(b, "GET", "/c", 0, NULL, 0);
  add(b, "PUT", "/a", 500, "no json", 100);
  settle(b);
  assert_order(b, "1 2 3 4");
  filter_index_sort(b->index, NULL, true);
  assert_order(b, "4 3 2 1");
  assert_null(filter_index_sorted(b->index, NULL));
  sort(b, "status", false);
  assert_order(b, "1 2 4 3"); /* what has none is last */
  sort(b, "status", true);
  assert_order(b, "4 2 1 3"); /* either way */
  sort(b, "path", false);
  assert_order(b, "2 4 1 3");
  sort(b, "method", false);
  assert_order(b, "1 3 2 4");
  sort(b, "json:.n", false);
  assert_order(b, "2 1 3 4"); /* as numbers */
  sort(b, "json:.who", true);
  assert_order(b, "1 2 3 4");
  sort(b, "resp.header:server", false);
  assert_order(b, "1 4 2 3");
  sort(b, "req.header:x-id", false);
  assert_order(b, "3 1 2 4"); /* 0 4 7 9 */
  sort(b, "duration", true);
  assert_order(b, "4 1 2 3");
  sort(b, "id", false);
  assert_order(b, "1 2 3 4");
}

static void test_running_ones_move_on(void **state) {
  struct bench *b = *state;
  add(b, "GET", "/a", 200, NULL, 2000);
  struct flow *f = add(b, "GET", "/b", 0, NULL, 0);
  settle(b);
  sort(b, "duration", true);
  assert_order(b, "1 2");
  b->now += 3 * CLOCK_S;
  TURN_UNTIL(b->loop, filter_index_nth(b->index, 0) == 2);
  assert_order(b, "2 1");
  struct flow *late = add(b, "GET", "/c", 0, NULL, 0); /* comes while it is sorted */
  loop_turn(b->loop, 0);
  assert_order(b, "2 1 3");
  f->state = FLOW_DONE;
  f->times.end = f->times.start + CLOCK_S;
  store_touch(b->store, f, FLOW_CHANGED_STATE);
  loop_turn(b->loop, 0);
  assert_order(b, "1 2 3");
  b->now += 9 * CLOCK_S;
  TURN_UNTIL(b->loop, filter_index_nth(b->index, 0) == late->id);
  assert_order(b, "3 1 2");
}

static void test_gone_and_filtered(void **state) {
  struct bench *b = *state;
  for (unsigned i = 0; i < 6; i++)
    add(b, i % 2 ? "POST" : "GET", "/a", 200, NULL, 10 * (i % 3));
  settle(b);
  sort(b, "duration", true);
  assert_order(b, "6 3 5 2 4 1");
  bool exact;
  struct flow *f = store_get(b->store, 5);
  assert_true(store_detach(b->store, f));
  assert_order(b, "6 3 2 4 1");
  assert_int_equal(filter_index_place(b->index, 5, &exact), 2); /* its neighbour is wanted */
  assert_false(exact);
  store_restore(b->store, f);
  loop_turn(b->loop, 0);
  assert_order(b, "6 3 5 2 4 1");
  filter_index_set(b->index, filter_compile(SLICE("POST"), NULL));
  settle(b);
  assert_order(b, "6 2 4");
  assert_int_equal(filter_index_place(b->index, 3, &exact), 1); /* where it would stand */
  assert_false(exact);
  filter_index_set(b->index, NULL);
  settle(b);
  assert_order(b, "6 3 5 2 4 1");
}

/* ---- by chance, against qsort() ---- */

static double key_of(const struct flow *f) {
  return flow_finished(f) ? (double)f->response.body.seen : -1;
}

static int by_size(const void *a, const void *b) {
  const struct flow *x = *(const struct flow *const *)a, *y = *(const struct flow *const *)b;
  double p = key_of(x), q = key_of(y);
  if ((p < 0) != (q < 0))
    return p < 0 ? 1 : -1;
  return p != q ? (p < q ? -1 : 1) : x->id < y->id ? -1 : 1;
}

static void check(struct bench *b) {
  size_t n = store_count(b->store);
  const struct flow **all = calloc(n + 1, sizeof *all);
  assert_non_null(all);
  for (size_t i = 0; i < n; i++)
    all[i] = store_nth(b->store, i);
  qsort(all, n, sizeof *all, by_size);
  assert_int_equal(filter_index_count(b->index), n);
  for (size_t i = 0; i < n; i++) {
    bool exact;
    if (filter_index_nth(b->index, i) != all[i]->id)
      fail_msg("place %zu has #%llu, expected #%llu", i, (unsigned long long)filter_index_nth(b->index, i),
               (unsigned long long)all[i]->id);
    assert_int_equal(filter_index_place(b->index, all[i]->id, &exact), i);
  }
  assert_int_equal(filter_index_nth(b->index, n), 0);
  free(all);
}

static void test_by_chance(void **state) {
  struct bench *b = *state;
  unsigned seed = 7;
  sort(b, "size", false);
  for (int round = 0; round < 3000; round++) {
    seed = seed * 1103515245u + 12345u;
    unsigned what = seed >> 16, n = (unsigned)store_count(b->store);
    struct flow *f = n ? store_nth(b->store, (what >> 3) % n) : NULL;
    if (what % 8 < 3 || !f) {
      add(b, "GET", "/x", what % 5 ? 200 : 0, NULL, 0)->response.body.seen = (what >> 5) % 40;
    } else if (what % 8 < 6) {
      f->response.body.seen = (what >> 5) % 40;
      store_touch(b->store, f, FLOW_CHANGED_BODY);
    } else if (what % 8 == 6) {
      store_deliver(b->store);
      store_detach(b->store, f);
      flow_free(f);
    }
    if (round % 100 == 0) {
      loop_turn(b->loop, 0);
      check(b);
    }
  }
  loop_turn(b->loop, 0);
  check(b);
}

/* ---- many ---- */

enum { MANY = 100000 };

static void test_many_in_slices(void **state) {
  static const char *const fields[] = {"duration", "host", "url", "resp.header:server", "size"};
  struct bench *b = *state;
  for (unsigned i = 0; i < MANY; i++) {
    char path[40];
    snprintf(path, sizeof path, "/path/%u", i * 7919 % MANY);
    add(b, "GET", path, 200, NULL, i * 31 % 5000);
    if (i % 1000 == 0)
      store_deliver(b->store);
  }
  settle(b);
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    uint64_t start = thread_time(), longest = 0, all = 0;
    unsigned percent, last = 0, turns = 0;
    filter_index_sort(b->index, datum(fields[i]), true);
    while (filter_index_sorting(b->index, &percent)) {
      assert_true(percent >= last && percent <= 100);
      assert_int_equal(filter_index_count(b->index), MANY); /* the old order stands meanwhile */
      last = percent;
      uint64_t spent = thread_time() - start;
      longest = spent > longest ? spent : longest;
      all += spent;
      start = thread_time();
      loop_turn(b->loop, 0);
      turns++;
    }
    start = thread_time();
    add(b, "GET", "/path/5", 200, NULL, 17);
    loop_turn(b->loop, 0);
    uint64_t one = thread_time() - start;
    print_message("# %d flows by %s: %.1f ms in %u turns, the longest %.1f ms; one more: %.3f ms\n", MANY, fields[i],
                  (double)all / 1e6, turns, (double)longest / 1e6, (double)one / 1e6);
    assert_true(turns > 1);
    struct flow *f = store_nth(b->store, store_count(b->store) - 1);
    store_detach(b->store, f);
    flow_free(f);
  }
}

static void test_what_is_no_datum(void **state) {
  static const struct {
    const char *name, *says;
    size_t at;
  } wrong[] = {{"hots", "hots is no field; did you mean host?", 0},
               {"", " is no field; a header is resp.header:NAME, a JSON value json:.path", 0},
               {"resp.header", "which one? resp.header:NAME", 0},
               {"resp.header:", "which one? resp.header:NAME", 0},
               {"body", "a whole body is too much for a column; json:.path shows a value in it", 0},
               {"json:.a..b", "a key is missing here: .user.name", 7}};
  (void)state;
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    struct err err = ERR_INIT;
    assert_null(datum_new(slice_of(wrong[i].name), &err));
    assert_string_equal(err.text, wrong[i].says);
    assert_int_equal(err.at, wrong[i].at);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_fields, open_with_clock, bench_close),
      cmocka_unit_test_setup_teardown(test_running_ones_move_on, open_with_clock, bench_close),
      cmocka_unit_test_setup_teardown(test_gone_and_filtered, open_with_clock, bench_close),
      cmocka_unit_test_setup_teardown(test_by_chance, open_with_clock, bench_close),
      cmocka_unit_test_setup_teardown(test_many_in_slices, open_with_clock, bench_close),
      cmocka_unit_test(test_what_is_no_datum),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
