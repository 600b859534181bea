/*
 * One compiled pattern: PCRE2 on bytes, without case, just-in-time compiled where that works. No pattern can hang:
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
};

/* err->at is an offset in the pattern. */
struct regex *regex_new(struct slice pattern, unsigned flags, struct err *err);
void regex_free(struct regex *r);
/* False also when a limit was hit; *limit_hit is then set (and otherwise left alone). */
bool regex_search(const struct regex *r, struct slice subject, bool *limit_hit);
/* Has no special character: it matches where its own bytes stand. */
bool regex_is_literal(struct slice pattern);

#endif
