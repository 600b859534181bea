/*
 * What a body is, by its Content-Type and, where that says nothing or lies, by its first bytes.
 */
#ifndef WEIR_BODY_KIND_H
#define WEIR_BODY_KIND_H

#include "weir/base/slice.h"

enum body_kind {
  BODY_EMPTY,
  BODY_TEXT,
  BODY_JSON,
  BODY_NDJSON, /* a JSON value a line */
  BODY_XML,
  BODY_HTML,
  BODY_CSS,
  BODY_JS,
  BODY_FORM,
  BODY_MULTIPART,
  BODY_EVENTS, /* text/event-stream */
  BODY_IMAGE,
  BODY_BINARY
};

enum body_kind body_kind_of(struct slice content_type, struct slice first_bytes);
const char *body_kind_name(enum body_kind kind); /* "json" */
/* The TYPE column: "json" "html" "css" "js" "png" "bin" "-", from the media type; at most 5 letters. */
void body_type_short(struct slice content_type, char out[8]);
bool body_is_asset(struct slice content_type); /* css, javascript, images, fonts (the filter's ~a) */

#endif
