/* Targets and authorities: what is read, and that whatever two programs could read in two ways is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/http/url.h"

static void assert_slice(struct slice s, const char *text) {
  char *copy = mem_dup_n(s.n > 0 ? s.p : "", s.n);
  assert_string_equal(copy, text);
  free(copy);
}

struct url_case {
  const char *text, *scheme, *host, *authority, *target;
  unsigned port;
};

static void reads_urls(void **state) {
  (void)state;
  static const struct url_case cases[] = {
      {"http://a/", "http", "a", "a", "/", 80},
      {"http://a", "http", "a", "a", "", 80},
      {"http://a?q=1", "http", "a", "a", "?q=1", 80},
      {"HTTP://LOCALHOST/x", "HTTP", "LOCALHOST", "LOCALHOST", "/x", 80},
      {"https://a/", "https", "a", "a", "/", 443},
      {"ftp://a/", "ftp", "a", "a", "/", 0},
      {"ws://a:81/", "ws", "a", "a:81", "/", 81},
      {"http://a:/x", "http", "a", "a", "/x", 80},
      {"http://a:080/", "http", "a", "a:080", "/", 80},
      {"http://127.0.0.1:8080/%2e%2E//b?c=%0d%0a&d={}|", "http", "127.0.0.1", "127.0.0.1:8080",
       "/%2e%2E//b?c=%0d%0a&d={}|", 8080},
      {"http://[::1]/", "http", "::1", "[::1]", "/", 80},
      {"http://[::FFFF:127.0.0.1]:99?", "http", "::FFFF:127.0.0.1", "[::FFFF:127.0.0.1]:99", "?", 99},
      {"http://a_b.c~d/", "http", "a_b.c~d", "a_b.c~d", "/", 80},
      {"http://a/caf\xc3\xa9\xff@b:c\\", "http", "a", "a", "/caf\xc3\xa9\xff@b:c\\", 80},
      {"http://a/http://b@c/", "http", "a", "a", "/http://b@c/", 80},
      {"svn+ssh://a.b-c/x", "svn+ssh", "a.b-c", "a.b-c", "/x", 0},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    const struct url_case *c = &cases[i];
    struct url url;
    struct err err = ERR_INIT;
    if (!url_parse(slice_of(c->text), &url, &err))
      fail_msg("%s: %s", c->text, err.text);
    assert_slice(url.scheme, c->scheme);
    assert_slice(url.host, c->host);
    assert_slice(url.authority, c->authority);
    assert_slice(url.target, c->target);
    assert_int_equal(url.port, c->port);
    assert_int_equal(url.ipv6, strchr(c->host, ':') != NULL);
    assert_false(url.has_userinfo);
  }
}

static void keeps_user_information_apart(void **state) {
  (void)state;
  struct url url;
  assert_true(url_parse(SLICE("http://me:secret@a:1/x"), &url, NULL));
  assert_true(url.has_userinfo);
  assert_slice(url.userinfo, "me:secret");
  assert_slice(url.host, "a");
  assert_slice(url.authority, "a:1");
  assert_true(url_parse(SLICE("http://@a/"), &url, NULL));
  assert_true(url.has_userinfo);
  assert_int_equal(url.userinfo.n, 0);
}

struct refusal {
  const char *text;
  size_t at; /* where the error points */
};

typedef bool parse_fn(struct slice text, struct url *url, struct err *err);

static void assert_refused(parse_fn *parse, const struct refusal *cases, size_t n) {
  for (size_t i = 0; i < n; i++) {
    struct url url;
    struct err err = ERR_INIT;
    if (parse(slice_of(cases[i].text), &url, &err))
      fail_msg("taken: %s", cases[i].text);
    assert_true(strlen(err.text) > 5);
    if (err.at != cases[i].at)
      fail_msg("%s: %s, at %zu and not %zu", cases[i].text, err.text, err.at, cases[i].at);
    assert_true(err.at + err.span <= strlen(cases[i].text));
  }
}

static void refuses_doubtful_urls(void **state) {
  (void)state;
  static const struct refusal cases[] = {
      {"", 0},
      {"a", 0},
      {"/x", 0},
      {"//a/", 0},
      {"http:a", 0},
      {"http:/a", 0},
      {"mailto:me@a", 0},
      {"1http://a/", 0},
      {"://a/", 0},
      {"http://", 7},
      {"http:///x", 7},
      {"http://:80/", 7},
      {"http://?q", 7},
      {"http://user@/", 12},
      {"http://a/#f", 9},
      {"http://a#f", 8},
      {"http://a b/", 8},
      {"http://a/b c", 10},
      {"http://a/\tb", 9},
      {"http://a/\x7f", 9},
      {"http://a/\r\nX: y", 9},
      {"http://a@b@c/", 9},
      {"http://a\\b/", 8},
      {"http://a\\@b/", 8},
      {"http://b\\.evil.test@a/", 8},
      {"http://a:0/", 9},
      {"http://a:65536/", 9},
      {"http://a:99999999999999999999/", 9},
      {"http://a:+80/", 9},
      {"http://a:8a/", 9},
      {"http://a:80:80/", 9},
      {"http://a:-1/", 9},
      {"http://[::1/", 7},
      {"http://[::1]x/", 12},
      {"http://[::1]80/", 12},
      {"http://[]/", 8},
      {"http://[g::1]/", 8},
      {"http://[1.2.3.4]/", 8},
      {"http://[fe80::1%25eth0]/", 8},
      {"http://[v1.x]/", 8},
      {"http://::1/", 8},
      {"http://a%00b/", 8},
      {"http://a,b/", 8},
      {"http://a|b/", 8},
      {"http://\xc3\xa9/", 7},
  };
  assert_refused(url_parse, cases, sizeof(cases) / sizeof(cases[0]));
}

static void refuses_a_host_that_no_name_can_be(void **state) {
  (void)state;
  struct buf text = BUF_INIT;
  struct url url;
  buf_add_text(&text, "http://");
  for (size_t i = 0; i < 254; i++)
    buf_add_byte(&text, 'a');
  assert_true(url_parse(buf_slice(&text), &url, NULL));
  for (size_t i = 0; i < 60000; i++) {
    buf_add_byte(&text, 'a');
    if (i == 0 || i == 59999)
      assert_false(url_parse(buf_slice(&text), &url, NULL));
  }
  buf_clear(&text);
  assert_false(url_parse(SLICE("http://a\0b/"), &url, NULL));
}

static void authorities_name_their_port(void **state) {
  (void)state;
  struct url url;
  assert_true(url_parse_authority(SLICE("a.test:443"), &url, NULL));
  assert_slice(url.host, "a.test");
  assert_int_equal(url.port, 443);
  assert_true(url_parse_authority(SLICE("[::1]:1"), &url, NULL));
  assert_slice(url.host, "::1");
  assert_slice(url.authority, "[::1]:1");
  static const struct refusal cases[] = {
      {"", 0},        {"a", 1},        {"a:", 2},        {":443", 0},      {"a:0", 2},
      {"a:443x", 2},  {"a:65536", 2},  {"[::1]", 5},     {"[::1]:", 6},    {"http://a:443/", 0},
      {"a:443/", 0},  {"a:443?x", 0},  {"me@a:443", 2},  {"a:443#x", 5},   {"a b:443", 1},
      {"::1:443", 1}, {"[::1:443", 0}, {"a:443:443", 2}, {"https://a", 0},
  };
  assert_refused(url_parse_authority, cases, sizeof(cases) / sizeof(cases[0]));
}

static bool parse_host(struct slice text, struct url *url, struct err *err) {
  return url_parse_host(text, false, url, err);
}

static void host_values(void **state) {
  (void)state;
  struct url url;
  assert_true(url_parse_host(SLICE("a.test"), false, &url, NULL));
  assert_false(url.has_port);
  assert_int_equal(url.port, 0);
  assert_true(url_parse_host(SLICE("a.test:"), false, &url, NULL));
  assert_slice(url.authority, "a.test");
  assert_true(url_parse_host(SLICE("[::1]:8080"), false, &url, NULL));
  assert_int_equal(url.port, 8080);
  assert_true(url_parse_host(SLICE(""), true, &url, NULL));
  static const struct refusal cases[] = {
      {"", 0},        {":80", 0},  {"a:x", 2},   {"a, b", 1},  {"a,b", 1},      {"a b", 1},
      {"me@a", 2},    {"a/b", 1},  {"a?b", 1},   {"a#b", 1},   {"http://a", 5}, {"[::1", 0},
      {"a:80:80", 2}, {"a\\b", 1}, {"\"a\"", 0}, {"a\x01", 1}, {"a%41", 1},
  };
  assert_refused(parse_host, cases, sizeof(cases) / sizeof(cases[0]));
  assert_false(url_parse_host(SLICE(":80"), true, &url, NULL));
}

static void writes_authorities(void **state) {
  (void)state;
  static const struct {
    const char *host;
    uint16_t port;
    const char *scheme, *text;
  } cases[] = {
      {"a", 80, "http", "a"},       {"a", 443, "http", "a:443"},     {"a", 443, "https", "a"},
      {"::1", 80, "http", "[::1]"}, {"::1", 81, "http", "[::1]:81"}, {"a", 0, "http", "a"},
      {"a", 80, "", "a:80"},        {"a", 80, "HTTP", "a"},          {"a", 80, "ws", "a"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct buf out = BUF_INIT;
    url_put_authority(&out, slice_of(cases[i].host), cases[i].port, cases[i].scheme);
    assert_string_equal(buf_text(&out), cases[i].text);
    buf_clear(&out);
  }
}

static void schemes(void **state) {
  (void)state;
  struct url url;
  assert_true(url_parse(SLICE("hTTpS://a/"), &url, NULL));
  assert_true(url_scheme_is(&url, "https"));
  assert_false(url_scheme_is(&url, "http"));
  assert_int_equal(url_default_port(SLICE("WSS")), 443);
  assert_int_equal(url_default_port(SLICE("gopher")), 0);
}

static void climbing(void **state) {
  (void)state;
  static const char *const out[] = {
      "/..",         "/../",           "..",           "/a/../..",      "/a/./../../x", "/%2e%2e",        "/.%2E/x",
      "/a//../../x", "/..%2fx/a/b",    "/a%2f../..",   "/..\\x",        "/..%5cx",      "/..;v=1/x",      "/a;/../../x",
      "/%2E./?a",    "/a%2fb/../../x", "/a/../../b/c", "/a\\b/../../x", "/..%2F",       "/a/%2e%2e%2f..",
  };
  static const char *const in[] = {
      "/",    "",          "*",        "/a/../b",      "/a/..",        "/.../x", "/..a",
      "/a..", "/x?/../..", "/%2e%2ea", "/a/b/../../c", "/%252e%252e/", "/.;/x",  "/%2",
  };
  for (size_t i = 0; i < sizeof out / sizeof *out; i++)
    if (!url_climbs(slice_of(out[i])))
      fail_msg("%s leads out", out[i]);
  for (size_t i = 0; i < sizeof in / sizeof *in; i++)
    if (url_climbs(slice_of(in[i])))
      fail_msg("%s stays within", in[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_urls),
      cmocka_unit_test(keeps_user_information_apart),
      cmocka_unit_test(refuses_doubtful_urls),
      cmocka_unit_test(refuses_a_host_that_no_name_can_be),
      cmocka_unit_test(authorities_name_their_port),
      cmocka_unit_test(host_values),
      cmocka_unit_test(writes_authorities),
      cmocka_unit_test(schemes),
      cmocka_unit_test(climbing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
