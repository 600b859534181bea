/* From terminal bytes to keys: every sequence whole, byte by byte and at every cut; names both ways; the lone ESC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/clock.h"
#include "weir/ui/key.h"

/* What came out, as "Up Alt-X mouse:1,2,3 paste[text] ". */
static void note(void *arg, const struct key *k) {
  struct buf *out = arg;
  if (k->code == KEY_MOUSE_) {
    static const char *const actions[] = {"press", "release", "drag"};
    struct key mods = {.code = KEY_MOUSE_, .mods = k->mods};
    key_name(&mods, out);
    buf_printf(out, ":%s,%d,%d,%d ", actions[k->action], k->button, k->x, k->y);
  } else if (k->code == KEY_PASTE) {
    buf_add_text(out, "Paste[");
    buf_add_slice(out, k->text);
    buf_add_text(out, "] ");
  } else {
    key_name(k, out);
    buf_add_byte(out, ' ');
  }
}

/* Feeds the bytes in pieces: all at once with `first` == n, else cut there; first 0: byte by byte. */
static void decode(struct slice s, size_t first, struct buf *out) {
  struct key_decoder *d = key_decoder_new(NULL, note, out);
  key_decoder_name(d, "\033[99q", KEY_F12_, KEY_MOD_SHIFT);
  key_decoder_name(d, "\033A", KEY_UP_, 0);
  if (first == 0) {
    for (size_t i = 0; i < s.n; i++)
      key_decoder_feed(d, s.p + i, 1);
  } else {
    key_decoder_feed(d, s.p, first);
    key_decoder_feed(d, s.p + first, s.n - first);
  }
  key_decoder_free(d);
}

static const struct {
  const char *bytes, *keys;
} sequences[] = {
    {"jG ~", "j G Space ~ "},
    {"\x01\x13\x1a\x03\x1c\x1f", "Ctrl-A Ctrl-S Ctrl-Z Ctrl-C Ctrl-\\ Ctrl-_ "},
    {"\t\r\n\b\x7f", "Tab Enter Enter Backspace Backspace "},
    {"\xc3\xa9\xe5\xb1\xb1\xf0\x9f\x98\x80", "é 山 😀 "},
    {"\xff\xc3z\xe5\xb1x\xed\xa0\x80", "\xef\xbf\xbd \xef\xbf\xbd z \xef\xbf\xbd x \xef\xbf\xbd "},
    {"\033[A\033[B\033[C\033[D\033[H\033[F", "Up Down Right Left Home End "},
    {"\033OA\033OB\033OC\033OD\033OH\033OF", "Up Down Right Left Home End "},
    {"\033OP\033OQ\033OR\033OS\033[P\033[1;5R", "F1 F2 F3 F4 F1 Ctrl-F3 "},
    {"\033[1~\033[2~\033[3~\033[4~\033[5~\033[6~\033[7~\033[8~", "Home Ins Del End PgUp PgDn Home End "},
    {"\033[11~\033[15~\033[17~\033[21~\033[23~\033[24~", "F1 F5 F6 F10 F11 F12 "},
    {"\033[25~\033[34~\033[2;5~\033[15;2~", "Shift-F1 Shift-F8 Ctrl-Ins Shift-F5 "},
    {"\033[[A\033[[E", "F1 F5 "},
    {"\033[1;2A\033[1;3B\033[1;5C\033[1;6D\033[1;8H\033[1;9F",
     "Shift-Up Alt-Down Ctrl-Right Ctrl-Shift-Left Ctrl-Alt-Shift-Home Alt-End "},
    {"\033O5C\033O1;2D\033[3$\033[5^\033[6@\033[a\033Ob",
     "Ctrl-Right Shift-Left Shift-Del Ctrl-PgUp Ctrl-Shift-PgDn Shift-Up Ctrl-Down "},
    {"\033[Z\033[1;5Z\033[9;2u", "Shift-Tab Ctrl-Shift-Tab Shift-Tab "},
    {"\033[27;5;97~\033[27;3;65~\033[97;5u\033[97;2u\033[13;5u\033[27u\033[32;5u\033[49;5u",
     "Ctrl-A Alt-Shift-A Ctrl-A A Ctrl-Enter Esc Ctrl-Space Ctrl-1 "},
    {"\033[97;5:3u\033[97:65;2:1u\033[57352u\033[24;6u", "A Ctrl-X "},
    {"\033u\033U\033\xc3\xa9\033\x01\033\r\033\t\033 ",
     "Alt-U Alt-Shift-U Alt-é Ctrl-Alt-A Alt-Enter Alt-Tab Alt-Space "},
    {"\033\033[A\033\033OP\033\033x", "Alt-Up Alt-F1 Esc Alt-X "},
    {"\033\033\033[B", "Esc Alt-Down "},
    {"\033OM\033Ok\033Oy\033Oj", "Enter + 9 * "},
    {"\033[I\033[O\033[5;7R\033[?1;2c\033[>0;276;0c\033[?2026;1$yj", "FocusIn FocusOut j "},
    {"\033]11;rgb:0000/0000/0000\007a\033]0;t\033\\b\033P1$r0m\033\\c\033_Gi=1\033\\d\033Xs\007\033\\e", "a b c d e "},
    {"\033]never ended\033[Ax\033P\030y", "Up x y "},
    {"\033[12\030a\033[1\003b\033[1\033[Bc\033[1\xc3\xa9", "a Ctrl-C b Down c é "},
    {"\033[<0;5;3M\033[<0;5;3m\033[<2;1;1M\033[<64;10;20M\033[<65;10;20M",
     "Mouse:press,1,4,2 Mouse:release,1,4,2 Mouse:press,3,0,0 Mouse:press,4,9,19 Mouse:press,5,9,19 "},
    {"\033[<32;7;8M\033[<35;7;8M\033[<20;300;200M\033[<66;1;1M\033[<0;0;1M\033[<0;1Mq",
     "Mouse:drag,1,6,7 Ctrl-Shift-Mouse:press,1,299,199 q "},
    {"\033[M !!\033[M#\"#\033[Ma\xff\xfe\033[32;4;5Mq",
     "Mouse:press,1,0,0 Mouse:release,0,1,2 Mouse:press,5,222,221 Mouse:press,1,3,4 q "},
    {"\033[200~a\033[A\r\n\033[200~\xff\033[201\033[201~q", "Paste[a\033[A\r\n\033[200~\xff\033[201] q "},
    {"\033[200~\033[201~\033[201~j", "Paste[] j "},
    {"\033[99q\033A\033B", "Shift-F12 Up Alt-Shift-B "},
};

static void keys_do_not_depend_on_the_cuts(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
    struct slice s = slice_of(sequences[i].bytes);
    for (size_t cut = 0; cut <= s.n; cut++) {
      struct buf out = BUF_INIT;
      decode(s, cut, &out);
      assert_string_equal(buf_text(&out), sequences[i].keys);
      buf_clear(&out);
    }
  }
}

static void nul_is_ctrl_space(void **state) {
  (void)state;
  struct buf out = BUF_INIT;
  decode(SLICE("\0\033\0"), 3, &out);
  assert_string_equal(buf_text(&out), "Ctrl-Space Ctrl-Alt-Space ");
  buf_clear(&out);
}

static void an_endless_sequence_is_swallowed_whole(void **state) {
  (void)state;
  struct buf in = BUF_INIT, out = BUF_INIT;
  buf_add_text(&in, "\033[");
  for (int i = 0; i < 5000; i++)
    buf_add_text(&in, "1;");
  buf_add_text(&in, "Ax");
  decode(buf_slice(&in), in.n, &out);
  assert_string_equal(buf_text(&out), "x ");
  buf_clear(&in);
  buf_clear(&out);
}

static void an_endless_string_does_not_eat_keys_for_ever(void **state) {
  (void)state;
  struct buf out = BUF_INIT;
  struct key_decoder *d = key_decoder_new(NULL, note, &out);
  char junk[4096];
  memset(junk, 'x', sizeof junk);
  key_decoder_feed(d, "\033]52;", 5);
  for (int i = 0; i < 300 && out.n == 0; i++)
    key_decoder_feed(d, junk, sizeof junk);
  assert_true(out.n > 0);
  key_decoder_free(d);
  buf_clear(&out);
}

struct sum {
  size_t pastes, bytes, keys;
};

static void count(void *arg, const struct key *k) {
  struct sum *sum = arg;
  sum->keys++;
  if (k->code == KEY_PASTE) {
    sum->pastes++;
    sum->bytes = k->text.n;
  }
}

static void a_paste_is_bounded(void **state) {
  (void)state;
  struct sum sum = {0};
  struct key_decoder *d = key_decoder_new(NULL, count, &sum);
  size_t n = 1u << 20;
  char *chunk = malloc(n);
  memset(chunk, '\033', n);
  key_decoder_feed(d, "\033[200~", 6);
  for (int i = 0; i < 65; i++)
    key_decoder_feed(d, chunk, n);
  key_decoder_feed(d, "\033[201~j", 7);
  free(chunk);
  key_decoder_free(d);
  assert_int_equal(sum.pastes, 1);
  assert_int_equal(sum.bytes, 64u << 20);
  assert_int_equal(sum.keys, 2);
}

static uint64_t now;

static uint64_t fake_clock(void *arg) {
  (void)arg;
  return now;
}

struct timed {
  struct loop *loop;
  struct key_decoder *d;
  struct buf out;
};

static int timed_setup(void **state) {
  struct timed *t = calloc(1, sizeof *t);
  now = CLOCK_S;
  t->loop = loop_new();
  loop_set_clock(t->loop, fake_clock, NULL);
  loop_turn(t->loop, 0);
  t->d = key_decoder_new(t->loop, note, &t->out);
  *state = t;
  return 0;
}

static int timed_teardown(void **state) {
  struct timed *t = *state;
  key_decoder_free(t->d);
  loop_free(t->loop);
  buf_clear(&t->out);
  free(t);
  return 0;
}

static void pass(struct timed *t, uint64_t ns) {
  now += ns;
  loop_turn(t->loop, 0);
}

static void expect(struct timed *t, const char *keys) {
  assert_string_equal(buf_text(&t->out), keys);
  buf_clear(&t->out);
}

static void a_lone_escape_waits_25_ms(void **state) {
  struct timed *t = *state;
  key_decoder_feed(t->d, "\033", 1);
  pass(t, 20 * CLOCK_MS);
  expect(t, "");
  pass(t, 6 * CLOCK_MS);
  expect(t, "Esc ");
  key_decoder_feed(t->d, "j", 1);
  expect(t, "j ");
}

static void a_sequence_in_time_is_no_escape(void **state) {
  struct timed *t = *state;
  key_decoder_feed(t->d, "\033", 1);
  pass(t, 20 * CLOCK_MS);
  key_decoder_feed(t->d, "[1;5", 4);
  pass(t, 100 * CLOCK_MS);
  key_decoder_feed(t->d, "A", 1);
  pass(t, 100 * CLOCK_MS);
  expect(t, "Ctrl-Up ");
}

static void alt_with_a_character_that_starts_sequences(void **state) {
  struct timed *t = *state;
  static const char *const cases[][2] = {{"\033[", "Alt-[ "},       {"\033O", "Alt-Shift-O "}, {"\033]", "Alt-] "},
                                         {"\033P", "Alt-Shift-P "}, {"\033\033", "Esc Esc "},  {"\033_", "Alt-_ "}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    key_decoder_feed(t->d, cases[i][0], 2);
    expect(t, "");
    pass(t, 26 * CLOCK_MS);
    expect(t, cases[i][1]);
    key_decoder_feed(t->d, "A", 1);
    expect(t, "A ");
  }
}

static void a_string_without_end_is_given_up_after_a_second(void **state) {
  struct timed *t = *state;
  key_decoder_feed(t->d, "\033]0;half", 8);
  pass(t, 900 * CLOCK_MS);
  key_decoder_feed(t->d, "x", 1);
  expect(t, "");
  pass(t, 1100 * CLOCK_MS);
  key_decoder_feed(t->d, "j", 1);
  expect(t, "j ");
}

static struct buf told;

static void on_told(void *arg, struct slice text) {
  (void)arg;
  buf_printf(&told, "[%.*s]", (int)text.n, text.p);
}

static void answers_are_told_and_no_keys(void **state) {
  struct timed *t = *state;
  static const char bytes[] = "a\033]11;rgb:ff/ff/ff\033\\b\033]0;t\ac\033P1$r0m\033\\d\033]half\033[A";
  key_decoder_told(t->d, on_told);
  for (size_t i = 0; i < sizeof bytes - 1; i++)
    key_decoder_feed(t->d, bytes + i, 1);
  expect(t, "a b c d Up ");
  assert_string_equal(buf_text(&told), "[11;rgb:ff/ff/ff][0;t]");
  buf_reset(&told);
  key_decoder_feed(t->d, "\033]", 2);
  for (int i = 0; i < 1000; i++)
    key_decoder_feed(t->d, "x", 1);
  key_decoder_feed(t->d, "\a", 1);
  assert_int_equal(told.n, 66);
  buf_clear(&told);
}

static void names_go_both_ways(void **state) {
  (void)state;
  static const char *const names[] = {"j",
                                      "G",
                                      "Ctrl-S",
                                      "Alt-U",
                                      "Alt-Shift-U",
                                      "Ctrl-Space",
                                      "Shift-Tab",
                                      "F1",
                                      "F12",
                                      "PgDn",
                                      "PgUp",
                                      "Space",
                                      "Enter",
                                      "Esc",
                                      "Del",
                                      "Ins",
                                      "-",
                                      "Alt--",
                                      "Ctrl-Alt-A",
                                      "Ctrl-Up",
                                      "é",
                                      "Ctrl-\\",
                                      "Backspace",
                                      "Tab",
                                      "Shift-F3",
                                      "Ctrl-Shift-Left",
                                      "山",
                                      "F",
                                      "Ctrl-1",
                                      "Alt-Enter",
                                      "{",
                                      "Ctrl-_",
                                      "Home",
                                      "End",
                                      "?"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    struct key key;
    struct buf out = BUF_INIT;
    assert_true(key_parse(slice_of(names[i]), &key));
    key_name(&key, &out);
    assert_string_equal(buf_text(&out), names[i]);
    buf_clear(&out);
  }
}

static void names_have_aliases_and_limits(void **state) {
  (void)state;
  struct key a = {0}, b = {0};
  static const char *const same[][2] = {{"ctrl-s", "Ctrl-S"}, {"alt-u", "Alt-U"}, {"PageDown", "PgDn"},
                                        {"Delete", "Del"},    {"Ctrl-I", "Tab"},  {"Shift-Ctrl-Up", "Ctrl-Shift-Up"},
                                        {"Ctrl-M", "Enter"}};
  for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
    assert_true(key_parse(slice_of(same[i][0]), &a) && key_parse(slice_of(same[i][1]), &b));
    assert_int_equal(a.code, b.code);
    assert_int_equal(a.mods, b.mods);
  }
  static const char *const none[] = {"",    "Ctrl-", "F0",   "F13",       "F99999999999999999999",
                                     "Foo", "jj",    "\x01", "Alt-Ctrl-", "\xff"};
  for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
    assert_false(key_parse(slice_of(none[i]), &a));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keys_do_not_depend_on_the_cuts),
      cmocka_unit_test(nul_is_ctrl_space),
      cmocka_unit_test(an_endless_sequence_is_swallowed_whole),
      cmocka_unit_test(an_endless_string_does_not_eat_keys_for_ever),
      cmocka_unit_test(a_paste_is_bounded),
      cmocka_unit_test(names_go_both_ways),
      cmocka_unit_test(names_have_aliases_and_limits),
      cmocka_unit_test_setup_teardown(answers_are_told_and_no_keys, timed_setup, timed_teardown),
      cmocka_unit_test_setup_teardown(a_lone_escape_waits_25_ms, timed_setup, timed_teardown),
      cmocka_unit_test_setup_teardown(a_sequence_in_time_is_no_escape, timed_setup, timed_teardown),
      cmocka_unit_test_setup_teardown(alt_with_a_character_that_starts_sequences, timed_setup, timed_teardown),
      cmocka_unit_test_setup_teardown(a_string_without_end_is_given_up_after_a_second, timed_setup, timed_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
