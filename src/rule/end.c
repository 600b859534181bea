/* Rules for flows that have ended: what failed or took long can be tagged, and nothing else can be done about it. */
#include "rule/deed.h"
#include "rule/rules.h"
#include "weir/filter/filter.h"

/* How long a flow took is known of a response as it begins, up to then; of a request it would always be nothing. */
bool rule_end_check(const struct filter *filter, enum rule_kind kind, bool of_response, bool *at_end, struct err *err) {
  unsigned needs = filter_needs(filter);
  bool end = needs & FILTER_NEEDS_END, clock = needs & FILTER_NEEDS_CLOCK;
  *at_end = (end || clock) && kind == RULE_TAG;
  if (*at_end && filter_reads_bodies(filter))
    return err_set_at(err, 0, 0,
                      "what is known only when the flow has ended cannot be asked together with a body here");
  bool unknown = !*at_end && kind != RULE_PAUSE && (end || clock) && !of_response;
  return !unknown ||
         err_set_at(err, 0, 0, "that is known only when the flow has ended: tag and colour can act then, nothing else");
}

static bool any_at_end(struct rules *rules) {
  if (!rules->ends_known) {
    rules->any_at_end = false;
    for (size_t i = 0; i < rules->list.n; i++)
      rules->any_at_end = rules->any_at_end || rules->list.v[i].at_end;
    rules->ends_known = true;
  }
  return rules->any_at_end;
}

bool rules_ask_end(struct rules *rules, struct flow *f) {
  struct rule_effects none = {0};
  bool any = false;
  if (rules->off || f->replay || !any_at_end(rules))
    return false;
  for (size_t i = 0; i < rules->list.n; i++) {
    struct rule *r = &rules->list.v[i];
    if (!r->at_end || !r->on || !filter_match(r->filter, f, NULL) || !rule_lets(r))
      continue;
    struct deed_scene scene = {.rules = rules, .flow = f, .side = FLOW_RESPONSE, .rule = r, .effects = &none};
    if (r->deed->ops->act(r->deed, &scene)) {
      rule_hit(r);
      flow_add_rule(f, r->name);
      any = true;
    }
  }
  rule_effects_clear(&none);
  return any;
}
