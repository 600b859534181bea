/*
 * The editor's screen: one message as one text, over the flow that it belongs to. A paused message is changed in place,
 * of a recorded one a copy is edited, which goes out as a new flow.
 */
#ifndef WEIR_SRC_UI_VIEW_EDIT_H
#define WEIR_SRC_UI_VIEW_EDIT_H

#include "ui/draft.h"

extern const struct view_ops edit_view_ops;

/* e and E on any screen that has a flow: the paused side, else its request. external: straight into the person's own
 * editor. */
void edit_open(struct ui *ui, uint64_t id, bool external);
void edit_show(struct ui *ui, struct draft *d); /* that draft, on top */
/* The draft of that flow (0: a new request) with this text in it. */
void edit_text(struct ui *ui, uint64_t id, struct slice text, bool keep_length);
void act_edit(struct ui *ui, struct view *v, int count);
void act_edit_external(struct ui *ui, struct view *v, int count);

#endif
