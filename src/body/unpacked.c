/* Blocks of decoded bytes: packed as soon as they are whole, in pieces of memory so large that the allocator gives them
 * back at once when they are freed. */
#include "weir/body/unpacked.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "weir/base/clock.h"
#include "weir/base/mem.h"
#include "weir/base/units.h"
#include "weir/base/vec.h"

#define BLOCK        (256u * 1024)
#define OPEN_BLOCKS  8            /* as they are, beside the one that is being filled */
#define PORTION      (64u * 1024) /* decoded between two looks at the clock, about; and raw bytes taken for it */
#define CHUNK        (2u * 1024 * 1024)
#define PACK_LEVEL   1
#define KEPT_ANYWAY  (64u * 1024 * 1024) /* packed bytes; above that, as many times what the coded body has: */
#define KEPT_TIMES   4
#define DECODED_MOST (SIZE_MAX / 4) /* no cap of the decoder's own: time and memory are bounded here */

struct packed {
  const char *bytes; /* in a chunk */
  uint32_t n;        /* BLOCK: as it is */
};

struct chunk {
  struct chunk *below;
  size_t used;
  char bytes[];
};

struct open_block {
  size_t number; /* of the block, from 1; 0: nothing is in it */
  uint64_t used; /* grows with each look */
};

struct body_unpacked {
  struct body_bytes raw;
  struct body_decoder *decoder; /* NULL: done */
  enum body_decode_code code;
  struct err err;
  uint64_t taken, tail_at;
  struct buf tail; /* what came out last, from tail_at on */
  VEC(struct packed) block;
  struct chunk *chunk;
  uint64_t kept; /* bytes in chunks */
  char *plain;   /* OPEN_BLOCKS of them */
  struct open_block open[OPEN_BLOCKS];
  uint64_t looks;
  ZSTD_CCtx *pack;
  ZSTD_DCtx *unpack;
};

struct body_unpacked *body_unpacked_new(struct slice coding, const char *charset, struct body_bytes raw,
                                        struct err *err) {
  struct body_decoder *decoder = body_decoder_new_text(coding, charset, DECODED_MOST, err);
  if (!decoder)
    return NULL;
  struct body_unpacked *u = mem_zero(1, sizeof *u);
  u->raw = raw;
  u->decoder = decoder;
  u->code = BODY_DECODED;
  return u;
}

void body_unpacked_free(struct body_unpacked *u) {
  if (!u)
    return;
  body_decoder_free(u->decoder);
  while (u->chunk) {
    struct chunk *below = u->chunk->below;
    free(u->chunk);
    u->chunk = below;
  }
  ZSTD_freeCCtx(u->pack);
  ZSTD_freeDCtx(u->unpack);
  VEC_CLEAR(&u->block);
  buf_clear(&u->tail);
  free(u->plain);
  free(u);
}

uint64_t body_unpacked_size(const struct body_unpacked *u, bool *ended) {
  *ended = !u->decoder;
  return u->tail_at + u->tail.n;
}

uint64_t body_unpacked_taken(const struct body_unpacked *u) {
  return u->taken;
}

enum body_decode_code body_unpacked_result(const struct body_unpacked *u, struct err *err) {
  *err = u->err;
  return u->code;
}

size_t body_unpacked_cost(const struct body_unpacked *u) {
  size_t cost = mem_cost(u) + mem_cost(u->block.v) + mem_cost(u->tail.p) + mem_cost(u->plain);
  for (const struct chunk *c = u->chunk; c; c = c->below)
    cost += mem_cost(c);
  return cost + (u->pack ? ZSTD_sizeof_CCtx(u->pack) : 0) + (u->unpack ? ZSTD_sizeof_DCtx(u->unpack) : 0);
}

/* ---- keeping ---- */

/* Room for a packed block, however badly it packs; NULL: no memory for it. */
static char *room(struct body_unpacked *u) {
  size_t most = ZSTD_compressBound(BLOCK);
  if (!u->chunk || CHUNK - u->chunk->used < most) {
    struct chunk *made = mem_try(sizeof *made + CHUNK);
    if (!made)
      return NULL;
    made->below = u->chunk;
    made->used = 0;
    u->chunk = made;
  }
  return u->chunk->bytes + u->chunk->used;
}

static bool keep_block(struct body_unpacked *u) {
  bool ended;
  uint64_t most = KEPT_ANYWAY + KEPT_TIMES * u->raw.size(u->raw.arg, &ended);
  char *to = u->kept > most ? NULL : room(u);
  if (!to)
    return false;
  if (!u->pack)
    u->pack = ZSTD_createCCtx();
  size_t n = u->pack ? ZSTD_compressCCtx(u->pack, to, ZSTD_compressBound(BLOCK), u->tail.p, BLOCK, PACK_LEVEL) : BLOCK;
  if (!u->pack || ZSTD_isError(n) || n >= BLOCK)
    memcpy(to, u->tail.p, n = BLOCK);
  struct packed packed = {to, (uint32_t)n};
  VEC_PUSH(&u->block, packed);
  u->chunk->used += n;
  u->kept += n;
  u->tail_at += BLOCK;
  buf_remove(&u->tail, 0, BLOCK);
  return true;
}

/* ---- decoding ---- */

static void end(struct body_unpacked *u) {
  body_decoder_flush(u->decoder, &u->tail);
  u->code = body_decoder_end(u->decoder, &u->err);
  body_decoder_free(u->decoder);
  u->decoder = NULL;
  ZSTD_freeCCtx(u->pack);
  u->pack = NULL;
}

static void end_full(struct body_unpacked *u) {
  char size[24];
  end(u);
  u->code = BODY_DECODED_PART;
  err_set(&u->err, "only the first %s bytes are decoded: they take too much memory",
          units_size(u->tail_at + u->tail.n, size, sizeof size));
}

/* False: nothing to decode is there now. */
static bool portion(struct body_unpacked *u) {
  bool ended;
  struct slice raw = slice_sub(u->raw.at(u->raw.arg, u->taken), 0, PORTION);
  size_t given = raw.n, before = u->tail.n;
  if (!given && !body_decoder_waits(u->decoder)) {
    u->raw.size(u->raw.arg, &ended);
    if (ended)
      end(u);
    return false;
  }
  bool more = body_decoder_feed_some(u->decoder, &raw, PORTION, &u->tail);
  u->taken += given - raw.n;
  more &= raw.n < given || u->tail.n > before;
  while (more && u->tail.n >= BLOCK)
    if (!keep_block(u)) {
      end_full(u);
      return false;
    }
  if (!more)
    end(u);
  return more;
}

bool body_unpacked_go(struct body_unpacked *u, uint64_t until, uint64_t deadline) {
  while (u->decoder && u->tail_at + u->tail.n < until) {
    if (!portion(u))
      return false;
    if (deadline && clock_mono() >= deadline)
      return true;
  }
  return u->decoder != NULL;
}

/* ---- looking ---- */

static struct open_block *least_used(struct body_unpacked *u) {
  struct open_block *least = &u->open[0];
  for (size_t i = 1; i < OPEN_BLOCKS; i++)
    if (u->open[i].used < least->used)
      least = &u->open[i];
  return least;
}

static bool open_block(struct body_unpacked *u, const struct packed *packed, char *to) {
  if (!u->unpack)
    u->unpack = ZSTD_createDCtx();
  return u->unpack && ZSTD_decompressDCtx(u->unpack, to, BLOCK, packed->bytes, packed->n) == BLOCK;
}

static const char *block_bytes(struct body_unpacked *u, size_t i) {
  const struct packed *packed = &u->block.v[i];
  if (packed->n == BLOCK)
    return packed->bytes;
  struct open_block *slot = NULL;
  for (size_t k = 0; k < OPEN_BLOCKS; k++)
    if (u->open[k].number == i + 1)
      slot = &u->open[k];
  bool found = slot != NULL;
  if (!found)
    slot = least_used(u);
  slot->used = ++u->looks;
  if (!u->plain)
    u->plain = mem_alloc((size_t)OPEN_BLOCKS * BLOCK);
  char *bytes = u->plain + (size_t)(slot - u->open) * BLOCK;
  if (!found && !open_block(u, packed, bytes))
    memset(bytes, 0, BLOCK); /* without memory to unpack it */
  slot->number = i + 1;
  return bytes;
}

static struct slice bytes_at(void *arg, uint64_t offset) {
  struct body_unpacked *u = arg;
  if (offset >= u->tail_at + u->tail.n)
    return (struct slice){NULL, 0};
  if (offset >= u->tail_at)
    return slice_from(buf_slice(&u->tail), (size_t)(offset - u->tail_at));
  size_t i = (size_t)(offset / BLOCK), skip = (size_t)(offset % BLOCK);
  return slice_make(block_bytes(u, i) + skip, BLOCK - skip);
}

static uint64_t bytes_size(void *arg, bool *ended) {
  return body_unpacked_size(arg, ended);
}

struct body_bytes body_unpacked_bytes(struct body_unpacked *u) {
  return (struct body_bytes){u, bytes_at, bytes_size};
}
