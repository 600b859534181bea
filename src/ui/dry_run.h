/*
 * A filter tried on what is recorded before it acts on what comes: how many flows it would match, and which. Looks in slices of
 * the loop, as the list does (filter/index.h), and follows what comes in. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_DRY_RUN_H
#define WEIR_SRC_UI_DRY_RUN_H

#include "ui/ui_state.h"

struct dry_run;

struct dry_run *dry_run_new(struct ui *ui); /* of nothing yet */
void dry_run_free(struct dry_run *d);
/* "" is all. The same text once more costs nothing. A text that does not compile changes nothing. */
void dry_run_set(struct dry_run *d, struct slice text);
void dry_run_nothing(struct dry_run *d);
/* What it tries; NULL: nothing. Its own, not the index's: may be asked about a flow. */
struct filter *dry_run_filter(const struct dry_run *d);
/* In the index are also flows that are paused now, whatever the filter says; they are not counted. */
const struct filter_index *dry_run_index(const struct dry_run *d);
size_t dry_run_count(const struct dry_run *d);
/* "would match 2 of the 31 recorded"; in few words where there is little room. */
void dry_run_words(const struct dry_run *d, struct buf *out);

#endif
