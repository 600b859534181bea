/* Where the cursor was before it jumped: to a failure, to what was found, to an end, by a click. Private to src/ui. */
#ifndef WEIR_SRC_UI_JUMPS_H
#define WEIR_SRC_UI_JUMPS_H

#include "ui/ui_state.h"

void jump_note(struct ui *ui, uint64_t from); /* 0: from nowhere */
void act_jump_back(struct ui *ui, struct view *v, int count);
bool jump_any(const struct ui *ui, const struct view *v);

#endif
