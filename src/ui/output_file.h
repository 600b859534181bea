/* Asks for a file's name and writes bytes there, 0600; what exists is overwritten only after a question. Private to
 * src/ui. */
#ifndef WEIR_SRC_UI_OUTPUT_FILE_H
#define WEIR_SRC_UI_OUTPUT_FILE_H

#include "weir/base/slice.h"
#include "weir/ui/view.h"

void output_file_ask(struct ui *ui, const char *label, const char *name, struct slice bytes); /* copied */

#endif
