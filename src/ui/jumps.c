#include "ui/jumps.h"

#include <string.h>

#define JUMPS (sizeof((struct jumps *)0)->id / sizeof *((struct jumps *)0)->id)

void jump_note(struct ui *ui, uint64_t from) {
  struct jumps *j = &ui->jumps;
  if (from == 0 || (j->n > 0 && j->id[j->n - 1] == from))
    return;
  if (j->n == JUMPS)
    memmove(j->id, j->id + 1, --j->n * sizeof *j->id);
  j->id[j->n++] = from;
}

bool jump_any(const struct ui *ui, const struct view *v) {
  (void)v;
  return ui->jumps.n > 0;
}

/* What is gone, or hidden by the filter now, is passed over. */
void act_jump_back(struct ui *ui, struct view *v, int count) {
  struct jumps *j = &ui->jumps;
  long left = view_times(count);
  (void)v;
  ui->walked = true;
  while (j->n > 0) {
    bool exact;
    uint64_t id = j->id[--j->n];
    filter_index_place(ui->index, id, &exact);
    if (!exact || id == ui->cursor)
      continue;
    list_select(ui, id);
    if (--left == 0)
      return;
  }
  ui_say(ui, "there is nowhere to go back to");
}
