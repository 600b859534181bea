/* A terminal without a tty: keys by name, the last frame kept, for golden screens. */
#ifndef WEIR_TESTS_TERMINAL_FAKE_H
#define WEIR_TESTS_TERMINAL_FAKE_H

#include "weir/ui/terminal.h"

/* Scripted: keys by name ("j", "Ctrl-S"), "=literal text", "paste:text", "mouse:BUTTON,X,Y" (a click; 4 and 5 are the
 * wheel), "drag:BUTTON,X,Y". An unknown name aborts. The last frame shown is kept. */
struct terminal *terminal_fake(struct loop *loop, int width, int height);
void terminal_fake_key(struct terminal *t, const char *name);
void terminal_fake_resize(struct terminal *t, int width, int height);
const struct canvas *terminal_fake_screen(const struct terminal *t);
struct slice terminal_fake_sent(const struct terminal *t);  /* what send() was given */
void terminal_fake_stall(struct terminal *t, bool stalled); /* show() answers busy */

#endif
