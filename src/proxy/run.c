/*
 * Programs of rules (pipe): the lane waits for its own, everything else goes on. So many run at once; the others wait in
 * the order in which they came. Those for a worker go to worker.c.
 */
#include <stdio.h>
#include <stdlib.h>

#include "weir/base/mem.h"
#include "weir/io/shell.h"

#include "parts.h"

#define RUNS_AT_ONCE 8
#define OUTPUT_MAX   ((size_t)RULE_BODY_MAX * 2)
#define ERROR_SHOWN  120 /* bytes of what a program said on stderr */

struct run {
  struct exchange *exchange;
  enum flow_side side;
  struct errand *errand; /* it goes to a worker; NULL: it has a program of its own */
  struct shell *shell;   /* NULL: it waits for its turn */
  struct run *next;      /* ... behind it */
  struct loop_task now;  /* what could not be started is told in a turn of its own */
  char *failed;
};

static struct lane *lane_of(const struct run *r) {
  return r->side == FLOW_REQUEST ? &r->exchange->request : &r->exchange->response;
}

static void run_free(struct run *r) {
  free(r->failed);
  free(r);
}

static void start(struct run *r);

static void start_next(struct proxy *p) {
  while (p->runs && p->running < RUNS_AT_ONCE) {
    struct run *r = p->runs;
    p->runs = r->next;
    r->next = NULL;
    start(r);
  }
}

/* It is over: the rules hear what came of it. */
static void tell(struct run *r, struct slice output) {
  struct exchange *x = r->exchange;
  struct proxy *p = x->proxy;
  enum flow_side side = r->side;
  struct lane *l = lane_of(r);
  p->running--;
  l->run = NULL;
  rules_ran(l->inquiry, x->flow, side, &l->effects, output, r->failed);
  run_free(r);
  start_next(p);
  lane_ran(x, side);
}

void run_replied(struct run *r, const struct worker_reply *reply, const char *failed) {
  struct exchange *x = r->exchange;
  enum flow_side side = r->side;
  struct lane *l = lane_of(r);
  l->run = NULL;
  rules_worker_ran(l->inquiry, x->flow, side, &l->effects, reply, failed);
  run_free(r);
  lane_ran(x, side);
}

static void ended(void *arg, struct shell_result *result) {
  struct run *r = arg;
  r->shell = NULL;
  if (!result->well) {
    struct buf why = BUF_INIT;
    struct slice errors = slice_trim(buf_slice(result->errors)), line = {NULL, 0};
    slice_split(&errors, '\n', &line);
    if (line.n > ERROR_SHOWN)
      line.n = ERROR_SHOWN;
    buf_printf(&why, "%s %s", lane_of(r)->effects.command, result->said);
    if (line.n)
      buf_printf(&why, " (%.*s)", (int)line.n, line.p);
    r->failed = buf_take(&why);
  }
  tell(r, buf_slice(result->out));
}

static void not_started(void *arg) {
  tell(arg, (struct slice){NULL, 0});
}

static void start(struct run *r) {
  struct proxy *p = r->exchange->proxy;
  const struct rule_effects *e = &lane_of(r)->effects;
  struct err err = ERR_INIT;
  struct shell_options how = {.line = e->command,
                              .input = shell_input_copy(buf_slice(&e->input)),
                              .out_max = OUTPUT_MAX,
                              .time_max = p->config.command_timeout};
  p->running++;
  r->shell = shell_start(p->loop, &how, ended, r, &err);
  if (r->shell)
    return;
  r->failed = mem_dup(err.text);
  r->now.fn = not_started;
  r->now.arg = r;
  loop_defer(p->loop, &r->now);
}

void run_start(struct exchange *x, enum flow_side side) {
  struct run *r = mem_zero(1, sizeof *r), **last = &x->proxy->runs;
  r->exchange = x;
  r->side = side;
  lane_of(r)->run = r;
  if (lane_of(r)->effects.worker) {
    r->errand = errand_start(x, side, r);
    return;
  }
  while (*last)
    last = &(*last)->next;
  *last = r;
  start_next(x->proxy);
}

void run_end(struct run *r) {
  if (!r)
    return;
  struct proxy *p = r->exchange->proxy;
  if (r->errand) {
    errand_end(r->errand);
    run_free(r);
    return;
  }
  struct run **place = &p->runs;
  while (*place && *place != r)
    place = &(*place)->next;
  if (*place) {
    *place = r->next;
  } else {
    p->running--;
    loop_task_cancel(p->loop, &r->now);
    shell_free(r->shell);
  }
  run_free(r);
  if (!p->closing)
    start_next(p);
}
