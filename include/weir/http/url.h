/*
 * Targets and authorities (RFC 3986, RFC 9112-3.2), strictly: what is ambiguous is refused. Slices point into
 * the input. Path and query are never decoded or changed.
 */
#ifndef WEIR_HTTP_URL_H
#define WEIR_HTTP_URL_H

#include "weir/base/buf.h"
#include "weir/base/err.h"
#include "weir/base/slice.h"

struct url {
  struct slice scheme;    /* as written; "" where there is none */
  struct slice userinfo;  /* what stood before '@'; has_userinfo tells "" from none */
  struct slice host;      /* as written, without the brackets of an IPv6 literal */
  struct slice authority; /* host and port as written, brackets in, userinfo out */
  struct slice target;    /* path and query as written; may be empty; begins with '/' or '?' otherwise */
  uint16_t port;          /* given, or the scheme's default; 0 where there is neither */
  bool has_port;
  bool has_userinfo;
  bool ipv6;
};

/* "http://host[:port]/path?query". Refuses: no or empty host, a fragment, control bytes, space, a bad port,
 * an unclosed '[', two '@', a backslash in the authority. Any scheme is parsed; the caller says what it serves. */
bool url_parse(struct slice text, struct url *url, struct err *err);

/* "host:port", the port obligatory: CONNECT (RFC 9112-3.2.3). */
bool url_parse_authority(struct slice text, struct url *url, struct err *err);

/* A Host field value: "host[:port]" (RFC 9110-7.2). The empty value is valid only where allow_empty. */
bool url_parse_host(struct slice text, bool allow_empty, struct url *url, struct err *err);

bool url_scheme_is(const struct url *url, const char *scheme); /* without ASCII case */
uint16_t url_default_port(struct slice scheme);                /* http ws 80, https wss 443; else 0 */

/* Appends "host" or "host:port" (brackets for IPv6), the port left out where it is the default for `scheme`. */
void url_put_authority(struct buf *out, struct slice host, uint16_t port, const char *scheme);

/* Appends s with %41 as "A"; what is no such escape stays as it is. plus: "+" is a blank, as in a form (URL Standard,
 * application/x-www-form-urlencoded). */
void url_decode(struct slice s, bool plus, struct buf *out);

/* Would ".." in this path (what follows '?' is not looked at) lead above where it begins, for a server that reads it in
 * any of the ways that servers are known to: %2e as a dot, %2f, '\\' and %5c as a slash, "..;x" as ".."? */
bool url_climbs(struct slice path);

#endif
