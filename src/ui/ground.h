/*
 * Asking the terminal for the colour of its ground (OSC 11). Nobody waits: who answers within a second is heard, and what was
 * drawn is drawn anew. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_GROUND_H
#define WEIR_SRC_UI_GROUND_H

#include "theme.h"
#include "weir/base/slice.h"

struct ground {
  bool ask;       /* it is to be asked */
  uint64_t asked; /* when it was; 0: it was not, or has answered */
};

/* name: the theme that was asked for, may be NULL. Only a terminal like xterm (`xterm`) is asked: others would show the
 * question. */
void ground_init(struct ground *g, struct theme theme, bool xterm, const char *name);
/* What is to be sent now; empty: nothing. */
struct slice ground_question(struct ground *g, uint64_t now);
/* An answer of the terminal. True: *light is to be used. */
bool ground_told(struct ground *g, struct slice answer, uint64_t now, bool *light);

#endif
