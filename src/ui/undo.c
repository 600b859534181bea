#include "ui/undo.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ui/ui_state.h"
#include "weir/base/mem.h"
#include "weir/base/vec.h"

struct change {
  const struct undo_change_ops *ops; /* NULL: given up */
  void *data;
  size_t cost;
};

struct step {
  char phrase[64];
  VEC(struct change) change;
  VEC(struct flow *) flow; /* taken out of the list, in the order they were added */
  size_t gone;             /* of flow[]: given up, from the front */
  VEC(uint64_t) back;      /* taken back: the flows that returned to the list, for doing it again */
};

struct undo {
  struct step step[UNDO_STEPS];
  size_t n, done; /* step[done..n) were taken back and can be done again */
  size_t cost;
};

struct undo *undo_new(void) {
  return mem_zero(1, sizeof(struct undo));
}

static void change_clear(struct undo *u, struct change *c) {
  u->cost -= c->cost;
  if (c->ops != NULL && c->ops->free != NULL)
    c->ops->free(c->data);
  memset(c, 0, sizeof *c);
}

static void step_clear(struct undo *u, struct step *s) {
  for (size_t i = s->gone; i < s->flow.n; i++) {
    u->cost -= s->flow.v[i]->cost;
    flow_free(s->flow.v[i]);
  }
  for (size_t i = 0; i < s->change.n; i++)
    change_clear(u, &s->change.v[i]);
  VEC_CLEAR(&s->flow);
  VEC_CLEAR(&s->change);
  VEC_CLEAR(&s->back);
  memset(s, 0, sizeof *s);
}

void undo_free(struct undo *u) {
  if (u == NULL)
    return;
  for (size_t i = 0; i < u->n; i++)
    step_clear(u, &u->step[i]);
  free(u);
}

/* ---- a step is made ---- */

void undo_begin(struct undo *u, const char *format, ...) {
  while (u->n > u->done)
    step_clear(u, &u->step[--u->n]);
  if (u->n == UNDO_STEPS) {
    step_clear(u, &u->step[0]);
    memmove(u->step, u->step + 1, (UNDO_STEPS - 1) * sizeof *u->step);
    u->n--;
  }
  struct step *s = &u->step[u->n++];
  u->done = u->n;
  memset(s, 0, sizeof *s);
  va_list args;
  va_start(args, format);
  vsnprintf(s->phrase, sizeof s->phrase, format, args);
  va_end(args);
}

static void weigh(struct undo *u, struct change *c) {
  u->cost -= c->cost;
  c->cost = c->ops->cost != NULL ? c->ops->cost(c->data) : 0;
  u->cost += c->cost;
}

void undo_add(struct undo *u, const struct undo_change_ops *ops, void *data) {
  struct change change = {ops, data, 0};
  weigh(u, &change);
  VEC_PUSH(&u->step[u->n - 1].change, change);
}

static void keep_flow(struct undo *u, struct step *s, struct flow *f) {
  f->cost = flow_cost(f);
  u->cost += f->cost;
  VEC_PUSH(&s->flow, f);
}

void undo_add_flow(struct undo *u, struct flow *f) {
  keep_flow(u, &u->step[u->n - 1], f);
}

void undo_end(struct undo *u) {
  struct step *s = &u->step[u->n - 1];
  if (s->flow.n == 0 && s->change.n == 0) {
    step_clear(u, s);
    u->done = --u->n;
  }
}

void undo_cancel(struct undo *u) {
  step_clear(u, &u->step[u->n - 1]);
  u->done = --u->n;
}

static bool is_moot(const struct step *s, const struct ui *ui) {
  bool moot = s->flow.n == 0 && s->back.n == 0;
  for (size_t i = 0; i < s->change.n && moot; i++)
    moot = s->change.v[i].ops != NULL && s->change.v[i].ops->moot != NULL &&
           s->change.v[i].ops->moot(ui, s->change.v[i].data);
  return moot;
}

/* The step that is taken next, behind those that would change nothing; NULL: none. */
static const struct step *next_back(const struct undo *u, const struct ui *ui) {
  size_t at = u->done;
  while (at > 0 && is_moot(&u->step[at - 1], ui))
    at--;
  return at > 0 ? &u->step[at - 1] : NULL;
}

static const struct step *next_again(const struct undo *u, const struct ui *ui) {
  size_t at = u->done;
  while (at < u->n && is_moot(&u->step[at], ui))
    at++;
  return at < u->n ? &u->step[at] : NULL;
}

static struct slice phrase_of(const struct step *s) {
  return s != NULL ? slice_of(s->phrase) : (struct slice){NULL, 0};
}

struct slice undo_phrase(const struct undo *u, const struct ui *ui) {
  return phrase_of(next_back(u, ui));
}

struct slice redo_phrase(const struct undo *u, const struct ui *ui) {
  return phrase_of(next_again(u, ui));
}

size_t undo_flows(const struct undo *u, const struct ui *ui) {
  const struct step *s = next_back(u, ui);
  return s != NULL ? s->flow.n - s->gone : 0;
}

/* ---- back and forth ---- */

static void begin_told(struct undo_told *told, const struct step *s) {
  memset(told, 0, sizeof *told);
  snprintf(told->phrase, sizeof told->phrase, "%s", s->phrase);
}

static void swap(struct undo *u, struct ui *ui, struct change *c, struct undo_told *told) {
  struct undo_told part = {.phrase = {0}};
  bool done = c->ops != NULL ? c->ops->swap(ui, c->data, &part)
                             : err_set(&part.why, "what it was before had to make room for what came since");
  if (c->ops != NULL)
    weigh(u, c);
  if (part.flow != 0)
    told->flow = part.flow;
  if (!done && told->why.text[0] == '\0')
    told->why = part.why;
}

bool undo_step(struct undo *u, struct ui *ui, struct undo_told *told) {
  while (u->done > 0 && is_moot(&u->step[u->done - 1], ui))
    u->done--;
  if (u->done == 0)
    return false;
  struct step *s = &u->step[--u->done];
  begin_told(told, s);
  told->back = s->flow.n - s->gone;
  told->lost = s->gone;
  for (size_t i = s->change.n; i > 0; i--)
    swap(u, ui, &s->change.v[i - 1], told);
  /* Taken off the step first: giving them back may make the store tell its observers. */
  while (s->flow.n > s->gone) {
    struct flow *f = s->flow.v[--s->flow.n];
    u->cost -= f->cost;
    f->deleted = false;
    told->flow = f->id;
    VEC_PUSH(&s->back, f->id);
    store_restore(ui_store(ui), f);
  }
  s->flow.n = s->gone = 0;
  return true;
}

/* From the newest to the oldest: the ring then only gets shorter. They returned in that order. */
static void take_out_again(struct undo *u, struct ui *ui, struct step *s, struct undo_told *told) {
  for (size_t i = 0; i < s->back.n; i++) {
    struct flow *f = store_get(ui_store(ui), s->back.v[i]);
    ui->removing = true;
    bool out = f != NULL && f->live == NULL && f->paused == FLOW_RUNNING && store_detach(ui_store(ui), f);
    ui->removing = false;
    if (out) {
      keep_flow(u, s, f);
      told->flow = f->id;
      told->out++;
    }
  }
  s->back.n = 0;
}

bool redo_step(struct undo *u, struct ui *ui, struct undo_told *told) {
  while (u->done < u->n && is_moot(&u->step[u->done], ui))
    u->done++;
  if (u->done == u->n)
    return false;
  struct step *s = &u->step[u->done++];
  begin_told(told, s);
  take_out_again(u, ui, s, told);
  for (size_t i = 0; i < s->change.n; i++)
    swap(u, ui, &s->change.v[i], told);
  return true;
}

/* ---- the budget ---- */

static bool give_up_change(struct undo *u, struct step *s) {
  for (size_t i = 0; i < s->change.n; i++)
    if (s->change.v[i].cost > 0) {
      change_clear(u, &s->change.v[i]);
      return true;
    }
  return false;
}

static bool give_up_oldest(struct undo *u) {
  for (size_t i = 0; i < u->n; i++) {
    struct step *s = &u->step[i];
    if (give_up_change(u, s))
      return true;
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
