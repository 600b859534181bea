/* A stream over a connected TCP socket: the shortest way from the loop to its user. */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "weir/base/mem.h"
#include "weir/io/tcp.h"

_Static_assert((int)STREAM_READ == (int)LOOP_READ && (int)STREAM_WRITE == (int)LOOP_WRITE &&
                   (int)STREAM_HUP == (int)LOOP_HUP,
               "events of the loop are passed on as they are");

struct tcp_stream {
  struct stream base;
  struct loop *loop;
  int fd;
};

static const struct stream_ops tcp_ops;

static struct tcp_stream *tcp_of(struct stream *s) {
  return (struct tcp_stream *)(void *)s;
}

static enum io_code failed(struct stream *s) {
  if (errno == EAGAIN || errno == EWOULDBLOCK)
    return IO_AGAIN;
  s->error = errno;
  return IO_ERROR;
}

static enum io_code tcp_recv(struct stream *s, void *to, size_t room, size_t *done) {
  ssize_t n;
  *done = 0;
  if (room == 0)
    return IO_AGAIN;
  do
    n = recv(tcp_of(s)->fd, to, room, 0);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return failed(s);
  *done = (size_t)n;
  return n > 0 ? IO_OK : IO_EOF;
}

static enum io_code tcp_send(struct stream *s, const void *from, size_t n, size_t *done) {
  ssize_t sent;
  *done = 0;
  if (n == 0)
    return IO_AGAIN;
  do
    sent = send(tcp_of(s)->fd, from, n, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent < 0)
    return failed(s);
  *done = (size_t)sent;
  return IO_OK;
}

static enum io_code tcp_shutdown(struct stream *s) {
  if (shutdown(tcp_of(s)->fd, SHUT_WR) == 0)
    return IO_OK;
  s->error = errno;
  return IO_ERROR;
}

static void tcp_touch(struct stream *s) {
  loop_touch(tcp_of(s)->loop, tcp_of(s)->fd);
}

static void tcp_info(struct stream *s, struct stream_info *out) {
  struct sockaddr_storage sa;
  socklen_t n = sizeof sa;
  *out = (struct stream_info){.kind = "tcp"};
  if (getsockname(tcp_of(s)->fd, (struct sockaddr *)&sa, &n) == 0)
    address_from_sockaddr(&out->local, (struct sockaddr *)&sa);
  n = sizeof sa;
  if (getpeername(tcp_of(s)->fd, (struct sockaddr *)&sa, &n) == 0)
    address_from_sockaddr(&out->peer, (struct sockaddr *)&sa);
}

static void tcp_free(struct stream *s, bool reset) {
  struct tcp_stream *t = tcp_of(s);
  loop_remove(t->loop, t->fd);
  if (reset) {
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  close(t->fd);
  free(t);
}

static const struct stream_ops tcp_ops = {.recv = tcp_recv,
                                          .send = tcp_send,
                                          .shutdown = tcp_shutdown,
                                          .touch = tcp_touch,
                                          .info = tcp_info,
                                          .free = tcp_free};

static unsigned want(void *arg) {
  struct tcp_stream *t = arg;
  return t->base.user.want ? t->base.user.want(t->base.user.arg) : 0;
}

static void ready(void *arg, unsigned events) {
  struct tcp_stream *t = arg;
  if (t->base.user.ready)
    t->base.user.ready(t->base.user.arg, events); /* may free the stream */
}

struct stream *tcp_stream_new(struct loop *loop, int fd) {
  struct tcp_stream *t = mem_zero(1, sizeof *t);
  t->base.ops = &tcp_ops;
  t->loop = loop;
  t->fd = fd;
  if (!loop_add(loop, fd, want, ready, t)) {
    close(fd);
    free(t);
    return NULL;
  }
  return &t->base;
}

int tcp_stream_fd(const struct stream *s) {
  return s && s->ops == &tcp_ops ? ((const struct tcp_stream *)(const void *)s)->fd : -1;
}
