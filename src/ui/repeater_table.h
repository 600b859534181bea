/* The tries of a tab as rows: its history, or the last series as a table with figures. Private to src/ui. */
#ifndef WEIR_SRC_UI_REPEATER_TABLE_H
#define WEIR_SRC_UI_REPEATER_TABLE_H

#include "ui/repeater.h"

void repeater_rows(struct replay_tab *t);              /* which tries are shown, in which order */
size_t repeater_row_of(const struct replay_tab *t);    /* of the selected one; the number of rows: it is not shown */
size_t repeater_run_begin(const struct replay_tab *t); /* the first of the last series */
size_t repeater_run_size(const struct replay_tab *t);  /* tries of the last series */
/* Before drawing: words of the rows in sight are made, *top is moved to show the selected one. */
void repeater_table_layout(struct repeater *r, struct replay_tab *t, size_t *top, struct rect area);
void repeater_table_draw(const struct repeater *r, const struct replay_tab *t, size_t top, struct canvas *c,
                         struct rect area);
bool repeater_table_at(const struct replay_tab *t, size_t top, struct rect area, int y,
                       size_t *place); /* the try on that row */

/* The response of that try of the series, against its first one. */
const char *repeater_against_first(const struct repeater *r, const struct replay_tab *t, size_t place);

/* repeater_series.c: acts of the table */
void act_tries_number(struct ui *ui, struct view *v, int count);
void act_tries_duration(struct ui *ui, struct view *v, int count);
void act_tries_size(struct ui *ui, struct view *v, int count);
void act_tries_status(struct ui *ui, struct view *v, int count);
void act_tries_body(struct ui *ui, struct view *v, int count);
const char *repeater_table_text(const struct view *v, const struct ui *ui, struct table_text *out);
/* What stands out in that try: "slowest, only failure". */
void try_notes(const struct replay_tab *t, const struct series_sum *sum, const struct try *one, struct buf *out);

#endif
