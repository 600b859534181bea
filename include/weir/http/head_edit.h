/* Changing the fields of a head: lines that are not meant keep their bytes and places. Values are the caller's to check; CR
 * and LF in them become blanks. A head without bytes stays as it is. */
#ifndef WEIR_HTTP_HEAD_EDIT_H
#define WEIR_HTTP_HEAD_EDIT_H

#include "weir/http/head.h"

/* Sets, adds or removes (value NULL) a field in raw head bytes, touching no other line. */
void http_head_set(struct http_head *head, const char *name, const char *value);
/* One more field behind all others; the n-th of that name gets another value. */
void http_head_add(struct http_head *head, const char *name, const char *value);
void http_head_set_nth(struct http_head *head, const char *name, size_t nth, const char *value);
/* A request asks for this instead. */
void http_head_set_target(struct http_head *head, struct slice target);

#endif
