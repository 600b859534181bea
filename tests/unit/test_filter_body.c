/* Bodies searched in parts: nothing that lies across two parts is missed, and no step takes long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "filter_cases.h"
#include "flow_build.h"
#include "thread_time.h"
#include "turns.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/body/decode.h"
#include "weir/filter/index.h"

#define PART (64 * 1024) /* what is searched at once */

static void set_coding(struct flow *f, const char *coding) {
  char head[128];
  snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\n\r\n", coding);
  http_head_clear(&f->response.head);
  build_head(&f->response.head, HTTP_RESPONSE, head);
}

/* In steps of one part each; how many it took. */
static bool matches_in_steps(const char *text, const struct flow *f, unsigned *steps) {
  struct filter *filter = compile(text);
  enum filter_answer answer = FILTER_MORE;
  for (*steps = 0; answer == FILTER_MORE; ++*steps)
    answer = filter_step(filter, f, 0, NULL);
  bool matched = filter_match(filter, f, NULL);
  assert_int_equal(matched, answer == FILTER_YES); /* and the same in one go */
  filter_free(filter);
  return matched;
}

/* A word at every place around the border of two parts, with what may stand around it in a pattern. */
static void test_across_parts(void **state) {
  (void)state;
  static const char *const found[] = {"~b needle",           "body:needle",         "\"needle\"",
                                      "~b xneedlex",         "~b \"(?<=x)needle\"", "~b \"(?<=-{9}\\\\nx)needle\"",
                                      "~b \"(?<=nee)dlex\"", "~b nee[a-z]*le",      "~b \\bxneedlex",
                                      "re:/^xneedlex$/",     "~b [^x]{100}xneedl",  "~b \"needle.{3}tail$\"",
                                      "~b needlex\\n"};
  static const char *const missing[] = {"~b ^needle",         "~b needle$",   "~b \\Aneedle", "~b needle\\z",
                                        "~b \"x(?!needle)\"", "~b \\bneedle", "~b needle\\b"};
  size_t n = 3 * PART;
  unsigned steps;
  for (int at = 2 * PART - 12; at < 2 * PART + 3; at++) {
    char *bytes = mem_alloc(n);
    memset(bytes, '-', n);
    memcpy(bytes + at, "\nxneedlex\n", 10);
    memcpy(bytes + at + 12, "tail", 4);
    struct flow *f = build_get("/");
    build_response_body(f, bytes, (size_t)at + 16);
    for (size_t i = 0; i < sizeof found / sizeof *found; i++)
      if (strcmp(found[i], "~b \"needle.{3}tail$\"") == 0 ? matches_in_steps(found[i], f, &steps)
                                                          : !matches_in_steps(found[i], f, &steps))
        fail_msg("%s: at %d", found[i], at);
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
      if (matches_in_steps(missing[i], f, &steps) && strcmp(missing[i], "~b \"x(?!needle)\"") != 0)
        fail_msg("%s: matches, at %d", missing[i], at);
    assert_true(matches_in_steps("~b \"tail$\"", f, &steps));
    assert_true(matches_in_steps("~b \"tail\\\\z\"", f, &steps)); /* gathers the whole of it first */
    assert_true(matches_in_steps("~b \"needle(?=x.*tail)\"", f, &steps));
    flow_free(f);
    free(bytes);
  }
}

static void test_steps(void **state) {
  (void)state;
  size_t n = 100 * PART;
  unsigned steps;
  char *bytes = mem_zero(n, 1);
  struct flow *f = build_get("/");
  memcpy(bytes + 50 * PART, "user 1 and its password", 23);
  build_response_body(f, bytes, n);
  assert_true(matches_in_steps("~b user.*password", f, &steps));
  assert_in_range(steps, 50, 60);
  assert_false(matches_in_steps("~b user.*passwort", f, &steps));
  assert_in_range(steps, 99, 110);
  assert_true(matches_in_steps("!~b user.*passwort & ~u /", f, &steps));
  assert_true(matches_in_steps("body:nothing | body:password", f, &steps)); /* one after the other */
  assert_in_range(steps, 149, 165);
  assert_false(matches_in_steps("POST body:password", f, &steps));
  assert_int_equal(steps, 1); /* no body is looked at where the head decides */
  /* what is promised: matches as long as a part, wherever they lie */
  memset(bytes, '.', n);
  memcpy(bytes + 1000, "begin", 5);
  memcpy(bytes + 1000 + PART - 8, "end", 3);
  build_response_body(f, bytes, n);
  assert_true(matches_in_steps("~b begin.*end", f, &steps));
  flow_free(f);
  free(bytes);
}

static void test_coded(void **state) {
  (void)state;
  static const char *const codings[] = {"gzip", "deflate", "br", "zstd", "gzip, br"};
  struct buf plain = BUF_INIT, raw = BUF_INIT;
  unsigned steps;
  for (unsigned i = 0; plain.n < 5 * PART; i++)
    buf_printf(&plain, "line %u %u\n", i, i * 2654435761u);
  buf_add_text(&plain, "the end");
  for (size_t i = 0; i < sizeof codings / sizeof *codings; i++) {
    struct flow *f = build_get("/");
    buf_reset(&raw);
    assert_true(body_encode(slice_of(codings[i]), buf_slice(&plain), &raw, NULL));
    set_coding(f, codings[i]);
    build_response_body(f, raw.p, raw.n);
    if (!matches_in_steps("~b \"the end$\"", f, &steps))
      fail_msg("%s: the end is missing", codings[i]);
    assert_true(matches_in_steps("~b ^line", f, &steps));
    assert_false(matches_in_steps("~b \"never this\"", f, &steps));
    build_response_body(f, raw.p, raw.n / 2); /* cut: what there is counts */
    assert_true(matches_in_steps("~b ^line", f, &steps));
    assert_false(matches_in_steps("~b \"the end\"", f, &steps));
    build_response_body(f, plain.p, plain.n); /* says so, is not: as it stands, unless it happens to look so */
    if (strcmp(codings[i], "gzip") == 0 || strcmp(codings[i], "zstd") == 0)
      assert_true(matches_in_steps("~b \"the end$\"", f, &steps));
    build_response_body(f, "", 0);
    assert_false(matches_in_steps("~b .*", f, &steps));
    flow_free(f);
  }
  buf_clear(&plain);
  buf_clear(&raw);
}

/* Megabytes of blanks from a few bytes: each step still takes one part of them. */
static void test_bomb(void **state) {
  (void)state;
  static const struct {
    const char *coding;
    unsigned parts; /* come out at least: from br and zstd a megabyte, then it has grown too much */
  } cases[] = {{"gzip", 512}, {"br", 16}, {"zstd", 16}};
  struct buf plain = BUF_INIT, raw = BUF_INIT;
  struct flow *f = build_get("/");
  memset(buf_reserve(&plain, 32u << 20), ' ', 32u << 20);
  plain.n = 32u << 20;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    unsigned steps;
    buf_reset(&raw);
    assert_true(body_encode(slice_of(cases[i].coding), buf_slice(&plain), &raw, NULL));
    set_coding(f, cases[i].coding);
    build_response_body(f, raw.p, raw.n);
    assert_false(matches_in_steps("~b needle", f, &steps));
    assert_true(steps >= cases[i].parts / 2);
  }
  buf_clear(&plain);
  buf_clear(&raw);
  flow_free(f);
}

/* What stands behind 64 MB of decoded text is found, too. */
static void test_far_behind(void **state) {
  struct buf plain = BUF_INIT, raw = BUF_INIT;
  struct flow *f = build_get("/");
  unsigned steps;
  (void)state;
  memset(buf_reserve(&plain, 70u << 20), '-', 70u << 20);
  plain.n = 70u << 20;
  buf_add_text(&plain, "needle");
  assert_true(body_encode(SLICE("gzip"), buf_slice(&plain), &raw, NULL));
  set_coding(f, "gzip");
  build_response_body(f, raw.p, raw.n);
  assert_true(matches_in_steps("~b needle", f, &steps));
  buf_clear(&plain);
  buf_clear(&raw);
  flow_free(f);
}

static void test_json_in_steps(void **state) {
  (void)state;
  struct buf text = BUF_INIT;
  unsigned steps;
  buf_add_text(&text, "\xef\xbb\xbf [");
  for (unsigned i = 0; text.n < 3 * PART; i++)
    buf_printf(&text, "{\"id\": %u, \"name\": \"n\\u00e9\\ud83d\\ude00%u\", \"deep\": [[], {\"x\": null}]},\n", i, i);
  buf_add_text(&text, "{\"id\": -1.5e2, \"na\\u006de\": \"last \\\"one\\\"\"}] 17");
  struct flow *f = build_get("/");
  build_response_body(f, text.p, text.n);
  static const char *const found[] = {"json:[].id=-1.5e2",
                                      "json:[].id<-149",
                                      "json:[].name=\"last \\\"one\\\"\"",
                                      ("json:[2].name=n\xc3\xa9\xf0\x9f\x98\x80"
                                       "2"),
                                      "json:[0].deep[1].x",
                                      "json:[0].deep[1].x=null",
                                      "json:.=17",
                                      "json:[].*=last*",
                                      "json:[].deep",
                                      "json:[].name=*one*",
                                      "json:[].id>=100",
                                      "json:[0].id!=1"};
  static const char *const missing[] = {"json:[].id=-1",     "json:.id",       "json:[0].name=n*1",
                                        "json:[].deep[0].x", "json:[].x",      "json:[].id>999999",
                                        "json:.=1",          "json:[0].id!=0", "json:[99999].name"};
  for (size_t i = 0; i < sizeof found / sizeof *found; i++)
    if (!matches_in_steps(found[i], f, &steps))
      fail_msg("%s: not found", found[i]);
  for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
    if (matches_in_steps(missing[i], f, &steps))
      fail_msg("%s: found", missing[i]);
  build_response_body(f, "{\"a\": 1}\n{\"a\": 2}\n", 18);
  assert_true(matches_in_steps("json:.a=2", f, &steps));
  build_response_body(f, "no JSON: {\"a\": 1}", 17);
  assert_false(matches_in_steps("json:.a", f, &steps));
  build_response_body(f, "{\"a\": [1, 2", 11); /* cut */
  assert_true(matches_in_steps("json:.a[0]=1", f, &steps));
  assert_true(matches_in_steps("json:.a[1]=2", f, &steps));
  flow_free(f);
  buf_clear(&text);
}

/* ---- in the index ---- */

struct bench {
  struct loop *loop;
  struct store *store;
  struct filter_index *index;
};

static void deliver(void *arg) {
  store_deliver(((struct bench *)arg)->store);
}
static void ignore(void *arg) {
  (void)arg;
}

static void open_bench(struct bench *b) {
  b->loop = loop_new();
  b->store = store_new(1u << 30, 200000);
  loop_add_hook(b->loop, deliver, b);
  b->index = filter_index_new(b->loop, b->store, ignore, b);
}

static void close_bench(struct bench *b) {
  filter_index_free(b->index);
  loop_free(b->loop);
  store_free(b->store);
}

static struct flow *add(struct bench *b, const char *body, size_t n) {
  struct flow *f = store_add(b->store);
  build_flow(f, "GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n", NULL, "HTTP/1.1 200 OK\r\n\r\n", NULL);
  build_response_body(f, body, n);
  store_touch(b->store, f, FLOW_CHANGED_STATE);
  return f;
}

/* Turns until the index is done, and how long the longest took. */
static uint64_t settle(struct bench *b) {
  uint64_t longest = 0;
  loop_turn(b->loop, 0);
  do {
    uint64_t start = thread_time();
    loop_turn(b->loop, 0);
    uint64_t spent = thread_time() - start;
    longest = spent > longest ? spent : longest;
  } while (filter_index_busy(b->index, NULL));
  loop_turn(b->loop, 0);
  return longest;
}

static void test_huge_bodies_hold_no_turn(void **state) {
  (void)state;
  struct bench b;
  size_t n = 16u << 20;
  char *bytes = mem_alloc(n);
  open_bench(&b);
  for (size_t i = 0; i < n; i++)
    bytes[i] = (char)('a' + i * 7919 % 26);
  memcpy(bytes + n - 10, "the needle", 10);
  for (int i = 0; i < 4; i++)
    add(&b, bytes, n - (size_t)(i % 2));
  settle(&b);
  static const char *const filters[] = {"~b needle$", "body:needle | body:nothing", "json:.a", "~b \"(a|b)*needle\""};
  for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
    uint64_t start = clock_mono();
    filter_index_set(b.index, compile(filters[i]));
    uint64_t longest = settle(&b);
    print_message("# %s over 64 MB: %.0f ms, the longest turn %.1f ms\n", filters[i],
                  (double)(clock_mono() - start) / 1e6, (double)longest / 1e6);
    assert_int_equal(filter_index_count(b.index), i == 2 ? 0 : 2);
  }
  close_bench(&b);
  free(bytes);
}

/* What changes or goes while it is half read is read anew, or not at all. */
static void test_change_while_half_read(void **state) {
  (void)state;
  struct bench b;
  size_t n = 8u << 20;
  char *bytes = mem_zero(n, 1);
  open_bench(&b);
  struct flow *one = add(&b, bytes, n), *two = add(&b, bytes, n);
  add(&b, bytes, n);
  settle(&b);
  filter_index_set(b.index, compile("~b needle"));
  assert_true(filter_index_busy(b.index, NULL)); /* in the first one still */
  build_response_body(one, "a needle", 8);
  store_touch(b.store, one, FLOW_CHANGED_EDIT);
  settle(&b);
  assert_int_equal(filter_index_count(b.index), 1);
  filter_index_set(b.index, compile("~b needl[e]"));
  loop_turn(b.loop, 0);
  assert_true(store_detach(b.store, two));
  flow_free(two);
  settle(&b);
  assert_int_equal(filter_index_count(b.index), 1);
  filter_index_set(b.index, compile("~b n[e]edle"));
  filter_index_set(b.index, NULL);
  settle(&b);
  assert_int_equal(filter_index_count(b.index), 2);
  filter_index_set(b.index, compile("~b n[e]edle")); /* freed in the middle of it */
  close_bench(&b);
  free(bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_across_parts),
      cmocka_unit_test(test_steps),
      cmocka_unit_test(test_coded),
      cmocka_unit_test(test_bomb),
      cmocka_unit_test(test_far_behind),
      cmocka_unit_test(test_json_in_steps),
      cmocka_unit_test(test_huge_bodies_hold_no_turn),
      cmocka_unit_test(test_change_while_half_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
