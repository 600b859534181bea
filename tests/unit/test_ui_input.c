/* The input line: readline's keys, history, paste, scrolling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "canvas_dump.h"
#include "weir/ui/input.h"

static enum input_did press(struct input *in, const char *name) {
  struct key key;
  assert_true(key_parse(slice_of(name), &key));
  return input_key(in, &key);
}

static void keys(struct input *in, const char *names) {
  char *copy = mem_dup(names), *rest = NULL;
  for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
    assert_int_not_equal(press(in, name), INPUT_IGNORED);
  free(copy);
}

static void assert_input(const struct input *in, const char *text, size_t cursor) {
  assert_string_equal(buf_text(&in->text), text);
  assert_int_equal(in->cursor, cursor);
}

static void editing(void **state) {
  (void)state;
  struct input in;
  input_init(&in, SLICE("~u login & POST"), NULL);
  assert_input(&in, "~u login & POST", 15);
  keys(&in, "Ctrl-W");
  assert_input(&in, "~u login & ", 11);
  keys(&in, "Ctrl-W Ctrl-Y Ctrl-Y");
  assert_input(&in, "~u login & & ", 13);
  keys(&in, "Ctrl-A Ctrl-D Right Right Alt-D");
  assert_input(&in, "u  & & ", 2);
  keys(&in, "x Ctrl-K");
  assert_input(&in, "u x", 3);
  keys(&in, "Left Ctrl-U");
  assert_input(&in, "x", 0);
  keys(&in, "Ctrl-Y Ctrl-E y Home Del");
  assert_input(&in, " xy", 0);
  keys(&in, "End Backspace Backspace Backspace Backspace");
  assert_input(&in, "", 0);
  input_clear(&in);
}

static void words(void **state) {
  (void)state;
  struct input in;
  input_init(&in, SLICE("one two.three"), NULL);
  keys(&in, "Alt-B");
  assert_int_equal(in.cursor, 8);
  keys(&in, "Alt-B Ctrl-Left");
  assert_int_equal(in.cursor, 0);
  keys(&in, "Alt-F");
  assert_int_equal(in.cursor, 3);
  keys(&in, "Ctrl-Right Alt-Backspace");
  assert_input(&in, "one .three", 4);
  input_clear(&in);
}

/* What stands there for example is typed over, taken out, or kept. */
static void marked(void **state) {
  static const struct {
    const char *keys, *text;
    size_t cursor;
  } cases[] = {
      {"5 0", "=> 50 x", 5},
      {"Ctrl-Y", "=>  x", 3}, /* nothing was cut yet */
      {"Backspace", "=>  x", 3},
      {"Del", "=>  x", 3},
      {"Left 5", "=> 2050 x", 6},
      {"Right 5", "=> 200 5x", 8},
      {"Ctrl-W", "=>  x", 3},
      {"Alt-B 7", "=> 7200 x", 4},
      {"Home Backspace 7", "7=> 200 x", 1},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct input in;
    input_init(&in, SLICE("=> 200 x"), NULL);
    input_mark(&in, 3, 3);
    assert_int_equal(in.cursor, 6);
    keys(&in, cases[i].keys);
    assert_input(&in, cases[i].text, cases[i].cursor);
    assert_int_equal(in.mark_n, 0);
    input_clear(&in);
  }
}

static void wide_characters(void **state) {
  (void)state;
  struct input in;
  input_init(&in,
             SLICE("\xe5\xb1\xb1"
                   "e\xcc\x81"),
             NULL);
  keys(&in, "Left");
  assert_int_equal(in.cursor, 3);
  keys(&in, "Left");
  assert_int_equal(in.cursor, 0);
  keys(&in, "Right Backspace");
  assert_input(&in, "e\xcc\x81", 0);
  struct key key = {.code = 0xe9};
  assert_int_equal(input_key(&in, &key), INPUT_CHANGED);
  assert_input(&in,
               "\xc3\xa9"
               "e\xcc\x81",
               2);
  input_clear(&in);
}

static void history(void **state) {
  (void)state;
  struct input_history h = {0};
  struct input in;
  input_history_add(&h, SLICE("first"));
  input_history_add(&h, SLICE("second"));
  input_history_add(&h, SLICE(""));
  input_history_add(&h, SLICE("first"));
  assert_int_equal(h.line.n, 2);
  input_init(&in, SLICE("mine"), &h);
  assert_int_equal(press(&in, "Up"), INPUT_CHANGED);
  assert_input(&in, "first", 5);
  keys(&in, "Up");
  assert_input(&in, "second", 6);
  assert_int_equal(press(&in, "Up"), INPUT_MOVED);
  keys(&in, "Down Down");
  assert_input(&in, "mine", 4);
  assert_int_equal(press(&in, "Down"), INPUT_MOVED);
  input_clear(&in);
  for (int i = 0; i < 300; i++) {
    char line[16];
    snprintf(line, sizeof line, "%d", i);
    input_history_add(&h, slice_of(line));
  }
  assert_int_equal(h.line.n, INPUT_HISTORY_MAX);
  assert_string_equal(h.line.v[INPUT_HISTORY_MAX - 1], "299");
  input_history_clear(&h);
}

static void paste_is_one_line(void **state) {
  (void)state;
  struct input in;
  input_init(&in, SLICE("<>"), NULL);
  keys(&in, "Left");
  struct key key = {.code = KEY_PASTE, .text = SLICE("a\r\nb\nc\rd\x1b[31m\n")};
  assert_int_equal(input_key(&in, &key), INPUT_CHANGED);
  assert_input(&in, "<a b c d\x1b[31m>", 13);
  char *big = mem_alloc(INPUT_MAX);
  memset(big, 'x', INPUT_MAX);
  key.text = slice_make(big, INPUT_MAX);
  assert_int_equal(input_key(&in, &key), INPUT_MOVED);
  assert_int_equal(in.text.n, 14);
  free(big);
  input_clear(&in);
}

static void leaves_the_callers_keys(void **state) {
  (void)state;
  static const char *const names[] = {"Enter", "Esc", "Tab", "Ctrl-C", "Ctrl-S", "Alt-R", "F1", "PgUp"};
  struct input in;
  input_init(&in, SLICE("x"), NULL);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    assert_int_equal(press(&in, names[i]), INPUT_IGNORED);
  assert_input(&in, "x", 1);
  input_clear(&in);
}

static void row(const struct input *in, int w, struct canvas *c, struct buf *out) {
  canvas_init(c, w, 1);
  input_draw(in, c, canvas_all(c), "f: ");
  buf_reset(out);
  canvas_dump(c, out);
}

static void draws_and_scrolls(void **state) {
  (void)state;
  struct input in;
  struct canvas c;
  struct buf out = BUF_INIT;
  input_init(&in, SLICE("~u \xe5\xb1\xb1\t\x1b"), NULL);
  row(&in, 20, &c, &out);
  assert_string_equal(buf_text(&out), "f: ~u \xe5\xb1\xb1^I^[\n");
  assert_int_equal(c.cursor_x, 12);
  canvas_clear(&c);
  input_set(&in, SLICE("0123456789012345678901234567890123456789"));
  row(&in, 20, &c, &out);
  assert_int_equal(c.cursor_y, 0);
  assert_in_range(c.cursor_x, 3, 19);
  assert_string_equal(c.cell[c.cursor_x - 1].bytes, "9");
  canvas_clear(&c);
  keys(&in, "Home");
  row(&in, 20, &c, &out);
  assert_string_equal(buf_text(&out), "f: 01234567890123456\n");
  assert_int_equal(c.cursor_x, 3);
  canvas_clear(&c);
  for (int i = 0; i < 40; i++) { /* the cell under the cursor is its character, however far it has scrolled */
    row(&in, 20, &c, &out);
    assert_int_equal(c.cell[c.cursor_x].bytes[0], in.text.p[in.cursor]);
    input_click(&in, (struct rect){0, 0, 20, 1}, "f: ", c.cursor_x);
    assert_int_equal(in.cursor, i);
    canvas_clear(&c);
    keys(&in, "Right");
  }
  for (int w = 1; w < 6; w++) {
    row(&in, w, &c, &out);
    canvas_clear(&c);
  }
  buf_clear(&out);
  input_clear(&in);
}

static void errors_are_underlined(void **state) {
  (void)state;
  struct input in;
  struct canvas c;
  struct buf out = BUF_INIT;
  struct err err;
  input_init(&in, SLICE("ok & ~zz"), NULL);
  err_set_at(&err, 5, 3, "no such operator");
  input_error(&in, &err);
  row(&in, 20, &c, &out);
  for (int x = 0; x < 20; x++)
    assert_int_equal(c.cell[x].underline, x >= 8 && x < 11);
  canvas_clear(&c);
  err_set_at(&err, 8, 0, "more is needed");
  input_error(&in, &err);
  row(&in, 20, &c, &out);
  assert_true(c.cell[10].underline);
  assert_false(c.cell[9].underline);
  canvas_clear(&c);
  keys(&in, "x");
  assert_false(in.failed);
  row(&in, 20, &c, &out);
  assert_false(c.cell[10].underline);
  canvas_clear(&c);
  buf_clear(&out);
  input_clear(&in);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(editing),
      cmocka_unit_test(words),
      cmocka_unit_test(marked),
      cmocka_unit_test(wide_characters),
      cmocka_unit_test(history),
      cmocka_unit_test(paste_is_one_line),
      cmocka_unit_test(leaves_the_callers_keys),
      cmocka_unit_test(draws_and_scrolls),
      cmocka_unit_test(errors_are_underlined),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
