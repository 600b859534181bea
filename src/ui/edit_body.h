/*
 * What is done to the body as a whole in the editor: through a command (`jq '.price=0'`), and laid out anew. Each is one
 * undo step; what fails changes nothing. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_EDIT_BODY_H
#define WEIR_SRC_UI_EDIT_BODY_H

#include "ui/draft.h"
#include "weir/body/kind.h"

/* What the body is, which begins there: by what the head says now, and its first bytes. */
enum body_kind edit_body_kind(const struct draft *d, size_t body_at);
void act_edit_shell(struct ui *ui, struct view *v, int count);
void act_edit_format(struct ui *ui, struct view *v, int count);

#endif
