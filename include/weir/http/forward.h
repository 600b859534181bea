/*
 * What a proxy changes in a head on its way (RFC 9110-7.6, 9112-3.2): nothing but the start line's form, the
 * hop-by-hop fields, Max-Forwards, and Host where the target says otherwise. All other field lines pass byte for byte, in order.
 *
 * Removed: Connection and what it names, Proxy-Connection, Keep-Alive, Proxy-Authorization, TE (a `TE: trailers` of
 * our own goes on when the peer said so), Upgrade unless carried on, and Transfer-Encoding / Content-Length only where
 * the framing changes. Names that may never be removed by Connection: Host, Content-Length, Transfer-Encoding,
 * Content-Type... are refused or kept, so that framing cannot be attacked (RFC 9110-7.6.1).
 */
#ifndef WEIR_HTTP_FORWARD_H
#define WEIR_HTTP_FORWARD_H

#include "weir/http/framing.h"
#include "weir/http/head.h"
#include "weir/http/url.h"

struct http_forward {
  const struct url *url;           /* request: where it goes; NULL: its target and Host stand as they are (CONNECT) */
  bool to_proxy;                   /* request: keep absolute-form (an upstream proxy); else origin-form */
  bool keep_host;                  /* request: send Host as it stands (edited by a person), never replaced */
  bool keep_upgrade;               /* Upgrade and its Connection token are carried on */
  bool close;                      /* add Connection: close */
  const char *via;                 /* NULL: add nothing. Else Via at the end, and Date to a response without one */
  const char *proxy_authorization; /* request: the value that this proxy itself has for the next one; NULL: none */
  const char *loop_token;          /* request: stands in our Via as a comment; may be NULL */
  int client_minor;                /* response: HTTP/1.minor of the client */
  struct http_framing framing;     /* how the body will be framed on the way out */
  bool reframe; /* framing differs from what the head says: a line that does not already say so is made anew */
};

void http_forward_request(struct buf *out, const struct http_head *head, const struct http_forward *how);
/* `how->framing` is what goes to the client: chunked becomes close for an HTTP/1.0 client. */
void http_forward_response(struct buf *out, const struct http_head *head, const struct http_forward *how);

/* Puts into a head that a person wrote what forwarding with `reframe` makes of its Content-Length and Transfer-Encoding,
 * so that the record says what goes out. */
void http_head_frame(struct http_head *head, const struct http_framing *framing);

/* How often an OPTIONS or TRACE may still be forwarded (RFC 9110-7.6.2), at most 1,000; -1: nothing limits it. Forwarding
 * counts it down; a 0 is not to be forwarded at all, unless a person wants it so. */
int http_max_forwards(const struct http_head *head);

/* Does a Via of this head carry our loop token: has the message been here before? */
bool http_via_has(const struct http_head *head, const char *loop_token);

/* May the connection be used again after this message (RFC 9112-9.3), as far as its sender says? */
bool http_keeps_alive(const struct http_head *head);
bool http_is_idempotent(struct slice method); /* RFC 9110-9.2.2 */
bool http_expects_continue(const struct http_head *head);
/* Upgrade asked for: Connection names it and there is an Upgrade field that may be passed on (not h2c). */
bool http_wants_upgrade(const struct http_head *head);
/* Does a 101 accept a protocol that the request offered (RFC 9110-7.8)? */
bool http_upgrade_matches(const struct http_head *request, const struct http_head *response);

#endif
