/* What was probably meant by a name that does not exist. */
#include <string.h>

#include "parser.h"

#define NAME_MAX_N 16

static unsigned least(unsigned a, unsigned b) {
  return a < b ? a : b;
}

/* Letters to change, add, drop or swap with their neighbour. */
static unsigned distance(struct slice a, struct slice b) {
  unsigned row[3][NAME_MAX_N + 1];
  if (a.n > NAME_MAX_N || b.n > NAME_MAX_N)
    return 99;
  for (size_t j = 0; j <= b.n; j++)
    row[0][j] = (unsigned)j;
  for (size_t i = 1; i <= a.n; i++) {
    unsigned *now = row[i % 3], *above = row[(i + 2) % 3], *before = row[(i + 1) % 3];
    now[0] = (unsigned)i;
    for (size_t j = 1; j <= b.n; j++) {
      now[j] = least(least(above[j] + 1, now[j - 1] + 1), above[j - 1] + (a.p[i - 1] != b.p[j - 1]));
      if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
        now[j] = least(now[j], before[j - 2] + 1);
    }
  }
  return row[a.n % 3][b.n];
}

struct nearest {
  const char *name;
  unsigned distance;
};

static void offer(struct nearest *best, struct slice typed, const char *name) {
  unsigned d = distance(typed, slice_of(name));
  if (d < best->distance) {
    best->distance = d;
    best->name = name;
  }
}

/* One slip in a short name, two in a long one. */
static struct nearest start(struct slice typed) {
  return (struct nearest){NULL, typed.n < 3 ? 1 : typed.n < 6 ? 2 : 3};
}

const char *suggest_field(struct slice name) {
  static const char *const others[] = {"json", "dur"};
  struct nearest best = start(name);
  for (size_t i = 0; i < field_table_n; i++)
    offer(&best, name, field_table[i].name);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    offer(&best, name, others[i]);
  return best.name;
}

const char *suggest_operator(struct slice name) {
  struct nearest best = start(name);
  const struct term *term;
  for (size_t i = 0; (term = term_nth(i)) != NULL; i++)
    offer(&best, name, term->name);
  return best.name;
}
