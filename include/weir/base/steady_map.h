/*
 * Numbers by numbers. It grows by one chain at a time (linear hashing, Litwin 1980), so that no single put has to place
 * all keys anew. Keys are taken as they are: they should be well mixed, or dense. Not for keys that somebody
 * could choose to fall together.
 */
#ifndef WEIR_BASE_STEADY_MAP_H
#define WEIR_BASE_STEADY_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/vec.h"

struct steady_node {
  uint64_t key, value;
  uint32_t next;
};

struct steady_map { /* zero is an empty one */
  VEC(struct steady_node) nodes;
  VEC(uint32_t *) parts; /* of the table of chains */
  uint32_t chains;       /* so many there are */
  uint32_t count;        /* keys */
  uint32_t spare;        /* the first node that is free, plus one */
};

void steady_map_clear(struct steady_map *m);
bool steady_map_get(const struct steady_map *m, uint64_t key, uint64_t *value);
void steady_map_put(struct steady_map *m, uint64_t key, uint64_t value); /* in the place of what it had */
void steady_map_remove(struct steady_map *m, uint64_t key);              /* no such key: nothing */

#endif
