/* A message as text: back to the same bytes, the body's place, and where an error points. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/base/mem.h"
#include "weir/http/message.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void assert_raw(const struct http_head *head, const char *expected) {
  char *copy = mem_dup_n(head->raw, head->n);
  assert_string_equal(copy, expected);
  free(copy);
}

struct text_case {
  const char *text, *wire, *body;
};

static void reads_texts(void **state) {
  (void)state;
  static const struct text_case cases[] = {
      {"GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", ""},
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\nbo\ndy\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "bo\ndy\r\n"},
      {"GET / HTTP/1.1\nHost: a\r\n\nbody", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "body"},
      {"GET / HTTP/1.1\nHost: a\n\n\n\nx", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\n\nx"},
      {"GET / HTTP/1.1\nHost: a\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", ""},
      {"GET / HTTP/1.1\nHost: a", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", ""},
      {"GET / HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", ""},
      {"POST http://b.test/x HTTP/1.1\nhOst:a\nX:  y \nSet: 1\nset: 2\n\nz",
       "POST http://b.test/x HTTP/1.1\r\nhOst:a\r\nX:  y \r\nSet: 1\r\nset: 2\r\n\r\n", "z"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct http_head head;
    struct err err = ERR_INIT;
    size_t body_at = 0;
    if (!http_message_parse(HTTP_REQUEST, slice_of(cases[i].text), true, &head, &body_at, &err))
      fail_msg("%s: %s", err.text, cases[i].text);
    assert_raw(&head, cases[i].wire);
    assert_string_equal(cases[i].text + body_at, cases[i].body);
    http_head_clear(&head);
  }
}

struct refused_text {
  const char *text;
  const char *place; /* the text from there on */
  const char *sentence;
};

static void points_into_the_text(void **state) {
  (void)state;
  static const struct refused_text cases[] = {
      {"", "", "method"},
      {"\nGET / HTTP/1.1\nHost: a\n\n", "\nGET / HTTP/1.1\nHost: a\n\n", "method"},
      {"GET /\nHost: a\n\nbody", "\nHost: a\n\nbody", "no HTTP version"},
      {"GET / x HTTP/1.1\nHost: a\n", " HTTP/1.1\nHost: a\n", "space too many"},
      {"GET / HTTP/1.1\nHost: a\nB\tc: d\n\nx", "\tc: d\n\nx", "white space"},
      {"GET / HTTP/1.1\r\nHost: a\r\nB\tc: d\r\n\r\nx", "\tc: d\r\n\r\nx", "white space"},
      {"GET / HTTP/1.1\r\nHost: a\nA: b\r\nB\tc: d\n\nx", "\tc: d\n\nx", "white space"},
      {"GET / HTTP/1.1\nHost: a\n: d\n\nx", ": d\n\nx", "without a name"},
      {"GET / HTTP/1.1\nHost: a\nno-colon\n\n", "no-colon\n\n", "without a colon"},
      {"GET / HTTP/1.1\nHost: a\n folded\n\n", " folded\n\n", "folded"},
      {"GET / HTTP/1.1\nHost: a\nB: c\rd\n\n", "\rd\n\n", "bare CR"},
      {"GET / HTTP/1.1\nHost: a\nB: c\x1b[1m\n\n", "\x1b[1m\n\n", "control byte"},
      {"GET / HTTP/1.1\nHost: a\nHost: b\n\n", "Host: b\n\n", "two Host"},
      {"GET / HTTP/1.1\nA: b\n\n", "GET / HTTP/1.1\nA: b\n\n", "without Host"},
      {"GET http://a:99999/ HTTP/1.1\nHost: a\n\n", "99999/ HTTP/1.1\nHost: a\n\n", "port"},
      {"GET / HTTP/1.1\nHost: a\nContent-Length: x\n\n", "Content-Length: x\n\n", "plain number"},
      {"GET / HTTP/1.1\nHost: a\nContent-Length: 1\nTransfer-Encoding: chunked\n\n",
       "Content-Length: 1\nTransfer-Encoding: chunked\n\n", "both"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct http_head head;
    struct err err = ERR_INIT;
    size_t body_at = 0;
    if (http_message_parse(HTTP_REQUEST, slice_of(cases[i].text), true, &head, &body_at, &err))
      fail_msg("taken: %s", cases[i].text);
    if (strcmp(cases[i].text + err.at, cases[i].place) != 0 || strstr(err.text, cases[i].sentence) == NULL)
      fail_msg("\"%s\" at \"%s\" for: %s", err.text, cases[i].text + err.at, cases[i].text);
  }
}

static void the_length_is_only_looked_at_when_it_is_kept(void **state) {
  (void)state;
  static const char *const texts[] = {
      "POST / HTTP/1.1\nHost: a\nContent-Length: x\n\nbody",
      "POST / HTTP/1.1\nHost: a\nContent-Length: 1\nContent-Length: 2\n\nbody",
      "POST / HTTP/1.1\nHost: a\nContent-Length: 1\nTransfer-Encoding: chunked\n\nbody",
  };
  for (size_t i = 0; i < COUNT(texts); i++) {
    struct http_head head;
    size_t body_at = 0;
    assert_true(http_message_parse(HTTP_REQUEST, slice_of(texts[i]), false, &head, &body_at, NULL));
    assert_string_equal(texts[i] + body_at, "body");
    http_head_clear(&head);
    assert_false(http_message_parse(HTTP_REQUEST, slice_of(texts[i]), true, &head, &body_at, NULL));
  }
  /* a wrong length that is kept is the person's will */
  struct http_head head;
  size_t body_at = 0;
  assert_true(http_message_parse(HTTP_REQUEST, SLICE("POST / HTTP/1.1\nHost: a\nContent-Length: 99\n\nbody"), true,
                                 &head, &body_at, NULL));
  http_head_clear(&head);
}

static void reads_responses(void **state) {
  (void)state;
  struct http_head head;
  struct err err = ERR_INIT;
  size_t body_at = 0;
  assert_true(
      http_message_parse(HTTP_RESPONSE, SLICE("HTTP/1.1 418 tea\nA: b\n\n\0\xff"), false, &head, &body_at, &err));
  assert_raw(&head, "HTTP/1.1 418 tea\r\nA: b\r\n\r\n");
  assert_int_equal(body_at, 23);
  http_head_clear(&head);
  assert_false(http_message_parse(HTTP_RESPONSE, SLICE("HTTP/1.1 4x8 tea\n\n"), false, &head, &body_at, &err));
  assert_int_equal(err.at, 9);
}

static void text_and_back(void **state) {
  (void)state;
  static const char wire[] = "POST / HTTP/1.1\r\nHost: a\r\nB:\r\nObs: \xff\t\x80\r\n\r\n";
  struct http_head head, again;
  struct http_fault fault;
  struct buf text = BUF_INIT;
  size_t body_at = 0;
  assert_true(http_head_parse(HTTP_REQUEST, slice_of(wire), &head, &fault));
  http_message_text(&text, &head);
  assert_string_equal(buf_text(&text), "POST / HTTP/1.1\nHost: a\nB:\nObs: \xff\t\x80\n\n");
  size_t n = text.n;
  for (int c = 0; c < 256; c++)
    buf_add_byte(&text, (char)c);
  assert_true(http_message_parse(HTTP_REQUEST, buf_slice(&text), true, &again, &body_at, NULL));
  assert_int_equal(body_at, n);
  assert_raw(&again, wire);
  http_head_clear(&head);
  http_head_clear(&again);
  buf_clear(&text);
}

static void huge_texts_are_refused(void **state) {
  (void)state;
  struct buf text = BUF_INIT;
  struct http_head head;
  struct err err = ERR_INIT;
  size_t body_at = 0;
  buf_add_text(&text, "GET / HTTP/1.1\nHost: a\nA: ");
  for (size_t i = 0; i < 3 * HTTP_HEAD_MAX; i++)
    buf_add_byte(&text, 'x');
  assert_false(http_message_parse(HTTP_REQUEST, buf_slice(&text), true, &head, &body_at, &err));
  assert_non_null(strstr(err.text, "longer than 256 KiB"));
  buf_clear(&text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_texts),
      cmocka_unit_test(points_into_the_text),
      cmocka_unit_test(the_length_is_only_looked_at_when_it_is_kept),
      cmocka_unit_test(reads_responses),
      cmocka_unit_test(text_and_back),
      cmocka_unit_test(huge_texts_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
