/* weir's own words of the filter language: what each means, and how they join. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "filter_cases.h"
#include "flow_build.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/filter/filter.h"

#define NOW (600 * CLOCK_S)

enum { FLOWS = 8 };
static struct flow *flow[FLOWS];

static struct flow *make(size_t i, const char *request, const char *ask, const char *response, const char *answer) {
  struct flow *f = flow[i - 1] = flow_new();
  build_flow(f, request, ask, response, answer);
  f->id = i;
  f->times.start = NOW - i * 60 * CLOCK_S;
  f->times.end = f->times.start + 20 * CLOCK_MS;
  f->wall_us = clock_wall() - i * 60 * 1000000;
  return f;
}

static int make_flows(void **state) {
  (void)state;
  struct flow *f =
      make(1, "GET http://shop.test/ HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: curl/8.0\r\n\r\n", NULL,
           "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nServer: nginx\r\n\r\n", "<p>token login</p>");
  f->client = (struct address){.family = 4, .port = 40001, .ip = {127, 0, 0, 1}};
  f = make(2,
           "POST http://api.shop.test/login?next=/users HTTP/1.1\r\nHost: api.shop.test\r\nCookie: sid=42; lang=de\r\n"
           "X-Id: 7\r\nContent-Type: application/json\r\n\r\n",
           "{\"user\": {\"name\": \"Ann\", \"age\": 31}, \"tags\": [\"a\", \"b\"]}",
           "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nSet-Cookie: sid=43; Path=/\r\n\r\n",
           "{\"error\": \"bad credentials\", \"items\": [{\"id\": 1}, {\"id\": 19}]}");
  flow_set_target(f, "https", SLICE("api.shop.test"), 443);
  f->marked = true;
  f->client = (struct address){.family = 4, .port = 40002, .ip = {127, 0, 0, 11}};
  f = make(3, "GET http://cdn.test:8080/app.css HTTP/1.1\r\nHost: cdn.test:8080\r\n\r\n", NULL,
           "HTTP/1.1 200 OK\r\nContent-Type: text/css\r\n\r\n", "p{}");
  flow_set_target(f, "http", SLICE("cdn.test"), 8080);
  f->times.end = f->times.start + 3 * CLOCK_S;
  f->times.first_byte = f->times.start + CLOCK_S;
  f->response.body.seen = 200 * 1024;
  f = make(4, "GET http://nosuch.invalid/caf%C3%A9/reset HTTP/1.1\r\nHost: nosuch.invalid\r\n\r\n", NULL, NULL, NULL);
  flow_set_target(f, "http", SLICE("nosuch.invalid"), 80);
  f->state = FLOW_FAILED;
  f->error = ERROR_NAME;
  f->error_text = mem_dup("nosuch.invalid: name not known");
  f = make(5, "PUT http://shop.test/api/v1.0/items/404 HTTP/1.1\r\nHost: shop.test\r\n\r\n", "a=b",
           "HTTP/1.1 503 Busy\r\nContent-Type: text/plain\r\n\r\n", NULL);
  f->replay = true;
  f->parent = 2;
  f->note = mem_dup("look here");
  f->response.sent = mem_zero(1, sizeof *f->response.sent);
  http_head_copy(&f->response.sent->head, &f->response.head);
  f = make(6, "CONNECT pay.test:443 HTTP/1.1\r\nHost: pay.test:443\r\n\r\n", NULL, NULL, NULL);
  flow_set_target(f, "http", SLICE("pay.test"), 443);
  f->kind = FLOW_TUNNEL;
  f->state = FLOW_OPEN;
  f->untouched = true;
  f->times.end = 0;
  f = make(
      7, "GET http://chat.test/socket HTTP/1.1\r\nHost: chat.test\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
      NULL, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", NULL);
  flow_set_target(f, "http", SLICE("chat.test"), 80);
  f->server_tls = secure_facts_new();
  f->server_tls->insecure = true;
  f = make(8, "DELETE http://shop.test/users?page=2&sort=a|b HTTP/1.1\r\nHost: shop.test\r\n\r\n", NULL, NULL, NULL);
  f->paused = FLOW_PAUSED_REQUEST;
  f->times.end = 0;
  return 0;
}

static int free_flows(void **state) {
  (void)state;
  for (size_t i = 0; i < FLOWS; i++)
    flow_free(flow[i]);
  return 0;
}

static void assert_matches(const char *text, const char *expected) {
  assert_matches_of(text, expected, flow, FLOWS, NOW);
}

#define ASSERT_ALL(cases)                                                                                              \
  for (size_t i = 0; i < sizeof(cases) / sizeof *(cases); i++)                                                         \
  assert_matches((cases)[i][0], (cases)[i][1])

static void test_words(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      /* host and path */
      {"login", "2"}, /* not the body of 1 */
      {"LOGIN", "2"},
      {"shop", "1 2 5 8"},
      {"api.shop", "2"},
      {"api", "2 5"},
      {"/api", "5"}, /* the path alone */
      {"/login", "2"},
      {".css", "3"},
      {"?page=2", "8"},
      {"/users?page=2", "8"}, /* as it stands, though ? is special */
      {"^/users", "8"},
      {"^shop", "1 5 8"},
      {"app.css", "3"},
      {"a.i", "2 4 5"},
      {"*.css", "3"},
      {"*", "1 2 3 4 5 6 7 8"},
      {"shop.test/api", "5"}, /* pasted from a URL */
      {"cdn.test/app", "3"},
      {"cdn.test:8080/app", "3"},
      {":8080", "3"},
      {"8080", "3"},
      {"http://shop", "1 5 8"},
      {"https://api.shop.test/login", "2"},
      {"http:", ""}, /* no port */
      {"caf\xc3\xa9", "4"},
      {"v1.0", "5"},
      /* methods */
      {"GET", "1 3 4 7"},
      {"get", ""},
      {"POST|PUT", "2 5"},
      {"GET|POST|DELETE", "1 2 3 4 7 8"},
      /* statuses */
      {"404", ""}, /* though a path has it */
      {"\"404\"", "5"},
      {"401", "2"},
      {"4xx", "2"},
      {"4XX", "2"},
      {"2xx|5xx", "1 3 5"},
      {"500-599", "5"},
      {">=400", "2 5"},
      {"<300", "1 3 7"},
      {">400", "2 5"},
      {">401", "5"},
      {"<=200", "1 3 7"},
      /* durations and sizes */
      {">1s", "3 6 8"}, /* what runs has taken its time too */
      {">2999ms", "3 6 8"},
      {">3s", "6 8"},
      {"<10ms", ""},
      {"<30ms", "1 2 4 5 7"},
      {">1m", "6 8"},
      {">100k", "3"},
      {">1M", ""},
      {"<1k", "1 2 5 6 7"},
      {"<1M", "1 2 3 5 6 7"},
      {">199kB", "3"},
      /* states */
      {"paused", "8"},
      {"held", "8"},
      {"marked", "2"},
      {"star", "2"},
      {"replay", "5"},
      {"edited", "5"},
      {"noted", "5"},
      {"err", "4"},
      {"dns", "4"},
      {"tls", ""},
      {"reset", ""}, /* an error's word, not the path's */
      {"/reset", "4"},
      {"failed", "2 4 5"},
      {"fail", "2 4 5"},
      {"ws", "7"},
      {"tunnel", "6"},
      {"untouched", "6"},
      {"insecure", "7"},
      {"assets", "3"},
      {"running", "6 8"},
      {"https", "2"},
      {"is:https", "2"},
      {"is:paused|marked", "2 8"},
      /* anywhere */
      {"\"token\"", "1"},
      {"'login'", "1 2"},
      {"\"X-Id: 7\"", "2"},
      {"\"look here\"", "5"},
      {"\"not known\"", "4"},
      {"\"a|b\"", "8"},
      {"re:/bad.c/", "2"},
      {"re:/^\\/api/", "5"},
      {"re:/^\\/(api|users)/i", "5 8"},
      {"re:/a b|token login/", "1"},
      {"re:to[kx]en", "1"},
      {"re:/server: NGINX$/", "1"},
      {"#4", "4"},
  };
  ASSERT_ALL(cases);
}

static void test_fields(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"host:shop", "1 2 5 8"},
      {"host:^shop", "1 5 8"},
      {"host=shop.test", "1 5 8"},
      {"host==SHOP.test", "1 5 8"},
      {"host=shop", ""},
      {"host=*.test", "1 2 3 5 6 7 8"},
      {"host!=shop.test", "2 3 4 6 7"},
      {"host:cdn|pay", "3 6"},
      {"host=cdn.test|pay.test", "3 6"},
      {"host=cdn.test:8080", "3"},
      {"host=cdn.test:80", ""},
      {"host=*.test:8080", "3"},
      {"host:cdn.test:8080", "3"},
      {"host=chat.test:80", "7"},
      {"host:cdn|path:login", "2 3"},
      {"path:login", "2"},
      {"path=/login", "2"}, /* whatever its query */
      {"path=/users?page=2", ""},
      {"path=\"/users?page=2&sort=a|b\"", "8"},
      {"path:\"a|b\"", "8"},
      {"url:^https", "2"},
      {"method:P", "2 5"},
      {"method=put", "5"},
      {"status:404", ""},
      {"status:4xx", "2"},
      {"status:401|503", "2 5"},
      {"status>=400", "2 5"},
      {"status:>=400", "2 5"},
      {"status:200-401", "1 2 3"},
      {"status!=200", "2 4 5 6 7 8"}, /* also where there is none: it is not 200 */
      {"code:503", "5"},
      {"size>1M", ""},
      {"size>100k", "3"},
      {"size:100k-1M", "3"},
      {"size>100k|<4", "3 5 6 7"},
      {"size:0", "5 6 7"},
      {"req.size>2", "2 5"},
      {"dur>1s", "3 6 8"},
      {"duration:1s-5s", "3"},
      {"ttfb>500ms", "3"},
      {"age<150s", "1 2"},
      {"age>=5m", "5 6 7 8"},
      {"port:8080", "3"},
      {"port>1000", "3"},
      {"scheme:https", "2"},
      {"type:json", "2"},
      {"type:css|html", "1 3"},
      {"type:text/", "1 3 5"},
      {"type=text/html", "1"},
      {"id:3", "3"},
      {"id:3-5", "3 4 5"},
      {"id>6", "7 8"},
      {"parent:2", "5"},
      {"client:40001", "1"},
      {"client=127.0.0.1", "1"},
      {"client=127.0.0.1:40001", "1"},
      {"note:look", "5"},
      {"error:dns", "4"},
      {"error:\"not known\"", "4"},
      {"state:paused", "8"},
      {"marked:yes", "2"},
      {"marked:no", "1 3 4 5 6 7 8"},
      {"reason:busy", "5"},
      /* headers and cookies */
      {"header:nginx", "1"},
      {"header:set-cookie", "2"},
      {"resp.header:set-cookie", "2"},
      {"req.header:set-cookie", ""},
      {"header:x-id=7", "2"},
      {"header:X-ID:7", "2"},
      {"header:x-id=8", ""},
      {"header:x-id=", "2"},
      {"header:x-id=6|7", "2"},
      {"header:content-type=json", "2"},
      {"req.header:content-type=json|css", "2"},
      {"resp.header:content-type=\"text/html; c\"", "1"},
      {"header:\"X-Id: 7\"", "2"},
      {"header:re:/^x-id: \\d$/", "2"},
      {"header:user-agent=curl", "1"},
      {"cookie:sid", "2"},
      {"cookie:sid=42", "2"},
      {"cookie:sid=43", "2"},
      {"cookie:sid=44", ""},
      {"cookie:lang=de", "2"},
      {"cookie:path", ""},
      /* bodies */
      {"body:token", "1"},
      {"body:credentials|token", "1 2"},
      {"req.body:ann", "2"},
      {"resp.body:ann", ""},
      {"body:\"a=b\"", "5"},
      {"body:re:/bad.*ials/", "2"},
      {"json:.user.name=ann", "2"},
      {"json:user.name=ann", "2"},
      {"json:.user.name=a*", "2"},
      {"json:.user.name=an", ""},
      {"json:.user.name=bob|ann", "2"},
      {"json:.user.name!=bob", "2"},
      {"json:.user.age>30", "2"},
      {"json:.user.age<=30", ""},
      {"json:.tags[1]=b", "2"},
      {"json:.tags[]=b", "2"},
      {"json:.tags[0]=b", ""},
      {"json:.items[].id=19", "2"},
      {"json:.*.name=ann", "2"},
      {"json:[\"error\"]=\"bad credentials\"", "2"},
      {"json:.error", "2"},
      {"json:.nothing", ""},
      {"req.json:.user", "2"},
      {"resp.json:.user", ""},
      {"json:.user.name:ann", ""}, /* a key with a colon in it */
      /* what only looks like a field */
      {"localhost:8080", ""},
      {"cdn.test:8080", "3"},
  };
  ASSERT_ALL(cases);
}

static void test_joins(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"GET 200", "1 3"},
      {"GET & 200", "1 3"},
      {"GET && 200", "1 3"},
      {"GET and 200", "1 3"},
      {"GET AND 200", "1 3"},
      {"GET|POST 4xx|5xx", "2"},
      {"GET|POST|PUT 4xx|5xx -/login", "5"},
      {"GET css | POST", "2 3"},
      {"GET css or POST", "2 3"},
      {"GET css || POST", "2 3"},
      {"GET (css | POST)", "3"},
      {"GET (css|html)|shop", "1 3"},
      {"-GET", "2 5 6 8"},
      {"!GET", "2 5 6 8"},
      {"not GET", "2 5 6 8"},
      {"not not GET", "1 3 4 7"},
      {"!-GET", "1 3 4 7"},
      {"-GET|POST", "5 6 8"}, /* neither of them */
      {"shop|-GET", "1 2 5 6 8"},
      {"-(GET 200)", "2 4 5 6 7 8"},
      {"-host:shop", "3 4 6 7"},
      {"-host:shop|cdn", "4 6 7"},
      {"->1s", "1 2 4 5 7"},
      {"-4xx", "1 3 4 5 6 7 8"},
      {"-paused -tunnel -err shop", "1 2 5"},
      {"GET|(POST 401)", "1 2 3 4 7"},
      {"\"token\"|\"credentials\"", "1 2"},
      {"shop android", ""},
      {"order|or", "8"},
      {"not", ""},
      /* beside mitmproxy's operators */
      {"~m POST 4xx", "2"},
      {"~d shop >=400", "2 5"},
      {"~s host:cdn", "3"},
      {"~s -host:shop", "3 7"},
      {"~m GET|POST status:200|401", "1 2 3"},
      {"~m GET and 200-299", ""},   /* a URL with that in it */
      {"~d shop 404", "5"},         /* likewise */
      {"~d shop GET", ""},          /* likewise */
      {"~d shop login|api", "2 5"}, /* one pattern */
      {"~s \"login\"", "2"},        /* the URL, not the body */
      {"~s re:/token/", "1"},
      {"~m GET or ~c 503", "1 3 4 5 7"},
      {"~s -login", ""}, /* a URL with -login in it */
      {"~s 4xx|500", "2"},
  };
  ASSERT_ALL(cases);
}

/* Times of day are the last such time, days are whole. */
static void test_times(void **state) {
  (void)state;
  char text[64], day[16], clock[16];
  time_t t = (time_t)(flow[2]->wall_us / 1000000);
  struct tm tm;
  localtime_r(&t, &tm);
  strftime(day, sizeof day, "%Y-%m-%d", &tm);
  strftime(clock, sizeof clock, "%H:%M:%S", &tm);
  snprintf(text, sizeof text, "time:%s", clock);
  assert_matches(text, "3");
  snprintf(text, sizeof text, "time:%.5s id<6", clock); /* flows are a minute apart */
  assert_matches(text, "3");
  snprintf(text, sizeof text, "time:%sT%s", day, clock);
  assert_matches(text, "3");
  snprintf(text, sizeof text, "time>%sT%.5s", day, clock);
  assert_matches(text, "1 2");
  snprintf(text, sizeof text, "time<=%sT%.5s id<6", day, clock);
  assert_matches(text, "3 4 5");
  snprintf(text, sizeof text, "time:%s id:3", day);
  assert_matches(text, "3");
  assert_matches("time:2020-01-01", "");
  assert_matches("time>2020-01-01", "1 2 3 4 5 6 7 8");
  static const char *const wrong[] = {"time:24:00",    "time:12:60",   "time:1:2",
                                      "time:12:01:99", "time:2020-01", "time:12:01x"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_null(filter_compile(slice_of(wrong[i]), NULL));
}

static void test_a_tilde_within_a_word(void **state) {
  (void)state;
  struct flow *f = build_get("/~ann/index.html");
  struct filter *path = compile("/~ann"), *word = compile("~u /~ann"), *two = compile("ann~s");
  assert_true(filter_match(path, f, NULL));
  assert_true(filter_match(word, f, NULL));
  assert_true(filter_match(two, f, NULL));
  filter_free(path);
  filter_free(word);
  filter_free(two);
  flow_free(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_words),
      cmocka_unit_test(test_fields),
      cmocka_unit_test(test_joins),
      cmocka_unit_test(test_times),
      cmocka_unit_test(test_a_tilde_within_a_word),
  };
  return cmocka_run_group_tests(tests, make_flows, free_flows);
}
