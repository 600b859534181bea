#include "weir/base/steady_map.h"

#include <stdlib.h>

#define PART   1024u /* chains */
#define NOBODY UINT32_MAX

void steady_map_clear(struct steady_map *m) {
  for (size_t i = 0; i < m->parts.n; i++)
    free(m->parts.v[i]);
  VEC_CLEAR(&m->parts);
  VEC_CLEAR(&m->nodes);
  *m = (struct steady_map){0};
}

static uint32_t *chain(const struct steady_map *m, uint32_t i) {
  return &m->parts.v[i / PART][i % PART];
}

/* The greatest power of two that is not above n. */
static uint32_t round_of(uint32_t n) {
  uint32_t round = PART;
  while (round <= n / 2)
    round *= 2;
  return round;
}

static uint32_t *chain_of(const struct steady_map *m, uint64_t key) {
  uint32_t round = round_of(m->chains), i = (uint32_t)(key & (2 * (uint64_t)round - 1));
  return chain(m, i < m->chains ? i : i - round);
}

static void add_part(struct steady_map *m) {
  uint32_t *part = mem_alloc(PART * sizeof *part);
  for (uint32_t i = 0; i < PART; i++)
    part[i] = NOBODY;
  VEC_PUSH(&m->parts, part);
}

/* One more chain takes from the one that has had its keys so far. */
static void grow(struct steady_map *m) {
  if (!m->chains) {
    add_part(m);
    m->chains = PART;
    return;
  }
  uint32_t round = round_of(m->chains), made = m->chains;
  if (made == UINT32_MAX / 2)
    return;
  if (made % PART == 0)
    add_part(m);
  m->chains++;
  uint32_t *from = chain(m, made - round), *to = chain(m, made), at = *from;
  *from = NOBODY;
  while (at != NOBODY) {
    struct steady_node *n = &m->nodes.v[at];
    uint32_t next = n->next;
    uint32_t *its = (n->key & (2 * (uint64_t)round - 1)) == made ? to : from;
    n->next = *its;
    *its = at;
    at = next;
  }
}

/* What leads to the node of that key; NULL: there is none. */
static uint32_t *link_to(const struct steady_map *m, uint64_t key) {
  if (!m->chains)
    return NULL;
  for (uint32_t *link = chain_of(m, key); *link != NOBODY; link = &m->nodes.v[*link].next)
    if (m->nodes.v[*link].key == key)
      return link;
  return NULL;
}

bool steady_map_get(const struct steady_map *m, uint64_t key, uint64_t *value) {
  const uint32_t *link = link_to(m, key);
  if (link)
    *value = m->nodes.v[*link].value;
  return link != NULL;
}

static uint32_t free_node(struct steady_map *m) {
  if (!m->spare) {
    VEC_PUSH(&m->nodes, (struct steady_node){0});
    return (uint32_t)m->nodes.n - 1;
  }
  uint32_t at = m->spare - 1;
  m->spare = m->nodes.v[at].next;
  return at;
}

void steady_map_put(struct steady_map *m, uint64_t key, uint64_t value) {
  const uint32_t *link = link_to(m, key);
  if (link) {
    m->nodes.v[*link].value = value;
    return;
  }
  if (m->count >= m->chains)
    grow(m);
  uint32_t at = free_node(m), *first = chain_of(m, key);
  m->nodes.v[at] = (struct steady_node){key, value, *first};
  *first = at;
  m->count++;
}

void steady_map_remove(struct steady_map *m, uint64_t key) {
  uint32_t *link = link_to(m, key);
  if (!link)
    return;
  uint32_t at = *link;
  *link = m->nodes.v[at].next;
  m->nodes.v[at].next = m->spare;
  m->spare = at + 1;
  m->count--;
}
