/*
 * Files of rules: any text is read or refused with a line and column that it has; what was read is written as a file that
 * reads the same; and what it does to a request and a response leaves valid heads. Text behind a NUL is a line of
 * mitmproxy's.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/rule/file.h"
#include "weir/rule/import.h"

#define REQUIRE(condition)                                                                                             \
  do {                                                                                                                 \
    if (!(condition))                                                                                                  \
      abort();                                                                                                         \
  } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void set_head(struct http_head *head, enum http_role role, const char *text) {
  struct http_fault fault;
  REQUIRE(http_head_parse(role, slice_of(text), head, &fault));
}

static struct flow *make_flow(void) {
  struct flow *f = flow_new();
  set_head(&f->request.head, HTTP_REQUEST,
           "POST http://shop.test/login?a=b HTTP/1.1\r\nHost: shop.test\r\nA: aa\r\nA: b\r\n\r\n");
  set_head(&f->response.head, HTTP_RESPONSE, "HTTP/1.1 404 Not Found\r\nServer: x\r\n\r\n");
  flow_set_target(f, "http", SLICE("shop.test"), 80);
  body_add(&f->request.body, "{\"a\": 1, \"b\": \"aa\"}", 19, 1000, 19);
  body_add(&f->response.body, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", 30, 1000, 30);
  f->request.body.complete = f->response.body.complete = true;
  return f;
}

static void require_valid(const struct http_head *head, enum http_role role) {
  struct http_head again = {0};
  struct http_fault fault;
  if (!head->raw)
    return;
  REQUIRE(http_head_parse(role, http_head_raw(head), &again, &fault));
  http_head_clear(&again);
}

static void ask(struct rules *rules, enum hook_point point, struct flow *f) {
  struct rules_inquiry *inquiry = NULL;
  struct rule_effects effects = {0};
  struct flow_pause *pause = NULL;
  enum hook_verdict verdict;
  do
    verdict = rules_ask(rules, point, f, UINT64_MAX, &inquiry, &pause, &effects);
  while (verdict == HOOK_MORE);
  if (verdict == HOOK_WANT_BODY)
    verdict = rules_ask(rules, point == HOOK_REQUEST_HEAD ? HOOK_REQUEST : HOOK_RESPONSE, f, UINT64_MAX, &inquiry,
                        &pause, &effects);
  while (verdict == HOOK_RUN) { /* a program that takes the last byte off */
    struct buf out = effects.input;
    effects.input = (struct buf)BUF_INIT;
    rules_ran(inquiry, f, point == HOOK_REQUEST_HEAD ? FLOW_REQUEST : FLOW_RESPONSE, &effects,
              slice_sub(buf_slice(&out), 0, out.n - 1), NULL);
    buf_clear(&out);
    verdict = rules_ask(rules, point == HOOK_REQUEST_HEAD ? HOOK_REQUEST : HOOK_RESPONSE, f, UINT64_MAX, &inquiry,
                        &pause, &effects);
  }
  if (effects.answer)
    require_valid(&effects.answer->head, HTTP_RESPONSE);
  rules_forget(&inquiry);
  rule_effects_clear(&effects);
  flow_pause_free(pause);
}

/* Lines that would touch the machine that fuzzes. */
static bool is_harmless(struct slice text) {
  return slice_find(text, SLICE("@")) < 0 && slice_find(text, SLICE("file")) < 0;
}

static void require_place(const struct err *err, struct slice text) {
  unsigned line = 0;
  size_t column = 0, lines = 1;
  for (size_t i = 0; i < text.n; i++)
    lines += text.p[i] == '\n';
  REQUIRE(sscanf(err->text, "%u:%zu: ", &line, &column) == 2);
  REQUIRE(line >= 1 && line <= lines && column >= 1);
}

static void try_file(struct slice text) {
  struct rules *rules = rules_new(), *again = rules_new();
  struct buf once = BUF_INIT, twice = BUF_INIT;
  struct err err = ERR_INIT;
  if (!rules_load(rules, text, &err)) {
    require_place(&err, text);
  } else {
    rules_save(rules, &once);
    REQUIRE(rules_load(again, buf_slice(&once), &err));
    REQUIRE(rule_count(again) == rule_count(rules));
    rules_save(again, &twice);
    REQUIRE(slice_eq(buf_slice(&once), buf_slice(&twice)));
    struct flow *f = make_flow();
    ask(rules, HOOK_REQUEST_HEAD, f);
    ask(rules, HOOK_RESPONSE_HEAD, f);
    require_valid(flow_sent_head(&f->request), HTTP_REQUEST);
    require_valid(flow_sent_head(&f->response), HTTP_RESPONSE);
    flow_free(f);
  }
  rules_free(rules);
  rules_free(again);
  buf_clear(&once);
  buf_clear(&twice);
}

static void require_rules(const struct rule_import *in) {
  struct buf lines = BUF_INIT;
  rule_import_lines(in, &lines);
  struct slice rest = buf_slice(&lines), line;
  while (rest.n && slice_split(&rest, '\n', &line))
    REQUIRE(line.n == 0 || rule_check(line, NULL));
  buf_clear(&lines);
}

static void try_import(struct slice text) {
  struct rule_import *in = rule_import_new();
  struct buf notes = BUF_INIT;
  rule_import_option(in, text, NULL);
  require_rules(in);
  rule_import_file(in, text, &notes, NULL);
  require_rules(in);
  buf_clear(&notes);
  rule_import_free(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct slice text = slice_make((const char *)data, size);
  ptrdiff_t nul = slice_find_byte(text, '\0');
  if (!is_harmless(text) || size > 20000)
    return 0;
  try_file(slice_sub(text, 0, nul < 0 ? text.n : (size_t)nul));
  if (nul >= 0)
    try_import(slice_from(text, (size_t)nul + 1));
  return 0;
}
