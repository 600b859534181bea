/*
 * Which columns the flow list has: those of the terminal's width, or those that a person named (`:columns`). Anything that
 * is a datum can be one. Widths come from the terminal and the field table, never from content. What must be looked for in
 * bodies is looked for when its row is first shown, a few milliseconds a frame, and kept. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_COLUMNS_H
#define WEIR_SRC_UI_COLUMNS_H

#include "ui/completion.h"
#include "ui/list_row.h"

struct column_choice; /* a person's */
struct column_cache;

/* `choice` may be NULL: by the width alone. */
void columns_chosen(struct columns *cols, int width, const struct ui *ui); /* with all that a row needs */
void act_time_column(struct ui *ui, struct view *v, int count);            /* the time of day, or not */

/* Makes sure that what stands in bodies is known for these flows. False: the time was up, a later frame has the rest. */
bool columns_prepare(struct ui *ui, const struct columns *cols, const uint64_t *ids, size_t n);
/* The columns that are no usual ones, on one line: the heads, or (f) what a flow has of them. */
void columns_draw(const struct ui *ui, const struct columns *cols, struct canvas *c, struct rect r, int y,
                  enum role role, const struct flow *f);
/* As column_field_at(), with those. */
const char *columns_field_at(const struct columns *cols, struct rect r, int x);
void columns_forget(struct ui *ui, uint64_t id); /* it has changed, or goes */
void columns_free(struct ui *ui);

bool command_columns(struct ui *ui, struct view *v, struct slice argument, struct err *err);
void complete_columns(struct ui *ui, struct slice before, struct completion *out);

#endif
