/*
 * The screen of a program that runs in a pane: what it writes goes through libvterm, and only cells come out. Nothing
 * it writes reaches weir's terminal: titles, clipboard (OSC 52), bells, queries and modes end here; answers to queries
 * go to the program alone. Keys are encoded as it asked for (cursor keys, bracketed paste, mouse, focus). There is no
 * scrollback. The one file that includes libvterm.
 *
 * libvterm 0.1.4 honours only the first of several private modes in one sequence ("CSI ? 1006;1000 h"): they are given
 * to it one by one.
 */
#ifndef WEIR_SRC_UI_VTERM_PANE_H
#define WEIR_SRC_UI_VTERM_PANE_H

#include "weir/ui/canvas.h"
#include "weir/ui/key.h"

#define VTERM_PANE_LEAST_W 10
#define VTERM_PANE_LEAST_H 3

struct vterm_pane;

/* For the program's eyes: answers and keys. It must not come back here. */
typedef void vterm_pane_fn(void *arg, struct slice bytes);

/* Never smaller than the least: a smaller rectangle shows its upper left part. */
struct vterm_pane *vterm_pane_new(int width, int height, vterm_pane_fn *send, void *arg);
void vterm_pane_free(struct vterm_pane *p);
bool vterm_pane_resize(struct vterm_pane *p, int width, int height); /* false: it has that size */
void vterm_pane_size(const struct vterm_pane *p, int *width, int *height);
void vterm_pane_feed(struct vterm_pane *p, struct slice bytes);
/* focus: with the cursor, where it is shown */
void vterm_pane_draw(const struct vterm_pane *p, struct canvas *c, struct rect r, bool focus);
/* A key, a paste, or the mouse at a cell of the pane. False: it means nothing to the program. */
bool vterm_pane_key(struct vterm_pane *p, const struct key *key);
void vterm_pane_focus(struct vterm_pane *p, bool in);

#endif
