/* Which character set a body is in, and its characters as UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/body/charset.h"
#include "weir/body/decode.h"

#define BYTES(literal) ((struct slice){literal, sizeof(literal) - 1})

static const struct said {
  const char *type;
  struct slice body;
  const char *label, *name;
} saids[] = {
    {"text/plain", BYTES("abc"), "", ""},
    {"text/plain; charset=utf-8", BYTES("abc"), "utf-8", ""},
    {"text/plain; charset=\"UTF8\"", BYTES("abc"), "utf8", ""},
    {"text/plain;Charset = ISO-8859-1", BYTES("abc"), "iso-8859-1", "windows-1252"},
    {"text/plain; charset=us-ascii", BYTES("abc"), "us-ascii", ""},
    {"text/plain; charset='koi8-r'; format=flowed", BYTES("abc"), "koi8-r", "koi8-r"},
    {"text/html; charset=shift_jis", BYTES("<meta charset=utf-8>"), "shift_jis", "windows-31j"},
    {"text/plain; charset=\"utf-7//TRANSLIT\"", BYTES("abc"), "", ""},
    {"text/plain; charset=utf-7", BYTES("abc"), "utf-7", ""},
    {"text/plain; charset=no-such", BYTES("abc"), "no-such", ""},
    {"text/plain; charset=utf-16", BYTES("a\0b\0"), "utf-16le", "utf-16le"},
    {"text/plain; charset=utf-16", BYTES("\0a\0b"), "utf-16be", "utf-16be"},
    {"text/plain; charset=utf-8",
     BYTES("\xff\xfe"
           "a\0"),
     "utf-16le", "utf-16le"},
    {"text/plain; charset=iso-8859-1", BYTES("\xef\xbb\xbfz"), "utf-8", ""},
    {"", BYTES("\0\0\xfe\xff\0\0\0a"), "utf-32be", "utf-32be"},
    {"application/xml", BYTES("<?xml version='1.0' encoding='euc-jp'?><a/>"), "euc-jp", "euc-jp"},
    {"application/xml", BYTES("<\0?\0x\0m\0l\0"), "utf-16le", "utf-16le"},
    {"application/xml", BYTES("<?xml version='1.0' encoding='utf-16'?><a/>"), "", ""},
    {"text/html", BYTES("<!doctype html><meta charset=gbk>"), "gbk", "gb18030"},
    {"text/html", BYTES("<html><META http-equiv=x content=\"text/html; charset=windows-1251\">"), "windows-1251",
     "windows-1251"},
    {"text/html", BYTES("<html>charset=gbk"), "", ""},
    {"text/css", BYTES("@charset \"big5\"; a{}"), "big5", "big5-hkscs"},
};

static void where_it_is_said(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof saids / sizeof *saids; i++) {
    struct body_charset found;
    bool converts = body_charset_find(slice_of(saids[i].type), saids[i].body, &found);
    if (strcmp(found.label, saids[i].label) != 0 || strcmp(found.name, saids[i].name) != 0)
      fail_msg("%zu: %s -> '%s', taken for '%s'", i, saids[i].type, found.label, found.name);
    assert_int_equal(converts, saids[i].name[0] != 0);
    assert_int_equal(found.known, saids[i].label[0] != 0 && strcmp(saids[i].label, "no-such") != 0 &&
                                      strcmp(saids[i].label, "utf-7") != 0);
  }
}

static const struct converted {
  const char *name;
  struct slice in, out;
} converteds[] = {
    {"windows-1252", BYTES("caf\xe9 \x80 5"), BYTES("caf\xc3\xa9 \xe2\x82\xac 5")},
    {"windows-1252",
     BYTES("a\x81"
           "b"),
     BYTES("a\x81"
           "b")},
    {"windows-31j", BYTES("\x8e\x52\x93\x63"), BYTES("\xe5\xb1\xb1\xe7\x94\xb0")},
    {"windows-31j", BYTES("ok\x8e"), BYTES("ok\x8e")},
    {"gb18030", BYTES("\xc9\xbd"), BYTES("\xe5\xb1\xb1")},
    {"iso-2022-jp", BYTES("\033$B;3\033(B."), BYTES("\xe5\xb1\xb1.")},
    {"utf-16le", BYTES("\xff\xfe\x71\x5c\n\0"), BYTES("\xe5\xb1\xb1\n")},
    {"utf-16be", BYTES("\xd8\x3d\xde\x00"), BYTES("\xf0\x9f\x98\x80")},
    {"utf-16be", BYTES("\xd8\x3d\0a"),
     BYTES("\xd8\x3d"
           "a")},
    {"utf-16le", BYTES("a\0b"), BYTES("ab")},
    {"utf-32le", BYTES("a\0\0\0\0\0\x11\0z\0\0\0"), BYTES("a\0\0\x11\0z")},
    {"koi8-r", BYTES("\xd2"), BYTES("\xd1\x80")},
    {"euc-jp", BYTES("\xc3\xc3\xa9 \xff"), BYTES("\xe9\x8d\x9b\xa9 \xff")},
};

/* Whatever pieces it comes in. */
static void characters_are_converted(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof converteds / sizeof *converteds; i++)
    for (size_t piece = 1; piece <= 12; piece++) {
      struct buf out = BUF_INIT;
      struct err err = ERR_INIT;
      struct slice in = converteds[i].in, want = converteds[i].out;
      struct body_decoder *d = body_decoder_new_text(SLICE(""), converteds[i].name, 0, &err);
      assert_non_null(d);
      for (; in.n; in = slice_from(in, piece))
        assert_true(body_decoder_feed(d, slice_sub(in, 0, piece), &out));
      body_decoder_flush(d, &out);
      assert_int_equal(body_decoder_end(d, &err), BODY_DECODED);
      if (!slice_eq(buf_slice(&out), want))
        fail_msg("%zu by %zu: %s gives %zu bytes, '%s'", i, piece, converteds[i].name, out.n, buf_text(&out));
      body_decoder_free(d);
      buf_clear(&out);
    }
}

/* A byte that cannot be converted never joins the one before to a character that nobody sent. */
static void what_cannot_be_converted_joins_nothing(void **state) {
  (void)state;
  struct buf out = BUF_INIT;
  struct err err = ERR_INIT;
  struct body_decoder *d = body_decoder_new_text(SLICE(""), "utf-16be", 0, &err);
  assert_true(body_decoder_feed(d, BYTES("\xdc\xc3\xdc\xa9"), &out));
  assert_string_equal(buf_text(&out), "\xdc\xc3\xdc\\xa9");
  body_decoder_free(d);
  buf_clear(&out);
}

static void behind_a_coding_and_in_portions(void **state) {
  (void)state;
  struct buf text = BUF_INIT, coded = BUF_INIT, out = BUF_INIT;
  struct err err = ERR_INIT;
  for (int i = 0; i < 100000; i++)
    buf_add_text(&text, "na\xefve ");
  assert_true(body_encode(SLICE("gzip"), buf_slice(&text), &coded, &err));
  struct slice raw = buf_slice(&coded);
  struct body_decoder *d = body_decoder_new_text(SLICE("gzip"), "windows-1252", 0, &err);
  size_t turns = 0;
  while ((raw.n || body_decoder_waits(d)) && body_decoder_feed_some(d, &raw, 5000, &out))
    assert_true(out.n <= ++turns * 150000);
  assert_int_equal(out.n, 700000);
  assert_memory_equal(out.p + 699993, "na\xc3\xafve ", 7);
  assert_true(turns >= 7);
  body_decoder_free(d);
  assert_null(body_decoder_new_text(SLICE("gzip"), "no-such", 0, &err));
  buf_clear(&text);
  buf_clear(&coded);
  buf_clear(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(where_it_is_said),
      cmocka_unit_test(characters_are_converted),
      cmocka_unit_test(what_cannot_be_converted_joins_nothing),
      cmocka_unit_test(behind_a_coding_and_in_portions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
