/*
 * Gives the terminal back when the process dies by a signal or by exit(). The handler calls only async-signal-safe
 * functions: it writes one constant string, sets the terminal's modes, tells what happened and lets the signal kill.
 *
 * One of the few globals, because a handler gets no argument. A forked child never acts for its parent.
 */
#ifndef WEIR_SRC_UI_CRASH_H
#define WEIR_SRC_UI_CRASH_H

#include <termios.h>

struct crash_rescue {
  int tty;              /* descriptor of the terminal */
  struct termios modes; /* as the shell had them */
  const char *restore;  /* a literal */
  int real_stderr;      /* where the last words go; -1: descriptor 2 */
  int stderr_pipe;      /* what was written to stderr and not read yet; -1: none */
};

void crash_arm(const struct crash_rescue *rescue); /* handlers are installed once */
void crash_pause(void);                            /* the terminal is somebody else's for now */
void crash_disarm(void);                           /* handlers as they were */

#endif
