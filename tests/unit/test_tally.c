/* Sums over flows, against reckoning by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "flow_build.h"
#include "weir/base/clock.h"
#include "weir/flow/tally.h"

static int by_value(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

/* Percentiles are within 4.5 % of the true ones, over nine orders of magnitude. */
static void test_percentiles(void **state) {
  enum { N = 5000 };
  static uint64_t value[N];
  static const unsigned percent[] = {1, 10, 50, 90, 95, 99, 100};
  struct tally_times *t = calloc(1, sizeof *t);
  (void)state;
  srand(7);
  for (size_t i = 0; i < N; i++) {
    value[i] = (uint64_t)(rand() % 1000 + 20) * CLOCK_US;
    for (int k = rand() % 4; k > 0; k--)
      value[i] *= 10;
    tally_time(t, value[i]);
  }
  qsort(value, N, sizeof *value, by_value);
  for (size_t i = 0; i < sizeof percent / sizeof *percent; i++) {
    double truth = (double)value[(size_t)N * percent[i] / 100 - 1], got = (double)tally_percentile(t, percent[i]);
    if (got < truth * 0.955 || got > truth * 1.045)
      fail_msg("%u %%: %.0f, should be %.0f", percent[i], got, truth);
  }
  assert_int_equal(t->most, value[N - 1]);
  assert_int_equal(tally_between(t, 0, UINT64_MAX), N);
  free(t);
}

static void test_no_times(void **state) {
  struct tally_times *t = calloc(1, sizeof *t);
  (void)state;
  assert_int_equal(tally_percentile(t, 50), 0);
  tally_time(t, 3 * CLOCK_US);
  assert_in_range(tally_percentile(t, 50), 3 * CLOCK_US, 4 * CLOCK_US);
  tally_time(t, UINT64_MAX / 2); /* longer than the last step */
  assert_int_equal(t->n, 2);
  free(t);
}

static struct flow *flow_of(const char *host, int status, uint64_t ms, uint64_t paused_ms) {
  static uint64_t id;
  struct flow *f = build_get("/x");
  char head[64];
  flow_set_target(f, "http", slice_of(host), 80);
  http_head_clear(&f->response.head);
  snprintf(head, sizeof head, "HTTP/1.1 %d X\r\n\r\n", status);
  build_head(&f->response.head, HTTP_RESPONSE, head);
  f->id = ++id;
  f->times.end = f->times.start + (ms + paused_ms) * CLOCK_MS;
  f->times.paused_ns = paused_ms * CLOCK_MS;
  f->response.wire = 100;
  f->request.wire = 10;
  return f;
}

static void test_hosts(void **state) {
  struct flow *flows[] = {flow_of("a.test", 200, 10, 0), flow_of("a.test", 404, 30, 0), flow_of("b.test", 500, 5, 0),
                          flow_of("a.test", 302, 20, 5000)};
  struct tally *t = calloc(1, sizeof *t);
  (void)state;
  tally_init(t);
  for (size_t i = 0; i < 4; i++)
    tally_add(t, flows[i], 0);
  assert_int_equal(t->host.n, 2);
  const struct tally_host *a = t->host.v[0];
  assert_string_equal(a->name, "a.test");
  assert_int_equal(a->flows, 3);
  assert_int_equal(a->by_class[TALLY_2XX], 1);
  assert_int_equal(a->by_class[TALLY_3XX], 1);
  assert_int_equal(a->by_class[TALLY_4XX], 1);
  assert_int_equal(a->in, 300);
  assert_int_equal(a->out, 30);
  assert_int_equal(a->took.most, 30 * CLOCK_MS); /* the pause is no time of the server's */
  assert_int_equal(t->all.flows, 4);
  assert_int_equal(t->all.by_class[TALLY_5XX], 1);
  assert_int_equal(t->slowest.flow[0].id, flows[1]->id);
  tally_clear(t);
  free(t);
  for (size_t i = 0; i < 4; i++)
    flow_free(flows[i]);
}

/* Names that somebody makes up without end do not fill the memory. */
static void test_many_hosts(void **state) {
  struct tally *t = calloc(1, sizeof *t);
  char host[32];
  (void)state;
  tally_init(t);
  for (int i = 0; i < 1500; i++) {
    snprintf(host, sizeof host, "h%d.test", i);
    struct flow *f = flow_of(host, 200, 1, 0);
    tally_add(t, f, 0);
    flow_free(f);
  }
  assert_int_equal(t->host.n, TALLY_HOSTS + 1);
  assert_string_equal(t->host.v[TALLY_HOSTS]->name, "(others)");
  assert_int_equal(t->host.v[TALLY_HOSTS]->flows, 500);
  assert_int_equal(t->slowest.n, TALLY_TOP);
  tally_clear(t);
  free(t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_percentiles),
      cmocka_unit_test(test_no_times),
      cmocka_unit_test(test_hosts),
      cmocka_unit_test(test_many_hosts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
