/* Bodies as lines: JSON re-indented without losing a byte, text, hex, long lines, and the lazy index. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/text.h"
#include "weir/body/lines.h"

/* All lines, each followed by "\n". */
static struct buf shown(struct slice body, enum body_kind kind, enum body_view view, unsigned columns) {
  struct body_lines *lines = body_lines_new(body, kind, view, columns);
  struct body_line line = {.text = BUF_INIT};
  struct buf all = BUF_INIT;
  size_t n = 0;
  while (body_lines_get(lines, n, &line)) {
    buf_add_slice(&all, buf_slice(&line.text));
    buf_add_byte(&all, '\n');
    n++;
  }
  assert_int_equal(body_lines_count(lines), n);
  body_line_clear(&line);
  body_lines_free(lines);
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
  struct body_lines *lines = body_lines_new(SLICE("{\"k\":\"s\",\"n\":1,\"w\":null}"), BODY_JSON, BODY_VIEW_PRETTY, 0);
  struct body_line line = {.text = BUF_INIT};
  static const struct body_span want[][4] = {
      {{0, 1, BODY_STYLE_PUNCT}},
      {{2, 3, BODY_STYLE_KEY}, {5, 2, BODY_STYLE_PUNCT}, {7, 3, BODY_STYLE_STRING}, {10, 1, BODY_STYLE_PUNCT}},
      {{2, 3, BODY_STYLE_KEY}, {5, 2, BODY_STYLE_PUNCT}, {7, 1, BODY_STYLE_NUMBER}, {8, 1, BODY_STYLE_PUNCT}},
      {{2, 3, BODY_STYLE_KEY}, {5, 2, BODY_STYLE_PUNCT}, {7, 4, BODY_STYLE_WORD}},
  };
  static const size_t spans[] = {1, 4, 4, 3};
  for (size_t i = 0; i < 4; i++) {
    assert_true(body_lines_get(lines, i, &line));
    assert_int_equal(line.spans, spans[i]);
    for (size_t j = 0; j < line.spans; j++) {
      assert_int_equal(line.span[j].at, want[i][j].at);
      assert_int_equal(line.span[j].n, want[i][j].n);
      assert_int_equal(line.span[j].style, want[i][j].style);
    }
  }
  body_line_clear(&line);
  body_lines_free(lines);
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
    struct body_lines *lines = body_lines_new(buf_slice(&body), BODY_TEXT, BODY_VIEW_TEXT, 0);
    struct body_line line = {.text = BUF_INIT};
    struct buf joined = BUF_INIT;
    for (size_t j = 0; body_lines_get(lines, j, &line); j++) {
      assert_in_range(line.text.n, 1, 4096);
      assert_true(i != 1 || text_is_utf8(buf_slice(&line.text))); /* no character is torn */
      buf_add_slice(&joined, buf_slice(&line.text));
    }
    /* all but the LF, and the CR that stands before it */
    assert_int_equal(joined.n, body.n - 1 - (i == 3));
    buf_clear(&joined);
    body_line_clear(&line);
    body_lines_free(lines);
    buf_clear(&body);
  }
}

static void full_line_and_its_end(void **state) {
  (void)state;
  char body[4096 + 4];
  memset(body, 'a', 4096);
  memcpy(body + 4096, "\r\nb", 3);
  struct body_lines *lines = body_lines_new(slice_make(body, 4099), BODY_TEXT, BODY_VIEW_TEXT, 0);
  assert_int_equal(body_lines_count(lines), 2); /* no empty line between */
  body_lines_free(lines);
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
  struct body_lines *lines = body_lines_new(buf_slice(&body), BODY_JSON, BODY_VIEW_PRETTY, 0);
  struct body_line line = {.text = BUF_INIT};
  size_t n = 0;
  for (; body_lines_get(lines, n, &line); n++) {
    assert_in_range(line.text.n, 1, 4096 + 32);
    assert_true(text_is_utf8(buf_slice(&line.text)));
  }
  assert_string_equal(buf_text(&line.text), "");
  assert_true(body_lines_get(lines, n - 2, &line));
  assert_string_equal(buf_text(&line.text), "  \"last\": true"); /* still JSON after all that */
  body_line_clear(&line);
  body_lines_free(lines);
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
  struct body_lines *lines = body_lines_new(slice_make(body, n), BODY_JSON, BODY_VIEW_PRETTY, 0);
  struct body_line line = {.text = BUF_INIT};
  size_t count = body_lines_count(lines);
  assert_in_range(count, 1024, 3000);
  size_t brackets = 0;
  for (size_t i = 0; i < count; i++) {
    assert_true(body_lines_get(lines, i, &line));
    assert_true(line.text.n <= 4096);
    for (size_t j = 0; j < line.text.n; j++)
      brackets += line.text.p[j] == '[';
  }
  assert_int_equal(brackets, n);
  body_line_clear(&line);
  body_lines_free(lines);
  free(body);
}

/* The same line whichever way it is reached. */
static void index_gives_the_same_line(void **state) {
  (void)state;
  struct buf body = BUF_INIT;
  buf_add_byte(&body, '[');
  for (int i = 0; i < 3000; i++)
    buf_printf(&body, "%s{\"id\":%d,\n\"deep\":[[%d]]}", i ? "," : "", i, i);
  buf_add_byte(&body, ']');
  for (int json_view = 0; json_view < 2; json_view++) {
    struct body_lines *all = body_lines_new(buf_slice(&body), json_view ? BODY_JSON : BODY_TEXT, BODY_VIEW_PRETTY, 0);
    struct body_lines *some = body_lines_new(buf_slice(&body), json_view ? BODY_JSON : BODY_TEXT, BODY_VIEW_PRETTY, 0);
    struct body_line a = {.text = BUF_INIT};
    struct body_line b = {.text = BUF_INIT};
    size_t count = body_lines_count(all);
    assert_true(count > 3000);
    for (size_t i = 0, at = 7; i < 2000; i++, at = (at * 7919 + 13) % count) {
      assert_true(body_lines_get(some, at, &a));
      assert_true(body_lines_get(all, at, &b));
      assert_string_equal(buf_text(&a.text), buf_text(&b.text));
      if (i % 3 == 0 && at + 1 < count) { /* forward from the cursor, too */
        assert_true(body_lines_get(some, at + 1, &a));
        assert_true(body_lines_get(all, 0, &b));
        assert_true(body_lines_get(all, at + 1, &b));
        assert_string_equal(buf_text(&a.text), buf_text(&b.text));
      }
    }
    assert_false(body_lines_get(some, count, &a));
    assert_false(body_lines_get(some, SIZE_MAX, &a));
    body_line_clear(&a);
    body_line_clear(&b);
    body_lines_free(all);
    body_lines_free(some);
  }
  buf_clear(&body);
}

static void a_page_does_not_index_the_body(void **state) {
  (void)state;
  size_t n = 4u << 20;
  char *body = malloc(n);
  assert_non_null(body);
  for (size_t i = 0; i < n; i++)
    body[i] = i % 64 ? 'x' : '\n';
  struct body_lines *lines = body_lines_new(slice_make(body, n), BODY_TEXT, BODY_VIEW_TEXT, 0);
  struct body_line line = {.text = BUF_INIT};
  assert_true(body_lines_get(lines, 50, &line));
  assert_in_range(body_lines_known(lines), 51, 60);
  assert_false(body_lines_index(lines, 64 * 100));
  assert_in_range(body_lines_known(lines), 140, 160);
  unsigned slices = 0;
  while (!body_lines_index(lines, 100000))
    slices++;
  assert_in_range(slices, 30, 50);
  assert_int_equal(body_lines_known(lines), body_lines_count(lines));
  assert_int_equal(body_lines_count(lines), n / 64 + 1);
  body_line_clear(&line);
  body_lines_free(lines);
  free(body);
}

static void offsets_find_their_line(void **state) {
  (void)state;
  struct buf body = BUF_INIT;
  for (int i = 0; i < 1000; i++)
    buf_printf(&body, "line %d\n", i);
  struct body_lines *lines = body_lines_new(buf_slice(&body), BODY_TEXT, BODY_VIEW_TEXT, 0);
  size_t offset = 0;
  for (size_t i = 0; i < 1000; i++) {
    assert_int_equal(body_lines_at(lines, offset), i);
    offset += (size_t)slice_find_byte(slice_from(buf_slice(&body), offset), '\n');
    assert_int_equal(body_lines_at(lines, offset), i); /* its LF belongs to it */
    offset++;
  }
  assert_int_equal(body_lines_at(lines, body.n + 5), 999);
  body_lines_free(lines);
  buf_clear(&body);
  lines = body_lines_new(SLICE(""), BODY_JSON, BODY_VIEW_PRETTY, 0);
  assert_int_equal(body_lines_at(lines, 3), 0);
  body_lines_free(lines);
  lines = body_lines_new(SLICE("{\"a\":[1,2]}"), BODY_JSON, BODY_VIEW_PRETTY, 0);
  assert_int_equal(body_lines_at(lines, 8), 3);
  body_lines_free(lines);
  lines = body_lines_new(SLICE("0123456789abcdef0"), BODY_TEXT, BODY_VIEW_HEX, 16);
  assert_int_equal(body_lines_at(lines, 16), 1);
  assert_int_equal(body_lines_at(lines, 99), 1);
  body_lines_free(lines);
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
      cmocka_unit_test(index_gives_the_same_line),
      cmocka_unit_test(a_page_does_not_index_the_body),
      cmocka_unit_test(offsets_find_their_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
