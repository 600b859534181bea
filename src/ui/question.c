/* A yes-or-no question in the message line. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ui/prompt.h"
#include "ui/ui_state.h"
#include "weir/base/mem.h"

struct question {
  struct view view;
  char again;
  void (*yes)(struct ui *ui, void *arg);
  void (*drop)(void *arg);
  void *arg;
  char text[200];
};

/* Out of the way first, so that what it sets off may open views of its own. */
static void answer(struct ui *ui, struct view *v, bool yes) {
  struct question *q = (struct question *)v;
  ui->top = v->below;
  if (yes)
    q->yes(ui, q->arg);
  v->ops->free(ui, v);
  ui_dirty(ui);
}

static bool question_key(struct ui *ui, struct view *v, const struct key *key) {
  const struct question *q = (const struct question *)v;
  if (key->code == KEY_MOUSE_)
    return true;
  if (dispatch_bound(ui, v, key))
    return false;
  answer(ui, v, q->again != 0 && key->mods == 0 && key->code == (uint32_t)q->again);
  return true;
}

static void question_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct question *q = (const struct question *)v;
  (void)ui;
  (void)r;
  struct rect row = {0, c->height - 2, c->width, 1};
  canvas_fill(c, row, ROLE_INPUT);
  int x = canvas_text(c, row, 1, row.y, ROLE_INPUT, slice_of(q->text));
  canvas_cursor(c, x < c->width ? x : c->width - 1, row.y);
}

static void question_free(struct ui *ui, struct view *v) {
  struct question *q = (struct question *)v;
  (void)ui;
  if (q->drop != NULL)
    q->drop(q->arg);
  free(q);
}

static void press_yes(struct ui *ui, struct view *v, int count) {
  (void)count;
  answer(ui, v, true);
}

static void press_no(struct ui *ui, struct view *v, int count) {
  (void)count;
  answer(ui, v, false);
}

static const struct binding question_bindings[] = {
    {"answer-yes", "y Y", "yes", "yes", "PROMPT", press_yes, NULL},
    {"answer-no", "Esc", "no", "no, as every other key", "PROMPT", press_no, NULL},
    {.keys = NULL},
};

const struct view_ops question_view_ops = {
    .name = "question",
    .overlay = true,
    .bindings = question_bindings,
    .draw = question_draw,
    .key = question_key,
    .free = question_free,
};

void prompt_ask(struct ui *ui, char again, void (*yes)(struct ui *ui, void *arg), void (*drop)(void *arg), void *arg,
                const char *format, ...) {
  struct question *q = mem_zero(1, sizeof *q);
  view_init(&q->view, &question_view_ops);
  q->again = again;
  q->yes = yes;
  q->drop = drop;
  q->arg = arg;
  va_list args;
  va_start(args, format);
  vsnprintf(q->text, sizeof q->text, format, args);
  va_end(args);
  ui_push(ui, &q->view);
}
