/* next N, every N, chance P%: which of the matches of a rule are taken. */
#include "rule/rules.h"
#include "weir/base/clock.h"

/* Spreads what is close together (the finalizer of splitmix64): the same seed draws the same way each time. */
static uint64_t spread(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

/* Without a seed each rule draws by its own words: two of them do not act together each time, and act alike in each run. */
static uint64_t seed_of(const struct rule *r) {
  uint64_t hash = 0xcbf29ce484222325u;
  if (r->seed)
    return r->seed;
  for (const char *p = r->text; p && *p; p++)
    hash = (hash ^ (unsigned char)*p) * 0x100000001b3u;
  return hash >> 32;
}

static bool lets(const struct rule *r) {
  switch (r->limit) {
  case LIMIT_EVERY:
    return r->seen % r->limit_n == 0;
  case LIMIT_CHANCE:
    return spread(seed_of(r) << 32 | (uint32_t)r->seen) % 1000000 < r->limit_n;
  case LIMIT_NEXT:
  case LIMIT_NONE:
    break;
  }
  return true;
}

bool rule_lets(struct rule *r) {
  r->seen++;
  return lets(r);
}

void rule_hit(struct rule *r) {
  r->hits++;
  r->last = clock_wall();
  if (r->limit == LIMIT_NEXT && ++r->used >= r->limit_n)
    r->on = false;
}
