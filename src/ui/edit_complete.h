/*
 * Tab in the head of a message that is edited: completes the name of a field, or an empty value, with well-known names
 * and with what was seen in recorded flows. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_EDIT_COMPLETE_H
#define WEIR_SRC_UI_EDIT_COMPLETE_H

#include "ui/draft.h"

/* False: there is nothing to complete where the cursor is. */
bool edit_complete(struct ui *ui, struct draft *d, size_t body_at);

/* Names of fields that such messages may have, those that begin with out's word, with `behind` behind each. */
struct completion;
void edit_complete_names(struct ui *ui, enum flow_side side, const char *behind, struct completion *out);

#endif
