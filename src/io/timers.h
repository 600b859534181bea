/*
 * Timers as a binary heap of pointers into their owners. Re-arming a timer for later is the common case (every
 * request moves its connection's time limits) and costs one store: the heap keeps the earlier time as a lower
 * bound and puts the timer in its right place when that bound comes to the top.
 */
#ifndef WEIR_SRC_IO_TIMERS_H
#define WEIR_SRC_IO_TIMERS_H

#include "weir/io/loop.h"

struct timer_node {
  uint64_t bound; /* <= timer->due */
  struct loop_timer *timer;
};

struct timers {
  struct timer_node *v;
  size_t n, cap;
};

void timers_clear(struct timers *h); /* disarms all; owners keep their timers */
void timers_arm(struct timers *h, struct loop_timer *t, uint64_t due);
void timers_cancel(struct timers *h, struct loop_timer *t);
/* When the first timer is due; UINT64_MAX: none. */
uint64_t timers_next(struct timers *h);
/* Takes the first timer that is due at `now` out of the heap; NULL: none. */
struct loop_timer *timers_pop(struct timers *h, uint64_t now);

#endif
