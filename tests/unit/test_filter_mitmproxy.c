/*
 * Expressions written for mitmproxy must mean the same here: each of them over the same forty flows, by weir and by the
 * mitmproxy of the system. Skipped where there is none. Where weir departs on purpose stands at the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>
#include <unistd.h>

#include "flow_build.h"
#include "weir/base/mem.h"
#include "weir/filter/filter.h"

enum { FLOWS = 40 };

static const char *const expressions[] = {
    /* each operator */
    "~u /api",
    "~u ^http://shop\\.test/",
    "~u :8080",
    "~u \"\\\\?page=[0-9]+$\"",
    "~d shop",
    "~d ^shop.test$",
    "~d test$",
    "~m POST",
    "~m ^(PUT",
    "~m ^P",
    "~m post|put",
    "~c 200",
    "~c 404",
    "~c 500",
    "~c 999",
    "~h x-id",
    "~h \"x-id: [37]\"",
    "~h nginx|apache",
    "~hq cookie",
    "~hq ^host:",
    "~hs cookie",
    "~hs set-cookie",
    "~hs \"^server: n\"",
    "~h \"^ *accept\"",
    "~b error",
    "~b user.*password",
    "~b ^$",
    "~b .",
    "~bq user",
    "~bs user",
    "~bs \"^.error\"",
    "~bs \"\\\\xe9\"",
    "~bq \"=1$\"",
    "~t json",
    "~t \"image|css\"",
    "~tq json",
    "~ts json",
    "~ts ^text/",
    "~a",
    "~e",
    "~q",
    "~s",
    "~marked",
    "~replay",
    "~http",
    "~all",
    "~comment slow",
    "~comment ^look",
    "~comment \"\"",
    "~src 127.0.0.1",
    "~src :4000[1-5]$",
    "~dst shop.test:80",
    "~dst :8080$",
    "~tcp",
    /* words and quotes */
    "login",
    "LOGIN",
    "login|users",
    "'login'",
    "\"a b\"",
    "\"lo\\gin\"",
    "\"\"",
    "a.c",
    "[a-c]2",
    "~u \"img/(a|b)\"",
    "~u caf\xc3\xa9",
    /* and, or, not, brackets */
    "~m GET & ~c 200",
    "~m GET ~c 200",
    "~m GET~c 200",
    "~c 200 | ~c 404",
    "~c 200 |~c 404",
    "~m GET & ~u api | ~c 500",
    "~c 500 | ~m GET & ~u api",
    "!~s",
    "! ~s",
    "!!~s",
    "!~m GET",
    "!~m GET & ~c 200",
    "!~m GET|POST",
    "!(~c 200)",
    "!(~c 200 | ~c 404)",
    "(~c 200 | ~c 404) ~m GET",
    "~m GET (~c 200 | ~c 404)",
    "(~m GET)(~c 200)",
    "~u !x",
    "~u a&b",
    "~m GET|POST ~u api",
    "~u login|users ~c 200",
    "~q & ~e",
    "~q & !~e",
    "~e | ~a",
    "~marked | ~replay | ~c 500",
    "~t json & !~bs error & ~d api",
    "(((~c 200)))",
    "((~m GET & ~c 200) | (~m POST & ~c 404)) & ~d shop",
    "api & !users & ~s",
    "~b \"a|b\" ~m POST",
    /* words that mean something else where no operator stands beside them */
    "GET & ~s",
    "~s & 404",
    "~s & api & reset",
    "~all & paused",
    "~m GET & \"login\"",
    "~m POST & user",
    "~s & -logo",
    "~all & -b",
    "~all & 2",
    "~all & 3$",
    "~c 200 & users|login",
    "!GET & ~s",
    "~all & a2",
    "~all & .png",
    "~all & \\.png$",
    "~all & ^http",
    "~all & shop.test/api",
    "~all & :8080",
    "~e | ws",
    /* no expression at all */
    "~foo",
    "~u",
    "~c abc",
    "\"open",
    "(a",
    "a)",
    "~u (a)",
    "~u ~c 200",
    "~c200",
};
enum { EXPRESSIONS = sizeof expressions / sizeof *expressions };

/* ---- the flows, once as JSON for mitmproxy, once as weir's own ---- */

static const char *pick(const char *const *from, size_t n, size_t i) {
  return from[i % n];
}
#define PICK(list, i) pick(list, sizeof list / sizeof *list, i)

/* One object; headers as [[name, value], ...]. */
static json_t *describe(unsigned i) {
  static const char *const methods[] = {"GET", "GET", "POST", "GET", "PUT", "DELETE", "POST"};
  static const char *const hosts[] = {"shop.test", "api.shop.test", "cdn.example", "10.0.0.7", "shop.test"};
  static const char *const paths[] = {
      "/",          "/api/users?page=2", "/login",       "/img/a.png",   "/api/fail",   "/static/app.css",
      "/a%20b/abc", "/img/b.png",        "/caf\xc3\xa9", "/api/users/3", "/x/a2?a&b=!x"};
  static const char *const types[] = {
      "application/json", "text/html", "image/png", "text/css", "application/json; charset=utf-8", "text/javascript"};
  static const char *const bodies[] = {
      "{\"user\": \"ann\",\n \"password\": \"x\"}", "{error}", "", "caf\xc3\xa9", "a=1&b=2", "\n\n", "user", "x=1"};
  static const char *const servers[] = {"nginx", "Apache/2.4", "weir"};
  static const int codes[] = {200, 200, 404, 0, 500, 304, 201, 200};
  int status = codes[i % 8];
  char id[16];
  snprintf(id, sizeof id, "%u", i);
  json_t *d =
      json_pack("{s:s, s:s, s:i, s:s, s:s, s:b, s:b, s:b, s:[s,i], s:s}", "method", PICK(methods, i), "host",
                PICK(hosts, i / 2), "port", i % 7 == 3 ? 8080 : 80, "path", PICK(paths, i * 3 + i / 11), "request_body",
                PICK(bodies, i * 5 + 2), "error", status == 0 && i % 16 == 3, "marked", i % 9 == 4, "replay",
                i % 10 == 6, "client", i % 2 ? "127.0.0.1" : "192.168.1.20", 40000 + (int)i % 11, "note",
                i % 6 == 1   ? "slow\nlook here"
                : i % 6 == 2 ? "look"
                             : "");
  assert_non_null(d);
  char host[64];
  int port = (int)json_integer_value(json_object_get(d, "port"));
  snprintf(host, sizeof host, port == 80 ? "%s" : "%s:%d", PICK(hosts, i / 2), port);
  json_object_set_new(d, "request_headers",
                      json_pack("[[ss],[ss],[ss]]", "Host", host, i % 3 ? "X-Id" : "Cookie", id,
                                i % 4 ? "Accept" : "Content-Type", i % 4 ? "*/*" : PICK(types, i)));
  if (!status) {
    json_object_set_new(d, "status", json_null());
    return d;
  }
  json_object_set_new(d, "status", json_integer(status));
  json_object_set_new(d, "response_headers",
                      json_pack("[[ss],[ss],[ss]]", "Server", PICK(servers, i), i % 5 ? "X-Any" : "Set-Cookie",
                                "user=1", i % 7 == 6 ? "X-Type" : "content-type", PICK(types, i + 1)));
  json_object_set_new(d, "response_body", json_string(PICK(bodies, i * 3)));
  return d;
}

/* JSON text is UTF-8, and the other side turns each character into one byte: so each byte must be one character. */
static json_t *as_latin1(json_t *value) {
  if (json_is_string(value)) {
    struct buf out = BUF_INIT;
    for (const char *c = json_string_value(value); *c; c++) {
      unsigned char byte = (unsigned char)*c;
      if (byte >= 0x80)
        buf_printf(&out, "%c%c", 0xc0 | byte >> 6, 0x80 | (byte & 0x3f));
      else
        buf_add_byte(&out, *c);
    }
    json_t *made = json_string(buf_text(&out));
    buf_clear(&out);
    return made;
  }
  json_t *copy = json_copy(value);
  const char *key;
  size_t index;
  json_t *child;
  if (json_is_object(value))
    json_object_foreach(value, key, child) json_object_set_new(copy, key, as_latin1(child));
  else if (json_is_array(value))
    json_array_foreach(value, index, child) json_array_set_new(copy, index, as_latin1(child));
  return copy;
}

static const char *text_of(const json_t *d, const char *key) {
  return json_string_value(json_object_get(d, key));
}

static void put_headers(struct buf *head, const json_t *headers) {
  size_t index;
  json_t *pair;
  json_array_foreach(headers, index, pair) {
    buf_printf(head, "%s: %s\r\n", json_string_value(json_array_get(pair, 0)),
               json_string_value(json_array_get(pair, 1)));
  }
  buf_add_text(head, "\r\n");
}

static struct flow *make(const json_t *d, unsigned i) {
  struct flow *f = flow_new();
  struct buf request = BUF_INIT, response = BUF_INIT;
  int port = (int)json_integer_value(json_object_get(d, "port"));
  int status = (int)json_integer_value(json_object_get(d, "status"));
  buf_printf(&request, "%s http://%s:%d%s HTTP/1.1\r\n", text_of(d, "method"), text_of(d, "host"), port,
             text_of(d, "path"));
  put_headers(&request, json_object_get(d, "request_headers"));
  if (status) {
    buf_printf(&response, "HTTP/1.1 %d Reason\r\n", status);
    put_headers(&response, json_object_get(d, "response_headers"));
  }
  build_flow(f, buf_text(&request), text_of(d, "request_body"), status ? buf_text(&response) : NULL,
             status ? text_of(d, "response_body") : NULL);
  buf_clear(&request);
  buf_clear(&response);
  flow_set_target(f, "http", slice_of(text_of(d, "host")), (uint16_t)port);
  f->id = i + 1;
  f->marked = json_is_true(json_object_get(d, "marked"));
  f->replay = json_is_true(json_object_get(d, "replay"));
  if (json_is_true(json_object_get(d, "error"))) {
    f->state = FLOW_FAILED;
    f->error = ERROR_REFUSED;
  }
  f->note = *text_of(d, "note") ? mem_dup(text_of(d, "note")) : NULL;
  const json_t *client = json_object_get(d, "client");
  assert_true(address_parse(slice_of(json_string_value(json_array_get(client, 0))),
                            (uint16_t)json_integer_value(json_array_get(client, 1)), &f->client));
  return f;
}

/* ---- both answers ---- */

static void ask_weir(const char *text, struct flow *const *flows, struct buf *out) {
  struct err err = ERR_INIT;
  struct filter *f = filter_compile(slice_of(text), &err);
  if (!f) {
    buf_add_text(out, "error");
    return;
  }
  for (unsigned i = 0; i < FLOWS; i++)
    if (filter_match(f, flows[i], NULL))
      buf_printf(out, "%s%u", out->n ? " " : "", i + 1);
  filter_free(f);
}

static void write_question(const char *path, json_t *flows) {
  json_t *list = json_array();
  for (unsigned i = 0; i < EXPRESSIONS; i++)
    json_array_append_new(list, json_string(expressions[i]));
  json_t *question = json_pack("{s:o, s:o}", "flows", as_latin1(flows), "expressions", list);
  assert_non_null(question);
  assert_int_equal(json_dump_file(question, path, 0), 0);
  json_decref(question);
}

static void compare(FILE *answers, struct flow *const *flows) {
  char line[1024];
  unsigned differ = 0, telling = 0;
  for (unsigned i = 0; i < EXPRESSIONS; i++) {
    struct buf ours = BUF_INIT;
    if (!fgets(line, sizeof line, answers))
      fail_msg("mitmproxy gave %u answers of %d", i, (int)EXPRESSIONS);
    line[strcspn(line, "\n")] = 0;
    ask_weir(expressions[i], flows, &ours);
    telling += *line && strcmp(line, "error") != 0;
    if (strcmp(line, buf_text(&ours)) != 0) {
      print_error("%s\n  mitmproxy: %s\n  weir:      %s\n", expressions[i], line, buf_text(&ours));
      differ++;
    }
    buf_clear(&ours);
  }
  assert_int_equal(differ, 0);
  assert_true(telling >= 60); /* expressions that match something */
}

static void test_same_as_mitmproxy(void **state) {
  (void)state;
  struct flow *flows[FLOWS];
  char path[] = "/tmp/weir-filter-XXXXXX", command[128];
  if (system("/usr/bin/python3 -c 'import mitmproxy' >/dev/null 2>&1") != 0)
    skip();
  json_t *list = json_array();
  for (unsigned i = 0; i < FLOWS; i++) {
    json_t *d = describe(i);
    flows[i] = make(d, i);
    json_array_append_new(list, d);
  }
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
  write_question(path, list);
  json_decref(list);
  snprintf(command, sizeof command, "/usr/bin/python3 tests/data/mitmproxy_filter.py <%s", path);
  FILE *answers = popen(command, "r");
  assert_non_null(answers);
  compare(answers, flows);
  assert_int_equal(pclose(answers), 0);
  unlink(path);
  for (unsigned i = 0; i < FLOWS; i++)
    flow_free(flows[i]);
}

/* On purpose: terms side by side bind tighter than " | ", as & does (there: looser); brackets may hold them; a word
 * operator may stand right before a bracket; a lonely & or | is an error, no pattern; and ~a knows media types whatever
 * their case. */
static void test_departures(void **state) {
  (void)state;
  static const char *const pairs[][2] = {
      {"~m GET ~u a | ~u b", "(~m GET & ~u a) | ~u b"}, {"(a b)", "a & b"}, {"(~a)", "~a"}};
  struct flow *flows[FLOWS];
  for (unsigned i = 0; i < FLOWS; i++) {
    json_t *d = describe(i);
    flows[i] = make(d, i);
    json_decref(d);
  }
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    struct buf one = BUF_INIT, two = BUF_INIT;
    ask_weir(pairs[i][0], flows, &one);
    ask_weir(pairs[i][1], flows, &two);
    assert_true(one.n > 0);
    assert_string_equal(buf_text(&one), buf_text(&two));
    buf_clear(&one);
    buf_clear(&two);
  }
  struct err err = ERR_INIT;
  assert_null(filter_compile(SLICE("a &"), &err));
  assert_null(filter_compile(SLICE("| a"), &err));
  for (unsigned i = 0; i < FLOWS; i++)
    flow_free(flows[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_same_as_mitmproxy),
      cmocka_unit_test(test_departures),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
