/*
 * Lines that a worker wrote: any of them is read or refused in words, and what it makes of a request or a response is a
 * message that can be sent. The first byte says which of the two it answers.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/rule/intercept.h"
#include "weir/rule/worker.h"

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
           "POST http://shop.test/login?a=b HTTP/1.1\r\nHost: shop.test\r\nA:  1 \r\na: 2\r\n\r\n");
  set_head(&f->response.head, HTTP_RESPONSE, "HTTP/1.1 404 Not Found\r\nServer: x\r\n\r\n");
  flow_set_target(f, "http", SLICE("shop.test"), 80);
  body_add(&f->request.body, "{\"a\": 1}", 8, 1000, 8);
  body_add(&f->response.body, "\0\xff", 2, 1000, 2);
  f->request.body.complete = f->response.body.complete = true;
  return f;
}

static void require_valid(const struct http_head *head, enum http_role role) {
  struct http_head again = {0};
  struct http_fault fault;
  REQUIRE(http_head_parse(role, http_head_raw(head), &again, &fault));
  http_head_clear(&again);
}

/* What was given back as it came is no change, whatever the message is. */
static void require_same(struct flow *f, enum flow_side side) {
  struct buf line = BUF_INIT;
  struct worker_reply reply;
  if (!worker_message(f, side, 7, &line, NULL))
    return; /* it says now that it has a coding that it does not have */
  REQUIRE(line.p[line.n - 1] == '\n' && slice_find_byte(buf_slice(&line), '\n') == (ptrdiff_t)line.n - 1);
  REQUIRE(worker_reply_read(slice_make(line.p, line.n - 1), &reply, NULL) && reply.id == 7);
  struct rule_effects effects = {0};
  bool edited = flow_side(f, side)->sent != NULL;
  rules_worker_ran(NULL, f, side, &effects, &reply, NULL);
  REQUIRE(!effects.says.n && !effects.edited && !effects.retargeted);
  REQUIRE((flow_side(f, side)->sent != NULL) == edited);
  rule_effects_clear(&effects);
  buf_clear(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  enum flow_side side = data[0] & 1 ? FLOW_RESPONSE : FLOW_REQUEST;
  char *bytes = malloc(size); /* of exactly that size: a read beyond it is seen */
  REQUIRE(bytes);
  memcpy(bytes, data + 1, size - 1);
  struct slice line = slice_make(bytes, size - 1);
  struct flow *f = make_flow();
  struct rule_effects effects = {0};
  struct worker_reply reply;
  struct err err = ERR_INIT;
  bool good = worker_reply_read(line, &reply, &err);
  REQUIRE(good ? reply.id > 0 : err.text[0] != 0);
  effects.command = strdup("./w");
  rules_worker_ran(NULL, f, side, &effects, &reply, good ? NULL : err.text);
  const struct flow_edit *sent = flow_side(f, side)->sent;
  REQUIRE(!effects.answer || side == FLOW_REQUEST);
  if (effects.answer)
    require_valid(&effects.answer->head, HTTP_RESPONSE);
  if (sent)
    require_valid(&sent->head, side == FLOW_REQUEST ? HTTP_REQUEST : HTTP_RESPONSE);
  REQUIRE(!effects.says.n || good || !sent);
  require_same(f, side);
  rule_effects_clear(&effects);
  flow_free(f);
  free(bytes);
  return 0;
}
