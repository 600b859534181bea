/*
 * TLS over real sockets for the end-to-end tests: a client through weir's CONNECT, and servers in processes of their
 * own, which can be told to be wrong. Blocking, with the deadlines of net.h.
 */
#ifndef WEIR_TESTS_TLS_DIAL_H
#define WEIR_TESTS_TLS_DIAL_H

#include <openssl/ssl.h>

#include "certs.h"
#include "net.h"

struct dial {
  int fd;
  SSL *ssl;
  bool done;  /* the handshake */
  int reason; /* OpenSSL's, of a handshake that failed; SSL_AD_REASON_OFFSET and more: an alert that came; 0: the end */
  long verify;         /* X509_V_OK, or why the certificate is not trusted */
  char problem[200];   /* the failure in words */
  bool closed, broken; /* while reading: close_notify came; the stream ended without it */
};

struct dial_wish {
  const char *ca;     /* PEM file; NULL: anything is taken */
  const char *verify; /* name or literal that the certificate must have; NULL: none is asked for */
  const char *sni;
  int least, most;           /* versions, 0x0304; 0: OpenSSL's own bounds */
  const char *ciphers;       /* TLS 1.2 and below; "@SECLEVEL=0" allows the old */
  const unsigned char *alpn; /* as SSL_set_alpn_protos wants them */
  size_t alpn_n;
  SSL_SESSION *session;
  size_t piece;   /* the ClientHello goes out in writes of so many bytes; 0: whole */
  size_t records; /* ... and in so many TLS records; 0: one */
};

/* CONNECT HOST:PORT, answered by 200: the bare socket. */
int dial_tunnel(int proxy, const char *host, int port);
/* The handshake on it; false: it failed, and d says why. dial_close() in either case. `wish` may be NULL. */
bool dial_tls(struct dial *d, int fd, const struct dial_wish *wish);
/* Both. */
bool dial_open(struct dial *d, int proxy, const char *host, int port, const struct dial_wish *wish);
void dial_close(struct dial *d); /* with close_notify */
bool dial_send_n(struct dial *d, const void *bytes, size_t n);
bool dial_send(struct dial *d, const char *text);
/* Until `text` is there; false: the end or the deadline came first. */
bool dial_until(struct dial *d, const char *text, char *into, size_t size);
struct net_response dial_response(struct dial *d, bool head_only);
/* GET PATH with "Host: HOST" and its answer. */
struct net_response dial_get(struct dial *d, const char *host, const char *path);
/* The ClientHello that this wish makes, malloc'ed. */
char *dial_hello(const struct dial_wish *wish, size_t *n);

/* ---- servers ---- */

struct origin_count {
  int accepted, shaken, requests, closed; /* connections, handshakes, heads that came, clients that closed well */
};

typedef void origin_fn(int fd, void *arg, struct origin_count *count);

struct origin {
  pid_t pid;
  int port;
  volatile struct origin_count *count; /* shared with the server's processes */
};

/* Every connection is served by a process of its own, which ends with serve(). */
struct origin origin_start(origin_fn *serve, void *arg);
void origin_stop(struct origin *o);
bool origin_wait(const volatile int *count, int least); /* false after the deadline */

/* How a TLS server answers. */
struct origin_tls {
  const char *pem;       /* certificate, chain and key */
  const char *client_ca; /* demanded; NULL: none */
  int least, most;       /* versions */
  const char *answer;    /* after a request's head; "%s" in it is the server name asked for; NULL: 200 with that name */
  const char *greeting;  /* said first */
  bool echo;             /* then everything that comes goes back */
  bool cut;              /* then the connection ends without close_notify */
};
origin_fn origin_tls; /* arg: struct origin_tls */

#endif
