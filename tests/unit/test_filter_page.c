/* The examples of weir-filter(7) mean what stands beside them: each of them against flows made for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow_build.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/filter/filter.h"

#define NOW   (10000 * CLOCK_S)
#define BEGIN ".\\\" examples: begin\n"
#define END   ".\\\" examples: end\n"

enum { FLOWS = 10 };
static struct flow *flow[FLOWS];

static struct flow *make(size_t i, const char *host, const char *request, const char *ask, const char *response,
                         const char *answer) {
  struct flow *f = flow[i - 1] = flow_new();
  char head[300];
  snprintf(head, sizeof head, "%s HTTP/1.1\r\nHost: %s\r\n\r\n", request, host);
  build_flow(f, head, ask, response, answer);
  flow_set_target(f, "http", slice_of(host), 80);
  f->times.start = NOW - 3600 * CLOCK_S;
  f->times.end = f->times.start + 5 * CLOCK_MS;
  return f;
}

static int make_flows(void **state) {
  (void)state;
  make(1, "api.shop.test", "GET /missing", NULL, "HTTP/1.1 404 No\r\n\r\n", "no");
  struct flow *f = make(2, "shop.test", "GET /slow", NULL, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", "<p>");
  f->times.end = f->times.start + 3 * CLOCK_S;
  make(3, "shop.test", "POST /login", "{\"password\": \"x\", \"user\": {\"name\": \"ann\"}}", "HTTP/1.1 401 No\r\n\r\n",
       "bad credentials");
  make(4, "shop.test", "GET /set", NULL, "HTTP/1.1 200 OK\r\nSet-Cookie: lang=de\r\n\r\n", NULL);
  f = make(5, "shop.test", "GET /big", NULL, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", "[]");
  f->response.body.seen = 200000;
  f = make(6, "shop.test", "GET /wait", NULL, NULL, NULL);
  f->paused = FLOW_PAUSED_REQUEST;
  f->times.start = NOW - 60 * CLOCK_S;
  f->times.end = f->times.start + CLOCK_MS;
  f = make(7, "nosuch.invalid", "GET /", NULL, NULL, NULL);
  f->state = FLOW_FAILED;
  f->error = ERROR_NAME;
  make(8, "shop.test", "GET /api/v2/users", NULL, "HTTP/1.1 200 OK\r\n\r\n", NULL);
  make(9, "shop.test", "PUT /cart?x=1", NULL, "HTTP/1.1 409 No\r\n\r\n", NULL);
  f = make(10, "shop.test", "GET /robots.txt", NULL, "HTTP/1.1 200 OK\r\n\r\n", NULL);
  f->process = mem_zero(1, sizeof *f->process);
  f->process->refs = 1;
  f->process->name = mem_dup("curl");
  return 0;
}

static int free_flows(void **state) {
  (void)state;
  for (size_t i = 0; i < FLOWS; i++)
    flow_free(flow[i]);
  return 0;
}

/* What each example of the page matches, in its order. */
static const char *const expected[] = {
    "1",  /* GET|POST 4xx|5xx -/login */
    "1",  /* failed host:api */
    "2",  /* >1s -assets */
    "3",  /* POST "credentials" */
    "3",  /* req.body:password|token */
    "4",  /* resp.header:set-cookie -cookie:sid */
    "5",  /* type:json size>100k */
    "3",  /* json:.user.name=ann | ... */
    "6",  /* age<5m (paused or marked) */
    "7",  /* dns|refused|timeout */
    "8",  /* re:/^\/api\/v[12]\// */
    "9",  /* path=/cart -status:200 */
    "10", /* process=curl -host:localhost */
    "3",  /* ~m POST & ~u login & !~c 200 */
};

static void undo_roff(struct slice line, struct buf *out) {
  for (size_t i = 0; i < line.n; i++) {
    buf_add_byte(out, line.p[i]);
    i += line.p[i] == '\\' && i + 1 < line.n && line.p[i + 1] == 'e';
  }
}

static void try_example(struct slice line, size_t n) {
  struct buf text = BUF_INIT;
  struct err err = ERR_INIT;
  char found[64] = "";
  undo_roff(line, &text);
  struct filter *f = filter_compile(buf_slice(&text), &err);
  if (!f)
    fail_msg("%s: %s", buf_text(&text), err.text);
  filter_set_now(f, NOW);
  for (size_t i = 0; i < FLOWS; i++)
    if (filter_match(f, flow[i], NULL))
      snprintf(found + strlen(found), 5, "%s%zu", *found ? " " : "", i + 1);
  filter_free(f);
  assert_true(n < sizeof expected / sizeof *expected);
  if (strcmp(found, expected[n]) != 0)
    fail_msg("%s: matches \"%s\", expected \"%s\"", buf_text(&text), found, expected[n]);
  buf_clear(&text);
}

static void test_examples_of_the_page(void **state) {
  (void)state;
  char *page;
  size_t length, n = 0;
  struct err err = ERR_INIT;
  if (!path_read("doc/weir-filter.7", 1 << 20, &page, &length, &err))
    fail_msg("%s", err.text);
  const char *begin = strstr(page, BEGIN), *end = strstr(page, END);
  assert_true(begin && end && begin < end);
  struct slice rest = slice_make(begin, (size_t)(end - begin)), line;
  while (slice_split(&rest, '\n', &line))
    if (line.n && *line.p != '.' && *line.p != ' ')
      try_example(line, n++);
  assert_int_equal(n, sizeof expected / sizeof *expected);
  free(page);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_examples_of_the_page)};
  return cmocka_run_group_tests(tests, make_flows, free_flows);
}
