/* An intercept as text, and the list of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow_build.h"
#include "weir/base/clock.h"
#include "weir/base/slice.h"
#include "weir/rule/file.h"
#include "weir/rule/intercept.h"

static void words_behind_the_filter(void **state) {
  static const struct {
    const char *text, *condition;
    bool once;
    enum flow_pause_end end;
    uint64_t after;
  } cases[] = {
      {"~m POST", "~m POST", false, PAUSE_WAITS, 0},
      {" POST /login once ", "POST /login", true, PAUSE_WAITS, 0},
      {"POST after 30s send", "POST", false, PAUSE_SENDS, 30 * CLOCK_S},
      {"POST once after 500ms drop", "POST", true, PAUSE_DROPS, 500 * CLOCK_MS},
      {"POST after 2m 504 once", "POST", true, PAUSE_ANSWERS, 120 * CLOCK_S},
      {"POST after 2m wait", "POST", false, PAUSE_WAITS, 0},
      {"once", "once", false, PAUSE_WAITS, 0},
      {"~u once", "~u once", false, PAUSE_WAITS, 0},
      {"\"POST once\"", "\"POST once\"", false, PAUSE_WAITS, 0},
      {"(a once)", "(a once)", false, PAUSE_WAITS, 0},
      {"after send", "after send", false, PAUSE_WAITS, 0},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct rules *rules = rules_new();
    struct err err;
    assert_int_not_equal(intercept_add(rules, cases[i].text, &err), 0);
    const struct rule *x = intercept_nth(rules, 0);
    assert_string_equal(x->condition, cases[i].condition);
    assert_int_equal(x->once, cases[i].once);
    assert_int_equal(x->end, cases[i].end);
    assert_true(x->after == cases[i].after);
    rules_free(rules);
  }
}

static void wrong_texts(void **state) {
  static const struct {
    const char *text, *says;
    size_t at;
  } cases[] = {
      {"POST after 30s sned", "\"after\" wants a time and send, drop or 504", 15},
      {"POST after 30s", "\"after\" wants a time and send, drop or 504", 11},
      {"  ~u ( once", "", 5},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct rules *rules = rules_new();
    struct err err = ERR_INIT, same = ERR_INIT;
    assert_int_equal(intercept_add(rules, cases[i].text, &err), 0);
    assert_non_null(strstr(err.text, cases[i].says));
    assert_int_equal(err.at, cases[i].at);
    assert_false(intercept_check(slice_of(cases[i].text), NULL, NULL, &same));
    assert_string_equal(same.text, err.text);
    assert_int_equal(intercept_count(rules), 0);
    assert_false(intercept_enabled(rules));
    rules_free(rules);
  }
}

static void where_nobody_is_there_a_pause_has_an_end(void **state) {
  struct rules *rules = rules_new();
  struct err err = ERR_INIT;
  (void)state;
  intercept_unattended(rules);
  assert_false(intercept_set(rules, "POST once", &err));
  assert_non_null(strstr(err.text, "POST after 30s send"));
  assert_int_equal(rule_add(rules, "POST => pause responses", RULE_AT_END, &err), 0);
  assert_non_null(strstr(err.text, "pause after 30s send"));
  assert_false(rules_load(rules, SLICE("GET => block\nPOST => pause\n"), &err));
  assert_memory_equal(err.text, "2:", 2);
  assert_int_equal(rule_count(rules), 0);
  assert_true(intercept_set(rules, "POST once after 30s drop", &err));
  assert_int_not_equal(rule_add(rules, "PUT => pause after 1s 504", RULE_AT_END, &err), 0);
  assert_true(rules_load(rules, SLICE("GET => block\nPOST => pause after 2s send\n"), &err));
  assert_int_equal(intercept_count(rules), 3);
  rules_free(rules);
}

static void own_stands_first(void **state) {
  struct rules *rules = rules_new();
  (void)state;
  unsigned other = intercept_add(rules, "GET", NULL);
  assert_true(intercept_set(rules, "POST", NULL));
  assert_string_equal(intercept_condition(rules), "POST");
  assert_true(intercept_nth(rules, 0)->own);
  assert_int_equal(intercept_nth(rules, 1)->id, other);
  assert_true(intercept_set(rules, "", NULL));
  assert_string_equal(intercept_condition(rules), "");
  assert_int_equal(intercept_count(rules), 1);
  rules_free(rules);
}

static void off_together_and_by_themselves(void **state) {
  struct rules *rules = rules_new();
  (void)state;
  unsigned a = intercept_add(rules, "GET", NULL), b = intercept_add(rules, "POST", NULL);
  intercept_switch(rules, a, false);
  intercept_enable(rules, false);
  intercept_enable(rules, true);
  assert_false(rule_find(rules, a)->on);
  assert_true(rule_find(rules, b)->on);
  intercept_enable(rules, false);
  unsigned c = intercept_add(rules, "PUT", NULL);
  assert_true(intercept_enabled(rules));
  assert_false(rule_find(rules, b)->on);
  assert_true(rule_find(rules, c)->on);
  intercept_switch(rules, c, false);
  assert_false(intercept_enabled(rules));
  intercept_enable(rules, true); /* all were off by themselves: all come */
  assert_true(rule_find(rules, a)->on && rule_find(rules, b)->on && rule_find(rules, c)->on);
  rules_free(rules);
}

/* Of a rule that answers at once. */
static enum hook_verdict ask(struct rules *rules, enum hook_point point, struct flow *f, struct flow_pause **pause) {
  struct rules_inquiry *inquiry = NULL;
  struct rule_effects effects = {0};
  enum hook_verdict verdict = rules_ask(rules, point, f, 0, &inquiry, pause, &effects);
  assert_true((inquiry != NULL) == (verdict == HOOK_WANT_BODY));
  rules_forget(&inquiry);
  return verdict;
}

static void the_way_back(void **state) {
  struct rules *rules = rules_new();
  struct flow *f = flow_new();
  struct flow_pause *pause = NULL;
  (void)state;
  unsigned once = intercept_add(rules, "~all once", NULL), always = intercept_add(rules, "~all", NULL);
  struct rules *before = rules_copy(rules);
  assert_int_equal(ask(rules, HOOK_REQUEST_HEAD, f, &pause), HOOK_PAUSE);
  assert_true(pause->once);
  flow_set_pause(f, pause);
  assert_int_equal(ask(rules, HOOK_REQUEST_HEAD, f, &pause), HOOK_PAUSE);
  assert_false(pause->once);
  flow_set_pause(f, pause);
  intercept_remove(rules, always);
  rules_swap(rules, before);
  assert_null(rule_find(rules, once));
  assert_non_null(rule_find(rules, always));
  rules_swap(rules, before);
  assert_null(rule_find(rules, always));
  rules_free(before);
  rules_free(rules);
  flow_free(f);
}

/* ---- long bodies ---- */

#define LONG (1 << 20)

static struct flow *post(const char *last) {
  struct flow *f = flow_new();
  char *bytes = malloc(LONG);
  memset(bytes, 'x', LONG);
  memcpy(bytes + LONG - strlen(last), last, strlen(last));
  build_flow(f, "POST / HTTP/1.1\r\nHost: shop.test\r\n\r\n", NULL, NULL, NULL);
  build_body(&f->request.body, bytes, LONG);
  free(bytes);
  return f;
}

/* A deadline that is over lets it look at one part each time. Two flows are asked about in turn: neither makes the
 * other begin again. */
static void a_long_body_is_looked_through_in_steps(void **state) {
  struct rules *rules = rules_new();
  struct flow *f[] = {post("needle"), post("nothing")};
  struct rules_inquiry *inquiry[] = {NULL, NULL};
  struct rule_effects effects = {0};
  enum hook_verdict verdict[] = {HOOK_MORE, HOOK_MORE};
  struct flow_pause *pause = NULL;
  int steps = 0;
  (void)state;
  intercept_add(rules, "GET", NULL);
  intercept_add(rules, "~bq needle", NULL);
  assert_int_equal(ask(rules, HOOK_REQUEST_HEAD, f[0], &pause), HOOK_WANT_BODY);
  for (; verdict[0] == HOOK_MORE || verdict[1] == HOOK_MORE; steps++) {
    assert_true(steps < 1000);
    for (int i = 0; i < 2; i++)
      if (verdict[i] == HOOK_MORE)
        verdict[i] = rules_ask(rules, HOOK_REQUEST, f[i], 0, &inquiry[i], &pause, &effects);
  }
  assert_true(steps > 8);
  assert_int_equal(verdict[0], HOOK_PAUSE);
  assert_string_equal(pause->why, "~bq needle");
  assert_int_equal(verdict[1], HOOK_PASS);
  assert_true(!inquiry[0] && !inquiry[1]);
  assert_int_equal(intercept_nth(rules, 1)->hits, 1);
  flow_set_pause(f[0], pause);
  flow_free(f[0]);
  flow_free(f[1]);
  rules_free(rules);
}

/* What is asked meanwhile is another condition, or none. */
static void intercepts_change_while_a_body_is_looked_through(void **state) {
  struct rules *rules = rules_new();
  struct flow *f = post("needle");
  struct rules_inquiry *inquiry = NULL;
  struct rule_effects effects = {0};
  struct flow_pause *pause = NULL;
  (void)state;
  unsigned id = intercept_add(rules, "~bq needle", NULL);
  assert_int_equal(rules_ask(rules, HOOK_REQUEST, f, 0, &inquiry, &pause, &effects), HOOK_MORE);
  intercept_change(rules, id, "~bq other", NULL);
  assert_int_equal(rules_ask(rules, HOOK_REQUEST, f, UINT64_MAX, &inquiry, &pause, &effects), HOOK_PASS);
  intercept_change(rules, id, "~bq needle", NULL);
  assert_int_equal(rules_ask(rules, HOOK_REQUEST, f, 0, &inquiry, &pause, &effects), HOOK_MORE);
  intercept_switch(rules, id, false);
  assert_int_equal(rules_ask(rules, HOOK_REQUEST, f, UINT64_MAX, &inquiry, &pause, &effects), HOOK_PASS);
  intercept_switch(rules, id, true);
  assert_int_equal(rules_ask(rules, HOOK_REQUEST, f, 0, &inquiry, &pause, &effects), HOOK_MORE);
  intercept_remove(rules, id);
  assert_int_equal(rules_ask(rules, HOOK_REQUEST, f, 0, &inquiry, &pause, &effects), HOOK_PASS);
  assert_null(inquiry);
  flow_free(f);
  rules_free(rules);
}

static void there_is_a_most(void **state) {
  struct rules *rules = rules_new();
  struct err err = ERR_INIT;
  (void)state;
  for (int i = 0; i < INTERCEPTS_MAX; i++)
    assert_int_not_equal(intercept_add(rules, "GET", NULL), 0);
  assert_int_equal(intercept_add(rules, "GET", &err), 0);
  assert_string_equal(err.text, "there are 100 intercepts already");
  assert_false(intercept_set(rules, "GET", &err));
  rules_free(rules);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(words_behind_the_filter),
      cmocka_unit_test(wrong_texts),
      cmocka_unit_test(where_nobody_is_there_a_pause_has_an_end),
      cmocka_unit_test(own_stands_first),
      cmocka_unit_test(off_together_and_by_themselves),
      cmocka_unit_test(the_way_back),
      cmocka_unit_test(a_long_body_is_looked_through_in_steps),
      cmocka_unit_test(intercepts_change_while_a_body_is_looked_through),
      cmocka_unit_test(there_is_a_most),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
