/*
 * Signals through a self-pipe: the handler writes one byte, the loop calls back. SIGPIPE is ignored.
 */
#ifndef WEIR_IO_SIGNALS_H
#define WEIR_IO_SIGNALS_H

#include "weir/base/err.h"
#include "weir/io/loop.h"

typedef void signals_fn(void *arg, int signal_number);

bool signals_open(struct loop *loop, struct err *err); /* once a process */
void signals_close(void);                              /* handlers as they were */
/* Several may listen to one signal. False: signals_open() was not called, or no such signal. */
bool signals_on(int signal_number, signals_fn *fn, void *arg);
void signals_off(int signal_number, signals_fn *fn, void *arg); /* the handler stays installed */
/* What a child must do between fork and exec: default handlers, empty mask. Async-signal-safe. */
void signals_child(void);

#endif
