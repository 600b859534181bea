/* The body in hexadecimal: keys at random against a plain string, and what its parts promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/editor_private.h"

static const char head[] = "POST / HTTP/1.1\nHost: a\n\n";
#define BEGIN (sizeof head - 1)

static uint32_t seed;

static uint32_t roll(uint32_t below) {
  seed = seed * 1664525u + 1013904223u;
  return (seed >> 8) % below;
}

static struct editor *open_body(struct slice body) {
  struct buf text = BUF_INIT;
  buf_add_text(&text, head);
  buf_add_slice(&text, body);
  struct editor *e = editor_new(buf_slice(&text));
  buf_clear(&text);
  editor_set_hex(e, true);
  editor_hex_layout(e, (struct rect){0, 0, 80, 10}, BEGIN);
  editor_hex_goto(e, 0);
  return e;
}

static void press(struct editor *e, const char *name) {
  struct key key;
  assert_true(key_parse(slice_of(name), &key));
  assert_true(editor_hex_key(e, &key));
}

static void type(struct editor *e, const char *text) {
  for (; *text; text++)
    press(e, (char[]){*text, '\0'});
}

static void paste(struct editor *e, struct slice s) {
  struct key key = {.code = KEY_PASTE, .text = s};
  assert_true(editor_hex_key(e, &key));
}

static void assert_body(const struct editor *e, struct slice want) {
  struct buf got = BUF_INIT;
  editor_copy(e, BEGIN, SIZE_MAX, &got);
  assert_int_equal(got.n, want.n);
  assert_memory_equal(buf_text(&got), want.n ? want.p : "", want.n);
  buf_clear(&got);
}

static void digits_go_over_the_bytes(void **state) {
  (void)state;
  struct editor *e = open_body(SLICE("\x00\r\n\xff"));
  type(e, "4");
  assert_body(e, SLICE("\x40\r\n\xff"));
  assert_int_equal(editor_cursor(e), BEGIN);
  type(e, "1fF1");
  assert_int_equal(editor_cursor(e), BEGIN + 2);
  press(e, "Right"); /* the first digit stays: the rest of the byte is as it was */
  assert_body(e, SLICE("A\xff\x1a\xff"));
  type(e, "00");
  press(e, "Space");
  type(e, "7"); /* behind the end a byte begins */
  assert_body(e, SLICE("A\xff\x1a\x00\x70"));
  type(e, "e");
  assert_body(e, SLICE("A\xff\x1a\x00~"));
  press(e, "Alt-U");
  assert_body(e, SLICE("A\xff\x1a\x00")); /* both digits of a byte are one step */
  press(e, "Alt-E");
  assert_body(e, SLICE("A\xff\x1a\x00~"));
  type(e, "x");
  assert_non_null(editor_refusal(e));
  assert_body(e, SLICE("A\xff\x1a\x00~"));
  editor_free(e);
}

static void bytes_come_and_go(void **state) {
  (void)state;
  struct editor *e = open_body(SLICE("abcdef"));
  press(e, "Del");
  assert_body(e, SLICE("bcdef"));
  press(e, "Right");
  press(e, "Backspace");
  assert_body(e, SLICE("cdef"));
  press(e, "Backspace"); /* never into the head */
  assert_body(e, SLICE("cdef"));
  press(e, "Ins");
  type(e, "0d0");
  press(e, "Backspace"); /* a digit that was begun is taken back */
  assert_body(e, SLICE("\rcdef"));
  type(e, "a");
  press(e, "Ins");
  assert_body(e, SLICE("\r\xa0"
                       "cdef"));
  editor_hex_goto(e, 2);
  assert_true(editor_hex_turn(e));
  type(e, "XY");
  assert_body(e, SLICE("\r\xa0XYef"));
  press(e, "Ins");
  press(e, "\xc3\xa9");
  assert_body(e, SLICE("\r\xa0XY\xc3\xa9"
                       "ef"));
  editor_free(e);
}

static void cut_copy_and_paste(void **state) {
  (void)state;
  struct editor *e = open_body(SLICE("0123456789abcdefXYZ"));
  press(e, "Right");
  editor_mark(e);
  press(e, "Right");
  press(e, "Right");
  press(e, "Ctrl-K");
  assert_body(e, SLICE("03456789abcdefXYZ"));
  press(e, "Ctrl-End");
  press(e, "Ctrl-U");
  assert_body(e, SLICE("03456789abcdefXYZ12"));
  editor_hex_goto(e, 0);
  press(e, "Ctrl-K"); /* a row, then the next with it */
  press(e, "Ctrl-K");
  assert_body(e, SLICE(""));
  press(e, "Ctrl-U");
  assert_body(e, SLICE("03456789abcdefXYZ12"));
  paste(e, SLICE("0xde, ad:BE EF\n"));
  assert_body(e, SLICE("03456789abcdefXYZ12\xde\xad\xbe\xef"));
  paste(e, SLICE("abc"));
  assert_non_null(editor_refusal(e));
  editor_hex_turn(e);
  paste(e, SLICE("abc\r"));
  assert_body(e, SLICE("03456789abcdefXYZ12\xde\xad\xbe\xef"
                       "abc\r"));
  editor_free(e);
}

static void what_is_hexadecimal(void **state) {
  (void)state;
  static const struct {
    const char *text, *bytes;
  } good[] = {{"0d0a", "\r\n"}, {"0x0d0a", "\r\n"}, {" 41 42\n43 ", "ABC"}, {"0x41,0x42", "AB"}, {"41:42-43", "ABC"}};
  static const char *const bad[] = {"", " ", "0x", "4", "41 4", "4 1", "41g", "zz", "0x4", "41 0x"};
  struct buf out = BUF_INIT;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    buf_reset(&out);
    assert_true(editor_hex_parse(slice_of(good[i].text), &out));
    assert_string_equal(buf_text(&out), good[i].bytes);
  }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    buf_reset(&out);
    if (editor_hex_parse(slice_of(bad[i]), &out) || out.n)
      fail_msg("\"%s\" is taken for hexadecimal", bad[i]);
  }
  buf_clear(&out);
}

static void find_goes_between_cr_and_lf(void **state) {
  (void)state;
  struct editor *e = open_body(SLICE("ab\r\ncd\r\nAB"));
  struct editor_task *t = editor_find_begin(e, SLICE("\n"), false);
  assert_false(editor_task_step(t, UINT64_MAX));
  editor_task_free(t);
  assert_int_equal(editor_cursor(e), BEGIN + 3);
  t = editor_find_begin(e, SLICE("AB"), false);
  editor_task_exact(t);
  editor_task_step(t, UINT64_MAX);
  assert_int_equal(editor_task_count(t), 1);
  editor_task_free(t);
  assert_int_equal(editor_cursor(e), BEGIN + 8);
  editor_free(e);
}

/* ---- at random ---- */

struct model {
  struct buf body;
  size_t at;
  bool insert;
};

static void model_put(struct model *m, struct slice s) {
  size_t rest = m->body.n - m->at;
  if (!m->insert)
    buf_remove(&m->body, m->at, s.n < rest ? s.n : rest);
  buf_insert(&m->body, m->at, s.p, s.n);
  m->at += s.n;
}

static void model_step(struct editor *e, struct model *m) {
  static const char digits[] = "0123456789abcdef";
  char byte = (char)roll(256), two[3] = {digits[(unsigned char)byte >> 4], digits[byte & 15], '\0'};
  switch (roll(8)) {
  case 0:
    press(e, "Del");
    if (m->at < m->body.n)
      buf_remove(&m->body, m->at, 1);
    break;
  case 1:
    press(e, "Backspace");
    if (m->at > 0)
      buf_remove(&m->body, --m->at, 1);
    break;
  case 2:
    press(e, "Ins");
    m->insert = !m->insert;
    break;
  case 3:
    m->at = roll((uint32_t)m->body.n + 1);
    editor_hex_goto(e, m->at);
    break;
  case 4:
    editor_hex_turn(e);
    press(e, "=");
    model_put(m, SLICE("="));
    editor_hex_turn(e);
    break;
  default:
    type(e, two);
    model_put(m, slice_make(&byte, 1));
  }
}

static void keys_at_random(void **state) {
  (void)state;
  for (uint32_t start = 1; start <= 60; start++) {
    struct model m = {.body = BUF_INIT};
    struct buf opened = BUF_INIT;
    seed = start;
    for (size_t n = start * 7 % 300; m.body.n < n;)
      buf_add_byte(&m.body, (char)roll(256));
    buf_add_slice(&opened, buf_slice(&m.body));
    struct editor *e = open_body(buf_slice(&m.body));
    for (int i = 0; i < 80; i++) {
      model_step(e, &m);
      assert_body(e, buf_slice(&m.body));
      assert_int_equal(editor_cursor(e), BEGIN + m.at);
    }
    while (editor_undo(e)) {
    }
    assert_body(e, buf_slice(&opened));
    assert_false(editor_changed(e));
    while (editor_redo(e)) {
    }
    assert_body(e, buf_slice(&m.body));
    editor_free(e);
    buf_clear(&m.body);
    buf_clear(&opened);
  }
}

/* Every byte is drawn where it is, at any width; and a click on it finds it again. */
static void a_click_finds_what_is_drawn(void **state) {
  (void)state;
  struct buf body = BUF_INIT;
  for (int i = 0; i < 256; i++)
    buf_add_byte(&body, (char)i);
  for (int w = 1; w <= 130; w++) {
    struct editor *e = open_body(buf_slice(&body));
    struct canvas c;
    struct rect r = {0, 0, w, 70};
    canvas_init(&c, w, 70);
    editor_hex_layout(e, r, BEGIN);
    editor_hex_draw(e, &c, r);
    for (size_t at = 0; w >= 28 && at < 256; at += 5) {
      editor_hex_goto(e, at);
      editor_hex_draw(e, &c, r);
      char two[3];
      const struct cell *cell = &c.cell[c.cursor_y * w + c.cursor_x];
      snprintf(two, sizeof two, "%02x", (unsigned)at);
      assert_int_equal(cell[0].bytes[0], two[0]);
      assert_int_equal(cell[1].bytes[0], two[1]);
      struct key click = {.code = KEY_MOUSE_, .button = 1, .action = KEY_PRESS, .x = c.cursor_x + 1, .y = c.cursor_y};
      editor_hex_goto(e, 0);
      assert_true(editor_hex_key(e, &click));
      assert_int_equal(editor_cursor(e), BEGIN + at);
      assert_true(editor_hex_turn(e)); /* a click on digits leads to digits */
      editor_hex_draw(e, &c, r);
      click.x = c.cursor_x;
      editor_hex_goto(e, 0);
      assert_true(editor_hex_key(e, &click));
      assert_int_equal(editor_cursor(e), BEGIN + at);
      assert_false(editor_hex_turn(e));
    }
    canvas_clear(&c);
    editor_free(e);
  }
  buf_clear(&body);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(digits_go_over_the_bytes),    cmocka_unit_test(bytes_come_and_go),
      cmocka_unit_test(cut_copy_and_paste),          cmocka_unit_test(what_is_hexadecimal),
      cmocka_unit_test(find_goes_between_cr_and_lf), cmocka_unit_test(keys_at_random),
      cmocka_unit_test(a_click_finds_what_is_drawn),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
