/* Tunnels: what rules may come to do to the requests in one, before it is known what it carries; and what they do to one
 * whose bytes are not read. */
#include <stdlib.h>

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

/* ---- a tunnel by itself ---- */

/* Is it asked now? A condition that can only mean a tunnel, never a request in it, is asked where one begins; any other
 * once it is certain that the bytes in it are not read. */
static bool is_asked(const struct rule *r, const struct flow *tunnel, enum rule_tunnel_point point) {
  if (point == TUNNEL_OPAQUE)
    return true;
  return filter_may_match_inside(r->filter, tunnel, true) == (point == TUNNEL_TURNED_OPAQUE);
}

static bool matches(const struct rule *r, const struct flow *tunnel) {
  unsigned never = FILTER_NEEDS_REQUEST_BODY | FILTER_NEEDS_RESPONSE_HEAD | FILTER_NEEDS_RESPONSE_BODY;
  return !(filter_needs(r->filter) & never) && filter_match(r->filter, tunnel, NULL);
}

void rules_ask_tunnel(struct rules *rules, struct flow *tunnel, enum rule_tunnel_point point,
                      struct rule_tunnel *effects) {
  bool ended = rules->off;
  for (size_t i = 0; !ended && i < rules->list.n; i++) {
    struct rule *r = &rules->list.v[i];
    if (!r->on || r->at_end || !r->deed || !r->deed->tunnels || !matches(r, tunnel) || !is_asked(r, tunnel, point))
      continue;
    enum flow_side side = r->response ? FLOW_RESPONSE : FLOW_REQUEST;
    struct deed_scene scene = {.rules = rules,
                               .flow = tunnel,
                               .side = side,
                               .rule = r,
                               .effects = side == FLOW_RESPONSE ? &effects->down : &effects->up};
    if (!rule_lets(r) || !r->deed->ops->act(r->deed, &scene))
      continue;
    rule_hit(r);
    flow_add_rule(tunnel, r->name);
    ended = r->deed->ends;
  }
}

void rule_tunnel_free(struct rule_tunnel *t) {
  if (!t)
    return;
  rule_effects_clear(&t->up);
  rule_effects_clear(&t->down);
  free(t);
}
