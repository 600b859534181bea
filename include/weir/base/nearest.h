/*
 * "Did you mean": the name most like what was typed, among those offered. Counts insertions, removals, replacements and
 * swaps of neighbours; a name that begins with what was typed counts as near.
 */
#ifndef WEIR_BASE_NEAREST_H
#define WEIR_BASE_NEAREST_H

#include "weir/base/slice.h"

struct nearest {
  struct slice typed;
  const char *name; /* NULL: none is near enough to be meant */
  size_t distance;
};

void nearest_init(struct nearest *n, struct slice typed);
void nearest_offer(struct nearest *n, const char *name); /* not copied */

#endif
