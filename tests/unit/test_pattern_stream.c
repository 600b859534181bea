/* Replacing in pieces comes to the same as replacing in the whole, wherever the pieces are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rule/pattern.h"

static struct pattern *pattern_of(const char *text) {
  struct err err = ERR_INIT;
  struct slice rest = slice_of(text);
  struct pattern *p = pattern_parse(rest, &rest, &err);
  if (!p)
    fail_msg("%s: %s", text, err.text);
  return p;
}

static void take_all(struct pattern_stream *s, bool last, size_t most, struct buf *out) {
  for (int turns = 0; pattern_stream_take(s, last, most, out);)
    assert_in_range(turns++, 0, 100000);
}

/* Cut where `cuts` has a bit; each take gives at most `most` before it has to be asked again. */
static void in_pieces(struct pattern *p, struct slice subject, uint64_t cuts, size_t most, struct buf *out) {
  struct pattern_stream *s = pattern_stream_new(p);
  size_t from = 0;
  for (size_t i = 1; i <= subject.n; i++)
    if (i == subject.n || cuts >> (i % 64) & 1) {
      pattern_stream_put(s, slice_sub(subject, from, i - from));
      take_all(s, false, most, out);
      from = i;
    }
  take_all(s, true, most, out);
  pattern_stream_free(s);
}

static void same(const char *text, struct pattern *p, struct slice subject, uint64_t cuts, size_t most) {
  struct buf whole = BUF_INIT, pieces = BUF_INIT;
  if (pattern_replace(p, subject, 1 << 24, &whole) == PATTERN_NONE)
    buf_add_slice(&whole, subject);
  in_pieces(p, subject, cuts, most, &pieces);
  if (!slice_eq(buf_slice(&whole), buf_slice(&pieces)))
    fail_msg("%s in \"%.*s\", cut at %llx, %zu at once: \"%s\", not \"%s\"", text, (int)subject.n, subject.p,
             (unsigned long long)cuts, most, buf_text(&pieces), buf_text(&whole));
  buf_clear(&whole);
  buf_clear(&pieces);
}

static const char *const flowing[] = {
    "\"a\" \"x\"",
    "\"ab\" \"\"",
    "\"aab\" \"<&>\"",
    "\"aabaaa\" \"_\"",
    "\"abab\" \"ab\"",
    "\"\\n\\n\" \"\\n\"",
    "/a/ \"x\"",
    "/A+b/i \"<$0>\"",
    "/(a)(b)?/ \"$2$1\"",
    "/a*/ \"-\"",
    "/a?/ \"-\"",
    "/b|ab|aab/ \"<$0>\"",
    "/ab|abab/ \"<$0>\"",
    "/cat(?=a)/ \"dog\"",
    "/a(?!b)/ \"<$0>\"",
    "/a(?!b)|b/ \"<$0>\"",
    "/(?<=a)b/ \"<$0>\"",
    "/(?<!a)b/ \"<$0>\"",
    "/(?<=a(?<=ba)b)a/ \"<$0>\"",
    "/(?<=(?<=(?<=c)b)a)a/ \"<$0>\"",
    "/(?<=ab|c)/ \"|\"",
    "/(?<![ab])/ \"|\"",
    "/\\b/ \"|\"",
    "/\\ba\\b/ \"x\"",
    "/\\B/ \"|\"",
    "/^a/ \"x\"",
    "/^/ \"x\"",
    "/^(a|b)+/ \"x\"",
    "/\\Aa+/ \"x\"",
    "/\\Aa|b/ \"x\"",
    "/(?m)^a/ \"x\"",
    "/(?m)^/ \"> \"",
    "/(?m)$/ \";\"",
    "/(?m)a$/ \"x\"",
    "/(?m)^a*$/ \"[$0]\"",
    "/(?m)^$/ \"empty\"",
    "/(?m)\\s+$/ \"\"",
    "/(?im)^A$/ \"x\"",
    "/\\n\\n+/ \"\\n\"",
    "/\\R/ \"|\"",
    "/\\r?\\n/ \"|\"",
    "/a.*?b/ \"<$0>\"",
    "/a.*?b|c/ \"<$0>\"",
    "/a(?:.*?)b/ \"<$0>\"",
    "/a.{1,3}b/ \"<$0>\"",
    "/a.?b/ \"<$0>\"",
    "/a[^b]*b/ \"<$0>\"",
    "/[^a]+/ \"<$0>\"",
    "/[^a]*/ \"<$0>\"",
    "/[]a]+/ \"<$0>\"",
    "/[[:alpha:]]+/ \"<$0>\"",
    "/\\w+/ \"<$0>\"",
    "/\\w+?/ \"<$0>\"",
    "/\\w++a?/ \"<$0>\"",
    "/(?>a+)b/ \"<$0>\"",
    "/(a+|b)*c/ \"<$0>\"",
    "/(?:ab)+/ \"<$0>\"",
    "/(?:ab){2,3}/ \"<$0>\"",
    "/(ab){2}/ \"<$1>\"",
    "/(a|b)\\1/ \"<$1>\"",
    "/(?<x>a|b)c?\\k<x>/ \"<${x}>\"",
    "/(?P<x>a|b)(?P=x)/ \"<${x}>\"",
    "/a{,2}/ \"<$0>\"",
    "/a{2,}/ \"<$0>\"",
    "/\\Qa\\E/ \"<$0>\"",
    "/\\x61(?#comment)b/ \"<$0>\"",
    "/\\S+\\s/ \"<$0>\"",
    "/(?|(a)b|(b)a)/ \"<$1>\"",
    "/(|a)b/ \"<$0>\"",
    "/|a/ \"-\"",
    "/a|/ \"-\"",
    "/(?=a)/ \"!\"",
    "/(?!a)/ \"!\"",
    "/(?=ab?c)/ \"!\"",
    "/b(?=\\s*c)/ \"<$0>\"",
    "/\\N*/ \"<$0>\"",
    "/a\\N+b/ \"<$0>\"",
    "/\\d+/ \"#\"",
    "/a.*?(?=b)/ \"<$0>\"", /* not in a lookahead itself */
};

static const char *const subjects[] = {
    "",         "a",          "b",           "ab",           "aab",           "aabaaabaaabaaa", "aaaa",
    "abab",     "ababab",     "catacatb",    "bab ab cba",   "a\nb\na\n\na",  "a\r\nb\r\n\r\n", "\n",
    "\n\n\n",   "ab c\nab",   "aXXb aXXXXb", "abcabccba",    "bababab a-b a", "caabaab ]a]",    "a1b22c333",
    "aa\naa\n", "b \t\n \na", "AaBb aB",     "abcbacabacba", "ccc abc cab",   "xaxbxcx",        "a\na\n\n\nb\r\n",
};

#define COUNT(v) (sizeof(v) / sizeof *(v))

static void every_cut_comes_to_the_same(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(flowing); i++) {
    struct pattern *p = pattern_of(flowing[i]);
    if (!pattern_flows(p))
      fail_msg("%s should flow", flowing[i]);
    for (size_t k = 0; k < COUNT(subjects); k++) {
      struct slice s = slice_of(subjects[k]);
      for (size_t cut = 0; cut <= s.n; cut++) /* two pieces */
        same(flowing[i], p, s, UINT64_C(1) << cut, 1000);
      for (uint64_t bits = 3; bits < 1000; bits = bits * 2 + 5) /* several */
        same(flowing[i], p, s, bits * UINT64_C(0x9e3779b97f4a7c15) >> 7, 1 + bits % 5);
      same(flowing[i], p, s, UINT64_MAX, 1); /* byte by byte */
      same(flowing[i], p, s, 0, 1);
    }
    pattern_free(p);
  }
}

/* All texts of up to six of these letters, cut everywhere. */
static void every_short_text_comes_to_the_same(void **state) {
  static const char letters[] = "ab\n c";
  (void)state;
  for (size_t i = 0; i < COUNT(flowing); i++) {
    struct pattern *p = pattern_of(flowing[i]);
    for (unsigned n = 0; n < 5 * 5 * 5 * 5 * 5 * 5; n += i % 7 + 1) {
      char text[6];
      for (unsigned k = 0, left = n; k < sizeof text; k++, left /= 5)
        text[k] = letters[left % 5];
      same(flowing[i], p, slice_make(text, sizeof text), UINT64_MAX, 100);
      same(flowing[i], p, slice_make(text, sizeof text), UINT64_C(1) << (n % 6), 100);
    }
    pattern_free(p);
  }
}

static void those_that_want_the_whole(void **state) {
  static const char *const whole[] = {
      "/a.*/ \"\"",
      "/a.*b/ \"\"",
      "/.+/ \"\"",
      "/a(.|b)*c/ \"\"",
      "/a[\\s\\S]*b/ \"\"",
      "/a$/ \"\"",
      "/$/ \"x\"",
      "/a\\z/ \"\"",
      "/a\\Z/ \"\"",
      "/\\Ga/ \"\"",
      "/a\\Kb/ \"\"",
      "/(?=.*x)a/ \"\"",
      "/a(?!.*?b)/ \"\"",
      "/.*?a/ \"\"",
      "/(?m)a\\n^b/ \"\"",
      "/(a|(?1)b)/ \"\"",
      "/\\((?R)?\\)/ \"\"",
      "/(*COMMIT)a/ \"\"",
      "/(?x)a b/ \"\"",
      "/(?U)a+/ \"\"",
      "/(?(?=a)ab|b)/ \"\"",
      "/(a)(?(1)b)/ \"\"",
      "/a(?C)b/ \"\"",
      "/(?-s)a.*/ \"\"",
      "/a\\C*b/ \"\"",
      "/(?:.{2})*b/ \"\"",
      "/a(?:.*)+/ \"\"",
      "/\\X+/ \"\"",
      "/(?m:^a)/ \"\"",
      "/a\\g<1>(b)/ \"\"",
      "/a[\\d\\D]{2,}b/ \"\"",
  };
  (void)state;
  for (size_t i = 0; i < COUNT(whole); i++) {
    struct pattern *p = pattern_of(whole[i]);
    if (pattern_flows(p))
      fail_msg("%s cannot be judged in pieces", whole[i]);
    pattern_free(p);
  }
}

static void nothing_is_held_back_that_cannot_match(void **state) {
  static const struct {
    const char *pattern, *piece, *out;
  } cases[] = {
      {"\"foo\" \"bar\"", "data: foo\n\n", "data: bar\n\n"},
      {"\"foo\" \"bar\"", "data: fo", "data: "},
      {"\"aab\" \"x\"", "aaaa", "aa"},
      {"/foo/ \"bar\"", "data: foo\n\n", "data: bar\n\n"},
      {"/foo/ \"bar\"", "data: fo", "data: "},
      {"/(?m)^data: foo$/ \"x\"", "data: foo\n\n", "x\n\n"},
      {"/\\d+/ \"#\"", "a1b22", "a#b"},
      {"/(?<=a)b/ \"x\"", "aba", "axa"},
      {"/(?m)^x/ \"y\"", "a\n", "a\n"},
  };
  (void)state;
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct pattern *p = pattern_of(cases[i].pattern);
    struct pattern_stream *s = pattern_stream_new(p);
    struct buf out = BUF_INIT;
    pattern_stream_put(s, slice_of(cases[i].piece));
    take_all(s, false, 1000, &out);
    if (strcmp(buf_text(&out), cases[i].out) != 0)
      fail_msg("%s in %s: %s", cases[i].pattern, cases[i].piece, buf_text(&out));
    buf_clear(&out);
    pattern_stream_free(s);
    pattern_free(p);
  }
}

/* A match may be open for so long, then what was held passes as it came, and what follows is replaced again. */
static void a_match_without_end_is_given_up(void **state) {
  struct pattern *p = pattern_of("/<[^>]*>/ \"\"");
  struct pattern_stream *s = pattern_stream_new(p);
  struct buf out = BUF_INIT, letters = BUF_INIT;
  (void)state;
  memset(buf_reserve(&letters, 10000), 'x', 10000);
  letters.n = 10000;
  pattern_stream_put(s, SLICE("a<"));
  size_t in = 2, most_held = 0;
  for (; in < 2 + 600000; in += letters.n) {
    pattern_stream_put(s, buf_slice(&letters));
    take_all(s, false, 1 << 20, &out);
    if (in + letters.n - out.n > most_held)
      most_held = in + letters.n - out.n;
  }
  assert_in_range(most_held, PATTERN_HELD_MAX - 20000, PATTERN_HELD_MAX + 20000);
  assert_non_null(pattern_stream_trouble(s));
  assert_null(pattern_stream_trouble(s));
  pattern_stream_put(s, SLICE("b<c>d"));
  take_all(s, true, 1 << 20, &out);
  assert_int_equal(out.n, in + 2); /* without <c> */
  assert_memory_equal(out.p + out.n - 3, "xbd", 3);
  buf_clear(&out);
  buf_clear(&letters);
  pattern_stream_free(s);
  pattern_free(p);
}

/* 64 KB of matches that become 64 MB: given out in portions. */
static void what_grows_comes_in_portions(void **state) {
  struct buf text = BUF_INIT, in = BUF_INIT, out = BUF_INIT;
  (void)state;
  buf_add_text(&text, "/a/ \"");
  for (int i = 0; i < 1000; i++)
    buf_add_byte(&text, 'b');
  buf_add_text(&text, "\"");
  for (int i = 0; i < 65536; i++)
    buf_add_byte(&in, 'a');
  for (int regex = 0; regex < 2; regex++) {
    if (!regex)
      text.p[0] = text.p[2] = '"';
    else
      text.p[0] = text.p[2] = '/';
    struct pattern *p = pattern_of(buf_text(&text));
    struct pattern_stream *s = pattern_stream_new(p);
    uint64_t sum = 0;
    bool more = true;
    pattern_stream_put(s, buf_slice(&in));
    while (more) {
      buf_reset(&out);
      more = pattern_stream_take(s, false, 65536, &out);
      assert_in_range(out.n, 0, 65536 + 2000);
      sum += out.n;
    }
    assert_int_equal(sum, 65536 * 1000);
    pattern_stream_free(s);
    pattern_free(p);
  }
  buf_clear(&text);
  buf_clear(&in);
  buf_clear(&out);
}

static void stopped_it_passes_everything(void **state) {
  static const char *const patterns[] = {"\"ab\" \"x\"", "/ab/ \"x\""};
  (void)state;
  for (size_t i = 0; i < COUNT(patterns); i++) {
    struct pattern *p = pattern_of(patterns[i]);
    struct pattern_stream *s = pattern_stream_new(p);
    struct buf out = BUF_INIT;
    pattern_stream_put(s, SLICE("aba"));
    take_all(s, false, 100, &out);
    assert_string_equal(buf_text(&out), "x");
    pattern_stream_stop(s);
    pattern_stream_put(s, SLICE("bab"));
    take_all(s, true, 100, &out);
    assert_string_equal(buf_text(&out), "xabab");
    buf_clear(&out);
    pattern_stream_free(s);
    pattern_free(p);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_cut_comes_to_the_same),     cmocka_unit_test(every_short_text_comes_to_the_same),
      cmocka_unit_test(those_that_want_the_whole),       cmocka_unit_test(nothing_is_held_back_that_cannot_match),
      cmocka_unit_test(a_match_without_end_is_given_up), cmocka_unit_test(what_grows_comes_in_portions),
      cmocka_unit_test(stopped_it_passes_everything),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
