#include "ui/go.h"

#include "ui/ui_state.h"

#define FURTHER_THAN_ALL (1L << 30)

void go_down(struct ui *ui, struct view *v, int count) {
  v->ops->go(ui, v, STRIDE_ROW, view_times(count));
}
void go_up(struct ui *ui, struct view *v, int count) {
  v->ops->go(ui, v, STRIDE_ROW, -view_times(count));
}
void go_half_down(struct ui *ui, struct view *v, int count) {
  v->ops->go(ui, v, STRIDE_HALF, view_times(count));
}
void go_half_up(struct ui *ui, struct view *v, int count) {
  v->ops->go(ui, v, STRIDE_HALF, -view_times(count));
}
void go_page_down(struct ui *ui, struct view *v, int count) {
  v->ops->go(ui, v, STRIDE_PAGE, view_times(count));
}
void go_page_up(struct ui *ui, struct view *v, int count) {
  v->ops->go(ui, v, STRIDE_PAGE, -view_times(count));
}
void go_first(struct ui *ui, struct view *v, int count) {
  (void)count, v->ops->go(ui, v, STRIDE_ALL, -1);
}
void go_last(struct ui *ui, struct view *v, int count) {
  (void)count, v->ops->go(ui, v, STRIDE_ALL, 1);
}
void go_back(struct ui *ui, struct view *v, int count) {
  (void)v, (void)count;
  ui_pop(ui);
}

long go_rows(enum stride stride, long times, long page) {
  switch (stride) {
  case STRIDE_ROW:
    break;
  case STRIDE_HALF:
    return times * (page + 1) / 2;
  case STRIDE_PAGE:
    return times * page;
  case STRIDE_ALL:
    return times * FURTHER_THAN_ALL;
  }
  return times;
}
