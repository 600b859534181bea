/*
 * What a rule breaks of a body on its way: it ends after so many bytes, in order or not, goes no further while its
 * connection stays, or carries a wrong byte. The record keeps what came; the row says what was done to it.
 */
#include "weir/base/mem.h"

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

/* As it went, beside what came: to be looked at, compared and sent again. */
static void keep_flipped(struct exchange *x, enum flow_side side, uint64_t at) {
  struct proxy *p = x->proxy;
  struct flow_message *m = flow_side(x->flow, side);
  const struct body *from = flow_sent_body(m);
  struct body to = {0};
  if (x->flow->unrecorded || lane_of(x, side)->reshape || body_cut(from) || from->kept > RULE_BODY_MAX ||
      !store_may_record(p->store))
    return;
  for (uint64_t done = 0; done < from->kept;) {
    struct slice s = body_at(from, done);
    char wrong = (char)~*s.p;
    if (done < at && at - done < s.n)
      s.n = (size_t)(at - done);
    if (done == at)
      s = slice_make(&wrong, 1);
    body_add(&to, s.p, s.n, UINT64_MAX, from->kept);
    done += s.n;
  }
  to.complete = true;
  body_seal(&to);
  if (!m->sent) {
    m->sent = mem_zero(1, sizeof *m->sent);
    http_head_copy(&m->sent->head, &m->head);
    m->sent->by_rule = true;
  }
  body_clear(&m->sent->body);
  m->sent->body = to;
  m->sent->body_changed = true;
  store_charge(p->store, x->flow, body_cost(&to));
  exchange_touch(x, FLOW_CHANGED_EDIT | FLOW_CHANGED_HEAD | FLOW_CHANGED_BODY);
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
  else if (fault->flips)
    keep_flipped(x, side, fault->flip_at);
  if (b.n)
    say(x, &b);
}
