/* An intercept as text. Private to src/rule. */
#ifndef WEIR_SRC_RULE_TEXT_H
#define WEIR_SRC_RULE_TEXT_H

#include "weir/base/slice.h"
#include "weir/rule/intercept.h"

struct intercept_words {
  struct slice filter;
  bool once;
  enum flow_pause_end end;
  uint64_t after;
};

/* Whether the filter compiles is looked at only where words stand behind it. */
bool intercept_parse(struct slice text, struct intercept_words *out, struct err *err);

#endif
