/*
 * Where must a search look at the clock? Before each item that can repeat without bound, and each time round in a group
 * that can: what lies between two such places takes time in proportion to the subject at most. Callouts before every
 * item, as PCRE2 can place them by itself, would cost ten times as much on harmless patterns.
 */
#ifndef WEIR_FILTER_GUARD_H
#define WEIR_FILTER_GUARD_H

#include "weir/base/buf.h"

enum guard {
  GUARD_NEEDLESS, /* nothing repeats without bound */
  GUARD_PLACED,   /* *out is the pattern with its callouts */
  GUARD_UNSURE,   /* syntax that this reader does not follow: let PCRE2 place them everywhere */
};

/* `pattern` must be one that PCRE2 compiles. */
enum guard guard_pattern(struct slice pattern, struct buf *out);

#endif
