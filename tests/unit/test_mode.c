/* Modes of listeners as people write them: what is read, what is refused and where, and where --mode listens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/app/option.h"
#include "weir/proxy/mode.h"

static void refused(const char *text, const char *why) {
  struct err err = ERR_INIT;
  struct mode *m = mode_parse(slice_of(text), &err);
  if (m || !strstr(err.text, why))
    fail_msg("\"%s\": %s", text, m ? "was taken" : err.text);
}

static char *test_long(size_t n) {
  char *text = malloc(n + 10);
  memcpy(text, "socks5:", 7);
  memset(text + 7, 'u', n);
  memcpy(text + 7 + n, ":p", 3);
  return text;
}

static void a_mode_is_a_word(void **state) {
  (void)state;
  struct err err = ERR_INIT;
  struct mode *m = mode_parse(SLICE("regular"), &err);
  assert_non_null(m);
  assert_int_equal(m->kind, MODE_REGULAR);
  assert_string_equal(m->text, "regular");
  struct mode *same = mode_ref(m);
  mode_unref(m);
  assert_string_equal(same->text, "regular"); /* the second reference keeps it */
  mode_unref(same);
}

static void socks_may_ask_for_a_password(void **state) {
  (void)state;
  struct err err = ERR_INIT;
  struct mode *m = mode_parse(SLICE("socks5"), &err);
  assert_int_equal(m->kind, MODE_SOCKS5);
  assert_null(m->user);
  assert_string_equal(m->text, "socks5");
  mode_unref(m);
  m = mode_parse(SLICE("socks5:ann:s:e@cret"), &err);
  assert_string_equal(m->user, "ann");
  assert_string_equal(m->password, "s:e@cret");
  assert_null(strstr(m->text, "cret")); /* people look at that */
  mode_unref(m);
  refused("socks5:", "socks5:USER:PASSWORD");
  refused("socks5:ann", "socks5:USER:PASSWORD");
  refused("socks5:ann:", "socks5:USER:PASSWORD");
  refused("socks5::secret", "socks5:USER:PASSWORD");
  char *text = test_long(256);
  refused(text, "at most 255 bytes");
  free(text);
}

static void relays_name_their_server(void **state) {
  (void)state;
  struct err err = ERR_INIT;
  struct mode *m = mode_parse(SLICE("tcp:db.test:5432"), &err);
  assert_int_equal(m->kind, MODE_TCP);
  assert_string_equal(m->host, "db.test");
  assert_int_equal(m->port, 5432);
  assert_string_equal(m->text, "tcp:db.test:5432");
  mode_unref(m);
  m = mode_parse(SLICE("tls:[::1]:993"), &err);
  assert_int_equal(m->kind, MODE_TLS);
  assert_string_equal(m->host, "::1");
  mode_unref(m);
  refused("tcp", "tcp needs a server: tcp:HOST:PORT");
  refused("tls:", "tls needs a server: tls:HOST:PORT");
  refused("tcp:db.test", "tcp:HOST:PORT: ");
  refused("tcp:::1:5", "an IPv6 address stands in brackets");
  refused("tcp:db.test:0", "not a number from 1 to 65535");
  refused("tcp:db test:1", "tcp:HOST:PORT: ");
  refused("tcp:db.test:99999", "tcp:HOST:PORT: ");
}

static void reverse_names_its_servers(void **state) {
  (void)state;
  struct err err = ERR_INIT;
  struct mode *m = mode_parse(SLICE("reverse:http://a.test:3000,https://[::1]/,least-busy,keep-host"), &err);
  assert_int_equal(m->kind, MODE_REVERSE);
  assert_int_equal(m->servers, 2);
  assert_string_equal(m->server[0].host, "a.test");
  assert_int_equal(m->server[0].port, 3000);
  assert_false(m->server[0].secure);
  assert_string_equal(m->server[1].host, "::1");
  assert_int_equal(m->server[1].port, 443);
  assert_true(m->server[1].secure && m->keep_host && m->least_busy);
  assert_string_equal(m->server[0].path, "");
  assert_string_equal(m->server[1].path, "");
  mode_unref(m);
  m = mode_parse(SLICE("reverse:http://a.test/,http://a.test/a/b//"), &err);
  assert_string_equal(m->server[0].path, "");
  assert_string_equal(m->server[1].path, "/a/b");
  mode_unref(m);
  refused("reverse", "reverse:http://127.0.0.1:3000");
  refused("reverse:", "reverse:");
  refused("reverse:keep-host", "needs a server");
  refused("reverse:a.test", "reverse: \"a.test\": ");
  refused("reverse:ftp://a.test", "tcp:HOST:PORT relays other protocols");
  refused("reverse:http://u@a.test", "user name");
  refused("reverse:http://a.test/base?q", "no query");
  refused("reverse:http://a.test/base/../..", "leads out of it");
  refused("reverse:http://a.test,", "reverse: ");
}

static void a_header_may_stand_before_each(void **state) {
  (void)state;
  struct err err = ERR_INIT;
  struct mode *m = mode_parse(SLICE("proxy+socks5"), &err);
  assert_int_equal(m->kind, MODE_SOCKS5);
  assert_true(m->proxy_header);
  assert_string_equal(m->text, "proxy+socks5");
  mode_unref(m);
  refused("proxy+", "is no mode");
  refused("proxy+proxy+auto", "proxy+ stands once");
}

static void other_words_are_refused_with_advice(void **state) {
  (void)state;
  refused("regluar", "did you mean regular?");
  refused("xyzzyplugh", "\"xyzzyplugh\" is no mode: there are auto, regular");
  refused("", "is no mode");
  refused("\033[2J", "\"^[[2J\" is no mode");
  refused("regular:", "nothing stands behind regular");
  refused("regular:x", "nothing stands behind regular");
}

static bool add(struct options *o, const char *value, struct err *err) {
  return options_set(o, "mode", value, err);
}

static void modes_are_gathered(void **state) {
  (void)state;
  struct options o;
  struct err err = ERR_INIT;
  options_init(&o);
  assert_null(o.modes);
  assert_true(add(&o, "regular@[::1]:0", &err));
  assert_true(add(&o, "regular@8889", &err));
  assert_true(add(&o, "socks5:u:p@q@1080", &err)); /* the last @ */
  assert_true(add(&o, "", &err));
  assert_true(add(&o, "regular@[::1]:0", &err));
  assert_true(add(&o, "regular@8889", &err));
  assert_true(add(&o, "regular@8889", &err)); /* the file said so too */
  assert_string_equal(o.modes[0], "regular@[::1]:0");
  assert_string_equal(o.modes[1], "regular@8889");
  assert_null(o.modes[2]);
  assert_true(add(&o, "", &err));
  assert_null(o.modes);
  options_clear(&o);
}

static void ports_are_checked(void **state) {
  (void)state;
  static const struct {
    const char *text, *why;
  } bad[] = {
      {"regular@", "mode: behind the last @ stands [HOST:]PORT"},
      {"regular@x", "mode: behind the last @ stands [HOST:]PORT"},
      {"regular@99999", "mode: behind the last @ stands [HOST:]PORT"},
      {"regular@::1:80", "mode: behind the last @: an IPv6 address stands in brackets"},
      {"regular@shop.test:80", "mode: behind the last @: the host must be an IP address"},
      {"re@gular@80", "mode: \"re@gular\" is no mode"},
      {"@80", "is no mode"},
  };
  struct options o;
  options_init(&o);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct err err = ERR_INIT;
    if (add(&o, bad[i].text, &err) || !strstr(err.text, bad[i].why))
      fail_msg("\"%s\": %s", bad[i].text, err.text);
    assert_null(o.modes);
  }
  options_clear(&o);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_mode_is_a_word),
      cmocka_unit_test(socks_may_ask_for_a_password),
      cmocka_unit_test(relays_name_their_server),
      cmocka_unit_test(reverse_names_its_servers),
      cmocka_unit_test(a_header_may_stand_before_each),
      cmocka_unit_test(other_words_are_refused_with_advice),
      cmocka_unit_test(modes_are_gathered),
      cmocka_unit_test(ports_are_checked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
