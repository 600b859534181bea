/*
 * The flows that match a filter, as a list of ids in order of number or of anything else they have, kept current by
 * store events and re-made in slices when the filter changes. Paused flows are in it whatever the filter says. No
 * slice takes longer than a few milliseconds, however large a body is; where the answer depends on the time (age<5m),
 * flows are looked at again as time goes by.
 */
#ifndef WEIR_FILTER_INDEX_H
#define WEIR_FILTER_INDEX_H

#include "weir/filter/datum.h"
#include "weir/filter/filter.h"
#include "weir/flow/store.h"
#include "weir/io/loop.h"

struct filter_index;

/* changed(arg): the list, its order or a listed flow changed. Called from store events and slices, possibly often in
 * one turn: set a flag. */
struct filter_index *filter_index_new(struct loop *loop, struct store *store, void (*changed)(void *arg), void *arg);
void filter_index_free(struct filter_index *x);
/* Takes the filter over (NULL: all). Re-filters in slices, the first one at once (a few milliseconds, so that small
 * stores are done here); until done, filter_index_busy() and the list grows from the oldest on. A filter that narrows
 * the one before looks only at what that one matched. Filters on bodies look at a flow when it is whole. Of flows that were
 * changed it looks at both versions (filter_look_at_both()). */
void filter_index_set(struct filter_index *x, struct filter *filter);
const struct filter *filter_index_filter(const struct filter_index *x);
/* The order in which they are given; takes `by` over (NULL: by number). It is made in slices, the first one at once; until
 * it is whole the old one stands, and filter_index_sorting(). From then on flows are put in their place as they come and
 * change. Turning an order round costs nothing. What has no such thing comes last either way. */
void filter_index_sort(struct filter_index *x, struct datum *by, bool reverse);
const struct datum *filter_index_sorted(const struct filter_index *x, bool *reverse); /* NULL: by number */
bool filter_index_sorting(const struct filter_index *x, unsigned *percent);
size_t filter_index_count(const struct filter_index *x);
uint64_t filter_index_nth(const struct filter_index *x, size_t i); /* an id; 0 past the end */
/* Place of an id, or where it would stand; *exact tells which. Of one that has just left the list: where it stood. */
size_t filter_index_place(const struct filter_index *x, uint64_t id, bool *exact);
bool filter_index_busy(const struct filter_index *x, unsigned *percent);
/* Flows on which a pattern ran into its limit, so that they count as no match. */
uint64_t filter_index_limits(const struct filter_index *x);

#endif
