/*
 * What of a cluster the C library and most terminals agree on: a base character and marks of no width. Joiners and variation
 * selectors are where terminals differ, so that a sequence shows as its base character. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_CLUSTER_H
#define WEIR_SRC_UI_CLUSTER_H

#include <wchar.h>

#define CLUSTER_CODES 8 /* with the end */

/* The code points of a cluster's bytes; returns the columns of the base. */
int cluster_codes(const char *bytes, wchar_t out[CLUSTER_CODES]);

#endif
