/*
 * The flows of the list as one file: HAR or CSV. Written by a job of the loop a few milliseconds at a time, so that a
 * list of any length stops neither traffic nor keys; the file is private (0600) and stands under its name only when it
 * is whole. One at a time.
 */
#ifndef WEIR_SRC_UI_WRITE_LIST_H
#define WEIR_SRC_UI_WRITE_LIST_H

#include "ui/ui_state.h"

bool write_list_busy(const struct ui *ui, char out[static 40]); /* how far it is: "3 of 8", "42 %" */
void write_list_let_go(struct ui *ui, struct flow *f);          /* it leaves the list */
void write_list_stop(struct ui *ui);                            /* Esc: nothing of the file stays; NULL-safe */

/* One message, which write_acts.c writes in the same way. */
bool write_part_busy(const struct ui *ui, unsigned *percent);
void write_part_stop(struct ui *ui);
void write_part_let_go(struct ui *ui, struct flow *f); /* it leaves the list */

void act_write_har(struct ui *ui, struct view *v, int count);
void act_write_csv(struct ui *ui, struct view *v, int count);
bool command_write_har(struct ui *ui, struct view *v, struct slice argument, struct err *err);
bool command_write_csv(struct ui *ui, struct view *v, struct slice argument, struct err *err);

#endif
