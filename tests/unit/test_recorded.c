/* Finding what was recorded of the same URL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/recorded.h"
#include "flow_build.h"

static struct flow *add(struct store *s, const char *path, enum flow_state state) {
  struct flow *f = store_add(s);
  char head[300];
  snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: shop.test\r\n\r\n", path);
  build_flow(f, head, NULL, "HTTP/1.1 200 OK\r\n\r\n", NULL);
  f->state = state;
  store_touch(s, f, FLOW_CHANGED_STATE);
  return f;
}

/* The ids that are found for a path, the first first; 0 at the end. */
static void found(struct recorded *r, const char *path, const uint64_t *ids) {
  struct flow *like = build_get(path);
  const struct flow *f;
  size_t place = 0, n = 0;
  while ((f = recorded_next(r, like, &place)) != NULL)
    assert_int_equal(f->id, ids[n++]);
  assert_int_equal(ids[n], 0);
  flow_free(like);
}
#define IDS(...) ((const uint64_t[]){__VA_ARGS__, 0})

static void newest_first(void **state) {
  struct store *s = store_new(64u << 20, 1000);
  struct recorded *r = recorded_new(s);
  (void)state;
  add(s, "/a", FLOW_DONE);
  add(s, "/b", FLOW_DONE);
  struct flow *late = add(s, "/a", FLOW_WAITING);
  store_deliver(s);
  found(r, "/a", IDS(1));
  found(r, "/c", IDS(0));
  add(s, "/a", FLOW_DONE);
  store_deliver(s);
  found(r, "/a", IDS(4, 1));
  late->state = FLOW_DONE;
  store_touch(s, late, FLOW_CHANGED_STATE);
  store_deliver(s);
  found(r, "/a", IDS(3, 4, 1));
  store_touch(s, late, FLOW_CHANGED_STATE); /* nothing new */
  store_deliver(s);
  found(r, "/a", IDS(3, 4, 1));
  found(r, "/b", IDS(2));
  recorded_free(r);
  store_free(s);
}

/* The ring keeps 50: what it let go is found no more, and there is room for what comes however long it goes on. */
static void what_is_gone(void **state) {
  struct store *s = store_new(64u << 20, 50);
  struct recorded *r = recorded_new(s);
  char path[20];
  (void)state;
  found(r, "/0", IDS(0));
  for (int i = 0; i < 10000; i++) {
    snprintf(path, sizeof path, "/%d", i % 100);
    add(s, path, FLOW_DONE);
    store_deliver(s);
  }
  found(r, "/99", IDS(10000));
  found(r, "/60", IDS(9961));
  found(r, "/10", IDS(0));
  recorded_free(r);
  store_free(s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(newest_first),
      cmocka_unit_test(what_is_gone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
