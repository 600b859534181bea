/*
 * The ring buffer: flows in order of their ids, bounded by bytes and by count. When it is full the oldest goes, but
 * never one that is paused, marked, pinned or still running; when those alone exceed the budget, running ones lose body
 * recording first ("kept X of Y"), then marking is refused. Observers are told once a turn, coalesced; removal is
 * announced before it happens. Bytes are counted honestly: what the allocator holds, the ring's own tables included.
 *
 * Eviction happens in store_deliver(), and before that only when the budget is passed by a sixteenth. Never evicted is
 * a flow with a change that observers have not heard of, so whoever writes a line for each finished flow sees them all.
 * A flow marked `deleted` or `unrecorded` goes in store_deliver() as soon as nothing holds it.
 */
#ifndef WEIR_FLOW_STORE_H
#define WEIR_FLOW_STORE_H

#include "weir/flow/flow.h"

struct store;

/* A flow that is new in this turn is told by added() alone, whatever changed since: it may be finished already. One
 * that comes and goes within a turn is not told at all. removed() may come from within store_add(), store_touch(),
 * store_charge(), store_detach(), store_withdraw() and store_deliver(). */
struct store_observer { /* any of them may be NULL */
  void (*added)(void *arg, struct flow *f);
  void (*changed)(void *arg, struct flow *f, unsigned mask);
  void (*removed)(void *arg, struct flow *f); /* last look: freed right after */
  void *arg;
};

struct store *store_new(uint64_t max_bytes, size_t max_flows);
void store_free(struct store *s);
void store_set_budget(struct store *s, uint64_t max_bytes,
                      size_t max_flows); /* what is too much goes in store_deliver() */
void store_observe(struct store *s, const struct store_observer *o);
void store_unobserve(struct store *s, void *arg);

/* A new flow with the next id, in the ring at once; observers hear of it at the next store_deliver(). */
struct flow *store_add(struct store *s);
/* The same for one that was made by flow_new(). Until then it has no number, is the caller's and known to nobody: a
 * CONNECT that may turn out to be none. store_touch() and store_charge() do nothing for it. */
void store_admit(struct store *s, struct flow *f);
/* A new flow in the place of one that was withdrawn: with its id, or with the next where that is not free. */
struct flow *store_add_as(struct store *s, uint64_t id);
/* Something changed (also live, paused, state): recounts its cost, notes the mask (0: no event), evicts where needed.
 * Never frees f itself while the mask is not 0. */
void store_touch(struct store *s, struct flow *f, unsigned mask);
/* Recount only, no event: cheap, for every piece of a body. */
void store_charge(struct store *s, struct flow *f, size_t added_bytes);
void store_deliver(struct store *s); /* end of turn: events to observers */

/* May this flow's bodies still be recorded? False when the pinned ones alone are over the budget. */
bool store_may_record(const struct store *s);

struct flow *store_get(const struct store *s, uint64_t id); /* NULL: never was, or gone */
size_t store_count(const struct store *s);
struct flow *store_nth(const struct store *s, size_t index); /* 0 is the oldest */
size_t store_index(const struct store *s, uint64_t id);      /* place of id, or of the first above it */

/* Takes a flow out without freeing it (delete with undo): the caller owns it until store_restore() or flow_free().
 * Announced as removed. Its cost no longer counts against the ring. Not for running flows: false. */
bool store_detach(struct store *s, struct flow *f);  /* a pinned one may go: its holder is told by removed() */
void store_restore(struct store *s, struct flow *f); /* back in its place by id; announced as added */

/* It turned out not to be a flow (a CONNECT whose requests have rows of their own): out and freed at once, announced as
 * removed where it was announced. Its id is given again where no other came since, else by store_add_as(), so that
 * numbers have no holes. Not live, not paused. */
void store_withdraw(struct store *s, struct flow *f);

bool store_mark(struct store *s, struct flow *f, bool on,
                struct err *err); /* refused when marks alone fill the budget */
void store_pin(struct store *s, struct flow *f);
void store_unpin(struct store *s, struct flow *f); /* also from within removed() */

struct store_stats {
  size_t flows, max_flows;
  uint64_t bytes, max_bytes;
  uint64_t added;   /* ever */
  uint64_t evicted; /* pushed out by the budget */
  size_t paused;
  size_t failures; /* flows in the ring for which flow_is_failure() */
};
struct store_stats store_stats(const struct store *s);

#endif
