/*
 * Fuzzy search in short phrases: the letters of the pattern in order, wherever they stand; runs of letters and beginnings
 * of words count most. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_FUZZY_H
#define WEIR_SRC_UI_FUZZY_H

#include "weir/base/slice.h"

#define FUZZY_TEXT_MAX    160 /* what is longer is looked at so far */
#define FUZZY_PATTERN_MAX 48

/* How well it fits, higher is better; below 0: not all letters are there. Blanks in the pattern are skipped, ASCII case
 * too. at (may be NULL, FUZZY_TEXT_MAX flags): which bytes of the text are the pattern's. An empty pattern fits with 0. */
int fuzzy_score(struct slice pattern, struct slice text, bool *at);

#endif
