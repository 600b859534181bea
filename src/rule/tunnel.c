/* Tunnels: what rules may come to do to the requests in one, before it is known what it carries. */
#include "rule/deed.h"
#include "rule/rules.h"
#include "weir/filter/filter.h"

/* Whoever pauses a request may send it elsewhere, or answer it. */
static bool serves(const struct rules *rules, const struct rule *r) {
  if (!r->on || r->response || (r->kind == RULE_PAUSE ? !rules->enabled : rules->off))
    return false;
  switch (r->kind) {
  case RULE_ANSWER:
  case RULE_FILE:
  case RULE_RECORDED:
  case RULE_REDIRECT:
  case RULE_SEND_TO:
  case RULE_BLOCK:
  case RULE_PIPE:
  case RULE_PAUSE:
    return true;
  default:
    return false;
  }
}

bool rules_may_serve(const struct rules *rules, const struct flow *tunnel, bool host_known) {
  for (size_t i = 0; i < rules->list.n; i++) {
    const struct rule *r = &rules->list.v[i];
    if (serves(rules, r) && filter_may_match_inside(r->filter, tunnel, host_known))
      return true;
  }
  return false;
}
