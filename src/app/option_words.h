/*
 * The words of the command line that are no options: what weir is to do, and with what.
 */
#ifndef WEIR_APP_OPTION_WORDS_H
#define WEIR_APP_OPTION_WORDS_H

#include "weir/app/option.h"

void option_words_reset(struct options *o);
/* One word, which stands at argv; behind `run` everything from there on is the command (o->run is set then). */
bool option_words_take(struct options *o, char **argv, struct err *err);

#endif
