/* weir as the client of a server: its chain and its name are checked, sessions are kept by host and port. */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"
#include "parts.h"
#include "weir/base/mem.h"

#define ALPN      "http/1.1"
#define ALPN_WIRE "\x08" ALPN

/* ---- checking ---- */

/* Called for each fault that OpenSSL finds; the first is the one that is told. */
static int verified(int good, X509_STORE_CTX *store) {
  SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  struct tls_stream *t = tls_stream_of(ssl);
  if (good)
    return 1;
  if (!t->facts->problem) {
    verdict_certificate(t, store);
    facts_set_chain(t->facts, X509_STORE_CTX_get0_untrusted(store));
  }
  return t->insecure;
}

static void set_name(struct tls_stream *t) {
  X509_VERIFY_PARAM *param = SSL_get0_param(t->ssl);
  struct name name;
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (!name_parse(slice_of(t->host), &name)) {
    X509_VERIFY_PARAM_set1_host(param, t->host, 0); /* matches nothing, and the sentence says so */
    return;
  }
  if (name.address.family) {
    X509_VERIFY_PARAM_set1_ip(param, name.address.ip, name.address.family == 4 ? 4 : 16);
    return;
  }
  X509_VERIFY_PARAM_set1_host(param, name.text, 0);
  SSL_set_tlsext_host_name(t->ssl, name.text);
  t->facts->sni = mem_dup(name.text);
}

/* ---- a certificate of our own ---- */

/* Only called when the server asks for one. */
static int certificate_wanted(SSL *ssl, void *arg) {
  struct tls_stream *t = tls_stream_of(ssl);
  const struct client_certificate *own = client_certificate_for(t->tls, t->host);
  struct buf subject = BUF_INIT;
  (void)arg;
  t->facts->wanted = true;
  t->certificate_asked = !own || SSL_use_cert_and_key(ssl, own->certificate, own->key, own->chain, 1) != 1;
  if (t->certificate_asked)
    return 1;
  facts_subject(&subject, X509_get_subject_name(own->certificate));
  free(t->facts->shown);
  t->facts->shown = buf_take(&subject);
  return 1;
}

/* ---- sessions ---- */

static char *session_name(const struct tls_stream *t) {
  struct buf name = BUF_INIT;
  buf_printf(&name, "%s:%u", t->host, t->port);
  return buf_take(&name);
}

/* A resumed session brings no certificate to check: only what was checked and good is kept. */
static int session_came(SSL *ssl, SSL_SESSION *session) {
  struct tls_stream *t = tls_stream_of(ssl);
  if (t->certificate_asked) /* one that it is not shown would not be asked for again, and nobody would know why */
    return 0;
  if (t->facts->problem || SSL_get_verify_result(ssl) != X509_V_OK || !SSL_SESSION_is_resumable(session))
    return 0;
  char *name = session_name(t);
  lru_put(&t->tls->sessions, name, session);
  free(name);
  return 1; /* ours now */
}

static void set_session(struct tls_stream *t) {
  char *name = session_name(t);
  SSL_SESSION *session = lru_get(&t->tls->sessions, name);
  if (session && SSL_SESSION_is_resumable(session))
    SSL_set_session(t->ssl, session);
  free(name);
}

/* ---- */

bool tls_client_set_up(struct tls *t, const struct tls_options *options, struct err *err) {
  SSL_CTX *ctx = t->client;
  tls_set_versions(ctx, &options->server);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, verified);
  SSL_CTX_set_cert_cb(ctx, certificate_wanted, NULL);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(ctx, session_came);
  X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);
  X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
  /* Whatever stands in the trust store is trusted, an intermediate too. */
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
  if (SSL_CTX_set_alpn_protos(ctx, (const unsigned char *)ALPN_WIRE, sizeof ALPN_WIRE - 1) != 0)
    abort(); /* no memory */
  return tls_trust_load(t, options->upstream_ca, err) &&
         (!options->client_certs || client_certificates_load(t, options->client_certs, err));
}

struct stream *tls_connect(struct tls *tls, struct stream *below, const char *host, uint16_t port, bool insecure,
                           uint64_t timeout_ns, tls_done_fn *done, void *arg) {
  struct tls_stream *t = tls_stream_new(tls, tls->client, below, host, timeout_ns, done, arg);
  t->port = port;
  t->insecure = insecure;
  t->facts->insecure = insecure;
  memcpy(t->facts->alpn_offered, ALPN, sizeof ALPN);
  if (insecure) /* the person wants to get through; renegotiation stays refused */
    SSL_set_options(t->ssl, SSL_OP_LEGACY_SERVER_CONNECT);
  SSL_set_connect_state(t->ssl);
  set_name(t);
  set_session(t);
  ERR_clear_error();
  return &t->base;
}
