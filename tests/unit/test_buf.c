/* The buffer and the allocations under it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/buf.h"
#include "weir/base/mem.h"
#include "weir/base/vec.h"

static void holds(const struct buf *b, const char *text) {
  assert_int_equal(b->n, strlen(text));
  assert_string_equal(buf_text(b), text); /* reads the NUL behind the end too */
}

static void starts_empty(void **state) {
  (void)state;
  struct buf b = BUF_INIT;
  holds(&b, "");
  assert_int_equal(buf_slice(&b).n, 0);
  buf_add(&b, NULL, 0);
  buf_remove(&b, 0, 5);
  buf_reset(&b);
  holds(&b, "");
  char *taken = buf_take(&b);
  assert_string_equal(taken, "");
  free(taken);
  buf_clear(&b);
}

static void appends(void **state) {
  (void)state;
  struct buf b = BUF_INIT;
  buf_add_text(&b, "ab");
  buf_add_byte(&b, 'c');
  buf_add_slice(&b, SLICE("de"));
  buf_printf(&b, "-%d-%s", 42, "x");
  buf_printf(&b, "%s", "");
  holds(&b, "abcde-42-x");
  char *room = buf_reserve(&b, 3);
  memcpy(room, "xyz", 3);
  b.n += 3;
  holds(&b, "abcde-42-xxyz");
  buf_reset(&b);
  holds(&b, "");
  buf_clear(&b);
  assert_null(b.p);
}

static void inserts_and_removes(void **state) {
  (void)state;
  struct buf b = BUF_INIT;
  buf_insert(&b, 0, "world", 5);
  buf_insert(&b, 0, "hello ", 6);
  buf_insert(&b, 99, "!", 1); /* clamped to the end */
  holds(&b, "hello world!");
  buf_remove(&b, 5, 6);
  holds(&b, "hello!");
  buf_remove(&b, 5, SIZE_MAX);
  holds(&b, "hello");
  buf_remove(&b, 0, 1);
  holds(&b, "ello");
  buf_clear(&b);
}

static void grows_and_keeps_every_byte(void **state) {
  (void)state;
  struct buf b = BUF_INIT;
  for (unsigned i = 0; i < 100000; i++)
    buf_add_byte(&b, (char)(i * 7));
  assert_int_equal(b.n, 100000);
  for (unsigned i = 0; i < 100000; i++)
    assert_int_equal((unsigned char)b.p[i], (i * 7) & 0xff);
  assert_int_equal(b.p[b.n], 0);
  char *taken = buf_take(&b);
  assert_null(b.p);
  free(taken);
}

static void copies_bytes_with_nul(void **state) {
  (void)state;
  char *copy = mem_dup_n("a\0b", 3);
  assert_memory_equal(copy, "a\0b", 4);
  free(copy);
  assert_null(mem_dup(NULL));
  int *zeroed = mem_zero(3, sizeof *zeroed);
  assert_int_equal(zeroed[0] | zeroed[1] | zeroed[2], 0);
  assert_true(mem_cost(zeroed) > 3 * sizeof *zeroed);
  assert_int_equal(mem_cost(NULL), 0);
  free(zeroed);
}

static void vector_keeps_order(void **state) {
  (void)state;
  VEC(int) v = {NULL, 0, 0};
  for (int i = 0; i < 20; i++)
    VEC_PUSH(&v, i);
  VEC_INSERT(&v, 0, -1);
  VEC_INSERT(&v, v.n, 20);
  VEC_REMOVE(&v, 1);
  assert_int_equal(v.n, 21);
  assert_int_equal(v.v[0], -1);
  for (int i = 1; i < 21; i++)
    assert_int_equal(v.v[i], i);
  VEC_CLEAR(&v);
  assert_int_equal(v.n, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(starts_empty),          cmocka_unit_test(appends),
      cmocka_unit_test(inserts_and_removes),   cmocka_unit_test(grows_and_keeps_every_byte),
      cmocka_unit_test(copies_bytes_with_nul), cmocka_unit_test(vector_keeps_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
