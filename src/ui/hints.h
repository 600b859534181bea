/* The bottom line: what can be done next, with the keys as they are bound now. Private to src/ui. */
#ifndef WEIR_SRC_UI_HINTS_H
#define WEIR_SRC_UI_HINTS_H

#include "weir/ui/view.h"

void hints_draw(const struct ui *ui, struct canvas *c, int y);
const struct binding *hints_at(const struct ui *ui, int x); /* whose hint stands there; NULL: nobody's */

#endif
