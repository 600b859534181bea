/*
 * Cookies as both sides write them (RFC 6265 and its successor draft, "6265bis"), read the way browsers read them:
 * leniently, nothing is refused. Slices point into the field's value.
 */
#ifndef WEIR_HTTP_COOKIE_H
#define WEIR_HTTP_COOKIE_H

#include "weir/base/slice.h"

/* Walks the value of a Cookie field: "a=1; b=2". Start with *rest = value; false at the end. A cookie without "=" is a
 * value without a name. */
bool http_cookie_next(struct slice *rest, struct slice *name, struct slice *value);

struct http_set_cookie {
  struct slice name, value;
  struct slice domain, path, expires, max_age, same_site, priority; /* p NULL: not there */
  bool secure, http_only, partitioned;
  struct slice unknown; /* the first attribute that is none of these; p NULL: none */
};

void http_set_cookie_read(struct slice s, struct http_set_cookie *cookie); /* s: the field's value */

#endif
