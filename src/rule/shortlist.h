/*
 * Which rules may match a URL, found without looking at each: a rule whose text has four letters and more stands under four
 * of them that few others have, and only those under the fours of a URL are looked at. Private to src/rule.
 */
#ifndef WEIR_SRC_RULE_SHORTLIST_H
#define WEIR_SRC_RULE_SHORTLIST_H

#include "weir/base/slice.h"

#define SHORTLIST_MAX   4096 /* rules; of a longer list all may match */
#define SHORTLIST_ROOTS 4096 /* a power of two */

struct rules;

/* Made at the first question after the list has changed. Zero: to be made. */
struct shortlist {
  bool made;
  uint64_t always[SHORTLIST_MAX / 64]; /* a bit for each that stands under nothing */
  uint16_t first[SHORTLIST_ROOTS];     /* place of a rule, plus one; 0: none */
  uint16_t next[SHORTLIST_MAX];        /* of the one at this place */
};

/* A bit for each place in the list that may match. */
struct shortlisted {
  bool all;
  uint64_t may[SHORTLIST_MAX / 64];
};

void shortlist_pick(struct rules *rules, struct slice url, struct shortlisted *out);

/* The first that may match from this place on; the list's length: none. */
static inline size_t shortlist_next(const struct shortlisted *s, size_t from, size_t n) {
  if (s->all)
    return from;
  for (size_t word = from / 64; word * 64 < n; word++) {
    uint64_t may = s->may[word];
    if (word == from / 64)
      may &= UINT64_MAX << (from % 64);
    if (may)
      return word * 64 + (size_t)__builtin_ctzll(may);
  }
  return n;
}

#endif
