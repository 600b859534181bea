/*
 * A growable byte buffer that owns its bytes. Growth aborts on exhaustion (see mem.h): give a buffer
 * only what has been capped before. Always NUL-terminated beyond `n`, so text may be used as a C string.
 */
#ifndef WEIR_BASE_BUF_H
#define WEIR_BASE_BUF_H

#include "weir/base/slice.h"

struct buf {
  char *p; /* NULL while empty and never grown */
  size_t n;
  size_t cap;
};

#define BUF_INIT                                                                                                       \
  { NULL, 0, 0 }

void buf_clear(struct buf *b);                 /* frees; the buffer is as new */
void buf_reset(struct buf *b);                 /* length 0, keeps the memory */
char *buf_reserve(struct buf *b, size_t more); /* room for `more` bytes after n; pointer to that room */
void buf_add(struct buf *b, const void *bytes, size_t n);
static inline void buf_add_slice(struct buf *b, struct slice s) {
  buf_add(b, s.p, s.n);
}
static inline void buf_add_text(struct buf *b, const char *text) {
  buf_add(b, text, strlen(text));
}
void buf_add_byte(struct buf *b, char c);
void buf_add_number(struct buf *b, uint64_t n); /* in decimal; for hot paths, where a format costs too much */
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_add_base64(struct buf *b, struct slice bytes); /* RFC 4648-4, padded */
/* The bytes that base64 text stands for, read strictly: padded, nothing else in it. False: it is none, nothing is added. */
bool buf_add_from_base64(struct buf *b, struct slice text);
void buf_insert(struct buf *b, size_t at, const void *bytes, size_t n);
void buf_remove(struct buf *b, size_t at, size_t n);
static inline struct slice buf_slice(const struct buf *b) {
  return (struct slice){b->p, b->n};
}
const char *buf_text(const struct buf *b); /* never NULL */
char *buf_take(struct buf *b);             /* gives the bytes away (malloc'ed, NUL-terminated); b is as new */

#endif
