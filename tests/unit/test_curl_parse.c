/* curl commands read back: what shells, browsers and documentation write, and everything that weir itself copies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow_build.h"
#include "weir/file/curl.h"
#include "weir/file/curl_parse.h"
#include "weir/http/message.h"

struct sample {
  const char *command, *message;
  const char *told; /* NULL: nothing */
};

#define UA  "User-Agent: curl/7.88.1\n"
#define ALL "Accept: */*\n"

static const struct sample samples[] = {
    {"curl http://shop.test/a", "GET http://shop.test/a HTTP/1.1\nHost: shop.test\n" UA ALL "\n", NULL},
    {"curl shop.test:8080", "GET http://shop.test:8080/ HTTP/1.1\nHost: shop.test:8080\n" UA ALL "\n", NULL},
    {"$ curl 'http://shop.test/a?b=1#part'", "GET http://shop.test/a?b=1 HTTP/1.1\nHost: shop.test\n" UA ALL "\n",
     NULL},
    {"curl -sSvo /dev/null --max-time 3 https://shop.test/",
     "GET https://shop.test/ HTTP/1.1\nHost: shop.test\n" UA ALL "\n", NULL},
    /* words */
    {"curl \\\n  -H 'X-A: it'\\''s' \\\r\n  -H \"X-B: \\\"q\\\" \\$x\" http://s.test/",
     "GET http://s.test/ HTTP/1.1\nHost: s.test\n" UA ALL "X-A: it's\nX-B: \"q\" $x\n\n", NULL},
    {"curl $'http://s.test/\\x41\\102\\u00e9' -H $'X: a\\'b\\\\'",
     "GET http://s.test/AB\xc3\xa9 HTTP/1.1\nHost: s.test\n" UA ALL "X: a'b\\\n\n", NULL},
    {"curl http://s.test/$HOME", "GET http://s.test/$HOME HTTP/1.1\nHost: s.test\n" UA ALL "\n",
     "$NAME and `..` stand as typed: no shell has read this\n"},
    {"curl http://s.test/ 2>/dev/null | jq .\necho next", "GET http://s.test/ HTTP/1.1\nHost: s.test\n" UA ALL "\n",
     "only the first command was taken\n"},
    /* method and data */
    {"curl -XDELETE http://s.test/", "DELETE http://s.test/ HTTP/1.1\nHost: s.test\n" UA ALL "\n", NULL},
    {"curl -I http://s.test/", "HEAD http://s.test/ HTTP/1.1\nHost: s.test\n" UA ALL "\n", NULL},
    {"curl http://s.test/ -d a=1 --data-raw @b",
     "POST http://s.test/ HTTP/1.1\nHost: s.test\n" UA ALL
     "Content-Type: application/x-www-form-urlencoded\nContent-Length: 6\n\na=1&@b",
     NULL},
    {"curl -G http://s.test/?x -d a=1 --data-urlencode 'q=a b&c'",
     "GET http://s.test/?x&a=1&q=a%20b%26c HTTP/1.1\nHost: s.test\n" UA ALL "\n", NULL},
    {"curl http://s.test/ --json '{\"a\":1}'",
     "POST http://s.test/ HTTP/1.1\nHost: s.test\n" UA
     "Accept: application/json\nContent-Type: application/json\nContent-Length: 7\n\n{\"a\":1}",
     NULL},
    {"curl http://s.test/ -d @secret.txt",
     "POST http://s.test/ HTTP/1.1\nHost: s.test\n" UA ALL
     "Content-Type: application/x-www-form-urlencoded\nContent-Length: 0\n\n",
     "-d @secret.txt is not read: type what it holds\n"},
    {"printf %s AAE= | base64 -d | curl --data-binary @- -H Content-Type: http://s.test/", NULL, NULL},
    {"echo -n hi | curl -d @- -H 'Content-Type: text/plain' http://s.test/",
     "POST http://s.test/ HTTP/1.1\nHost: s.test\n" UA ALL "Content-Type: text/plain\nContent-Length: 2\n\nhi", NULL},
    {"curl -F 'a=1' -F 'f=@/x/y.txt;type=text/plain' http://s.test/",
     "POST http://s.test/ HTTP/1.1\nHost: s.test\n" UA ALL
     "Content-Type: multipart/form-data; boundary=weir-form-part\nContent-Length: 193\n\n"
     "--weir-form-part\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
     "--weir-form-part\r\nContent-Disposition: form-data; name=\"f\"; filename=\"y.txt\"\r\nContent-Type: "
     "text/plain\r\n\r\n\r\n--weir-form-part--\r\n",
     "-F f=@/x/y.txt;type=text/plain is not read: type what it holds\n"},
    {"curl -k -T /x/f.txt http://s.test/in/",
     "PUT http://s.test/in/f.txt HTTP/1.1\nHost: s.test\n" UA ALL "Content-Length: 0\n\n",
     "-T /x/f.txt is not read: type what it holds\n"
     "--insecure: certificates are judged by weir: T on a flow accepts a host's\n"},
    {"echo -n hi | curl -T - http://s.test/in",
     "PUT http://s.test/in HTTP/1.1\nHost: s.test\n" UA ALL "Content-Length: 2\n\nhi", NULL},
    {"curl -G -d 'q=a b#c' http://s.test/", "GET http://s.test/?q=a%20b%23c HTTP/1.1\nHost: s.test\n" UA ALL "\n",
     NULL},
    /* as Windows quotes it */
    {"curl \"http://s.test/echo\" ^\r\n  -H \"X-A: b\" ^\r\n  --data-raw \"^{^\\\"a^\\\":1^}\"",
     "POST http://s.test/echo HTTP/1.1\nHost: s.test\n" UA ALL
     "X-A: b\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 7\n\n{\"a\":1}",
     NULL},
    {"curl ^\"http://s.test/echo?x=1^&y=%^41^\" ^\n  -H ^\"X-A: ^\\^\"q^\\^\" ^^^\" ^\n  --data-raw ^\"a^\n\nb^\" "
     "--compressed &\n",
     "POST http://s.test/echo?x=1&y=%41 HTTP/1.1\nHost: s.test\n" UA ALL
     "Accept-Encoding: deflate, gzip, br, zstd\nX-A: \"q\" ^\nContent-Type: "
     "application/x-www-form-urlencoded\nContent-Length: 3\n\na\nb",
     NULL},
    {"curl \"http://s.test/\" ^\n --data-raw \"{\"\"a\"\":\"\"\\b\"\"}\"",
     "POST http://s.test/ HTTP/1.1\nHost: s.test\n" UA ALL
     "Content-Type: application/x-www-form-urlencoded\nContent-Length: 10\n\n{\"a\":\"\\b\"}",
     NULL},
    {"curl 'http://s.test/' \\\n -d 'a ^\n'",
     "POST http://s.test/ HTTP/1.1\nHost: s.test\n" UA ALL
     "Content-Type: application/x-www-form-urlencoded\nContent-Length: 4\n\na ^\n",
     NULL},
    /* fields */
    {"curl -u ann:pw -b 'a=1; b=2' -A me -e http://r.test/ --compressed -r 0-9 http://s.test/",
     "GET http://s.test/ HTTP/1.1\nHost: s.test\nAuthorization: Basic YW5uOnB3\nUser-Agent: me\n" ALL
     "Accept-Encoding: deflate, gzip, br, zstd\nReferer: http://r.test/\nCookie: a=1; b=2\nRange: bytes=0-9\n\n",
     NULL},
    {"curl http://ann:p%40w@s.test/",
     "GET http://s.test/ HTTP/1.1\nHost: s.test\nAuthorization: Basic YW5uOnBAdw==\n" UA ALL "\n", NULL},
    {"curl -H 'User-Agent:' -H 'accept: text/html' -H 'X-Empty;' -H 'Host: other.test' http://s.test/",
     "GET http://s.test/ HTTP/1.1\nHost: other.test\naccept: text/html\nX-Empty:\n\n", NULL},
    {"curl --request-target '/a b' -0 http://s.test/", "GET http://s.test/a b HTTP/1.0\nHost: s.test\n" UA ALL "\n",
     NULL},
    /* what is told */
    {"curl -k -L --frobnicate --http2 http://s.test/", "GET http://s.test/ HTTP/1.1\nHost: s.test\n" UA ALL "\n",
     "--insecure: certificates are judged by weir: T on a flow accepts a host's\n"
     "--location: redirects are not followed: the answer is what the server says first\n"
     "--frobnicate is not known here and was left out\n--http2: weir sends HTTP/1.1\n"},
    {"curl http://s.test/ http://t.test/ --no-keepalive", "GET http://s.test/ HTTP/1.1\nHost: s.test\n" UA ALL "\n",
     "http://t.test/: only the first URL is taken\n"},
};

static void test_samples(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
    struct buf message = BUF_INIT, told = BUF_INIT;
    struct err err = ERR_INIT;
    if (!curl_parse(slice_of(samples[i].command), &message, &told, &err))
      fail_msg("%s: %s", samples[i].command, err.text);
    if (samples[i].message)
      assert_string_equal(buf_text(&message), samples[i].message);
    else
      assert_memory_equal(message.p + message.n - 5, "2\n\n\0\1", 5); /* two bytes, the first of them NUL */
    assert_string_equal(buf_text(&told), samples[i].told ? samples[i].told : "");
    assert_true(curl_is_command(slice_of(samples[i].command)));
    buf_clear(&message);
    buf_clear(&told);
  }
}

static void test_what_is_none(void **state) {
  (void)state;
  static const struct {
    const char *command, *error;
    size_t at;
  } bad[] = {
      {"wget http://s.test/", "this is no curl command", 0},
      {"curl -s", "there is no URL in this curl command", 0},
      {"curl -H", "--header wants a value behind it", 0},
      {"  curl 'http://s.test/", "a ' is not closed", 7},
      {"curl \"x", "a \" is not closed", 5},
      {"curl $'x\\", "a $' is not closed", 5},
      {"curl ^\"x ^\n", "a \" is not closed", 0},
      {"", "there is no command in it", 0},
      {" #curl", "there is no command in it", 0},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct buf message = BUF_INIT, told = BUF_INIT;
    struct err err = ERR_INIT;
    assert_false(curl_parse(slice_of(bad[i].command), &message, &told, &err));
    assert_string_equal(err.text, bad[i].error);
    assert_int_equal(err.at, bad[i].at);
    assert_int_equal(message.n, 0);
    buf_clear(&told);
  }
  assert_false(curl_is_command(SLICE("curling")));
  assert_false(curl_is_command(SLICE("echo curl x")));
  assert_false(curl_is_command(SLICE("GET / HTTP/1.1")));
}

/* ---- there and back ---- */

static bool left_out(const struct http_head *head, struct slice name) {
  static const char *const names[] = {"host", "content-length", "proxy-connection", "keep-alive",
                                      "te",   "connection",     "upgrade",          "proxy-authorization"};
  (void)head;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (slice_eq_ascii(name, slice_of(names[i])))
      return true;
  return false;
}

static void fields_of(const struct http_head *head, struct buf *out) {
  struct http_field field;
  for (uint32_t at = 0; http_head_next(head, &at, &field);) {
    if (left_out(head, field.name))
      continue;
    buf_add_slice(out, field.name);
    buf_add_byte(out, '=');
    buf_add_slice(out, field.value);
    buf_add_byte(out, '\n');
  }
}

static void there_and_back(const char *text, const void *body, size_t n) {
  struct flow *f = flow_new();
  struct buf command = BUF_INIT, message = BUF_INIT, told = BUF_INIT, before = BUF_INIT, after = BUF_INIT,
             url = BUF_INIT;
  struct http_head head = {0};
  struct err err = ERR_INIT;
  size_t body_at = 0;
  build_flow(f, text, NULL, NULL, NULL);
  build_body(&f->request.body, body, n);
  if (!curl_command(f, &command, &err))
    fail_msg("%s", err.text);
  if (!curl_parse(buf_slice(&command), &message, &told, &err))
    fail_msg("%s: %.2000s", err.text, buf_text(&command));
  if (!http_message_parse(HTTP_REQUEST, buf_slice(&message), true, &head, &body_at, &err))
    fail_msg("%s: %.2000s", err.text, buf_text(&message));
  flow_url(f, &url);
  fields_of(&f->request.head, &before);
  fields_of(&head, &after);
  if (!slice_eq(http_head_target(&head), buf_slice(&url)))
    fail_msg("target %.*s: %.2000s", (int)http_head_target(&head).n, http_head_target(&head).p, buf_text(&command));
  assert_true(slice_eq(http_head_method(&head), flow_method(f)));
  assert_string_equal(buf_text(&after), buf_text(&before));
  if (!slice_eq(slice_from(buf_slice(&message), body_at), slice_make(body, n)))
    fail_msg("body: %.2000s", buf_text(&command));
  assert_string_equal(buf_text(&told), "");
  http_head_clear(&head);
  buf_clear(&command);
  buf_clear(&message);
  buf_clear(&told);
  buf_clear(&before);
  buf_clear(&after);
  buf_clear(&url);
  flow_free(f);
}

static void test_heads_come_back(void **state) {
  (void)state;
  static const char *const heads[] = {
      "GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n",
      "HEAD /a HTTP/1.1\r\nHost: shop.test\r\n\r\n",
      "DELETE /a'b\"c$(touch)`x`\\ HTTP/1.1\r\nHost: shop.test\r\nAccept: */*\r\n\r\n",
      "GET /[1-9]{a,b}/../x/./y HTTP/1.1\r\nHost: shop.test\r\n\r\n",
      "GET /\xff\xe5\xb1\xb1/%41?a='b' HTTP/1.1\r\nHost: shop.test\r\n\r\n",
      "GET /a HTTP/1.1\r\nHost: other.test\r\nX-A: one\r\nx-a: two\r\nX-A:\r\nConnection: close\r\n\r\n",
      "POST /a HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 0\r\n\r\n",
      "GET /a HTTP/1.0\r\nHost: shop.test\r\nX: '; touch x; '\r\nX-Tab: a\tb\r\nX-B: \x80\xff\xc3\xa9\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: shop.test\r\nAccept-Encoding: gzip\r\nCookie: a=1\r\nUser-Agent: x\r\n\r\n",
  };
  for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
    there_and_back(heads[i], "", 0);
}

static uint32_t next_random(uint32_t *x) {
  *x ^= *x << 13;
  *x ^= *x >> 17;
  *x ^= *x << 5;
  return *x;
}

static void test_bodies_come_back(void **state) {
  (void)state;
  static const char letters[] = "'\"\\$`!*?[]{}()<>|&;#~@%^= \t-\n\r\0\x80xu0";
  uint32_t seed = 20261124;
  for (int round = 0; round < 300; round++) {
    char body[200], head[200];
    size_t n = next_random(&seed) % sizeof body;
    for (size_t i = 0; i < n; i++) {
      uint32_t r = next_random(&seed);
      body[i] = r % 4 ? letters[r / 8 % (sizeof letters - 1)] : (char)(r >> 8);
    }
    snprintf(head, sizeof head,
             "PATCH /p HTTP/1.1\r\nHost: shop.test\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n", n);
    there_and_back(head, body, n);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_samples),
      cmocka_unit_test(test_what_is_none),
      cmocka_unit_test(test_heads_come_back),
      cmocka_unit_test(test_bodies_come_back),
  };
  return cmocka_run_group_tests_name("curl_parse", tests, NULL, NULL);
}
