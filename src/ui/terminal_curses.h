/*
 * What ncurses does for the terminal: it makes the bytes that turn what is shown into a canvas. It never writes them: who
 * draws appends them to a buffer. One at a time, since ncurses has a current screen.
 */
#ifndef WEIR_SRC_UI_TERMINAL_CURSES_H
#define WEIR_SRC_UI_TERMINAL_CURSES_H

#include "theme.h"
#include "weir/ui/terminal.h"

struct drawing;

/* NULL, with a sentence: the terminal's type ($TERM) is not known, or cannot do what is needed. Signals that weir listens to
 * have to be set by then: ncurses leaves alone what is not at its default. */
struct drawing *drawing_open(bool ascii, const struct terminal_options *options, struct err *err);
void drawing_free(struct drawing *d); /* NULL is fine */

struct theme drawing_theme(const struct drawing *d);
void drawing_set_light(struct drawing *d, bool light);
void drawing_resize(struct drawing *d, int width,
                    int height);                          /* also when it is the same: the next canvas is drawn whole */
void drawing_redraw(struct drawing *d);                   /* so it is */
void drawing_enter(struct drawing *d, struct buf *bytes); /* the terminal is weir's, for the first time or again */
void drawing_leave(struct drawing *d, struct buf *bytes); /* it is given back */
void drawing_show(struct drawing *d, const struct canvas *c, struct buf *bytes);

/* Of the terminal whose drawing is open. */
bool drawing_can(const char *capability); /* terminfo(5) has a string for it */
bool drawing_has_titles(void);
void drawing_name_keys(struct key_decoder *keys); /* tells the decoder what terminfo knows of function keys */

#endif
