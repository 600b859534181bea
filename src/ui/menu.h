/*
 * The menu of a prefix key (y w M = - s g z): drawn in the frame after it was pressed, with what each second key does. The
 * second key works whether or not the menu was drawn. What cannot be done now is dimmed, with the reason. Private to
 * src/ui.
 */
#ifndef WEIR_SRC_UI_MENU_H
#define WEIR_SRC_UI_MENU_H

#include "weir/ui/view.h"

void menu_draw(const struct ui *ui, struct canvas *c);            /* nothing while no prefix is pressed */
const struct binding *menu_at(const struct ui *ui, int x, int y); /* the entry there; NULL: none */
void menu_message(const struct ui *ui, struct buf *out);          /* for the message line: "y-" */

#endif
