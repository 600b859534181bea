/*
 * Intercepts are rules that pause (rule.h): conditions that pause what matches, several at once, in order. Requests only, unless the condition
 * speaks of the response (~c ~s ~bs ~hs ~ts) or responses were asked for. Conditions on heads alone never buffer a body.
 *
 * As text: a filter, behind it what else it is: "POST path=/login once after 30s send". `once` pauses one message and
 * is gone; `after TIME send|drop|504` says what becomes of a message that nobody lets go. The words count only behind a
 * filter that is whole: "~u once" and "once" are filters.
 *
 * One of them is the person's own (i, --intercept); the others stand behind it. Each also can be off by itself.
 */
#ifndef WEIR_RULE_INTERCEPT_H
#define WEIR_RULE_INTERCEPT_H

#include "weir/rule/rule.h"

#define INTERCEPTS_MAX 100

/* ---- the person's own ---- */
/* "" clears it. Setting it switches it on: others that were off together with it then are off by themselves. On error
 * nothing changes. */
bool intercept_set(struct rules *rules, const char *text, struct err *err);
const char *intercept_condition(const struct rules *rules); /* its text; "" when none */

/* ---- all ---- */
/* The same text, as it would be taken: where its filter ends in it. */
bool intercept_check(struct slice text, size_t *filter_n, bool *once, struct err *err);
/* 0: not taken, *err says why. Adding switches on as setting does. */
unsigned intercept_add(struct rules *rules, const char *text, struct err *err);
bool intercept_change(struct rules *rules, unsigned id, const char *text, struct err *err);
void intercept_remove(struct rules *rules, unsigned id);
void intercept_switch(struct rules *rules, unsigned id, bool on);
void intercept_pause_responses(struct rules *rules, unsigned id, bool on);
size_t intercept_count(const struct rules *rules);
const struct rule *intercept_nth(const struct rules *rules, size_t i); /* NULL past the end */

/* There is no screen: from now on only those with a deadline are taken, rules whose action is `pause` too. */
void intercept_unattended(struct rules *rules);

void intercept_enable(struct rules *rules, bool on);    /* all of them at once */
bool intercept_enabled(const struct rules *rules);      /* false too when there is none */
void intercept_responses(struct rules *rules, bool on); /* pause responses too: all but those for one message */
bool intercept_wants_responses(const struct rules *rules);

#endif
