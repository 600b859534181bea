#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <openssl/err.h>
#include <stdio.h>
#include <unistd.h>

#include "tls_ends.h"
#include "weir/base/mem.h"

/* ---- home ---- */

void tls_home_open(struct tls_home *h, const struct tls_options *options) {
  struct tls_options o = options ? *options : (struct tls_options){0};
  struct err err = ERR_INIT;
  const char *tmp = getenv("TMPDIR");
  *h = (struct tls_home){.folder = ""};
  snprintf(h->folder, sizeof h->folder, "%s/weir-tls-XXXXXX", tmp ? tmp : "/tmp");
  assert_non_null(mkdtemp(h->folder));
  snprintf(h->ca, sizeof h->ca, "%s/ca.pem", h->folder);
  h->loop = loop_new();
  h->authority = authority_open(&(struct authority_files){.confdir = h->folder}, true, &err);
  if (!h->authority)
    fail_msg("%s", err.text);
  if (!o.upstream_ca)
    o.upstream_ca = h->ca;
  h->tls = tls_new(h->loop, h->authority, &o, &err);
  if (!h->tls)
    fail_msg("%s", err.text);
}

char *tls_home_path(const struct tls_home *h, const char *name) {
  struct buf path = BUF_INIT;
  buf_printf(&path, "%s/%s", h->folder, name);
  return buf_take(&path);
}

void tls_home_close(struct tls_home *h) {
  tls_free(h->tls);
  authority_free(h->authority);
  loop_free(h->loop);
  DIR *dir = opendir(h->folder);
  const struct dirent *entry;
  while (dir && (entry = readdir(dir)) != NULL) {
    char *path = tls_home_path(h, entry->d_name);
    unlink(path);
    free(path);
  }
  if (dir)
    closedir(dir);
  rmdir(h->folder);
}

/* ---- weir's end ---- */

void tls_end_done(void *arg, const struct tls_result *result) {
  struct tls_end *e = arg;
  e->done_calls++;
  e->problem = result->problem;
  e->alert = result->alert;
  assert_true((result->problem == TLS_OK) == (result->text == NULL));
  snprintf(e->text, sizeof e->text, "%s", result->text ? result->text : "");
  snprintf(e->cure, sizeof e->cure, "%s", result->cure ? result->cure : "");
  if (e->free_in_done) {
    stream_free(e->stream);
    e->stream = NULL;
  }
}

static unsigned end_want(void *arg) {
  const struct tls_end *e = arg;
  return e->wants | (e->to_send.n > 0 ? STREAM_WRITE : 0);
}

static void end_send(struct tls_end *e) {
  size_t done = 0;
  while (e->to_send.n > 0 && stream_send(e->stream, e->to_send.p, e->to_send.n, &done) == IO_OK)
    buf_remove(&e->to_send, 0, done);
}

static void end_recv(struct tls_end *e) {
  char part[3000];
  size_t done = 0;
  enum io_code code = stream_recv(e->stream, part, sizeof part, &done);
  assert_true(code == IO_OK ? done > 0 : done == 0);
  buf_add(&e->got, part, done);
  e->eof |= code == IO_EOF;
  e->error |= code == IO_ERROR;
  if (code == IO_ERROR)
    e->error_number = stream_error(e->stream);
  if (e->eof || e->error)
    e->wants &= ~(unsigned)STREAM_READ;
}

static void end_ready(void *arg, unsigned events) {
  struct tls_end *e = arg;
  e->ready_calls++;
  if (e->free_in_ready) {
    stream_free(e->stream);
    e->stream = NULL;
    return;
  }
  if (events & STREAM_WRITE)
    end_send(e);
  if ((events & STREAM_READ) && !e->hold)
    end_recv(e);
}

void tls_end_attach(struct tls_end *e, struct stream *stream) {
  e->stream = stream;
  e->wants = STREAM_READ;
  stream_set_user(stream, (struct stream_user){end_want, end_ready, e});
}

void tls_end_say(struct tls_end *e, const void *bytes, size_t n) {
  buf_add(&e->to_send, bytes, n);
  stream_touch(e->stream);
}

void tls_end_close(struct tls_end *e) {
  stream_free(e->stream);
  buf_clear(&e->got);
  buf_clear(&e->to_send);
  *e = (struct tls_end){0};
}

struct secure_facts *tls_end_facts(const struct tls_end *e) {
  struct stream_info info;
  stream_info(e->stream, &info);
  return info.secure;
}

/* ---- OpenSSL's end ---- */

static void peer_work(struct tls_peer *p) {
  char part[2048];
  int n = 1;
  if (p->failed || p->closed)
    return;
  ERR_clear_error();
  if (!p->done)
    n = SSL_do_handshake(p->ssl);
  p->done |= n == 1;
  while (p->done && (n = SSL_read(p->ssl, part, sizeof part)) > 0)
    buf_add(&p->got, part, (size_t)n);
  int why = SSL_get_error(p->ssl, n);
  p->closed = why == SSL_ERROR_ZERO_RETURN;
  p->failed = n <= 0 && why != SSL_ERROR_WANT_READ && !p->closed;
  if (p->failed)
    p->reason = ERR_GET_REASON(ERR_peek_error());
  ERR_clear_error();
}

static void peer_flush(struct tls_peer *p) {
  char *bytes = NULL;
  size_t done = 0;
  long n;
  while ((n = BIO_get_mem_data(p->out, &bytes)) > 0 && stream_send(p->stream, bytes, (size_t)n, &done) == IO_OK) {
    char gone[65536];
    while (done > 0)
      done -= (size_t)BIO_read(p->out, gone, (int)(done < sizeof gone ? done : sizeof gone));
  }
}

void tls_peer_pump(struct tls_peer *p) {
  peer_work(p);
  peer_flush(p);
  stream_touch(p->stream);
}

static unsigned peer_want(void *arg) {
  const struct tls_peer *p = arg;
  if (p->hold)
    return 0;
  return (p->ended ? 0 : STREAM_READ) | (BIO_ctrl_pending(p->out) > 0 ? STREAM_WRITE : 0);
}

static void peer_ready(void *arg, unsigned events) {
  struct tls_peer *p = arg;
  char part[16384];
  size_t n = 0;
  if (events & STREAM_READ) {
    enum io_code code = stream_recv(p->stream, part, sizeof part, &n);
    if (code == IO_OK)
      assert_int_equal(BIO_write(p->in, part, (int)n), n);
    p->ended |= code == IO_EOF || code == IO_ERROR;
  }
  tls_peer_pump(p);
}

static void peer_open(struct tls_peer *p, struct stream *below, SSL_CTX *ctx, const char *sni) {
  *p = (struct tls_peer){.stream = below, .ssl = SSL_new(ctx), .in = BIO_new(BIO_s_mem()), .out = BIO_new(BIO_s_mem())};
  SSL_set_bio(p->ssl, p->in, p->out);
  if (sni)
    SSL_set_tlsext_host_name(p->ssl, sni);
}

static void peer_go(struct tls_peer *p) {
  stream_set_user(p->stream, (struct stream_user){peer_want, peer_ready, p});
  tls_peer_pump(p);
}

void tls_peer_start(struct tls_peer *p, struct stream *below, SSL_CTX *ctx, bool server, const char *sni) {
  peer_open(p, below, ctx, sni);
  if (server)
    SSL_set_accept_state(p->ssl);
  else
    SSL_set_connect_state(p->ssl);
  peer_go(p);
}

void tls_peer_resume(struct tls_peer *p, struct stream *below, SSL_CTX *ctx, SSL_SESSION *session, const char *sni) {
  peer_open(p, below, ctx, sni);
  SSL_set_connect_state(p->ssl);
  SSL_set_session(p->ssl, session);
  peer_go(p);
}

void tls_peer_close(struct tls_peer *p, bool reset) {
  if (p->ssl) /* so that a session stays usable */
    SSL_set_shutdown(p->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(p->ssl);
  buf_clear(&p->got);
  if (reset)
    stream_abort(p->stream);
  else
    stream_free(p->stream);
  *p = (struct tls_peer){0};
}

SSL_CTX *tls_peer_ctx(bool server, const struct cert *cert, const struct cert *above) {
  SSL_CTX *ctx = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
  SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
  SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
  if (cert) {
    assert_int_equal(SSL_CTX_use_certificate(ctx, cert->x), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(ctx, cert->key), 1);
  }
  if (above) {
    X509_up_ref(above->x);
    SSL_CTX_add_extra_chain_cert(ctx, above->x);
  }
  return ctx;
}
