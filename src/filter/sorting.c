#include "sorting.h"

#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"

void sorting_clear(struct sorting *s) {
  order_free(s->order);
  order_free(s->next);
  free(s->running);
  *s = (struct sorting){0};
}

void sorting_start(struct sorting *s, struct datum *by, bool reverse) {
  order_free(s->next);
  s->next = order_new(by);
  s->next_id = 0;
  s->next_reverse = reverse;
}

void sorting_empty(struct sorting *s) {
  if (s->order)
    order_clear(s->order);
  if (s->next)
    order_clear(s->next);
  s->next_id = 0;
  s->running_n = 0;
  s->gone = 0;
}

static void note_running(struct sorting *s, const struct order *o, const struct flow *f) {
  if (flow_finished(f) || !datum_grows(order_by(o)) || order_has(o, f->id))
    return;
  if (s->running_n == s->running_cap) {
    s->running_cap = s->running_cap ? s->running_cap * 2 : 64;
    s->running = mem_grow(s->running, s->running_cap * sizeof *s->running);
  }
  s->running[s->running_n++] = f->id;
}

void sorting_put_next(struct sorting *s, const struct flow *f, uint64_t now) {
  note_running(s, s->next, f);
  order_put(s->next, f, now);
}

bool sorting_put(struct sorting *s, const struct flow *f, uint64_t now) {
  if (s->next && f->id < s->next_id)
    sorting_put_next(s, f, now);
  if (!s->order)
    return false;
  note_running(s, s->order, f);
  return order_put(s->order, f, now);
}

void sorting_remove(struct sorting *s, uint64_t id) {
  if (s->next)
    order_remove(s->next, id);
  if (!s->order || !order_has(s->order, id))
    return;
  s->gone = id;
  s->gone_place = order_place(s->order, id, NULL, 0, s->reverse);
  order_remove(s->order, id);
}

void sorting_switch(struct sorting *s) {
  order_free(s->order);
  s->order = s->next;
  s->reverse = s->next_reverse;
  s->next = NULL;
  s->gone = 0;
}

bool sorting_grow(struct sorting *s, const struct store *store, uint64_t now, size_t max) {
  bool moved = false;
  size_t kept = 0, n = s->running_n < max ? s->running_n : max;
  for (size_t i = 0; i < n; i++) {
    uint64_t id = s->running[i];
    const struct flow *f = store_get(store, id);
    if (!f || !order_has(s->order, id))
      continue;
    moved |= order_put(s->order, f, now);
    if (!flow_finished(f))
      s->running[kept++] = id;
  }
  /* Those that were not looked at now come first the next time. */
  size_t rest = s->running_n - n;
  if (rest) {
    uint64_t *turned = mem_alloc((rest + kept) * sizeof *turned);
    memcpy(turned, s->running + n, rest * sizeof *turned);
    memcpy(turned + rest, s->running, kept * sizeof *turned);
    memcpy(s->running, turned, (rest + kept) * sizeof *turned);
    free(turned);
  }
  s->running_n = rest + kept;
  return moved;
}
