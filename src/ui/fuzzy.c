#include "ui/fuzzy.h"

#include <limits.h>
#include <string.h>

enum {
  HIT = 4,          /* a letter */
  RUN = 6,          /* right behind the one before */
  WORD = 7,         /* first of a word */
  FRONT = 3,        /* first of the text */
  SKIP = 1,         /* a letter left out between two hits */
  SKIPS_AT_MOST = 6 /* farther apart costs no more */
};

#define NEVER (INT_MIN / 2)

struct table {
  int best[FUZZY_PATTERN_MAX][FUZZY_TEXT_MAX]; /* with letter i at byte j; NEVER: it cannot stand there */
  short from[FUZZY_PATTERN_MAX][FUZZY_TEXT_MAX];
};

static char low(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

static int worth(struct slice text, size_t j) {
  bool begins = is_word(low(text.p[j])) && (j == 0 || !is_word(low(text.p[j - 1])));
  return HIT + (begins ? WORD : 0) + (j == 0 ? FRONT : 0);
}

static void fill_row(struct table *t, size_t i, char letter, struct slice text) {
  for (size_t j = 0; j < text.n; j++) {
    t->best[i][j] = NEVER;
    t->from[i][j] = -1;
    if (low(text.p[j]) != letter)
      continue;
    if (i == 0)
      t->best[i][j] = worth(text, j);
    for (size_t k = 0; i > 0 && k < j; k++) {
      size_t gap = j - k - 1;
      int cost = gap == 0 ? -RUN : (int)(gap < SKIPS_AT_MOST ? gap : SKIPS_AT_MOST) * SKIP;
      int score = t->best[i - 1][k] == NEVER ? NEVER : t->best[i - 1][k] + worth(text, j) - cost;
      if (score > t->best[i][j]) {
        t->best[i][j] = score;
        t->from[i][j] = (short)k;
      }
    }
  }
}

int fuzzy_score(struct slice pattern, struct slice text, bool *at) {
  struct table t;
  size_t n = 0, last = 0;
  text = slice_sub(text, 0, FUZZY_TEXT_MAX);
  if (at != NULL)
    memset(at, 0, FUZZY_TEXT_MAX * sizeof *at);
  for (size_t i = 0; i < pattern.n && n < FUZZY_PATTERN_MAX; i++)
    if (pattern.p[i] != ' ')
      fill_row(&t, n++, low(pattern.p[i]), text);
  if (n == 0)
    return 0;
  int best = NEVER;
  for (size_t j = 0; j < text.n; j++)
    if (t.best[n - 1][j] > best) {
      best = t.best[n - 1][j];
      last = j;
    }
  if (best == NEVER)
    return -1;
  for (size_t i = n; at != NULL && i > 0; i--) {
    at[last] = true;
    if (i > 1)
      last = (size_t)t.from[i - 1][last];
  }
  return best > 0 ? best : 0;
}
