/*
 * The first bytes of a tunnel: what is it? A ClientHello is read by OpenSSL's own client-hello callback over what was
 * recorded.
 */
#ifndef WEIR_TLS_HELLO_H
#define WEIR_TLS_HELLO_H

#include "weir/base/slice.h"

enum hello_kind {
  HELLO_MORE, /* cannot say yet: more bytes are wanted (never more than HELLO_KIND_MOST) */
  HELLO_TLS,  /* a ClientHello has begun, whole or not */
  HELLO_HTTP, /* a request line has begun: a token, a space, and what a target may begin with */
  HELLO_OTHER,
};

#define HELLO_HTTP_METHOD_MAX 20 /* a longer first word is no method */
#define HELLO_KIND_MOST       (HELLO_HTTP_METHOD_MAX + 8)

enum hello_kind hello_kind(struct slice first);

struct hello {
  char sni[256]; /* host name, valid, in lower case; "" none or not valid */
  bool sni_invalid;
  char alpn[96]; /* offered: "h2, http/1.1"; cut with "..." when there is more */
  bool h2;       /* the client offered h2 */
};

/* Whoever records the first bytes of a tunnel gives up at so many; hello_read() then says HELLO_BROKEN. */
#define HELLO_MOST ((size_t)64 << 10)

enum hello_code { HELLO_PARSED, HELLO_INCOMPLETE, HELLO_BROKEN };

struct hello_reader; /* OpenSSL's setting, made once: it costs more than the reading */
struct hello_reader *hello_reader_new(void);
void hello_reader_free(struct hello_reader *reader);
enum hello_code hello_read(struct hello_reader *reader, struct slice first, struct hello *out);

#endif
