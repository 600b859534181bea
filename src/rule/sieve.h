/*
 * Which rules cannot match a URL, found out without asking their filters: each pair of neighbouring letters is a bit, and
 * a rule whose text has a pair that the URL has not is out. Private to src/rule.
 */
#ifndef WEIR_SRC_RULE_SIEVE_H
#define WEIR_SRC_RULE_SIEVE_H

#include "weir/rule/rule.h"

struct sieve sieve_of(struct slice text); /* of no text: everything may match */
struct sieve sieve_open(void);            /* everything may match it */

static inline bool sieve_lets(const struct sieve *url, const struct sieve *wanted) {
  uint64_t missing = 0;
  for (int i = 0; i < 4; i++)
    missing |= wanted->pairs[i] & ~url->pairs[i];
  return missing == 0;
}

#endif
