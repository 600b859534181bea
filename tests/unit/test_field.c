/* The field table: each name once, each getter right, and quiet about what is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow_build.h"
#include "weir/base/mem.h"
#include "weir/flow/field.h"

static struct flow *rich(void) {
  struct flow *f = flow_new();
  build_flow(f, "POST http://shop.test:8080/a?b HTTP/1.1\r\nHost: shop.test:8080\r\nX-A:  1\r\n\r\n", "ask",
             "HTTP/1.1 404 Not Here\r\nContent-Type: application/json\r\n\r\n", "{}");
  flow_set_target(f, "http", SLICE("shop.test"), 8080);
  f->id = 7;
  f->parent = 3;
  f->marked = f->replay = true;
  f->note = mem_dup("look");
  f->wall_us = 1234567;
  f->times = (struct flow_times){.start = 1000, .first_byte = 4000, .end = 9000};
  f->client = (struct address){.family = 4, .port = 5, .ip = {127, 0, 0, 1}};
  f->server = (struct address){.family = 4, .port = 8080, .ip = {10, 0, 0, 2}};
  f->state = FLOW_FAILED;
  f->error = ERROR_RESET;
  f->error_text = mem_dup("the server reset the connection");
  return f;
}

static void assert_text(const struct flow *f, const char *name, const char *expected) {
  struct buf out = BUF_INIT;
  const struct field *field = field_find(slice_of(name));
  assert_non_null(field);
  assert_int_equal(field->type, FIELD_TEXT);
  bool there = field->text(f, &out);
  if (there != (expected != NULL) || strcmp(buf_text(&out), expected ? expected : "") != 0)
    fail_msg("%s is \"%s\", expected \"%s\"", name, buf_text(&out), expected ? expected : "(none)");
  buf_clear(&out);
}

static void assert_number(const struct flow *f, const char *name, int64_t expected) {
  const struct field *field = field_find(slice_of(name));
  int64_t value = -77;
  assert_non_null(field);
  assert_true(field->number(f, 8000, &value));
  if (value != expected)
    fail_msg("%s is %lld, expected %lld", name, (long long)value, (long long)expected);
}

static struct process curl(void) {
  static char name[] = "curl", command[] = "curl -sS http://shop.test/";
  return (struct process){.refs = 2, .pid = 4711, .name = name, .command = command}; /* the second is this test's */
}

static void test_process(void **state) {
  (void)state;
  struct process p = curl();
  struct flow *f = rich();
  f->process = &p;
  assert_text(f, "process", "curl");
  assert_text(f, "command", "curl -sS http://shop.test/");
  assert_number(f, "pid", 4711);
  p.command = NULL; /* a process may hide it */
  assert_text(f, "command", NULL);
  flow_free(f);
  assert_int_equal(p.refs, 1);
}

static void test_values(void **state) {
  (void)state;
  struct flow *f = rich();
  assert_text(f, "method", "POST");
  assert_text(f, "url", "http://shop.test:8080/a?b");
  assert_text(f, "scheme", "http");
  assert_text(f, "host", "shop.test");
  assert_text(f, "path", "/a?b");
  assert_text(f, "reason", "Not Here");
  assert_text(f, "type", "json");
  assert_text(f, "client", "127.0.0.1:5");
  assert_text(f, "server", "10.0.0.2:8080");
  assert_text(f, "req.header", "Host: shop.test:8080\r\nX-A: 1\r\n");
  assert_text(f, "resp.header", "Content-Type: application/json\r\n");
  assert_text(f, "header", "Host: shop.test:8080\r\nX-A: 1\r\nContent-Type: application/json\r\n");
  assert_text(f, "req.body", "ask");
  assert_text(f, "resp.body", "{}");
  assert_text(f, "body", "ask{}");
  assert_text(f, "error", "reset: the server reset the connection");
  assert_text(f, "note", "look");
  flow_add_tag(f, "slow");
  flow_add_tag(f, "paid");
  flow_add_tag(f, "slow");
  assert_text(f, "tag", "slow\npaid");
  flow_add_rule(f, "foo");
  assert_text(f, "rule", "foo");
  assert_text(f, "state", "failed");
  assert_number(f, "id", 7);
  assert_number(f, "port", 8080);
  assert_number(f, "status", 404);
  assert_number(f, "size", 2);
  assert_number(f, "req.size", 3);
  assert_number(f, "duration", 8000);
  assert_number(f, "ttfb", 3000);
  assert_number(f, "time", 1234567);
  assert_number(f, "parent", 3);
  assert_number(f, "marked", 1);
  assert_number(f, "paused", 0);
  assert_number(f, "edited", 0);
  assert_number(f, "replay", 1);
  f->paused = FLOW_PAUSED_RESPONSE;
  assert_text(f, "state", "paused");
  assert_number(f, "paused", 1);
  f->times.end = 0;
  assert_number(f, "duration", 7000); /* until now */
  f->kind = FLOW_TUNNEL;
  f->up = 11;
  f->down = 22;
  assert_number(f, "size", 22);
  assert_number(f, "req.size", 11);
  flow_free(f);
}

/* A flow that has only begun: no getter may read what is not there, and texts that are missing leave the buffer alone.
 */
static void test_empty_flow(void **state) {
  (void)state;
  struct flow *f = flow_new();
  static const char *const always[] = {"state", "id", "marked", "paused", "edited", "replay"};
  for (size_t i = 0; i < field_table_n; i++) {
    struct buf out = BUF_INIT;
    int64_t value = 0;
    bool there = field_table[i].text ? field_table[i].text(f, &out) : field_table[i].number(f, 1, &value);
    bool expected = false;
    for (size_t k = 0; k < sizeof always / sizeof *always; k++)
      expected |= strcmp(always[k], field_table[i].name) == 0;
    if (there != expected)
      fail_msg("%s of an empty flow", field_table[i].name);
    assert_true(there || out.n == 0);
    buf_clear(&out);
  }
  flow_free(f);
}

static void test_table(void **state) {
  (void)state;
  for (size_t i = 0; i < field_table_n; i++) {
    const struct field *f = &field_table[i];
    assert_ptr_equal(field_find(slice_of(f->name)), f); /* so no name stands twice */
    assert_true((f->text != NULL) == (f->type == FIELD_TEXT));
    assert_true((f->number != NULL) == (f->type != FIELD_TEXT));
    assert_true(strlen(f->title) > 0 && strlen(f->help) > 5);
  }
  assert_null(field_find(SLICE("nothing")));
  assert_null(field_find(SLICE("ur")));
  assert_null(field_find(SLICE("")));
}

static void test_undecodable_body_is_given_raw(void **state) {
  (void)state;
  struct flow *f = flow_new();
  build_flow(f, "GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n", NULL, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
             "not gzip at all");
  assert_text(f, "resp.body", "not gzip at all");
  flow_free(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_values),
      cmocka_unit_test(test_process),
      cmocka_unit_test(test_empty_flow),
      cmocka_unit_test(test_table),
      cmocka_unit_test(test_undecodable_body_is_given_raw),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
