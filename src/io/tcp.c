/* Listening and accepting. */
#include "weir/io/tcp.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

static bool set_option(int fd, int level, int name) {
  int on = 1;
  return setsockopt(fd, level, name, &on, sizeof on) == 0;
}

static bool bind_and_listen(int fd, struct address *a, int backlog) {
  struct sockaddr_storage sa;
  socklen_t n = address_to_sockaddr(a, &sa);
  /* TCP_NODELAY on the listener is inherited by what it accepts, which saves a call a connection. */
  if (!set_option(fd, SOL_SOCKET, SO_REUSEADDR) || !set_option(fd, IPPROTO_TCP, TCP_NODELAY))
    return false;
  /* IPv4 has a listener of its own; one of both families would hide whether it is free. */
  if (a->family == 6 && !set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY))
    return false;
  if (bind(fd, (struct sockaddr *)&sa, n) < 0 || listen(fd, backlog) < 0)
    return false;
  n = sizeof sa;
  if (getsockname(fd, (struct sockaddr *)&sa, &n) < 0)
    return false;
  address_from_sockaddr(a, (struct sockaddr *)&sa);
  return true;
}

int tcp_listen(struct address *a, int backlog, struct err *err) {
  char text[ADDRESS_TEXT];
  int fd = socket(a->family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd >= 0 && bind_and_listen(fd, a, backlog))
    return fd;
  int code = errno;
  if (fd >= 0)
    close(fd);
  err_set(err, "cannot listen on %s: %s", address_text(a, text, sizeof text), strerror(code));
  errno = code;
  return -1;
}

enum tcp_accept_code tcp_accept(int listener, int *fd, struct address *peer) {
  struct sockaddr_storage sa;
  socklen_t n = sizeof sa;
  *fd = accept4(listener, (struct sockaddr *)&sa, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (*fd >= 0) {
    if (peer)
      address_from_sockaddr(peer, (struct sockaddr *)&sa);
    return TCP_ACCEPTED;
  }
  switch (errno) {
  case EMFILE:
  case ENFILE:
  case ENOMEM:
  case ENOBUFS:
    return TCP_FULL;
  case EINTR:
  case ECONNABORTED: /* these and below: accept(2) tells the error of the connection it would have given */
  case EPROTO:
  case EPERM:
  case ENOPROTOOPT:
  case ENETDOWN:
  case ENETUNREACH:
  case EHOSTDOWN:
  case EHOSTUNREACH:
  case ENONET:
  case EOPNOTSUPP:
    return TCP_RETRY;
  default:
    return TCP_NONE;
  }
}
