/*
 * Child processes: started without a shell (argv, execvp), watched by the loop, their pipes are descriptors in
 * it. signals_open() must have been called before. Children get the descriptor limit that weir was started with,
 * default signals, and nothing but 0, 1, 2.
 */
#ifndef WEIR_IO_CHILD_H
#define WEIR_IO_CHILD_H

#include <sys/types.h>

#include "weir/base/buf.h"
#include "weir/base/err.h"
#include "weir/io/loop.h"

struct child;

struct child_options {
  const char *const *argv; /* NULL-terminated */
  const char *const *env;  /* "NAME=value" added to the environment, "NAME" taken out of it; may be NULL */
  const char *directory;   /* NULL: weir's own */
  int fd[3];               /* descriptors to become 0, 1, 2; -1: /dev/null */
  bool own_group;          /* setpgid(0, 0) */
  bool own_session;        /* setsid(): a group of its own too, and no terminal at all */
  bool own_terminal;       /* fd[0] is a terminal and becomes that session's own (TIOCSCTTY) */
  bool ends_with_us;       /* the kernel kills it when weir dies, however that happens */
  int foreground_tty;      /* >= 0: give this terminal to the child's group before exec (tcsetpgrp) */
};

/* status as of waitpid(2); WIFSTOPPED is told too when the child stops. After exit or a signal the child is gone
 * and the struct freed by the loop. */
typedef void child_fn(void *arg, struct child *child, int status);

struct child *child_start(struct loop *loop, const struct child_options *options, child_fn *fn, void *arg,
                          struct err *err);
pid_t child_pid(const struct child *child);
void child_signal(struct child *child, int signal_number); /* its whole group where it has one of its own */
void child_forget(struct child *child);                    /* no more callbacks; still reaped */
/* Waits for it here until `deadline` (clock_mono()), when weir ends and no loop turns any more. True: it is gone, reaped
 * and freed, without a callback. */
bool child_wait(struct child *child, uint64_t deadline);
/* "ended with status 3", "was ended by signal 9 (Killed)". */
void child_say_end(int status, char *said, size_t size);

/* Splits an editor command into words: blanks, '..', "..", backslash; no expansion, no shell.
 * malloc'ed, NULL-terminated vector; NULL with *err for an open quote or nothing. */
char **child_split(const char *command, struct err *err);
void child_split_free(char **argv);

#endif
