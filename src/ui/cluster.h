/*
 * What of a cluster the C library and most terminals agree on: a base character and marks of no width. Joiners and variation
 * selectors are where terminals differ, so that a sequence shows as its base character. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_CLUSTER_H
#define WEIR_SRC_UI_CLUSTER_H

#include <stdbool.h>
#include <wchar.h>

#include "weir/ui/canvas.h"

#define CLUSTER_CODES 8 /* with the end */

/* The code points of a cluster's bytes; returns the columns of the base. */
int cluster_codes(const char *bytes, wchar_t out[CLUSTER_CODES]);

/* Something in this row terminals may draw wider or narrower than weir counts: marks, joined sequences, scripts and
 * pictures that are not as old as terminals are. What stands to the right of it cannot be relied on. */
bool cluster_row_contested(const struct canvas *c, int y);

#endif
