/*
 * What may stand at the end of a filter text: fields, states, methods and operators of the language, and the hosts,
 * paths, types, header names ... of the latest flows in the store, the most frequent first. Bounded: looks at a few
 * thousand flows at most.
 */
#ifndef WEIR_FILTER_COMPLETE_H
#define WEIR_FILTER_COMPLETE_H

#include "weir/filter/filter.h"
#include "weir/flow/store.h"

/* text: what would stand in the place of the word, wire bytes perhaps; help: for people, never NULL; open: more follows
 * at once ("host:"). Texts that do not begin with what is typed are offered too: who asks picks. */
typedef void filter_offer_fn(void *arg, struct slice text, const char *help, bool open);

/* Where in `before` (the text up to the cursor) the word begins that is being typed. */
size_t filter_complete_from(struct slice before);
void filter_complete(struct slice before, const struct store *store, filter_offer_fn *offer, void *arg);

#endif
