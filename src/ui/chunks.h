/*
 * The bytes of an edited text, kept in chunks of some kilobytes, each with its count of newlines. A chunk's bytes are
 * in a block, which several chunks may share, of several texts too: the text that was opened and the edited one share
 * what no edit has touched. An edit therefore copies at most a few chunks, and the way from offset to line and back walks over counts, not over bytes (3,200 of them for
 * 50 MB). What was taken out for undo, or is put back by it, moves by reference, whatever its size. A shared block is
 * never written to.
 *
 * Invariants: no chunk is empty; size and newlines are the sums over the chunks. Offsets and lines count from 0; a
 * text with n newlines has n + 1 lines, the last of which may be empty.
 */
#ifndef WEIR_SRC_UI_CHUNKS_H
#define WEIR_SRC_UI_CHUNKS_H

#include "weir/base/buf.h"
#include "weir/base/vec.h"

#define CHUNK_BYTES 16384u
#define CHUNK_MOVED 4096u /* a range up to this size is copied, a longer one moves by reference */

struct chunk_block;

struct chunk {
  char *p;
  struct chunk_block *block;
  uint32_t n;
  uint32_t newlines;
};

struct chunks {
  VEC(struct chunk) list;
  size_t size;
  size_t newlines;
  uint64_t touched; /* bytes copied or moved by edits, ever: tests ask that edits stay local */
};

void chunks_clear(struct chunks *c);
/* Takes `removed` bytes out at `at` and puts `inserted` there. The range must lie within the text. */
void chunks_splice(struct chunks *c, size_t at, size_t removed, struct slice inserted);
/* The same with a text of chunks, which keeps its own: long ones are shared. What was removed goes to the end of *gone. */
void chunks_exchange(struct chunks *c, size_t at, size_t removed, const struct chunks *put, struct chunks *gone);
/* Appends n bytes of `from` that begin at `at`, by reference where they are many. */
void chunks_share(struct chunks *c, const struct chunks *from, size_t at, size_t n);
size_t chunks_cost(const struct chunks *c); /* bytes of memory, those of shared blocks too */
/* From these offsets to both ends. */
bool chunks_equal(const struct chunks *a, size_t at_a, const struct chunks *b,
                  size_t at_b); /* shared blocks are not looked into */

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
