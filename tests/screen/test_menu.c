/* The menu of a prefix key: drawn in the next frame, dimmed where something cannot be done, and never in the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/ui_state.h"

static void drawn(void **state) {
  static const int sizes[][2] = {{120, 36}, {80, 24}, {40, 10}};
  (void)state;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    struct screen s;
    char name[48];
    screen_open(&s, sizes[i][0], sizes[i][1]);
    screen_shop(&s);
    screen_keys(&s, "6 G y");
    snprintf(name, sizeof name, "menu_copy_%dx%d", sizes[i][0], sizes[i][1]);
    screen_golden(&s, name);
    screen_close(&s);
  }
}

/* The role of the first cell of a text on the screen. */
static enum role role_of(struct screen *s, const char *text) {
  const struct canvas *c = terminal_fake_screen(s->t);
  size_t n = strlen(text);
  for (int y = 0; y < c->height; y++)
    for (int x = 0; x + (int)n <= c->width; x++) {
      size_t i = 0;
      while (i < n && c->cell[(size_t)(y * c->width + x) + i].bytes[0] == text[i])
        i++;
      if (i == n)
        return (enum role)c->cell[y * c->width + x].role;
    }
  fail_msg("%s is not on the screen", text);
  return ROLE_COUNT;
}

/* Without a flow there is nothing to copy: said, not hidden; the key says so too. */
static void dimmed(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_keys(&s, "y");
  assert_true(screen_has(&s, "the URL (there is no flow)"));
  assert_int_equal(role_of(&s, "the URL"), ROLE_DIM);
  screen_keys(&s, "u");
  assert_true(screen_has(&s, "there is no flow under the cursor"));
  screen_shop(&s);
  screen_turn(&s);
  screen_keys(&s, "y");
  assert_false(screen_has(&s, "there is no flow"));
  assert_int_equal(role_of(&s, "the URL"), ROLE_TEXT);
  screen_close(&s);
}

static void closed(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "3 G y");
  assert_true(screen_has(&s, "─ copy #3 ─"));
  screen_keys(&s, "Esc");
  assert_false(screen_has(&s, "─ copy #3 ─"));
  assert_false(screen_has(&s, "does nothing here"));
  screen_keys(&s, "y Q"); /* no second key: nothing happens, least of all what Q does alone */
  assert_true(screen_has(&s, "yQ does nothing here"));
  assert_false(s.stopped);
  screen_close(&s);
}

/* Where text stands on the screen. */
static void place_of(struct screen *s, const char *text, int *x, int *y) {
  char *all = screen_text(s), *at = strstr(all, text);
  assert_non_null(at);
  *y = *x = 0;
  for (const char *p = all; p < at; p++)
    if (*p == '\n')
      ++*y, *x = 0;
    else if (((unsigned char)*p & 0xc0) != 0x80)
      ++*x;
  free(all);
}

static void clicked(void **state) {
  struct screen s;
  char click[32];
  int x, y;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "3 G y");
  place_of(&s, "as a curl", &x, &y);
  snprintf(click, sizeof click, "mouse:1,%d,%d", x, y);
  screen_keys(&s, click);
  assert_true(screen_has(&s, "curl command copied"));
  screen_keys(&s, "y mouse:1,100,5"); /* beside it: closed, and nothing else */
  assert_false(screen_has(&s, "─ copy #3 ─"));
  assert_int_equal(s.ui->cursor, 3);
  screen_close(&s);
}

/* A count typed before reaches the act. */
static void counts(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "5 g");
  assert_true(screen_has(&s, " 5g-"));
  screen_keys(&s, "g");
  assert_int_equal(s.ui->cursor, 5);
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(drawn),   cmocka_unit_test(dimmed), cmocka_unit_test(closed),
      cmocka_unit_test(clicked), cmocka_unit_test(counts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
