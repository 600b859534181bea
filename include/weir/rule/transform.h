/*
 * What rules do to a body that flows: its content coding is taken off, what they replace is replaced, one after the other,
 * and the coding put on again. Made by the asking (rule_effects.transform), run by whoever passes the body on.
 *
 * It is bounded: a step makes about as much as it may, and keeps no more of a body than may still be part of a match.
 */
#ifndef WEIR_RULE_TRANSFORM_H
#define WEIR_RULE_TRANSFORM_H

#include "weir/base/buf.h"
#include "weir/flow/flow.h"

struct rules;
struct rule_transform;
void rule_transform_free(struct rule_transform *t);

/* The bytes that go are not coded otherwise than those that came: where nothing was replaced they are the same. */
bool rule_transform_plain(const struct rule_transform *t);

enum transform_code {
  TRANSFORM_DRY,    /* all that can be said by now is out: more input, or the end */
  TRANSFORM_MORE,   /* it stopped because of `most` or the time: call again */
  TRANSFORM_DONE,   /* after the end: all is out */
  TRANSFORM_FAILED, /* the coded body is damaged: rule_transform_why() */
};
struct transform_step {
  struct slice *raw; /* the body as it came: taken from the front */
  bool end;          /* behind *raw nothing comes */
  bool cut;          /* ... because it broke off: what was held back goes out, but no end of a coding */
  size_t most;
  struct buf *out;  /* appended to */
  bool acted;       /* out: something has been replaced, now or before */
  struct buf *says; /* appended to: sentences for the row */
};
/* What a rule has acted on counts as a hit, and *f keeps its name. One that is gone or off does nothing any more, unless
 * it was for the next few and this is one of them. */
enum transform_code rules_transform(struct rules *rules, struct flow *f, struct rule_transform *t,
                                    struct transform_step *step);
const char *rule_transform_why(const struct rule_transform *t);

#endif
