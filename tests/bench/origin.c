/* The origin: answers GET .../b/SIZE with that many bytes, keeps connections, takes absolute-form too;
 * in clear or over TLS. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define REQUEST_MAX 4096
#define ANSWERS     8

struct answer {
  unsigned size;
  char *bytes;
  size_t n;
};

struct asker {
  int fd;
  SSL *ssl;
  char in[REQUEST_MAX];
  size_t in_n;
  const struct answer *answer;
  size_t sent;
  bool close;
};

static struct answer answers[ANSWERS];

int listen_anywhere(uint16_t *port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
  struct sockaddr_in a = {.sin_family = AF_INET};
  socklen_t size = sizeof a;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 4096) < 0 ||
      getsockname(fd, (struct sockaddr *)&a, &size) < 0) {
    perror("listen");
    exit(1);
  }
  *port = ntohs(a.sin_port);
  return fd;
}

static const struct answer *answer_of(unsigned size) {
  for (size_t i = 0; i < ANSWERS; i++) {
    struct answer *a = &answers[i];
    if (a->bytes && a->size == size)
      return a;
    if (a->bytes)
      continue;
    a->size = size;
    a->bytes = malloc((size_t)size + 128);
    if (!a->bytes)
      abort();
    int head = snprintf(
        a->bytes, 128, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %u\r\n\r\n", size);
    for (unsigned j = 0; j < size; j++)
      a->bytes[(unsigned)head + j] = (char)('a' + j % 26);
    a->n = (size_t)head + size;
    return a;
  }
  return NULL;
}

static ssize_t ssl_code(const struct asker *a, int code, size_t n) {
  if (code == 1)
    return (ssize_t)n;
  int why = SSL_get_error(a->ssl, code);
  if (why == SSL_ERROR_ZERO_RETURN)
    return 0;
  errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EPROTO;
  return -1;
}

static ssize_t take(struct asker *a, void *to, size_t room) {
  size_t n = 0;
  if (!a->ssl)
    return recv(a->fd, to, room, 0);
  ERR_clear_error();
  int code = SSL_read_ex(a->ssl, to, room, &n);
  return ssl_code(a, code, n);
}

static ssize_t give(struct asker *a, const void *from, size_t n) {
  size_t done = 0;
  if (!a->ssl)
    return send(a->fd, from, n, MSG_NOSIGNAL);
  ERR_clear_error();
  int code = SSL_write_ex(a->ssl, from, n, &done);
  return ssl_code(a, code, done);
}

static void forget(struct asker *a) {
  SSL_free(a->ssl);
  close(a->fd);
  free(a);
}

/* False: the connection is gone. */
static bool send_some(struct asker *a) {
  while (a->answer) {
    ssize_t n = give(a, a->answer->bytes + a->sent, a->answer->n - a->sent);
    if (n < 0)
      return errno == EAGAIN;
    a->sent += (size_t)n;
    if (a->sent == a->answer->n) {
      a->answer = NULL;
      if (a->close)
        return false;
    }
  }
  return true;
}

static bool answer_next(struct asker *a) {
  const char *end = a->answer ? NULL : memmem(a->in, a->in_n, "\r\n\r\n", 4);
  if (!end)
    return a->in_n < sizeof a->in;
  size_t n = (size_t)(end - a->in) + 4;
  const char *path = memmem(a->in, n, "/b/", 3);
  a->answer = answer_of(path ? (unsigned)strtoul(path + 3, NULL, 10) : 0);
  a->sent = 0;
  a->close = memmem(a->in, n, "Connection: close", 17) != NULL;
  a->in_n -= n;
  memmove(a->in, a->in + n, a->in_n);
  return a->answer && send_some(a);
}

static bool serve(struct asker *a, unsigned events) {
  if ((events & EPOLLOUT) && !send_some(a))
    return false;
  for (;;) {
    ssize_t n = take(a, a->in + a->in_n, sizeof a->in - a->in_n);
    if (n < 0 && errno == EAGAIN)
      return true;
    if (n <= 0)
      return false;
    a->in_n += (size_t)n;
    if (!answer_next(a))
      return false;
    if (a->in_n == 0 && !a->answer && !(a->ssl && SSL_has_pending(a->ssl)))
      return true; /* one request came whole: edge-triggered epoll tells of the next */
  }
}

/* The origin's only wish for TLS is that it costs little: it reads ahead, and encrypts what fits. */
static SSL *shake_hands(SSL_CTX *tls, int fd) {
  SSL *ssl = SSL_new(tls);
  if (!ssl || SSL_set_fd(ssl, fd) != 1)
    abort();
  SSL_set_read_ahead(ssl, 1);
  SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_set_accept_state(ssl); /* the first read does it */
  return ssl;
}

void origin_run(int listener, SSL_CTX *tls) {
  int epoll = epoll_create1(0), one = 1;
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e);
  for (;;) {
    struct epoll_event ready[256];
    int n = epoll_wait(epoll, ready, 256, -1);
    for (int i = 0; i < n; i++) {
      struct asker *a = ready[i].data.ptr;
      if (a) {
        if (!serve(a, ready[i].events))
          forget(a);
        continue;
      }
      int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0)
        continue;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      a = calloc(1, sizeof *a);
      if (!a)
        abort();
      a->fd = fd;
      a->ssl = tls ? shake_hands(tls, fd) : NULL;
      e.events = EPOLLIN | EPOLLOUT | EPOLLET;
      e.data.ptr = a;
      epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
    }
  }
}
