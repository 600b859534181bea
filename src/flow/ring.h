/*
 * The store's order: pointers to flows in a circular vector, ascending by id. Places count from the oldest. Nothing
 * here owns a flow. Taking one out moves the shorter side, so the oldest goes for nothing.
 */
#ifndef WEIR_FLOW_RING_H
#define WEIR_FLOW_RING_H

#include "weir/flow/flow.h"

struct ring {
  struct flow **at; /* cap slots, a power of two; NULL while nothing was ever added */
  size_t cap, head, n;
};

void ring_clear(struct ring *r);
struct flow *ring_nth(const struct ring *r, size_t place); /* NULL past the end */
/* Place of id, or of the first above it (n when there is none). Ids are almost gapless, which makes this O(1). */
size_t ring_place(const struct ring *r, uint64_t id);
void ring_insert(struct ring *r, size_t place, struct flow *f);
void ring_remove(struct ring *r, size_t place);

/* Ids of flows that may be evicted, the lowest first: a binary heap. It may hold ids that are gone or became precious
 * again; whoever takes one looks. */
struct oldest {
  uint64_t *id;
  size_t n, cap;
};

void oldest_push(struct oldest *o, uint64_t id);
bool oldest_pop(struct oldest *o, uint64_t *id);
void oldest_clear(struct oldest *o);

#endif
