/* Keys of the person's own: what a map means, where it holds, what cannot be mapped, and that it is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/keymap.h"
#include "ui/ui_state.h"

static bool map(struct screen *s, const char *line) {
  struct err err = ERR_INIT;
  bool good = keymap_map(s->ui->keys, slice_of(line), &err);
  if (!good)
    print_error("%s: %s\n", line, err.text);
  return good;
}

static bool unmap(struct screen *s, const char *line) {
  struct err err = ERR_INIT;
  return keymap_unmap(s->ui->keys, slice_of(line), &err);
}

static void assert_refused(struct screen *s, const char *line, const char *why, size_t at, size_t span) {
  struct err err = ERR_INIT;
  assert_false(keymap_map(s->ui->keys, slice_of(line), &err));
  assert_string_equal(err.text, why);
  assert_int_equal(err.at, at);
  assert_int_equal(err.span, span);
}

static void open_shop(struct screen *s) {
  screen_open(s, 120, 36);
  screen_shop(s);
}

/* What the tab bar names is what the key does. */
static void tabs_name_the_keys_that_hold(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  screen_keys(&s, "g g");
  assert_true(screen_has(&s, "F5 Rules"));
  assert_true(map(&s, "F5 flow-replay"));
  assert_true(map(&s, "F9 screen-log"));
  ui_dirty(s.ui);
  screen_turn(&s);
  assert_false(screen_has(&s, "F5 Rules"));
  assert_true(screen_has(&s, "gu Rules"));
  assert_true(screen_has(&s, "F9 Log"));
  screen_close(&s);
}

/* A map holds in every view that has the command, and there before the tables. */
static void holds_where_the_command_is(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  assert_true(map(&s, "x flow-mark"));
  assert_true(map(&s, "Ctrl-T body-hex"));
  screen_keys(&s, "3 G x");
  assert_true(store_get(s.w.store, 3)->marked);
  screen_keys(&s, "m"); /* the key of the table stays */
  assert_false(store_get(s.w.store, 3)->marked);
  screen_keys(&s, "Ctrl-T");
  assert_true(screen_has(&s, "Ctrl-T does nothing here"));
  screen_keys(&s, "5 G Enter Ctrl-T"); /* has both: x is not hex here any more */
  assert_true(screen_has(&s, "[Hex]"));
  screen_keys(&s, "x");
  assert_true(store_get(s.w.store, s.ui->cursor)->marked);
  assert_true(screen_has(&s, "Ctrl-T hex"));
  screen_close(&s);
}

static void the_last_map_counts(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  assert_true(map(&s, "x body-hex"));
  assert_true(map(&s, "x flow-mark"));
  screen_keys(&s, "3 G Enter x");
  assert_true(store_get(s.w.store, 3)->marked);
  assert_true(map(&s, "x body-hex"));
  screen_keys(&s, "x");
  assert_true(store_get(s.w.store, 3)->marked);
  assert_true(screen_has(&s, "[Hex]"));
  screen_keys(&s, "q x"); /* the list has no body-hex */
  assert_false(store_get(s.w.store, 3)->marked);
  screen_close(&s);
}

static void chords(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  assert_true(map(&s, "gm flow-mark"));
  screen_keys(&s, "3 G g");
  assert_true(screen_has(&s, "m  mark: it stays in the ring"));
  screen_keys(&s, "m");
  assert_true(store_get(s.w.store, 3)->marked);
  assert_true(map(&s, "y flow-mark")); /* a single key hides what began with it */
  screen_keys(&s, "y");
  assert_false(store_get(s.w.store, 3)->marked);
  screen_keys(&s, "?");
  screen_type(&s, "copy the URL");
  assert_false(screen_has(&s, "yu"));
  screen_keys(&s, "Esc");
  assert_true(unmap(&s, "y"));
  screen_keys(&s, "y u");
  assert_true(screen_has(&s, "URL copied"));
  screen_close(&s);
}

/* What is shown is what is pressed: hints and help have the person's key first. */
static void shown_everywhere(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  assert_true(map(&s, "F5 flow-replay"));
  assert_true(unmap(&s, "r"));
  screen_keys(&s, "3 G");
  assert_true(screen_has(&s, "F5 replay"));
  assert_false(screen_has(&s, " r replay"));
  screen_keys(&s, "r");
  assert_true(screen_has(&s, "r does nothing here"));
  screen_keys(&s, "?");
  assert_true(screen_has(&s, "F5              send again as a new flow"));
  screen_keys(&s, "Esc F5");
  assert_true(screen_has(&s, "sent as #"));
  screen_close(&s);
}

static void taken_away_and_back(void **state) {
  struct screen s;
  struct err err = ERR_INIT;
  (void)state;
  open_shop(&s);
  assert_true(unmap(&s, "X"));
  screen_keys(&s, "X");
  assert_true(screen_has(&s, "X does nothing here"));
  assert_false(keymap_unmap(s.ui->keys, SLICE("X"), &err));
  assert_string_equal(err.text, "X does nothing already");
  assert_true(map(&s, "X clear"));
  screen_keys(&s, "X");
  assert_true(screen_has(&s, "cleared"));
  assert_false(keymap_unmap(s.ui->keys, SLICE("F12"), &err));
  assert_string_equal(err.text, "F12 does nothing, so there is nothing to take away");
  assert_true(map(&s, "F12 undo"));
  assert_true(unmap(&s, "F12"));
  screen_keys(&s, "F12");
  assert_true(screen_has(&s, "F12 does nothing here"));
  screen_close(&s);
}

static void refused(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  assert_refused(&s, "", "map KEYS COMMAND: which keys?", 0, 0);
  assert_refused(&s, "x", "map KEYS COMMAND: which command?", 1, 0);
  assert_refused(&s, "x flow-mrak", "flow-mrak is no command; did you mean flow-mark?", 2, 9);
  assert_refused(&s, "x zzzzzzzzzz", "zzzzzzzzzz is no command; ? and doc/keys.md name them all", 2, 10);
  assert_refused(&s, "C-x undo", "C-x is no key: they are written j, G, F5, Ctrl-X, Alt-X, Enter, Space, or gz for two",
                 0, 3);
  assert_refused(&s, "Esc undo", "Esc always leads out: it cannot be mapped", 0, 3);
  assert_refused(&s, "  7 undo", "7: digits begin a count (5j), so no key begins with one", 2, 1);
  assert_refused(&s, "Mouse undo", "Mouse is no key of the keyboard", 0, 5);
  assert_refused(&s, "x undo redo", "one command is enough", 7, 4);
  assert_refused(&s, "fz undo", "f does filter at once (in flow list): unmap f first", 0, 2);
  assert_true(unmap(&s, "f"));
  assert_true(map(&s, "fz undo"));
  screen_keys(&s, "3 G m f z");
  assert_false(store_get(s.w.store, 3)->marked);
  screen_close(&s);
}

/* Where letters are text a map of a letter is none. */
static void text_stays_text(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s);
  assert_true(map(&s, "x redraw"));
  assert_true(map(&s, "x prompt-take"));
  assert_true(map(&s, "Ctrl-T editor-leave"));
  assert_true(map(&s, "Ctrl-T prompt-take"));
  screen_keys(&s, "7 G e x");
  assert_true(screen_has(&s, "xPOST"));
  screen_keys(&s, "Ctrl-T");
  assert_ptr_equal(s.ui->top->ops, &list_view_ops);
  assert_true(unmap(&s, "Ctrl-K"));
  screen_keys(&s, "e Ctrl-K");
  assert_true(screen_has(&s, "Ctrl-K does nothing here"));
  assert_true(screen_has(&s, "xPOST"));
  screen_keys(&s, "Ctrl-T ;");
  screen_type(&s, "xyz");
  screen_keys(&s, "Ctrl-T");
  assert_string_equal(store_get(s.w.store, s.ui->cursor)->note, "xyz");
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tabs_name_the_keys_that_hold),
      cmocka_unit_test(holds_where_the_command_is),
      cmocka_unit_test(the_last_map_counts),
      cmocka_unit_test(chords),
      cmocka_unit_test(shown_everywhere),
      cmocka_unit_test(taken_away_and_back),
      cmocka_unit_test(refused),
      cmocka_unit_test(text_stays_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
