/*
 * Workers of rules (pipe worker): a process for each rule's text, begun by its first message, which all messages of that
 * rule go through as lines, many at once. It lives as long as a rule with that text is in force. Whatever it does wrong,
 * the messages that it had pass as they came, and their rows say why.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/log.h"
#include "weir/base/mem.h"
#include "weir/base/vec.h"
#include "weir/io/line_child.h"
#include "weir/rule/worker.h"

#include "parts.h"

#define AT_ONCE     64  /* messages that it has and that somebody waits for; others wait for their turn */
#define OWED_MAX    256 /* replies that it owes, those nobody waits for any more too */
#define SHOWN       120 /* bytes of what it said, on a row */
#define STEADY      (10 * CLOCK_S)
#define AGAIN_FIRST (500 * CLOCK_MS)
#define AGAIN_MOST  (30 * CLOCK_S)
#define SAYS_MAX    20 /* lines of its stderr a second that are logged */

struct errand {
  struct worker *worker;
  struct run *run;
  struct exchange *exchange;
  enum flow_side side;
  struct errand *next;     /* that waits behind it */
  struct loop_timer timer; /* it takes too long */
  struct loop_task now;    /* why it cannot be done is told in a turn of its own */
  char *failed;
};

struct owed {
  uint64_t id;
  struct errand *errand; /* NULL: nobody waits for it any more */
};

struct worker {
  struct link link;
  struct proxy *proxy;
  char *text;               /* of its rule */
  char *command;            /* for sh */
  struct line_child *child; /* NULL: none runs */
  bool leaving;             /* it was told to end */
  bool retired;             /* ... for its rule is gone */
  struct errand *waiting;
  size_t errands; /* in all: with it, waiting, and about to be told */
  VEC(struct owed) owed;
  uint64_t last_id, answered;
  uint64_t since; /* a reply came, or the first message that it was asked for */
  struct loop_timer timer;
  uint64_t begun, again; /* loop_now(): this process; the next one, at the earliest */
  unsigned falls;        /* times in a row that it ended soon */
  char *why;             /* the last time */
  struct buf error;      /* the last line of its stderr */
  uint64_t second;
  unsigned says; /* in that second */
};

static void pump(struct worker *w);

static uint64_t limit_of(const struct worker *w) {
  return w->proxy->config.command_timeout;
}

/* ---- errands ---- */

static void unlink_waiting(struct errand *e) {
  struct errand **place = &e->worker->waiting;
  while (*place && *place != e)
    place = &(*place)->next;
  if (*place)
    *place = e->next;
  e->next = NULL;
}

static void errand_free(struct errand *e) {
  struct loop *loop = e->worker->proxy->loop;
  loop_timer_cancel(loop, &e->timer);
  loop_task_cancel(loop, &e->now);
  e->worker->proxy->errands--;
  e->worker->errands--;
  free(e->failed);
  free(e);
}

/* It is in no list any more. */
static void finish(struct errand *e, const struct worker_reply *reply, const char *failed) {
  struct run *run = e->run;
  char *why = failed ? mem_dup(failed) : NULL; /* it may be the errand's own */
  errand_free(e);
  run_replied(run, reply, why);
  free(why);
}

static void finish_now(void *arg) {
  struct errand *e = arg;
  finish(e, NULL, e->failed);
}

static void fail_later(struct errand *e, const char *why) {
  e->failed = mem_dup(why);
  e->now.fn = finish_now;
  e->now.arg = e;
  loop_defer(e->worker->proxy->loop, &e->now);
}

static struct owed *owed_of(struct worker *w, uint64_t id) {
  for (size_t i = 0; i < w->owed.n; i++)
    if (w->owed.v[i].id == id)
      return &w->owed.v[i];
  return NULL;
}

static struct errand *take_owed(struct worker *w, struct owed *o) {
  struct errand *e = o->errand;
  VEC_REMOVE(&w->owed, (size_t)(o - w->owed.v));
  return e;
}

static size_t with_it(const struct worker *w) {
  size_t n = 0;
  for (size_t i = 0; i < w->owed.n; i++)
    n += w->owed.v[i].errand != NULL;
  return n;
}

/* All that it has. Each may end or begin others, so they are looked for anew each time. */
static void fail_all(struct worker *w, const char *why) {
  uint64_t last = w->last_id;
  for (size_t i = 0; i < w->owed.n;)
    if (w->owed.v[i].id <= last) {
      struct errand *e = take_owed(w, &w->owed.v[i]);
      if (e) {
        finish(e, NULL, why);
        i = 0;
      }
    } else {
      i++;
    }
}

void errand_end(struct errand *e) {
  if (!e)
    return;
  struct worker *w = e->worker;
  unlink_waiting(e);
  for (size_t i = 0; i < w->owed.n; i++)
    if (w->owed.v[i].errand == e)
      w->owed.v[i].errand = NULL;
  errand_free(e);
  if (!w->proxy->closing)
    pump(w);
}

/* ---- its end ---- */

static void let_go(struct worker *w, const char *why) {
  w->leaving = true;
  loop_timer_cancel(w->proxy->loop, &w->timer);
  line_child_end(w->child, why);
}

static void watch(struct worker *w) {
  struct loop *loop = w->proxy->loop;
  uint64_t limit = limit_of(w), now = loop_now(loop), due = w->since + limit;
  if (!limit || !w->child || w->leaving || (!w->owed.n && !w->waiting))
    loop_timer_cancel(loop, &w->timer);
  else
    loop_timer_arm(loop, &w->timer, due > now ? due - now : 0);
}

static void on_silence(void *arg) {
  struct worker *w = arg;
  char why[80];
  snprintf(why, sizeof why, "was ended: it gave no reply for %.3g s", (double)limit_of(w) / CLOCK_S);
  let_go(w, why);
  fail_all(w, why);
}

/* Why, with what it said last. */
static char *reason(const struct worker *w, const char *said) {
  struct buf why = BUF_INIT;
  buf_add_text(&why, said);
  if (w->error.n)
    buf_printf(&why, " (%.*s)", (int)(w->error.n < SHOWN ? w->error.n : SHOWN), w->error.p);
  return buf_take(&why);
}

static void fell(struct worker *w) {
  uint64_t now = loop_now(w->proxy->loop), wait = 0;
  w->falls = now - w->begun >= STEADY ? 1 : w->falls + 1;
  if (w->falls > 1)
    wait = w->falls > 8 ? AGAIN_MOST : AGAIN_FIRST << (w->falls - 2);
  w->again = now + (wait < AGAIN_MOST ? wait : AGAIN_MOST);
  log_write(LOG_WARN, "rules", 0, "mend it, then switch its rule off and on", "the worker %s %s", w->command, w->why);
}

static void worker_free(struct worker *w) {
  loop_timer_cancel(w->proxy->loop, &w->timer);
  link_remove(&w->link);
  VEC_CLEAR(&w->owed);
  buf_clear(&w->error);
  free(w->why);
  free(w->text);
  free(w->command);
  free(w);
}

static void on_end(void *arg, bool well, const char *said) {
  struct worker *w = arg;
  bool retired = w->retired;
  char *why = reason(w, said);
  w->child = NULL;
  w->leaving = w->retired = false;
  if (!retired && (!well || w->owed.n)) {
    free(w->why);
    w->why = mem_dup(why);
    fell(w);
  }
  fail_all(w, why);
  free(why);
  pump(w);
}

/* ---- what it writes ---- */

/* Nobody can say whose reply that was meant to be. */
static void bad_line(struct worker *w, struct slice line, const char *what) {
  struct buf said = BUF_INIT;
  bool asked = w->owed.n > 0;
  buf_printf(&said, "wrote a line that is no reply (%s): %.*s", what, (int)(line.n < SHOWN ? line.n : SHOWN), line.p);
  char *why = reason(w, buf_text(&said));
  log_write(LOG_WARN, "rules", 0, "a worker writes replies to stdout, all else to stderr", "the worker %s %s",
            w->command, why);
  if (asked)
    fail_all(w, why);
  free(why);
  buf_clear(&said);
}

static void replied(struct worker *w, struct errand *e, const struct worker_reply *reply, const struct err *err) {
  if (!err) {
    finish(e, reply, NULL);
    return;
  }
  struct buf said = BUF_INIT;
  buf_printf(&said, "gave no valid reply (%s)", err->text);
  char *why = reason(w, buf_text(&said));
  finish(e, NULL, why);
  free(why);
  buf_clear(&said);
}

static void on_line(void *arg, struct slice line) {
  struct worker *w = arg;
  struct worker_reply reply;
  struct err err = ERR_INIT;
  bool good = worker_reply_read(line, &reply, &err);
  if (!reply.id || reply.id > w->last_id) {
    bad_line(w, line, good ? "that id was never given" : err.text);
    return;
  }
  struct owed *o = owed_of(w, reply.id);
  struct errand *e = o ? take_owed(w, o) : NULL; /* a second reply, or one that nobody waits for any more */
  w->since = loop_now(w->proxy->loop);
  w->answered += o != NULL;
  if (e)
    replied(w, e, &reply, good ? NULL : &err);
  pump(w);
}

static void on_error(void *arg, struct slice line) {
  struct worker *w = arg;
  uint64_t second = loop_now(w->proxy->loop) / CLOCK_S;
  buf_reset(&w->error);
  buf_add_slice(&w->error, line);
  w->says = second == w->second ? w->says + 1 : 1;
  w->second = second;
  if (w->says <= SAYS_MAX)
    log_write(LOG_INFO, "rules", 0, NULL, "%s: %.*s%s", w->command, (int)line.n, line.p,
              w->says == SAYS_MAX ? " (and more, which is left out)" : "");
}

static void on_room(void *arg) {
  pump(arg);
}

/* ---- giving it messages ---- */

static bool start(struct worker *w) {
  static const struct line_child_ops ops = {on_line, on_room, on_error, on_end};
  struct err err = ERR_INIT;
  uint64_t now = loop_now(w->proxy->loop);
  if (now < w->again)
    return false;
  buf_clear(&w->error);
  w->begun = w->since = now;
  w->child = line_child_start(w->proxy->loop, w->command, WORKER_LINE_MAX, &ops, w, &err);
  if (w->child)
    return true;
  free(w->why);
  w->why = mem_dup(err.text);
  fell(w);
  return false;
}

static void refuse_waiting(struct worker *w) {
  struct buf why = BUF_INIT;
  uint64_t now = loop_now(w->proxy->loop), wait = w->again > now ? w->again - now : 0;
  buf_printf(&why, "%s, and is started again in %.1f s", w->why, (double)wait / CLOCK_S);
  while (w->waiting) {
    struct errand *e = w->waiting;
    unlink_waiting(e);
    fail_later(e, buf_text(&why));
  }
  buf_clear(&why);
}

static void give(struct worker *w, struct errand *e) {
  struct buf line = BUF_INIT;
  struct err err = ERR_INIT;
  unlink_waiting(e);
  if (worker_message(e->exchange->flow, e->side, w->last_id + 1, &line, &err)) {
    VEC_PUSH(&w->owed, ((struct owed){++w->last_id, e}));
    line_child_give(w->child, &line);
  } else {
    char why[sizeof err.text + 20];
    snprintf(why, sizeof why, "did not get it: %s", err.text);
    fail_later(e, why);
  }
  buf_clear(&line);
}

static void pump(struct worker *w) {
  if (w->waiting && !w->child && !start(w))
    refuse_waiting(w);
  if (w->owed.n >= OWED_MAX && w->child && !w->leaving)
    let_go(w, "was ended: it owes too many replies");
  while (w->waiting && w->child && !w->leaving && line_child_has_room(w->child) && with_it(w) < AT_ONCE)
    give(w, w->waiting);
  watch(w);
}

static void on_late(void *arg) {
  struct errand *e = arg;
  struct worker *w = e->worker;
  bool given = true;
  char said[80];
  for (struct errand *i = w->waiting; i; i = i->next)
    given = given && i != e;
  snprintf(said, sizeof said, given ? "took more than %.3g s" : "did not get to it within %.3g s",
           (double)limit_of(w) / CLOCK_S);
  char *why = reason(w, said);
  unlink_waiting(e);
  for (size_t i = 0; i < w->owed.n; i++)
    if (w->owed.v[i].errand == e)
      w->owed.v[i].errand = NULL;
  finish(e, NULL, why);
  free(why);
  pump(w);
}

/* ---- all of them ---- */

/* At the end of a turn: those whose rules are gone, or off, end when they have done what they were given. */
static void sweep(void *arg) {
  struct proxy *p = arg;
  for (struct link *l = p->workers, *next; l; l = next) {
    struct worker *w = PART_OF(l, struct worker);
    next = l->next;
    if (w->errands || w->retired || rules_want_worker(p->rules, w->text))
      continue;
    w->retired = true;
    if (!w->child)
      worker_free(w);
    else if (!w->leaving)
      let_go(w, "was ended");
  }
}

static struct worker *find(const struct proxy *p, const char *text) {
  for (struct link *l = p->workers; l; l = l->next) {
    struct worker *w = PART_OF(l, struct worker);
    if (strcmp(w->text, text) == 0)
      return w;
  }
  return NULL;
}

static struct worker *worker_of(struct proxy *p, const struct rule_effects *effects) {
  struct worker *w = find(p, effects->worker);
  if (w)
    return w;
  w = mem_zero(1, sizeof *w);
  w->proxy = p;
  w->text = mem_dup(effects->worker);
  w->command = mem_dup(effects->command);
  w->timer = (struct loop_timer){.fn = on_silence, .arg = w};
  if (!p->workers)
    loop_add_hook(p->loop, sweep, p);
  link_add(&p->workers, &w->link);
  return w;
}

struct errand *errand_start(struct exchange *x, enum flow_side side, struct run *run) {
  struct proxy *p = x->proxy;
  struct worker *w = worker_of(p, side == FLOW_REQUEST ? &x->request.effects : &x->response.effects);
  struct errand *e = mem_zero(1, sizeof *e), **last = &w->waiting;
  e->worker = w;
  e->run = run;
  e->exchange = x;
  e->side = side;
  e->timer = (struct loop_timer){.fn = on_late, .arg = e};
  p->errands++;
  w->errands++;
  if (limit_of(w))
    loop_timer_arm(p->loop, &e->timer, limit_of(w));
  if (!w->waiting && !w->owed.n)
    w->since = loop_now(p->loop);
  while (*last)
    last = &(*last)->next;
  *last = e;
  pump(w);
  return e;
}

bool proxy_worker(const struct proxy *p, const char *rule, struct proxy_worker *out) {
  const struct worker *w = find(p, rule);
  uint64_t now = loop_now(p->loop);
  if (!w)
    return false;
  *out = (struct proxy_worker){.pid = w->child ? line_child_pid(w->child) : 0,
                               .has = with_it(w),
                               .answered = w->answered,
                               .failed = w->why,
                               .again = !w->child && w->again > now ? w->again - now : 0};
  for (const struct errand *e = w->waiting; e; e = e->next)
    out->waiting++;
  return true;
}

void workers_free(struct proxy *p) {
  VEC(struct line_child *) children = {0};
  for (struct link *l = p->workers, *next; l; l = next) {
    struct worker *w = PART_OF(l, struct worker);
    next = l->next;
    if (w->child)
      VEC_PUSH(&children, w->child);
    worker_free(w);
  }
  line_children_finish(children.v, children.n);
  VEC_CLEAR(&children);
  loop_remove_hook(p->loop, sweep, p);
}
