/*
 * Time. Monotonic time is in nanoseconds from an arbitrary start and never goes back; wall time is
 * microseconds since 1970 UTC. Code with a loop uses loop_now() instead: it costs nothing and tests can fake it.
 */
#ifndef WEIR_BASE_CLOCK_H
#define WEIR_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define CLOCK_US UINT64_C(1000)
#define CLOCK_MS UINT64_C(1000000)
#define CLOCK_S  UINT64_C(1000000000)

uint64_t clock_mono(void);
uint64_t clock_wall(void);

/* "12:01:07" and "2026-11-23T12:01:07.103Z"; `size` of at least 32 is always enough. Returns `out`. */
char *clock_time_of_day(uint64_t wall_us, char *out, size_t size); /* local time zone */
char *clock_iso(uint64_t wall_us, char *out, size_t size);         /* UTC */

#endif
