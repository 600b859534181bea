/*
 * What the files of tls/ share: the settings of both sides, and one TLS stream.
 *
 * Between OpenSSL and the stream below stands a small queue of our own (bio.c): OpenSSL never has to keep a record half
 * written, so nobody ever has to repeat a call with the same bytes, and what was said last (an alert, close_notify) is
 * not lost when the stream below takes nothing at the moment.
 */
#ifndef WEIR_TLS_PARTS_H
#define WEIR_TLS_PARTS_H

#include <openssl/ssl.h>

#include "bundle.h"
#include "leaf.h"
#include "lru.h"
#include "weir/base/vec.h"
#include "weir/io/queue.h"
#include "weir/tls/hello.h"
#include "weir/tls/stream.h"

#define WIRE_READ_BUDGET ((size_t)256 << 10) /* from below in one call */
#define WIRE_OUT_MOST    ((size_t)64 << 10)  /* waits in our queue at most; one record is always below that */
#define WIRE_SEEN        11                  /* as far as the version of a ServerHello */

struct client_certificate {
  char *host; /* lower case; "*.test" stands for anything that ends so */
  X509 *certificate;
  EVP_PKEY *key;
  STACK_OF(X509) * chain;
};

struct tls {
  struct loop *loop;
  struct authority *authority;
  SSL_CTX *server, *client; /* weir as the server, weir as the client */
  BIO_METHOD *wire_method;
  struct hello_reader *hello_reader;
  struct bundle *bundle; /* the system's authorities; NULL: they are in a folder, which OpenSSL looks into */
  struct lru sessions;   /* towards servers, by "host:port"; verified ones only */
  int keylog;            /* -1: none */
  VEC(struct client_certificate) client_certificates;
  struct tls_stream *lingering;
};

enum tls_state { TLS_HANDSHAKE, TLS_OPEN, TLS_FAILED };

struct tls_stream {
  struct stream base;
  struct tls *tls;
  struct stream *below;
  SSL *ssl;
  enum tls_state state;
  bool server, insecure;
  bool freed; /* by the user; nothing is told any more */
  char *host; /* as it was given */
  uint16_t port;
  struct loop_task task;
  struct loop_timer timer; /* the handshake's end, later the lingering's */
  uint64_t started;
  tls_done_fn *done;
  void *done_arg;

  struct { /* bio.c */
    struct queue first, out;
    size_t budget;
    bool ended;    /* the stream below came to its end */
    int in_error;  /* errno of the stream below, reading */
    int out_error; /* ... writing: the rest is thrown away, what came may still be read */
    uint8_t seen[WIRE_SEEN];
    size_t seen_n;
  } wire;

  unsigned step_wants; /* in the handshake: what the next step waits for */
  bool read_wants_write, write_wants_read;
  bool more;       /* decrypted or undecrypted bytes wait inside, where select() does not see them */
  bool ended;      /* close_notify came */
  bool cut;        /* the stream below ended without it: reading is over, writing is not */
  bool sent_close; /* close_notify went, and the stream below is to end its direction after it */
  bool below_shut;

  struct secure_facts *facts;
  struct leaf *leaf;
  struct tls_versions offered; /* by the client; least 0: it said only the newest */
  bool certificate_asked;      /* the server wanted one and there was none */
  bool protocol_refused;       /* by us: nothing in common */
  char *protocols;             /* what is spoken instead of HTTP/1, as people write it; NULL: nothing */
  struct tls_result result;
  char *text, *cure;
  struct tls_stream *next, **prev; /* in the list of the lingering */
};

/* bio.c */
BIO_METHOD *wire_method_new(void);
BIO *wire_bio_new(struct tls_stream *t);
bool wire_flush(struct tls_stream *t); /* true: nothing waits any more */

/* protocols.c: an ALPN callback for those that have some */
int protocols_choose(const struct tls_stream *t, struct slice offered, const unsigned char **out, unsigned char *out_n);

/* tls_stream.c */
struct tls_stream *tls_stream_new(struct tls *tls, SSL_CTX *ctx, struct stream *below, const char *host,
                                  uint64_t timeout_ns, tls_done_fn *done, void *arg);
struct tls_stream *tls_stream_of(SSL *ssl);
void tls_stream_linger_end(struct tls_stream *t, bool reset);

/* server.c, client.c, tls.c: each side's SSL_CTX */
void tls_server_set_up(struct tls *t, const struct tls_versions *versions);
bool tls_client_set_up(struct tls *t, const struct tls_options *options, struct err *err);
void tls_set_versions(SSL_CTX *ctx, const struct tls_versions *versions);

/* trust.c */
bool tls_trust_load(struct tls *t, const char *upstream_ca, struct err *err);
bool client_certificates_load(struct tls *t, const char *const *specs, struct err *err);
const struct client_certificate *client_certificate_for(const struct tls *t, const char *host);
void client_certificates_clear(struct tls *t);

/* keylog.c */
bool keylog_open(struct tls *t, const char *path, struct err *err);
void keylog_attach(struct tls *t, SSL_CTX *ctx);
void keylog_close(struct tls *t);

/* verdict.c, verdict_certificate.c: what went wrong, in words; the first verdict stays */
void verdict_set(struct tls_stream *t, enum tls_problem problem, const char *cure, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void verdict_certificate(struct tls_stream *t, X509_STORE_CTX *store);
void verdict_failure(struct tls_stream *t, int ssl_error);
void verdict_cut(struct tls_stream *t); /* after the handshake, without close_notify */
void verdict_timeout(struct tls_stream *t);

#endif
