/*
 * The body as hexadecimal digits in the editor's screen: its head stands above as text, one cursor goes through both.
 * A body that is no text opens this way. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_EDIT_HEX_H
#define WEIR_SRC_UI_EDIT_HEX_H

#include "ui/edit_acts.h"

/* Is the body shown so now? Asks what the text is at this moment. */
bool edit_hex_shown(struct edit_view *view);
void edit_hex_layout(struct edit_view *view, struct rect text);
void edit_hex_draw(const struct edit_view *view, struct canvas *c, struct rect text);
/* Tab: head, digits, characters, and round again. */
void edit_hex_jump(struct edit_view *view);
/* A key for the text, be it digits or not. */
bool edit_hex_press(struct edit_view *view, const struct key *key);

void act_edit_hex(struct ui *ui, struct view *v, int count);
void act_edit_goto(struct ui *ui, struct view *v, int count);

#endif
