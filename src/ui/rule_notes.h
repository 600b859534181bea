/* What rules did to a flow, in words, for its row and its details. Unsafe text: for the canvas only. Private to src/ui. */
#ifndef WEIR_SRC_UI_RULE_NOTES_H
#define WEIR_SRC_UI_RULE_NOTES_H

#include "weir/app/weir.h"
#include "weir/base/buf.h"
#include "weir/flow/flow.h"
#include "weir/rule/rule.h"

/* "rule debug", "rules foo, debug": those that acted on it, long names cut. False: none did. */
bool rule_note(const struct flow *f, struct buf *out);
/* "answered by a rule, no server was asked", and what a rule could not do. False: there is nothing to say. */
bool rule_story(const struct flow *f, struct buf *out);
/* How the worker of a rule is (pipe worker). WORKER_NONE: it has none. */
enum worker_state { WORKER_NONE, WORKER_FINE, WORKER_FELL };
enum worker_state rule_worker_note(const struct weir *w, const struct rule *r, struct buf *out);

#endif
