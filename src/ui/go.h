/*
 * Going up and down, by a line, half a page, a page, or to an end: the acts of every screen that can be walked through.
 * A view says in `ops->go` what a stride is; its table has the acts.
 */
#ifndef WEIR_SRC_UI_GO_H
#define WEIR_SRC_UI_GO_H

#include "weir/ui/view.h"

void go_down(struct ui *ui, struct view *v, int count);
void go_up(struct ui *ui, struct view *v, int count);
void go_half_down(struct ui *ui, struct view *v, int count);
void go_half_up(struct ui *ui, struct view *v, int count);
void go_page_down(struct ui *ui, struct view *v, int count);
void go_page_up(struct ui *ui, struct view *v, int count);
void go_first(struct ui *ui, struct view *v, int count);
void go_last(struct ui *ui, struct view *v, int count);
void go_back(struct ui *ui, struct view *v, int count); /* to the view below */

/* Their rows in a binding table, so that a key does not come to mean two things. what: what moves, "the message: ". */
#define GO_ROW(name, keys, help, act)                                                                                  \
  { name, keys, NULL, help, "MOVE", act }
#define GO_ROWS(next, before) GO_ROW("go-down", "j Down", next, go_down), GO_ROW("go-up", "k Up", before, go_up)
#define GO_HALVES(what)                                                                                                \
  GO_ROW("go-half-down", "Ctrl-D", what "half a page down", go_half_down),                                             \
      GO_ROW("go-half-up", "Ctrl-U", what "half a page up", go_half_up)
#define GO_PAGES_BY(down, up, what)                                                                                    \
  GO_ROW("go-page-down", down, what "a page down", go_page_down), GO_ROW("go-page-up", up, what "a page up", go_page_up)
#define GO_PAGES(what)       GO_PAGES_BY("PgDn Ctrl-F", "PgUp Ctrl-B", what)
#define GO_PAGES_SPACE       GO_PAGES_BY("PgDn Ctrl-F Space", "PgUp Ctrl-B", "") /* where Space selects nothing */
#define GO_PAGES_ALL         GO_PAGES_BY("PgDn Ctrl-F Ctrl-D Space", "PgUp Ctrl-B Ctrl-U", "") /* nothing moves by halves */
#define GO_ENDS(first, last) GO_ROW("go-first", "gg Home", first, go_first), GO_ROW("go-last", "G End", last, go_last)

/* Strides as rows, for a view whose rows are all alike; to an end is further than any list is long. */
long go_rows(enum stride stride, long times, long page);

#endif
