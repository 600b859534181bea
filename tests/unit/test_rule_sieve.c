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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(needle_of_a_filter),
      cmocka_unit_test(text_within_passes),
      cmocka_unit_test(most_others_do_not),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
