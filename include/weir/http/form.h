/*
 * Names and values as queries and forms carry them: "a=1&b=2" (WHATWG URL section 5), and multipart/form-data (RFC 7578).
 * Lenient: what is wrong stands for itself. Slices point into what was given.
 */
#ifndef WEIR_HTTP_FORM_H
#define WEIR_HTTP_FORM_H

#include "weir/base/buf.h"
#include "weir/base/slice.h"

/* The next pair, still encoded; value.p NULL: there was no "=". Empty pairs are passed over. Start with *rest = all. */
bool http_form_next(struct slice *rest, struct slice *name, struct slice *value);
void http_form_decode(struct slice s, struct buf *out); /* appends; "%" without two digits stands for itself */

struct http_part {
  struct slice name, filename, type; /* p NULL: not said */
  struct slice body;
};

/* The next part, found by the first line that begins with "--". Start with *rest = the body and *boundary empty. The last
 * part may be cut. */
bool http_part_next(struct slice *rest, struct slice *boundary, struct http_part *part);

/* "Content-Disposition: form-data; name=\"a\"": the value of a parameter without its quotes; false: there is none. */
bool http_parameter(struct slice value, const char *name, struct slice *found);

#endif
