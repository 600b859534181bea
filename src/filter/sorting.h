/*
 * The order in which an index gives its flows: by number as they are, or by a datum, in an order that is kept as flows
 * come, change and go. A new order is made in slices while the old one still stands. Private to src/filter.
 */
#ifndef WEIR_FILTER_SORTING_H
#define WEIR_FILTER_SORTING_H

#include "order.h"
#include "weir/flow/store.h"

struct sorting {
  struct order *order; /* NULL: by number */
  struct order *next;  /* under way; NULL: none */
  uint64_t next_id;    /* flows below it are in `next` already */
  bool reverse, next_reverse;
  uint64_t *running; /* ids whose value grows; may hold some that are over */
  size_t running_n, running_cap;
  uint64_t gone; /* the one that left last, and where it stood: its neighbour is wanted */
  size_t gone_place;
};

void sorting_clear(struct sorting *s);
void sorting_start(struct sorting *s, struct datum *by, bool reverse);   /* `next` begins; takes it over */
void sorting_empty(struct sorting *s);                                   /* the list begins anew, in the same order */
bool sorting_put(struct sorting *s, const struct flow *f, uint64_t now); /* listed now; true: the order changed */
void sorting_put_next(struct sorting *s, const struct flow *f, uint64_t now); /* the next one that `next` takes in */
void sorting_remove(struct sorting *s, uint64_t id);
void sorting_switch(struct sorting *s); /* `next` is whole */
/* What runs has grown: to their new places, at most `max` of them. True: the order changed. */
bool sorting_grow(struct sorting *s, const struct store *store, uint64_t now, size_t max);

#endif
