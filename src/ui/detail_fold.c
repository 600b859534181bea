/* Acts on the line under the cursor of the detail: folding, and what Enter does there. */
#include "ui/detail_parts.h"

static void fold(struct ui *ui, struct view *v, enum pager_fold act, const char *why) {
  struct pane *p = detail_focus(v);
  if (!detail_can_fold(ui, v) && act != PAGER_FOLD_HERE)
    why = "nothing to fold here";
  if (!pane_fold(p, act))
    ui_say(ui, "%s", p->page.folds.too_many ? "too much is folded here; zR unfolds all" : why);
  else if (p->page.folds.too_many)
    ui_say(ui, "the first %u are folded; the rest stays open", FOLDS_MAX);
}

void detail_fold(struct ui *ui, struct view *v, int count) {
  (void)count;
  fold(ui, v, PAGER_FOLD_TOGGLE, "nothing to fold around this line");
}

void detail_fold_open(struct ui *ui, struct view *v, int count) {
  (void)count;
  fold(ui, v, PAGER_FOLD_OPEN, "this line is not folded");
}

void detail_fold_close(struct ui *ui, struct view *v, int count) {
  (void)count;
  fold(ui, v, PAGER_FOLD_CLOSE, "nothing to fold around this line");
}

void detail_fold_all(struct ui *ui, struct view *v, int count) {
  (void)count;
  fold(ui, v, PAGER_FOLD_ALL, "nothing to fold here");
}

void detail_fold_none(struct ui *ui, struct view *v, int count) {
  (void)count;
  fold(ui, v, PAGER_FOLD_NONE, "nothing to fold here");
}

bool detail_can_fold(const struct ui *ui, const struct view *v) {
  const struct detail_view *d = (const struct detail_view *)v;
  const struct pager *p = &d->pane[d->side].pager;
  (void)ui;
  return p->page != NULL && page_marks(p->page);
}

void detail_enter(struct ui *ui, struct view *v, int count) {
  (void)count;
  struct pane *p = detail_focus(v);
  if (pane_token_close(p))
    return;
  if (pane_token(p))
    ui_say(ui, "decoded, not verified: anyone could have written it; Enter or Esc goes back");
  else
    fold(ui, v, PAGER_FOLD_HERE, "nothing to open on this line");
}
