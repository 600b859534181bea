#include "ui/chunks.h"

#include <stdlib.h>
#include <string.h>

static uint32_t count_newlines(const char *p, size_t n) {
  uint32_t count = 0;
  const char *end = p + n;
  while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
    count++;
    p++;
  }
  return count;
}

struct chunk_block {
  uint32_t users;
  uint32_t cap;
  char bytes[];
};

static struct chunk_block *block_new(size_t cap) {
  struct chunk_block *block = mem_alloc(sizeof *block + cap);
  block->users = 1;
  block->cap = (uint32_t)cap;
  return block;
}

static void chunk_drop(struct chunk *k) {
  if (--k->block->users == 0)
    free(k->block);
}

/* A part of it, sharing its bytes. */
static struct chunk chunk_part(const struct chunk *k, size_t at, size_t n) {
  struct chunk part = {.p = k->p + at, .block = k->block, .n = (uint32_t)n, .newlines = k->newlines};
  if (n < k->n)
    part.newlines = count_newlines(part.p, n);
  part.block->users++;
  return part;
}

void chunks_clear(struct chunks *c) {
  for (size_t i = 0; i < c->list.n; i++)
    chunk_drop(&c->list.v[i]);
  VEC_CLEAR(&c->list);
  *c = (struct chunks){0};
}

size_t chunks_cost(const struct chunks *c) {
  return c->size + c->list.cap * sizeof *c->list.v;
}

/* Index of the chunk that holds the byte at `at` (list.n at the end) and the offset within it. */
static size_t locate(const struct chunks *c, size_t at, size_t *within) {
  size_t i = 0;
  while (i < c->list.n && at >= c->list.v[i].n)
    at -= c->list.v[i++].n;
  *within = at;
  return i;
}

/* As locate(), but an offset between two chunks belongs to the end of the first: where typing goes. */
static size_t locate_end(const struct chunks *c, size_t at, size_t *within) {
  size_t i = locate(c, at, within);
  if (*within == 0 && i > 0) {
    i--;
    *within = c->list.v[i].n;
  }
  return i;
}

/* Makes the chunk's bytes its own, with room for `cap`. */
static void own(struct chunks *c, struct chunk *k, size_t cap) {
  struct chunk_block *block = k->block;
  if (block->users == 1 && (size_t)(block->bytes + block->cap - k->p) >= cap)
    return;
  block = block_new(cap);
  memcpy(block->bytes, k->p, k->n);
  c->touched += k->n;
  chunk_drop(k);
  k->block = block;
  k->p = block->bytes;
}

static void make_room(struct chunks *c, size_t i, size_t count) {
  size_t n = c->list.n + count;
  if (n > c->list.cap) {
    c->list.cap = n + n / 2;
    c->list.v = mem_grow(c->list.v, c->list.cap * sizeof *c->list.v);
  }
  if (c->list.n > i)
    memmove(c->list.v + i + count, c->list.v + i, (c->list.n - i) * sizeof *c->list.v);
  c->list.n = n;
}

/* Makes `at` a border between chunks; index of the chunk that begins there. */
static size_t split(struct chunks *c, size_t at) {
  size_t within, i = locate(c, at, &within);
  if (within == 0)
    return i;
  make_room(c, i + 1, 1);
  struct chunk *k = &c->list.v[i], *tail = k + 1;
  *tail = chunk_part(k, within, k->n - within);
  k->n = (uint32_t)within;
  k->newlines -= tail->newlines;
  return i + 1;
}

static void drop_range(struct chunks *c, size_t i, size_t count) {
  if (count == 0)
    return;
  for (size_t k = i; k < i + count; k++)
    chunk_drop(&c->list.v[k]);
  memmove(c->list.v + i, c->list.v + i + count, (c->list.n - i - count) * sizeof *c->list.v);
  c->list.n -= count;
}

static void remove_bytes(struct chunks *c, size_t at, size_t n) {
  size_t within, i = locate(c, at, &within);
  struct chunk *k = &c->list.v[i];
  if (n < k->n && within + n <= k->n) {
    uint32_t gone = count_newlines(k->p + within, n);
    own(c, k, k->n);
    memmove(k->p + within, k->p + within + n, k->n - within - n);
    c->touched += k->n - within - n;
    k->n -= (uint32_t)n;
    k->newlines -= gone;
    c->newlines -= gone;
  } else {
    size_t from = split(c, at), to = split(c, at + n);
    for (size_t j = from; j < to; j++)
      c->newlines -= c->list.v[j].newlines;
    drop_range(c, from, to - from);
  }
  c->size -= n;
}

static void insert_bytes(struct chunks *c, size_t at, struct slice s) {
  size_t within, i = locate_end(c, at, &within);
  uint32_t newlines = count_newlines(s.p, s.n);
  if (i < c->list.n && c->list.v[i].n + s.n <= CHUNK_BYTES * 2) {
    struct chunk *k = &c->list.v[i];
    size_t need = k->n + s.n;
    if (k->block->users > 1 || (size_t)(k->block->bytes + k->block->cap - k->p) < need)
      own(c, k, need + (need > 512 ? 512 : 32));
    memmove(k->p + within + s.n, k->p + within, k->n - within);
    memcpy(k->p + within, s.p, s.n);
    c->touched += s.n + k->n - within;
    k->n += (uint32_t)s.n;
    k->newlines += newlines;
  } else {
    i = split(c, at);
    size_t count = (s.n + CHUNK_BYTES - 1) / CHUNK_BYTES;
    make_room(c, i, count);
    for (size_t k = 0; k < count; k++) {
      struct slice part = slice_sub(s, k * CHUNK_BYTES, CHUNK_BYTES);
      struct chunk_block *block = block_new(part.n);
      memcpy(block->bytes, part.p, part.n);
      c->list.v[i + k] = (struct chunk){
          .p = block->bytes, .block = block, .n = (uint32_t)part.n, .newlines = count_newlines(part.p, part.n)};
    }
    c->touched += s.n;
  }
  c->size += s.n;
  c->newlines += newlines;
}

/* Joins small neighbours around `at`, so that many edits do not leave many crumbs. */
static void join_crumbs(struct chunks *c, size_t at) {
  size_t within, i = locate_end(c, at, &within);
  for (size_t j = i ? i - 1 : 0; j + 1 < c->list.n && j <= i + 1;) {
    struct chunk *a = &c->list.v[j], *b = a + 1;
    if (a->n + b->n > CHUNK_BYTES / 2) {
      j++;
      continue;
    }
    own(c, a, a->n + b->n);
    memcpy(a->p + a->n, b->p, b->n);
    c->touched += b->n;
    a->n += b->n;
    a->newlines += b->newlines;
    drop_range(c, j + 1, 1);
  }
}

void chunks_splice(struct chunks *c, size_t at, size_t removed, struct slice inserted) {
  if (removed)
    remove_bytes(c, at, removed);
  if (inserted.n)
    insert_bytes(c, at, inserted);
  join_crumbs(c, at);
}

/* Moves what lies there to the end of *gone. */
static void take(struct chunks *c, size_t at, size_t n, struct chunks *gone) {
  if (n <= CHUNK_MOVED) {
    char bytes[CHUNK_MOVED];
    chunks_read(c, at, bytes, n);
    insert_bytes(gone, gone->size, slice_make(bytes, n));
    remove_bytes(c, at, n);
    return;
  }
  size_t from = split(c, at), count = split(c, at + n) - from, end = gone->list.n, newlines = 0;
  make_room(gone, end, count);
  memcpy(gone->list.v + end, c->list.v + from, count * sizeof *c->list.v);
  for (size_t i = end; i < gone->list.n; i++)
    newlines += gone->list.v[i].newlines;
  memmove(c->list.v + from, c->list.v + from + count, (c->list.n - from - count) * sizeof *c->list.v);
  c->list.n -= count;
  c->size -= n;
  c->newlines -= newlines;
  gone->size += n;
  gone->newlines += newlines;
}

static void insert_chunks(struct chunks *c, size_t at, const struct chunks *put) {
  size_t i = split(c, at);
  make_room(c, i, put->list.n);
  for (size_t k = 0; k < put->list.n; k++)
    c->list.v[i + k] = chunk_part(&put->list.v[k], 0, put->list.v[k].n);
  c->size += put->size;
  c->newlines += put->newlines;
}

void chunks_exchange(struct chunks *c, size_t at, size_t removed, const struct chunks *put, struct chunks *gone) {
  if (removed)
    take(c, at, removed, gone);
  if (put->size > CHUNK_MOVED) {
    insert_chunks(c, at, put);
  } else if (put->size) {
    char bytes[CHUNK_MOVED];
    chunks_read(put, 0, bytes, put->size);
    insert_bytes(c, at, slice_make(bytes, put->size));
  }
  join_crumbs(c, at);
}

void chunks_share(struct chunks *c, const struct chunks *from, size_t at, size_t n) {
  size_t within, i = locate(from, at, &within);
  while (n) {
    const struct chunk *k = &from->list.v[i++];
    size_t part = k->n - within < n ? k->n - within : n;
    if (part <= CHUNK_MOVED) {
      insert_bytes(c, c->size, slice_make(k->p + within, part));
    } else {
      make_room(c, c->list.n, 1);
      struct chunk *last = &c->list.v[c->list.n - 1];
      *last = chunk_part(k, within, part);
      c->size += part;
      c->newlines += last->newlines;
    }
    n -= part;
    within = 0;
  }
}

struct slice chunks_at(const struct chunks *c, size_t at) {
  size_t within, i = locate(c, at, &within);
  if (i == c->list.n)
    return (struct slice){NULL, 0};
  return slice_make(c->list.v[i].p + within, c->list.v[i].n - within);
}

char chunks_byte(const struct chunks *c, size_t at) {
  char byte = 0;
  chunks_read(c, at, &byte, 1);
  return byte;
}

size_t chunks_read(const struct chunks *c, size_t at, char *out, size_t n) {
  size_t within, i = locate(c, at, &within), done = 0;
  for (; i < c->list.n && done < n; i++, within = 0) {
    const struct chunk *k = &c->list.v[i];
    size_t piece = k->n - within < n - done ? k->n - within : n - done;
    memcpy(out + done, k->p + within, piece);
    done += piece;
  }
  return done;
}

void chunks_append(const struct chunks *c, size_t at, size_t n, struct buf *out) {
  char *room = buf_reserve(out, n);
  out->n += chunks_read(c, at, room, n);
  if (out->p)
    out->p[out->n] = '\0';
}

bool chunks_equal(const struct chunks *a, size_t at_a, const struct chunks *b, size_t at_b) {
  size_t at_i, at_j, i = locate(a, at_a, &at_i), j = locate(b, at_b, &at_j);
  if (a->size - at_a != b->size - at_b)
    return false;
  while (i < a->list.n) {
    const struct chunk *x = &a->list.v[i], *y = &b->list.v[j];
    size_t n = x->n - at_i < y->n - at_j ? x->n - at_i : y->n - at_j;
    if (x->p + at_i != y->p + at_j && memcmp(x->p + at_i, y->p + at_j, n) != 0)
      return false;
    at_i += n;
    at_j += n;
    if (at_i == x->n) {
      i++;
      at_i = 0;
    }
    if (at_j == y->n) {
      j++;
      at_j = 0;
    }
  }
  return true;
}

size_t chunks_line_of(const struct chunks *c, size_t at) {
  size_t line = 0, i = 0;
  for (; i < c->list.n && at >= c->list.v[i].n; i++) {
    at -= c->list.v[i].n;
    line += c->list.v[i].newlines;
  }
  return i < c->list.n ? line + count_newlines(c->list.v[i].p, at) : line;
}

size_t chunks_line_start(const struct chunks *c, size_t line) {
  size_t at = 0;
  if (line == 0)
    return 0;
  for (size_t i = 0; i < c->list.n; i++) {
    const struct chunk *k = &c->list.v[i];
    if (line > k->newlines) {
      line -= k->newlines;
      at += k->n;
      continue;
    }
    const char *p = k->p, *end = k->p + k->n;
    do {
      p = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
    } while (--line);
    return at + (size_t)(p - k->p);
  }
  return c->size;
}

size_t chunks_line_end(const struct chunks *c, size_t at) {
  size_t within, i = locate(c, at, &within);
  at -= within;
  for (; i < c->list.n; i++, within = 0) {
    const struct chunk *k = &c->list.v[i];
    const char *p = k->newlines ? memchr(k->p + within, '\n', k->n - within) : NULL;
    if (p)
      return at + (size_t)(p - k->p);
    at += k->n;
  }
  return c->size;
}

size_t chunks_line_begin(const struct chunks *c, size_t at) {
  size_t within, i = locate(c, at, &within);
  at -= within;
  if (i == c->list.n) {
    if (i == 0)
      return 0;
    within = c->list.v[--i].n;
    at -= within;
  }
  for (;;) {
    const struct chunk *k = &c->list.v[i];
    const char *p = k->newlines ? memrchr(k->p, '\n', within) : NULL;
    if (p)
      return at + (size_t)(p - k->p) + 1;
    if (i == 0)
      return 0;
    within = c->list.v[--i].n;
    at -= within;
  }
}
