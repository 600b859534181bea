/*
 * Whose a client connection is. Asked at its first request, told to the flows that were made until the answer came; a
 * connection that has become a tunnel, or is closed, is not asked again. An intercept that goes by the process waits.
 */
#include <stdlib.h>

#include "weir/base/mem.h"

#include "parts.h"

#define FLOWS_MAX 16 /* that are told; more requests than that are seldom sent before the answer */

struct client_query {
  struct link link;
  struct proxy *proxy;
  struct conn *conn; /* NULL: gone; its flows are still told */
  struct process_query query;
  uint64_t flow[FLOWS_MAX];
  unsigned flows;
  struct flow *unseen; /* the CONNECT's, while it has no number; NULL: none */
};

void proxy_set_processes(struct proxy *p, struct process_finder *processes) {
  p->processes = processes;
}

static void query_free(struct client_query *q) {
  process_cancel(q->proxy->processes, &q->query);
  link_remove(&q->link);
  free(q);
}

static void tell_flows(struct client_query *q, struct process *process) {
  struct proxy *p = q->proxy;
  if (process && q->unseen && !q->unseen->process)
    q->unseen->process = process_ref(process);
  for (unsigned i = 0; process && i < q->flows; i++) {
    struct flow *f = store_get(p->store, q->flow[i]);
    if (!f || f->process)
      continue;
    f->process = process_ref(process);
    store_touch(p->store, f, FLOW_CHANGED_CLIENT);
  }
}

/* A tunnel may have waited for it: its flow is the one that was asked for last. */
static struct flow *tunnel_of(const struct client_query *q) {
  struct flow *f = q->unseen ? q->unseen : q->flows ? store_get(q->proxy->store, q->flow[q->flows - 1]) : NULL;
  return f && f->live && sniff_is(q->proxy, f) ? f : NULL;
}

static void query_told(void *arg, struct process *process) {
  struct client_query *q = arg;
  struct conn *c = q->conn;
  struct flow *tunnel = tunnel_of(q);
  tell_flows(q, process);
  query_free(q);
  if (tunnel)
    sniff_client_known(tunnel);
  if (!c)
    return;
  c->query = NULL;
  c->process = process_ref(process);
  if (c->exchange)
    lane_client_known(c->exchange);
}

/* The connection's question, which is not asked now. */
static void ask(struct conn *c, bool urgent) {
  struct client_query *q = c->query;
  struct process *found;
  q->query.urgent = urgent;
  enum process_answer answer = process_ask(c->proxy->processes, &q->query, &found);
  c->asked = answer != PROCESS_BUSY; /* else with its next request */
  if (answer == PROCESS_LATER)
    return;
  c->process = process_ref(found);
  c->query = NULL;
  tell_flows(q, found);
  query_free(q);
}

static void begin(struct conn *c, bool urgent) {
  struct proxy *p = c->proxy;
  struct client_query *q = mem_zero(1, sizeof *q);
  if (!c->own.family) {
    struct stream_info info;
    stream_info(c->stream, &info);
    c->own = info.local;
  }
  q->proxy = p;
  q->conn = c;
  q->query = (struct process_query){.fn = query_told, .arg = q, .theirs = c->peer, .ours = c->own};
  c->query = q;
  link_add(&p->client_queries, &q->link);
  ask(c, urgent);
}

void client_of_flow(struct conn *c, struct flow *f) {
  struct proxy *p = c->proxy;
  if (!p->processes || f->unrecorded)
    return;
  bool connect = !f->id; /* what else has no number is not recorded */
  bool urgent = rules_want_process(p->rules) || (connect && pass_wants_process(p)) || ways_want_process(p->ways);
  if (!c->process && !c->asked) {
    begin(c, urgent);
  } else if (c->query && urgent && !c->query->query.urgent) {
    process_cancel(p->processes, &c->query->query);
    ask(c, true);
  }
  f->process = process_ref(c->process);
  if (c->query && connect)
    c->query->unseen = f;
  else if (c->query && c->query->flows < FLOWS_MAX)
    c->query->flow[c->query->flows++] = f->id;
}

static struct client_query *query_of(const struct proxy *p, const struct flow *f) {
  for (struct link *l = p->client_queries; l; l = l->next) {
    struct client_query *q = PART_OF(l, struct client_query);
    bool last = f->id && q->flows && q->flow[q->flows - 1] == f->id;
    if (q->unseen == f || last)
      return q;
  }
  return NULL;
}

bool client_flow_waits(const struct proxy *p, const struct flow *f) {
  const struct client_query *q = query_of(p, f);
  return q && q->query.urgent;
}

void client_flow_shown(struct proxy *p, const struct flow *f) {
  struct client_query *q = query_of(p, f);
  if (!q)
    return;
  q->unseen = NULL;
  if (q->flows < FLOWS_MAX)
    q->flow[q->flows++] = f->id;
}

void client_flow_gone(struct proxy *p, const struct flow *f) {
  struct client_query *q = query_of(p, f);
  if (q)
    q->unseen = NULL;
}

bool client_waits(const struct conn *c) {
  return c && c->query && c->query->query.urgent;
}

void client_take(struct conn *c, struct process *process) {
  c->process = process_ref(process);
}

/* What nobody has looked at yet would be looked for in vain, unless the connection lives on as a tunnel. */
void client_conn_closed(struct conn *c) {
  struct client_query *q = c->query;
  c->query = NULL;
  if (!q)
    return;
  q->conn = NULL;
  if (c->stream && !q->query.inode)
    query_free(q);
}

void client_queries_free(struct proxy *p) {
  struct link *next;
  for (struct link *l = p->client_queries; l; l = next) {
    next = l->next;
    query_free(PART_OF(l, struct client_query));
  }
}
