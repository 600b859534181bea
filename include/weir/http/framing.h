/*
 * How the body of a message is delimited (RFC 9112-6.3), decided once from the head and its circumstances.
 */
#ifndef WEIR_HTTP_FRAMING_H
#define WEIR_HTTP_FRAMING_H

#include "weir/http/head.h"

enum http_body_kind {
  HTTP_BODY_NONE,
  HTTP_BODY_LENGTH,  /* Content-Length bytes */
  HTTP_BODY_CHUNKED, /* Transfer-Encoding whose last coding is chunked */
  HTTP_BODY_CLOSE,   /* response only: until the connection ends */
};

struct http_framing {
  enum http_body_kind kind;
  uint64_t length; /* HTTP_BODY_LENGTH only */
};

/* The head must have passed http_head_parse(), so that this cannot fail. */
struct http_framing http_request_framing(const struct http_head *head);
/* no_body: the request was HEAD (CONNECT with 2xx is the caller's business: nothing after it is HTTP). */
struct http_framing http_response_framing(const struct http_head *head, bool request_was_head);

/* Does a body follow at all? Without asking how it is framed. */
bool http_response_has_body(const struct http_head *head, bool request_was_head);

/* Is the body coded beside being chunked (Transfer-Encoding: gzip, chunked)? Such a body passes whole or not at all:
 * its framing cannot be changed, and a client that speaks HTTP/1.0 gets an error in its place (RFC 9112-6.1). */
bool http_transfer_coded(const struct http_head *head);

#endif
