/*
 * Sums over many flows: by host, by kind of answer, by how long it took. Flows are added one at a time, so that a
 * reader of a hundred thousand can stop after any of them. Percentiles come from a histogram with sixteen steps an
 * octave: at most 4.5 % beside the truth, whatever the number of flows.
 */
#ifndef WEIR_FLOW_TALLY_H
#define WEIR_FLOW_TALLY_H

#include "weir/base/vec.h"
#include "weir/flow/flow.h"

#define TALLY_STEPS 640  /* 40 octaves: microseconds to twelve days */
#define TALLY_HOSTS 1000 /* more are summed up as one, "(others)" */

enum tally_class { TALLY_2XX, TALLY_3XX, TALLY_4XX, TALLY_5XX, TALLY_FAILED, TALLY_OPEN, TALLY_CLASSES };

struct tally_times {
  uint32_t step[TALLY_STEPS];
  uint64_t n, sum, most; /* ns */
};

struct tally_host {
  char *name;
  size_t flows;
  size_t by_class[TALLY_CLASSES];
  uint64_t in, out; /* bytes on the wire, from and to the server */
  struct tally_times took;
  struct tally_host *next; /* of its bucket */
};

#define TALLY_TOP 10 /* slowest and largest flows that are remembered */
struct tally_top {
  struct tally_flow {
    uint64_t id, value;
  } flow[TALLY_TOP];
  size_t n;
};

struct tally {
  VEC(struct tally_host *) host; /* in the order they were met */
  struct tally_host *bucket[256];
  struct tally_host all;
  struct tally_times first_byte;
  struct tally_top slowest, largest;
};

void tally_init(struct tally *t);
void tally_clear(struct tally *t);
void tally_add(struct tally *t, const struct flow *f, uint64_t now);

void tally_time(struct tally_times *t, uint64_t ns);
/* The time below which `percent` of them lie; 0: there are none. */
uint64_t tally_percentile(const struct tally_times *t, unsigned percent);
/* How many took at least `from` and less than `to`, as exactly as the steps allow. */
uint64_t tally_between(const struct tally_times *t, uint64_t from, uint64_t to);

#endif
