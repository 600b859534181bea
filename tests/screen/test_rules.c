/* Rules on the screen: made from a flow, in their list, tried on what is recorded, and seen on what they touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "screen.h"
#include "ui/ui_state.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/rule/file.h"

#define FOO   "GET http://shop.test/api/foo HTTP/1.1\r\nHost: shop.test\r\n\r\n"
#define REPLY "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static const struct rule *nth(const struct screen *s, size_t i) {
  const struct rule *r = rule_nth(s->w.rules, i);
  assert_non_null(r);
  return r;
}

static void add(struct screen *s, const char *text) {
  struct err err = ERR_INIT;
  if (rule_add(s->w.rules, text, RULE_AT_END, &err) == 0)
    fail_msg("%s: %s", text, err.text);
}

/* Some of every kind, over the flows of the shop. */
static void shop(struct screen *s, int width, int height) {
  screen_open(s, width, height);
  screen_shop(s);
  add(s, "[foo-500] GET host:api path:/api/foo next 3 => answer 500 application/json {\"error\":\"x\"}");
  assert_int_not_equal(intercept_add(s->w.rules, "POST path:/api/cart", NULL), 0);
  add(s, "[slow cdn] off host:cdn.shop.test => delay 2s +-200ms");
  add(s, "[debug] => set X-Debug: 1");
  add(s, "path:/login chance 20% => block");
  ui_dirty(s->ui);
  screen_turn(s);
}

/* ---- the list ---- */

static void list_of_rules(void **state) {
  struct screen s;
  (void)state;
  shop(&s, 120, 36);
  screen_keys(&s, "F5");
  screen_golden(&s, "rules_120x36");
  screen_keys(&s, "j j j");
  assert_has(&s, "rule 4 would have matched");
  terminal_fake_resize(s.t, 80, 24);
  screen_golden(&s, "rules_80x24");
  terminal_fake_resize(s.t, 40, 10);
  screen_golden(&s, "rules_40x10");
  screen_close(&s);
}

/* Its process while it runs, and why it does not where it fell. */
static void workers_of_rules(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 24);
  add(&s, "GET => pipe worker read x; echo '{\"id\":1,\"answer\":{\"body\":\"ok\"}}'; read y; "
          "printf 'no such \\033[1mthing\\n' >&2; exit 3");
  add(&s, "=> pipe cat");
  screen_keys(&s, "F5");
  assert_has(&s, "asked from top to bottom"); /* it begins with its first message */
  struct peer *c = screen_client(&s);
  screen_send(&s, c, FOO);
  screen_until(&s, "its worker is process");
  screen_until(&s, ", 1 answered");
  assert_true(screen_got(&s, c, "\r\n\r\nok"));
  assert_has(&s, ">   1  [x]");
  screen_send(&s, c, FOO);
  screen_until(&s, "its worker ended with status 3 (no such ");
  assert_has(&s, "thing); the next message starts it again");
  assert_has(&s, ">   1  [!]");
  screen_keys(&s, "j");
  assert_has(&s, "asked from top to bottom");
  screen_keys(&s, "k Space"); /* switched off it is as if it had never been */
  assert_has(&s, ">   1  [ ]");
  assert_has(&s, "asked from top to bottom");
  screen_close(&s);
}

static void empty_list(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  screen_keys(&s, "g u");
  assert_has(&s, "no rules: traffic passes as it comes");
  screen_keys(&s, "Space");
  assert_has(&s, "there is no rule yet");
  screen_keys(&s, "0");
  assert_has(&s, "there is no rule yet");
  screen_close(&s);
}

static void switching(void **state) {
  struct screen s;
  (void)state;
  shop(&s, 120, 36);
  assert_has(&s, "rules 4");
  screen_keys(&s, "F5 Space");
  assert_false(nth(&s, 0)->on);
  assert_has(&s, "rule 1 off: foo-500");
  screen_keys(&s, "3");
  assert_true(nth(&s, 2)->on);
  screen_keys(&s, "2");
  assert_false(nth(&s, 1)->on); /* the intercept */
  screen_keys(&s, "9");
  assert_has(&s, "there is no rule 9");
  screen_keys(&s, "u u u");
  assert_true(nth(&s, 0)->on && nth(&s, 1)->on && !nth(&s, 2)->on);
  screen_keys(&s, "Ctrl-R");
  assert_false(nth(&s, 0)->on);
  screen_close(&s);
}

/* Off together; one that is switched on then is alone in force. */
static void all_off(void **state) {
  struct screen s;
  (void)state;
  shop(&s, 120, 36);
  screen_keys(&s, "F5 0");
  assert_false(rules_enabled(s.w.rules));
  assert_has(&s, "rules off");
  assert_has(&s, "all rules are off: 0 switches them on");
  screen_keys(&s, "4");
  assert_true(rules_enabled(s.w.rules));
  assert_true(nth(&s, 3)->on);
  assert_false(nth(&s, 0)->on);
  assert_true(nth(&s, 1)->on); /* an intercept has a switch of its own */
  screen_keys(&s, "u u");
  assert_true(rules_enabled(s.w.rules));
  assert_true(nth(&s, 0)->on);
  screen_close(&s);
}

static void moving_and_taking_out(void **state) {
  struct screen s;
  (void)state;
  shop(&s, 120, 36);
  screen_keys(&s, "F5 J J");
  assert_string_equal(nth(&s, 2)->name, "foo-500");
  assert_has(&s, "rule 3 now");
  screen_keys(&s, "K");
  assert_string_equal(nth(&s, 1)->name, "foo-500");
  screen_keys(&s, "g g K");
  assert_has(&s, "it is the first");
  screen_keys(&s, "G d");
  assert_int_equal(rule_count(s.w.rules), 4);
  assert_has(&s, "u brings it back");
  screen_keys(&s, "u");
  assert_int_equal(rule_count(s.w.rules), 5);
  screen_keys(&s, "u u u");
  assert_string_equal(nth(&s, 0)->name, "foo-500");
  screen_close(&s);
}

static void changing(void **state) {
  struct screen s;
  (void)state;
  shop(&s, 120, 36);
  s.ui->rules_as_text = true;
  screen_keys(&s, "F5 Enter");
  assert_has(&s, "rule: [foo-500] GET host:api path:/api/foo next 3 => answer 500");
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, "path:/x => answer 404");
  screen_keys(&s, "Enter");
  assert_string_equal(nth(&s, 0)->action, "answer 404");
  screen_keys(&s, "j e"); /* the intercept has its own line */
  assert_has(&s, "intercept: POST path:/api/cart");
  screen_keys(&s, "Esc c");
  screen_type(&s, "path:/y => nothing");
  assert_has(&s, "\"nothing\" is no action");
  screen_keys(&s, "Enter");
  assert_int_equal(rule_count(s.w.rules), 5);
  screen_keys(&s, "Ctrl-W");
  screen_type(&s, "pass");
  screen_keys(&s, "Ctrl-S");
  assert_int_equal(rule_count(s.w.rules), 6);
  assert_string_equal(nth(&s, 5)->action, "pass");
  screen_close(&s);
}

static void trying_on_a_flow(void **state) {
  struct screen s;
  (void)state;
  shop(&s, 120, 36);
  assert_true(rule_change(s.w.rules, nth(&s, 2)->id, "off host:api.shop.test => delay 2s", NULL));
  add(&s, "path:/login => block"); /* 5 is taken now and then only, so it ends nothing for sure */
  add(&s, "path:/login => answer 500");
  screen_keys(&s, "7 G F5 t");
  assert_has(&s, "#7: rule 4, 5, 6 would act; 3 would, but off; 7 behind one that ends the list");
  screen_golden(&s, "rules_test_120x36");
  screen_keys(&s, "t");
  assert_has(&s, "the signs are gone");
  screen_close(&s);
}

/* ---- from a flow ---- */

static void menu_and_prompt(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "6 G M");
  screen_golden(&s, "rule_menu_120x36");
  s.ui->rules_as_text = true;
  screen_keys(&s, "m");
  screen_golden(&s, "rule_mock_120x36");
  screen_keys(&s, "Esc M h");
  screen_golden(&s, "rule_header_120x36");
  terminal_fake_resize(s.t, 80, 24);
  screen_keys(&s, "Esc M m");
  screen_golden(&s, "rule_mock_80x24");
  screen_close(&s);
}

/* A rule for a CONNECT would not see what is asked in its tunnel. */
static void of_a_tunnel_its_host_is_offered(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  struct flow *f = screen_flow(&s, &(struct script){.method = "CONNECT", .host = "gone.test", .port = 443, .path = ""});
  f->kind = FLOW_TUNNEL;
  screen_fail(&s, f, ERROR_NAME, "gone.test: name not known");
  screen_keys(&s, "G M m");
  assert_has(&s, "[x] host      gone.test:443");
  assert_true(screen_has(&s, "[ ] method"));
  screen_keys(&s, "Esc B");
  assert_has(&s, "host=gone.test:443");
  assert_false(screen_has(&s, "CONNECT host=gone.test"));
  const struct rule *r = rule_nth(s.w.rules, 0);
  assert_non_null(r);
  assert_string_equal(r->condition, "host=gone.test:443");
  screen_close(&s);
}

/* What is offered may be typed over, or kept and moved in. */
static void what_is_offered(void **state) {
  static const struct {
    const char *keys, *typed, *action;
  } cases[] = {
      {"M d", "", "delay 1s"},
      {"M d", "300ms", "delay 300ms"},
      {"M h", "X-A: 1", "set X-A: 1"},
      {"M s", "\"old\" \"new\"", "replace response body \"old\" \"new\""},
      {"M b", "", "block close"},
      {"M b", "reset", "block reset"},
      {"M r", "http://127.0.0.1:81", "send-to http://127.0.0.1:81"},
      {"M t", "edge", "throttle edge"},
      {"M p", "", "pass"},
      {"M m", "404", "answer 404"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct screen s;
    (void)state;
    screen_open(&s, 120, 36);
    screen_shop(&s);
    screen_keys(&s, "1 G");
    screen_keys(&s, cases[i].keys);
    screen_type(&s, cases[i].typed);
    screen_keys(&s, "Enter");
    assert_has(&s, "rule 1 is on");
    assert_true(slice_starts(slice_of(nth(&s, 0)->action), slice_of(cases[i].action)));
    assert_non_null(strstr(nth(&s, 0)->condition, "host="));
    screen_keys(&s, "u");
    assert_int_equal(rule_count(s.w.rules), 0);
    screen_close(&s);
  }
}

/* What stands above may have the last word: that is said at once. */
static void behind_another(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "6 G M m Enter");
  assert_has(&s, "rule 1 is on (F5");
  screen_keys(&s, "M m");
  screen_type(&s, "404");
  screen_keys(&s, "Enter");
  assert_has(&s, "rule 2 is on, but rule 1 above it has the last word here");
  screen_close(&s);
}

static void reach(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  s.ui->rules_as_text = true;
  screen_keys(&s, "6 G M d Alt-H");
  assert_has(&s, "rule: host=");
  screen_keys(&s, "Alt-A");
  assert_has(&s, "rule: * => delay 1s");
  screen_keys(&s, "Alt-A");
  assert_has(&s, " path=");
  screen_keys(&s, "Alt-A");
  screen_type(&s, "5s"); /* what was offered is still there to be typed over */
  screen_keys(&s, "Enter");
  assert_string_equal(nth(&s, 0)->condition, "");
  assert_string_equal(nth(&s, 0)->action, "delay 5s");
  screen_close(&s);
}

static void completion(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  s.ui->rules_as_text = true;
  screen_keys(&s, "F5 c");
  screen_type(&s, "meth");
  screen_keys(&s, "Tab");
  assert_has(&s, "rule: method:");
  screen_type(&s, "GET => thr");
  screen_keys(&s, "Tab");
  assert_has(&s, "rule: method:GET => throttle ");
  screen_type(&s, "sat");
  screen_keys(&s, "Tab Enter");
  assert_string_equal(nth(&s, 0)->action, "throttle satellite");
  screen_keys(&s, "c");
  screen_type(&s, "=> set User-A");
  screen_keys(&s, "Tab");
  assert_has(&s, "rule: => set User-Agent: ");
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, "=> remove response Serv");
  screen_keys(&s, "Tab Enter");
  assert_string_equal(nth(&s, 1)->action, "remove response Server");
  screen_keys(&s, "c"); /* a line of the table is switched by a click on its sign */
  screen_keys(&s, "Esc mouse:1,8,3");
  assert_false(nth(&s, 0)->on);
  screen_close(&s);
}

static void by_command(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, ":");
  screen_type(&s, "rule [foo] path:/foo => answer 204");
  screen_keys(&s, "Enter");
  assert_string_equal(nth(&s, 0)->name, "foo");
  assert_has(&s, "rules 1");
  screen_keys(&s, ":");
  screen_type(&s, "rules off");
  screen_keys(&s, "Enter");
  assert_false(rules_enabled(s.w.rules));
  assert_has(&s, "rules off");
  screen_keys(&s, ":");
  screen_type(&s, "rules on");
  screen_keys(&s, "Enter");
  assert_true(rules_enabled(s.w.rules));
  screen_keys(&s, ":");
  screen_type(&s, "rule path:/foo => answr 204");
  screen_keys(&s, "Enter");
  assert_has(&s, "\"answr\" is no action: answer?");
  screen_close(&s);
}

/* ---- what they touched ---- */

/* A file that is saved changes the rules behind the person's back: that is said, and can be taken back. */
static void the_file_was_saved(void **state) {
  struct screen s;
  struct err err = ERR_INIT;
  (void)state;
  shop(&s, 120, 36);
  screen_keys(&s, "F5");
  s.w.on_rules(s.w.on_rules_arg, true, NULL);
  assert_true(rules_load(s.w.rules, SLICE("[file] => pass\n"), &err));
  s.w.on_rules(s.w.on_rules_arg, true, "read x.rules again: 6 rules");
  screen_turn(&s);
  assert_has(&s, "read x.rules again: 6 rules");
  assert_int_equal(rule_count(s.w.rules), 6);
  s.w.on_rules(s.w.on_rules_arg, true, NULL);
  s.w.on_rules(s.w.on_rules_arg, false, "x.rules:1:1: wrong; what was read before stays in force");
  screen_turn(&s);
  assert_has(&s, "x.rules:1:1: wrong");
  screen_keys(&s, "u");
  assert_int_equal(rule_count(s.w.rules), 5);
  screen_close(&s);
}

/* What it changed itself is no reason not to have matched. */
static void matched_before_it_acted(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  add(&s, "host:shop.test => send-to http://other.test/x");
  add(&s, "header:X-Id => remove X-Id");
  struct peer *c = screen_client(&s);
  screen_send(&s, c, "GET http://shop.test/api/foo HTTP/1.1\r\nHost: shop.test\r\nX-Id: 7\r\n\r\n");
  screen_send(&s, &s.server[0], REPLY);
  assert_true(screen_got(&s, c, "ok"));
  screen_send(&s, c, "GET http://third.test/ HTTP/1.1\r\nHost: third.test\r\n\r\n");
  screen_keys(&s, "F5");
  assert_has(&s, "rule 1 would have matched 1 of the 2");
  screen_keys(&s, "j");
  assert_has(&s, "rule 2 would have matched 1 of the 2");
  screen_keys(&s, "F2 f");
  screen_type(&s, "host:shop.test");
  assert_has(&s, "1 of 2 flows match");
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, "host:other.test");
  assert_has(&s, "1 of 2 flows match");
  screen_keys(&s, "Ctrl-U");
  screen_type(&s, "-host:shop.test");
  assert_has(&s, "1 of 2 flows match");
  assert_has(&s, "third.test");
  screen_close(&s);
}

static void seen_on_a_flow(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  add(&s, "[foo] path:/api/foo => answer 500 text/plain boom");
  add(&s, "[debug] path:/login => set X-Debug: 1");
  add(&s, "[quiet] path:/login => set response X-Quiet: 1");
  struct peer *c = screen_client(&s);
  screen_send(&s, c, FOO);
  assert_true(screen_got(&s, c, "boom"));
  screen_send(&s, c, "GET http://shop.test/login HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  screen_send(&s, &s.server[0], REPLY);
  assert_true(screen_got(&s, c, "X-Quiet: 1"));
  screen_send(&s, c, "GET http://shop.test/ HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  screen_send(&s, &s.server[0], REPLY);
  screen_keys(&s, "g g");
  assert_has(&s, "rule foo");
  assert_has(&s, "rules debug, quiet");
  assert_has(&s, "answered by a rule, no server was asked");
  screen_keys(&s, "j Enter Tab");
  assert_has(&s, "Original [Sent]");
  assert_has(&s, "+ X-Debug   1");
  screen_keys(&s, "O");
  assert_has(&s, "[Original] Sent");
  screen_keys(&s, "D");
  assert_has(&s, "as it came");
  assert_has(&s, "3 lines differ: 2 request, 1 response");
  assert_has(&s, "+ X-Debug: 1");
  screen_keys(&s, "~");
  assert_has(&s, "- X-Debug: 1");
  screen_keys(&s, "q");
  screen_keys(&s, "q f");
  screen_type(&s, "rule:debug");
  screen_keys(&s, "Enter");
  assert_has(&s, "flows 1/3");
  screen_keys(&s, "f Ctrl-U");
  screen_type(&s, "ruled");
  screen_keys(&s, "Enter");
  assert_has(&s, "flows 2/3");
  screen_keys(&s, "f Ctrl-U");
  screen_type(&s, "mocked");
  screen_keys(&s, "Enter");
  assert_has(&s, "flows 1/3");
  screen_close(&s);
}

/* What was not recorded is counted where the rule stands, and listed by a word of the filter. */
static void what_a_mock_missed(void **state) {
  struct screen s;
  struct err err = ERR_INIT;
  struct rules_inquiry *inquiry = NULL;
  struct rule_effects effects = {0};
  struct flow_pause *pause = NULL;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  assert_true(rule_add(s.w.rules, "[mock] * => recorded else 504", RULE_AT_END, &err) > 0);
  struct flow *f = store_get(s.w.store, 6);
  rules_ask(s.w.rules, HOOK_REQUEST_HEAD, f, UINT64_MAX, &inquiry, &pause, &effects);
  rules_forget(&inquiry);
  rule_effects_clear(&effects);
  store_touch(s.w.store, f, FLOW_CHANGED_NOTE);
  screen_keys(&s, "F5");
  assert_has(&s, "and missed 1 (filter: missed)");
  screen_keys(&s, "F2 f");
  screen_type(&s, "missed");
  screen_keys(&s, "Enter");
  assert_has(&s, "flows 1/");
  screen_close(&s);
}

static void signs_in_the_list(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  struct flow *mocked = store_get(s.w.store, 6), *changed = store_get(s.w.store, 7);
  mocked->by_rule = true;
  mocked->rule_says = mem_dup("./x.json: no such file");
  flow_add_rule(mocked, "foo");
  flow_add_rule(changed, "debug");
  flow_add_rule(changed, "answer 200 application/json {\"a\":\"long one that nobody named\"}");
  screen_keys(&s, "6 G");
  screen_golden(&s, "rule_signs_120x36");
  screen_keys(&s, "Enter");
  screen_golden(&s, "rule_signs_detail_120x36");
  assert_has(&s, "answered by a rule, no server was asked; ./x.json: no such file");
  s.ui->canvas.ascii = true;
  screen_keys(&s, "q k");
  assert_has(&s, " f     6 ");
  screen_close(&s);
}

static void written_to_a_file(void **state) {
  struct screen s;
  char *text;
  size_t n;
  (void)state;
  shop(&s, 120, 36);
  unlink("build/tmp/rules_screen.rules");
  screen_keys(&s, "F5 w s Ctrl-U");
  screen_type(&s, "build/tmp/rules_screen.rules");
  screen_keys(&s, "Enter");
  assert_has(&s, "written to build/tmp/rules_screen.rules");
  assert_true(path_read("build/tmp/rules_screen.rules", 10000, &text, &n, NULL));
  assert_true(
      slice_eq(slice_make(text, n),
               SLICE("[foo-500] GET host:api path:/api/foo next 3 => answer 500 application/json {\"error\":\"x\"}\n"
                     "POST path:/api/cart => pause\n"
                     "[slow cdn] off host:cdn.shop.test => delay 2s +-200ms\n"
                     "[debug] * => set X-Debug: 1\n"
                     "path:/login chance 20% => block\n")));
  /* Read as the file of --rules it is, each of them stands once, and what it had counted stays. */
  unsigned id = nth(&s, 3)->id, intercept = nth(&s, 1)->id;
  assert_true(rules_load(s.w.rules, slice_make(text, n), NULL));
  assert_int_equal(rule_count(s.w.rules), 5);
  assert_non_null(rule_find(s.w.rules, id));
  assert_true(rule_find(s.w.rules, id)->from_file);
  assert_string_equal(rule_find(s.w.rules, intercept)->action, "pause");
  assert_true(rules_load(s.w.rules, SLICE(""), NULL));
  assert_int_equal(rule_count(s.w.rules), 0);
  free(text);
  unlink("build/tmp/rules_screen.rules");
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(list_of_rules),
      cmocka_unit_test(workers_of_rules),
      cmocka_unit_test(empty_list),
      cmocka_unit_test(switching),
      cmocka_unit_test(all_off),
      cmocka_unit_test(moving_and_taking_out),
      cmocka_unit_test(changing),
      cmocka_unit_test(trying_on_a_flow),
      cmocka_unit_test(menu_and_prompt),
      cmocka_unit_test(what_is_offered),
      cmocka_unit_test(of_a_tunnel_its_host_is_offered),
      cmocka_unit_test(behind_another),
      cmocka_unit_test(reach),
      cmocka_unit_test(completion),
      cmocka_unit_test(by_command),
      cmocka_unit_test(written_to_a_file),
      cmocka_unit_test(matched_before_it_acted),
      cmocka_unit_test(the_file_was_saved),
      cmocka_unit_test(seen_on_a_flow),
      cmocka_unit_test(what_a_mock_missed),
      cmocka_unit_test(signs_in_the_list),
  };
  return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
