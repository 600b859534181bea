/* The response side of an exchange: what the server says, and how its connection ends. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/tls/stream.h"

#include "parts.h"

/* The head is the flow's, whether it is good for anything or not: a person may look at it. */
static void exchange_take_head(struct exchange *x, struct http_event *e) {
  struct flow *f = x->flow;
  f->response.head = *e->head;
  memset(e->head, 0, sizeof *e->head);
  f->times.first_byte = loop_now(x->proxy->loop);
}

static void exchange_switch(struct exchange *x, struct http_event *e) {
  const struct flow *f = x->flow;
  exchange_take_head(x, e);
  if (!x->upgrade || !x->conn || !http_upgrade_matches(&f->request.head, &f->response.head)) {
    exchange_fail(x, (struct failure){STAGE_RESPONSE, ERROR_PROTOCOL, 0, 502},
                  "the server switched protocols though nobody asked it to (101)");
    return;
  }
  if (!x->request.complete) { /* the rest of it would reach the server in the middle of the other protocol */
    exchange_fail(x, (struct failure){STAGE_RESPONSE, ERROR_PROTOCOL, 0, 502},
                  "the server switched protocols (101) before it had the whole request");
    return;
  }
  http_codec_detach(x->up->codec);
  x->switched = true; /* upstream.c hands over what stands behind the head */
}

/* After a 101 the bytes that the server sent behind it go first. */
void exchange_switched(struct exchange *x, struct slice rest) {
  struct proxy *p = x->proxy;
  struct flow *f = x->flow;
  struct http_forward how = {
      .keep_upgrade = true, .via = p->config.via, .loop_token = p->loop_token, .client_minor = x->client_minor};
  struct buf first = BUF_INIT;
  http_forward_response(&first, &f->response.head, &how);
  buf_add_slice(&first, rest);
  struct buf waiting = BUF_INIT;
  buf_add_slice(&waiting, queue_slice(&x->to_server));
  struct upstream *up = x->up;
  x->up = NULL;
  f->response.body.complete = true;
  f->down += rest.n;
  p->bytes_down += rest.n;
  exchange_open_tunnel(x, upstream_detach(up), buf_slice(&first), buf_slice(&waiting));
  buf_clear(&first);
  buf_clear(&waiting);
}

static void exchange_info(struct exchange *x, const struct http_head *head) {
  bool ours = head->status == 100 && x->continued;
  if (!x->conn || x->client_minor == 0 || ours)
    return;
  struct http_forward how = {.client_minor = 1};
  buf_reset(&x->proxy->head);
  http_forward_response(&x->proxy->head, head, &how);
  queue_add(&x->conn->out, x->proxy->head.p, x->proxy->head.n);
}

void exchange_stop_upstream(struct exchange *x, bool reset) {
  struct upstream *up = x->up;
  x->up = NULL;
  upstream_close(up, reset);
}

/* The answer is whole: its connection serves others, however long a person looks at the answer. */
static void exchange_let_upstream_go(struct exchange *x) {
  struct upstream *up = x->up;
  if (!up)
    return;
  x->up = NULL;
  bool keep = x->response.in.kind != HTTP_BODY_CLOSE && http_keeps_alive(&x->flow->response.head) &&
              x->request.state == LANE_DONE && !queue_size(&x->to_server) && !x->fresh && !x->as_typed && !up->broken;
  if (keep)
    upstream_give_back(up);
  else
    upstream_close(up, x->request.state != LANE_DONE);
}

void exchange_response_event(struct exchange *x, struct http_event *e) {
  struct flow *f = x->flow;
  switch (e->type) {
  case HTTP_EVENT_HEAD:
    if (e->head->status == 101) {
      exchange_switch(x, e);
      break;
    }
    exchange_take_head(x, e);
    if (x->to_proxy && f->response.head.status == 407) { /* not a matter of the client's */
      through_wants_password(x);
      break;
    }
    if (x->conn && x->client_minor == 0 && http_transfer_coded(&f->response.head)) { /* RFC 9112-6.1 */
      exchange_fail(x, (struct failure){STAGE_RESPONSE, ERROR_PROTOCOL, 0, 502},
                    "the answer is transfer-coded, which an HTTP/1.0 client cannot read");
      break;
    }
    f->state = FLOW_RESPONSE_ARRIVING;
    x->response.in = e->framing;
    reverse_map(x);
    exchange_touch(x, FLOW_CHANGED_HEAD | FLOW_CHANGED_STATE);
    lane_start(x, FLOW_RESPONSE);
    if (!x->done)
      exchange_watch(x);
    break;
  case HTTP_EVENT_INFO:
    exchange_info(x, e->head);
    break;
  case HTTP_EVENT_DATA:
    lane_data(x, FLOW_RESPONSE, e->data);
    break;
  case HTTP_EVENT_TRAILERS:
    free(f->response.trailers);
    f->response.trailers = mem_dup_n(e->data.p, e->data.n);
    f->response.trailers_n = (uint32_t)e->data.n;
    break;
  case HTTP_EVENT_END:
    exchange_let_upstream_go(x);
    lane_end(x, FLOW_RESPONSE);
    break;
  case HTTP_EVENT_ERROR:
    exchange_keep_invalid(x, e->data);
    exchange_fail(x, (struct failure){STAGE_RESPONSE, ERROR_PROTOCOL, 0, 502}, "%s", e->fault->err.text);
    break;
  }
}

/* ---- reading on for the record ---- */

#define REST_NS (10 * CLOCK_S) /* what comes so long after the client has its answer may go on for ever */

bool exchange_may_read_rest(const struct exchange *x) {
  const struct proxy *p = x->proxy;
  return x->flow->response.body.kept < p->config.body_limit && store_may_record(p->store) && !p->closing;
}

bool exchange_reads_rest(struct exchange *x) {
  struct conn *c = x->conn;
  const struct flow_edit *sent = x->flow->response.sent;
  bool other = sent && sent->body_changed;
  if (!other || x->response.complete || !x->up || !x->request.complete || x->flow->unrecorded ||
      !exchange_may_read_rest(x))
    return false;
  x->rest_until = loop_now(x->proxy->loop) + REST_NS;
  x->gone_at = 0;
  x->conn = NULL;
  if (c)
    conn_exchange_done(c, x->keep_alive);
  exchange_watch(x);
  return true;
}

bool exchange_rest_over(struct exchange *x) {
  if (!x->rest_until)
    return false;
  if (!x->response.complete && exchange_may_read_rest(x))
    flow_add_says(x->flow, "the server's answer was still coming: no more of it was read");
  exchange_end(x);
  return true;
}

/* A kept connection may have been closed by the server just as the request went out: such a request was not served,
 * and may be sent again when repeating it does no harm (RFC 9110-9.2.2, 9112-9.3.1). */
static bool exchange_may_retry(const struct exchange *x) {
  const struct flow *f = x->flow;
  return x->up->used && !x->retried && x->response.state == LANE_IDLE && !http_codec_started(x->up->codec) &&
         x->request.complete && x->request.in.kind == HTTP_BODY_NONE &&
         !(f->request.sent && !f->request.sent->by_rule) && http_is_idempotent(http_head_method(&f->request.head));
}

static void exchange_retry(struct exchange *x) {
  exchange_stop_upstream(x, false);
  x->retried = true;
  x->fresh = true;
  queue_clear(&x->to_server);
  x->flow->times.request_sent = 0;
  lane_release_request(x);
}

/* In TLS 1.3 the server judges the client's certificate when the handshake is over for the client (RFC 8446-4.4.2.4):
 * its verdict comes in place of an answer. */
static bool exchange_judged(struct exchange *x) {
  struct tls_result r;
  if (!tls_stream_result(x->up->stream, &r) || !r.text)
    return false;
  if (!r.alert && (r.problem != TLS_WANTS_CERTIFICATE || x->up->used))
    return false;
  fail_secure(x->flow, &r);
  exchange_fail(x, (struct failure){STAGE_TLS, ERROR_TLS, r.alert, 502}, "%s", r.text);
  return true;
}

static const char *how_it_ended(const struct upstream *up, enum io_code code, int error) {
  if (code == IO_EOF)
    return "closed the connection";
  if (tls_stream_cut(up->stream))
    return "closed the connection, without close_notify,";
  return error == EPROTO ? "broke TLS" : "reset the connection";
}

void exchange_upstream_ended(struct exchange *x, enum io_code code, int error) {
  struct upstream *up = x->up;
  if (code == IO_EOF && http_codec_started(up->codec) && x->response.in.kind == HTTP_BODY_CLOSE &&
      x->response.state != LANE_IDLE) {
    struct conn *c = x->conn;
    if (http_codec_finish(up->codec)) {
      if (c)
        conn_flush(c);
      return;
    }
  }
  if (exchange_may_retry(x)) {
    exchange_retry(x);
    return;
  }
  if (code == IO_ERROR && !http_codec_started(x->up->codec) && exchange_judged(x))
    return;
  struct failure why = {STAGE_WAIT, code == IO_EOF ? ERROR_CLOSED : fail_error_of(error), error, 502};
  const char *how = how_it_ended(up, code, error);
  char text[120];
  if (x->response.state != LANE_IDLE) {
    why.stage = STAGE_RESPONSE;
    reverse_leave_out(x); /* what has begun cannot be repeated */
    exchange_fail(x, why, "the server %s in the middle of its answer", how);
    return;
  }
  snprintf(text, sizeof text, "the server %s %s", how,
           http_codec_in_head(up->codec) ? "in the middle of the head of its answer" : "without an answer");
  /* A kept connection may have been closed for its age, which says nothing of the server. */
  if (up->used || !reverse_elsewhere(x, text, true))
    exchange_fail(x, why, "%s", text);
}
