/*
 * TLS as a stream over any stream. The handshake begins at once and reports through `done`, exactly once, never from
 * inside the call that made the stream, and not at all when the stream is freed before; until then recv and send say
 * IO_AGAIN. stream_free() inside done() and ready() is fine; free a stream whose handshake failed with stream_free(),
 * so that the peer still gets the alert. It never blocks and never spins: WANT_READ and WANT_WRITE become interest in
 * the stream below, decrypted bytes that wait inside are told through pending() and the loop's ready list. close_notify
 * is sent by shutdown and free. An end without close_notify is IO_ERROR with errno EPROTO, since a message that lasts
 * until close would look whole (RFC 8446-6.1); stream_shutdown ends our direction. Renegotiation, compression and early
 * data are refused. After such an end our own direction still works: the peer may wait for its answer. Buffers are released when idle. stream_info() adds the facts (io/secure.h).
 */
#ifndef WEIR_TLS_STREAM_H
#define WEIR_TLS_STREAM_H

#include "weir/base/err.h"
#include "weir/io/loop.h"
#include "weir/io/stream.h"
#include "weir/tls/authority.h"

enum tls_problem {
  TLS_OK,
  TLS_CLIENT_REJECTED, /* the client sent an alert about our certificate: unknown_ca, bad_certificate,
                          certificate_unknown */
  TLS_CLIENT_LEFT,     /* the client closed or reset in the handshake */
  TLS_NO_COMMON,       /* no common version, cipher or protocol */
  TLS_EXPIRED,         /* server certificate: expired or not yet valid */
  TLS_WRONG_HOST,
  TLS_SELF_SIGNED,
  TLS_UNKNOWN_ISSUER,    /* unknown authority, or an intermediate is missing */
  TLS_BAD_CERTIFICATE,   /* anything else about the chain: purpose, signature, weak key, name only in CN */
  TLS_WANTS_CERTIFICATE, /* the server demands a client certificate */
  TLS_NOT_TLS,           /* plain bytes on a TLS port */
  TLS_TIMEOUT,
  TLS_RESET, /* the server reset, in the handshake or after it */
  TLS_OTHER,
  TLS_CLOSED, /* the server closed in the handshake, or after it without close_notify */
};

/* For programs that read rows: "expired", "client_rejected"; NULL for TLS_OK. The word stands for ever. */
const char *tls_problem_word(enum tls_problem problem);
/* For messages: 48 is "unknown_ca"; "unknown alert" where the number has no name. */
const char *tls_alert_name(int alert);

struct tls_result {
  enum tls_problem problem;
  int alert;        /* TLS alert number received, 0: none */
  const char *text; /* the sentence: "api.test: certificate expired on 2026-01-02"; NULL when TLS_OK; already safe to
                       draw; the stream's, until the end of the turn in which it is freed */
  const char *cure; /* what to do about it, "--insecure api.test"; NULL: nothing is known; the stream's too */
};
typedef void tls_done_fn(void *arg, const struct tls_result *result);

struct tls_versions { /* 0x0301 TLS 1.0 to 0x0304 TLS 1.3; 0: the default (1.2 to 1.3) */
  int least, most;
};

/* What both sides share, made once: contexts, trust store, session caches, key log. */
struct tls;
struct tls_options {
  const char *upstream_ca;         /* PEM file or directory added to the system's trust store; NULL none */
  const char *const *client_certs; /* "HOST=FILE" (PEM with certificate, chain and key), NULL-terminated; NULL none */
  const char *keylog;              /* SSLKEYLOGFILE, appended, 0600; NULL none */
  struct tls_versions client, server; /* towards clients, towards servers */
};
struct tls *tls_new(struct loop *loop, struct authority *authority, const struct tls_options *options, struct err *err);
void tls_free(struct tls *t); /* after all its streams */
struct hello_reader;
struct hello_reader *tls_hello_reader(struct tls *t); /* for hello_read(); t's own */

/* Towards a client: serves a leaf for the SNI where it is valid, else for `host` (name or literal). `first`: bytes
 * already read from below. Takes `below` over. timeout_ns 0: no limit. */
struct stream *tls_serve(struct tls *t, struct stream *below, struct slice first, const char *host, uint64_t timeout_ns,
                         tls_done_fn *done, void *arg);
/* Towards a server: SNI for a name, none for a literal; chain and name are verified unless `insecure`. Takes `below`
 * over in any case. */
struct stream *tls_connect(struct tls *t, struct stream *below, const char *host, uint16_t port, bool insecure,
                           uint64_t timeout_ns, tls_done_fn *done, void *arg);

/* What is spoken within instead of HTTP/1 (ALPN, RFC 7301): called as soon as the stream is made. `list` is "h2, imap".
 * Towards a server it is offered, "" nothing; towards a client the first that it offers is taken, else none. */
void tls_stream_protocols(struct stream *s, const char *list);

/* What broke a TLS stream after its handshake (TLS 1.3 says "certificate required" and "unknown CA" only then): ask
 * after IO_ERROR. False: it is no TLS stream. problem TLS_OK: nothing broke it so far. */
bool tls_stream_result(const struct stream *s, struct tls_result *out);
/* After IO_ERROR: did the peer close in order below, only without close_notify? What is sent may still reach it. False
 * also where it is no TLS stream. */
bool tls_stream_cut(const struct stream *s);
bool tls_stream_closed(const struct stream *s); /* the peer said close_notify */

#endif
