/*
 * Parking: what select() costs grows with the descriptors in its set, so those that only wait to be read and
 * have been quiet for a while sleep in an epoll descriptor, which is one member of the set. select() stays the
 * one place where weir waits. The same epoll descriptor watches for hang-ups of descriptors that nobody reads.
 *
 * Rules: only slots that want LOOP_READ and nothing else are parked; EPOLLONESHOT, so that one that woke says
 * nothing more; it leaves epoll before it is closed; events carry the slot and its generation. Where there is
 * no epoll, or it refuses a descriptor, that one simply stays in the set.
 */
#ifndef WEIR_SRC_IO_PARK_H
#define WEIR_SRC_IO_PARK_H

#include "io/loop_core.h"

void park_init(struct park *park);
void park_clear(struct loop *loop);
void park_list(struct loop *loop, int fd);      /* it wants only to read: parkable from now on */
void park_leave(struct loop *loop, int fd);     /* out of the list and out of epoll */
void park_watch_hup(struct loop *loop, int fd); /* tell of a hang-up, edge-triggered */
void park_idle(struct loop *loop);              /* once a turn: parks some that have been quiet */

#endif
