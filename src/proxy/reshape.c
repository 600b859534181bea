/*
 * A body that rules change as it flows: the transform stands between what comes, live or from the record, and what goes.
 * The record keeps what came; what goes is kept beside it (flow_message.sent), of a body without content coding from the
 * first change on, since before that both are the same.
 *
 * Nothing piles up here: while the transform has more to give, or what it gave has not gone, nothing is read for the
 * lane, and a turn does a bounded share of the work.
 */
#include <stdlib.h>

#include "weir/base/mem.h"
#include "weir/rule/transform.h"

#include "parts.h"

#define STEP_MOST SCRATCH
#define CUT_MOST  (1024 * 1024) /* of a body that broke off: so much of what was held back still goes */

struct reshape {
  struct rule_transform *transform;
  struct queue in; /* what came and it has not taken */
  struct buf out;  /* what it made */
  size_t given;    /* ... that has gone */
  uint64_t made;   /* in all */
  bool more;       /* it has more to give without input */
  bool done;       /* all is made */
  bool kept;       /* `sent` has it */
  bool acted;      /* it differs from what came */
  bool own;        /* ... which is all that `sent` is for */
};

static struct lane *lane_of(struct exchange *x, enum flow_side side) {
  return side == FLOW_REQUEST ? &x->request : &x->response;
}

/* ---- what went, beside what came ---- */

/* What went until now is what came. */
static void keep_beginning(struct exchange *x, struct flow_message *m, const struct reshape *r) {
  struct body *to = &m->sent->body;
  while (to->seen < r->made) {
    struct slice s = slice_sub(body_at(&m->body, to->seen), 0, (size_t)(r->made - to->seen));
    if (!s.n)
      break;
    body_add(to, s.p, s.n, x->proxy->config.body_limit, 0);
  }
  if (to->seen < r->made) /* the record was cut before */
    to->seen = r->made;
}

static void begin_keeping(struct exchange *x, enum flow_side side, struct reshape *r) {
  struct flow_message *m = flow_side(x->flow, side);
  r->own = !m->sent;
  if (r->own) {
    m->sent = mem_zero(1, sizeof *m->sent);
    http_head_copy(&m->sent->head, &m->head);
    m->sent->by_rule = true;
    http_head_frame(&m->sent->head, &lane_of(x, side)->out);
  }
  m->sent->body_changed = r->kept = true;
  keep_beginning(x, m, r);
  exchange_touch(x, FLOW_CHANGED_EDIT | FLOW_CHANGED_HEAD | FLOW_CHANGED_BODY | FLOW_CHANGED_NOTE);
}

/* `made` is about to go. */
static void keep(struct exchange *x, enum flow_side side, struct reshape *r, struct slice made) {
  struct proxy *p = x->proxy;
  if (x->flow->unrecorded)
    return;
  if (!r->kept && r->acted)
    begin_keeping(x, side, r);
  if (r->kept) {
    struct body *to = &flow_side(x->flow, side)->sent->body;
    uint64_t before = to->kept;
    body_add(to, made.p, made.n, store_may_record(p->store) ? p->config.body_limit : to->kept, 0);
    if (to->kept > before)
      store_charge(p->store, x->flow, (size_t)(to->kept - before));
    exchange_touch(x, FLOW_CHANGED_BODY);
  }
  r->made += made.n;
}

static void free_edit(void *edit) {
  flow_edit_free(edit);
}

/* A body in which nothing was changed was sent as received, but for how it was coded. Somebody may be looking at it, and
 * is told at the end of the turn. */
static void forget_sent(struct exchange *x, enum flow_side side, const struct reshape *r) {
  struct flow_message *m = flow_side(x->flow, side);
  struct flow_edit *gone = m->sent;
  if (r->own) {
    m->sent = NULL;
  } else {
    gone = mem_zero(1, sizeof *gone);
    gone->body = m->sent->body;
    m->sent->body = (struct body){0};
    m->sent->body_changed = false;
  }
  loop_bury(x->proxy->loop, free_edit, gone);
  exchange_touch(x, FLOW_CHANGED_EDIT | FLOW_CHANGED_HEAD | FLOW_CHANGED_BODY);
}

/* ---- through the transform ---- */

bool reshape_works(const struct lane *l) {
  const struct reshape *r = l->reshape;
  return r && !l->broken && (r->more || r->given < r->out.n || queue_size(&r->in) || l->from_record || l->complete);
}

static void say(struct exchange *x, struct buf *says) {
  if (says->n) {
    flow_add_says(x->flow, buf_text(says));
    exchange_touch(x, FLOW_CHANGED_NOTE);
  }
  buf_clear(says);
}

static struct slice next_input(struct exchange *x, enum flow_side side) {
  struct lane *l = lane_of(x, side);
  struct slice s = {NULL, 0};
  if (l->from_record)
    s = body_at(&flow_side(x->flow, side)->body, l->sent);
  l->from_record = s.n > 0;
  return slice_sub(s.n ? s : queue_slice(&l->reshape->in), 0, SCRATCH);
}

enum stepped { STEPPED, STEPPED_DRY, STEPPED_FAILED };

/* What comes of one step stands in r->out. */
static enum stepped step(struct exchange *x, enum flow_side side, bool cut) {
  struct lane *l = lane_of(x, side);
  struct reshape *r = l->reshape;
  struct slice raw = next_input(x, side);
  size_t had = raw.n, before = r->out.n;
  bool end = (l->complete || cut) && !l->from_record && queue_size(&r->in) <= had;
  if (!had && !r->more && !end)
    return STEPPED_DRY;
  struct buf says = BUF_INIT;
  struct transform_step s = {&raw, end, cut, STEP_MOST, &r->out, false, &says};
  enum transform_code code = rules_transform(x->proxy->rules, x->flow, r->transform, &s);
  if (l->from_record)
    l->sent += had - raw.n;
  else
    queue_drop(&r->in, had - raw.n);
  r->more = code == TRANSFORM_MORE;
  r->done = code == TRANSFORM_DONE;
  r->acted = s.acted;
  say(x, &says);
  keep(x, side, r, slice_from(buf_slice(&r->out), before));
  return code == TRANSFORM_FAILED ? STEPPED_FAILED : STEPPED;
}

/* False: there is no room for it, or nobody there any more. */
static bool give(struct exchange *x, enum flow_side side, size_t high_water) {
  struct lane *l = lane_of(x, side);
  struct reshape *r = l->reshape;
  while (r->given < r->out.n) {
    size_t room = high_water == SIZE_MAX ? SIZE_MAX : pace_allows(x, side);
    if (!room || lane_queued(x, side) >= high_water)
      return false;
    struct slice s = slice_sub(slice_from(buf_slice(&r->out), r->given), 0, room < SCRATCH ? room : SCRATCH);
    r->given += s.n;
    pace_took(x, side, s.n);
    lane_out(x, side, s);
    if (x->done || l->broken)
      return false;
  }
  r->given = 0;
  buf_reset(&r->out);
  return true;
}

static void fail(struct exchange *x, enum flow_side side) {
  bool request = side == FLOW_REQUEST;
  give(x, side, SIZE_MAX);
  if (!x->done)
    exchange_fail(x,
                  (struct failure){.stage = request ? STAGE_REQUEST : STAGE_RESPONSE,
                                   .error = ERROR_PROTOCOL,
                                   .status = request ? 400 : 502},
                  "a rule replaces in the body of the %s, and %s", request ? "request" : "response",
                  rule_transform_why(lane_of(x, side)->reshape->transform));
}

void reshape_pump(struct exchange *x, enum flow_side side) {
  struct lane *l = lane_of(x, side);
  for (int turns = READ_BUDGET; !l->broken; turns--) {
    if (!give(x, side, HIGH_WATER)) {
      l->from_record = l->from_record && !l->broken; /* what comes is recorded, and goes nowhere */
      return;
    }
    if (l->reshape->done) {
      lane_finish(x, side);
      return;
    }
    enum stepped how = turns ? step(x, side, false) : STEPPED_DRY;
    if (how == STEPPED_FAILED)
      fail(x, side);
    if (how != STEPPED)
      return;
  }
}

void reshape_data(struct exchange *x, enum flow_side side, struct slice data) {
  struct lane *l = lane_of(x, side);
  if (l->broken)
    return;
  queue_add(&l->reshape->in, data.p, data.n);
  reshape_pump(x, side);
}

void reshape_cut(struct exchange *x, enum flow_side side) {
  struct lane *l = lane_of(x, side);
  if (!l->reshape || l->state != LANE_FLOW || l->broken || l->complete)
    return;
  for (uint64_t before = l->reshape->made; l->reshape->made - before < CUT_MOST && !l->reshape->done;)
    if (step(x, side, true) != STEPPED)
      break;
  give(x, side, SIZE_MAX);
}

/* ---- beginning and end ---- */

void reshape_begin(struct exchange *x, enum flow_side side, bool *reframe) {
  struct lane *l = lane_of(x, side);
  const struct flow_message *m = flow_side(x->flow, side);
  struct rule_transform *t = l->effects.transform;
  bool replaced = m->sent && m->sent->body_changed, heard = side == FLOW_REQUEST || x->conn;
  if (!t || replaced || !heard || l->out.kind == HTTP_BODY_NONE)
    return;
  l->effects.transform = NULL;
  l->reshape = mem_zero(1, sizeof *l->reshape);
  l->reshape->transform = t;
  l->out = (struct http_framing){HTTP_BODY_CHUNKED, 0};
  *reframe = true;
  if (!rule_transform_plain(t) && !x->flow->unrecorded)
    begin_keeping(x, side, l->reshape);
}

void reshape_end(struct exchange *x, enum flow_side side) {
  struct lane *l = lane_of(x, side);
  struct reshape *r = l->reshape;
  if (!r)
    return;
  l->reshape = NULL;
  if (r->kept && !r->acted)
    forget_sent(x, side, r);
  else if (r->kept) {
    struct body *sent = &flow_side(x->flow, side)->sent->body;
    sent->complete = r->done && r->given == r->out.n;
    body_seal(sent);
    exchange_touch(x, FLOW_CHANGED_BODY);
  }
  rule_transform_free(r->transform);
  queue_clear(&r->in);
  buf_clear(&r->out);
  free(r);
}
