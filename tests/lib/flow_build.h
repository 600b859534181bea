/* Flows made from text, without a proxy. Include after cmocka.h. */
#ifndef WEIR_TESTS_FLOW_BUILD_H
#define WEIR_TESTS_FLOW_BUILD_H

#include <stdio.h>
#include <string.h>

#include "weir/flow/flow.h"

#define BUILD_LIMIT (16u << 20)

static inline void build_head(struct http_head *head, enum http_role role, const char *text) {
  struct http_fault fault;
  if (!http_head_parse(role, slice_of(text), head, &fault))
    fail_msg("no valid head: %s", fault.err.text);
}

static inline void build_body(struct body *body, const void *bytes, size_t n) {
  body_add(body, bytes, n, BUILD_LIMIT, n);
  body->complete = true;
  body_seal(body);
}

/* In the place of what was there. */
static inline void build_response_body(struct flow *f, const void *bytes, size_t n) {
  body_clear(&f->response.body);
  build_body(&f->response.body, bytes, n);
}

/* Head and body texts; NULL: none. The target is shop.test:80 unless set otherwise. */
static inline void build_flow(struct flow *f, const char *request, const char *request_body, const char *response,
                              const char *response_body) {
  flow_set_target(f, "http", SLICE("shop.test"), 80);
  f->state = response ? FLOW_DONE : FLOW_WAITING;
  f->times.start = 1000000;
  build_head(&f->request.head, HTTP_REQUEST, request);
  if (request_body)
    build_body(&f->request.body, request_body, strlen(request_body));
  if (response)
    build_head(&f->response.head, HTTP_RESPONSE, response);
  if (response_body)
    build_body(&f->response.body, response_body, strlen(response_body));
}

static inline struct flow *build_get(const char *path) {
  struct flow *f = flow_new();
  char head[512];
  snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: shop.test\r\n\r\n", path);
  build_flow(f, head, NULL, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", "hello");
  return f;
}

#endif
