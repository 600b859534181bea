/*
 * A body through a command of the person's own, and what the command wrote: the pager of `|`. The command runs as a child
 * in the loop, so traffic goes on; Esc ends it. The output is looked at, found in, copied and written to a file; the flow
 * is never changed by it.
 */
#ifndef WEIR_SRC_UI_VIEW_PIPE_H
#define WEIR_SRC_UI_VIEW_PIPE_H

#include "ui/ui_state.h"

extern const struct view_ops pipe_view_ops;

void act_pipe(struct ui *ui, struct view *v, int count);
bool command_pipe(struct ui *ui, struct view *v, struct slice argument, struct err *err);

#endif
