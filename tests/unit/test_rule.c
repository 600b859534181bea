/* Rules as text, and the list of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow_build.h"
#include "weir/rule/intercept.h"

static void reads_rules(void **state) {
  static const struct {
    const char *text, *name, *condition, *action;
    enum rule_kind kind;
    bool response, on;
    enum rule_limit limit;
    uint32_t limit_n, seed;
  } cases[] = {
      {"path:/x => set X-A: 1", "set X-A: 1", "path:/x", "set X-A: 1", RULE_HEADER, false, true, LIMIT_NONE, 0, 0},
      {"  [ foo bar ]  GET  =>  block ", "foo bar", "GET", "block", RULE_BLOCK, false, true, LIMIT_NONE, 0, 0},
      {"off GET => block", "block", "GET", "block", RULE_BLOCK, false, false, LIMIT_NONE, 0, 0},
      {"[a] off * => block", "a", "", "block", RULE_BLOCK, false, false, LIMIT_NONE, 0, 0},
      {"=> pass", "pass", "", "pass", RULE_PASS, false, true, LIMIT_NONE, 0, 0},
      {"off => pass", "pass", "off", "pass", RULE_PASS, false, true, LIMIT_NONE, 0, 0},
      {"GET next 3 => block", "block", "GET", "block", RULE_BLOCK, false, true, LIMIT_NEXT, 3, 0},
      {"GET once => block", "block", "GET", "block", RULE_BLOCK, false, true, LIMIT_NEXT, 1, 0},
      {"GET every 5 => block", "block", "GET", "block", RULE_BLOCK, false, true, LIMIT_EVERY, 5, 0},
      {"GET chance 20% => block", "block", "GET", "block", RULE_BLOCK, false, true, LIMIT_CHANCE, 200000, 0},
      {"GET chance 0.5% seed 7 => block", "block", "GET", "block", RULE_BLOCK, false, true, LIMIT_CHANCE, 5000, 7},
      {"next 3 => block", "block", "", "block", RULE_BLOCK, false, true, LIMIT_NEXT, 3, 0},
      {"\"a => b\" => block", "block", "\"a => b\"", "block", RULE_BLOCK, false, true, LIMIT_NONE, 0, 0},
      {"a => answer 200 text/plain b => c", "answer 200 text/plain b => c", "a", "answer 200 text/plain b => c",
       RULE_ANSWER, false, true, LIMIT_NONE, 0, 0},
      {"5xx => answer 200", "answer 200", "5xx", "answer 200", RULE_ANSWER, true, true, LIMIT_NONE, 0, 0},
      {"=> set response A: b", "set response A: b", "", "set response A: b", RULE_HEADER, true, true, LIMIT_NONE, 0, 0},
      {"404 => set A: b", "set A: b", "404", "set A: b", RULE_HEADER, true, true, LIMIT_NONE, 0, 0},
      {"POST => pause once after 30s drop", "pause once after 30s drop", "POST", "pause once after 30s drop",
       RULE_PAUSE, false, true, LIMIT_NONE, 0, 0},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct rules *rules = rules_new();
    struct err err = ERR_INIT;
    if (!rule_add(rules, cases[i].text, RULE_AT_END, &err))
      fail_msg("%s: %s", cases[i].text, err.text);
    const struct rule *r = rule_nth(rules, 0);
    assert_string_equal(r->text, cases[i].text);
    assert_string_equal(r->name, cases[i].name);
    assert_string_equal(r->condition, cases[i].condition);
    assert_string_equal(r->action, cases[i].action);
    assert_int_equal(r->kind, cases[i].kind);
    assert_int_equal(r->response, cases[i].response);
    assert_int_equal(r->on, cases[i].on);
    assert_int_equal(r->limit, cases[i].limit);
    assert_int_equal(r->limit_n, cases[i].limit_n);
    assert_int_equal(r->seed, cases[i].seed);
    assert_true(rule_check(slice_of(cases[i].text), NULL));
    rules_free(rules);
  }
}

static void wrong_rules(void **state) {
  static const struct {
    const char *text, *says;
    size_t at;
  } cases[] = {
      {"GET /x", "a rule is FILTER => ACTION", 6},
      {"GET =>", "what is to be done?", 6},
      {"GET => blok", "\"blok\" is no action: block?", 7},
      {"( => block", "", 0},
      {"[] GET => block", "a name stands in brackets", 0},
      {"[a GET => block", "a name stands in brackets", 0},
      {"GET => set X-A", "a field is NAME: VALUE", 11},
      {"GET => set X A: 1", "\"X A\" is no field name", 11},
      {"GET => set Content-Length: 1", "weir itself sees to Content-Length", 11},
      {"GET => answer 99", "a status has three digits", 14},
      {"GET => answer 101", "a status has three digits", 14},
      {"GET => replace body foo bar", "stands in quotes or as /regex/", 20},
      {"GET => replace body \"a", "the closing \" is missing", 20},
      {"GET => replace body /a(/ \"\"", "", 23},
      {"GET => replace body /a/ \"$1\"", "$1", 21},
      {"GET => replace foo \"a\" \"b\"", "replace where?", 15},
      {"GET => delay", "a time of up to an hour", 12},
      {"GET => delay 2s 1s", "+-TIME", 16},
      {"GET => throttle fast", "a rate is bytes a second", 16},
      {"GET => send-to ftp://a/", "http:// or https://", 15},
      {"GET => redirect https://{hots}/", "behind { stands one of {scheme}", 24},
      {"GET err => block", "known only when the flow has ended", 0},
      {"error:dns => set X: 1", "known only when the flow has ended", 0},
      {"err body:x => tag e", "together with a body", 0},
      {"GET => redirect 200 http://a/", "from 300 to 399", 16},
      {"GET => pass now", "stands alone", 12},
      {"GET => pause soon", "behind \"pause\"", 13},
      {"GET => answer 200 a\rb", "a control byte", 19},
      {"# => pass", "begins a comment", 0},
      {"=> answer 200 a\\", "a backslash at the end", 15},
      {"404 => send-to http://a/", "the filter asks for a response", 7},
      {"404 => set request X-A: 1", "the filter asks for a response", 7},
      {"404 => delay request 1s", "the filter asks for a response", 7},
      {"GET => sticky-cookie a", "stands alone", 21},
      {"404 => sticky-cookie", "the filter asks for a response", 7},
      {"GET => recorded bdy", "recorded [in-order|once] [body]", 16},
      {"GET => recorded header", "which header?", 22},
      {"GET => recorded else 99", "a status has three digits", 21},
      {"GET => pipe", "through which command?", 11},
      {"GET => pipe worker", "through which command? pipe worker ./fix.py", 18},
      {"404 => pipe request cat", "the filter asks for a response", 7},
      {"GET => tag", "a tag is one word", 10},
      {"GET => tag a b", "a tag is one word", 13},
      {"GET => colour pink", "one of red green", 14},
      {"GET => fault", "which fault?", 12},
      {"GET => fault melt 3", "which fault?", 13},
      {"GET => fault reset", "how many bytes?", 18},
      {"GET => fault drip 0 1s", "one byte at least", 13},
      {"GET => fault drip 10", "the time between", 20},
      {"GET => fault length 5", "by how much", 20},
      {"GET => fault flip 5 6", "nothing stands behind", 20},
      {"404 => fault request reset 5", "the filter asks for a response", 7},
      {"GET chance 200% => block", "how often it acts", 4},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct rules *rules = rules_new();
    struct err err = ERR_INIT;
    if (rule_add(rules, cases[i].text, RULE_AT_END, &err))
      fail_msg("%s: taken", cases[i].text);
    if (!strstr(err.text, cases[i].says) || (cases[i].at && err.at != cases[i].at))
      fail_msg("%s: at %zu: %s", cases[i].text, err.at, err.text);
    assert_int_equal(rule_count(rules), 0);
    rules_free(rules);
  }
}

static unsigned added(struct rules *rules, const char *text) {
  struct err err = ERR_INIT;
  unsigned id = rule_add(rules, text, RULE_AT_END, &err);
  if (!id)
    fail_msg("%s: %s", text, err.text);
  return id;
}

/* Asks about a request whose head is there; how many bytes the names of the rules that acted take. */
static const char *asked(struct rules *rules, struct flow *f) {
  struct rules_inquiry *inquiry = NULL;
  struct rule_effects effects = {0};
  struct flow_pause *pause = NULL;
  free(f->touched);
  f->touched = NULL;
  assert_int_equal(rules_ask(rules, HOOK_REQUEST_HEAD, f, UINT64_MAX, &inquiry, &pause, &effects), HOOK_PASS);
  assert_null(inquiry);
  rule_effects_clear(&effects);
  return f->touched ? f->touched : "";
}

static void order_and_switches(void **state) {
  struct rules *rules = rules_new();
  struct flow *f = build_get("/x");
  (void)state;
  unsigned a = added(rules, "[a] => delay 1s"), b = added(rules, "[b] => delay 1s"), c = added(rules, "[c] => pass"),
           d = added(rules, "[d] => delay 1s");
  assert_string_equal(asked(rules, f), "a\nb\nc");
  assert_false(rule_move(rules, a, -1));
  assert_true(rule_move(rules, a, 1));
  assert_string_equal(asked(rules, f), "b\na\nc");
  rule_switch(rules, b, false);
  assert_string_equal(asked(rules, f), "a\nc");
  rule_switch(rules, c, false);
  assert_string_equal(asked(rules, f), "a\nd");
  rules_enable(rules, false);
  assert_string_equal(asked(rules, f), "");
  rules_enable(rules, true);
  rule_remove(rules, a);
  assert_string_equal(asked(rules, f), "d");
  assert_int_equal(rule_find(rules, d)->hits, 2);
  assert_true(rule_change(rules, d, "[e] => delay 2s", NULL));
  assert_string_equal(asked(rules, f), "e");
  assert_int_equal(rule_find(rules, d)->hits, 3);
  assert_false(rule_change(rules, d, "[e] => dely 2s", NULL));
  assert_string_equal(asked(rules, f), "e");
  assert_false(rule_change(rules, a, "=> pass", NULL));
  flow_free(f);
  rules_free(rules);
}

static unsigned taken(struct rules *rules, struct flow *f, int times) {
  unsigned pattern = 0;
  for (int i = 0; i < times; i++)
    pattern = pattern << 1 | (*asked(rules, f) != '\0');
  return pattern;
}

static void limits(void **state) {
  struct flow *f = build_get("/x");
  (void)state;
  struct rules *rules = rules_new();
  unsigned id = added(rules, "next 3 => delay 1s");
  assert_int_equal(taken(rules, f, 5), 0x1c);
  assert_false(rule_find(rules, id)->on);
  rule_switch(rules, id, true);
  assert_int_equal(taken(rules, f, 5), 0x1c);
  assert_int_equal(rule_find(rules, id)->hits, 6);
  rules_free(rules);

  rules = rules_new();
  added(rules, "every 3 => delay 1s");
  assert_int_equal(taken(rules, f, 6), 0x09);
  rules_free(rules);

  unsigned first = 0;
  for (int seed = 1; seed <= 3; seed++) { /* the same seed draws the same, another one something else */
    rules = rules_new();
    added(rules, seed < 3 ? "chance 50% seed 9 => delay 1s" : "chance 50% seed 10 => delay 1s");
    unsigned drawn = taken(rules, f, 30);
    assert_true(drawn != 0 && drawn != (1u << 30) - 1);
    if (seed == 1)
      first = drawn;
    else
      assert_true((drawn == first) == (seed == 2));
    rules_free(rules);
  }
  rules = rules_new(); /* without one each draws by its own words */
  added(rules, "[a] chance 50% => tag a");
  unsigned drawn = taken(rules, f, 30);
  rules_free(rules);
  rules = rules_new();
  added(rules, "[b] chance 50% => tag b");
  assert_int_not_equal(taken(rules, f, 30), drawn);
  rules_free(rules);
  flow_free(f);
}

/* What was taken out comes back with its switches; what was counted stays counted. */
static void the_way_back(void **state) {
  struct flow *f = build_get("/x");
  struct rules *rules = rules_new();
  (void)state;
  unsigned a = added(rules, "[a] => delay 1s"), p = added(rules, "POST => pause");
  rule_switch(rules, a, false);
  struct rules *before = rules_copy(rules);
  rule_switch(rules, a, true);
  rule_remove(rules, p);
  assert_string_equal(asked(rules, f), "a");
  rules_swap(rules, before);
  assert_int_equal(rule_count(rules), 2);
  assert_false(rule_find(rules, a)->on);
  assert_int_equal(rule_find(rules, a)->hits, 1);
  assert_true(rule_find(rules, p)->kind == RULE_PAUSE && rule_find(rules, p)->on);
  assert_string_equal(asked(rules, f), "");
  rules_swap(rules, before);
  assert_int_equal(rule_count(rules), 1);
  assert_string_equal(asked(rules, f), "a");
  rules_free(before);
  rules_free(rules);
  flow_free(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_rules), cmocka_unit_test(wrong_rules),  cmocka_unit_test(order_and_switches),
      cmocka_unit_test(limits),      cmocka_unit_test(the_way_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
