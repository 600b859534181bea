/* Asking the rules, in their order. */
#include <stdlib.h>
#include <string.h>

#include "rule/rules.h"
#include "weir/base/mem.h"
#include "weir/filter/filter.h"

bool rules_want_process(const struct rules *rules) {
  for (size_t i = 0; rules->enabled && i < rules->list.n; i++)
    if (rules->list.v[i].on && (filter_needs(rules->list.v[i].filter) & FILTER_NEEDS_PROCESS))
      return true;
  return false;
}

/* One that is being asked about a long body. It has a filter of its own: the intercept's is asked about other flows
 * meanwhile, and a filter knows only where it is in one. */
struct rules_inquiry {
  unsigned id;
  struct filter *filter;
  enum hook_verdict before; /* of those in front of it */
};

void rules_forget(struct rules_inquiry **inquiry) {
  if (*inquiry)
    filter_free((*inquiry)->filter);
  free(*inquiry);
  *inquiry = NULL;
}

/* Its place in the list; 0, and nothing was asked yet, where it has been changed or taken out meanwhile. */
static size_t resume(const struct rules *rules, struct rules_inquiry **inquiry) {
  const struct intercept *x = *inquiry ? intercept_find(rules, (*inquiry)->id) : NULL;
  if (x && strcmp(x->condition, filter_text((*inquiry)->filter)) == 0)
    return (size_t)(x - rules->list.v);
  rules_forget(inquiry);
  return 0;
}

static void keep_asking(struct rules_inquiry **inquiry, const struct intercept *x, enum hook_verdict before) {
  if (*inquiry && (*inquiry)->id == x->id)
    return;
  rules_forget(inquiry);
  filter_forget(x->filter);
  *inquiry = mem_alloc(sizeof **inquiry);
  **inquiry = (struct rules_inquiry){x->id, filter_compile(slice_of(x->condition), NULL), before};
}

/* At the head: a condition that looks into the body has to wait for it, any other is final. */
static enum hook_verdict ask(const struct intercept *x, struct filter *filter, enum hook_point point,
                             const struct flow *f, uint64_t deadline) {
  bool of_response = filter_speaks_of_response(filter);
  bool response = point == HOOK_RESPONSE_HEAD || point == HOOK_RESPONSE;
  if (!x->on || point == HOOK_DONE || (response ? !of_response && !x->responses : of_response))
    return HOOK_PASS;
  bool at_head = point == HOOK_REQUEST_HEAD || point == HOOK_RESPONSE_HEAD;
  unsigned body = response ? FILTER_NEEDS_RESPONSE_BODY : FILTER_NEEDS_REQUEST_BODY;
  if (at_head && (filter_needs(filter) & body))
    return HOOK_WANT_BODY;
  switch (filter_step(filter, f, deadline, NULL)) {
  case FILTER_NO:
    return HOOK_PASS;
  case FILTER_YES:
    return HOOK_PAUSE;
  case FILTER_MORE:
    break;
  }
  return HOOK_MORE;
}

enum hook_verdict rules_ask(struct rules *rules, enum hook_point point, const struct flow *f, uint64_t deadline,
                            struct rules_inquiry **inquiry, struct flow_pause **pause) {
  size_t first = resume(rules, inquiry);
  enum hook_verdict verdict = *inquiry ? (*inquiry)->before : HOOK_PASS;
  for (size_t i = first; rules->enabled && !f->replay && i < rules->list.n; i++) {
    struct intercept *x = &rules->list.v[i];
    bool resumed = *inquiry && (*inquiry)->id == x->id;
    enum hook_verdict one = ask(x, resumed ? (*inquiry)->filter : x->filter, point, f, deadline);
    if (one == HOOK_MORE) {
      keep_asking(inquiry, x, verdict);
      return one;
    }
    if (one == HOOK_PAUSE) {
      rules_forget(inquiry);
      *pause = intercept_hit(rules, x);
      return one;
    }
    if (one == HOOK_WANT_BODY)
      verdict = one;
  }
  rules_forget(inquiry);
  return verdict;
}
