/*
 * One field line, checked byte by byte (RFC 9112-5). What is refused here is what parsers disagree about: folded
 * lines, space before the colon, bare CR and LF, NUL.
 */
#ifndef WEIR_SRC_HTTP_FIELD_LINE_H
#define WEIR_SRC_HTTP_FIELD_LINE_H

#include "weir/http/head.h"

/* Reads the line at `at` of `raw` (raw.p[at] is not the CR of the empty line); fills *field. */
bool field_line_read(enum http_role role, struct slice raw, size_t at, struct http_field *field,
                     struct http_fault *fault);

/* Checks a trailer section: lines each with CRLF, no empty line; no field that would change framing or routing. */
bool field_lines_check_trailers(enum http_role role, struct slice raw, struct http_fault *fault);

#endif
