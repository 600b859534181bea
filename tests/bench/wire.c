/* One connection of the load generator: TCP, then CONNECT and TLS where the load asks for them, opened in steps. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

static struct sockaddr_in loopback(uint8_t last, uint16_t port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  a.sin_addr.s_addr = htonl(0x7f000000u | last);
  return a;
}

static int open_socket(uint16_t port, uint8_t source, int flags) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), one = 1;
  if (fd < 0)
    return -1;
  struct sockaddr_in from = loopback(source, 0), to = loopback(1, port);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  if ((source && bind(fd, (struct sockaddr *)&from, sizeof from) < 0) ||
      (connect(fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS)) {
    close(fd);
    return -1;
  }
  return fd;
}

int load_connect(uint16_t port, uint8_t source) {
  int fd = open_socket(port, source, 0);
  struct timeval limit = {.tv_sec = 10};
  if (fd >= 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return fd;
}

/* ---- CONNECT ---- */

static enum wire_code say_connect(struct wire *w, const struct load *load) {
  char text[128];
  int n = snprintf(text, sizeof text, "CONNECT 127.0.0.1:%u HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", load->origin_port,
                   load->origin_port);
  w->stage = WIRE_TUNNELING;
  w->answer_n = 0;
  return send(w->fd, text, (size_t)n, MSG_NOSIGNAL) == n ? WIRE_WAIT : WIRE_BROKEN;
}

/* The client of TLS speaks first: nothing can stand behind the answer. */
static enum wire_code read_answer(struct wire *w) {
  ssize_t n = recv(w->fd, w->answer + w->answer_n, sizeof w->answer - 1 - w->answer_n, 0);
  if (n < 0 && errno == EAGAIN)
    return WIRE_WAIT;
  if (n <= 0)
    return WIRE_BROKEN;
  w->answer_n += (unsigned)n;
  w->answer[w->answer_n] = '\0';
  if (!strstr(w->answer, "\r\n\r\n"))
    return w->answer_n + 1 < sizeof w->answer ? WIRE_WAIT : WIRE_BROKEN;
  errno = 0;
  return strncmp(w->answer, "HTTP/1.", 7) == 0 && strncmp(w->answer + 8, " 200", 4) == 0 ? WIRE_OPEN : WIRE_BROKEN;
}

/* ---- TLS ---- */

static enum wire_code begin_tls(struct wire *w, const struct load *load) {
  static unsigned names;
  snprintf(w->name, sizeof w->name, load->new_names ? "host-%u." BENCH_DOMAIN : WARM_NAME, names);
  names += load->new_names;
  w->stage = WIRE_SHAKING;
  w->ssl = SSL_new(load->tls);
  return w->ssl && SSL_set_fd(w->ssl, w->fd) == 1 && SSL_set_tlsext_host_name(w->ssl, w->name) == 1 ? WIRE_OPEN
                                                                                                    : WIRE_BROKEN;
}

static enum wire_code shake(struct wire *w) {
  ERR_clear_error();
  int code = SSL_connect(w->ssl);
  if (code == 1) {
    w->stage = WIRE_READY;
    errno = 0;
    return SSL_session_reused(w->ssl) ? WIRE_BROKEN : WIRE_OPEN; /* nothing here may be a handshake cut short */
  }
  int why = SSL_get_error(w->ssl, code);
  return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? WIRE_WAIT : WIRE_BROKEN;
}

bool wire_named_right(const struct wire *w) {
  X509 *x = SSL_get0_peer_certificate(w->ssl);
  return x && X509_check_host(x, w->name, 0, 0, NULL) == 1;
}

/* ---- */

bool wire_dial(struct wire *w, const struct load *load) {
  *w = (struct wire){.fd = open_socket(load->port, load->source, SOCK_NONBLOCK), .stage = WIRE_DIALING};
  return w->fd >= 0;
}

static enum wire_code dialed(const struct wire *w) {
  struct pollfd p = {.fd = w->fd, .events = POLLOUT};
  int code = 0;
  socklen_t size = sizeof code;
  if (poll(&p, 1, 0) == 0)
    return WIRE_WAIT;
  getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &code, &size);
  errno = code;
  return code ? WIRE_BROKEN : WIRE_OPEN;
}

enum wire_code wire_step(struct wire *w, const struct load *load) {
  enum wire_code code = WIRE_OPEN;
  if (w->stage == WIRE_DIALING) {
    code = dialed(w);
    if (code == WIRE_OPEN && load->tunnel)
      return say_connect(w, load);
    if (code == WIRE_OPEN)
      w->stage = WIRE_CONNECTED;
  }
  if (w->stage == WIRE_TUNNELING) {
    code = read_answer(w);
    if (code == WIRE_OPEN)
      w->stage = WIRE_CONNECTED;
  }
  if (code == WIRE_OPEN && w->stage == WIRE_CONNECTED && load->tls)
    code = begin_tls(w, load);
  else if (code == WIRE_OPEN && w->stage == WIRE_CONNECTED)
    w->stage = WIRE_READY;
  return w->stage == WIRE_SHAKING && code == WIRE_OPEN ? shake(w) : code;
}

bool wire_open(struct wire *w, const struct load *load) {
  double until = seconds_now() + 10;
  enum wire_code code = wire_dial(w, load) ? wire_step(w, load) : WIRE_BROKEN;
  while (code == WIRE_WAIT && seconds_now() < until) {
    struct pollfd p = {.fd = w->fd, .events = w->stage == WIRE_DIALING ? POLLOUT : POLLIN};
    poll(&p, 1, 1000);
    code = wire_step(w, load);
  }
  return code == WIRE_OPEN;
}

static ssize_t ssl_code(SSL *ssl, int code, size_t n) {
  if (code == 1)
    return (ssize_t)n;
  int why = SSL_get_error(ssl, code);
  if (why == SSL_ERROR_ZERO_RETURN)
    return 0;
  if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
    errno = EAGAIN;
  else if (why != SSL_ERROR_SYSCALL || errno == 0 || errno == EAGAIN)
    errno = EPROTO;
  return -1;
}

ssize_t wire_recv(struct wire *w, void *to, size_t room) {
  if (!w->ssl)
    return recv(w->fd, to, room, 0);
  size_t n = 0;
  ERR_clear_error();
  int code = SSL_read_ex(w->ssl, to, room, &n);
  return ssl_code(w->ssl, code, n);
}

ssize_t wire_send(struct wire *w, const void *from, size_t n) {
  if (!w->ssl)
    return send(w->fd, from, n, MSG_NOSIGNAL);
  size_t done = 0;
  ERR_clear_error();
  int code = SSL_write_ex(w->ssl, from, n, &done);
  return ssl_code(w->ssl, code, done);
}

void wire_finish(struct wire *w) {
  SSL_shutdown(w->ssl);
  shutdown(w->fd, SHUT_WR);
  w->stage = WIRE_ENDING;
}

/* What still comes is session tickets and close_notify: nothing that has to be decrypted. */
ssize_t wire_drain(struct wire *w) {
  char bytes[4096];
  return recv(w->fd, bytes, sizeof bytes, 0);
}

void wire_close(struct wire *w) {
  if (w->fd < 0)
    return;
  SSL_free(w->ssl);
  close(w->fd);
  *w = (struct wire){.fd = -1};
}
