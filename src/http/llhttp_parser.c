#include "http/llhttp_parser.h"

#include <llhttp.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"

/* --- second opinion on field lines --- */

static int skip_body(llhttp_t *parser) {
  (void)parser;
  return 1;
}

static int stop(llhttp_t *parser) {
  (void)parser;
  return HPE_PAUSED;
}

static const llhttp_settings_t head_settings = {.on_headers_complete = skip_body, .on_message_complete = stop};

bool llhttp_accepts_fields(bool response, struct slice fields, const char **reason) {
  struct slice line = response ? SLICE("HTTP/1.1 200 OK\r\n") : SLICE("POST / HTTP/1.1\r\n");
  llhttp_t parser;
  llhttp_init(&parser, response ? HTTP_RESPONSE : HTTP_REQUEST, &head_settings);
  llhttp_errno_t result = llhttp_execute(&parser, line.p, line.n);
  if (result == HPE_OK) {
    result = llhttp_execute(&parser, fields.p, fields.n);
  }
  if (result == HPE_PAUSED && llhttp_get_error_pos(&parser) == fields.p + fields.n) {
    return true;
  }
  *reason =
      result == HPE_PAUSED || result == HPE_OK ? "the head ends at an odd place" : llhttp_get_error_reason(&parser);
  return false;
}

/* --- chunked bodies --- */

struct chunk_decoder {
  llhttp_t parser;
  char *bytes;      /* during a feed: what was fed */
  const char *from; /* during a feed: where the present run of framing bytes began */
  char *data;       /* during a feed: body bytes so far */
  size_t n;
  const char *refusal; /* our own reason, where it was not llhttp that refused */
  uint64_t total;      /* body bytes so far */
  uint64_t extensions; /* extension bytes so far */
  uint32_t line;       /* framing bytes since the last body byte, up to `from` */
  bool behind_data;    /* the CRLF behind chunk data is due */
  bool last;
};

static struct chunk_decoder *decoder_of(llhttp_t *parser) {
  return parser->data;
}

static int refuse(struct chunk_decoder *d, const char *reason) {
  d->refusal = reason;
  return HPE_USER;
}

static int end_framing_run(struct chunk_decoder *d, const char *at) {
  size_t n = (size_t)(at - d->from);
  if (n > CHUNK_LINE_MAX || d->line + n > CHUNK_LINE_MAX) {
    return refuse(d, "a chunk size line that is too long");
  }
  d->line += (uint32_t)n;
  d->from = at;
  return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t n) {
  struct chunk_decoder *d = decoder_of(parser);
  if (end_framing_run(d, at) != 0) {
    return HPE_USER;
  }
  char *here = d->bytes + (at - d->bytes);
  if (d->data == NULL) {
    d->data = here;
  } else if (d->data + d->n != here) {
    memmove(d->data + d->n, here, n);
  }
  d->n += n;
  d->total += n;
  d->from = at + n;
  d->line = 0;
  d->behind_data = true;
  return 0;
}

static int on_extension(llhttp_t *parser, const char *at, size_t n) {
  (void)at;
  struct chunk_decoder *d = decoder_of(parser);
  d->extensions += n;
  return d->extensions > CHUNK_EXTENSION_MAX + d->total ? refuse(d, "more chunk extensions than data") : 0;
}

static int on_chunk_header(llhttp_t *parser) {
  struct chunk_decoder *d = decoder_of(parser);
  d->behind_data = false;
  d->last = parser->content_length == 0;
  return d->last ? HPE_PAUSED : 0; /* weir reads the trailer section itself */
}

static int on_chunk_complete(llhttp_t *parser) {
  decoder_of(parser)->behind_data = false;
  return 0;
}

static const llhttp_settings_t chunk_settings = {
    .on_body = on_body,
    .on_chunk_header = on_chunk_header,
    .on_chunk_extension_name = on_extension,
    .on_chunk_extension_value = on_extension,
    .on_chunk_complete = on_chunk_complete,
};

struct chunk_decoder *chunk_decoder_new(void) {
  static const char head[] = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  struct chunk_decoder *d = mem_zero(1, sizeof(*d));
  llhttp_init(&d->parser, HTTP_REQUEST, &chunk_settings);
  d->parser.data = d;
  llhttp_execute(&d->parser, head, sizeof(head) - 1);
  return d;
}

void chunk_decoder_free(struct chunk_decoder *decoder) {
  free(decoder);
}

size_t chunk_decoder_cost(const struct chunk_decoder *decoder) {
  return mem_cost(decoder);
}

static const char *why_refused(const struct chunk_decoder *d, llhttp_errno_t result) {
  if (d->refusal != NULL) {
    return d->refusal;
  }
  if (d->behind_data) {
    return "chunk data that is not as long as its size says";
  }
  if (result == HPE_INVALID_CHUNK_SIZE) {
    return "a chunk size that is not a plain hexadecimal number";
  }
  return "a chunk size line with bytes that may not stand there";
}

enum chunk_result chunk_decoder_feed(struct chunk_decoder *d, char *bytes, size_t n, struct chunk_piece *piece) {
  d->bytes = bytes;
  d->from = bytes;
  d->data = NULL;
  d->n = 0;
  llhttp_errno_t result = llhttp_execute(&d->parser, bytes, n);
  const char *end = d->last && result == HPE_PAUSED ? llhttp_get_error_pos(&d->parser) : bytes + n;
  *piece = (struct chunk_piece){(size_t)(end - bytes), d->data, d->n, NULL};
  if (result != HPE_OK && !(d->last && result == HPE_PAUSED)) {
    piece->reason = why_refused(d, result);
    return CHUNK_BAD;
  }
  if (d->from < end && end_framing_run(d, end) != 0) {
    piece->reason = d->refusal;
    return CHUNK_BAD;
  }
  return d->last ? CHUNK_LAST : CHUNK_MORE;
}
