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

void chunks_init(struct chunks *c, struct slice text) {
  *c = (struct chunks){.size = text.n};
  for (size_t at = 0; at < text.n; at += CHUNK_BYTES) {
    uint32_t n = (uint32_t)(text.n - at < CHUNK_BYTES ? text.n - at : CHUNK_BYTES);
    /* cap 0 promises that these bytes are never written to */
    struct chunk k = {.p = (char *)(uintptr_t)(text.p + at), .n = n, .newlines = count_newlines(text.p + at, n)};
    VEC_PUSH(&c->list, k);
    c->newlines += k.newlines;
  }
}

static void chunk_drop(struct chunk *k) {
  if (k->cap) {
    free(k->p);
  }
}

void chunks_clear(struct chunks *c) {
  for (size_t i = 0; i < c->list.n; i++) {
    chunk_drop(&c->list.v[i]);
  }
  VEC_CLEAR(&c->list);
  *c = (struct chunks){0};
}

/* Index of the chunk that holds the byte at `at` (list.n at the end) and the offset within it. */
static size_t locate(const struct chunks *c, size_t at, size_t *within) {
  size_t i = 0;
  while (i < c->list.n && at >= c->list.v[i].n) {
    at -= c->list.v[i++].n;
  }
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
  if (k->cap >= cap) {
    return;
  }
  if (k->cap == 0) {
    char *p = mem_alloc(cap);
    memcpy(p, k->p, k->n);
    c->touched += k->n;
    k->p = p;
  } else {
    k->p = mem_grow(k->p, cap);
  }
  k->cap = (uint32_t)cap;
}

static void make_room(struct chunks *c, size_t i, size_t count) {
  size_t n = c->list.n + count;
  if (n > c->list.cap) {
    c->list.cap = n + n / 2;
    c->list.v = mem_grow(c->list.v, c->list.cap * sizeof *c->list.v);
  }
  if (c->list.n > i) {
    memmove(c->list.v + i + count, c->list.v + i, (c->list.n - i) * sizeof *c->list.v);
  }
  c->list.n = n;
}

/* Makes `at` a border between chunks; index of the chunk that begins there. */
static size_t split(struct chunks *c, size_t at) {
  size_t within, i = locate(c, at, &within);
  if (within == 0) {
    return i;
  }
  make_room(c, i + 1, 1);
  struct chunk *k = &c->list.v[i], *tail = k + 1;
  *tail = (struct chunk){.p = k->p + within, .n = k->n - (uint32_t)within};
  if (k->cap) {
    tail->p = mem_dup_n(k->p + within, tail->n);
    tail->cap = tail->n;
    c->touched += tail->n;
  }
  k->n = (uint32_t)within;
  tail->newlines = count_newlines(tail->p, tail->n);
  k->newlines -= tail->newlines;
  return i + 1;
}

static void drop_range(struct chunks *c, size_t i, size_t count) {
  if (count == 0) {
    return;
  }
  for (size_t k = i; k < i + count; k++) {
    chunk_drop(&c->list.v[k]);
  }
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
    for (size_t j = from; j < to; j++) {
      c->newlines -= c->list.v[j].newlines;
    }
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
    own(c, k, need <= k->cap ? need : need + 512);
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
      c->list.v[i + k] = (struct chunk){.p = mem_dup_n(part.p, part.n),
                                        .n = (uint32_t)part.n,
                                        .cap = (uint32_t)part.n,
                                        .newlines = count_newlines(part.p, part.n)};
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
  if (removed) {
    remove_bytes(c, at, removed);
  }
  if (inserted.n) {
    insert_bytes(c, at, inserted);
  }
  join_crumbs(c, at);
}

struct slice chunks_at(const struct chunks *c, size_t at) {
  size_t within, i = locate(c, at, &within);
  if (i == c->list.n) {
    return (struct slice){NULL, 0};
  }
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
  if (out->p) {
    out->p[out->n] = '\0';
  }
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
  if (line == 0) {
    return 0;
  }
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
    if (p) {
      return at + (size_t)(p - k->p);
    }
    at += k->n;
  }
  return c->size;
}

size_t chunks_line_begin(const struct chunks *c, size_t at) {
  size_t within, i = locate(c, at, &within);
  at -= within;
  if (i == c->list.n) {
    if (i == 0) {
      return 0;
    }
    within = c->list.v[--i].n;
    at -= within;
  }
  for (;;) {
    const struct chunk *k = &c->list.v[i];
    const char *p = k->newlines ? memrchr(k->p, '\n', within) : NULL;
    if (p) {
      return at + (size_t)(p - k->p) + 1;
    }
    if (i == 0) {
      return 0;
    }
    within = c->list.v[--i].n;
    at -= within;
  }
}
