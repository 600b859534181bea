#include "lru.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "weir/base/mem.h"

struct lru_entry {
  UT_hash_handle hh; /* uthash keeps the order of insertion: the head is the oldest */
  void *value;
  char name[];
};

static struct lru_entry *find(const struct lru *l, const char *name) {
  struct lru_entry *e = NULL;
  HASH_FIND(hh, l->table, name, strlen(name), e);
  return e;
}

static void drop(struct lru *l, struct lru_entry *e) {
  HASH_DEL(l->table, e);
  l->free_value(e->value);
  free(e);
}

void *lru_get(struct lru *l, const char *name) {
  struct lru_entry *e = find(l, name);
  if (!e)
    return NULL;
  HASH_DEL(l->table, e);
  HASH_ADD_KEYPTR(hh, l->table, e->name, strlen(e->name), e);
  return e->value;
}

static void lru_remove(struct lru *l, const char *name) {
  struct lru_entry *e = find(l, name);
  if (e)
    drop(l, e);
}

void lru_put(struct lru *l, const char *name, void *value) {
  lru_remove(l, name);
  if (l->table && HASH_COUNT(l->table) >= l->most)
    drop(l, l->table);
  size_t n = strlen(name);
  struct lru_entry *e = mem_zero(1, sizeof *e + n + 1);
  memcpy(e->name, name, n + 1);
  e->value = value;
  /* clang's analyser does not see that the entry which was dropped is in the table no more. */
  HASH_ADD_KEYPTR(hh, l->table, e->name, n, e); /* NOLINT(clang-analyzer-unix.Malloc) */
}

size_t lru_count(const struct lru *l) {
  return HASH_COUNT(l->table);
}

void lru_clear(struct lru *l) {
  struct lru_entry *e = l->table, *next;
  HASH_CLEAR(hh, l->table); /* the table; its entries stay, and stay in their order */
  for (; e; e = next) {
    next = e->hh.next;
    l->free_value(e->value);
    free(e);
  }
}
