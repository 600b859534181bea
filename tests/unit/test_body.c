/* Captured bodies: limits, blocks, what is kept and what was seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <malloc.h>

#include "weir/base/mem.h"
#include "weir/flow/body.h"

static char pattern(uint64_t i) {
  return (char)(i * 7 + i / 251);
}

/* Adds n bytes of the pattern in pieces. */
static void feed(struct body *b, uint64_t n, size_t piece, uint64_t limit, uint64_t expected) {
  char bytes[5000];
  for (uint64_t at = b->seen, end = b->seen + n; at < end;) {
    size_t now = end - at < piece ? (size_t)(end - at) : piece;
    for (size_t i = 0; i < now; i++)
      bytes[i] = pattern(at + i);
    body_add(b, bytes, now, limit, expected);
    at += now;
  }
}

static void assert_pattern(const struct body *b) {
  struct body_reader reader = {b, 0};
  struct slice piece;
  uint64_t at = 0;
  while (body_read(&reader, &piece)) {
    for (size_t i = 0; i < piece.n; i++)
      assert_int_equal(piece.p[i], pattern(at + i));
    at += piece.n;
  }
  assert_int_equal(at, b->kept);
}

/* The cost that the body keeps must be what it holds: a block is header and bytes, so never less than kept. */
static void test_keeps_what_comes(void **state) {
  (void)state;
  static const size_t sizes[] = {0, 1, 1000, 1024, 1025, 65503, 65504, 65505, 200000, 1000003};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    for (int known = 0; known < 2; known++) {
      struct body b = {0};
      feed(&b, sizes[i], 777, UINT64_MAX, known ? sizes[i] : 0);
      assert_int_equal(b.seen, sizes[i]);
      assert_int_equal(b.kept, sizes[i]);
      assert_false(body_cut(&b));
      assert_pattern(&b);
      body_seal(&b);
      assert_pattern(&b);
      assert_true(body_cost(&b) >= sizes[i]);
      assert_true(body_cost(&b) <= sizes[i] + sizes[i] / 100 + 256);
      body_clear(&b);
      assert_int_equal(body_cost(&b), 0);
    }
  }
}

static void test_limit_cuts_the_record(void **state) {
  (void)state;
  struct body b = {0};
  feed(&b, 100000, 3000, 70000, 100000);
  assert_int_equal(b.kept, 70000);
  assert_int_equal(b.seen, 100000);
  assert_true(body_cut(&b));
  assert_pattern(&b);
  size_t room;
  assert_null(body_room(&b, 70000, 0, &room));
  assert_int_equal(room, 0);
  body_clear(&b);
}

static void test_nothing_follows_a_gap(void **state) {
  (void)state;
  struct body b = {0};
  feed(&b, 5000, 100, 1234, 0);
  assert_int_equal(b.kept, 1234);
  feed(&b, 100, 100, UINT64_MAX, 0); /* there would be room again, but no place for it */
  assert_int_equal(b.kept, 1234);
  assert_int_equal(b.seen, 5100);
  size_t room;
  assert_null(body_room(&b, UINT64_MAX, 0, &room));
  assert_pattern(&b);
  body_clear(&b);
}

/* What was received into the room and is then added like any bytes stays where it is, also where a limit cuts it. */
static void test_room_is_added_in_place(void **state) {
  (void)state;
  for (uint64_t limit = 290000; limit <= 300000; limit += 10000) {
    struct body b = {0};
    size_t room;
    while (b.seen < 295000) {
      char *to = body_room(&b, 300000, 300000, &room);
      assert_non_null(to);
      size_t n = room > 7000 ? 7000 : room;
      n = n > 295000 - b.seen ? (size_t)(295000 - b.seen) : n;
      for (size_t i = 0; i < n; i++)
        to[i] = pattern(b.seen + i);
      body_add(&b, to, n, limit, 300000);
      if (body_cut(&b))
        break;
      assert_ptr_equal(body_at(&b, b.kept - n).p, to);
    }
    assert_int_equal(b.kept, limit < 295000 ? limit : 295000);
    assert_pattern(&b);
    body_clear(&b);
  }
}

static void test_room_unused_costs_nothing_after_seal(void **state) {
  (void)state;
  struct body b = {0};
  size_t room;
  assert_non_null(body_room(&b, 1 << 20, 50000, &room));
  assert_int_equal(room, 50000);
  body_seal(&b);
  assert_int_equal(body_cost(&b), 0);
  assert_non_null(body_room(&b, 1 << 20, 0, &room));
  body_add(&b, body_room(&b, 1 << 20, 0, &room), 3, 1 << 20, 0);
  body_seal(&b);
  assert_true(body_cost(&b) < 128);
  body_clear(&b);
}

/* A sender may announce more or less than comes. */
static void test_announced_length_may_lie(void **state) {
  (void)state;
  struct body b = {0};
  feed(&b, 50000, 500, UINT64_MAX, 10);
  assert_int_equal(b.kept, 50000);
  assert_pattern(&b);
  body_clear(&b);
  feed(&b, 10, 10, 1 << 20, UINT64_MAX);
  assert_int_equal(b.kept, 10);
  assert_true(body_cost(&b) < 70000); /* a promise of 16 EB gets one block */
  body_seal(&b);
  assert_true(body_cost(&b) < 128);
  body_clear(&b);
}

static void test_slices_stay_while_it_grows(void **state) {
  (void)state;
  struct body b = {0};
  feed(&b, 100, 100, UINT64_MAX, 0);
  struct slice first = body_at(&b, 0);
  feed(&b, 500000, 4096, UINT64_MAX, 0);
  assert_ptr_equal(first.p, body_at(&b, 0).p);
  assert_int_equal(body_at(&b, 50).p[0], pattern(50));
  body_clear(&b);
}

static void test_copy(void **state) {
  (void)state;
  struct body b = {0};
  struct buf out = BUF_INIT;
  feed(&b, 150000, 4096, UINT64_MAX, 0);
  buf_add_text(&out, "head");
  body_copy(&b, &out);
  assert_int_equal(out.n, 150004);
  assert_int_equal(out.p[4 + 149999], pattern(149999));
  buf_clear(&out);
  body_clear(&b);
}

int main(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 20); /* as weir sets it: blocks have no pages of their own */
#endif
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_keeps_what_comes),
      cmocka_unit_test(test_limit_cuts_the_record),
      cmocka_unit_test(test_nothing_follows_a_gap),

      cmocka_unit_test(test_room_is_added_in_place),
      cmocka_unit_test(test_room_unused_costs_nothing_after_seal),
      cmocka_unit_test(test_announced_length_may_lie),
      cmocka_unit_test(test_slices_stay_while_it_grows),
      cmocka_unit_test(test_copy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
