/*
 * What a terminal makes of weir's bytes: the real one of src/ui draws each frame onto a pty, and libvterm behind it is the
 * terminal. Bytes of a kind that weir does not use are a fault, and so is everything that changes but cells: modes, title,
 * cursor, answers, bells that weir did not ring. One at a time: it has the process' stdin and stdout while it opens.
 */
#ifndef WEIR_TESTS_GLASS_H
#define WEIR_TESTS_GLASS_H

#include "screen.h"

struct glass;

/* In front of a screen with its fake terminal: what that one is given from now on goes to the real one, too. Never NULL. */
struct glass *glass_open(struct screen *s);
void glass_close(struct glass *g); /* before screen_close() */
/* Draws what the screen shows and looks at the terminal. NULL: only cells are other than before, and they are the canvas';
 * else what is wrong, in words that live as long as the glass. */
const char *glass_look(struct glass *g);

#endif
