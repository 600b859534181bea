#include <stdlib.h>

#include "weir/base/mem.h"
#include "weir/filter/filter.h"
#include "weir/rule/hook.h"
#include "weir/rule/intercept.h"

struct rules {
  struct filter *filter; /* NULL: no condition */
  bool enabled;
  bool responses;
};

struct rules *rules_new(void) {
  return mem_zero(1, sizeof(struct rules));
}

void rules_free(struct rules *rules) {
  if (!rules)
    return;
  filter_free(rules->filter);
  free(rules);
}

bool intercept_set(struct rules *rules, const char *condition, struct err *err) {
  struct filter *compiled = NULL;
  if (*condition) {
    compiled = filter_compile(slice_of(condition), err);
    if (!compiled)
      return false;
  }
  filter_free(rules->filter);
  rules->filter = compiled;
  rules->enabled = compiled != NULL;
  return true;
}

const char *intercept_condition(const struct rules *rules) {
  return rules->filter ? filter_text(rules->filter) : "";
}

void intercept_enable(struct rules *rules, bool on) {
  rules->enabled = on && rules->filter;
}

bool intercept_enabled(const struct rules *rules) {
  return rules->enabled;
}

void intercept_responses(struct rules *rules, bool on) {
  rules->responses = on;
}

bool intercept_wants_responses(const struct rules *rules) {
  return rules->responses;
}

bool rules_want_process(const struct rules *rules) {
  return rules->enabled && rules->filter && (filter_needs(rules->filter) & FILTER_NEEDS_PROCESS);
}

/* At the head: a condition that looks into the body has to wait for it, any other is final. */
static enum hook_verdict ask_at_head(const struct rules *rules, const struct flow *f, unsigned body_need) {
  if (filter_needs(rules->filter) & body_need)
    return HOOK_WANT_BODY;
  return filter_match(rules->filter, f, NULL) ? HOOK_PAUSE : HOOK_PASS;
}

enum hook_verdict rules_ask(const struct rules *rules, enum hook_point point, const struct flow *f) {
  if (!rules->enabled || !rules->filter || f->replay)
    return HOOK_PASS;
  bool of_response = filter_speaks_of_response(rules->filter);
  bool ask_request = !of_response;
  bool ask_response = of_response || rules->responses;
  switch (point) {
  case HOOK_REQUEST_HEAD:
    return ask_request ? ask_at_head(rules, f, FILTER_NEEDS_REQUEST_BODY) : HOOK_PASS;
  case HOOK_RESPONSE_HEAD:
    return ask_response ? ask_at_head(rules, f, FILTER_NEEDS_RESPONSE_BODY) : HOOK_PASS;
  case HOOK_REQUEST:
    return ask_request && filter_match(rules->filter, f, NULL) ? HOOK_PAUSE : HOOK_PASS;
  case HOOK_RESPONSE:
    return ask_response && filter_match(rules->filter, f, NULL) ? HOOK_PAUSE : HOOK_PASS;
  case HOOK_DONE:
    break;
  }
  return HOOK_PASS;
}
