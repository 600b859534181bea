/* How far a message is that still arrives. Private to src/ui. */
#ifndef WEIR_UI_RECEIVING_H
#define WEIR_UI_RECEIVING_H

#include "weir/flow/flow.h"
#include "weir/ui/canvas.h"

/* False: nothing of that side arrives now. *total is 0 where nobody said how much it will be. */
bool receiving(const struct flow *f, enum flow_side side, uint64_t *seen, uint64_t *total);
/* "receiving 61% ######....", or "receiving 6.1M" when its length is not known; not wider than `columns`. */
void receiving_gauge(const struct flow *f, enum flow_side side, const struct canvas *c, int columns, struct buf *out);
/* "6.1M/10M 2.9M/s" */
void receiving_words(const struct flow *f, enum flow_side side, uint64_t now, struct buf *out);

#endif
