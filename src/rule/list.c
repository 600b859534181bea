/* The list of rules: made, changed, moved, taken out, put back. */
#include <stdlib.h>

#include "rule/deed.h"
#include "rule/rules.h"
#include "rule/shortlist.h"
#include "rule/sieve.h"
#include "rule/text.h"
#include "weir/base/mem.h"
#include "weir/filter/filter.h"

struct rules *rules_new(void) {
  return mem_zero(1, sizeof(struct rules));
}

void rule_clear(struct rule *r) {
  free((char *)r->text);
  free((char *)r->name);
  free((char *)r->condition);
  free((char *)r->action);
  filter_free(r->filter);
  deed_free(r->deed);
}

void rules_free(struct rules *rules) {
  if (!rules)
    return;
  for (size_t i = 0; i < rules->list.n; i++)
    rule_clear(&rules->list.v[i]);
  VEC_CLEAR(&rules->list);
  VEC_CLEAR(&rules->spent);
  free(rules->shortlist);
  free(rules);
}

/* ---- finding ---- */

static ptrdiff_t place_of(const struct rules *rules, unsigned id) {
  for (size_t i = 0; i < rules->list.n; i++)
    if (rules->list.v[i].id == id)
      return (ptrdiff_t)i;
  return -1;
}

struct rule *rule_at_id(const struct rules *rules, unsigned id) {
  ptrdiff_t place = place_of(rules, id);
  return place < 0 ? NULL : &rules->list.v[place];
}

const struct rule *rule_find(const struct rules *rules, unsigned id) {
  return rule_at_id(rules, id);
}

const struct rule *rule_nth(const struct rules *rules, size_t i) {
  return i < rules->list.n ? &rules->list.v[i] : NULL;
}

size_t rule_count(const struct rules *rules) {
  return rules->list.n;
}

/* ---- making and changing ---- */

static char *dup_slice(struct slice s) {
  return mem_dup_n(s.p ? s.p : "", s.n);
}

bool rule_compile(struct rule *r, const char *text, bool as_intercept, struct err *err) {
  struct rule_words words = {.action = SLICE("pause")};
  struct rule_deed *deed = NULL;
  bool read =
      as_intercept ? intercept_parse(slice_of(text), &words.pause, err) : rule_parse(slice_of(text), &words, err);
  if (!read)
    return false;
  struct slice condition = as_intercept ? words.pause.filter : words.filter;
  struct filter *filter = filter_compile(condition, err);
  if (!filter && err && condition.p)
    err->at += (size_t)(condition.p - text);
  if (!filter)
    return false;
  struct slice needle;
  bool of_response = filter_speaks_of_response(filter);
  bool at_end = false;
  if (!as_intercept && !rule_end_check(filter, words.kind, of_response, &at_end, err)) {
    if (err)
      err->at += (size_t)(condition.p - text);
    filter_free(filter);
    return false;
  }
  if (!as_intercept && words.kind != RULE_PAUSE && !(deed = deed_parse(words.action, of_response, err))) {
    if (err)
      err->at += (size_t)(words.action.p - text);
    filter_free(filter);
    return false;
  }
  rule_clear(r);
  r->text = mem_dup(text);
  r->condition = dup_slice(condition);
  r->action = as_intercept ? mem_dup("") : dup_slice(words.action);
  r->named = words.name.n > 0;
  r->name = r->named ? dup_slice(words.name) : dup_slice(as_intercept ? condition : words.action);
  r->filter = filter;
  filter_url_needle(filter, &needle);
  r->sieve = sieve_of(needle);
  r->deed = deed;
  r->kind = as_intercept ? RULE_PAUSE : words.kind;
  r->response = deed ? deed_of_response(deed) : of_response;
  r->at_end = at_end;
  r->limit = words.limit;
  r->limit_n = words.limit_n;
  r->seed = words.seed;
  r->once = words.pause.once;
  if (words.pause.responses)
    r->responses = true;
  r->end = words.pause.end;
  r->after = words.pause.after;
  if (words.off)
    r->on = false;
  return true;
}

void rules_changed(struct rules *rules) {
  rules->ends_known = false;
  if (rules->shortlist)
    rules->shortlist->made = false;
}

void rule_made(struct rules *rules, const struct rule *r) {
  rules_changed(rules);
  if (r->kind == RULE_RECORDED && rules->recording.wanted)
    rules->recording.wanted(rules->recording.arg);
}

unsigned rule_insert(struct rules *rules, struct rule *r, size_t at) {
  r->id = ++rules->last_id;
  VEC_INSERT(&rules->list, at < rules->list.n ? at : rules->list.n, *r);
  rule_made(rules, r);
  return r->id;
}

bool rule_check(struct slice text, struct err *err) {
  struct rule r = {0};
  char *copy = dup_slice(text);
  bool ok = rule_compile(&r, copy, false, err);
  free(copy);
  rule_clear(&r);
  return ok;
}

unsigned rule_add(struct rules *rules, const char *text, size_t at, struct err *err) {
  struct rule r = {.on = true};
  if (rules->list.n >= RULE_LIST_MAX) {
    err_set(err, "there are %d rules already", RULE_LIST_MAX);
    return 0;
  }
  if (!rule_compile(&r, text, false, err))
    return 0;
  if (!intercept_lets_go(rules, &r, err)) {
    rule_clear(&r);
    return 0;
  }
  bool pauses = r.kind == RULE_PAUSE && r.on;
  unsigned id = rule_insert(rules, &r, at);
  if (pauses)
    intercept_force(rules, id);
  return id;
}

bool rule_change(struct rules *rules, unsigned id, const char *text, struct err *err) {
  struct rule *r = rule_at_id(rules, id);
  if (!r)
    return err_set(err, "that rule is gone");
  bool as_intercept = r->kind == RULE_PAUSE && !*r->action && slice_find(slice_of(text), SLICE("=>")) < 0;
  bool was_on = r->on;
  r->on = true;
  if (rule_compile(r, text, as_intercept, err)) {
    rule_made(rules, r);
    if (r->kind == RULE_PAUSE && r->on)
      intercept_force(rules, id);
    return true;
  }
  r->on = was_on;
  return false;
}

void rule_remove(struct rules *rules, unsigned id) {
  ptrdiff_t place = place_of(rules, id);
  if (place < 0)
    return;
  rule_clear(&rules->list.v[place]);
  VEC_REMOVE(&rules->list, (size_t)place);
  rules_changed(rules);
}

void rule_switch(struct rules *rules, unsigned id, bool on) {
  struct rule *r = rule_at_id(rules, id);
  if (!r)
    return;
  if (on && !r->on && r->limit == LIMIT_NEXT)
    r->used = 0;
  if (on && !r->on && r->deed)
    deed_begin_anew(r->deed);
  if (on && r->kind == RULE_PAUSE)
    intercept_force(rules, id);
  else
    r->on = on;
}

bool rule_move(struct rules *rules, unsigned id, int by) {
  ptrdiff_t from = place_of(rules, id), to = from + by;
  if (from < 0 || to < 0 || to >= (ptrdiff_t)rules->list.n || to == from)
    return false;
  struct rule r = rules->list.v[from];
  VEC_REMOVE(&rules->list, (size_t)from);
  VEC_INSERT(&rules->list, (size_t)to, r);
  rules_changed(rules);
  return true;
}

void rules_enable(struct rules *rules, bool on) {
  rules->off = !on;
}

bool rules_enabled(const struct rules *rules) {
  return !rules->off;
}

/* ---- the way back ---- */

struct rules *rules_copy(const struct rules *rules) {
  struct rules *copy = rules_new();
  for (size_t i = 0; i < rules->list.n; i++) {
    const struct rule *like = &rules->list.v[i];
    struct rule r = *like;
    r.text = r.name = r.condition = r.action = NULL;
    r.filter = NULL;
    r.deed = NULL;
    rule_compile(&r, like->text, !*like->action, NULL); /* it was taken before */
    deed_remember(r.deed, like->deed);
    r.on = like->on;
    r.responses = like->responses;
    VEC_PUSH(&copy->list, r);
  }
  copy->enabled = rules->enabled;
  copy->off = rules->off;
  copy->responses = rules->responses;
  return copy;
}

void rules_swap(struct rules *rules, struct rules *other) {
  struct rules now = *rules;
  rules->list.v = other->list.v, rules->list.n = other->list.n, rules->list.cap = other->list.cap;
  rules->enabled = other->enabled;
  rules->off = other->off;
  rules->responses = other->responses;
  rules_changed(rules);
  rules_changed(other);
  other->list.v = now.list.v, other->list.n = now.list.n, other->list.cap = now.list.cap;
  other->enabled = now.enabled;
  other->off = now.off;
  other->responses = now.responses;
  for (size_t i = 0; i < rules->list.n; i++) {
    const struct rule *was = rule_find(other, rules->list.v[i].id);
    if (was) {
      rules->list.v[i].seen = was->seen;
      rules->list.v[i].hits = was->hits;
      rules->list.v[i].misses = was->misses;
      rules->list.v[i].last = was->last;
    }
  }
  for (size_t i = 0; i < rules->spent.n; i++)
    rule_remove(rules, rules->spent.v[i]);
}

static bool is_spent(const struct rules *rules, unsigned id) {
  for (size_t i = 0; i < rules->spent.n; i++)
    if (rules->spent.v[i] == id)
      return true;
  return false;
}

static bool same_rule(const struct rule *a, const struct rule *b) {
  return a->id == b->id && a->on == b->on && a->responses == b->responses && strcmp(a->text, b->text) == 0;
}

bool rules_alike(const struct rules *rules, const struct rules *other) {
  size_t n = 0;
  for (size_t i = 0; i < other->list.n; i++) {
    const struct rule *r = &other->list.v[i];
    if (is_spent(rules, r->id))
      continue;
    if (n == rules->list.n || !same_rule(&rules->list.v[n], r))
      return false;
    n++;
  }
  bool enabled = intercept_count(rules) == 0 || rules->enabled == other->enabled; /* of none, it says nothing */
  return n == rules->list.n && enabled && rules->off == other->off && rules->responses == other->responses;
}
