/*
 * Values by name, bounded: when there are too many, the one that was asked for longest ago goes first. What a peer
 * names (SNI, hosts) thus never grows without end (CWE-770).
 */
#ifndef WEIR_TLS_LRU_H
#define WEIR_TLS_LRU_H

#include <stddef.h>

struct lru_entry;

struct lru {
  struct lru_entry *table;
  size_t most;
  void (*free_value)(void *value);
};

void *lru_get(struct lru *l, const char *name);             /* still the table's; NULL: not there */
void lru_put(struct lru *l, const char *name, void *value); /* takes the value over; replaces an older one */
size_t lru_count(const struct lru *l);
void lru_clear(struct lru *l);

#endif
