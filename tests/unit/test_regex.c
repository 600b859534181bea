/*
 * Patterns under guard: callouts that look at the clock must change no answer. PCRE2 without them is asked the same,
 * for patterns made at random; and where callouts stand is shown for some.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "filter/guard.h"
#include "weir/filter/regex.h"

static uint32_t next_random(uint32_t *x) {
  *x ^= *x << 13;
  *x ^= *x >> 17;
  *x ^= *x << 5;
  return *x;
}

/* -1: no pattern. */
static int ask_plainly(struct slice pattern, struct slice subject) {
  int code;
  PCRE2_SIZE at;
  pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n, PCRE2_CASELESS | PCRE2_DOTALL, &code, &at, NULL);
  if (!re)
    return -1;
  pcre2_match_data *data = pcre2_match_data_create(1, NULL);
  int found = pcre2_match(re, (PCRE2_SPTR)subject.p, subject.n, 0, 0, data, NULL);
  pcre2_match_data_free(data);
  pcre2_code_free(re);
  return found >= 0;
}

static void test_same_answers(void **state) {
  (void)state;
  static const char *const parts[] = {
      "a",  "b", ".",       "*",    "+",     "?",    "{2}", "{1,}", "{,2}",        "{0,99}",
      "(",  ")", "|",       "[ab]", "[^a]",  "[]a]", "\\d", "\\.",  "\\x61",       "\\x",
      "^",  "$", "(?:",     "(?=",  "(?!",   "\\1",  "\\Q", "\\E",  "{",           "}",
      "ab", "]", "[a\\]b]", "(?i)", "(?<n>", "\\b",  "\\W", "(?#",  "[[:alpha:]]", "\\"};
  uint32_t seed = 20261125;
  unsigned compiled = 0, matched = 0, placed = 0;
  for (int round = 0; round < 60000; round++) {
    char pattern[80] = "", subject[24];
    size_t n = next_random(&seed) % sizeof subject;
    for (unsigned i = 1 + next_random(&seed) % 7; i > 0; i--)
      strcat(pattern, parts[next_random(&seed) % (sizeof parts / sizeof *parts)]);
    for (size_t i = 0; i < n; i++)
      subject[i] = "aabb.1]{}\\\n"[next_random(&seed) % 11];
    struct slice p = slice_of(pattern), s = slice_make(subject, n);
    struct buf guarded = BUF_INIT;
    bool limit = false;
    int expected = ask_plainly(p, s);
    struct regex *r = regex_new(p, REGEX_DOT_ALL, NULL);
    if ((r != NULL) != (expected >= 0))
      fail_msg("%s: compiled by one and not by the other", pattern);
    if (r) {
      compiled++;
      matched += (unsigned)expected;
      if (regex_search(r, s, &limit) != expected || limit)
        fail_msg("%s on \"%.*s\": %d expected", pattern, (int)n, subject, expected);
      placed += guard_pattern(p, &guarded) == GUARD_PLACED;
    }
    buf_clear(&guarded);
    regex_free(r);
  }
  print_message("# %u compiled, %u matched, %u under guard\n", compiled, matched, placed);
  assert_true(compiled > 10000 && matched > 3000 && placed > 1000);
}

struct guard_case {
  const char *pattern;
  enum guard guard;
  const char *guarded;
};

static void test_places(void **state) {
  (void)state;
  static const struct guard_case cases[] = {
      {"needle", GUARD_NEEDLESS, ""},
      {"a?b{2,5}[cd]\\d", GUARD_NEEDLESS, ""},
      {"a*", GUARD_PLACED, "(?C1)a*"},
      {"ab+c", GUARD_PLACED, "a(?C1)b+c"},
      {"[a-z]+@[]x]*?", GUARD_PLACED, "(?C1)[a-z]+@(?C1)[]x]*?"},
      {"x\\x41+", GUARD_PLACED, "x(?C1)\\x41+"},
      {"x\\**", GUARD_PLACED, "x(?C1)\\**"},
      {"(a|b*)+c", GUARD_PLACED, "(?C1)((?C1)a|(?C1)b*)+c"},
      {"(?:ab){3,}", GUARD_PLACED, "(?C1)(?:(?C1)ab){3,}"},
      {"a{500}", GUARD_PLACED, "(?C1)a{500}"},
      {"a{,5}", GUARD_NEEDLESS, ""}, /* no quantifier to PCRE2 10.42 */
      {"(?i)a*", GUARD_UNSURE, ""},
      {"\\Qa*", GUARD_UNSURE, ""},
      {"(a)\\1*", GUARD_UNSURE, ""},
      {"[[:alpha:]]*", GUARD_UNSURE, ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct buf out = BUF_INIT;
    enum guard guard = guard_pattern(slice_of(cases[i].pattern), &out);
    if (guard != cases[i].guard || (guard == GUARD_PLACED && strcmp(buf_text(&out), cases[i].guarded) != 0))
      fail_msg("%s: %d, \"%s\"", cases[i].pattern, (int)guard, buf_text(&out));
    buf_clear(&out);
  }
}

static void test_literal(void **state) {
  (void)state;
  assert_true(regex_is_literal(SLICE("plain text-1/2\"'<&>~\xff")));
  assert_true(regex_is_literal(SLICE("")));
  for (const char *c = "\\^$.[]|()?*+{}"; *c; c++)
    assert_false(regex_is_literal(slice_make(c, 1)));
}

static void test_find(void **state) {
  (void)state;
  size_t at = 0, n = 0;
  struct regex *any = regex_new(SLICE("b+|x*"), 0, NULL), *exact = regex_new(SLICE("B+"), REGEX_CASE, NULL);
  struct slice text = SLICE("abBc BB");
  assert_true(regex_find(any, text, 0, &at, &n));
  assert_int_equal(at, 1);
  assert_int_equal(n, 2);
  assert_true(regex_find(any, text, 3, &at, &n));
  assert_int_equal(at, 5);
  assert_false(regex_find(any, text, 7, &at, &n)); /* an empty match is none */
  assert_true(regex_find(exact, text, 0, &at, &n));
  assert_int_equal(at, 2);
  assert_int_equal(n, 1);
  regex_free(any);
  regex_free(exact);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_same_answers),
      cmocka_unit_test(test_places),
      cmocka_unit_test(test_find),
      cmocka_unit_test(test_literal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
