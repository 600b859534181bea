/*
 * What a rule breaks of a body on its way: it ends after so many bytes, in order or not, goes no further while its
 * connection stays, or carries a wrong byte. The record keeps what came; the row says what was done to it.
 */
#include "parts.h"

static struct lane *lane_of(struct exchange *x, enum flow_side side) {
  return side == FLOW_REQUEST ? &x->request : &x->response;
}

static void say(struct exchange *x, struct buf *sentence) {
  flow_add_says(x->flow, buf_text(sentence));
  buf_clear(sentence);
  exchange_touch(x, FLOW_CHANGED_NOTE);
}

struct slice fault_share(struct exchange *x, enum flow_side side, struct slice data, size_t *flip) {
  struct lane *l = lane_of(x, side);
  const struct rule_fault *fault = &l->effects.fault;
  *flip = SIZE_MAX;
  if (fault->how && fault->after - l->passed < data.n)
    data.n = (size_t)(fault->after - l->passed);
  if (fault->flips && fault->flip_at >= l->passed && fault->flip_at - l->passed < data.n) {
    *flip = (size_t)(fault->flip_at - l->passed);
    struct buf b = BUF_INIT;
    buf_printf(&b, "a rule inverts byte %llu of the body: %s", (unsigned long long)fault->flip_at, fault->flip_by);
    say(x, &b);
  }
  return data;
}

static const char *const does[] = {"", "resets it", "cuts it short", "lets it hang"};

static void end_request(void *arg) {
  struct exchange *x = arg;
  const struct rule_fault *fault = &x->request.effects.fault;
  if (x->up && fault->how == BREAK_TRUNCATE)
    exchange_stop_upstream(x, false);
  exchange_fail(x, (struct failure){.stage = STAGE_SEND, .error = ERROR_DROPPED, .status = 502},
                "a rule %s after %llu bytes of the request: %s", does[fault->how], (unsigned long long)fault->after,
                fault->break_by);
}

static void end_response(void *arg) {
  struct exchange *x = arg;
  const struct rule_fault *fault = &x->response.effects.fault;
  exchange_fail(x,
                (struct failure){.stage = STAGE_RESPONSE,
                                 .error = ERROR_DROPPED,
                                 .status = fault->how == BREAK_TRUNCATE ? FAIL_IN_ORDER : 0},
                "a rule %s after %llu bytes: %s", does[fault->how], (unsigned long long)fault->after, fault->break_by);
}

/* What is still on its way when a connection is reset is thrown away at both ends: it gets the time to arrive. */
#define BEFORE_RESET (50 * CLOCK_MS)

static void end_soon(struct exchange *x, struct lane *l, void (*end)(void *)) {
  if (l->delay.place)
    return;
  l->delay.fn = end;
  l->delay.arg = x;
  loop_timer_arm(x->proxy->loop, &l->delay, l->effects.fault.how == BREAK_RESET ? BEFORE_RESET : 0);
}

void fault_sent(struct exchange *x) {
  struct lane *l = &x->request;
  if (l->broken && l->effects.fault.how != BREAK_HANG)
    end_soon(x, l, end_request);
}

bool fault_due(struct exchange *x, enum flow_side side) {
  struct lane *l = lane_of(x, side);
  const struct rule_fault *fault = &l->effects.fault;
  if (!fault->how || l->passed < fault->after)
    return false;
  l->broken = true;
  if (fault->how == BREAK_HANG) {
    struct buf b = BUF_INIT;
    buf_printf(&b, "a rule lets it hang after %llu bytes: %s", (unsigned long long)fault->after, fault->break_by);
    say(x, &b);
  } else if (side == FLOW_RESPONSE) {
    end_soon(x, l, end_response);
  } else if (x->up && !queue_size(&x->to_server)) {
    fault_sent(x);
  }
  return true;
}

void fault_end(struct exchange *x, enum flow_side side) {
  const struct lane *l = lane_of(x, side);
  const struct rule_fault *fault = &l->effects.fault;
  struct buf b = BUF_INIT;
  if (fault->how)
    buf_printf(&b, "its body ends before %llu bytes, where a rule %s: %s", (unsigned long long)fault->after,
               does[fault->how], fault->break_by);
  else if (fault->flips && l->passed <= fault->flip_at)
    buf_printf(&b, "its body ends before byte %llu, which a rule inverts: %s", (unsigned long long)fault->flip_at,
               fault->flip_by);
  if (b.n)
    say(x, &b);
}
