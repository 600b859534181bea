/* What a flow says of itself: target, URL, state words, cost, decoded bodies. */
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
#include "weir/body/decode.h"

static void assert_url(const struct flow *f, const char *expected) {
  struct buf out = BUF_INIT;
  flow_url(f, &out);
  assert_string_equal(buf_text(&out), expected);
  buf_clear(&out);
}

static void assert_slice(struct slice s, const char *expected) {
  assert_int_equal(s.n, strlen(expected));
  assert_memory_equal(s.n ? s.p : "", expected, s.n);
}

struct url_case {
  const char *request, *scheme, *host;
  uint16_t port;
  const char *url, *path;
};

static void test_url(void **state) {
  (void)state;
  static const struct url_case cases[] = {
      {"GET http://shop.test/a?b=1 HTTP/1.1\r\nHost: shop.test\r\n\r\n", "http", "shop.test", 80,
       "http://shop.test/a?b=1", "/a?b=1"},
      {"GET /a?b=1 HTTP/1.1\r\nHost: shop.test:8080\r\n\r\n", "HTTP", "shop.test", 8080, "http://shop.test:8080/a?b=1",
       "/a?b=1"},
      {"GET http://shop.test HTTP/1.1\r\nHost: shop.test\r\n\r\n", "http", "shop.test", 80, "http://shop.test/", "/"},
      {"GET http://shop.test?q HTTP/1.1\r\nHost: shop.test\r\n\r\n", "http", "shop.test", 80, "http://shop.test/?q",
       "?q"},
      {"GET http://[::1]:81/x HTTP/1.1\r\nHost: [::1]:81\r\n\r\n", "http", "::1", 81, "http://[::1]:81/x", "/x"},
      {"GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n", "https", "shop.test", 443, "https://shop.test/", "/"},
      {"GET /go?to=http://x.test/y HTTP/1.1\r\nHost: shop.test\r\n\r\n", "http", "shop.test", 80,
       "http://shop.test/go?to=http://x.test/y", "/go?to=http://x.test/y"},
      {"OPTIONS * HTTP/1.1\r\nHost: shop.test\r\n\r\n", "http", "shop.test", 80, "http://shop.test", "*"},
      {"CONNECT shop.test:443 HTTP/1.1\r\nHost: shop.test:443\r\n\r\n", "http", "shop.test", 443, "shop.test:443", ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct flow *f = flow_new();
    build_head(&f->request.head, HTTP_REQUEST, cases[i].request);
    flow_set_target(f, cases[i].scheme, slice_of(cases[i].host), cases[i].port);
    assert_url(f, cases[i].url);
    assert_slice(flow_path(f), cases[i].path);
    assert_slice(flow_host(f), cases[i].host);
    assert_int_equal(f->port, cases[i].port);
    flow_free(f);
  }
}

static void test_url_before_the_target_is_known(void **state) {
  (void)state;
  struct flow *f = flow_new();
  assert_url(f, "");
  assert_slice(flow_host(f), "");
  assert_slice(flow_scheme(f), "");
  assert_slice(flow_method(f), "");
  build_head(&f->request.head, HTTP_REQUEST, "GET http://a.test:81/x HTTP/1.1\r\nHost: a.test:81\r\n\r\n");
  assert_url(f, "http://a.test:81/x");
  http_head_clear(&f->request.head);
  build_head(&f->request.head, HTTP_REQUEST, "GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n");
  assert_url(f, "http://a.test/x");
  flow_free(f);
}

static void test_scheme_is_lower_case(void **state) {
  (void)state;
  struct flow *f = build_get("/");
  flow_set_target(f, "HTTPS", SLICE("Shop.Test"), 443);
  assert_slice(flow_scheme(f), "https");
  assert_slice(flow_host(f), "Shop.Test");
  assert_string_equal(f->scheme_host, "https://Shop.Test");
  flow_free(f);
}

static void test_edited_request_counts(void **state) {
  (void)state;
  struct flow *f = build_get("/old");
  assert_false(flow_edited(f));
  f->request.sent = mem_zero(1, sizeof *f->request.sent);
  build_head(&f->request.sent->head, HTTP_REQUEST, "PUT /new HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  assert_true(flow_edited(f));
  assert_slice(flow_method(f), "PUT");
  assert_url(f, "http://shop.test/new");
  assert_ptr_equal(flow_sent_body(&f->request), &f->request.body);
  f->request.sent->body_changed = true;
  assert_ptr_equal(flow_sent_body(&f->request), &f->request.sent->body);
  flow_free(f);
}

static void test_failure_and_duration(void **state) {
  (void)state;
  struct flow *f = build_get("/");
  assert_int_equal(flow_status(f), 200);
  assert_false(flow_is_failure(f));
  f->response.head.status = 400;
  assert_true(flow_is_failure(f));
  f->response.head.status = 399;
  f->state = FLOW_FAILED;
  assert_true(flow_is_failure(f));
  assert_true(flow_finished(f));
  f->state = FLOW_OPEN;
  assert_false(flow_finished(f));
  f->times.start = 100;
  assert_int_equal(flow_duration(f, 350), 250);
  f->times.end = 300;
  assert_int_equal(flow_duration(f, 9999), 200);
  f->times.start = 0;
  assert_int_equal(flow_duration(f, 9999), 0);
  flow_free(f);
}

static void test_words_fit_the_column(void **state) {
  (void)state;
  for (int e = ERROR_NAME; e <= ERROR_OTHER; e++) {
    const char *word = flow_error_word((enum flow_error)e);
    assert_true(strlen(word) >= 3 && strlen(word) <= 7);
    for (int other = ERROR_NAME; other < e; other++)
      assert_string_not_equal(word, flow_error_word((enum flow_error)other));
  }
  assert_string_equal(flow_error_word(ERROR_NAME), "dns");
  assert_string_equal(flow_stage_word(STAGE_WAIT), "wait");
}

/* The target of the issue: at most 1 KB beyond head and body bytes. */
static void test_cost_beyond_its_bytes(void **state) {
  (void)state;
  struct flow *f = build_get("/a/quite/ordinary/path?with=query");
  size_t own = f->request.head.n + f->response.head.n + f->response.body.kept;
  assert_true(flow_cost(f) > own + sizeof *f);
  assert_true(flow_cost(f) - own <= 1024);
  size_t before = flow_cost(f);
  f->note = mem_alloc(10000);
  assert_true(flow_cost(f) >= before + 10000);
  flow_free(f);
}

static void test_decoded_body(void **state) {
  (void)state;
  static const unsigned char gz[] = {0x1f, 0x8b, 0x08, 0, 0,    0,    0,    0,    0,    0x03, 0xcb, 0x48, 0xcd,
                                     0xc9, 0xc9, 0x07, 0, 0x86, 0xa6, 0x10, 0x36, 0x05, 0,    0,    0};
  struct flow_message m = {0};
  struct buf out = BUF_INIT;
  struct err err = ERR_INIT;
  build_head(&m.head, HTTP_RESPONSE, "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n");
  build_body(&m.body, gz, sizeof gz);
  assert_int_equal(flow_body_decoded(&m, false, 0, &out, &err), BODY_DECODED);
  assert_string_equal(buf_text(&out), "hello");
  buf_reset(&out);
  http_head_clear(&m.head);
  build_head(&m.head, HTTP_RESPONSE, "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Encoding: GZIP\r\n\r\n");
  assert_int_equal(flow_body_decoded(&m, false, 0, &out, &err), BODY_DECODED);
  assert_string_equal(buf_text(&out), "hello");
  buf_clear(&out);
  http_head_clear(&m.head);
  body_clear(&m.body);
}

static void test_decoded_body_of_a_cut_record(void **state) {
  (void)state;
  struct flow_message m = {0};
  struct buf out = BUF_INIT;
  struct err err = ERR_INIT;
  build_head(&m.head, HTTP_RESPONSE, "HTTP/1.1 200 OK\r\n\r\n");
  body_add(&m.body, "0123456789", 10, 4, 10);
  assert_int_equal(flow_body_decoded(&m, false, 0, &out, &err), BODY_DECODED_PART);
  assert_string_equal(buf_text(&out), "0123");
  assert_non_null(strstr(err.text, "4 of 10"));
  buf_clear(&out);
  http_head_clear(&m.head);
  body_clear(&m.body);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_url),
      cmocka_unit_test(test_url_before_the_target_is_known),
      cmocka_unit_test(test_scheme_is_lower_case),
      cmocka_unit_test(test_edited_request_counts),
      cmocka_unit_test(test_failure_and_duration),
      cmocka_unit_test(test_words_fit_the_column),
      cmocka_unit_test(test_cost_beyond_its_bytes),
      cmocka_unit_test(test_decoded_body),
      cmocka_unit_test(test_decoded_body_of_a_cut_record),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
