#include "recorded.h"

#include <stdlib.h>

#include "weir/base/mem.h"
#include "weir/base/vec.h"

#define NOBODY     UINT32_MAX
#define SPARE      1024  /* so many entries of flows that are gone do not matter */
#define FIRST_ROOM 4096u /* heads; a power of two */

struct entry {
  uint64_t hash, id;
  uint32_t older; /* with the same head */
};

struct recorded {
  struct store *store;
  VEC(struct entry) v; /* newer ones stand behind */
  uint32_t *heads;     /* of each chain the newest */
  size_t room;
  bool watches;
};

struct recorded *recorded_new(struct store *store) {
  struct recorded *r = mem_zero(1, sizeof *r);
  r->store = store;
  return r;
}

void recorded_free(struct recorded *r) {
  if (!r)
    return;
  if (r->watches)
    store_unobserve(r->store, r);
  VEC_CLEAR(&r->v);
  free(r->heads);
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

static void put_in_chain(struct recorded *r, uint32_t i) {
  uint32_t *head = &r->heads[r->v.v[i].hash & (r->room - 1)];
  r->v.v[i].older = *head;
  *head = i;
}

static void make_chains(struct recorded *r) {
  free(r->heads);
  r->room = r->room ? r->room : FIRST_ROOM;
  while (r->room < r->v.n)
    r->room *= 2;
  r->heads = mem_zero(r->room, sizeof *r->heads);
  for (size_t i = 0; i < r->room; i++)
    r->heads[i] = NOBODY;
  for (uint32_t i = 0; i < r->v.n; i++)
    put_in_chain(r, i);
}

static bool is_wanted(const struct flow *f) {
  return f->state == FLOW_DONE && f->kind == FLOW_HTTP; /* until it is done even its URL may change */
}

static void take_all(struct recorded *r) {
  r->v.n = 0;
  for (size_t i = 0; i < store_count(r->store); i++) {
    const struct flow *f = store_nth(r->store, i);
    if (is_wanted(f))
      VEC_PUSH(&r->v, ((struct entry){hash_of(f), f->id, NOBODY}));
  }
  make_chains(r);
}

/* What the ring has let go is found nowhere any more. */
static void forget_the_gone(struct recorded *r) {
  size_t kept = 0;
  for (size_t i = 0; i < r->v.n; i++)
    if (store_get(r->store, r->v.v[i].id))
      r->v.v[kept++] = r->v.v[i];
  r->v.n = kept;
  if (kept > store_count(r->store) + SPARE) /* many stand here twice */
    take_all(r);
  else
    make_chains(r);
}

/* One that is told twice is told soon again; twice here it would do no harm. */
#define LOOKED_BACK 8

static bool is_known(const struct recorded *r, uint64_t hash, uint64_t id) {
  uint32_t i = r->heads[hash & (r->room - 1)];
  for (int n = 0; n < LOOKED_BACK && i != NOBODY; n++, i = r->v.v[i].older)
    if (r->v.v[i].id == id && r->v.v[i].hash == hash)
      return true;
  return false;
}

static void take(struct recorded *r, const struct flow *f) {
  if (!is_wanted(f))
    return;
  uint64_t hash = hash_of(f);
  if (is_known(r, hash, f->id))
    return;
  VEC_PUSH(&r->v, ((struct entry){hash, f->id, NOBODY}));
  if (r->v.n > 2 * store_count(r->store) + SPARE)
    forget_the_gone(r);
  else if (r->v.n > r->room)
    make_chains(r);
  else
    put_in_chain(r, (uint32_t)r->v.n - 1);
}

static void added(void *arg, struct flow *f) {
  take(arg, f);
}

static void changed(void *arg, struct flow *f, unsigned mask) {
  if (mask & FLOW_CHANGED_STATE)
    take(arg, f);
}

static void begin(struct recorded *r) {
  take_all(r);
  store_observe(r->store, &(struct store_observer){.added = added, .changed = changed, .arg = r});
  r->watches = true;
}

const struct flow *recorded_next(void *recorded, const struct flow *like, size_t *place) {
  struct recorded *r = recorded;
  if (!r->watches)
    begin(r);
  uint64_t hash = hash_of(like);
  uint32_t i = *place ? r->v.v[*place - 1].older : r->heads[hash & (r->room - 1)];
  for (; i != NOBODY; i = r->v.v[i].older) {
    const struct flow *f = r->v.v[i].hash == hash ? store_get(r->store, r->v.v[i].id) : NULL;
    if (f) {
      *place = (size_t)i + 1;
      return f;
    }
  }
  return NULL;
}
