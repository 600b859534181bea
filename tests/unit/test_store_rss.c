/*
 * Does the ring's account agree with the process's memory? Ten times the budget of mixed flows passes through a ring of
 * 32 MB; at no time may the process hold more than 1.25 times the budget and 8 MB beside what it held before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <malloc.h>
#include <unistd.h>

#include "flow_build.h"
#include "sanitized.h"
#include "weir/base/mem.h"
#include "weir/flow/store.h"

#define MEMORY (32u << 20)
#define BUDGET (MEMORY / 4 * 5 + (8u << 20))

/* Pages that malloc keeps for later would hide growth: they are given back before a measurement begins. */
static size_t resident(void);

static size_t resident_at_start(void) {
  malloc_trim(0);
  return resident();
}

static size_t resident(void) {
  char text[128] = {0};
  size_t all = 0, pages = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  assert_non_null(f);
  assert_non_null(fgets(text, sizeof text, f));
  fclose(f);
  assert_int_equal(sscanf(text, "%zu %zu", &all, &pages), 2);
  return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static uint32_t next_random(uint32_t *x) {
  *x ^= *x << 13;
  *x ^= *x >> 17;
  *x ^= *x << 5;
  return *x;
}

static char noise[65536];

/* One exchange on its way: some run at the same time, as in a proxy, so that their blocks lie between each other's. */
struct running {
  struct flow *flow;
  uint64_t left, size;
  bool known;
};

#define AT_ONCE 64

static void start(struct store *s, struct running *r, uint32_t *seed) {
  static const char response[] = "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: application/octet-stream\r\n\r\n";
  static const uint32_t most[] = {1, 200, 4000, 60000, 300000, 1 << 20};
  char request[400];
  r->flow = store_add(s);
  r->flow->live = r;
  r->size = r->left = next_random(seed) % most[next_random(seed) % 6];
  r->known = next_random(seed) % 2;
  snprintf(request, sizeof request, "GET /a/path/%0*u HTTP/1.1\r\nHost: shop.test\r\n\r\n", (int)(*seed % 200), *seed);
  build_flow(r->flow, request, NULL, response, NULL);
  r->flow->state = FLOW_RESPONSE_ARRIVING;
  store_touch(s, r->flow, FLOW_CHANGED_HEAD);
}

static void end(struct store *s, struct running *r, uint32_t *seed) {
  body_seal(&r->flow->response.body);
  r->flow->state = FLOW_DONE;
  r->flow->live = NULL;
  store_touch(s, r->flow, FLOW_CHANGED_STATE);
  if (next_random(seed) % 1000 == 0) /* now and then one that stays */
    store_mark(s, r->flow, true, NULL);
  r->flow = NULL;
}

static uint64_t go_on(struct store *s, struct running *r, uint32_t *seed) {
  if (!r->flow)
    start(s, r, seed);
  size_t piece = 1 + next_random(seed) % sizeof noise;
  if (piece > r->left)
    piece = (size_t)r->left;
  struct body *body = &r->flow->response.body;
  size_t before = body_cost(body);
  if (store_may_record(s))
    body_add(body, noise, piece, UINT64_MAX, r->known ? r->size : 0);
  store_charge(s, r->flow, body_cost(body) - before);
  r->left -= piece;
  if (!r->left)
    end(s, r, seed);
  return piece;
}

static void test_resident_memory(void **state) {
  (void)state;
  mallopt(M_ARENA_MAX, 1); /* as the program does at its start: src/app/weir.c */
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 2 << 20);
  mallopt(M_TOP_PAD, 256 << 10);
  struct running running[AT_ONCE] = {{NULL, 0, 0, false}};
  uint32_t seed = 4711;
  for (size_t i = 0; i < sizeof noise; i++)
    noise[i] = (char)next_random(&seed);
  size_t before = resident_at_start(), most = 0;
  uint64_t passed = 0;
  struct store *s = store_new(MEMORY, 100000);
  for (unsigned turn = 0; passed < 10ull * MEMORY; turn++) {
    for (size_t i = 0; i < AT_ONCE; i++)
      passed += go_on(s, &running[i], &seed);
    store_deliver(s);
    assert_true(store_stats(s).bytes <= MEMORY);
    size_t now = resident() - before;
    most = now > most ? now : most;
  }
  struct store_stats stats = store_stats(s);
  print_message("# %llu MB passed in %llu flows; counted %.1f MB, resident at most %.1f MB, allowed %.1f MB\n",
                (unsigned long long)(passed >> 20), (unsigned long long)stats.added, (double)stats.bytes / (1 << 20),
                (double)most / (1 << 20), (double)BUDGET / (1 << 20));
  assert_true(stats.evicted > 0);
  assert_true(stats.bytes > MEMORY / 4 * 3); /* the budget is used, not feared */
  assert_true(SANITIZED || most <= BUDGET);
  for (size_t i = 0; i < AT_ONCE; i++)
    if (running[i].flow)
      running[i].flow->live = NULL;
  store_free(s);
}

/* Small flows: what does one cost beyond its own bytes? Measured from outside, not by the ring's word. */
static void test_small_flows(void **state) {
  (void)state;
  enum { FLOWS = 20000 };
  static const char request[] =
      "GET http://shop.test/static/app.css HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: curl/7.88.1\r\n"
      "Accept: */*\r\n\r\n";
  static const char response[] =
      "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/css\r\nContent-Length: 1024\r\n\r\n";
  size_t before = resident_at_start(), own = sizeof request + sizeof response + 1024;
  struct store *s = store_new(1u << 30, 100000);
  for (int i = 0; i < FLOWS; i++) {
    struct flow *f = store_add(s);
    build_flow(f, request, NULL, response, NULL);
    build_body(&f->response.body, noise, 1024);
    store_touch(s, f, FLOW_CHANGED_STATE);
    if (i % 16 == 0)
      store_deliver(s);
  }
  size_t each = (resident() - before) / FLOWS;
  uint64_t counted = store_stats(s).bytes / FLOWS;
  print_message("# a flow of %zu bytes takes %zu, counted %llu: %zu beyond its own\n", own, each,
                (unsigned long long)counted, each - own);
  assert_true(SANITIZED || each <= own + 1024);
  assert_true(counted <= own + 1024);
  assert_true(SANITIZED || (counted * 10 >= each * 9 && counted * 9 <= each * 10));
  store_free(s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_resident_memory),
      cmocka_unit_test(test_small_flows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
