/*
 * While the screen is up, a stderr that is a terminal becomes a pipe whose lines go to the log, so that no library
 * scribbles on the screen. A stderr that the person sent elsewhere stays.
 */
#ifndef WEIR_SRC_UI_STDERR_LOG_H
#define WEIR_SRC_UI_STDERR_LOG_H

#include "weir/base/buf.h"
#include "weir/io/loop.h"

struct stderr_log {
  struct loop *loop;
  int real; /* the terminal's descriptor 2, kept; -1: not redirected */
  int pipe; /* the reading end */
  struct buf line;
};

void stderr_log_open(struct stderr_log *s, struct loop *loop);
void stderr_log_close(struct stderr_log *s); /* what was not read yet goes to the real one */

#endif
