#include "ui/undo.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "weir/base/mem.h"
#include "weir/base/vec.h"

#define UNDO_STEPS 100

struct step {
  char phrase[64];
  VEC(struct flow *) flow; /* in the order they were added */
  size_t gone;             /* of flow[]: given up, from the front */
  uint64_t note_id;        /* 0: no note */
  char *note;
  undo_setting_fn *set; /* NULL: no setting */
  struct proxy *proxy;
  char *host;
  bool old;
};

struct undo {
  struct step step[UNDO_STEPS];
  size_t n;
  size_t cost;
  bool open;
};

struct undo *undo_new(void) {
  return mem_zero(1, sizeof(struct undo));
}

static void step_clear(struct undo *u, struct step *s) {
  for (size_t i = s->gone; i < s->flow.n; i++) {
    u->cost -= s->flow.v[i]->cost;
    flow_free(s->flow.v[i]);
  }
  VEC_CLEAR(&s->flow);
  free(s->note);
  free(s->host);
  memset(s, 0, sizeof *s);
}

void undo_free(struct undo *u) {
  if (u == NULL)
    return;
  for (size_t i = 0; i < u->n; i++)
    step_clear(u, &u->step[i]);
  free(u);
}

void undo_begin(struct undo *u, const char *format, ...) {
  if (u->n == UNDO_STEPS) {
    step_clear(u, &u->step[0]);
    memmove(u->step, u->step + 1, (UNDO_STEPS - 1) * sizeof *u->step);
    u->n--;
  }
  struct step *s = &u->step[u->n++];
  memset(s, 0, sizeof *s);
  va_list args;
  va_start(args, format);
  vsnprintf(s->phrase, sizeof s->phrase, format, args);
  va_end(args);
}

void undo_add_flow(struct undo *u, struct flow *f) {
  struct step *s = &u->step[u->n - 1];
  f->cost = flow_cost(f);
  u->cost += f->cost;
  VEC_PUSH(&s->flow, f);
}

void undo_add_note(struct undo *u, uint64_t id, const char *old_note) {
  struct step *s = &u->step[u->n - 1];
  s->note_id = id;
  s->note = mem_dup(old_note);
}

void undo_add_setting(struct undo *u, struct proxy *p, undo_setting_fn *set, const char *host, bool old) {
  struct step *s = &u->step[u->n - 1];
  s->proxy = p;
  s->set = set;
  s->host = mem_dup(host);
  s->old = old;
}

void undo_end(struct undo *u) {
  struct step *s = &u->step[u->n - 1];
  if (s->flow.n == 0 && s->note_id == 0 && s->set == NULL)
    step_clear(u, &u->step[--u->n]);
}

struct slice undo_phrase(const struct undo *u) {
  return u->n > 0 ? slice_of(u->step[u->n - 1].phrase) : (struct slice){NULL, 0};
}

static void put_note(struct step *s, struct store *store) {
  struct flow *f = store_get(store, s->note_id);
  if (f == NULL)
    return;
  free(f->note);
  f->note = s->note;
  s->note = NULL;
  store_touch(store, f, FLOW_CHANGED_NOTE);
}

bool undo_step(struct undo *u, struct store *store, uint64_t *id, size_t *back, size_t *lost) {
  if (u->n == 0)
    return false;
  struct step *s = &u->step[u->n - 1];
  *back = s->flow.n - s->gone;
  *lost = s->gone;
  *id = s->note_id;
  /* Taken off the step first: giving them back may make the store tell its observers. */
  for (size_t i = s->flow.n; i > s->gone; i--) {
    struct flow *f = s->flow.v[i - 1];
    u->cost -= f->cost;
    f->deleted = false;
    *id = f->id;
    store_restore(store, f);
  }
  s->flow.n = s->gone = 0;
  if (s->note_id != 0)
    put_note(s, store);
  if (s->set != NULL)
    s->set(s->proxy, s->host, s->old);
  step_clear(u, s);
  u->n--;
  return true;
}

static bool give_up_oldest(struct undo *u) {
  for (size_t i = 0; i < u->n; i++) {
    struct step *s = &u->step[i];
    if (s->gone == s->flow.n)
      continue;
    struct flow *f = s->flow.v[s->gone++];
    u->cost -= f->cost;
    flow_free(f);
    return true;
  }
  return false;
}

void undo_trim(struct undo *u, struct store *store) {
  if (u->cost == 0)
    return;
  struct store_stats stats = store_stats(store);
  uint64_t room = stats.max_bytes > stats.bytes ? stats.max_bytes - stats.bytes : 0;
  while (u->cost > room && give_up_oldest(u))
    ;
}

size_t undo_cost(const struct undo *u) {
  return u->cost;
}
