#include "io/timers.h"

#include <stdlib.h>

#include "weir/base/mem.h"

static void put(struct timers *h, size_t i, struct timer_node node) {
  h->v[i] = node;
  node.timer->place = i + 1;
}

static void sift_up(struct timers *h, size_t i, struct timer_node node) {
  while (i > 0) {
    size_t parent = (i - 1) / 2;
    if (h->v[parent].bound <= node.bound)
      break;
    put(h, i, h->v[parent]);
    i = parent;
  }
  put(h, i, node);
}

static void sift_down(struct timers *h, size_t i, struct timer_node node) {
  for (;;) {
    size_t child = 2 * i + 1;
    if (child >= h->n)
      break;
    if (child + 1 < h->n && h->v[child + 1].bound < h->v[child].bound)
      child++;
    if (node.bound <= h->v[child].bound)
      break;
    put(h, i, h->v[child]);
    i = child;
  }
  put(h, i, node);
}

void timers_clear(struct timers *h) {
  for (size_t i = 0; i < h->n; i++)
    h->v[i].timer->place = 0;
  free(h->v);
  *h = (struct timers){0};
}

void timers_arm(struct timers *h, struct loop_timer *t, uint64_t due) {
  t->due = due;
  if (t->place) {
    size_t i = t->place - 1;
    if (due < h->v[i].bound)
      sift_up(h, i, (struct timer_node){due, t});
    return;
  }
  if (h->n == h->cap) {
    h->cap = h->cap ? h->cap * 2 : 32;
    h->v = mem_grow(h->v, h->cap * sizeof *h->v);
  }
  h->n++;
  sift_up(h, h->n - 1, (struct timer_node){due, t});
}

void timers_cancel(struct timers *h, struct loop_timer *t) {
  if (!t->place)
    return;
  size_t i = t->place - 1;
  struct timer_node last = h->v[--h->n];
  t->place = 0;
  if (i == h->n)
    return;
  if (i > 0 && last.bound < h->v[(i - 1) / 2].bound)
    sift_up(h, i, last);
  else
    sift_down(h, i, last);
}

uint64_t timers_next(struct timers *h) {
  while (h->n > 0) {
    struct timer_node top = h->v[0];
    if (top.bound >= top.timer->due)
      return top.bound;
    top.bound = top.timer->due;
    sift_down(h, 0, top);
  }
  return UINT64_MAX;
}

struct loop_timer *timers_pop(struct timers *h, uint64_t now) {
  if (h->n == 0 || timers_next(h) > now)
    return NULL;
  struct loop_timer *t = h->v[0].timer;
  timers_cancel(h, t);
  return t;
}
