/*
 * The order of the flow list: the s keys, a click on a column head, `:sort FIELD [desc]`. What is sorted by anything but
 * the number begins at its top; new flows take their place in it, so there is nothing to follow. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_SORT_ACTS_H
#define WEIR_SRC_UI_SORT_ACTS_H

#include "ui/completion.h"
#include "weir/ui/view.h"

void act_sort_number(struct ui *ui, struct view *v, int count);
void act_sort_time(struct ui *ui, struct view *v, int count);
void act_sort_duration(struct ui *ui, struct view *v, int count);
void act_sort_size(struct ui *ui, struct view *v, int count);
void act_sort_status(struct ui *ui, struct view *v, int count);
void act_sort_host(struct ui *ui, struct view *v, int count);
void act_sort_path(struct ui *ui, struct view *v, int count);
void act_sort_method(struct ui *ui, struct view *v, int count);

bool command_sort(struct ui *ui, struct view *v, struct slice argument, struct err *err);
void complete_sort(struct ui *ui, struct slice before, struct completion *out);
/* As the keys do: numbers of bytes and times begin with the largest, and again turns it round. */
void sort_by(struct ui *ui, const char *name);
/* "sorted by size, largest first"; "": by number. */
void sort_words(const struct ui *ui, struct buf *out);
bool sort_follows(const struct ui *ui); /* by number: new flows come at an end */

#endif
