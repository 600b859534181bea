/*
 * Rules and tunnels that weir does not look into. A tunnel of which that is certain when it begins is asked about before its
 * server is; one that turns out to carry neither TLS nor HTTP, or to be let pass for the name in its ClientHello, when that is
 * seen. One whose bytes are read is left to the rules for what is in it, except by those that mean the tunnel itself.
 */
#include <string.h>

#include "weir/base/mem.h"

#include "parts.h"

bool tunnel_is_read(const struct exchange *x) {
  const struct proxy *p = x->proxy;
  const struct mode *m = x->conn->mode;
  bool transparent = m && m->kind == MODE_TRANSPARENT;
  return (secure_on(p) || transparent) && !x->flow->request.stream && !secure_passes(p, flow_host(x->flow)) &&
         !pass_early(p, x->flow);
}

/* The last that touched it is the one that blocks. */
static const char *blocker(const struct flow *f) {
  const char *name = f->touched ? strrchr(f->touched, '\n') : NULL;
  return name ? name + 1 : f->touched ? f->touched : "";
}

/* In the words that its client understands: a status, a reply of SOCKS, or the end alone. */
static int answer_of(const struct exchange *x, const struct rule_effects *e) {
  const struct front *front = x->conn->front;
  int status = e->answer ? e->answer->head.status : FAIL_IN_ORDER;
  if (e->block == BLOCK_RESET)
    return 0;
  if (front)
    return front_replies(front) ? 403 : FAIL_IN_ORDER;
  return status > 0 && status < 400 ? 403 : status; /* 200 would open it */
}

static void waited(void *arg) {
  exchange_open_way(arg);
}

bool tunnel_asks(struct exchange *x) {
  struct flow *f = x->flow;
  if (x->rules)
    return true;
  x->rules = mem_zero(1, sizeof *x->rules);
  x->opaque = !tunnel_is_read(x);
  rules_ask_tunnel(x->proxy->rules, f, x->opaque ? TUNNEL_OPAQUE : TUNNEL_BEGINS, x->rules);
  struct rule_effects *e = &x->rules->up;
  if (f->touched)
    exchange_touch(x, FLOW_CHANGED_NOTE);
  if (e->block || e->answer) {
    struct failure why = {.stage = STAGE_REQUEST, .error = ERROR_DROPPED, .status = answer_of(x, e)};
    exchange_fail(x, why, "a rule blocks it: %s", blocker(f));
    return false;
  }
  if (!e->delay)
    return true;
  x->request.state = LANE_DELAYED;
  x->request.delay.fn = waited;
  x->request.delay.arg = x;
  loop_timer_arm(x->proxy->loop, &x->request.delay, e->delay);
  f->times.delayed_ns += e->delay;
  e->delay = 0;
  return false;
}

bool tunnel_turns_opaque(struct proxy *p, struct flow *f, struct rule_tunnel *rules, bool *reset, struct buf *text) {
  rules_ask_tunnel(p->rules, f, TUNNEL_TURNED_OPAQUE, rules);
  if (!rules->up.block && !rules->up.answer)
    return true;
  *reset = rules->up.block == BLOCK_RESET;
  buf_printf(text, "a rule blocks it: %s", blocker(f));
  return false;
}

/* ---- rates ---- */

#define SHARES_A_SECOND 50
#define SAVED_MOST      (CLOCK_S / 4) /* a tunnel that was idle has no more than this in hand */

void dose_begin(struct dose *d, uint64_t rate, uint64_t now) {
  *d = (struct dose){.rate = rate, .at = now};
}

size_t dose_allows(struct dose *d, uint64_t now, uint64_t *wait) {
  if (!d->rate)
    return SIZE_MAX;
  double rate = (double)d->rate, share = rate / SHARES_A_SECOND, most = rate * SAVED_MOST / CLOCK_S;
  share = share < 1 ? 1 : share;
  d->credit += (double)(now - d->at) / CLOCK_S * rate;
  d->at = now;
  if (d->credit > most && d->credit > share)
    d->credit = most > share ? most : share;
  if (d->credit >= share)
    return (size_t)d->credit;
  *wait = (uint64_t)((share - d->credit) / rate * CLOCK_S) + 1;
  return 0;
}

void dose_took(struct dose *d, size_t n) {
  d->credit -= (double)n;
}
