/*
 * A lane that may carry so many bytes a second, or a piece at a time. What has come counts from the beginning, so that the rate holds over any
 * longer time, whatever the timers do; a share is let go at a time, small enough to look like a slow line.
 */
#include <stdlib.h>

#include "weir/base/mem.h"

#include "parts.h"

#define SHARES_A_SECOND 50
#define SHARE_MOST      SCRATCH

struct pace {
  struct exchange *exchange;
  enum flow_side side;
  uint64_t rate, since, passed; /* rate 0: any */
  uint64_t piece, every;        /* piece 0: no pieces */
  uint64_t left, next;          /* of this piece; when the next one may begin */
  struct loop_timer timer;
};

static struct lane *lane_of(struct exchange *x, enum flow_side side) {
  return side == FLOW_REQUEST ? &x->request : &x->response;
}

static void wake(void *arg) {
  struct pace *p = arg;
  struct exchange *x = p->exchange;
  enum flow_side side = p->side;
  lane_pump(x, side);
  if (!x->done && side == FLOW_RESPONSE && x->conn)
    conn_flush(x->conn);
  else if (!x->done && side == FLOW_REQUEST && x->up)
    upstream_flush(x->up);
  if (!x->done)
    lane_read_on(x, side);
}

void pace_begin(struct exchange *x, enum flow_side side, uint64_t rate, const struct rule_fault *fault) {
  struct lane *l = lane_of(x, side);
  if (!rate && !fault->piece)
    return;
  if (!l->pace)
    l->pace = mem_zero(1, sizeof *l->pace);
  uint64_t now = loop_now(x->proxy->loop);
  *l->pace = (struct pace){.exchange = x, .side = side, .rate = rate, .since = now};
  l->pace->piece = l->pace->left = fault->piece;
  l->pace->every = fault->every;
  l->pace->timer.fn = wake;
  l->pace->timer.arg = l->pace;
}

static uint64_t share_of(const struct pace *p) {
  uint64_t share = p->rate / SHARES_A_SECOND;
  return share < 1 ? 1 : share > SHARE_MOST ? SHARE_MOST : share;
}

static size_t rate_allows(struct exchange *x, struct pace *p) {
  uint64_t now = loop_now(x->proxy->loop), share = share_of(p);
  uint64_t due = (uint64_t)((double)(now - p->since) / CLOCK_S * (double)p->rate);
  if (due >= p->passed + share)
    return due - p->passed < SHARE_MOST ? (size_t)(due - p->passed) : SHARE_MOST;
  uint64_t at = p->since + (uint64_t)((double)(p->passed + share) / (double)p->rate * CLOCK_S) + 1;
  loop_timer_arm(x->proxy->loop, &p->timer, at > now ? at - now : 1);
  return 0;
}

static size_t piece_allows(struct exchange *x, struct pace *p) {
  uint64_t now = loop_now(x->proxy->loop);
  if (!p->left && now < p->next) {
    loop_timer_arm(x->proxy->loop, &p->timer, p->next - now);
    return 0;
  }
  if (!p->left)
    p->left = p->piece;
  return p->left < SHARE_MOST ? (size_t)p->left : SHARE_MOST;
}

size_t pace_allows(struct exchange *x, enum flow_side side) {
  struct pace *p = lane_of(x, side)->pace;
  if (!p)
    return SIZE_MAX;
  size_t piece = p->piece ? piece_allows(x, p) : SIZE_MAX, most = SIZE_MAX;
  if (piece && p->rate)
    most = rate_allows(x, p);
  return piece < most ? piece : most;
}

void pace_took(struct exchange *x, enum flow_side side, size_t n) {
  struct pace *p = lane_of(x, side)->pace;
  if (!p)
    return;
  p->passed += n;
  if (!p->piece)
    return;
  p->left -= n < p->left ? n : p->left;
  if (!p->left)
    p->next = loop_now(x->proxy->loop) + p->every;
}

void pace_end(struct exchange *x, struct lane *l) {
  if (!l->pace)
    return;
  loop_timer_cancel(x->proxy->loop, &l->pace->timer);
  free(l->pace);
  l->pace = NULL;
}
