/*
 * The PROXY protocol (HAProxy's proxy-protocol.txt, versions 1 and 2): a relay in front of us says first whose connection
 * it passes on. Read strictly and without any I/O: what is not exactly such a header is refused.
 */
#ifndef WEIR_IO_PROXY_HEADER_H
#define WEIR_IO_PROXY_HEADER_H

#include "weir/base/err.h"
#include "weir/io/address.h"

#define PROXY_HEADER_LINE_MOST 107  /* version 1, its CRLF included */
#define PROXY_HEADER_MOST      4096 /* version 2; a longer one is refused */

enum proxy_header_code { PROXY_HEADER_MORE, PROXY_HEADER_READ, PROXY_HEADER_BAD };

/* `first`: all that has come so far. READ: *used bytes are the header; *client is whose connection it is, family 0: the
 * relay's own, or not told. What one byte more could not mend is bad at once. */
enum proxy_header_code proxy_header_read(struct slice first, size_t *used, struct address *client, struct err *err);

#endif
