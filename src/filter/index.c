#include "weir/filter/index.h"

#include <stdlib.h>

#include "sorting.h"
#include "weir/base/clock.h"
#include "weir/base/vec.h"

/* What one slice may take before the loop's own deadline is known (the first one, in filter_index_set()). */
#define FIRST_SLICE (2 * CLOCK_MS)
#define CLOCK_EVERY 32            /* flows between two looks at the clock, for filters that look at heads alone */
#define AGE_EVERY   (CLOCK_S / 2) /* how often flows are looked at whose answer depends on the time */
#define GROW_MAX    1000          /* running flows that move on in one turn */

/* Ordered ids with a free front, since the oldest are those that go. */
struct id_list {
  uint64_t *v;
  size_t head, n, cap; /* v[head] .. v[head + n - 1] */
};

struct filter_index {
  struct loop *loop;
  struct store *store;
  void (*changed)(void *arg);
  void *arg;
  struct filter *filter; /* NULL: all */
  struct id_list ids;
  struct id_list from; /* narrowing: the ids that matched the wider filter before; n 0: the whole store is scanned */
  VEC(uint64_t) late;  /* flows that changed and whose bodies must be looked at: in the job, not in the event */
  size_t late_done;
  struct loop_job job;
  bool busy, scanning, narrowing;
  bool moved;       /* the list changed in this slice */
  bool running;     /* a flow that was looked at is not finished */
  bool again;       /* the scan goes over a list that is whole: the time has gone on */
  uint64_t cursor;  /* scanning the store: the next id to look at */
  size_t cursor_at; /* narrowing: the next place in `from` */
  size_t scanned;
  uint64_t half;   /* the flow whose bodies were looked at in part when the slice ended; 0: none */
  uint64_t limits; /* flows on which a pattern ran into its limit */
  struct loop_timer age;
  struct sorting sorting;
  struct loop_timer growing; /* flows that run move on in an order by duration */
};

/* ---- the list ---- */

static void list_clear(struct id_list *l) {
  free(l->v);
  *l = (struct id_list){0};
}

static size_t list_place(const struct id_list *l, uint64_t id) {
  const uint64_t *v = l->v + l->head;
  if (!l->n || v[l->n - 1] < id)
    return l->n;
  size_t low = 0, high = l->n - 1;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (v[middle] < id)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool list_has(const struct id_list *l, uint64_t id, size_t *place) {
  *place = list_place(l, id);
  return *place < l->n && l->v[l->head + *place] == id;
}

static void list_room(struct id_list *l) {
  if (l->head + l->n < l->cap)
    return;
  if (l->head > l->cap / 2) {
    memmove(l->v, l->v + l->head, l->n * sizeof *l->v);
    l->head = 0;
    return;
  }
  l->cap = l->cap ? l->cap * 2 : 64;
  l->v = mem_grow(l->v, l->cap * sizeof *l->v);
}

static void list_insert(struct id_list *l, size_t place, uint64_t id) {
  list_room(l);
  uint64_t *v = l->v + l->head;
  memmove(v + place + 1, v + place, (l->n - place) * sizeof *v);
  v[place] = id;
  l->n++;
}

static void list_remove(struct id_list *l, size_t place) {
  uint64_t *v = l->v + l->head;
  if (place < l->n / 2) {
    memmove(v + 1, v, place * sizeof *v);
    l->head++;
  } else {
    memmove(v + place, v + place + 1, (l->n - place - 1) * sizeof *v);
  }
  if (--l->n == 0)
    l->head = 0;
}

/* ---- one flow ---- */

enum belongs { HIDDEN, LISTED, UNDECIDED };

static enum belongs belongs(struct filter_index *x, const struct flow *f, uint64_t deadline) {
  bool limit = false;
  if (f->deleted || f->unrecorded)
    return HIDDEN;
  x->running |= !flow_finished(f);
  if (f->paused != FLOW_RUNNING || !x->filter)
    return LISTED;
  enum filter_answer answer = filter_step(x->filter, f, deadline, &limit);
  x->limits += limit && answer != FILTER_MORE;
  x->half = answer == FILTER_MORE ? f->id : 0;
  return answer == FILTER_MORE ? UNDECIDED : answer == FILTER_YES ? LISTED : HIDDEN;
}

/* The flow has changed or goes: what was seen of its bodies counts no more. */
static void forget(struct filter_index *x, const struct flow *f) {
  if (x->half != f->id)
    return;
  filter_forget(x->filter);
  x->half = 0;
}

static void watch_growth(struct filter_index *x) {
  if (x->sorting.running_n && !x->growing.place)
    loop_timer_arm(x->loop, &x->growing, AGE_EVERY);
}

static void on_growth(void *arg) {
  struct filter_index *x = arg;
  if (x->sorting.order && sorting_grow(&x->sorting, x->store, loop_now(x->loop), GROW_MAX))
    x->changed(x->arg);
  watch_growth(x);
}

static void sort_in(struct filter_index *x, const struct flow *f) {
  x->moved |= sorting_put(&x->sorting, f, loop_now(x->loop));
  watch_growth(x);
}

/* Puts it in or takes it out. */
static enum belongs place_flow(struct filter_index *x, const struct flow *f, uint64_t deadline) {
  size_t place;
  enum belongs wanted = belongs(x, f, deadline);
  if (wanted == UNDECIDED)
    return wanted;
  bool listed = list_has(&x->ids, f->id, &place);
  x->moved |= listed != (wanted == LISTED);
  if (wanted == LISTED && !listed)
    list_insert(&x->ids, place, f->id);
  else if (wanted == HIDDEN && listed)
    list_remove(&x->ids, place);
  if (wanted == LISTED)
    sort_in(x, f);
  else if (listed)
    sorting_remove(&x->sorting, f->id);
  return wanted;
}

static bool looks_at_bodies(const struct filter_index *x) {
  return x->filter && filter_reads_bodies(x->filter);
}

/* Flows get older, and what runs takes longer: then some are to be looked at again. */
static void watch_time(struct filter_index *x) {
  unsigned needs = x->filter ? filter_needs(x->filter) : 0;
  if ((needs & FILTER_NEEDS_AGE || (needs & FILTER_NEEDS_CLOCK && x->running)) && !x->age.place)
    loop_timer_arm(x->loop, &x->age, AGE_EVERY);
}

static void start_job(struct filter_index *x) {
  if (!x->busy)
    loop_job_start(x->loop, &x->job);
  x->busy = true;
}

static void look_later(struct filter_index *x, const struct flow *f) {
  if (x->late.n == x->late_done || x->late.v[x->late.n - 1] != f->id)
    VEC_PUSH(&x->late, f->id);
  start_job(x);
}

static bool listed(const struct filter_index *x, uint64_t id) {
  size_t place;
  return list_has(&x->ids, id, &place);
}

/* ---- slices ---- */

/* The flow to look at; NULL when the scan is over. */
static struct flow *scanned_flow(struct filter_index *x) {
  struct flow *f = NULL;
  if (!x->narrowing)
    return store_nth(x->store, store_index(x->store, x->cursor));
  for (; x->cursor_at < x->from.n; x->cursor_at++) {
    f = store_get(x->store, x->from.v[x->from.head + x->cursor_at]);
    if (f)
      return f;
  }
  return NULL;
}

static void end_scan(struct filter_index *x) {
  x->scanning = x->again = false;
  list_clear(&x->from);
  watch_time(x);
}

static void scan_one(struct filter_index *x, uint64_t deadline) {
  struct flow *f = scanned_flow(x);
  if (!f) {
    end_scan(x);
    return;
  }
  if (place_flow(x, f, deadline) == UNDECIDED)
    return;
  x->scanned++;
  x->cursor = f->id + 1;
  x->cursor_at++;
}

static void look_at_late(struct filter_index *x, uint64_t deadline) {
  struct flow *f = store_get(x->store, x->late.v[x->late_done]);
  if (f && place_flow(x, f, deadline) == UNDECIDED)
    return;
  x->late_done++;
  size_t left = x->late.n - x->late_done;
  if (left == 0) {
    VEC_CLEAR(&x->late);
    x->late_done = 0;
  } else if (x->late_done >= left) { /* under steady traffic the end may never be reached */
    memmove(x->late.v, x->late.v + x->late_done, left * sizeof *x->late.v);
    x->late.n = left;
    x->late_done = 0;
  }
}

/* What was begun is ended first: another flow would make that forgotten. */
static bool late_is_next(const struct filter_index *x) {
  if (x->late.n == x->late_done)
    return false;
  return !x->half || x->late.v[x->late_done] == x->half || !x->scanning;
}

static void set_now(struct filter_index *x) {
  if (x->filter)
    filter_set_now(x->filter, loop_now(x->loop));
}

/* A new order is made of the list as it is. True while there is more to do. */
static bool sort_more(struct filter_index *x, uint64_t deadline) {
  struct sorting *s = &x->sorting;
  unsigned every = s->next && datum_reads_bodies(order_by(s->next)) ? 1 : CLOCK_EVERY;
  for (unsigned i = 1; s->next; i++) {
    size_t place = list_place(&x->ids, s->next_id);
    if (place == x->ids.n) {
      sorting_switch(s);
      watch_growth(x);
      x->moved = true;
      break;
    }
    uint64_t id = x->ids.v[x->ids.head + place];
    const struct flow *f = store_get(x->store, id);
    s->next_id = id + 1;
    if (f)
      sorting_put_next(s, f, loop_now(x->loop));
    if (i % every == 0 && clock_mono() >= deadline)
      break;
  }
  return s->next != NULL;
}

/* True while there is more to do. */
static bool work(struct filter_index *x, uint64_t deadline) {
  unsigned every = looks_at_bodies(x) ? 1 : CLOCK_EVERY;
  set_now(x);
  for (unsigned i = 1; x->late.n > x->late_done || x->scanning; i++) {
    if (late_is_next(x))
      look_at_late(x, deadline);
    else
      scan_one(x, deadline);
    if (i % every == 0 && clock_mono() >= deadline)
      return x->late.n > x->late_done || x->scanning;
  }
  return false;
}

static bool step(void *arg, uint64_t deadline) {
  struct filter_index *x = arg;
  bool again = x->again;
  x->moved = false;
  x->busy = work(x, deadline) || sort_more(x, deadline);
  if (!again || x->moved)
    x->changed(x->arg);
  return x->busy;
}

/* The time has gone on: each flow is looked at again, in the list as it is. */
static void grow_older(void *arg) {
  struct filter_index *x = arg;
  if (x->scanning)
    return;
  x->scanning = x->again = true;
  x->running = false;
  x->narrowing = false;
  x->cursor = 0;
  x->scanned = 0;
  start_job(x);
}

/* ---- store events ---- */

static bool place_now(struct filter_index *x, const struct flow *f) {
  x->moved = false;
  set_now(x);
  place_flow(x, f, UINT64_MAX);
  watch_time(x);
  return x->moved;
}

static void on_added(void *arg, struct flow *f) {
  struct filter_index *x = arg;
  if (looks_at_bodies(x)) {
    look_later(x, f);
    if (f->paused == FLOW_RUNNING || f->deleted || f->unrecorded)
      return;
  }
  if (place_now(x, f))
    x->changed(x->arg);
}

/* A body that still grows is searched when it is whole: searching at every piece would cost its square. Its size is
 * looked at as it grows. */
static bool worth_looking(const struct filter_index *x, const struct flow *f, unsigned mask) {
  return (mask & ~(unsigned)FLOW_CHANGED_BODY) != 0 || !looks_at_bodies(x) || flow_finished(f);
}

static void on_changed(void *arg, struct flow *f, unsigned mask) {
  struct filter_index *x = arg;
  bool moved = false;
  forget(x, f);
  if (worth_looking(x, f, mask)) {
    bool shown_anyway = f->paused != FLOW_RUNNING || f->deleted || f->unrecorded;
    if (looks_at_bodies(x) && !shown_anyway)
      look_later(x, f);
    else
      moved = place_now(x, f);
  } else if (listed(x, f->id)) {
    sort_in(x, f);
  }
  if (moved || listed(x, f->id))
    x->changed(x->arg);
}

static void on_removed(void *arg, struct flow *f) {
  struct filter_index *x = arg;
  size_t place;
  forget(x, f);
  if (!list_has(&x->ids, f->id, &place))
    return;
  list_remove(&x->ids, place);
  sorting_remove(&x->sorting, f->id);
  x->changed(x->arg);
}

/* ---- outside ---- */

static void start_scan(struct filter_index *x) {
  x->scanning = true;
  x->again = x->running = false;
  x->half = x->limits = 0;
  loop_timer_cancel(x->loop, &x->age);
  x->cursor = 0;
  x->cursor_at = 0;
  x->scanned = 0;
  VEC_CLEAR(&x->late);
  x->late_done = 0;
  if (work(x, clock_mono() + FIRST_SLICE) || x->sorting.next)
    start_job(x);
}

struct filter_index *filter_index_new(struct loop *loop, struct store *store, void (*changed)(void *arg), void *arg) {
  struct filter_index *x = mem_zero(1, sizeof *x);
  x->loop = loop;
  x->store = store;
  x->changed = changed;
  x->arg = arg;
  x->job.step = step;
  x->job.arg = x;
  x->age = (struct loop_timer){.fn = grow_older, .arg = x};
  x->growing = (struct loop_timer){.fn = on_growth, .arg = x};
  struct store_observer observer = {on_added, on_changed, on_removed, x};
  store_observe(store, &observer);
  start_scan(x);
  return x;
}

void filter_index_free(struct filter_index *x) {
  if (!x)
    return;
  store_unobserve(x->store, x);
  if (x->busy)
    loop_job_stop(x->loop, &x->job);
  loop_timer_cancel(x->loop, &x->age);
  loop_timer_cancel(x->loop, &x->growing);
  sorting_clear(&x->sorting);
  filter_free(x->filter);
  list_clear(&x->ids);
  list_clear(&x->from);
  VEC_CLEAR(&x->late);
  free(x);
}

void filter_index_set(struct filter_index *x, struct filter *filter) {
  bool whole = !x->busy;
  if (x->busy)
    loop_job_stop(x->loop, &x->job);
  x->busy = false;
  /* While a person types, each letter narrows: then only what matched so far has to be looked at again. */
  x->narrowing = whole && x->filter && filter && filter_narrows(x->filter, filter);
  filter_free(x->filter);
  x->filter = filter;
  if (filter)
    filter_look_at_both(filter);
  list_clear(&x->from);
  x->from = x->ids;
  x->ids = (struct id_list){0};
  sorting_empty(&x->sorting);
  if (!x->narrowing)
    list_clear(&x->from);
  start_scan(x);
  x->changed(x->arg);
}

void filter_index_sort(struct filter_index *x, struct datum *by, bool reverse) {
  const struct field *field = by ? datum_field(by) : NULL;
  struct sorting *s = &x->sorting;
  if (!by || (field && strcmp(field->name, "id") == 0)) {
    datum_free(by);
    sorting_clear(s);
    s->reverse = reverse;
  } else if (s->order && !s->next && strcmp(datum_name(by), datum_name(order_by(s->order))) == 0) {
    datum_free(by);
    s->reverse = reverse;
  } else {
    sorting_start(s, by, reverse);
    /* The first slice at once, so that a small list is never seen in between. */
    if (!x->scanning && sort_more(x, clock_mono() + FIRST_SLICE))
      start_job(x);
  }
  x->changed(x->arg);
}

const struct datum *filter_index_sorted(const struct filter_index *x, bool *reverse) {
  const struct sorting *s = &x->sorting;
  if (reverse)
    *reverse = s->next ? s->next_reverse : s->reverse;
  return s->next ? order_by(s->next) : s->order ? order_by(s->order) : NULL;
}

bool filter_index_sorting(const struct filter_index *x, unsigned *percent) {
  size_t done = x->sorting.next ? order_count(x->sorting.next) : 0;
  if (percent)
    *percent = x->ids.n && x->sorting.next ? (unsigned)(done * 100 / x->ids.n) : 100;
  return x->sorting.next != NULL;
}

const struct filter *filter_index_filter(const struct filter_index *x) {
  return x->filter;
}

size_t filter_index_count(const struct filter_index *x) {
  return x->ids.n;
}

uint64_t filter_index_nth(const struct filter_index *x, size_t i) {
  const struct sorting *s = &x->sorting;
  if (s->order)
    return order_nth(s->order, i, s->reverse);
  if (i >= x->ids.n)
    return 0;
  return x->ids.v[x->ids.head + (s->reverse ? x->ids.n - 1 - i : i)];
}

static size_t sorted_place(const struct filter_index *x, uint64_t id) {
  const struct sorting *s = &x->sorting;
  if (id == s->gone && !order_has(s->order, id))
    return s->gone_place;
  return order_place(s->order, id, store_get(x->store, id), loop_now(x->loop), s->reverse);
}

size_t filter_index_place(const struct filter_index *x, uint64_t id, bool *exact) {
  size_t place;
  bool found = list_has(&x->ids, id, &place);
  if (exact)
    *exact = found;
  if (x->sorting.order)
    return sorted_place(x, id);
  return x->sorting.reverse ? x->ids.n - place - found : place;
}

bool filter_index_busy(const struct filter_index *x, unsigned *percent) {
  size_t total = x->narrowing ? x->from.n : store_count(x->store);
  if (percent)
    *percent = !x->scanning || x->again ? 100 : total ? (unsigned)(x->scanned * 100 / total) : 100;
  if (percent && *percent > 100)
    *percent = 100;
  return x->scanning && !x->again;
}

uint64_t filter_index_limits(const struct filter_index *x) {
  return x->limits;
}
