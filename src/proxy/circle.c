/*
 * Two weirs on this machine that send everything to each other: a loop in which no byte changes. A token would show it,
 * but servers would read that too (--via). What shows it here: many are on their way to one server at once, the process
 * at that server's end is a weir, and the same process is the client that brings the next. Nobody else is both, and below
 * CIRCLE_DEPTH on their way nothing is asked: what is counted then costs a number for each.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/base/mem.h"

#include "parts.h"

#define CIRCLE_DEPTH 16
#define QUIET_NS     CLOCK_S /* who asks for the same server in that time is let go: the last one came from elsewhere */

struct circle {
  struct exchange *exchange;
  struct process_query query;
  struct address theirs, ours; /* of one that is on its way already: the ends of its server connection */
  struct process *client;
  bool asks_server;
};

static unsigned place_of(const struct flow *f) {
  struct slice host = flow_host(f);
  unsigned hash = f->port;
  for (size_t i = 0; i < host.n; i++)
    hash = hash * 31 + (unsigned char)host.p[i];
  return hash % CIRCLE_PLACES;
}

uint16_t circle_enter(struct proxy *p, const struct flow *f) {
  unsigned place = place_of(f);
  p->circles.under_way[place]++;
  return (uint16_t)(place + 1);
}

void circle_leave(struct proxy *p, uint16_t *place) {
  if (*place)
    p->circles.under_way[*place - 1]--;
  *place = 0;
}

void circle_forget(struct exchange *x) {
  struct circle *c = x->circle;
  if (!c)
    return;
  x->circle = NULL;
  process_cancel(x->proxy->processes, &c->query);
  process_unref(c->client);
  free(c);
}

static bool is_weir(const struct process *process) {
  return process && (process->pid == getpid() || !strcmp(process->name, "weir"));
}

static bool take_ends(struct circle *c, struct stream *s) {
  struct stream_info info;
  if (!s)
    return false;
  stream_info(s, &info);
  c->theirs = info.peer;
  c->ours = info.local;
  return address_is_loopback(&c->theirs) || address_eq(&c->theirs, &c->ours);
}

/* The one that has been on its way for longest: lists begin with the newest. */
static bool find_other(struct circle *c) {
  const struct exchange *x = c->exchange;
  const struct proxy *p = x->proxy;
  bool found = false;
  for (const struct link *l = p->exchanges; l; l = l->next) {
    const struct exchange *other = PART_OF(l, struct exchange);
    struct stream *s = other->up ? other->up->stream : other->through ? through_stream(other->through) : NULL;
    if (other != x && other->place == x->place)
      found |= take_ends(c, s);
  }
  return found || take_ends(c, tunnels_server(p, x->place));
}

static void let_go(struct circle *c) {
  struct exchange *x = c->exchange;
  x->proxy->circles.quiet_until[x->place - 1] = loop_now(x->proxy->loop) + QUIET_NS;
  circle_forget(x);
  exchange_connect(x);
}

static void told(void *arg, struct process *process) {
  struct circle *c = arg;
  struct exchange *x = c->exchange;
  struct process *found = process;
  while (true) {
    if (!is_weir(found)) {
      let_go(c);
      return;
    }
    if (c->asks_server)
      break;
    c->asks_server = true;
    c->client = process_ref(found);
    c->query = (struct process_query){.fn = told, .arg = c, .theirs = c->theirs, .ours = c->ours, .urgent = true};
    switch (process_ask(x->proxy->processes, &c->query, &found)) {
    case PROCESS_LATER:
      return;
    case PROCESS_FOUND:
      break;
    case PROCESS_NONE:
    case PROCESS_BUSY:
      found = NULL;
    }
  }
  if (found->pid != c->client->pid) {
    let_go(c);
    return;
  }
  circle_forget(x);
  exchange_fail(x, (struct failure){STAGE_REQUEST, ERROR_LOOP, ELOOP, 508},
                "this has been here %d times before: two weirs on this machine send it to each other", CIRCLE_DEPTH);
}

/* Not from within the codec, nor from within the caller. */
static void begin(void *arg) {
  struct exchange *x = arg;
  struct circle *c = x->circle;
  struct process *found = NULL;
  switch (process_ask(x->proxy->processes, &c->query, &found)) {
  case PROCESS_LATER:
    return;
  case PROCESS_FOUND:
  case PROCESS_NONE:
  case PROCESS_BUSY:
    told(c, found);
  }
}

bool circle_holds(struct exchange *x) {
  struct proxy *p = x->proxy;
  if (!x->place)
    x->place = circle_enter(p, x->flow);
  unsigned place = x->place - 1u;
  struct conn *client = x->conn;
  if (p->circles.under_way[place] <= CIRCLE_DEPTH || !p->processes || !client ||
      loop_now(p->loop) < p->circles.quiet_until[place] || (client->process && !is_weir(client->process)))
    return false;
  struct stream_info info;
  stream_info(client->stream, &info);
  if (!address_is_loopback(&client->peer) && !address_eq(&client->peer, &info.local))
    return false;
  struct circle *c = mem_zero(1, sizeof *c);
  c->exchange = x;
  if (!find_other(c)) {
    free(c);
    return false;
  }
  c->query = (struct process_query){.fn = told, .arg = c, .theirs = client->peer, .ours = info.local, .urgent = true};
  x->circle = c;
  x->dial_task.fn = begin;
  x->dial_task.arg = x;
  loop_defer(p->loop, &x->dial_task);
  return true;
}
