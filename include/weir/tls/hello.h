/*
 * The first bytes of a tunnel: what is it? A ClientHello is read by OpenSSL's own client-hello callback over what was
 * recorded.
 */
#ifndef WEIR_TLS_HELLO_H
#define WEIR_TLS_HELLO_H

#include "weir/base/slice.h"

enum hello_kind {
  HELLO_MORE, /* cannot say yet: more bytes are wanted */
  HELLO_TLS,  /* a ClientHello has begun, whole or not */
  HELLO_HTTP, /* a request line has begun: a token and a space */
  HELLO_OTHER,
};

#define HELLO_HTTP_METHOD_MAX 20 /* a longer first word is no method */

enum hello_kind hello_kind(struct slice first);

struct hello {
  char sni[256]; /* validated host name; "" none or not valid */
  bool sni_invalid;
  char alpn[96]; /* offered: "h2, http/1.1" */
  bool h2;       /* the client offered h2 */
};

enum hello_code { HELLO_PARSED, HELLO_INCOMPLETE, HELLO_BROKEN };
enum hello_code hello_read(struct slice first, struct hello *out);

#endif
