/* Ways to servers as people write them: what is read, what is refused, what is shown, and which one a flow takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/app/option.h"
#include "weir/proxy/way.h"

static const char *taken(const struct ways *w, const char *host, uint16_t port) {
  struct flow *f = flow_new();
  flow_set_target(f, "http", slice_of(host), port);
  const struct way *way = ways_choose(w, f, host, port);
  flow_free(f);
  return way ? way->text : "direct";
}

static struct ways *of(const char *text) {
  struct err err = ERR_INIT;
  struct ways *w = ways_new();
  if (!ways_add(w, slice_of(text), &err))
    fail_msg("\"%s\": %s", text, err.text);
  return w;
}

static void refused(const char *text, const char *why) {
  struct err err = ERR_INIT;
  struct ways *w = ways_new();
  bool ok = ways_add(w, slice_of(text), &err);
  ways_free(w);
  if (ok || !strstr(err.text, why))
    fail_msg("\"%s\": %s", text, ok ? "was taken" : err.text);
  assert_null(strstr(err.text, "s3cret"));
}

static const struct way *only(const struct ways *w) {
  struct flow *f = flow_new();
  flow_set_target(f, "http", SLICE("a.test"), 80);
  const struct way *way = ways_choose(w, f, "a.test", 80);
  flow_free(f);
  assert_non_null(way);
  return way;
}

static void kinds_and_what_is_shown(void **state) {
  (void)state;
  static const struct {
    const char *text, *shown;
    enum way_kind kind;
    uint16_t port;
  } good[] = {
      {"http://p.test:3128", "http://p.test:3128", WAY_HTTP, 3128},
      {"https://ann:s3cret@p.test:443/", "https://p.test:443", WAY_HTTPS, 443},
      {"socks5://[::1]:1080", "socks5://[::1]:1080", WAY_SOCKS5, 1080},
      {"~d a.test => SOCKS5H://ann:s3cret@10.0.0.1:9", "SOCKS5H://10.0.0.1:9", WAY_SOCKS5H, 9},
  };
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    struct ways *w = of(good[i].text);
    const char *text = taken(w, "a.test", 80);
    assert_string_equal(text, good[i].shown);
    assert_int_equal(ways_want_tls(w), good[i].kind == WAY_HTTPS);
    assert_int_equal(only(w)->port, good[i].port);
    ways_free(w);
  }
}

static void passwords_are_decoded_once(void **state) {
  (void)state;
  struct ways *w = of("http://a%20b:c%3Ad%40%2541@p.test:1");
  const struct way *way = only(w);
  assert_string_equal(way->user, "a b");
  assert_string_equal(way->password, "c:d@%41");
  assert_string_equal(way->basic, "Basic YSBiOmM6ZEAlNDE=");
  ways_free(w);
  w = of("http://ann@p.test:1");
  assert_string_equal(only(w)->basic, "Basic YW5uOg==");
  ways_free(w);
}

static void what_is_refused(void **state) {
  (void)state;
  refused("", "an upstream proxy is http://");
  refused("p.test:3128", "an upstream proxy is");
  refused("ftp://p.test:21", "is spoken to by http://");
  refused("http://ann:s3cret@p.test", "needs its port: http://p.test:3128");
  refused("http://ann:s3cret@p.test:80/path", "has no path");
  refused("http://ann:s3cret%0d%0aX@p.test:80", "no control characters");
  refused("http://a%3Ab:s3cret@p.test:80", "no colon");
  refused("socks5://ann@p.test:80", "1 to 255 bytes each");
  refused("socks5://ann:%00@p.test:80", "no control characters");
  refused("http://ann:s3cret@b@p.test:80", "in USER and PASSWORD @ is written as %40");
  refused("http://::1:3128", "an IPv6 address stands in brackets");
  refused("~bs x => http://p.test:80", "not known when a connection is made");
  refused("~s => direct", "not known when a connection is made");
  refused("(( => direct", "");
}

static void filters_in_their_order(void **state) {
  (void)state;
  struct err err = ERR_INIT;
  struct ways *w = of("~d in.test => direct");
  assert_true(ways_add(w, SLICE("~d sock.test => socks5h://s.test:1080"), &err));
  assert_string_equal(taken(w, "b.test", 80), "direct");
  assert_true(ways_add(w, SLICE("http://p.test:3128"), &err));
  assert_string_equal(taken(w, "in.test", 80), "direct");
  assert_string_equal(taken(w, "sock.test", 80), "socks5h://s.test:1080");
  assert_string_equal(taken(w, "b.test", 80), "http://p.test:3128");
  assert_false(ways_want_process(w));
  assert_true(ways_add(w, SLICE("process:curl => direct"), &err));
  assert_true(ways_want_process(w));
  ways_free(w);
}

static void hosts_that_are_left_out(void **state) {
  (void)state;
  struct err err = ERR_INIT;
  static const struct {
    const char *except, *host;
    uint16_t port;
    bool direct;
  } cases[] = {
      {"shop.test", "shop.test", 80, true},
      {"shop.test", "api.shop.test", 80, true},
      {"shop.test", "webshop.test", 80, false},
      {".shop.test", "shop.test", 80, true},
      {"*.shop.test", "a.shop.test", 80, true},
      {"SHOP.test:81", "shop.test", 81, true},
      {"shop.test:81", "shop.test", 80, false},
      {"10.0.0.0/8", "10.9.8.7", 80, true},
      {"10.0.0.0/8", "11.0.0.1", 80, false},
      {"10.0.0.0/9", "10.128.0.1", 80, false},
      {"fd00::/8", "fdff::1", 80, true},
      {"fd00::/8", "fe00::1", 80, false},
      {"127.0.0.1", "127.0.0.1", 80, true},
      {"127.0.0.1", "127.0.0.2", 80, false},
      {"127.0.0.1:81", "127.0.0.1", 81, true},
      {"[::1]:81", "::1", 81, true},
      {"::1", "::1", 80, true},
      {"a.test, b.test c.test", "c.test", 80, true},
      {"*", "any.test", 80, true},
      {"0.0.0.0/0", "any.test", 80, false},
      {"0.0.0.0/0", "9.9.9.9", 80, true},
      {"", "any.test", 80, false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct ways *w = of("http://p.test:3128");
    assert_true(ways_except(w, slice_of(cases[i].except), false, &err));
    if (cases[i].direct != !strcmp(taken(w, cases[i].host, cases[i].port), "direct"))
      fail_msg("%s, %s:%u", cases[i].except, cases[i].host, cases[i].port);
    ways_free(w);
  }
  struct ways *w = of("http://p.test:3128");
  assert_false(ways_except(w, SLICE("a.test,10.0.0.0/33"), false, &err));
  assert_non_null(strstr(err.text, "\"10.0.0.0/33\" is no host"));
  assert_true(ways_except(w, SLICE("b@d/,c.test"), true, &err)); /* as the environment may have it */
  assert_string_equal(taken(w, "c.test", 80), "direct");
  ways_free(w);
}

/* What ps(1) shows of a command line. */
static void command_lines_are_covered(void **state) {
  (void)state;
  char a[] = "weir", b[] = "--upstream", c[] = "~d a.test => http://ann:s3cret@p.test:1",
       d[] = "--upstream=socks5://u:p@h:1", e[] = "--mode", f[] = "socks5:ann:s3@cret@1080", g[] = "--auth=ann:s3cret",
       h[] = "--auth", i[] = "@file", j[] = "--upstream", k[] = "http://ann:s3cret@p.test:1";
  char *argv[] = {a, b, c, d, e, f, g, h, i, j, k, NULL};
  options_cover(argv, &argv[9]); /* what follows `run` is the command's */
  assert_string_equal(c, "~d a.test => http://xxxxxxxxxx@p.test:1");
  assert_string_equal(d, "--upstream=socks5://xxx@h:1");
  assert_string_equal(f, "socks5:xxxxxxxxxxx@1080");
  assert_string_equal(g, "--auth=xxxxxxxxxx");
  assert_string_equal(i, "@file");
  assert_string_equal(k, "http://ann:s3cret@p.test:1");
}

static void options_read_them(void **state) {
  (void)state;
  struct options o;
  struct err err = ERR_INIT;
  options_init(&o);
  assert_false(options_set(&o, "upstream", "http://ann:s3cret@p.test", &err));
  assert_memory_equal(err.text, "upstream: an upstream proxy needs", 33);
  assert_null(o.upstream);
  assert_true(options_set(&o, "upstream", "http://ann:s3cret@p.test:1", &err));
  assert_true(options_set(&o, "upstream", "http://ann:s3cret@p.test:1", &err)); /* once more: the line is read twice */
  assert_null(o.upstream[1]);
  assert_false(options_set(&o, "upstream", "@/nonexistent/file", &err));
  assert_non_null(strstr(err.text, "No such file"));
  assert_false(options_set(&o, "no-upstream", "a b@c", &err));
  assert_true(options_set(&o, "no-upstream", "a.test", &err));
  assert_true(options_check(&o, &err));
  assert_true(options_set(&o, "no-tls", NULL, &err));
  assert_true(options_check(&o, &err));
  assert_true(options_set(&o, "upstream", "https://p.test:1", &err));
  assert_false(options_check(&o, &err));
  options_clear(&o);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kinds_and_what_is_shown), cmocka_unit_test(passwords_are_decoded_once),
      cmocka_unit_test(what_is_refused),         cmocka_unit_test(filters_in_their_order),
      cmocka_unit_test(hosts_that_are_left_out), cmocka_unit_test(command_lines_are_covered),
      cmocka_unit_test(options_read_them),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
