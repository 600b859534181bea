/* The first bytes of a tunnel: what kind they are, and what a ClientHello says, however it is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ssl.h>

#include "weir/base/buf.h"
#include "weir/tls/authority.h"
#include "weir/tls/hello.h"

static struct hello_reader *reader;

static int set_up(void **state) {
  (void)state;
  reader = hello_reader_new();
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  hello_reader_free(reader);
  return 0;
}

/* What OpenSSL would send first. alpn: as on the wire. */
static void make_hello(struct buf *out, const char *sni, const char *alpn, size_t alpn_n) {
  SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
  SSL *ssl = SSL_new(ctx);
  BIO *in = BIO_new(BIO_s_mem()), *to = BIO_new(BIO_s_mem());
  char *bytes;
  SSL_set_bio(ssl, in, to);
  SSL_set_connect_state(ssl);
  if (sni)
    assert_int_equal(SSL_set_tlsext_host_name(ssl, sni), 1);
  if (alpn_n)
    assert_int_equal(SSL_set_alpn_protos(ssl, (const unsigned char *)alpn, (unsigned)alpn_n), 0);
  assert_int_equal(SSL_do_handshake(ssl), -1);
  long n = BIO_get_mem_data(to, &bytes);
  assert_true(n > 100);
  buf_add(out, bytes, (size_t)n);
  SSL_free(ssl);
  SSL_CTX_free(ctx);
}

static void put_number(struct buf *out, size_t n, int bytes) {
  while (bytes-- > 0)
    buf_add_byte(out, (char)(n >> (8 * bytes)));
}

/* A ClientHello by hand: one cipher, and the extensions as given. */
static void put_message(struct buf *out, struct slice extensions) {
  size_t n = 2 + 32 + 1 + 2 + 2 + 2 + 2 + extensions.n;
  buf_add_byte(out, 1);
  put_number(out, n, 3);
  put_number(out, 0x0303, 2);
  for (int i = 0; i < 32; i++)
    buf_add_byte(out, (char)i);
  put_number(out, 0, 1);
  put_number(out, 2, 2);
  put_number(out, 0xc02b, 2);
  put_number(out, 0x0100, 2);
  put_number(out, extensions.n, 2);
  buf_add_slice(out, extensions);
}

static void put_records(struct buf *out, struct slice message, size_t most) {
  while (message.n > 0) {
    struct slice part = slice_sub(message, 0, most);
    put_number(out, 0x16, 1);
    put_number(out, 0x0301, 2);
    put_number(out, part.n, 2);
    buf_add_slice(out, part);
    message = slice_from(message, part.n);
  }
}

static void put_sni(struct buf *out, struct slice name) {
  put_number(out, 0, 2);
  put_number(out, name.n + 5, 2);
  put_number(out, name.n + 3, 2);
  put_number(out, 0, 1);
  put_number(out, name.n, 2);
  buf_add_slice(out, name);
}

/* ---- kinds ---- */

static void kinds_by_the_first_bytes(void **state) {
  static const struct {
    const char *bytes;
    size_t n;
    enum hello_kind kind;
  } rows[] = {
#define ROW(text, kind) {text, sizeof(text) - 1, kind}
      ROW("", HELLO_MORE),
      ROW("\x16", HELLO_MORE),
      ROW("\x16\x03", HELLO_MORE),
      ROW("\x16\x03\x01", HELLO_MORE),
      ROW("\x16\x03\x01\x02\x00", HELLO_MORE),
      ROW("\x16\x03\x01\x02\x00\x01", HELLO_TLS),
      ROW("\x16\x03\x03\x40\x00\x01\x00", HELLO_TLS),
      ROW("\x16\x03\x01\x02\x00\x02", HELLO_OTHER), /* a ServerHello */
      ROW("\x16\x02", HELLO_OTHER),
      ROW("\x16\x03\x07", HELLO_OTHER),
      ROW("\x16\x03\x01\x41\x00", HELLO_OTHER),
      ROW("\x16\x03\x01\x00\x00", HELLO_OTHER),
      ROW("\x15\x03\x01", HELLO_OTHER),
      ROW("\x80\x2e\x01\x03\x01", HELLO_OTHER), /* SSL 2 */
      ROW("\x05\x01\x00", HELLO_OTHER),         /* SOCKS */
      ROW("\x00", HELLO_OTHER),
      ROW("\xff\xfe", HELLO_OTHER),
      ROW("\r\n", HELLO_OTHER),
      ROW(" GET / ", HELLO_OTHER),
      ROW("G", HELLO_MORE),
      ROW("GET", HELLO_MORE),
      ROW("GET ", HELLO_MORE),
      ROW("GET /", HELLO_MORE),
      ROW("GET /x HTTP/1", HELLO_MORE),
      ROW("GET /x HTTP/1.", HELLO_HTTP),
      ROW("GET /x HTTP/1.1\r\n", HELLO_HTTP),
      ROW("get /x HTTP/1.0", HELLO_HTTP),
      ROW("GET /a b HTTP/1.1", HELLO_HTTP), /* refused in words */
      ROW("GET /x HTTP/1.1 HTTP/2.0", HELLO_HTTP),
      ROW("GET /\xc3\xa9 HTTP/1.1", HELLO_HTTP),
      ROW("GET /\r", HELLO_OTHER), /* HTTP/0.9 */
      ROW("GET /\n", HELLO_OTHER),
      ROW("GET /x HTTP/2.0\r\n", HELLO_OTHER),
      ROW("GET /x http/1.1\r\n", HELLO_OTHER),
      ROW("get /a/b c\r\n", HELLO_OTHER),
      ROW("GET /a\tb", HELLO_OTHER),
      ROW("GET /a\x7f", HELLO_OTHER),
      ROW("003agit-upload-pack /x", HELLO_MORE),
      ROW("003agit-upload-pack /x\0host=a HTTP/1.1", HELLO_OTHER),
      ROW("OPTIONS * HTTP/1.1", HELLO_HTTP),
      ROW("PRI * HTTP/2.0", HELLO_MORE),
      ROW("PRI * HTTP/2.0\r", HELLO_OTHER),
      ROW("CONNECT ", HELLO_MORE),
      ROW("CONNECT a.test:443 HTTP/1.1", HELLO_HTTP),
      ROW("CONNECT {\"verbose\":false}\r", HELLO_OTHER),
      ROW("GET h", HELLO_MORE),
      ROW("GET htt", HELLO_MORE),
      ROW("GET HTTP", HELLO_MORE),
      ROW("GET http://a.test/ HTTP/1.1", HELLO_HTTP),
      ROW("GET hello", HELLO_OTHER),
      ROW("GET hex HTTP/1.1", HELLO_OTHER),
      ROW("GET  HTTP/1.1", HELLO_OTHER),
      ROW("VERSION-CONTROL / HTTP/1.1", HELLO_HTTP),
      ROW("A!#$%&'*+-.^_`|~9 / HTTP/1.1", HELLO_HTTP),
      ROW("EHLO mail.test\r\n", HELLO_OTHER),
      ROW("NICK weir", HELLO_OTHER),
      ROW("SSH-2.0-OpenSSH_9.2p1 Debian", HELLO_OTHER),
      ROW("SSH-2.0-x\r\n", HELLO_OTHER),
      ROW("GET\t/", HELLO_OTHER),
      ROW("GET\0/", HELLO_OTHER),
      ROW("ruok", HELLO_MORE),
      ROW("ruok\n", HELLO_OTHER),
      ROW("ABCDEFGHIJKLMNOPQRST", HELLO_MORE),
      ROW("ABCDEFGHIJKLMNOPQRST / HTTP/1.1", HELLO_HTTP),
      ROW("ABCDEFGHIJKLMNOPQRSTU", HELLO_OTHER),
#undef ROW
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    enum hello_kind kind = hello_kind(slice_make(rows[i].bytes, rows[i].n));
    if (kind != rows[i].kind)
      fail_msg("row %zu \"%s\": %d, wanted %d", i, rows[i].bytes, kind, rows[i].kind);
  }
}

static void what_a_pause_behind_a_word_means(void **state) {
  static const struct {
    const char *bytes;
    enum hello_hope hope;
  } rows[] = {
      {"ruok", HELLO_UNLIKELY},   {"q", HELLO_UNLIKELY},       {"get", HELLO_UNLIKELY}, {"G", HELLO_POSSIBLE},
      {"GE", HELLO_POSSIBLE},     {"GETS", HELLO_UNLIKELY},    {"GET", HELLO_LIKELY},   {"GET ", HELLO_LIKELY},
      {"GET /x", HELLO_LIKELY},   {"CONNECT a", HELLO_LIKELY}, {"P", HELLO_POSSIBLE},   {"PROPFIND /", HELLO_LIKELY},
      {"get /x", HELLO_POSSIBLE}, {"brew /", HELLO_POSSIBLE},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_int_equal(hello_kind(slice_of(rows[i].bytes)), HELLO_MORE);
    if (hello_hope(slice_of(rows[i].bytes)) != rows[i].hope)
      fail_msg("%s", rows[i].bytes);
  }
}

static void it_never_waits_for_more_than_it_says(void **state) {
  (void)state;
  char line[HELLO_KIND_MOST];
  memset(line, 'h', sizeof line);
  memcpy(line, "ABCDEFGHIJKLMNOPQRST ", HELLO_HTTP_METHOD_MAX + 1);
  assert_int_equal(hello_kind(slice_make(line, sizeof line)), HELLO_OTHER);
  line[HELLO_HTTP_METHOD_MAX + 1] = '/';
  assert_int_equal(hello_kind(slice_make(line, sizeof line)), HELLO_HTTP);
  assert_int_equal(hello_kind(slice_make(line, sizeof line - 1)), HELLO_MORE);
  for (int first = 0; first < 256; first++) {
    char bytes[HELLO_KIND_MOST];
    memset(bytes, 'h', sizeof bytes);
    bytes[0] = (char)first;
    assert_int_not_equal(hello_kind(slice_make(bytes, sizeof bytes)), HELLO_MORE);
  }
}

/* ---- hellos ---- */

static void a_whole_one(void **state) {
  struct buf b = BUF_INIT;
  struct hello hello;
  (void)state;
  make_hello(&b, "Api.Shop.TEST", "\x02h2\x08http/1.1", 12);
  assert_int_equal(hello_kind(buf_slice(&b)), HELLO_TLS);
  assert_int_equal(hello_read(reader, buf_slice(&b), &hello), HELLO_PARSED);
  assert_string_equal(hello.sni, "api.shop.test");
  assert_false(hello.sni_invalid);
  assert_string_equal(hello.alpn, "h2, http/1.1");
  assert_true(hello.h2);
  /* what follows it does no harm */
  buf_add_text(&b, "and then something else");
  assert_int_equal(hello_read(reader, buf_slice(&b), &hello), HELLO_PARSED);
  buf_clear(&b);
  make_hello(&b, NULL, NULL, 0);
  assert_int_equal(hello_read(reader, buf_slice(&b), &hello), HELLO_PARSED);
  assert_string_equal(hello.sni, "");
  assert_string_equal(hello.alpn, "");
  assert_false(hello.h2 || hello.sni_invalid);
  buf_clear(&b);
}

static void cut_at_every_byte(void **state) {
  struct buf b = BUF_INIT;
  struct hello hello;
  (void)state;
  make_hello(&b, "shop.test", "\x02h2", 3);
  for (size_t n = 0; n < b.n; n++) {
    char *exact = malloc(n + 1); /* so that a byte too far is noticed */
    memcpy(exact, b.p, n);
    assert_int_equal(hello_read(reader, slice_make(exact, n), &hello), HELLO_INCOMPLETE);
    assert_string_equal(hello.sni, "");
    free(exact);
  }
  assert_int_equal(hello_read(reader, buf_slice(&b), &hello), HELLO_PARSED);
  buf_clear(&b);
}

static void over_several_records(void **state) {
  static const size_t sizes[] = {1, 3, 50, 200};
  struct buf extension = BUF_INIT, message = BUF_INIT;
  struct hello hello;
  (void)state;
  put_sni(&extension, SLICE("split.test"));
  put_message(&message, buf_slice(&extension));
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    struct buf b = BUF_INIT;
    put_records(&b, buf_slice(&message), sizes[i]);
    assert_int_equal(hello_kind(buf_slice(&b)), HELLO_TLS);
    assert_int_equal(hello_read(reader, buf_slice(&b), &hello), HELLO_PARSED);
    assert_string_equal(hello.sni, "split.test");
    assert_int_equal(hello_read(reader, slice_make(b.p, b.n - 1), &hello), HELLO_INCOMPLETE);
    buf_clear(&b);
  }
  buf_clear(&extension);
  buf_clear(&message);
}

static void large_ones(void **state) {
  struct buf extensions = BUF_INIT, message = BUF_INIT, b = BUF_INIT;
  struct hello hello;
  (void)state;
  put_number(&extensions, 0xfe00, 2); /* an extension that nobody knows */
  put_number(&extensions, 12000, 2);
  for (int i = 0; i < 12000; i++)
    buf_add_byte(&extensions, (char)i);
  put_sni(&extensions, SLICE("large.test"));
  put_message(&message, buf_slice(&extensions));
  put_records(&b, buf_slice(&message), 16384);
  assert_int_equal(hello_read(reader, buf_slice(&b), &hello), HELLO_PARSED);
  assert_string_equal(hello.sni, "large.test");
  buf_reset(&b);
  put_records(&b, buf_slice(&message), 5000);
  assert_int_equal(hello_read(reader, buf_slice(&b), &hello), HELLO_PARSED);
  /* one that has no end */
  buf_reset(&b);
  buf_reset(&message);
  buf_add_byte(&message, 1);
  put_number(&message, 120000, 3);
  buf_reserve(&message, 120000);
  memset(message.p + message.n, 0, 120000);
  message.n += 120000;
  put_records(&b, buf_slice(&message), 16000);
  assert_int_equal(hello_read(reader, slice_make(b.p, HELLO_MOST), &hello), HELLO_INCOMPLETE);
  assert_int_equal(hello_read(reader, slice_make(b.p, HELLO_MOST + 1), &hello), HELLO_BROKEN);
  buf_clear(&extensions);
  buf_clear(&message);
  buf_clear(&b);
}

static void hostile_names(void **state) {
  static const struct {
    const char *name;
    size_t n;
  } rows[] = {
#define ROW(text) {text, sizeof(text) - 1}
      ROW("../../etc/passwd"), ROW("a\0b.test"),    ROW("\"quoted\""),     ROW("\x1b[2J"),  ROW("a b.test"),
      ROW("*.test"),           ROW("-lead.test"),   ROW("trail-.test"),    ROW("a..test"),  ROW(".test"),
      ROW("caf\xc3\xa9.test"), ROW("a.test\r\nX:"), ROW("$(reboot).test"), ROW("a/b.test"), ROW("%2e"),
#undef ROW
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct buf extension = BUF_INIT, message = BUF_INIT, b = BUF_INIT;
    struct hello hello;
    put_sni(&extension, slice_make(rows[i].name, rows[i].n));
    put_message(&message, buf_slice(&extension));
    put_records(&b, buf_slice(&message), 16384);
    assert_int_equal(hello_read(reader, buf_slice(&b), &hello), HELLO_PARSED);
    assert_string_equal(hello.sni, "");
    assert_true(hello.sni_invalid);
    buf_clear(&extension);
    buf_clear(&message);
    buf_clear(&b);
  }
}

/* Lengths that do not agree: OpenSSL refuses some, our own reading of the two fields must not read past them. */
static void lengths_that_lie(void **state) {
  struct buf extension = BUF_INIT;
  (void)state;
  put_sni(&extension, SLICE("honest.test"));
  for (size_t at = 4; at < 9; at++)
    for (int add = -3; add <= 3; add++) {
      struct buf message = BUF_INIT, b = BUF_INIT;
      struct hello hello;
      char before = extension.p[at];
      extension.p[at] = (char)(before + add);
      put_message(&message, buf_slice(&extension));
      put_records(&b, buf_slice(&message), 16384);
      if (hello_read(reader, buf_slice(&b), &hello) == HELLO_PARSED)
        assert_true(add == 0 ? strcmp(hello.sni, "honest.test") == 0 : hello.sni[0] == '\0' && hello.sni_invalid);
      extension.p[at] = before;
      buf_clear(&message);
      buf_clear(&b);
    }
  buf_clear(&extension);
}

static void many_protocols_are_cut(void **state) {
  struct buf b = BUF_INIT;
  struct hello hello;
  char list[400];
  size_t n = 0;
  (void)state;
  while (n + 12 < sizeof list) {
    list[n++] = 10;
    memcpy(list + n, "proto\x1b[0m1", 10);
    n += 10;
  }
  make_hello(&b, NULL, list, n);
  assert_int_equal(hello_read(reader, buf_slice(&b), &hello), HELLO_PARSED);
  assert_int_equal(strlen(hello.alpn), sizeof hello.alpn - 1);
  assert_string_equal(hello.alpn + strlen(hello.alpn) - 3, "...");
  assert_null(strchr(hello.alpn, 0x1b));
  buf_clear(&b);
}

static void what_is_no_hello(void **state) {
  static const char *const others[] = {"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x02\x01\x02\x02",
                                       "\x17\x03\x03\x01\x01x", "\x16\x09\x09\x09\x09\x09\x09\x09"};
  struct hello hello;
  (void)state;
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    struct buf b = BUF_INIT;
    buf_add_text(&b, others[i]);
    buf_reserve(&b, 600);
    memset(b.p + b.n, 7, 600);
    b.n += 600;
    assert_int_equal(hello_read(reader, buf_slice(&b), &hello), HELLO_BROKEN);
    buf_clear(&b);
  }
}

static void names_that_may_stand_in_a_certificate(void **state) {
  static const struct {
    const char *name;
    bool valid;
  } rows[] = {
      {"shop.test", true},
      {"a", true},
      {"localhost", true},
      {"127.0.0.1", true},
      {"::1", true},
      {"[::1]", true},
      {"xn--caf-dma.test", true},
      {"my_service", true},
      {"shop.test.", true},
      {"UPPER.Test", true},
      {"r3---sn-x.test", true},
      {"", false},
      {".", false},
      {"a..b", false},
      {"-a", false},
      {"a-", false},
      {"a b", false},
      {"*.a", false},
      {"a/b", false},
      {"[127.0.0.1]", false},
      {"[a]", false},
      {"a:80", false},
      {"\xc3\xa9", false},
  };
  char name[300];
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (authority_name_valid(slice_of(rows[i].name)) != rows[i].valid)
      fail_msg("%s", rows[i].name);
  memset(name, 'a', sizeof name);
  assert_true(authority_name_valid(slice_make(name, 63)));
  assert_false(authority_name_valid(slice_make(name, 64)));
  for (size_t i = 50; i < sizeof name; i += 50)
    name[i] = '.';
  assert_true(authority_name_valid(slice_make(name, 253)));
  assert_false(authority_name_valid(slice_make(name, 254)));
  name[253] = '.';
  assert_true(authority_name_valid(slice_make(name, 254)));
  assert_false(authority_name_valid(SLICE("a\0b")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kinds_by_the_first_bytes),
      cmocka_unit_test(what_a_pause_behind_a_word_means),
      cmocka_unit_test(it_never_waits_for_more_than_it_says),
      cmocka_unit_test(a_whole_one),
      cmocka_unit_test(cut_at_every_byte),
      cmocka_unit_test(over_several_records),
      cmocka_unit_test(large_ones),
      cmocka_unit_test(hostile_names),
      cmocka_unit_test(lengths_that_lie),
      cmocka_unit_test(many_protocols_are_cut),
      cmocka_unit_test(what_is_no_hello),
      cmocka_unit_test(names_that_may_stand_in_a_certificate),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
