/* The list of rules as this floor sees it. Private to src/rule. */
#ifndef WEIR_SRC_RULE_RULES_H
#define WEIR_SRC_RULE_RULES_H

#include "weir/base/vec.h"
#include "weir/rule/intercept.h"

struct rules {
  VEC(struct rule) list;
  VEC(unsigned) spent; /* those that were for one message and have had it */
  unsigned last_id;
  bool enabled;                     /* intercepts */
  bool off;                         /* all others */
  bool responses;                   /* intercepts pause responses too */
  bool unattended;                  /* nobody is there to let go what is paused */
  bool ends_known, any_at_end;      /* of the list as it is now: is one for ended flows? */
  struct shortlist *shortlist;      /* NULL: not made yet */
  struct rules_recording recording; /* next NULL: nothing is recorded */
};

/* ---- list.c ---- */
void rules_changed(struct rules *rules); /* places or texts: the shortlist is another one */
/* What the text says is put into *r; the rest of *r stays. `as_intercept`: the text of one, else FILTER => ACTION. */
bool rule_compile(struct rule *r, const char *text, bool as_intercept, struct err *err);
void rule_clear(struct rule *r);
unsigned rule_insert(struct rules *rules, struct rule *r, size_t at); /* gives it its id; *r is the list's */
void rule_made(struct rules *rules, const struct rule *r);            /* it is in the list, or was given another text */
struct rule *rule_at_id(const struct rules *rules, unsigned id);      /* NULL: gone */

/* ---- intercept.c ---- */
/* Counts a hit, and takes it out when it was for one message. What is to be known of the pause. */
struct flow_pause *intercept_hit(struct rules *rules, struct rule *r);
/* One is to be in force: what was off together with it stays off by itself. */
void intercept_force(struct rules *rules, unsigned id);

/* False, with a sentence, for one that would pause for ever where nobody is there. */
bool intercept_lets_go(const struct rules *rules, const struct rule *r, struct err *err);

/* ---- rules.c ---- */
/* Is it in force, and for this side? */
bool rule_concerns(const struct rules *rules, const struct rule *r, const struct flow *f, enum flow_side side);

/* ---- end.c ---- */
/* Is the condition known when such an action acts? *at_end: it is one that waits for the end. */
bool rule_end_check(const struct filter *filter, enum rule_kind kind, bool of_response, bool *at_end, struct err *err);

/* ---- limit.c ---- */
bool rule_lets(struct rule *r); /* it matches: does its limit let it act? */
void rule_hit(struct rule *r);  /* it has acted; switches it off when its last time is used up */

#endif
