/*
 * The codec: each message gives the same events at every cut and byte by byte; hostile framing; limits; the
 * questions that the exchange asks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http_events.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct message_case {
  struct slice bytes;
  const char *events; /* "~" at the end: the peer's end is told behind the bytes */
};

#define CASE(literal, events)                                                                                          \
  { {literal, sizeof(literal) - 1}, events }

static void run_cut(enum http_role role, bool request_was_head, struct slice bytes, size_t cut, size_t step,
                    const char *expected) {
  struct http_events e;
  http_events_begin(&e, role, request_was_head);
  if (step > 0) {
    for (size_t at = 0; at < bytes.n; at += step)
      http_events_feed(&e, slice_sub(bytes, at, step));
  } else {
    http_events_feed(&e, slice_sub(bytes, 0, cut));
    http_events_feed(&e, slice_from(bytes, cut));
  }
  if (expected[strlen(expected) - 1] == '~') {
    http_events_finish(&e);
    buf_add_text(&e.text, "~");
  }
  if (strcmp(http_events_text(&e), expected) != 0) {
    fail_msg("cut at %zu, steps of %zu: \"%s\" (%s) and not \"%s\" from: %s", cut, step, http_events_text(&e),
             buf_text(&e.sentences), expected, bytes.p);
  }
  http_events_clear(&e);
}

static void run_all(enum http_role role, bool request_was_head, const struct message_case *cases, size_t n) {
  for (size_t i = 0; i < n; i++) {
    for (size_t cut = 0; cut <= cases[i].bytes.n; cut++)
      run_cut(role, request_was_head, cases[i].bytes, cut, 0, cases[i].events);
    run_cut(role, request_was_head, cases[i].bytes, 0, 1, cases[i].events);
    run_cut(role, request_was_head, cases[i].bytes, 0, 3, cases[i].events);
  }
}

#define HOST         "Host: a\r\n"
#define POST         "POST / HTTP/1.1\r\n" HOST
#define CHUNKED      POST "Transfer-Encoding: chunked\r\n\r\n"
#define CHUNKED_HEAD "head(POST / chunked) "

static void requests_at_every_cut(void **state) {
  (void)state;
  static const struct message_case cases[] = {
      CASE("GET / HTTP/1.1\r\n" HOST "\r\n", "head(GET / none) end"),
      CASE("GET / HTTP/1.1\r\n" HOST "\r\nGET /2 HTTP/1.1\r\n" HOST "\r\nGET /3 HTTP/1.0\r\n\r\n",
           "head(GET / none) end | head(GET /2 none) end | head(GET /3 none) end"),
      CASE("\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n\r\n", "head(GET / none) end |"),
      CASE(POST "\r\nGET /2 HTTP/1.0\r\n\r\n", "head(POST / none) end | head(GET /2 none) end"),
      CASE(POST "Content-Length: 5\r\n\r\nabcde\r\nGET /2 HTTP/1.0\r\n\r\n",
           "head(POST / length 5) data(abcde) end | head(GET /2 none) end"),
      CASE("GET / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", "head(GET / length 3) data(abc) end"),
      CASE("HEAD / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", "head(HEAD / length 3) data(abc) end"),
      CASE(CHUNKED "3\r\nabc\r\n0\r\n\r\n", CHUNKED_HEAD "data(abc) end"),
      CASE(CHUNKED "0\r\n\r\n", CHUNKED_HEAD "end"),
      CASE(CHUNKED "000\r\n\r\nGET /2 HTTP/1.0\r\n\r\n", CHUNKED_HEAD "end | head(GET /2 none) end"),
      CASE(CHUNKED "00003\r\nabc\r\n0a\r\n0123456789\r\n0B\r\n0123456789x\r\n0\r\n\r\n",
           CHUNKED_HEAD "data(abc01234567890123456789x) end"),
      CASE(CHUNKED "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n1\r\nd\r\n0\r\n\r\n", CHUNKED_HEAD "data(abcd) end"),
      CASE(CHUNKED "1;x\r\na\r\n1;x=y;z=\"q;\t\r\"\r\nb", CHUNKED_HEAD "data(a) error(400)"),
      CASE(CHUNKED "1;x\r\na\r\n1;x=y;z=\"q;\t,\\\"\"; w = v\r\nb\r\n0;last=1\r\n\r\n", CHUNKED_HEAD "data(ab) end"),
      CASE(CHUNKED "3\r\nabc\r\n0\r\nA: b\r\nSum:\tx y \r\n\r\nGET /2 HTTP/1.0\r\n\r\n",
           CHUNKED_HEAD "data(abc) trailers(A: b\r\nSum:\tx y \r\n) end | head(GET /2 none) end"),
      CASE(POST "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nzz\r\n0\r\n\r\n", CHUNKED_HEAD "data(zz) end"),
      CASE(POST "Upgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 2\r\n\r\nxyGET / HTTP/1.0\r\n\r\n",
           "head(POST / length 2) data(xy) end | head(GET / none) end"),
      CASE("GET / HTTP/1.1\r\n" HOST "Upgrade: websocket\r\nConnection: upgrade\r\n\r\nGET / HTTP/1.0\r\n\r\n",
           "head(GET / none) end | head(GET / none) end"),
      CASE("CONNECT a:443 HTTP/1.1\r\n" HOST "\r\nGET / HTTP/1.0\r\n\r\n",
           "head(CONNECT a:443 none) end | head(GET / none) end"),
      CASE(CHUNKED "3\r\nGET\r\n0\r\n\r\n" POST "Content-Length: 1\r\n\r\nx",
           CHUNKED_HEAD "data(GET) end | head(POST / length 1) data(x) end"),
  };
  run_all(HTTP_REQUEST, false, cases, COUNT(cases));
}

static void hostile_requests_at_every_cut(void **state) {
  (void)state;
  static const struct message_case cases[] = {
      CASE("\x16\x03\x01\x02", "error(400)"),
      CASE("\x05\x01\x01", "error(400)"),
      CASE(" GET / HTTP/1.0\r\n\r\n", "error(400)"),
      CASE("\nGET / HTTP/1.0\r\n\r\n", "error(400)"),
      CASE("\r\n\r\rGET / HTTP/1.0\r\n\r\n", "error(400)"),
      CASE("\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n", "error(400)"),
      CASE("GET /\r\n", "error(400)"),
      CASE("GET / HTTP/1.0\n\n", "error(400)"),
      CASE("GET / HTTP/1.0\r\nA: b\n\r\n", "error(400)"),
      CASE("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "error(505)"),
      CASE("GET / HTTP/1.1\r\n\r\n", "error(400)"),
      CASE(POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.0\r\n\r\n", "error(400)"),
      CASE(POST "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", "error(400)"),
      CASE(POST "Transfer-Encoding: gzip\r\n\r\n", "error(501)"),
#define BAD_CHUNK(bytes, data) CASE(CHUNKED bytes "\r\n0\r\n\r\n", CHUNKED_HEAD data "error(400)")
      BAD_CHUNK("0x3\r\nabc", ""),
      BAD_CHUNK("+3\r\nabc", ""),
      BAD_CHUNK("-3\r\nabc", ""),
      BAD_CHUNK("1_0\r\nabc", ""),
      BAD_CHUNK(" 3\r\nabc", ""),
      BAD_CHUNK("3 \r\nabc", ""),
      BAD_CHUNK("3\t\r\nabc", ""),
      BAD_CHUNK("\r\nabc", ""),
      BAD_CHUNK(";x\r\nabc", ""),
      BAD_CHUNK("g\r\nabc", ""),
      BAD_CHUNK("3\nabc", ""),
      BAD_CHUNK("3\rabc", ""),
      BAD_CHUNK("3\r\rabc", ""),
      BAD_CHUNK("3;\r\nabc", ""),
      BAD_CHUNK("3 ;x\r\nabc", ""),
      BAD_CHUNK("3;x=\"a\r\nabc", ""),
      BAD_CHUNK("3;x=\"a\\\"\r\nabc", ""),
      BAD_CHUNK("3;x\ny\r\nabc", ""),
      BAD_CHUNK("3;x=\x01\r\nabc", ""),
      BAD_CHUNK("3;x=\"\x7f\x1b\"\r\nabc", ""),
      BAD_CHUNK("10000000000000000\r\nabc", ""),
      BAD_CHUNK("fffffffffffffffff\r\nabc", ""),
      BAD_CHUNK("2\r\nabc", "data(ab) "),
      BAD_CHUNK("3\r\nabc\n", "data(abc) "),
      BAD_CHUNK("3\r\nabc3\r\ndef", "data(abc) "),
      BAD_CHUNK("5\r\nabc", "data(abc\r\n) "),
#define TRAILER(lines, events) CASE(CHUNKED "0\r\n" lines "\r\n", CHUNKED_HEAD events)
      TRAILER("Content-Length: 5\r\n", "error(400)"),
      TRAILER("A: b\r\ntransfer-encoding: chunked\r\n", "error(400)"),
      TRAILER("Host: b\r\n", "error(400)"),
      TRAILER("Connection: close\r\n", "error(400)"),
      TRAILER("GET / HTTP/1.1\r\n", "error(400)"),
      TRAILER("A : b\r\n", "error(400)"),
      TRAILER(": b\r\n", "error(400)"),
      TRAILER("A: b\r\n c\r\n", "error(400)"),
      TRAILER("A: \x01\r\n", "error(400)"),
      TRAILER("A: b\n", "error(400)"),
      TRAILER("\n", "error(400)"),
  };
  run_all(HTTP_REQUEST, false, cases, COUNT(cases));
}

#define OK "HTTP/1.1 200 OK\r\n"

static void responses_at_every_cut(void **state) {
  (void)state;
  static const struct message_case cases[] = {
      CASE(OK "Content-Length: 3\r\n\r\nabc", "head(200 OK length 3) data(abc) end"),
      CASE(OK "Content-Length: 0\r\n\r\n" OK "Content-Length: 1\r\n\r\nx",
           "head(200 OK length 0) end | head(200 OK length 1) data(x) end"),
      CASE(OK "\r\nall the rest\r\n0\r\n\r\n", "head(200 OK close) data(all the rest\r\n0\r\n\r\n) end ~"),
      CASE("HTTP/1.0 200 OK\r\n\r\n", "head(200 OK close) end ~"),
      CASE(OK "Transfer-Encoding: gzip\r\n\r\nzz", "head(200 OK close) data(zz) end ~"),
      CASE(OK "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nT: v\r\n\r\n",
           "head(200 OK chunked) data(a) trailers(T: v\r\n) end"),
      CASE("HTTP/1.1 599\r\n\r\n", "head(599  close) end ~"),
      CASE("HTTP/1.1 204 x\r\n\r\n" OK "Content-Length: 0\r\n\r\n", "head(204 x none) end | head(200 OK length 0) end"),
      CASE("HTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\n" OK "Content-Length: 0\r\n\r\n",
           "head(304 x none) end | head(200 OK length 0) end"),
      CASE("HTTP/1.1 204 x\r\n\r\nbody", "head(204 x none) end | error(502)"),
      CASE("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 103 E\r\nLink: x\r\n\r\n" OK
           "Content-Length: 1\r\n\r\nx",
           "info(100 C) info(102 P) info(103 E) head(200 OK length 1) data(x) end"),
      CASE("HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "head(101 S none) end"),
      /* cut short: none of these may look complete */
      CASE(OK "Content-Length: 3\r\n\r\nab", "head(200 OK length 3) data(ab) error(502) ~"),
      CASE(OK "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n", "head(200 OK chunked) data(a) error(502) ~"),
      CASE(OK "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n", "head(200 OK chunked) data(a) error(502) ~"),
      CASE(OK "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nT: v\r\n", "head(200 OK chunked) data(a) error(502) ~"),
      CASE(OK "Content-Le", "error(502) ~"),
      CASE("HTT", "error(502) ~"),
      CASE("HTTP/1.1 100 C\r\n\r\n", "info(100 C) error(502) ~"),
      /* other protocols, told at once */
      CASE("SSH-2.0-OpenSSH", "error(502)"),
      CASE("220 ftp\n", "error(502)"),
      CASE("\r\n" OK, "error(502)"),
      CASE("HTTX", "error(502)"),
      CASE("HTTP/2.0 200 OK\r\n", "error(502)"),
      CASE("HTTP/1.1 20 OK\r\n", "error(502)"),
      CASE(OK "Content-Length: 1, 1\r\n\r\nx", "error(502)"),
      CASE(OK "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "head(200 OK chunked) error(502)"),
  };
  run_all(HTTP_RESPONSE, false, cases, COUNT(cases));
}

static void responses_to_head_at_every_cut(void **state) {
  (void)state;
  static const struct message_case cases[] = {
      CASE(OK "Content-Length: 3\r\n\r\n" OK "Transfer-Encoding: chunked\r\n\r\n" OK "\r\n",
           "head(200 OK none) end | head(200 OK none) end | head(200 OK none) end"),
  };
  run_all(HTTP_RESPONSE, true, cases, COUNT(cases));
}

static void a_client_that_leaves_is_no_end(void **state) {
  (void)state;
  static const struct message_case cases[] = {
      CASE(POST "Content-Length: 3\r\n\r\nab", "head(POST / length 3) data(ab) error(400) ~"),
      CASE(CHUNKED "1\r\na\r\n", CHUNKED_HEAD "data(a) error(400) ~"),
      CASE(CHUNKED "1\r\na\r\n0\r\n", CHUNKED_HEAD "data(a) error(400) ~"),
      CASE("GE", "error(400) ~"),
      CASE("\r\n\r", "~"),
      CASE("GET / HTTP/1.0\r\n\r\n", "head(GET / none) end ~"),
  };
  run_all(HTTP_REQUEST, false, cases, COUNT(cases));
}

static void binary_bodies(void **state) {
  (void)state;
  char body[512];
  for (size_t i = 0; i < sizeof(body); i++)
    body[i] = (char)i;
  static const char *const heads[] = {POST "Content-Length: 512\r\n\r\n", CHUNKED "200\r\n"};
  for (size_t h = 0; h < COUNT(heads); h++) {
    for (size_t step = 1; step < 600; step += 7) {
      struct http_events e;
      struct buf all = BUF_INIT;
      buf_add_text(&all, heads[h]);
      buf_add(&all, body, sizeof(body));
      http_events_begin(&e, HTTP_REQUEST, false);
      for (size_t at = 0; at < all.n; at += step)
        http_events_feed(&e, slice_sub(buf_slice(&all), at, step));
      if (h == 0) { /* END has moved it into the text: "head(...) data(<512>) end " */
        assert_memory_equal(e.text.p + e.text.n - 512 - 6, body, 512);
      } else {
        assert_int_equal(e.data.n, 512);
        assert_memory_equal(e.data.p, body, 512);
      }
      buf_clear(&all);
      http_events_clear(&e);
    }
  }
}

static void one_feed_gives_one_piece_of_data(void **state) {
  (void)state;
  struct http_events e;
  struct buf all = BUF_INIT;
  http_events_begin(&e, HTTP_REQUEST, false);
  http_events_feed(&e, SLICE(CHUNKED));
  for (int i = 0; i < 20000; i++)
    buf_add_text(&all, "1\r\nx\r\n");
  buf_add_text(&all, "0\r\n\r\n");
  http_events_feed(&e, buf_slice(&all));
  assert_int_equal(e.data_events, 1);
  assert_int_equal(e.text.n, strlen(CHUNKED_HEAD "data() end ") + 20000);
  buf_clear(&all);
  http_events_clear(&e);
}

/* Feeds `text` again and again, until the codec fails or `limit` bytes were taken; returns how many. */
static size_t feed_for_ever(struct http_events *e, const char *text, size_t limit) {
  size_t n = strlen(text), used = 0;
  while (used < limit && e->sentences.n == 0) {
    used += n;
    http_events_feed(e, slice_of(text));
  }
  return used;
}

static void nothing_is_endless(void **state) {
  (void)state;
  static const struct {
    enum http_role role;
    const char *begin, *again, *end;
    size_t at_most;
  } cases[] = {
      {HTTP_REQUEST, "GET /", "xxxxxxxxxxxxxxxx", "error(414)", 66000},
      {HTTP_REQUEST, "GET / HTTP/1.1\r\nA: ", "xxxxxxxxxxxxxxxx", "error(431)", HTTP_HEAD_MAX},
      {HTTP_REQUEST, "GET / HTTP/1.1\r\n", "A: b\r\n", "error(431)", HTTP_HEAD_MAX + 6},
      {HTTP_REQUEST, CHUNKED, "00000000", "error(400)", 17000},
      {HTTP_REQUEST, CHUNKED "1;a", "aaaaaaaaaaa", "error(400)", 17000},
      {HTTP_REQUEST, CHUNKED, "1;aaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n", "error(400)", 200000},
      {HTTP_REQUEST, CHUNKED "0\r\n", "A: b\r\n", "error(431)", 66000},
      {HTTP_REQUEST, CHUNKED "0\r\nA: ", "bbbbbb", "error(431)", 66000},
      {HTTP_RESPONSE, "HTTP/1.1 200 ", "xxxxxxxxxxxxxxxx", "error(502)", 66000},
      {HTTP_RESPONSE, "", "HTTP/1.1 100 Continue\r\n\r\n", "error(502)", 66 * 25},
      {HTTP_RESPONSE, OK, "A: b\r\n", "error(502)", HTTP_HEAD_MAX + 6},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct http_events e;
    http_events_begin(&e, cases[i].role, false);
    http_events_feed(&e, slice_of(cases[i].begin));
    size_t used = feed_for_ever(&e, cases[i].again, 2 * HTTP_HEAD_MAX);
    if (used > cases[i].at_most || strstr(http_events_text(&e), cases[i].end) == NULL)
      fail_msg("after %zu bytes of %s: %s", used, cases[i].again, http_events_text(&e) + e.text.n - 20);
    assert_true(http_codec_cost(e.codec) < 1024); /* what was held is given back */
    http_events_clear(&e);
  }
}

static void chunks_of_any_number_pass(void **state) {
  (void)state;
  struct http_events e;
  http_events_begin(&e, HTTP_REQUEST, false);
  http_events_feed(&e, SLICE(CHUNKED));
  assert_true(feed_for_ever(&e, "1;x=1\r\na\r\n", 1 << 20) >= 1 << 20);
  http_events_feed(&e, SLICE("0\r\n\r\n"));
  assert_string_equal(buf_text(&e.sentences), "");
  http_events_clear(&e);
}

/* 64 of them before each answer would do no harm; before one they do. */
static void interim_responses_are_counted_for_each_answer(void **state) {
  (void)state;
  struct http_events e;
  http_events_begin(&e, HTTP_RESPONSE, false);
  for (int i = 0; i < 100; i++)
    http_events_feed(&e, SLICE("HTTP/1.1 100 C\r\n\r\n" OK "Content-Length: 0\r\n\r\n"));
  assert_string_equal(buf_text(&e.sentences), "");
  assert_false(http_codec_started(e.codec));
  http_codec_next(e.codec);
  assert_false(http_codec_started(e.codec));
  http_events_clear(&e);
}

static void large_heads_pass(void **state) {
  (void)state;
  struct http_events e;
  struct buf all = BUF_INIT;
  buf_add_text(&all, "GET / HTTP/1.1\r\n" HOST "A: ");
  while (all.n < HTTP_HEAD_MAX - 4)
    buf_add_byte(&all, 'v');
  buf_add_text(&all, "\r\n\r\n");
  for (size_t step = 1000; step <= all.n; step += 87048) {
    http_events_begin(&e, HTTP_REQUEST, false);
    for (size_t at = 0; at < all.n; at += step)
      http_events_feed(&e, slice_sub(buf_slice(&all), at, step));
    assert_string_equal(http_events_text(&e), "head(GET / none) end");
    http_events_clear(&e);
  }
  buf_clear(&all);
}

/* A head at fault comes with its bytes, however they were cut; bytes that are no head's do not. */
static void an_error_has_the_head(void **state) {
  (void)state;
  static const char *const heads[] = {
      "GET / HTTP/1.1\r\n" HOST "Host: b\r\n\r\n",
      "GET / HTTP/1.1\r\n" HOST "X: \x01\r\n\r\n",
      "GET / HTTP/1.1\r\n" HOST "Content-Length: 1, 2\r\n\r\n",
  };
  struct http_events e;
  for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
    size_t n = strlen(heads[i]);
    for (size_t cut = 0; cut < n; cut++) {
      http_events_begin(&e, HTTP_REQUEST, false);
      http_events_feed(&e, slice_sub(slice_of(heads[i]), 0, cut));
      assert_true(slice_eq(http_codec_head_part(e.codec), slice_sub(slice_of(heads[i]), 0, cut)));
      http_events_feed(&e, slice_from(slice_of(heads[i]), cut));
      assert_string_equal(http_events_text(&e), "error(400)");
      assert_string_equal(buf_text(&e.faulty), heads[i]);
      http_events_clear(&e);
    }
  }
  http_events_begin(&e, HTTP_REQUEST, false);
  http_events_feed(&e, SLICE("\x16\x03\x01"));
  assert_string_equal(buf_text(&e.faulty), "\x16\x03\x01");
  http_events_clear(&e);
  http_events_begin(&e, HTTP_REQUEST, false);
  http_events_feed(&e, SLICE("GET / HT"));
  http_events_finish(&e);
  assert_string_equal(buf_text(&e.faulty), "GET / HT");
  http_events_clear(&e);
  http_events_begin(&e, HTTP_REQUEST, false);
  http_events_feed(&e, SLICE(CHUNKED "0\r\nX: y"));
  http_events_finish(&e);
  assert_int_equal(e.faulty.n, 0);
  http_events_clear(&e);
}

static void takes_nothing_after_the_end(void **state) {
  (void)state;
  struct http_events e;
  char bytes[] = OK "Content-Length: 2\r\n\r\nabHTTP/1.1 200 stray\r\n\r\n";
  http_events_begin(&e, HTTP_RESPONSE, false);
  size_t used = http_codec_feed(e.codec, bytes, sizeof(bytes) - 1);
  assert_string_equal(bytes + used, "HTTP/1.1 200 stray\r\n\r\n");
  assert_int_equal(http_codec_feed(e.codec, bytes, 4), 0);
  assert_true(http_codec_finish(e.codec));
  assert_string_equal(http_events_text(&e), "head(200 OK length 2) data(ab) end");
  http_events_clear(&e);
}

static void detaches_within_the_head(void **state) {
  (void)state;
  struct http_events e;
  char bytes[] = "HTTP/1.1 200 Connected\r\nTransfer-Encoding: chunked\r\n\r\n\x16\x03";
  http_events_begin(&e, HTTP_RESPONSE, false);
  e.detach = true;
  size_t used = http_codec_feed(e.codec, bytes, sizeof(bytes) - 1);
  assert_int_equal(used, sizeof(bytes) - 1 - 2);
  assert_false(http_codec_started(e.codec));
  assert_int_equal(http_codec_feed(e.codec, bytes, 4), 0);
  assert_true(http_codec_finish(e.codec));
  assert_string_equal(http_events_text(&e), "head(200 Connected chunked)");
  http_events_clear(&e);
}

static void tells_where_it_stands(void **state) {
  (void)state;
  struct http_events e;
  http_events_begin(&e, HTTP_REQUEST, false);
  assert_false(http_codec_started(e.codec));
  http_events_feed(&e, SLICE("\r\n\r"));
  assert_false(http_codec_started(e.codec));
  assert_false(http_codec_in_head(e.codec));
  http_events_feed(&e, SLICE("\nP"));
  assert_true(http_codec_started(e.codec));
  assert_true(http_codec_in_head(e.codec));
  assert_int_equal(http_codec_remaining(e.codec), 0);
  size_t idle = http_codec_cost(e.codec);
  http_events_feed(&e, SLICE("OST / HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\nab"));
  assert_false(http_codec_in_head(e.codec));
  assert_true(http_codec_started(e.codec));
  assert_int_equal(http_codec_remaining(e.codec), 8);
  assert_true(http_codec_cost(e.codec) < idle);
  http_events_feed(&e, SLICE("cdefghi"));
  assert_int_equal(http_codec_remaining(e.codec), 1);
  http_events_feed(&e, SLICE("j"));
  assert_false(http_codec_started(e.codec));
  assert_string_equal(http_events_text(&e), "head(POST / length 10) data(abcdefghij) end");
  http_events_clear(&e);
}

static void an_idle_codec_is_small(void **state) {
  (void)state;
  struct http_events e;
  http_events_begin(&e, HTTP_REQUEST, false);
  http_events_feed(&e, SLICE(CHUNKED "1\r\na\r\n0\r\n\r\n"));
  http_codec_next(e.codec);
  assert_true(http_codec_cost(e.codec) <= 160);
  http_events_clear(&e);
}

struct counting {
  struct http_codec *codec;
  unsigned ends;
  uint32_t streams;
  struct http_head kept;
};

static void next_within_end(void *arg, struct http_event *event) {
  struct counting *c = arg;
  if (event->type == HTTP_EVENT_HEAD) {
    http_head_clear(&c->kept);
    c->kept = *event->head; /* takes it */
    *event->head = (struct http_head){0};
    c->streams = c->streams * 10 + event->stream;
  }
  if (event->type == HTTP_EVENT_END) {
    c->ends++;
    http_codec_next(c->codec);
  }
}

static void next_may_be_called_within_end(void **state) {
  (void)state;
  struct counting c = {0};
  char bytes[] = "GET /1 HTTP/1.0\r\n\r\nGET /2 HTTP/1.0\r\n\r\nGET /3 HTTP/1.0\r\n\r\n";
  c.codec = http_codec_new(HTTP_REQUEST, next_within_end, &c);
  size_t used = http_codec_feed(c.codec, bytes, sizeof(bytes) - 1);
  assert_int_equal(c.ends, 1); /* one message a feed, so that the exchange finds its bearings between two */
  while (used < sizeof(bytes) - 1)
    used += http_codec_feed(c.codec, bytes + used, sizeof(bytes) - 1 - used);
  assert_int_equal(c.ends, 3);
  assert_int_equal(c.streams, 123);
  assert_true(slice_eq(http_head_target(&c.kept), SLICE("/3")));
  http_head_clear(&c.kept);
  http_codec_free(c.codec);
  http_codec_free(NULL);
}

static void says_what_was_wrong(void **state) {
  (void)state;
  static const struct {
    const char *bytes, *sentence;
  } cases[] = {
      {"\x16\x03\x01", "TLS where a plain HTTP request should begin"},
      {CHUNKED "1;\"a\r\n", "a chunk extension that is not finished, or a control byte in it"},
      {CHUNKED "1\rx", "a chunk size line that does not end with CR LF"},
      {CHUNKED "ffffffffffffffff1\r\n", "a chunk size that is far too large"},
      {CHUNKED "x\r\n", "a chunk size that is not a plain hexadecimal number"},
      {CHUNKED "1\r\nab", "chunk data that is not as long as its size says"},
      {CHUNKED "0\r\nHost: x\r\n\r\n", "Host may not stand in a trailer"},
      {"GET / HTTP/1.1\nHost: a\n\n", "a line that ends with a bare LF"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct http_events e;
    http_events_begin(&e, HTTP_REQUEST, false);
    http_events_feed(&e, slice_of(cases[i].bytes));
    assert_string_equal(buf_text(&e.sentences), cases[i].sentence);
    http_events_clear(&e);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(requests_at_every_cut),
      cmocka_unit_test(hostile_requests_at_every_cut),
      cmocka_unit_test(responses_at_every_cut),
      cmocka_unit_test(responses_to_head_at_every_cut),
      cmocka_unit_test(a_client_that_leaves_is_no_end),
      cmocka_unit_test(binary_bodies),
      cmocka_unit_test(one_feed_gives_one_piece_of_data),
      cmocka_unit_test(nothing_is_endless),
      cmocka_unit_test(chunks_of_any_number_pass),
      cmocka_unit_test(interim_responses_are_counted_for_each_answer),
      cmocka_unit_test(large_heads_pass),
      cmocka_unit_test(an_error_has_the_head),
      cmocka_unit_test(takes_nothing_after_the_end),
      cmocka_unit_test(detaches_within_the_head),
      cmocka_unit_test(tells_where_it_stands),
      cmocka_unit_test(an_idle_codec_is_small),
      cmocka_unit_test(next_may_be_called_within_end),
      cmocka_unit_test(says_what_was_wrong),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
