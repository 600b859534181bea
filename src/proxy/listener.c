/* Listening sockets. Out of descriptors, new clients wait in the backlog: nothing that runs is disturbed. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "weir/base/log.h"
#include "weir/base/vec.h"
#include "weir/io/fdlimit.h"

#include "parts.h"

#define ACCEPT_BUDGET 64

/* A client needs a second descriptor towards its server, and weir a few for itself: those are not given away. */
static bool have_room(const struct proxy *p, size_t limit) {
  size_t spare = limit / 8 < 16 ? 16 : limit / 8 > 512 ? 512 : limit / 8;
  size_t owed = p->conn_count > p->upstream_count ? p->conn_count - p->upstream_count : 0;
  return loop_count(p->loop) + owed + spare < limit;
}

static void listeners_touch(struct proxy *p) {
  for (size_t i = 0; i < p->listeners.n; i++)
    loop_touch(p->loop, p->listeners.v[i]->fd);
}

static void limit_set(struct proxy *p, bool on) {
  if (p->at_limit == on)
    return;
  p->at_limit = on;
  if (on)
    log_write(LOG_ERROR, "proxy", 0, "raise the limit (ulimit -n) or close some clients",
              "out of descriptors: new clients wait");
  else
    log_write(LOG_INFO, "proxy", 0, NULL, "descriptors are free again: new clients are served");
  listeners_touch(p);
}

static void wake_timer(void *arg) {
  struct proxy *p = arg;
  if (p->at_limit && have_room(p, fdlimit_now()))
    limit_set(p, false);
  if (p->at_limit)
    loop_timer_arm(p->loop, &p->accept_timer, 100 * CLOCK_MS);
}

static void limit_reached(struct proxy *p) {
  pool_shrink(p);
  limit_set(p, true);
  p->accept_timer.fn = wake_timer;
  p->accept_timer.arg = p;
  loop_timer_arm(p->loop, &p->accept_timer, 100 * CLOCK_MS);
}

/* A password can be asked for where the client knows that it speaks to a proxy. */
static bool is_open(const struct proxy *p, const struct mode *mode) {
  bool asks =
      mode->kind == MODE_SOCKS5 ? mode->user || gate_user(p->gate) : mode->kind <= MODE_REGULAR && gate_user(p->gate);
  return !asks && !gate_keeps_out(p->gate);
}

static unsigned listener_want(void *arg) {
  const struct listener *l = arg;
  return l->proxy->at_limit ? 0 : LOOP_READ;
}

static void listener_ready(void *arg, unsigned events) {
  (void)events;
  struct listener *l = arg;
  struct proxy *p = l->proxy;
  size_t limit = fdlimit_now();
  for (int i = 0; i < ACCEPT_BUDGET; i++) {
    if (!have_room(p, limit)) {
      limit_reached(p);
      return;
    }
    int fd;
    struct address peer;
    switch (tcp_accept(l->fd, &fd, &peer)) {
    case TCP_NONE:
      return;
    case TCP_FULL:
      limit_reached(p);
      return;
    case TCP_RETRY:
      continue;
    case TCP_ACCEPTED:
      break;
    }
    if (!gate_admits(p, &peer, l->mode, l->address.port)) {
      close(fd);
      continue;
    }
    struct stream *s = tcp_stream_new(p->loop, fd);
    struct conn *c = s ? conn_new(p, s, &peer, l->mode) : NULL;
    if (c && !address_is_any(&l->address))
      c->own = l->address;
    if (c) {
      c->listener = l->address.port;
      front_open(c);
    }
  }
}

static void listener_free(struct listener *l) {
  mode_unref(l->mode);
  free(l);
}

/* What people are told of, side by side. */
static void listeners_tell(struct proxy *p) {
  p->listening = mem_grow(p->listening, p->listeners.n * sizeof *p->listening);
  for (size_t i = 0; i < p->listeners.n; i++) {
    const struct listener *l = p->listeners.v[i];
    p->listening[i] = (struct proxy_listening){
        .address = l->address,
        .kind = l->mode->kind,
        .mode = l->mode->text,
        .open_to_all = !address_is_loopback(&l->address) && is_open(p, l->mode),
        .no_tproxy = l->no_tproxy,
        .header = l->mode->proxy_header || p->config.proxy_header,
        .can_ask = l->mode->kind <= MODE_SOCKS5,
        .usual = l->mode->kind <= MODE_REGULAR,
    };
  }
}

bool proxy_listen_as(struct proxy *p, struct address *a, struct mode *mode, struct err *err) {
  int fd = tcp_listen(a, 1024, err);
  if (fd < 0)
    return false;
  struct listener *l = mem_zero(1, sizeof *l);
  *l = (struct listener){p, fd, *a, mode ? mode_ref(mode) : mode_parse(SLICE("auto"), err), false};
  l->no_tproxy = l->mode->kind == MODE_TRANSPARENT && !tcp_take_any(fd, a->family);
  if (!loop_add(p->loop, fd, listener_want, listener_ready, l)) {
    close(fd);
    listener_free(l);
    return err_set(err, "out of descriptors");
  }
  VEC_PUSH(&p->listeners, l);
  listeners_tell(p);
  return true;
}

bool proxy_listen(struct proxy *p, struct address *a, struct err *err) {
  return proxy_listen_as(p, a, NULL, err);
}

void listeners_close(struct proxy *p) {
  for (size_t i = 0; i < p->listeners.n; i++) {
    struct listener *l = p->listeners.v[i];
    loop_remove(p->loop, l->fd);
    close(l->fd);
    listener_free(l);
  }
  VEC_CLEAR(&p->listeners);
  free(p->listening);
  p->listening = NULL;
  loop_timer_cancel(p->loop, &p->accept_timer);
}
