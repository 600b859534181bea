/*
 * A byte queue: append at the tail, take from the head. One contiguous block, given back when empty so that
 * idle connections cost nothing. Bounded by its owner (water marks), never by itself.
 *
 * Most queues on the path of every request are filled and emptied within one turn: such queues share a few spare blocks,
 * so that this asks nothing of the allocator.
 */
#ifndef WEIR_IO_QUEUE_H
#define WEIR_IO_QUEUE_H

#include "weir/base/slice.h"

#define QUEUE_SPARES 4

struct queue_spares { /* zero-initialise; outlives the queues that share it */
  char *block[QUEUE_SPARES];
  size_t n;
};
void queue_spares_clear(struct queue_spares *spares);

struct queue {
  char *p;
  size_t head, tail, cap;
  struct queue_spares *spares; /* NULL: none; set while the queue is empty */
};

#define QUEUE_INIT                                                                                                     \
  { NULL, 0, 0, 0, NULL }

void queue_clear(struct queue *q);
void queue_add(struct queue *q, const void *bytes, size_t n);
void queue_drop(struct queue *q, size_t n); /* from the head; frees the block when nothing is left */
struct slice queue_slice(const struct queue *q);
char *queue_bytes(struct queue *q); /* the head, writable */
static inline size_t queue_size(const struct queue *q) {
  return q->tail - q->head;
}

#endif
