/* What can be seen of an act: the screen before and after, and whether what was to come has come. */
#ifndef WEIR_TESTS_SCREEN_EFFECT_H
#define WEIR_TESTS_SCREEN_EFFECT_H

#include "screen.h"

char *screen_looks(struct screen *s); /* text and roles; malloc'ed */
/* The message line, in `line`. */
const char *screen_message(struct screen *s, char *line, size_t size);
/* The first of these keys, as a binding names them. */
void screen_press_named(struct screen *s, const char *keys);
/* "text" has come, "-text" has gone, "row 7 text" has come into that row (the topmost is 0), "bar text" is selected,
 * "@screen", "#flow", "stop", "sent bytes", "later text". */
bool screen_happened(struct screen *s, const char *effect, const char *before, const char *after);

#endif
