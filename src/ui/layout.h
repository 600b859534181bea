/*
 * How the screen is divided: list, list with preview, the flow alone; and where the lines between panes are. Kept for the
 * next start (screen_state.h). Private to src/ui.
 */
#ifndef WEIR_SRC_UI_LAYOUT_H
#define WEIR_SRC_UI_LAYOUT_H

#include "weir/ui/view.h"

#define SPLIT_FIRST 35 /* percent of the height that the preview has */
#define SIDES_FIRST 50 /* percent of the width that the request has */

void act_layout_next(struct ui *ui, struct view *v, int count); /* in the list and in a flow */
void act_split_left(struct ui *ui, struct view *v, int count);  /* the line between request and response */
void act_split_right(struct ui *ui, struct view *v, int count);

void layout_set_split(struct ui *ui, int percent);
void layout_set_sides(struct ui *ui, int percent);
/* Two panes side by side in `width` columns: the column of the line between them. */
int layout_sides_x(const struct ui *ui, int width);

#endif
