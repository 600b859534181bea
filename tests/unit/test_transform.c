/* A body that flows through what rules do to it: content coding off and on, in steps, wherever the pieces are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/body/decode.h"
#include "weir/rule/rule.h"
#include "weir/rule/transform.h"

struct scene {
  struct rules *rules;
  struct flow *flow;
  struct rule_effects effects;
  struct buf out, says;
  size_t steps, widest; /* bytes that one step made */
  bool acted;
};

static void add_rule(struct scene *s, const char *text) {
  struct err err = ERR_INIT;
  if (!rule_add(s->rules, text, RULE_AT_END, &err))
    fail_msg("%s: %s", text, err.text);
}

/* A chunked answer in that coding has come; asks the rules. */
static enum hook_verdict begin(struct scene *s, const char *coding) {
  struct buf head = BUF_INIT;
  struct http_fault fault;
  struct rules_inquiry *inquiry = NULL;
  struct flow_pause *pause = NULL;
  s->flow = flow_new();
  assert_true(http_head_parse(HTTP_REQUEST, SLICE("GET http://a.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n"),
                              &s->flow->request.head, &fault));
  buf_printf(&head, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n%s%s%s\r\n", coding ? "Content-Encoding: " : "",
             coding ? coding : "", coding ? "\r\n" : "");
  assert_true(http_head_parse(HTTP_RESPONSE, buf_slice(&head), &s->flow->response.head, &fault));
  buf_clear(&head);
  flow_set_target(s->flow, "http", SLICE("a.test"), 80);
  enum hook_verdict verdict =
      rules_ask(s->rules, HOOK_RESPONSE_HEAD, s->flow, UINT64_MAX, &inquiry, &pause, &s->effects);
  rules_forget(&inquiry);
  flow_pause_free(pause);
  return verdict;
}

static void end(struct scene *s) {
  rule_effects_clear(&s->effects);
  flow_free(s->flow);
  rules_free(s->rules);
  buf_clear(&s->out);
  buf_clear(&s->says);
}

static enum transform_code feed(struct scene *s, struct slice raw, bool last, bool cut) {
  enum transform_code code;
  do {
    struct transform_step step = {&raw, last, cut, 64 * 1024, &s->out, false, &s->says};
    size_t before = s->out.n;
    code = rules_transform(s->rules, s->flow, s->effects.transform, &step);
    s->steps++;
    s->acted = step.acted;
    if (s->out.n - before > s->widest)
      s->widest = s->out.n - before;
  } while (code == TRANSFORM_MORE || (code == TRANSFORM_DRY && raw.n));
  return code;
}

static struct buf coded_as(const char *coding, struct slice plain) {
  struct buf coded = BUF_INIT;
  assert_true(body_encode(slice_of(coding), plain, &coded, NULL));
  return coded;
}

static bool give_once(void *arg, struct slice *piece) {
  struct slice *all = arg;
  *piece = *all;
  all->n = 0;
  return piece->n > 0;
}

static void assert_decodes(const struct scene *s, const char *coding, const char *wanted, enum body_decode_code how) {
  struct buf plain = BUF_INIT;
  struct slice all = buf_slice(&s->out);
  enum body_decode_code code = body_decode(slice_of(coding), give_once, &all, 0, &plain, NULL);
  assert_string_equal(buf_text(&plain), wanted);
  assert_int_equal(code, how);
  buf_clear(&plain);
}

static const char *const codings[] = {"gzip", "deflate", "br", "zstd", "gzip, br", "identity"};

static void every_coding_cut_everywhere(void **state) {
  static const char plain[] = "data: one two\n\ndata: two one two\n\n";
  (void)state;
  for (size_t i = 0; i < sizeof codings / sizeof *codings; i++) {
    struct buf coded = coded_as(codings[i], slice_of(plain));
    for (size_t cut = 0; cut <= coded.n; cut++) {
      struct scene s = {.rules = rules_new()};
      add_rule(&s, "[a] => replace response body \"two\" \"three\"");
      add_rule(&s, "[b] => replace response body /(?m)^data: (three|one)/ \"event: $1\"");
      add_rule(&s, "[c] => replace response body \"nothing\" \"\"");
      assert_int_equal(begin(&s, codings[i]), HOOK_PASS);
      assert_non_null(s.effects.transform);
      assert_int_equal(rule_transform_plain(s.effects.transform), i == 5);
      assert_int_equal(feed(&s, slice_sub(buf_slice(&coded), 0, cut), false, false), TRANSFORM_DRY);
      assert_int_equal(feed(&s, slice_from(buf_slice(&coded), cut), false, false), TRANSFORM_DRY);
      assert_int_equal(feed(&s, (struct slice){NULL, 0}, true, false), TRANSFORM_DONE);
      assert_decodes(&s, codings[i], "event: one three\n\nevent: three one three\n\n", BODY_DECODED);
      assert_true(s.acted);
      assert_non_null(strchr(s.flow->touched, 'a')); /* in the order in which they first acted */
      assert_non_null(strchr(s.flow->touched, 'b'));
      assert_null(strchr(s.flow->touched, 'c'));
      assert_int_equal(rule_nth(s.rules, 0)->hits, 1);
      assert_int_equal(rule_nth(s.rules, 2)->hits, 0);
      assert_int_equal(s.says.n, 0);
      end(&s);
    }
    buf_clear(&coded);
  }
}

/* What has come can be read behind the transform, though its source goes on. */
static void what_came_goes_at_once(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof codings / sizeof *codings; i++) {
    struct scene s = {.rules = rules_new()};
    struct body_encoder *e = body_encoder_new(slice_of(codings[i]), NULL);
    struct buf piece = BUF_INIT, wanted = BUF_INIT;
    add_rule(&s, "=> replace response body \"foo\" \"bar\"");
    begin(&s, codings[i]);
    for (int n = 0; n < 5; n++) {
      buf_reset(&piece);
      assert_true(body_encoder_feed(e, SLICE("data: foo fo\n\n"), false, &piece));
      assert_true(body_encoder_flush(e, &piece));
      assert_int_equal(feed(&s, buf_slice(&piece), false, false), TRANSFORM_DRY);
      buf_add_text(&wanted, "data: bar fo\n\n");
      assert_decodes(&s, codings[i], buf_text(&wanted), i == 5 ? BODY_DECODED : BODY_DECODED_PART);
    }
    buf_clear(&piece);
    buf_clear(&wanted);
    body_encoder_free(e);
    end(&s);
  }
}

/* 48 MB from 48 KB: in many steps, none of which makes much. */
static void a_bomb_is_stepped(void **state) {
  static const char *const rules[] = {"=> replace response body \"\\\\\" \"\"",
                                      "=> replace response body /\\x00/ \"xy\"",
                                      "=> replace response body \"a\" \"b\""};
  struct buf plain = BUF_INIT;
  (void)state;
  plain.n = 48u << 20;
  plain.p = calloc(1, plain.n + 1);
  struct buf coded = coded_as("gzip", buf_slice(&plain));
  buf_clear(&plain);
  assert_in_range(coded.n, 40000, 60000);
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
    struct scene s = {.rules = rules_new()};
    struct slice raw = buf_slice(&coded);
    enum transform_code code = TRANSFORM_MORE;
    size_t steps = 0;
    add_rule(&s, rules[i]);
    begin(&s, "gzip");
    while (code == TRANSFORM_MORE && steps < 40) {
      struct transform_step step = {&raw, true, false, 64 * 1024, &s.out, false, &s.says};
      buf_reset(&s.out);
      code = rules_transform(s.rules, s.flow, s.effects.transform, &step);
      assert_in_range(s.out.n, 0, 256 * 1024);
      steps++;
    }
    assert_true(steps == 40 || code == TRANSFORM_DONE);
    assert_true(i == 2 || steps > 5);
    end(&s);
  }
  buf_clear(&coded);
}

static void damage_in_the_middle_fails(void **state) {
  struct buf plain = BUF_INIT;
  (void)state;
  for (int i = 0; i < 20000; i++)
    buf_printf(&plain, "%d foo\n", i * 7919 % 10007);
  struct buf coded = coded_as("gzip", buf_slice(&plain));
  memset(coded.p + coded.n / 2, 0xff, 40);
  struct scene s = {.rules = rules_new()};
  add_rule(&s, "=> replace response body \"foo\" \"bar\"");
  begin(&s, "gzip");
  assert_int_equal(feed(&s, buf_slice(&coded), true, false), TRANSFORM_FAILED);
  assert_non_null(strstr(rule_transform_why(s.effects.transform), "damaged"));
  assert_true(s.out.n > 1000); /* what came before it */
  assert_int_equal(feed(&s, (struct slice){NULL, 0}, true, false), TRANSFORM_FAILED);
  end(&s);
  struct scene t = {.rules = rules_new()}; /* the end of it is missing, in order */
  add_rule(&t, "=> replace response body \"foo\" \"bar\"");
  begin(&t, "gzip");
  assert_int_equal(feed(&t, slice_sub(buf_slice(&coded), 0, coded.n / 4), true, false), TRANSFORM_FAILED);
  assert_non_null(strstr(rule_transform_why(t.effects.transform), "cut off"));
  end(&t);
  buf_clear(&plain);
  buf_clear(&coded);
}

static void what_is_not_coded_as_it_says_passes(void **state) {
  static const char raw[] = "this is no gzip: foo";
  (void)state;
  for (size_t cut = 0; cut <= sizeof raw - 1; cut++) {
    struct scene s = {.rules = rules_new()};
    add_rule(&s, "=> replace response body \"foo\" \"bar\"");
    begin(&s, "gzip");
    feed(&s, slice_make(raw, cut), false, false);
    feed(&s, slice_from(slice_of(raw), cut), false, false);
    assert_int_equal(feed(&s, (struct slice){NULL, 0}, true, false), TRANSFORM_DONE);
    assert_string_equal(buf_text(&s.out), raw);
    assert_non_null(strstr(buf_text(&s.says), "not coded as it says"));
    assert_false(s.acted);
    end(&s);
  }
}

/* Broken off: what was held back goes, and no end of the coding. */
static void cut_it_has_no_end(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof codings / sizeof *codings; i++) {
    struct scene s = {.rules = rules_new()};
    struct body_encoder *e = body_encoder_new(slice_of(codings[i]), NULL);
    struct buf piece = BUF_INIT;
    add_rule(&s, "=> replace response body \"foo\" \"bar\"");
    begin(&s, codings[i]);
    body_encoder_feed(e, SLICE("foo fo"), false, &piece);
    body_encoder_flush(e, &piece);
    assert_int_equal(feed(&s, buf_slice(&piece), false, false), TRANSFORM_DRY);
    assert_decodes(&s, codings[i], "bar ", i == 5 ? BODY_DECODED : BODY_DECODED_PART);
    assert_int_equal(feed(&s, (struct slice){NULL, 0}, true, true), TRANSFORM_DONE);
    assert_decodes(&s, codings[i], "bar fo", i == 5 ? BODY_DECODED : BODY_DECODED_PART);
    buf_clear(&piece);
    body_encoder_free(e);
    end(&s);
  }
}

static void an_empty_body_stays_empty(void **state) {
  struct scene s = {.rules = rules_new()};
  (void)state;
  add_rule(&s, "=> replace response body \"foo\" \"bar\"");
  begin(&s, "gzip");
  assert_int_equal(feed(&s, (struct slice){NULL, 0}, true, false), TRANSFORM_DONE);
  assert_decodes(&s, "gzip", "", BODY_DECODED);
  end(&s);
}

static void who_has_to_wait(void **state) {
  static const struct {
    const char *rule[2];
    enum hook_verdict verdict;
  } cases[] = {
      {{"=> replace response body \"a\" \"b\""}, HOOK_PASS},
      {{"=> replace response body /a.*b/ \"b\""}, HOOK_WANT_BODY},
      {{"=> replace response body \"a\" \"b\"", "=> replace response body /a.*b/ \"b\""}, HOOK_WANT_BODY},
      {{"=> replace response body \"a\" \"b\"", "=> pipe response cat"}, HOOK_WANT_BODY},
      {{"=> replace response body \"a\" \"b\"", "~bs x => set response A: b"}, HOOK_WANT_BODY},
      {{"=> replace response body \"a\" \"b\"", "~s => pause"}, HOOK_WANT_BODY},
      {{"=> replace response body \"a\" \"b\"", "~bq x => set response A: b"}, HOOK_PASS},
      {{"=> replace response body \"a\" \"b\"", "~bq x => pipe response cat"}, HOOK_WANT_BODY},
      {{"=> replace response body \"a\" \"b\"", "path:/y ~s => pause"}, HOOK_PASS},
      {{"=> replace response body \"a\" \"b\"", "off => pipe response cat"}, HOOK_PASS},
      {{"=> replace response body \"a\" \"b\"", "=> pipe request cat"}, HOOK_PASS},
      {{"=> replace response body \"a\" \"b\"", "=> set response A: b"}, HOOK_PASS},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct scene s = {.rules = rules_new()};
    for (size_t k = 0; k < 2 && cases[i].rule[k]; k++)
      add_rule(&s, cases[i].rule[k]);
    enum hook_verdict verdict = begin(&s, NULL);
    if (verdict != cases[i].verdict)
      fail_msg("%s; %s: %d", cases[i].rule[0], cases[i].rule[1] ? cases[i].rule[1] : "", verdict);
    assert_int_equal(s.effects.transform != NULL, verdict == HOOK_PASS);
    end(&s);
  }
}

/* Switched off or gone, a rule does nothing more; used up here, it goes on here. */
static void rules_that_go_meanwhile(void **state) {
  (void)state;
  for (int how = 0; how < 4; how++) {
    struct scene s = {.rules = rules_new()};
    add_rule(&s,
             how < 3 ? "=> replace response body \"foo\" \"bar\"" : "once => replace response body \"foo\" \"bar\"");
    add_rule(&s, "=> replace response body \"two\" \"2\"");
    begin(&s, NULL);
    feed(&s, SLICE("foo"), false, false);
    if (how == 0)
      rule_remove(s.rules, 1);
    else if (how == 1)
      rule_switch(s.rules, 1, false);
    else if (how == 2)
      rules_enable(s.rules, false);
    feed(&s, SLICE(" foo two"), true, false);
    assert_string_equal(buf_text(&s.out), how == 2 ? "bar foo two" : how == 3 ? "bar bar 2" : "bar foo 2");
    end(&s);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_coding_cut_everywhere), cmocka_unit_test(what_came_goes_at_once),
      cmocka_unit_test(a_bomb_is_stepped),           cmocka_unit_test(damage_in_the_middle_fails),
      cmocka_unit_test(cut_it_has_no_end),           cmocka_unit_test(what_is_not_coded_as_it_says_passes),
      cmocka_unit_test(an_empty_body_stays_empty),   cmocka_unit_test(who_has_to_wait),
      cmocka_unit_test(rules_that_go_meanwhile),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
