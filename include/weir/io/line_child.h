/*
 * A command line of the person's own that stays: sh runs it, lines go in and lines come out, for as long as it lives. All of
 * it happens in the loop. It has a session of its own and no terminal; whatever it starts is ended with it, and the
 * kernel kills it should weir die. signals_open() must have been called.
 */
#ifndef WEIR_IO_LINE_CHILD_H
#define WEIR_IO_LINE_CHILD_H

#include <sys/types.h>

#include "weir/base/buf.h"
#include "weir/base/err.h"
#include "weir/io/loop.h"

#define LINE_CHILD_GRACE     (1000 * 1000000ull) /* ns from the request to end to the order */
#define LINE_CHILD_ERROR_MAX 1000                /* bytes of a line of stderr; the rest of it is dropped */

struct line_child;

struct line_child_ops {
  void (*line)(void *arg, struct slice line);  /* of its stdout, without the line's end */
  void (*room)(void *arg);                     /* what it was given has all gone: the next may be given */
  void (*error)(void *arg, struct slice line); /* of its stderr */
  /* It is gone, all that it wrote was told; it frees itself afterwards. well: by itself, with status 0. */
  void (*ended)(void *arg, bool well, const char *said);
};

struct line_child *line_child_start(struct loop *loop, const char *command, size_t line_max,
                                    const struct line_child_ops *ops, void *arg, struct err *err);
pid_t line_child_pid(const struct line_child *c);
/* Takes the bytes over, leaving *bytes empty. Only where all that was given before has gone (line_child_has_room()). */
void line_child_give(struct line_child *c, struct buf *bytes);
bool line_child_has_room(const struct line_child *c);
/* Closes its stdin and asks it to end, later orders it. ended() comes; no line does any more. Fine when asked already. */
void line_child_end(struct line_child *c, const char *why);
/* All at once, when weir ends and the loop turns no more: waits for them, for the grace at most. No callback comes. */
void line_children_finish(struct line_child **v, size_t n);

#endif
