/*
 * Whose a local connection is: the process at its other end, by what Linux tells everybody (sock_diag(7), /proc).
 * Nothing here needs root; of other users' processes nothing is learnt unless weir is root.
 *
 * The kernel names the socket (its inode) in some microseconds; who has that socket open is then looked for among the
 * descriptors of all processes: first where the last ones were found, then in those that are new, then in the rest,
 * in slices of the loop. All of this together may take a tenth of the time, and under a storm of connections less than a
 * hundredth (a fifth where somebody is followed): some then stay without a name, and traffic stays fast.
 */
#ifndef WEIR_IO_PROCESS_H
#define WEIR_IO_PROCESS_H

#include <sys/types.h>

#include "weir/base/buf.h"
#include "weir/io/address.h"
#include "weir/io/loop.h"

#define PROCESS_NAME    64  /* bytes of a name at most */
#define PROCESS_COMMAND 256 /* bytes of a command line at most */

/* Shared by reference count: all connections of one process hold the same. Never changed: a process that has become
 * another program (execve) is another struct. Texts are the process's own, not sanitised. */
struct process {
  unsigned refs;
  pid_t pid;
  uint64_t started; /* as /proc says it: tells two processes of one number apart */
  bool followed;    /* the process of process_finder_follow(), or one that it started */
  char *name;       /* "curl" */
  char *command;    /* "curl -sS https://shop.test/", cut at PROCESS_COMMAND; NULL: it shows none */
  size_t cost;      /* bytes held by the allocator */
};
struct process *process_ref(struct process *p); /* NULL gives NULL */
void process_unref(struct process *p);

struct process_finder;
struct process_finder *process_finder_new(struct loop *loop);
void process_finder_free(struct process_finder *f); /* what is still asked ends without a callback */
/* From now on, processes below `pid` (0: none any more), or that have `variable` ("NAME=value") in their environment as
 * they were started with it, are `followed`: those that were started by one that has ended have no other mark. */
void process_finder_follow(struct process_finder *f, pid_t pid, const char *variable);

enum process_answer {
  PROCESS_FOUND, /* in *found; take a reference to keep it */
  PROCESS_NONE,  /* not of this machine, of another user, or gone already */
  PROCESS_LATER, /* fn will be called, from another turn or later in this one, never from within the asking */
  PROCESS_BUSY,  /* too many are asked: not now */
};

/* A question lives inside its owner, zeroed before it is asked. */
struct process_query {
  struct process_query *next, **prev;       /* prev NULL: not asked */
  void (*fn)(void *arg, struct process *p); /* p NULL: not found */
  void *arg;
  struct address theirs, ours; /* the two ends of the connection */
  uint64_t inode;              /* 0: not asked yet */
  unsigned round;              /* the search that ends without it when it has found nothing */
  bool urgent;                 /* somebody waits: whatever it takes. Stays as it is while it is asked */
};
enum process_answer process_ask(struct process_finder *f, struct process_query *q, struct process **found);
void process_cancel(struct process_finder *f, struct process_query *q); /* fine when not asked */

/* Tests: as where the kernel does not answer sock_diag(7), and the tables of /proc/net are read instead. */
void process_finder_use_tables(struct process_finder *f);
/* Tests: as if so much time had been used beyond what may be; negative: so much may be used. */
void process_finder_owe(struct process_finder *f, int64_t ns);

/* Who listens at a port. Blocks: for commands without a loop. `name` gets "nginx". False: nobody, or a process that may
 * not be looked at. */
bool process_at_port(uint16_t port, pid_t *pid, struct buf *name);

#endif
