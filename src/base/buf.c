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

static unsigned sextet(char c) {
  return c >= 'A' && c <= 'Z'   ? (unsigned)(c - 'A')
         : c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 26
         : c >= '0' && c <= '9' ? (unsigned)(c - '0') + 52
         : c == '+'             ? 62
         : c == '/'             ? 63
                                : 64;
}

bool buf_add_from_base64(struct buf *b, struct slice text) {
  if (text.n % 4)
    return false;
  size_t pads = text.n && text.p[text.n - 1] == '=' ? text.p[text.n - 2] == '=' ? 2 : 1 : 0;
  char *to = buf_reserve(b, text.n / 4 * 3), *from = to;
  uint32_t bits = 0;
  for (size_t i = 0; i < text.n; i++) {
    bool pad = i + pads >= text.n;
    unsigned six = pad ? 0 : sextet(text.p[i]);
    if (six > 63)
      return false;
    bits = bits << 6 | six;
    if (i % 4 == 3) {
      *to++ = (char)(bits >> 16);
      *to++ = (char)(bits >> 8);
      *to++ = (char)bits;
    }
  }
  /* What the last letter has beyond the last byte is nothing, so that each run of bytes has one text only. */
  if ((pads == 1 && (bits & 0xff)) || (pads == 2 && (bits & 0xffff)))
    return false;
  b->n += (size_t)(to - from) - pads;
  if (b->p)
    b->p[b->n] = 0;
  return true;
}
