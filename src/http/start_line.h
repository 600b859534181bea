/*
 * The first line of a message, read by weir itself: llhttp knows only its own list of methods and refuses bytes
 * above 0x7f in a target, which clients do send.
 */
#ifndef WEIR_SRC_HTTP_START_LINE_H
#define WEIR_SRC_HTTP_START_LINE_H

#include "weir/http/head.h"

#define START_LINE_MAX (64 * 1024) /* RFC 9112-3 wants 8,000 supported */
#define METHOD_MAX     128

/* Reads `line` (without CRLF, beginning at offset 0 of the head) and fills method_n, target, target_n, status, minor.
 */
bool start_line_read(enum http_role role, struct slice line, struct http_head *head, struct http_fault *fault);

/* May these first bytes still become a start line? Tells TLS and other protocols from HTTP at the first byte. */
bool start_line_begins(enum http_role role, struct slice bytes, struct http_fault *fault);

#endif
