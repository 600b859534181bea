/* The screen that shows two flows beside each other (UX: "diff"). */
#ifndef WEIR_SRC_UI_VIEW_DIFF_H
#define WEIR_SRC_UI_VIEW_DIFF_H

#include "ui/ui_state.h"

/* Both are pinned while it is open. The same twice: as it came, and as it was sent. */
struct view *diff_view_new(struct ui *ui, uint64_t a, uint64_t b);
extern const struct view_ops diff_view_ops;

/* D: a replay against what it sends again; what was changed on its way against what came; else the first D chooses a flow and the second compares it with another. */
void act_diff(struct ui *ui, struct view *v, int count);

#endif
