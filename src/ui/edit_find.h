/* Finding and replacing in the editor's screen, as work in slices (edit_work.h). Private to src/ui. */
#ifndef WEIR_SRC_UI_EDIT_FIND_H
#define WEIR_SRC_UI_EDIT_FIND_H

#include "weir/ui/view.h"

void act_edit_find(struct ui *ui, struct view *v, int count);
void act_edit_find_next(struct ui *ui, struct view *v, int count);
void act_edit_replace(struct ui *ui, struct view *v, int count);

#endif
