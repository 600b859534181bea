/*
 * A command line of the person's own, run by sh with bytes going in and bytes coming out: `jq .price`, `grep x | wc -l`.
 * All of it happens in the loop. The command has a session of its own, so it has no terminal to write to, and whatever
 * it starts can be ended with it. What comes out is capped; so is its time. signals_open() must have been called.
 */
#ifndef WEIR_IO_SHELL_H
#define WEIR_IO_SHELL_H

#include "weir/base/buf.h"
#include "weir/base/err.h"
#include "weir/io/loop.h"

#define SHELL_ERRORS_MAX ((size_t)64 << 10) /* of stderr; the rest is read and dropped */

struct shell;

struct shell_result {
  bool well;                /* it ended with status 0 and all of its output is here */
  bool took_all;            /* it read its whole input; many commands do not want it all ("head") */
  const char *said;         /* how it ended: "ended with status 3", "was ended after 30 s"; valid during the callback */
  struct buf *out, *errors; /* may be taken: what is left in them is freed */
};

/* Called once, when the command has ended and its output was read; the shell frees itself afterwards. */
typedef void shell_fn(void *arg, struct shell_result *result);

struct shell_input {
  bool (*more)(void *arg, struct buf *piece); /* appends the next bytes, some KiB at most; false: there are no more */
  void (*drop)(void *arg);                    /* frees arg; may be NULL */
  void *arg;
};

struct shell_options {
  const char *line;
  struct shell_input input; /* taken over, also when the start fails */
  size_t out_max;           /* more output than this ends the command */
  uint64_t time_max;        /* ns; 0: as long as it takes */
};

struct shell *shell_start(struct loop *loop, const struct shell_options *options, shell_fn *fn, void *arg,
                          struct err *err);
void shell_cancel(struct shell *s);          /* ends the command; the callback comes with what there is by then */
void shell_free(struct shell *s);            /* ends the command; no callback comes */
uint64_t shell_given(const struct shell *s); /* bytes that it has taken */
size_t shell_received(const struct shell *s);
struct slice shell_output(const struct shell *s); /* so far; good until the loop's next turn */

/* Input that is a copy of these bytes. */
struct shell_input shell_input_copy(struct slice bytes);

#endif
