/* Flows by script, as an exchange would have left them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"
#include "weir/base/mem.h"
#include "weir/http/url.h"

#define WALL UINT64_C(1795435267000000) /* 2026-11-23T12:01:07Z */

static void parse(enum http_role role, const struct buf *text, struct http_head *head) {
  struct http_fault fault = {0};
  if (!http_head_parse(role, buf_slice(text), head, &fault))
    fail_msg("a script's head is wrong: %s", fault.err.text);
}

static void put_body(struct flow_message *m, const char *body, size_t n) {
  if (body != NULL)
    body_add(&m->body, body, n > 0 ? n : strlen(body), UINT64_MAX, 0);
  body_seal(&m->body);
  m->body.complete = true;
}

static void put_request(struct flow *f, const struct script *x, uint16_t port) {
  struct buf head = BUF_INIT, authority = BUF_INIT;
  const char *scheme = x->scheme != NULL ? x->scheme : "http";
  bool connect = strcmp(x->method, "CONNECT") == 0;
  url_put_authority(&authority, slice_of(x->host), port, connect ? "" : scheme);
  if (connect)
    buf_printf(&head, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", buf_text(&authority), buf_text(&authority));
  else
    buf_printf(&head, "%s %s://%s%s HTTP/1.1\r\nHost: %s\r\n", x->method, scheme, buf_text(&authority), x->path,
               buf_text(&authority));
  buf_printf(&head, "%s\r\n", x->fields != NULL ? x->fields : "User-Agent: curl/7.88.1\r\nAccept: */*\r\n");
  parse(HTTP_REQUEST, &head, &f->request.head);
  put_body(&f->request, x->body, x->body_n);
  f->request.wire = head.n + f->request.body.seen;
  flow_set_target(f, scheme, slice_of(x->host), port);
  buf_clear(&head);
  buf_clear(&authority);
}

static void put_response(struct flow *f, const struct script *x) {
  struct buf head = BUF_INIT;
  buf_printf(&head, "HTTP/1.1 %d %s\r\nServer: nginx/1.22.1\r\n%s\r\n", x->status, x->reason,
             x->response_fields != NULL ? x->response_fields : "");
  parse(HTTP_RESPONSE, &head, &f->response.head);
  put_body(&f->response, x->response_body, x->response_body_n);
  f->response.wire = head.n + f->response.body.seen;
  buf_clear(&head);
}

struct flow *screen_flow(struct screen *s, const struct script *x) {
  struct flow *f = store_add(s->w.store);
  uint64_t took = x->ms * CLOCK_MS;
  f->wall_us = WALL + (f->id - 1) * 1000000;
  f->times.start = s->now - took;
  put_request(f, x, (uint16_t)(x->port != 0 ? x->port : 80));
  f->client = (struct address){.family = 4, .port = 44540, .ip = {127, 0, 0, 1}};
  f->state = FLOW_WAITING;
  if (x->status != 0) {
    put_response(f, x);
    f->times.end = s->now;
    f->state = FLOW_DONE;
  }
  store_touch(s->w.store, f, FLOW_CHANGED_STATE | FLOW_CHANGED_HEAD | FLOW_CHANGED_BODY);
  return f;
}

void screen_fail(struct screen *s, struct flow *f, enum flow_error error, const char *text) {
  f->state = FLOW_FAILED;
  f->error = error;
  f->error_text = mem_dup(text);
  f->times.end = s->now;
  store_touch(s->w.store, f, FLOW_CHANGED_STATE);
}

void screen_pause(struct screen *s, struct flow *f, enum flow_paused side, uint64_t ns_ago) {
  f->paused = side;
  f->times.paused_since = s->now - ns_ago;
  store_touch(s->w.store, f, FLOW_CHANGED_STATE);
}

#define HTML "Content-Type: text/html\r\n"
#define JSON "Content-Type: application/json\r\n"

static void plain(struct screen *s, const char *method, const char *host, const char *path, int status,
                  const char *reason, const char *fields, const char *body, unsigned ms) {
  screen_flow(s, &(struct script){.method = method,
                                  .host = host,
                                  .path = path,
                                  .status = status,
                                  .reason = reason,
                                  .response_fields = fields,
                                  .response_body = body,
                                  .ms = ms});
}

static void sized(struct screen *s, const char *host, const char *path, const char *fields, size_t n, unsigned ms) {
  char *body = mem_alloc(n);
  memset(body, 'x', n);
  screen_flow(s, &(struct script){.method = "GET",
                                  .host = host,
                                  .path = path,
                                  .status = 200,
                                  .reason = "OK",
                                  .response_fields = fields,
                                  .response_body = body,
                                  .response_body_n = n,
                                  .ms = ms});
  free(body);
}

void screen_shop(struct screen *s) {
  sized(s, "shop.test", "/", HTML, 7270, 3);
  sized(s, "shop.test", "/static/app.css", "Content-Type: text/css\r\n", 13312, 4);
  plain(s, "GET", "shop.test", "/static/app.js", 304, "Not Modified", "Content-Type: text/javascript\r\n", NULL, 2);
  sized(s, "shop.test", "/img/\xe5\xb1\xb1\xe7\x94\xb0-logo.png", "Content-Type: image/png\r\n", 131072, 11);
  plain(s, "GET", "api.shop.test", "/api/users?page=2&q=caf\xc3\xa9", 200, "OK", JSON, "{\"users\":[]}", 18);
  screen_flow(s, &(struct script){.method = "POST",
                                  .host = "api.shop.test",
                                  .path = "/login",
                                  .fields = JSON "Content-Length: 31\r\n",
                                  .body = "{\"user\":\"ann\",\"password\":\"bad\"}",
                                  .status = 401,
                                  .reason = "Unauthorized",
                                  .response_fields = JSON "Content-Length: 27\r\n",
                                  .response_body = "{\"error\":\"bad credentials\"}",
                                  .ms = 3});
  struct flow *marked = screen_flow(
      s, &(struct script){.method = "POST",
                          .host = "api.shop.test",
                          .path = "/login",
                          .fields = JSON "Content-Length: 34\r\n",
                          .body = "{\"user\":\"ann\",\"password\":\"secret\"}",
                          .status = 200,
                          .reason = "OK",
                          .response_fields = JSON "Set-Cookie: sid=42; HttpOnly; Path=/\r\nContent-Length: 64\r\n",
                          .response_body = "{\"token\":\"eyJhbGciOi.J9.abc\",\"user\":\"ann\",\"roles\":[1,true,null]}",
                          .ms = 4});
  store_mark(s->w.store, marked, true, NULL);
  plain(s, "POST", "shop.test", "/form", 303, "See Other", "Location: /done\r\n", NULL, 3);
  plain(s, "GET", "shop.test", "/missing", 404, "Not Found", JSON, "{\"error\":\"no such page\"}", 3);
  plain(s, "GET", "api.shop.test", "/api/fail", 500, "Internal Server Error", JSON, "{\"error\":\"it broke\"}", 3);
  screen_flow(s, &(struct script){.method = "DELETE",
                                  .host = "127.0.0.1",
                                  .port = 8081,
                                  .path = "/api/users/3",
                                  .status = 200,
                                  .reason = "OK",
                                  .response_fields = JSON,
                                  .response_body = "{}",
                                  .ms = 42});
  struct flow *tunnel =
      screen_flow(s, &(struct script){.method = "CONNECT", .host = "pay.shop.test", .port = 443, .path = ""});
  tunnel->kind = FLOW_TUNNEL;
  tunnel->state = FLOW_OPEN;
  tunnel->up = 1843;
  tunnel->down = 31744;
  store_touch(s->w.store, tunnel, FLOW_CHANGED_STATE);
  sized(s, "cdn.shop.test", "/video.bin", "Content-Type: application/octet-stream\r\n", 10485760, 3200);
  struct flow *f = screen_flow(s, &(struct script){.method = "GET", .host = "nosuch.invalid", .path = "/", .ms = 12});
  screen_fail(s, f, ERROR_NAME, "nosuch.invalid: name not known");
  f = screen_flow(s, &(struct script){.method = "GET", .host = "down.shop.test", .path = "/health", .ms = 1});
  screen_fail(s, f, ERROR_REFUSED, "10.0.0.9:80: connection refused");
  f = screen_flow(s, &(struct script){.method = "POST",
                                      .host = "api.shop.test",
                                      .path = "/login",
                                      .fields = JSON,
                                      .body = "{}",
                                      .status = 200,
                                      .reason = "OK",
                                      .response_fields = JSON,
                                      .response_body = "{}",
                                      .ms = 4});
  f->parent = 6;
  f->replay = true;
  f = screen_flow(s, &(struct script){.method = "GET", .host = "api.shop.test", .path = "/api/slow", .ms = 1800});
  screen_turn(s);
}
