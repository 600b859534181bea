/*
 * Takes chunked framing off a body (RFC 9112-7.1), up to the size line of the last chunk; the trailer section is read
 * with the rules of heads. Weir's own, since llhttp 8.1 refuses `1;a=b;c=d`, does not bound leading zeros, and gives a
 * chunk at a time. Strict: a size is hexadecimal digits and nothing else, lines end with CR LF, no control bytes
 * and no open quotes in extensions, which are dropped.
 */
#ifndef WEIR_SRC_HTTP_CHUNK_DECODER_H
#define WEIR_SRC_HTTP_CHUNK_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHUNK_LINE_MAX (16 * 1024) /* bytes of one size line */
/* Bytes of all size lines of a message beyond 16 for each byte of data, so that a stream of extensions ends. */
#define CHUNK_OVERHEAD_MAX (64 * 1024)

struct chunk_decoder {
  uint64_t left;     /* in the size line: the size so far; in the data: bytes still to come */
  uint64_t overhead; /* bytes of size lines so far */
  uint64_t total;    /* data bytes so far */
  uint32_t line;     /* bytes of this size line */
  uint8_t state;
};

enum chunk_result {
  CHUNK_MORE, /* all bytes were used */
  CHUNK_LAST, /* the size line of the last chunk was read; the trailer section begins at bytes + used */
  CHUNK_BAD,  /* reason says why; data from before the fault may stand in the piece */
};

struct chunk_piece {
  size_t used;
  char *data; /* the body bytes among those fed, moved together; NULL where there are none */
  size_t n;
  const char *reason;
};

/* A decoder begins zeroed. */
enum chunk_result chunk_decoder_feed(struct chunk_decoder *decoder, char *bytes, size_t n, struct chunk_piece *piece);

#endif
