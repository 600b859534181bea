/* What a body is: the sender's word, and the bytes where they contradict it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/body/kind.h"

struct row {
  const char *type;
  struct slice bytes;
  enum body_kind kind;
};

#define B(literal)                                                                                                     \
  { (literal), sizeof(literal) - 1 }

static const struct row rows[] = {
    /* the word alone is enough */
    {"application/json; charset=utf-8", B("{\"a\":1}"), BODY_JSON},
    {"Application/Problem+JSON", B("{}"), BODY_JSON},
    {"application/json", B("12"), BODY_JSON},
    {"application/x-ndjson", B("{\"a\":1}\n"), BODY_NDJSON},
    {"text/event-stream", B("data: {}\n"), BODY_EVENTS},
    {"text/html", B("plain words"), BODY_HTML},
    {"application/atom+xml", B("<feed/>"), BODY_XML},
    {"image/svg+xml", B("<svg/>"), BODY_XML},
    {"text/css", B("a{}"), BODY_CSS},
    {"text/javascript;x", B("[1]"), BODY_JS},
    {"application/x-www-form-urlencoded", B("a=1"), BODY_FORM},
    {"multipart/form-data; boundary=x", B("--x\0"), BODY_MULTIPART},
    {"image/png", B("\x89PNG\r\n\x1a\n"), BODY_IMAGE},
    {"image/x-new", B("\x01\x02\x03\x04"), BODY_IMAGE},
    {"text/plain; charset=latin1", B("gr\xfc\xdf"), BODY_TEXT},
    {"text/csv", B("a,b"), BODY_TEXT},
    {"application/json", B(""), BODY_EMPTY},
    {"", B(""), BODY_EMPTY},
    /* no word, or one that says nothing */
    {"", B("{\"a\": [1, 2"), BODY_JSON},
    {"application/octet-stream", B(" [ {\"a\":null} ]"), BODY_JSON},
    {"", B("\xef\xbb\xbf{}"), BODY_JSON},
    {"", B("[info] starting"), BODY_TEXT},
    {"", B("[2026-11-23] log"), BODY_TEXT},
    {"", B("{not json}"), BODY_TEXT},
    {"", B("  <!DOCTYPE html><p>"), BODY_HTML},
    {"", B("<?xml version='1.0'?>"), BODY_XML},
    {"", B("hello \xe5\xb1"), BODY_TEXT}, /* the sample ends inside a character */
    {"", B("hello \xff there"), BODY_BINARY},
    {"foo/bar", B("a\0b"), BODY_BINARY},
    {"", B("\xff\xd8\xff\xe0"), BODY_IMAGE},
    {"", B("RIFF\1\2\3\4WEBPVP8 "), BODY_IMAGE},
    {"", B("RIFF\1\2\3\4WAVE"), BODY_BINARY},
    {"garbage", B("12345"), BODY_TEXT},
    /* a word that lies */
    {"text/plain", B("{\"a\":1}"), BODY_JSON},
    {"application/json", B("<html><h1>502</h1>"), BODY_HTML},
    {"image/png", B("<html>not found"), BODY_HTML},
    {"text/html", B("GIF89a"), BODY_IMAGE},
    {"text/plain", B("PK\3\4\0\0"), BODY_BINARY},
    {"text/css", B("\0\1"), BODY_BINARY},
};

static void kinds(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    enum body_kind kind = body_kind_of(slice_of(rows[i].type), rows[i].bytes);
    if (kind != rows[i].kind)
      fail_msg("'%s' '%s': %s", rows[i].type, rows[i].bytes.p, body_kind_name(kind));
  }
  assert_string_equal(body_kind_name(BODY_MULTIPART), "multipart");
}

static void short_names(void **state) {
  (void)state;
  static const char *const names[][2] = {
      {"application/json", "json"},
      {"application/vnd.api+json; x=1", "json"},
      {"TEXT/HTML", "html"},
      {"application/javascript", "js"},
      {"image/png", "png"},
      {"image/jpeg", "jpg"},
      {"image/svg+xml", "svg"},
      {"font/woff2", "woff2"},
      {"application/octet-stream", "bin"},
      {"application/pdf", "pdf"},
      {"application/vnd.ms-excel", "excel"},
      {"application/x-tar", "tar"},
      {"text/event-stream", "sse"},
      {"video/mp4", "mp4"},
      {"", "-"},
      {"nonsense", "-"},
      {"a/", "-"},
      {"a/\x1b[2J", "2j"},
      {"a/\xc3\xa9", "-"},
      {"application/averyverylongsubtype", "avery"},
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char out[8];
    body_type_short(slice_of(names[i][0]), out);
    assert_string_equal(out, names[i][1]);
  }
}

static void assets(void **state) {
  (void)state;
  static const char *const yes[] = {
      "text/css",   "Text/JavaScript; charset=x", "application/x-javascript", "image/anything",
      "font/woff2", "application/font-woff"};
  static const char *const no[] = {"", "text/html", "application/json", "imagex/png", "text/cssx"};
  for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
    assert_true(body_is_asset(slice_of(yes[i])));
  for (size_t i = 0; i < sizeof no / sizeof *no; i++)
    assert_false(body_is_asset(slice_of(no[i])));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(kinds), cmocka_unit_test(short_names), cmocka_unit_test(assets)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
