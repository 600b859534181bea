/*
 * Looking for a text in all flows that the list shows: URLs, header lines, decoded bodies. It runs in slices between
 * turns, begins anew with each letter typed, and keeps what was found as places (flow and part) in the order of the
 * list; within the message the pager finds and marks it.
 */
#ifndef WEIR_SRC_UI_SEARCH_H
#define WEIR_SRC_UI_SEARCH_H

#include "ui/pane.h"
#include "ui/ui_state.h"

struct search;

/* The flow is being removed: its places go. */
void search_forget(struct ui *ui, uint64_t id);
/* After pane_layout(): marks what is looked for in a pane that shows a flow where it was found. */
void search_mark(struct ui *ui, struct pane *p, const struct flow *f);
void act_search(struct ui *ui, struct view *v, int count);
void act_search_next(struct ui *ui, struct view *v, int count);
void act_search_previous(struct ui *ui, struct view *v, int count);
bool search_busy(const struct ui *ui, unsigned *percent);
/* Esc on the list: true when there was something to drop. */
bool search_drop(struct ui *ui);

#endif
