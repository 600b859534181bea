/* The growable byte buffer. */
#include "weir/base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"

void buf_clear(struct buf *b) {
  free(b->p);
  *b = (struct buf)BUF_INIT;
}

void buf_reset(struct buf *b) {
  b->n = 0;
  if (b->p)
    b->p[0] = 0;
}

/* The byte behind the end is always NUL once there is memory, whoever wrote the bytes before it. */
char *buf_reserve(struct buf *b, size_t more) {
  if (more >= SIZE_MAX / 2 - b->n)
    abort(); /* a size that no memory has: an unchecked length upstream of here */
  size_t need = b->n + more + 1;
  if (need > b->cap) {
    size_t cap = b->cap + b->cap / 2;
    if (cap < need)
      cap = need;
    if (cap < 32)
      cap = 32;
    b->p = mem_grow(b->p, cap);
    b->cap = cap;
  }
  b->p[b->n + more] = 0;
  b->p[b->n] = 0;
  return b->p + b->n;
}

void buf_add(struct buf *b, const void *bytes, size_t n) {
  if (!n)
    return;
  char *room = b->cap - b->n > n ? b->p + b->n : buf_reserve(b, n); /* mostly there is room */
  memcpy(room, bytes, n);
  b->n += n;
  b->p[b->n] = 0;
}

void buf_add_byte(struct buf *b, char c) {
  if (b->cap - b->n < 2)
    buf_reserve(b, 1);
  b->p[b->n++] = c;
  b->p[b->n] = 0;
}

void buf_add_number(struct buf *b, uint64_t n) {
  char digits[20];
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + n % 10);
    n /= 10;
  } while (n);
  buf_add(b, digits + at, sizeof digits - at);
}

void buf_printf(struct buf *b, const char *format, ...) {
  va_list args;
  va_list again;
  va_start(args, format);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, args);
  if (n > 0) {
    char *room = buf_reserve(b, (size_t)n);
    vsnprintf(room, (size_t)n + 1, format, again);
    b->n += (size_t)n;
  }
  va_end(again);
  va_end(args);
}

void buf_insert(struct buf *b, size_t at, const void *bytes, size_t n) {
  if (!n)
    return;
  if (at > b->n)
    at = b->n;
  buf_reserve(b, n);
  memmove(b->p + at + n, b->p + at, b->n - at);
  memcpy(b->p + at, bytes, n);
  b->n += n;
  b->p[b->n] = 0;
}

void buf_remove(struct buf *b, size_t at, size_t n) {
  if (at >= b->n || !n)
    return;
  if (n > b->n - at)
    n = b->n - at;
  memmove(b->p + at, b->p + at + n, b->n - at - n);
  b->n -= n;
  b->p[b->n] = 0;
}

const char *buf_text(const struct buf *b) {
  return b->p ? b->p : "";
}

char *buf_take(struct buf *b) {
  char *p = b->p ? b->p : mem_dup("");
  *b = (struct buf)BUF_INIT;
  return p;
}

void buf_add_base64(struct buf *b, struct slice bytes) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char *to = buf_reserve(b, (bytes.n + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.n; i += 3) {
    uint32_t bits = (uint32_t)(unsigned char)bytes.p[i] << 16;
    bits |= i + 1 < bytes.n ? (uint32_t)(unsigned char)bytes.p[i + 1] << 8 : 0;
    bits |= i + 2 < bytes.n ? (uint32_t)(unsigned char)bytes.p[i + 2] : 0;
    *to++ = letters[bits >> 18];
    *to++ = letters[bits >> 12 & 63];
    *to++ = i + 1 < bytes.n ? letters[bits >> 6 & 63] : '=';
    *to++ = i + 2 < bytes.n ? letters[bits & 63] : '=';
  }
  b->n += (bytes.n + 2) / 3 * 4;
  if (b->p)
    b->p[b->n] = 0;
}
