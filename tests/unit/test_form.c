/* Names and values of queries and forms, well formed and not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/http/form.h"

static void pairs(void **state) {
  static const char *const rows[][2] = {
      {"a=1&b=x%20y+z", "a=1|b=x y z|"},
      {"flag&=v&&c==", "flag|=v|c==|"},
      {"", ""},
      {"%41%zz%4=%", "A%zz%4=%|"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct slice rest = slice_of(rows[i][0]), name, value;
    struct buf got = BUF_INIT;
    while (http_form_next(&rest, &name, &value)) {
      http_form_decode(name, &got);
      if (value.p != NULL)
        buf_add_byte(&got, '=');
      http_form_decode(value, &got);
      buf_add_byte(&got, '|');
    }
    assert_string_equal(buf_text(&got), rows[i][1]);
    buf_clear(&got);
  }
}

static void put(struct buf *out, const char *name, struct slice s) {
  if (s.p != NULL)
    buf_printf(out, "%s[%.*s]", name, (int)s.n, s.p);
}

static void parts_are(const char *body, const char *want) {
  struct slice rest = slice_of(body), boundary = {NULL, 0};
  struct http_part part;
  struct buf got = BUF_INIT;
  while (http_part_next(&rest, &boundary, &part)) {
    put(&got, "n", part.name);
    put(&got, "f", part.filename);
    put(&got, "t", part.type);
    put(&got, "b", part.body);
    buf_add_byte(&got, '|');
  }
  assert_string_equal(buf_text(&got), want);
  buf_clear(&got);
}

static void parts(void **state) {
  (void)state;
  parts_are("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--bc\r\ny\r\n--b\r\nContent-Disposition: "
            "form-data; "
            "filename=\"c\\\"; name=z.png\"; name=f\r\nContent-Type: image/png\r\n\r\n\r\n--b--\r\nend",
            "n[a]b[x\r\n--bc\r\ny]|n[f]f[c\\\"; name=z.png]t[image/png]b[]|");
  parts_are("before\n--b\n\nx\n--b\nContent-Type: a/b\n\ncut", "b[x]|t[a/b]b[cut]|");
  parts_are("--b--\n", "");
  parts_are("no parts", "");
  parts_are("", "");
  parts_are("--b\nhead", "|");
}

static void parameters(void **state) {
  (void)state;
  struct slice found;
  assert_true(http_parameter(SLICE("text/html; charset = utf-8 ;x=\"a;b\""), "CHARSET", &found));
  assert_true(slice_eq(found, SLICE("utf-8")));
  assert_true(http_parameter(SLICE("text/html; charset=utf-8; x=\"a;b\""), "x", &found));
  assert_true(slice_eq(found, SLICE("a;b")));
  assert_false(http_parameter(SLICE("text/html; charset"), "charset", &found));
  assert_false(http_parameter(SLICE("charset=x"), "charset", &found));
  assert_false(http_parameter(SLICE("a; x=\"unended"), "y", &found));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(pairs), cmocka_unit_test(parts), cmocka_unit_test(parameters)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
