/*
 * A pair of streams in memory, joined end to end, for tests: what one side sends the other receives. Sizes of
 * single transfers can be limited to force short reads and writes, and each direction has a capacity so that
 * back-pressure is real. Readiness goes through the loop's ready list; no descriptor is used.
 */
#ifndef WEIR_TESTS_MEMORY_STREAM_H
#define WEIR_TESTS_MEMORY_STREAM_H

#include "weir/io/loop.h"
#include "weir/io/stream.h"

struct memory_options {
  size_t capacity;  /* bytes each direction holds; 0: 64 KiB */
  size_t most_recv; /* most bytes a single recv gives; 0: no limit */
  size_t most_send;
  struct address a, b; /* what stream_info() says */
};

void memory_stream_pair(struct loop *loop, const struct memory_options *options, struct stream **a, struct stream **b);

#endif
