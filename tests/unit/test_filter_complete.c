/* What may stand at the end of a filter text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow_build.h"
#include "weir/filter/complete.h"

static struct store *store;

static int fill_store(void **state) {
  static const struct {
    const char *request, *response;
    const char *host;
  } flows[] = {
      {"GET /a?x=1 HTTP/1.1\r\nHost: shop.test\r\nCookie: sid=1; lang=de\r\nX-Id: 1\r\n\r\n",
       "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", "shop.test"},
      {"GET /a HTTP/1.1\r\nHost: shop.test\r\n\r\n", "HTTP/1.1 404 No\r\nContent-Type: application/json\r\n\r\n",
       "shop.test"},
      {"FROB /b HTTP/1.1\r\nHost: api.shop.test\r\n\r\n",
       "HTTP/1.1 404 No\r\nContent-Type: text/html\r\nSet-Cookie: new=1\r\n\r\n", "api.shop.test"},
      {"GET /with(brackets) HTTP/1.1\r\nHost: 10.0.0.7\r\n\r\n", NULL, "10.0.0.7"},
  };
  (void)state;
  store = store_new(1u << 20, 100);
  for (size_t i = 0; i < sizeof flows / sizeof *flows; i++) {
    struct flow *f = store_add(store);
    build_flow(f, flows[i].request, NULL, flows[i].response, NULL);
    flow_set_target(f, "http", slice_of(flows[i].host), 80);
    f->client = (struct address){.family = 4, .port = (uint16_t)(40000 + i), .ip = {127, 0, 0, 1}};
    f->marked = true; /* stays */
    store_touch(store, f, FLOW_CHANGED_STATE);
  }
  return 0;
}

static int drop_store(void **state) {
  (void)state;
  store_free(store);
  return 0;
}

struct heard {
  struct slice typed;
  struct buf list;
};

static void hear(void *arg, struct slice text, const char *help, bool open) {
  struct heard *h = arg;
  assert_non_null(help);
  if (!slice_starts_ascii(text, h->typed))
    return;
  buf_printf(&h->list, "%s%.*s%s", h->list.n ? " " : "", (int)text.n, text.p, open ? "_" : "");
}

static void test_candidates(void **state) {
  (void)state;
  static const struct {
    const char *before;
    size_t from;
    const char *list;
  } cases[] = {
      {"host:", 5, "shop.test 10.0.0.7 api.shop.test"}, /* the most frequent first */
      {"host=a", 5, "api.shop.test"},
      {"POST -host=a", 11, "api.shop.test"},
      {"(host:x|a", 8, "api.shop.test"},
      {"x !ho", 3, "host:_"},
      {"ap", 0, "api.shop.test"},
      {"10", 0, "10.0.0.7"},
      {"status:", 7, "404 200 2xx 3xx 4xx 5xx"},
      {"4", 0, "404 4xx"},
      {"GET|4", 4, "404 4xx"},
      {"method:", 7, NULL},
      {"method:F", 7, "FROB"},
      {"GE", 0, "GET"},
      {"/", 0, "/a /b"}, /* not what would need quotes */
      {"path=/a", 5, "/a"},
      {"type:", 5, "html json"},
      {"client:", 7, "127.0.0.1"},
      {"header:x", 7, "X-Id_"},
      {"resp.header:", 12, "Content-Type_ Set-Cookie_"},
      {"cookie:", 7, "lang_ new_ sid_"},
      {"dur", 0, "duration:_"},
      {"dur>", 4, "100ms 1s 10ms"},
      {">1", 0, ">100ms >1s >100k >1M"},
      {"size:", 5, ">100k >1M <1k"},
      {"age:", 4, "<1m <5m <1h"},
      {"marked:", 7, "yes no"},
      {"is:pa", 3, "paused"},
      {"pau", 0, "paused:_ paused"},
      {"hel", 0, "held"},
      {"~comm", 0, "~comment"},
      {"a ~", 2, NULL},
      {"~d a", 3, "api.shop.test"},
      {"~m F", 3, "FROB"},
      {"~c 4", 3, "404 4xx"},
      {"~u a", 3, ""},
      {"body:\"ho", 8, ""}, /* in quotes */
      {"json:.u", 5, ""},
      {"", 0, NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct slice before = slice_of(cases[i].before);
    size_t from = filter_complete_from(before);
    struct heard h = {slice_from(before, from), BUF_INIT};
    filter_complete(before, store, hear, &h);
    if (from != cases[i].from || (cases[i].list && strcmp(buf_text(&h.list), cases[i].list) != 0))
      fail_msg("%s: from %zu \"%s\"", cases[i].before, from, buf_text(&h.list));
    assert_true(cases[i].list || h.list.n > 20);
    buf_clear(&h.list);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_candidates)};
  return cmocka_run_group_tests(tests, fill_store, drop_store);
}
