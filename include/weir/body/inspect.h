/* What the bytes at one place may mean: numbers of each size in either order, text. */
#ifndef WEIR_BODY_INSPECT_H
#define WEIR_BODY_INSPECT_H

#include "weir/base/buf.h"

#define BODY_INSPECT 8 /* bytes that it looks at for numbers */

/* Appends "u8 102  i16be 26228  u32be 0x66747970  f32 2.885e+23  ..." for what the bytes are enough for: ASCII, whole items
 * of `room` bytes together, those that have no room left out. */
void body_inspect(struct slice bytes, bool little, size_t room, struct buf *out);

#endif
