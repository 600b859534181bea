/* CONNECTs that nobody need see. What is asked inside of a tunnel has rows of its own, so its CONNECT stays outside the
 * store, without a number, until it fails, goes on as a tunnel, or takes so long that a person wants to know what
 * hangs. */
#include "parts.h"

#define SHOWN_NS CLOCK_S /* what takes longer is seen */

void unseen_show(struct proxy *p, struct flow *f) {
  if (f->id || f->unrecorded)
    return;
  store_admit(p->store, f);
  client_flow_shown(p, f);
}

void unseen_drop(struct proxy *p, struct flow *f) {
  if (!f->unrecorded)
    client_flow_gone(p, f);
  flow_free(f);
}

bool unseen_due(struct proxy *p, struct flow *f) {
  if (f->id || f->unrecorded)
    return false;
  if (loop_now(p->loop) - f->times.start < SHOWN_NS)
    return true;
  unseen_show(p, f);
  return false;
}

static void look(void *arg) {
  struct proxy *p = arg;
  bool more = false;
  for (const struct link *l = p->exchanges; l; l = l->next)
    more |= unseen_due(p, PART_OF(l, struct exchange)->flow);
  more |= sniffs_due(p);
  if (more)
    unseen_watch(p);
}

void unseen_watch(struct proxy *p) {
  p->unseen_timer.fn = look;
  p->unseen_timer.arg = p;
  if (!p->unseen_timer.place)
    loop_timer_arm(p->loop, &p->unseen_timer, SHOWN_NS / 4);
}
