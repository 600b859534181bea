/*
 * The live state machine of one request and its response: the only place that joins client, rules, server and flow.
 * Its two lanes (lane.c) carry the states. request.c begins it, connect.c finds its server, response.c hears the
 * answer; this file holds what is common: making it, its time limits, a client that leaves, and the end.
 */
#include <stdio.h>
#include <stdlib.h>

#include "weir/base/mem.h"

#include "parts.h"

void exchange_set_host(struct exchange *x, struct slice host) {
  if (x->host != x->host_room)
    free(x->host);
  x->host = NULL;
  if (!host.n)
    return;
  x->host = host.n < sizeof x->host_room ? x->host_room : mem_alloc(host.n + 1);
  for (size_t i = 0; i < host.n; i++)
    x->host[i] = host.p[i] >= 'A' && host.p[i] <= 'Z' ? (char)(host.p[i] - 'A' + 'a') : host.p[i];
  x->host[host.n] = '\0';
}

static void exchange_free(void *what) {
  struct exchange *x = what;
  queue_clear(&x->to_server);
  exchange_set_host(x, (struct slice){NULL, 0});
  unreached_free(x->unreached);
  buf_clear(&x->gave_up);
  rule_tunnel_free(x->rules);
  free(x->sni);
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
    return x->flow->pause ? x->flow->pause->until : 0;
  if (x->rest_until)
    return x->rest_until;
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
  if (x->flow->paused != FLOW_RUNNING) {
    person_absent(x);
    return;
  }
  if (!what) {
    exchange_fail(x, (struct failure){STAGE_WAIT, ERROR_CLIENT, 0, 0}, "the client closed before it was answered");
    return;
  }
  enum flow_stage stage = queue_size(&x->to_server)        ? STAGE_SEND
                          : x->response.state == LANE_IDLE ? STAGE_WAIT
                                                           : STAGE_RESPONSE;
  uint64_t hundredths = (now - x->since) / (10 * CLOCK_MS);
  char text[80];
  snprintf(text, sizeof text, "%s for %g s", what, (double)hundredths / 100);
  if (stage == STAGE_RESPONSE || !reverse_elsewhere(x, text, true))
    exchange_fail(x, (struct failure){stage, ERROR_TIMEOUT, 0, 504}, "%s", text);
  else if (!x->done)
    loop_timer_arm(x->proxy->loop, &x->timer, CLOCK_S);
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
  x->to_server.spares = &p->spares;
  f->live = x;
  link_add(&p->exchanges, &x->link);
  p->exchange_count++;
  p->requests++;
  const struct proxy_config *config = &p->config;
  if (config->send_timeout || config->response_timeout || config->body_timeout)
    loop_timer_arm(p->loop, &x->timer, CLOCK_S);
  return x;
}

/* ---- the client ---- */

static void gone_while_paused(struct exchange *x) {
  struct flow *f = x->flow;
  f->client_gone = true;
  if (f->pause && !f->pause->gone)
    f->pause->gone = loop_now(x->proxy->loop);
  exchange_touch(x, FLOW_CHANGED_STATE);
}

void exchange_client_ended(struct exchange *x) {
  if (!x->gone_at)
    x->gone_at = loop_now(x->proxy->loop);
  if (x->flow->paused != FLOW_RUNNING)
    gone_while_paused(x);
  exchange_watch(x);
}

void exchange_client_broke(struct exchange *x) {
  struct flow *f = x->flow;
  x->conn = NULL;
  if (f->paused != FLOW_RUNNING) {
    gone_while_paused(x);
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

/* Out of the proxy's lists; the flow is somebody else's from now on. */
void exchange_leave(struct exchange *x) {
  struct proxy *p = x->proxy;
  x->done = true;
  reverse_leave(x);
  served_end(x);
  circle_forget(x);
  circle_leave(p, &x->place);
  x->conn = NULL;
  x->flow = NULL;
  queue_clear(&x->to_server);
  x->to_server.spares = NULL; /* it is freed later than they may be */
  loop_timer_cancel(p->loop, &x->timer);
  lane_forget(x);
  link_remove(&x->link);
  p->exchange_count--;
  loop_bury(p->loop, exchange_free, x);
}

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
  stream_free(x->handshake);
  x->handshake = NULL;
  through_stop(x);
  if (x->up)
    exchange_stop_upstream(x, f->state == FLOW_FAILED || !x->request.complete);
  if (f->state != FLOW_FAILED)
    f->state = FLOW_DONE;
  f->times.end = f->state == FLOW_FAILED ? loop_clock(p->loop) : loop_now(p->loop);
  f->live = NULL;
  f->shaking = false;
  unseen_show(p, f);
  reshape_end(x, FLOW_REQUEST);
  reshape_end(x, FLOW_RESPONSE);
  body_seal(&f->request.body);
  body_seal(&f->response.body);
  if (!f->unrecorded)
    rules_ask_end(p->rules, f);
  bool keep = x->keep_alive && x->request.complete;
  if (c && !keep && f->state == FLOW_DONE && x->request.complete && x->request.in.kind == HTTP_BODY_NONE)
    c->last = !http_keeps_alive(&f->request.head); /* behind a body some send an empty line (RFC 9112-2.2) */
  exchange_leave(x);
  if (f->unrecorded)
    flow_free(f);
  else
    store_touch(p->store, f, FLOW_CHANGED_STATE | FLOW_CHANGED_BODY);
  if (c)
    conn_exchange_done(c, keep);
}
