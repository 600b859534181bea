/* The byte queue: order is kept whatever is added, taken and moved; an empty one holds no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/io/queue.h"

static void bytes_come_out_as_they_went_in(void **state) {
  struct queue q = QUEUE_INIT;
  unsigned char in = 0, out = 0;
  size_t held = 0;
  (void)state;
  srand(3);
  for (int round = 0; round < 4000; round++) {
    size_t add = (size_t)(rand() % 3000);
    char bytes[3000];
    for (size_t i = 0; i < add; i++)
      bytes[i] = (char)in++;
    queue_add(&q, bytes, add);
    held += add;
    assert_int_equal(queue_size(&q), held);
    size_t take = held ? (size_t)rand() % (held + 1) : 0;
    struct slice s = queue_slice(&q);
    for (size_t i = 0; i < take; i++)
      assert_int_equal((unsigned char)s.p[i], out++);
    queue_drop(&q, take);
    held -= take;
  }
  assert_true(q.cap < 64 * 1024); /* what was taken is used again, not kept */
  queue_clear(&q);
}

static void empty_holds_nothing(void **state) {
  struct queue q = QUEUE_INIT;
  (void)state;
  queue_add(&q, NULL, 0);
  assert_null(q.p);
  assert_int_equal(queue_slice(&q).n, 0);
  queue_add(&q, "abc", 3);
  queue_drop(&q, 1);
  assert_memory_equal(queue_bytes(&q), "bc", 2);
  queue_bytes(&q)[0] = 'B';
  assert_memory_equal(queue_slice(&q).p, "Bc", 2);
  queue_drop(&q, 2);
  assert_null(q.p);
  assert_int_equal(q.cap, 0);
  queue_clear(&q);
}

static void a_large_block_fits_at_once(void **state) {
  struct queue q = QUEUE_INIT;
  static char big[300000];
  (void)state;
  memset(big, 'x', sizeof big);
  queue_add(&q, "head", 4);
  queue_add(&q, big, sizeof big);
  queue_drop(&q, 4);
  assert_int_equal(queue_size(&q), sizeof big);
  assert_memory_equal(queue_slice(&q).p, big, sizeof big);
  queue_clear(&q);
}

/* A block goes from one queue to the next; what is larger than others need, and what nobody has room for, goes back. */
static void empty_queues_share_their_blocks(void **state) {
  struct queue_spares spares = {.n = 0};
  struct queue q[QUEUE_SPARES + 2];
  static char big[9000];
  (void)state;
  for (size_t i = 0; i < QUEUE_SPARES + 2; i++)
    q[i] = (struct queue){.spares = &spares};
  queue_add(&q[0], "abc", 3);
  char *block = q[0].p;
  queue_drop(&q[0], 3);
  assert_null(q[0].p);
  assert_int_equal(spares.n, 1);
  queue_add(&q[1], "def", 3);
  assert_ptr_equal(q[1].p, block);
  assert_int_equal(spares.n, 0);
  queue_add(&q[1], big, sizeof big); /* outgrows it: another queue may have it */
  assert_int_equal(queue_size(&q[1]), 3 + sizeof big);
  assert_memory_equal(queue_slice(&q[1]).p, "def", 3);
  assert_int_equal(spares.n, 1);
  queue_clear(&q[1]);
  assert_int_equal(spares.n, 1);
  for (size_t i = 0; i < QUEUE_SPARES + 2; i++)
    queue_add(&q[i], "g", 1);
  assert_int_equal(spares.n, 0);
  for (size_t i = 0; i < QUEUE_SPARES + 2; i++)
    queue_clear(&q[i]);
  assert_int_equal(spares.n, QUEUE_SPARES);
  queue_clear(&q[0]); /* of an empty one nothing comes back */
  assert_int_equal(spares.n, QUEUE_SPARES);
  queue_spares_clear(&spares);
  assert_int_equal(spares.n, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bytes_come_out_as_they_went_in),
      cmocka_unit_test(empty_holds_nothing),
      cmocka_unit_test(a_large_block_fits_at_once),
      cmocka_unit_test(empty_queues_share_their_blocks),
  };
  return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
