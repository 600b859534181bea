#include "ui/layout.h"

#include "ui/screen_state.h"
#include "ui/ui_state.h"

#define LEAST 15
#define MOST  80

static int within(int percent) {
  return percent < LEAST ? LEAST : percent > MOST ? MOST : percent;
}

static void set(struct ui *ui, int *what, int percent) {
  if (*what != within(percent))
    screen_state_changed(ui);
  *what = within(percent);
  ui_dirty(ui);
}

void layout_set_split(struct ui *ui, int percent) {
  set(ui, &ui->split, percent);
}

void layout_set_sides(struct ui *ui, int percent) {
  set(ui, &ui->sides, percent);
}

int layout_sides_x(const struct ui *ui, int width) {
  return (width - 1) * ui->sides / 100;
}

static void choose(struct ui *ui, enum ui_layout layout) {
  ui->layout = layout;
  screen_state_changed(ui);
  ui_dirty(ui);
}

/* Behind the flow alone comes the list with its preview again; where there is no room for one, the list. */
void act_layout_next(struct ui *ui, struct view *v, int count) {
  uint64_t id = v->ops->flow(v, ui);
  (void)count;
  if (v->ops == &detail_view_ops) {
    if (ui_roomy(ui))
      choose(ui, LAYOUT_PREVIEW);
    ui_pop(ui);
  } else if (ui_roomy(ui) && ui->layout == LAYOUT_PREVIEW) {
    choose(ui, LAYOUT_LIST);
  } else if (id == 0) {
    choose(ui, LAYOUT_PREVIEW);
    ui_say(ui, "list and preview");
  } else if (!list_show_cursor(ui, v)) {
    ui_push(ui, detail_view_new(ui, id));
  }
}

static void move_sides(struct ui *ui, int by) {
  if (ui->canvas.width < ROOMY_W)
    ui_say(ui, "side by side from %d columns on; Tab goes to the other side", ROOMY_W);
  else
    layout_set_sides(ui, ui->sides + by);
}

void act_split_left(struct ui *ui, struct view *v, int count) {
  (void)v, move_sides(ui, -5 * (int)view_times(count < 20 ? count : 20));
}

void act_split_right(struct ui *ui, struct view *v, int count) {
  (void)v, move_sides(ui, 5 * (int)view_times(count < 20 ? count : 20));
}
