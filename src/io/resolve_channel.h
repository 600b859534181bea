/*
 * c-ares channels in the loop. A channel is one reading of resolv.conf; when that file changes, new questions
 * go to a new channel and the old one goes when its last question has ended. c-ares says through its socket
 * callback what to watch; we call only ares_process_fd() and ares_timeout().
 */
#ifndef WEIR_SRC_IO_RESOLVE_CHANNEL_H
#define WEIR_SRC_IO_RESOLVE_CHANNEL_H

#include <ares.h>
#include <sys/stat.h>

#include "io/resolve_core.h"
#include "weir/io/loop.h"

struct watch;

struct channel {
  struct channels *owner;
  struct channel *next;
  ares_channel ares;
  struct watch *watches;
  struct loop_timer timer;
  size_t users; /* lookups that c-ares has not answered */
};

struct channels {
  struct loop *loop;
  struct resolver_setup setup;
  struct channel *first; /* the current one, then older ones with users */
  struct stat conf;      /* of resolv.conf when the current one was made */
  uint64_t looked;       /* when that was last compared */
};

void channels_init(struct channels *cs, struct loop *loop);
void channels_clear(struct channels *cs);              /* pending lookups are called back with ARES_EDESTRUCTION */
struct channel *channels_current(struct channels *cs); /* NULL: c-ares would not start */
size_t channels_count(const struct channels *cs);
void channel_arm(struct channel *c); /* after asking: c-ares may want to be called again later */

#endif
