/* A rule, and an intercept, as text. Private to src/rule. */
#ifndef WEIR_SRC_RULE_TEXT_H
#define WEIR_SRC_RULE_TEXT_H

#include "weir/base/slice.h"
#include "weir/rule/intercept.h"

struct intercept_words {
  struct slice filter;
  bool once;
  bool responses; /* of a rule only */
  enum flow_pause_end end;
  uint64_t after;
};

/* Whether the filter compiles is looked at only where words stand behind it. */
bool intercept_parse(struct slice text, struct intercept_words *out, struct err *err);

struct rule_words {
  struct slice name; /* empty: none given */
  bool off;
  struct slice filter;
  struct slice where; /* where the filter stands, also where it is empty or says all */
  enum rule_limit limit;
  uint32_t limit_n, seed;
  struct slice action; /* all of it */
  enum rule_kind kind;
  struct slice deed;            /* the action without the word that says its kind */
  struct intercept_words pause; /* RULE_PAUSE */
};
/* Of the filter only where it ends. */
bool rule_parse(struct slice text, struct rule_words *out, struct err *err);

#endif
