/* A file's bytes into the text that is edited: at the cursor, or in the place of the body. Private to src/ui. */
#ifndef WEIR_SRC_UI_EDIT_FILE_H
#define WEIR_SRC_UI_EDIT_FILE_H

#include "weir/ui/view.h"

void act_edit_insert_file(struct ui *ui, struct view *v, int count);
void act_edit_body_file(struct ui *ui, struct view *v, int count);

#endif
