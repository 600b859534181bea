/* The editor by its keys: what a person presses and what the text is afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "editor_whole.h"
#include "ui/editor_private.h"

static void press(struct editor *e, const char *name) {
  struct key key = {0};
  if (name[0] == '=') {
    for (const char *p = name + 1; *p; p++) {
      key = (struct key){.code = (unsigned char)*p};
      assert_true(editor_key(e, &key));
    }
    return;
  }
  assert_true(key_parse(slice_of(name), &key));
  assert_true(editor_key(e, &key));
}

/* Names parted by blanks; "=word" types. */
static void keys(struct editor *e, const char *names) {
  char *copy = mem_dup(names), *rest = NULL;
  for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
    press(e, name);
  free(copy);
}

static void assert_text(const struct editor *e, struct slice want) {
  struct buf b = BUF_INIT;
  editor_text(e, &b);
  assert_int_equal(b.n, want.n);
  assert_memory_equal(buf_text(&b), want.n ? want.p : "", want.n);
  buf_clear(&b);
}

static struct editor *open_text(const char *text) {
  return editor_new(slice_of(text));
}

static void assert_place(const struct editor *e, size_t line, size_t column) {
  size_t l, c;
  editor_place(e, &l, &c);
  assert_int_equal(l, line);
  assert_int_equal(c, column);
}

static void paste(struct editor *e, struct slice s) {
  struct key key = {.code = KEY_PASTE, .text = s};
  assert_true(editor_key(e, &key));
}

static void typing_and_deleting(void **state) {
  (void)state;
  struct editor *e = open_text("GET / HTTP/1.1\nHost: a\n\nbody");
  keys(e, "Down End Enter =X-Debug: Space =1");
  assert_text(e, SLICE("GET / HTTP/1.1\nHost: a\nX-Debug: 1\n\nbody"));
  assert_place(e, 3, 11);
  keys(e, "Backspace =2 Home Del Ctrl-End Backspace");
  assert_text(e, SLICE("GET / HTTP/1.1\nHost: a\n-Debug: 2\n\nbod"));
  keys(e, "Ctrl-Home Backspace");
  assert_text(e, SLICE("GET / HTTP/1.1\nHost: a\n-Debug: 2\n\nbod"));
  keys(e, "Down Home Backspace");
  assert_text(e, SLICE("GET / HTTP/1.1Host: a\n-Debug: 2\n\nbod"));
  keys(e, "Ctrl-End Del Left Del");
  assert_text(e, SLICE("GET / HTTP/1.1Host: a\n-Debug: 2\n\nbo"));
  editor_free(e);
}

static void moving_keeps_the_column(void **state) {
  (void)state;
  struct editor *e = open_text("a long line here\nx\n\tab\n\xe5\xb1\xb1\xe7\x94\xb0 end\n");
  keys(e, "End Left Left Left Left Left Left"); /* column 11 */
  assert_place(e, 1, 11);
  keys(e, "Down");
  assert_place(e, 2, 2);
  keys(e, "Down");
  assert_place(e, 3, 11);
  keys(e, "Up Up");
  assert_place(e, 1, 11);
  keys(e, "Home Right Right Down Down Down"); /* column 3: between the wide characters */
  assert_place(e, 4, 3);
  assert_int_equal(editor_cursor(e), strlen("a long line here\nx\n\tab\n") + 3);
  keys(e, "Up"); /* within the tab: before it */
  assert_place(e, 3, 1);
  keys(e, "Ctrl-Home Ctrl-Right Ctrl-Right");
  assert_int_equal(editor_cursor(e), 7);
  keys(e, "Ctrl-Left");
  assert_int_equal(editor_cursor(e), 2);
  keys(e, "Up");
  assert_int_equal(editor_cursor(e), 0);
  keys(e, "Ctrl-End Down");
  assert_int_equal(editor_cursor(e), editor_size(e));
  editor_free(e);
}

static void characters_are_units(void **state) {
  (void)state;
  struct editor *e = open_text("e\xcc\x81\xe5\xb1\xb1\x01\xff\xe2\x80\xae|");
  keys(e, "End Left Backspace"); /* U+202E */
  assert_text(e, SLICE("e\xcc\x81\xe5\xb1\xb1\x01\xff|"));
  keys(e, "Backspace");
  assert_text(e, SLICE("e\xcc\x81\xe5\xb1\xb1\x01|"));
  keys(e, "Backspace Backspace");
  assert_text(e, SLICE("e\xcc\x81|"));
  keys(e, "Home Del");
  assert_text(e, SLICE("|"));
  struct key key = {.code = 0x5c71};
  assert_true(editor_key(e, &key));
  key.code = 0x1f40b;
  assert_true(editor_key(e, &key));
  assert_text(e, SLICE("\xe5\xb1\xb1\xf0\x9f\x90\x8b|"));
  editor_free(e);
}

static void cr_lf_is_one_line_end(void **state) {
  (void)state;
  struct editor *e = open_text("--b\r\nx\r\n");
  keys(e, "End");
  assert_int_equal(editor_cursor(e), 3);
  keys(e, "Enter =new");
  assert_text(e, SLICE("--b\r\nnew\r\nx\r\n"));
  keys(e, "Right Backspace");
  assert_text(e, SLICE("--b\r\nnewx\r\n"));
  keys(e, "End Del");
  assert_text(e, SLICE("--b\r\nnewx"));
  keys(e, "Enter");
  assert_text(e, SLICE("--b\r\nnewx\n"));
  keys(e, "Ctrl-Home End Right");
  assert_place(e, 2, 1);
  keys(e, "Left");
  assert_place(e, 1, 4);
  editor_goto(e, 4);
  assert_int_equal(editor_cursor(e), 3);
  editor_free(e);
}

static void cutting_lines(void **state) {
  (void)state;
  struct editor *e = open_text("1\n2\n3\n4");
  keys(e, "Down Ctrl-K Ctrl-K");
  assert_text(e, SLICE("1\n4"));
  keys(e, "Ctrl-Home Ctrl-U");
  assert_text(e, SLICE("2\n3\n1\n4"));
  keys(e, "Ctrl-End Ctrl-K Ctrl-Home Ctrl-U"); /* a cut after a move begins anew */
  assert_text(e, SLICE("42\n3\n1\n"));
  editor_free(e);
}

static void undo_goes_back_by_steps(void **state) {
  (void)state;
  struct editor *e = open_text("one\ntwo\n");
  keys(e, "=abc Down =x Backspace Backspace");
  assert_text(e, SLICE("abcone\ntw\n"));
  keys(e, "Alt-U");
  assert_text(e, SLICE("abcone\ntwox\n"));
  assert_place(e, 2, 5);
  keys(e, "Alt-U");
  assert_text(e, SLICE("abcone\ntwo\n"));
  assert_place(e, 2, 4);
  keys(e, "Alt-U");
  assert_text(e, SLICE("one\ntwo\n"));
  assert_false(editor_changed(e));
  assert_false(editor_undo(e));
  keys(e, "Alt-E Alt-E");
  assert_text(e, SLICE("abcone\ntwox\n"));
  keys(e, "=Z"); /* what was undone is gone now */
  assert_false(editor_redo(e));
  assert_true(editor_changed(e));
  keys(e, "Alt-U Alt-U Alt-U");
  assert_text(e, SLICE("one\ntwo\n"));
  assert_int_equal(editor_changes(e), 0);
  press(e, "Alt-U");
  assert_non_null(editor_refusal(e));
  keys(e, "Ctrl-Home Del Del Alt-U"); /* the cursor goes back to where it was, too */
  assert_place(e, 1, 1);
  editor_free(e);
}

static void deleting_back_is_no_change(void **state) {
  (void)state;
  struct editor *e = open_text("one\ntwo\nthree\n");
  keys(e, "Down =ab Enter Backspace Backspace Backspace");
  assert_text(e, SLICE("one\ntwo\nthree\n"));
  assert_false(editor_changed(e));
  editor_free(e);
}

static void a_paste_is_exact_and_one_step(void **state) {
  (void)state;
  char all[258];
  for (int i = 0; i < 256; i++)
    all[i] = (char)i;
  memcpy(all + 256, "\r\n", 2);
  struct editor *e = open_text("<>");
  keys(e, "Right");
  paste(e, slice_make(all, sizeof all));
  keys(e, "=!");
  char want[261];
  want[0] = '<';
  memcpy(want + 1, all, sizeof all);
  memcpy(want + 1 + sizeof all, "!>", 2);
  assert_text(e, slice_make(want, sizeof want));
  keys(e, "Alt-U Alt-U");
  assert_text(e, SLICE("<>"));
  paste(e, SLICE("a\rb")); /* what a terminal makes of "a\nb" */
  assert_text(e, SLICE("<a\nb>"));
  editor_free(e);
}

static void every_byte_survives(void **state) {
  (void)state;
  struct buf text = BUF_INIT;
  buf_add_text(&text, "POST / HTTP/1.1\nHost: a\n\n");
  size_t body = text.n;
  for (int i = 0; i < 1024; i++) {
    buf_add_byte(&text, (char)i);
    if (i % 97 == 0)
      buf_add_text(&text, "\r\n");
  }
  struct editor *e = editor_new(buf_slice(&text));
  keys(e, "Down End =.test");
  keys(e, "Ctrl-End Ctrl-Home PgDn PgDn PgUp");
  struct buf out = BUF_INIT;
  editor_text(e, &out);
  assert_int_equal(out.n, text.n + 5);
  assert_memory_equal(out.p, "POST / HTTP/1.1\nHost: a.test\n\n", body + 5);
  assert_memory_equal(out.p + body + 5, text.p + body, text.n - body);
  buf_clear(&out);
  buf_clear(&text);
  editor_free(e);
}

static void finding_wraps(void **state) {
  (void)state;
  struct editor *e = open_text("Alpha beta\nALPHA beta");
  assert_true(editor_find(e, SLICE("alpha"), false));
  assert_int_equal(editor_cursor(e), 0);
  assert_true(editor_find(e, SLICE("alpha"), false));
  assert_int_equal(editor_cursor(e), 11);
  assert_true(editor_find(e, SLICE("alpha"), false));
  assert_int_equal(editor_cursor(e), 0);
  assert_true(editor_find(e, SLICE("BETA"), true));
  assert_int_equal(editor_cursor(e), 17);
  assert_true(editor_find(e, SLICE("BETA"), true));
  assert_int_equal(editor_cursor(e), 6);
  assert_false(editor_find(e, SLICE("gamma"), false));
  assert_int_equal(editor_cursor(e), 6);
  assert_false(editor_find(e, SLICE(""), false));
  editor_free(e);
}

static void replacing_is_one_step(void **state) {
  (void)state;
  struct editor *e = open_text("aa bad\nno\nBad aaa\n");
  assert_int_equal(editor_replace(e, SLICE("bad"), SLICE("secret")), 2);
  assert_text(e, SLICE("aa secret\nno\nsecret aaa\n"));
  assert_int_equal(editor_changes(e), 2);
  keys(e, "Alt-U");
  assert_text(e, SLICE("aa bad\nno\nBad aaa\n"));
  assert_int_equal(editor_replace(e, SLICE("aa"), SLICE("")), 2);
  assert_text(e, SLICE(" bad\nno\nBad a\n"));
  assert_int_equal(editor_replace(e, SLICE("nowhere"), SLICE("x")), 0);
  editor_free(e);
}

/* More places than are kept one by one, over windows and chunks. */
static void replacing_many(void **state) {
  (void)state;
  struct buf text = BUF_INIT, want = BUF_INIT;
  for (int i = 0; i < 30000; i++) {
    buf_printf(&text, "%d needle\n", i);
    buf_printf(&want, "%d pin\n", i);
  }
  struct editor *e = editor_new(buf_slice(&text));
  assert_int_equal(editor_replace(e, SLICE("NEEDLE"), SLICE("pin")), 30000);
  assert_text(e, buf_slice(&want));
  assert_true(editor_undo(e));
  assert_text(e, buf_slice(&text));
  assert_false(editor_undo(e));
  editor_free(e);
  buf_clear(&text);
  buf_clear(&want);
}

static void another_text_is_one_step(void **state) {
  (void)state;
  struct editor *e = open_text("same\nold\nsame\n");
  assert_true(editor_set_text(e, SLICE("same\nnew and longer\nsame\n")));
  assert_text(e, SLICE("same\nnew and longer\nsame\n"));
  assert_int_equal(editor_changes(e), 1);
  assert_true(editor_set_text(e, SLICE("same\nnew and longer\nsame\n")));
  assert_true(editor_undo(e));
  assert_text(e, SLICE("same\nold\nsame\n"));
  assert_true(editor_set_text(e, SLICE("")));
  assert_text(e, SLICE(""));
  assert_true(editor_set_text(e, SLICE("aaa")));
  assert_true(editor_set_text(e, SLICE("aaaaa")));
  assert_text(e, SLICE("aaaaa"));
  editor_free(e);
}

static void the_text_has_a_largest_size(void **state) {
  (void)state;
  struct editor *e = open_text("12345678");
  e->limit = 10;
  paste(e, SLICE("abc"));
  assert_non_null(editor_refusal(e));
  assert_text(e, SLICE("12345678"));
  assert_int_equal(editor_replace(e, SLICE("1"), SLICE("1234")), 0);
  assert_non_null(editor_refusal(e));
  keys(e, "=ab");
  assert_null(editor_refusal(e));
  assert_text(e, SLICE("ab12345678"));
  editor_free(e);
}

/* Forgetting the oldest steps must not make the text look unchanged. */
static void undo_is_bounded(void **state) {
  (void)state;
  struct editor *e = open_text("x");
  size_t n = 40u << 20;
  char *big = mem_alloc(n);
  memset(big, 'y', n);
  for (int i = 0; i < 5; i++) {
    paste(e, slice_make(big, n));
    keys(e, "Ctrl-K");
  }
  assert_true(e->undo.bytes <= EDITOR_UNDO_BYTES);
  int steps = 0;
  while (editor_undo(e))
    steps++;
  assert_in_range(steps, 1, 9);
  assert_true(editor_changed(e));
  keys(e, "Alt-U");
  assert_string_equal(editor_refusal(e), "older steps were given up: the text is long");
  free(big);
  editor_free(e);
}

static void not_the_editors_keys(void **state) {
  (void)state;
  static const char *const names[] = {"Ctrl-S", "Ctrl-O", "Ctrl-E", "Ctrl-W", "Alt-R",
                                      "Alt-L",  "Alt-W",  "Esc",    "Tab",    "F1"};
  struct editor *e = open_text("x");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    struct key key;
    assert_true(key_parse(slice_of(names[i]), &key));
    assert_false(editor_key(e, &key));
  }
  assert_text(e, SLICE("x"));
  editor_free(e);
}

/* Editing in the middle of 20 MB costs some chunks, not megabytes. */
static void edits_stay_local(void **state) {
  (void)state;
  struct buf text = BUF_INIT;
  while (text.n < 20u << 20)
    buf_add_text(&text, "the quick brown fox jumps over the lazy dog\n");
  struct editor *e = editor_new(buf_slice(&text));
  editor_goto(e, text.n / 2);
  assert_int_equal(e->text.touched, 0);
  for (int i = 0; i < 100; i++)
    keys(e, "=x Backspace Enter Down Ctrl-K");
  editor_goto(e, 5);
  keys(e, "=y Ctrl-End =z");
  assert_true(e->text.touched < 400 * 3 * CHUNK_BYTES);
  while (editor_undo(e)) {
  }
  assert_text(e, buf_slice(&text));
  editor_free(e);
  buf_clear(&text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(typing_and_deleting),
      cmocka_unit_test(moving_keeps_the_column),
      cmocka_unit_test(characters_are_units),
      cmocka_unit_test(cr_lf_is_one_line_end),
      cmocka_unit_test(cutting_lines),
      cmocka_unit_test(undo_goes_back_by_steps),
      cmocka_unit_test(deleting_back_is_no_change),
      cmocka_unit_test(a_paste_is_exact_and_one_step),
      cmocka_unit_test(every_byte_survives),
      cmocka_unit_test(finding_wraps),
      cmocka_unit_test(replacing_is_one_step),
      cmocka_unit_test(replacing_many),
      cmocka_unit_test(another_text_is_one_step),
      cmocka_unit_test(the_text_has_a_largest_size),
      cmocka_unit_test(undo_is_bounded),
      cmocka_unit_test(not_the_editors_keys),
      cmocka_unit_test(edits_stay_local),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
