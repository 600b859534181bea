/* HAR documents, read back by a JSON library: what a reader of HAR finds in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "flow_build.h"
#include "har_whole.h"
#include "weir/base/clock.h"
#include "weir/body/decode.h"

static json_t *document(struct flow **flow, size_t n) {
  struct buf out = BUF_INIT;
  json_error_t error;
  bool first = true;
  har_begin(&out);
  for (size_t i = 0; i < n; i++)
    if (har_whole(&out, flow[i], first))
      first = false;
  har_end(&out);
  json_t *root = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, &error);
  if (root == NULL)
    fail_msg("no JSON: %s in %s", error.text, buf_text(&out));
  buf_clear(&out);
  return root;
}

static const char *text(json_t *object, const char *a, const char *b) {
  json_t *inner = b ? json_object_get(object, a) : object;
  const char *s = json_string_value(json_object_get(inner, b ? b : a));
  return s ? s : "(none)";
}

static json_t *entry(json_t *root, size_t i) {
  json_t *one = json_array_get(json_object_get(json_object_get(root, "log"), "entries"), i);
  assert_non_null(one);
  return one;
}

static void test_members(void **state) {
  struct flow *f = flow_new();
  (void)state;
  build_flow(f,
             "POST /login?a=1&b=caf%C3%A9+x HTTP/1.1\r\nHost: shop.test\r\nX-A: 1\r\nx-a: 2\r\nCookie: s=1; t=\"2\"\r\n"
             "Content-Type: application/json\r\nContent-Length: 7\r\n\r\n",
             "{\"k\":1}",
             "HTTP/1.1 302 Found\r\nLocation: /next\r\nSet-Cookie: sid=42; HttpOnly; Path=/; Secure; SameSite=Lax\r\n"
             "Content-Type: text/plain\r\n\r\n",
             "caf\xc3\xa9");
  f->id = 7;
  f->wall_us = UINT64_C(1795431667103000);
  f->times.connect_ns = 2 * CLOCK_MS;
  f->times.tls_ns = 3 * CLOCK_MS;
  f->times.request_sent = f->times.start + 5 * CLOCK_MS;
  f->times.first_byte = f->times.start + 9 * CLOCK_MS;
  f->times.end = f->times.start + 10 * CLOCK_MS;
  json_t *root = document(&f, 1), *e = entry(root, 0), *request = json_object_get(e, "request"),
         *response = json_object_get(e, "response"), *timings = json_object_get(e, "timings");
  assert_string_equal(text(json_object_get(root, "log"), "version", NULL), "1.2");
  assert_string_equal(text(e, "startedDateTime", NULL), "2026-11-23T11:01:07.103Z");
  assert_int_equal((int)json_number_value(json_object_get(e, "time")), 10);
  assert_string_equal(text(request, "url", NULL), "http://shop.test/login?a=1&b=caf%C3%A9+x");
  json_t *headers = json_object_get(request, "headers");
  assert_int_equal(json_array_size(headers), 6);
  assert_string_equal(text(json_array_get(headers, 1), "name", NULL), "X-A");
  assert_string_equal(text(json_array_get(headers, 2), "name", NULL), "x-a");
  json_t *query = json_object_get(request, "queryString");
  assert_string_equal(text(json_array_get(query, 1), "value", NULL), "caf\xc3\xa9 x");
  assert_string_equal(text(json_array_get(json_object_get(request, "cookies"), 1), "value", NULL), "\"2\"");
  assert_string_equal(text(request, "postData", "text"), "{\"k\":1}");
  json_t *cookie = json_array_get(json_object_get(response, "cookies"), 0);
  assert_string_equal(text(cookie, "value", NULL), "42");
  assert_string_equal(text(cookie, "sameSite", NULL), "Lax");
  assert_true(json_is_true(json_object_get(cookie, "httpOnly")));
  assert_string_equal(text(response, "redirectURL", NULL), "/next");
  assert_string_equal(text(response, "content", "text"), "caf\xc3\xa9");
  assert_int_equal((int)json_number_value(json_object_get(timings, "connect")), 5);
  assert_int_equal((int)json_number_value(json_object_get(timings, "ssl")), 3);
  assert_int_equal((int)json_number_value(json_object_get(timings, "wait")), 4);
  assert_int_equal((int)json_number_value(json_object_get(timings, "dns")), -1);
  json_decref(root);
  flow_free(f);
}

static void test_bytes_are_base64(void **state) {
  struct flow *f = flow_new();
  (void)state;
  build_flow(f, "POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 2\r\n\r\n", "\xff\xfe",
             "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n", "\x89PNG");
  json_t *root = document(&f, 1), *e = entry(root, 0);
  json_t *content = json_object_get(json_object_get(e, "response"), "content");
  assert_string_equal(text(content, "text", NULL), "iVBORw=="); /* base64 of 89 50 4e 47 */
  assert_string_equal(text(content, "encoding", NULL), "base64");
  assert_string_equal(text(json_object_get(e, "request"), "postData", "_encoding"), "base64");
  json_decref(root);
  flow_free(f);
}

static void test_failures_and_tunnels(void **state) {
  struct flow *flows[3] = {flow_new(), flow_new(), build_get("/last")};
  (void)state;
  flows[0]->kind = FLOW_TUNNEL;
  build_flow(flows[1], "GET /x HTTP/1.1\r\nHost: shop.test\r\n\r\n", NULL, NULL, NULL);
  flows[1]->state = FLOW_FAILED;
  flows[1]->error = ERROR_NAME;
  flows[1]->error_text = strdup("name not known");
  json_t *root = document(flows, 3);
  assert_int_equal(json_array_size(json_object_get(json_object_get(root, "log"), "entries")), 2);
  json_t *e = entry(root, 0);
  assert_int_equal(json_integer_value(json_object_get(json_object_get(e, "response"), "status")), 0);
  assert_string_equal(text(e, "_error", NULL), "name not known");
  assert_string_equal(text(entry(root, 1), "request", "url"), "http://shop.test/last");
  json_decref(root);
  for (size_t i = 0; i < 3; i++)
    flow_free(flows[i]);
}

static void test_ways(void **state) {
  struct flow *f = build_get("/"), *by = build_get("/");
  (void)state;
  f->server = by->server = (struct address){.family = 4, .port = 80, .ip = {10, 1, 2, 3}};
  by->mode = "socks5";
  by->upstream = strdup("http://proxy.test:3128");
  json_t *root = document((struct flow *[]){f, by}, 2);
  assert_string_equal(text(entry(root, 0), "serverIPAddress", NULL), "10.1.2.3");
  assert_null(json_object_get(entry(root, 0), "_weir"));
  assert_null(json_object_get(entry(root, 1), "serverIPAddress")); /* the proxy's is not the server's */
  assert_string_equal(text(entry(root, 1), "_weir", "mode"), "socks5");
  assert_string_equal(text(entry(root, 1), "_weir", "upstream"), "http://proxy.test:3128");
  json_decref(root);
  flow_free(f);
  flow_free(by);
}

/* The parts of an entry's time are all of it, whatever became of the flow. */
static void test_timings_add_up(void **state) {
  static const char *const parts[] = {"blocked", "dns", "connect", "send", "wait", "receive"};
  static const struct {
    struct flow_times t; /* from the start, in us */
    double blocked, connect, receive;
  } cases[] = {
      {{.end = 2001400, .delayed_ns = 2000000, .connect_ns = 1000}, 2000.4, 1, 0}, /* refused after a delay */
      {{.tls_ns = 16000, .end = 16500}, 0.5, 16, 0},
      {{.tls_ns = 16000, .end = 9000}, -1, 9, 0}, /* never more than there is */
      {{.name_ns = 1000,
        .connect_ns = 2000,
        .tls_ns = 3000,
        .request_sent = 7000,
        .request_end = 100,
        .first_byte = 9000,
        .end = 12000},
       1,
       5,
       3},
      {{.request_sent = 1000, .request_end = 8000, .first_byte = 5000, .end = 9000}, 1, -1, 4}, /* answered early */
      {{.request_sent = 1000, .first_byte = 2000, .end = 9000, .paused_ns = 5000}, 5, -1, 3}, /* the answer was held */
      {{.request_sent = 1000, .end = 9000}, 1, -1, 0},                                        /* no answer came */
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct flow *f = build_get("/");
    uint64_t *at = (uint64_t *)&f->times;
    f->times = cases[i].t;
    for (size_t k = 0; k < sizeof f->times / sizeof *at; k++)
      at[k] *= 1000;
    f->times.start = CLOCK_S;
    f->times.request_sent += cases[i].t.request_sent ? CLOCK_S : 0;
    f->times.request_end += cases[i].t.request_end ? CLOCK_S : 0;
    f->times.first_byte += cases[i].t.first_byte ? CLOCK_S : 0;
    f->times.end += CLOCK_S;
    json_t *root = document(&f, 1), *timings = json_object_get(entry(root, 0), "timings");
    double sum = 0;
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
      double part = json_number_value(json_object_get(timings, parts[k]));
      sum += part > 0 ? part : 0;
    }
    assert_float_equal(sum, json_number_value(json_object_get(entry(root, 0), "time")), 0.0005);
    assert_float_equal(json_number_value(json_object_get(timings, "blocked")), cases[i].blocked, 0.0005);
    assert_float_equal(json_number_value(json_object_get(timings, "connect")), cases[i].connect, 0.0005);
    assert_float_equal(json_number_value(json_object_get(timings, "receive")), cases[i].receive, 0.0005);
    json_decref(root);
    flow_free(f);
  }
}

/* Every member that the format demands (HAR 1.2) is there, in every kind of entry. */
static void test_nothing_is_missing(void **state) {
  static const char *const of_request[] = {"method",  "url",         "httpVersion", "cookies",
                                           "headers", "queryString", "headersSize", "bodySize"};
  static const char *const of_response[] = {"status",  "statusText",  "httpVersion", "cookies", "headers",
                                            "content", "redirectURL", "headersSize", "bodySize"};
  struct flow *flows[2] = {build_get("/a"), flow_new()};
  (void)state;
  build_flow(flows[1], "GET /x HTTP/1.1\r\nHost: shop.test\r\n\r\n", NULL, NULL, NULL);
  json_t *root = document(flows, 2);
  for (size_t i = 0; i < 2; i++) {
    json_t *e = entry(root, i);
    for (size_t n = 0; n < sizeof of_request / sizeof *of_request; n++)
      assert_non_null(json_object_get(json_object_get(e, "request"), of_request[n]));
    for (size_t n = 0; n < sizeof of_response / sizeof *of_response; n++)
      assert_non_null(json_object_get(json_object_get(e, "response"), of_response[n]));
    assert_non_null(json_object_get(e, "cache"));
    assert_non_null(json_object_get(json_object_get(e, "timings"), "receive"));
    flow_free(flows[i]);
  }
  json_decref(root);
}

static json_t *content_of(json_t *root) {
  return json_object_get(json_object_get(entry(root, 0), "response"), "content");
}

/* So long that it is read and written in many steps: no character and no three bytes may be cut in two between them. */
static void test_long_bodies(void **state) {
  static const char *const parts[] = {"caf\xc3\xa9 \xe5\xb1\xb1\"", "\x01\xff\x02"};
  (void)state;
  for (int i = 0; i < 2; i++) {
    struct flow *f = build_get("/long");
    struct buf body = BUF_INIT, base64 = BUF_INIT;
    while (body.n < 1000000)
      buf_add_text(&body, parts[i]);
    build_response_body(f, body.p, body.n);
    buf_add_base64(&base64, buf_slice(&body));
    json_t *root = document(&f, 1);
    assert_int_equal(json_integer_value(json_object_get(content_of(root), "size")), body.n);
    assert_string_equal(text(content_of(root), "text", NULL), buf_text(i == 0 ? &body : &base64));
    assert_string_equal(text(content_of(root), "encoding", NULL), i == 0 ? "(none)" : "base64");
    json_decref(root);
    flow_free(f);
    buf_clear(&body);
    buf_clear(&base64);
  }
}

/* No step makes much, be the body a bomb. */
static void test_a_bomb_is_left_out(void **state) {
  struct flow *f = flow_new();
  struct buf zeros = BUF_INIT, coded = BUF_INIT, out = BUF_INIT;
  (void)state;
  build_flow(f, "GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n", NULL, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
             NULL);
  memset(buf_reserve(&zeros, HAR_BODY_MAX + 1), 0, HAR_BODY_MAX + 1);
  zeros.n = HAR_BODY_MAX + 1;
  assert_true(body_encode(SLICE("gzip"), buf_slice(&zeros), &coded, NULL));
  build_body(&f->response.body, coded.p, coded.n);
  struct har_entry *e = har_entry_new(f, true);
  for (bool more = true; more;) {
    size_t before = out.n;
    more = har_entry_step(e, f, &out);
    assert_true(out.n - before < 300000);
  }
  assert_true(har_entry_left_out(e));
  har_entry_free(e);
  assert_true(out.n < 2000);
  json_t *root = document(&f, 1);
  assert_string_equal(text(content_of(root), "comment", NULL), "left out: it decodes to more than 64 MB");
  assert_null(json_object_get(content_of(root), "text"));
  json_decref(root);
  flow_free(f);
  buf_clear(&zeros);
  buf_clear(&coded);
  buf_clear(&out);
}

/* What is no gzip stands as it came, and what ends too early as far as it goes. */
static void test_damaged_bodies_say_so(void **state) {
  struct flow *f = flow_new();
  struct buf coded = BUF_INIT;
  (void)state;
  build_flow(f, "GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n", NULL, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
             "plain");
  json_t *root = document(&f, 1);
  assert_string_equal(text(content_of(root), "text", NULL), "plain");
  assert_string_equal(text(content_of(root), "comment", NULL), "the gzip data is damaged after 0 decoded bytes");
  json_decref(root);
  assert_true(body_encode(SLICE("gzip"), SLICE("all of it"), &coded, NULL));
  build_response_body(f, coded.p, coded.n - 4);
  root = document(&f, 1);
  assert_string_equal(text(content_of(root), "text", NULL), "all of it");
  assert_non_null(strstr(text(content_of(root), "comment", NULL), "cut off"));
  json_decref(root);
  flow_free(f);
  buf_clear(&coded);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_members),
      cmocka_unit_test(test_bytes_are_base64),
      cmocka_unit_test(test_failures_and_tunnels),
      cmocka_unit_test(test_ways),
      cmocka_unit_test(test_timings_add_up),
      cmocka_unit_test(test_nothing_is_missing),
      cmocka_unit_test(test_long_bodies),
      cmocka_unit_test(test_a_bomb_is_left_out),
      cmocka_unit_test(test_damaged_bodies_say_so),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
