/*
 * The flows that match a filter, as an ordered list of ids, kept current by store events and re-made in slices
 * when the filter changes. Paused flows are in it whatever the filter says.
 */
#ifndef WEIR_FILTER_INDEX_H
#define WEIR_FILTER_INDEX_H

#include "weir/filter/filter.h"
#include "weir/flow/store.h"
#include "weir/io/loop.h"

struct filter_index;

/* changed(arg): the list, its order or a listed flow changed since the last look (coalesced, from a store event or a slice). */
struct filter_index *filter_index_new(struct loop *loop, struct store *store, void (*changed)(void *arg), void *arg);
void filter_index_free(struct filter_index *x);
/* Takes the filter over (NULL: all). Re-filters in slices; until done, filter_index_busy(). */
void filter_index_set(struct filter_index *x, struct filter *filter);
const struct filter *filter_index_filter(const struct filter_index *x);
size_t filter_index_count(const struct filter_index *x);
uint64_t filter_index_nth(const struct filter_index *x, size_t i);
/* Place of an id, or of the first above it; *exact tells which. */
size_t filter_index_place(const struct filter_index *x, uint64_t id, bool *exact);
bool filter_index_busy(const struct filter_index *x, unsigned *percent);

#endif
