/* Addresses: literals and nothing but literals, both ways through sockaddr, and which networks they are of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/io/address.h"

static void literals_and_their_text(void **state) {
  static const struct {
    const char *in, *text, *host;
  } rows[] = {
      {"127.0.0.1", "127.0.0.1:80", "127.0.0.1"},
      {"::1", "[::1]:80", "::1"},
      {"[::1]", "[::1]:80", "::1"},
      {"2001:DB8::0:7", "[2001:db8::7]:80", "2001:db8::7"},
      {"::ffff:10.0.0.9", "10.0.0.9:80", "10.0.0.9"},
      {"fe80::1%1", "[fe80::1%1]:80", "fe80::1%1"},
      {"[fe80::1%lo]", "[fe80::1%1]:80", "fe80::1%1"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct address a, back;
    char out[ADDRESS_TEXT];
    struct sockaddr_storage sa;
    assert_true(address_parse(slice_of(rows[i].in), 80, &a));
    assert_string_equal(address_text(&a, out, sizeof out), rows[i].text);
    assert_string_equal(address_host(&a, out, sizeof out), rows[i].host);
    assert_true(address_to_sockaddr(&a, &sa) > 0);
    assert_true(address_from_sockaddr(&back, (struct sockaddr *)&sa));
    assert_true(address_eq(&a, &back));
    back.port++;
    assert_false(address_eq(&a, &back));
  }
}

static void everything_else_is_refused(void **state) {
  static const char *const rows[] = {
      "",     "localhost", "127.1", "0x7f.0.0.1",    "1.2.3.4.5", "1.2.3.256", "[127.0.0.1]", "[::1",
      "::1]", "[]",        "::1%",  "::1%nosuchif0", "1.2.3.4 ",  ":::",       "1.2.3.4%1",   "010.0.0.1"};
  struct address a;
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (address_parse(slice_of(rows[i]), 1, &a))
      fail_msg("accepted: %s", rows[i]);
  assert_false(address_parse(slice_make("1.2.3.4\0x", 9), 1, &a));
}

/* The spellings of the URL standard (https://url.spec.whatwg.org/#concept-ipv4-parser), which are inet_aton's. */
static void numbers_in_every_spelling(void **state) {
  static const struct {
    const char *in, *host;
  } rows[] = {
      {"127.0.0.1", "127.0.0.1"},
      {"127.1", "127.0.0.1"},
      {"127.0.1", "127.0.0.1"},
      {"127.0.0.1.", "127.0.0.1"},
      {"0", "0.0.0.0"},
      {"0x", "0.0.0.0"},
      {"0x7f000001", "127.0.0.1"},
      {"0X7F.0x0.0.0x1", "127.0.0.1"},
      {"2130706433", "127.0.0.1"},
      {"017700000001", "127.0.0.1"},
      {"0177.1", "127.0.0.1"},
      {"010.0.0.1", "8.0.0.1"},
      {"1.2.3", "1.2.0.3"},
      {"1.2.772", "1.2.3.4"},
      {"1.131844", "1.2.3.4"},
      {"4294967295", "255.255.255.255"},
      {"1.16777215", "1.255.255.255"},
      {"00000000000000000000001.1", "1.0.0.1"},
  };
  static const char *const none[] = {"1.2.3.4.5",  "1.2.3.256",
                                     "256.1",      "1.256.1",
                                     "1.16777216", "4294967296",
                                     "08.1.1.1",   "1..1",
                                     ".1",         "0x100000000000000000",

                                     "a.1",        "99999999999999999999",
                                     "1.2.65536",  "0x1g.1"};
  static const char *const names[] = {"",  "localhost", "a.b", "1.2.3.a", "0xg",          "shop.test", "1.com", "x.0xz",
                                      ".", "1a",        "-1",  "1.x.",    "127.0.0.1:80", "1.2.3.4..", "::1"};
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct address a;
    char out[ADDRESS_TEXT];
    assert_true(address_is_number(slice_of(rows[i].in)));
    assert_true(address_parse_number(slice_of(rows[i].in), 80, &a));
    assert_int_equal(a.port, 80);
    assert_string_equal(address_host(&a, out, sizeof out), rows[i].host);
  }
  for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
    struct address a;
    if (!address_is_number(slice_of(none[i])) || address_parse_number(slice_of(none[i]), 80, &a))
      fail_msg("%s is a number and no address", none[i]);
  }
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    struct address a;
    if (address_is_number(slice_of(names[i])) || address_parse_number(slice_of(names[i]), 80, &a))
      fail_msg("%s is a name", names[i]);
  }
}

static void mapped_addresses_are_ipv4(void **state) {
  struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(443)};
  uint8_t *ip = in6.sin6_addr.s6_addr;
  struct address a;
  (void)state;
  ip[10] = ip[11] = 0xff;
  ip[12] = 192;
  ip[15] = 5;
  assert_true(address_from_sockaddr(&a, (struct sockaddr *)&in6));
  assert_int_equal(a.family, 4);
  assert_int_equal(a.port, 443);
  assert_memory_equal(a.ip, ((uint8_t[]){192, 0, 0, 5}), 4);
  struct sockaddr unix_address = {.sa_family = AF_UNIX};
  assert_false(address_from_sockaddr(&a, &unix_address));
}

static void networks(void **state) {
  static const struct {
    const char *text;
    bool loopback, any, global;
  } rows[] = {
      {"127.8.9.1", true, false, false},        {"::1", true, false, false},
      {"0.0.0.0", false, true, false},          {"::", false, true, false},
      {"8.8.8.8", false, false, true},          {"2001:db8::1", false, false, true},
      {"10.1.1.1", false, false, false},        {"172.16.0.1", false, false, false},
      {"172.31.255.1", false, false, false},    {"172.32.0.1", false, false, true},
      {"192.168.3.3", false, false, false},     {"192.169.0.1", false, false, true},
      {"169.254.1.1", false, false, false},     {"100.64.0.1", false, false, false},
      {"100.127.0.1", false, false, false},     {"100.128.0.1", false, false, true},
      {"fe80::1", false, false, false},         {"fd00::1", false, false, false},
      {"::ffff:127.0.0.1", true, false, false},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct address a;
    assert_true(address_parse(slice_of(rows[i].text), 0, &a));
    if (address_is_loopback(&a) != rows[i].loopback || address_is_any(&a) != rows[i].any ||
        address_is_global(&a) != rows[i].global)
      fail_msg("wrong about %s", rows[i].text);
  }
  assert_false(address_is_any(&(struct address){0}));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(literals_and_their_text),
      cmocka_unit_test(everything_else_is_refused),
      cmocka_unit_test(numbers_in_every_spelling),
      cmocka_unit_test(mapped_addresses_are_ipv4),
      cmocka_unit_test(networks),
  };
  return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
