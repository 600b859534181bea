/*
 * One compiled pattern: PCRE2 on bytes, without case unless asked, just-in-time compiled where that works. No pattern can hang:
 * match, depth and heap limits bound the backtracking, and a clock bounds the time, looked at from callouts before what
 * can repeat (guard.h).
 */
#ifndef WEIR_FILTER_REGEX_H
#define WEIR_FILTER_REGEX_H

#include "weir/base/err.h"
#include "weir/base/slice.h"

struct regex;

enum regex_flags {
  REGEX_LINES = 1,   /* ^ and $ match at every line of the subject (CRLF or LF) */
  REGEX_DOT_ALL = 2, /* . matches line ends too */
  REGEX_PARTS = 4,   /* it will be looked for in parts of a subject */
  REGEX_WHOLE = 8,   /* it must match all of the subject */
  REGEX_CASE = 16,   /* letters match their own case only */
};

/* err->at is an offset in the pattern. */
struct regex *regex_new(struct slice pattern, unsigned flags, struct err *err);
void regex_free(struct regex *r);
/* False also when a limit was hit; *limit_hit is then set (and otherwise left alone). */
bool regex_search(const struct regex *r, struct slice subject, bool *limit_hit);
/* The first match at or behind `from` that is not empty. False also when a limit was hit. */
bool regex_find(const struct regex *r, struct slice subject, size_t from, size_t *at, size_t *n);

enum regex_found {
  REGEX_NO,
  REGEX_YES,
  REGEX_OPEN,  /* what follows the part decides about a match that begins at *open */
  REGEX_LIMIT, /* it takes too long: fewer beginnings at once may be possible */
};
/* Looks in a part of a subject for a match that begins at `from` or behind it, and before `until`; bytes before `from`
 * are what stands before it, one at least unless the subject begins there. last: nothing follows the part. The pattern
 * was made with REGEX_PARTS. */
enum regex_found regex_search_part(const struct regex *r, struct slice part, size_t from, size_t until, bool last,
                                   size_t *open);
size_t regex_looks_back(const struct regex *r); /* bytes before `from` that it may want to see */
/* It looks ahead or asks for the end: an answer about a part would be wrong, so it wants all of the subject at once. */
bool regex_wants_all(const struct regex *r);

/* Has no special character: it matches where its own bytes stand. */
bool regex_is_literal(struct slice pattern);

#endif
