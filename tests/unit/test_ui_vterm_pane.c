/* A program's screen in a pane: which cells it becomes, what keys become, and that nothing else comes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/theme.h"
#include "ui/vterm_pane.h"

#define W 30
#define H 6

static struct {
  struct vterm_pane *pane;
  struct buf sent;
  struct canvas canvas;
  struct rect rect;
} t;

static void on_send(void *arg, struct slice bytes) {
  (void)arg;
  buf_add_slice(&t.sent, bytes);
}

static int set_up(void **state) {
  (void)state;
  memset(&t, 0, sizeof t);
  t.pane = vterm_pane_new(W, H, on_send, NULL);
  canvas_init(&t.canvas, W + 10, H + 4);
  t.rect = (struct rect){5, 2, W, H};
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  vterm_pane_free(t.pane);
  canvas_clear(&t.canvas);
  buf_clear(&t.sent);
  return 0;
}

static void feed(const char *bytes) {
  vterm_pane_feed(t.pane, slice_of(bytes));
}

/* All of the canvas but the pane is '#' before and after. */
static void draw(void) {
  for (int i = 0; i < t.canvas.width * t.canvas.height; i++)
    t.canvas.cell[i] = (struct cell){.bytes = "#", .role = ROLE_BOX};
  canvas_cursor(&t.canvas, -1, -1);
  vterm_pane_draw(t.pane, &t.canvas, t.rect, true);
  for (int y = 0; y < t.canvas.height; y++)
    for (int x = 0; x < t.canvas.width; x++) {
      const struct cell *c = &t.canvas.cell[y * t.canvas.width + x];
      bool inside = x >= t.rect.x && x < t.rect.x + t.rect.w && y >= t.rect.y && y < t.rect.y + t.rect.h;
      if (!inside)
        assert_true(strcmp(c->bytes, "#") == 0 && c->role == ROLE_BOX && c->paint.flags == 0);
      for (const char *p = c->bytes; *p; p++)
        assert_true((unsigned char)*p >= ' ' && *p != 0x7f);
    }
  bool cursor = t.canvas.cursor_x >= 0;
  assert_true(!cursor || (t.canvas.cursor_x >= t.rect.x && t.canvas.cursor_x < t.rect.x + t.rect.w &&
                          t.canvas.cursor_y >= t.rect.y && t.canvas.cursor_y < t.rect.y + t.rect.h));
}

static const struct cell *at(int x, int y) {
  return &t.canvas.cell[(t.rect.y + y) * t.canvas.width + t.rect.x + x];
}

static void assert_sent(const char *bytes) {
  assert_string_equal(buf_text(&t.sent), bytes);
  buf_reset(&t.sent);
}

static void press(const char *name, const char *bytes) {
  struct key key;
  assert_true(key_parse(slice_of(name), &key));
  assert_true(vterm_pane_key(t.pane, &key));
  assert_sent(bytes);
}

static void text_and_colours_become_cells(void **state) {
  (void)state;
  feed("\033[1;31mA\033[0;44mB\033[0;7;4mC\033[0;38;5;200mD\033[38;2;255;0;0mE\033[m\r\n日本e\u0301|");
  draw();
  assert_string_equal(at(0, 0)->bytes, "A");
  assert_int_equal(at(0, 0)->paint.flags, PAINT_OWN | PAINT_FG | PAINT_BOLD);
  assert_int_equal(at(0, 0)->paint.fg, 1);
  assert_int_equal(at(1, 0)->paint.flags, PAINT_OWN | PAINT_BG);
  assert_int_equal(at(1, 0)->paint.bg, 4);
  assert_int_equal(at(2, 0)->paint.flags, PAINT_OWN | PAINT_REVERSE | PAINT_UNDERLINE);
  assert_int_equal(at(3, 0)->paint.fg, 200);
  assert_int_equal(at(4, 0)->paint.fg, 196);
  assert_string_equal(at(0, 1)->bytes, "日");
  assert_string_equal(at(1, 1)->bytes, "");
  assert_string_equal(at(4, 1)->bytes, "e\u0301");
  assert_string_equal(at(5, 1)->bytes, "|");
  assert_int_equal(t.canvas.cursor_x, t.rect.x + 6);
  feed("\033[?25l");
  draw();
  assert_int_equal(t.canvas.cursor_x, -1);
}

static void colours_fit_the_terminal(void **state) {
  (void)state;
  struct paint red = {.flags = PAINT_OWN | PAINT_FG, .fg = 196}, ground = {.flags = PAINT_OWN | PAINT_BG, .bg = 4};
  assert_int_equal(theme_paint((struct theme){.depth = THEME_256}, &red).fg, 196);
  assert_int_equal(theme_paint((struct theme){.depth = THEME_16}, &red).fg, 9);
  assert_int_equal(theme_paint((struct theme){.depth = THEME_8}, &red).fg, 1);
  assert_int_equal(theme_paint((struct theme){.depth = THEME_MONO}, &red).fg, -1);
  assert_true(theme_paint((struct theme){.depth = THEME_MONO}, &ground).reverse);
  assert_int_equal(theme_nearest(255, 255, 255), 231);
  assert_int_equal(theme_nearest(8, 8, 8), 232);
}

static void the_alternate_screen_comes_and_goes(void **state) {
  (void)state;
  feed("before\033[?1049h\033[H\033[2Jafter");
  draw();
  assert_string_equal(at(0, 0)->bytes, "a");
  feed("\033[?1049l");
  draw();
  assert_string_equal(at(0, 0)->bytes, "b");
}

static void answers_go_to_the_program_alone(void **state) {
  (void)state;
  feed("\033[3;4H\033[6n");
  assert_sent("\033[3;4R");
  feed("\033[5n");
  assert_sent("\033[0n");
  feed("\033]0;title\a\033]52;c;aGVsbG8=\a\a\033P+q544e\033\\\033[21t\033]11;?\a");
  buf_reset(&t.sent); /* what libvterm answers is its own business */
  draw();
}

static void keys_are_encoded(void **state) {
  (void)state;
  press("a", "a");
  press("é", "\xc3\xa9");
  press("Ctrl-W", "\027");
  press("Ctrl-]", "\035");
  press("Alt-x", "\033x");
  press("Enter", "\r");
  press("Esc", "\033");
  press("Backspace", "\177");
  press("Tab", "\t");
  press("Shift-Tab", "\033[Z");
  press("Up", "\033[A");
  press("F1", "\033OP");
  press("F12", "\033[24~");
  press("PgDn", "\033[6~");
  press("Delete", "\033[3~");
  press("Ctrl-Right", "\033[1;5C");
  feed("\033[?1h");
  press("Up", "\033OA");
  assert_true(vterm_pane_key(t.pane, &(struct key){.code = KEY_ENTER_, .byte = '\n'})); /* Ctrl-J */
  assert_sent("\n");
  assert_true(vterm_pane_key(t.pane, &(struct key){.code = ' ', .mods = KEY_MOD_CTRL}));
  assert_int_equal(t.sent.n, 1);
  assert_int_equal(t.sent.p[0], 0);
}

static void a_paste_is_bracketed_when_asked(void **state) {
  (void)state;
  struct key paste = {.code = KEY_PASTE, .text = SLICE("one\ntwo\r\nthree")};
  assert_true(vterm_pane_key(t.pane, &paste));
  assert_sent("one\rtwo\rthree");
  feed("\033[?2004h");
  assert_true(vterm_pane_key(t.pane, &paste));
  assert_sent("\033[200~one\rtwo\rthree\033[201~");
}

static void the_mouse_is_told_when_asked(void **state) {
  (void)state;
  struct key click = {.code = KEY_MOUSE_, .x = 4, .y = 2, .button = 1};
  assert_false(vterm_pane_key(t.pane, &click));
  feed("\033[?1006;1000h"); /* as ncurses asks for it */
  assert_true(vterm_pane_key(t.pane, &click));
  assert_sent("\033[<0;5;3M");
  click.action = KEY_RELEASE;
  assert_true(vterm_pane_key(t.pane, &click));
  assert_sent("\033[<0;5;3m");
  feed("\033[?1006;1000l");
  assert_false(vterm_pane_key(t.pane, &click));
}

static void a_smaller_rectangle_cuts(void **state) {
  (void)state;
  assert_false(vterm_pane_resize(t.pane, W, H));
  assert_true(vterm_pane_resize(t.pane, 1, 1)); /* the least */
  int w, h;
  vterm_pane_size(t.pane, &w, &h);
  assert_int_equal(w, VTERM_PANE_LEAST_W);
  assert_int_equal(h, VTERM_PANE_LEAST_H);
  t.rect = (struct rect){5, 2, 3, 1};
  feed("\033[H日日日日日\033[3;9H");
  draw();
  assert_string_equal(at(0, 0)->bytes, "日");
  assert_int_equal(t.canvas.cursor_x, -1);
}

/* Whatever it writes, at whatever size. */
static void garbage_stays_inside(void **state) {
  (void)state;
  static const char *const parts[] = {
      "\033[",    "\033]52;c;",  "\a",      "\033P",  "\033\\", "?1049h",    "?1049l",     ";",       "99999",
      "H",        "J",           "K",       "L",      "M",      "P",         "@",          "r",       "m",
      "b",        "S",           "T",       "\033#8", "\033(0", "\033c",     "日",         "e\u0301", "\u202e",
      "\xff\xfe", "\033[?1000h", "\033[6n", "\r\n",   "\t",     "\033[?69h", "\033[2;20s", "\033#6",  "\u200d"};
  unsigned seed = 1;
  for (int round = 0; round < 400; round++) {
    for (int i = 0; i < 60; i++) {
      seed = seed * 1103515245u + 12345u;
      unsigned n = seed >> 16;
      if (n % 3) {
        feed(parts[n / 3 % (sizeof parts / sizeof *parts)]);
      } else {
        char byte = (char)(n >> 4);
        vterm_pane_feed(t.pane, slice_make(&byte, 1));
      }
    }
    if (round % 5 == 0)
      vterm_pane_resize(t.pane, (int)(seed >> 16) % (W + 9) + 1, (int)(seed >> 20) % (H + 9) + 1);
    draw();
    buf_reset(&t.sent);
  }
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      T(text_and_colours_become_cells),   T(colours_fit_the_terminal), T(the_alternate_screen_comes_and_goes),
      T(answers_go_to_the_program_alone), T(keys_are_encoded),         T(a_paste_is_bracketed_when_asked),
      T(the_mouse_is_told_when_asked),    T(a_smaller_rectangle_cuts), T(garbage_stays_inside),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
