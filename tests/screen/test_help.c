/* Help and palette: what is found, what Enter and a click do, all screens, what cannot be done now. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/fuzzy.h"
#include "ui/prompt.h"
#include "ui/ui_state.h"

static void open_shop(struct screen *s, int width, int height) {
  screen_open(s, width, height);
  screen_shop(s);
  screen_keys(s, "6 G");
}

/* Where text stands on the screen; false: nowhere. */
static bool place_of(struct screen *s, const char *text, int *x, int *y) {
  char *all = screen_text(s), *at = strstr(all, text);
  *y = *x = 0;
  for (const char *p = all; at != NULL && p < at; p++)
    if (*p == '\n')
      ++*y, *x = 0;
    else if (((unsigned char)*p & 0xc0) != 0x80)
      ++*x;
  free(all);
  return at != NULL;
}

static void click(struct screen *s, const char *text) {
  char key[32];
  int x, y;
  if (!place_of(s, text, &x, &y))
    fail_msg("%s is not on the screen", text);
  snprintf(key, sizeof key, "mouse:1,%d,%d", x, y);
  screen_keys(s, key);
}

static enum role role_at(struct screen *s, const char *text) {
  int x, y;
  if (!place_of(s, text, &x, &y))
    fail_msg("%s is not on the screen", text);
  const struct canvas *c = terminal_fake_screen(s->t);
  return (enum role)c->cell[y * c->width + x].role;
}

/* ---- help ---- */

static void help_runs(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s, 120, 36);
  screen_keys(&s, "?");
  screen_type(&s, "flow-mark"); /* the command's name finds it too */
  screen_keys(&s, "Enter");
  assert_true(store_get(s.w.store, 6)->marked);
  screen_keys(&s, "?");
  click(&s, "mark: it stays");
  assert_false(store_get(s.w.store, 6)->marked);
  assert_ptr_equal(s.ui->top->ops, &list_view_ops);
  screen_keys(&s, "? Right");
  screen_keys(&s, "Left Down Enter"); /* the line under the first one: next */
  assert_int_equal(s.ui->cursor, 7);
  screen_close(&s);
}

static void help_of_all_screens(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s, 120, 36);
  screen_keys(&s, "? Tab");
  assert_true(screen_has(&s, "keys in: all screens"));
  screen_type(&s, "editor-send");
  assert_true(screen_has(&s, "editor: EDIT"));
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "that is for another screen (editor)"));
  assert_ptr_equal(s.ui->top->ops, &help_view_ops);
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, "flow-mark"); /* of several screens, and this one has it */
  screen_keys(&s, "Enter");
  assert_true(store_get(s.w.store, 6)->marked);
  screen_keys(&s, "? Tab Tab");
  assert_true(screen_has(&s, "keys in: flow list"));
  screen_close(&s);
}

static void help_dims(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s, 120, 36);
  screen_keys(&s, "?");
  screen_type(&s, "re"); /* few enough for one page */
  assert_int_equal(role_at(&s, "Ctrl-R          do again"), ROLE_DIM);
  assert_true(screen_has(&s, "do again what u took back (nothing was"));
  assert_int_equal(role_at(&s, "Ctrl-L          redraw"), ROLE_TEXT);
  screen_close(&s);
}

static void help_pages(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s, 80, 24);
  screen_keys(&s, "?");
  assert_true(screen_has(&s, "page 1 of "));
  screen_keys(&s, "PgDn");
  assert_true(screen_has(&s, "page 2 of "));
  assert_false(screen_has(&s, "open the flow"));
  screen_keys(&s, "PgUp");
  assert_true(screen_has(&s, "open the flow"));
  for (int i = 0; i < 300; i++)
    screen_keys(&s, "Down");
  assert_true(screen_has(&s, "~all"));
  screen_close(&s);
}

/* ---- palette ---- */

static void palette_drawn(void **state) {
  static const int sizes[][2] = {{120, 36}, {80, 24}, {40, 10}};
  (void)state;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    struct screen s;
    char name[48];
    open_shop(&s, sizes[i][0], sizes[i][1]);
    screen_keys(&s, "Ctrl-P");
    screen_type(&s, "copy");
    snprintf(name, sizeof name, "palette_copy_%dx%d", sizes[i][0], sizes[i][1]);
    screen_golden(&s, name);
    screen_close(&s);
  }
}

static void palette_runs(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s, 120, 36);
  screen_keys(&s, "Ctrl-P");
  screen_type(&s, "cpyurl"); /* letters in order are enough */
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "URL copied"));
  screen_keys(&s, "Ctrl-P");
  screen_type(&s, "m"); /* a key finds its act first */
  screen_keys(&s, "Enter");
  assert_true(store_get(s.w.store, 6)->marked);
  screen_keys(&s, "Ctrl-P");
  screen_type(&s, "mark");
  click(&s, "mark: it stays");
  assert_false(store_get(s.w.store, 6)->marked);
  screen_keys(&s, "Ctrl-P Down Up Down Enter"); /* the second of all: next */
  assert_int_equal(s.ui->cursor, 7);
  screen_keys(&s, "Ctrl-P");
  screen_type(&s, "xqxqxq");
  assert_true(screen_has(&s, "nothing is called so"));
  screen_keys(&s, "Enter Esc");
  assert_ptr_equal(s.ui->top->ops, &list_view_ops);
  screen_close(&s);
}

/* What takes words opens the command line with its name. */
static void palette_asks(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s, 120, 36);
  screen_keys(&s, "Ctrl-P");
  screen_type(&s, "set mouse");
  screen_keys(&s, "Enter");
  assert_ptr_equal(s.ui->top->ops, &prompt_view_ops);
  screen_type(&s, "off");
  screen_keys(&s, "Enter");
  assert_false(s.options.mouse);
  screen_keys(&s, "Ctrl-P");
  screen_type(&s, "go-to");
  screen_keys(&s, "Enter =3 Enter");
  assert_int_equal(s.ui->cursor, 3);
  screen_close(&s);
}

static void palette_dims(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s, 120, 36);
  screen_keys(&s, "Ctrl-P");
  screen_type(&s, "resume the");
  assert_true(screen_has(&s, "resume the paused message (it is not paused)"));
  screen_keys(&s, "Enter"); /* the act says so as well */
  assert_true(screen_has(&s, "#6 is not paused"));
  screen_close(&s);
}

/* ---- how letters are found ---- */

static int score(const char *pattern, const char *text) {
  return fuzzy_score(slice_of(pattern), slice_of(text), NULL);
}

static void fuzzy(void **state) {
  bool at[FUZZY_TEXT_MAX];
  (void)state;
  assert_int_equal(score("", "anything"), 0);
  assert_true(score("abc", "ab") < 0);
  assert_true(score("ba", "ab") < 0);
  assert_true(score("abc", "") < 0);
  assert_true(score("cu", "copy the URL") >= 0);
  assert_true(score("COPY", "copy the url") == score("copy", "Copy The Url"));
  assert_true(score("c u", "copy the URL") == score("cu", "copy the URL"));
  assert_true(score("url", "copy the URL") > score("url", "undo replay list")); /* a run counts more */
  assert_true(score("cu", "copy URL") > score("cu", "focus"));                  /* so do beginnings of words */
  assert_true(score("mark", "mark it") > score("mark", "it is a mark"));
  fuzzy_score(SLICE("cu"), SLICE("ccopy URL"), at);
  for (size_t i = 0; i < 9; i++)
    assert_int_equal(at[i], i == 0 || i == 6);
  char big[1000];
  memset(big, 'a', sizeof big);
  assert_true(fuzzy_score(slice_make(big, sizeof big), slice_make(big, sizeof big), at) > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(help_runs),    cmocka_unit_test(help_of_all_screens), cmocka_unit_test(help_dims),
      cmocka_unit_test(help_pages),   cmocka_unit_test(palette_drawn),       cmocka_unit_test(palette_runs),
      cmocka_unit_test(palette_asks), cmocka_unit_test(palette_dims),        cmocka_unit_test(fuzzy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
