/* Doing what a worker replied. Private to src/rule. */
#ifndef WEIR_SRC_RULE_WORKER_REPLY_H
#define WEIR_SRC_RULE_WORKER_REPLY_H

#include "rule/deed.h"
#include "weir/rule/worker.h"

/* The members of a JSON object that a reply may have, into WORKER_PARTS places. */
bool worker_members(struct slice object, struct slice *part, struct err *err);
/* All of it, or nothing and a sentence why. *ends: no rule below is asked. */
bool worker_apply(struct deed_scene *s, const struct worker_reply *reply, bool *ends, struct err *err);

#endif
