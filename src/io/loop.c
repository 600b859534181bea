#include "weir/io/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "io/loop_core.h"
#include "io/park.h"
#include "weir/base/clock.h"
#include "weir/base/log.h"

static uint64_t read_clock(const struct loop *loop) {
  return loop->clock ? loop->clock(loop->clock_arg) : clock_mono();
}

struct loop *loop_new(void) {
  struct loop *loop = mem_zero(1, sizeof *loop);
  loop->tasks.last = &loop->tasks.first;
  park_init(&loop->park);
  loop->now = read_clock(loop);
  return loop;
}

void loop_free(struct loop *loop) {
  if (!loop)
    return;
  work_clear(loop);
  park_clear(loop);
  timers_clear(&loop->timers);
  selectset_clear(&loop->set);
  VEC_CLEAR(&loop->touched);
  free(loop->slots);
  free(loop);
}

uint64_t loop_clock(const struct loop *loop) {
  return read_clock(loop);
}

uint64_t loop_now(const struct loop *loop) {
  return loop->now;
}

void loop_set_clock(struct loop *loop, uint64_t (*clock)(void *arg), void *arg) {
  loop->clock = clock;
  loop->clock_arg = arg;
  loop->now = read_clock(loop);
}

static bool fit(struct loop *loop, int fd) {
  if ((size_t)fd >= loop->n_slots) {
    size_t n = loop->n_slots ? loop->n_slots : 64;
    while (n <= (size_t)fd)
      n *= 2;
    struct slot *slots = realloc(loop->slots, n * sizeof *slots);
    if (!slots)
      return false;
    memset(slots + loop->n_slots, 0, (n - loop->n_slots) * sizeof *slots);
    loop->slots = slots;
    loop->n_slots = n;
  }
  return selectset_fit(&loop->set, fd);
}

bool loop_add(struct loop *loop, int fd, loop_want_fn *want, loop_ready_fn *ready, void *arg) {
  if (fd < 0 || !fit(loop, fd))
    return false;
  if (loop->slots[fd].ready)
    loop_remove(loop, fd);
  loop->slots[fd] = (struct slot){.want = want,
                                  .ready = ready,
                                  .arg = arg,
                                  .generation = ++loop->generation,
                                  .seen = loop->now,
                                  .older = -1,
                                  .newer = -1};
  loop->count++;
  loop_touch(loop, fd);
  return true;
}

void loop_touch(struct loop *loop, int fd) {
  struct slot *slot = loop_slot(loop, fd);
  if (!slot || slot->touched)
    return;
  slot->touched = true;
  VEC_PUSH(&loop->touched, fd);
}

void loop_remove(struct loop *loop, int fd) {
  struct slot *slot = loop_slot(loop, fd);
  if (!slot)
    return;
  park_leave(loop, fd);
  if (slot->place == SLOT_IN_SET)
    selectset_put(&loop->set, fd, false, false);
  *slot = (struct slot){.older = -1, .newer = -1};
  loop->count--;
}

size_t loop_count(const struct loop *loop) {
  return loop->count;
}

/* Puts the interest of one slot where it belongs. */
static void place(struct loop *loop, int fd, unsigned wanted) {
  struct slot *slot = &loop->slots[fd];
  if (wanted == slot->wanted)
    return;
  park_leave(loop, fd);
  slot->wanted = (uint8_t)wanted;
  if (wanted & (LOOP_READ | LOOP_WRITE)) {
    selectset_put(&loop->set, fd, wanted & LOOP_READ, wanted & LOOP_WRITE);
    slot->place = SLOT_IN_SET;
    if (!(wanted & LOOP_WRITE))
      park_list(loop, fd);
    return;
  }
  if (slot->place == SLOT_IN_SET) {
    selectset_put(&loop->set, fd, false, false);
    slot->place = SLOT_NOWHERE;
  }
  if (wanted & LOOP_HUP)
    park_watch_hup(loop, fd);
}

/* Asks the slots that were touched what they want now. A want callback may touch, add and remove. */
static void ask_touched(struct loop *loop) {
  for (size_t i = 0; i < loop->touched.n; i++) {
    int fd = loop->touched.v[i];
    struct slot *slot = loop_slot(loop, fd);
    if (!slot || !slot->touched)
      continue;
    slot->touched = false;
    uint64_t generation = slot->generation;
    unsigned wanted = slot->want ? slot->want(slot->arg) : LOOP_READ;
    slot = loop_slot(loop, fd);
    if (slot && slot->generation == generation)
      place(loop, fd, wanted);
  }
  loop->touched.n = 0;
}

static void deliver(struct loop *loop, int fd, unsigned events, uint64_t newest) {
  struct slot *slot = loop_slot(loop, fd);
  if (!slot || slot->generation > newest)
    return; /* removed, or the number used again, since select() looked */
  slot->seen = loop->now;
  if (!slot->touched) {
    slot->touched = true;
    VEC_PUSH(&loop->touched, fd);
  }
  loop->selected++;
  slot->ready(slot->arg, events);
}

static void deliver_all(struct loop *loop, int left) {
  uint64_t newest = loop->generation;
  for (size_t w = 0; left > 0 && w < loop->set.got_words; w++) {
    unsigned long reads = loop->set.got_read[w], writes = loop->set.got_write[w];
    unsigned long any = reads | writes;
    while (any) {
      unsigned bit = (unsigned)__builtin_ctzl(any);
      any &= any - 1;
      unsigned events = (unsigned)(reads >> bit & 1) * LOOP_READ | (unsigned)(writes >> bit & 1) * LOOP_WRITE;
      left -= 1 + (events == (LOOP_READ | LOOP_WRITE));
      deliver(loop, (int)(w * SELECTSET_BITS + bit), events, newest);
    }
  }
}

/* Somebody closed a descriptor without removing it first, which makes select() refuse the whole set. */
static void drop_closed(struct loop *loop) {
  for (int fd = 0; fd < loop->set.nfds; fd++) {
    struct slot *slot = loop_slot(loop, fd);
    if (slot && slot->place == SLOT_IN_SET && fcntl(fd, F_GETFD) < 0) {
      log_write(LOG_ERROR, "loop", 0, NULL, "descriptor %d was closed while it was watched", fd);
      loop_remove(loop, fd);
    }
  }
}

static uint64_t time_to_wait(struct loop *loop, uint64_t most) {
  if (loop->tasks.first || loop->jobs || loop->stop)
    return 0;
  uint64_t due = timers_next(&loop->timers);
  if (due == UINT64_MAX)
    return most;
  /* The callbacks since select() took time too. */
  uint64_t now = read_clock(loop);
  uint64_t wait = due > now ? due - now : 0;
  return wait < most ? wait : most;
}

static void fire_timers(struct loop *loop) {
  struct loop_timer *timer;
  loop->firing = true;
  while ((timer = timers_pop(&loop->timers, loop->now)))
    timer->fn(timer->arg);
  loop->firing = false;
}

bool loop_turn(struct loop *loop, uint64_t max_wait_ns) {
  if (loop->tasks.first)
    loop->now = read_clock(loop); /* the turn before may have been long */
  bool busy = work_tasks(loop);
  park_idle(loop);
  ask_touched(loop);
  int n = selectset_wait(&loop->set, busy ? 0 : time_to_wait(loop, max_wait_ns));
  loop->now = read_clock(loop);
  loop->turns++;
  if (n > 0)
    deliver_all(loop, n);
  else if (n < 0 && errno == EBADF)
    drop_closed(loop);
  fire_timers(loop);
  work_jobs(loop);
  work_hooks(loop);
  work_reap(loop);
  bool go_on = !loop->stop;
  loop->stop = false;
  return go_on;
}

void loop_run(struct loop *loop) {
  while (loop_turn(loop, UINT64_MAX))
    ;
}

void loop_stop(struct loop *loop) {
  loop->stop = true;
}

void loop_timer_arm(struct loop *loop, struct loop_timer *timer, uint64_t after_ns) {
  /* A timer that is armed again for "now" by a timer's callback must not keep this turn going for ever. */
  if (loop->firing && after_ns == 0)
    after_ns = 1;
  uint64_t due = after_ns > UINT64_MAX - 1 - loop->now ? UINT64_MAX - 1 : loop->now + after_ns;
  timers_arm(&loop->timers, timer, due);
}

void loop_timer_cancel(struct loop *loop, struct loop_timer *timer) {
  timers_cancel(&loop->timers, timer);
}

struct loop_stats loop_stats(const struct loop *loop) {
  return (struct loop_stats){
      .turns = loop->turns, .selected = loop->selected, .in_set = loop->set.members, .parked = loop->park.count};
}
