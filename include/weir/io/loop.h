/*
 * The loop: the one place where weir waits, and it waits in select(). One thread.
 *
 * A turn: deferred tasks (the ready list), select, descriptors that are ready, timers, slices of long jobs,
 * end-of-turn hooks, then reap what was buried. Callbacks get their own argument; there is no global loop.
 *
 * Interest is asked, never toggled: each descriptor has a `want` callback, called just before select() for the
 * descriptors that were touched since the last one (added, ready, or loop_touch()ed). Descriptor sets are
 * bitmaps sized by weir, so descriptors beyond FD_SETSIZE work. A slot has a generation number: a descriptor closed and
 * reused within one turn never gets the old one's event. Idle descriptors that want only to read may be parked in an
 * epoll descriptor which is itself a member of the select set (io/park.h); nobody above notices.
 *
 * Nothing frees itself inside its own callback: loop_bury() frees at the end of the turn.
 */
#ifndef WEIR_IO_LOOP_H
#define WEIR_IO_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

enum loop_events {
  LOOP_READ = 1,  /* readable, or at its end, or in error: recv() tells */
  LOOP_WRITE = 2, /* writable */
  LOOP_HUP = 4,   /* wanted alone: tell when the peer closes or resets, though nobody reads (paused flows).
                     Needs epoll; without it the event simply never comes. Edge-triggered: told once. */
};

typedef unsigned loop_want_fn(void *arg);
typedef void loop_ready_fn(void *arg, unsigned events);
typedef void loop_fn(void *arg);

struct loop *loop_new(void);
void loop_free(struct loop *loop);

/* Monotonic nanoseconds, read once a turn after select() returns, and before that where there are deferred tasks. */
uint64_t loop_now(const struct loop *loop);
/* The same clock, read now: for what takes its time within a turn. */
uint64_t loop_clock(const struct loop *loop);
/* Tests: a clock of their own instead of clock_mono(). */
void loop_set_clock(struct loop *loop, uint64_t (*clock)(void *arg), void *arg);

/* Registers a descriptor (non-blocking, close-on-exec). One registration a descriptor. False: no memory for it. */
bool loop_add(struct loop *loop, int fd, loop_want_fn *want, loop_ready_fn *ready, void *arg);
void loop_touch(struct loop *loop, int fd);  /* ask its want again before select() */
void loop_remove(struct loop *loop, int fd); /* before close(fd); fine inside its own callback */
size_t loop_count(const struct loop *loop);  /* descriptors registered */

/* A timer lives inside its owner. Zero-initialise; set fn and arg; then arm. Fires once. */
struct loop_timer {
  uint64_t due; /* ns */
  size_t place; /* heap place + 1; 0: not armed */
  loop_fn *fn;
  void *arg;
};
void loop_timer_arm(struct loop *loop, struct loop_timer *timer, uint64_t after_ns); /* re-arms when armed */
void loop_timer_cancel(struct loop *loop, struct loop_timer *timer);                 /* fine when not armed */

/* A task runs once at the start of the next turn, which then does not wait. Lives inside its owner. */
struct loop_task {
  struct loop_task *next, **prev; /* prev NULL: not queued */
  loop_fn *fn;
  void *arg;
};
void loop_defer(struct loop *loop, struct loop_task *task); /* fine when queued already */
void loop_task_cancel(struct loop *loop, struct loop_task *task);

/* A long job: called once a turn until it returns false; each call must come back before `deadline_ns`
 * (monotonic, clock_mono()), some milliseconds away. The loop does not wait while there is a job. */
struct loop_job {
  struct loop_job *next, **prev;
  bool (*step)(void *arg, uint64_t deadline_ns);
  void *arg;
};
void loop_job_start(struct loop *loop, struct loop_job *job);
void loop_job_stop(struct loop *loop, struct loop_job *job);

/* Called at the end of every turn, in the order of registration (deliver store events, draw a frame). */
void loop_add_hook(struct loop *loop, loop_fn *fn, void *arg);
void loop_remove_hook(struct loop *loop, loop_fn *fn, void *arg);

void loop_bury(struct loop *loop, void (*free_fn)(void *), void *what);

/* One turn; waits at most max_wait_ns (UINT64_MAX: as long as it takes). False: a stop was asked for. */
bool loop_turn(struct loop *loop, uint64_t max_wait_ns); /* each loop_stop() ends one turn or one loop_run() */
void loop_run(struct loop *loop);                        /* turns until loop_stop() */
void loop_stop(struct loop *loop);

struct loop_stats {
  uint64_t turns;
  uint64_t selected; /* descriptors that came back ready */
  size_t in_set;     /* descriptors in the select set now */
  size_t parked;     /* sleeping in the epoll descriptor */
};
struct loop_stats loop_stats(const struct loop *loop);
void loop_set_parking(struct loop *loop, bool on); /* default on where there is epoll */

#endif
