/*
 * llhttp behind a narrow door: the only file that includes it is llhttp_parser.c, since its names (HTTP_REQUEST...)
 * collide with ours. Two uses: a second opinion on field lines, and the decoding of chunked bodies.
 */
#ifndef WEIR_SRC_HTTP_LLHTTP_PARSER_H
#define WEIR_SRC_HTTP_LLHTTP_PARSER_H

#include <stdbool.h>
#include <stddef.h>

#include "weir/base/slice.h"

/* Does llhttp, behind a stand-in first line, take these field lines (the empty line included) to their very end? */
bool llhttp_accepts_fields(bool response, struct slice fields, const char **reason);

#define CHUNK_LINE_MAX      (16 * 1024) /* framing bytes between two pieces of data */
#define CHUNK_EXTENSION_MAX (64 * 1024) /* of all extensions of a message, beyond as many bytes as there is data */

struct chunk_decoder;
struct chunk_decoder *chunk_decoder_new(void);
void chunk_decoder_free(struct chunk_decoder *decoder);
size_t chunk_decoder_cost(const struct chunk_decoder *decoder);

enum chunk_result {
  CHUNK_MORE, /* all bytes were used */
  CHUNK_LAST, /* the size line of the last chunk was read; the trailer section begins at bytes + used */
  CHUNK_BAD,  /* reason says why */
};

struct chunk_piece {
  size_t used;
  char *data; /* the body bytes among those fed, moved together; NULL where there are none */
  size_t n;
  const char *reason;
};

enum chunk_result chunk_decoder_feed(struct chunk_decoder *decoder, char *bytes, size_t n, struct chunk_piece *piece);

#endif
