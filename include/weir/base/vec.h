/*
 * A growable array as a macro: struct { TYPE *v; size_t n, cap; }. Elements are moved with memmove.
 */
#ifndef WEIR_BASE_VEC_H
#define WEIR_BASE_VEC_H

#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"

#define VEC(type)                                                                                                      \
  struct {                                                                                                             \
    type *v;                                                                                                           \
    size_t n;                                                                                                          \
    size_t cap;                                                                                                        \
  }

#define VEC_ROOM(vec)                                                                                                  \
  do {                                                                                                                 \
    if ((vec)->n == (vec)->cap) {                                                                                      \
      (vec)->cap = (vec)->cap ? (vec)->cap * 2 : 8;                                                                    \
      (vec)->v = mem_grow((vec)->v, (vec)->cap * sizeof *(vec)->v);                                                    \
    }                                                                                                                  \
  } while (0)

#define VEC_PUSH(vec, item)                                                                                            \
  do {                                                                                                                 \
    VEC_ROOM(vec);                                                                                                     \
    (vec)->v[(vec)->n++] = (item);                                                                                     \
  } while (0)

#define VEC_INSERT(vec, at, item)                                                                                      \
  do {                                                                                                                 \
    size_t vec_at_ = (at);                                                                                             \
    VEC_ROOM(vec);                                                                                                     \
    memmove((vec)->v + vec_at_ + 1, (vec)->v + vec_at_, ((vec)->n - vec_at_) * sizeof *(vec)->v);                      \
    (vec)->v[vec_at_] = (item);                                                                                        \
    (vec)->n++;                                                                                                        \
  } while (0)

#define VEC_REMOVE(vec, at)                                                                                            \
  do {                                                                                                                 \
    size_t vec_at_ = (at);                                                                                             \
    memmove((vec)->v + vec_at_, (vec)->v + vec_at_ + 1, ((vec)->n - vec_at_ - 1) * sizeof *(vec)->v);                  \
    (vec)->n--;                                                                                                        \
  } while (0)

#define VEC_CLEAR(vec) (free((vec)->v), (vec)->v = NULL, (vec)->n = (vec)->cap = 0)

#endif
