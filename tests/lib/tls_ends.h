/*
 * Both ends of a TLS connection over a stream in memory: weir's own streams, or OpenSSL by itself, which can be told to
 * be wrong. Include after cmocka.h.
 */
#ifndef WEIR_TESTS_TLS_ENDS_H
#define WEIR_TESTS_TLS_ENDS_H

#include <openssl/ssl.h>

#include "certs.h"
#include "memory_stream.h"
#include "weir/base/buf.h"
#include "weir/io/secure.h"
#include "weir/tls/stream.h"

/* A person's folder, an authority in it, and the settings. */
struct tls_home {
  char folder[256], ca[300];
  struct loop *loop;
  struct authority *authority;
  struct tls *tls;
};

void tls_home_open(struct tls_home *h, const struct tls_options *options); /* upstream_ca NULL: its own authority */
void tls_home_close(struct tls_home *h);
char *tls_home_path(const struct tls_home *h, const char *name); /* malloc'ed */

/* A user of one of weir's TLS streams. */
struct tls_end {
  struct stream *stream;
  unsigned wants;
  int done_calls, ready_calls;
  enum tls_problem problem;
  int alert;
  char text[512], cure[400];
  struct buf got, to_send;
  bool eof, error, hold; /* hold: told, but reads nothing */
  int error_number;
  bool free_in_done, free_in_ready;
};

tls_done_fn tls_end_done;                                      /* arg: the end */
void tls_end_attach(struct tls_end *e, struct stream *stream); /* as its user, wanting to read */
void tls_end_say(struct tls_end *e, const void *bytes, size_t n);
void tls_end_close(struct tls_end *e); /* frees the stream and what was gathered */
struct secure_facts *tls_end_facts(const struct tls_end *e);

/* OpenSSL at the other end. */
struct tls_peer {
  struct stream *stream;
  SSL *ssl;
  BIO *in, *out;
  struct buf got;
  bool hold;                        /* takes and sends nothing by itself */
  bool done, failed, closed, ended; /* closed: close_notify came; ended: the stream below came to its end */
  int reason;                       /* of the failure; 1000 and more: an alert that came */
};

void tls_peer_start(struct tls_peer *p, struct stream *below, SSL_CTX *ctx, bool server, const char *sni);
/* The same as a client that offers a session. */
void tls_peer_resume(struct tls_peer *p, struct stream *below, SSL_CTX *ctx, SSL_SESSION *session, const char *sni);
void tls_peer_pump(struct tls_peer *p); /* after something was done to its SSL */
void tls_peer_close(struct tls_peer *p, bool reset);

SSL_CTX *tls_peer_ctx(bool server, const struct cert *cert, const struct cert *above); /* verifies nothing */

#endif
