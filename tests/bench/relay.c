/* The plain relay: select(), one connection to the origin for each client, bytes both ways, nothing looked at. The
 * least that any proxy on select() has to do. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define PIECE ((size_t)64 << 10)

struct way { /* one direction: read from `from`, written to `to` */
  int from, to;
  char *bytes;
  size_t at, n;
  bool ended;
};

struct pair {
  struct way way[2];
  bool open;
};

static struct pair pairs[FD_SETSIZE / 2];

static void close_pair(struct pair *p) {
  close(p->way[0].from);
  close(p->way[0].to);
  free(p->way[0].bytes);
  free(p->way[1].bytes);
  memset(p, 0, sizeof *p);
}

static void accept_pair(int listener, uint16_t to) {
  int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;
  if (client < 0)
    return;
  struct pair *p = NULL;
  for (size_t i = 0; i < FD_SETSIZE / 2 && !p; i++)
    if (!pairs[i].open)
      p = &pairs[i];
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(to)};
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (!p || server < 0 || server >= FD_SETSIZE || client >= FD_SETSIZE ||
      (connect(server, (struct sockaddr *)&a, sizeof a) < 0 && errno != EINPROGRESS)) {
    close(client);
    if (server >= 0)
      close(server);
    return;
  }
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  p->open = true;
  p->way[0] = (struct way){client, server, malloc(PIECE), 0, 0, false};
  p->way[1] = (struct way){server, client, malloc(PIECE), 0, 0, false};
  if (!p->way[0].bytes || !p->way[1].bytes)
    abort();
}

/* False: the pair is done for. */
static bool move(struct way *w, bool readable, bool writable) {
  if (readable && w->n == 0 && !w->ended) {
    ssize_t n = recv(w->from, w->bytes, PIECE, 0);
    if (n < 0)
      return errno == EAGAIN;
    w->at = 0;
    w->n = (size_t)n;
    if (n == 0) {
      w->ended = true;
      shutdown(w->to, SHUT_WR);
      return true;
    }
    writable = true;
  }
  if (writable && w->n) {
    ssize_t n = send(w->to, w->bytes + w->at, w->n, MSG_NOSIGNAL);
    if (n < 0)
      return errno == EAGAIN || errno == ENOTCONN;
    w->at += (size_t)n;
    w->n -= (size_t)n;
  }
  return true;
}

static int fill(fd_set *r, fd_set *w, int listener) {
  int most = listener;
  FD_ZERO(r);
  FD_ZERO(w);
  FD_SET(listener, r);
  for (size_t i = 0; i < FD_SETSIZE / 2; i++)
    for (int d = 0; pairs[i].open && d < 2; d++) {
      const struct way *way = &pairs[i].way[d];
      if (way->n == 0 && !way->ended)
        FD_SET(way->from, r);
      if (way->n)
        FD_SET(way->to, w);
      if (way->from > most)
        most = way->from;
    }
  return most;
}

void relay_run(int listener, uint16_t to) {
  for (;;) {
    fd_set r, w;
    int most = fill(&r, &w, listener);
    if (select(most + 1, &r, &w, NULL, NULL) < 0)
      continue;
    for (size_t i = 0; i < FD_SETSIZE / 2; i++) {
      struct pair *p = &pairs[i];
      bool alive = true;
      for (int d = 0; p->open && alive && d < 2; d++)
        alive = move(&p->way[d], FD_ISSET(p->way[d].from, &r), FD_ISSET(p->way[d].to, &w));
      if (p->open && (!alive || (p->way[0].ended && p->way[1].ended)))
        close_pair(p);
    }
    if (FD_ISSET(listener, &r))
      accept_pair(listener, to);
  }
}
