#include "weir/body/bytes.h"

static struct slice slice_at(void *arg, uint64_t offset) {
  const struct slice *s = arg;
  return offset < s->n ? slice_from(*s, (size_t)offset) : (struct slice){NULL, 0};
}

static uint64_t slice_size(void *arg, bool *ended) {
  *ended = true;
  return ((const struct slice *)arg)->n;
}

struct body_bytes body_bytes_of(struct slice *s) {
  return (struct body_bytes){s, slice_at, slice_size};
}

struct slice body_bytes_window(const struct body_bytes *b, uint64_t from, size_t least, struct buf *side) {
  struct slice run = b->at(b->arg, from);
  bool ended;
  if (run.n >= least || from + run.n == b->size(b->arg, &ended))
    return run;
  buf_reset(side);
  while (run.n && side->n < least) {
    buf_add_slice(side, slice_sub(run, 0, least - side->n));
    run = b->at(b->arg, from + side->n);
  }
  return buf_slice(side);
}
