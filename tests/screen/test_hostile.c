/* Whatever the wire says, wherever it is shown: nothing but cells of the screen change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hostile.h"
#include "ui/ui_state.h"

static void walk_all(uint32_t seed, int width, int height) {
  for (int walk = 0; walk < HOSTILE_WALKS; walk++) {
    struct hostile h = {.state = seed};
    struct screen s;
    screen_open(&s, width, height);
    hostile_fill(&s, &h);
    struct glass *g = glass_open(&s);
    const char *wrong = hostile_walk(&s, &h, g, walk);
    if (wrong != NULL) {
      char *text = screen_text(&s);
      fputs(text, stderr);
      free(text);
    }
    glass_close(g);
    screen_close(&s);
    if (wrong != NULL)
      fail_msg("seed %u, %dx%d, %s", seed, width, height, wrong);
  }
}

static void wide(void **state) {
  (void)state;
  for (uint32_t seed = 1; seed <= 3; seed++)
    walk_all(seed, 120, 36);
}

static void common(void **state) {
  (void)state;
  for (uint32_t seed = 5; seed <= 7; seed++)
    walk_all(seed, 80, 24);
}

static void small(void **state) {
  (void)state;
  for (uint32_t seed = 9; seed <= 11; seed++)
    walk_all(seed, 40, 10);
}

/* A picture that this terminal counts as one column and weir as two: what stood beside it is drawn anew with its row. */
static void what_terminals_count_otherwise(void **state) {
  static const char *const paths[] = {"/\xf0\x9f\xab\xa0-the-rest", "/ab-the-rest"};
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  for (int i = 0; i < 2; i++)
    screen_flow(
        &s, &(struct script){.method = "GET", .host = "shop.test", .path = paths[i], .status = 200, .reason = "OK"});
  struct glass *g = glass_open(&s);
  for (int i = 0; i < 4; i++) {
    screen_keys(&s, "s n");
    const char *wrong = glass_look(g);
    if (wrong != NULL)
      fail_msg("%s", wrong);
  }
  glass_close(g);
  screen_close(&s);
}

/* An accent behind a plain letter: on the terminal, too, it stands in the letter's cell. */
static void accents_reach_the_terminal(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  screen_flow(
      &s, &(struct script){
              .method = "GET", .host = "shop.test", .path = "/cafe\xcc\x81-au-lait", .status = 200, .reason = "OK"});
  screen_turn(&s);
  assert_has(&s, "/cafe\xcc\x81-au-lait");
  struct glass *g = glass_open(&s);
  const char *wrong = glass_look(g);
  if (wrong != NULL)
    fail_msg("%s", wrong);
  glass_close(g);
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(wide),
      cmocka_unit_test(common),
      cmocka_unit_test(small),
      cmocka_unit_test(what_terminals_count_otherwise),
      cmocka_unit_test(accents_reach_the_terminal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
