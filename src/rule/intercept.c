/* The rules that pause, and among them the person's own. */
#include "rule/rules.h"
#include "weir/base/mem.h"

/* ---- finding ---- */

/* The next that pauses, from *at on. */
static struct rule *next(const struct rules *rules, size_t *at) {
  while (*at < rules->list.n) {
    struct rule *r = &rules->list.v[(*at)++];
    if (r->kind == RULE_PAUSE)
      return r;
  }
  return NULL;
}

static struct rule *find(const struct rules *rules, unsigned id) {
  struct rule *r = rule_at_id(rules, id);
  return r && r->kind == RULE_PAUSE ? r : NULL;
}

static struct rule *own(const struct rules *rules) {
  struct rule *r;
  for (size_t at = 0; (r = next(rules, &at)) != NULL;)
    if (r->own)
      return r;
  return NULL;
}

const struct rule *intercept_nth(const struct rules *rules, size_t i) {
  size_t at = 0;
  const struct rule *r = next(rules, &at);
  while (r && i--)
    r = next(rules, &at);
  return r;
}

size_t intercept_count(const struct rules *rules) {
  size_t n = 0;
  for (size_t at = 0; next(rules, &at) != NULL;)
    n++;
  return n;
}

/* ---- making and changing ---- */

void intercept_force(struct rules *rules, unsigned id) {
  struct rule *r;
  for (size_t at = 0; !rules->enabled && (r = next(rules, &at)) != NULL;)
    r->on = false;
  rules->enabled = true;
  find(rules, id)->on = true;
}

void intercept_unattended(struct rules *rules) {
  rules->unattended = true;
}

bool intercept_lets_go(const struct rules *rules, const struct rule *r, struct err *err) {
  if (!rules->unattended || r->kind != RULE_PAUSE || r->end != PAUSE_WAITS)
    return true;
  return err_set(
      err,
      "an intercept needs a screen or a deadline, and there is no screen (--headless, or no terminal): nobody "
      "could resume what is paused. With a deadline: %s after 30s send (or drop, or 504)",
      *r->action ? "pause" : r->condition);
}

static unsigned add(struct rules *rules, const char *text, bool is_own, struct err *err) {
  struct rule r = {.own = is_own, .responses = rules->responses};
  if (intercept_count(rules) >= INTERCEPTS_MAX) {
    err_set(err, "there are %d intercepts already", INTERCEPTS_MAX);
    return 0;
  }
  if (!rule_compile(&r, text, true, err))
    return 0;
  if (!intercept_lets_go(rules, &r, err)) {
    rule_clear(&r);
    return 0;
  }
  r.responses = r.responses && !r.once;
  unsigned id = rule_insert(rules, &r, is_own ? 0 : RULE_AT_END);
  intercept_force(rules, id);
  return id;
}

unsigned intercept_add(struct rules *rules, const char *text, struct err *err) {
  return add(rules, text, false, err);
}

bool intercept_change(struct rules *rules, unsigned id, const char *text, struct err *err) {
  struct rule *r = find(rules, id);
  if (!r)
    return err_set(err, "that intercept is gone");
  if (!rule_compile(r, text, true, err))
    return false;
  rule_made(rules, r);
  intercept_force(rules, id);
  return true;
}

void intercept_remove(struct rules *rules, unsigned id) {
  if (find(rules, id))
    rule_remove(rules, id);
}

bool intercept_set(struct rules *rules, const char *text, struct err *err) {
  const struct rule *r = own(rules);
  if (!*text) {
    if (r)
      intercept_remove(rules, r->id);
    return true;
  }
  return r ? intercept_change(rules, r->id, text, err) : add(rules, text, true, err) != 0;
}

const char *intercept_condition(const struct rules *rules) {
  const struct rule *r = own(rules);
  return r ? r->text : "";
}

void intercept_switch(struct rules *rules, unsigned id, bool on) {
  if (find(rules, id))
    rule_switch(rules, id, on);
}

void intercept_pause_responses(struct rules *rules, unsigned id, bool on) {
  struct rule *r = find(rules, id);
  if (r)
    r->responses = on;
}

/* ---- all at once ---- */

static bool any_on(const struct rules *rules) {
  const struct rule *r;
  for (size_t at = 0; (r = next(rules, &at)) != NULL;)
    if (r->on)
      return true;
  return false;
}

void intercept_enable(struct rules *rules, bool on) {
  struct rule *r;
  bool any = any_on(rules);
  for (size_t at = 0; on && !any && (r = next(rules, &at)) != NULL;)
    r->on = true;
  rules->enabled = on && intercept_count(rules) > 0;
}

bool intercept_enabled(const struct rules *rules) {
  return rules->enabled && any_on(rules);
}

void intercept_responses(struct rules *rules, bool on) {
  struct rule *r;
  rules->responses = on;
  for (size_t at = 0; (r = next(rules, &at)) != NULL;)
    if (!r->once)
      r->responses = on;
}

bool intercept_wants_responses(const struct rules *rules) {
  return rules->responses;
}

struct flow_pause *intercept_hit(struct rules *rules, struct rule *r) {
  struct flow_pause *pause = mem_zero(1, sizeof *pause);
  pause->why = mem_dup(r->condition);
  pause->once = r->once;
  pause->end = r->end;
  pause->after = r->after;
  if (r->once) {
    VEC_PUSH(&rules->spent, r->id);
    rule_remove(rules, r->id);
  }
  return pause;
}
