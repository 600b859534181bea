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
/* Was it ignored when weir was started (nohup, a job in the background)? Then it should stay so. */
bool signals_ignored(int signal_number);
/* In a callback: a key made it, and the terminal has told the whole group; else somebody sent it to weir alone. */
bool signals_by_key(int signal_number);
/* What a child must do between fork and exec: handlers as weir was started with, empty mask. Async-signal-safe. */
void signals_child(void);

#endif
