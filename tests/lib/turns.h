/* Turning a loop until something holds, with a deadline instead of sleeps. Include after cmocka.h. */
#ifndef WEIR_TESTS_TURNS_H
#define WEIR_TESTS_TURNS_H

#include "weir/base/clock.h"
#include "weir/io/loop.h"

#define TURNS_LIMIT (10 * CLOCK_S)

/* Fails the test when `condition` does not hold within ten seconds. */
#define TURN_UNTIL(loop, condition)                                                                                    \
  do {                                                                                                                 \
    uint64_t turns_end_ = clock_mono() + TURNS_LIMIT;                                                                  \
    while (!(condition)) {                                                                                             \
      if (clock_mono() > turns_end_)                                                                                   \
        fail_msg("never came true: %s", #condition);                                                                   \
      loop_turn(loop, 20 * CLOCK_MS);                                                                                  \
    }                                                                                                                  \
  } while (0)

#endif
