/* What the parts of the detail (view_detail.c, detail_*.c) share. */
#ifndef WEIR_SRC_UI_DETAIL_PARTS_H
#define WEIR_SRC_UI_DETAIL_PARTS_H

#include "ui/pane.h"
#include "ui/ui_state.h"

#define DETAIL_LIST_ROWS 3
#define DETAIL_TABS_END  22 /* behind Request and Response */

struct detail_view {
  struct view view;
  uint64_t pinned; /* kept in the ring while it is looked at */
  struct pane pane[2];
  enum flow_side side;
  bool wide, zoomed; /* zoomed: one side has the whole width */
  bool on_split;     /* the mouse was pressed on the line between them */
  int left;          /* the column of that line */
  int about;         /* rows below the sides */
  struct rect list, title, body;
  struct pager_mark from; /* where one was when a find began: it looks from there, and Esc goes back */
};

static inline struct detail_view *detail(struct view *v) {
  return (struct detail_view *)v;
}

static inline struct pane *detail_focus(struct view *v) {
  return &detail(v)->pane[detail(v)->side];
}

static inline const struct flow *detail_flow_of(const struct ui *ui) {
  return store_get(ui_store(ui), ui->cursor);
}

/* detail_draw.c */
void detail_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r);
bool detail_both(const struct detail_view *d); /* side by side */
struct rect detail_title(const struct detail_view *d, enum flow_side side);
struct rect detail_window(const struct detail_view *d, enum flow_side side); /* where its lines stand */
int detail_views_x(const struct detail_view *d, const struct flow *f); /* narrow: where the names of the views begin */

/* detail_find.c */
void detail_find(struct ui *ui, struct view *v, int count);
void detail_find_next(struct ui *ui, struct view *v, int count);
void detail_find_previous(struct ui *ui, struct view *v, int count);

/* detail_hex.c */
bool detail_is_hex(const struct ui *ui, const struct view *v);
bool detail_hex_move(struct ui *ui, struct view *v, long bytes); /* false: it is not shown as hex */
void detail_hex_wider(struct ui *ui, struct view *v, int count);
void detail_hex_narrower(struct ui *ui, struct view *v, int count);
void detail_hex_order(struct ui *ui, struct view *v, int count);
bool detail_hex_inspect(const struct pane *p, size_t width,
                        struct buf *out); /* false: there is no byte under the cursor */

/* detail_fold.c */
void detail_fold(struct ui *ui, struct view *v, int count);
void detail_fold_open(struct ui *ui, struct view *v, int count);
void detail_fold_close(struct ui *ui, struct view *v, int count);
void detail_fold_all(struct ui *ui, struct view *v, int count);
void detail_fold_none(struct ui *ui, struct view *v, int count);
void detail_enter(struct ui *ui, struct view *v, int count); /* what the line under the cursor offers */
bool detail_can_fold(const struct ui *ui, const struct view *v);

#endif
