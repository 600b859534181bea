#include "weir/io/queue.h"

#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"

#define QUEUE_LEAST 4096

static void give_back(const struct queue *q) {
  struct queue_spares *s = q->spares;
  if (s && q->cap == QUEUE_LEAST && s->n < QUEUE_SPARES)
    s->block[s->n++] = q->p;
  else
    free(q->p);
}

static char *take(const struct queue *q, size_t cap) {
  struct queue_spares *s = q->spares;
  return s && cap == QUEUE_LEAST && s->n ? s->block[--s->n] : mem_alloc(cap);
}

void queue_spares_clear(struct queue_spares *spares) {
  while (spares->n)
    free(spares->block[--spares->n]);
}

void queue_clear(struct queue *q) {
  give_back(q);
  *q = (struct queue){.spares = q->spares};
}

/* n writable bytes at the tail. */
static char *room(struct queue *q, size_t n) {
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
    char *p = take(q, cap);
    if (size > 0)
      memcpy(p, q->p + q->head, size);
    give_back(q);
    q->p = p;
    q->cap = cap;
  }
  q->head = 0;
  q->tail = size;
  return q->p + q->tail;
}

void queue_add(struct queue *q, const void *bytes, size_t n) {
  if (n == 0)
    return;
  memcpy(room(q, n), bytes, n);
  q->tail += n;
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
