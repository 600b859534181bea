/*
 * Every place of weir at the three sizes it is drawn for: a golden each. A place that is new in screen_places.c is picked
 * up by itself (UPDATE_GOLDEN=1 writes its goldens); the table here has what only looks different, and screens of a
 * session that has just begun.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen_places.h"
#include "ui/ui_state.h"
#include "weir/base/clock.h"

static const struct { int width, height; } sizes[] = {{120, 36}, {80, 24}, {40, 10}};

enum { SIZES = sizeof sizes / sizeof *sizes };

/* Each begins in the flow list of screen_full(). */
static const struct screen_place looks[] = {
    {"list alone", "1 0 G \\"},
    {"list following", "G"},
    {"list narrowed", "G = h"},
    {"list searched", "G / =l =o =g =i =n Enter"},
    {"filter", "G f =P =O =S =T Space =l =o =g"},
    {"filter wrong", "G f =~ =c Space ="},
    {"detail request", "7 G Enter Tab"},
    {"detail hex", "7 G Enter x"},
    {"detail timing", "7 G Enter t"},
    {"detail failed", "1 4 G Enter"},
    {"paused one", "F3"},
    {"repeater series", "7 G 3 r F4"},
    {"repeater empty", "F4"},
    {"compose", "c"},
    {"editor hex", "1 3 G e"},
    {"menu copy", "7 G y"},
    {"menu only", "7 G ="},
    {"palette whole", "Ctrl-P"},
    {"stats answers", "F6 Tab"},
    {"stats slowest", "F6 Tab Tab"},
    {"stats waterfall", "F6 Shift-Tab"},
    {"log top", "F7 g g"},
    {"help of the list", "?"},
    {NULL, NULL},
};

/* Nothing runs any more: what a child of this place writes is there. */
static void wait_for_children(struct screen *s) {
  if (strcmp(s->ui->top->ops->name, "editor in a pane") == 0)
    for (uint64_t end = clock_mono() + 10 * CLOCK_S; !screen_has(s, "Ctrl-]") && clock_mono() < end;)
      loop_turn(s->w.loop, 10 * CLOCK_MS), screen_turn(s);
}

static void golden_name(const char *place, int size, char *out, size_t cap) {
  snprintf(out, cap, "place_%s_%dx%d", place, sizes[size].width, sizes[size].height);
  for (char *c = out; *c != '\0'; c++)
    if (*c == ' ')
      *c = '_';
}

static void look_at(const struct screen_place *p, int size) {
  char name[100];
  struct screen s;
  screen_full(&s, sizes[size].width, sizes[size].height);
  screen_go(&s, p);
  wait_for_children(&s);
  golden_name(p->name, size, name, sizeof name);
  screen_golden(&s, name);
  screen_close(&s);
}

static void every_place(void **state) {
  (void)state;
  for (const struct screen_place *p = screen_places; p->name != NULL; p++)
    for (int i = 0; i < SIZES; i++)
      look_at(p, i);
}

static void every_look(void **state) {
  (void)state;
  for (const struct screen_place *p = looks; p->name != NULL; p++)
    for (int i = 0; i < SIZES; i++)
      look_at(p, i);
}

/* Nobody has asked for anything yet: no flow, no pause, no try, no line. */
static void before_anything(void **state) {
  static const struct screen_place empty[] = {
      {"empty list", ""},  {"empty paused", "F3"}, {"empty repeater", "F4"},   {"empty stats", "F6"},
      {"empty log", "F7"}, {"empty setup", "F8"},  {"empty intercepts", "g i"}};
  (void)state;
  for (size_t p = 0; p < sizeof empty / sizeof *empty; p++)
    for (int i = 0; i < SIZES; i++) {
      char name[100];
      struct screen s;
      screen_open(&s, sizes[i].width, sizes[i].height);
      screen_keys(&s, empty[p].keys);
      golden_name(empty[p].name, i, name, sizeof name);
      screen_golden(&s, name);
      screen_close(&s);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_place),
      cmocka_unit_test(every_look),
      cmocka_unit_test(before_anything),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
