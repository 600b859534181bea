/* The load generator: a closed loop over epoll, one request on the way on each connection. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define HEAD_MAX 4096
#define GIVE_UP  60.0 /* seconds without the end of a round */

struct client {
  int fd;
  bool busy, connecting;
  double began;
  char head[HEAD_MAX]; /* of the response, until it is whole */
  unsigned head_n;
  bool in_body;
  uint64_t body_left;
};

struct generator {
  const struct load *load;
  struct load_result *result;
  struct client *client;
  int epoll;
  char request[512];
  size_t request_n;
  unsigned issued, done;
  float *latency; /* us */
  char *scratch;
};

#define SCRATCH ((size_t)256 << 10)

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
  return open_socket(port, source, 0);
}

static bool give_up(struct generator *g, const char *why) {
  if (!g->result->why[0])
    snprintf(g->result->why, sizeof g->result->why, "%s: %s", why, errno ? strerror(errno) : "no more to say");
  return false;
}

static bool dial(struct generator *g, struct client *c) {
  c->fd = open_socket(g->load->port, g->load->source, SOCK_NONBLOCK);
  if (c->fd < 0)
    return give_up(g, "connect");
  struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
  c->connecting = true;
  return epoll_ctl(g->epoll, EPOLL_CTL_ADD, c->fd, &e) == 0 || give_up(g, "epoll_ctl");
}

static bool ask(struct generator *g, struct client *c) {
  if (g->issued == g->load->requests)
    return true;
  g->issued++;
  c->busy = true;
  c->head_n = 0;
  c->in_body = false;
  if (g->load->reconnect) {
    c->began = seconds_now();
    return dial(g, c);
  }
  c->began = seconds_now();
  /* The request is far smaller than a socket's buffer, and nothing else waits in it. */
  return send(c->fd, g->request, g->request_n, MSG_NOSIGNAL) == (ssize_t)g->request_n || give_up(g, "send");
}

static bool answered(struct generator *g, struct client *c) {
  g->latency[g->done++] = (float)((seconds_now() - c->began) * 1e6);
  g->result->body_bytes += g->load->size;
  c->busy = false;
  if (g->load->reconnect) {
    close(c->fd);
    c->fd = -1;
  }
  return ask(g, c);
}

/* The head is whole at `end` bytes: what Content-Length says must be what was asked for. */
static bool read_head(struct generator *g, struct client *c, size_t end) {
  static const char field[] = "\r\nContent-Length: ";
  c->head[end - 1] = '\0';
  const char *at = strcasestr(c->head, field);
  errno = 0;
  if (memcmp(c->head, "HTTP/1.1 200", 12) != 0 || !at)
    return give_up(g, "an answer other than 200 with a length");
  c->body_left = strtoull(at + sizeof field - 1, NULL, 10);
  if (c->body_left != g->load->size)
    return give_up(g, "a body of another size");
  c->in_body = true;
  return true;
}

static bool take(struct generator *g, struct client *c, const char *p, size_t n) {
  g->result->received_bytes += n;
  if (!c->in_body) {
    size_t room = sizeof c->head - c->head_n, m = n < room ? n : room;
    memcpy(c->head + c->head_n, p, m);
    size_t from = c->head_n < 3 ? 0 : c->head_n - 3;
    const char *end = memmem(c->head + from, c->head_n + m - from, "\r\n\r\n", 4);
    if (!end) {
      c->head_n += (unsigned)m;
      errno = 0;
      return m == n || give_up(g, "a head that does not end");
    }
    size_t used = (size_t)(end - c->head) + 4 - c->head_n;
    if (!read_head(g, c, (size_t)(end - c->head) + 4))
      return false;
    n -= used;
  }
  errno = 0;
  if (n > c->body_left)
    return give_up(g, "more bytes than the length said");
  c->body_left -= n;
  return c->body_left || answered(g, c);
}

static bool readable(struct generator *g, struct client *c) {
  while (c->fd >= 0) {
    int fd = c->fd;
    ssize_t n = recv(fd, g->scratch, SCRATCH, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
      return true;
    if (n <= 0) {
      errno = n ? errno : 0;
      return (n == 0 && !c->busy) || give_up(g, "the connection was closed");
    }
    if (!take(g, c, g->scratch, (size_t)n))
      return false;
    if (c->fd == fd && (size_t)n < SCRATCH)
      return true;
  }
  return true;
}

static bool event(struct generator *g, struct client *c, unsigned events) {
  if (c->fd < 0)
    return true;
  if (c->connecting && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))) {
    int code = 0;
    socklen_t size = sizeof code;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &code, &size);
    errno = code;
    if (code)
      return give_up(g, "connect");
    c->connecting = false;
    if (send(c->fd, g->request, g->request_n, MSG_NOSIGNAL) != (ssize_t)g->request_n)
      return give_up(g, "send");
  }
  return !(events & (EPOLLIN | EPOLLHUP | EPOLLERR)) || readable(g, c);
}

static bool open_all(struct generator *g) {
  for (unsigned i = 0; i < g->load->connections; i++)
    g->client[i].fd = -1;
  for (unsigned i = 0; i < g->load->connections && !g->load->reconnect; i++) {
    struct client *c = &g->client[i];
    c->fd = load_connect(g->load->port, g->load->source);
    struct epoll_event e = {.events = EPOLLIN | EPOLLET, .data.ptr = c};
    if (c->fd < 0 || fcntl(c->fd, F_SETFL, O_NONBLOCK) < 0 || epoll_ctl(g->epoll, EPOLL_CTL_ADD, c->fd, &e) < 0)
      return give_up(g, "connect");
  }
  return true;
}

static bool turn_until_done(struct generator *g) {
  double until = seconds_now() + GIVE_UP;
  for (unsigned i = 0; i < g->load->connections; i++)
    if (!ask(g, &g->client[i]))
      return false;
  while (g->done < g->load->requests) {
    struct epoll_event e[256];
    int n = epoll_wait(g->epoll, e, 256, 1000);
    for (int i = 0; i < n; i++)
      if (!event(g, e[i].data.ptr, e[i].events))
        return false;
    errno = 0;
    if (seconds_now() > until)
      return give_up(g, "no end after a minute");
  }
  return true;
}

static int compare(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

void load_run(const struct load *load, struct load_result *result) {
  struct generator g = {.load = load, .result = result};
  memset(result, 0, sizeof *result);
  g.epoll = epoll_create1(EPOLL_CLOEXEC);
  g.client = calloc(load->connections, sizeof *g.client);
  g.latency = calloc(load->requests, sizeof *g.latency);
  g.scratch = malloc(SCRATCH);
  if (g.epoll < 0 || !g.client || !g.latency || !g.scratch)
    abort();
  g.request_n = (size_t)snprintf(
      g.request, sizeof g.request,
      "GET http://127.0.0.1:%u/b/%u HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUser-Agent: weir-bench\r\n"
      "Accept: */*\r\n%s\r\n",
      load->origin_port, load->size, load->origin_port, load->reconnect ? "Connection: close\r\n" : "");
  bool ok = open_all(&g);
  double began = seconds_now();
  ok = ok && turn_until_done(&g);
  result->seconds = seconds_now() - began;
  result->ok = ok;
  result->requests = g.done;
  result->sent_bytes = (uint64_t)g.done * g.request_n;
  if (g.done) {
    qsort(g.latency, g.done, sizeof *g.latency, compare);
    result->median_us = (double)g.latency[g.done / 2];
  }
  for (unsigned i = 0; i < load->connections; i++)
    if (g.client[i].fd >= 0)
      close(g.client[i].fd);
  close(g.epoll);
  free(g.client);
  free(g.latency);
  free(g.scratch);
}
