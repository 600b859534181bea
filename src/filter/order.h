/*
 * Flows in the order of one thing they have: a search tree with the size of each part in it (a treap), so that putting
 * one in, taking one out, the n-th and the place of one each cost the logarithm of their number. Text is compared by its
 * first bytes, without ASCII case; numbers come before text, and what has none of it comes last, whichever way round the
 * list is read. What is equal stands in the order of ids. Private to src/filter.
 */
#ifndef WEIR_FILTER_ORDER_H
#define WEIR_FILTER_ORDER_H

#include "weir/filter/datum.h"

struct order;

struct order *order_new(struct datum *by); /* takes it over */
void order_free(struct order *o);
void order_clear(struct order *o); /* empty; the same datum */
const struct datum *order_by(const struct order *o);
size_t order_count(const struct order *o);
/* In, or to its new place. True: something moved. */
bool order_put(struct order *o, const struct flow *f, uint64_t now);
bool order_remove(struct order *o, uint64_t id);
bool order_has(const struct order *o, uint64_t id);
uint64_t order_nth(const struct order *o, size_t i, bool reverse); /* 0 past the end */
/* Of one that is in, else where `f` (may be NULL) would stand. */
size_t order_place(const struct order *o, uint64_t id, const struct flow *f, uint64_t now, bool reverse);

#endif
