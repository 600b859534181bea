/*
 * What a SOCKS5 client says before it may speak to its server, read without any I/O (RFC 1928, RFC 1929): greeting, user
 * and password where they are asked for, request. Only CONNECT is served. Bytes come in any portions; what is kept of
 * them is bounded by the longest message there is.
 */
#ifndef WEIR_IO_SOCKS_SERVER_H
#define WEIR_IO_SOCKS_SERVER_H

#include "weir/base/err.h"
#include "weir/base/slice.h"
#include "weir/io/address.h"

#define SOCKS_MOST      (3 + 255 + 255) /* user and password, the longest message */
#define SOCKS_REPLY_MAX (4 + 16 + 2)

enum socks_reply {
  SOCKS_SUCCEEDED = 0,
  SOCKS_FAILED = 1,
  SOCKS_NOT_ALLOWED = 2,
  SOCKS_NET_UNREACHABLE = 3,
  SOCKS_HOST_UNREACHABLE = 4,
  SOCKS_REFUSED = 5,
  SOCKS_NO_COMMAND = 7,
  SOCKS_NO_ADDRESS_TYPE = 8,
};

enum socks_step {
  SOCKS_MORE,    /* more bytes are wanted; send `answer` first */
  SOCKS_CONNECT, /* host and port are known: socks_reply_put() answers once the server is there, or is not */
  SOCKS_BAD,     /* send `answer`, then close; `err` says why */
};

enum socks_part { SOCKS_GREETING, SOCKS_PASSWORD, SOCKS_REQUEST, SOCKS_OVER };

struct socks_server {
  const char *user, *password; /* NULL: nobody is asked. Not owned */
  enum socks_part part;
  bool denied;    /* SOCKS_BAD: for want of the right user and password */
  bool too_old;   /* SOCKS4: its refusal looks different */
  char host[256]; /* a name as it was sent, or an address as text */
  uint16_t port;
  unsigned char answer[SOCKS_REPLY_MAX];
  size_t answer_n;
  struct err err;
  /* its own */
  unsigned char message[SOCKS_MOST];
  size_t have;
};

/* Zero-initialise, set user and password. Takes what it needs of `bytes` and says how much in *used: what stands behind
 * the request is not touched. Call again while it says SOCKS_MORE and there is more. */
enum socks_step socks_feed(struct socks_server *s, struct slice bytes, size_t *used);
/* The reply to the request; `bound`: our address towards the server, family 0: none. */
size_t socks_reply_put(unsigned char out[SOCKS_REPLY_MAX], enum socks_reply reply, const struct address *bound);

#endif
