/* A store and an index over it in a loop, for tests. Include after cmocka.h. */
#ifndef WEIR_TESTS_INDEX_BENCH_H
#define WEIR_TESTS_INDEX_BENCH_H

#include <stdlib.h>

#include "turns.h"
#include "weir/filter/index.h"

struct bench {
  struct loop *loop;
  struct store *store;
  struct filter_index *index;
  unsigned told; /* so often was the index's user told of changes */
  uint64_t now;  /* of tests with a clock of their own */
};

static inline void bench_deliver(void *arg) {
  store_deliver(((struct bench *)arg)->store);
}

static inline void bench_told(void *arg) {
  ((struct bench *)arg)->told++;
}

static inline int bench_open(void **state) {
  struct bench *b = calloc(1, sizeof *b);
  assert_non_null(b);
  b->loop = loop_new();
  b->store = store_new(1u << 30, 200000);
  loop_add_hook(b->loop, bench_deliver, b);
  b->index = filter_index_new(b->loop, b->store, bench_told, b);
  *state = b;
  return 0;
}

static inline int bench_close(void **state) {
  struct bench *b = *state;
  for (size_t i = 0; i < store_count(b->store); i++)
    store_nth(b->store, i)->live = NULL;
  filter_index_free(b->index);
  loop_free(b->loop);
  store_free(b->store);
  free(b);
  return 0;
}

/* All that was touched is delivered, filtered and sorted. */
static inline void settle(struct bench *b) {
  loop_turn(b->loop, 0);
  TURN_UNTIL(b->loop, !filter_index_busy(b->index, NULL) && !filter_index_sorting(b->index, NULL));
  loop_turn(b->loop, 0);
  loop_turn(b->loop, 0);
}

#endif
