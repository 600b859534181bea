#include "weir/io/queue.h"

#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"

#define QUEUE_LEAST 4096

void queue_clear(struct queue *q) {
  free(q->p);
  *q = (struct queue)QUEUE_INIT;
}

char *queue_room(struct queue *q, size_t n) {
  if (q->cap - q->tail >= n)
    return q->p + q->tail;
  size_t size = queue_size(q);
  /* Moving pays only when it frees at least as much as it moves; else a full queue would be moved again and
   * again for every few bytes that were taken. */
  if (q->head >= size && q->cap - size >= n) {
    if (size > 0)
      memcpy(q->p, q->p + q->head, size);
  } else {
    size_t cap = q->cap ? q->cap : QUEUE_LEAST;
    while (cap - size < n)
      cap *= 2;
    char *p = mem_alloc(cap);
    if (size > 0)
      memcpy(p, q->p + q->head, size);
    free(q->p);
    q->p = p;
    q->cap = cap;
  }
  q->head = 0;
  q->tail = size;
  return q->p + q->tail;
}

void queue_grew(struct queue *q, size_t n) {
  q->tail += n;
}

void queue_add(struct queue *q, const void *bytes, size_t n) {
  if (n == 0)
    return;
  memcpy(queue_room(q, n), bytes, n);
  queue_grew(q, n);
}

void queue_drop(struct queue *q, size_t n) {
  q->head += n;
  if (q->head >= q->tail)
    queue_clear(q);
}

struct slice queue_slice(const struct queue *q) {
  return q->p ? slice_make(q->p + q->head, queue_size(q)) : slice_make(NULL, 0);
}

char *queue_bytes(struct queue *q) {
  return q->p ? q->p + q->head : NULL;
}
