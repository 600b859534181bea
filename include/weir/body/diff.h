/*
 * What differs between two texts: which lines correspond, and which words or bytes of two corresponding lines differ.
 * Lines are compared by number, whatever they hold: the caller numbers equal lines alike (diff_number()) or, for JSON, by
 * where they stand. Bounded: texts that differ too much are paired line by line (DIFF_DISTANCE), long lines by what they
 * have in common in front and at the end.
 *
 * Source: E. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986.
 */
#ifndef WEIR_BODY_DIFF_H
#define WEIR_BODY_DIFF_H

#include "weir/base/slice.h"
#include "weir/base/vec.h"

#define DIFF_DISTANCE 1000 /* most lines taken out and put in that are searched for the shortest way */

enum diff_kind { DIFF_SAME, DIFF_CHANGED, DIFF_REMOVED, DIFF_ADDED };

struct diff_row {
  size_t a, b; /* lines; SIZE_MAX: there is none on that side */
  enum diff_kind kind;
};

struct diff_rows {
  VEC(struct diff_row) row;
};

/* Texts to numbers, equal texts to equal ones. Zero-initialise; the texts are not kept, their hashes are (two of 64
 * bits: texts that only seem equal do not happen). */
struct diff_name {
  uint64_t hash[2];
  uint32_t number, next;
};
struct diff_names {
  VEC(struct diff_name) name;
  uint32_t *bucket;
  size_t buckets;
};
uint32_t diff_number(struct diff_names *names, struct slice text);
void diff_names_clear(struct diff_names *names);

/* In order: what stands in both in the same order is the same; lines that only one has, in one place, are paired as
 * changed as far as `alike` says so (NULL: always). Appends to rows. */
typedef bool diff_alike_fn(void *arg, size_t a, size_t b);
void diff_lines(const uint32_t *a, size_t an, const uint32_t *b, size_t bn, diff_alike_fn *alike, void *arg,
                struct diff_rows *rows);
/* By name, in whatever order they stand: rows follow `a`, what only `b` has comes behind the row that it stands behind
 * there. Two rows of one name are told apart by their order. same: a and b have that name, and are the same too. */
typedef bool diff_same_fn(void *arg, size_t a, size_t b);
void diff_named(const uint32_t *a, size_t an, const uint32_t *b, size_t bn, diff_same_fn *same, void *arg,
                struct diff_rows *rows);

struct diff_span {
  size_t at, n; /* bytes */
};
struct diff_spans {
  VEC(struct diff_span) span;
};
enum diff_unit { DIFF_WORDS, DIFF_BYTES };
/* The parts of each line that the other lacks. Appends. */
void diff_within(struct slice a, struct slice b, enum diff_unit unit, struct diff_spans *in_a, struct diff_spans *in_b);
/* Enough in common (half of the shorter one) to call one a change of the other. */
bool diff_alike(struct slice a, struct slice b);

#endif
