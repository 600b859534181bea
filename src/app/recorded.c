#include "recorded.h"

#include <stdlib.h>

#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/base/steady_map.h"
#include "weir/base/vec.h"

#define NOBODY        UINT32_MAX
#define BETWEEN_LOOKS 32 /* flows, between two looks at the clock */

/* A flow, among those of the same method and URL (or with the same hash). */
struct entry {
  uint64_t id;
  uint32_t group;
  uint32_t older, newer; /* by id; of a free one `older` is the next free */
};

struct group {
  uint64_t hash;
  uint32_t oldest, newest; /* of a free one `oldest` is the next free */
};

struct recorded {
  struct loop *loop;
  struct store *store;
  VEC(struct entry) entries;
  VEC(struct group) groups;
  uint32_t spare_entry, spare_group; /* the first that is free */
  struct steady_map by_id, by_hash;
  struct loop_job job;
  uint64_t next; /* flows below this id have been looked at */
  bool begun, whole;
};

struct recorded *recorded_new(struct loop *loop, struct store *store) {
  struct recorded *r = mem_zero(1, sizeof *r);
  r->loop = loop;
  r->store = store;
  r->spare_entry = r->spare_group = NOBODY;
  return r;
}

void recorded_free(struct recorded *r) {
  if (!r)
    return;
  if (r->begun)
    store_unobserve(r->store, r);
  loop_job_stop(r->loop, &r->job);
  VEC_CLEAR(&r->entries);
  VEC_CLEAR(&r->groups);
  steady_map_clear(&r->by_id);
  steady_map_clear(&r->by_hash);
  free(r);
}

static uint64_t add_bytes(uint64_t hash, struct slice s, bool lower) {
  for (size_t i = 0; i < s.n; i++) {
    unsigned char c = (unsigned char)s.p[i];
    if (lower && c >= 'A' && c <= 'Z')
      c = (unsigned char)(c - 'A' + 'a');
    hash = (hash ^ c) * UINT64_C(0x100000001b3);
  }
  return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

/* FNV-1a. */
static uint64_t hash_of(const struct flow *f) {
  uint64_t hash = add_bytes(UINT64_C(0xcbf29ce484222325), flow_method(f), false);
  hash = add_bytes(hash, flow_scheme(f), false);
  hash = add_bytes(hash, flow_host(f), true);
  hash = add_bytes(hash, flow_path(f), false);
  return (hash ^ f->port) * UINT64_C(0x100000001b3);
}

static bool is_wanted(const struct flow *f) {
  return f->state == FLOW_DONE && f->kind == FLOW_HTTP; /* until it is done even its URL may change */
}

/* ---- entries ---- */

static uint32_t group_of(struct recorded *r, uint64_t hash) {
  uint64_t found;
  if (steady_map_get(&r->by_hash, hash, &found))
    return (uint32_t)found;
  uint32_t at = r->spare_group;
  if (at == NOBODY) {
    at = (uint32_t)r->groups.n;
    VEC_PUSH(&r->groups, (struct group){0});
  } else {
    r->spare_group = r->groups.v[at].oldest;
  }
  r->groups.v[at] = (struct group){hash, NOBODY, NOBODY};
  steady_map_put(&r->by_hash, hash, at);
  return at;
}

/* What leads to the entry from its older neighbour's side, and from its newer one's. */
static uint32_t *from_older(struct recorded *r, uint32_t group, uint32_t older) {
  return older == NOBODY ? &r->groups.v[group].oldest : &r->entries.v[older].newer;
}
static uint32_t *from_newer(struct recorded *r, uint32_t group, uint32_t newer) {
  return newer == NOBODY ? &r->groups.v[group].newest : &r->entries.v[newer].older;
}

static void take_out(struct recorded *r, uint32_t at) {
  struct entry *e = &r->entries.v[at];
  uint32_t group = e->group;
  *from_older(r, group, e->older) = e->newer;
  *from_newer(r, group, e->newer) = e->older;
  steady_map_remove(&r->by_id, e->id);
  e->older = r->spare_entry;
  r->spare_entry = at;
  struct group *g = &r->groups.v[group];
  if (g->oldest != NOBODY)
    return;
  steady_map_remove(&r->by_hash, g->hash);
  g->oldest = r->spare_group;
  r->spare_group = group;
}

/* The newer neighbour that id is to have. Nearly always it is the newest, or came back as the oldest. */
static uint32_t newer_than(const struct recorded *r, uint32_t group, uint64_t id) {
  const struct group *g = &r->groups.v[group];
  uint32_t newer = NOBODY;
  if (g->oldest != NOBODY && r->entries.v[g->oldest].id > id)
    return g->oldest;
  for (uint32_t i = g->newest; i != NOBODY && r->entries.v[i].id > id; i = r->entries.v[i].older)
    newer = i;
  return newer;
}

static void put_in(struct recorded *r, uint64_t id, uint64_t hash) {
  uint32_t group = group_of(r, hash), newer = newer_than(r, group, id), at = r->spare_entry;
  if (at == NOBODY) {
    at = (uint32_t)r->entries.n;
    VEC_PUSH(&r->entries, (struct entry){0});
  } else {
    r->spare_entry = r->entries.v[at].older;
  }
  uint32_t older = *from_newer(r, group, newer);
  r->entries.v[at] = (struct entry){id, group, older, newer};
  *from_older(r, group, older) = at;
  *from_newer(r, group, newer) = at;
  steady_map_put(&r->by_id, id, at);
}

/* ---- keeping up ---- */

static void take(struct recorded *r, const struct flow *f) {
  uint64_t at, hash;
  if (!is_wanted(f))
    return;
  hash = hash_of(f);
  if (steady_map_get(&r->by_id, f->id, &at)) {
    if (r->groups.v[r->entries.v[at].group].hash == hash)
      return;
    take_out(r, (uint32_t)at);
  }
  put_in(r, f->id, hash);
}

static void added(void *arg, struct flow *f) {
  take(arg, f);
}

static void changed(void *arg, struct flow *f, unsigned mask) {
  if (mask & (FLOW_CHANGED_STATE | FLOW_CHANGED_HEAD | FLOW_CHANGED_EDIT))
    take(arg, f);
}

static void removed(void *arg, struct flow *f) {
  struct recorded *r = arg;
  uint64_t at;
  if (steady_map_get(&r->by_id, f->id, &at))
    take_out(r, (uint32_t)at);
}

/* Those that were there before. */
static bool take_more(void *arg, uint64_t deadline) {
  struct recorded *r = arg;
  size_t n = store_count(r->store);
  for (size_t i = store_index(r->store, r->next), looked = 1; i < n; i++, looked++) {
    const struct flow *f = store_nth(r->store, i);
    take(r, f);
    r->next = f->id + 1;
    if (looked % BETWEEN_LOOKS == 0 && clock_mono() >= deadline)
      return true;
  }
  r->whole = true;
  return false;
}

static void begin(void *arg) {
  struct recorded *r = arg;
  if (r->begun)
    return;
  r->begun = true;
  store_observe(r->store, &(struct store_observer){.added = added, .changed = changed, .removed = removed, .arg = r});
  r->job.step = take_more;
  r->job.arg = r;
  loop_job_start(r->loop, &r->job);
}

/* ---- asking ---- */

/* Behind the place; that may be gone. */
static uint32_t behind(const struct recorded *r, const struct group *g, uint64_t place, bool oldest_first) {
  uint32_t i = oldest_first ? g->oldest : g->newest;
  uint64_t at;
  if (!place)
    return i;
  if (steady_map_get(&r->by_id, place, &at) && &r->groups.v[r->entries.v[at].group] == g)
    return oldest_first ? r->entries.v[at].newer : r->entries.v[at].older;
  while (i != NOBODY && (oldest_first ? r->entries.v[i].id <= place : r->entries.v[i].id >= place))
    i = oldest_first ? r->entries.v[i].newer : r->entries.v[i].older;
  return i;
}

static bool next_like(void *arg, const struct flow *like, bool oldest_first, uint64_t *place,
                      const struct flow **found) {
  struct recorded *r = arg;
  uint64_t group;
  *found = NULL;
  begin(r);
  if (!r->whole)
    return false;
  if (!steady_map_get(&r->by_hash, hash_of(like), &group))
    return true;
  uint32_t i = behind(r, &r->groups.v[group], *place, oldest_first);
  if (i != NOBODY) {
    *place = r->entries.v[i].id;
    *found = store_get(r->store, *place);
  }
  return true;
}

struct rules_recording recorded_for_rules(struct recorded *r) {
  return (struct rules_recording){next_like, begin, r};
}
