/* Finished flows as lines on a descriptor that may be slow, full or gone. */
#include "weir/app/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/log.h"
#include "weir/base/mem.h"
#include "weir/file/line.h"
#include "weir/io/queue.h"

#define LINE_KEPT (16 * 1024) /* a line with bodies in it may be far longer: its room goes back */

struct output {
  struct loop *loop;
  struct store *store;
  struct output_options options;
  int fd;        /* options.fd, or the same file opened anew */
  int old_flags; /* to be put back on options.fd; -1: nothing changed */
  bool in_loop, ended;
  bool due; /* lines were made since the last write */
  struct queue queue;
  struct buf line; /* being made; its room is kept for the next one */
  uint64_t lost, lost_unsaid;
  struct output_tally tally;
  uint64_t *open; /* ids of flows that have not ended, ascending */
  size_t open_n, open_cap;
};

/* O_NONBLOCK belongs to the open file, which a shell, a terminal or stderr may share with us; a pipe or a terminal that
 * is opened once more through /proc is ours alone. */
static void open_anew(struct output *o) {
  struct stat st;
  o->fd = o->options.fd;
  o->old_flags = -1;
  if (fstat(o->fd, &st) < 0 || S_ISREG(st.st_mode))
    return; /* a regular file never blocks for long, and opening it anew would lose the offset */
  char name[32];
  snprintf(name, sizeof name, "/proc/self/fd/%d", o->fd);
  int fd = S_ISSOCK(st.st_mode) ? -1 : open(name, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (fd >= 0) {
    o->fd = fd;
    return;
  }
  int flags = fcntl(o->fd, F_GETFL);
  if (flags >= 0 && !(flags & O_NONBLOCK) && fcntl(o->fd, F_SETFL, flags | O_NONBLOCK) == 0)
    o->old_flags = flags;
}

static void end(struct output *o) {
  if (o->ended)
    return;
  o->ended = true;
  queue_clear(&o->queue);
  if (o->options.ended)
    o->options.ended(o->options.arg);
}

static void write_some(struct output *o) {
  while (!o->ended && queue_size(&o->queue)) {
    struct slice s = queue_slice(&o->queue);
    ssize_t n = write(o->fd, s.p, s.n);
    if (n > 0)
      queue_drop(&o->queue, (size_t)n);
    else if (n < 0 && errno == EINTR)
      continue;
    else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return;
    else {
      if (n < 0 && errno != EPIPE)
        log_write(LOG_ERROR, "write", 0, NULL, "writing lines failed: %s", strerror(errno));
      end(o);
    }
  }
}

static void say_lost(struct output *o) {
  if (!o->lost_unsaid)
    return;
  char text[64];
  int n = snprintf(text, sizeof text, o->options.json ? "{\"lost\":%llu}\n" : "# %llu lines lost\n",
                   (unsigned long long)o->lost_unsaid);
  queue_add(&o->queue, text, (size_t)n);
  log_write(LOG_WARN, "write", 0, "read faster, or leave --json-bodies out",
            "%llu lines of output were lost: the reader is too slow", (unsigned long long)o->lost_unsaid);
  o->lost_unsaid = 0;
}

static unsigned want(void *arg) {
  const struct output *o = arg;
  return o->ended ? 0 : queue_size(&o->queue) ? LOOP_WRITE : LOOP_HUP;
}

/* A reader that only stopped talking to us still reads; one that is gone shows as an error. */
static bool reader_gone(const struct output *o) {
  struct pollfd p = {.fd = o->fd, .events = POLLOUT};
  return poll(&p, 1, 0) > 0 && (p.revents & (POLLERR | POLLHUP | POLLNVAL));
}

static void ready(void *arg, unsigned events) {
  struct output *o = arg;
  if ((events & LOOP_HUP) && reader_gone(o)) {
    end(o);
    return;
  }
  write_some(o);
  if (!o->ended && queue_size(&o->queue) < OUTPUT_QUEUE_MAX / 2)
    say_lost(o);
}

static void print(struct output *o, const struct flow *f) {
  if (o->ended || f->unrecorded)
    return;
  o->tally.flows++;
  o->tally.body_bytes += f->request.body.kept + f->response.body.kept;
  if (o->lost_unsaid || queue_size(&o->queue) >= OUTPUT_QUEUE_MAX) {
    /* Once a line is lost nothing follows until the loss was said in its place. */
    o->lost++;
    o->lost_unsaid++;
    return;
  }
  buf_reset(&o->line);
  if (o->options.json)
    line_json(f, o->options.bodies, &o->line);
  else
    line_text(f, &o->line);
  bool fits = queue_size(&o->queue) == 0 || queue_size(&o->queue) + o->line.n <= OUTPUT_QUEUE_MAX;
  if (fits)
    queue_add(&o->queue, o->line.p, o->line.n);
  else {
    o->lost++;
    o->lost_unsaid++;
  }
  if (o->line.cap > LINE_KEPT)
    buf_clear(&o->line);
  o->due = true;
  if (o->in_loop)
    loop_touch(o->loop, o->fd);
  else
    write_some(o);
}

/* What a turn made goes out at its end in one write; select() is asked only where the reader is slow. */
static void turn_ends(void *arg) {
  struct output *o = arg;
  if (!o->due)
    return;
  o->due = false;
  write_some(o);
}

/* Where id stands in the open list, or where it would. */
static size_t open_place(const struct output *o, uint64_t id) {
  size_t low = 0, high = o->open_n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (o->open[middle] < id)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static void open_add(struct output *o, uint64_t id) {
  if (o->open_n == o->open_cap) {
    o->open_cap = o->open_cap ? o->open_cap * 2 : 64;
    o->open = mem_grow(o->open, o->open_cap * sizeof *o->open);
  }
  size_t at = open_place(o, id);
  memmove(o->open + at + 1, o->open + at, (o->open_n - at) * sizeof *o->open);
  o->open[at] = id;
  o->open_n++;
}

static bool open_take(struct output *o, uint64_t id) {
  size_t at = open_place(o, id);
  if (at == o->open_n || o->open[at] != id)
    return false;
  o->open_n--;
  memmove(o->open + at, o->open + at + 1, (o->open_n - at) * sizeof *o->open);
  return true;
}

/* A CONNECT whose requests turned out to have rows of their own: it is no row itself. */
static bool was_opened(const struct flow *f) {
  return f->deleted && f->kind == FLOW_TUNNEL && f->state == FLOW_DONE && !f->up && !f->down;
}

static void end_flow(struct output *o, const struct flow *f) {
  if (!was_opened(f))
    print(o, f);
}

static void added(void *arg, struct flow *f) {
  struct output *o = arg;
  if (f->restored)
    return;
  if (flow_finished(f))
    end_flow(o, f);
  else
    open_add(o, f->id);
}

/* One that is refused again and again is no line each time. */
static bool counts_double(const struct flow *f) {
  return f->refusals && (f->refusals & (f->refusals - 1)) == 0;
}

static void changed(void *arg, struct flow *f, unsigned mask) {
  struct output *o = arg;
  if ((mask & FLOW_CHANGED_STATE) && flow_finished(f) && (open_take(o, f->id) || counts_double(f)))
    end_flow(o, f);
}

static void removed(void *arg, struct flow *f) {
  struct output *o = arg;
  if (open_take(o, f->id) && flow_finished(f))
    end_flow(o, f);
}

struct output *output_new(struct loop *loop, struct store *store, const struct output_options *options) {
  struct output *o = mem_zero(1, sizeof *o);
  o->loop = loop;
  o->store = store;
  o->options = *options;
  open_anew(o);
  o->in_loop = loop_add(loop, o->fd, want, ready, o);
  loop_add_hook(loop, turn_ends, o);
  struct store_observer observer = {added, changed, removed, o};
  store_observe(store, &observer);
  return o;
}

bool output_idle(const struct output *o) {
  return o->ended || queue_size(&o->queue) == 0;
}
uint64_t output_lost(const struct output *o) {
  return o->lost;
}

struct output_tally output_tally(const struct output *o) {
  return o->tally;
}

void output_free(struct output *o) {
  if (!o)
    return;
  store_unobserve(o->store, o);
  loop_remove_hook(o->loop, turn_ends, o);
  o->options.ended = NULL;
  say_lost(o);
  write_some(o);
  if (o->in_loop)
    loop_remove(o->loop, o->fd);
  if (o->old_flags >= 0)
    fcntl(o->options.fd, F_SETFL, o->old_flags);
  if (o->fd != o->options.fd)
    close(o->fd);
  queue_clear(&o->queue);
  buf_clear(&o->line);
  free(o->open);
  free(o);
}
