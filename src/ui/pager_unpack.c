/* A body that is decoded while one walks over it: a little at a step, some more ahead of the window, all of it in slices. */
#include "ui/pager.h"
#include "weir/base/clock.h"

#define A_STEP   (256u * 1024)  /* decoded when a step comes to the end of what is there */
#define AHEAD    (1024u * 1024) /* of the window */
#define IN_A_KEY (2 * CLOCK_MS) /* for what is ahead, in the turn of a key */

bool pager_unpack_more(struct pager *p) {
  uint64_t size = p->page->more ? page_body_size(p->page) : 0;
  if (size == 0)
    return false;
  page_unpack(p->page, size + A_STEP, 0);
  return page_body_size(p->page) > size;
}

void pager_unpack_ahead(struct pager *p) {
  uint64_t goal = p->bottom + AHEAD;
  if (p->page->more && page_body_size(p->page) < goal)
    page_unpack(p->page, goal, clock_mono() + IN_A_KEY);
}

bool pager_unpack_slice(struct pager *p, uint64_t deadline) {
  return page_unpack(p->page, UINT64_MAX, deadline);
}
