/* The proxy as a whole: making it, ending it, counting. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "weir/base/mem.h"
#include "weir/filter/filter.h"

#include "parts.h"

const struct proxy_config proxy_config_default = {
    .body_limit = 16u << 20,
    .pool_idle_per_host = 32,
    .head_timeout = 30 * CLOCK_S,
    .idle_timeout = 60 * CLOCK_S,
    .name_timeout = 10 * CLOCK_S,
    .connect_timeout = 30 * CLOCK_S,
    .tls_timeout = 30 * CLOCK_S,
    .client_grace = 3 * CLOCK_S,
    .command_timeout = 30 * CLOCK_S,
};

void link_add(struct link **list, struct link *l) {
  l->next = *list;
  l->prev = list;
  if (l->next)
    l->next->prev = &l->next;
  *list = l;
}

void link_remove(struct link *l) {
  if (!l->prev)
    return;
  *l->prev = l->next;
  if (l->next)
    l->next->prev = l->prev;
  l->next = NULL;
  l->prev = NULL;
}

struct proxy *proxy_new(struct loop *loop, struct resolver *resolver, struct store *store, struct rules *rules,
                        const struct proxy_config *config) {
  struct proxy *p = mem_zero(1, sizeof *p);
  p->loop = loop;
  p->resolver = resolver;
  p->store = store;
  p->rules = rules;
  p->config = *config;
  p->recording = true;
  p->scratch = mem_alloc(SCRATCH);
  uint64_t token = 0;
  if (getrandom(&token, sizeof token, 0) != (ssize_t)sizeof token)
    token = clock_mono();
  snprintf(p->loop_token, sizeof p->loop_token, "%016llx", (unsigned long long)token);
  return p;
}

void proxy_set_config(struct proxy *p, const struct proxy_config *config) {
  p->config = *config;
}

void proxy_free(struct proxy *p) {
  if (!p)
    return;
  p->closing = true;
  listeners_close(p);
  while (p->exchanges) {
    struct exchange *x = PART_OF(p->exchanges, struct exchange);
    bool paused = x->flow->paused != FLOW_RUNNING;
    exchange_fail(x, (struct failure){paused ? STAGE_PAUSED : STAGE_NONE, ERROR_DROPPED, 0, 502},
                  paused ? "dropped: weir ended while this was paused" : "weir ended");
  }
  workers_free(p);
  tunnels_free(p);
  sniffs_free(p);
  while (p->conns) {
    struct conn *c = PART_OF(p->conns, struct conn);
    conn_close(c, c->cut);
  }
  loop_timer_cancel(p->loop, &p->unseen_timer);
  client_queries_free(p);
  pool_free(p);
  unused_shrink(p);
  secure_free(p);
  filter_free(p->pass);
  ways_free(p->ways);
  gate_free(p->gate);
  buf_clear(&p->head);
  queue_spares_clear(&p->spares);
  free(p->scratch);
  free(p);
}

void proxy_accept_as(struct proxy *p, struct stream *client, struct mode *mode) {
  struct stream_info info;
  stream_info(client, &info);
  front_open(conn_new(p, client, &info.peer, mode));
}

void proxy_accept(struct proxy *p, struct stream *client) {
  proxy_accept_as(p, client, NULL);
}

void proxy_set_dial(struct proxy *p, proxy_dial_fn *dial, void *arg) {
  p->dial = dial;
  p->dial_arg = arg;
}

void proxy_set_ways(struct proxy *p, struct ways *ways) {
  if (p->ways != ways)
    ways_free(p->ways);
  p->ways = ways;
}

void proxy_set_recording(struct proxy *p, bool on) {
  p->recording = on;
}

bool proxy_recording(const struct proxy *p) {
  return p->recording;
}

struct proxy_stats proxy_stats(const struct proxy *p) {
  struct proxy_stats s = {
      .listening = p->listening,
      .listeners = p->listeners.n,
      .clients = p->conn_count,
      .upstreams = p->upstream_count,
      .paused = store_stats(p->store).paused,
      .running = p->exchange_count,
      .programs = p->running + p->errands,
      .requests = p->requests,
      .bytes_up = p->bytes_up,
      .bytes_down = p->bytes_down,
      .tunnels = p->tunnels || p->sniffs,
      .at_limit = p->at_limit,
  };
  for (size_t i = 0; i < p->listeners.n; i++) {
    s.off_loopback = s.off_loopback || !address_is_loopback(&p->listening[i].address);
    s.open_to_all = s.open_to_all || p->listening[i].open_to_all;
  }
  return s;
}

const struct proxy_listening *proxy_usual(const struct proxy_stats *s) {
  for (size_t i = 0; i < s->listeners; i++)
    if (s->listening[i].usual)
      return &s->listening[i];
  return NULL;
}
