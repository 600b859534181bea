/*
 * JSON Web Tokens (RFC 7519), read but never checked: header and payload as JSON in colours, times in words beside them.
 */
#ifndef WEIR_BODY_JWT_H
#define WEIR_BODY_JWT_H

#include "weir/body/lines.h"

#define JWT_MAX (64u * 1024) /* a longer token is not taken for one */

/* The first token in s, signed (three parts) or encrypted (five). */
bool jwt_find(struct slice s, struct slice *token);

/* Its parts a line at a time; now_s: seconds since 1970. The line is good during the call. */
typedef void jwt_line_fn(void *arg, const struct body_line *line);
void jwt_read(struct slice token, int64_t now_s, jwt_line_fn *put, void *arg);

#endif
