/* The filter language: grammar, operators, what it needs, narrowing, errors with their place, limits. */
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
#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/filter/filter.h"

static struct flow *post;  /* POST http://shop.test:8080/api/login?x=1 -> 401, JSON both ways */
static struct flow *page;  /* GET http://cdn.shop.test/app.css -> 200, no body yet recorded */
static struct flow *lost;  /* GET http://nosuch.invalid/ -> dns */
static struct flow *pipe_; /* CONNECT pay.test:443 */

static int make_flows(void **state) {
  (void)state;
  post = flow_new();
  build_flow(post,
             "POST /api/login?x=1 HTTP/1.1\r\nHost: shop.test:8080\r\nX-One:  two words \r\nContent-Type: "
             "application/json\r\n\r\n",
             "{\"user\": \"ann\"}",
             "HTTP/1.1 401 Unauthorized\r\nServer: nginx\r\nContent-Type: text/html\r\nSet-Cookie: a=1\r\n\r\n",
             "<p>bad\ncredentials</p>");
  flow_set_target(post, "http", SLICE("shop.test"), 8080);
  post->id = 1;
  post->client.family = 4;
  memcpy(post->client.ip, "\x7f\0\0\x01", 4);
  post->client.port = 40001;
  post->server.family = 4;
  memcpy(post->server.ip, "\x0a\0\0\x05", 4);
  post->server.port = 8080;
  post->note = mem_dup("look\nat this");
  static char name[] = "curl", command[] = "curl -d @body http://shop.test:8080/";
  static struct process curl = {.refs = 2, .pid = 4711, .name = name, .command = command};
  post->process = &curl;
  page = flow_new();
  build_flow(page, "GET http://cdn.shop.test/app.css HTTP/1.1\r\nHost: cdn.shop.test\r\n\r\n", NULL,
             "HTTP/1.1 200 OK\r\nContent-Type: text/css\r\n\r\n", NULL);
  flow_set_target(page, "http", SLICE("cdn.shop.test"), 80);
  page->id = 2;
  page->marked = true;
  lost = flow_new();
  build_flow(lost, "GET http://nosuch.invalid/ HTTP/1.1\r\nHost: nosuch.invalid\r\n\r\n", NULL, NULL, NULL);
  flow_set_target(lost, "http", SLICE("nosuch.invalid"), 80);
  lost->id = 3;
  lost->state = FLOW_FAILED;
  lost->error = ERROR_NAME;
  lost->replay = true;
  pipe_ = flow_new();
  build_head(&pipe_->request.head, HTTP_REQUEST, "CONNECT pay.test:443 HTTP/1.1\r\nHost: pay.test:443\r\n\r\n");
  flow_set_target(pipe_, "http", SLICE("pay.test"), 443);
  pipe_->id = 4;
  pipe_->kind = FLOW_TUNNEL;
  return 0;
}

static int free_flows(void **state) {
  (void)state;
  flow_free(post);
  flow_free(page);
  flow_free(lost);
  flow_free(pipe_);
  return 0;
}

/* "1 3": the flows that match, in order. */
static void assert_matches(const char *text, const char *expected) {
  struct flow *const all[] = {post, page, lost, pipe_};
  assert_matches_of(text, expected, all, 4, 0);
}

static void test_operators(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"", "1 2 3 4"},
      {"  \t ", "1 2 3 4"},
      {"~all", "1 2 3 4"},
      {"login", "1"},
      {"LOGIN", "1"},
      {"~u login", "1"},
      {"~u ^http://shop\\.test:8080/api/login\\?x=1$", "1"},
      {"~u ^http://cdn.shop.test/app.css$", "2"},
      {"~u ^pay.test:443$", "4"},
      {"~d ^shop.test$", "1"},
      {"~d shop", "1 2"},
      {"~d 8080", ""},
      {"~m post", "1"},
      {"~m ^(POST)", ""}, /* the word ends before the bracket, and the next term is a URL */
      {"~m \"^(POST|CONNECT)$\"", "1 4"},
      {"~c 401", "1"},
      {"~c 4xx", "1"},
      {"~c 2XX", "2"},
      {"~c 200-401", "1 2"},
      {"~c 201-400", ""},
      {"~c 0401", "1"},
      {"~h nginx", "1"},
      {"~h \"^server: nginx$\"", "1"},
      {"~h \"x-one: two words$\"", "1"}, /* as a person would write it, whatever the white space was */
      {"~hq nginx", ""},
      {"~hs nginx", "1"},
      {"~hq ^host:", "1 2 3 4"},
      {"~h ^$", ""},       /* nor is the empty line */
      {"~h HTTP/1.1", ""}, /* the start line is no header */
      {"~b credentials", "1"},
      {"~b bad.cred", "1"}, /* . matches the line end too */
      {"~bq ann", "1"},
      {"~bs ann", ""},
      {"~bs bad", "1"},
      {"~b .*", "1"}, /* no body, no match */
      {"~t json", "1"},
      {"~tq json", "1"},
      {"~ts json", ""},
      {"~ts \"^text/\"", "1 2"},
      {"~a", "2"},
      {"~e", "3"},
      {"~q", "3 4"},
      {"~s", "1 2"},
      {"~marked", "2"},
      {"~replay", "3"},
      {"~comment \"^at this$\"", "1"},
      {"~src 127.0.0.1:40001", "1"},
      {"~dst 10.0.0.5:8080", "1"},
      {"~dst ^shop.test:8080$", "1"},
      {"~dst :443$", "4"},
      {"process:curl", "1"},
      {"pid=4711", "1"},
      {"command:@body", "1"},
      {"!process:curl", "2 3 4"},
      {"~http", "1 2 3"},
      {"~tcp", "4"},
      {"~websocket", ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_matches(cases[i][0], cases[i][1]);
}

static void test_every_listed_word_compiles(void **state) {
  (void)state;
  static const char *const arguments[] = {"regex", "code",     "text", "number",    "status", "size",
                                          "path",  "duration", "time", "yes or no", "state"};
  static const char *const examples[] = {"x", "200", "x", "7", "4xx", "<1M", ".a=1", ">1s", "<12:01", "yes", "paused"};
  static const char *const marks[] = {
      [FILTER_OPERATOR] = "~", [FILTER_STATE] = "", [FILTER_FIELD] = "", [FILTER_METHOD] = ""};
  struct filter_word word;
  size_t n[4] = {0};
  for (int kind = FILTER_OPERATOR; kind <= FILTER_METHOD; kind++)
    for (size_t i = 0; filter_word((enum filter_kind)kind, i, &word); i++, n[kind]++) {
      char text[64];
      const char *argument = "";
      for (size_t k = 0; word.argument && k < sizeof arguments / sizeof *arguments; k++)
        if (strcmp(word.argument, arguments[k]) == 0)
          argument = examples[k];
      assert_true(!word.argument == !*argument);
      snprintf(text, sizeof text, "%s%s%s%s", marks[kind], word.name,
               kind == FILTER_FIELD                        ? ":"
               : kind == FILTER_OPERATOR && *argument != 0 ? " "
                                                           : "",
               argument);
      filter_free(compile(text));
      assert_true(strlen(word.help) > 3);
      if (word.other_name)
        filter_free(compile(word.other_name));
    }
  assert_true(n[FILTER_OPERATOR] >= 25 && n[FILTER_STATE] >= 20 && n[FILTER_FIELD] >= 30 && n[FILTER_METHOD] >= 9);
}

static void test_grammar(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"~m POST ~c 401", "1"},
      {"~m POST & ~c 401", "1"},
      {"~m POST & ~c 200", ""},
      {"~m POST | ~c 200", "1 2"},
      {"~m POST |~c 200", "1 2"},
      {"login|css", "1 2"},
      {"login | css", "1 2"},
      {"~m GET|POST ~u shop", "1 2"},     /* (~m GET|POST) & ~u shop */
      {"~m POST | ~m GET ~u css", "1 2"}, /* ~m POST | (~m GET & ~u css) */
      {"~m GET ~u css | ~m POST", "1 2"},
      {"(~m POST | ~m GET) ~u css", "2"},
      {"~u css (~m POST | ~m GET)", "2"},
      {"!~s", "3 4"},
      {"! ~s", "3 4"},
      {"!!~s", "1 2"},
      {"!~s & ~e", "3"},
      {"!~s ~e", "3"},
      {"!~s | ~a", "2 3 4"},
      {"!(~s | ~e)", "4"},
      {"(~s)(~a)", "2"},
      {"((~a))", "2"},
      {"(~a )", "2"},
      {"(login css)", ""},
      {"(~m GET shop)", "2"},
      {"!login", "2 3 4"},
      {"~u !login", ""}, /* inside a word ! is the pattern's */
      {"a&b", ""},
      {"\"login\"", "1"},
      {"'login'", "1"},
      {"~u\"login\"", "1"},
      {"\"log\\in\"", "1"}, /* in quotes \ takes the next letter as it is */
      {"~u \"shop\\\\.test\"", "1 2"},
      {"~u \"shop\\\\Wtest\"", "1 2"},
      {"~u \"shop\\\\wtest\"", ""},
      {"\"\"", "1 2 3 4"},
      {"login\"8080\"", "1"},
      {"~b 'bad\\ncredentials'", "1"},
      {"  ~e\t", "3"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_matches(cases[i][0], cases[i][1]);
}

static void test_errors_have_a_place(void **state) {
  (void)state;
  static const struct fault_case cases[] = {
      {"~foo", 0, 4, "~foo is no operator"},
      {"~m GET ~bogus x", 7, 6, "~bogus is no operator"},
      {"~", 0, 1, "is no operator"},
      {"~c200", 0, 5, "~c200 is no operator"},
      {"~u", 0, 2, "~u wants a pattern"},
      {"a ~u  ", 2, 2, "~u wants a pattern"},
      {"(~u )", 4, 0, "~u wants a pattern"},
      {"~u (a)", 3, 1, "in quotes"},
      {"~u ~c 200", 0, 3, "~u wants a pattern"},
      {"~c", 2, 0, "~c wants a status"},
      {"~c abc", 3, 3, "~c wants a status"},
      {"~c 500-400", 3, 7, "~c wants a status"},
      {"a \"bcd", 2, 4, "closing \""},
      {"~b 'bcd\\'", 3, 6, "closing '"},
      {"(a", 0, 1, "never closed"},
      {"a (b | (c)", 2, 1, "never closed"},
      {"a)", 1, 1, "nothing opened"},
      {")", 0, 1, "nothing opened"},
      {"()", 1, 1, "missing before this )"},
      {"a & & b", 4, 1, "missing before this &"},
      {"| a", 0, 1, "missing before this |"},
      {"a | | b", 4, 1, "missing before this |"},
      {"a ||| b", 4, 1, "missing before this |"},
      {"a &", 2, 1, "missing at the end"},
      {"a | ", 2, 1, "missing at the end"},
      {"!", 0, 1, "missing at the end"},
      {"a ! ! ", 4, 1, "missing at the end"},
      {"~u a[b", 3, 3, "not a regular expression"},
      {"~u *a", 3, 2, "not a regular expression"},
      {"~b \"a(\"", 3, 4, "not a regular expression"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_fault(&cases[i]);
}

static void test_odd_texts_are_refused(void **state) {
  (void)state;
  struct err err = ERR_INIT;
  char deep[1000];
  memset(deep, '(', sizeof deep);
  assert_null(filter_compile(slice_make(deep, sizeof deep), &err));
  assert_non_null(strstr(err.text, "deeper"));
  assert_null(filter_compile(SLICE("a\0b"), &err));
  assert_int_equal(err.at, 1);
  char long_text[5000];
  memset(long_text, 'a', sizeof long_text);
  assert_null(filter_compile(slice_make(long_text, sizeof long_text), &err));
  memset(deep, '!', sizeof deep);
  deep[sizeof deep - 1] = 'x';
  filter_free(filter_compile(slice_make(deep, sizeof deep), &err)); /* many, but no recursion */
  assert_null(filter_compile(SLICE("~u (*UTF)a"), &err));
  assert_null(filter_compile(SLICE("~s \"(*UTF)a\""), &err)); /* bytes, not characters */
  assert_null(filter_compile(SLICE("re:/(*UTF)a/"), &err));
}

static void test_needs(void **state) {
  (void)state;
  enum {
    QH = FILTER_NEEDS_REQUEST_HEAD,
    QB = FILTER_NEEDS_REQUEST_BODY,
    SH = FILTER_NEEDS_RESPONSE_HEAD,
    SB = FILTER_NEEDS_RESPONSE_BODY,
    END = FILTER_NEEDS_END
  };
  static const struct needs_case cases[] = {
      {"", 0, false, false},
      {"~all", 0, false, false},
      {"~u x", QH, false, false},
      {"~u x ~m GET !~d y", QH, false, false},
      {"~q", QH, false, false},
      {"~hq x", QH, false, false},
      {"~h x", QH | SH, false, false},
      {"~t x", QH | SH, false, false},
      {"~hs x", SH, false, true},
      {"~ts x", SH, false, true},
      {"~c 404", SH, false, true},
      {"~s", SH, false, true},
      {"~a", SH, false, true},
      {"~bq x", QB, true, false},
      {"~bs x", SB, true, true},
      {"~b x", QB | SB, true, false},
      {"~u x | ~b y", QH | QB | SB, true, false},
      {"~u x & !(~m GET | ~c 5xx)", QH | SH, false, true},
      {"~e", END, false, false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_needs(&cases[i]);
}

/* What is open to requests in a tunnel that is known to go to shop.test:443. */
static void test_inside_a_tunnel(void **state) {
  static const struct {
    const char *text;
    bool may, may_by_address; /* by_address: they have another name for its host */
  } cases[] = {
      {"", true, true},
      {"*", true, true},
      {"host:shop.test", true, true},
      {"host:other.test", false, true},
      {"-host:shop.test", false, true},
      {"-host:other.test", true, true},
      {"host:other.test | path:/x", true, true},
      {"host:other.test path:/x", false, true},
      {"host:shop.test POST path:/x", true, true},
      {"host:shop.test header:x-id=7 body:y", true, true},
      {"port:443", true, true},
      {"port:80", false, false},
      {"~d other", false, true},
      {"~src 10.9.9.9", false, false},
      {"other.test", true, true}, /* may stand in a path */
      {"CONNECT", false, false},
      {"~m connect host:shop.test", false, false},
      {"CONNECT|GET", true, true},
      {"-CONNECT", true, true},
      {"~tcp", false, false},
      {"tunnel", false, false},
      {"~http", true, true},
  };
  struct flow *f = flow_new();
  (void)state;
  build_head(&f->request.head, HTTP_REQUEST, "CONNECT shop.test:443 HTTP/1.1\r\nHost: shop.test:443\r\n\r\n");
  flow_set_target(f, "https", SLICE("shop.test"), 443);
  f->kind = FLOW_TUNNEL;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct err err = ERR_INIT;
    struct filter *filter = filter_compile(slice_of(cases[i].text), &err);
    if (!filter)
      fail_msg("%s: %s", cases[i].text, err.text);
    if (filter_may_match_inside(filter, f, true) != cases[i].may ||
        filter_may_match_inside(filter, f, false) != cases[i].may_by_address)
      fail_msg("%s", cases[i].text);
    filter_free(filter);
  }
  flow_free(f);
}

static void test_nothing_but_streams(void **state) {
  static const struct {
    const char *text;
    bool streams;
  } cases[] = {
      {"mode=tcp", true},
      {"mode:tls", true},
      {"mode=tcp port:5432", true},
      {"mode=tcp|tls", true},
      {"~tcp", true},
      {"tunnel", true},
      {"CONNECT", true},
      {"GET mode=tcp", true},
      {"", false},
      {"*", false},
      {"mode:t", false}, /* transparent */
      {"mode=tcp | POST", false},
      {"-mode=tcp", false},
      {"-tunnel", false},
      {"mode=socks5", false},
      {"POST", false},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct err err = ERR_INIT;
    struct filter *filter = filter_compile(slice_of(cases[i].text), &err);
    if (!filter)
      fail_msg("%s: %s", cases[i].text, err.text);
    if (filter_means_streams(filter) != cases[i].streams)
      fail_msg("%s", cases[i].text);
    filter_free(filter);
  }
}

static void test_narrows(void **state) {
  (void)state;
  static const struct narrows_case cases[] = {
      {"", "~u x", true},
      {"~u x", "", false},
      {"~u x", "~u x", true},
      {"~u log", "~u login", true},
      {"log", "LOGIN", true},
      {"~u login", "~u log", false},
      {"~u log", "~m login", false},
      {"~u log.*", "~u log.*in", false}, /* a longer pattern need not be a narrower one */
      {"~u log", "~u log|x", false},
      {"~u log|x", "~u log|x & ~s", true},
      {"~c 4xx", "~c 404", true},
      {"~c 404", "~c 4xx", false},
      {"~b x", "~bq x", true},
      {"~bq x", "~b x", false},
      {"~u x", "~u x ~m GET", true},
      {"~m GET ~u x", "~u x ~m GET ~c 200", true},
      {"~u x | ~m GET", "~u x", true},
      {"~u x", "~u x | ~m GET", false},
      {"~u x | ~m GET", "~m GET | ~u xy", true},
      {"!~u login", "!~u log", true},
      {"!~u log", "!~u login", false},
      {"~all", "~u x", true},
      {"~s", "!~s", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_narrows(&cases[i]);
}

/* Patterns that take for ever where nothing stops them: by backtracking from one place, or from each place anew. */
static void test_no_pattern_hangs(void **state) {
  (void)state;
  static const char *const patterns[] = {"~b \"(a+)+$\"",    "~b \"(a|aa)+$\"",           "~b a*a*a*a*c",
                                         "~b \"a*b?a*c\"",   "~b \"(.*)(.*)(.*)\\\\1x\"", "~b \"(x|a)*y\"",
                                         "~b \"([a-z]+)*9\""};
  size_t n = 1 << 20;
  char *bytes = mem_alloc(n);
  struct flow *f = build_get("/");
  memset(bytes, 'a', n);
  bytes[n - 1] = '!';
  build_response_body(f, bytes, n);
  for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
    struct filter *filter = compile(patterns[i]);
    bool limit = false;
    uint64_t start = clock_mono();
    assert_false(filter_match(filter, f, &limit));
    uint64_t spent = clock_mono() - start;
    print_message("# %s: %.1f ms%s\n", patterns[i], (double)spent / 1e6, limit ? ", limit hit" : "");
    assert_true(spent < 2 * CLOCK_S);
    filter_free(filter);
  }
  struct filter *filter = compile(patterns[3]);
  bool limit = false;
  filter_match(filter, f, &limit);
  assert_true(limit); /* and the person is told */
  filter_free(filter);
  filter = compile("~b aaa!");
  assert_true(filter_match(filter, f, &limit));
  assert_false(limit);
  filter_free(filter);
  free(bytes);
  flow_free(f);
}

static void test_body_in_many_blocks_and_coded(void **state) {
  (void)state;
  static const unsigned char gz[] = {0x1f, 0x8b, 0x08, 0, 0,    0,    0,    0,    0,    0x03, 0xcb, 0x48, 0xcd,
                                     0xc9, 0xc9, 0x07, 0, 0x86, 0xa6, 0x10, 0x36, 0x05, 0,    0,    0};
  size_t n = 200000;
  char *bytes = mem_zero(n, 1);
  struct flow *f = build_get("/");
  memcpy(bytes + 65490, "across the border", 17);
  build_response_body(f, bytes, n);
  struct filter *across = compile("~b \"across the border\""), *hello = compile("~b ^hello$");
  assert_true(filter_match(across, f, NULL));
  assert_false(filter_match(hello, f, NULL));
  http_head_clear(&f->response.head);
  build_head(&f->response.head, HTTP_RESPONSE, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n");
  build_response_body(f, (const char *)gz, sizeof gz);
  assert_true(filter_match(hello, f, NULL));
  build_response_body(f, "hello", 5); /* says gzip, is not: matched as it is */
  assert_true(filter_match(hello, f, NULL));
  filter_free(across);
  filter_free(hello);
  free(bytes);
  flow_free(f);
}

static void test_bytes_not_characters(void **state) {
  (void)state;
  struct flow *f = build_get("/");
  build_response_body(f, "\xff\xfe\0mid\x80", 7);
  struct filter *mid = compile("~b mid"), *raw = compile("~b \\xfe\\x00m"), *dot = compile("~b ^.{7}$");
  assert_true(filter_match(mid, f, NULL));
  assert_true(filter_match(raw, f, NULL));
  assert_true(filter_match(dot, f, NULL));
  filter_free(mid);
  filter_free(raw);
  filter_free(dot);
  flow_free(f);
}

static void test_edited_message_is_what_counts(void **state) {
  (void)state;
  struct flow *f = build_get("/");
  f->response.sent = mem_zero(1, sizeof *f->response.sent);
  f->response.sent->body_changed = true;
  build_head(&f->response.sent->head, HTTP_RESPONSE, "HTTP/1.1 200 OK\r\nX-New: 1\r\n\r\n");
  build_body(&f->response.sent->body, "changed", 7);
  struct filter *head = compile("~hs x-new"), *body = compile("~bs changed"), *old = compile("~bs hello");
  assert_true(filter_match(head, f, NULL));
  assert_true(filter_match(body, f, NULL));
  assert_false(filter_match(old, f, NULL));
  filter_free(head);
  filter_free(body);
  filter_free(old);
  flow_free(f);
}

/* Beside an operator of mitmproxy's the name of a method is looked for in the URL, as there: that is said. */
static void test_naked_methods(void **state) {
  (void)state;
  static const struct {
    const char *text, *method;
  } cases[] = {
      {"POST", NULL},          {"POST 4xx", NULL},        {"~m POST", NULL},
      {"~u POST", NULL},       {"~s \"POST\"", NULL},     {"~s POST|PUT x", NULL},
      {"~s post", NULL},       {"~s POSTS", NULL},        {"", NULL},
      {"~q GET", "GET"},       {"~u x | PATCH", "PATCH"}, {"~s & !(DELETE)", "DELETE"},
      {"~s method:GET", NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct filter *f = filter_compile(slice_of(cases[i].text), NULL);
    assert_non_null(f);
    const char *method = filter_naked_method(f);
    if ((method == NULL) != (cases[i].method == NULL) || (method && strcmp(method, cases[i].method) != 0))
      fail_msg("%s: %s", cases[i].text, method ? method : "none");
    filter_free(f);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_operators),
      cmocka_unit_test(test_every_listed_word_compiles),
      cmocka_unit_test(test_grammar),
      cmocka_unit_test(test_errors_have_a_place),
      cmocka_unit_test(test_odd_texts_are_refused),
      cmocka_unit_test(test_needs),
      cmocka_unit_test(test_inside_a_tunnel),
      cmocka_unit_test(test_nothing_but_streams),
      cmocka_unit_test(test_narrows),
      cmocka_unit_test(test_no_pattern_hangs),
      cmocka_unit_test(test_body_in_many_blocks_and_coded),
      cmocka_unit_test(test_bytes_not_characters),
      cmocka_unit_test(test_edited_message_is_what_counts),
      cmocka_unit_test(test_naked_methods),
  };
  return cmocka_run_group_tests(tests, make_flows, free_flows);
}
