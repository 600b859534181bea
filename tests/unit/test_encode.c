/* Body framing on the way out, and the small responses that weir makes itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http_events.h"
#include "weir/http/encode.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void writes_chunk_heads(void **state) {
  (void)state;
  static const struct {
    uint64_t n;
    const char *text;
  } cases[] = {
      {1, "1\r\n"}, {15, "f\r\n"}, {16, "10\r\n"}, {8000, "1f40\r\n"}, {UINT64_MAX, "ffffffffffffffff\r\n"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    char out[HTTP_CHUNK_HEAD_MAX];
    size_t n = http_chunk_head(out, cases[i].n);
    assert_int_equal(n, strlen(cases[i].text));
    assert_memory_equal(out, cases[i].text, n);
  }
}

/* What is encoded is decoded again to the same bytes and trailers. */
static void chunks_come_back(void **state) {
  (void)state;
  struct http_events e;
  struct buf wire = BUF_INIT;
  buf_add_text(&wire, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (size_t n = 1; n < 40; n += 7) {
    char head[HTTP_CHUNK_HEAD_MAX];
    buf_add(&wire, head, http_chunk_head(head, n));
    for (size_t i = 0; i < n; i++)
      buf_add_byte(&wire, (char)('a' + i % 26));
    buf_add_text(&wire, "\r\n");
  }
  http_chunk_end(&wire, SLICE("Sum: 1\r\n"));
  http_events_begin(&e, HTTP_RESPONSE, false);
  assert_int_equal(http_events_feed(&e, buf_slice(&wire)), wire.n);
  assert_int_equal(strlen(http_events_text(&e)),
                   strlen("head(200 OK chunked) data() trailers(Sum: 1\r\n) end") + 1 + 8 + 15 + 22 + 29 + 36);
  assert_non_null(strstr(http_events_text(&e), "trailers(Sum: 1\r\n) end"));
  http_events_clear(&e);
  buf_clear(&wire);
}

static void assert_answer(int status, const char *type, const char *extra, const char *body, bool head_only, bool close,
                          const char *expected) {
  struct buf out = BUF_INIT;
  http_simple_response(&out, status, type, slice_of(extra), slice_of(body), head_only, close);
  assert_string_equal(buf_text(&out), expected);
  buf_clear(&out);
}

static void makes_small_responses(void **state) {
  (void)state;
  assert_answer(
      502, "text/plain", "", "no\n", false, true,
      "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno\n");
  assert_answer(404, "text/html", "X: y\r\n", "no\n", true, false,
                "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 3\r\nX: y\r\n\r\n");
  assert_answer(200, NULL, "", "", false, false, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  assert_answer(100, NULL, "", "", false, false, "HTTP/1.1 100 Continue\r\n\r\n");
  assert_answer(204, NULL, "", "never", false, false, "HTTP/1.1 204 No Content\r\n\r\n");
}

static void knows_reasons(void **state) {
  (void)state;
  assert_string_equal(http_reason(414), "URI Too Long");
  assert_string_equal(http_reason(418), "I'm a teapot");
  assert_string_equal(http_reason(510), "Not Extended");
  assert_string_equal(http_reason(599), "");
}

static void escapes_for_pages(void **state) {
  (void)state;
  struct buf out = BUF_INIT;
  http_html_escape(&out, SLICE("<a href=\"x\" b='y'>&\x1b[0m\r\n\0\x7f caf\xc3\xa9"));
  assert_string_equal(buf_text(&out),
                      "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;\\x1b[0m\\x0d\\x0a\\x00\\x7f caf\xc3\xa9");
  buf_clear(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(writes_chunk_heads),    cmocka_unit_test(chunks_come_back),
      cmocka_unit_test(makes_small_responses), cmocka_unit_test(knows_reasons),
      cmocka_unit_test(escapes_for_pages),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
