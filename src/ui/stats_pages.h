/*
 * The pages of the statistics screen, drawn from a tally or from the flows themselves.
 */
#ifndef WEIR_SRC_UI_STATS_PAGES_H
#define WEIR_SRC_UI_STATS_PAGES_H

#include "ui/ui_state.h"
#include "weir/flow/tally.h"

/* The table of hosts: a head and one row for each, `selected` marked. order: places in t->host. */
void stats_hosts(const struct tally *t, const size_t *order, size_t top, size_t selected, struct canvas *c,
                 struct rect r);
/* How the answers were, and how long the first byte took. */
void stats_answers(const struct tally *t, struct canvas *c, struct rect r);
/* The slowest and the largest flows; `selected` counts over both lists. Which flow a row is: stats_top_flow(). */
void stats_top(const struct ui *ui, const struct tally *t, size_t selected, struct canvas *c, struct rect r);
uint64_t stats_top_flow(const struct tally *t, size_t row); /* 0: no such row */

/* One flow a row, each where it lay in time; the axis spans the rows that are shown. */
struct stats_window { /* of the time on the waterfall's axis */
  double zoom;        /* 1: all of it, 2: half, ... */
  double pan;         /* 0: from the beginning, 1: to the end */
};
void stats_waterfall(const struct ui *ui, const struct stats_window *window, size_t top, uint64_t selected,
                     struct canvas *c, struct rect r);

/* The same as text: hosts in that order; the slowest and the largest flows. */
struct table_text;
void stats_hosts_text(const struct tally *t, const size_t *order, struct table_text *out);
void stats_top_text(const struct ui *ui, const struct tally *t, struct table_text *out);

#endif
