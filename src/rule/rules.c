/* Asking the rules, in their order. */
#include <stdlib.h>

#include "rule/rules.h"
#include "weir/filter/filter.h"

bool rules_want_process(const struct rules *rules) {
  for (size_t i = 0; rules->enabled && i < rules->list.n; i++)
    if (rules->list.v[i].on && (filter_needs(rules->list.v[i].filter) & FILTER_NEEDS_PROCESS))
      return true;
  return false;
}

/* At the head: a condition that looks into the body has to wait for it, any other is final. */
static enum hook_verdict ask(const struct intercept *x, enum hook_point point, const struct flow *f) {
  bool of_response = filter_speaks_of_response(x->filter);
  bool response = point == HOOK_RESPONSE_HEAD || point == HOOK_RESPONSE;
  if (point == HOOK_DONE || (response ? !of_response && !x->responses : of_response))
    return HOOK_PASS;
  bool at_head = point == HOOK_REQUEST_HEAD || point == HOOK_RESPONSE_HEAD;
  unsigned body = response ? FILTER_NEEDS_RESPONSE_BODY : FILTER_NEEDS_REQUEST_BODY;
  if (at_head && (filter_needs(x->filter) & body))
    return HOOK_WANT_BODY;
  return filter_match(x->filter, f, NULL) ? HOOK_PAUSE : HOOK_PASS;
}

enum hook_verdict rules_ask(struct rules *rules, enum hook_point point, const struct flow *f,
                            struct flow_pause **pause) {
  enum hook_verdict verdict = HOOK_PASS;
  if (!rules->enabled || f->replay)
    return HOOK_PASS;
  for (size_t i = 0; i < rules->list.n; i++) {
    struct intercept *x = &rules->list.v[i];
    enum hook_verdict one = x->on ? ask(x, point, f) : HOOK_PASS;
    if (one == HOOK_PAUSE) {
      *pause = intercept_hit(rules, x);
      return one;
    }
    if (one == HOOK_WANT_BODY)
      verdict = one;
  }
  return verdict;
}
