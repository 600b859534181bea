/* What is said about a filter: faults with their place and what was meant, what it needs, how its words are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "filter_cases.h"

static void test_errors_suggest(void **state) {
  (void)state;
  static const struct fault_case cases[] = {
      {"body:\"unclosed", 5, 9, "closing \" is missing"},
      {"stauts:big", 0, 6, "did you mean status:?"},
      {"query:x", 0, 5, "did you mean path:?"},
      {"ip:x", 0, 2, "did you mean client:?"},
      {"contenttype:json", 0, 11, "did you mean type:?"},
      {"response.header:x", 0, 15, "did you mean resp.header:?"},
      {"GET zzzz-yyyy:x", 4, 9, "there is no field zzzz-yyyy.  \"zzzz-yyyy:x\" in quotes is text"},
      {"GET hots:shop", 4, 4, "did you mean host:?"},
      {"~marekd", 0, 7, "did you mean ~marked?"},
      {"status:big", 7, 3, "status:404, status:4xx or status>=400"},
      {"size>big", 5, 3, "size>100k"},
      {"dur>1x", 4, 2, "duration>1s"},
      {"age<soon", 4, 4, "age>1s"},
      {"id:x", 3, 1, "id:7"},
      {"marked:maybe", 7, 5, "marked:yes"},
      {"time>noon", 5, 4, "time>12:01"},
      {"host>5", 0, 5, "host is text, no number: host:part or host=all"},
      {"host:", 0, 5, "a value is missing: host:text"},
      {"GET host:", 4, 5, "a value is missing"},
      {"host:(a|b)", 5, 1, "goes without brackets: host:a|b"},
      {">1x", 0, 3, ">1s, >100k, >=400"},
      {">", 0, 1, "a duration, a size or a status"},
      {"is:big", 3, 3, "is:paused"},
      {"is:", 0, 3, "is:paused"},
      {"re:/a(/", 6, 1, "not a regular expression"},
      {"re:", 0, 3, "a regular expression is missing"},
      {"json:.a[x]", 7, 3, "no place in an array"},
      {"json:.a..b", 7, 3, "a key is missing"},
      {"json:.a>b", 5, 4, "want a number"},
      {"500-400", 0, 7, "the range is the wrong way round: 400-500"},
      {"GET dur:5s-1s", 8, 5, "the range is the wrong way round: 1s-5s"},
      {"200,404", 0, 7, "is written 200|404; \"200,404\" in quotes"},
      {"GET 4xx,500-503", 4, 11, "is written 4xx|500-503"},
      {"GET and", 6, 1, "missing at the end"},
      {"GET or", 5, 1, "missing at the end"},
      {"GET |", 4, 1, "missing at the end"},
      {"GET|!", 4, 1, "missing at the end"},
      {"GET|! x", 4, 1, "missing at the end"},
      {"(GET", 0, 1, "never closed"},
      {"GET)", 3, 1, "nothing opened"},
      {"GET | | x", 6, 1, "missing before this |"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_fault(&cases[i]);
}

static void test_needs(void **state) {
  (void)state;
  enum {
    QH = FILTER_NEEDS_REQUEST_HEAD,
    QB = FILTER_NEEDS_REQUEST_BODY,
    SH = FILTER_NEEDS_RESPONSE_HEAD,
    SB = FILTER_NEEDS_RESPONSE_BODY,
    END = FILTER_NEEDS_END,
    CLOCK = FILTER_NEEDS_CLOCK,
    AGE = FILTER_NEEDS_AGE,
  };
  static const struct needs_case cases[] = {
      {"POST /login", QH, false, false},  {"host:x -path:y", QH, false, false},
      {"4xx", SH, false, true},           {"status>=400", SH, false, true},
      {"resp.header:x", SH, false, true}, {"header:x", QH | SH, false, false},
      {"paused", 0, false, false},        {"dns", END, false, false},
      {"assets", SH, false, true},        {"\"x\"", QH | SH | QB | SB, true, false},
      {"body:x", QB | SB, true, false},   {"req.body:x", QB, true, false},
      {"resp.json:.a", SB, true, true},   {">1M", SB, false, true},
      {"req.size>1M", QB, false, false},  {">1s", QH | CLOCK, false, true},
      {"age<5m", QH | AGE, false, false}, {"ttfb>1s", SH, false, true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_needs(&cases[i]);
}

static void test_narrows(void **state) {
  (void)state;
  static const struct narrows_case cases[] = {
      {"log", "login", true},
      {"login", "log", false},
      {"log", "/login", false}, /* another part of the URL: not sure */
      {"4xx", "404", true},
      {"404", "4xx", false},
      {">1s", ">2s", false}, /* as time goes by what was too quick may not be */
      {">1k", ">2k", true},
      {">2k", ">1k", false},
      {">1k", ">2s", false},
      {"host:a", "host:ab", true},
      {"host:a", "path:ab", false},
      {"host=a", "host=ab", false},
      {"body:x", "req.body:x", true},
      {"header:x-id=4", "header:x-id=42", true},
      {"header:x-id=4", "header:x-no=42", false},
      {"json:.a=1", "json:.a=1", true},
      {"json:.a=1", "json:.b=1", false},
      {"json:.a=1", "json:.a!=1", false},
      {"GET", "GET shop", true},
      {"GET|POST", "GET", true},
      {"-css", "-css -js", true},
      {"paused", "paused", true},
      {"paused", "marked", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_narrows(&cases[i]);
}

static void test_readings(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"login", "login: host, path"},
      {"/login", "/login: path"},
      {"POST 4xx", "POST: method; 4xx: status 400 to 499"},
      {"GET|POST -/x", "GET: method; POST: method; /x: not in path"},
      {">1s <100k", ">1s: duration over 1.00s; <100k: size under 100k"},
      {"<10ms", "<10ms: duration under 10ms"},
      {"dur<=10ms", "dur<=10ms: duration under 10ms"},
      {"age<5m", "age<5m: age under 5m00s"},
      {"404", "404: status 404"},
      {"reset", "reset: error: the server reset the connection"},
      {"\"reset\"", "\"reset\": anywhere"},
      {"host:shop", "host:shop: host"},
      {"host=shop", "host=shop: host exactly"},
      {"header:x-id=7", "header:x-id=7: header named x-id"},
      {"json:.a=1", "json:.a=1: json: the value at .a"},
      {"~s POST", "~s: has a response; POST: URL, as beside every ~"},
      {"(body:x | a) b", "body:x: body; a: host, path; b: host, path"},
      {"marked:no", "marked:no: not marked"},
      {"re:/a/", "re:/a/: anywhere, a regular expression"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct filter_reading reading[8];
    struct buf said = BUF_INIT;
    size_t n = filter_explain(slice_of(cases[i][0]), reading, 8);
    for (size_t k = 0; k < n; k++)
      buf_printf(&said, "%s%.*s: %s", k ? "; " : "", (int)reading[k].n, cases[i][0] + reading[k].at, reading[k].says);
    if (strcmp(buf_text(&said), cases[i][1]) != 0)
      fail_msg("%s: \"%s\"", cases[i][0], buf_text(&said));
    buf_clear(&said);
  }
  assert_int_equal(filter_explain(SLICE("(a"), NULL, 0), 0);
}
int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_errors_suggest),
      cmocka_unit_test(test_needs),
      cmocka_unit_test(test_narrows),
      cmocka_unit_test(test_readings),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
