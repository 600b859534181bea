#include "rule/sieve.h"

static unsigned lower(char c) {
  return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

struct sieve sieve_of(struct slice text) {
  struct sieve s = {{0}};
  unsigned before = text.n ? lower(text.p[0]) : 0;
  for (size_t i = 1; i < text.n; i++) {
    unsigned c = lower(text.p[i]), pair = (before * 37 + c * 11 + (c >> 3)) & 255;
    s.pairs[pair >> 6] |= UINT64_C(1) << (pair & 63);
    before = c;
  }
  return s;
}

struct sieve sieve_open(void) {
  return (struct sieve){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
}
