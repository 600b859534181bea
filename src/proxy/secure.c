/* What is known of hosts and clients where TLS is concerned: who passes untouched, whose certificate need not be good,
 * and which clients did not trust weir's authority. */
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/base/vec.h"

#include "parts.h"

#define CLIENTS_MAX 256 /* remembered; the oldest is forgotten */

/* "*" is any host, "*.shop.test" any below (and not shop.test itself), else the name itself. */
static bool pattern_matches(const char *pattern, struct slice host) {
  struct slice p = slice_of(pattern);
  if (slice_eq(p, SLICE("*")))
    return true;
  if (slice_starts(p, SLICE("*."))) {
    struct slice tail = slice_from(p, 1);
    return host.n > tail.n && slice_eq_ascii(slice_from(host, host.n - tail.n), tail);
  }
  return slice_eq_ascii(p, host);
}

static bool in_list(const struct secure_list *list, struct slice host) {
  for (size_t i = 0; i < list->n; i++)
    if (pattern_matches(list->v[i], host))
      return true;
  return false;
}

static void list_set(struct secure_list *list, const char *host, bool on) {
  for (size_t i = 0; i < list->n; i++) {
    if (!slice_eq_ascii(slice_of(list->v[i]), slice_of(host)))
      continue;
    if (!on) {
      free(list->v[i]);
      VEC_REMOVE(list, i);
    }
    return;
  }
  if (on)
    VEC_PUSH(list, mem_dup(host));
}

bool secure_passes(const struct proxy *p, struct slice host) {
  return in_list(&p->passthrough, host);
}

bool secure_is_insecure(const struct proxy *p, struct slice host) {
  return in_list(&p->insecure, host);
}

void proxy_set_passthrough(struct proxy *p, const char *host, bool on) {
  list_set(&p->passthrough, host, on);
}

bool proxy_passthrough(const struct proxy *p, const char *host) {
  return in_list(&p->passthrough, slice_of(host));
}

void proxy_set_insecure(struct proxy *p, const char *host, bool on) {
  list_set(&p->insecure, host, on);
}

bool proxy_insecure(const struct proxy *p, const char *host) {
  return in_list(&p->insecure, slice_of(host));
}

void proxy_set_tls(struct proxy *p, struct tls *tls, const struct authority *authority) {
  p->tls = tls;
  p->authority = authority;
}

void proxy_set_tls_opener(struct proxy *p, proxy_open_tls_fn *open, void *arg) {
  p->open_tls = open;
  p->open_tls_arg = arg;
}

bool secure_on(const struct proxy *p) {
  return p->tls || p->open_tls;
}

bool secure_open(struct proxy *p, struct err *err) {
  return p->tls || (p->open_tls && p->open_tls(p->open_tls_arg, err));
}

/* ---- clients ---- */

/* The programs of this machine have one address, and trust one by one. */
static struct proxy_client *client_of(struct proxy *p, const struct address *a, const struct process *process) {
  struct slice program = slice_of(process ? process->name : NULL);
  for (size_t i = 0; i < p->clients.n; i++) {
    struct address same = p->clients.v[i].address;
    same.port = a->port;
    if (address_eq(&same, a) && slice_eq(slice_of(p->clients.v[i].program), program))
      return &p->clients.v[i];
  }
  if (p->clients.n == CLIENTS_MAX) {
    free(p->clients.v[0].rejected_host);
    free(p->clients.v[0].program);
    VEC_REMOVE(&p->clients, 0);
  }
  struct proxy_client fresh = {.address = *a, .program = process ? mem_dup(process->name) : NULL};
  VEC_PUSH(&p->clients, fresh);
  return &p->clients.v[p->clients.n - 1];
}

void secure_accepted(struct proxy *p, const struct address *client, const struct process *process) {
  client_of(p, client, process)->accepted++;
}

unsigned secure_rejected(struct proxy *p, const struct address *client, const struct process *process,
                         struct slice host) {
  struct proxy_client *c = client_of(p, client, process);
  c->rejected++;
  if (c->rejected_host && slice_eq(slice_of(c->rejected_host), host))
    return ++c->rejected_in_a_row;
  free(c->rejected_host);
  c->rejected_host = mem_dup_n(host.p, host.n);
  c->rejected_in_a_row = 1;
  return 1;
}

void secure_add_rejection(struct proxy *p, const struct flow *f, struct buf *sentence) {
  if (secure_rejected(p, &f->client, f->process, flow_host(f)) > 1)
    buf_add_text(sentence, "; P passes this host through untouched");
}

size_t proxy_clients(const struct proxy *p, const struct proxy_client **list) {
  *list = p->clients.v;
  return p->clients.n;
}

void secure_free(struct proxy *p) {
  struct secure_list *lists[] = {&p->passthrough, &p->insecure};
  for (size_t k = 0; k < 2; k++) {
    for (size_t i = 0; i < lists[k]->n; i++)
      free(lists[k]->v[i]);
    VEC_CLEAR(lists[k]);
  }
  for (size_t i = 0; i < p->clients.n; i++) {
    free(p->clients.v[i].rejected_host);
    free(p->clients.v[i].program);
  }
  VEC_CLEAR(&p->clients);
}
