/* Work of the loop that is not about a descriptor: tasks, jobs, hooks and graves. */
#include <stdlib.h>

#include "io/loop_core.h"
#include "weir/base/clock.h"

/* All jobs together get this much of a turn, so that a request waits little longer for its own turn. */
#define JOB_SLICE (2 * CLOCK_MS)

void loop_defer(struct loop *loop, struct loop_task *task) {
  if (task->prev)
    return;
  task->next = NULL;
  task->prev = loop->tasks.last;
  *loop->tasks.last = task;
  loop->tasks.last = &task->next;
}

void loop_task_cancel(struct loop *loop, struct loop_task *task) {
  if (!task->prev)
    return;
  *task->prev = task->next;
  if (task->next)
    task->next->prev = task->prev;
  else if (loop->tasks.last == &task->next)
    loop->tasks.last = task->prev;
  task->prev = NULL;
}

bool work_tasks(struct loop *loop) {
  if (!loop->tasks.first)
    return false;
  /* A task that is deferred again by its own callback belongs to the next turn. */
  loop->tasks_now = loop->tasks.first;
  loop->tasks_now->prev = &loop->tasks_now;
  loop->tasks.first = NULL;
  loop->tasks.last = &loop->tasks.first;
  while (loop->tasks_now) {
    struct loop_task *task = loop->tasks_now;
    loop_task_cancel(loop, task);
    task->fn(task->arg);
  }
  return true;
}

static void job_link(struct loop_job **list, struct loop_job *job) {
  job->next = *list;
  if (job->next)
    job->next->prev = &job->next;
  job->prev = list;
  *list = job;
}

static void job_unlink(struct loop_job *job) {
  *job->prev = job->next;
  if (job->next)
    job->next->prev = job->prev;
  job->prev = NULL;
}

void loop_job_start(struct loop *loop, struct loop_job *job) {
  if (!job->prev)
    job_link(&loop->jobs, job);
}

void loop_job_stop(struct loop *loop, struct loop_job *job) {
  if (job->prev)
    job_unlink(job);
  if (loop->job == job)
    loop->job = NULL;
}

void work_jobs(struct loop *loop) {
  if (!loop->jobs)
    return;
  size_t n = 0;
  for (struct loop_job *job = loop->jobs; job; job = job->next)
    n++;
  loop->jobs_now = loop->jobs;
  loop->jobs_now->prev = &loop->jobs_now;
  loop->jobs = NULL;
  while (loop->jobs_now) {
    struct loop_job *job = loop->jobs_now;
    job_unlink(job);
    loop->job = job;
    bool more = job->step(job->arg, clock_mono() + JOB_SLICE / n);
    /* A job that stopped itself may be gone; one that says it is done too. */
    if (more && loop->job == job && !job->prev)
      job_link(&loop->jobs, job);
    loop->job = NULL;
  }
}

void loop_add_hook(struct loop *loop, loop_fn *fn, void *arg) {
  struct hook hook = {fn, arg};
  VEC_PUSH(&loop->hooks, hook);
}

void loop_remove_hook(struct loop *loop, loop_fn *fn, void *arg) {
  for (size_t i = 0; i < loop->hooks.n; i++) {
    if (loop->hooks.v[i].fn == fn && loop->hooks.v[i].arg == arg) {
      loop->hooks.v[i].fn = NULL;
      loop->hooks_holes = true;
      return;
    }
  }
}

void work_hooks(struct loop *loop) {
  for (size_t i = 0; i < loop->hooks.n; i++) {
    struct hook hook = loop->hooks.v[i];
    if (hook.fn)
      hook.fn(hook.arg);
  }
  if (!loop->hooks_holes)
    return;
  size_t kept = 0;
  for (size_t i = 0; i < loop->hooks.n; i++)
    if (loop->hooks.v[i].fn)
      loop->hooks.v[kept++] = loop->hooks.v[i];
  loop->hooks.n = kept;
  loop->hooks_holes = false;
}

void loop_bury(struct loop *loop, void (*free_fn)(void *), void *what) {
  struct grave grave = {free_fn, what};
  VEC_PUSH(&loop->graves, grave);
}

void work_reap(struct loop *loop) {
  /* What is freed may bury more. */
  for (size_t i = 0; i < loop->graves.n; i++) {
    struct grave grave = loop->graves.v[i];
    grave.free_fn(grave.what);
  }
  loop->graves.n = 0;
}

void work_clear(struct loop *loop) {
  work_reap(loop);
  while (loop->tasks.first)
    loop_task_cancel(loop, loop->tasks.first);
  for (struct loop_job *job = loop->jobs; job; job = job->next)
    job->prev = NULL;
  loop->jobs = NULL;
  VEC_CLEAR(&loop->hooks);
  VEC_CLEAR(&loop->graves);
}
