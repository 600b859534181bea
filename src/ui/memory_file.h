/* The file that ncurses draws into in place of a terminal. */
#ifndef WEIR_SRC_UI_MEMORY_FILE_H
#define WEIR_SRC_UI_MEMORY_FILE_H

#include <stdio.h>

#include "weir/base/buf.h"

FILE *memory_file(void); /* read and written; NULL: none to be had */
/* Appends what was written since the last time, and empties it. */
void memory_file_take(FILE *f, struct buf *into);

#endif
