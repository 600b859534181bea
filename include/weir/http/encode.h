/*
 * Events to bytes, HTTP/1. Heads are made by http/forward.h or by whoever composes one; this frames bodies.
 */
#ifndef WEIR_HTTP_ENCODE_H
#define WEIR_HTTP_ENCODE_H

#include "weir/base/buf.h"
#include "weir/http/framing.h"

#define HTTP_CHUNK_HEAD_MAX 20

/* "1f40\r\n" for a chunk of n > 0 bytes into out (HTTP_CHUNK_HEAD_MAX); returns its length. After the data: CRLF. */
size_t http_chunk_head(char *out, uint64_t n);
/* "0\r\n", the trailer lines (may be empty), "\r\n". */
void http_chunk_end(struct buf *out, struct slice trailers);

/* A small complete response that weir makes itself. `body` is text of `type`; no body bytes for HEAD (head_only), but
 * its Content-Length stays. Connection: close where asked. */
void http_simple_response(struct buf *out, int status, const char *type, struct slice extra_fields, struct slice body,
                          bool head_only, bool close);
const char *http_reason(int status);                    /* "Not Found"; "" where unknown */
void http_html_escape(struct buf *out, struct slice s); /* & < > " ' and control bytes */

#endif
