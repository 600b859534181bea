/* Lines that correspond, against a slow and plain reckoning; words and bytes within lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/buf.h"
#include "weir/body/diff.h"

/* "=aa -b +c ~de": same a with a, b removed, c added, d changed to e. */
static void spell(const struct diff_rows *rows, const char *a, const char *b, struct buf *out) {
  static const char sign[] = "=~-+";
  for (size_t i = 0; i < rows->row.n; i++) {
    const struct diff_row *r = &rows->row.v[i];
    buf_add_byte(out, sign[r->kind]);
    if (r->a != SIZE_MAX)
      buf_add_byte(out, a[r->a]);
    if (r->b != SIZE_MAX)
      buf_add_byte(out, b[r->b]);
    buf_add_byte(out, ' ');
  }
}

static void number(const char *text, uint32_t *out) {
  for (size_t i = 0; text[i]; i++)
    out[i] = (uint32_t)text[i];
}

static bool never(void *arg, size_t a, size_t b) {
  (void)arg;
  (void)a;
  (void)b;
  return false;
}

static void assert_lines(const char *a, const char *b, diff_alike_fn *alike, const char *expected) {
  uint32_t na[64], nb[64];
  struct diff_rows rows = {{NULL, 0, 0}};
  struct buf out = BUF_INIT;
  number(a, na);
  number(b, nb);
  diff_lines(na, strlen(a), nb, strlen(b), alike, NULL, &rows);
  spell(&rows, a, b, &out);
  assert_string_equal(buf_text(&out), expected);
  buf_clear(&out);
  VEC_CLEAR(&rows.row);
}

static void test_lines(void **state) {
  (void)state;
  assert_lines("", "", NULL, "");
  assert_lines("abc", "abc", NULL, "=aa =bb =cc ");
  assert_lines("", "ab", NULL, "+a +b ");
  assert_lines("ab", "", NULL, "-a -b ");
  assert_lines("abcd", "abxd", NULL, "=aa =bb ~cx =dd ");
  assert_lines("abcd", "abxd", never, "=aa =bb -c +x =dd ");
  assert_lines("abcd", "bcde", NULL, "-a =bb =cc =dd +e ");
  assert_lines("abc", "xabyc", NULL, "+x =aa =bb +y =cc ");
}

static size_t longest_common(const char *a, size_t an, const char *b, size_t bn) {
  size_t t[65][65] = {{0}};
  for (size_t i = an; i-- > 0;)
    for (size_t j = bn; j-- > 0;)
      t[i][j] = a[i] == b[j] ? t[i + 1][j + 1] + 1 : t[i + 1][j] > t[i][j + 1] ? t[i + 1][j] : t[i][j + 1];
  return t[0][0];
}

/* Random texts: every line once and in order, rows that are called the same are, and no more of them can be found. */
static void test_random_lines(void **state) {
  (void)state;
  srand(1);
  for (int round = 0; round < 3000; round++) {
    char a[65] = {0}, b[65] = {0};
    uint32_t na[64], nb[64];
    struct diff_rows rows = {{NULL, 0, 0}};
    size_t an = (size_t)rand() % 40, bn = (size_t)rand() % 40, letters = 2 + (size_t)rand() % 5;
    for (size_t i = 0; i < an; i++)
      a[i] = (char)('a' + (size_t)rand() % letters);
    for (size_t i = 0; i < bn; i++)
      b[i] = (char)('a' + (size_t)rand() % letters);
    number(a, na);
    number(b, nb);
    diff_lines(na, an, nb, bn, NULL, NULL, &rows);
    size_t x = 0, y = 0, same = 0;
    for (size_t i = 0; i < rows.row.n; i++) {
      const struct diff_row *r = &rows.row.v[i];
      if (r->a != SIZE_MAX)
        assert_int_equal(r->a, x++);
      if (r->b != SIZE_MAX)
        assert_int_equal(r->b, y++);
      if (r->kind == DIFF_SAME) {
        assert_int_equal(a[r->a], b[r->b]);
        same++;
      }
    }
    assert_int_equal(x, an);
    assert_int_equal(y, bn);
    assert_int_equal(same, longest_common(a, an, b, bn));
    VEC_CLEAR(&rows.row);
  }
}

/* Texts with nothing in common and thousands of lines come back at once, paired. */
static void test_bounded(void **state) {
  enum { N = 20000 };
  uint32_t *a = malloc(N * sizeof *a), *b = malloc(N * sizeof *b);
  struct diff_rows rows = {{NULL, 0, 0}};
  (void)state;
  for (uint32_t i = 0; i < N; i++) {
    a[i] = i;
    b[i] = N + i;
  }
  diff_lines(a, N, b, N, NULL, NULL, &rows);
  assert_int_equal(rows.row.n, N);
  assert_int_equal(rows.row.v[N - 1].kind, DIFF_CHANGED);
  VEC_CLEAR(&rows.row);
  free(a);
  free(b);
}

struct pair {
  const char *a, *b; /* a second letter a line: what it holds */
};

static bool same_value(void *arg, size_t a, size_t b) {
  const struct pair *p = arg;
  return p->a[a] == p->b[b];
}

static void assert_named(const char *a, const char *va, const char *b, const char *vb, const char *expected) {
  uint32_t na[64], nb[64];
  struct diff_rows rows = {{NULL, 0, 0}};
  struct pair values = {va, vb};
  struct buf out = BUF_INIT;
  number(a, na);
  number(b, nb);
  diff_named(na, strlen(a), nb, strlen(b), same_value, &values, &rows);
  spell(&rows, a, b, &out);
  assert_string_equal(buf_text(&out), expected);
  buf_clear(&out);
  VEC_CLEAR(&rows.row);
}

static void test_named(void **state) {
  (void)state;
  assert_named("hdx", "111", "xhd", "112", "=hh ~dd =xx "); /* the order says nothing */
  assert_named("ha", "11", "hba", "111", "=hh +b =aa ");    /* new ones stand where they stand */
  assert_named("hac", "111", "hc", "11", "=hh -a =cc ");
  assert_named("cc", "12", "ccc", "123", "=cc =cc +c "); /* of one name by their order */
  assert_named("", "", "ab", "11", "+a +b ");
}

static void assert_within(const char *a, const char *b, enum diff_unit unit, const char *in_a, const char *in_b) {
  struct diff_spans spans[2] = {{{NULL, 0, 0}}, {{NULL, 0, 0}}};
  const char *text[2] = {a, b}, *expected[2] = {in_a, in_b};
  diff_within(slice_of(a), slice_of(b), unit, &spans[0], &spans[1]);
  for (int side = 0; side < 2; side++) {
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < spans[side].span.n; i++)
      buf_printf(&out, "[%.*s]", (int)spans[side].span.v[i].n, text[side] + spans[side].span.v[i].at);
    assert_string_equal(buf_text(&out), expected[side]);
    buf_clear(&out);
    VEC_CLEAR(&spans[side].span);
  }
}

static void test_within(void **state) {
  (void)state;
  assert_within("  \"password\": \"bad\"", "  \"password\": \"secret\"", DIFF_WORDS, "[bad]", "[secret]");
  assert_within("HTTP/1.1 401 Unauthorized", "HTTP/1.1 200 OK", DIFF_WORDS, "[401][Unauthorized]", "[200][OK]");
  assert_within("abc", "abd", DIFF_BYTES, "[c]", "[d]");
  assert_within("12345", "12945", DIFF_BYTES, "[3]", "[9]");
  assert_within("same", "same", DIFF_WORDS, "", "");
  assert_within("x\xc3\xa9y", "x\xc3\xa8y", DIFF_BYTES, "[\xc3\xa9]", "[\xc3\xa8]"); /* a character is not cut */
}

static void test_long_lines(void **state) {
  char a[5001], b[5001];
  struct diff_spans in_a = {{NULL, 0, 0}}, in_b = {{NULL, 0, 0}};
  (void)state;
  memset(a, '.', 5000);
  memset(b, '.', 5000);
  a[5000] = b[5000] = '\0';
  b[2500] = '!';
  diff_within(slice_of(a), slice_of(b), DIFF_WORDS, &in_a, &in_b);
  assert_int_equal(in_b.span.n, 1);
  assert_int_equal(in_b.span.v[0].at, 2500);
  assert_int_equal(in_b.span.v[0].n, 1);
  VEC_CLEAR(&in_a.span);
  VEC_CLEAR(&in_b.span);
}

static void test_numbers(void **state) {
  struct diff_names names = {.bucket = NULL};
  char text[32];
  (void)state;
  for (uint32_t i = 0; i < 1000; i++) {
    snprintf(text, sizeof text, "line %u", i);
    assert_int_equal(diff_number(&names, slice_of(text)), i);
  }
  assert_int_equal(diff_number(&names, SLICE("line 77")), 77);
  assert_int_equal(diff_number(&names, SLICE("")), 1000);
  diff_names_clear(&names);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lines),   cmocka_unit_test(test_random_lines), cmocka_unit_test(test_bounded),
      cmocka_unit_test(test_named),   cmocka_unit_test(test_within),       cmocka_unit_test(test_long_lines),
      cmocka_unit_test(test_numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
