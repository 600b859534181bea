/* What sticky rules keep: how much, and with whom it goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow_build.h"
#include "weir/base/mem.h"
#include "weir/http/url.h"
#include "weir/rule/intercept.h"

static void ask(struct rules *rules, enum hook_point point, struct flow *f) {
  struct rules_inquiry *inquiry = NULL;
  struct rule_effects effects = {0};
  struct flow_pause *pause = NULL;
  assert_int_equal(rules_ask(rules, point, f, UINT64_MAX, &inquiry, &pause, &effects), HOOK_PASS);
  rule_effects_clear(&effects);
}

static void set(struct rules *rules, const char *cookie) {
  char head[12000];
  struct flow *f = flow_new();
  snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nSet-Cookie: %s\r\n\r\n", cookie);
  build_flow(f, "GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n", NULL, head, NULL);
  ask(rules, HOOK_RESPONSE_HEAD, f);
  flow_free(f);
}

/* Of a request without cookies; free() it. */
static char *sent(struct rules *rules) {
  struct slice value = {NULL, 0};
  struct flow *f = build_get("/");
  ask(rules, HOOK_REQUEST_HEAD, f);
  http_head_find(flow_sent_head(&f->request), "Cookie", &value);
  char *copy = mem_dup_n(value.p ? value.p : "", value.n);
  flow_free(f);
  return copy;
}

static void expect(struct rules *rules, const char *cookies) {
  char *is = sent(rules);
  assert_string_equal(is, cookies);
  free(is);
}

static void keeps_the_last(void **state) {
  struct rules *rules = rules_new();
  char cookie[12000];
  (void)state;
  assert_true(rule_add(rules, "=> sticky-cookie", RULE_AT_END, NULL));
  set(rules, "a=1");
  set(rules, "a=2");
  expect(rules, "a=2");
  for (int i = 0; i < 1000; i++) {
    snprintf(cookie, sizeof cookie, "n%d=%d", i, i);
    set(rules, cookie);
  }
  char *is = sent(rules);
  assert_null(strstr(is, "a=2"));
  assert_null(strstr(is, "n699="));
  assert_true(strncmp(is, "n700=700; ", 10) == 0 && strstr(is, "n999=999"));
  free(is);
  snprintf(cookie, sizeof cookie, "long=%09000d", 0);
  set(rules, cookie);
  is = sent(rules);
  assert_null(strstr(is, "long"));
  free(is);
  rules_free(rules);
}

/* The way back of something else does not forget them; changing the rule itself does. */
static void as_long_as_the_rule(void **state) {
  struct rules *rules = rules_new();
  (void)state;
  unsigned id = rule_add(rules, "=> sticky-cookie", RULE_AT_END, NULL);
  set(rules, "a=1");
  struct rules *before = rules_copy(rules);
  set(rules, "b=2");
  rules_swap(rules, before);
  rules_free(before);
  expect(rules, "a=1; b=2");
  assert_true(rule_change(rules, id, "GET => sticky-cookie", NULL));
  expect(rules, "");
  rules_free(rules);
}

static void numbers_have_no_domain(void **state) {
  struct rules *rules = rules_new();
  (void)state;
  assert_true(rule_add(rules, "=> sticky-cookie", RULE_AT_END, NULL));
  struct flow *f = flow_new(), *g = flow_new();
  build_flow(f, "GET / HTTP/1.1\r\nHost: 10.1.2.3\r\n\r\n", NULL,
             "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Domain=2.3\r\nSet-Cookie: b=2; Domain=10.1.2.3\r\n\r\n", NULL);
  flow_set_target(f, "http", SLICE("10.1.2.3"), 80);
  ask(rules, HOOK_RESPONSE_HEAD, f);
  build_flow(g, "GET / HTTP/1.1\r\nHost: 10.1.2.3\r\n\r\n", NULL, NULL, NULL);
  flow_set_target(g, "http", SLICE("10.1.2.3"), 80);
  ask(rules, HOOK_REQUEST_HEAD, g);
  struct slice value;
  assert_true(http_head_find(flow_sent_head(&g->request), "Cookie", &value));
  assert_true(slice_eq(value, SLICE("b=2")));
  flow_free(f);
  flow_free(g);
  rules_free(rules);
}

/* Of a cookie that this URL set: does that one get it? */
static bool goes(const char *set_at, const char *cookie, const char *asked) {
  static const char *const rule = "=> sticky-cookie";
  struct rules *rules = rules_new();
  const char *urls[2] = {set_at, asked};
  struct slice value = {NULL, 0};
  char request[400], response[400];
  assert_true(rule_add(rules, rule, RULE_AT_END, NULL));
  for (int i = 0; i < 2; i++) {
    struct flow *f = flow_new();
    struct url url;
    assert_true(url_parse(slice_of(urls[i]), &url, NULL));
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %.*s\r\n\r\n", urls[i], (int)url.host.n, url.host.p);
    snprintf(response, sizeof response, "HTTP/1.1 200 OK\r\nSet-Cookie: %s\r\n\r\n", cookie);
    build_flow(f, request, NULL, i ? NULL : response, NULL);
    flow_set_target(f, url_scheme_is(&url, "https") ? "https" : "http", url.host, url.port);
    ask(rules, i ? HOOK_REQUEST_HEAD : HOOK_RESPONSE_HEAD, f);
    if (i)
      http_head_find(flow_sent_head(&f->request), "Cookie", &value);
    bool there = value.n > 0;
    flow_free(f);
    if (i) {
      rules_free(rules);
      return there;
    }
  }
  return false;
}

static void all_below_a_registry_share_none(void **state) {
  (void)state;
  assert_false(goes("http://x.co.uk/", "a=1; Domain=co.uk", "http://y.co.uk/"));
  assert_false(goes("http://x.github.io/", "a=1; Domain=github.io", "http://y.github.io/"));
  assert_false(goes("http://x.co.uk/", "a=1; Domain=uk", "http://x.co.uk/"));
  assert_false(goes("http://github.io/", "a=1; Domain=github.io", "http://y.github.io/"));
  assert_true(goes("http://github.io/", "a=1; Domain=github.io", "http://github.io/"));
  assert_true(goes("http://x.shop.co.uk/", "a=1; Domain=shop.co.uk", "http://y.shop.co.uk/"));
  assert_false(goes("http://shop.co.uk/", "a=1; Domain=other.co.uk", "http://other.co.uk/"));
}

static void names_that_promise(void **state) {
  (void)state;
  assert_true(goes("https://a.test/", "__Secure-a=1; Secure", "https://a.test/"));
  assert_false(goes("http://a.test/", "__Secure-a=1; Secure", "https://a.test/"));
  assert_false(goes("https://a.test/", "__secure-a=1", "https://a.test/"));
  assert_true(goes("https://a.test/", "__Host-a=1; Secure; Path=/", "https://a.test/x"));
  assert_false(goes("https://a.test/", "__Host-a=1; Secure", "https://a.test/"));
  assert_false(goes("https://a.test/", "__Host-a=1; Secure; Path=/; Domain=a.test", "https://a.test/"));
  assert_false(goes("http://a.test/", "__Host-a=1; Secure; Path=/", "http://a.test/"));
}

/* The client knows nothing of where a rule sends its requests. */
static void of_what_the_client_asked_for(void **state) {
  static const char *const orders[][2] = {{"=> sticky-cookie", "=> send-to http://other.test:81/v2"},
                                          {"=> send-to http://other.test:81/v2", "=> sticky-cookie"}};
  (void)state;
  for (int i = 0; i < 2; i++) {
    struct rules *rules = rules_new();
    struct slice value;
    for (int n = 0; n < 2; n++)
      assert_true(rule_add(rules, orders[i][n], RULE_AT_END, NULL));
    for (int n = 0; n < 2; n++) { /* the first gets the cookie */
      struct flow *f = flow_new();
      build_flow(f, "GET /deep/x HTTP/1.1\r\nHost: shop.test\r\n\r\n", NULL,
                 "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\n\r\n", NULL);
      ask(rules, HOOK_REQUEST_HEAD, f);
      assert_int_equal(http_head_find(flow_sent_head(&f->request), "Cookie", &value), n);
      flow_keep_target(f); /* as the proxy does */
      flow_set_target(f, "http", SLICE("other.test"), 81);
      ask(rules, HOOK_RESPONSE_HEAD, f);
      flow_free(f);
    }
    rules_free(rules);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keeps_the_last),         cmocka_unit_test(as_long_as_the_rule),
      cmocka_unit_test(numbers_have_no_domain), cmocka_unit_test(all_below_a_registry_share_none),
      cmocka_unit_test(names_that_promise),     cmocka_unit_test(of_what_the_client_asked_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
