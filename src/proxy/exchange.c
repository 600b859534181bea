/*
 * The live state machine of one request and its response: the only place that joins client, rules, server and
 * flow. Its two lanes (lane.c) carry the states; this file starts it, connects it, and ends it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/http/encode.h"

#include "parts.h"

static void exchange_free(void *what) {
  struct exchange *x = what;
  queue_clear(&x->to_server);
  free(x->host);
  free(x);
}

void exchange_touch(struct exchange *x, unsigned mask) {
  if (!x->flow->unrecorded)
    store_touch(x->proxy->store, x->flow, mask);
}

/* ---- time limits ---- */

static uint64_t sooner(uint64_t a, uint64_t b) {
  return !a || (b && b < a) ? b : a;
}

static uint64_t exchange_deadline(const struct exchange *x, const char **what) {
  const struct proxy_config *config = &x->proxy->config;
  uint64_t due = 0;
  *what = NULL;
  if (x->flow->paused != FLOW_RUNNING)
    return 0;
  if (x->gone_at)
    due = (x->since > x->gone_at ? x->since : x->gone_at) + config->client_grace;
  if (!x->up)
    return due;
  uint64_t other = 0;
  const char *why = NULL;
  if (queue_size(&x->to_server)) {
    other = config->send_timeout;
    why = "the server took nothing";
  } else if (x->response.state == LANE_IDLE && x->request.state == LANE_DONE) {
    other = config->response_timeout;
    why = "the server did not answer";
  } else if (x->response.state != LANE_IDLE && !x->response.complete && lane_wants_input(x, FLOW_RESPONSE)) {
    other = config->body_timeout;
    why = "the server sent nothing more of its answer";
  }
  if (other && (!due || x->since + other < due)) {
    *what = why;
    due = sooner(due, x->since + other);
  }
  return due;
}

void exchange_watch(struct exchange *x) {
  const char *what;
  uint64_t due = exchange_deadline(x, &what);
  uint64_t now = loop_now(x->proxy->loop);
  if (due && (!x->timer.place || x->timer.due > due))
    loop_timer_arm(x->proxy->loop, &x->timer, due > now ? due - now : 0);
}

static void exchange_timer(void *arg) {
  struct exchange *x = arg;
  const char *what;
  uint64_t due = exchange_deadline(x, &what);
  uint64_t now = loop_now(x->proxy->loop);
  const struct proxy_config *config = &x->proxy->config;
  if (!due || now < due) {
    /* Limits that begin later are looked for once a second, and only where any are set. */
    if (due || config->send_timeout || config->response_timeout || config->body_timeout)
      loop_timer_arm(x->proxy->loop, &x->timer, due ? due - now : CLOCK_S);
    return;
  }
  if (!what) {
    exchange_fail(x, (struct failure){STAGE_WAIT, ERROR_CLIENT, 0, 0}, "the client closed before it was answered");
    return;
  }
  enum flow_stage stage = queue_size(&x->to_server)        ? STAGE_SEND
                          : x->response.state == LANE_IDLE ? STAGE_WAIT
                                                           : STAGE_RESPONSE;
  exchange_fail(x, (struct failure){stage, ERROR_TIMEOUT, 0, 504}, "%s for %g s", what,
                (double)(now - x->since) / CLOCK_S);
}

/* ---- beginning ---- */

struct exchange *exchange_new(struct proxy *p, struct flow *f) {
  struct exchange *x = mem_zero(1, sizeof *x);
  x->proxy = p;
  x->flow = f;
  x->timer.fn = exchange_timer;
  x->timer.arg = x;
  x->since = loop_now(p->loop);
  x->client_minor = 1;
  f->live = x;
  link_add(&p->exchanges, &x->link);
  p->exchange_count++;
  p->requests++;
  const struct proxy_config *config = &p->config;
  if (config->send_timeout || config->response_timeout || config->body_timeout)
    loop_timer_arm(p->loop, &x->timer, CLOCK_S);
  return x;
}

static struct flow *exchange_flow(struct conn *c, struct http_head *head) {
  struct proxy *p = c->proxy;
  struct flow *f = p->recording ? store_add(p->store) : flow_new();
  f->unrecorded = !p->recording;
  f->client = c->peer;
  f->wall_us = clock_wall();
  f->times.start = c->first_byte;
  f->state = FLOW_REQUEST_ARRIVING;
  f->request.head = *head;
  memset(head, 0, sizeof *head);
  return f;
}

static void exchange_aim(struct exchange *x, const char *scheme, const struct url *url) {
  flow_set_target(x->flow, scheme, url->host, url->port);
  free(x->host);
  x->host = mem_dup_n(url->host.p, url->host.n);
  for (char *p = x->host; *p; p++)
    if (*p >= 'A' && *p <= 'Z')
      *p = (char)(*p - 'A' + 'a');
  x->port = url->port;
}

bool exchange_retarget(struct exchange *x, const struct http_head *head, struct err *err) {
  struct url url;
  if (!url_parse(http_head_target(head), &url, err))
    return false;
  if (!url_scheme_is(&url, "http"))
    return err_set(err, "%.*s:// cannot be asked for here: only http://", (int)url.scheme.n, url.scheme.p);
  if (url.has_userinfo)
    return err_set(err, "a user name in the address is not allowed (RFC 9110-4.2.4): use an Authorization field");
  exchange_aim(x, "http", &url);
  return true;
}

static void refuse(struct exchange *x, int status, const char *text) {
  exchange_fail(x, (struct failure){STAGE_REQUEST, ERROR_PROTOCOL, 0, status}, "%s", text);
}

static void exchange_start_tunnel(struct exchange *x, struct http_framing framing) {
  struct flow *f = x->flow;
  struct url url;
  struct err err;
  f->kind = FLOW_TUNNEL;
  x->tunnel = true;
  x->request.complete = true;
  x->request.state = LANE_DONE;
  f->request.body.complete = true;
  f->times.request_end = loop_now(x->proxy->loop);
  f->state = FLOW_WAITING;
  if (!url_parse_authority(http_head_target(&f->request.head), &url, &err)) {
    refuse(x, 400, err.text);
    return;
  }
  if (framing.kind == HTTP_BODY_CHUNKED || (framing.kind == HTTP_BODY_LENGTH && framing.length)) {
    refuse(x, 400, "CONNECT with a body is ambiguous (RFC 9110-9.3.6)");
    return;
  }
  exchange_aim(x, "https", &url);
  if (page_is_own_target(x->proxy, &url)) {
    exchange_fail(x, (struct failure){STAGE_CONNECT, ERROR_LOOP, ELOOP, 508},
                  "%s:%u is weir itself: a tunnel to it would loop", x->host, x->port);
    return;
  }
  exchange_touch(x, FLOW_CHANGED_HEAD);
  exchange_connect(x);
}

/* A via option names loops that come back through other proxies: our own token in a request is one. */
static bool came_round(const struct exchange *x) {
  const struct proxy *p = x->proxy;
  struct slice value;
  return p->config.via && http_head_find(&x->flow->request.head, "X-Weir-Loop", &value) &&
         slice_eq(value, slice_of(p->loop_token));
}

static bool max_forwards_is_zero(const struct http_head *head) {
  struct slice method = http_head_method(head), value;
  uint64_t left;
  return (slice_eq(method, SLICE("OPTIONS")) || slice_eq(method, SLICE("TRACE"))) &&
         http_head_find(head, "Max-Forwards", &value) && slice_to_u64(value, &left) && left == 0;
}

void exchange_start(struct conn *c, struct http_head *head, struct http_framing framing) {
  struct proxy *p = c->proxy;
  struct exchange *x = exchange_new(p, exchange_flow(c, head));
  struct flow *f = x->flow;
  const struct http_head *h = &f->request.head;
  x->conn = c;
  c->exchange = x;
  x->client_minor = h->minor;
  x->keep_alive = h->minor >= 1 && http_keeps_alive(h);
  x->head_only = slice_eq(http_head_method(h), SLICE("HEAD"));
  x->request.in = framing;
  if (c->eof)
    x->gone_at = x->since;
  exchange_touch(x, FLOW_CHANGED_HEAD);

  if (slice_eq(http_head_method(h), SLICE("CONNECT"))) {
    http_codec_detach(c->codec);
    exchange_start_tunnel(x, framing);
    return;
  }
  struct slice target = http_head_target(h);
  struct url url = {.host = SLICE("weir")};
  struct err err;
  if (target.n && (target.p[0] == '/' || target.p[0] == '*')) {
    page_answer(x, NULL);
    return;
  }
  if (!url_parse(target, &url, &err)) {
    refuse(x, 400, err.text);
    return;
  }
  if (url_scheme_is(&url, "https")) {
    refuse(x, 501,
           "https:// has to be asked for with CONNECT, not in the clear: this client's proxy setting for https is off");
    return;
  }
  if (!exchange_retarget(x, h, &err)) {
    refuse(x, url_scheme_is(&url, "http") ? 400 : 501, err.text);
    return;
  }
  if (came_round(x)) {
    exchange_fail(x, (struct failure){STAGE_REQUEST, ERROR_LOOP, ELOOP, 508},
                  "this request has been here before: two proxies send it to each other");
    return;
  }
  if (page_is_own_target(p, &url)) {
    page_answer(x, &url);
    return;
  }
  if (max_forwards_is_zero(h)) {
    page_trace(x);
    return;
  }
  exchange_touch(x, FLOW_CHANGED_HEAD);
  lane_start(x, FLOW_REQUEST);
}

void exchange_request_event(struct exchange *x, struct http_event *e) {
  struct flow *f = x->flow;
  switch (e->type) {
  case HTTP_EVENT_DATA:
    if (!x->discard)
      lane_data(x, FLOW_REQUEST, e->data);
    break;
  case HTTP_EVENT_TRAILERS:
    free(f->request.trailers);
    f->request.trailers = mem_dup_n(e->data.p, e->data.n);
    f->request.trailers_n = (uint32_t)e->data.n;
    break;
  case HTTP_EVENT_END:
    f->times.request_end = loop_now(x->proxy->loop);
    if (f->state == FLOW_REQUEST_ARRIVING)
      f->state = FLOW_WAITING;
    if (x->discard)
      break;
    lane_end(x, FLOW_REQUEST);
    if (!x->done)
      exchange_touch(x, FLOW_CHANGED_STATE);
    break;
  case HTTP_EVENT_ERROR:
    exchange_fail(x, (struct failure){STAGE_REQUEST, ERROR_PROTOCOL, 0, e->fault->status}, "%s", e->fault->err.text);
    break;
  case HTTP_EVENT_HEAD:
  case HTTP_EVENT_INFO:
    break;
  }
}

/* ---- the server ---- */

void exchange_upstream_ready(struct exchange *x, struct upstream *up) {
  struct proxy *p = x->proxy;
  struct flow *f = x->flow;
  f->server = up->address;
  f->reused = up->used;
  x->since = loop_now(p->loop);
  upstream_attach(up, x);
  exchange_touch(x, FLOW_CHANGED_STATE);
  upstream_flush(up);
  exchange_watch(x);
  if (x->conn && !x->request.complete)
    conn_continue(x->conn);
}

static void exchange_open_tunnel(struct exchange *x, struct stream *server, struct slice to_client,
                                 struct slice to_server) {
  struct proxy *p = x->proxy;
  struct conn *c = x->conn;
  struct flow *f = x->flow;
  struct stream *client = c->stream;
  struct queue in = c->in;
  c->in = (struct queue)QUEUE_INIT;
  c->stream = NULL;
  c->exchange = NULL;
  x->conn = NULL;
  f->live = NULL;
  f->state = FLOW_OPEN;
  f->kind = FLOW_TUNNEL;
  struct buf first = BUF_INIT;
  buf_add_slice(&first, queue_slice(&in));
  buf_add_slice(&first, to_server);
  struct buf back = BUF_INIT;
  buf_add_slice(&back, queue_slice(&c->out));
  buf_add_slice(&back, to_client);
  queue_clear(&in);
  f->live = NULL;
  exchange_touch(x, FLOW_CHANGED_STATE);
  tunnel_new(p, f, client, server, buf_slice(&back), buf_slice(&first));
  buf_clear(&first);
  buf_clear(&back);
  x->flow = NULL;
  x->done = true;
  loop_timer_cancel(p->loop, &x->timer);
  link_remove(&x->link);
  p->exchange_count--;
  loop_bury(p->loop, exchange_free, x);
  conn_close(c, false);
}

static void exchange_connected(struct exchange *x, struct stream *stream) {
  struct stream_info info;
  stream_info(stream, &info);
  x->flow->server = info.peer;
  if (!x->tunnel) {
    exchange_upstream_ready(x, upstream_new(x->proxy, stream, x->host, x->port));
    return;
  }
  x->flow->times.first_byte = loop_now(x->proxy->loop);
  exchange_open_tunnel(x, stream, SLICE("HTTP/1.1 200 Connection established\r\n\r\n"), (struct slice){NULL, 0});
}

static struct failure dial_failure(const struct tcp_dial_result *r) {
  struct failure why = {STAGE_CONNECT, ERROR_OTHER, r->code, 502};
  if (r->timed_out) {
    why.error = ERROR_TIMEOUT;
    why.status = 504;
  } else if (r->stage == TCP_STAGE_NAME) {
    why.error = r->code == RESOLVE_TIMEOUT ? ERROR_TIMEOUT : ERROR_NAME;
    why.status = r->code == RESOLVE_TIMEOUT ? 504 : 502;
  } else if (r->code == ECONNREFUSED) {
    why.error = ERROR_REFUSED;
  } else if (r->code == ENETUNREACH || r->code == EHOSTUNREACH || r->code == EADDRNOTAVAIL) {
    why.error = ERROR_UNREACHABLE;
  } else if (r->code == EMFILE || r->code == ENFILE || r->code == ENOMEM || r->code == ENOBUFS) {
    why.error = ERROR_LIMIT;
    why.status = 503;
  } else if (r->code == ELOOP) {
    why.error = ERROR_LOOP;
    why.status = 508;
  } else if (r->code == ECONNRESET) {
    why.error = ERROR_RESET;
  }
  if (r->stage == TCP_STAGE_NAME)
    why.stage = STAGE_NAME;
  return why;
}

static void exchange_dialed(void *arg, const struct tcp_dial_result *r) {
  struct exchange *x = arg;
  x->dial = NULL;
  x->flow->times.name_ns = r->name_ns;
  x->flow->times.connect_ns = r->connect_ns;
  x->flow->server = r->address;
  if (r->stream) {
    exchange_connected(x, r->stream);
    return;
  }
  struct failure why = dial_failure(r);
  if (why.error == ERROR_LOOP && !x->tunnel) {
    queue_clear(&x->to_server);
    page_answer(x, NULL);
    return;
  }
  if (why.error == ERROR_LIMIT)
    pool_shrink(x->proxy);
  exchange_fail(x, why, "%s", r->text);
}

static bool allow_address(void *arg, const struct address *a) {
  return !page_is_own_address(arg, a);
}

static void exchange_dial_given(void *arg) {
  struct exchange *x = arg;
  struct proxy *p = x->proxy;
  struct stream *s = p->dial(p->dial_arg, x->host, x->port);
  if (s)
    exchange_connected(x, s);
  else
    exchange_fail(x, (struct failure){STAGE_CONNECT, ERROR_REFUSED, ECONNREFUSED, 502}, "%s:%u: connection refused",
                  x->host, x->port);
}

void exchange_connect(struct exchange *x) {
  struct proxy *p = x->proxy;
  if (!x->fresh && !x->as_typed && !x->tunnel && !x->upgrade) {
    struct upstream *up = upstream_take(p, x->host, x->port);
    if (up) {
      exchange_upstream_ready(x, up);
      return;
    }
  }
  if (p->dial) {
    x->dial_task.fn = exchange_dial_given;
    x->dial_task.arg = x;
    loop_defer(p->loop, &x->dial_task);
    return;
  }
  struct tcp_dial_options options = {p->config.name_timeout, p->config.connect_timeout, allow_address, p};
  x->dial = tcp_dial(p->loop, p->resolver, x->host, x->port, &options, exchange_dialed, x);
}

/* ---- the response ---- */

static void exchange_switch(struct exchange *x, struct http_event *e) {
  struct flow *f = x->flow;
  if (!x->upgrade || !x->conn || !http_upgrade_matches(&f->request.head, e->head)) {
    exchange_fail(x, (struct failure){STAGE_RESPONSE, ERROR_PROTOCOL, 0, 502},
                  "the server switched protocols though nobody asked it to (101)");
    return;
  }
  f->response.head = *e->head;
  memset(e->head, 0, sizeof *e->head);
  f->times.first_byte = loop_now(x->proxy->loop);
  http_codec_detach(x->up->codec);
  x->switched = true; /* upstream.c hands over what stands behind the head */
}

/* After a 101 the bytes that the server sent behind it go first. */
void exchange_switched(struct exchange *x, struct slice rest) {
  struct proxy *p = x->proxy;
  struct flow *f = x->flow;
  struct http_forward how = {.keep_upgrade = true,
                             .via = p->config.via,
                             .loop_token = p->loop_token,
                             .max_forwards = -1,
                             .client_minor = x->client_minor};
  struct buf first = BUF_INIT;
  http_forward_response(&first, &f->response.head, &how);
  buf_add_slice(&first, rest);
  struct buf waiting = BUF_INIT;
  buf_add_slice(&waiting, queue_slice(&x->to_server));
  struct upstream *up = x->up;
  x->up = NULL;
  f->response.body.complete = true;
  exchange_open_tunnel(x, upstream_detach(up), buf_slice(&first), buf_slice(&waiting));
  buf_clear(&first);
  buf_clear(&waiting);
}

static void exchange_info(struct exchange *x, const struct http_head *head) {
  bool ours = head->status == 100 && x->continued;
  if (!x->conn || x->client_minor == 0 || ours)
    return;
  struct http_forward how = {.max_forwards = -1, .client_minor = 1};
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
    f->response.head = *e->head;
    memset(e->head, 0, sizeof *e->head);
    f->times.first_byte = loop_now(x->proxy->loop);
    f->state = FLOW_RESPONSE_ARRIVING;
    x->response.in = e->framing;
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
    exchange_fail(x, (struct failure){STAGE_RESPONSE, ERROR_PROTOCOL, 0, 502}, "%s", e->fault->err.text);
    break;
  }
}

/* A kept connection may have been closed by the server just as the request went out: such a request was not served,
 * and may be sent again when repeating it does no harm (RFC 9110-9.2.2, 9112-9.3.1). */
static bool exchange_may_retry(const struct exchange *x) {
  const struct flow *f = x->flow;
  return x->up->used && !x->retried && x->response.state == LANE_IDLE && !http_codec_started(x->up->codec) &&
         x->request.complete && x->request.in.kind == HTTP_BODY_NONE && !f->request.sent &&
         http_is_idempotent(http_head_method(&f->request.head));
}

static void exchange_retry(struct exchange *x) {
  exchange_stop_upstream(x, false);
  x->retried = true;
  x->fresh = true;
  queue_clear(&x->to_server);
  x->flow->times.request_sent = 0;
  lane_release_request(x);
}

void exchange_upstream_ended(struct exchange *x, enum io_code code, int error) {
  struct upstream *up = x->up;
  if (code == IO_EOF && http_codec_started(up->codec) && x->response.in.kind == HTTP_BODY_CLOSE &&
      x->response.state != LANE_IDLE) {
    x->response.in.kind = HTTP_BODY_CLOSE;
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
  struct failure why = {STAGE_WAIT, code == IO_EOF ? ERROR_CLOSED : fail_error_of(error), error, 502};
  const char *how = code == IO_EOF ? "closed the connection" : "reset the connection";
  if (x->response.state != LANE_IDLE) {
    why.stage = STAGE_RESPONSE;
    exchange_fail(x, why, "the server %s in the middle of its answer", how);
  } else if (http_codec_in_head(up->codec)) {
    exchange_fail(x, why, "the server %s in the middle of the head of its answer", how);
  } else {
    exchange_fail(x, why, "the server %s without an answer", how);
  }
}

/* ---- the client ---- */

void exchange_client_ended(struct exchange *x) {
  if (!x->gone_at)
    x->gone_at = loop_now(x->proxy->loop);
  if (x->flow->paused != FLOW_RUNNING) {
    x->flow->client_gone = true;
    exchange_touch(x, FLOW_CHANGED_STATE);
  }
  exchange_watch(x);
}

void exchange_client_broke(struct exchange *x) {
  struct flow *f = x->flow;
  x->conn = NULL;
  if (f->paused != FLOW_RUNNING) {
    f->client_gone = true;
    exchange_touch(x, FLOW_CHANGED_STATE);
    return;
  }
  enum flow_stage stage = !x->request.complete             ? STAGE_REQUEST
                          : x->response.state == LANE_IDLE ? STAGE_WAIT
                                                           : STAGE_RESPONSE;
  exchange_fail(x, (struct failure){stage, ERROR_CLIENT, 0, 0},
                stage == STAGE_REQUEST ? "the client went away in the middle of its request"
                : stage == STAGE_WAIT  ? "the client went away before it was answered"
                                       : "the client went away in the middle of the answer");
}

/* ---- the end ---- */

void exchange_end(struct exchange *x) {
  struct proxy *p = x->proxy;
  struct flow *f = x->flow;
  struct conn *c = x->conn;
  if (x->done)
    return;
  x->done = true;
  tcp_dial_cancel(x->dial);
  x->dial = NULL;
  loop_task_cancel(p->loop, &x->dial_task);
  if (x->up)
    exchange_stop_upstream(x, f->state == FLOW_FAILED || !x->request.complete);
  loop_timer_cancel(p->loop, &x->timer);
  link_remove(&x->link);
  p->exchange_count--;
  if (f->state != FLOW_FAILED)
    f->state = FLOW_DONE;
  f->times.end = loop_now(p->loop);
  f->live = NULL;
  body_seal(&f->request.body);
  body_seal(&f->response.body);
  bool keep = x->keep_alive && x->request.complete;
  x->conn = NULL;
  x->flow = NULL;
  if (f->unrecorded)
    flow_free(f);
  else
    store_touch(p->store, f, FLOW_CHANGED_STATE | FLOW_CHANGED_BODY);
  loop_bury(p->loop, exchange_free, x);
  if (c)
    conn_exchange_done(c, keep);
}
