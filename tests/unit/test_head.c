/* Heads: what is taken and what is refused, with the status and the place; walking fields; framing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/mem.h"
#include "weir/http/framing.h"
#include "weir/http/head.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HOST     "Host: a\r\n"

static void assert_slice(struct slice s, const char *text) {
  char *copy = mem_dup_n(s.n > 0 ? s.p : "", s.n);
  assert_string_equal(copy, text);
  free(copy);
}

static struct http_head parse_good(enum http_role role, const char *text) {
  struct http_head head;
  struct http_fault fault;
  /* an exact block, so that a sanitizer sees a byte read too far */
  size_t n = strlen(text);
  char *exact = mem_alloc(n);
  memcpy(exact, text, n);
  if (!http_head_parse(role, (struct slice){exact, n}, &head, &fault))
    fail_msg("refused (%d %s): %s", fault.status, fault.err.text, text);
  free(exact);
  assert_slice(http_head_raw(&head), text);
  return head;
}

struct refusal {
  struct slice text;
  int status;
  const char *sentence; /* a part of it */
};

#define BAD(literal, status, sentence)                                                                                 \
  { {literal, sizeof(literal) - 1}, status, sentence }

static void assert_refused(enum http_role role, const struct refusal *cases, size_t n) {
  for (size_t i = 0; i < n; i++) {
    struct http_head head;
    struct http_fault fault = {0};
    char *exact = mem_alloc(cases[i].text.n);
    memcpy(exact, cases[i].text.p, cases[i].text.n);
    if (http_head_parse(role, (struct slice){exact, cases[i].text.n}, &head, &fault))
      fail_msg("taken: %s", cases[i].text.p);
    free(exact);
    if (fault.status != (role == HTTP_REQUEST ? cases[i].status : 502) ||
        strstr(fault.err.text, cases[i].sentence) == NULL) {
      fail_msg("%d \"%s\" and not %d \"%s\" for: %s", fault.status, fault.err.text, cases[i].status, cases[i].sentence,
               cases[i].text.p);
    }
    assert_true(fault.err.at + fault.err.span <= cases[i].text.n);
  }
}

static void takes_requests(void **state) {
  (void)state;
  static const char *const cases[] = {
      "GET / HTTP/1.1\r\n" HOST "\r\n",
      "GET / HTTP/1.0\r\n\r\n",
      "GET / HTTP/1.2\r\n" HOST "\r\n",
      "GET http://a/ HTTP/1.1\r\n" HOST "\r\n",
      "GET http://a?x HTTP/1.1\r\nHost: other\r\n\r\n",
      "get / HTTP/1.1\r\n" HOST "\r\n",
      "PROPFIND / HTTP/1.1\r\n" HOST "\r\n",
      "QUERY /x HTTP/1.1\r\n" HOST "\r\n",
      "!#$%&'*+-.^_`|~09az / HTTP/1.1\r\n" HOST "\r\n",
      "OPTIONS * HTTP/1.1\r\n" HOST "\r\n",
      "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
      "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\nContent-Length: 0\r\n\r\n",
      "GET /caf\xc3\xa9\xff?\"<>{}|\\^`%0d%0a HTTP/1.1\r\n" HOST "\r\n",
      "GET / HTTP/1.1\r\nHost:a\r\n\r\n",
      "GET / HTTP/1.1\r\nhOST: \t a \t \r\n\r\n",
      "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
      "GET / HTTP/1.1\r\nHost:\r\n\r\n",
      "GET / HTTP/1.1\r\n" HOST "Empty:\r\nBlank: \t \r\nTab: a\tb\r\nObs: \x80\xff\r\n\r\n",
      "GET / HTTP/1.1\r\n" HOST "!#$%&'*+-.^_`|~: v\r\n\r\n",
      "GET / HTTP/1.1\r\n" HOST "Colon: a:b::c\r\n\r\n",
      "POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709\r\n\r\n",
      "POST / HTTP/1.1\r\n" HOST "Content-Length: 0007\r\n\r\n",
      "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",
      "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: GZip ,\tChunked\r\n\r\n",
      "POST / HTTP/1.1\r\n" HOST "Upgrade: websocket\r\nConnection: Upgrade, keep-alive\r\nContent-Length: 5\r\n\r\n",
      "GET / HTTP/1.1\r\n" HOST "Connection: close, , x;y, \"Host\"\r\n\r\n",
      "GET / HTTP/1.1\r\n" HOST "Proxy-Connection: Content-Length\r\n\r\n",
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct http_head head = parse_good(HTTP_REQUEST, cases[i]);
    http_head_clear(&head);
  }
}

static void refuses_start_lines(void **state) {
  (void)state;
  static const struct refusal cases[] = {
      BAD("GET / HTTP/1.1\n" HOST "\r\n", 400, "bare LF"),
      BAD("GET /\r\n\r\n", 400, "HTTP/0.9"),
      BAD("GET\r\n\r\n", 400, "behind the method"),
      BAD("\r\n\r\n", 400, "begin with a method"),
      BAD(" GET / HTTP/1.1\r\n" HOST "\r\n", 400, "begin with a method"),
      BAD("G@T / HTTP/1.1\r\n" HOST "\r\n", 400, "behind the method"),
      BAD("GE\0T / HTTP/1.1\r\n" HOST "\r\n", 400, "behind the method"),
      BAD("GET\t/ HTTP/1.1\r\n" HOST "\r\n", 400, "behind the method"),
      BAD("GET  / HTTP/1.1\r\n" HOST "\r\n", 400, "more than one space"),
      BAD("GET /  HTTP/1.1\r\n" HOST "\r\n", 400, "space too many"),
      BAD("GET / HTTP/1.1 \r\n" HOST "\r\n", 400, "space too many"),
      BAD("GET / x HTTP/1.1\r\n" HOST "\r\n", 400, "space too many"),
      BAD("GET /\tHTTP/1.1\r\n" HOST "\r\n", 400, "HTTP/0.9"),
      BAD("GET /\x0b HTTP/1.1\r\n" HOST "\r\n", 400, "control byte in the request target"),
      BAD("GET /\x7f HTTP/1.1\r\n" HOST "\r\n", 400, "control byte in the request target"),
      BAD("GET /\0 HTTP/1.1\r\n" HOST "\r\n", 400, "control byte in the request target"),
      BAD("GET /\rX HTTP/1.1\r\n" HOST "\r\n", 400, "control byte in the request target"),
      BAD("GET /#f HTTP/1.1\r\n" HOST "\r\n", 400, "fragment"),
      BAD("GET http://a/#f HTTP/1.1\r\n" HOST "\r\n", 400, "fragment"),
      BAD("GET a HTTP/1.1\r\n" HOST "\r\n", 400, "not a URL"),
      BAD("GET a:80 HTTP/1.1\r\n" HOST "\r\n", 400, "not a URL"),
      BAD("GET * HTTP/1.1\r\n" HOST "\r\n", 400, "OPTIONS only"),
      BAD("GET http:///x HTTP/1.1\r\n" HOST "\r\n", 400, "no host"),
      BAD("GET http://a@b@c/ HTTP/1.1\r\n" HOST "\r\n", 400, "two @"),
      BAD("GET http://a\\b/ HTTP/1.1\r\n" HOST "\r\n", 400, "backslash"),
      BAD("GET http://a:99999/ HTTP/1.1\r\n" HOST "\r\n", 400, "port"),
      BAD("GET http://[::1/ HTTP/1.1\r\n" HOST "\r\n", 400, "not closed"),
      BAD("CONNECT http://a:443/ HTTP/1.1\r\n" HOST "\r\n", 400, "host:port"),
      BAD("CONNECT a HTTP/1.1\r\n" HOST "\r\n", 400, "no port"),
      BAD("CONNECT a: HTTP/1.1\r\n" HOST "\r\n", 400, "no port"),
      BAD("CONNECT a:http HTTP/1.1\r\n" HOST "\r\n", 400, "port is not"),
      BAD("CONNECT / HTTP/1.1\r\n" HOST "\r\n", 400, "host:port"),
      BAD("CONNECT a:443 HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n", 400, "CONNECT with a body"),
      BAD("CONNECT a:443 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 400, "CONNECT with a body"),
      BAD("GET / HTTP/2.0\r\n" HOST "\r\n", 505, "HTTP/2 is not"),
      BAD("GET / HTTP/3.0\r\n" HOST "\r\n", 505, "HTTP/3 is not"),
      BAD("PRI * HTTP/2.0\r\n\r\n", 505, "HTTP/2 without TLS"),
      BAD("GET / HTTP/0.9\r\n" HOST "\r\n", 400, "HTTP/0.9"),
      BAD("GET / HTTP/1\r\n" HOST "\r\n", 400, "version"),
      BAD("GET / HTTP/1.10\r\n" HOST "\r\n", 400, "version"),
      BAD("GET / HTTP/01.1\r\n" HOST "\r\n", 400, "version"),
      BAD("GET / HTTP/1,1\r\n" HOST "\r\n", 400, "version"),
      BAD("GET / HTTP/ 1.1\r\n" HOST "\r\n", 400, "space too many"),
      BAD("GET / http/1.1\r\n" HOST "\r\n", 400, "version"),
      BAD("GET / HTTPS/1.1\r\n" HOST "\r\n", 400, "version"),
      BAD("GET / HTTP/1.x\r\n" HOST "\r\n", 400, "version"),
  };
  assert_refused(HTTP_REQUEST, cases, COUNT(cases));
}

#define GET  "GET / HTTP/1.1\r\n" HOST
#define POST "POST / HTTP/1.1\r\n" HOST

static void refuses_fields(void **state) {
  (void)state;
  static const struct refusal cases[] = {
      BAD(GET, 400, "empty line"),
      BAD(GET "A: b\r\n", 400, "empty line"),
      BAD(GET "\r\nX", 400, "empty line in the middle"),
      BAD(GET "A : b\r\n\r\n", 400, "before its colon"),
      BAD(GET "A\t: b\r\n\r\n", 400, "before its colon"),
      BAD(GET "A b: c\r\n\r\n", 400, "white space in a field name"),
      BAD(GET "A: b\r\n c\r\n\r\n", 400, "folded"),
      BAD(GET "A: b\r\n\tc\r\n\r\n", 400, "folded"),
      BAD("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, "folded"),
      BAD(GET ": v\r\n\r\n", 400, "without a name"),
      BAD(GET "no colon\r\n\r\n", 400, "white space in a field name"),
      BAD(GET "nocolon\r\n\r\n", 400, "without a colon"),
      BAD(GET "A(b): c\r\n\r\n", 400, "no field name may have"),
      BAD(GET "A\x80: c\r\n\r\n", 400, "no field name may have"),
      BAD(GET "A\0: c\r\n\r\n", 400, "no field name may have"),
      BAD(GET "\"A\": c\r\n\r\n", 400, "no field name may have"),
      BAD(GET "A: b\0c\r\n\r\n", 400, "control byte"),
      BAD(GET "A: b\x01\r\n\r\n", 400, "control byte"),
      BAD(GET "A: b\x7f\r\n\r\n", 400, "control byte"),
      BAD(GET "A: b\rc\r\n\r\n", 400, "bare CR"),
      BAD(GET "A: b\r\r\n\r\n", 400, "bare CR"),
      BAD(GET "A: b\nB: c\r\n\r\n", 400, "bare CR or LF"),
      BAD(GET "A: b\n\r\n", 400, "bare CR or LF"),
      BAD(GET "\n", 400, "bare CR or LF"),
      BAD(GET "\rX: y\r\n\r\n", 400, "bare CR or LF"),
      BAD("GET / HTTP/1.1\r\n\r\n", 400, "without Host"),
      BAD("GET http://a/ HTTP/1.1\r\n\r\n", 400, "without Host"),
      BAD("GET / HTTP/1.9\r\n\r\n", 400, "without Host"),
      BAD(GET HOST "\r\n", 400, "two Host"),
      BAD("GET / HTTP/1.0\r\n" HOST "hOST: b\r\n\r\n", 400, "two Host"),
      BAD("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "invalid Host"),
      BAD("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, "invalid Host"),
      BAD("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "invalid Host"),
      BAD("GET / HTTP/1.1\r\nHost: me@a\r\n\r\n", 400, "invalid Host"),
      BAD("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400, "invalid Host"),
      BAD("GET / HTTP/1.1\r\nHost: :80\r\n\r\n", 400, "invalid Host"),
      BAD("GET / HTTP/1.1\r\nHost: a\xff\r\n\r\n", 400, "invalid Host"),
      BAD("GET / HTTP/1.0\r\nHost: [::1\r\n\r\n", 400, "invalid Host"),
      BAD(GET "Connection: Host\r\n\r\n", 400, "Connection names"),
      BAD(GET "Connection: close, content-LENGTH\r\n\r\n", 400, "Connection names"),
      BAD(GET "Connection: x\r\nConnection: ,,Transfer-Encoding\r\n\r\n", 400, "Connection names"),
  };
  assert_refused(HTTP_REQUEST, cases, COUNT(cases));
}

static void refuses_doubtful_framing(void **state) {
  (void)state;
  static const struct refusal cases[] = {
#define CL(value) BAD(POST "Content-Length: " value "\r\n\r\n", 400, "not a plain number")
      CL(""),
      CL("-1"),
      CL("+1"),
      CL("0x10"),
      CL("1e3"),
      CL("1.0"),
      CL("1,1"),
      CL("1, 1"),
      CL("1 1"),
      CL("1_0"),
      CL("\"1\""),
      CL("1;x"),
      CL("9223372036854775808"),
      CL("18446744073709551616"),
      CL("99999999999999999999999999"),
      CL("\xd9\xa1"),
      CL("\xa0"
         "1"),
      BAD(POST "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "two Content-Length"),
      BAD(POST "Content-Length: 1\r\ncontent-length: 1\r\n\r\n", 400, "two Content-Length"),
      BAD(POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "both"),
      BAD(POST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", 400, "both"),
      BAD(POST "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\n", 400, "both"),
      BAD(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "two Transfer"),
      BAD(POST "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "two Transfer"),
#define TE(value, status, sentence) BAD(POST "Transfer-Encoding:" value "\r\n\r\n", status, sentence)
      TE("", 400, "empty coding"),
      TE(" ,chunked", 400, "empty coding"),
      TE(" gzip,,chunked", 400, "empty coding"),
      TE(" chunked,", 400, "behind chunked"),
      TE(" chunked, chunked", 400, "behind chunked"),
      TE(" chunked, identity", 400, "behind chunked"),
      TE(" chunked, gzip", 400, "behind chunked"),
      TE(" gzip", 501, "not chunked"),
      TE(" identity", 501, "unknown coding"),
      TE(" identity, chunked", 501, "unknown coding"),
      TE(" xchunked", 501, "unknown coding"),
      TE(" \"chunked\"", 501, "unknown coding"),
      TE(" chunked;q=1", 501, "unknown coding"),
      TE(" chunked chunked", 501, "unknown coding"),
      TE(" x, chunked", 501, "unknown coding"),
      TE(" chunked\x0b", 400, "control byte"),
      TE(" \x0b"
         "chunked",
         400, "control byte"),
      TE("\r\n chunked", 400, "empty coding"),
      TE(" chunked\x00", 400, "control byte"),
      BAD(POST "Transfer-Encoding : chunked\r\n\r\n", 400, "before its colon"),
      BAD(POST "Transfer\tEncoding: chunked\r\n\r\n", 400, "white space in a field name"),
      BAD("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "HTTP/1.0"),
      BAD(POST "Content-Length: 5\r\n\t6\r\n\r\n", 400, "folded"),
      BAD(POST "A: b\rContent-Length: 5\r\n\r\n", 400, "bare CR"),
      BAD(POST "A: b\nContent-Length: 5\r\n\r\n", 400, "bare CR or LF"),
      BAD(POST "Content\0-Length: 5\r\n\r\n", 400, "no field name may have"),
  };
  assert_refused(HTTP_REQUEST, cases, COUNT(cases));
}

static void takes_responses(void **state) {
  (void)state;
  static const struct {
    const char *text;
    unsigned status;
    const char *reason;
  } cases[] = {
      {"HTTP/1.1 200 OK\r\n\r\n", 200, "OK"},
      {"HTTP/1.0 200 OK\r\n\r\n", 200, "OK"},
      {"HTTP/1.1 299 \r\n\r\n", 299, ""},
      {"HTTP/1.1 599\r\n\r\n", 599, ""},
      {"HTTP/1.1 999 a\tb \xff c\r\n\r\n", 999, "a\tb \xff c"},
      {"HTTP/1.1 100 Continue\r\n\r\n", 100, "Continue"},
      {"HTTP/1.1 200 OK\r\nHost: a\r\nHost: b c\r\n\r\n", 200, "OK"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", 200, "OK"},
      {"HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n", 200, "OK"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct http_head head = parse_good(HTTP_RESPONSE, cases[i].text);
    assert_int_equal(head.status, cases[i].status);
    assert_slice(http_head_reason(&head), cases[i].reason);
    assert_int_equal(http_head_target(&head).n, 0);
    assert_int_equal(http_head_method(&head).n, 0);
    http_head_clear(&head);
  }
}

static void refuses_responses(void **state) {
  (void)state;
  static const struct refusal cases[] = {
      BAD("SSH-2.0-x\r\n\r\n", 502, "not HTTP"),
      BAD("ICY 200 OK\r\n\r\n", 502, "not HTTP"),
      BAD("HTTP/1.1\r\n\r\n", 502, "three digits"),
      BAD("HTTP/1.1 \r\n\r\n", 502, "three digits"),
      BAD("HTTP/1.1 20 OK\r\n\r\n", 502, "three digits"),
      BAD("HTTP/1.1 099 OK\r\n\r\n", 502, "three digits"),
      BAD("HTTP/1.1 2000 OK\r\n\r\n", 502, "three digits"),
      BAD("HTTP/1.1 200OK\r\n\r\n", 502, "three digits"),
      BAD("HTTP/1.1  200 OK\r\n\r\n", 502, "three digits"),
      BAD("HTTP/1.1 2x0 OK\r\n\r\n", 502, "three digits"),
      BAD("HTTP/1.1\t200 OK\r\n\r\n", 502, "version"),
      BAD("HTTP/2.0 200 OK\r\n\r\n", 502, "HTTP/2"),
      BAD("HTTP/0.9 200 OK\r\n\r\n", 502, "HTTP/0.9"),
      BAD("HTTP/1.1 200 O\x1bK\r\n\r\n", 502, "reason phrase"),
      BAD("HTTP/1.1 200 O\0K\r\n\r\n", 502, "reason phrase"),
      BAD("HTTP/1.1 200 O\rK\r\n\r\n", 502, "reason phrase"),
      BAD("HTTP/1.1 200 OK\n\r\n", 502, "bare LF"),
      BAD("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", 502, "before its colon"),
      BAD("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", 502, "folded"),
      BAD("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", 502, "plain number"),
      BAD("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 502, "two Content-Length"),
      BAD("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 502, "both"),
      BAD("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 502, "HTTP/1.0"),
      BAD("HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n", 502, "unknown coding"),
      BAD("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 502, "behind chunked"),
      BAD("HTTP/1.1 200 OK\r\nConnection: Content-Length\r\n\r\n", 502, "Connection names"),
  };
  assert_refused(HTTP_RESPONSE, cases, COUNT(cases));
}

static void add_many(struct buf *b, const char *text, size_t times) {
  for (size_t i = 0; i < times; i++)
    buf_add_text(b, text);
}

/* before + n times text + after */
static bool parses_with(const char *before, const char *text, size_t n, const char *after, int *status) {
  struct buf raw = BUF_INIT;
  struct http_head head = {0};
  struct http_fault fault = {0};
  buf_add_text(&raw, before);
  add_many(&raw, text, n);
  buf_add_text(&raw, after);
  bool good = http_head_parse(HTTP_REQUEST, buf_slice(&raw), &head, &fault);
  *status = fault.status;
  http_head_clear(&head);
  buf_clear(&raw);
  return good;
}

static void sizes_have_limits(void **state) {
  (void)state;
  int status = 0;
  assert_true(parses_with(GET, "Name: value\r\n", 100, "\r\n", &status));
  assert_true(parses_with(GET, "N: v\r\n", HTTP_FIELDS_MAX - 1, "\r\n", &status));
  assert_false(parses_with(GET, "N: v\r\n", HTTP_FIELDS_MAX, "\r\n", &status));
  assert_int_equal(status, 431);
  assert_false(parses_with(GET, "N: v\r\n", 20000, "\r\n", &status));
  assert_int_equal(status, 431);
  assert_true(parses_with(GET "N: ", "v", 12 * 1024, "\r\n\r\n", &status));
  assert_true(parses_with(GET "N: ", "v", HTTP_HEAD_MAX - strlen(GET "N: \r\n\r\n"), "\r\n\r\n", &status));
  assert_false(parses_with(GET "N: ", "v", HTTP_HEAD_MAX, "\r\n\r\n", &status));
  assert_int_equal(status, 431);
  assert_true(parses_with("GET /", "x", 8000, " HTTP/1.1\r\n" HOST "\r\n", &status));
  assert_true(parses_with("GET /", "x", 65000, " HTTP/1.1\r\n" HOST "\r\n", &status));
  assert_false(parses_with("GET /", "x", 70000, " HTTP/1.1\r\n" HOST "\r\n", &status));
  assert_int_equal(status, 414);
  assert_true(parses_with("", "M", 128, " / HTTP/1.1\r\n" HOST "\r\n", &status));
  assert_false(parses_with("", "M", 129, " / HTTP/1.1\r\n" HOST "\r\n", &status));
  assert_int_equal(status, 501);
  assert_true(parses_with(GET "Connection: ", "x,", 100, "\r\n\r\n", &status));
  assert_false(parses_with(GET "Connection: ", "x,", 20000, "\r\n\r\n", &status));
  assert_int_equal(status, 400);
  assert_true(parses_with(GET "Connection: ", ",", 20000, "\r\n\r\n", &status));
  assert_false(parses_with(POST "Content-Length: ", "9", 5000, "\r\n\r\n", &status));
  assert_int_equal(status, 400);
}

static void points_at_the_fault(void **state) {
  (void)state;
  struct http_head head;
  struct http_fault fault;
  const char *text = "GET / HTTP/1.1\r\nHost: a\r\nB\tc: d\r\n\r\n";
  assert_false(http_head_parse(HTTP_REQUEST, slice_of(text), &head, &fault));
  assert_int_equal(fault.err.at, strchr(text, '\t') - text);
  text = "GET http://a:x/ HTTP/1.1\r\nHost: a\r\n\r\n";
  assert_false(http_head_parse(HTTP_REQUEST, slice_of(text), &head, &fault));
  assert_int_equal(fault.err.at, strchr(text, 'x') - text);
  text = "GET / HTTP/1.1\r\nHost:  a!b c\r\n\r\n";
  assert_false(http_head_parse(HTTP_REQUEST, slice_of(text), &head, &fault));
  assert_int_equal(fault.err.at, strstr(text, " c") - text);
}

static void walks_fields(void **state) {
  (void)state;
  struct http_head head =
      parse_good(HTTP_REQUEST, "PUT /x?y HTTP/1.0\r\nA:1\r\nB: \t two words \t\r\nempty:\r\na: 3\r\n\r\n");
  assert_slice(http_head_start(&head), "PUT /x?y HTTP/1.0");
  assert_slice(http_head_method(&head), "PUT");
  assert_slice(http_head_target(&head), "/x?y");
  assert_int_equal(http_head_reason(&head).n, 0);
  assert_int_equal(head.minor, 0);
  static const char *const expected[][3] = {{"A", "1", "A:1\r\n"},
                                            {"B", "two words", "B: \t two words \t\r\n"},
                                            {"empty", "", "empty:\r\n"},
                                            {"a", "3", "a: 3\r\n"}};
  struct http_field field;
  uint32_t at = 0;
  for (size_t i = 0; i < COUNT(expected); i++) {
    assert_true(http_head_next(&head, &at, &field));
    assert_slice(field.name, expected[i][0]);
    assert_slice(field.value, expected[i][1]);
    assert_slice(field.line, expected[i][2]);
  }
  assert_false(http_head_next(&head, &at, &field));
  struct slice value;
  assert_true(http_head_find(&head, "A", &value));
  assert_slice(value, "1");
  assert_true(http_head_find(&head, "EMPTY", &value));
  assert_int_equal(value.n, 0);
  assert_false(http_head_find(&head, "two", &value));
  assert_int_equal(http_head_count(&head, "a"), 2);
  assert_int_equal(http_head_count(&head, "c"), 0);
  struct http_head copy;
  http_head_copy(&copy, &head);
  assert_ptr_not_equal(copy.raw, head.raw);
  assert_true(slice_eq(http_head_raw(&copy), http_head_raw(&head)));
  assert_true(http_head_cost(&copy) >= copy.n);
  http_head_clear(&copy);
  http_head_clear(&head);
  assert_null(head.raw);
  assert_int_equal(http_head_raw(&head).n, 0);
  assert_int_equal(http_head_start(&head).n, 0);
  at = 0;
  assert_false(http_head_next(&head, &at, &field));
}

/* A name that is the front or the end of another, or a value that looks like a line, is not it. */
static void walks_fields_of_one_name(void **state) {
  struct http_head head =
      parse_good(HTTP_REQUEST, "GET / HTTP/1.1\r\nHost: h\r\nX-Via: 1\r\nvia: a\r\nVia-X: Via: 2\r\n"
                               "V: ia: 3\r\nVIA:\t b \r\nLast: Via:\r\nVia:\r\n\r\n");
  struct http_field field;
  uint32_t at = 0;
  (void)state;
  assert_true(http_head_next_named(&head, "Via", &at, &field));
  assert_true(slice_eq(field.name, SLICE("via")));
  assert_true(slice_eq(field.line, SLICE("via: a\r\n")));
  assert_true(http_head_next_named(&head, "Via", &at, &field));
  assert_true(slice_eq(field.value, SLICE("b")));
  assert_true(http_head_next_named(&head, "Via", &at, &field));
  assert_int_equal(field.value.n, 0);
  assert_false(http_head_next_named(&head, "Via", &at, &field));
  at = 0;
  assert_false(http_head_next_named(&head, "Via-", &at, &field));
  assert_false(http_head_next_named(&head, "", &at, &field));
  assert_int_equal(http_head_count(&head, "VIA"), 3);
  http_head_clear(&head);
}

static void splits_lists(void **state) {
  (void)state;
  static const struct {
    const char *text, *members;
  } cases[] = {
      {"a", "a|"},
      {"a, ,b", "a|b|"},
      {" a ,\tb\t", "a|b|"},
      {",,a,,", "a|"},
      {"", ""},
      {" , ", ""},
      {"a;x=\"b, c\", d", "a;x=\"b, c\"|d|"},
      {"\"a\\\", b\", c", "\"a\\\", b\"|c|"},
      {"\"open, b", "\"open, b|"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct buf got = BUF_INIT;
    struct slice rest = slice_of(cases[i].text), member;
    while (http_list_next(&rest, &member)) {
      buf_add_slice(&got, member);
      buf_add_byte(&got, '|');
    }
    assert_string_equal(buf_text(&got), cases[i].members);
    buf_clear(&got);
  }
}

static void finds_tokens(void **state) {
  (void)state;
  struct http_head head = parse_good(
      HTTP_REQUEST, GET "Connection: x\r\nTE: deflate;q=0.5, Trailers ; q=1\r\nconnection: Keep-Alive, CLOSE\r\n\r\n");
  assert_true(http_head_has_token(&head, "Connection", "close"));
  assert_true(http_head_has_token(&head, "Connection", "x"));
  assert_false(http_head_has_token(&head, "Connection", "keep"));
  assert_true(http_head_has_token(&head, "TE", "trailers"));
  assert_true(http_head_has_token(&head, "TE", "deflate"));
  assert_false(http_head_has_token(&head, "TE", "q=1"));
  http_head_clear(&head);
  assert_true(http_is_token(SLICE("M-SEARCH")));
  assert_false(http_is_token(SLICE("")));
  assert_false(http_is_token(SLICE("a b")));
  assert_false(http_is_token(SLICE("a:")));
}

static void frames_requests(void **state) {
  (void)state;
  static const struct {
    const char *text;
    enum http_body_kind kind;
    uint64_t length;
  } cases[] = {
      {POST "\r\n", HTTP_BODY_NONE, 0},
      {POST "Content-Length: 0\r\n\r\n", HTTP_BODY_NONE, 0},
      {POST "content-length:\t9223372036854775807 \r\n\r\n", HTTP_BODY_LENGTH, INT64_MAX},
      {GET "Content-Length: 5\r\n\r\n", HTTP_BODY_LENGTH, 5},
      {"GET / HTTP/1.0\r\nContent-Length: 5\r\n\r\n", HTTP_BODY_LENGTH, 5},
      {POST "transfer-ENCODING: CHUNKED\r\n\r\n", HTTP_BODY_CHUNKED, 0},
      {POST "Transfer-Encoding: gzip, chunked\r\n\r\n", HTTP_BODY_CHUNKED, 0},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct http_head head = parse_good(HTTP_REQUEST, cases[i].text);
    struct http_framing framing = http_request_framing(&head);
    assert_int_equal(framing.kind, cases[i].kind);
    assert_int_equal(framing.length, cases[i].length);
    assert_int_equal(http_transfer_coded(&head), strstr(cases[i].text, "gzip") != NULL);
    http_head_clear(&head);
  }
}

static void frames_responses(void **state) {
  (void)state;
  static const struct {
    const char *text;
    bool request_was_head;
    enum http_body_kind kind;
    uint64_t length;
  } cases[] = {
      {"HTTP/1.1 200 OK\r\n\r\n", false, HTTP_BODY_CLOSE, 0},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, HTTP_BODY_LENGTH, 0},
      {"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", false, HTTP_BODY_LENGTH, 7},
      {"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", true, HTTP_BODY_NONE, 0},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", false, HTTP_BODY_CHUNKED, 0},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true, HTTP_BODY_NONE, 0},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", false, HTTP_BODY_CLOSE, 0},
      {"HTTP/1.1 204 x\r\nContent-Length: 7\r\n\r\n", false, HTTP_BODY_NONE, 0},
      {"HTTP/1.1 304 x\r\nContent-Length: 7\r\n\r\n", false, HTTP_BODY_NONE, 0},
      {"HTTP/1.1 304 x\r\nTransfer-Encoding: chunked\r\n\r\n", false, HTTP_BODY_NONE, 0},
      {"HTTP/1.1 101 x\r\nContent-Length: 7\r\n\r\n", false, HTTP_BODY_NONE, 0},
      {"HTTP/1.1 103 x\r\n\r\n", false, HTTP_BODY_NONE, 0},
      {"HTTP/1.1 205 x\r\nContent-Length: 7\r\n\r\n", false, HTTP_BODY_LENGTH, 7},
      {"HTTP/1.0 999 x\r\n\r\n", false, HTTP_BODY_CLOSE, 0},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct http_head head = parse_good(HTTP_RESPONSE, cases[i].text);
    struct http_framing framing = http_response_framing(&head, cases[i].request_was_head);
    assert_int_equal(framing.kind, cases[i].kind);
    assert_int_equal(framing.length, cases[i].length);
    http_head_clear(&head);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(takes_requests),    cmocka_unit_test(refuses_start_lines),
      cmocka_unit_test(refuses_fields),    cmocka_unit_test(refuses_doubtful_framing),
      cmocka_unit_test(takes_responses),   cmocka_unit_test(refuses_responses),
      cmocka_unit_test(sizes_have_limits), cmocka_unit_test(points_at_the_fault),
      cmocka_unit_test(walks_fields),      cmocka_unit_test(walks_fields_of_one_name),
      cmocka_unit_test(splits_lists),      cmocka_unit_test(finds_tokens),
      cmocka_unit_test(frames_requests),   cmocka_unit_test(frames_responses),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
