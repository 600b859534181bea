/*
 * The tty itself: a descriptor of weir's own (re-opened, so that making it non-blocking does not touch the shell's),
 * its modes, bytes in, bytes out through a queue. Nothing here ever waits for the terminal but tty_release(), and that
 * for a quarter of a second.
 */
#ifndef WEIR_SRC_UI_TTY_H
#define WEIR_SRC_UI_TTY_H

#include <termios.h>

#include "weir/base/err.h"
#include "weir/base/slice.h"
#include "weir/io/loop.h"
#include "weir/io/queue.h"

struct tty_user {
  void (*input)(void *arg, const char *bytes, size_t n);
  void (*drained)(void *arg); /* the queue was not empty and is now */
  void (*gone)(void *arg);    /* hang-up; once */
  void *arg;
};

struct tty {
  struct loop *loop;
  int fd;
  struct termios shell; /* modes as they were before weir */
  struct queue out;
  struct tty_user user;
  bool taken; /* raw, read and written */
  bool gone;
};

bool tty_open(struct tty *t, struct loop *loop, struct tty_user user,
              struct err *err); /* the terminal of stdin and stdout */
void tty_close(struct tty *t);
/* Raw mode. foreground: makes weir's process group the terminal's first, after a child had it. */
void tty_take(struct tty *t, bool foreground);
/* Drops what was not written, writes `last`, sets the shell's modes. */
void tty_release(struct tty *t, struct slice last);
void tty_stop_group(void); /* as Ctrl-Z does it: the whole process group stops, and goes on here */
void tty_write(struct tty *t, struct slice bytes);
void tty_size(const struct tty *t, int *width, int *height); /* at least 1x1 */

#endif
