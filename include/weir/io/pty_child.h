/*
 * A child on a terminal of its own (a pty), in the loop: what it writes comes to `output` as it comes, at most
 * PTY_CHILD_TURN bytes a turn; what it is to read waits in a queue until it does, so that a child that hangs stops
 * nothing. It is the leader of its own session, the pty is that session's terminal, so that Ctrl-C and Ctrl-Z in it are
 * its own, and what it left behind hears a hang-up when it ends.
 *
 * Ending it: SIGHUP to its group, and SIGKILL when it is still there a second later.
 */
#ifndef WEIR_IO_PTY_CHILD_H
#define WEIR_IO_PTY_CHILD_H

#include <sys/types.h>

#include "weir/base/err.h"
#include "weir/base/slice.h"
#include "weir/io/loop.h"

#define PTY_CHILD_TURN      (32u << 10)
#define PTY_CHILD_INPUT_MAX ((size_t)80 << 20) /* bytes that may wait for it: a paste of the largest size */

struct pty_child;

struct pty_child_user {
  void (*output)(void *arg, struct slice bytes);
  void (*stopped)(void *arg); /* by a signal; pty_child_continue() */
  void (*ended)(void *arg,
                int status); /* as of waitpid(2); all it wrote has been handed over; frees itself afterwards */
  void *arg;
};

struct pty_child_options {
  const char *const *argv; /* NULL-terminated */
  const char *const *env;  /* as of struct child_options */
  int width, height;
};

/* NULL with a sentence: no pty is to be had, or it cannot be started. */
struct pty_child *pty_child_start(struct loop *loop, const struct pty_child_options *options,
                                  struct pty_child_user user, struct err *err);
/* False: too much waits already, nothing was taken. */
bool pty_child_write(struct pty_child *p, struct slice bytes);
size_t pty_child_waiting(const struct pty_child *p); /* bytes that it has not read */
void pty_child_resize(struct pty_child *p, int width, int height);
void pty_child_continue(struct pty_child *p); /* SIGCONT */
/* Told to end; no callback comes any more; frees itself. now: the loop will not turn again, so it is waited for, a
 * quarter of a second at most, then killed. */
void pty_child_end(struct pty_child *p, bool now);

#endif
