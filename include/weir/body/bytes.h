/*
 * Bytes of a body at any offset: they need not lie together, and more may come. The blocks of a record are such bytes,
 * and so is what comes out of a decoder. Whoever needs them side by side takes a window.
 */
#ifndef WEIR_BODY_BYTES_H
#define WEIR_BODY_BYTES_H

#include "weir/base/buf.h"
#include "weir/base/slice.h"

struct body_bytes {
  void *arg;
  /* The longest run from `offset` on that lies together; empty at the end of what is there. Good until the next call. */
  struct slice (*at)(void *arg, uint64_t offset);
  /* How many there are now. *ended: no more will come. */
  uint64_t (*size)(void *arg, bool *ended);
};

/* All of it is there and lies together; *s stays where it is as long as it is used. */
struct body_bytes body_bytes_of(struct slice *s);

/* A window of `least` bytes from `from` on, or of what is there when that is less; longer where it costs nothing. Copied
 * to *side where the bytes do not lie together: good until the next call with the same bytes or the same side. */
struct slice body_bytes_window(const struct body_bytes *b, uint64_t from, size_t least, struct buf *side);

#endif
