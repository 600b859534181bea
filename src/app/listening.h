/*
 * Opening the ports that the options name.
 */
#ifndef WEIR_APP_LISTENING_H
#define WEIR_APP_LISTENING_H

#include "weir/app/weir.h"

/* --listen first, where it is wanted, then each --mode. False: a sentence that says what to type instead. */
bool listening_open(struct weir *w, struct err *err);

#endif
