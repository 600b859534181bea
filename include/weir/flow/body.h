/*
 * A captured body: bytes kept in blocks while they arrive, up to a limit. Above the limit the record is cut and
 * says "kept X of Y"; traffic is not touched. What is kept is always the front of what passed: once something was
 * left out (limit, no memory), nothing more is kept. Blocks do not move while the body arrives, so slices of them
 * stay good until body_seal() (which may move the last one) or body_clear().
 */
#ifndef WEIR_FLOW_BODY_H
#define WEIR_FLOW_BODY_H

#include "weir/base/buf.h"
#include "weir/base/slice.h"

struct body_block;

struct body {
  union {
    struct body_block *one;   /* most bodies have no more; while room is 0; NULL: none */
    struct body_block **many; /* a vector with that much room */
  } block;
  uint32_t blocks, room;
  uint64_t kept; /* bytes recorded */
  uint64_t seen; /* bytes that passed (framing removed) */
  size_t cost;   /* what body_cost() gives: kept up to date, so that asking is cheap */
  bool complete; /* the message ended in order: for the owner to set */
};

void body_clear(struct body *b);
/* Records up to limit bytes in all; counts all of them as seen. Bytes that stand in the room already are not copied.
 * `expected`: total size when known, else 0: sizes the blocks. */
void body_add(struct body *b, const void *bytes, size_t n, uint64_t limit, uint64_t expected);
/* Room to receive into directly: *room bytes at the result; then body_add() with what came there. NULL when the limit is
 * reached, the record is cut or memory is short: receive elsewhere and body_add() it all the same, so that it counts as
 * seen. */
char *body_room(struct body *b, uint64_t limit, uint64_t expected, size_t *room);
void body_seal(struct body *b);                                /* no more comes: gives unused memory back */
size_t body_cost(const struct body *b);                        /* bytes held by the allocator */
bool body_cut(const struct body *b);                           /* kept < seen */
void body_duplicate(struct body *to, const struct body *from); /* into an empty one: all that was recorded, complete */

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
