/*
 * When each flow ran, among those in sight: a column with one axis of time for all rows, from the first to begin to the last to
 * end. What was waited for is drawn light, what was received is drawn full. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_ROW_WATERFALL_H
#define WEIR_SRC_UI_ROW_WATERFALL_H

#include "ui/list_row.h"

struct row_waterfall {
  uint64_t from, to; /* monotonic ns; from > to: nothing is on it yet */
};

void row_waterfall_init(struct row_waterfall *axis);
void row_waterfall_add(struct row_waterfall *axis, const struct flow *f, uint64_t now);
/* How long the axis is, for the column's head. */
void row_waterfall_head(const struct row_waterfall *axis, struct canvas *c, struct rect cell);
void row_waterfall_draw(const struct row_waterfall *axis, struct canvas *c, struct rect cell, enum role role,
                        const struct flow *f, uint64_t now);

#endif
