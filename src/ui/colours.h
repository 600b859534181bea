/*
 * Rows of the flow list in a colour of the person's own: `:colour FILTER COLOUR`, here or in the configuration file. The
 * first that matches wins. Only rows that are drawn are asked, by the heads alone, so a list of any length costs nothing.
 * A letter in the margin says the colour where the terminal shows none. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_COLOURS_H
#define WEIR_SRC_UI_COLOURS_H

#include "ui/completion.h"
#include "ui/list_row.h"
#include "weir/flow/flow.h"

struct colour_rules;

/* How its row is drawn by these rules. */
struct row_look colour_look(const struct ui *ui, const struct flow *f, bool selected, bool chosen);
void colour_rules_free(struct colour_rules *rules); /* NULL: fine */

bool command_colour(struct ui *ui, struct view *v, struct slice argument, struct err *err);
void complete_colour(struct ui *ui, struct slice before, struct completion *out);

#endif
