/*
 * What is looked for in a value or body and what goes in its place: "text" or /regex/, the latter PCRE2's, with $1 and
 * ${name} in the replacement. Bounded, so that no pattern can hang. Private to src/rule.
 */
#ifndef WEIR_SRC_RULE_PATTERN_H
#define WEIR_SRC_RULE_PATTERN_H

#include "weir/base/buf.h"
#include "weir/base/err.h"
#include "weir/base/slice.h"

struct pattern;

/* Reads both from the front of *rest: "from" "to", /from/ "to". In /from/ a slash is written \/; i behind it: without
 * case. */
struct pattern *pattern_parse(struct slice whole, struct slice *rest, struct err *err);
/* From parts: for rules that are read in another's spelling. */
struct pattern *pattern_new(struct slice from, struct slice to, bool regex, bool caseless, struct err *err);
void pattern_free(struct pattern *p);

enum pattern_done { PATTERN_NONE, PATTERN_REPLACED, PATTERN_LIMIT /* it took too long, or became too big */ };
/* Appends the subject with every match replaced; with PATTERN_NONE and PATTERN_LIMIT nothing is appended. */
enum pattern_done pattern_replace(const struct pattern *p, struct slice subject, size_t max, struct buf *out);

#endif
