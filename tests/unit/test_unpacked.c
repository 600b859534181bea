/* Decoded bytes at any offset: the same as decoding all at once, whatever the coding and however they are asked for; and
 * what cannot be decoded costs neither memory nor what came before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "weir/base/clock.h"
#include "weir/body/unpacked.h"

static unsigned next_random(unsigned *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 8;
}

/* Text that packs, with places that do not. */
static void fill(struct buf *out, size_t n, unsigned seed) {
  while (out->n < n) {
    buf_printf(out, "{\"id\": %u, \"name\": \"item %u\"}\n", next_random(&seed) % 1000, next_random(&seed) % 50);
    for (unsigned i = next_random(&seed) % 997 == 0 ? 3000 : 0; i > 0; i--)
      buf_add_byte(out, (char)next_random(&seed));
  }
  out->n = n;
}

static void see_window(struct body_unpacked *u, const struct buf *plain, uint64_t from, size_t n) {
  struct buf side = BUF_INIT;
  struct body_bytes bytes = body_unpacked_bytes(u);
  struct slice w = body_bytes_window(&bytes, from, n, &side);
  size_t there = plain->n - from < n ? (size_t)(plain->n - from) : n;
  assert_true(w.n >= there);
  assert_memory_equal(w.p, plain->p + from, there);
  buf_clear(&side);
}

static void any_offset_of_all_codings(void **state) {
  static const char *const codings[] = {"gzip", "deflate", "br", "zstd", "gzip, br", "identity"};
  (void)state;
  struct buf plain = BUF_INIT;
  fill(&plain, 6u * 1024 * 1024 + 17, 1);
  for (size_t c = 0; c < sizeof codings / sizeof *codings; c++) {
    struct buf coded = BUF_INIT;
    struct err err = ERR_INIT;
    unsigned seed = 7;
    assert_true(body_encode(slice_of(codings[c]), buf_slice(&plain), &coded, &err));
    struct slice raw = buf_slice(&coded);
    struct body_unpacked *u = body_unpacked_new(slice_of(codings[c]), NULL, body_bytes_of(&raw), &err);
    assert_non_null(u);
    while (body_unpacked_go(u, UINT64_MAX, 1)) { /* a portion at a time: what is there is right at any moment */
      bool ended;
      uint64_t size = body_unpacked_size(u, &ended);
      assert_false(ended);
      if (size > 0)
        see_window(u, &plain, next_random(&seed) % size, 1);
    }
    bool ended;
    assert_int_equal(body_unpacked_size(u, &ended), plain.n);
    assert_true(ended);
    assert_int_equal(body_unpacked_result(u, &err), BODY_DECODED);
    for (int i = 0; i < 400; i++)
      see_window(u, &plain, next_random(&seed) % plain.n, next_random(&seed) % 100000);
    see_window(u, &plain, plain.n - 1, 10);
    assert_int_equal(body_unpacked_bytes(u).at(u, plain.n).n, 0);
    body_unpacked_free(u);
    buf_clear(&coded);
  }
  buf_clear(&plain);
}

static void only_as_far_as_asked(void **state) {
  (void)state;
  struct buf plain = BUF_INIT, coded = BUF_INIT;
  struct err err = ERR_INIT;
  bool ended;
  fill(&plain, 8u * 1024 * 1024, 2);
  assert_true(body_encode(SLICE("gzip"), buf_slice(&plain), &coded, &err));
  struct slice raw = buf_slice(&coded);
  struct body_unpacked *u = body_unpacked_new(SLICE("gzip"), NULL, body_bytes_of(&raw), &err);
  assert_true(body_unpacked_go(u, 1000000, 0));
  uint64_t size = body_unpacked_size(u, &ended);
  assert_false(ended);
  assert_in_range(size, 1000000, 1200000);
  assert_true(body_unpacked_taken(u) < coded.n / 4);
  assert_true(body_unpacked_go(u, 500000, 0)); /* it is there already */
  assert_int_equal(body_unpacked_size(u, &ended), size);
  body_unpacked_free(u);
  buf_clear(&plain);
  buf_clear(&coded);
}

static uint64_t growing_size(void *arg, bool *ended) {
  *ended = false;
  return ((const struct slice *)arg)->n;
}

/* A body that arrives byte by byte gives at each moment what its bytes so far hold. */
static void it_grows(void **state) {
  (void)state;
  struct buf plain = BUF_INIT, coded = BUF_INIT;
  struct err err = ERR_INIT;
  bool ended;
  fill(&plain, 40000, 3);
  assert_true(body_encode(SLICE("gzip"), buf_slice(&plain), &coded, &err));
  struct slice raw = {coded.p, 0};
  struct body_bytes bytes = body_bytes_of(&raw);
  bytes.size = growing_size;
  struct body_unpacked *u = body_unpacked_new(SLICE("gzip"), NULL, bytes, &err);
  uint64_t before = 0;
  for (size_t i = 0; i < coded.n; i++) {
    raw.n = i + 1;
    assert_false(body_unpacked_go(u, UINT64_MAX, 0) && i + 1 < coded.n && body_unpacked_taken(u) < raw.n);
    uint64_t size = body_unpacked_size(u, &ended);
    assert_true(size >= before && !ended);
    before = size;
  }
  assert_int_equal(before, plain.n);
  see_window(u, &plain, 0, plain.n);
  body_unpacked_free(u);
  buf_clear(&plain);
  buf_clear(&coded);
}

static void cut_or_damaged(void **state) {
  static const char *const codings[] = {"gzip", "deflate", "br", "zstd"};
  (void)state;
  struct buf plain = BUF_INIT;
  fill(&plain, 3u * 1024 * 1024, 4);
  for (size_t c = 0; c < 2 * sizeof codings / sizeof *codings; c++) {
    struct buf coded = BUF_INIT;
    struct err err = ERR_INIT;
    bool ended, cut = c % 2 == 0;
    struct slice coding = slice_of(codings[c / 2]);
    assert_true(body_encode(coding, buf_slice(&plain), &coded, &err));
    if (!cut)
      memset(coded.p + coded.n / 2, 0xff, 64);
    struct slice raw = slice_sub(buf_slice(&coded), 0, cut ? coded.n / 2 : coded.n);
    struct body_unpacked *u = body_unpacked_new(coding, NULL, body_bytes_of(&raw), &err);
    assert_false(body_unpacked_go(u, UINT64_MAX, 0));
    uint64_t size = body_unpacked_size(u, &ended);
    assert_true(ended);
    assert_in_range(size, plain.n / 5, cut ? plain.n - 1 : plain.n + 1024); /* what comes behind damage may be wrong */
    assert_int_equal(body_unpacked_result(u, &err), BODY_DECODED_PART);
    assert_non_null(strstr(err.text, cut ? "cut off" : "damaged"));
    see_window(u, &plain, size / 8, 100000);
    body_unpacked_free(u);
    buf_clear(&coded);
  }
  buf_clear(&plain);
}

static void never_what_it_is_said_to_be(void **state) {
  (void)state;
  struct err err = ERR_INIT;
  struct slice raw = SLICE("this is no gzip");
  struct body_unpacked *u = body_unpacked_new(SLICE("gzip"), NULL, body_bytes_of(&raw), &err);
  assert_false(body_unpacked_go(u, UINT64_MAX, 0));
  assert_int_equal(body_unpacked_result(u, &err), BODY_NOT_DECODED);
  body_unpacked_free(u);
  assert_null(body_unpacked_new(SLICE("x-odd"), NULL, body_bytes_of(&raw), &err));
  assert_non_null(strstr(err.text, "x-odd"));
}

/* Zeros: as many as the ratio lets through, for next to no memory. */
static void bombs_cost_nothing(void **state) {
  (void)state;
  enum { ZEROS = 200 * 1024 * 1024 };
  struct buf coded = BUF_INIT, twice = BUF_INIT;
  struct err err = ERR_INIT;
  static const char zeros[65536];
  unsigned char chunk[4096];
  z_stream z = {0};
  bool ended;
  assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
  for (size_t left = ZEROS / sizeof zeros + 1; left > 0; left--) {
    z.next_in = (unsigned char *)(uintptr_t)zeros;
    z.avail_in = left > 1 ? sizeof zeros : 0;
    do {
      z.next_out = chunk;
      z.avail_out = sizeof chunk;
      deflate(&z, left > 1 ? Z_NO_FLUSH : Z_FINISH);
      buf_add(&coded, chunk, sizeof chunk - z.avail_out);
    } while (z.avail_out == 0);
  }
  deflateEnd(&z);
  struct slice raw = buf_slice(&coded);
  struct body_unpacked *u = body_unpacked_new(SLICE("gzip"), NULL, body_bytes_of(&raw), &err);
  body_unpacked_go(u, UINT64_MAX, 0);
  assert_int_equal(body_unpacked_size(u, &ended), ZEROS);
  assert_true(body_unpacked_cost(u) < 4u * 1024 * 1024);
  assert_int_equal(*body_unpacked_bytes(u).at(u, ZEROS / 2).p, 0);
  body_unpacked_free(u);
  assert_true(body_encode(SLICE("gzip"), buf_slice(&coded), &twice, &err));
  raw = buf_slice(&twice);
  u = body_unpacked_new(SLICE("gzip, gzip"), NULL, body_bytes_of(&raw), &err);
  body_unpacked_go(u, UINT64_MAX, 0);
  assert_int_equal(body_unpacked_result(u, &err), BODY_DECODED_PART);
  assert_non_null(strstr(err.text, "it grows more than"));
  assert_true(body_unpacked_cost(u) < 4u * 1024 * 1024);
  body_unpacked_free(u);
  buf_clear(&coded);
  buf_clear(&twice);
}

static void a_portion_at_a_time(void **state) {
  (void)state;
  struct buf plain = BUF_INIT, coded = BUF_INIT;
  struct err err = ERR_INIT;
  bool ended;
  fill(&plain, 4u * 1024 * 1024, 5);
  assert_true(body_encode(SLICE("zstd"), buf_slice(&plain), &coded, &err));
  struct slice raw = buf_slice(&coded);
  struct body_unpacked *u = body_unpacked_new(SLICE("zstd"), NULL, body_bytes_of(&raw), &err);
  assert_true(body_unpacked_go(u, UINT64_MAX, clock_mono()));
  assert_in_range(body_unpacked_size(u, &ended), 1, 256 * 1024);
  body_unpacked_free(u);
  buf_clear(&plain);
  buf_clear(&coded);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(any_offset_of_all_codings),
      cmocka_unit_test(only_as_far_as_asked),
      cmocka_unit_test(it_grows),
      cmocka_unit_test(cut_or_damaged),
      cmocka_unit_test(never_what_it_is_said_to_be),
      cmocka_unit_test(bombs_cost_nothing),
      cmocka_unit_test(a_portion_at_a_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
