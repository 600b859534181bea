/* Lines of finished flows: for people, and as JSON that gives the same bytes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "flow_build.h"
#include "weir/base/mem.h"
#include "weir/base/text.h"
#include "weir/file/line.h"

/* ---- reading it back ---- */

static int letter(char c) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const char *at = c ? strchr(letters, c) : NULL;
  return at ? (int)(at - letters) : -1;
}

static void unbase64(const char *text, struct buf *out) {
  uint32_t bits = 0;
  int have = 0;
  assert_int_equal(strlen(text) % 4, 0);
  for (; *text && *text != '='; text++) {
    assert_true(letter(*text) >= 0);
    bits = bits << 6 | (uint32_t)letter(*text);
    have += 6;
    if (have >= 8) {
      have -= 8;
      buf_add_byte(out, (char)(bits >> have));
    }
  }
}

/* The bytes of a value, whichever of its two names it stands under. */
static void get_bytes(const json_t *object, const char *name, struct buf *out) {
  char twin[64];
  snprintf(twin, sizeof twin, "%s_base64", name);
  const json_t *plain = json_object_get(object, name), *coded = json_object_get(object, twin);
  assert_true((plain != NULL) != (coded != NULL));
  if (plain)
    buf_add(out, json_string_value(plain), json_string_length(plain));
  else
    unbase64(json_string_value(coded), out);
}

static void assert_bytes(const json_t *object, const char *name, struct slice expected) {
  struct buf got = BUF_INIT;
  get_bytes(object, name, &got);
  assert_int_equal(got.n, expected.n);
  assert_memory_equal(buf_text(&got), expected.n ? expected.p : "", expected.n);
  buf_clear(&got);
}

static json_t *parse(const struct flow *f, bool bodies) {
  struct buf line = BUF_INIT;
  json_error_t error;
  line_json(f, bodies, &line);
  assert_true(line.n > 2 && line.p[line.n - 1] == '\n');
  assert_ptr_equal(memchr(line.p, '\n', line.n), line.p + line.n - 1); /* one line */
  for (size_t i = 0; i + 1 < line.n; i++)
    assert_true((unsigned char)line.p[i] >= 0x20 && line.p[i] != 0x7f);
  json_t *made = json_loadb(line.p, line.n, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
  if (!made)
    fail_msg("%s at %d of %s", error.text, error.position, line.p);
  buf_clear(&line);
  return made;
}

static void check_headers(const json_t *message, const struct http_head *head) {
  const json_t *list = json_object_get(message, "headers");
  struct http_field field;
  uint32_t at = 0;
  size_t i = 0;
  while (http_head_next(head, &at, &field)) {
    const json_t *pair = json_array_get(list, i++);
    assert_int_equal(json_array_size(pair), 2);
    for (size_t k = 0; k < 2; k++) {
      const json_t *v = json_array_get(pair, k);
      struct slice expected = k ? field.value : field.name;
      struct buf got = BUF_INIT;
      if (json_is_object(v))
        unbase64(json_string_value(json_object_get(v, "base64")), &got);
      else
        buf_add(&got, json_string_value(v), json_string_length(v));
      assert_true(slice_eq(buf_slice(&got), expected));
      buf_clear(&got);
    }
  }
  assert_int_equal(json_array_size(list), i);
}

static void check_message(const json_t *object, const struct flow_message *m, bool bodies) {
  struct buf body = BUF_INIT;
  assert_bytes(object, "head", http_head_raw(&m->head));
  check_headers(object, &m->head);
  body_copy(&m->body, &body);
  if (bodies)
    assert_bytes(object, "body", buf_slice(&body));
  else
    assert_null(json_object_get(object, "body"));
  assert_int_equal(json_integer_value(json_object_get(object, "size")), m->body.seen);
  assert_int_equal(json_integer_value(json_object_get(object, "size_kept")), m->body.kept);
  assert_int_equal(json_integer_value(json_object_get(object, "size_wire")), m->wire);
  buf_clear(&body);
}

static void check(const struct flow *f, bool bodies) {
  json_t *line = parse(f, bodies);
  struct buf url = BUF_INIT;
  flow_url(f, &url);
  assert_bytes(line, "url", buf_slice(&url));
  assert_int_equal(json_integer_value(json_object_get(line, "id")), f->id);
  check_message(json_object_get(line, "request"), &f->request, bodies);
  if (f->response.head.raw)
    check_message(json_object_get(line, "response"), &f->response, bodies);
  else
    assert_true(json_is_null(json_object_get(line, "response")));
  json_decref(line);
  buf_clear(&url);
}

/* ---- cases ---- */

static void test_all_bytes_come_back(void **state) {
  (void)state;
  char all[256], twice[512];
  for (int i = 0; i < 256; i++)
    all[i] = twice[i] = twice[256 + i] = (char)i;
  static const char *const bodies[] = {"",
                                       "plain",
                                       "quote \" and \\ and / \b\f\n\r\t",
                                       "\xe5\xb1\xb1 \xf0\x9f\x98\x80 \xc2\x80",
                                       "\xe2\x80\xae\xe2\x80\xa8\xef\xbb\xbf\xf3\xa0\x80\x81 hidden",
                                       "\xff",
                                       "\xed\xa0\x80",
                                       "\xf4\x90\x80\x80",
                                       "\xc0\xaf",
                                       "cut \xe5\xb1"};
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies + 4; i++) {
    struct flow *f = flow_new();
    build_flow(
        f, "POST /caf\xc3\xa9?\xff HTTP/1.1\r\nHost: shop.test\r\nX-U: caf\xc3\xa9\r\nX-B: \x80\xfe\r\nX-B:\r\n\r\n",
        NULL, "HTTP/1.1 200 \xe2\x80\xae\r\nA: \"\\\t\r\n\r\n", NULL);
    size_t n = sizeof bodies / sizeof *bodies;
    const char *bytes = i < n ? bodies[i] : i < n + 2 ? all : twice;
    size_t size = i < n ? strlen(bytes) : i == n ? 128 : i == n + 1 ? 256 : 512 - (i - n);
    build_body(&f->request.body, bytes, size);
    build_body(&f->response.body, bytes, size);
    f->id = i + 1;
    f->request.wire = 1000;
    check(f, true);
    check(f, false);
    flow_free(f);
  }
}

static void test_no_dangerous_character_stands_raw(void **state) {
  (void)state;
  struct flow *f = build_get("/");
  struct buf line = BUF_INIT;
  body_clear(&f->response.body);
  static const char hidden[] =
      "a\x1b[2J\xc2\x9b\xe2\x80\xae\xe2\x80\x8b\xe2\x81\xa6\xef\xbb\xbf\xf3\xa0\x81\x81z\xe5\xb1\xb1";
  build_body(&f->response.body, hidden, sizeof hidden - 1);
  line_json(f, true, &line);
  line.n--;
  struct buf safe = BUF_INIT;
  text_safe(&safe, buf_slice(&line), TEXT_PLAIN);
  assert_int_equal(safe.n, line.n); /* the sanitiser finds nothing to do */
  assert_memory_equal(safe.p, line.p, safe.n);
  assert_non_null(strstr(safe.p, "\xe5\xb1\xb1")); /* but what can be read stays readable */
  buf_clear(&safe);
  buf_clear(&line);
  check(f, true);
  flow_free(f);
}

static void assert_json(const json_t *object, const char *name, const char *expected) {
  char *text = json_dumps(json_object_get(object, name), JSON_ENCODE_ANY | JSON_COMPACT);
  if (!text || strcmp(text, expected) != 0)
    fail_msg("%s is %s, expected %s", name, text ? text : "(missing)", expected);
  free(text);
}

static void test_what_is_said(void **state) {
  (void)state;
  struct flow *f = flow_new();
  build_flow(f, "POST /a HTTP/1.0\r\nHost: shop.test\r\n\r\n", "ask", "HTTP/1.1 502 Bad\r\n\r\n", NULL);
  f->id = 9;
  f->parent = 4;
  f->replay = true;
  f->wall_us = 1795435267103000;
  f->client = (struct address){.family = 4, .port = 5, .ip = {127, 0, 0, 1}};
  char name[] = "sh\033[2J", command[] = "sh\033[2J -c x";
  struct process sh = {.refs = 2, .pid = 77, .name = name, .command = command};
  f->process = &sh;
  f->times = (struct flow_times){.start = 5000000,
                                 .connect_ns = 1234567,
                                 .request_sent = 6000000,
                                 .first_byte = 10500999,
                                 .end = 12000000,
                                 .paused_ns = 90000000000};
  f->state = FLOW_FAILED;
  f->stage = STAGE_RESPONSE;
  f->error = ERROR_CLOSED;
  f->error_text = mem_dup("the server closed too early");
  f->response.body.seen = 100;
  json_t *line = parse(f, false);
  assert_json(line, "id", "9");
  assert_json(line, "parent", "4");
  assert_json(line, "kind", "\"http\"");
  assert_json(line, "state", "\"failed\"");
  assert_json(line, "time", "\"2026-11-23T12:01:07.103Z\"");
  assert_json(line, "method", "\"POST\"");
  assert_json(line, "host", "\"shop.test\"");
  assert_json(line, "port", "80");
  assert_json(line, "status", "502");
  assert_json(line, "client", "\"127.0.0.1:5\"");
  assert_json(line, "process", "{\"pid\":77,\"name\":\"sh\\u001B[2J\",\"command\":\"sh\\u001B[2J -c x\"}");
  assert_json(line, "server", "null");
  assert_json(line, "replay", "true");
  assert_json(line, "edited", "false");
  assert_json(line, "note", "null");
  assert_null(json_object_get(line, "rules"));
  assert_json(line, "error", "{\"stage\":\"response\",\"code\":\"closed\",\"text\":\"the server closed too early\"}");
  const json_t *timings = json_object_get(line, "timings");
  assert_true(json_real_value(json_object_get(timings, "connect")) == 1.234);
  assert_true(json_real_value(json_object_get(timings, "first_byte")) == 5.5);
  assert_true(json_real_value(json_object_get(timings, "paused")) == 90000);
  assert_json(timings, "request_end", "null");
  const json_t *request = json_object_get(line, "request"), *response = json_object_get(line, "response");
  assert_json(request, "http_version", "\"1.0\"");
  assert_null(json_object_get(request, "status"));
  assert_json(response, "status", "502");
  assert_json(response, "reason", "\"Bad\"");
  assert_json(response, "size", "100");
  assert_json(response, "size_kept", "0");
  json_decref(line);
  flow_free(f);
}

static void test_edited_and_decoded(void **state) {
  (void)state;
  static const unsigned char gz[] = {0x1f, 0x8b, 0x08, 0, 0,    0,    0,    0,    0,    0x03, 0xcb, 0x48, 0xcd,
                                     0xc9, 0xc9, 0x07, 0, 0x86, 0xa6, 0x10, 0x36, 0x05, 0,    0,    0};
  struct flow *f = flow_new();
  build_flow(f, "GET /old HTTP/1.1\r\nHost: shop.test\r\n\r\n", NULL,
             "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", NULL);
  build_body(&f->response.body, gz, sizeof gz);
  f->request.sent = mem_zero(1, sizeof *f->request.sent);
  f->request.sent->body_changed = true;
  build_head(&f->request.sent->head, HTTP_REQUEST, "PUT /new HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  build_body(&f->request.sent->body, "\xff\x00new", 5);
  json_t *line = parse(f, true);
  const json_t *request = json_object_get(line, "request"), *response = json_object_get(line, "response");
  const json_t *sent = json_object_get(request, "sent");
  assert_json(line, "edited", "true");
  assert_json(line, "method", "\"PUT\"");
  assert_bytes(request, "head", http_head_raw(&f->request.head));
  assert_bytes(sent, "head", http_head_raw(&f->request.sent->head));
  assert_bytes(sent, "body", SLICE("\xff\0new"));
  assert_null(json_object_get(response, "sent"));
  assert_bytes(response, "body", slice_make((const char *)gz, sizeof gz));
  assert_bytes(response, "body_decoded", SLICE("hello"));
  assert_json(response, "size_decoded", "5");
  json_decref(line);
  flow_free(f);
}

static void test_tunnel(void **state) {
  (void)state;
  struct flow *f = flow_new();
  struct buf text = BUF_INIT;
  build_head(&f->request.head, HTTP_REQUEST, "CONNECT pay.test:443 HTTP/1.1\r\nHost: pay.test:443\r\n\r\n");
  flow_set_target(f, "http", SLICE("pay.test"), 443);
  f->kind = FLOW_TUNNEL;
  f->state = FLOW_DONE;
  f->up = 1000;
  f->down = 2048;
  json_t *line = parse(f, false);
  assert_json(line, "kind", "\"tunnel\"");
  assert_json(line, "url", "\"pay.test:443\"");
  assert_json(line, "bytes_up", "1000");
  assert_json(line, "bytes_down", "2048");
  json_decref(line);
  line_text(f, &text);
  assert_non_null(strstr(text.p, "CONNECT - pay.test:443 tunnel up 1.0k down 2.0k"));
  f->quiet = true;
  f->state = FLOW_DONE;
  buf_reset(&text);
  line_text(f, &text);
  assert_non_null(strstr(buf_text(&text), "down 2.0k closed after the handshake"));
  buf_clear(&text);
  flow_free(f);
}

static struct secure_facts *facts(bool server) {
  struct secure_facts *s = secure_facts_new();
  s->server = server;
  snprintf(s->version, sizeof s->version, "TLSv1.3");
  snprintf(s->cipher, sizeof s->cipher, "TLS_AES_256_GCM_SHA384");
  snprintf(s->alpn, sizeof s->alpn, "http/1.1");
  snprintf(s->alpn_offered, sizeof s->alpn_offered, server ? "h2, http/1.1" : "http/1.1");
  s->sni = mem_dup("api.test");
  s->handshake_ns = 2500000;
  s->certificates = 1;
  struct secure_certificate *c = s->certificate;
  c->subject = mem_dup(server ? "CN=api.test" : "CN=\x1b]0;\xff");
  c->issuer = mem_dup("CN=Root");
  c->names = mem_dup("api.test, a\\2Cb.test, 127.0.0.1");
  c->not_before = 1795435267;
  c->not_after = INT64_C(1) << 40; /* after the year 9999 */
  snprintf(c->fingerprint, sizeof c->fingerprint, "9F:31");
  snprintf(c->key, sizeof c->key, "EC P-256");
  return s;
}

static void test_tls_of_both_sides(void **state) {
  (void)state;
  struct flow *f = build_get("/");
  json_t *line = parse(f, false);
  assert_json(line, "tls", "null");
  assert_null(json_object_get(line, "untouched"));
  json_decref(line);
  f->client_tls = facts(true);
  line = parse(f, false);
  const json_t *client = json_object_get(json_object_get(line, "tls"), "client");
  assert_json(json_object_get(line, "tls"), "server", "null");
  assert_json(client, "version", "\"TLSv1.3\"");
  assert_json(client, "cipher", "\"TLS_AES_256_GCM_SHA384\"");
  assert_json(client, "alpn", "\"http/1.1\"");
  assert_json(client, "alpn_offered", "[\"h2\",\"http/1.1\"]");
  assert_json(client, "sni", "\"api.test\"");
  assert_json(client, "resumed", "false");
  assert_json(client, "handshake", "2.5");
  assert_null(json_object_get(client, "verified")); /* weir asks clients for nothing */
  const json_t *shown = json_array_get(json_object_get(client, "certificates"), 0);
  assert_json(shown, "subject", "\"CN=api.test\"");
  assert_json(shown, "issuer", "\"CN=Root\"");
  assert_json(shown, "names", "[\"api.test\",\"a\\\\2Cb.test\",\"127.0.0.1\"]");
  assert_json(shown, "not_before", "\"2026-11-23T12:01:07Z\"");
  assert_json(shown, "not_after", "null");
  assert_json(shown, "sha256", "\"9F:31\"");
  assert_json(shown, "key", "\"EC P-256\"");
  json_decref(line);
  flow_free(f);
}

static void test_a_server_that_was_not_verified(void **state) {
  (void)state;
  struct flow *f = build_get("/");
  struct buf text = BUF_INIT;
  f->server_tls = facts(false);
  f->server_tls->verified = true;
  f->times.tls_ns = 1500000;
  line_text(f, &text);
  assert_null(strstr(text.p, "verified"));
  assert_null(strstr(text.p, "h2"));
  f->server_tls->verified = false;
  f->server_tls->insecure = true;
  f->server_tls->wanted = true;
  f->server_tls->shown = mem_dup("CN=me");
  f->server_tls->problem = mem_dup("api.test: certificate expired on 2026-01-02");
  f->client_tls = facts(true);
  buf_reset(&text);
  line_text(f, &text);
  assert_non_null(strstr(text.p, " not verified h2 wanted\n"));
  json_t *line = parse(f, false);
  const json_t *server = json_object_get(json_object_get(line, "tls"), "server");
  assert_json(server, "handshake", "2.5");
  assert_json(server, "handshake_waited", "1.5");
  assert_json(server, "verified", "false");
  assert_json(server, "insecure", "true");
  assert_json(server, "problem", "\"api.test: certificate expired on 2026-01-02\"");
  assert_json(server, "client_certificate_wanted", "true");
  assert_json(server, "client_certificate", "\"CN=me\"");
  assert_bytes(json_array_get(json_object_get(server, "certificates"), 0), "subject", SLICE("CN=\x1b]0;\xff"));
  json_decref(line);
  buf_clear(&text);
  flow_free(f);
}

static void test_how_tls_failed(void **state) {
  (void)state;
  struct flow *f = flow_new();
  build_head(&f->request.head, HTTP_REQUEST, "CONNECT pay.test:443 HTTP/1.1\r\nHost: pay.test:443\r\n\r\n");
  flow_set_target(f, "https", SLICE("pay.test"), 443);
  f->kind = FLOW_TUNNEL;
  f->state = FLOW_FAILED;
  f->stage = STAGE_TLS;
  f->error = ERROR_TLS;
  f->error_kind = "client_rejected";
  f->os_error = 48;
  f->error_cure = mem_dup("--tls-min 1.1");
  f->client_tls = secure_facts_new(); /* nothing was agreed */
  f->client_tls->server = true;
  json_t *line = parse(f, false);
  assert_json(line, "error",
              "{\"stage\":\"tls\",\"code\":\"tls\",\"kind\":\"client_rejected\",\"alert\":\"unknown_ca\",\"text\":null,"
              "\"cure\":\"--tls-min 1.1\"}");
  const json_t *client = json_object_get(json_object_get(line, "tls"), "client");
  assert_json(client, "version", "null");
  assert_json(client, "sni", "null");
  assert_json(client, "alpn_offered", "[]");
  assert_json(line, "untouched", "false");
  json_decref(line);
  f->untouched = true;
  line = parse(f, false);
  assert_json(line, "untouched", "true");
  json_decref(line);
  struct buf text = BUF_INIT;
  line_text(f, &text);
  assert_non_null(strstr(text.p, " pay.test:443 untouched tunnel up "));
  buf_clear(&text);
  flow_free(f);
}

static void test_refused(void **state) {
  (void)state;
  static const char *const heads[] = {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "\x16\x03\x01\xff"};
  for (size_t i = 0; i < 2; i++) {
    struct flow *f = flow_new();
    build_body(&f->request.body, heads[i], strlen(heads[i]));
    f->state = FLOW_FAILED;
    json_t *o = parse(f, false);
    assert_bytes(o, "refused", slice_of(heads[i]));
    assert_true(json_is_null(json_object_get(o, "request")));
    assert_null(json_object_get(o, "refused_response"));
    json_decref(o);
    build_head(&f->request.head, HTTP_REQUEST, "GET http://shop.test/ HTTP/1.1\r\nHost: shop.test\r\n\r\n");
    build_body(&f->response.body, heads[i], strlen(heads[i]));
    o = parse(f, false);
    assert_bytes(o, "refused_response", slice_of(heads[i]));
    assert_null(json_object_get(o, "refused"));
    assert_true(json_is_null(json_object_get(o, "response")));
    json_decref(o);
    flow_free(f);
  }
}

static void test_what_rules_did(void **state) {
  (void)state;
  struct flow *f = build_get("/");
  struct buf text = BUF_INIT;
  flow_add_tag(f, "slow");
  flow_add_rule(f, "a");
  flow_add_rule(f, "b");
  flow_add_says(f, "no\nsuch file");
  flow_add_says(f, "cut");
  line_text(f, &text);
  assert_non_null(strstr(text.p, " (no^Jsuch file; cut)\n"));
  json_t *line = parse(f, false);
  assert_json(line, "tags", "[\"slow\"]");
  assert_json(line, "rules", "[\"a\",\"b\"]");
  assert_json(line, "rule_says", "\"no\\nsuch file; cut\"");
  json_decref(line);
  buf_clear(&text);
  flow_free(f);
}

static void test_line_for_people(void **state) {
  (void)state;
  struct flow *f = build_get("/a?b=\xe2\x80\xae\xff");
  struct buf text = BUF_INIT;
  f->times.end = f->times.start + 3000000;
  line_text(f, &text);
  assert_non_null(strstr(text.p, " GET 200 http://shop.test/a?b=<202E>\\xff text 5 3ms\n"));
  buf_reset(&text);
  f->state = FLOW_FAILED;
  f->error = ERROR_TIMEOUT;
  f->error_text = mem_dup("no answer\x1b[2J in 5 s\nfake line");
  f->parent = 3;
  line_text(f, &text);
  assert_non_null(strstr(text.p, " GET timeout http://shop.test/"));
  assert_non_null(strstr(text.p, " resend of #3: no answer^[[2J in 5 s^Jfake line\n"));
  assert_ptr_equal(strchr(text.p, '\n'), text.p + text.n - 1);
  buf_clear(&text);
  flow_free(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_all_bytes_come_back),
      cmocka_unit_test(test_no_dangerous_character_stands_raw),
      cmocka_unit_test(test_what_is_said),
      cmocka_unit_test(test_edited_and_decoded),
      cmocka_unit_test(test_tunnel),
      cmocka_unit_test(test_tls_of_both_sides),
      cmocka_unit_test(test_a_server_that_was_not_verified),
      cmocka_unit_test(test_how_tls_failed),
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_what_rules_did),
      cmocka_unit_test(test_line_for_people),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
