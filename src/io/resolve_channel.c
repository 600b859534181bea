#include "io/resolve_channel.h"

#include <stdlib.h>
#include <string.h>

#include "weir/base/clock.h"
#include "weir/base/log.h"
#include "weir/base/mem.h"

#define TRY_MS     2000
#define TRIES      2
#define LOOK_EVERY CLOCK_S

struct watch { /* a socket of c-ares */
  struct channel *channel;
  struct watch *next;
  ares_socket_t fd;
  unsigned wanted;
};

void channels_init(struct channels *cs, struct loop *loop) {
  *cs = (struct channels){.loop = loop};
}

size_t channels_count(const struct channels *cs) {
  size_t n = 0;
  for (struct channel *c = cs->first; c; c = c->next)
    n++;
  return n;
}

static void channel_free(struct channel *c) {
  struct loop *loop = c->owner->loop;
  ares_destroy(c->ares); /* closes its sockets, which empties the list of watches */
  loop_timer_cancel(loop, &c->timer);
  free(c);
}

void channels_clear(struct channels *cs) {
  while (cs->first) {
    struct channel *c = cs->first;
    cs->first = c->next;
    channel_free(c);
  }
}

/* Never from inside c-ares. */
static void sweep(struct channels *cs) {
  if (!cs->first)
    return;
  struct channel **at = &cs->first->next;
  while (*at) {
    struct channel *c = *at;
    if (c->users > 0) {
      at = &c->next;
      continue;
    }
    *at = c->next;
    channel_free(c);
  }
}

void channel_arm(struct channel *c) {
  struct timeval tv;
  if (ares_timeout(c->ares, NULL, &tv))
    loop_timer_arm(c->owner->loop, &c->timer, (uint64_t)tv.tv_sec * CLOCK_S + (uint64_t)tv.tv_usec * CLOCK_US);
  else
    loop_timer_cancel(c->owner->loop, &c->timer);
}

static void process(struct channel *c, ares_socket_t read_fd, ares_socket_t write_fd) {
  struct channels *cs = c->owner;
  ares_process_fd(c->ares, read_fd, write_fd);
  channel_arm(c);
  sweep(cs);
}

static void on_timer(void *arg) {
  process(arg, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static unsigned want(void *arg) {
  return ((struct watch *)arg)->wanted;
}

static void ready(void *arg, unsigned events) {
  struct watch *w = arg;
  process(w->channel, events & LOOP_READ ? w->fd : ARES_SOCKET_BAD, events & LOOP_WRITE ? w->fd : ARES_SOCKET_BAD);
}

static void socket_state(void *arg, ares_socket_t fd, int readable, int writable) {
  struct channel *c = arg;
  struct loop *loop = c->owner->loop;
  struct watch **at = &c->watches;
  while (*at && (*at)->fd != fd)
    at = &(*at)->next;
  struct watch *w = *at;
  if (!readable && !writable) {
    if (w) {
      loop_remove(loop, fd);
      *at = w->next;
      free(w);
    }
    return;
  }
  if (!w) {
    w = mem_zero(1, sizeof *w);
    *w = (struct watch){.channel = c, .fd = fd};
    *at = w;
    if (!loop_add(loop, fd, want, ready, w))
      log_write(LOG_WARN, "dns", 0, NULL, "no memory to watch a socket of the resolver"); /* it will time out */
  }
  w->wanted = (readable ? LOOP_READ : 0u) | (writable ? LOOP_WRITE : 0u);
  loop_touch(loop, fd);
}

static struct channel *channel_new(struct channels *cs) {
  struct channel *c = mem_zero(1, sizeof *c);
  c->owner = cs;
  c->timer.fn = on_timer;
  c->timer.arg = c;
  struct ares_options options = {.timeout = cs->setup.try_ms ? cs->setup.try_ms : TRY_MS,
                                 .tries = TRIES,
                                 .sock_state_cb = socket_state,
                                 .sock_state_cb_data = c};
  int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
  int status = ares_init_options(&c->ares, &options, mask);
  if (status == ARES_SUCCESS && cs->setup.servers) {
    status = ares_set_servers_ports_csv(c->ares, cs->setup.servers);
    if (status != ARES_SUCCESS)
      ares_destroy(c->ares);
  }
  if (status == ARES_SUCCESS)
    return c;
  log_write(LOG_ERROR, "dns", 0, NULL, "cannot start the resolver: %s", ares_strerror(status));
  free(c);
  return NULL;
}

static bool conf_changed(struct channels *cs) {
  struct stat now;
  if (cs->first && loop_now(cs->loop) - cs->looked < LOOK_EVERY)
    return false;
  cs->looked = loop_now(cs->loop);
  if (stat(cs->setup.conf_path ? cs->setup.conf_path : "/etc/resolv.conf", &now) < 0)
    memset(&now, 0, sizeof now);
  bool same = now.st_ino == cs->conf.st_ino && now.st_size == cs->conf.st_size &&
              now.st_mtim.tv_sec == cs->conf.st_mtim.tv_sec && now.st_mtim.tv_nsec == cs->conf.st_mtim.tv_nsec;
  cs->conf = now;
  return !same;
}

struct channel *channels_current(struct channels *cs) {
  if (conf_changed(cs) || !cs->first) {
    struct channel *c = channel_new(cs);
    if (c) {
      c->next = cs->first;
      cs->first = c;
    }
  }
  sweep(cs);
  return cs->first;
}
