/* The list of matching flows, kept by events and re-made in slices; always compared with asking every flow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "filter_cases.h"
#include "flow_build.h"
#include "index_bench.h"
#include "thread_time.h"

static struct flow *add(struct bench *b, const char *path, const char *body) {
  struct flow *f = store_add(b->store);
  char head[256];
  snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: shop.test\r\n\r\n", path);
  build_flow(f, head, NULL, "HTTP/1.1 200 OK\r\n\r\n", body);
  store_touch(b->store, f, FLOW_CHANGED_STATE);
  return f;
}

/* The index must be what a walk over the whole store gives. */
static void check(struct bench *b) {
  const struct filter *f = filter_index_filter(b->index);
  size_t at = 0;
  for (size_t i = 0; i < store_count(b->store); i++) {
    struct flow *flow = store_nth(b->store, i);
    bool wanted = !flow->deleted && !flow->unrecorded && (flow->paused || !f || filter_match(f, flow, NULL));
    bool exact;
    size_t place = filter_index_place(b->index, flow->id, &exact);
    assert_int_equal(exact, wanted);
    assert_int_equal(place, at);
    if (wanted)
      assert_int_equal(filter_index_nth(b->index, at++), flow->id);
  }
  assert_int_equal(filter_index_count(b->index), at);
  assert_int_equal(filter_index_nth(b->index, at), 0);
}

static void test_all_without_a_filter(void **state) {
  struct bench *b = *state;
  add(b, "/a", NULL);
  add(b, "/b", NULL);
  assert_int_equal(filter_index_count(b->index), 0);
  settle(b);
  assert_true(b->told > 0);
  assert_int_equal(filter_index_count(b->index), 2);
  check(b);
}

static void test_follows_changes(void **state) {
  struct bench *b = *state;
  filter_index_set(b->index, compile("~u keep | ~marked"));
  struct flow *a = add(b, "/a", NULL), *k = add(b, "/keep", NULL);
  settle(b);
  assert_int_equal(filter_index_count(b->index), 1);
  check(b);
  store_mark(b->store, a, true, NULL);
  settle(b);
  assert_int_equal(filter_index_count(b->index), 2);
  check(b);
  store_mark(b->store, a, false, NULL);
  settle(b);
  assert_int_equal(filter_index_count(b->index), 1);
  b->told = 0;
  store_touch(b->store, k, FLOW_CHANGED_BODY); /* listed: its row changed */
  loop_turn(b->loop, 0);
  assert_true(b->told > 0);
  b->told = 0;
  store_touch(b->store, a, FLOW_CHANGED_BODY); /* not listed */
  loop_turn(b->loop, 0);
  assert_int_equal(b->told, 0);
  assert_true(store_detach(b->store, k));
  assert_int_equal(filter_index_count(b->index), 0);
  store_restore(b->store, k);
  settle(b);
  assert_int_equal(filter_index_count(b->index), 1);
  check(b);
}

static void test_paused_shows_under_any_filter(void **state) {
  struct bench *b = *state;
  struct flow *a = add(b, "/a", NULL);
  settle(b);
  a->paused = FLOW_PAUSED_REQUEST;
  store_touch(b->store, a, FLOW_CHANGED_STATE);
  settle(b);
  filter_index_set(b->index, compile("~u nothing"));
  settle(b);
  assert_int_equal(filter_index_count(b->index), 1);
  filter_index_set(b->index, compile("~b nothing"));
  settle(b);
  assert_int_equal(filter_index_count(b->index), 1);
  struct flow *c = add(b, "/c", NULL);
  c->paused = FLOW_PAUSED_RESPONSE;
  loop_turn(b->loop, 0); /* at once, though the filter looks at bodies */
  assert_int_equal(filter_index_count(b->index), 2);
  a->paused = c->paused = FLOW_RUNNING;
  store_touch(b->store, a, FLOW_CHANGED_STATE);
  store_touch(b->store, c, FLOW_CHANGED_STATE);
  settle(b);
  assert_int_equal(filter_index_count(b->index), 0);
  check(b);
}

static void test_bodies_count_when_whole(void **state) {
  struct bench *b = *state;
  int exchange;
  filter_index_set(b->index, compile("~b needle"));
  struct flow *f = add(b, "/a", NULL);
  f->state = FLOW_RESPONSE_ARRIVING;
  f->live = &exchange;
  store_touch(b->store, f, FLOW_CHANGED_STATE);
  settle(b);
  body_add(&f->response.body, "a needle", 8, 1000, 0);
  store_touch(b->store, f, FLOW_CHANGED_BODY);
  settle(b);
  f->state = FLOW_DONE;
  store_touch(b->store, f, FLOW_CHANGED_STATE);
  settle(b);
  assert_int_equal(filter_index_count(b->index), 1);
  check(b);
}

static void test_deleted_is_hidden_while_it_runs(void **state) {
  struct bench *b = *state;
  int exchange;
  struct flow *f = add(b, "/a", NULL);
  f->live = &exchange;
  store_touch(b->store, f, FLOW_CHANGED_STATE);
  settle(b);
  assert_int_equal(filter_index_count(b->index), 1);
  f->deleted = true;
  store_touch(b->store, f, FLOW_CHANGED_STATE);
  settle(b);
  assert_int_equal(filter_index_count(b->index), 0);
  assert_int_equal(store_count(b->store), 1);
}

enum { MANY = 100000 };

static void add_many(struct bench *b) {
  for (int i = 0; i < MANY; i++) {
    struct flow *f = store_add(b->store);
    char head[400];
    snprintf(head, sizeof head,
             "%s /path/%d?page=%d HTTP/1.1\r\nHost: host%d.shop.test\r\nUser-Agent: a program of some kind/1.0\r\n"
             "Accept: */*\r\nCookie: session=%d\r\n\r\n",
             i % 3 ? "GET" : "POST", i, i % 9, i % 50, i);
    build_flow(f, head, NULL,
               "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nServer: nginx\r\nX-Request-Id: 7\r\n\r\n", NULL);
    store_touch(b->store, f, FLOW_CHANGED_STATE);
    if (i % 1000 == 0)
      store_deliver(b->store);
  }
  settle(b);
}

static void test_slices_and_percent(void **state) {
  struct bench *b = *state;
  add_many(b);
  filter_index_set(b->index, compile("~u /path/[0-9]*7\\?"));
  unsigned percent = 0, last = 0;
  while (filter_index_busy(b->index, &percent)) {
    assert_true(percent >= last && percent <= 100);
    last = percent;
    loop_turn(b->loop, 0);
  }
  assert_int_equal(filter_index_count(b->index), MANY / 10);
  /* a narrower one starts from what matched, and must come to the same as from scratch */
  filter_index_set(b->index, compile("~u /path/[0-9]*7\\? ~u 77"));
  settle(b);
  check(b);
  filter_index_set(b->index, NULL);
  settle(b);
  assert_int_equal(filter_index_count(b->index), MANY);
}

/* Every kind of term that looks at heads: each over all flows, and what it costs. */
static void test_speed_on_heads(void **state) {
  static const char *const filters[] = {"path/77",
                                        "POST 2xx -host7",
                                        "GET|PUT /path host:shop type:json >0ms",
                                        "~u /path/[0-9]*7\\?",
                                        "~d host7.shop & ~m POST",
                                        "header:session=777",
                                        "req.header:user-agent=program header:x-request-id",
                                        "~h \"cookie: session=.*7\"",
                                        "cookie:session=77",
                                        "re:/nothing like this/ 404",
                                        "age<5m running",
                                        "failed"};
  struct bench *b = *state;
  add_many(b);
  for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
    uint64_t start = thread_time(), longest = 0, all = 0;
    filter_index_set(b->index, compile(filters[i]));
    for (bool first = true; first || filter_index_busy(b->index, NULL); first = false) {
      uint64_t spent = thread_time() - start;
      longest = spent > longest ? spent : longest;
      all += spent;
      start = thread_time();
      loop_turn(b->loop, 0);
    }
    all += thread_time() - start;
    print_message("# %d flows, %s: %.1f ms, the longest turn %.1f ms, %zu match\n", MANY, filters[i], (double)all / 1e6,
                  (double)longest / 1e6, filter_index_count(b->index));
    filter_index_set(b->index, NULL);
    settle(b);
  }
}

/* ---- as time goes by ---- */

static uint64_t fake_clock(void *arg) {
  return *(uint64_t *)arg;
}

static void test_age_and_duration(void **state) {
  struct bench *b = *state;
  uint64_t now = 1000 * CLOCK_S;
  int exchange;
  loop_set_clock(b->loop, fake_clock, &now);
  loop_turn(b->loop, 0);
  struct flow *old = add(b, "/old", NULL), *young = add(b, "/young", NULL);
  old->times.start = now - 50 * CLOCK_S;
  old->times.end = old->times.start + CLOCK_S;
  young->times.start = young->times.end = now - CLOCK_S;
  settle(b);
  filter_index_set(b->index, compile("age<1m"));
  settle(b);
  assert_int_equal(filter_index_count(b->index), 2);
  now += 20 * CLOCK_S;
  unsigned told = b->told;
  TURN_UNTIL(b->loop, filter_index_count(b->index) == 1);
  assert_int_equal(filter_index_nth(b->index, 0), young->id);
  assert_true(b->told > told);
  assert_false(filter_index_busy(b->index, NULL)); /* the list is whole all the while */
  told = b->told;
  now += CLOCK_S;
  for (int i = 0; i < 5; i++)
    loop_turn(b->loop, 0);
  assert_int_equal(b->told, told); /* nothing moved: nobody is told */
  filter_index_set(b->index, compile(">30s"));
  settle(b);
  assert_int_equal(filter_index_count(b->index), 0);
  struct flow *running = add(b, "/running", NULL);
  running->state = FLOW_WAITING;
  running->live = &exchange;
  running->times.start = now;
  running->times.end = 0;
  store_touch(b->store, running, FLOW_CHANGED_STATE);
  loop_turn(b->loop, 0);
  assert_int_equal(filter_index_count(b->index), 0);
  now += 31 * CLOCK_S;
  TURN_UNTIL(b->loop, filter_index_count(b->index) == 1);
  running->live = NULL;
  running->state = FLOW_DONE;
  running->times.end = now;
  store_touch(b->store, running, FLOW_CHANGED_STATE);
  settle(b);
  assert_int_equal(filter_index_count(b->index), 1);
}

static void test_sizes_grow(void **state) {
  struct bench *b = *state;
  int exchange;
  filter_index_set(b->index, compile("size>10"));
  struct flow *f = add(b, "/a", NULL);
  f->state = FLOW_RESPONSE_ARRIVING;
  f->live = &exchange;
  store_touch(b->store, f, FLOW_CHANGED_STATE);
  settle(b);
  assert_int_equal(filter_index_count(b->index), 0);
  body_add(&f->response.body, "twelve bytes", 12, 1000, 0);
  store_touch(b->store, f, FLOW_CHANGED_BODY);
  settle(b);
  assert_int_equal(filter_index_count(b->index), 1); /* while it still arrives */
}

static void test_flows_come_and_go_while_scanning(void **state) {
  struct bench *b = *state;
  for (int i = 0; i < 60000; i++)
    add(b, i % 3 ? "/a" : "/keep", "x");
  store_deliver(b->store);
  filter_index_set(b->index, compile("~b x ~u keep"));
  for (int i = 0; filter_index_busy(b->index, NULL); i++) {
    struct flow *f = store_nth(b->store, (size_t)(i * 7919) % store_count(b->store));
    assert_true(store_detach(b->store, f));
    flow_free(f);
    add(b, i % 2 ? "/keep/new" : "/new", "x");
    store_nth(b->store, 5)->paused = FLOW_PAUSED_REQUEST;
    store_touch(b->store, store_nth(b->store, 5), FLOW_CHANGED_STATE);
    loop_turn(b->loop, 0);
    if (i == 3)
      filter_index_set(b->index, compile("~b x ~u keep ~m GET"));
  }
  settle(b);
  check(b);
}

/* Typing: each letter narrows what the one before matched, also when flows change between. */
static void test_narrowing_letter_by_letter(void **state) {
  struct bench *b = *state;
  static const char *const typed[] = {"~u k", "~u ke", "~u kee", "~u keep", "~u kee", "~u keep"};
  for (int i = 0; i < 3000; i++)
    add(b, i % 3 ? "/kex" : i % 2 ? "/keep" : "/other", "x");
  settle(b);
  for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
    filter_index_set(b->index, compile(typed[i]));
    settle(b);
    check(b);
    add(b, "/keep/late", "x");
    struct flow *f = store_nth(b->store, i * 11);
    store_detach(b->store, f);
    flow_free(f);
    settle(b);
    check(b);
  }
}

static void test_freed_while_busy(void **state) {
  struct bench *b = *state;
  for (int i = 0; i < 60000; i++)
    add(b, "/a", "x");
  store_deliver(b->store);
  filter_index_set(b->index, compile("~b \"x*y\""));
  filter_index_free(b->index); /* with its job in the loop */
  loop_turn(b->loop, 0);
  b->index = filter_index_new(b->loop, b->store, bench_told, b);
  settle(b);
  check(b);
}

#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, bench_open, bench_close)

int main(void) {
  const struct CMUnitTest tests[] = {
      BENCH_TEST(test_all_without_a_filter),
      BENCH_TEST(test_follows_changes),
      BENCH_TEST(test_paused_shows_under_any_filter),
      BENCH_TEST(test_bodies_count_when_whole),
      BENCH_TEST(test_deleted_is_hidden_while_it_runs),
      BENCH_TEST(test_slices_and_percent),
      BENCH_TEST(test_speed_on_heads),
      BENCH_TEST(test_age_and_duration),
      BENCH_TEST(test_sizes_grow),
      BENCH_TEST(test_flows_come_and_go_while_scanning),
      BENCH_TEST(test_narrowing_letter_by_letter),
      BENCH_TEST(test_freed_while_busy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
