/* Golden screens: what weir shows, cell by cell, from a store that a script has filled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"
#include "weir/base/log.h"
#include "weir/base/mem.h"
#include "weir/http/message.h"

static void nothing_yet(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_golden(&s, "first_run_120x36");
  terminal_fake_resize(s.t, 80, 24);
  screen_golden(&s, "first_run_80x24");
  terminal_fake_resize(s.t, 40, 10);
  screen_golden(&s, "first_run_40x10");
  screen_close(&s);
}

static void list_sizes(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "5 j");
  screen_golden(&s, "list_preview_120x36");
  screen_keys(&s, "\\");
  screen_golden(&s, "list_120x36");
  terminal_fake_resize(s.t, 80, 24);
  screen_golden(&s, "list_80x24");
  terminal_fake_resize(s.t, 40, 10);
  screen_golden(&s, "list_40x10");
  terminal_fake_resize(s.t, 29, 5);
  screen_golden(&s, "list_29x5");
  screen_close(&s);
}

/* Where there is room, a column says who sent it: programs of this machine, other machines, weir itself. */
static void programs(void **state) {
  struct screen s;
  (void)state;
  static char curl_name[] = "curl", long_name[] = "a-program-with-a-long-name", hostile_name[] = "\033[2Jevil\n";
  static struct process process[] = {
      {.refs = 9, .pid = 7, .name = curl_name}, {.refs = 9, .name = long_name}, {.refs = 9, .name = hostile_name}};
  screen_open(&s, 150, 14);
  for (int i = 0; i < 6; i++) {
    struct flow *f = screen_flow(
        &s, &(struct script){
                .method = "GET", .host = "shop.test", .path = "/poll", .status = 204, .reason = "No Content", .ms = 5});
    f->process = i < 3 ? process_ref(&process[i]) : NULL;
    f->replay = i == 3;
    f->client = i == 4 ? (struct address){.family = 4, .ip = {192, 168, 1, 7}} : f->client;
    store_touch(s.w.store, f, FLOW_CHANGED_CLIENT);
  }
  screen_turn(&s);
  screen_golden(&s, "list_programs_150x14");
  screen_keys(&s, "f");
  screen_type(&s, "process:curl");
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "1/6"));
  screen_close(&s);
}

static void following(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 80, 24);
  for (int i = 0; i < 40; i++)
    screen_flow(
        &s, &(struct script){
                .method = "GET", .host = "shop.test", .path = "/poll", .status = 204, .reason = "No Content", .ms = 5});
  screen_golden(&s, "list_following_80x24");
  screen_close(&s);
}

static void filter_prompt(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 100, 30);
  screen_shop(&s);
  screen_keys(&s, "G f");
  screen_type(&s, "~m POST & ~u login");
  screen_golden(&s, "filter_live_100x30");
  screen_type(&s, " (");
  screen_golden(&s, "filter_wrong_100x30");
  screen_keys(&s, "Esc");
  assert_true(screen_has(&s, "flows 17/17"));
  screen_keys(&s, "f");
  screen_type(&s, "~m POST & ~u login");
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "flows 3/17"));
  terminal_fake_resize(s.t, 60, 12);
  screen_keys(&s, "f");
  screen_type(&s, " & (");
  screen_golden(&s, "filter_wrong_60x12");
  screen_close(&s);
}

static void add_paused(struct screen *s) {
  struct flow *f = screen_flow(s, &(struct script){.method = "POST",
                                                   .host = "api.shop.test",
                                                   .path = "/api/cart",
                                                   .fields = "Content-Type: application/json\r\nContent-Length: 31\r\n",
                                                   .body = "{\"user\":\"ann\",\"password\":\"bad\"}"});
  screen_pause(s, f, FLOW_PAUSED_REQUEST, 41 * CLOCK_S);
  struct flow_pause *pause = mem_zero(1, sizeof *pause);
  *pause = (struct flow_pause){.why = mem_dup("POST path=/api/cart host=api.shop.test"),
                               .once = true,
                               .end = PAUSE_SENDS,
                               .after = 60 * CLOCK_S,
                               .until = s->now + 19 * CLOCK_S};
  flow_set_pause(f, pause);
  f = screen_flow(s, &(struct script){.method = "GET",
                                      .host = "api.shop.test",
                                      .path = "/api/cart",
                                      .status = 409,
                                      .reason = "Conflict",
                                      .response_fields = "Content-Type: application/json\r\n",
                                      .response_body = "{\"error\":1}",
                                      .ms = 3});
  screen_pause(s, f, FLOW_PAUSED_RESPONSE, 3 * CLOCK_S);
  f->client_gone = true;
  screen_turn(s);
}

static void paused(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_keys(&s, "F3");
  screen_golden(&s, "paused_none_120x36");
  screen_keys(&s, "q");
  screen_shop(&s);
  assert_true(intercept_set(s.w.rules, "~u cart", NULL));
  add_paused(&s);
  screen_keys(&s, "g g f");
  screen_type(&s, "~c 404");
  screen_keys(&s, "Enter");
  screen_golden(&s, "paused_under_filter_120x36");
  screen_keys(&s, "F3");
  screen_golden(&s, "paused_120x36");
  screen_keys(&s, "J");
  assert_true(screen_has(&s, "client gone: a sends nothing, r sends it again"));
  terminal_fake_resize(s.t, 80, 24);
  screen_keys(&s, "K");
  screen_golden(&s, "paused_80x24");
  terminal_fake_resize(s.t, 40, 10);
  screen_golden(&s, "paused_40x10");
  terminal_fake_resize(s.t, 80, 24);
  screen_keys(&s, "q q");
  screen_golden(&s, "quit_80x24");
  screen_close(&s);
}

static void detail(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "6 j Enter");
  screen_golden(&s, "detail_120x36");
  screen_keys(&s, "v");
  screen_golden(&s, "detail_raw_120x36");
  screen_keys(&s, "x Tab");
  screen_golden(&s, "detail_hex_120x36");
  terminal_fake_resize(s.t, 80, 24);
  screen_keys(&s, "Tab x");
  screen_golden(&s, "detail_80x24");
  screen_keys(&s, "/");
  screen_type(&s, "to");
  screen_golden(&s, "detail_find_80x24");
  screen_keys(&s, "Esc Tab");
  screen_golden(&s, "detail_request_80x24");
  terminal_fake_resize(s.t, 40, 10);
  screen_golden(&s, "detail_40x10");
  terminal_fake_resize(s.t, 120, 36);
  screen_keys(&s, "q g g 1 3 j Enter");
  screen_golden(&s, "detail_failed_120x36");
  screen_close(&s);
}

static void edited(void **state) {
  struct screen s;
  struct flow *f;
  struct flow_edit *e = mem_zero(1, sizeof *e);
  struct http_fault fault;
  (void)state;
  screen_open(&s, 120, 36);
  f = screen_flow(&s, &(struct script){.method = "POST",
                                       .host = "shop.test",
                                       .path = "/login",
                                       .fields = "Accept: */*\r\nX-Gone: 1\r\nContent-Length: 3\r\n",
                                       .body = "bad",
                                       .status = 200,
                                       .reason = "OK",
                                       .ms = 3});
  const char head[] = "POST http://shop.test/login HTTP/1.1\r\nHost: shop.test\r\nAccept: */*\r\nX-Debug: "
                      "1\r\nContent-Length: 6\r\n\r\n";
  assert_true(http_head_parse(HTTP_REQUEST, slice_of(head), &e->head, &fault));
  body_add(&e->body, "secret", 6, UINT64_MAX, 0);
  e->body_changed = true;
  f->request.sent = e;
  store_touch(s.w.store, f, FLOW_CHANGED_EDIT);
  screen_turn(&s);
  screen_keys(&s, "Enter Tab");
  screen_golden(&s, "edited_sent_120x36");
  screen_keys(&s, "O");
  screen_golden(&s, "edited_original_120x36");
  screen_close(&s);
}

static void help(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "?");
  screen_golden(&s, "help_120x36");
  screen_type(&s, "pau");
  screen_golden(&s, "help_search_120x36");
  screen_keys(&s, "Esc");
  terminal_fake_resize(s.t, 80, 24);
  screen_keys(&s, "Enter F1");
  screen_golden(&s, "help_detail_80x24");
  screen_close(&s);
}

static void log_says_what_to_do(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  log_write(LOG_WARN, "proxy", 14, NULL, "nosuch.invalid: name not known");
  screen_keys(&s, "F7");
  assert_true(screen_has(&s, "[All]  Problems 1"));
  assert_true(screen_has(&s, "Likely cause   a typing error, a name that only another network knows"));
  assert_true(screen_has(&s, "What to do     look at the spelling; getent hosts"));
  assert_true(screen_has(&s, " 1 line, following"));
  screen_keys(&s, "Enter");
  assert_true(screen_has(&s, "http://nosuch.invalid/"));
  screen_close(&s);
}

static void log_lines(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  log_write(LOG_INFO, "proxy", 0, NULL, "listening on 127.0.0.1:8888");
  log_write(LOG_WARN, "proxy", 10, NULL, "api.shop.test answered 500 to GET /api/fail");
  log_write(LOG_ERROR, "write", 0, "make room and start weir again",
            "out.jsonl: nothing more is written to it \033[2J");
  screen_keys(&s, "F7");
  char *text = screen_text(&s);
  assert_non_null(strstr(text, "answered 500 to GET /api/fail"));
  assert_non_null(strstr(text, "What to do     make room and start weir again"));
  assert_non_null(strstr(text, "written to it ^[[2J"));
  free(text);
  screen_keys(&s, "!");
  assert_false(screen_has(&s, "listening on"));
  screen_close(&s);
}

static void hostile(void **state) {
  struct screen s;
  (void)state;
  const char body[] =
      "{\"a\":\"\033]52;c;QUJD\a\",\"b\":\"\xe2\x80\xaetxt.exe\",\"c\":\"\x9b\x31m\xff\xfe\r\x08\"}\nline \033[2J\tend";
  screen_open(&s, 120, 36);
  struct flow *f =
      screen_flow(&s, &(struct script){.method = "GET",
                                       .host = "evil.test",
                                       .path = "/\xe2\x80\xae"
                                               "fdp\xff\xc3?q=\xf0\x9f\x91\xa8",
                                       .status = 200,
                                       .reason = "OK\xe2\x80\xae",
                                       .response_fields = "Content-Type: text/plain\r\nX-Odd: text/\xffhtml\r\n",
                                       .response_body = body,
                                       .response_body_n = sizeof body - 1,
                                       .ms = 3});
  f->note = mem_dup("a\033[31mnote\xff");
  store_touch(s.w.store, f, FLOW_CHANGED_NOTE);
  f = screen_flow(&s, &(struct script){.method = "GET", .host = "evil.test", .path = "/2", .ms = 3});
  screen_fail(&s, f, ERROR_PROTOCOL, "bad line: \033[2J\xe2\x80\xae\xff");
  screen_turn(&s);
  screen_golden(&s, "hostile_list_120x36");
  screen_keys(&s, "Enter");
  screen_golden(&s, "hostile_detail_120x36");
  screen_keys(&s, "v");
  screen_golden(&s, "hostile_raw_120x36");
  screen_keys(&s, "x");
  screen_golden(&s, "hostile_hex_120x36");
  screen_close(&s);
}

/* A request that was refused can be looked at, searched and written as it came. */
/* What a server said in place of HTTP can be looked at, searched and written. */
static void no_answer(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  struct peer *c = screen_client(&s);
  screen_send(&s, c, "GET http://shop.test/ HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  screen_turn(&s);
  screen_send(&s, &s.server[0], "HTTP/1.1 200 OK\r\nX-One: \033[2Ja\r\nContent-Length: five\r\n\r\nwhole");
  screen_turn(&s);
  assert_true(screen_got(&s, c, "HTTP/1.1 502 "));
  screen_keys(&s, "Enter Tab");
  assert_true(screen_has(&s, "; as received:"));
  assert_true(screen_has(&s, "Content-Length: five"));
  assert_true(screen_has(&s, "X-One: ^[[2Ja"));
  screen_keys(&s, "w b");
  assert_true(screen_has(&s, "the response has no body"));
  screen_keys(&s, "w r");
  assert_true(screen_has(&s, "write raw response to: "));
  screen_keys(&s, "Esc q f");
  screen_type(&s, "~bs five");
  assert_true(screen_has(&s, "1 of 1 flows match"));
  screen_close(&s);
}

static void refused(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  struct peer *c = screen_client(&s);
  screen_send(&s, c, "GET /two\033[2J HTTP/1.1\r\nHost: shop.test\r\nHost: evil.test\r\nCookie: a=1\r\n\r\n");
  c = screen_client(&s);
  screen_send(&s, c, "POST /two?x=1 HTTP/1.1\r\nHost: shop.test\r\nHost: evil.test\r\n\r\n");
  for (uint64_t id = 1; id <= 2; id++)
    store_get(s.w.store, id)->wall_us = 0;
  screen_turn(&s);
  screen_keys(&s, "j");
  screen_golden(&s, "refused_list_120x36");
  screen_keys(&s, "Enter");
  screen_golden(&s, "refused_detail_120x36");
  screen_keys(&s, "w b");
  assert_true(screen_has(&s, "the request has no body"));
  screen_keys(&s, "w r");
  assert_true(screen_has(&s, "write raw request to: "));
  screen_keys(&s, "Esc K x");
  assert_true(screen_has(&s, "1b 5b 32 4a 20 48 54 54"));
  screen_keys(&s, "q f");
  screen_type(&s, "~bq evil.test");
  assert_true(screen_has(&s, "2 of 2 flows match"));
  screen_close(&s);
}

/* What is no text is shown as bytes without being asked for it, in the preview too. */
static void binary(void **state) {
  struct screen s;
  (void)state;
  const char body[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\2\0\0\0\1\200\x08\6\0\0\0";
  screen_open(&s, 120, 36);
  screen_flow(&s, &(struct script){.method = "GET",
                                   .host = "shop.test",
                                   .path = "/logo",
                                   .status = 200,
                                   .reason = "OK",
                                   .response_fields = "Content-Type: application/octet-stream\r\n",
                                   .response_body = body,
                                   .response_body_n = sizeof body - 1,
                                   .ms = 3});
  screen_turn(&s);
  assert_true(screen_has(&s, "|.PNG....|"));
  screen_keys(&s, "Enter");
  screen_golden(&s, "binary_120x36");
  screen_close(&s);
}

/* A tunnel has no status to wait for, neither while it is open nor afterwards. */
static void tunnel(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "1 2 G");
  assert_true(screen_has(&s, "Response ─ ↔ open"));
  assert_true(screen_has(&s, "Request ─ CONNECT pay.shop.test:443 "));
  struct flow *f = store_get(s.w.store, 12);
  f->state = FLOW_DONE;
  f->times.end = f->times.start + 2 * CLOCK_S;
  store_touch(s.w.store, f, FLOW_CHANGED_STATE);
  screen_turn(&s);
  assert_true(screen_has(&s, "CONNECT ↔ tunnel  pay.shop.test"));
  assert_true(screen_has(&s, "Response ─ ↔ closed"));
  screen_close(&s);
}

/* The bar of the selected row has no hole where a colour stands on another row. */
static void bar_is_whole(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  screen_keys(&s, "6 g g");
  const struct canvas *c = terminal_fake_screen(s.t);
  int y = c->cursor_y;
  for (int x = 0; x < c->width; x++)
    assert_int_equal(c->cell[y * c->width + x].role, ROLE_SELECTED);
  assert_int_equal(c->cell[(y + 1) * c->width + 30].role, ROLE_OK); /* "200" of the row below */
  screen_close(&s);
}

static void ascii(void **state) {
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_shop(&s);
  add_paused(&s);
  s.t->ascii = true;
  ui_free(s.ui);
  s.ui = ui_new(&s.w, s.t);
  screen_keys(&s, "6 j");
  screen_golden(&s, "ascii_120x36");
  char *text = screen_text(&s);
  for (const char *c = text; *c != '\0'; c++)
    assert_true((unsigned char)*c < 0x80);
  free(text);
  screen_keys(&s, "Enter");
  screen_golden(&s, "ascii_detail_120x36");
  screen_close(&s);
}

static void evicted(void **state) {
  struct screen s;
  (void)state;
  screen_open_sized(&s, 120, 36, 64u << 20, 20);
  for (int i = 0; i < 50; i++) {
    screen_flow(&s, &(struct script){
                        .method = "GET", .host = "shop.test", .path = "/x", .status = 200, .reason = "OK", .ms = 3});
    screen_turn(&s);
  }
  screen_keys(&s, "k");
  screen_golden(&s, "evicted_120x36");
  screen_close(&s);
}

/* What is under way says what it does; what was not kept whole says so. */
static void under_way(void **state) {
  struct screen s;
  char *body = mem_zero(1, 3 << 20);
  (void)state;
  screen_open(&s, 120, 36);
  struct flow *f =
      screen_flow(&s, &(struct script){.method = "PUT", .host = "shop.test", .path = "/upload", .ms = 900});
  f->state = FLOW_REQUEST_ARRIVING;
  f->request.body.complete = false;
  body_add(&f->request.body, body, 3 << 20, UINT64_MAX, 0);
  store_touch(s.w.store, f, FLOW_CHANGED_BODY);
  f = screen_flow(&s, &(struct script){.method = "PUT", .host = "shop.test", .path = "/upload", .ms = 900});
  f->state = FLOW_REQUEST_ARRIVING;
  f->request.body.complete = false;
  body_add(&f->request.body, body, 3 << 20, UINT64_MAX, 0);
  screen_pause(&s, f, FLOW_PAUSED_REQUEST, 125 * CLOCK_S);
  f = screen_flow(&s, &(struct script){.method = "GET",
                                       .host = "cdn.test",
                                       .path = "/video.bin",
                                       .status = 200,
                                       .reason = "OK",
                                       .response_fields = "Content-Length: 10485760\r\n",
                                       .ms = 2000});
  f->state = FLOW_RESPONSE_ARRIVING;
  f->times.end = 0;
  f->response.body.complete = false;
  body_add(&f->response.body, body, 3 << 20, UINT64_MAX, 0);
  store_touch(s.w.store, f, FLOW_CHANGED_BODY);
  f = screen_flow(&s, &(struct script){.method = "GET",
                                       .host = "cdn.test",
                                       .path = "/cut.txt",
                                       .status = 200,
                                       .reason = "OK",
                                       .response_fields = "Content-Type: text/plain\r\n",
                                       .ms = 20});
  body_add(&f->response.body, "kept", 4, 4, 0);
  body_add(&f->response.body, body, 1 << 20, 4, 0);
  store_touch(s.w.store, f, FLOW_CHANGED_BODY);
  f = screen_flow(&s, &(struct script){.method = "GET",
                                       .host = "chat.test",
                                       .path = "/socket",
                                       .status = 101,
                                       .reason = "Switching Protocols",
                                       .ms = 20});
  f->kind = FLOW_TUNNEL;
  f->state = FLOW_OPEN;
  f->times.end = 0;
  f->up = f->down = 2150;
  store_touch(s.w.store, f, FLOW_CHANGED_STATE);
  screen_turn(&s);
  screen_keys(&s, "4 G");
  screen_golden(&s, "under_way_120x36");
  screen_keys(&s, "Enter");
  screen_golden(&s, "cut_body_120x36");
  screen_keys(&s, "q G Enter");
  assert_true(screen_has(&s, "from the server since then:"));
  free(body);
  screen_close(&s);
}

/* A coding that is known, one that is not, and the words for both. */
static void coded(void **state) {
  static const char gzip[] =
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x4a\x54\xb2\x32\xac\x05\x00\x0c\x46\x80\xc8\x07\x00\x00\x00";
  struct screen s;
  (void)state;
  screen_open(&s, 120, 36);
  screen_flow(&s, &(struct script){.method = "GET",
                                   .host = "shop.test",
                                   .path = "/a",
                                   .status = 200,
                                   .reason = "OK",
                                   .response_fields = "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
                                   .response_body = gzip,
                                   .response_body_n = sizeof gzip - 1,
                                   .ms = 3});
  screen_flow(&s, &(struct script){.method = "GET",
                                   .host = "shop.test",
                                   .path = "/b",
                                   .status = 200,
                                   .reason = "OK",
                                   .response_fields = "Content-Type: application/json\r\nContent-Encoding: x-odd\r\n",
                                   .response_body = "{}",
                                   .ms = 3});
  screen_turn(&s);
  screen_keys(&s, "g g Enter");
  screen_golden(&s, "gzip_120x36");
  screen_keys(&s, "J");
  screen_golden(&s, "unknown_coding_120x36");
  screen_close(&s);
}

/* The address is the listener's own. */
static void address(void **state) {
  struct screen s;
  struct address a = {.family = 4, .ip = {127, 0, 0, 1}};
  char text[32];
  (void)state;
  screen_open(&s, 80, 24);
  assert_true(proxy_listen(s.w.proxy, &a, NULL));
  ui_dirty(s.ui);
  screen_turn(&s);
  snprintf(text, sizeof text, " weir  127.0.0.1:%u  ", a.port);
  assert_true(screen_has(&s, text));
  snprintf(text, sizeof text, "curl -x http://127.0.0.1:%u ", a.port);
  assert_true(screen_has(&s, text));
  assert_false(screen_has(&s, "OPEN"));
  screen_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_yet),   cmocka_unit_test(list_sizes),
      cmocka_unit_test(programs),      cmocka_unit_test(following),
      cmocka_unit_test(filter_prompt), cmocka_unit_test(paused),
      cmocka_unit_test(detail),        cmocka_unit_test(edited),
      cmocka_unit_test(help),          cmocka_unit_test(log_says_what_to_do),
      cmocka_unit_test(log_lines),     cmocka_unit_test(binary),
      cmocka_unit_test(tunnel),        cmocka_unit_test(bar_is_whole),
      cmocka_unit_test(hostile),       cmocka_unit_test(ascii),
      cmocka_unit_test(evicted),       cmocka_unit_test(under_way),
      cmocka_unit_test(coded),         cmocka_unit_test(address),
      cmocka_unit_test(refused),       cmocka_unit_test(no_answer),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
