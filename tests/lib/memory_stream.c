#include "memory_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"
#include "weir/io/queue.h"

#define DEFAULT_CAPACITY 65536

struct pair;

struct end {
  struct stream base;
  struct pair *pair;
  struct end *other;
  struct loop_task task; /* asks the user and tells what is ready */
  struct queue in;       /* what the other end sent and this one has not taken */
  struct address local, peer;
  bool ended; /* the other end will send no more */
  bool reset; /* the other end went away abruptly */
  bool hup_told;
  bool freed;
};

struct pair {
  struct loop *loop;
  size_t capacity, most_recv, most_send;
  struct end end[2];
};

static struct end *end_of(struct stream *s) {
  return (struct end *)(void *)s;
}

static void wake(struct end *e) {
  if (!e->freed)
    loop_defer(e->pair->loop, &e->task);
}

static size_t least(size_t a, size_t limit) {
  return limit && limit < a ? limit : a;
}

static enum io_code fail(struct end *e, int error) {
  e->base.error = error;
  return IO_ERROR;
}

static enum io_code end_recv(struct stream *s, void *to, size_t room, size_t *done) {
  struct end *e = end_of(s);
  *done = 0;
  if (e->reset)
    return fail(e, ECONNRESET);
  size_t n = queue_size(&e->in);
  if (n == 0)
    return e->ended ? IO_EOF : IO_AGAIN;
  n = least(least(n, e->pair->most_recv), room);
  if (n == 0 || room == 0)
    return IO_AGAIN;
  memcpy(to, queue_bytes(&e->in), n);
  queue_drop(&e->in, n);
  *done = n;
  wake(e->other);
  return IO_OK;
}

static size_t room_to_send(const struct end *e) {
  size_t held = queue_size(&e->other->in);
  return held < e->pair->capacity ? e->pair->capacity - held : 0;
}

static enum io_code end_send(struct stream *s, const void *from, size_t n, size_t *done) {
  struct end *e = end_of(s);
  *done = 0;
  if (e->reset)
    return fail(e, ECONNRESET);
  if (e->other->freed || e->other->ended)
    return fail(e, EPIPE);
  size_t room = room_to_send(e);
  if (n == 0 || room == 0)
    return IO_AGAIN;
  n = least(n < room ? n : room, e->pair->most_send);
  queue_add(&e->other->in, from, n);
  *done = n;
  wake(e->other);
  return IO_OK;
}

static enum io_code end_shutdown(struct stream *s) {
  struct end *e = end_of(s);
  if (e->other->freed)
    return fail(e, ENOTCONN);
  e->other->ended = true;
  wake(e->other);
  return IO_OK;
}

static void end_touch(struct stream *s) {
  wake(end_of(s));
}

static void end_info(struct stream *s, struct stream_info *out) {
  *out = (struct stream_info){.local = end_of(s)->local, .peer = end_of(s)->peer, .kind = "mem"};
}

static void free_pair(void *what) {
  struct pair *pair = what;
  queue_clear(&pair->end[0].in);
  queue_clear(&pair->end[1].in);
  free(pair);
}

static void end_free(struct stream *s, bool reset) {
  struct end *e = end_of(s);
  if (e->freed)
    abort();
  e->freed = true;
  loop_task_cancel(e->pair->loop, &e->task);
  queue_clear(&e->in);
  e->other->ended = true;
  if (reset) {
    e->other->reset = true;
    queue_clear(&e->other->in);
  }
  /* Buried, not freed: this may be inside our own ready(). */
  if (e->other->freed)
    loop_bury(e->pair->loop, free_pair, e->pair);
  else
    wake(e->other);
}

static unsigned ready_events(struct end *e, unsigned wanted) {
  bool closed = e->ended || e->reset;
  unsigned events = 0;
  if ((wanted & STREAM_READ) && (closed || queue_size(&e->in) > 0))
    events |= STREAM_READ;
  if ((wanted & STREAM_WRITE) && (e->reset || e->other->freed || e->other->ended || room_to_send(e) > 0))
    events |= STREAM_WRITE;
  if (wanted == STREAM_HUP && closed && !e->hup_told) {
    e->hup_told = true;
    events = STREAM_HUP;
  }
  return events;
}

static void run(void *arg) {
  struct end *e = arg;
  struct stream_user user = e->base.user;
  if (!user.want || !user.ready)
    return;
  unsigned events = ready_events(e, user.want(user.arg));
  if (e->freed || !events)
    return;
  user.ready(user.arg, events);
  /* Level-triggered like select(): ask again next turn, until nothing is wanted that is there. */
  wake(e);
}

static const struct stream_ops end_ops = {.recv = end_recv,
                                          .send = end_send,
                                          .shutdown = end_shutdown,
                                          .touch = end_touch,
                                          .info = end_info,
                                          .free = end_free};

void memory_stream_pair(struct loop *loop, const struct memory_options *options, struct stream **a, struct stream **b) {
  static const struct memory_options none;
  const struct memory_options *o = options ? options : &none;
  struct pair *pair = mem_zero(1, sizeof *pair);
  pair->loop = loop;
  pair->capacity = o->capacity ? o->capacity : DEFAULT_CAPACITY;
  pair->most_recv = o->most_recv;
  pair->most_send = o->most_send;
  for (int i = 0; i < 2; i++) {
    struct end *e = &pair->end[i];
    e->base.ops = &end_ops;
    e->pair = pair;
    e->other = &pair->end[!i];
    e->task.fn = run;
    e->task.arg = e;
    e->local = i ? o->b : o->a;
    e->peer = i ? o->a : o->b;
  }
  *a = &pair->end[0].base;
  *b = &pair->end[1].base;
}
