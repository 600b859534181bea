/*
 * Going up and down, by a line, half a page, a page, or to an end: the acts of every screen that can be walked through.
 * A view says in `ops->go` what a stride is; its table has the acts.
 */
#ifndef WEIR_SRC_UI_GO_H
#define WEIR_SRC_UI_GO_H

#include "weir/ui/view.h"

void go_down(struct ui *ui, struct view *v, int count);
void go_up(struct ui *ui, struct view *v, int count);
void go_half_down(struct ui *ui, struct view *v, int count);
void go_half_up(struct ui *ui, struct view *v, int count);
void go_page_down(struct ui *ui, struct view *v, int count);
void go_page_up(struct ui *ui, struct view *v, int count);
void go_first(struct ui *ui, struct view *v, int count);
void go_last(struct ui *ui, struct view *v, int count);

/* Strides as rows, for a view whose rows are all alike; to an end is further than any list is long. */
long go_rows(enum stride stride, long times, long page);

#endif
