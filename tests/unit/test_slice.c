/* Slices: every function at its edges, the empty slice above all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "weir/base/slice.h"

static const struct slice none = {NULL, 0};

static void compares(void **state) {
  (void)state;
  assert_true(slice_eq(none, SLICE("")));
  assert_true(slice_eq(SLICE("a\0b"), slice_make("a\0b", 3)));
  assert_false(slice_eq(SLICE("a\0b"), SLICE("a\0c")));
  assert_false(slice_eq(SLICE("ab"), SLICE("a")));
  assert_true(slice_eq_ascii(SLICE("Content-LENGTH"), SLICE("content-length")));
  assert_false(slice_eq_ascii(SLICE("@"), SLICE("`"))); /* differ in the case bit but are no letters */
  assert_false(slice_eq_ascii(SLICE("\xc4"), SLICE("\xe4")));
  assert_int_equal(slice_of(NULL).n, 0);
}

static void cuts(void **state) {
  (void)state;
  assert_true(slice_eq(slice_from(SLICE("abc"), 1), SLICE("bc")));
  assert_int_equal(slice_from(SLICE("abc"), 9).n, 0);
  assert_true(slice_eq(slice_sub(SLICE("abcdef"), 2, 3), SLICE("cde")));
  assert_true(slice_eq(slice_sub(SLICE("abc"), 2, SIZE_MAX), SLICE("c")));
  assert_int_equal(slice_sub(none, 5, 5).n, 0);
  assert_true(slice_eq(slice_trim(SLICE(" \t a b\t ")), SLICE("a b")));
  assert_int_equal(slice_trim(SLICE(" \t ")).n, 0);
  assert_true(slice_eq(slice_trim(SLICE("\na\r")), SLICE("\na\r"))); /* only SP and HTAB */
}

static void starts_and_ends(void **state) {
  (void)state;
  assert_true(slice_starts(SLICE("abc"), SLICE("ab")));
  assert_true(slice_starts(none, none));
  assert_false(slice_starts(SLICE("a"), SLICE("ab")));
  assert_false(slice_starts(SLICE("Abc"), SLICE("ab")));
  assert_true(slice_starts_ascii(SLICE("Abc"), SLICE("aB")));
  assert_true(slice_ends(SLICE("abc"), SLICE("bc")));
  assert_false(slice_ends(SLICE("c"), SLICE("bc")));
}

static void finds(void **state) {
  (void)state;
  assert_int_equal(slice_find_byte(SLICE("a\xff"
                                         "b"),
                                   (char)0xff),
                   1);
  assert_int_equal(slice_find_byte(none, 'a'), -1);
  assert_int_equal(slice_find(SLICE("xxabab"), SLICE("ab")), 2);
  assert_int_equal(slice_find(SLICE("xx"), SLICE("ab")), -1);
  assert_int_equal(slice_find(none, SLICE("")), 0);
  assert_int_equal(slice_find(none, SLICE("a")), -1);
  assert_int_equal(slice_find_ascii(SLICE("xxAB"), SLICE("ab")), 2);
  assert_int_equal(slice_find_ascii(SLICE("xxA"), SLICE("ab")), -1);
  assert_int_equal(slice_find_ascii(SLICE("a"), SLICE("ab")), -1);
}

static void splits(void **state) {
  (void)state;
  struct slice rest = SLICE("a,,b,");
  struct slice part;
  const char *const want[] = {"a", "", "b", ""};
  for (size_t i = 0; i < 4; i++) {
    assert_true(slice_split(&rest, ',', &part));
    assert_true(slice_eq(part, slice_of(want[i])));
  }
  assert_false(slice_split(&rest, ',', &part));
  assert_false(slice_split(&rest, ',', &part));
}

static void reads_numbers(void **state) {
  (void)state;
  uint64_t value = 7;
  assert_true(slice_to_u64(SLICE("18446744073709551615"), &value));
  assert_true(value == UINT64_MAX);
  assert_true(slice_to_u64(SLICE("007"), &value));
  assert_int_equal(value, 7);
  const char *const bad[] = {"", "18446744073709551616", "99999999999999999999", "+1", "-1", " 1", "1 ", "1a", "0x1"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_false(slice_to_u64(slice_of(bad[i]), &value));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(compares), cmocka_unit_test(cuts),   cmocka_unit_test(starts_and_ends),
      cmocka_unit_test(finds),    cmocka_unit_test(splits), cmocka_unit_test(reads_numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
