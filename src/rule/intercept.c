/* The list of intercepts: made, changed, taken out, put back. */
#include <stdlib.h>

#include "rule/rules.h"
#include "rule/text.h"
#include "weir/base/mem.h"
#include "weir/filter/filter.h"

struct rules *rules_new(void) {
  return mem_zero(1, sizeof(struct rules));
}

static void clear(struct intercept *x) {
  free((char *)x->text);
  free((char *)x->condition);
  filter_free(x->filter);
}

void rules_free(struct rules *rules) {
  if (!rules)
    return;
  for (size_t i = 0; i < rules->list.n; i++)
    clear(&rules->list.v[i]);
  VEC_CLEAR(&rules->list);
  VEC_CLEAR(&rules->spent);
  free(rules);
}

/* ---- finding ---- */

static ptrdiff_t place_of(const struct rules *rules, unsigned id) {
  for (size_t i = 0; i < rules->list.n; i++)
    if (rules->list.v[i].id == id)
      return (ptrdiff_t)i;
  return -1;
}

static struct intercept *find(const struct rules *rules, unsigned id) {
  ptrdiff_t place = place_of(rules, id);
  return place < 0 ? NULL : &rules->list.v[place];
}

static struct intercept *own(const struct rules *rules) {
  for (size_t i = 0; i < rules->list.n; i++)
    if (rules->list.v[i].own)
      return &rules->list.v[i];
  return NULL;
}

const struct intercept *intercept_find(const struct rules *rules, unsigned id) {
  return find(rules, id);
}

const struct intercept *intercept_nth(const struct rules *rules, size_t i) {
  return i < rules->list.n ? &rules->list.v[i] : NULL;
}

size_t intercept_count(const struct rules *rules) {
  return rules->list.n;
}

/* ---- making and changing ---- */

/* What the text says is put into *x; the rest of *x stays. */
static bool compile(struct intercept *x, const char *text, struct err *err) {
  struct intercept_words words;
  if (!intercept_parse(slice_of(text), &words, err))
    return false;
  struct filter *filter = filter_compile(words.filter, err);
  if (!filter && err && words.filter.p)
    err->at += (size_t)(words.filter.p - text);
  if (!filter)
    return false;
  clear(x);
  x->text = mem_dup(text);
  x->condition = mem_dup_n(words.filter.p ? words.filter.p : "", words.filter.n);
  x->filter = filter;
  x->once = words.once;
  x->end = words.end;
  x->after = words.after;
  return true;
}

/* One is to be in force: what was off together with it stays off by itself. */
static void switch_on(struct rules *rules, const struct intercept *one) {
  for (size_t i = 0; !rules->enabled && i < rules->list.n; i++)
    rules->list.v[i].on = false;
  rules->enabled = true;
  find(rules, one->id)->on = true;
}

static unsigned add(struct rules *rules, const char *text, bool is_own, struct err *err) {
  struct intercept x = {.own = is_own, .responses = rules->responses};
  if (rules->list.n >= INTERCEPTS_MAX) {
    err_set(err, "there are %d intercepts already", INTERCEPTS_MAX);
    return 0;
  }
  if (!compile(&x, text, err))
    return 0;
  x.id = ++rules->last_id;
  x.responses = x.responses && !x.once;
  if (is_own)
    VEC_INSERT(&rules->list, 0, x);
  else
    VEC_PUSH(&rules->list, x);
  switch_on(rules, &x);
  return x.id;
}

unsigned intercept_add(struct rules *rules, const char *text, struct err *err) {
  return add(rules, text, false, err);
}

bool intercept_change(struct rules *rules, unsigned id, const char *text, struct err *err) {
  struct intercept *x = find(rules, id);
  if (!x)
    return err_set(err, "that intercept is gone");
  if (!compile(x, text, err))
    return false;
  switch_on(rules, x);
  return true;
}

void intercept_remove(struct rules *rules, unsigned id) {
  ptrdiff_t place = place_of(rules, id);
  if (place < 0)
    return;
  clear(&rules->list.v[place]);
  VEC_REMOVE(&rules->list, (size_t)place);
}

bool intercept_set(struct rules *rules, const char *text, struct err *err) {
  const struct intercept *x = own(rules);
  if (!*text) {
    if (x)
      intercept_remove(rules, x->id);
    return true;
  }
  return x ? intercept_change(rules, x->id, text, err) : add(rules, text, true, err) != 0;
}

const char *intercept_condition(const struct rules *rules) {
  const struct intercept *x = own(rules);
  return x ? x->text : "";
}

void intercept_switch(struct rules *rules, unsigned id, bool on) {
  struct intercept *x = find(rules, id);
  if (x && on)
    switch_on(rules, x);
  else if (x)
    x->on = false;
}

void intercept_pause_responses(struct rules *rules, unsigned id, bool on) {
  struct intercept *x = find(rules, id);
  if (x)
    x->responses = on;
}

/* ---- all at once ---- */

void intercept_enable(struct rules *rules, bool on) {
  bool any = false;
  for (size_t i = 0; i < rules->list.n; i++)
    any = any || rules->list.v[i].on;
  for (size_t i = 0; on && !any && i < rules->list.n; i++)
    rules->list.v[i].on = true;
  rules->enabled = on && rules->list.n > 0;
}

bool intercept_enabled(const struct rules *rules) {
  bool any = false;
  for (size_t i = 0; i < rules->list.n; i++)
    any = any || rules->list.v[i].on;
  return rules->enabled && any;
}

void intercept_responses(struct rules *rules, bool on) {
  rules->responses = on;
  for (size_t i = 0; i < rules->list.n; i++)
    if (!rules->list.v[i].once)
      rules->list.v[i].responses = on;
}

bool intercept_wants_responses(const struct rules *rules) {
  return rules->responses;
}

struct flow_pause *intercept_hit(struct rules *rules, struct intercept *x) {
  struct flow_pause *pause = mem_zero(1, sizeof *pause);
  pause->why = mem_dup(x->condition);
  pause->once = x->once;
  pause->end = x->end;
  pause->after = x->after;
  x->hits++;
  if (x->once) {
    VEC_PUSH(&rules->spent, x->id);
    intercept_remove(rules, x->id);
  }
  return pause;
}

/* ---- the way back ---- */

struct rules *rules_copy(const struct rules *rules) {
  struct rules *copy = rules_new();
  for (size_t i = 0; i < rules->list.n; i++) {
    struct intercept x = rules->list.v[i];
    x.text = mem_dup(x.text);
    x.condition = mem_dup(x.condition);
    x.filter = filter_compile(slice_of(x.condition), NULL);
    VEC_PUSH(&copy->list, x);
  }
  copy->enabled = rules->enabled;
  copy->responses = rules->responses;
  return copy;
}

void rules_swap(struct rules *rules, struct rules *other) {
  struct rules now = *rules;
  rules->list.v = other->list.v, rules->list.n = other->list.n, rules->list.cap = other->list.cap;
  rules->enabled = other->enabled;
  rules->responses = other->responses;
  other->list.v = now.list.v, other->list.n = now.list.n, other->list.cap = now.list.cap;
  other->enabled = now.enabled;
  other->responses = now.responses;
  for (size_t i = 0; i < rules->list.n; i++) {
    const struct intercept *was = find(other, rules->list.v[i].id);
    if (was)
      rules->list.v[i].hits = was->hits;
  }
  for (size_t i = 0; i < rules->spent.n; i++)
    intercept_remove(rules, rules->spent.v[i]);
}
