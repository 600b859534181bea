/* What a proxy changes in a head, and what it leaves alone byte for byte; what heads say about their connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/mem.h"
#include "weir/http/forward.h"
#include "weir/http/message.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct http_head parse(enum http_role role, const char *text) {
  struct http_head head;
  struct http_fault fault;
  if (!http_head_parse(role, slice_of(text), &head, &fault))
    fail_msg("%s: %s", fault.err.text, text);
  return head;
}

/* Forwards `text` to where its own target says, or to http://origin.test where that is a path. */
static void request(struct buf *out, const char *text, struct http_forward how) {
  struct http_head head = parse(HTTP_REQUEST, text);
  struct url url;
  if (http_head_target(&head).p[0] == '/' || !url_parse(http_head_target(&head), &url, NULL)) {
    assert_true(url_parse(SLICE("http://origin.test"), &url, NULL));
    url.target = http_head_target(&head);
  }
  how.url = &url;
  http_forward_request(out, &head, &how);
  http_head_clear(&head);
}

static void response(struct buf *out, const char *text, struct http_forward how) {
  struct http_head head = parse(HTTP_RESPONSE, text);
  http_forward_response(out, &head, &how);
  http_head_clear(&head);
}

static void assert_request(const char *text, struct http_forward how, const char *expected) {
  struct buf out = BUF_INIT;
  request(&out, text, how);
  assert_string_equal(buf_text(&out), expected);
  buf_clear(&out);
}

static void assert_response(const char *text, struct http_forward how, const char *expected) {
  struct buf out = BUF_INIT;
  response(&out, text, how);
  assert_string_equal(buf_text(&out), expected);
  buf_clear(&out);
}

#define PLAIN                                                                                                          \
  (struct http_forward) {                                                                                              \
    .client_minor = 1                                                                                                  \
  }

static void rewrites_the_request_line(void **state) {
  (void)state;
  static const struct {
    const char *line, *host, *expected;
  } cases[] = {
      {"GET http://a.test/x?y HTTP/1.1", "a.test", "GET /x?y HTTP/1.1"},
      {"GET http://a.test/%2e%2E//b;c?%0d%0a{} HTTP/1.1", "a.test", "GET /%2e%2E//b;c?%0d%0a{} HTTP/1.1"},
      {"GET http://a.test/caf\xc3\xa9 HTTP/1.1", "a.test", "GET /caf\xc3\xa9 HTTP/1.1"},
      {"GET http://a.test HTTP/1.1", "a.test", "GET / HTTP/1.1"},
      {"GET http://a.test?q HTTP/1.1", "a.test", "GET /?q HTTP/1.1"},
      {"OPTIONS http://a.test HTTP/1.1", "a.test", "OPTIONS * HTTP/1.1"},
      {"OPTIONS http://a.test/ HTTP/1.1", "a.test", "OPTIONS / HTTP/1.1"},
      {"OPTIONS http://a.test?q HTTP/1.1", "a.test", "OPTIONS /?q HTTP/1.1"},
      {"get HTTP://A.test/ HTTP/1.1", "a.test", "get / HTTP/1.1"},
      {"PROPFIND http://a.test/ HTTP/1.2", "a.test", "PROPFIND / HTTP/1.1"},
      {"GET http://a.test/ HTTP/1.0", "a.test", "GET / HTTP/1.1"},
      {"GET http://me:pw@a.test/x HTTP/1.1", "a.test", "GET /x HTTP/1.1"},
      {"GET /x HTTP/1.1", "origin.test", "GET /x HTTP/1.1"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct buf text = BUF_INIT, expected = BUF_INIT;
    buf_printf(&text, "%s\r\nHost: %s\r\n\r\n", cases[i].line, cases[i].host);
    buf_printf(&expected, "%s\r\nHost: %s\r\n\r\n", cases[i].expected, cases[i].host);
    assert_request(buf_text(&text), PLAIN, buf_text(&expected));
    buf_clear(&text);
    buf_clear(&expected);
  }
}

static void towards_a_proxy_the_target_stays_absolute(void **state) {
  (void)state;
  struct http_forward how = PLAIN;
  how.to_proxy = true;
  assert_request("GET http://me@a.test:81/x HTTP/1.1\r\nHost: a.test:81\r\n\r\n", how,
                 "GET http://a.test:81/x HTTP/1.1\r\nHost: a.test:81\r\n\r\n");
  assert_request("GET http://a.test?q HTTP/1.1\r\nHost: a.test\r\n\r\n", how,
                 "GET http://a.test/?q HTTP/1.1\r\nHost: a.test\r\n\r\n");
  assert_request("OPTIONS http://a.test HTTP/1.1\r\nHost: a.test\r\n\r\n", how,
                 "OPTIONS http://a.test HTTP/1.1\r\nHost: a.test\r\n\r\n");
}

static void connect_and_edited_targets_pass_as_they_stand(void **state) {
  (void)state;
  struct http_head head = parse(HTTP_REQUEST, "CONNECT a.test:443 HTTP/1.0\r\n\r\n");
  struct http_forward how = PLAIN;
  struct buf out = BUF_INIT;
  http_forward_request(&out, &head, &how);
  assert_string_equal(buf_text(&out), "CONNECT a.test:443 HTTP/1.1\r\n\r\n");
  buf_clear(&out);
  http_head_clear(&head);
}

static void host_follows_the_target(void **state) {
  (void)state;
  static const struct {
    const char *target, *host, *expected;
  } cases[] = {
      {"http://a.test/", "hOsT:  A.Test \t\r\n", "hOsT:  A.Test \t\r\n"}, /* the same, so the bytes stay */
      {"http://a.test/", "Host: a.test:80\r\n", "Host: a.test:80\r\n"},
      {"http://a.test:80/", "Host: a.test\r\n", "Host: a.test\r\n"},
      {"http://a.test:/", "Host: a.test:\r\n", "Host: a.test:\r\n"},
      {"http://a.test/", "hOsT: b.test\r\n", "hOsT: a.test\r\n"},
      {"http://a.test/", "Host:\r\n", "Host: a.test\r\n"},
      {"http://a.test:8080/", "Host: a.test\r\n", "Host: a.test:8080\r\n"},
      {"http://a.test/", "Host: a.test:8080\r\n", "Host: a.test\r\n"},
      {"https://a.test/", "Host: a.test:443\r\n", "Host: a.test:443\r\n"},
      {"https://a.test/", "Host: a.test:80\r\n", "Host: a.test\r\n"},
      {"http://a.test:/", "Host: b\r\n", "Host: a.test\r\n"},
      {"http://me:pw@a.test:81/", "Host: b\r\n", "Host: a.test:81\r\n"},
      {"http://[::1]:81/", "Host: b\r\n", "Host: [::1]:81\r\n"},
      {"http://[FE80::1]/", "Host: [fe80::1]\r\n", "Host: [fe80::1]\r\n"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct buf text = BUF_INIT, expected = BUF_INIT;
    buf_printf(&text, "GET %s HTTP/1.1\r\nFirst: 1\r\n%sLast: 2\r\n\r\n", cases[i].target, cases[i].host);
    buf_printf(&expected, "GET / HTTP/1.1\r\nFirst: 1\r\n%sLast: 2\r\n\r\n", cases[i].expected);
    assert_request(buf_text(&text), PLAIN, buf_text(&expected));
    buf_clear(&text);
    buf_clear(&expected);
  }
  assert_request("GET http://a.test:81/ HTTP/1.0\r\nA: b\r\n\r\n", PLAIN,
                 "GET / HTTP/1.1\r\nHost: a.test:81\r\nA: b\r\n\r\n");
  struct http_forward how = PLAIN;
  how.keep_host = true;
  assert_request("GET http://a.test/ HTTP/1.1\r\nHost: typed.test\r\n\r\n", how,
                 "GET / HTTP/1.1\r\nHost: typed.test\r\n\r\n");
  assert_request("GET http://a.test/ HTTP/1.0\r\n\r\n", how, "GET / HTTP/1.1\r\n\r\n");
}

static void host_is_made_from_parts(void **state) {
  (void)state;
  struct http_head head = parse(HTTP_REQUEST, "GET /x HTTP/1.0\r\n\r\n");
  struct url url = {.scheme = SLICE("https"), .host = SLICE("::1"), .port = 443, .target = SLICE("/x"), .ipv6 = true};
  struct http_forward how = PLAIN;
  struct buf out = BUF_INIT;
  how.url = &url;
  http_forward_request(&out, &head, &how);
  assert_string_equal(buf_text(&out), "GET /x HTTP/1.1\r\nHost: [::1]\r\n\r\n");
  buf_reset(&out);
  url.port = 8443;
  http_forward_request(&out, &head, &how);
  assert_string_equal(buf_text(&out), "GET /x HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n");
  buf_clear(&out);
  http_head_clear(&head);
}

#define GET "GET / HTTP/1.1\r\nHost: origin.test\r\n"

static void hop_by_hop_fields_stay_here(void **state) {
  (void)state;
  assert_request(GET "A: 1\r\nConnection: keep-alive, b, C\r\nB: 2\r\nc:3\r\nProxy-Connection: keep-alive\r\n"
                     "Keep-Alive: timeout=5\r\nD: 4\r\nProxy-Authorization: Basic eDp5\r\nHTTP2-Settings: x\r\n"
                     "Upgrade: h2c\r\nTE: gzip\r\ncONNECTION: d\r\nE: 5\r\n\r\n",
                 PLAIN, GET "A: 1\r\nE: 5\r\n\r\n");
  /* these look alike, and pass */
  assert_request(
      GET "Proxy-Authenticate: x\r\nProxy-Foo: y\r\nTrailer: z\r\nX-Connection: a\r\nConnections: b\r\nT: c\r\n"
          "Expect: 100-continue\r\n\r\n",
      PLAIN,
      GET "Proxy-Authenticate: x\r\nProxy-Foo: y\r\nTrailer: z\r\nX-Connection: a\r\nConnections: b\r\nT: c\r\n"
          "Expect: 100-continue\r\n\r\n");
  assert_response(
      "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: x\r\nUpgrade: h2c\r\nServer: s\r\n\r\n", PLAIN,
      "HTTP/1.1 200 OK\r\nServer: s\r\n\r\n");
}

static void all_else_passes_byte_for_byte(void **state) {
  (void)state;
  static const char fields[] = "x-UPPER-lower:1\r\nA: 2\r\nSet-Cookie: a=1\r\nset-cookie:   b=2  \r\nA: 3\r\nEmpty:\r\n"
                               "Obs: \x80\xff\tq\r\nContent-Encoding: gzip\r\nVia: 1.0 other\r\nDate:now\r\n"
                               "Content-Length:   005 \r\n\r\n";
  struct buf text = BUF_INIT, expected = BUF_INIT;
  buf_printf(&text, "POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\n%s", fields);
  buf_printf(&expected, "POST / HTTP/1.1\r\nHost: a.test\r\n%s", fields);
  assert_request(buf_text(&text), PLAIN, buf_text(&expected));
  buf_reset(&text);
  buf_printf(&text, "HTTP/1.1 200 O K\xff\r\nHost: a, b\r\n%s", fields);
  assert_response(buf_text(&text), PLAIN, buf_text(&text));
  buf_clear(&text);
  buf_clear(&expected);
}

static void answers_go_out_as_http_1_1(void **state) {
  (void)state;
  struct http_forward how = PLAIN;
  assert_response("HTTP/1.0 200 OK\r\nA: b\r\n\r\n", how, "HTTP/1.1 200 OK\r\nA: b\r\n\r\n");
  assert_response("HTTP/1.1 599\r\n\r\n", how, "HTTP/1.1 599 \r\n\r\n");
  how.client_minor = 0;
  how.close = true;
  assert_response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n", how,
                  "HTTP/1.1 200 OK\r\nA: b\r\nConnection: close\r\n\r\n");
  how.reframe = true;
  how.framing.kind = HTTP_BODY_CHUNKED;
  assert_response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", how,
                  "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
}

static void answers_without_a_body_claim_none(void **state) {
  (void)state;
  assert_response("HTTP/1.1 204 x\r\nContent-Length: 5\r\nA: b\r\n\r\n", PLAIN, "HTTP/1.1 204 x\r\nA: b\r\n\r\n");
  assert_response("HTTP/1.1 204 x\r\nTransfer-Encoding: chunked\r\n\r\n", PLAIN, "HTTP/1.1 204 x\r\n\r\n");
  assert_response("HTTP/1.1 103 x\r\nContent-Length: 5\r\n\r\n", PLAIN, "HTTP/1.1 103 x\r\n\r\n");
  assert_response("HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n", PLAIN, "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n");
  struct http_forward how = PLAIN;
  how.reframe = true;
  how.framing = (struct http_framing){HTTP_BODY_LENGTH, 3};
  assert_response("HTTP/1.1 204 x\r\n\r\n", how, "HTTP/1.1 204 x\r\n\r\n");
}

static void our_connection_takes_the_place_of_theirs(void **state) {
  (void)state;
  struct http_forward how = PLAIN;
  how.close = true;
  assert_request(GET "conNECtion: keep-alive\r\nA: b\r\nConnection: x\r\n\r\n", how,
                 GET "conNECtion: close\r\nA: b\r\n\r\n");
  assert_request(GET "A: b\r\n\r\n", how, GET "A: b\r\nConnection: close\r\n\r\n");
}

static void te_trailers_goes_on_as_our_own(void **state) {
  (void)state;
  assert_request(GET "tE: gzip, Trailers\r\nConnection: TE\r\nTE: trailers\r\n\r\n", PLAIN,
                 GET "tE: trailers\r\nConnection: TE\r\n\r\n");
  assert_request("GET / HTTP/1.0\r\nHost: origin.test\r\nTE: trailers\r\n\r\n", PLAIN, GET "\r\n");
}

static void upgrades_are_carried_on_only_when_told(void **state) {
  (void)state;
  static const char text[] = GET "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nA: b\r\n\r\n";
  struct http_forward how = PLAIN;
  assert_request(text, how, GET "A: b\r\n\r\n");
  how.keep_upgrade = true;
  assert_request(text, how, GET "Connection: Upgrade\r\nUpgrade: websocket\r\nA: b\r\n\r\n");
  assert_response("HTTP/1.1 101 S\r\nupgrade: websocket\r\nconnection: upgrade\r\nContent-Length: 0\r\n\r\n", how,
                  "HTTP/1.1 101 S\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n");
}

static void framing_is_made_anew_in_place(void **state) {
  (void)state;
  struct http_forward how = PLAIN;
  how.reframe = true;
  how.framing = (struct http_framing){HTTP_BODY_LENGTH, UINT64_C(12345678901)};
  assert_request(GET "content-LENGTH: 5\r\nA: b\r\n\r\n", how, GET "content-LENGTH: 12345678901\r\nA: b\r\n\r\n");
  assert_request(GET "Transfer-Encoding: chunked\r\nA: b\r\n\r\n", how,
                 GET "Content-Length: 12345678901\r\nA: b\r\n\r\n");
  assert_request(GET "A: b\r\n\r\n", how, GET "A: b\r\nContent-Length: 12345678901\r\n\r\n");
  assert_request(GET "content-length:012345678901\r\n\r\n", how, GET "content-length:012345678901\r\n\r\n");
  how.framing = (struct http_framing){HTTP_BODY_CHUNKED, 0};
  assert_request(GET "Content-Length: 5\r\nA: b\r\n\r\n", how, GET "Transfer-Encoding: chunked\r\nA: b\r\n\r\n");
  assert_response("HTTP/1.1 200 OK\r\n\r\n", how, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  assert_request(GET "transfer-encoding:gzip, Chunked\r\n\r\n", how, GET "transfer-encoding:gzip, Chunked\r\n\r\n");
  how.framing = (struct http_framing){HTTP_BODY_NONE, 0};
  assert_request(GET "Content-Length: 5\r\nA: b\r\n\r\n", how, GET "A: b\r\n\r\n");
}

/* An edited text may hold both: one stays. */
static void one_framing_line_remains(void **state) {
  (void)state;
  static const struct {
    const char *fields;
    struct http_framing framing;
    const char *expected;
  } cases[] = {
      {"Content-Length: 1\nContent-Length: 4\n", {HTTP_BODY_LENGTH, 4}, "Content-Length: 4\r\n"},
      {"Content-Length: 4\nContent-Length: 1\n", {HTTP_BODY_LENGTH, 4}, "Content-Length: 4\r\n"},
      {"Content-Length: x\nTransfer-Encoding: chunked\n", {HTTP_BODY_LENGTH, 4}, "Content-Length: 4\r\n"},
      {"Content-Length: 4\nTransfer-Encoding: chunked\n", {HTTP_BODY_CHUNKED, 0}, "Transfer-Encoding: chunked\r\n"},
      {"Transfer-Encoding: chunked\nContent-Length: 4\n", {HTTP_BODY_CHUNKED, 0}, "Transfer-Encoding: chunked\r\n"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct buf text = BUF_INIT, out = BUF_INIT, expected = BUF_INIT;
    struct http_forward how = PLAIN;
    struct http_head head;
    size_t body_at = 0;
    buf_printf(&text, "POST / HTTP/1.1\nHost: a\n%s\n", cases[i].fields);
    assert_true(http_message_parse(HTTP_REQUEST, buf_slice(&text), false, &head, &body_at, NULL));
    how.reframe = true;
    how.framing = cases[i].framing;
    http_forward_request(&out, &head, &how);
    buf_printf(&expected, "POST / HTTP/1.1\r\nHost: a\r\n%s\r\n", cases[i].expected);
    assert_string_equal(buf_text(&out), buf_text(&expected));
    http_head_clear(&head);
    buf_clear(&text);
    buf_clear(&out);
    buf_clear(&expected);
  }
}

static void max_forwards_counts_down(void **state) {
  (void)state;
#define FORWARDS(method, value)                                                                                        \
  method " http://shop.test/ HTTP/1.1\r\nHost: shop.test\r\nmax-Forwards: " value "\r\n\r\n"
  static const struct {
    const char *text, *left; /* in what goes on */
    int was;
  } rows[] = {
      {FORWARDS("OPTIONS", "5"), "max-Forwards: 4\r\n", 5},
      {FORWARDS("TRACE", "1"), "max-Forwards: 0\r\n", 1},
      {FORWARDS("TRACE", "0"), "max-Forwards: 0\r\n", 0}, /* a person sent it on */
      {FORWARDS("OPTIONS", "99999999999"), "max-Forwards: 999\r\n", 1000},
      {FORWARDS("OPTIONS", "many"), "max-Forwards: many\r\n", -1},
      {FORWARDS("GET", "5"), "max-Forwards: 5\r\n", -1},
      {"OPTIONS http://shop.test/ HTTP/1.1\r\nHost: shop.test\r\n\r\n", "", -1},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct buf out = BUF_INIT;
    struct http_head head = parse(HTTP_REQUEST, rows[i].text);
    assert_int_equal(http_max_forwards(&head), rows[i].was);
    request(&out, rows[i].text, PLAIN);
    assert_non_null(strstr(buf_text(&out), rows[i].left));
    http_head_clear(&head);
    buf_clear(&out);
  }
}

static void via_comes_last_and_knows_itself(void **state) {
  (void)state;
  struct http_forward how = PLAIN;
  struct buf out = BUF_INIT;
  how.via = "weir";
  how.loop_token = "t0ken";
  request(&out, "GET / HTTP/1.0\r\nHost: origin.test\r\nVia: 1.1 first\r\nA: b\r\n\r\n", how);
  assert_string_equal(buf_text(&out), GET "Via: 1.1 first\r\nA: b\r\nVia: 1.0 weir (t0ken)\r\n\r\n");
  struct http_head head = parse(HTTP_REQUEST, buf_text(&out));
  assert_true(http_via_has(&head, "t0ken"));
  assert_false(http_via_has(&head, "t1ken"));
  http_head_clear(&head);
  buf_clear(&out);
  assert_response("HTTP/1.1 200 OK\r\nVia: 1.1 first\r\nDate: now\r\n\r\n", how,
                  "HTTP/1.1 200 OK\r\nVia: 1.1 first\r\nDate: now\r\nVia: 1.1 weir\r\n\r\n");
}

static void a_date_is_added_where_there_is_none(void **state) {
  (void)state;
  struct http_forward how = PLAIN;
  struct buf out = BUF_INIT;
  struct slice date;
  how.via = "weir";
  response(&out, "HTTP/1.1 200 OK\r\n\r\n", how);
  struct http_head head = parse(HTTP_RESPONSE, buf_text(&out));
  assert_true(http_head_find(&head, "Date", &date));
  /* "Sun, 06 Nov 1994 08:49:37 GMT" */
  char *copy = mem_dup_n(date.p, date.n);
  char day[4], month[4];
  int d, y, h, m, s, n = 0;
  assert_int_equal(sscanf(copy, "%3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", day, &d, month, &y, &h, &m, &s, &n),
                   7);
  assert_int_equal(n, 29);
  assert_int_equal(date.n, 29);
  assert_true(y >= 2024 && d >= 1 && d <= 31);
  free(copy);
  http_head_clear(&head);
  buf_clear(&out);
}

static void many_connection_members_cost_little(void **state) {
  (void)state;
  struct buf text = BUF_INIT, out = BUF_INIT;
  buf_add_text(&text, GET "Connection: ");
  for (int i = 0; i < 100; i++)
    buf_printf(&text, "x%d,", i);
  for (int i = 0; i < HTTP_FIELDS_MAX - 2; i++)
    buf_printf(&text, "\r\nx%d: v", i);
  buf_add_text(&text, "\r\n\r\n");
  request(&out, buf_text(&text), PLAIN);
  assert_null(strstr(buf_text(&out), "\r\nx99: v"));
  assert_non_null(strstr(buf_text(&out), "\r\nx100: v"));
  buf_clear(&text);
  buf_clear(&out);
}

static void keeping_alive(void **state) {
  (void)state;
  static const struct {
    enum http_role role;
    const char *text;
    bool keeps;
  } cases[] = {
      {HTTP_REQUEST, GET "\r\n", true},
      {HTTP_REQUEST, GET "Connection: x, CLOSE\r\n\r\n", false},
      {HTTP_REQUEST, GET "Connection: keep-alive, close\r\n\r\n", false},
      {HTTP_REQUEST, GET "Proxy-Connection: close\r\n\r\n", true},
      {HTTP_REQUEST, "GET / HTTP/1.0\r\n\r\n", false},
      {HTTP_REQUEST, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false},
      {HTTP_RESPONSE, "HTTP/1.1 200 OK\r\n\r\n", true},
      {HTTP_RESPONSE, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", false},
      {HTTP_RESPONSE, "HTTP/1.0 200 OK\r\n\r\n", false},
      {HTTP_RESPONSE, "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\r\n", true},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct http_head head = parse(cases[i].role, cases[i].text);
    if (http_keeps_alive(&head) != cases[i].keeps)
      fail_msg("%s", cases[i].text);
    http_head_clear(&head);
  }
}

static void wanting_an_upgrade(void **state) {
  (void)state;
  static const struct {
    const char *fields;
    bool wants;
  } cases[] = {
      {"Connection: upgrade\r\nUpgrade: websocket\r\n", true},
      {"Connection: keep-alive, Upgrade\r\nUpgrade: a/1, b\r\n", true},
      {"Upgrade: websocket\r\n", false},
      {"Connection: upgrade\r\n", false},
      {"Connection: upgrade\r\nUpgrade:\r\n", false},
      {"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n", false},
      {"Connection: upgrade\r\nUpgrade: websocket, H2C\r\n", false},
      {"Connection: upgrade\r\nUpgrade: HTTP/2.0\r\n", false},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct buf text = BUF_INIT;
    buf_printf(&text, GET "%s\r\n", cases[i].fields);
    struct http_head head = parse(HTTP_REQUEST, buf_text(&text));
    if (http_wants_upgrade(&head) != cases[i].wants)
      fail_msg("%s", cases[i].fields);
    http_head_clear(&head);
    buf_clear(&text);
  }
  struct http_head old = parse(HTTP_REQUEST, "GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
  assert_false(http_wants_upgrade(&old));
  http_head_clear(&old);
}

static void accepting_an_upgrade(void **state) {
  (void)state;
  struct http_head asked = parse(HTTP_REQUEST, GET "Connection: upgrade\r\nUpgrade: TLS/1.0, websocket\r\n\r\n");
  struct http_head plain = parse(HTTP_REQUEST, GET "\r\n");
  static const struct {
    const char *upgrade;
    bool matches;
  } cases[] = {
      {"Upgrade: WebSocket\r\n", true},
      {"Upgrade: tls/1.0, websocket\r\n", true},
      {"Upgrade: other\r\n", false},
      {"Upgrade: websocket, other\r\n", false},
      {"", false},
      {"Upgrade:\r\n", false},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct buf text = BUF_INIT;
    buf_printf(&text, "HTTP/1.1 101 S\r\n%s\r\n", cases[i].upgrade);
    struct http_head head = parse(HTTP_RESPONSE, buf_text(&text));
    assert_int_equal(http_upgrade_matches(&asked, &head), cases[i].matches);
    assert_false(http_upgrade_matches(&plain, &head));
    http_head_clear(&head);
    buf_clear(&text);
  }
  http_head_clear(&asked);
  http_head_clear(&plain);
}

static void other_questions(void **state) {
  (void)state;
  struct http_head head = parse(HTTP_REQUEST, GET "expect: 100-Continue\r\n\r\n");
  assert_true(http_expects_continue(&head));
  http_head_clear(&head);
  head = parse(HTTP_REQUEST, "GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n");
  assert_false(http_expects_continue(&head)); /* RFC 9110-10.1.1 */
  http_head_clear(&head);
  head = parse(HTTP_REQUEST, GET "Expect: something\r\n\r\n");
  assert_false(http_expects_continue(&head));
  http_head_clear(&head);
  assert_true(http_is_idempotent(SLICE("DELETE")));
  assert_false(http_is_idempotent(SLICE("POST")));
  assert_false(http_is_idempotent(SLICE("get")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rewrites_the_request_line),
      cmocka_unit_test(towards_a_proxy_the_target_stays_absolute),
      cmocka_unit_test(connect_and_edited_targets_pass_as_they_stand),
      cmocka_unit_test(host_follows_the_target),
      cmocka_unit_test(host_is_made_from_parts),
      cmocka_unit_test(hop_by_hop_fields_stay_here),
      cmocka_unit_test(all_else_passes_byte_for_byte),
      cmocka_unit_test(answers_go_out_as_http_1_1),
      cmocka_unit_test(answers_without_a_body_claim_none),
      cmocka_unit_test(our_connection_takes_the_place_of_theirs),
      cmocka_unit_test(te_trailers_goes_on_as_our_own),
      cmocka_unit_test(upgrades_are_carried_on_only_when_told),
      cmocka_unit_test(framing_is_made_anew_in_place),
      cmocka_unit_test(one_framing_line_remains),
      cmocka_unit_test(max_forwards_counts_down),
      cmocka_unit_test(via_comes_last_and_knows_itself),
      cmocka_unit_test(a_date_is_added_where_there_is_none),
      cmocka_unit_test(many_connection_members_cost_little),
      cmocka_unit_test(keeping_alive),
      cmocka_unit_test(wanting_an_upgrade),
      cmocka_unit_test(accepting_an_upgrade),
      cmocka_unit_test(other_questions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
