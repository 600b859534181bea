/*
 * The sanitiser against hostile bytes: what each kind of danger becomes, and what holds for any input at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/text.h"

static void becomes_n(struct slice in, unsigned flags, const char *want, size_t width) {
  struct buf out = BUF_INIT;
  text_safe(&out, in, flags);
  assert_string_equal(buf_text(&out), want);
  assert_int_equal(out.n, strlen(want));
  assert_int_equal(text_width(in, flags), width);
  buf_clear(&out);
}

static void becomes(const char *in, const char *want, size_t width) {
  becomes_n(slice_of(in), TEXT_PLAIN, want, width);
}

static void plain_text_stays(void **state) {
  (void)state;
  becomes("", "", 0);
  becomes("GET / HTTP/1.1 ~!\"'\\", "GET / HTTP/1.1 ~!\"'\\", 20);
  becomes("Grüße", "Grüße", 5);
  becomes("山x", "山x", 3);
  becomes("e\xcc\x81!", "e\xcc\x81!", 2);                             /* e and a combining acute accent */
  becomes("\xe1\x84\x80\xe1\x85\xa1", "\xe1\x84\x80\xe1\x85\xa1", 2); /* a Hangul syllable in two letters */
  becomes("\xc2\xa7\xce\xa9", "\xc2\xa7\xce\xa9", 2);                 /* ambiguous widths are 1 */
}

static void every_byte_alone(void **state) {
  (void)state;
  for (unsigned i = 0; i < 256; i++) {
    char byte = (char)i;
    char want[8] = {byte, 0};
    if (i < 0x20 || i == 0x7f)
      snprintf(want, sizeof want, "^%c", i == 0x7f ? '?' : (int)(i + 0x40));
    else if (i >= 0x80)
      snprintf(want, sizeof want, "\\x%02x", i);
    becomes_n(slice_make(&byte, 1), TEXT_PLAIN, want, strlen(want));
  }
}

/* Whole words are looked at together where they are plain: a bad byte must show at every place in one. */
static void every_byte_in_a_run(void **state) {
  (void)state;
  for (unsigned i = 0; i < 256; i++)
    for (size_t at = 0; at < 17; at++) {
      char text[18] = "abcdefghijklmnopq";
      struct buf out = BUF_INIT;
      text[at] = (char)i;
      text_safe(&out, slice_make(text, 17), TEXT_PLAIN);
      size_t extra = i < 0x20 || i == 0x7f ? 1 : i >= 0x80 ? 3 : 0;
      assert_int_equal(out.n, 17 + extra);
      assert_int_equal(text_width(slice_make(text, 17), TEXT_PLAIN), 17 + extra);
      assert_int_equal(text_is_utf8(slice_make(text, 17)), i < 0x80);
      assert_int_equal(text_is_safe(slice_make(text, 17)), extra == 0);
      buf_clear(&out);
    }
}

static void control_sequences_are_dead(void **state) {
  (void)state;
  becomes("\x1b]0;owned\x07", "^[]0;owned^G", 12);
  becomes("a\r\nb\tc", "a^M^Jb^Ic", 9);
  becomes("\xc2\x9b"
          "31m",
          "\\x9b31m", 7); /* CSI as UTF-8 */
  becomes("\xc2\x80\xc2\x9f", "\\x80\\x9f", 8);
  becomes_n(slice_make("a\0b", 3), TEXT_PLAIN, "a^@b", 4);
}

static void broken_utf8_byte_by_byte(void **state) {
  (void)state;
  becomes("\xc0\xaf", "\\xc0\\xaf", 8);                    /* overlong slash */
  becomes("\xe0\x80\x9b", "\\xe0\\x80\\x9b", 12);          /* overlong control */
  becomes("\xed\xa0\x80", "\\xed\\xa0\\x80", 12);          /* a surrogate */
  becomes("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", 16); /* beyond U+10FFFF */
  becomes("\xe5\xb1", "\\xe5\\xb1", 8);                    /* cut */
  becomes("\xe5\xb1x", "\\xe5\\xb1x", 9);
  becomes("\xff\xe5\xb1\xb1", "\\xff\xe5\xb1\xb1", 6); /* what follows is read again */
}

static void the_invisible_becomes_visible(void **state) {
  (void)state;
  becomes("\xe2\x80\xae"
          "abc",
          "<202E>abc", 9); /* right-to-left override */
  becomes("\xe2\x81\xa6\xd8\x9c", "<2066><061C>", 12);
  becomes("a\xe2\x80\x8b"
          "b",
          "a<200B>b", 8); /* zero-width space */
  becomes("a\xe2\x80\x8d"
          "b",
          "a<200D>b", 8); /* a joiner where it joins nothing */
  becomes("\xef\xbb\xbf", "<FEFF>", 6);
  becomes("\xe2\x80\xa8\xe2\x80\xa9", "<2028><2029>", 12);
  becomes("\xf3\xa0\x81\x81", "<E0041>", 7);                     /* a tag */
  becomes("\xee\x80\x80\xf4\x8f\xbf\xbd", "<E000><10FFFD>", 14); /* private use */
  becomes("\xef\xbf\xbf\xcd\xb8", "<FFFF><0378>", 12);           /* noncharacter, unassigned */
  becomes("\xe3\x85\xa4\xc2\xad", "<3164><00AD>", 12);           /* Hangul filler, soft hyphen */
  becomes("x\xef\xb8\x80", "x<FE00>", 7);                        /* a variation selector carries hidden data */
}

/* A mark with nothing to stand on would change the cell before it. */
static void marks_stand_on_something(void **state) {
  (void)state;
  becomes("\xcc\x81", "<0301>", 6);
  becomes("\n\xcc\x81", "^J<0301>", 8);
  becomes("\xe2\x80\xae\xcc\x81", "<202E><0301>", 12);
  becomes("a\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85", "a\xcc\x81\xcc\x82\xcc\x83\xcc\x84<0305>", 7);
}

static void emoji_show_their_first(void **state) {
  (void)state;
  struct text_cluster cluster;
  struct slice family = SLICE("\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7!");
  assert_int_equal(text_next(family, TEXT_PLAIN, &cluster), family.n - 1);
  assert_string_equal(cluster.bytes, "\xf0\x9f\x91\xa8");
  assert_int_equal(cluster.width, 2);
  assert_true(cluster.mark);                                      /* there is more than is shown */
  struct slice thumb = SLICE("\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd"); /* with a skin tone */
  assert_int_equal(text_next(thumb, TEXT_PLAIN, &cluster), thumb.n);
  assert_string_equal(cluster.bytes, "\xf0\x9f\x91\x8d");
  becomes("\xe2\x9d\xa4\xef\xb8\x8f!", "\xe2\x9d\xa4!", 2); /* a heart asked to be an emoji */
  becomes("1\xef\xb8\x8f\xe2\x83\xa3", "1\xe2\x83\xa3", 1); /* a keycap */
  becomes("\xf0\x9f\x91\xa8\xe2\x80\x8dx", "\xf0\x9f\x91\xa8<200D>x", 9);
}

static void flags_change_what_comes_out(void **state) {
  (void)state;
  becomes_n(SLICE("山e\xcc\x81-"), TEXT_ASCII, "<5C71>e<0301>-", 14);
  becomes_n(SLICE("\x9b\t"), TEXT_ASCII, "\\x9b^I", 6);
  becomes_n(SLICE("a\tb"), TEXT_KEEP_TAB, "a\tb", 2); /* the caller knows where its tab stops are */
  struct text_cluster cluster;
  assert_int_equal(text_next(SLICE("\tx"), TEXT_KEEP_TAB, &cluster), 1);
  assert_int_equal(cluster.width, 0);
  assert_false(cluster.mark);
}

static void cuts_at_columns(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t columns, bytes, used;
  } rows[] = {
      {"abcdef", 0, 0, 0},      {"abcdef", 3, 3, 3},      {"abcdef", 9, 6, 6},
      {"山山", 3, 3, 2},        {"a\x1b[m", 2, 1, 1},     {"a\x1b[m", 3, 2, 3},
      {"abe\xcc\x81", 3, 5, 3}, {"abe\xcc\x81", 2, 2, 2}, {"\xe2\x80\xae", 5, 0, 0},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    size_t used = 99;
    assert_int_equal(text_cut(slice_of(rows[i].text), rows[i].columns, TEXT_PLAIN, &used), rows[i].bytes);
    assert_int_equal(used, rows[i].used);
  }
  assert_int_equal(text_cut(SLICE("abc"), SIZE_MAX, TEXT_PLAIN, NULL), 3);
}

static void knows_utf8(void **state) {
  (void)state;
  uint32_t c = 0;
  assert_int_equal(text_decode(SLICE("\xf0\x9f\x91\xa8rest"), &c), 4);
  assert_int_equal(c, 0x1f468);
  assert_int_equal(text_decode(SLICE("\xed\xa0\x80"), &c), 0);
  assert_int_equal(text_decode(SLICE("\xe5\xb1"), &c), 0);
  assert_true(text_is_utf8(SLICE("")));
  assert_true(text_is_utf8(SLICE("\x01 plain \x7f and 山, more than eight bytes of it")));
  assert_false(text_is_utf8(SLICE("more than eight bytes, then \xff")));
  assert_false(text_is_utf8(SLICE("\xe5\xb1")));
}

/* What may follow a code point in safe text: every one of them alone and after a letter, in clean UTF-8. */
static void all_code_points(void **state) {
  (void)state;
  for (uint32_t c = 1; c < 0x110000; c++) {
    char text[6] = {'a'};
    size_t n = 1;
    if (c < 0x80) {
      text[n++] = (char)c;
    } else if (c < 0x800) {
      text[n++] = (char)(0xc0 | c >> 6);
      text[n++] = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
      text[n++] = (char)(0xe0 | c >> 12);
      text[n++] = (char)(0x80 | (c >> 6 & 63));
      text[n++] = (char)(0x80 | (c & 63));
    } else {
      text[n++] = (char)(0xf0 | c >> 18);
      text[n++] = (char)(0x80 | (c >> 12 & 63));
      text[n++] = (char)(0x80 | (c >> 6 & 63));
      text[n++] = (char)(0x80 | (c & 63));
    }
    struct text_cluster alone;
    size_t used = text_next(slice_make(text + 1, n - 1), TEXT_PLAIN, &alone);
    bool surrogate = c >= 0xd800 && c < 0xe000;
    if (used != (surrogate ? 1 : n - 1) || alone.width < 1 || (!alone.mark && alone.width > 2))
      fail_msg("U+%04X: %zu bytes used, width %u", (unsigned)c, used, alone.width);
    if (alone.mark && (strlen(alone.bytes) != alone.width || alone.bytes[0] == 0x1b))
      fail_msg("U+%04X: mark '%s' width %u", (unsigned)c, alone.bytes, alone.width);
    if (!alone.mark && memcmp(alone.bytes, text + 1, n - 1) != 0)
      fail_msg("U+%04X: shown as something else", (unsigned)c);
  }
}

/* Safe text is safe text: the second pass finds nothing left to do. */
static void safe_text_stays(void **state) {
  (void)state;
  becomes("\xf0\x9f\x8f\xbd", "<1F3FD>", 7); /* a skin tone without a face joins what stands before it */
  becomes("\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd\xf0\x9f\x8f\xbd", "\xf0\x9f\x91\x8d<1F3FD>", 9);
}

/* 64 kB of a flood must neither grow a cluster nor take long. */
static void floods_stay_bounded(void **state) {
  (void)state;
  static const char *const piece[] = {"\xcc\x81", "\xe2\x80\x8d\xf0\x9f\x91\xa8", "\xf0\x9f\x8f\xbd", "\xef\xb8\x8f",
                                      "\xe1\x85\xa1"};
  for (size_t i = 0; i < sizeof piece / sizeof *piece; i++) {
    struct buf in = BUF_INIT;
    buf_add_text(&in, "\xf0\x9f\x91\xa8");
    while (in.n < 65536)
      buf_add_text(&in, piece[i]);
    struct slice rest = buf_slice(&in);
    while (rest.n) {
      struct text_cluster cluster;
      size_t used = text_next(rest, TEXT_PLAIN, &cluster);
      assert_in_range(used, 1, 200);
      assert_in_range(cluster.n, 1, TEXT_CLUSTER_MAX);
      rest = slice_from(rest, used);
    }
    buf_clear(&in);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_text_stays),
      cmocka_unit_test(every_byte_alone),
      cmocka_unit_test(every_byte_in_a_run),
      cmocka_unit_test(control_sequences_are_dead),
      cmocka_unit_test(broken_utf8_byte_by_byte),
      cmocka_unit_test(the_invisible_becomes_visible),
      cmocka_unit_test(marks_stand_on_something),
      cmocka_unit_test(emoji_show_their_first),
      cmocka_unit_test(flags_change_what_comes_out),
      cmocka_unit_test(cuts_at_columns),
      cmocka_unit_test(knows_utf8),
      cmocka_unit_test(all_code_points),
      cmocka_unit_test(safe_text_stays),
      cmocka_unit_test(floods_stay_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
