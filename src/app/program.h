/*
 * A program of the system, run to its end: for commands that show nothing meanwhile and have no loop. No shell; its
 * input is empty, so that it cannot ask.
 */
#ifndef WEIR_APP_PROGRAM_H
#define WEIR_APP_PROGRAM_H

#include "weir/base/buf.h"

#define PROGRAM_OUTPUT_MAX ((size_t)1 << 20)

/* Its exit status, 128 + a signal, or -1 with errno when it could not be started. `out` (may be NULL) gets its standard
 * output and errors, cut at PROGRAM_OUTPUT_MAX. */
int program_run(const char *const *argv, struct buf *out);
/* Full path of a program: in PATH and where those of root are; with `root` not empty below it alone. NULL: none. */
char *program_find(const char *root, const char *name);

#endif
