/* weir as the server of a client: a leaf for the name that it asked for, and sessions that belong to that name. */
#include <openssl/evp.h>
#include <string.h>

#include "agreement.h"
#include "facts.h"
#include "hello_fields.h"
#include "parts.h"
#include "weir/base/mem.h"

/* A session is never resumed under another server name (RFC 6066-3): the name is its context. */
static bool set_session_name(SSL *ssl, const struct name *name) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned n = 0;
  return EVP_Digest(name->text, strlen(name->text), digest, &n, EVP_sha256(), NULL) == 1 &&
         SSL_set_session_id_context(ssl, digest, n < SSL_MAX_SID_CTX_LENGTH ? n : SSL_MAX_SID_CTX_LENGTH) == 1;
}

static void present(struct tls_stream *t) {
  struct secure_facts *f = t->facts;
  STACK_OF(X509) *above = authority_chain(t->tls->authority);
  facts_set_chain(f, NULL);
  secure_certificate_copy(&f->certificate[f->certificates++], &t->leaf->described);
  for (int i = 0; i < sk_X509_num(above) && f->certificates < SECURE_CHAIN_MAX; i++)
    facts_describe(&f->certificate[f->certificates++], sk_X509_value(above, i));
}

static bool choose_leaf(struct tls_stream *t, SSL *ssl, const char *host) {
  struct name name;
  if (!name_parse(slice_of(host), &name)) {
    verdict_set(t, TLS_OTHER, NULL, "%s is not a name that a certificate can carry", host);
    return false;
  }
  struct leaf *leaf = t->tls->authority ? authority_leaf(t->tls->authority, &name) : NULL;
  if (!leaf && t->tls->authority && !authority_permits(t->tls->authority, &name)) {
    char cure[320];
    snprintf(cure, sizeof cure, "--passthrough %s", host);
    verdict_set(t, TLS_OTHER, cure, "weir's authority may not sign for %s, only for %s", host,
                authority_permit(t->tls->authority));
    return false;
  }
  if (!leaf) {
    char renew[INVOCATION_TEXT];
    const struct authority *a = t->tls->authority;
    const char *cure = a && authority_is_own(a) ? "another authority with --ca-cert and --ca-key"
                                                : authority_command(a, "ca new", renew, sizeof renew);
    verdict_set(t, TLS_OTHER, cure, "%s: weir's authority could not sign a certificate", host);
    return false;
  }
  leaf_unref(t->leaf);
  t->leaf = leaf;
  present(t);
  /* Both at once: SSL_use_certificate() alone would first convert the key that is there, each time. */
  return SSL_use_cert_and_key(ssl, leaf->certificate, authority_leaf_key(t->tls->authority), NULL, 1) == 1 &&
         set_session_name(ssl, &name);
}

/* Before OpenSSL looks for a session; comes a second time after a HelloRetryRequest. */
static int hello_came(SSL *ssl, int *alert, void *arg) {
  struct tls_stream *t = tls_stream_of(ssl);
  struct hello hello;
  (void)arg;
  hello_take(ssl, &hello);
  agreement_take_offer(t, ssl);
  free(t->facts->sni);
  t->facts->sni = hello.sni[0] ? mem_dup(hello.sni) : NULL;
  memcpy(t->facts->alpn_offered, hello.alpn, sizeof hello.alpn);
  if (choose_leaf(t, ssl, hello.sni[0] ? hello.sni : t->host))
    return SSL_CLIENT_HELLO_SUCCESS;
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  return SSL_CLIENT_HELLO_ERROR;
}

static bool find_protocol(struct slice list, struct slice wanted, struct slice *found) {
  while (hello_next_protocol(&list, found))
    if (slice_eq(*found, wanted))
      return true;
  return false;
}

/* What weir speaks, or nothing: never a protocol that it would then not understand (RFC 7301-3.2). */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_n, const unsigned char *offered,
                           unsigned offered_n, void *arg) {
  struct slice list = slice_make((const char *)offered, offered_n), name;
  (void)arg;
  if (tls_stream_of(ssl)->protocols)
    return protocols_choose(tls_stream_of(ssl), list, out, out_n);
  if (!find_protocol(list, SLICE("http/1.1"), &name) && !find_protocol(list, SLICE("http/1.0"), &name)) {
    tls_stream_of(ssl)->protocol_refused = true;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = (const unsigned char *)name.p;
  *out_n = (unsigned char)name.n;
  return SSL_TLSEXT_ERR_OK;
}

void tls_server_set_up(struct tls *t, const struct tls_versions *versions) {
  SSL_CTX *ctx = t->server;
  tls_set_versions(ctx, versions);
  SSL_CTX_set_client_hello_cb(ctx, hello_came, NULL);
  SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
  /* Sessions live in tickets, which the client keeps: nothing here that clients could fill. */
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  /* One is enough to come back with, and brings the next; to make one takes a tenth of a handshake. */
  SSL_CTX_set_num_tickets(ctx, 1);
  if (!t->authority)
    return;
  SSL_CTX_use_PrivateKey(ctx, authority_leaf_key(t->authority));
  STACK_OF(X509) *above = authority_chain(t->authority);
  for (int i = 0; i < sk_X509_num(above); i++) {
    X509_up_ref(sk_X509_value(above, i));
    SSL_CTX_add_extra_chain_cert(ctx, sk_X509_value(above, i));
  }
}

struct stream *tls_serve(struct tls *tls, struct stream *below, struct slice first, const char *host,
                         uint64_t timeout_ns, tls_done_fn *done, void *arg) {
  struct tls_stream *t = tls_stream_new(tls, tls->server, below, host, timeout_ns, done, arg);
  t->server = true;
  t->facts->server = true;
  if (first.n > 0)
    queue_add(&t->wire.first, first.p, first.n);
  SSL_set_accept_state(t->ssl);
  return &t->base;
}
