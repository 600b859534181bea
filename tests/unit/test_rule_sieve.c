/* The sieve never rules out a rule that matches, and rules out most that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "flow_build.h"
#include "rule/sieve.h"
#include "weir/filter/filter.h"
#include "weir/rule/file.h"

static void needle_of_a_filter(void **state) {
  static const struct {
    const char *filter, *needle; /* NULL: none */
  } cases[] = {
      {"host:shop", "shop"},
      {"host:api.shop.test", "shop"},
      {"POST path=/login 4xx", "/login"},
      {"login | cart", NULL},
      {"!login", NULL},
      {"~u /api/users", "/api/users"},
      {"path:/v[12]/", NULL},
      {"127.0.0.1:8080", NULL},
      {"\"a.b\"", NULL}, /* anywhere: also in bodies */
      {"path:\"a.b\"", "a.b"},
      {"GET", NULL},
      {"", NULL},
      {"body:needle", NULL},
      {"header:x-id=needle", NULL},
      {"x host:longer", "longer"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct err err = ERR_INIT;
    struct filter *f = filter_compile(slice_of(cases[i].filter), &err);
    struct slice needle;
    if (!f)
      fail_msg("%s: %s", cases[i].filter, err.text);
    bool known = filter_url_needle(f, &needle);
    if (known != (cases[i].needle != NULL) || (known && !slice_eq(needle, slice_of(cases[i].needle))))
      fail_msg("%s: %.*s", cases[i].filter, (int)needle.n, needle.p ? needle.p : "");
    filter_free(f);
  }
}

static void text_within_passes(void **state) {
  struct slice url = SLICE("http://API.shop.test:8080/Login?user=Ann");
  struct sieve s = sieve_of(url);
  (void)state;
  for (size_t at = 0; at < url.n; at++)
    for (size_t n = 1; n <= url.n - at; n++) {
      struct sieve wanted = sieve_of(slice_sub(url, at, n));
      assert_true(sieve_lets(&s, &wanted));
    }
  struct sieve lower = sieve_of(SLICE("api.SHOP")), nothing = sieve_of(SLICE("")), open = sieve_open();
  assert_true(sieve_lets(&s, &lower) && sieve_lets(&s, &nothing) && sieve_lets(&open, &lower));
}

static void most_others_do_not(void **state) {
  struct sieve s = sieve_of(SLICE("http://api.shop.test/login"));
  int let = 0;
  (void)state;
  for (int i = 0; i < 1000; i++) {
    char text[32];
    snprintf(text, sizeof text, "/path-%d/x", i);
    struct sieve wanted = sieve_of(slice_of(text));
    let += sieve_lets(&s, &wanted);
  }
  assert_true(let < 20);
}

/* ---- the shortlist ---- */

static unsigned draw(unsigned n) {
  static uint64_t seed = 11;
  seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
  return (unsigned)(seed >> 33) % n;
}

static void any_rule(char *text, size_t size) {
  static const char *const filters[][2] = {{"path:/api/v", "/users"}, {"host:shop-", ".test"}, {"/v", ""},
                                           {"path:v", " & GET"},      {"!path:v", ""},         {"path:/[a]pi/v", "/"}};
  static unsigned made;
  unsigned i = draw(6);
  snprintf(text, size, "[r%u] %s%u%s => tag x", ++made, filters[i][0], draw(12), filters[i][1]);
}

static void change_the_list(struct rules *rules) {
  struct err err = ERR_INIT;
  char text[120];
  const struct rule *r = rule_nth(rules, draw(40));
  any_rule(text, sizeof text);
  switch (r ? draw(6) : 0) {
  case 0:
    if (rule_count(rules) < 40)
      assert_true(rule_add(rules, text, draw(2) ? RULE_AT_END : draw(10), &err));
    break;
  case 1:
    assert_true(rule_change(rules, r->id, text, &err));
    break;
  case 2:
    rule_remove(rules, r->id);
    break;
  case 3:
    rule_move(rules, r->id, draw(2) ? 1 : -1);
    break;
  case 4: {
    struct rules *before = rules_copy(rules);
    change_the_list(rules);
    rules_swap(rules, before); /* and back */
    rules_free(before);
    break;
  }
  case 5:
    assert_true(rules_load(rules, slice_of(text), &err));
    break;
  }
}

/* Whatever became of the list: those that match have acted, in its order, and no others. */
static void a_list_that_changes(void **state) {
  struct rules *rules = rules_new();
  size_t acted = 0;
  (void)state;
  for (int i = 0; i < 20000; i++) {
    change_the_list(rules);
    if (draw(3))
      continue;
    char path[60];
    struct rules_inquiry *inquiry = NULL;
    struct flow_pause *pause = NULL;
    struct rule_effects effects = {0};
    struct buf expected = BUF_INIT;
    snprintf(path, sizeof path, "%s/v%u/users", draw(4) ? "/api" : "/a%70i", draw(12));
    struct flow *f = build_get(path);
    char host[20];
    flow_set_target(f, "http", slice_make(host, (size_t)snprintf(host, sizeof host, "Shop-%u.test", draw(12))), 80);
    for (size_t k = 0; k < rule_count(rules); k++) {
      const struct rule *r = rule_nth(rules, k);
      if (filter_match(r->filter, f, NULL))
        buf_printf(&expected, "%s%s", expected.n ? "\n" : "", r->name);
    }
    assert_int_equal(rules_ask(rules, HOOK_REQUEST_HEAD, f, UINT64_MAX, &inquiry, &pause, &effects), HOOK_PASS);
    assert_string_equal(f->touched ? f->touched : "", buf_text(&expected));
    acted += expected.n > 0;
    rule_effects_clear(&effects);
    buf_clear(&expected);
    flow_free(f);
  }
  assert_true(acted > 1000);
  rules_free(rules);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(needle_of_a_filter),
      cmocka_unit_test(text_within_passes),
      cmocka_unit_test(most_others_do_not),
      cmocka_unit_test(a_list_that_changes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
