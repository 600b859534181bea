/* The part of weir-rules(5) that comes from the table of actions, as an mdoc list; and the table, for completion. */
#ifndef WEIR_RULE_PAGE_H
#define WEIR_RULE_PAGE_H

#include "weir/base/buf.h"

struct rule_action {
  const char *word;  /* "answer" */
  const char *usage; /* "answer STATUS [TYPE] [with \"NAME: VALUE\"]... [BODY|@FILE]" */
  const char *help;  /* sentences */
};
bool rule_action(size_t i, struct rule_action *action); /* the i-th; false past the end */

void rule_page_actions(struct buf *out);

#endif
