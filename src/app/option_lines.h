/* The lines of the configuration file that are the screen's. Private to app/. */
#ifndef WEIR_SRC_APP_OPTION_LINES_H
#define WEIR_SRC_APP_OPTION_LINES_H

#include "weir/app/option.h"

/* `word`: the first of the line. False: no line begins so. */
bool option_lines_take(struct options *o, struct slice line, struct slice word, unsigned number, struct err *err);
void option_lines_clear(struct options *o);

#endif
