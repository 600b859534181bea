#include "colour_pairs.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"

#define COLOURS 257 /* the terminal's own, and 256 */

void colour_pairs_init(struct colour_pairs *p, int first, int end) {
  *p = (struct colour_pairs){.first = first, .next = first, .end = end < SHRT_MAX ? end : SHRT_MAX};
}

void colour_pairs_clear(struct colour_pairs *p) {
  free(p->pair);
  p->pair = NULL;
}

void colour_pairs_forget(struct colour_pairs *p) {
  if (p->pair != NULL)
    memset(p->pair, 0, (size_t)COLOURS * COLOURS * sizeof *p->pair);
  p->next = p->first;
}

int colour_pairs_find(struct colour_pairs *p, int fg, int bg, bool *fresh) {
  *fresh = false;
  if (p->pair == NULL)
    p->pair = mem_zero((size_t)COLOURS * COLOURS, sizeof *p->pair);
  short *pair = &p->pair[(fg + 1) * COLOURS + bg + 1];
  if (*pair != 0)
    return *pair;
  if (p->next >= p->end)
    return bg >= 0 && fg >= 0 ? colour_pairs_find(p, fg, -1, fresh) : 0;
  *fresh = true;
  *pair = (short)p->next++;
  return *pair;
}
