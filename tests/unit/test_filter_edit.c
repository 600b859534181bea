/* A filter text with a term more or less, and the terms that a flow gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow_build.h"
#include "weir/base/mem.h"
#include "weir/filter/filter.h"

static const char *const did_words[] = {
    [FILTER_ADDED] = "added", [FILTER_REMOVED] = "removed", [FILTER_REPLACED] = "replaced"};

static void test_edits(void **state) {
  (void)state;
  static const struct {
    const char *text, *term;
    bool negated;
    const char *result;
    enum filter_edit did;
  } cases[] = {
      {"", "host=a.b", false, "host=a.b", FILTER_ADDED},
      {"", "host=a.b", true, "-host=a.b", FILTER_ADDED},
      {"  ", "POST", false, "POST", FILTER_ADDED},
      {"POST", "host=a.b", false, "POST host=a.b", FILTER_ADDED},
      {"POST host=a.b", "host=a.b", false, "POST", FILTER_REMOVED},
      {"host=a.b & POST", "host=a.b", false, "POST", FILTER_REMOVED},
      {"host=a.b", "host=a.b", false, "", FILTER_REMOVED},
      {"-host=a.b login", "host=a.b", true, "login", FILTER_REMOVED},
      {"login -host=a.b /x", "host=a.b", false, "login host=a.b /x", FILTER_REPLACED},
      {"login host=a.b", "host=a.b", true, "login -host=a.b", FILTER_REPLACED},
      {"not host=a.b", "host=a.b", true, "", FILTER_REMOVED},
      {"host=a.b", "host=c.d", false, "host=c.d", FILTER_REPLACED},
      {"host:a x", "path=/c", false, "host:a x path=/c", FILTER_ADDED},
      {"path=/a x", "path=/c", false, "path=/c x", FILTER_REPLACED},
      {"GET|POST x", "POST", false, "POST x", FILTER_REPLACED},
      {"GET|POST x", "GET", true, "GET|POST x -GET", FILTER_ADDED},
      {"4xx x", "404", false, "404 x", FILTER_REPLACED},
      {"-host=a", "host=b", true, "-host=a -host=b", FILTER_ADDED},
      {"a | b", "host=c", false, "(a | b) host=c", FILTER_ADDED},
      {"a or b", "host=c", true, "(a or b) -host=c", FILTER_ADDED},
      {"a|b", "host=c", false, "a|b host=c", FILTER_ADDED},
      {"(a | b)", "host=c", false, "(a | b) host=c", FILTER_ADDED},
      {"(a | b) host=c", "host=c", false, "(a | b)", FILTER_REMOVED},
      {"a b | c", "failed", false, "(a b | c) failed", FILTER_ADDED},
      {"failed x", "failed", false, "x", FILTER_REMOVED},
      {"marked", "failed", false, "marked failed", FILTER_ADDED},
      {"assets", "assets", true, "-assets", FILTER_REPLACED},
      {"size>1M", "404", false, "size>1M 404", FILTER_ADDED},
      /* beside mitmproxy's operators, where bare words mean the URL */
      {"~s", "POST", false, "~s method=POST", FILTER_ADDED},
      {"~s", "404", false, "~s status=404", FILTER_ADDED},
      {"~s", "failed", true, "~s -is:failed", FILTER_ADDED},
      {"~s -is:failed", "failed", true, "~s", FILTER_REMOVED},
      {"~s", "host=a.b", false, "~s host=a.b", FILTER_ADDED},
      {"~m GET | ~s", "host=a.b", false, "(~m GET | ~s) host=a.b", FILTER_ADDED},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct buf out = BUF_INIT;
    enum filter_edit did = filter_edit(slice_of(cases[i].text), slice_of(cases[i].term), cases[i].negated, &out);
    if (strcmp(buf_text(&out), cases[i].result) != 0 || did != cases[i].did)
      fail_msg("\"%s\" and %s%s: \"%s\", %s", cases[i].text, cases[i].negated ? "-" : "", cases[i].term, buf_text(&out),
               did_words[did]);
    struct err err = ERR_INIT;
    struct filter *f = filter_compile(buf_slice(&out), &err);
    if (!f)
      fail_msg("\"%s\": %s", buf_text(&out), err.text);
    filter_free(f);
    buf_clear(&out);
  }
}

static void assert_term(const struct flow *f, enum filter_aspect aspect, const char *expected) {
  struct buf term = BUF_INIT;
  struct err err = ERR_INIT;
  bool there = filter_term_of(f, aspect, &term, &err);
  if (there != (expected != NULL) || strcmp(buf_text(&term), expected ? expected : "") != 0)
    fail_msg("\"%s\", expected \"%s\"", buf_text(&term), expected ? expected : "none");
  assert_true(there || err.text[0]);
  if (there) {
    struct filter *filter = filter_compile(buf_slice(&term), &err);
    assert_non_null(filter);
    assert_true(filter_match(filter, f, NULL));
    filter_free(filter);
  }
  buf_clear(&term);
}

static void test_terms_of_a_flow(void **state) {
  (void)state;
  struct flow *f = flow_new();
  build_flow(f, "POST /login?x=1 HTTP/1.1\r\nHost: shop.test\r\n\r\n", NULL,
             "HTTP/1.1 404 No\r\nContent-Type: application/json\r\n\r\n", NULL);
  f->client = (struct address){.family = 4, .port = 40001, .ip = {127, 0, 0, 1}};
  assert_term(f, FILTER_BY_HOST, "host=shop.test");
  assert_term(f, FILTER_BY_PATH, "path=/login");
  assert_term(f, FILTER_BY_METHOD, "POST");
  assert_term(f, FILTER_BY_STATUS, "404");
  assert_term(f, FILTER_BY_TYPE, "type=json");
  assert_term(f, FILTER_BY_CLIENT, "client=127.0.0.1");
  f->process = mem_zero(1, sizeof *f->process); /* where it is known, it tells more */
  f->process->refs = 1;
  f->process->pid = 77;
  f->process->name = mem_dup("Web Content");
  assert_term(f, FILTER_BY_CLIENT, "process=\"Web Content\"");
  struct filter *by_number = filter_compile(SLICE("pid:77"), NULL);
  assert_true(filter_match(by_number, f, NULL));
  filter_free(by_number);
  flow_free(f);
  f = flow_new();
  build_flow(f, "FROB /a(b)*'\"\\ HTTP/1.1\r\nHost: shop.test\r\n\r\n", NULL, NULL, NULL);
  flow_set_target(f, "http", SLICE("::1"), 80);
  f->client = (struct address){.family = 6, .port = 40001, .ip = {[15] = 1}};
  assert_term(f, FILTER_BY_HOST, "host=::1");
  flow_set_target(f, "http", SLICE("shop.test"), 3000); /* the port tells services of one machine apart */
  assert_term(f, FILTER_BY_HOST, "host=shop.test:3000");
  flow_set_target(f, "http", SLICE("::1"), 3000);
  assert_term(f, FILTER_BY_HOST, "host=[::1]:3000");
  struct filter *by_port = filter_compile(SLICE("host=[::1]:3000"), NULL);
  assert_true(filter_match(by_port, f, NULL));
  flow_set_target(f, "http", SLICE("::1"), 80);
  assert_false(filter_match(by_port, f, NULL));
  filter_free(by_port);
  assert_term(f, FILTER_BY_PATH, "path=\"/a(b)*'\\\"\\\\\"");
  assert_term(f, FILTER_BY_METHOD, "method=FROB");
  assert_term(f, FILTER_BY_CLIENT, "client=[::1]");
  assert_term(f, FILTER_BY_STATUS, NULL);
  assert_term(f, FILTER_BY_TYPE, NULL);
  f->state = FLOW_FAILED;
  f->error = ERROR_NAME;
  assert_term(f, FILTER_BY_STATUS, "dns");
  f->error = ERROR_LIMIT;
  assert_term(f, FILTER_BY_STATUS, "error:limit");
  flow_free(f);
  f = flow_new();
  assert_term(f, FILTER_BY_HOST, NULL);
  assert_term(f, FILTER_BY_PATH, NULL);
  assert_term(f, FILTER_BY_METHOD, NULL);
  assert_term(f, FILTER_BY_CLIENT, NULL);
  flow_free(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_edits), cmocka_unit_test(test_terms_of_a_flow)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
