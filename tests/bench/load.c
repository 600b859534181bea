/* The load generator: a closed loop over epoll, one request on the way on each connection. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bench.h"

#define HEAD_MAX 4096
#define GIVE_UP  60.0 /* seconds without the end of a round */

struct client {
  struct wire wire;
  bool busy;
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
  double until;   /* nothing new is asked after it; 0: as many as the load says */
  bool looked;    /* at the name in a certificate, once */
  float *latency; /* us */
  char *scratch;
};

#define SCRATCH ((size_t)256 << 10)

static bool give_up(struct generator *g, const char *why) {
  if (!g->result->why[0])
    snprintf(g->result->why, sizeof g->result->why, "%s: %s", why, errno ? strerror(errno) : "no more to say");
  return false;
}

static void write_request(struct generator *g, const char *host) {
  const struct load *load = g->load;
  char before[64] = ""; /* inside TLS the target is but a path */
  if (!load->tls)
    snprintf(before, sizeof before, "http://%s:%u", host, load->origin_port);
  g->request_n =
      (size_t)snprintf(g->request, sizeof g->request,
                       "GET %s/b/%u HTTP/1.1\r\nHost: %s:%u\r\nUser-Agent: weir-bench\r\nAccept: */*\r\n%s\r\n", before,
                       load->size, host, load->origin_port, load->reconnect ? "Connection: close\r\n" : "");
}

static bool finished(const struct generator *g) {
  return g->issued == g->load->requests || (g->until > 0 && seconds_now() >= g->until);
}

static bool say(struct generator *g, struct client *c) {
  /* The request is far smaller than a socket's buffer, and nothing else waits in it. */
  return wire_send(&c->wire, g->request, g->request_n) == (ssize_t)g->request_n || give_up(g, "send");
}

/* The connection is open: what was it opened for? */
static bool begin(struct generator *g, struct client *c) {
  errno = 0;
  if (g->load->tls && !g->looked && !wire_named_right(&c->wire))
    return give_up(g, "a certificate for another name");
  g->looked = true;
  if (g->load->new_names)
    write_request(g, c->wire.name);
  if (!g->load->handshakes)
    return say(g, c);
  wire_finish(&c->wire);
  return true;
}

/* After each event, and at once: a connection over loopback is often there when connect() returns. */
static bool go_on(struct generator *g, struct client *c) {
  errno = 0;
  enum wire_code code = wire_step(&c->wire, g->load);
  if (code == WIRE_BROKEN)
    return give_up(g, "no connection");
  return code == WIRE_WAIT || begin(g, c);
}

static bool watch(struct generator *g, struct client *c) {
  struct epoll_event e = {.events = EPOLLIN | EPOLLET, .data.ptr = c};
  if (g->load->reconnect)
    e.events |= EPOLLOUT;
  return epoll_ctl(g->epoll, EPOLL_CTL_ADD, c->wire.fd, &e) == 0 || give_up(g, "epoll_ctl");
}

static bool ask(struct generator *g, struct client *c) {
  if (finished(g))
    return true;
  g->issued++;
  c->busy = true;
  c->head_n = 0;
  c->in_body = false;
  c->began = seconds_now();
  if (!g->load->reconnect)
    return say(g, c);
  if (!wire_dial(&c->wire, g->load))
    return give_up(g, "connect");
  return watch(g, c) && go_on(g, c);
}

static bool answered(struct generator *g, struct client *c) {
  g->latency[g->done++] = (float)((seconds_now() - c->began) * 1e6);
  g->result->body_bytes += g->load->handshakes ? 0 : g->load->size;
  c->busy = false;
  if (g->load->reconnect)
    wire_close(&c->wire);
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

static bool ended(struct generator *g, struct client *c) {
  ssize_t n;
  while ((n = wire_drain(&c->wire)) > 0)
    ;
  if (n < 0 && errno == EAGAIN)
    return true;
  return n < 0 ? give_up(g, "the end of a connection") : answered(g, c);
}

static bool readable(struct generator *g, struct client *c) {
  for (;;) {
    int fd = c->wire.fd;
    errno = 0;
    ssize_t n = wire_recv(&c->wire, g->scratch, SCRATCH);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
      return true;
    if (n <= 0) {
      errno = n ? errno : 0;
      return (n == 0 && !c->busy) || give_up(g, "the connection was closed");
    }
    if (!take(g, c, g->scratch, (size_t)n))
      return false;
    /* A record ends where it ends: whether more is there, only another read tells. */
    if (c->wire.fd != fd || c->wire.stage != WIRE_READY || (!c->wire.ssl && (size_t)n < SCRATCH))
      return true;
    if (c->wire.ssl && !c->in_body && c->head_n == 0 && !SSL_has_pending(c->wire.ssl))
      return true;
  }
}

static bool event(struct generator *g, struct client *c, unsigned events) {
  if (c->wire.fd < 0)
    return true;
  if (c->wire.stage < WIRE_READY)
    return go_on(g, c);
  if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
    return true;
  return c->wire.stage == WIRE_ENDING ? ended(g, c) : readable(g, c);
}

static bool open_all(struct generator *g) {
  for (unsigned i = 0; i < g->load->connections; i++)
    g->client[i].wire.fd = -1;
  for (unsigned i = 0; i < g->load->connections && !g->load->reconnect; i++) {
    struct client *c = &g->client[i];
    errno = 0;
    if (!wire_open(&c->wire, g->load))
      return give_up(g, "connect");
    if (!watch(g, c))
      return false;
  }
  return true;
}

static bool turn_until_done(struct generator *g) {
  double give_up_at = seconds_now() + GIVE_UP;
  if (g->load->seconds > 0)
    g->until = seconds_now() + g->load->seconds;
  for (unsigned i = 0; i < g->load->connections; i++)
    if (!ask(g, &g->client[i]))
      return false;
  while (g->done < g->issued || !finished(g)) {
    struct epoll_event e[256];
    int n = epoll_wait(g->epoll, e, 256, 1000);
    for (int i = 0; i < n; i++)
      if (!event(g, e[i].data.ptr, e[i].events))
        return false;
    errno = 0;
    if (seconds_now() > give_up_at)
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
  write_request(&g, load->tls ? WARM_NAME : "127.0.0.1");
  bool ok = open_all(&g);
  double began = seconds_now();
  ok = ok && turn_until_done(&g);
  result->seconds = seconds_now() - began;
  result->ok = ok;
  result->requests = g.done;
  result->sent_bytes = load->handshakes ? 0 : (uint64_t)g.done * g.request_n;
  if (g.done) {
    qsort(g.latency, g.done, sizeof *g.latency, compare);
    result->median_us = (double)g.latency[g.done / 2];
    result->p99_us = (double)g.latency[(uint64_t)g.done * 99 / 100];
  }
  for (unsigned i = 0; i < load->connections; i++)
    wire_close(&g.client[i].wire);
  close(g.epoll);
  free(g.client);
  free(g.latency);
  free(g.scratch);
}
