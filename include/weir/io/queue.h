/*
 * A byte queue: append at the tail, take from the head. One contiguous block, given back when empty so that
 * idle connections cost nothing. Bounded by its owner (water marks), never by itself.
 */
#ifndef WEIR_IO_QUEUE_H
#define WEIR_IO_QUEUE_H

#include "weir/base/slice.h"

struct queue {
  char *p;
  size_t head, tail, cap;
};

#define QUEUE_INIT                                                                                                     \
  { NULL, 0, 0, 0 }

void queue_clear(struct queue *q);
void queue_add(struct queue *q, const void *bytes, size_t n);
char *queue_room(struct queue *q, size_t n); /* n writable bytes at the tail; then queue_grew() */
void queue_grew(struct queue *q, size_t n);
void queue_drop(struct queue *q, size_t n); /* from the head; frees the block when nothing is left */
struct slice queue_slice(const struct queue *q);
char *queue_bytes(struct queue *q); /* the head, writable */
static inline size_t queue_size(const struct queue *q) {
  return q->tail - q->head;
}

#endif
