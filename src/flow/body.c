#include "weir/flow/body.h"

#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"

struct body_block {
  uint64_t at; /* offset of its first byte in the body */
  uint32_t n;
  uint32_t cap;
  char bytes[];
};

/* A full block fills 64, 128 or 256 KiB of the allocator's, header and all, so that blocks of gone flows fit new ones
 * exactly. The more has come the larger the next one is, since each border between two blocks costs a read of its own;
 * a length that is only announced gets no more than the least. */
#define BLOCK_BELOW (16 + sizeof(struct body_block))
#define BLOCK_LEAST (64 * 1024)
#define BLOCK_MOST  (256 * 1024)
#define BLOCK_FIRST 1024 /* of a body of unknown length */

static struct body_block *block_at(const struct body *b, uint32_t i) {
  return b->room ? b->block.many[i] : b->block.one;
}

static struct body_block *last_block(const struct body *b) {
  return b->blocks ? block_at(b, b->blocks - 1) : NULL;
}

static void set_last(struct body *b, struct body_block *block) {
  *(b->room ? &b->block.many[b->blocks - 1] : &b->block.one) = block;
}

void body_clear(struct body *b) {
  for (uint32_t i = 0; b->room && i < b->blocks; i++)
    free(b->block.many[i]);
  if (b->room)
    free(b->block.many);
  else
    free(b->block.one);
  *b = (struct body){0};
}

/* The size of the next block: what is still to come where that is known, else as much again as there is. */
static size_t block_size(const struct body *b, size_t want, uint64_t limit, uint64_t expected) {
  uint64_t left = limit - b->kept;
  uint64_t size;
  if (expected > b->kept)
    size = expected - b->kept;
  else
    size = b->kept > BLOCK_FIRST ? b->kept : BLOCK_FIRST;
  if (size < want)
    size = want;
  if (size > left)
    size = left;
  uint64_t most = BLOCK_LEAST;
  while (most < BLOCK_MOST && most < b->kept)
    most *= 2;
  return size > most - BLOCK_BELOW ? (size_t)(most - BLOCK_BELOW) : (size_t)size;
}

/* Room for one block more. */
static bool grow_vector(struct body *b) {
  if (b->blocks < (b->room ? b->room : 1))
    return true;
  uint32_t room = b->room ? b->room * 2 : 4;
  struct body_block *one = b->room ? NULL : b->block.one, **old = b->room ? b->block.many : NULL;
  size_t old_cost = mem_cost(old);
  struct body_block **grown = realloc(old, room * sizeof *grown);
  if (!grown)
    return false;
  if (one)
    grown[0] = one;
  b->cost += mem_cost(grown) - old_cost;
  b->block.many = grown;
  b->room = room;
  return true;
}

/* A block with room in it; NULL when there is no memory. */
static struct body_block *open_block(struct body *b, size_t want, uint64_t limit, uint64_t expected) {
  struct body_block *last = last_block(b);
  if (last && last->n < last->cap)
    return last;
  if (!grow_vector(b))
    return NULL;
  size_t size = block_size(b, want, limit, expected);
  struct body_block *made = mem_try(sizeof *made + size);
  if (!made)
    return NULL;
  b->cost += mem_cost(made);
  made->at = b->kept;
  made->n = 0;
  made->cap = (uint32_t)size;
  b->blocks++;
  set_last(b, made);
  return made;
}

static bool may_keep(const struct body *b, uint64_t limit) {
  return b->kept == b->seen && b->kept < limit;
}

void body_add(struct body *b, const void *bytes, size_t n, uint64_t limit, uint64_t expected) {
  const char *from = bytes;
  size_t left = n;
  if (!may_keep(b, limit)) {
    b->seen += n;
    return;
  }
  if (left > limit - b->kept)
    left = (size_t)(limit - b->kept);
  while (left) {
    struct body_block *to = open_block(b, left, limit, expected);
    if (!to)
      break;
    size_t piece = to->cap - to->n < left ? to->cap - to->n : left;
    if (from != to->bytes + to->n) /* else received in place */
      memcpy(to->bytes + to->n, from, piece);
    to->n += (uint32_t)piece;
    b->kept += piece;
    from += piece;
    left -= piece;
  }
  b->seen += n;
}

char *body_room(struct body *b, uint64_t limit, uint64_t expected, size_t *room) {
  *room = 0;
  if (!may_keep(b, limit))
    return NULL;
  struct body_block *to = open_block(b, 0, limit, expected);
  if (!to)
    return NULL;
  uint64_t left = limit - b->kept;
  *room = to->cap - to->n < left ? to->cap - to->n : (size_t)left;
  return to->bytes + to->n;
}

static void drop_last(struct body *b) {
  struct body_block *last = last_block(b);
  set_last(b, NULL);
  b->blocks--;
  b->cost -= mem_cost(last);
  free(last);
}

/* Below this, giving memory back costs more than it brings. */
#define WORTH_SHRINKING 64

static void shrink_last(struct body *b) {
  struct body_block *last = last_block(b);
  if (!last || last->cap - last->n < WORTH_SHRINKING)
    return;
  size_t old_cost = mem_cost(last);
  struct body_block *made = realloc(last, sizeof *last + last->n);
  if (!made)
    return;
  made->cap = made->n;
  b->cost += mem_cost(made) - old_cost;
  set_last(b, made);
}

static void shrink_vector(struct body *b) {
  if (b->room - b->blocks < 8)
    return;
  size_t old_cost = mem_cost(b->block.many);
  struct body_block **made = realloc(b->block.many, b->blocks * sizeof *made);
  if (!made)
    return;
  b->cost += mem_cost(made) - old_cost;
  b->block.many = made;
  b->room = b->blocks;
}

void body_seal(struct body *b) {
  while (b->blocks && last_block(b)->n == 0)
    drop_last(b);
  if (!b->blocks) {
    if (b->room)
      free(b->block.many);
    b->block.one = NULL;
    b->room = 0;
    b->cost = 0;
    return;
  }
  shrink_last(b);
  if (b->room)
    shrink_vector(b);
}

size_t body_cost(const struct body *b) {
  return b->cost;
}

bool body_cut(const struct body *b) {
  return b->kept < b->seen;
}

struct slice body_at(const struct body *b, uint64_t offset) {
  if (offset >= b->kept)
    return (struct slice){NULL, 0};
  uint32_t low = 0, high = b->blocks; /* the wanted block is in [low, high) */
  while (high - low > 1) {
    uint32_t middle = low + (high - low) / 2;
    if (block_at(b, middle)->at <= offset)
      low = middle;
    else
      high = middle;
  }
  const struct body_block *found = block_at(b, low);
  size_t skip = (size_t)(offset - found->at);
  return slice_make(found->bytes + skip, found->n - skip);
}

bool body_read(void *reader, struct slice *piece) {
  struct body_reader *r = reader;
  *piece = body_at(r->body, r->offset);
  r->offset += piece->n;
  return piece->n > 0;
}

void body_copy(const struct body *b, struct buf *out) {
  if (b->kept)
    buf_reserve(out, (size_t)b->kept);
  for (uint32_t i = 0; i < b->blocks; i++)
    buf_add(out, block_at(b, i)->bytes, block_at(b, i)->n);
}

void body_duplicate(struct body *to, const struct body *from) {
  for (uint64_t at = 0; at < from->kept;) {
    struct slice s = body_at(from, at);
    body_add(to, s.p, s.n, UINT64_MAX, from->kept);
    at += s.n;
  }
  to->complete = true;
  body_seal(to);
}
