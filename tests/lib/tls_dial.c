#include "tls_dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

int dial_tunnel(int proxy, const char *host, int port) {
  char text[400], answer[400];
  size_t n = 0;
  int fd = net_connect(proxy);
  snprintf(text, sizeof text, "CONNECT %s:%d HTTP/1.1\r\nHost: %s:%d\r\n\r\n", host, port, host, port);
  assert_true(net_send(fd, text));
  while (n < sizeof answer - 1 && recv(fd, answer + n, 1, 0) == 1 && ++n &&
         !(n > 4 && !memcmp(answer + n - 4, "\r\n\r\n", 4)))
    ;
  answer[n] = '\0';
  if (strncmp(answer, "HTTP/1.1 200 ", 13) != 0)
    fail_msg("CONNECT %s:%d: %s", host, port, answer);
  return fd;
}

static void set_wish(SSL_CTX *ctx, const struct dial_wish *w) {
  if (w->ca) {
    assert_int_equal(SSL_CTX_load_verify_locations(ctx, w->ca, NULL), 1);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx), X509_V_FLAG_X509_STRICT);
  }
  if (w->ciphers)
    assert_int_equal(SSL_CTX_set_cipher_list(ctx, w->ciphers), 1);
  if (w->least)
    SSL_CTX_set_min_proto_version(ctx, w->least);
  if (w->most)
    SSL_CTX_set_max_proto_version(ctx, w->most);
}

static SSL *ssl_new(const struct dial_wish *w) {
  struct in6_addr a;
  SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
  set_wish(ctx, w);
  SSL *ssl = SSL_new(ctx);
  SSL_CTX_free(ctx);
  if (w->sni)
    SSL_set_tlsext_host_name(ssl, w->sni);
  if (w->verify && (inet_pton(AF_INET, w->verify, &a) == 1 || inet_pton(AF_INET6, w->verify, &a) == 1))
    assert_int_equal(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), w->verify), 1);
  else if (w->verify)
    assert_int_equal(SSL_set1_host(ssl, w->verify), 1);
  if (w->alpn)
    assert_int_equal(SSL_set_alpn_protos(ssl, w->alpn, (unsigned)w->alpn_n), 0);
  if (w->session)
    SSL_set_session(ssl, w->session);
  SSL_set_connect_state(ssl);
  return ssl;
}

/* What the client says first, taken off before it reaches a socket. */
static char *first_flight(SSL *ssl, size_t *n) {
  BIO *out = BIO_new(BIO_s_mem());
  char *bytes;
  SSL_set_bio(ssl, BIO_new(BIO_s_mem()), out);
  SSL_do_handshake(ssl);
  *n = (size_t)BIO_get_mem_data(out, &bytes);
  char *copy = malloc(*n);
  memcpy(copy, bytes, *n);
  return copy;
}

char *dial_hello(const struct dial_wish *wish, size_t *n) {
  SSL *ssl = ssl_new(wish);
  char *hello = first_flight(ssl, n);
  SSL_free(ssl);
  return hello;
}

/* One record becomes several (RFC 8446-5.1). */
static char *split_records(char *hello, size_t *n, size_t records) {
  size_t body = *n - 5, each = body / records, made = 0;
  char *out = malloc(*n + 5 * records);
  for (size_t i = 0; i < records; i++) {
    size_t k = i + 1 == records ? body - each * i : each;
    memcpy(out + made, hello, 3);
    out[made + 3] = (char)(k >> 8);
    out[made + 4] = (char)k;
    memcpy(out + made + 5, hello + 5 + each * i, k);
    made += 5 + k;
  }
  free(hello);
  *n = made;
  return out;
}

static void send_hello(struct dial *d, const struct dial_wish *w) {
  size_t n;
  char *hello = first_flight(d->ssl, &n);
  if (w->records)
    hello = split_records(hello, &n, w->records);
  for (size_t at = 0; at < n; at += w->piece ? w->piece : n) {
    size_t left = n - at;
    assert_true(net_send_n(d->fd, hello + at, w->piece && w->piece < left ? w->piece : left));
  }
  free(hello);
}

static void say_failure(struct dial *d, int n) {
  unsigned long first = ERR_peek_error();
  const char *words = ERR_reason_error_string(first);
  d->reason = SSL_get_error(d->ssl, n) == SSL_ERROR_SSL ? ERR_GET_REASON(first) : 0;
  snprintf(d->problem, sizeof d->problem, "%s", words ? words : "the connection ended");
  ERR_clear_error();
}

bool dial_tls(struct dial *d, int fd, const struct dial_wish *wish) {
  static const struct dial_wish none;
  const struct dial_wish *w = wish ? wish : &none;
  ERR_clear_error();
  *d = (struct dial){.fd = fd, .ssl = ssl_new(w)};
  if (w->piece || w->records)
    send_hello(d, w);
  SSL_set_fd(d->ssl, fd);
  int n = SSL_do_handshake(d->ssl);
  d->done = n == 1;
  d->verify = SSL_get_verify_result(d->ssl);
  if (!d->done)
    say_failure(d, n);
  return d->done;
}

bool dial_open(struct dial *d, int proxy, const char *host, int port, const struct dial_wish *wish) {
  return dial_tls(d, dial_tunnel(proxy, host, port), wish);
}

void dial_close(struct dial *d) {
  if (d->done && !d->broken)
    SSL_shutdown(d->ssl);
  ERR_clear_error();
  SSL_free(d->ssl);
  close(d->fd);
  d->ssl = NULL;
}

static ssize_t dial_recv(void *arg, void *into, size_t n) {
  struct dial *d = arg;
  ERR_clear_error();
  int k = SSL_read(d->ssl, into, (int)(n < 1 << 20 ? n : 1 << 20));
  if (k > 0)
    return k;
  d->closed = SSL_get_error(d->ssl, k) == SSL_ERROR_ZERO_RETURN;
  d->broken = !d->closed;
  errno = ECONNRESET;
  return d->closed ? 0 : -1;
}

bool dial_send_n(struct dial *d, const void *bytes, size_t n) {
  const char *p = bytes;
  ERR_clear_error();
  for (int k; n; p += k, n -= (size_t)k)
    if ((k = SSL_write(d->ssl, p, (int)(n < 1 << 20 ? n : 1 << 20))) <= 0)
      return false;
  return true;
}

bool dial_send(struct dial *d, const char *text) {
  return dial_send_n(d, text, strlen(text));
}

bool dial_until(struct dial *d, const char *text, char *into, size_t size) {
  size_t n = 0;
  into[0] = '\0';
  while (!memmem(into, n, text, strlen(text))) {
    if (n + 1 >= size)
      return false;
    ssize_t k = dial_recv(d, into + n, 1);
    if (k <= 0)
      return false;
    into[n += (size_t)k] = '\0';
  }
  return true;
}

struct net_response dial_response(struct dial *d, bool head_only) {
  return net_response_of(dial_recv, d, head_only);
}

struct net_response dial_get(struct dial *d, const char *host, const char *path) {
  char text[600];
  snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host);
  dial_send(d, text);
  return dial_response(d, false);
}
