/*
 * Files that rules answer with, whatever their size: read a piece at a time, as the client takes them, into the same lane
 * that a server's answer goes through. A piece that is not in memory yet is asked for and looked for again a moment
 * later, so that a slow disk holds up nobody else; file systems that cannot say that are read piece by piece all the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "weir/base/mem.h"

#include "parts.h"

#define AHEAD    ((off_t)1 << 20) /* so much is asked for */
#define LOOK_NS  (2 * CLOCK_MS)
#define PATIENCE (1 * CLOCK_S)       /* then it is read however long that takes: an error shows only so */
#define SHORT    ((uint64_t)SCRATCH) /* a file that one read takes is not asked about */
#define WINDOW   ((size_t)4 * SCRATCH)

struct served {
  struct exchange *exchange;
  struct rule_source *source;
  uint64_t at;
  uint64_t missing; /* since when the next piece is not in memory; 0: it was */
  bool plain;       /* the file system cannot say what is in memory, or it is not worth asking */
  struct loop_job job;
  struct loop_timer timer;
};

static void served_free(void *what) {
  struct served *s = what;
  rule_source_free(s->source);
  free(s);
}

void served_end(struct exchange *x) {
  struct served *s = x->served;
  if (!s)
    return;
  x->served = NULL;
  loop_job_stop(x->proxy->loop, &s->job);
  loop_timer_cancel(x->proxy->loop, &s->timer);
  loop_bury(x->proxy->loop, served_free, s);
}

/* Whether its lane wants more is asked later in the turn, when its client has taken what it takes in it. */
void served_touch(struct exchange *x) {
  if (x->served && !x->served->timer.place)
    loop_job_start(x->proxy->loop, &x->served->job);
}

static void look_again(void *arg) {
  struct served *s = arg;
  served_touch(s->exchange);
}

/* -1 with EAGAIN: not now. */
static ssize_t take(struct served *s, char *to, size_t n) {
  struct loop *loop = s->exchange->proxy->loop;
  struct iovec v = {to, n};
  bool waits = !s->plain && (!s->missing || loop_clock(loop) - s->missing < PATIENCE);
  ssize_t got = waits ? preadv2(s->source->fd, &v, 1, (off_t)s->at, RWF_NOWAIT) : -1;
  if (waits && got < 0 && errno == EAGAIN) {
    s->missing = s->missing ? s->missing : loop_clock(loop);
    posix_fadvise(s->source->fd, (off_t)s->at, AHEAD, POSIX_FADV_WILLNEED);
    errno = EAGAIN;
    return -1;
  }
  if (got < 0) {
    s->plain = s->plain || (waits && (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL));
    got = pread(s->source->fd, to, n, (off_t)s->at);
  }
  s->missing = 0;
  return got;
}

/* What is left of it will not come. */
static void fail(struct served *s, ssize_t got) {
  int error = got < 0 ? errno : 0;
  struct failure why = {STAGE_RESPONSE, ERROR_OTHER, error, 502};
  exchange_fail(s->exchange, why, got < 0 ? "%s cannot be read: %s" : "%s became shorter while it was sent%s",
                s->source->path, got < 0 ? strerror(error) : "");
}

/* False: it is over, or the next piece is not in memory. */
static bool serve_piece(struct served *s) {
  struct exchange *x = s->exchange;
  uint64_t left = s->source->size - s->at;
  if (!left) {
    lane_end(x, FLOW_RESPONSE);
    return false;
  }
  size_t room;
  char *to = lane_room(x, FLOW_RESPONSE, left, &room);
  ssize_t got = take(s, to, left < room ? (size_t)left : room < WINDOW ? room : WINDOW);
  if (got < 0 && errno == EAGAIN) {
    loop_timer_arm(x->proxy->loop, &s->timer, LOOK_NS);
    return false;
  }
  if (got <= 0) {
    fail(s, got);
    return false;
  }
  s->at += (uint64_t)got;
  x->since = loop_now(x->proxy->loop);
  x->flow->response.wire += (uint64_t)got;
  lane_data(x, FLOW_RESPONSE, slice_make(to, (size_t)got));
  return true;
}

static bool serve(void *arg, uint64_t deadline) {
  struct served *s = arg;
  struct exchange *x = s->exchange;
  bool more = true;
  while (more && lane_wants_input(x, FLOW_RESPONSE)) {
    if (clock_mono() >= deadline)
      return true;
    more = serve_piece(s) && !x->done;
    if (!x->done && x->conn)
      conn_flush(x->conn);
    more = more && !x->done;
  }
  return false;
}

void served_begin(struct exchange *x, struct rule_source *source) {
  struct served *s = mem_zero(1, sizeof *s);
  s->exchange = x;
  s->source = source;
  s->plain = source->size <= SHORT;
  s->job.step = serve;
  s->job.arg = s;
  s->timer.fn = look_again;
  s->timer.arg = s;
  x->served = s;
}
