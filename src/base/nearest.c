#include "weir/base/nearest.h"

#include <stdint.h>

/* Names are short, so a small table will do. */
#define NAME_MAX_LENGTH 32

static size_t distance(struct slice a, const char *b) {
  size_t n = strlen(b), row[3][NAME_MAX_LENGTH + 1];
  if (a.n > NAME_MAX_LENGTH || n > NAME_MAX_LENGTH)
    return SIZE_MAX;
  for (size_t j = 0; j <= n; j++)
    row[0][j] = j;
  for (size_t i = 1; i <= a.n; i++) {
    size_t *now = row[i % 3];
    const size_t *last = row[(i + 2) % 3], *older = row[(i + 1) % 3];
    now[0] = i;
    for (size_t j = 1; j <= n; j++) {
      size_t best = last[j - 1] + (a.p[i - 1] != b[j - 1]);
      best = last[j] + 1 < best ? last[j] + 1 : best;
      best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
      if (i > 1 && j > 1 && a.p[i - 1] == b[j - 2] && a.p[i - 2] == b[j - 1] && older[j - 2] + 1 < best)
        best = older[j - 2] + 1;
      now[j] = best;
    }
  }
  return row[a.n % 3][n];
}

void nearest_init(struct nearest *n, struct slice typed) {
  n->typed = typed;
  n->name = NULL;
  n->distance = typed.n < 6 ? (typed.n + 1) / 2 : 4;
}

void nearest_offer(struct nearest *n, const char *name) {
  size_t d = distance(n->typed, name);
  if (n->typed.n >= 3 && slice_starts(slice_of(name), n->typed))
    d = 1;
  if (d < n->distance) {
    n->distance = d;
    n->name = name;
  }
}
