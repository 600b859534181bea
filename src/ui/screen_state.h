/*
 * What weir itself keeps of the screen for the next start: layout and splits. In a file of its own below
 * $XDG_STATE_HOME (~/.local/state/weir/screen), never in the configuration, which is the person's. Written only after a
 * change, as a whole or not at all; what is not understood in it is left out. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_SCREEN_STATE_H
#define WEIR_SRC_UI_SCREEN_STATE_H

struct ui;

void screen_state_open(struct ui *ui, char *path); /* malloc'ed, taken over; reads what is there */
void screen_state_changed(struct ui *ui);          /* written a moment later; without a file: nothing */
void screen_state_close(struct ui *ui);            /* writes what still has to be */

#endif
