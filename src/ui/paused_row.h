/* One paused message on one line of the queue, and the words about it. Private to src/ui. */
#ifndef WEIR_SRC_UI_PAUSED_ROW_H
#define WEIR_SRC_UI_PAUSED_ROW_H

#include "ui/ui_state.h"

void paused_titles(struct canvas *c, struct rect r); /* the column heads, in the first line of r */
void paused_row_draw(const struct ui *ui, struct canvas *c, struct rect row, const struct flow *f, bool selected);
void paused_client(const struct flow *f, struct buf *out); /* "curl", else "curl/7.88.1", else an address. Wire text */

/* How long this client waited before it left, the last time it did. */
bool paused_patience(const struct ui *ui, const struct flow *f, uint64_t *ns);
void patience_learn(struct ui *ui, const struct flow *f); /* it changed: has its client gone? */

#endif
