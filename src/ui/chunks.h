/*
 * The bytes of an edited text, kept in chunks of some kilobytes, each with its count of newlines. A chunk borrows from
 * the text that was opened until an edit touches it; then it owns its bytes. An edit therefore copies at most a few
 * chunks, and the way from offset to line and back walks over counts, not over bytes (3,200 of them for 50 MB).
 *
 * Invariants: no chunk is empty; size and newlines are the sums over the chunks. Offsets and lines count from 0; a
 * text with n newlines has n + 1 lines, the last of which may be empty.
 */
#ifndef WEIR_SRC_UI_CHUNKS_H
#define WEIR_SRC_UI_CHUNKS_H

#include "weir/base/buf.h"
#include "weir/base/vec.h"

#define CHUNK_BYTES 16384u

struct chunk {
  char *p;
  uint32_t n;
  uint32_t cap; /* 0: borrowed, never written to */
  uint32_t newlines;
};

struct chunks {
  VEC(struct chunk) list;
  size_t size;
  size_t newlines;
  uint64_t touched; /* bytes copied or moved by edits, ever: tests ask that edits stay local */
};

/* Borrows text, which must outlive c. */
void chunks_init(struct chunks *c, struct slice text);
void chunks_clear(struct chunks *c);
/* Takes `removed` bytes out at `at` and puts `inserted` there. The range must lie within the text. */
void chunks_splice(struct chunks *c, size_t at, size_t removed, struct slice inserted);

/* The longest contiguous run of bytes from `at`; empty at the end. */
struct slice chunks_at(const struct chunks *c, size_t at);
char chunks_byte(const struct chunks *c, size_t at); /* at < size */
/* Copies up to n bytes from `at`; how many there were. */
size_t chunks_read(const struct chunks *c, size_t at, char *out, size_t n);
void chunks_append(const struct chunks *c, size_t at, size_t n, struct buf *out);

size_t chunks_line_of(const struct chunks *c, size_t at);      /* number of newlines before `at` */
size_t chunks_line_start(const struct chunks *c, size_t line); /* size when there are fewer lines */
size_t chunks_line_end(const struct chunks *c, size_t at);   /* offset of the first newline at or after `at`, or size */
size_t chunks_line_begin(const struct chunks *c, size_t at); /* offset after the last newline before `at`, or 0 */

#endif
