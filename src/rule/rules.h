/* The list of rules as this floor sees it. Private to src/rule. */
#ifndef WEIR_SRC_RULE_RULES_H
#define WEIR_SRC_RULE_RULES_H

#include "weir/base/vec.h"
#include "weir/rule/intercept.h"

struct rules {
  VEC(struct intercept) list;
  VEC(unsigned) spent; /* those that were for one message and have had it */
  unsigned last_id;
  bool enabled;
  bool responses;
};

/* Counts a hit, and takes it out when it was for one message. What is to be known of the pause. */
struct flow_pause *intercept_hit(struct rules *rules, struct intercept *x);

#endif
