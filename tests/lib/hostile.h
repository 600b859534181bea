/*
 * A session of somebody who wants the terminal: control bytes of all kinds, directions, floods of marks, broken UTF-8 and
 * long lines wherever text comes from outside, and walks over the screens that show it.
 */
#ifndef WEIR_TESTS_HOSTILE_H
#define WEIR_TESTS_HOSTILE_H

#include "glass.h"

/* Where the bytes come from: data of a fuzzer, or, where that is NULL, a row of random numbers. */
struct hostile {
  uint32_t state; /* not 0 */
  const uint8_t *data;
  size_t n, at;
};

enum { HOSTILE_WALKS = 12 };

/* Flows, lines of the log, notes, errors, names of programs and an intercept. */
void hostile_fill(struct screen *s, struct hostile *h);
/* One of the walks, looked at after each key. NULL: nothing but cells changed; else what did (room of the walk's own). */
const char *hostile_walk(struct screen *s, struct hostile *h, struct glass *g, int walk);

#endif
