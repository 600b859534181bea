/*
 * Server connections that tunnels had no use for: a CONNECT makes one before it is known that the tunnel's requests find
 * another in the pool, or that none is asked. They wait a moment for the next CONNECT to the same server. Nothing has gone
 * through them; one on which the server speaks or ends is let go. No server has waited longer for a first byte than
 * SERVERS_WAIT, which is well below what they allow.
 */
#include <stdlib.h>

#include "weir/base/mem.h"

#include "parts.h"

#define SERVERS_WAIT (3 * CLOCK_S)
#define MOST         32

struct unused {
  struct link link;
  struct proxy *proxy;
  struct stream *stream;
  struct loop_timer timer;
  struct address address;
  uint64_t opened;
  char *host;
  uint16_t port;
  const struct way *way;
};

static void unused_free(void *what) {
  struct unused *u = what;
  free(u->host);
  free(u);
}

static void unused_leave(struct unused *u) {
  struct proxy *p = u->proxy;
  loop_timer_cancel(p->loop, &u->timer);
  link_remove(&u->link);
  p->unused_count--;
  loop_bury(p->loop, unused_free, u);
}

static void unused_drop(void *arg) {
  struct unused *u = arg;
  stream_free(u->stream);
  unused_leave(u);
}

static unsigned unused_want(void *arg) {
  (void)arg;
  return STREAM_READ;
}

static void unused_ready(void *arg, unsigned events) {
  (void)events;
  unused_drop(arg);
}

void unused_keep(struct proxy *p, struct origin *o) {
  struct stream *s = o->spare;
  uint64_t now = loop_now(p->loop), due = o->spare_opened + SERVERS_WAIT;
  o->spare = NULL;
  if (!s || p->closing || p->unused_count >= MOST || now >= due) {
    stream_free(s);
    return;
  }
  struct unused *u = mem_zero(1, sizeof *u);
  u->proxy = p;
  u->stream = s;
  u->address = o->spare_address;
  u->opened = o->spare_opened;
  u->host = mem_dup(o->host);
  u->port = o->port;
  u->way = o->spare_way;
  u->timer = (struct loop_timer){.fn = unused_drop, .arg = u};
  link_add(&p->unused, &u->link);
  p->unused_count++;
  loop_timer_arm(p->loop, &u->timer, due - now);
  stream_set_user(s, (struct stream_user){unused_want, unused_ready, u});
  stream_touch(s);
}

static struct unused *unused_find(const struct exchange *x) {
  for (struct link *l = x->proxy->unused; l; l = l->next) {
    struct unused *u = PART_OF(l, struct unused);
    if (u->port == x->port && u->way == x->way && slice_eq_ascii(slice_of(u->host), slice_of(x->host)))
      return u;
  }
  return NULL;
}

bool unused_is_there(const struct exchange *x) {
  return unused_find(x) != NULL;
}

struct stream *unused_take(const struct exchange *x, struct address *address, uint64_t *opened) {
  struct unused *u = unused_find(x);
  if (!u)
    return NULL;
  struct stream *s = u->stream;
  *address = u->address;
  *opened = u->opened;
  unused_leave(u);
  return s;
}

void unused_shrink(struct proxy *p) {
  while (p->unused)
    unused_drop(PART_OF(p->unused, struct unused));
}
