/* What bytes mean as numbers, in both orders, and how many of them there must be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "weir/body/inspect.h"

static void see(const char *bytes, size_t n, bool little, const char *want) {
  struct buf out = BUF_INIT;
  body_inspect(slice_make(bytes, n), little, SIZE_MAX, &out);
  assert_string_equal(buf_text(&out), want);
  buf_clear(&out);
}

static void both_orders(void **state) {
  (void)state;
  see("ftypisom", 8, false,
      "u8 102  u16be 26228  u32be 1718909296  f32 2.886e+23  \"ftypisom\"  f64 3.48e+185  u64be 7382659212879556461");
  see("\x01\0\0\0\0\0\0\0", 8, true, "u8 1  u16le 1  u32le 1  f32 1.401e-45  f64 4.941e-324  u64le 1");
  see("\xff\xfe\xfd\xfc", 4, false, "u8 255 i8 -1  u16be 65534 i16 -2  u32be 4294901244 i32 -66052  f32 nan");
  see("\0\0\x80\x3f", 4, true, "u8 0  u16le 0  u32le 1065353216  f32 1");
}

static void as_many_as_there_are(void **state) {
  (void)state;
  see("", 0, false, "");
  see("\x7f", 1, false, "u8 127");
  see("ab\033", 3, true, "u8 97  u16le 25185  \"ab\"");
}

/* An item is there whole or not at all; a shorter one behind it may still have room. */
static void whole_items(void **state) {
  struct buf out = BUF_INIT;
  (void)state;
  buf_add_text(&out, "at 0 ");
  body_inspect(SLICE("ftypisom"), false, 60, &out);
  assert_string_equal(buf_text(&out), "at 0 u8 102  u16be 26228  u32be 1718909296  f32 2.886e+23");
  buf_reset(&out);
  body_inspect(SLICE("ftypisom"), false, 52, &out);
  assert_string_equal(buf_text(&out), "u8 102  u16be 26228  u32be 1718909296  f32 2.886e+23");
  buf_reset(&out);
  body_inspect(SLICE("ftypisom"), false, 51, &out);
  assert_string_equal(buf_text(&out), "u8 102  u16be 26228  u32be 1718909296  \"ftypisom\"");
  buf_clear(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(both_orders), cmocka_unit_test(as_many_as_there_are),
                                     cmocka_unit_test(whole_items)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
