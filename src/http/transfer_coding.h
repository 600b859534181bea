/*
 * The value of Transfer-Encoding, read without any leniency, since every doubt about it is a way to smuggle a request
 * past somebody (RFC 9112-6.1, 6.3, 11.2).
 */
#ifndef WEIR_SRC_HTTP_TRANSFER_CODING_H
#define WEIR_SRC_HTTP_TRANSFER_CODING_H

#include "weir/http/head.h"

struct transfer_coding {
  bool chunked; /* the last coding is chunked */
  bool others;  /* there are codings before (or instead of) chunked */
};

/* Refuses empty list members, parameters, unknown codings, and chunked anywhere but once and last. A value that does
 * not end with chunked is read; whether it may stand is the caller's question. `at`: where the value begins in the
 * head. */
bool transfer_coding_read(enum http_role role, struct slice value, size_t at, struct transfer_coding *coding,
                          struct http_fault *fault);

#endif
