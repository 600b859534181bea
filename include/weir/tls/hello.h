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
  HELLO_HTTP, /* a request line: a token, a space, a target, a space and "HTTP/1." */
  HELLO_OTHER,
};

#define HELLO_HTTP_METHOD_MAX 20   /* a longer first word is no method */
#define HELLO_LINE_MOST       8192 /* of a target and a version; a longer one is HTTP's to judge */
#define HELLO_KIND_MOST       (HELLO_HTTP_METHOD_MAX + HELLO_LINE_MOST)

enum hello_kind hello_kind(struct slice first);

/* HELLO_MORE, and nothing more comes: what would an HTTP client that pauses here have sent? Others wait for an answer to
 * such a word (`ruok`, a key that was pressed), so what is no method is not waited for long. */
enum hello_hope {
  HELLO_UNLIKELY, /* a word that begins no common method */
  HELLO_POSSIBLE, /* the beginning of one, or another word and the beginning of a target */
  HELLO_LIKELY,   /* a common method */
};
enum hello_hope hello_hope(struct slice first);

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
