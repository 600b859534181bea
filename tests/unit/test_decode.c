/* Content codings: every one, whole, cut, damaged, joined, stacked, and as a bomb. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "decode_whole.h"
#include "weir/body/decode.h"

static const char *const codings[] = {"gzip",     "x-gzip",         "deflate",         "br", "zstd", "GZIP",
                                      "gzip, br", "br,gzip , zstd", " identity , gzip"};
#define CODINGS (sizeof codings / sizeof *codings)

/* Text that compresses, but not to nothing. */
static struct buf sample(size_t n) {
  struct buf plain = BUF_INIT;
  for (unsigned i = 0; plain.n < n; i++)
    buf_printf(&plain, "line %u: %u\n", i, i * 2654435761u);
  plain.n = n;
  return plain;
}

static struct buf encoded(const char *coding, struct slice plain) {
  struct buf raw = BUF_INIT;
  struct err err = ERR_INIT;
  if (!body_encode(slice_of(coding), plain, &raw, &err))
    fail_msg("%s: %s", coding, err.text);
  return raw;
}

static void decodes(const char *coding, struct slice raw, struct slice want) {
  struct buf out = BUF_INIT;
  struct err err = ERR_INIT;
  buf_add_text(&out, "before:"); /* what is there stays */
  enum body_decode_code code = decode_whole(slice_of(coding), raw, 0, &out, &err);
  if (code != BODY_DECODED)
    fail_msg("%s: %d %s", coding, code, err.text);
  assert_true(slice_starts(buf_slice(&out), SLICE("before:")));
  assert_true(slice_eq(slice_from(buf_slice(&out), 7), want));
  buf_clear(&out);
}

/* Fed byte by byte, with the output taken away each time: the same bytes, and word of the end. */
static void decodes_in_pieces(void **state) {
  (void)state;
  for (size_t i = 0; i < CODINGS; i++) {
    struct buf plain = sample(20000), raw = encoded(codings[i], buf_slice(&plain)), piece = BUF_INIT, all = BUF_INIT;
    struct err err = ERR_INIT;
    struct body_decoder *d = body_decoder_new(slice_of(codings[i]), 0, &err);
    assert_non_null(d);
    assert_int_equal(body_decoder_end(d, &err), BODY_DECODED); /* nothing yet is a complete body of nothing */
    for (size_t at = 0; at < raw.n; at++) {
      bool more = body_decoder_feed(d, slice_sub(buf_slice(&raw), at, 1), &piece);
      assert_true(more || at + 1 == raw.n);
      if (at + 1 == raw.n / 2)
        assert_int_equal(body_decoder_end(d, &err), BODY_DECODED_PART);
      buf_add_slice(&all, buf_slice(&piece));
      buf_reset(&piece);
    }
    assert_int_equal(body_decoder_end(d, &err), BODY_DECODED);
    assert_true(slice_eq(buf_slice(&all), buf_slice(&plain)));
    body_decoder_free(d);
    buf_clear(&plain);
    buf_clear(&raw);
    buf_clear(&piece);
    buf_clear(&all);
  }
  assert_null(body_decoder_new(SLICE("rot13"), 0, NULL));
}

/* All of `raw` in portions of `most` bytes out, pieces of `piece` bytes in; the verdict. */
static enum body_decode_code in_portions(struct slice coding, struct slice raw, size_t piece, size_t most,
                                         struct buf *all, struct err *err) {
  struct body_decoder *d = body_decoder_new(coding, 0, err);
  struct buf out = BUF_INIT;
  bool more = true;
  assert_non_null(d);
  while (more && (raw.n || body_decoder_waits(d))) {
    struct slice in = slice_sub(raw, 0, body_decoder_waits(d) ? 0 : piece);
    size_t given = in.n;
    more = body_decoder_feed_some(d, &in, most, &out);
    assert_true(out.n <= most + 32768);
    raw = slice_from(raw, given - in.n);
    buf_add_slice(all, buf_slice(&out));
    buf_reset(&out);
  }
  enum body_decode_code code = body_decoder_end(d, err);
  body_decoder_free(d);
  buf_clear(&out);
  return code;
}

/* However little comes out at once, and whether the input is whole, cut or damaged: the same as at once. */
static void decodes_in_portions(void **state) {
  static const size_t most[] = {1, 1000, 70000};
  (void)state;
  for (size_t i = 0; i < 3 * CODINGS; i++) {
    const struct slice coding = slice_of(codings[i / 3]);
    struct buf plain = sample(200000), raw = encoded(codings[i / 3], buf_slice(&plain));
    if (i % 3 == 1)
      raw.n -= raw.n / 3;
    if (i % 3 == 2)
      raw.p[raw.n * 2 / 3] = (char)(raw.p[raw.n * 2 / 3] ^ 0x55);
    for (size_t piece = 100; piece <= 1000000; piece *= 100) {
      struct buf whole = BUF_INIT;
      struct err err = ERR_INIT;
      enum body_decode_code code = in_portions(coding, buf_slice(&raw), piece, 1u << 30, &whole, &err);
      assert_true(i % 3 != 0 || (code == BODY_DECODED && slice_eq(buf_slice(&whole), buf_slice(&plain))));
      for (size_t j = 0; j < 3; j++) {
        struct buf all = BUF_INIT;
        struct err other = ERR_INIT;
        assert_int_equal(in_portions(coding, buf_slice(&raw), piece, most[j], &all, &other), code);
        /* how soon a library notices damage depends on how its input is cut */
        size_t same = i % 3 != 2 || all.n < whole.n ? all.n : whole.n;
        assert_true(slice_starts(buf_slice(&whole), slice_sub(buf_slice(&all), 0, same)));
        assert_true(i % 3 == 2 || all.n == whole.n);
        if (i % 3 != 2)
          assert_string_equal(other.text, err.text);
        buf_clear(&all);
      }
      buf_clear(&whole);
    }
    buf_clear(&plain);
    buf_clear(&raw);
  }
}

/* A few bytes that become many: still no more at once than was asked for. */
static void a_flood_comes_in_portions(void **state) {
  (void)state;
  struct buf plain = BUF_INIT;
  memset(buf_reserve(&plain, 16u << 20), 0, 16u << 20);
  plain.n = 16u << 20;
  for (size_t i = 0; i < CODINGS; i++) {
    struct buf raw = encoded(codings[i], buf_slice(&plain)), all = BUF_INIT;
    struct err err = ERR_INIT;
    enum body_decode_code code = in_portions(slice_of(codings[i]), buf_slice(&raw), raw.n, 65536, &all, &err);
    assert_true(code == BODY_DECODED || strstr(err.text, "times"));
    assert_true(all.n >= BODY_DECODE_FREE);
    buf_clear(&raw);
    buf_clear(&all);
  }
  buf_clear(&plain);
}

static void round_trips(void **state) {
  (void)state;
  static const size_t sizes[] = {0, 1, 1000, 32768, 300000};
  for (size_t i = 0; i < CODINGS; i++)
    for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
      struct buf plain = sample(sizes[j]);
      struct buf raw = encoded(codings[i], buf_slice(&plain));
      decodes(codings[i], buf_slice(&raw), buf_slice(&plain));
      buf_clear(&plain);
      buf_clear(&raw);
    }
}

static void identity_is_nothing(void **state) {
  (void)state;
  decodes("", SLICE("abc"), SLICE("abc"));
  decodes("identity", SLICE("abc"), SLICE("abc"));
  decodes(" , Identity,", SLICE("abc"), SLICE("abc"));
  for (size_t i = 0; i < CODINGS; i++)
    decodes(codings[i], SLICE(""), SLICE("")); /* HEAD and 304 name a coding and have no body */
}

struct pieces {
  struct slice rest;
  size_t size;
  bool gap; /* an empty piece before each real one */
};

static bool next_piece(void *arg, struct slice *piece) {
  struct pieces *pieces = arg;
  pieces->gap = !pieces->gap;
  *piece = slice_sub(pieces->rest, 0, pieces->gap ? 0 : pieces->size);
  pieces->rest = slice_from(pieces->rest, piece->n);
  return pieces->gap || piece->n > 0;
}

static void any_cut_of_the_input(void **state) {
  (void)state;
  struct buf plain = sample(5000);
  for (size_t i = 0; i < CODINGS; i++)
    for (size_t size = 1; size < 40; size += 6) {
      struct buf raw = encoded(codings[i], buf_slice(&plain));
      struct buf out = BUF_INIT;
      struct pieces pieces = {buf_slice(&raw), size, false};
      assert_int_equal(body_decode(slice_of(codings[i]), next_piece, &pieces, 0, &out, NULL), BODY_DECODED);
      assert_true(slice_eq(buf_slice(&out), buf_slice(&plain)));
      buf_clear(&out);
      buf_clear(&raw);
    }
  buf_clear(&plain);
}

/* gzip files and zstd frames may stand one after another; what follows and is neither is ignored, as gzip does. */
static void joined_members(void **state) {
  (void)state;
  static const char *const joining[] = {"gzip", "zstd"};
  for (size_t i = 0; i < 2; i++) {
    struct buf raw = encoded(joining[i], SLICE("first,"));
    struct buf more = encoded(joining[i], SLICE("second"));
    buf_add_slice(&raw, buf_slice(&more));
    decodes(joining[i], buf_slice(&raw), SLICE("first,second"));
    for (size_t size = 1; size < 30; size++) {
      struct buf out = BUF_INIT;
      struct pieces pieces = {buf_slice(&raw), size, false};
      assert_int_equal(body_decode(slice_of(joining[i]), next_piece, &pieces, 0, &out, NULL), BODY_DECODED);
      assert_string_equal(buf_text(&out), "first,second");
      buf_clear(&out);
    }
    static const struct slice padding[] = {{"\0", 1}, {"\0\0\0\0\0\0\0\0\0\0", 10}, {"\x1f\x8b, almost", 10}};
    size_t n = raw.n;
    for (size_t j = 0; j < (i == 0 ? 3 : 2); j++) {
      if (i == 1 && j == 0)
        continue; /* one byte could still be the start of a frame */
      raw.n = n;
      buf_add_slice(&raw, padding[j]);
      decodes(joining[i], buf_slice(&raw), SLICE("first,second"));
    }
    buf_clear(&raw);
    buf_clear(&more);
  }
}

static void deflate_without_its_frame(void **state) {
  (void)state;
  unsigned char raw[256];
  z_stream z = {0};
  char text[] = "bare deflate, as some servers send it; bare deflate";
  assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
  z.next_in = (unsigned char *)text;
  z.avail_in = sizeof text - 1;
  z.next_out = raw;
  z.avail_out = sizeof raw;
  assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
  size_t n = z.total_out;
  deflateEnd(&z);
  decodes("deflate", slice_make((char *)raw, n), slice_of(text));
}

static void cut_input_gives_what_came(void **state) {
  (void)state;
  struct buf plain = sample(200000);
  for (size_t i = 0; i < CODINGS; i++) {
    struct buf raw = encoded(codings[i], buf_slice(&plain));
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    struct slice half = slice_sub(buf_slice(&raw), 0, raw.n - raw.n / 4);
    assert_int_equal(decode_whole(slice_of(codings[i]), half, 0, &out, &err), BODY_DECODED_PART);
    assert_in_range(out.n, plain.n / 4, plain.n - 1);
    assert_memory_equal(out.p, plain.p, out.n);
    assert_non_null(strstr(err.text, "cut off"));
    buf_clear(&out);
    buf_clear(&raw);
  }
  struct buf out = BUF_INIT;
  assert_int_equal(decode_whole(SLICE("deflate"), SLICE("x"), 0, &out, NULL), BODY_DECODED_PART);
  assert_int_equal(out.n, 0);
  buf_clear(&plain);
}

static void damage_is_told(void **state) {
  (void)state;
  static const char *const checked[] = {"gzip", "deflate"};
  struct buf plain = sample(200000);
  for (size_t i = 0; i < 2; i++) {
    struct buf raw = encoded(checked[i], buf_slice(&plain));
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    raw.p[raw.n - 6] ^= 1; /* in the checksum (gzip) or just before it */
    assert_int_equal(decode_whole(slice_of(checked[i]), buf_slice(&raw), 0, &out, &err), BODY_DECODED_PART);
    assert_non_null(strstr(err.text, "damaged"));
    assert_true(out.n > plain.n / 2);
    buf_clear(&out);
    buf_clear(&raw);
  }
  buf_clear(&plain);
  for (size_t i = 0; i < 5; i++) {
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    assert_int_equal(decode_whole(slice_of(codings[i]), SLICE("\x07 not at all"), 0, &out, &err), BODY_NOT_DECODED);
    assert_non_null(strstr(err.text, codings[i]));
    assert_int_equal(out.n, 0);
    buf_clear(&out);
  }
}

/* Fed in pieces of any size, what was made so far taken away each time: decoded again it is the same. */
static void encodes_in_pieces(void **state) {
  (void)state;
  static const size_t sizes[] = {0, 1, 20000, 256 * 1024, 512 * 1024 + 7}, steps[] = {1000, 32768, 300000};
  for (size_t i = 0; i < CODINGS; i++)
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
      struct buf plain = sample(sizes[k]), raw = BUF_INIT, piece = BUF_INIT;
      struct err err = ERR_INIT;
      size_t step = steps[k % 3];
      struct body_encoder *e = body_encoder_new(slice_of(codings[i]), &err);
      assert_non_null(e);
      bool last = false;
      for (size_t at = 0; !last; at += step) {
        last = at + step > plain.n;
        assert_true(body_encoder_feed(e, slice_sub(buf_slice(&plain), at, step), last, &piece));
        buf_add_slice(&raw, buf_slice(&piece));
        buf_reset(&piece);
      }
      assert_true(raw.n < plain.n / 2 + 100 || !*codings[i]);
      decodes(codings[i], buf_slice(&raw), buf_slice(&plain));
      body_encoder_free(e);
      buf_clear(&plain);
      buf_clear(&raw);
      buf_clear(&piece);
    }
  assert_null(body_encoder_new(SLICE("gzip, compress"), NULL));
  body_encoder_free(NULL);
}

static void unknown_codings_are_named(void **state) {
  (void)state;
  struct buf out = BUF_INIT;
  struct err err = ERR_INIT;
  assert_int_equal(decode_whole(SLICE("gzip, compress"), SLICE("x"), 0, &out, &err), BODY_NOT_DECODED);
  assert_non_null(strstr(err.text, "'compress'"));
  assert_false(body_encode(SLICE("gzip, compress"), SLICE("x"), &out, &err));
  assert_non_null(strstr(err.text, "compress"));
  assert_int_equal(decode_whole(SLICE("br,br,br,br,br"), SLICE("x"), 0, &out, &err), BODY_NOT_DECODED);
  assert_int_equal(out.n, 0);
  assert_true(body_coding_known(SLICE("")));
  assert_true(body_coding_known(SLICE("gzip, X-GZIP,deflate,br")));
  assert_false(body_coding_known(SLICE("gzip, foo")));
  assert_false(body_coding_known(SLICE("br,br,br,br,br")));
}

static void the_cap_is_exact(void **state) {
  (void)state;
  struct buf plain = sample(100000);
  static const char *const some[] = {"", "gzip", "br", "zstd", "gzip,br"};
  for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
    struct buf raw = encoded(some[i], buf_slice(&plain));
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    assert_int_equal(decode_whole(slice_of(some[i]), buf_slice(&raw), plain.n, &out, &err), BODY_DECODED);
    buf_reset(&out);
    assert_int_equal(decode_whole(slice_of(some[i]), buf_slice(&raw), plain.n - 1, &out, &err), BODY_DECODED_PART);
    assert_int_equal(out.n, plain.n - 1);
    assert_non_null(strstr(err.text, "only the first"));
    buf_clear(&out);
    buf_clear(&raw);
  }
  buf_clear(&plain);
}

/* 48 MB of zeros: one level is a kilobyte or so, two levels are next to nothing. */
static void bombs_stop(void **state) {
  (void)state;
  size_t n = 48u << 20;
  char *zeros = calloc(1, n);
  assert_non_null(zeros);
  static const char *const bombs[] = {"br", "zstd", "gzip, gzip", "gzip, br", "zstd, gzip, br"};
  for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
    struct buf raw = encoded(bombs[i], slice_make(zeros, n));
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    assert_int_equal(decode_whole(slice_of(bombs[i]), buf_slice(&raw), 0, &out, &err), BODY_DECODED_PART);
    assert_true(out.n <= raw.n * BODY_DECODE_RATIO + BODY_DECODE_FREE);
    assert_non_null(strstr(err.text, "times"));
    buf_clear(&out);
    buf_clear(&raw);
  }
  /* one honest level of gzip reaches its own limit and no more: all of it comes */
  struct buf raw = encoded("gzip", slice_make(zeros, n));
  decodes("gzip", buf_slice(&raw), slice_make(zeros, n));
  buf_clear(&raw);
  free(zeros);
}

/* What lies between two codings counts too, though nothing of it would come out: 48 MB of padding behind a member. */
static void bombs_in_the_middle_stop(void **state) {
  (void)state;
  struct buf inner = encoded("gzip", SLICE("x"));
  size_t n = 48u << 20;
  memset(buf_reserve(&inner, n), 0, n);
  inner.n += n;
  struct buf raw = encoded("br", buf_slice(&inner));
  struct buf out = BUF_INIT;
  struct err err = ERR_INIT;
  assert_int_equal(decode_whole(SLICE("gzip, br"), buf_slice(&raw), 0, &out, &err), BODY_DECODED_PART);
  assert_string_equal(buf_text(&out), "x");
  assert_non_null(strstr(err.text, "times"));
  buf_clear(&out);
  buf_clear(&raw);
  buf_clear(&inner);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(round_trips),
      cmocka_unit_test(decodes_in_pieces),
      cmocka_unit_test(decodes_in_portions),
      cmocka_unit_test(a_flood_comes_in_portions),
      cmocka_unit_test(identity_is_nothing),
      cmocka_unit_test(any_cut_of_the_input),
      cmocka_unit_test(joined_members),
      cmocka_unit_test(deflate_without_its_frame),
      cmocka_unit_test(cut_input_gives_what_came),
      cmocka_unit_test(damage_is_told),
      cmocka_unit_test(encodes_in_pieces),
      cmocka_unit_test(unknown_codings_are_named),
      cmocka_unit_test(the_cap_is_exact),
      cmocka_unit_test(bombs_stop),
      cmocka_unit_test(bombs_in_the_middle_stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
