/* Asks for a file's name and has something written there; what exists is overwritten only after a question. Private to
 * src/ui. */
#ifndef WEIR_SRC_UI_OUTPUT_FILE_H
#define WEIR_SRC_UI_OUTPUT_FILE_H

#include "weir/base/slice.h"
#include "weir/ui/view.h"

struct output_file {
  /* Writes it, and says so; without `overwrite` no file that is there is touched. */
  bool (*write)(struct ui *ui, const void *what, const char *path, bool overwrite, struct err *err);
  void (*drop)(void *what);
  void *what;
};

struct output_file output_file_bytes(struct slice bytes); /* copied; the file is private (0600) */

/* What is to be written becomes these functions' own. */
void output_file_ask(struct ui *ui, struct output_file file, const char *label, const char *name);
bool output_file_take(struct ui *ui, struct output_file file, struct slice name, struct err *err); /* it is named */

#endif
