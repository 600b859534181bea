/*
 * Flows as comma-separated values (RFC 4180), a line each, for spreadsheets: the columns of csv_head(). A value that a
 * spreadsheet would take for a formula gets a "'" in front (CWE-1236).
 */
#ifndef WEIR_FILE_CSV_H
#define WEIR_FILE_CSV_H

#include "weir/flow/flow.h"

void csv_quote(struct buf *out, struct slice s); /* one value, which is safe text */
void csv_head(struct buf *out);
void csv_row(const struct flow *f, uint64_t now, struct buf *out); /* now: monotonic, for running flows */

#endif
