/* For page.c: pages that are made of rows (rows.h) instead of a message's own lines. */
#ifndef WEIR_SRC_UI_PAGE_ROWS_H
#define WEIR_SRC_UI_PAGE_ROWS_H

#include "ui/page.h"
#include "ui/rows.h"

/* What p->want.show asks for, in the place of head and body. */
void page_rows(struct page *p, const struct flow *f);
void page_image_rows(struct page *p, const struct flow_message *m); /* nothing where it is none */
void page_token_rows(struct page *p, int64_t now_s);
/* Below a field, in few words: what is odd about it. `column`: where its value stands. */
void page_field_warnings(struct page *p, const struct flow *f, const struct http_head *head,
                         const struct http_field *field, size_t column);

#endif
