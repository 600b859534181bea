/* The grid of cells: clipping, wide characters, hostile text, the ASCII look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "canvas_dump.h"
#include "weir/ui/canvas.h"

static struct canvas c;

static int setup(void **state) {
  (void)state;
  canvas_init(&c, 20, 3);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  canvas_clear(&c);
  return 0;
}

static void assert_screen(const char *want) {
  struct buf b = BUF_INIT;
  canvas_dump(&c, &b);
  assert_string_equal(buf_text(&b), want);
  buf_clear(&b);
}

static int text(int x, int y, const char *s) {
  return canvas_text(&c, canvas_all(&c), x, y, ROLE_TEXT, slice_of(s));
}

static void starts_blank_without_cursor(void **state) {
  (void)state;
  assert_screen("\n\n\n");
  assert_int_equal(c.cursor_x, -1);
  for (int i = 0; i < 60; i++)
    assert_string_equal(c.cell[i].bytes, " ");
}

static void text_returns_the_next_column(void **state) {
  (void)state;
  assert_int_equal(text(2, 1, "GET /"), 7);
  assert_int_equal(text(7, 1, ""), 7);
  assert_screen("\n  GET /\n\n");
}

static void text_is_cut_at_every_side(void **state) {
  (void)state;
  struct rect r = {4, 1, 5, 1};
  assert_int_equal(canvas_text(&c, r, 4, 1, ROLE_TEXT, SLICE("abcdefgh")), 9);
  canvas_text(&c, r, 0, 0, ROLE_TEXT, SLICE("above"));
  canvas_text(&c, r, 0, 2, ROLE_TEXT, SLICE("below"));
  assert_screen("\n    abcde\n\n");
  canvas_text(&c, r, 2, 1, ROLE_TEXT, SLICE("0123"));
  assert_screen("\n    23cde\n\n");
  canvas_text(&c, (struct rect){-5, -5, 7, 7}, -3, 0, ROLE_TEXT, SLICE("xyzuvw"));
  assert_screen("uv\n    23cde\n\n");
}

static void a_paragraph_breaks_between_words(void **state) {
  (void)state;
  struct rect r = {1, 0, 7, 3};
  assert_int_equal(canvas_paragraph(&c, r, ROLE_TEXT, SLICE("who did it and why")), 3);
  assert_screen(" who did\n it and\n why\n");
  canvas_erase(&c);
  assert_int_equal(canvas_paragraph(&c, r, ROLE_TEXT, SLICE("certificate of x")), 3); /* no blank in reach */
  assert_screen(" certifi\n cate of\n x\n");
  canvas_erase(&c);
  assert_int_equal(canvas_paragraph(&c, r, ROLE_TEXT, SLICE("short")), 1);
  assert_int_equal(canvas_paragraph(&c, r, ROLE_TEXT, SLICE("")), 0);
  canvas_erase(&c);
  assert_int_equal(canvas_paragraph(&c, r, ROLE_TEXT, SLICE("more than three rows can take")), 3);
  assert_screen(" more\n than\n three\n");
  canvas_erase(&c);
  assert_int_equal(canvas_paragraph(&c, (struct rect){0, 0, 3, 2}, ROLE_TEXT, SLICE("山田林")), 2);
  assert_screen("山\n田\n\n");
}

static void far_outside_does_no_harm(void **state) {
  (void)state;
  struct rect wild[] = {
      {1000, 0, 5, 1}, {0, 1000, 5, 5}, {-1000, -1000, 5, 5}, {0, 0, -4, -4}, {3, 1, 2147483647, 2147483647}};
  for (size_t i = 0; i < sizeof wild / sizeof wild[0]; i++) {
    canvas_text(&c, wild[i], wild[i].x, wild[i].y - 1, ROLE_TEXT, SLICE("abc"));
    canvas_paragraph(&c, wild[i], ROLE_TEXT, SLICE("abc def"));
    canvas_fill(&c, wild[i], ROLE_BAR);
    canvas_role(&c, wild[i], ROLE_TEXT);
    canvas_hline(&c, wild[i], -5, 0, 2147483647, ROLE_TEXT, false);
    canvas_vline(&c, wild[i], 0, -5, 2147483647, ROLE_TEXT);
  }
  canvas_box(&c, (struct rect){-2, -2, 4, 4}, ROLE_BOX, "t");
  canvas_box(&c, (struct rect){19, 2, 1, 1}, ROLE_BOX, "t");
  canvas_box(&c, (struct rect){0, 0, 0, 0}, ROLE_BOX, "t");
  canvas_cursor(&c, 20, 0);
  assert_int_equal(c.cursor_x, -1);
  canvas_cursor(&c, 19, 2);
  assert_int_equal(c.cursor_y, 2);
}

static void wide_characters_take_two_columns(void **state) {
  (void)state;
  assert_int_equal(text(0, 0, "山田|"), 5);
  assert_string_equal(c.cell[0].bytes, "山");
  assert_string_equal(c.cell[1].bytes, "");
  assert_string_equal(c.cell[4].bytes, "|");
}

static void half_a_wide_character_is_a_blank(void **state) {
  (void)state;
  text(0, 0, "山田");
  text(1, 0, "x"); /* the right half of the first */
  text(2, 0, "y"); /* the left half of the second */
  assert_screen(" xy\n\n\n");
  text(0, 1, "山田");
  text(1, 1, "林"); /* right half of one, left half of the other */
  assert_screen(" xy\n 林\n\n");
  text(0, 1, "ab");
  assert_screen(" xy\nab\n\n");
  assert_string_equal(c.cell[22].bytes, " ");
  canvas_text(&c, (struct rect){0, 2, 3, 1}, 0, 2, ROLE_TEXT, SLICE("山田"));
  assert_string_equal(c.cell[42].bytes, " "); /* cut: the second does not fit */
  canvas_text_from(&c, canvas_all(&c), 0, 2, ROLE_TEXT, SLICE("山田"), 1);
  assert_screen(" xy\nab\n 田\n");
}

static void a_combining_mark_stays_with_its_letter(void **state) {
  (void)state;
  assert_int_equal(text(0, 0, "ae\xcc\x81z"), 3);
  assert_string_equal(c.cell[1].bytes, "e\xcc\x81");
  assert_string_equal(c.cell[2].bytes, "z");
}

/* A skin tone, people joined: terminals differ in how they draw it, so that the first stands for it, two columns wide. */
static void a_folded_emoji_is_its_first_and_marked(void **state) {
  (void)state;
  assert_int_equal(text(0, 0, "👍🏽s"), 3);
  assert_int_equal(text(0, 1, "👩‍👩‍👧‍👦f"), 3);
  assert_screen("👍s\n👩f\n\n");
  for (int y = 0; y < 2; y++) {
    assert_string_equal(c.cell[20 * y + 1].bytes, "");
    assert_int_equal(c.cell[20 * y].role, ROLE_ESCAPED);
    assert_int_equal(c.cell[20 * y + 2].role, ROLE_TEXT);
  }
}

static void hostile_bytes_become_marks(void **state) {
  (void)state;
  text(0, 0, "a\033[2Jb");
  text(0, 1, "\xff\xe2\x80\xae");
  assert_screen("a^[[2Jb\n\\xff<202E>\n\n");
  assert_int_equal(c.cell[0].role, ROLE_TEXT);
  assert_int_equal(c.cell[1].role, ROLE_ESCAPED);
  assert_int_equal(c.cell[2].role, ROLE_ESCAPED);
  assert_int_equal(c.cell[3].role, ROLE_TEXT);
}

static void no_byte_string_puts_a_control_in_a_cell(void **state) {
  (void)state;
  unsigned seed = 7;
  for (int round = 0; round < 2000; round++) {
    char bytes[40];
    for (size_t i = 0; i < sizeof bytes; i++) {
      seed = seed * 1103515245u + 12345u;
      bytes[i] = (char)(seed >> 16);
    }
    c.ascii = round & 1;
    canvas_text_from(&c, canvas_all(&c), round % 23 - 2, round % 3, ROLE_TEXT, slice_make(bytes, sizeof bytes),
                     (size_t)round % 9);
    for (int i = 0; i < 60; i++) {
      const unsigned char *p = (const unsigned char *)c.cell[i].bytes;
      assert_true(*p == 0 || (*p >= 0x20 && *p != 0x7f));
      assert_false(p[0] == 0xc2 && p[1] < 0xa0); /* C1 */
      assert_true(*p != 0 || i % 20 > 0);        /* a right half has a left one */
      if (*p == 0)
        assert_int_not_equal(c.cell[i - 1].bytes[0], 0);
    }
    if (c.ascii)
      canvas_erase(&c);
  }
}

static void tabs_count_from_where_the_text_began(void **state) {
  (void)state;
  assert_int_equal(text(3, 0, "a\tb"), 12);
  assert_screen("   a       b\n\n\n");
  canvas_erase(&c);
  canvas_text_from(&c, canvas_all(&c), 0, 0, ROLE_TEXT, SLICE("a\tb"), 5);
  assert_screen("   b\n\n\n");
}

static void skipping_is_scrolling(void **state) {
  (void)state;
  assert_int_equal(canvas_text_from(&c, (struct rect){2, 0, 4, 1}, 2, 0, ROLE_TEXT, SLICE("0123456789"), 3), 6);
  assert_int_equal(canvas_text_from(&c, canvas_all(&c), 2, 1, ROLE_TEXT, SLICE("0123"), 100), 2);
  assert_screen("  3456\n\n\n");
}

static void print_longer_than_its_first_buffer(void **state) {
  (void)state;
  char *big = malloc(2001);
  memset(big, 'x', 2000);
  big[2000] = '\0';
  canvas_resize(&c, 2100, 1);
  assert_int_equal(canvas_print(&c, canvas_all(&c), 0, 0, ROLE_TEXT, "%s%d", big, 42), 2002);
  assert_string_equal(c.cell[2001].bytes, "2");
  free(big);
}

static void boxes_and_lines_in_both_looks(void **state) {
  (void)state;
  canvas_box(&c, (struct rect){0, 0, 12, 3}, ROLE_BOX, "Quit");
  assert_screen("┌─ Quit ───┐\n│          │\n└──────────┘\n");
  assert_int_equal(c.cell[21].role, ROLE_BOX);
  canvas_erase(&c);
  c.ascii = true;
  canvas_box(&c, (struct rect){0, 0, 4, 2}, ROLE_BOX, NULL);
  canvas_hline(&c, canvas_all(&c), 0, 2, 3, ROLE_TEXT, true);
  text(5, 0, "山");
  assert_screen("+--+ <5C71>\n+--+\n===\n");
  for (int g = GLYPH_MARK; g <= GLYPH_DOT; g++)
    for (const char *p = canvas_glyph(&c, (enum glyph)g); *p; p++)
      assert_true((unsigned char)*p < 0x80);
  c.ascii = false;
  assert_string_equal(canvas_glyph(&c, GLYPH_MARK), "★");
}

static void roles_are_dumped_as_letters(void **state) {
  (void)state;
  canvas_resize(&c, 6, 1);
  text(0, 0, "ab");
  canvas_text(&c, canvas_all(&c), 2, 0, ROLE_ERROR, SLICE("cd"));
  canvas_role(&c, (struct rect){5, 0, 1, 1}, ROLE_INPUT);
  struct buf b = BUF_INIT;
  canvas_dump_roles(&c, &b);
  assert_string_equal(buf_text(&b), "abcd\n..ee.i\n");
  buf_clear(&b);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      T(starts_blank_without_cursor),
      T(text_returns_the_next_column),
      T(text_is_cut_at_every_side),
      T(a_paragraph_breaks_between_words),
      T(far_outside_does_no_harm),
      T(wide_characters_take_two_columns),
      T(half_a_wide_character_is_a_blank),
      T(a_combining_mark_stays_with_its_letter),
      T(a_folded_emoji_is_its_first_and_marked),
      T(hostile_bytes_become_marks),
      T(no_byte_string_puts_a_control_in_a_cell),
      T(tabs_count_from_where_the_text_began),
      T(skipping_is_scrolling),
      T(print_longer_than_its_first_buffer),
      T(boxes_and_lines_in_both_looks),
      T(roles_are_dumped_as_letters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
