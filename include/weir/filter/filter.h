/*
 * The filter language: compiled once, matched often. mitmproxy's operators (~u ~d ~m ~c ~b ~bq ~bs ~h ~hq ~hs ~t ~tq
 * ~ts ~e ~q ~s ~a ~all ~marked ~comment ~replay ~src ~dst ~http ~tcp), regular expressions by PCRE2 (case-insensitive,
 * UTF off: bytes), with a match limit so that no pattern can hang. A naked word or quoted text means ~u. `!` binds
 * tighter than
 * `&` and adjacency, those tighter than ` | `; `a|b` written without spaces binds tightest.
 * Bodies are matched decoded.
 */
#ifndef WEIR_FILTER_FILTER_H
#define WEIR_FILTER_FILTER_H

#include "weir/base/err.h"
#include "weir/flow/flow.h"

struct filter;

enum filter_needs { /* what must have arrived before the answer is final; a mask */
                    FILTER_NEEDS_REQUEST_HEAD = 1,
                    FILTER_NEEDS_REQUEST_BODY = 2,
                    FILTER_NEEDS_RESPONSE_HEAD = 4,
                    FILTER_NEEDS_RESPONSE_BODY = 8,
                    FILTER_NEEDS_END = 16, /* ~e */
};

/* The empty text compiles and matches everything. On error *err has the sentence and the place. */
struct filter *filter_compile(struct slice text, struct err *err);
void filter_free(struct filter *f);
/* Allocates only for body decoding; *limit_hit (may be NULL) tells that a pattern ran into the match limit. */
bool filter_match(const struct filter *f, const struct flow *flow, bool *limit_hit);
unsigned filter_needs(const struct filter *f);
/* An operator of the response alone stands in it (~c ~s ~bs ~hs ~ts ~a): an intercept then means responses. */
bool filter_speaks_of_response(const struct filter *f);
/* A naked word in it is the name of a method ("POST"), though it looks for that in URLs; NULL: none is. */
const char *filter_naked_method(const struct filter *f);
const char *filter_text(const struct filter *f);
/* Everything that `narrow` matches, `wide` matches too (conservative: false when not sure). */
bool filter_narrows(const struct filter *wide, const struct filter *narrow);

/* One row an operator, for help and manual. */
struct filter_operator {
  const char *name;     /* "~u" */
  const char *argument; /* "regex", "code", or NULL */
  const char *help;
};
extern const struct filter_operator filter_operators[];
extern const size_t filter_operators_n;

#endif
