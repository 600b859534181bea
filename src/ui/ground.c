#include "ground.h"

#include <string.h>

#include "weir/base/clock.h"

#define WAIT CLOCK_S /* who answers later finds the colours settled */

void ground_init(struct ground *g, struct theme theme, bool xterm, const char *name) {
  bool chosen = name && (strcmp(name, "dark") == 0 || strcmp(name, "light") == 0 || strcmp(name, "mono") == 0);
  *g = (struct ground){.ask = xterm && !chosen && theme.depth == THEME_256};
}

struct slice ground_question(struct ground *g, uint64_t now) {
  if (!g->ask)
    return slice_make(NULL, 0);
  g->ask = false;
  g->asked = now;
  return SLICE("\033]11;?\033\\");
}

bool ground_told(struct ground *g, struct slice answer, uint64_t now, bool *light) {
  uint64_t asked = g->asked;
  if (asked == 0 || !theme_ground(answer, light))
    return false;
  g->asked = 0;
  return now - asked <= WAIT;
}
