#include "http/chunk_decoder.h"

#include <string.h>

#include "http/grammar.h"

enum chunk_state {
  CHUNK_SIZE_FIRST, /* at least one digit is due */
  CHUNK_SIZE,
  CHUNK_EXTENSION_FIRST,
  CHUNK_EXTENSION,
  CHUNK_QUOTED, /* in a quoted string of an extension */
  CHUNK_ESCAPED,
  CHUNK_SIZE_LF,
  CHUNK_DATA,
  CHUNK_DATA_CR,
  CHUNK_DATA_LF,
};

static unsigned hex_value(char c) {
  return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

static const char *in_size(struct chunk_decoder *d, char c) {
  if (grammar_is(c, GRAMMAR_HEX)) {
    if (d->left > INT64_MAX >> 4)
      return "a chunk size that is far too large";
    d->left = d->left << 4 | hex_value(c);
    d->state = CHUNK_SIZE;
    return NULL;
  }
  if (d->state == CHUNK_SIZE && c == ';') {
    d->state = CHUNK_EXTENSION_FIRST;
    return NULL;
  }
  if (d->state == CHUNK_SIZE && c == '\r') {
    d->state = CHUNK_SIZE_LF;
    return NULL;
  }
  return "a chunk size that is not a plain hexadecimal number";
}

static const char *in_extension(struct chunk_decoder *d, char c) {
  if (c == '\r' && d->state == CHUNK_EXTENSION) {
    d->state = CHUNK_SIZE_LF;
    return NULL;
  }
  if (!grammar_is(c, GRAMMAR_VALUE))
    return "a chunk extension that is not finished, or a control byte in it";
  switch (d->state) {
  case CHUNK_ESCAPED:
    d->state = CHUNK_QUOTED;
    break;
  case CHUNK_QUOTED:
    d->state = c == '\\' ? CHUNK_ESCAPED : c == '"' ? CHUNK_EXTENSION : CHUNK_QUOTED;
    break;
  default:
    d->state = c == '"' ? CHUNK_QUOTED : CHUNK_EXTENSION;
    break;
  }
  return NULL;
}

/* One byte of framing; returns the reason for refusing it, or NULL. */
static const char *take_byte(struct chunk_decoder *d, char c) {
  if (d->state <= CHUNK_SIZE_LF) {
    d->overhead++;
    if (++d->line > CHUNK_LINE_MAX)
      return "a chunk size line that is too long";
    if (d->overhead > CHUNK_OVERHEAD_MAX + 16 * d->total)
      return "more chunk extensions than a body needs";
  }
  switch (d->state) {
  case CHUNK_SIZE_FIRST:
  case CHUNK_SIZE:
    return in_size(d, c);
  case CHUNK_SIZE_LF:
    d->state = CHUNK_DATA;
    d->line = 0;
    return c == '\n' ? NULL : "a chunk size line that does not end with CR LF";
  case CHUNK_DATA_CR:
    d->state = CHUNK_DATA_LF;
    return c == '\r' ? NULL : "chunk data that is not as long as its size says";
  case CHUNK_DATA_LF:
    d->state = CHUNK_SIZE_FIRST;
    return c == '\n' ? NULL : "chunk data that is not as long as its size says";
  default:
    return in_extension(d, c);
  }
}

static size_t take_data(struct chunk_decoder *d, char *bytes, size_t n, struct chunk_piece *piece) {
  if (n > d->left)
    n = (size_t)d->left;
  if (piece->data == NULL)
    piece->data = bytes;
  else
    memmove(piece->data + piece->n, bytes, n);
  piece->n += n;
  d->left -= n;
  d->total += n;
  if (d->left == 0)
    d->state = CHUNK_DATA_CR;
  return n;
}

enum chunk_result chunk_decoder_feed(struct chunk_decoder *d, char *bytes, size_t n, struct chunk_piece *piece) {
  *piece = (struct chunk_piece){0};
  while (piece->used < n) {
    if (d->state == CHUNK_DATA) {
      piece->used += take_data(d, bytes + piece->used, n - piece->used, piece);
      continue;
    }
    piece->reason = take_byte(d, bytes[piece->used]);
    if (piece->reason != NULL)
      return CHUNK_BAD;
    piece->used++;
    if (d->state == CHUNK_DATA && d->left == 0)
      return CHUNK_LAST;
  }
  return CHUNK_MORE;
}
