#include "rule/shortlist.h"

#include <string.h>

#include "rule/rules.h"
#include "weir/base/mem.h"
#include "weir/filter/filter.h"

#define LETTERS 4

static uint32_t lower(char c) {
  return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* The next letter goes in, the oldest goes out. */
static uint32_t shift(uint32_t letters, char c) {
  return letters << 8 | lower(c);
}

static unsigned root_of(uint32_t letters) {
  _Static_assert(SHORTLIST_ROOTS == 1u << 12, "as many as the bits that are left below");
  return (letters * UINT32_C(0x9e3779b1)) >> 20;
}

static void put(struct shortlist *s, const struct rule *r, size_t place, uint16_t *crowd) {
  struct slice text;
  unsigned best = SHORTLIST_ROOTS;
  uint32_t letters = 0;
  filter_url_needle(r->filter, &text);
  for (size_t i = 0; i < text.n; i++) {
    letters = shift(letters, text.p[i]);
    unsigned root = root_of(letters);
    if (i + 1 >= LETTERS && (best == SHORTLIST_ROOTS || crowd[root] < crowd[best]))
      best = root;
  }
  if (best == SHORTLIST_ROOTS) {
    s->always[place / 64] |= UINT64_C(1) << (place % 64);
    return;
  }
  crowd[best]++;
  s->next[place] = s->first[best];
  s->first[best] = (uint16_t)(place + 1);
}

static struct shortlist *make(struct rules *rules) {
  uint16_t crowd[SHORTLIST_ROOTS] = {0};
  struct shortlist *s = rules->shortlist ? rules->shortlist : mem_alloc(sizeof *s);
  memset(s, 0, sizeof *s);
  for (size_t i = 0; i < rules->list.n; i++)
    put(s, &rules->list.v[i], i, crowd);
  s->made = true;
  rules->shortlist = s;
  return s;
}

void shortlist_pick(struct rules *rules, struct slice url, struct shortlisted *out) {
  out->all = rules->list.n > SHORTLIST_MAX;
  if (out->all)
    return;
  const struct shortlist *s = rules->shortlist && rules->shortlist->made ? rules->shortlist : make(rules);
  memcpy(out->may, s->always, (rules->list.n + 63) / 64 * 8);
  uint32_t letters = 0;
  for (size_t i = 0; i < url.n; i++) {
    letters = shift(letters, url.p[i]);
    for (unsigned at = i + 1 >= LETTERS ? s->first[root_of(letters)] : 0; at; at = s->next[at - 1])
      out->may[(at - 1) / 64] |= UINT64_C(1) << ((at - 1) % 64);
  }
}
