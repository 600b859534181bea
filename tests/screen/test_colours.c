/* Rows in colours of the person's own (`:colour`): which rule wins, what a cursor and a pause do to it, how it is taken
 * back, what it looks like without colours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/commands.h"
#include "ui/prompt.h"
#include "ui/ui_state.h"
#include "weir/base/mem.h"

static void line(struct screen *s, const char *text) {
  screen_keys(s, ":");
  screen_type(s, text);
  screen_keys(s, "Enter");
}

static void open_shop(struct screen *s) {
  screen_open(s, 120, 36);
  screen_shop(s);
  screen_keys(s, "g g");
}

/* The role of the path on the row that has this text. */
static enum role role_at(struct screen *s, const char *text) {
  const struct canvas *c = terminal_fake_screen(s->t);
  for (int y = 0; y < c->height; y++) {
    struct buf row = BUF_INIT;
    size_t offset[400];
    for (int x = 0; x < c->width; x++)
      for (const char *p = c->cell[y * c->width + x].bytes; *p != '\0'; p++) {
        offset[row.n] = (size_t)x;
        buf_add_byte(&row, *p);
      }
    ptrdiff_t at = slice_find(buf_slice(&row), slice_of(text));
    buf_clear(&row);
    if (at >= 0)
      return (enum role)c->cell[y * c->width + (int)offset[at]].role;
  }
  fail_msg("%s is not on the screen", text);
  return ROLE_COUNT;
}

/* A rule that changes traffic says a colour too (=> colour red); those of the list come first. */
static void of_a_rule(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  for (size_t i = 0; i < store_count(s.w.store); i++) {
    struct flow *f = store_nth(s.w.store, i);
    if (slice_eq(flow_path(f), SLICE("/missing")) || slice_eq(flow_path(f), SLICE("/login")))
      f->colour = "red";
    if (f->colour)
      store_touch(s.w.store, f, FLOW_CHANGED_NOTE);
  }
  line(&s, "colour path:/login green");
  assert_int_equal(role_at(&s, "/missing"), ROLE_RED);
  assert_int_equal(role_at(&s, "/login"), ROLE_GREEN);
  screen_close(&s);
}

static void the_first_wins(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  line(&s, "colour path:/login magenta");
  assert_true(screen_has(&s, "path:/login is magenta"));
  line(&s, "color POST blue");
  assert_int_equal(role_at(&s, "/login"), ROLE_MAGENTA);
  assert_int_equal(role_at(&s, "/form"), ROLE_BLUE);
  assert_int_equal(role_at(&s, "/missing"), ROLE_TEXT);
  line(&s, "colour");
  assert_true(screen_has(&s, "1: path:/login magenta  2: POST blue"));
  /* the same filter again takes its own place */
  line(&s, "colour path:/login green");
  assert_int_equal(role_at(&s, "/login"), ROLE_GREEN);
  /* the cursor is seen above all */
  line(&s, "6");
  assert_int_equal(role_at(&s, "6 12:"), ROLE_SELECTED);
  screen_keys(&s, "Enter");
  assert_int_equal(role_at(&s, "7 12:"), ROLE_GREEN); /* the rows above a flow too */
  screen_close(&s);
}

static void taken_back(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  line(&s, "colour POST blue");
  line(&s, "colour GET dim");
  line(&s, "colour remove 1");
  assert_int_equal(role_at(&s, "/form"), ROLE_TEXT);
  assert_int_equal(role_at(&s, "/missing"), ROLE_DIM);
  screen_keys(&s, "u");
  assert_int_equal(role_at(&s, "/form"), ROLE_BLUE);
  line(&s, "colour remove GET");
  assert_int_equal(role_at(&s, "/missing"), ROLE_TEXT);
  line(&s, "colour remove all");
  assert_int_equal(role_at(&s, "/form"), ROLE_TEXT);
  line(&s, "colour");
  assert_true(screen_has(&s, "no row has a colour of yours"));
  screen_keys(&s, "u u u");
  assert_int_equal(role_at(&s, "/form"), ROLE_BLUE);
  screen_keys(&s, "u");
  assert_int_equal(role_at(&s, "/form"), ROLE_TEXT);
  screen_close(&s);
}

static void without_colours(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  s.t->mono = true;
  screen_shop(&s);
  line(&s, "colour POST blue");
  line(&s, "colour failed red");
  screen_keys(&s, "g g");
  screen_golden(&s, "colour_mono_80x24");
  screen_close(&s);
}

static void assert_wrong(struct screen *s, const char *text, const char *why) {
  line(s, text);
  assert_ptr_equal(s->ui->top->ops, &prompt_view_ops);
  if (!screen_has(s, why))
    fail_msg("not said: %s", why);
  screen_keys(s, "Esc");
}

static void what_is_wrong_is_said(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  assert_wrong(&s, "colour POST bleu", "bleu is no colour; did you mean blue?");
  assert_wrong(&s, "colour POST xyzzyq", "is no colour: red green yellow");
  assert_wrong(&s, "colour blue", "a filter, then a colour");
  assert_wrong(&s, "colour body:secret red", "by heads alone: this filter reads bodies");
  assert_wrong(&s, "colour host: red", "host");
  assert_wrong(&s, "colour remove 3", "wants a number or a filter of those there are");
  screen_keys(&s, ":");
  screen_type(&s, "colour POST mag");
  screen_keys(&s, "Tab Enter");
  assert_int_equal(role_at(&s, "/form"), ROLE_MAGENTA);
  screen_close(&s);
}

static void from_the_file(void **state) {
  struct screen s;
  struct err err = ERR_INIT;
  (void)state;
  open_shop(&s);
  s.options.line = mem_zero(1, sizeof *s.options.line);
  s.options.line[0] = (struct option_line){mem_dup("colour host:cdn cyan"), 3};
  s.options.lines = 1;
  assert_true(command_run_file(s.ui, &err));
  screen_turn(&s);
  screen_keys(&s, "j");
  assert_int_equal(role_at(&s, "/video.bin"), ROLE_CYAN);
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(of_a_rule),       cmocka_unit_test(the_first_wins),        cmocka_unit_test(taken_back),
      cmocka_unit_test(without_colours), cmocka_unit_test(what_is_wrong_is_said), cmocka_unit_test(from_the_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
