/* The two clocks and how wall time is written. */
#include "weir/base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

uint64_t clock_mono(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * CLOCK_S + (uint64_t)t.tv_nsec;
}

uint64_t clock_wall(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

char *clock_time_of_day(uint64_t wall_us, char *out, size_t size) {
  time_t seconds = (time_t)(wall_us / 1000000);
  struct tm tm;
  if (size < sizeof "00:00:00") {
    if (size)
      out[0] = '\0';
    return out;
  }
  memcpy(out, "--:--:--", sizeof "--:--:--");
  if (!localtime_r(&seconds, &tm))
    return out;
  const int part[] = {tm.tm_hour, tm.tm_min, tm.tm_sec}; /* by hand: every line of output and row of the list has one */
  for (int i = 0; i < 3; i++) {
    out[i * 3] = (char)('0' + part[i] / 10 % 10);
    out[i * 3 + 1] = (char)('0' + part[i] % 10);
    if (i < 2)
      out[i * 3 + 2] = ':';
  }
  return out;
}

char *clock_iso(uint64_t wall_us, char *out, size_t size) {
  time_t seconds = (time_t)(wall_us / 1000000);
  struct tm tm;
  size_t n = gmtime_r(&seconds, &tm) ? strftime(out, size, "%Y-%m-%dT%H:%M:%S", &tm) : 0;
  if (n)
    snprintf(out + n, size - n, ".%03uZ", (unsigned)(wall_us / 1000 % 1000));
  else
    snprintf(out, size, "-");
  return out;
}
