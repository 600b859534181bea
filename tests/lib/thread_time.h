/* Time of the processor that this thread has used, in ns: what a loaded machine does beside it does not count. */
#ifndef WEIR_TESTS_THREAD_TIME_H
#define WEIR_TESTS_THREAD_TIME_H

#include <stdint.h>
#include <time.h>

#include "weir/base/clock.h"

static inline uint64_t thread_time(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (uint64_t)t.tv_sec * CLOCK_S + (uint64_t)t.tv_nsec;
}

#endif
