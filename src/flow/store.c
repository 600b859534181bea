#include "weir/flow/store.h"

#include <stdlib.h>

#include "ring.h"
#include "weir/base/units.h"
#include "weir/base/vec.h"

enum { PENDING_ADDED = 1u << 31 }; /* beside enum flow_change, in flow.pending */

enum counted {
  COUNTED_PAUSED = 1,
  COUNTED_FAILURE = 2,
  COUNTED_HELD = 4,   /* may not be evicted */
  COUNTED_MARKED = 8, /* ... because it is marked */
  ANNOUNCED = 16,     /* observers know it */
  QUEUED = 32,        /* its id stands among the oldest */
};

struct store {
  struct ring ring;
  struct oldest oldest;
  VEC(struct flow *) changed; /* flows with pending != 0, in the order of their first change; NULL: gone since */
  VEC(struct store_observer) observers;
  uint64_t next_id;
  uint64_t max_bytes;
  size_t max_flows;
  uint64_t bytes, held_bytes, marked_bytes; /* of flows; the tables come on top */
  size_t marked, paused, failures;
  uint64_t added, evicted, removals;
  bool delivering, evicting;
};

struct store *store_new(uint64_t max_bytes, size_t max_flows) {
  struct store *s = mem_zero(1, sizeof *s);
  s->max_bytes = max_bytes;
  s->max_flows = max_flows ? max_flows : 1;
  s->next_id = 1;
  return s;
}

void store_set_budget(struct store *s, uint64_t max_bytes, size_t max_flows) {
  s->max_bytes = max_bytes;
  s->max_flows = max_flows ? max_flows : 1;
}

void store_free(struct store *s) {
  if (!s)
    return;
  for (size_t i = 0; i < s->ring.n; i++)
    flow_free(ring_nth(&s->ring, i));
  ring_clear(&s->ring);
  oldest_clear(&s->oldest);
  VEC_CLEAR(&s->changed);
  VEC_CLEAR(&s->observers);
  free(s);
}

void store_observe(struct store *s, const struct store_observer *o) {
  VEC_PUSH(&s->observers, *o);
}

void store_unobserve(struct store *s, void *arg) {
  for (size_t i = s->observers.n; i-- > 0;)
    if (s->observers.v[i].arg == arg)
      VEC_REMOVE(&s->observers, i);
}

/* ---- sums ---- */

static bool evictable(const struct flow *f) {
  return !f->live && f->paused == FLOW_RUNNING && !f->marked && f->pins == 0;
}

/* Asked several times a request, so by the tables' sizes rather than the allocator. */
static uint64_t table_bytes(const struct store *s) {
  return sizeof *s + s->ring.cap * sizeof *s->ring.at + s->oldest.cap * sizeof *s->oldest.id +
         s->changed.cap * sizeof *s->changed.v;
}

static uint64_t all_bytes(const struct store *s) {
  return s->bytes + table_bytes(s);
}

static void add_bytes(struct store *s, const struct flow *f, size_t n) {
  s->bytes += n;
  if (f->counted & COUNTED_HELD)
    s->held_bytes += n;
  if (f->counted & COUNTED_MARKED)
    s->marked_bytes += n;
}

static void uncount(struct store *s, struct flow *f) {
  s->bytes -= f->cost;
  if (f->counted & COUNTED_HELD)
    s->held_bytes -= f->cost;
  if (f->counted & COUNTED_MARKED) {
    s->marked_bytes -= f->cost;
    s->marked--;
  }
  s->paused -= !!(f->counted & COUNTED_PAUSED);
  s->failures -= !!(f->counted & COUNTED_FAILURE);
  f->counted &= ANNOUNCED | QUEUED;
  f->cost = 0;
}

static void count(struct store *s, struct flow *f, size_t cost) {
  f->cost = cost;
  f->counted |= (f->paused != FLOW_RUNNING ? COUNTED_PAUSED : 0) | (flow_is_failure(f) ? COUNTED_FAILURE : 0) |
                (evictable(f) ? 0 : COUNTED_HELD) | (f->marked ? COUNTED_MARKED : 0);
  add_bytes(s, f, f->cost);
  s->marked += f->marked;
  s->paused += !!(f->counted & COUNTED_PAUSED);
  s->failures += !!(f->counted & COUNTED_FAILURE);
  if (evictable(f) && !(f->counted & QUEUED)) {
    f->counted |= QUEUED;
    oldest_push(&s->oldest, f->id);
  }
}

static void recount(struct store *s, struct flow *f) {
  uncount(s, f);
  count(s, f, flow_cost(f));
}

/* ---- out ---- */

static void announce_removed(struct store *s, struct flow *f) {
  if (!(f->counted & ANNOUNCED))
    return;
  f->counted &= (uint8_t)~ANNOUNCED;
  for (size_t i = 0; i < s->observers.n; i++) {
    const struct store_observer *o = &s->observers.v[i];
    if (o->removed)
      o->removed(o->arg, f);
  }
}

static void forget_pending(struct store *s, struct flow *f) {
  if (f->pending)
    s->changed.v[f->pending_at] = NULL;
  f->pending = 0;
}

static void take_out(struct store *s, struct flow *f) {
  announce_removed(s, f);
  forget_pending(s, f);
  uncount(s, f);
  ring_remove(&s->ring, ring_place(&s->ring, f->id));
  s->removals++;
  if (!s->ring.n)
    s->oldest.n = 0;
}

/* Oldest out until the bytes are at most `bytes` and the flows at most `flows`. A flow whose last change nobody has
 * heard of yet stays: the line that a recorder writes at its end must not get lost. */
static void evict(struct store *s, uint64_t bytes, size_t flows) {
  uint64_t id;
  if (s->evicting)
    return;
  s->evicting = true;
  while ((s->ring.n > flows || all_bytes(s) > bytes) && oldest_pop(&s->oldest, &id)) {
    struct flow *f = store_get(s, id);
    if (!f)
      continue;
    if (f->pending && evictable(f)) {
      oldest_push(&s->oldest, id);
      break;
    }
    f->counted &= (uint8_t)~QUEUED;
    if (!evictable(f))
      continue;
    take_out(s, f);
    flow_free(f);
    s->evicted++;
  }
  s->evicting = false;
}

/* Between deliveries the budget may be passed by a sixteenth, so that flows usually go at the end of a turn. */
static void evict_early(struct store *s) {
  if (all_bytes(s) > s->max_bytes + s->max_bytes / 16)
    evict(s, s->max_bytes, SIZE_MAX);
}

/* ---- in, and changes ---- */

static void note_pending(struct store *s, struct flow *f, uint32_t mask) {
  if (!mask)
    return;
  if (!f->pending) {
    f->pending_at = (uint32_t)s->changed.n;
    VEC_PUSH(&s->changed, f);
  }
  f->pending |= mask;
}

static void insert(struct store *s, struct flow *f, size_t place) {
  ring_insert(&s->ring, place, f);
  s->added++;
  note_pending(s, f, PENDING_ADDED);
  count(s, f, flow_cost(f));
  evict_early(s);
}

void store_admit(struct store *s, struct flow *f) {
  f->id = s->next_id++;
  insert(s, f, s->ring.n);
}

struct flow *store_add(struct store *s) {
  struct flow *f = flow_new();
  store_admit(s, f);
  return f;
}

struct flow *store_add_as(struct store *s, uint64_t id) {
  if (!id || id >= s->next_id || store_get(s, id))
    return store_add(s);
  struct flow *f = flow_new();
  f->id = id;
  insert(s, f, ring_place(&s->ring, id));
  return f;
}

void store_touch(struct store *s, struct flow *f, unsigned mask) {
  if (!f->id)
    return;
  note_pending(s, f, mask);
  if (mask == FLOW_CHANGED_STATE && !flow_finished(f)) { /* what it holds is as it was: looking costs more */
    size_t cost = f->cost;
    uncount(s, f);
    count(s, f, cost);
  } else {
    recount(s, f);
  }
  evict_early(s);
}

void store_charge(struct store *s, struct flow *f, size_t added_bytes) {
  if (!f->id)
    return;
  f->cost += added_bytes;
  add_bytes(s, f, added_bytes);
  evict_early(s);
}

static void tell(struct store *s, struct flow *f, uint32_t mask) {
  bool added = mask & PENDING_ADDED;
  if (added && (f->unrecorded || f->deleted))
    return;
  if (added)
    f->counted |= ANNOUNCED;
  else if (!(f->counted & ANNOUNCED))
    return;
  uint64_t removals = s->removals;
  for (size_t i = 0; i < s->observers.n && s->removals == removals; i++) {
    const struct store_observer *o = &s->observers.v[i];
    if (added && o->added)
      o->added(o->arg, f);
    else if (!added && o->changed)
      o->changed(o->arg, f, mask);
  }
}

static void deliver_one(struct store *s, struct flow *f) {
  uint32_t mask = f->pending;
  uint64_t id = f->id;
  f->pending = 0;
  tell(s, f, mask);
  f = store_get(s, id); /* an observer may have taken it out */
  if (f && (f->deleted || f->unrecorded) && evictable(f)) {
    take_out(s, f);
    flow_free(f);
  }
}

void store_deliver(struct store *s) {
  if (s->delivering)
    return;
  s->delivering = true;
  size_t n = s->changed.n; /* what observers change is told the next time */
  for (size_t i = 0; i < n; i++)
    if (s->changed.v[i])
      deliver_one(s, s->changed.v[i]);
  size_t kept = 0;
  for (size_t i = n; i < s->changed.n; i++) {
    struct flow *f = s->changed.v[i];
    if (!f)
      continue;
    f->pending_at = (uint32_t)kept;
    s->changed.v[kept++] = f;
  }
  s->changed.n = kept;
  s->delivering = false;
  evict(s, s->max_bytes, s->max_flows);
}

bool store_may_record(const struct store *s) {
  return s->held_bytes + table_bytes(s) < s->max_bytes;
}

/* ---- looking ---- */

struct flow *store_get(const struct store *s, uint64_t id) {
  struct flow *f = ring_nth(&s->ring, ring_place(&s->ring, id));
  return f && f->id == id ? f : NULL;
}

size_t store_count(const struct store *s) {
  return s->ring.n;
}

struct flow *store_nth(const struct store *s, size_t index) {
  return ring_nth(&s->ring, index);
}

size_t store_index(const struct store *s, uint64_t id) {
  return ring_place(&s->ring, id);
}

struct store_stats store_stats(const struct store *s) {
  return (struct store_stats){
      .flows = s->ring.n,
      .max_flows = s->max_flows,
      .bytes = all_bytes(s),
      .max_bytes = s->max_bytes,
      .added = s->added,
      .evicted = s->evicted,
      .paused = s->paused,
      .failures = s->failures,
  };
}

/* ---- what a person does ---- */

bool store_detach(struct store *s, struct flow *f) {
  if (f->live || f->paused != FLOW_RUNNING)
    return false;
  take_out(s, f);
  return true;
}

void store_restore(struct store *s, struct flow *f) {
  f->counted = 0; /* its id may still stand among the oldest: twice does no harm */
  f->deleted = false;
  f->restored = true;
  ring_insert(&s->ring, ring_place(&s->ring, f->id), f);
  note_pending(s, f, PENDING_ADDED);
  count(s, f, flow_cost(f));
  evict_early(s);
}

void store_withdraw(struct store *s, struct flow *f) {
  f->deleted = true;
  take_out(s, f);
  s->added--;
  if (f->id + 1 == s->next_id)
    s->next_id--;
  flow_free(f);
}

/* An eighth of the budget stays for what comes, else a ring full of marks would record nothing. */
static bool marks_full(const struct store *s, const struct flow *f) {
  return s->marked + 1 > s->max_flows - s->max_flows / 8 || s->marked_bytes + f->cost > s->max_bytes - s->max_bytes / 8;
}

bool store_mark(struct store *s, struct flow *f, bool on, struct err *err) {
  if (f->marked == on)
    return true;
  if (on && marks_full(s, f)) {
    char size[16];
    return err_set(err,
                   "marked flows fill the ring (%zu flows, %s): unmark some, or start with more --memory or --flows",
                   s->marked, units_size(s->marked_bytes, size, sizeof size));
  }
  f->marked = on;
  store_touch(s, f, FLOW_CHANGED_NOTE);
  return true;
}

void store_pin(struct store *s, struct flow *f) {
  if (f->pins < UINT8_MAX)
    f->pins++;
  recount(s, f);
}

void store_unpin(struct store *s, struct flow *f) {
  if (f->pins)
    f->pins--;
  recount(s, f);
  if (f->deleted && !f->pins)
    note_pending(s, f, FLOW_CHANGED_STATE); /* it could not go while it was pinned */
}
