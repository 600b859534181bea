/*
 * The text of a rule made from a flow: a filter that matches the next one like it, and an action filled in with what the flow
 * itself had. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_RULE_DRAFT_H
#define WEIR_SRC_UI_RULE_DRAFT_H

#include "weir/base/buf.h"
#include "weir/flow/flow.h"

enum rule_draft_kind {
  DRAFT_ANSWER,
  DRAFT_DELAY,
  DRAFT_HEADER,
  DRAFT_REPLACE,
  DRAFT_BLOCK,
  DRAFT_SEND_TO,
  DRAFT_FILE,
  DRAFT_THROTTLE,
  DRAFT_PASS,
};

struct rule_draft {
  struct buf text;
  size_t mark_at, mark_n; /* what usually changes */
};

void rule_draft_make(struct rule_draft *d, const struct flow *f, enum rule_draft_kind kind);
void rule_draft_clear(struct rule_draft *d);
/* "host=shop.test": the filter of its whole host. */
void rule_draft_host(const struct flow *f, struct buf *out);

#endif
