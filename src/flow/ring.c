#include "ring.h"

#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"

void ring_clear(struct ring *r) {
  free(r->at);
  *r = (struct ring){0};
}

static struct flow **slot(const struct ring *r, size_t place) {
  return &r->at[(r->head + place) & (r->cap - 1)];
}

struct flow *ring_nth(const struct ring *r, size_t place) {
  return place < r->n ? *slot(r, place) : NULL;
}

size_t ring_place(const struct ring *r, uint64_t id) {
  if (!r->n || id > (*slot(r, r->n - 1))->id)
    return r->n;
  uint64_t first = (*slot(r, 0))->id, last = (*slot(r, r->n - 1))->id;
  if (id <= first)
    return 0;
  /* Ids differ by one at least, so both ends bound the place; without gaps behind it the lower bound is exact. */
  size_t low = last - id < r->n - 1 ? r->n - 1 - (size_t)(last - id) : 0;
  size_t high = id - first < r->n - 1 ? (size_t)(id - first) : r->n - 1;
  if ((*slot(r, low))->id == id)
    return low;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if ((*slot(r, middle))->id < id)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static void grow(struct ring *r) {
  size_t cap = r->cap ? r->cap * 2 : 64;
  struct flow **at = mem_alloc(cap * sizeof *at);
  for (size_t i = 0; i < r->n; i++)
    at[i] = *slot(r, i);
  free(r->at);
  r->at = at;
  r->cap = cap;
  r->head = 0;
}

void ring_insert(struct ring *r, size_t place, struct flow *f) {
  if (r->n == r->cap)
    grow(r);
  if (place < r->n / 2) {
    r->head = (r->head - 1) & (r->cap - 1);
    for (size_t i = 0; i < place; i++)
      *slot(r, i) = *slot(r, i + 1);
  } else {
    for (size_t i = r->n; i > place; i--)
      *slot(r, i) = *slot(r, i - 1);
  }
  *slot(r, place) = f;
  r->n++;
}

/* The first `n` pointers one slot on. Thousands of tunnels may stand before the oldest that can go, so in one move. */
static void move_up(struct ring *r, size_t n) {
  if (r->head + n < r->cap) {
    memmove(&r->at[r->head + 1], &r->at[r->head], n * sizeof *r->at);
    return;
  }
  for (size_t i = n; i > 0; i--)
    *slot(r, i) = *slot(r, i - 1);
}

void ring_remove(struct ring *r, size_t place) {
  if (place < r->n / 2) {
    move_up(r, place);
    r->head = (r->head + 1) & (r->cap - 1);
  } else {
    for (size_t i = place; i + 1 < r->n; i++)
      *slot(r, i) = *slot(r, i + 1);
  }
  r->n--;
}

/* ---- the heap ---- */

void oldest_push(struct oldest *o, uint64_t id) {
  if (o->n == o->cap) {
    o->cap = o->cap ? o->cap * 2 : 64;
    o->id = mem_grow(o->id, o->cap * sizeof *o->id);
  }
  size_t at = o->n++;
  while (at && o->id[(at - 1) / 2] > id) {
    o->id[at] = o->id[(at - 1) / 2];
    at = (at - 1) / 2;
  }
  o->id[at] = id;
}

bool oldest_pop(struct oldest *o, uint64_t *id) {
  if (!o->n)
    return false;
  *id = o->id[0];
  uint64_t moved = o->id[--o->n];
  size_t at = 0;
  for (size_t child = 1; child < o->n; child = 2 * at + 1) {
    if (child + 1 < o->n && o->id[child + 1] < o->id[child])
      child++;
    if (o->id[child] >= moved)
      break;
    o->id[at] = o->id[child];
    at = child;
  }
  o->id[at] = moved;
  return true;
}

void oldest_clear(struct oldest *o) {
  free(o->id);
  *o = (struct oldest){0};
}
