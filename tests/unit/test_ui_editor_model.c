/* Random edits against a plain string, with the line marks checked against what they promise; and what is drawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "canvas_dump.h"
#include "editor_whole.h"
#include "ui/editor_private.h"

static uint32_t seed;

static uint32_t roll(uint32_t below) {
  seed = seed * 1664525u + 1013904223u;
  return (seed >> 8) % below;
}

/* Takes the next line off the front, its newline included; the last one may be empty. */
static struct slice take_line(struct slice *text) {
  ptrdiff_t end = slice_find_byte(*text, '\n');
  struct slice line = end < 0 ? *text : slice_sub(*text, 0, (size_t)end + 1);
  *text = slice_from(*text, line.n);
  return line;
}

/* Outside the hunks the two texts must be the same, line by line, and the hunks in order. */
static void check_marks(const struct editor *e, struct slice old, struct slice now) {
  size_t i = 0, j = 0;
  for (size_t k = 0; k <= e->marks.hunk.n; k++) {
    struct line_hunk end = {.old = e->old.newlines + 1, .now = e->text.newlines + 1};
    struct line_hunk h = k < e->marks.hunk.n ? e->marks.hunk.v[k] : end;
    assert_true(h.old >= i);
    for (; i < h.old; i++, j++)
      assert_true(slice_eq(take_line(&old), take_line(&now)));
    assert_int_equal(j, h.now);
    assert_true(k == e->marks.hunk.n || h.old_n + h.now_n > 0);
    for (size_t n = h.old_n; n; n--, i++)
      take_line(&old);
    for (size_t n = h.now_n; n; n--, j++)
      take_line(&now);
  }
}

static void check_lines(const struct editor *e, struct slice now) {
  size_t at = roll((uint32_t)now.n + 1), line = 0, begin = 0;
  for (size_t i = 0; i < at; i++) {
    if (now.p[i] == '\n') {
      line++;
      begin = i + 1;
    }
  }
  ptrdiff_t end = slice_find_byte(slice_from(now, at), '\n');
  assert_int_equal(chunks_line_of(&e->text, at), line);
  assert_int_equal(chunks_line_start(&e->text, line), begin);
  assert_int_equal(chunks_line_begin(&e->text, at), begin);
  assert_int_equal(chunks_line_end(&e->text, at), end < 0 ? now.n : at + (size_t)end);
}

static void random_text(struct buf *out, size_t n) {
  static const char *const parts[] = {"a", "bc", "\n", "\r\n", "\t", "\xe5\xb1\xb1", "\xff", "xyz\n", "{\"k\": 1}\n"};
  while (out->n < n)
    buf_add_text(out, parts[roll(sizeof parts / sizeof *parts)]);
}

static void check_all(const struct editor *e, const struct buf *old, const struct buf *now) {
  struct buf got = BUF_INIT;
  editor_text(e, &got);
  assert_int_equal(got.n, now->n);
  assert_memory_equal(buf_text(&got), buf_text(now), now->n);
  check_lines(e, buf_slice(now));
  check_marks(e, buf_slice(old), buf_slice(now));
  bool differs = old->n != now->n || (old->n && memcmp(old->p, now->p, old->n) != 0);
  assert_int_equal(editor_changed(e), differs);
  buf_clear(&got);
}

/* One run: random splices on both, then everything undone and redone. */
static void run(uint32_t start, size_t size, int steps, size_t piece) {
  struct buf old = BUF_INIT, now = BUF_INIT, put = BUF_INIT;
  seed = start;
  random_text(&old, size);
  buf_add_slice(&now, buf_slice(&old));
  struct editor *e = editor_new(buf_slice(&old));
  for (int i = 0; i < steps; i++) {
    size_t at = roll((uint32_t)now.n + 1), gone = roll((uint32_t)piece);
    gone = gone > now.n - at ? now.n - at : gone;
    buf_reset(&put);
    if (roll(3))
      random_text(&put, roll((uint32_t)piece));
    if (roll(4) == 0 && at + gone <= old.n) { /* sometimes exactly what was there */
      buf_reset(&put);
      buf_add(&put, old.p + at, gone);
    }
    assert_true(editor_splice(e, at, gone, buf_slice(&put), (enum edit_kind)roll(4), roll(5) == 0));
    buf_remove(&now, at, gone);
    buf_insert(&now, at, put.p, put.n);
    check_all(e, &old, &now);
  }
  while (editor_undo(e)) {
  }
  check_all(e, &old, &old);
  while (editor_redo(e)) {
  }
  check_all(e, &old, &now);
  editor_free(e);
  buf_clear(&old);
  buf_clear(&now);
  buf_clear(&put);
}

static void small_texts(void **state) {
  (void)state;
  for (uint32_t i = 1; i <= 150; i++)
    run(i, i % 40, 25, 12);
}

static void texts_of_many_chunks(void **state) {
  (void)state;
  for (uint32_t i = 1; i <= 3; i++)
    run(1000 + i, 3 * CHUNK_BYTES + i, 12, CHUNK_BYTES);
}

/* Every match that a plain search finds, forward and backward, across the borders of chunks and windows. */
static void finds_as_a_plain_search_does(void **state) {
  (void)state;
  static const char *const needles[] = {"\xe5\xb1\xb1", "BCa", "aaa", "1}\nXYZ", "nowhere"};
  struct buf text = BUF_INIT;
  seed = 5;
  random_text(&text, 200000);
  struct editor *e = editor_new(buf_slice(&text));
  for (size_t i = 0; i < sizeof needles / sizeof *needles; i++) {
    struct slice needle = slice_of(needles[i]), all = buf_slice(&text);
    size_t first = SIZE_MAX, last = 0, count = 0;
    editor_goto(e, 0);
    for (size_t at = 0;; at = last + 1) {
      ptrdiff_t next = slice_find_ascii(slice_from(all, at), needle);
      if (next < 0)
        break;
      last = at + (size_t)next;
      first = count++ ? first : last;
      assert_true(editor_find(e, needle, false));
      assert_int_equal(e->hit, last);
    }
    assert_int_equal(editor_find(e, needle, false), count > 0); /* around */
    assert_true(count == 0 || e->hit == first);
    assert_int_equal(editor_find(e, needle, true), count > 0);
    assert_true(count == 0 || e->hit == last);
  }
  editor_free(e);
  buf_clear(&text);
}

static size_t replace_plainly(struct buf *text, struct slice needle, struct slice with) {
  struct buf out = BUF_INIT;
  struct slice rest = buf_slice(text);
  size_t count = 0;
  for (ptrdiff_t at; (at = slice_find_ascii(rest, needle)) >= 0; count++) {
    buf_add_slice(&out, slice_sub(rest, 0, (size_t)at));
    buf_add_slice(&out, with);
    rest = slice_from(rest, (size_t)at + needle.n);
  }
  buf_add_slice(&out, rest);
  buf_clear(text);
  *text = out;
  return count;
}

static size_t replace_in_slices(struct editor *e, struct slice needle, struct slice with) {
  struct editor_task *t = editor_replace_begin(e, needle, with);
  unsigned before = 0;
  while (editor_task_step(t, 0)) {
    assert_in_range(editor_task_percent(t), before, 100);
    before = editor_task_percent(t);
  }
  size_t count = editor_task_count(t);
  editor_task_free(t);
  return count;
}

/* Large steps move by reference, and small edits fall into what they left: text, marks and the way back stay right. */
static void replacing_between_edits(void **state) {
  (void)state;
  static const char *const words[] = {"\xe5\xb1\xb1", "BC", "a", "\n", "\"k\": 1", "1}\nXYZ", "", "zz", "nowhere"};
  const uint32_t count = sizeof words / sizeof *words;
  struct buf old = BUF_INIT, now = BUF_INIT;
  for (uint32_t start = 1; start <= 6; start++) {
    seed = 40 + start;
    random_text(&old, start == 6 ? 2000 : 150000 + roll(100000));
    buf_add_slice(&now, buf_slice(&old));
    struct editor *e = editor_new(buf_slice(&old));
    for (int i = 0; i < 8; i++) {
      struct slice needle = slice_of(words[roll(count)]), with = slice_of(words[roll(count)]);
      if (needle.n) {
        assert_int_equal(replace_in_slices(e, needle, with), replace_plainly(&now, needle, with));
        check_all(e, &old, &now);
      }
      size_t at = roll((uint32_t)now.n + 1), gone = roll(roll(2) ? 40 : 100000);
      gone = gone > now.n - at ? now.n - at : gone;
      assert_true(editor_splice(e, at, gone, with, EDIT_OTHER, false));
      buf_remove(&now, at, gone);
      buf_insert(&now, at, with.p, with.n);
      check_all(e, &old, &now);
      for (uint32_t back = roll(3); back && editor_undo(e); back--) {
        buf_reset(&now);
        editor_text(e, &now);
        check_all(e, &old, &now);
      }
    }
    while (editor_undo(e)) {
    }
    check_all(e, &old, &old);
    while (editor_redo(e)) {
      buf_reset(&now);
      editor_text(e, &now);
      check_all(e, &old, &now);
    }
    editor_free(e);
    buf_reset(&old);
    buf_reset(&now);
  }
  buf_clear(&old);
  buf_clear(&now);
}

/* A task that is given up has changed nothing. */
static void a_replace_that_is_given_up(void **state) {
  (void)state;
  struct buf text = BUF_INIT;
  seed = 3;
  random_text(&text, 300000);
  struct editor *e = editor_new(buf_slice(&text));
  struct editor_task *t = editor_replace_begin(e, SLICE("a"), SLICE("longer"));
  assert_true(editor_task_step(t, 0));
  assert_true(editor_task_step(t, 0));
  assert_in_range(editor_task_percent(t), 20, 60);
  editor_task_free(t);
  check_all(e, &text, &text);
  assert_false(editor_undo(e));
  editor_free(e);
  buf_clear(&text);
}

/* What a step of some megabytes costs to take back does not depend on its bytes. */
static void a_large_step_copies_nothing_on_its_way_back(void **state) {
  (void)state;
  struct buf text = BUF_INIT;
  seed = 9;
  random_text(&text, 4u << 20);
  struct editor *e = editor_new(buf_slice(&text));
  assert_true(editor_replace(e, SLICE("bc"), SLICE("other")) > 1000);
  uint64_t before = e->text.touched;
  for (int i = 0; i < 10; i++) {
    assert_true(editor_undo(e));
    assert_false(editor_changed(e));
    assert_int_equal(editor_changes(e), 0);
    assert_true(editor_redo(e));
  }
  assert_true(e->text.touched - before < 20 * 2 * CHUNK_BYTES);
  editor_free(e);
  buf_clear(&text);
}

/* A match that lies across the border of two windows of the search, from either end. */
static void finds_across_windows(void **state) {
  (void)state;
  const size_t size = 300000, window = 65536;
  char *text = mem_alloc(size);
  for (size_t back = 1; back < 6; back++) {
    const size_t places[] = {window - back, size - window - back};
    memset(text, 'x', size);
    memcpy(text + places[0], "needle", 6);
    memcpy(text + places[1], "needle", 6);
    struct editor *e = editor_new(slice_make(text, size));
    assert_true(editor_find(e, SLICE("needle"), false));
    assert_int_equal(e->hit, places[0]);
    editor_goto(e, size);
    assert_true(editor_find(e, SLICE("needle"), true));
    assert_int_equal(e->hit, places[1]);
    assert_int_equal(editor_replace(e, SLICE("NEEDLE"), SLICE("")), 2);
    assert_int_equal(editor_size(e), size - 12);
    editor_free(e);
  }
  free(text);
}

/* Left and right are each other's way back, on any bytes. */
static void steps_reverse(void **state) {
  (void)state;
  struct buf text = BUF_INIT;
  seed = 7;
  while (text.n < 3000)
    buf_add_byte(&text, (char)roll(256));
  struct editor *e = editor_new(buf_slice(&text));
  for (size_t at = 0; at < text.n;) {
    size_t next = editor_next(e, at);
    assert_true(next > at);
    assert_int_equal(editor_previous(e, next), at);
    at = next;
  }
  editor_free(e);
  buf_clear(&text);
}

static void dump(const struct editor *e, int w, int h, bool ascii, struct buf *out, struct canvas *c) {
  canvas_init(c, w, h);
  c->ascii = ascii;
  editor_draw(e, c, canvas_all(c));
  buf_reset(out);
  canvas_dump(c, out);
}

static void press(struct editor *e, const char *name) {
  struct key key;
  assert_true(key_parse(slice_of(name), &key));
  assert_true(editor_key(e, &key));
}

static void type(struct editor *e, const char *text) {
  for (; *text; text++) {
    struct key key = {.code = (unsigned char)*text};
    assert_true(editor_key(e, &key));
  }
}

static void draws_lines_and_marks(void **state) {
  (void)state;
  struct editor *e = editor_new(SLICE("POST /login HTTP/1.1\nHost: a\nContent-Length: 31\n\n{\x1b}\n"));
  struct buf out = BUF_INIT;
  struct canvas c;
  editor_layout(e, (struct rect){0, 0, 60, 8});
  press(e, "Down");
  press(e, "End");
  press(e, "Enter");
  type(e, "X-Debug: 1");
  press(e, "Down");
  press(e, "End");
  press(e, "Backspace");
  type(e, "4");
  dump(e, 60, 8, true, &out, &c);
  assert_string_equal(buf_text(&out), "   1   POST /login HTTP/1.1\n"
                                      "   2   Host: a\n"
                                      "   3 + X-Debug: 1\n"
                                      "   4 ~ Content-Length: 34\n"
                                      "   5\n"
                                      "   6   {^[}\n"
                                      "   7\n"
                                      "\n");
  assert_int_equal(editor_changes(e), 2);
  assert_int_equal(c.cursor_x, 7 + 18);
  assert_int_equal(c.cursor_y, 3);
  assert_int_equal(c.cell[5 * 60 + 8].role, ROLE_ESCAPED);
  canvas_clear(&c);
  editor_free(e);
  buf_clear(&out);
}

/* The cell under the hardware cursor must be the character at the cursor, wherever it is. */
static void the_cursor_is_where_its_character_is(void **state) {
  (void)state;
  struct buf text = BUF_INIT, out = BUF_INIT;
  buf_add_text(&text, "\t");
  for (int i = 0; i < 400; i++)
    buf_add_text(&text, i % 3 == 0 ? "\xe5\xb1\xb1" : i % 3 == 1 ? "a" : "b");
  buf_add_text(&text, "\nshort\n");
  struct editor *e = editor_new(buf_slice(&text));
  struct canvas c;
  struct rect r = {0, 0, 40, 4};
  static const char *const moves[] = {"Right", "Left", "End", "Home", "Ctrl-Right", "Down", "Up"};
  seed = 3;
  for (int i = 0; i < 600; i++) {
    press(e, i < 300 ? "Right" : moves[roll(7)]);
    editor_layout(e, r);
    dump(e, r.w, r.h, false, &out, &c);
    size_t at = editor_cursor(e);
    assert_in_range(c.cursor_x, 2, r.w - 1);
    const char *cell = c.cell[c.cursor_y * r.w + c.cursor_x].bytes;
    if (at == text.n || text.p[at] == '\n' || text.p[at] == '\t')
      assert_string_equal(cell, " ");
    else
      assert_memory_equal(cell, text.p + at, strlen(cell));
    canvas_clear(&c);
    editor_goto(e, at); /* and a click on that cell finds the place again */
    editor_layout(e, r);
    dump(e, r.w, r.h, false, &out, &c);
    assert_int_equal(editor_at_cell(e, c.cursor_x, c.cursor_y), at);
    canvas_clear(&c);
  }
  editor_free(e);
  buf_clear(&text);
  buf_clear(&out);
}

static void mouse_and_wheel(void **state) {
  (void)state;
  struct buf text = BUF_INIT;
  for (int i = 1; i <= 100; i++)
    buf_printf(&text, "line %d\n", i);
  struct editor *e = editor_new(buf_slice(&text));
  size_t line, column;
  editor_layout(e, (struct rect){5, 3, 60, 10});
  struct key click = {.code = KEY_MOUSE_, .button = 1, .x = 5 + 7 + 3, .y = 3 + 4, .action = KEY_PRESS};
  assert_true(editor_key(e, &click));
  editor_place(e, &line, &column);
  assert_int_equal(line, 5);
  assert_int_equal(column, 4);
  struct key wheel = {.code = KEY_MOUSE_, .button = 5, .x = 10, .y = 5, .action = KEY_PRESS};
  assert_true(editor_key(e, &wheel));
  assert_true(editor_key(e, &wheel));
  editor_layout(e, e->area);
  assert_int_equal(e->sight.top, 6);
  editor_place(e, &line, &column);
  assert_int_equal(line, 7);
  click.x = 0;
  assert_false(editor_key(e, &click));
  press(e, "PgDn");
  editor_layout(e, e->area);
  assert_int_equal(e->sight.top, 15);
  press(e, "Ctrl-End");
  editor_layout(e, e->area);
  assert_int_equal(e->sight.top, 101 - 10);
  click.x = 40;
  assert_true(editor_key(e, &click));
  assert_int_equal(e->cursor, chunks_line_start(&e->text, 96) - 1);
  editor_free(e);
  buf_clear(&text);
}

/* Any size, any bytes: nothing is drawn outside, nothing fails; a line of megabytes among them. */
static void any_size_draws(void **state) {
  (void)state;
  size_t n = 5u << 20;
  char *big = mem_alloc(n);
  memset(big, 'x', n);
  struct editor *e = editor_new(slice_make(big, n));
  struct canvas c;
  struct buf out = BUF_INIT;
  static const char *const moves[] = {"End", "Left", "Ctrl-Left", "Home", "Down", "PgUp", "PgDn", "Up", "Right"};
  for (int i = 0; i < 60; i++) {
    int w = i * 5 % 70, h = i % 7;
    press(e, moves[i % 9]);
    editor_layout(e, (struct rect){0, 0, w, h});
    canvas_init(&c, 70, 8);
    editor_draw(e, &c, (struct rect){0, 0, w, h});
    for (int y = 0; y < 8; y++) {
      for (int x = 0; x < 70; x++)
        if (x >= w || y >= h)
          assert_string_equal(c.cell[y * 70 + x].bytes, " ");
    }
    canvas_clear(&c);
  }
  press(e, "End");
  type(e, "END");
  editor_layout(e, (struct rect){0, 0, 40, 2});
  dump(e, 40, 2, true, &out, &c);
  assert_non_null(strstr(buf_text(&out), "xxEND\n"));
  canvas_clear(&c);
  buf_clear(&out);
  editor_free(e);
  free(big);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(small_texts),
      cmocka_unit_test(texts_of_many_chunks),
      cmocka_unit_test(finds_as_a_plain_search_does),
      cmocka_unit_test(finds_across_windows),
      cmocka_unit_test(replacing_between_edits),
      cmocka_unit_test(a_replace_that_is_given_up),
      cmocka_unit_test(a_large_step_copies_nothing_on_its_way_back),
      cmocka_unit_test(steps_reverse),
      cmocka_unit_test(draws_lines_and_marks),
      cmocka_unit_test(the_cursor_is_where_its_character_is),
      cmocka_unit_test(mouse_and_wheel),
      cmocka_unit_test(any_size_draws),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
