/*
 * Filter expressions: any text compiles or is refused with a place inside it; what compiles answers in bounded time,
 * the same each time, and agrees with its own negation. Bytes after a NUL are the response body that it is tried on.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/filter/filter.h"

#define REQUIRE(condition)                                                                                             \
  do {                                                                                                                 \
    if (!(condition))                                                                                                  \
      abort();                                                                                                         \
  } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void set_head(struct http_head *head, enum http_role role, const char *text) {
  struct http_fault fault;
  REQUIRE(http_head_parse(role, slice_of(text), head, &fault));
}

static struct flow *make_flow(struct slice body) {
  struct flow *f = flow_new();
  set_head(&f->request.head, HTTP_REQUEST,
           "POST http://shop.test/login?a=b HTTP/1.1\r\nHost: shop.test\r\nContent-Type:text/css\r\n\r\n");
  set_head(&f->response.head, HTTP_RESPONSE, "HTTP/1.1 404 Not Found\r\nContent-Type: image/png\r\n\r\n");
  flow_set_target(f, "http", SLICE("shop.test"), 80);
  f->note = mem_dup("a note");
  f->state = FLOW_DONE;
  body_add(&f->request.body, "aaaaaaaaaaaaaaaaaaaaaaaa!", 25, 1000, 25);
  body_add(&f->response.body, body.p, body.n, 1 << 20, 0);
  return f;
}

static void try_text(struct slice text, const struct flow *f) {
  struct err err = ERR_INIT;
  struct filter *filter = filter_compile(text, &err);
  if (!filter) {
    REQUIRE(err.text[0] && err.at <= text.n && err.span <= text.n - err.at);
    return;
  }
  REQUIRE(strlen(filter_text(filter)) == text.n);
  bool limit = false, limit_again = false, limit_negated = false;
  bool matched = filter_match(filter, f, &limit);
  bool again = filter_match(filter, f, &limit_again);
  REQUIRE(limit || limit_again || matched == again);
  REQUIRE(filter_narrows(filter, filter));
  struct buf negated = BUF_INIT;
  buf_add_text(&negated, "!(");
  buf_add_slice(&negated, text);
  buf_add_text(&negated, "\n)");
  struct filter *opposite = filter_compile(buf_slice(&negated), NULL);
  if (opposite) { /* too long or too deep now, or empty: refused */
    bool other = filter_match(opposite, f, &limit_negated);
    REQUIRE(limit || limit_negated || other != matched);
    REQUIRE(filter_needs(opposite) == filter_needs(filter));
  }
  filter_free(opposite);
  filter_free(filter);
  buf_clear(&negated);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct slice all = slice_make((const char *)data, size);
  ptrdiff_t nul = slice_find_byte(all, 0);
  struct slice text = nul < 0 ? all : slice_sub(all, 0, (size_t)nul);
  struct flow *f = make_flow(nul < 0 ? SLICE("<p>some body</p>") : slice_from(all, (size_t)nul + 1));
  try_text(text, f);
  flow_free(f);
  return 0;
}
