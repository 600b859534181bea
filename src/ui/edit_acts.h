/*
 * The acts of the editor's screen: sending, keeping, the person's own editor, find and replace. Private to view_edit.c
 * and edit_acts.c.
 */
#ifndef WEIR_SRC_UI_EDIT_ACTS_H
#define WEIR_SRC_UI_EDIT_ACTS_H

#include "ui/draft.h"
#include "ui/edit_check.h"

struct edit_view {
  struct view view;
  struct draft *draft;
  struct edit_check check;
  uint64_t checked;   /* the revision it was made for */
  bool checked_keeps; /* and the lock */
};

extern const struct binding edit_bindings[];

void edit_check_now(struct edit_view *view); /* brings view->check up to date */
/* Is the text out in another editor? Says so. */
bool edit_is_out(struct ui *ui, const struct draft *d);
/* Into the person's own editor, or back to it. straight: what it saves of a paused message is applied at once. */
void edit_external(struct draft *d, bool straight);

#endif
