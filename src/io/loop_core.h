/*
 * What the parts of the loop share: slots and their interest (loop.c), work that is not a descriptor (work.c),
 * idle descriptors (park.c). Nobody outside of these files includes this.
 *
 * A slot's interest is in exactly one place: the select set, the epoll descriptor (parked, or watched for a
 * hang-up), or nowhere. `wanted` is what the owner last said; the place follows from it.
 */
#ifndef WEIR_SRC_IO_LOOP_CORE_H
#define WEIR_SRC_IO_LOOP_CORE_H

#include "io/selectset.h"
#include "io/timers.h"
#include "weir/base/vec.h"
#include "weir/io/loop.h"

enum slot_place { SLOT_NOWHERE, SLOT_IN_SET, SLOT_PARKED, SLOT_HUP };

struct slot { /* one for each descriptor number; free while ready is NULL */
  loop_want_fn *want;
  loop_ready_fn *ready;
  void *arg;
  uint64_t generation; /* grows with every loop_add; an event is only for the generation it was asked for */
  uint64_t seen;       /* when it was last ready, ns */
  int older, newer;    /* neighbours among the parkable; -1: none */
  uint8_t wanted;
  uint8_t place;
  bool touched;
  bool listed;  /* among the parkable */
  bool no_park; /* epoll cannot take it, or it is the epoll descriptor */
};

struct park {
  int fd; /* the epoll descriptor; -1: none yet */
  bool off;
  bool failed;        /* there is no epoll here */
  int oldest, newest; /* parkable descriptors, roughly by when they were last ready */
  size_t count;       /* parked */
  uint64_t look_at;   /* when to look for idle ones again */
};

struct hook {
  loop_fn *fn; /* NULL: removed, swept at the end of the turn */
  void *arg;
};

struct grave {
  void (*free_fn)(void *);
  void *what;
};

struct task_list {
  struct loop_task *first, **last; /* last: where the next one is linked */
};

struct loop {
  struct selectset set;
  struct slot *slots;
  size_t n_slots;
  size_t count;
  uint64_t generation;
  VEC(int) touched;

  uint64_t now;
  uint64_t (*clock)(void *);
  void *clock_arg;
  struct timers timers;
  bool firing; /* timers armed now are for the next turn at the earliest */

  struct task_list tasks;
  struct loop_task *tasks_now; /* those of this turn, not run yet */
  struct loop_job *jobs, *jobs_now;
  struct loop_job *job; /* the one whose step runs; NULL when it stopped itself */
  VEC(struct hook) hooks;
  bool hooks_holes;
  VEC(struct grave) graves;

  struct park park;
  bool stop;
  uint64_t turns, selected;
};

static inline struct slot *loop_slot(struct loop *loop, int fd) {
  return fd >= 0 && (size_t)fd < loop->n_slots && loop->slots[fd].ready ? &loop->slots[fd] : NULL;
}

/* work.c */
bool work_tasks(struct loop *loop); /* true: some ran */
void work_jobs(struct loop *loop);
void work_hooks(struct loop *loop);
void work_reap(struct loop *loop);
void work_clear(struct loop *loop);

#endif
