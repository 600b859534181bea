/* The filter on the screen: typed live, completed, looked up, narrowed from the cursor, off and on, by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/ui_state.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"

static void open_shop(struct screen *s, int width, int height) {
  screen_open(s, width, height);
  screen_shop(s);
  screen_keys(s, "1 0 G");
}

static const char *filter_now(const struct screen *s) {
  const struct filter *f = filter_index_filter(s->ui->index);
  return f ? filter_text(f) : "";
}

static void typed_live(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s, 120, 36);
  struct flow *f = screen_flow(
      &s, &(struct script){.method = "PUT", .host = "shop.test", .path = "/cart", .body = "x", .body_n = 1});
  screen_pause(&s, f, FLOW_PAUSED_REQUEST, 5 * CLOCK_S);
  screen_keys(&s, "f");
  screen_golden(&s, "filter_words_120x36");
  screen_type(&s, "GET|POST|DELETE 4xx|5xx -/login");
  screen_golden(&s, "filter_live_120x36");
  assert_true(screen_has(&s, "2 of 18 flows match"));
  assert_true(screen_has(&s, "1 paused flow stays visible whatever the filter"));
  screen_type(&s, " body:\"unclosed");
  screen_golden(&s, "filter_wrong_120x36");
  assert_true(screen_has(&s, "column 38: the closing \" is missing"));
  assert_true(screen_has(&s, "1 PAUSED  flows 1/18")); /* the last good result, that of "body", stays */
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "column 38")); /* it is not taken */
  screen_keys(&s, "Esc");
  assert_string_equal(filter_now(&s), "");
  assert_int_equal(s.ui->cursor, 10);
  screen_close(&s);
}

static void in_little_room(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s, 80, 24);
  screen_keys(&s, "f");
  screen_golden(&s, "filter_words_80x24");
  screen_type(&s, "POST /login");
  screen_golden(&s, "filter_live_80x24");
  terminal_fake_resize(s.t, 40, 10);
  screen_turn(&s);
  screen_golden(&s, "filter_live_40x10");
  screen_type(&s, " status:x");
  screen_golden(&s, "filter_wrong_40x10");
  screen_close(&s);
}

static void kept_and_taken_back(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s, 120, 36);
  screen_keys(&s, "f");
  screen_type(&s, "/login");
  screen_keys(&s, "Enter");
  assert_string_equal(filter_now(&s), "/login");
  screen_keys(&s, "f Ctrl-U");
  screen_type(&s, "404");
  screen_keys(&s, "Esc");
  assert_string_equal(filter_now(&s), "/login");
  screen_keys(&s, "F");
  assert_string_equal(filter_now(&s), "");
  assert_true(screen_has(&s, "f off"));
  screen_keys(&s, "F");
  assert_string_equal(filter_now(&s), "/login");
  screen_keys(&s, "F f"); /* opened while off: there it is again */
  assert_true(screen_has(&s, "f: /login"));
  screen_keys(&s, "Esc");
  assert_string_equal(filter_now(&s), "");
  screen_keys(&s, "f Enter");
  assert_string_equal(filter_now(&s), "/login");
  assert_false(screen_has(&s, "f off"));
  screen_keys(&s, "u"); /* off again, and not forgotten */
  assert_string_equal(filter_now(&s), "");
  assert_true(screen_has(&s, "f off"));
  screen_keys(&s, "F F");
  screen_keys(&s, "Ctrl-R");
  assert_string_equal(filter_now(&s), "/login");
  assert_false(screen_has(&s, "f off"));
  screen_keys(&s, "f Ctrl-U Enter");
  assert_true(screen_has(&s, "no filter: all flows are shown"));
  screen_close(&s);
}

static void narrowed_from_the_cursor(void **state) {
  static const struct {
    const char *keys, *filter;
  } steps[] = {
      {"= h", "host=api.shop.test"},
      {"= m", "host=api.shop.test GET"},
      {"- p", "host=api.shop.test GET -path=/api/fail"},
      {"u", "host=api.shop.test GET"},
      {"= m", "host=api.shop.test"},
      {"= h", ""},
      {"1 0 G = s", "500"},
      {"= s", ""},
      {"= t", "type=json"},
      {"- t", "-type=json"},
      {"u u", ""},
      {"1 0 G - a", "-assets"},
      {"= a", "assets"},
      {"= a", ""},
      {"1 0 G !", "failed"},
      {"= m", "failed GET"},
      {"!", "GET"},
      {"u u u", ""},
  };
  struct screen s;
  (void)state;
  open_shop(&s, 120, 36);
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    screen_keys(&s, steps[i].keys);
    if (strcmp(filter_now(&s), steps[i].filter) != 0)
      fail_msg("step %zu, %s: \"%s\", expected \"%s\"", i, steps[i].keys, filter_now(&s), steps[i].filter);
  }
  screen_keys(&s, "=");
  screen_golden(&s, "only_menu_120x36");
  screen_close(&s);
}

static void what_a_flow_has_not(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_flow(&s, &(struct script){.method = "GET", .host = "shop.test", .path = "/a"});
  screen_turn(&s);
  screen_keys(&s, "G = t");
  assert_true(screen_has(&s, "#1: the answer has no media type"));
  screen_keys(&s, "= s");
  assert_true(screen_has(&s, "#1: there is no answer yet"));
  screen_keys(&s, "F");
  assert_true(screen_has(&s, "there is no filter; f makes one"));
  screen_close(&s);
}

static void completed(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s, 120, 36);
  screen_keys(&s, "f");
  screen_type(&s, "hos");
  screen_keys(&s, "Tab");
  assert_true(screen_has(&s, "f: host:"));
  screen_keys(&s, "Tab");
  screen_golden(&s, "filter_complete_120x36");
  screen_keys(&s, "Tab"); /* the most frequent one first, and the list shows it while it is chosen */
  assert_string_equal(filter_now(&s), "host:api.shop.test");
  screen_keys(&s, "Esc Esc f");
  screen_type(&s, "nosu");
  screen_keys(&s, "Tab");
  assert_string_equal(filter_now(&s), "nosuch.invalid ");
  screen_close(&s);
}

static void by_mouse(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s, 120, 36);
  screen_keys(&s, "f");
  screen_type(&s, "404");
  screen_keys(&s, "mouse:1,5,3"); /* into the line of the box, before the 4 */
  screen_type(&s, "-");
  assert_string_equal(filter_now(&s), "-404");
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, "host:");
  screen_keys(&s, "Tab mouse:1,12,9"); /* a candidate */
  assert_true(strncmp(filter_now(&s), "host:", 5) == 0 && strlen(filter_now(&s)) > 8);
  screen_close(&s);
}

static void looked_up(void **state) {
  struct screen s;
  static const char *const before[] = {"GET 4xx", "host=api.shop.test", "/login POST"};
  (void)state;
  open_shop(&s, 120, 36);
  screen_keys(&s, "f Ctrl-R");
  assert_true(screen_has(&s, "nothing was typed here before"));
  screen_keys(&s, "Esc Esc");
  for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
    screen_keys(&s, "f Ctrl-U");
    screen_type(&s, before[i]);
    screen_keys(&s, "Enter");
  }
  screen_keys(&s, "f Ctrl-R");
  screen_type(&s, "api");
  screen_golden(&s, "filter_history_120x36");
  assert_string_equal(filter_now(&s), "/login POST"); /* looking changes nothing */
  screen_keys(&s, "Enter");
  assert_string_equal(filter_now(&s), "host=api.shop.test");
  screen_keys(&s, "Ctrl-R");
  screen_type(&s, "qqq");
  assert_true(screen_has(&s, "nothing has these letters"));
  screen_keys(&s, "Esc");
  assert_true(screen_has(&s, "f: host=api.shop.test"));
  screen_keys(&s, "Ctrl-R");
  screen_type(&s, "g4");
  assert_true(screen_has(&s, "GET 4xx")); /* the oldest too, its letters strewn */
  screen_keys(&s, "Esc");
  screen_keys(&s, "Ctrl-R Down Enter Enter");
  assert_string_equal(filter_now(&s), "host=api.shop.test");
  screen_keys(&s, "f Up Up Up");
  assert_true(screen_has(&s, "f: GET 4xx"));
  screen_close(&s);
}

static void by_name(void **state) {
  struct screen s;
  char folder[256];
  const char *tmp = getenv("TMPDIR");
  (void)state;
  snprintf(folder, sizeof folder, "%s/weir-presets-XXXXXX", tmp ? tmp : "/tmp");
  assert_non_null(mkdtemp(folder));
  open_shop(&s, 120, 36);
  filter_presets_clear(&s.ui->presets);
  filter_presets_init(&s.ui->presets, path_for(PATH_CONFIG, folder, "filters"));
  screen_keys(&s, ":");
  screen_type(&s, "filter save nothing");
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "there is no filter to save now"));
  screen_keys(&s, "Esc :");
  screen_type(&s, "filter save wrong (x");
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "never closed"));
  screen_keys(&s, "Esc :");
  screen_type(&s, "filter save bad 4xx|5xx -host:cdn");
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "saved: :filter bad shows it again"));
  screen_keys(&s, "! :");
  screen_type(&s, "filter save failures");
  screen_keys(&s, "Enter ! :");
  screen_type(&s, "filter b");
  screen_keys(&s, "Tab");
  screen_golden(&s, "filter_names_120x36");
  screen_keys(&s, "Tab Tab Tab Enter");
  assert_string_equal(filter_now(&s), "4xx|5xx -host:cdn");
  screen_keys(&s, "f Ctrl-U Ctrl-R");
  screen_type(&s, "fail");
  screen_keys(&s, "Enter Enter");
  assert_string_equal(filter_now(&s), "failed");
  screen_keys(&s, ":");
  screen_type(&s, "filter forget bad");
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "bad is forgotten"));
  unlink(s.ui->presets.path);
  screen_close(&s);
  assert_int_equal(rmdir(folder), 0);
}

static void the_condition_tells_what_it_would_match(void **state) {
  struct screen s;
  (void)state;
  open_shop(&s, 120, 36);
  screen_keys(&s, "i");
  screen_golden(&s, "intercept_120x36");
  assert_true(screen_has(&s, "would match 1 of the 17 recorded"));
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, "POST");
  assert_true(screen_has(&s, "pauses requests"));
  assert_true(screen_has(&s, "would match 4 of the 17 recorded"));
  screen_keys(&s, "Ctrl-U");
  assert_true(screen_has(&s, "empty: nothing is paused"));
  screen_keys(&s, "Esc");
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(typed_live),
      cmocka_unit_test(in_little_room),
      cmocka_unit_test(kept_and_taken_back),
      cmocka_unit_test(narrowed_from_the_cursor),
      cmocka_unit_test(what_a_flow_has_not),
      cmocka_unit_test(completed),
      cmocka_unit_test(by_mouse),
      cmocka_unit_test(looked_up),
      cmocka_unit_test(by_name),
      cmocka_unit_test(the_condition_tells_what_it_would_match),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
