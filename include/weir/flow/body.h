/*
 * A captured body: bytes kept in blocks while they arrive, up to a limit. Above the limit the record is cut and
 * says "kept X of Y"; traffic is not touched. Blocks never move, so slices of them stay good while the body lives.
 */
#ifndef WEIR_FLOW_BODY_H
#define WEIR_FLOW_BODY_H

#include "weir/base/buf.h"
#include "weir/base/slice.h"

struct body_block;

struct body {
  struct body_block **block; /* vector; NULL while empty */
  uint32_t blocks;
  uint32_t blocks_cap;
  uint64_t kept; /* bytes recorded */
  uint64_t seen; /* bytes that passed (framing removed) */
  bool complete; /* the message ended in order */
};

void body_clear(struct body *b);
/* Records up to limit bytes in all; counts all of them as seen. `expected`: total size when known, else 0: sizes
 * the blocks. */
void body_add(struct body *b, const void *bytes, size_t n, uint64_t limit, uint64_t expected);
/* Room to receive into directly: *room bytes at the result; then body_grew(). NULL when the limit is reached. */
char *body_room(struct body *b, uint64_t limit, uint64_t expected, size_t *room);
void body_grew(struct body *b, size_t n); /* n bytes were written into the room: kept and seen */
void body_seal(struct body *b);           /* no more comes: gives unused memory back */
void body_trim(struct body *b, uint64_t keep); /* drops recorded bytes above `keep` (store over budget) */
size_t body_cost(const struct body *b);   /* bytes held by the allocator */
bool body_cut(const struct body *b);      /* kept < seen */

/* The longest run of recorded bytes at `offset` that is contiguous; empty at the end. */
struct slice body_at(const struct body *b, uint64_t offset);
/* A body_source_fn (body/decode.h) over it: zero-initialise, set body. */
struct body_reader {
  const struct body *body;
  uint64_t offset;
};
bool body_read(void *reader, struct slice *piece);
void body_copy(const struct body *b, struct buf *out); /* appends all recorded bytes */

#endif
