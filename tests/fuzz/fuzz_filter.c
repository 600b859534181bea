/*
 * Filter expressions: any text compiles or is refused with a place inside it; what compiles answers in bounded time,
 * the same each time and step by step, agrees with its own negation, is read word by word, and takes a term more or
 * less. Bytes after a NUL are the response body that it is tried on.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/filter/complete.h"
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

static void try_readings(struct slice text) {
  struct filter_reading reading[32];
  size_t n = filter_explain(text, reading, 32), at = 0;
  for (size_t i = 0; i < n; i++) {
    REQUIRE(reading[i].at >= at && reading[i].n && reading[i].at + reading[i].n <= text.n);
    REQUIRE(reading[i].says[0]);
    at = reading[i].at;
  }
}

/* What came of a text that compiles and a term compiles too, and put in twice the term is gone again. */
static void try_edit(struct slice text, const char *term, bool negated) {
  struct buf once = BUF_INIT, twice = BUF_INIT;
  enum filter_edit did = filter_edit(text, slice_of(term), negated, &once);
  struct filter *made = filter_compile(buf_slice(&once), NULL);
  REQUIRE(made || text.n > 1000); /* too long, too deep */
  if (made && did == FILTER_ADDED)
    REQUIRE(filter_edit(buf_slice(&once), slice_of(term), negated, &twice) == FILTER_REMOVED);
  filter_free(made);
  buf_clear(&once);
  buf_clear(&twice);
}

static void count_offer(void *arg, struct slice text, const char *help, bool open) {
  (void)open;
  REQUIRE(help && text.n < 4096);
  ++*(size_t *)arg;
}

static void try_completion(struct slice text) {
  static struct store *store;
  size_t offers = 0;
  if (!store)
    store = store_new(1000, 10);
  REQUIRE(filter_complete_from(text) <= text.n);
  filter_complete(text, store, count_offer, &offers);
  REQUIRE(offers < 1000);
}

static bool step_by_step(struct filter *filter, const struct flow *f, bool *limit) {
  enum filter_answer answer;
  while ((answer = filter_step(filter, f, 0, limit)) == FILTER_MORE) {
  }
  return answer == FILTER_YES;
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
  REQUIRE(step_by_step(filter, f, &limit_again) == matched || limit || limit_again);
  REQUIRE(filter_narrows(filter, filter) || filter_needs(filter) & (FILTER_NEEDS_CLOCK | FILTER_NEEDS_AGE));
  try_readings(text);
  try_edit(text, "host=shop.test", false);
  try_edit(text, "failed", true);
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
  try_completion(text);
  flow_free(f);
  return 0;
}
