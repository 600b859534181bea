/* Bodies as lines: JSON re-indented without losing a byte, text, hex, long lines, tokens of any length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "read_lines.h"
#include "weir/base/text.h"
#include "weir/body/lines.h"

/* All lines, each followed by "\n". */
static struct buf shown(struct slice body, enum body_kind kind, enum body_view view, unsigned columns) {
  struct read_lines *lines = read_lines_new(body, kind, view, columns);
  struct body_line line = {.text = BUF_INIT};
  struct buf all = BUF_INIT;
  size_t n = 0;
  while (read_lines_get(lines, n, &line)) {
    buf_add_slice(&all, buf_slice(&line.text));
    buf_add_byte(&all, '\n');
    n++;
  }
  assert_int_equal(read_lines_count(lines), n);
  body_line_clear(&line);
  read_lines_free(lines);
  return all;
}

static void shows(struct slice body, enum body_kind kind, enum body_view view, const char *want) {
  struct buf all = shown(body, kind, view, 16);
  assert_string_equal(buf_text(&all), want);
  buf_clear(&all);
}

static void json(const char *body, const char *want) {
  shows(slice_of(body), BODY_JSON, BODY_VIEW_PRETTY, want);
}

static void json_is_indented_as_sent(void **state) {
  (void)state;
  json("{\"b\" : 1.50E+2 ,\r\n\"a\":[1,2, { } ,[\t],{\"x\":null}],\"a\":\"\\u00e9\\/\" , \"\":true}",
       "{\n"
       "  \"b\": 1.50E+2,\n"
       "  \"a\": [\n"
       "    1,\n"
       "    2,\n"
       "    {},\n"
       "    [],\n"
       "    {\n"
       "      \"x\": null\n"
       "    }\n"
       "  ],\n"
       "  \"a\": \"\\u00e9\\/\",\n"
       "  \"\": true\n"
       "}\n");
  json(" 12345678901234567890.10 ", "12345678901234567890.10\n");
  json("-0", "-0\n");
  json("", "");
  json(" \n ", "");
  json("{\"a\":1}\n{\"a\":2}\n", "{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n"); /* JSON lines */
}

static void a_cut_body_is_not_an_error(void **state) {
  (void)state;
  json("[1, {\"a\": tr", "[\n  1,\n  {\n    \"a\": tr\n");
  json("{\"a", "{\n  \"a\n");
  json("[\"x\\u00", "[\n  \"x\\u00\n");
  json("[-", "[\n  -\n");
}

static void text_from_where_it_stops_being_json(void **state) {
  (void)state;
  json("{\"a\":1,}  \n rest\n", "{\n  \"a\": 1,\n}  \n rest\n");
  json("[1 2]", "[\n  1\n2]\n");
  json("[01]", "[\n  0\n1]\n");
  json("[1.,2]", "[\n  1.\n,2]\n");
  json("[1e,2]", "[\n  1e\n,2]\n");
  json("{a:1}", "{\na:1}\n");
  json("{\"a\" 1}", "{\n  \"a\"\n1}\n");
  json("[\"tab\there\"]", "[\n  \"tab\n\there\"]\n");
  json("[\"\\x\"]", "[\n  \"\n\\x\"]\n");
  json("[\"\\u12g4\"]", "[\n  \"\n\\u12g4\"]\n");
  json("[nul]", "[\nnul]\n");
  json("[1}", "[\n  1\n}\n");
  json("]", "]\n");
  json("2026-11-23", "2026\n-11-23\n");
  json("<html>\n<p>", "<html>\n<p>\n");
}

static void styles_are_roles(void **state) {
  (void)state;
  struct read_lines *lines = read_lines_new(SLICE("{\"k\":\"s\",\"n\":1,\"w\":null}"), BODY_JSON, BODY_VIEW_PRETTY, 0);
  struct body_line line = {.text = BUF_INIT};
  static const struct body_span want[][4] = {
      {{0, 1, BODY_STYLE_PUNCT}},
      {{2, 3, BODY_STYLE_KEY}, {5, 2, BODY_STYLE_PUNCT}, {7, 3, BODY_STYLE_STRING}, {10, 1, BODY_STYLE_PUNCT}},
      {{2, 3, BODY_STYLE_KEY}, {5, 2, BODY_STYLE_PUNCT}, {7, 1, BODY_STYLE_NUMBER}, {8, 1, BODY_STYLE_PUNCT}},
      {{2, 3, BODY_STYLE_KEY}, {5, 2, BODY_STYLE_PUNCT}, {7, 4, BODY_STYLE_WORD}},
  };
  static const size_t spans[] = {1, 4, 4, 3};
  for (size_t i = 0; i < 4; i++) {
    assert_true(read_lines_get(lines, i, &line));
    assert_int_equal(line.spans, spans[i]);
    for (size_t j = 0; j < line.spans; j++) {
      assert_int_equal(line.span[j].at, want[i][j].at);
      assert_int_equal(line.span[j].n, want[i][j].n);
      assert_int_equal(line.span[j].style, want[i][j].style);
    }
  }
  body_line_clear(&line);
  read_lines_free(lines);
}

static void text_lines(void **state) {
  (void)state;
  shows(SLICE("a\r\nb\n\nc\rd\r"), BODY_TEXT, BODY_VIEW_PRETTY,
        "a\nb\n\nc\rd\r\n"); /* only the CR of CR LF is hidden */
  shows(SLICE("{\"a\":1}"), BODY_JSON, BODY_VIEW_TEXT, "{\"a\":1}\n");
  shows(SLICE("\n"), BODY_TEXT, BODY_VIEW_TEXT, "\n");
  shows(SLICE(""), BODY_TEXT, BODY_VIEW_TEXT, "");
}

static void hex_lines(void **state) {
  (void)state;
  shows(SLICE("hello\0world\xff\n|.9x"), BODY_TEXT, BODY_VIEW_HEX,
        "00000000  68 65 6c 6c 6f 00 77 6f  72 6c 64 ff 0a 7c 2e 39  |hello.world..|.9|\n"
        "00000010  78                                                |x|\n");
  shows(SLICE(""), BODY_TEXT, BODY_VIEW_HEX, "");
  struct buf all = shown(SLICE("123456789012345678901234"), BODY_JSON, BODY_VIEW_HEX, 24);
  assert_string_equal(buf_text(&all),
                      "00000000  31 32 33 34 35 36 37 38  39 30 31 32 33 34 35 36  37 38 39 30 31 32 33 34  "
                      "|123456789012345678901234|\n");
  buf_clear(&all);
}

static void long_lines_come_in_pieces(void **state) {
  (void)state;
  static const char *const unit[] = {"x", "山", "\xbf", "\r"};
  for (size_t i = 0; i < sizeof unit / sizeof *unit; i++) {
    struct buf body = BUF_INIT;
    while (body.n < 50000)
      buf_add_text(&body, unit[i]);
    buf_add_text(&body, "\nend");
    struct read_lines *lines = read_lines_new(buf_slice(&body), BODY_TEXT, BODY_VIEW_TEXT, 0);
    struct body_line line = {.text = BUF_INIT};
    struct buf joined = BUF_INIT;
    for (size_t j = 0; read_lines_get(lines, j, &line); j++) {
      assert_in_range(line.text.n, 1, 24 * 1024 + 3);
      assert_true(i != 1 || text_is_utf8(buf_slice(&line.text))); /* no character is torn */
      buf_add_slice(&joined, buf_slice(&line.text));
    }
    /* all but the LF, and the CR that stands before it */
    assert_int_equal(joined.n, body.n - 1 - (i == 3));
    buf_clear(&joined);
    body_line_clear(&line);
    read_lines_free(lines);
    buf_clear(&body);
  }
}

static void full_line_and_its_end(void **state) {
  (void)state;
  enum { FULL = 24 * 1024 };
  char body[FULL + 4];
  memset(body, 'a', FULL);
  memcpy(body + FULL - 2, "\r\nb", 3);
  struct read_lines *lines = read_lines_new(slice_make(body, FULL + 1), BODY_TEXT, BODY_VIEW_TEXT, 0);
  assert_int_equal(read_lines_count(lines), 2); /* in one piece, and no empty line behind it */
  read_lines_free(lines);
}

static void long_tokens_come_in_pieces(void **state) {
  (void)state;
  struct buf body = BUF_INIT;
  buf_add_text(&body, "{\"");
  while (body.n < 9000)
    buf_add_text(&body, "key山");
  buf_add_text(&body, "\":\"");
  while (body.n < 30000)
    buf_add_text(&body, "value\\n\\u0020山");
  buf_add_text(&body, "\",\"n\":1");
  while (body.n < 50000)
    buf_add_text(&body, "0");
  buf_add_text(&body, ",\"last\":true}");
  struct read_lines *lines = read_lines_new(buf_slice(&body), BODY_JSON, BODY_VIEW_PRETTY, 0);
  struct body_line line = {.text = BUF_INIT};
  size_t n = 0;
  for (; read_lines_get(lines, n, &line); n++) {
    assert_in_range(line.text.n, 1, 4096 + 32);
    assert_true(text_is_utf8(buf_slice(&line.text)));
  }
  assert_string_equal(buf_text(&line.text), "");
  assert_true(read_lines_get(lines, n - 2, &line));
  assert_string_equal(buf_text(&line.text), "  \"last\": true"); /* still JSON after all that */
  body_line_clear(&line);
  read_lines_free(lines);
  buf_clear(&body);
}

static void no_character_is_torn_in_a_string(void **state) {
  (void)state;
  for (size_t shift = 0; shift < 3; shift++) {
    struct buf body = BUF_INIT;
    buf_add_text(&body, "[\"");
    buf_add(&body, "aaa", shift);
    while (body.n < 20000)
      buf_add_text(&body, "山");
    buf_add_text(&body, "\"]");
    struct buf all = shown(buf_slice(&body), BODY_JSON, BODY_VIEW_PRETTY, 0);
    struct slice rest = buf_slice(&all);
    struct slice line;
    while (slice_split(&rest, '\n', &line))
      assert_true(text_is_utf8(line));
    buf_clear(&all);
    buf_clear(&body);
  }
}

/* A million brackets: no stack of ours may grow with them, and what is too deep is still shown. */
static void depth_is_bounded(void **state) {
  (void)state;
  size_t n = 1000000;
  char *body = malloc(n);
  assert_non_null(body);
  memset(body, '[', n);
  struct read_lines *lines = read_lines_new(slice_make(body, n), BODY_JSON, BODY_VIEW_PRETTY, 0);
  struct body_line line = {.text = BUF_INIT};
  size_t count = read_lines_count(lines);
  assert_in_range(count, 1024, 3000);
  size_t brackets = 0;
  for (size_t i = 0; i < count; i++) {
    assert_true(read_lines_get(lines, i, &line));
    assert_true(line.text.n <= 4096);
    for (size_t j = 0; j < line.text.n; j++)
      brackets += line.text.p[j] == '[';
  }
  assert_int_equal(brackets, n);
  body_line_clear(&line);
  read_lines_free(lines);
  free(body);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(json_is_indented_as_sent),
      cmocka_unit_test(a_cut_body_is_not_an_error),
      cmocka_unit_test(text_from_where_it_stops_being_json),
      cmocka_unit_test(styles_are_roles),
      cmocka_unit_test(text_lines),
      cmocka_unit_test(hex_lines),
      cmocka_unit_test(long_lines_come_in_pieces),
      cmocka_unit_test(full_line_and_its_end),
      cmocka_unit_test(long_tokens_come_in_pieces),
      cmocka_unit_test(no_character_is_torn_in_a_string),
      cmocka_unit_test(depth_is_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
