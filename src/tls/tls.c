/* What all TLS streams share, made once from the options. */
#include <openssl/err.h>
#include <stdlib.h>

#include "parts.h"
#include "weir/base/mem.h"

#define SESSIONS_MAX 1000

static void free_session(void *session) {
  SSL_SESSION_free(session);
}

/* Everything below TLS 1.2 needs security level 0 in OpenSSL 3: only who asks for such a version gets it. */
void tls_set_versions(SSL_CTX *ctx, const struct tls_versions *versions) {
  int least = versions->least ? versions->least : TLS1_2_VERSION;
  SSL_CTX_set_min_proto_version(ctx, least);
  SSL_CTX_set_max_proto_version(ctx, versions->most ? versions->most : TLS1_3_VERSION);
  SSL_CTX_set_cipher_list(ctx,
                          least < TLS1_2_VERSION ? "DEFAULT:!PSK:!SRP:@SECLEVEL=0" : "DEFAULT:!PSK:!SRP:@SECLEVEL=1");
}

/* AUTO_RETRY stays on: with reading ahead, what follows a session ticket may be inside already, where select() does not
 * see it. The budget of a read (bio.c) is what keeps a peer from holding us. */
static SSL_CTX *new_ctx(struct tls *t, const SSL_METHOD *method) {
  SSL_CTX *ctx = SSL_CTX_new(method);
  if (!ctx)
    abort(); /* no memory */
  SSL_CTX_set_app_data(ctx, t);
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_clear_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_LEGACY_SERVER_CONNECT);
  SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS |
                            SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_read_ahead(ctx, 1);
  SSL_CTX_set_max_cert_list(ctx, 100 * 1024);
  SSL_CTX_set_max_early_data(ctx, 0);
  SSL_CTX_set_default_passwd_cb(ctx, NULL);
  keylog_attach(t, ctx);
  return ctx;
}

static bool versions_fit(const struct tls_versions *v, const char *side, struct err *err) {
  int least = v->least ? v->least : TLS1_2_VERSION, most = v->most ? v->most : TLS1_3_VERSION;
  if (least >= TLS1_VERSION && most <= TLS1_3_VERSION && least <= most)
    return true;
  return err_set(err, "TLS versions towards %s: there is none between the least and the most that were given", side);
}

struct tls *tls_new(struct loop *loop, struct authority *authority, const struct tls_options *options,
                    struct err *err) {
  if (!versions_fit(&options->client, "clients", err) || !versions_fit(&options->server, "servers", err))
    return NULL;
  struct tls *t = mem_zero(1, sizeof *t);
  t->loop = loop;
  t->authority = authority;
  t->keylog = -1;
  t->sessions = (struct lru){.most = SESSIONS_MAX, .free_value = free_session};
  t->wire_method = wire_method_new();
  if (!t->wire_method)
    abort(); /* no memory */
  t->hello_reader = hello_reader_new();
  bool ok = !options->keylog || keylog_open(t, options->keylog, err);
  if (ok) {
    t->server = new_ctx(t, TLS_server_method());
    t->client = new_ctx(t, TLS_client_method());
    tls_server_set_up(t, &options->client);
    ok = tls_client_set_up(t, options, err);
  }
  ERR_clear_error();
  if (ok)
    return t;
  tls_free(t);
  return NULL;
}

void tls_free(struct tls *t) {
  if (!t)
    return;
  while (t->lingering)
    tls_stream_linger_end(t->lingering, true);
  lru_clear(&t->sessions);
  client_certificates_clear(t);
  SSL_CTX_free(t->server);
  SSL_CTX_free(t->client);
  bundle_free(t->bundle);
  BIO_meth_free(t->wire_method);
  hello_reader_free(t->hello_reader);
  keylog_close(t);
  free(t);
}

struct hello_reader *tls_hello_reader(struct tls *t) {
  return t->hello_reader;
}
