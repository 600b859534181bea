/* Looking for the processes that have sockets open: what was asked, what it may cost, where to look first. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io/process_parts.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"

/* One part in so many of the time may be used: while few connections come, it is nobody's loss. */
#define SHARE_QUIET  10
#define SHARE_STORM  128
#define SHARE_FOLLOW 5               /* where somebody is followed, the answer is what was asked for */
#define CREDIT_QUIET (20 * CLOCK_MS) /* so much is kept for a burst */
#define CREDIT_STORM (2 * CLOCK_MS)
#define WINDOW       (250 * CLOCK_MS)
#define FEW          50 /* new connections within that; more are a storm */
#define DEBT_MAX     (100 * CLOCK_MS)
#define WORTH        (1 * CLOCK_MS) /* a search does not begin with less */
#define AT_ONCE      (2 * CLOCK_MS) /* of a search, before the asker goes on: of the processor's time */
#define ASKED_MAX    256
#define KNOWN_MAX    16
#define GUESSES      8             /* processes whose last descriptor is looked at before anything is searched */
#define SAME_FOR     (1 * CLOCK_S) /* a process is taken for what it was so long */
#define CLOCK_EVERY  16            /* descriptors between two looks at the clock */

struct known {
  struct process *process;
  int fd;           /* where its last socket was */
  uint64_t checked; /* when it was last seen to be the same */
};

struct process_finder {
  struct loop *loop;
  struct process_mark mark;
  int netlink;
  bool proven;          /* the kernel has answered */
  bool tables;          /* it does not */
  unsigned asks, share; /* asks: since `window` */
  uint64_t window;
  int64_t credit; /* ns */
  uint64_t credit_at;
  struct process_query *asked, **asked_end;
  size_t asked_n, urgent_n;
  struct known known[KNOWN_MAX]; /* the last one found first */
  size_t known_n;
  struct loop_job job;
  struct loop_timer timer; /* for credit */
  /* the search */
  bool searching;
  unsigned round;
  bool listed;  /* all processes are in `order`; before that those that were found before */
  pid_t *order; /* where it looks, in that order */
  size_t order_n, order_at;
  DIR *folder; /* of order[order_at - 1] */
};

/* ---- what it costs ---- */

/* The processor's time: that of others, who had it meanwhile, is not this one's doing. */
static uint64_t used_now(void) {
  struct timespec t;
  return clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0 ? (uint64_t)t.tv_sec * CLOCK_S + (uint64_t)t.tv_nsec : 0;
}

static int64_t credit_now(struct process_finder *f, uint64_t now) {
  f->credit += (int64_t)((now - f->credit_at) / f->share);
  f->credit_at = now;
  int64_t most = f->share == SHARE_STORM ? (int64_t)CREDIT_STORM : (int64_t)CREDIT_QUIET;
  if (f->credit > most)
    f->credit = most;
  return f->credit;
}

static void spend(struct process_finder *f, uint64_t used_before) {
  f->credit -= (int64_t)(used_now() - used_before);
  if (f->credit < -(int64_t)DEBT_MAX)
    f->credit = -(int64_t)DEBT_MAX;
}

/* Told of each question. A storm is over when a whole window had few. */
static void note_ask(struct process_finder *f, uint64_t now) {
  bool over = now - f->window >= WINDOW;
  bool storm = f->asks >= FEW || (!over && f->share == SHARE_STORM);
  credit_now(f, now);
  if (f->share != SHARE_FOLLOW)
    f->share = storm ? SHARE_STORM : SHARE_QUIET;
  if (over) {
    f->window = now;
    f->asks = 0;
  }
  f->asks++;
}

static void schedule(struct process_finder *f) {
  if (!f->asked || f->searching || (!f->urgent_n && f->timer.place))
    return;
  int64_t credit = credit_now(f, clock_mono());
  if (f->urgent_n || credit > 0)
    loop_job_start(f->loop, &f->job);
  else
    loop_timer_arm(f->loop, &f->timer, (uint64_t)((int64_t)WORTH - credit) * f->share);
}

static void credit_came(void *arg) {
  schedule(arg);
}

/* ---- what is asked ---- */

static void asked_add(struct process_finder *f, struct process_query *q) {
  q->round = f->round + 1;
  q->next = NULL;
  q->prev = f->asked_end;
  *f->asked_end = q;
  f->asked_end = &q->next;
  f->asked_n++;
  f->urgent_n += q->urgent;
}

void process_cancel(struct process_finder *f, struct process_query *q) {
  if (!q->prev)
    return;
  *q->prev = q->next;
  if (q->next)
    q->next->prev = q->prev;
  else
    f->asked_end = q->prev;
  q->prev = NULL;
  f->asked_n--;
  f->urgent_n -= q->urgent;
}

static void answer(struct process_finder *f, struct process_query *q, struct process *p) {
  process_cancel(f, q);
  q->fn(q->arg, p);
}

/* A callback may ask and cancel: after each one the list is looked at from its beginning. */
static struct process_query *asked_with(const struct process_finder *f, uint64_t inode) {
  struct process_query *q = f->asked;
  while (q && q->inode != inode)
    q = q->next;
  return q;
}

static struct process_query *asked_before(const struct process_finder *f) {
  struct process_query *q = f->asked;
  while (q && q->round > f->round)
    q = q->next;
  return q;
}

/* ---- processes that were found ---- */

static struct known *known_find(struct process_finder *f, pid_t pid) {
  for (size_t i = 0; i < f->known_n; i++)
    if (f->known[i].process->pid == pid)
      return &f->known[i];
  return NULL;
}

static void known_first(struct process_finder *f, struct known k) {
  size_t at = 0;
  while (at < f->known_n && f->known[at].process->pid != k.process->pid)
    at++;
  if (at == KNOWN_MAX)
    process_unref(f->known[--at].process);
  else if (at == f->known_n)
    f->known_n++;
  memmove(f->known + 1, f->known, at * sizeof *f->known);
  f->known[0] = k;
}

static void known_forget(struct process_finder *f, pid_t pid) {
  struct known *k = known_find(f, pid);
  if (!k)
    return;
  process_unref(k->process);
  memmove(k, k + 1, (size_t)(f->known + --f->known_n - k) * sizeof *k);
}

/* The process `pid`, which has what was looked for at `fd`; NULL: it is gone meanwhile. */
static struct process *found_in(struct process_finder *f, pid_t pid, int fd) {
  uint64_t now = clock_mono();
  struct known *old = known_find(f, pid);
  struct known k = {NULL, fd, now};
  if (old && now - old->checked < SAME_FOR)
    k = (struct known){old->process, fd, old->checked};
  else if (old && process_is_same(old->process))
    k.process = old->process;
  else if ((k.process = process_read(pid, &f->mark)) == NULL)
    return NULL;
  else if (old)
    process_unref(old->process);
  known_first(f, k);
  return k.process;
}

/* A client that opens one connection after the other has each of them at the same descriptor. */
static struct process *guess(struct process_finder *f, uint64_t inode) {
  for (size_t i = 0; i < f->known_n && i < GUESSES; i++) {
    char path[64];
    pid_t pid = f->known[i].process->pid;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, f->known[i].fd);
    if (process_fd_inode(-1, path) == inode)
      return found_in(f, pid, f->known[i].fd);
  }
  return NULL;
}

/* ---- sockets ---- */

/* Others' descriptors are not shown, so that there is nothing to look for. */
static uint64_t inode_of(const struct process_socket *s) {
  return geteuid() == 0 || s->uid == geteuid() ? s->inode : 0;
}

/* "No such socket" is also what a kernel says that cannot answer. Our own end is surely there. */
static uint64_t ask_kernel(struct process_finder *f, const struct process_query *q) {
  struct process_socket s, own;
  bool ok = process_socket_ask(f->netlink, &q->theirs, &q->ours, &s);
  if (ok && !s.inode && !f->proven)
    ok = process_socket_ask(f->netlink, &q->ours, &q->theirs, &own) && own.inode;
  f->proven = f->proven || ok;
  f->tables = !ok;
  return ok ? inode_of(&s) : 0;
}

static bool same_end(const struct address *a, const struct address *b) {
  return a->family == b->family && a->port == b->port && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

static bool match_row(void *arg, const struct process_row *row) {
  const struct process_finder *f = arg;
  for (struct process_query *q = f->asked; q; q = q->next)
    if (!q->inode && same_end(&row->near, &q->theirs) && same_end(&row->far, &q->ours))
      q->inode = inode_of(&row->socket);
  return false;
}

static void find_sockets(struct process_finder *f) {
  struct process_query *q;
  for (q = f->asked; q && !f->tables; q = q->next)
    if (!q->inode)
      q->inode = ask_kernel(f, q);
  if (f->tables)
    process_rows(match_row, f);
  while ((q = asked_with(f, 0)) != NULL && q->round <= f->round)
    answer(f, q, NULL);
}

/* ---- the search ---- */

static void order_known(struct process_finder *f) {
  free(f->order);
  f->order = mem_zero(KNOWN_MAX, sizeof *f->order);
  f->order_n = f->order_at = 0;
  for (size_t i = 0; i < f->known_n; i++)
    f->order[f->order_n++] = f->known[i].process->pid;
  f->listed = false;
}

/* The youngest first: what a person has just started is what asks now. */
static void order_all(struct process_finder *f) {
  pid_t self = getpid();
  free(f->order);
  size_t n = process_list(&f->order);
  f->order_n = f->order_at = 0;
  for (size_t i = 0; i < n; i++)
    if (f->order[i] != self && !known_find(f, f->order[i]))
      f->order[f->order_n++] = f->order[i];
  f->listed = true;
}

static bool begin_search(struct process_finder *f) {
  f->round++;
  find_sockets(f);
  if (!asked_before(f))
    return false;
  order_known(f);
  f->searching = true;
  return true;
}

static void close_folder(struct process_finder *f) {
  if (f->folder)
    closedir(f->folder);
  f->folder = NULL;
}

static void end_search(struct process_finder *f) {
  struct process_query *q;
  f->searching = false;
  close_folder(f);
  while ((q = asked_before(f)) != NULL)
    answer(f, q, NULL);
}

/* False: there is none left. */
static bool open_next(struct process_finder *f) {
  for (;;) {
    char path[64];
    if (f->order_at == f->order_n && f->listed)
      return false;
    if (f->order_at == f->order_n) {
      order_all(f);
      continue;
    }
    pid_t pid = f->order[f->order_at++];
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    if ((f->folder = opendir(path)) != NULL)
      return true;
    known_forget(f, pid);
  }
}

/* The next descriptors; when the process has no more, its folder is closed. */
static void look_at_some(struct process_finder *f) {
  pid_t pid = f->order[f->order_at - 1];
  for (int i = 0; i < CLOCK_EVERY; i++) {
    const struct dirent *entry = readdir(f->folder);
    uint64_t fd, inode;
    struct process_query *q;
    if (!entry) {
      close_folder(f);
      return;
    }
    if (!process_number(entry->d_name, &fd) || (inode = process_fd_inode(dirfd(f->folder), entry->d_name)) == 0 ||
        !asked_with(f, inode))
      continue;
    struct process *p = found_in(f, pid, (int)fd);
    while (p && (q = asked_with(f, inode)) != NULL)
      answer(f, q, p);
  }
}

static void search_on(struct process_finder *f, uint64_t (*clock)(void), uint64_t until) {
  uint64_t used = used_now();
  bool more = f->searching || begin_search(f);
  while (more && clock() < until) {
    more = asked_before(f) && (f->folder || open_next(f));
    if (more)
      look_at_some(f);
    else
      end_search(f);
  }
  spend(f, used);
}

static bool step(void *arg, uint64_t deadline) {
  struct process_finder *f = arg;
  search_on(f, clock_mono, deadline);
  if (!f->searching)
    schedule(f);
  return f->searching;
}

struct heard {
  struct process *process;
  bool told;
};

static void hear(void *arg, struct process *p) {
  *(struct heard *)arg = (struct heard){p, true};
}

/* Now the client waits for its answer; a moment later it may have that and be gone. What a moment is enough for is
 * looked at before anything else: young processes, above all. */
static enum process_answer look_at_once(struct process_finder *f, struct process_query *q, struct process **found) {
  struct heard heard = {NULL, false};
  struct process_query own = *q;
  q->fn = hear;
  q->arg = &heard;
  search_on(f, used_now, used_now() + AT_ONCE);
  q->fn = own.fn;
  q->arg = own.arg;
  *found = heard.process;
  return heard.process ? PROCESS_FOUND : heard.told ? PROCESS_NONE : PROCESS_LATER;
}

/* ---- outside ---- */

static bool is_local(const struct process_query *q) {
  return q->theirs.family && q->theirs.family == q->ours.family && q->theirs.port &&
         (address_is_loopback(&q->theirs) || memcmp(q->theirs.ip, q->ours.ip, sizeof q->ours.ip) == 0);
}

enum process_answer process_ask(struct process_finder *f, struct process_query *q, struct process **found) {
  *found = NULL;
  q->inode = 0;
  if (!is_local(q))
    return PROCESS_NONE;
  note_ask(f, clock_mono());
  if (!f->tables && (q->urgent || f->credit > 0)) {
    uint64_t used = used_now();
    q->inode = ask_kernel(f, q);
    if (q->inode)
      *found = guess(f, q->inode);
    spend(f, used);
    if (!q->inode && !f->tables)
      return PROCESS_NONE;
    if (*found)
      return PROCESS_FOUND;
  }
  if (f->asked_n >= ASKED_MAX && !q->urgent)
    return PROCESS_BUSY;
  asked_add(f, q);
  enum process_answer answer = PROCESS_LATER;
  if (q->inode && f->asked_n == 1 && !f->searching && (q->urgent || f->credit > (int64_t)WORTH))
    answer = look_at_once(f, q, found);
  if (f->searching)
    loop_job_start(f->loop, &f->job);
  else
    schedule(f);
  return answer;
}

struct process_finder *process_finder_new(struct loop *loop) {
  struct process_finder *f = mem_zero(1, sizeof *f);
  f->loop = loop;
  f->netlink = process_socket_open();
  f->tables = f->netlink < 0;
  f->asked_end = &f->asked;
  f->share = SHARE_QUIET;
  f->credit = (int64_t)CREDIT_QUIET;
  f->credit_at = clock_mono();
  f->job = (struct loop_job){.step = step, .arg = f};
  f->timer = (struct loop_timer){.fn = credit_came, .arg = f};
  return f;
}

void process_finder_free(struct process_finder *f) {
  if (!f)
    return;
  while (f->asked)
    process_cancel(f, f->asked);
  loop_job_stop(f->loop, &f->job);
  loop_timer_cancel(f->loop, &f->timer);
  close_folder(f);
  for (size_t i = 0; i < f->known_n; i++)
    process_unref(f->known[i].process);
  if (f->netlink >= 0)
    close(f->netlink);
  free(f->order);
  free(f->mark.variable);
  free(f);
}

/* What was read before is not known to be followed. */
void process_finder_follow(struct process_finder *f, pid_t pid, const char *variable) {
  if (pid != 0) {
    for (size_t i = 0; i < f->known_n; i++)
      process_unref(f->known[i].process);
    f->known_n = 0;
  }
  char *copy = mem_dup(variable);
  free(f->mark.variable);
  f->mark = (struct process_mark){pid, copy};
  f->share = SHARE_FOLLOW;
}

void process_finder_use_tables(struct process_finder *f) {
  f->tables = true;
}

void process_finder_owe(struct process_finder *f, int64_t ns) {
  f->credit = -ns;
  f->credit_at = clock_mono();
}
