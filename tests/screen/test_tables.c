/* What holds for every screen: no key is shown that does nothing, every key is in the help, and no size does harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "canvas_dump.h"
#include "screen_places.h"
#include "ui/bindings.h"
#include "ui/ui_state.h"
#include "weir/base/log.h"
#include "weir/base/mem.h"

static int complaints; /* all of them are told before the test fails */

#define complain(...) (complaints++, print_error(__VA_ARGS__))

/* Keys whose effect is no change of the screen, or none here: quitting, suspending, redrawing, the edges. */
static bool is_silent(const struct binding *b) {
  static const char *const silent[] = {"Q", "q", "Ctrl-L", "Ctrl-Z"};
  for (size_t i = 0; i < sizeof silent / sizeof *silent; i++)
    if (strcmp(b->keys, silent[i]) == 0)
      return true;
  return b->help != NULL && strcmp(b->help, "paste what was cut") == 0; /* nothing was, on a fresh screen */
}

/* What is to be seen: characters and their roles. */
static char *looks(struct screen *s) {
  struct buf out = BUF_INIT;
  canvas_dump(terminal_fake_screen(s->t), &out);
  canvas_dump_roles(terminal_fake_screen(s->t), &out);
  return buf_take(&out);
}

static void press_name(struct screen *s, struct slice name) {
  struct key key;
  char text[16];
  snprintf(text, sizeof text, "%.*s", (int)name.n, name.p);
  if (key_parse(name, &key)) {
    terminal_fake_key(s->t, text);
  } else {
    assert_int_equal(name.n, 2);
    terminal_fake_key(s->t, (char[]){text[0], '\0'});
    terminal_fake_key(s->t, (char[]){text[1], '\0'});
  }
  screen_turn(s);
}

/* The n-th key of a place, on a fresh screen. False: there is none. */
static bool try_key(const struct screen_place *p, size_t n) {
  struct screen s;
  const struct binding *b;
  bool found = false;
  screen_full(&s, 120, 36);
  screen_go(&s, p);
  size_t at = 0, i = 0;
  for (; (b = dispatch_next(s.ui->top, &at)) != NULL && !found;) {
    struct slice rest = slice_of(b->keys), name;
    while (!found && slice_split(&rest, ' ', &name)) {
      if (name.n == 0 || i++ != n)
        continue;
      found = true;
      char *before = looks(&s);
      int x = terminal_fake_screen(s.t)->cursor_x, y = terminal_fake_screen(s.t)->cursor_y;
      press_name(&s, name);
      char *after = looks(&s);
      const struct canvas *c = terminal_fake_screen(s.t);
      bool same = strcmp(before, after) == 0 && x == c->cursor_x && y == c->cursor_y;
      if (same && !is_silent(b) && !s.stopped)
        complain("%s: %.*s (%s) changes nothing\n", p->name, (int)name.n, name.p, b->help != NULL ? b->help : "");
      if (strstr(after, "does nothing here") != NULL)
        complain("%s: %.*s is in the table and not known\n", p->name, (int)name.n, name.p);
      free(before);
      free(after);
    }
  }
  screen_close(&s);
  return found;
}

static void every_key_acts(void **state) {
  (void)state;
  complaints = 0;
  for (size_t i = 0; screen_places[i].name != NULL; i++)
    for (size_t n = 0; try_key(&screen_places[i], n); n++)
      ;
  assert_int_equal(complaints, 0);
}

/* A screen that no place leads to has keys that nobody presses here. */
static void every_screen_is_tried(void **state) {
  bool tried[64] = {false};
  (void)state;
  for (size_t p = 0; screen_places[p].name != NULL; p++) {
    struct screen s;
    screen_full(&s, 120, 36);
    screen_go(&s, &screen_places[p]);
    for (size_t i = 0; binding_views[i] != NULL; i++)
      tried[i] |= s.ui->top->ops == binding_views[i];
    screen_close(&s);
  }
  for (size_t i = 0; binding_views[i] != NULL; i++)
    if (!tried[i])
      fail_msg("no place of this test is on the screen \"%s\"", binding_views[i]->name);
}

/* Esc gets out of everything, whatever was begun: a count, a prefix, a list of completions, a find. */
static void esc_leads_out(void **state) {
  static const char *const begun[] = {"", "5", "y", "?", "Ctrl-P", ": Tab Tab", ";", "f =x", "i", "/ =x Enter", "D"};
  (void)state;
  for (size_t i = 0; screen_places[i].name != NULL; i++) {
    struct screen s;
    screen_full(&s, 120, 36);
    for (size_t b = 0; b < sizeof begun / sizeof *begun; b++) {
      screen_go(&s, &screen_places[i]);
      screen_keys(&s, begun[b]);
      for (int n = 0; n < 6; n++)
        screen_keys(&s, "Esc");
      if (s.ui->top->ops->foreign) /* Esc is its own there; weir has one key */
        screen_keys(&s, "Ctrl-]");
      if (strcmp(screen_places[i].name, "quit") == 0 && s.stopped)
        s.stopped = false; /* y means yes there: that is out, too */
      if (s.ui->top->ops != &list_view_ops || s.ui->prefix.code != 0 || s.ui->count != 0 || s.stopped)
        fail_msg("%s, %s: Esc ends at %s", screen_places[i].name, begun[b], s.ui->top->ops->name);
    }
    screen_close(&s);
  }
}

/* q goes back one step; on the first screen it quits, and asks where something would be lost. */
static void q_goes_back(void **state) {
  static const char *const keys[] = {"G Enter", "F3", "F3 Enter", "F7", "F8", "?"};
  (void)state;
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    struct screen s;
    screen_full(&s, 120, 36);
    screen_keys(&s, keys[i]);
    const struct view *below = s.ui->top->below;
    assert_non_null(below);
    screen_keys(&s, "q");
    assert_ptr_equal(s.ui->top, below);
    screen_close(&s);
  }
  struct screen s;
  screen_full(&s, 120, 36);
  screen_keys(&s, "q");
  assert_ptr_equal(s.ui->top->ops, &quit_view_ops);
  screen_keys(&s, "Esc");
  assert_false(s.stopped);
  screen_keys(&s, "q q");
  assert_true(s.stopped);
  screen_close(&s);
}

/* Help names every binding of the screen below it. */
static void every_key_has_help(void **state) {
  (void)state;
  complaints = 0;
  for (size_t i = 0; screen_places[i].name != NULL; i++) {
    struct screen s;
    const struct binding *b;
    screen_full(&s, 99, 300);
    screen_go(&s, &screen_places[i]);
    const struct view *v = s.ui->top;
    if (v->ops->overlay || v->ops->foreign) {
      screen_close(&s);
      continue;
    }
    screen_keys(&s, "F1");
    char *text = screen_text(&s);
    for (size_t at = 0; (b = dispatch_next(v, &at)) != NULL;)
      if (strstr(text, dispatch_keys(s.ui, v, b)) == NULL || strstr(text, b->help) == NULL)
        complain("%s: no help for %s\n", screen_places[i].name, b->keys);
    free(text);
    screen_close(&s);
  }
  assert_int_equal(complaints, 0);
}

/* Each row of the frame is as wide as the terminal at most, whatever the size. */
static void check_size(struct screen *s, int width, int height) {
  terminal_fake_resize(s->t, width, height);
  screen_turn(s);
  const struct canvas *c = terminal_fake_screen(s->t);
  assert_int_equal(c->width, width);
  assert_int_equal(c->height, height);
  assert_true(c->cursor_x < width && c->cursor_y < height);
}

static void every_size(void **state) {
  static const int widths[] = {1, 2, 3, 5, 8, 13, 20, 29, 30, 31, 39, 40, 41, 59, 60, 79, 80, 99, 100, 120, 141, 300};
  static const int heights[] = {1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 20, 24, 29, 30, 36, 57, 400};
  static const char *const more[] = {"",  "?",       "f",  "F3",      "F3 Enter", "F7",    "Enter x",    "q",
                                     "i", "Enter /", "F8", "Enter t", "y",        ": Tab", "Ctrl-P =co", "? Tab"};
  (void)state;
  for (size_t m = 0; m < sizeof more / sizeof *more; m++) {
    struct screen s;
    screen_full(&s, 120, 36);
    screen_keys(&s, more[m]);
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
      for (size_t h = 0; h < sizeof heights / sizeof *heights; h++)
        check_size(&s, widths[w], heights[h]);
    check_size(&s, 120, 36);
    screen_close(&s);
  }
}

/* What waits for the person is said at every width, whatever else has to go. */
static void paused_is_always_said(void **state) {
  struct screen s;
  (void)state;
  screen_full(&s, 120, 36);
  for (int width = 30; width <= 200; width++) {
    check_size(&s, width, 10);
    char *text = screen_text(&s), *end = strchr(text, '\n');
    assert_non_null(end);
    *end = '\0';
    if (strstr(text, "‖ 3 PAUSED") == NULL && strstr(text, "‖3") == NULL)
      fail_msg("%d columns: %s", width, text);
    free(text);
  }
  screen_close(&s);
}

/* Keys at sizes where nothing can be seen do no harm either. */
static void keys_when_tiny(void **state) {
  static const char keys[] = "y u : Tab Tab Esc Esc Ctrl-P Down Esc j k G g g Enter Tab x v W PgDn PgUp / a b Enter n "
                             "N q F3 j q F7 j k q ? Down Enter Esc f x Esc \\ m m u";
  static const int sizes[][2] = {{1, 1}, {2, 2}, {29, 5}, {30, 6}, {1, 40}, {200, 3}};
  (void)state;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    struct screen s;
    screen_full(&s, sizes[i][0], sizes[i][1]);
    screen_keys(&s, keys);
    check_size(&s, 120, 36);
    assert_false(s.stopped);
    screen_close(&s);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_key_acts),        cmocka_unit_test(every_key_has_help), cmocka_unit_test(every_size),
      cmocka_unit_test(every_screen_is_tried), cmocka_unit_test(esc_leads_out),      cmocka_unit_test(q_goes_back),
      cmocka_unit_test(paused_is_always_said), cmocka_unit_test(keys_when_tiny),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
