/*
 * What is looked for in one body: text (lower-case letters match both cases), "re:..." a regular expression, and among
 * bytes also their values, "66 74 79 70". Private to src/ui.
 */
#ifndef WEIR_UI_FIND_PATTERN_H
#define WEIR_UI_FIND_PATTERN_H

#include "weir/base/buf.h"
#include "weir/base/err.h"

struct regex;

struct find_pattern {
  struct buf text;     /* without `regex`: the bytes to be found; empty: nothing is */
  bool any_case;       /* of ASCII letters */
  struct regex *regex; /* no match of it is empty */
};

/* bytes: it is for a hex view. False: what was typed is no regular expression; *err says why, and nothing is found. */
bool find_pattern_set(struct find_pattern *p, struct slice typed, bool bytes, struct err *err);
void find_pattern_clear(struct find_pattern *p);
static inline bool find_pattern_is(const struct find_pattern *p) {
  return p->text.n > 0 || p->regex != NULL;
}
/* The first match at or behind `from`. */
bool find_pattern_at(const struct find_pattern *p, struct slice text, size_t from, size_t *at, size_t *n);
/* How many bytes before a place may belong to a match that reaches it. */
size_t find_pattern_back(const struct find_pattern *p);

#endif
