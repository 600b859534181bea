/*
 * A body that lies in pieces and grows, for what reads it through struct body_bytes. Each piece, unless they are large, is
 * handed out as a copy of its own that goes with the next call, so that the sanitizer sees who keeps one too long.
 */
#ifndef WEIR_TESTS_CUT_BYTES_H
#define WEIR_TESTS_CUT_BYTES_H

#include <stdlib.h>
#include <string.h>

#include "weir/body/bytes.h"

#define CUT_BYTES_COPIED 5000

struct cut_bytes {
  struct slice all;
  size_t there; /* so much of it has come */
  bool ended;
  size_t piece;  /* pieces have at most this size */
  unsigned seed; /* 0: all have; else they differ */
  char *copy;
};

/* Where the piece that holds `offset` ends. */
static inline size_t cut_bytes_end(const struct cut_bytes *c, size_t offset) {
  size_t i = offset / c->piece, end = (i + 1) * c->piece;
  if (c->seed) { /* another border within each piece */
    size_t inner = i * c->piece + (i * 7919 + c->seed * 104729u) % c->piece;
    if (offset < inner)
      end = inner;
  }
  return end < c->there ? end : c->there;
}

static inline struct slice cut_bytes_at(void *arg, uint64_t offset) {
  struct cut_bytes *c = arg;
  free(c->copy);
  c->copy = NULL;
  if (offset >= c->there)
    return (struct slice){NULL, 0};
  size_t n = cut_bytes_end(c, (size_t)offset) - (size_t)offset;
  if (c->piece > CUT_BYTES_COPIED)
    return slice_sub(c->all, (size_t)offset, n);
  c->copy = malloc(n);
  if (c->copy)
    memcpy(c->copy, c->all.p + offset, n);
  return slice_make(c->copy, n);
}

static inline uint64_t cut_bytes_size(void *arg, bool *ended) {
  const struct cut_bytes *c = arg;
  *ended = c->ended;
  return c->there;
}

static inline struct body_bytes cut_bytes(struct cut_bytes *c, struct slice all, size_t piece, unsigned seed) {
  *c = (struct cut_bytes){.all = all, .there = all.n, .ended = true, .piece = piece, .seed = seed};
  return (struct body_bytes){c, cut_bytes_at, cut_bytes_size};
}

static inline void cut_bytes_clear(struct cut_bytes *c) {
  free(c->copy);
  c->copy = NULL;
}

#endif
