#include "io/park.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "weir/base/clock.h"

#define PARK_QUIET  (50 * CLOCK_MS) /* how long without an event */
#define PARK_EVERY  (2 * CLOCK_MS)  /* how often to look */
#define PARK_BATCH  64              /* how many to look at: bounds what a turn spends here */
#define PARK_WORTH  4               /* a set this small is cheaper than parking */
#define PARK_EVENTS 256             /* most wake-ups a turn */

void park_init(struct park *park) {
  *park = (struct park){.fd = -1, .oldest = -1, .newest = -1};
}

void park_clear(struct loop *loop) {
  if (loop->park.fd >= 0)
    close(loop->park.fd);
  park_init(&loop->park);
}

static void list_add(struct loop *loop, int fd) {
  struct park *park = &loop->park;
  struct slot *slot = &loop->slots[fd];
  slot->older = park->newest;
  slot->newer = -1;
  if (park->newest >= 0)
    loop->slots[park->newest].newer = fd;
  else
    park->oldest = fd;
  park->newest = fd;
  slot->listed = true;
}

static void list_remove(struct loop *loop, int fd) {
  struct park *park = &loop->park;
  struct slot *slot = &loop->slots[fd];
  if (slot->older >= 0)
    loop->slots[slot->older].newer = slot->newer;
  else
    park->oldest = slot->newer;
  if (slot->newer >= 0)
    loop->slots[slot->newer].older = slot->older;
  else
    park->newest = slot->older;
  slot->listed = false;
}

/* Registers with epoll; the event carries the low half of the generation, which is plenty within its life. */
static bool enter(struct loop *loop, int fd, uint32_t events) {
  struct epoll_event event = {.events = events};
  event.data.u64 = (uint64_t)(uint32_t)fd << 32 | (uint32_t)loop->slots[fd].generation;
  return epoll_ctl(loop->park.fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void wake(struct loop *loop, int fd, uint32_t generation, uint32_t events) {
  struct slot *slot = loop_slot(loop, fd);
  if (!slot || (uint32_t)slot->generation != generation)
    return;
  if (slot->place == SLOT_PARKED) {
    park_leave(loop, fd);
    selectset_put(&loop->set, fd, true, false);
    slot->place = SLOT_IN_SET;
    park_list(loop, fd);
    events = LOOP_READ;
  } else if (slot->place == SLOT_HUP && (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))) {
    events = LOOP_HUP;
  } else {
    return;
  }
  slot->seen = loop->now;
  loop_touch(loop, fd);
  loop->selected++;
  slot->ready(slot->arg, events);
}

static void epoll_ready(void *arg, unsigned ready) {
  (void)ready;
  struct loop *loop = arg;
  struct epoll_event events[PARK_EVENTS];
  int n = epoll_wait(loop->park.fd, events, PARK_EVENTS, 0);
  for (int i = 0; i < n; i++) {
    uint64_t data = events[i].data.u64;
    wake(loop, (int)(data >> 32), (uint32_t)data, events[i].events);
  }
}

static bool have_epoll(struct loop *loop) {
  struct park *park = &loop->park;
  if (park->fd >= 0)
    return true;
  if (park->failed)
    return false;
  int fd = epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) {
    /* Out of descriptors is no reason to give up for good. */
    park->failed = errno != EMFILE && errno != ENFILE;
    return false;
  }
  if (!loop_add(loop, fd, NULL, epoll_ready, loop)) {
    close(fd);
    return false;
  }
  loop->slots[fd].no_park = true;
  loop->count--; /* not one of those that users registered */
  park->fd = fd;
  return true;
}

void park_list(struct loop *loop, int fd) {
  if (!loop->slots[fd].no_park)
    list_add(loop, fd);
}

void park_leave(struct loop *loop, int fd) {
  struct slot *slot = &loop->slots[fd];
  if (slot->listed)
    list_remove(loop, fd);
  if (slot->place != SLOT_PARKED && slot->place != SLOT_HUP)
    return;
  struct epoll_event unused = {0};
  epoll_ctl(loop->park.fd, EPOLL_CTL_DEL, fd, &unused);
  loop->park.count -= slot->place == SLOT_PARKED;
  slot->place = SLOT_NOWHERE;
}

void park_watch_hup(struct loop *loop, int fd) {
  struct slot *slot = &loop->slots[fd];
  if (slot->no_park || !have_epoll(loop))
    return;
  if (enter(loop, fd, EPOLLRDHUP | EPOLLET))
    slot->place = SLOT_HUP;
  else
    slot->no_park = true; /* a regular file has no peer */
}

static void park_one(struct loop *loop, int fd) {
  struct slot *slot = &loop->slots[fd];
  list_remove(loop, fd);
  if (!enter(loop, fd, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT)) {
    slot->no_park = true; /* a regular file, or epoll's limit: it stays in the set */
    return;
  }
  selectset_put(&loop->set, fd, false, false);
  slot->place = SLOT_PARKED;
  loop->park.count++;
}

void park_idle(struct loop *loop) {
  struct park *park = &loop->park;
  if (park->off || loop->set.members <= PARK_WORTH || loop->now < park->look_at)
    return;
  park->look_at = loop->now + PARK_EVERY;
  for (int i = 0; i < PARK_BATCH && park->oldest >= 0 && loop->set.members > PARK_WORTH; i++) {
    int fd = park->oldest;
    if (loop->now - loop->slots[fd].seen >= PARK_QUIET) {
      if (!have_epoll(loop))
        return;
      park_one(loop, fd);
    } else {
      /* Its place in the list is from before it was last ready. */
      list_remove(loop, fd);
      list_add(loop, fd);
    }
  }
}

void loop_set_parking(struct loop *loop, bool on) {
  loop->park.off = !on;
  if (on)
    return;
  for (int fd = 0; (size_t)fd < loop->n_slots; fd++) {
    if (loop->slots[fd].ready && loop->slots[fd].place == SLOT_PARKED) {
      park_leave(loop, fd);
      selectset_put(&loop->set, fd, true, false);
      loop->slots[fd].place = SLOT_IN_SET;
      park_list(loop, fd);
    }
  }
}
