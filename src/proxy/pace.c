/*
 * A lane that may carry so many bytes a second. What has come counts from the beginning, so that the rate holds over any
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
  uint64_t rate, since, passed;
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

void pace_begin(struct exchange *x, enum flow_side side, uint64_t rate) {
  struct lane *l = lane_of(x, side);
  if (!rate)
    return;
  if (!l->pace)
    l->pace = mem_zero(1, sizeof *l->pace);
  *l->pace = (struct pace){.exchange = x, .side = side, .rate = rate, .since = loop_now(x->proxy->loop)};
  l->pace->timer.fn = wake;
  l->pace->timer.arg = l->pace;
}

static uint64_t share_of(const struct pace *p) {
  uint64_t share = p->rate / SHARES_A_SECOND;
  return share < 1 ? 1 : share > SHARE_MOST ? SHARE_MOST : share;
}

size_t pace_allows(struct exchange *x, enum flow_side side) {
  struct pace *p = lane_of(x, side)->pace;
  if (!p)
    return SIZE_MAX;
  uint64_t now = loop_now(x->proxy->loop), share = share_of(p);
  uint64_t due = (uint64_t)((double)(now - p->since) / CLOCK_S * (double)p->rate);
  if (due >= p->passed + share)
    return due - p->passed < SHARE_MOST ? (size_t)(due - p->passed) : SHARE_MOST;
  uint64_t at = p->since + (uint64_t)((double)(p->passed + share) / (double)p->rate * CLOCK_S) + 1;
  loop_timer_arm(x->proxy->loop, &p->timer, at > now ? at - now : 1);
  return 0;
}

void pace_took(struct exchange *x, enum flow_side side, size_t n) {
  struct pace *p = lane_of(x, side)->pace;
  if (p)
    p->passed += n;
}

void pace_end(struct exchange *x, struct lane *l) {
  if (!l->pace)
    return;
  loop_timer_cancel(x->proxy->loop, &l->pace->timer);
  free(l->pace);
  l->pace = NULL;
}
