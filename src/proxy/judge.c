/*
 * A lane whose head has come asks the rules, and then does what they want: holds the message for the body's sake or for
 * the person's, waits, answers in the server's place, breaks off, or lets it go.
 */
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"

#include "parts.h"

static struct lane *lane_of(struct exchange *x, enum flow_side side) {
  return side == FLOW_REQUEST ? &x->request : &x->response;
}

/* A client that waits for "100 Continue" would never send the body that a person or a rule wants to see. */
void lane_invite_body(struct exchange *x) {
  if (!x->conn || x->continued || x->request.complete || !http_expects_continue(&x->flow->request.head))
    return;
  x->continued = true;
  struct slice s = SLICE("HTTP/1.1 100 Continue\r\n\r\n");
  queue_add(&x->conn->out, s.p, s.n);
  conn_flush(x->conn);
}

static void lane_pause(struct exchange *x, enum flow_side side, struct flow_pause *pause) {
  struct lane *l = lane_of(x, side);
  l->state = LANE_PAUSED;
  x->flow->paused = side == FLOW_REQUEST ? FLOW_PAUSED_REQUEST : FLOW_PAUSED_RESPONSE;
  x->flow->times.paused_since = loop_now(x->proxy->loop);
  if (pause && pause->after)
    pause->until = x->flow->times.paused_since + pause->after;
  flow_set_pause(x->flow, pause);
  if (x->gone_at || !x->conn)
    x->flow->client_gone = true;
  exchange_touch(x, FLOW_CHANGED_STATE);
  exchange_watch(x);
  if (side == FLOW_REQUEST)
    lane_invite_body(x);
}

/* The person paused the request and wants to see what comes of it. */
static struct flow_pause *lane_promised(const struct exchange *x, enum flow_side side) {
  const struct flow_pause *asked = x->flow->pause;
  if (side != FLOW_RESPONSE || !asked || !asked->response_too)
    return NULL;
  struct flow_pause *pause = mem_zero(1, sizeof *pause);
  pause->why = mem_dup(asked->why);
  pause->end = asked->end;
  pause->after = asked->after;
  return pause;
}

static void request_waited(void *arg);
static void response_waited(void *arg);

/* ---- going on ---- */

void lane_read_on(struct exchange *x, enum flow_side side) {
  if (!x->done && side == FLOW_REQUEST && x->conn)
    conn_continue(x->conn);
  else if (!x->done && side == FLOW_RESPONSE && x->up)
    upstream_touch(x->up);
  else if (!x->done && side == FLOW_RESPONSE)
    served_touch(x);
}

static void lane_block(struct exchange *x, enum flow_side side, enum rule_block how) {
  const char *touched = x->flow->touched, *name = touched ? strrchr(touched, '\n') : NULL;
  struct failure why = {.stage = side == FLOW_REQUEST ? STAGE_REQUEST : STAGE_RESPONSE,
                        .error = ERROR_DROPPED,
                        .status = how == BLOCK_CLOSE ? FAIL_IN_ORDER : 0};
  exchange_fail(x, why, "a rule blocks it: %s", name ? name + 1 : touched ? touched : "");
}

void lane_go_on(struct exchange *x, enum flow_side side) {
  struct lane *l = lane_of(x, side);
  struct rule_effects *e = &l->effects;
  lane_unpause(x);
  if (e->delay) {
    l->state = LANE_DELAYED;
    l->delay.fn = side == FLOW_REQUEST ? request_waited : response_waited;
    l->delay.arg = x;
    loop_timer_arm(x->proxy->loop, &l->delay, e->delay);
    x->flow->times.delayed_ns += e->delay;
    e->delay = 0;
    if (side == FLOW_REQUEST)
      lane_invite_body(x);
  } else if (e->block) {
    lane_block(x, side, e->block);
  } else if (e->answer) {
    answer_by_rule(x);
  } else if (side == FLOW_REQUEST) {
    pace_begin(x, side, e->up, &e->fault);
    x->response.effects.down = e->down;
    lane_release_request(x);
  } else {
    pace_begin(x, side, e->down, &e->fault);
    lane_release_response(x);
  }
}

static void lane_waited(struct exchange *x, enum flow_side side) {
  lane_go_on(x, side);
  lane_read_on(x, side);
}
static void request_waited(void *arg) {
  lane_waited(arg, FLOW_REQUEST);
}
static void response_waited(void *arg) {
  lane_waited(arg, FLOW_RESPONSE);
}

/* ---- asking the rules ---- */

/* At once so much; what takes longer goes on in slices, so that a long body holds up nobody else. */
#define JUDGE_AT_ONCE (1 * CLOCK_MS)

static void lane_ask(struct exchange *x, enum hook_point point, uint64_t deadline);

static bool lane_judge_on(struct exchange *x, enum flow_side side, uint64_t deadline) {
  const struct lane *l = lane_of(x, side);
  lane_ask(x, l->inquired, deadline);
  if (l->state == LANE_JUDGED)
    return !x->done;
  lane_read_on(x, side);
  return false;
}
static bool request_judge_on(void *arg, uint64_t deadline) {
  return lane_judge_on(arg, FLOW_REQUEST, deadline);
}
static bool response_judge_on(void *arg, uint64_t deadline) {
  return lane_judge_on(arg, FLOW_RESPONSE, deadline);
}

static void lane_take_says(struct exchange *x, struct rule_effects *e) {
  if (!e->says.n)
    return;
  flow_add_says(x->flow, buf_text(&e->says));
  buf_reset(&e->says);
  exchange_touch(x, FLOW_CHANGED_NOTE);
}

/* What rules made of the message is in the flow already; this is what follows from it. False: the exchange is over. */
static bool lane_changed(struct exchange *x, enum flow_side side) {
  struct lane *l = lane_of(x, side);
  struct flow *f = x->flow;
  struct rule_effects *e = &l->effects;
  struct err err;
  lane_take_says(x, e);
  if (e->edited)
    lane_frame_edit(x, side);
  if (e->edited || f->touched)
    exchange_touch(x, FLOW_CHANGED_EDIT | FLOW_CHANGED_HEAD | FLOW_CHANGED_BODY | FLOW_CHANGED_NOTE);
  if (e->retargeted && !exchange_retarget(x, flow_sent_head(&f->request), &err)) {
    exchange_fail(x, (struct failure){.stage = STAGE_REQUEST, .error = ERROR_PROTOCOL, .status = 502}, "%s", err.text);
    return false;
  }
  e->edited = e->retargeted = false;
  return true;
}

static void lane_ask(struct exchange *x, enum hook_point point, uint64_t deadline) {
  bool at_head = point == HOOK_REQUEST_HEAD || point == HOOK_RESPONSE_HEAD;
  enum flow_side side = point == HOOK_REQUEST_HEAD || point == HOOK_REQUEST ? FLOW_REQUEST : FLOW_RESPONSE;
  struct lane *l = lane_of(x, side);
  struct flow_pause *pause = NULL;
  enum hook_verdict verdict = rules_ask(x->proxy->rules, point, x->flow, deadline, &l->inquiry, &pause, &l->effects);
  switch (verdict) {
  case HOOK_PAUSE:
  case HOOK_PASS:
    l->state = LANE_IDLE;
    if (!lane_changed(x, side))
      flow_pause_free(pause);
    else if (verdict == HOOK_PAUSE)
      lane_pause(x, side, pause);
    else
      lane_go_on(x, side);
    break;
  case HOOK_MORE:
    l->state = LANE_JUDGED;
    l->inquired = point;
    l->judging.step = side == FLOW_REQUEST ? request_judge_on : response_judge_on;
    l->judging.arg = x;
    loop_job_start(x->proxy->loop, &l->judging);
    break;
  case HOOK_RUN:
    l->state = LANE_JUDGED;
    run_start(x, side);
    break;
  case HOOK_WANT_BODY:
    lane_take_says(x, &l->effects);
    if (at_head && l->in.kind != HTTP_BODY_NONE && !l->complete) {
      l->state = LANE_BUFFER;
      if (side == FLOW_REQUEST)
        lane_invite_body(x);
    } else if (at_head) {
      flow_side(x->flow, side)->body.complete = true; /* there is none */
      lane_ask(x, side == FLOW_REQUEST ? HOOK_REQUEST : HOOK_RESPONSE, deadline);
    }
    break;
  }
}

static void forget(struct exchange *x, struct lane *l) {
  rules_forget(&l->inquiry);
  rule_effects_clear(&l->effects);
  loop_job_stop(x->proxy->loop, &l->judging);
  run_end(l->run);
  l->run = NULL;
  loop_timer_cancel(x->proxy->loop, &l->delay);
  pace_end(x, l);
}

void lane_forget(struct exchange *x) {
  forget(x, &x->request);
  forget(x, &x->response);
}

/* The body that a rule waited for is there, or as much of it as may be kept. */
void lane_judge(struct exchange *x, enum flow_side side) {
  lane_ask(x, side == FLOW_REQUEST ? HOOK_REQUEST : HOOK_RESPONSE, clock_mono() + JUDGE_AT_ONCE);
}

void lane_ran(struct exchange *x, enum flow_side side) {
  lane_judge(x, side);
  if (!x->done && lane_of(x, side)->state != LANE_JUDGED)
    lane_read_on(x, side);
}

/* The head has come: who wants to hold it? It may have come a moment ago, and all of its body since. */
void lane_start(struct exchange *x, enum flow_side side) {
  struct lane *l = lane_of(x, side);
  if (side == FLOW_REQUEST && client_waits(x->conn)) {
    l->state = LANE_ASKED;
    return;
  }
  struct flow_pause *promised = lane_promised(x, side);
  if (promised)
    lane_pause(x, side, promised);
  else
    lane_ask(x, side == FLOW_REQUEST ? HOOK_REQUEST_HEAD : HOOK_RESPONSE_HEAD, clock_mono() + JUDGE_AT_ONCE);
}

void lane_client_known(struct exchange *x) {
  if (x->request.state != LANE_ASKED)
    return;
  if (x->tunnel) {
    exchange_open_way(x);
    return;
  }
  lane_start(x, FLOW_REQUEST);
  if (!x->done && x->conn)
    conn_continue(x->conn);
}
