/*
 * What could stand where the cursor is in a shell line that is being typed: commands of $PATH where a command begins,
 * files elsewhere. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_SHELL_LINE_H
#define WEIR_SRC_UI_SHELL_LINE_H

#include "ui/completion.h"

#define SHELL_OUT_MAX ((size_t)64 << 20) /* what a command may write */

void complete_shell_line(struct ui *ui, void *arg, struct slice before, struct completion *out); /* a completion_fn */
/* The first line that says something: what a command complained of, for the message line. */
struct slice shell_complaint(struct slice errors);

#endif
