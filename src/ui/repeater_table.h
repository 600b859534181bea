/* The tries of a tab as rows: its history, or the last series as a table with figures. Private to src/ui. */
#ifndef WEIR_SRC_UI_REPEATER_TABLE_H
#define WEIR_SRC_UI_REPEATER_TABLE_H

#include "ui/repeater.h"

size_t repeater_run_size(const struct replay_tab *t); /* tries of the last series */
/* Before drawing: words of the rows in sight are made, *top is moved to show the selected one. */
void repeater_table_layout(struct repeater *r, struct replay_tab *t, size_t *top, struct rect area);
void repeater_table_draw(const struct repeater *r, const struct replay_tab *t, size_t top, struct canvas *c,
                         struct rect area);
bool repeater_table_at(const struct replay_tab *t, size_t top, struct rect area, int y,
                       size_t *place); /* the try on that row */

#endif
