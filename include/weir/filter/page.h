/* The parts of weir-filter(7) that come from the tables, as mdoc lists. */
#ifndef WEIR_FILTER_PAGE_H
#define WEIR_FILTER_PAGE_H

#include "weir/base/buf.h"

void filter_page_states(struct buf *out);
void filter_page_fields(struct buf *out);
void filter_page_operators(struct buf *out);
void filter_page_methods(struct buf *out);

#endif
