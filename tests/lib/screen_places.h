/* Where all keys have something to do: every screen, in the middle of things. A new screen gets its line here. */
#ifndef WEIR_TESTS_SCREEN_PLACES_H
#define WEIR_TESTS_SCREEN_PLACES_H

#include "screen.h"

struct screen_place {
  const char *name, *keys; /* keys: to get there, from the list */
};
extern const struct screen_place screen_places[]; /* ends with name == NULL */

/* Something to do for every key: paused, failed, edited, long and running flows, and lines in the log. */
void screen_full(struct screen *s, int width, int height);
void screen_go(struct screen *s, const struct screen_place *p);

#endif
