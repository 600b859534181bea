/*
 * The intercept: a condition that pauses what matches. Requests only, unless the condition speaks of the response
 * (~c ~s ~bs ~hs ~ts) or responses were asked for. Conditions on heads alone never buffer a body.
 */
#ifndef WEIR_RULE_INTERCEPT_H
#define WEIR_RULE_INTERCEPT_H

#include "weir/base/err.h"
#include "weir/rule/hook.h"

/* "" clears it. Setting a condition switches it on. On error nothing changes. */
bool intercept_set(struct rules *rules, const char *condition, struct err *err);
const char *intercept_condition(const struct rules *rules); /* "" when none */
void intercept_enable(struct rules *rules, bool on);
bool intercept_enabled(const struct rules *rules);
void intercept_responses(struct rules *rules, bool on); /* pause responses too */
bool intercept_wants_responses(const struct rules *rules);

#endif
