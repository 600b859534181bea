#include "weir/io/resolve.h"

#include <ares.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "io/resolve_channel.h"
#include "io/resolve_core.h"
#include "weir/base/mem.h"

#define NAME_MAX_LENGTH 254 /* RFC 1035-2.3.4, with a final dot */

/* One family of one question. c-ares holds it until it calls back, longer than a cancelled query lives. */
struct lookup {
  struct channel *channel;
  struct resolve_query *query; /* NULL: cancelled */
  int family;
};

struct resolve_query {
  struct resolver *resolver;
  struct resolve_query *next, **prev;
  uint16_t port;
  resolve_fn *fn;
  void *arg;
  struct loop_task task; /* delivers what is done and not told, never from inside c-ares */
  struct lookup *lookup[2];
  struct resolve_part part[2]; /* IPv6, IPv4 */
  bool done[2], told[2];
  bool *gone; /* while a callback runs: set when it cancels */
};

struct resolver {
  struct loop *loop;
  struct channels channels;
  struct resolve_query *queries;
};

static const char *const code_texts[] = {
    [RESOLVE_OK] = "name known",
    [RESOLVE_UNKNOWN] = "name not known",
    [RESOLVE_NO_ADDRESS] = "name has no address",
    [RESOLVE_TIMEOUT] = "no answer from the name server",
    [RESOLVE_REFUSED] = "name server refused",
    [RESOLVE_INVALID] = "not a valid name",
    [RESOLVE_FAILED] = "name server failed",
};

const char *resolve_text(enum resolve_code code) {
  return code_texts[code];
}

struct resolver *resolver_new(struct loop *loop, struct err *err) {
  int status = ares_library_init(ARES_LIB_INIT_ALL);
  if (status != ARES_SUCCESS) {
    err_set(err, "cannot resolve names: %s", ares_strerror(status));
    return NULL;
  }
  struct resolver *r = mem_zero(1, sizeof *r);
  r->loop = loop;
  channels_init(&r->channels, loop);
  return r;
}

void resolver_set_up(struct resolver *r, const struct resolver_setup *setup) {
  r->channels.setup = *setup;
}

size_t resolver_channels(const struct resolver *r) {
  return channels_count(&r->channels);
}

static void query_free(struct resolve_query *q) {
  loop_task_cancel(q->resolver->loop, &q->task);
  for (int i = 0; i < 2; i++)
    if (q->lookup[i])
      q->lookup[i]->query = NULL;
  *q->prev = q->next;
  if (q->next)
    q->next->prev = q->prev;
  free(q);
}

void resolver_cancel(struct resolve_query *q) {
  if (!q)
    return;
  if (q->gone)
    *q->gone = true;
  query_free(q);
}

void resolver_free(struct resolver *r) {
  if (!r)
    return;
  for (struct resolve_query *q = r->queries, *next; q; q = next) {
    next = q->next;
    resolver_cancel(q);
  }
  channels_clear(&r->channels);
  ares_library_cleanup();
  free(r);
}

static void deliver(void *arg) {
  struct resolve_query *q = arg;
  bool gone = false;
  q->gone = &gone;
  for (int i = 0; i < 2; i++) {
    if (!q->done[i] || q->told[i])
      continue;
    q->told[i] = true;
    q->fn(q->arg, &q->part[i]);
    if (gone)
      return;
  }
  q->gone = NULL;
  if (q->told[0] && q->told[1])
    query_free(q);
}

static void finish(struct resolve_query *q, int i, enum resolve_code code) {
  if (code == RESOLVE_OK && q->part[i].n == 0)
    code = RESOLVE_NO_ADDRESS;
  q->part[i].code = code;
  q->done[i] = true;
  loop_defer(q->resolver->loop, &q->task);
}

static enum resolve_code code_of(int status) {
  switch (status) {
  case ARES_SUCCESS:
    return RESOLVE_OK;
  case ARES_ENOTFOUND:
    return RESOLVE_UNKNOWN;
  case ARES_ENODATA:
    return RESOLVE_NO_ADDRESS;
  case ARES_ETIMEOUT:
    return RESOLVE_TIMEOUT;
  case ARES_ECONNREFUSED:
  case ARES_EREFUSED:
    return RESOLVE_REFUSED;
  case ARES_EBADNAME:
  case ARES_EBADFAMILY:
    return RESOLVE_INVALID;
  default:
    return RESOLVE_FAILED;
  }
}

static void add(struct resolve_query *q, int i, const struct address *a) {
  struct resolve_part *part = &q->part[i];
  if (part->n < RESOLVE_MAX) {
    part->address[part->n] = *a;
    part->address[part->n++].port = q->port;
  }
}

static void answered(void *arg, int status, int timeouts, struct ares_addrinfo *info) {
  struct lookup *lookup = arg;
  struct resolve_query *q = lookup->query;
  (void)timeouts;
  lookup->channel->users--;
  if (q) {
    int i = lookup->family == AF_INET;
    struct address a;
    q->lookup[i] = NULL;
    for (struct ares_addrinfo_node *n = info ? info->nodes : NULL; n; n = n->ai_next)
      if (n->ai_family == lookup->family && address_from_sockaddr(&a, n->ai_addr))
        add(q, i, &a);
    finish(q, i, code_of(status));
  }
  ares_freeaddrinfo(info);
  free(lookup);
}

static void ask_servers(struct resolve_query *q, const char *name) {
  struct channel *channel = channels_current(&q->resolver->channels);
  if (!channel) {
    finish(q, 0, RESOLVE_FAILED);
    finish(q, 1, RESOLVE_FAILED);
    return;
  }
  for (int i = 0; i < 2; i++) {
    struct lookup *lookup = mem_zero(1, sizeof *lookup);
    *lookup = (struct lookup){channel, q, i ? AF_INET : AF_INET6};
    q->lookup[i] = lookup;
    /* The order in which the servers gave them is as good as another one: each is tried within 250 ms. */
    struct ares_addrinfo_hints hints = {
        .ai_flags = ARES_AI_NOSORT, .ai_family = lookup->family, .ai_socktype = SOCK_STREAM};
    channel->users++;
    ares_getaddrinfo(channel->ares, name, NULL, &hints, answered, lookup);
  }
  channel_arm(channel);
}

static bool is_localhost(struct slice name) {
  if (slice_ends(name, SLICE(".")))
    name.n--;
  if (name.n > 10)
    return slice_eq_ascii(slice_from(name, name.n - 10), SLICE(".localhost"));
  return slice_eq_ascii(name, SLICE("localhost"));
}

struct resolve_query *resolver_ask(struct resolver *r, const char *name, uint16_t port, resolve_fn *fn, void *arg) {
  struct resolve_query *q = mem_zero(1, sizeof *q);
  struct slice text = slice_of(name);
  struct address a;

  *q = (struct resolve_query){
      .resolver = r, .next = r->queries, .prev = &r->queries, .port = port, .fn = fn, .arg = arg};
  q->task = (struct loop_task){.fn = deliver, .arg = q};
  if (q->next)
    q->next->prev = &q->next;
  r->queries = q;
  q->part[0].family = 6;
  q->part[1].family = 4;

  if (address_parse(text, port, &a)) {
    add(q, a.family == 4, &a);
  } else if (is_localhost(text)) {
    add(q, 0, &(struct address){.family = 6, .ip = {[15] = 1}});
    add(q, 1, &(struct address){.family = 4, .ip = {127, 0, 0, 1}});
  } else if (text.n > 0 && text.n <= NAME_MAX_LENGTH) {
    ask_servers(q, name);
    return q;
  }
  finish(q, 0, q->part[0].n + q->part[1].n ? RESOLVE_OK : RESOLVE_INVALID);
  finish(q, 1, q->part[0].n + q->part[1].n ? RESOLVE_OK : RESOLVE_INVALID);
  return q;
}
