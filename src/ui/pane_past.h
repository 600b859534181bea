/*
 * How each flow was looked at last: which view of it, how far down, what was folded. A fixed number of them is kept, the
 * oldest goes first.
 */
#ifndef WEIR_SRC_UI_PANE_PAST_H
#define WEIR_SRC_UI_PANE_PAST_H

#include "ui/pane.h"

struct pane_past;

void pane_past_free(struct pane_past *past);
void pane_remember(struct pane *p); /* before it turns to another flow, or goes */
/* Turns the pane to how its flow was looked at; false: nobody has looked at it. */
bool pane_recall(struct pane *p);

#endif
