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
/* A /regex/ alone, to look for. */
struct pattern *pattern_parse_regex(struct slice whole, struct slice *rest, struct err *err);
struct pattern *pattern_ref(struct pattern *p);
void pattern_free(struct pattern *p); /* gives one reference back */

enum pattern_done { PATTERN_NONE, PATTERN_REPLACED, PATTERN_LIMIT /* it took too long, or became too big */ };
/* Appends the subject with every match replaced; with PATTERN_NONE and PATTERN_LIMIT nothing is appended. */
enum pattern_done pattern_replace(const struct pattern *p, struct slice subject, size_t max, struct buf *out);

/* What stands behind the first match, or is the first group of a pattern that has some (empty: it took no part). False: there
 * is none, or it took too long. */
bool pattern_behind(const struct pattern *p, struct slice subject, struct slice *behind);

/*
 * The same in a subject that comes in pieces, with the same result however it is cut. Not every regular expression can be
 * judged like that: not one that asks for the end, or for more than is near (doc/weir-rules.5).
 */
bool pattern_flows(const struct pattern *p);

#define PATTERN_HELD_MAX (256 * 1024) /* what may have to wait for the rest of one match */

struct pattern_stream;
struct pattern_stream *pattern_stream_new(struct pattern *p); /* of one that flows; has a reference of its own */
void pattern_stream_free(struct pattern_stream *s);
void pattern_stream_put(struct pattern_stream *s, struct slice piece); /* the next of the subject: copied */
/* Appends what can be said by now: all that can be no part of a match that is still open. last: nothing follows. True: it
 * stopped soon after `most` bytes, or when it had taken long: there is more without another piece. */
bool pattern_stream_take(struct pattern_stream *s, bool last, size_t most, struct buf *out);
void pattern_stream_stop(struct pattern_stream *s); /* from here on all passes as it comes */
bool pattern_stream_acted(const struct pattern_stream *s);
/* What went wrong since it was asked last, a sentence each once; NULL: nothing. */
const char *pattern_stream_trouble(struct pattern_stream *s);

#endif
