#include "weir/flow/tally.h"

#include <string.h>

#include "weir/base/clock.h"
#include "weir/base/mem.h"

/* ---- times ---- */

#define IN_OCTAVE 16

/* Sixteen equal steps from each power of two to the next, of microseconds. */
static size_t step_of(uint64_t ns) {
  uint64_t us = ns / CLOCK_US;
  if (us < IN_OCTAVE)
    return (size_t)us;
  unsigned octave = 63 - (unsigned)__builtin_clzll(us);
  size_t step = (size_t)(octave - 3) * IN_OCTAVE + (size_t)(us >> (octave - 4) & (IN_OCTAVE - 1));
  return step < TALLY_STEPS ? step : TALLY_STEPS - 1;
}

/* ns at which a step begins */
static uint64_t begin_of(size_t step) {
  if (step < IN_OCTAVE)
    return step * CLOCK_US;
  unsigned octave = (unsigned)(step / IN_OCTAVE) + 3;
  return ((UINT64_C(1) << octave) + ((uint64_t)(step % IN_OCTAVE) << (octave - 4))) * CLOCK_US;
}

void tally_time(struct tally_times *t, uint64_t ns) {
  t->step[step_of(ns)]++;
  t->n++;
  t->sum += ns;
  t->most = ns > t->most ? ns : t->most;
}

uint64_t tally_percentile(const struct tally_times *t, unsigned percent) {
  uint64_t wanted = (t->n * percent + 99) / 100, seen = 0;
  for (size_t i = 0; i < TALLY_STEPS && t->n; i++) {
    seen += t->step[i];
    if (seen < wanted || seen == 0)
      continue;
    uint64_t middle = (begin_of(i) + begin_of(i + 1)) / 2;
    return middle < t->most ? middle : t->most;
  }
  return 0;
}

uint64_t tally_between(const struct tally_times *t, uint64_t from, uint64_t to) {
  uint64_t n = 0;
  for (size_t i = 0; i < TALLY_STEPS; i++) {
    uint64_t begin = begin_of(i);
    n += begin >= from && begin < to ? t->step[i] : 0;
  }
  return n;
}

/* ---- hosts ---- */

static unsigned bucket_of(struct slice name) {
  unsigned h = 2166136261u;
  for (size_t i = 0; i < name.n; i++)
    h = (h ^ (unsigned char)name.p[i]) * 16777619u;
  return (h ^ h >> 8) & 255;
}

static struct tally_host *host_of(struct tally *t, struct slice name) {
  if (t->host.n >= TALLY_HOSTS)
    name = SLICE("(others)");
  struct tally_host **head = &t->bucket[bucket_of(name)];
  for (struct tally_host *h = *head; h; h = h->next)
    if (slice_eq(slice_of(h->name), name))
      return h;
  struct tally_host *h = mem_zero(1, sizeof *h);
  h->name = mem_dup_n(name.p, name.n);
  h->next = *head;
  *head = h;
  VEC_PUSH(&t->host, h);
  return h;
}

static enum tally_class tally_class_of(const struct flow *f) {
  int status = flow_status(f);
  if (f->state == FLOW_FAILED)
    return TALLY_FAILED;
  if (!flow_finished(f))
    return TALLY_OPEN;
  return status >= 500 ? TALLY_5XX : status >= 400 ? TALLY_4XX : status >= 300 ? TALLY_3XX : TALLY_2XX;
}

static void add_to(struct tally_host *h, const struct flow *f, uint64_t took) {
  bool tunnel = f->kind == FLOW_TUNNEL;
  h->flows++;
  h->by_class[tally_class_of(f)]++;
  h->in += tunnel ? f->down : f->response.wire;
  h->out += tunnel ? f->up : f->request.wire;
  if (flow_finished(f))
    tally_time(&h->took, took);
}

/* ---- the greatest ---- */

static void top_add(struct tally_top *top, uint64_t id, uint64_t value) {
  size_t at = top->n;
  while (at > 0 && top->flow[at - 1].value < value)
    at--;
  if (at == TALLY_TOP)
    return;
  if (top->n < TALLY_TOP)
    top->n++;
  memmove(top->flow + at + 1, top->flow + at, (top->n - at - 1) * sizeof *top->flow);
  top->flow[at] = (struct tally_flow){id, value};
}

/* ---- all of it ---- */

void tally_init(struct tally *t) {
  memset(t, 0, sizeof *t);
}

void tally_clear(struct tally *t) {
  for (size_t i = 0; i < t->host.n; i++) {
    free(t->host.v[i]->name);
    free(t->host.v[i]);
  }
  VEC_CLEAR(&t->host);
  memset(t, 0, sizeof *t);
}

void tally_add(struct tally *t, const struct flow *f, uint64_t now) {
  const struct flow_times *times = &f->times;
  /* What a person paused is not the server's time. */
  uint64_t took = flow_duration(f, now), paused = times->paused_ns;
  took = took > paused ? took - paused : 0;
  struct slice host = flow_host(f);
  add_to(&t->all, f, took);
  add_to(host_of(t, host.n ? host : SLICE("(none)")), f, took);
  if (times->first_byte > times->start && times->start)
    tally_time(&t->first_byte, times->first_byte - times->start);
  if (flow_finished(f))
    top_add(&t->slowest, f->id, took);
  top_add(&t->largest, f->id, f->request.body.seen + f->response.body.seen + f->up + f->down);
}
