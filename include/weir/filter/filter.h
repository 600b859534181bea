/*
 * The filter language: compiled once, matched often. Words as people type them ("POST 4xx|5xx -/login >1s paused"),
 * fields of the field table with a value ("host:shop", "size>1M", "header:x-id=7", "json:.user.name=ann"), text in
 * quotes (anywhere), re:/.../; and mitmproxy's operators (~u ~d ~m ~c ~b ...), which mean here what they mean there.
 * Side by side, & and "and" are one and; " | " with blanks is the loosest or, a|b without is the tightest; ! and - say
 * not. Patterns are PCRE2's, without case, on bytes, with limits so that none can hang. Bodies are matched decoded.
 * The whole of it: doc/weir-filter.7.
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
                    FILTER_NEEDS_CLOCK =
                        32,                /* as long as the flow runs, the answer changes as time goes by (duration) */
                    FILTER_NEEDS_AGE = 64, /* it always does (age) */
                    FILTER_NEEDS_PROCESS = 128, /* whose the request is: process, pid, command */
};

/* The empty text compiles and matches everything. On error *err has the sentence and the place. */
struct filter *filter_compile(struct slice text, struct err *err);
void filter_free(struct filter *f);
/* Allocates only for body decoding; *limit_hit (may be NULL) tells that a pattern ran into a limit. */
bool filter_match(const struct filter *f, const struct flow *flow, bool *limit_hit);
/* The same in steps that come back soon after `deadline` (clock_mono()): FILTER_MORE, then ask again for the same flow,
 * which must not have changed meanwhile; else filter_forget() first. Asking for another one forgets too. */
enum filter_answer { FILTER_NO, FILTER_YES, FILTER_MORE };
enum filter_answer filter_step(struct filter *f, const struct flow *flow, uint64_t deadline, bool *limit_hit);
void filter_forget(struct filter *f);
/* Of a flow that a person or a rule changed, heads and URL match as they were sent, and from now on as they came too: what one
 * looks for is found by either. */
void filter_look_at_both(struct filter *f);
/* Could it match a request inside of this tunnel? True when not sure. host_known: requests in it are told by the host that
 * the tunnel has; else by a name that it does not know. */
bool filter_may_match_inside(const struct filter *f, const struct flow *tunnel, bool host_known);
/* Nothing but tunnels and raw streams can match (mode=tcp, ~tcp, CONNECT), no message. False when not sure. */
bool filter_means_streams(const struct filter *f);
/* What "now" is for age and duration, monotonic ns; 0: ask the clock. */
void filter_set_now(struct filter *f, uint64_t now);
unsigned filter_needs(const struct filter *f);
bool filter_reads_bodies(const struct filter *f); /* so that asking may take long */
/* A term of the response alone stands in it (4xx ~c ~s resp.header: ~bs): an intercept then means responses. */
bool filter_speaks_of_response(const struct filter *f);
/* Beside an operator of mitmproxy's a naked word is the name of a method ("~q POST"), though it is looked for in URLs;
 * NULL: none is. */
const char *filter_naked_method(const struct filter *f);
const char *filter_text(const struct filter *f);
/* Text that must stand in a flow's URL (flow_url()) for this to match, without case, unless the URL has a '%'; it lives as
 * long as the filter. False: none is known. */
bool filter_url_needle(const struct filter *f, struct slice *needle);
/* Everything that `narrow` matches, `wide` matches too (conservative: false when not sure). */
bool filter_narrows(const struct filter *wide, const struct filter *narrow);

/* ---- its words, for help, completion and manual ---- */

enum filter_kind {
  FILTER_OPERATOR, /* "~u" */
  FILTER_STATE,    /* "paused" */
  FILTER_FIELD,    /* "host:" */
  FILTER_METHOD,   /* "GET" */
};
struct filter_word {
  enum filter_kind kind;
  const char *name;
  const char *argument; /* "regex", "status", "text", "size", ...; NULL: none */
  const char *help;
  const char *other_name; /* NULL: none */
};
/* The i-th of its kind; false past the end. */
bool filter_word(enum filter_kind kind, size_t i, struct filter_word *word);

/* How each word of a text is read, in order: "login": "host, path". */
struct filter_reading {
  size_t at, n; /* in the text */
  char says[80];
};
/* At most `max`; returns how many. 0: the text is empty or wrong. */
size_t filter_explain(struct slice text, struct filter_reading *out, size_t max);

/* ---- a term more or less ---- */

/* A term as it stands in a filter text, made from what a flow is: "host=shop.test", "POST", "404". */
enum filter_aspect {
  FILTER_BY_HOST,
  FILTER_BY_PATH,
  FILTER_BY_METHOD,
  FILTER_BY_STATUS,
  FILTER_BY_TYPE,
  FILTER_BY_CLIENT,
};
/* False: the flow has no such thing; *err says so. */
bool filter_term_of(const struct flow *f, enum filter_aspect aspect, struct buf *term, struct err *err);
/* Puts into *out the text with `term` (or, when not, its negation) added: taken out where it stands already, in the
 * place of its opposite and, unless `not`, of another value of the same field. */
enum filter_edit { FILTER_ADDED, FILTER_REMOVED, FILTER_REPLACED };
enum filter_edit filter_edit(struct slice text, struct slice term, bool negated, struct buf *out);

#endif
