/* What a worker is told of a message, and what its replies make of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "flow_build.h"
#include "rows.h"
#include "weir/base/mem.h"
#include "weir/body/decode.h"
#include "weir/http/encode.h"
#include "weir/rule/intercept.h"
#include "weir/rule/worker.h"

#define REQUEST                                                                                                        \
  "POST http://shop.test/x?a=1 HTTP/1.1\r\nHost: shop.test\r\nX-Odd:  1 \r\nx-odd: 2\r\nContent-Length: 3\r\n\r\n"
#define ANSWERED "HTTP/1.1 200 Fine\r\nB: 2\r\nA: 1\r\nA: 1\r\nContent-Length: 3\r\n\r\n"

struct asked {
  struct rules *rules;
  struct flow *f;
  enum flow_side side;
  struct rules_inquiry *inquiry;
  struct rule_effects effects;
};

/* Up to where the rule wants its worker to be asked. */
static struct asked ask_with(const char *rule, const char *below, enum flow_side side, struct flow *f) {
  struct asked a = {.rules = rules_new(), .f = f, .side = side};
  struct flow_pause *pause = NULL;
  struct err err = ERR_INIT;
  if (!rule_add(a.rules, rule, RULE_AT_END, &err) || (below && !rule_add(a.rules, below, RULE_AT_END, &err)))
    fail_msg("%s", err.text);
  enum hook_point head = side == FLOW_REQUEST ? HOOK_REQUEST_HEAD : HOOK_RESPONSE_HEAD;
  assert_int_equal(rules_ask(a.rules, head, f, UINT64_MAX, &a.inquiry, &pause, &a.effects), HOOK_WANT_BODY);
  assert_int_equal(rules_ask(a.rules, head + 1, f, UINT64_MAX, &a.inquiry, &pause, &a.effects), HOOK_RUN);
  assert_string_equal(a.effects.command, "./w");
  assert_string_equal(a.effects.worker, rule);
  return a;
}

static struct asked ask(enum flow_side side) {
  struct flow *f = flow_new();
  build_flow(f, REQUEST, "abc", ANSWERED, "xyz");
  return ask_with(side == FLOW_REQUEST ? "[w] * => pipe worker ./w" : "[w] => pipe response worker ./w",
                  "[below] => add X-Below: 1", side, f);
}

static void done(struct asked *a) {
  rules_forget(&a->inquiry);
  rule_effects_clear(&a->effects);
  flow_free(a->f);
  rules_free(a->rules);
}

static void reply(struct asked *a, const char *line) {
  struct worker_reply r;
  struct err err = ERR_INIT;
  struct flow_pause *pause = NULL;
  bool good = worker_reply_read(slice_of(line), &r, &err);
  rules_worker_ran(a->inquiry, a->f, a->side, &a->effects, &r, good ? NULL : err.text);
  enum hook_point point = a->side == FLOW_REQUEST ? HOOK_REQUEST : HOOK_RESPONSE;
  assert_int_equal(rules_ask(a->rules, point, a->f, UINT64_MAX, &a->inquiry, &pause, &a->effects), HOOK_PASS);
}

static json_t *message(struct flow *f, enum flow_side side) {
  struct buf line = BUF_INIT;
  struct err err = ERR_INIT;
  if (!worker_message(f, side, 7, &line, &err))
    fail_msg("%s", err.text);
  assert_int_equal(line.p[line.n - 1], '\n');
  assert_int_equal(slice_find_byte(buf_slice(&line), '\n'), line.n - 1);
  json_t *m = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
  assert_non_null(m);
  buf_clear(&line);
  return m;
}

static const char *text_of(const json_t *m, const char *name) {
  const char *text = json_string_value(json_object_get(m, name));
  return text ? text : "";
}

static void a_message_has_all_of_it(void **state) {
  (void)state;
  struct flow *f = flow_new();
  build_flow(f, REQUEST, "a\"\n\xc3\xa4", ANSWERED, NULL);
  build_body(&f->response.body, "a\0\xff", 3);
  json_t *m = message(f, FLOW_REQUEST);
  assert_int_equal(json_integer_value(json_object_get(m, "id")), 7);
  assert_string_equal(text_of(m, "side"), "request");
  assert_string_equal(text_of(m, "method"), "POST");
  assert_string_equal(text_of(m, "url"), "http://shop.test/x?a=1");
  assert_string_equal(text_of(m, "version"), "1.1");
  assert_string_equal(text_of(m, "body"), "a\"\n\xc3\xa4");
  char *headers = json_dumps(json_object_get(m, "headers"), JSON_COMPACT);
  assert_string_equal(headers,
                      "[[\"Host\",\"shop.test\"],[\"X-Odd\",\"1\"],[\"x-odd\",\"2\"],[\"Content-Length\",\"3\"]]");
  free(headers);
  json_decref(m);
  m = message(f, FLOW_RESPONSE);
  size_t n;
  char *body = rows_bytes(m, "body", &n);
  assert_int_equal(n, 3);
  assert_memory_equal(body, "a\0\xff", 3);
  free(body);
  assert_int_equal(json_integer_value(json_object_get(m, "status")), 200);
  assert_string_equal(text_of(m, "reason"), "Fine");
  assert_string_equal(text_of(json_object_get(m, "request"), "url"), "http://shop.test/x?a=1");
  assert_int_equal(json_array_size(json_object_get(json_object_get(m, "request"), "headers")), 4);
  assert_null(json_object_get(m, "method"));
  json_decref(m);
  flow_free(f);
}

/* What it was given and gives back changes nothing: no edit, no byte. */
static void a_message_given_back_changes_nothing(void **state) {
  (void)state;
  for (int side = 0; side < 4; side++) {
    struct flow *f = flow_new();
    build_flow(f, "GET http://shop.test:80/ HTTP/1.1\r\nHost:shop.test\r\nX: \xff\xfe \r\nX:\r\n\r\n", NULL,
               "HTTP/1.1 200 \xe4\r\nA:  1\r\n\r\n", NULL);
    build_body(&f->request.body, "\0\1", side < 2 ? 2 : 0);
    build_body(&f->response.body, "text", 4);
    struct asked a = ask_with(side % 2 ? "=> pipe response worker ./w" : "=> pipe worker ./w", NULL, side % 2, f);
    json_t *m = message(f, side % 2);
    char *line = json_dumps(m, JSON_COMPACT | JSON_ENSURE_ASCII);
    reply(&a, line);
    assert_string_equal(buf_text(&a.effects.says), "");
    assert_null(f->request.sent);
    assert_null(f->response.sent);
    assert_false(a.effects.retargeted || a.effects.edited);
    free(line);
    json_decref(m);
    done(&a);
  }
}

struct change {
  const char *reply;
  const char *head; /* that goes out; NULL: as it came */
  const char *body; /* NULL: as it came */
};

static void assert_changes(enum flow_side side, const struct change *c, size_t n) {
  for (size_t i = 0; i < n; i++) {
    struct asked a = ask(side);
    reply(&a, c[i].reply);
    const struct flow_message *m = flow_side(a.f, side);
    struct buf body = BUF_INIT;
    if (a.effects.says.n)
      fail_msg("%s: %s", c[i].reply, buf_text(&a.effects.says));
    const char *head = c[i].head ? c[i].head : side == FLOW_REQUEST ? REQUEST : ANSWERED;
    struct slice raw = http_head_raw(flow_sent_head(m));
    char *expected = mem_dup(head), *end = strstr(expected, "\r\n\r\n") + 2;
    struct buf all = BUF_INIT; /* the rule below acts on requests */
    buf_add(&all, expected, (size_t)(end - expected));
    buf_add_text(&all, side == FLOW_REQUEST ? "X-Below: 1\r\n\r\n" : "\r\n");
    if (!slice_eq(raw, buf_slice(&all)))
      fail_msg("%s: %.*s instead of %s", c[i].reply, (int)raw.n, raw.p, buf_text(&all));
    body_copy(flow_sent_body(m), &body);
    assert_string_equal(buf_text(&body), c[i].body ? c[i].body : side == FLOW_REQUEST ? "abc" : "xyz");
    assert_int_equal(m->sent && m->sent->body_changed, c[i].body != NULL);
    free(expected);
    buf_clear(&all);
    buf_clear(&body);
    done(&a);
  }
}

static void requests_are_changed(void **state) {
  static const struct change cases[] = {
      {"{\"id\":1}", NULL, NULL},
      {"{\"id\":1,\"headers\":null,\"body\":null} \r", NULL, NULL},
      {"{\"body\":\"new\",\"id\":1}", NULL, "new"},
      {"{\"id\":1,\"body_base64\":\"bmV3\"}", NULL, "new"},
      {"{\"id\":1,\"body\":\"\\u00e4\\ud83d\\ude00\\n\\/\"}", NULL, "\xc3\xa4\xf0\x9f\x98\x80\n/"},
      {"{\"id\":1,\"method\":\"PUT\"}",
       "PUT http://shop.test/x?a=1 HTTP/1.1\r\nHost: shop.test\r\nX-Odd:  1 \r\nx-odd: 2\r\nContent-Length: 3\r\n\r\n",
       NULL},
      {"{\"id\":1,\"url\":\"http://shop.test/y\"}",
       "POST http://shop.test/y HTTP/1.1\r\nHost: shop.test\r\nX-Odd:  1 \r\nx-odd: 2\r\nContent-Length: 3\r\n\r\n",
       NULL},
      /* Host follows the URL, also where it was given back as it was; who writes another one has it */
      {"{\"id\":1,\"url\":\"https://b.test:8443/\"}",
       "POST https://b.test:8443/ HTTP/1.1\r\nHost: b.test:8443\r\nX-Odd:  1 \r\nx-odd: 2\r\nContent-Length: 3\r\n\r\n",
       NULL},
      {"{\"id\":1,\"url\":\"http://b.test/\",\"headers\":[[\"Host\",\"shop.test\"]]}",
       "POST http://b.test/ HTTP/1.1\r\nHost: b.test\r\n\r\n", NULL},
      {"{\"id\":1,\"url\":\"http://b.test/\",\"headers\":[[\"Host\",\"c.test\"]]}",
       "POST http://b.test/ HTTP/1.1\r\nHost: c.test\r\n\r\n", NULL},
      /* in the order that was given; a field that is still there keeps its bytes */
      {"{\"id\":1,\"headers\":[[\"Host\",\"shop.test\"],[\"New\",\" n \"],[\"X-Odd\",\"1\"],[\"X-Odd\",\"1\"],[\"e\","
       "{\"base64\":\"/w==\"}]]}",
       "POST http://shop.test/x?a=1 HTTP/1.1\r\nHost: shop.test\r\nNew: n\r\nX-Odd:  1 \r\nX-Odd: 1\r\ne: \xff\r\n\r\n",
       NULL},
  };
  (void)state;
  assert_changes(FLOW_REQUEST, cases, sizeof cases / sizeof *cases);
}

static void responses_are_changed(void **state) {
  static const struct change cases[] = {
      {"{\"id\":1}", NULL, NULL},
      {"{\"id\":1,\"status\":404}", "HTTP/1.1 404 Not Found\r\nB: 2\r\nA: 1\r\nA: 1\r\nContent-Length: 3\r\n\r\n",
       NULL},
      {"{\"id\":1,\"status\":201,\"reason\":\"Made it\",\"body\":\"\"}",
       "HTTP/1.1 201 Made it\r\nB: 2\r\nA: 1\r\nA: 1\r\nContent-Length: 3\r\n\r\n", ""},
      {"{\"id\":1,\"headers\":[]}", "HTTP/1.1 200 Fine\r\n\r\n", NULL},
      {"{\"id\":1,\"request\":{\"method\":\"x\"},\"version\":\"9\",\"flow\":0,\"side\":\"\"}", NULL, NULL},
  };
  (void)state;
  assert_changes(FLOW_RESPONSE, cases, sizeof cases / sizeof *cases);
}

static void what_is_no_reply_changes_nothing(void **state) {
  static const struct {
    enum flow_side side;
    const char *reply, *says;
  } cases[] = {
      {FLOW_REQUEST, "", "no JSON object"},
      {FLOW_REQUEST, "hello", "a value is expected here"},
      {FLOW_REQUEST, "[]", "no JSON object"},
      {FLOW_REQUEST, "[1]", "no JSON object"},
      {FLOW_REQUEST, "7", "no JSON object"},
      {FLOW_REQUEST, "{\"id\":1} x", "nothing may follow"},
      {FLOW_REQUEST, "{}", "it has no \"id\""},
      {FLOW_REQUEST, "{\"id\":0}", "no number from 1 on"},
      {FLOW_REQUEST, "{\"id\":\"1\"}", "no number from 1 on"},
      {FLOW_REQUEST, "{\"id\":1,\"id\":1}", "\"id\" stands twice"},
      {FLOW_REQUEST, "{\"id\":1,\"header\":[]}", "no \"header\": \"headers\"?"},
      {FLOW_REQUEST, "{\"id\":1,\"status\":200}", "a request has no status"},
      {FLOW_REQUEST, "{\"id\":1,\"method\":\"A B\"}", "\"method\" is no word"},
      {FLOW_REQUEST, "{\"id\":1,\"method\":7}", "\"method\" is no word"},
      {FLOW_REQUEST, "{\"id\":1,\"url\":\"http://a.test/ HTTP/1.1\"}", "\"url\" is no word"},
      {FLOW_REQUEST, "{\"id\":1,\"url\":\"ftp://a.test/\"}", "only http:// and https://"},
      {FLOW_REQUEST, "{\"id\":1,\"headers\":{\"a\":\"b\"}}", "no list of [\"Name\", \"value\"]"},
      {FLOW_REQUEST, "{\"id\":1,\"headers\":[[\"a\"]]}", "no list of"},
      {FLOW_REQUEST, "{\"id\":1,\"headers\":[[\"a\",\"b\",\"c\"]]}", "no list of"},
      {FLOW_REQUEST, "{\"id\":1,\"headers\":[[\"a: b\",\"c\"]]}", "no list of"},
      {FLOW_REQUEST, "{\"id\":1,\"headers\":[[\"a\",\"b\\r\\nc: d\"]]}", "no list of"},
      {FLOW_REQUEST, "{\"id\":1,\"headers\":[[\"a\",{\"base64\":\"DQo=\"}]]}", "no list of"},
      {FLOW_REQUEST, "{\"id\":1,\"headers\":[]}", "Host"},
      {FLOW_REQUEST, "{\"id\":1,\"body\":\"\\ud800\"}", "\"body\" is no text"},
      {FLOW_REQUEST, "{\"id\":1,\"body\":\"\xff\"}", "\"body\" is no text"},
      {FLOW_REQUEST, "{\"id\":1,\"body\":7}", "\"body\" is no text"},
      {FLOW_REQUEST, "{\"id\":1,\"body_base64\":\"AA\"}", "no base64"},
      {FLOW_REQUEST, "{\"id\":1,\"body_base64\":\"AB==\"}", "no base64"},
      {FLOW_REQUEST, "{\"id\":1,\"body\":\"a\",\"body_base64\":\"\"}", "one of them has to be taken out"},
      {FLOW_REQUEST, "{\"id\":1,\"method\":\"PUT\",\"drop\":1}", "\"drop\" is true or false"},
      {FLOW_REQUEST, "{\"id\":1,\"method\":\"PUT\",\"tag\":\"a b\"}", "\"tag\" is no word"},
      {FLOW_REQUEST, "{\"id\":1,\"method\":\"PUT\",\"tag\":[\"a\",1]}", "\"tag\" is no word"},
      {FLOW_REQUEST, "{\"id\":1,\"method\":\"PUT\",\"note\":1}", "\"note\" is no text"},
      {FLOW_REQUEST, "{\"id\":1,\"answer\":[]}", "no JSON object"},
      {FLOW_REQUEST, "{\"id\":1,\"answer\":{\"status\":100}}", "from 200 to 999"},
      {FLOW_REQUEST, "{\"id\":1,\"answer\":{\"body\":\"\",\"body_base64\":\"\"}}", "one of them"},
      {FLOW_RESPONSE, "{\"id\":1,\"answer\":{}}", "only a request can be answered"},
      {FLOW_RESPONSE, "{\"id\":1,\"url\":\"http://a.test/\"}", "a response has no method"},
      {FLOW_RESPONSE, "{\"id\":1,\"status\":101}", "from 200 to 999"},
      {FLOW_RESPONSE, "{\"id\":1,\"status\":200.5}", "from 200 to 999"},
      {FLOW_RESPONSE, "{\"id\":1,\"reason\":\"a\\nb\"}", "\"reason\" is no line"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct asked a = ask(cases[i].side);
    reply(&a, cases[i].reply);
    if (!strstr(buf_text(&a.effects.says), cases[i].says) || !strstr(buf_text(&a.effects.says), ": passed as it was"))
      fail_msg("%s: \"%s\"", cases[i].reply, buf_text(&a.effects.says));
    assert_null(a.f->tags);
    assert_null(a.effects.answer);
    assert_int_equal(a.effects.block, BLOCK_NOT);
    assert_int_equal(flow_sent_head(&a.f->request)->fields, a.f->request.head.fields); /* its first line is the same */
    assert_null(a.f->response.sent);
    done(&a);
  }
}

static void it_answers_drops_tags_and_notes(void **state) {
  (void)state;
  struct asked a = ask(FLOW_REQUEST);
  reply(
      &a,
      "{\"id\":3,\"answer\":{\"status\":418,\"headers\":[[\"Content-Length\",\"99\"],[\"A\",\"1\"]],\"body\":\"tea\"},"
      "\"tag\":[\"pot\",\"tea\"],\"note\":\"it is a pot\"}");
  assert_non_null(a.effects.answer);
  struct slice raw = http_head_raw(&a.effects.answer->head);
  assert_true(slice_find(raw, SLICE("HTTP/1.1 418 ")) == 0 &&
              slice_find(raw, SLICE("\r\nA: 1\r\nContent-Length: 3\r\n")) > 0);
  assert_string_equal(a.f->tags, "pot\ntea");
  assert_string_equal(buf_text(&a.effects.says), "it is a pot");
  assert_string_equal(a.f->touched, "w"); /* the rule below was not asked */
  done(&a);
  a = ask(FLOW_REQUEST);
  reply(&a, "{\"id\":3,\"drop\":true}");
  assert_int_equal(a.effects.block, BLOCK_CLOSE);
  assert_string_equal(a.f->touched, "w");
  done(&a);
}

/* Its body is given without a coding, and what comes back is coded again. */
static void bodies_are_decoded_and_coded(void **state) {
  (void)state;
  struct flow *f = flow_new();
  struct buf coded = BUF_INIT, back = BUF_INIT;
  build_flow(f, REQUEST, "", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", NULL);
  assert_true(body_encode(SLICE("gzip"), SLICE("plain"), &coded, NULL));
  build_body(&f->response.body, coded.p, coded.n);
  struct asked a = ask_with("=> pipe response worker ./w", NULL, FLOW_RESPONSE, f);
  json_t *m = message(f, FLOW_RESPONSE);
  assert_string_equal(text_of(m, "body"), "plain");
  json_decref(m);
  reply(&a, "{\"id\":1,\"body\":\"other\"}");
  assert_int_equal(flow_body_decoded(&f->response, true, 0, &back, NULL), BODY_DECODED);
  assert_string_equal(buf_text(&back), "other");
  assert_true(f->response.sent->body.kept > 5);
  buf_clear(&coded);
  buf_clear(&back);
  done(&a);
}

/* Another head would be possible, but not this body: neither is taken. */
static void half_a_change_is_none(void **state) {
  (void)state;
  struct flow *f = flow_new();
  struct buf coded = BUF_INIT;
  build_flow(f, REQUEST, "", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", NULL);
  assert_true(body_encode(SLICE("gzip"), SLICE("plain"), &coded, NULL));
  build_body(&f->response.body, coded.p, coded.n);
  struct asked a = ask_with("=> pipe response worker ./w", NULL, FLOW_RESPONSE, f);
  reply(&a, "{\"id\":1,\"status\":404,\"headers\":[[\"Content-Encoding\",\"odd\"]],\"body\":\"x\"}");
  assert_non_null(strstr(buf_text(&a.effects.says), "its Content-Encoding is not known here"));
  assert_null(f->response.sent);
  buf_clear(&coded);
  done(&a);
}

static void a_coding_that_is_taken_out_is_taken_off(void **state) {
  (void)state;
  struct flow *f = flow_new();
  struct buf coded = BUF_INIT, body = BUF_INIT;
  build_flow(f, REQUEST, "", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", NULL);
  assert_true(body_encode(SLICE("gzip"), SLICE("plain"), &coded, NULL));
  build_body(&f->response.body, coded.p, coded.n);
  struct asked a = ask_with("=> pipe response worker ./w", NULL, FLOW_RESPONSE, f);
  reply(&a, "{\"id\":1,\"headers\":[]}");
  body_copy(flow_sent_body(&f->response), &body);
  assert_string_equal(buf_text(&body), "plain");
  buf_clear(&coded);
  buf_clear(&body);
  done(&a);
}

static void who_wants_a_worker(void **state) {
  static const char text[] = "[w] GET => pipe worker ./w";
  (void)state;
  struct rules *rules = rules_new();
  unsigned id = rule_add(rules, text, RULE_AT_END, NULL);
  assert_int_not_equal(rule_add(rules, "[x] GET => pipe ./w", RULE_AT_END, NULL), 0);
  assert_true(rules_want_worker(rules, text));
  assert_false(rules_want_worker(rules, "[x] GET => pipe ./w")); /* it has a program for each message */
  rule_switch(rules, id, false);
  assert_false(rules_want_worker(rules, text));
  rule_switch(rules, id, true);
  rules_enable(rules, false);
  assert_false(rules_want_worker(rules, text));
  rules_enable(rules, true);
  assert_true(rules_want_worker(rules, text));
  assert_true(rule_change(rules, id, "[w] GET => pipe worker ./w2", NULL));
  assert_false(rules_want_worker(rules, text));
  rules_free(rules);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_message_has_all_of_it),
      cmocka_unit_test(a_message_given_back_changes_nothing),
      cmocka_unit_test(requests_are_changed),
      cmocka_unit_test(responses_are_changed),
      cmocka_unit_test(what_is_no_reply_changes_nothing),
      cmocka_unit_test(it_answers_drops_tags_and_notes),
      cmocka_unit_test(bodies_are_decoded_and_coded),
      cmocka_unit_test(half_a_change_is_none),
      cmocka_unit_test(a_coding_that_is_taken_out_is_taken_off),
      cmocka_unit_test(who_wants_a_worker),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
