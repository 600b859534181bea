/*
 * Finished flows as lines on a descriptor (stdout when headless, a file for --write). Output is queued with a cap; the
 * loop never waits for the reader. Lines that do not fit are counted, and said in the output itself as soon as there is
 * room:
 * "# 3 lines lost" or {"lost":3}. EPIPE ends it cleanly.
 *
 * Each flow gives one line, when it ends. Flows that were not recorded give none.
 */
#ifndef WEIR_APP_OUTPUT_H
#define WEIR_APP_OUTPUT_H

#include "weir/base/err.h"
#include "weir/flow/store.h"
#include "weir/io/loop.h"

struct output;

#define OUTPUT_QUEUE_MAX ((size_t)8 << 20)

struct output_options {
  int fd; /* not owned; made non-blocking, without touching what others share where that can be */
  bool json, bodies;
  void (*ended)(void *arg); /* the reader went away, or writing failed; may be NULL */
  void *arg;
};
struct output *output_new(struct loop *loop, struct store *store, const struct output_options *options);
bool output_idle(const struct output *o); /* nothing queued */
bool output_ended(const struct output *o);
uint64_t output_lost(const struct output *o);
struct output_tally { /* of the flows that ended, whether their line was lost or not */
  uint64_t flows;
  uint64_t body_bytes; /* recorded */
};
struct output_tally output_tally(const struct output *o);
void output_free(struct output *o); /* tries once more to write what is queued */

/* Runs weir without a screen until a signal or the end of stdout; the process's exit status. */
struct weir;
int headless_run(struct weir *w);

#endif
