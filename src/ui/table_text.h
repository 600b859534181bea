/*
 * A table of a screen as text, for the clipboard (tab-separated, as spreadsheets paste it) or a file (RFC 4180, and a
 * "'" in front of what a spreadsheet would take for a formula). A screen that has one says so by `ops->table`. Private to
 * src/ui.
 */
#ifndef WEIR_SRC_UI_TABLE_TEXT_H
#define WEIR_SRC_UI_TABLE_TEXT_H

#include "ui/ui_state.h"

struct table_text {
  struct buf text;
  bool csv;
  bool begun; /* the row has a cell */
  size_t rows;
};

void table_cell(struct table_text *t, struct slice text); /* made safe */
void table_print(struct table_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void table_ms(struct table_text *t, uint64_t ns); /* "4.012" */
void table_end_row(struct table_text *t);

void act_copy_table(struct ui *ui, struct view *v, int count);
/* wc where the screen has a table: asks for a name and writes it. False: it has none. */
bool table_act_write(struct ui *ui, const struct view *v);

#endif
