/*
 * Which of ncurses' numbered pairs stands for two colours. A pair is given out at the first need and keeps its meaning
 * until all are forgotten (with a frame that is drawn anew); when there are no more, foreground alone, then none.
 */
#ifndef WEIR_SRC_UI_COLOUR_PAIRS_H
#define WEIR_SRC_UI_COLOUR_PAIRS_H

#include <stdbool.h>

struct colour_pairs {
  short *pair; /* by foreground and ground; 0: none yet; NULL: nothing was asked for */
  int first, next, end;
};

void colour_pairs_init(struct colour_pairs *p, int first, int end); /* pairs first .. end - 1 may be used */
void colour_pairs_clear(struct colour_pairs *p);
void colour_pairs_forget(struct colour_pairs *p);
/* Of these colours, -1 being the terminal's own; 0: none is left. *fresh: it is to be made known to ncurses. */
int colour_pairs_find(struct colour_pairs *p, int fg, int bg, bool *fresh);

#endif
