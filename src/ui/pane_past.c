#include "ui/pane_past.h"

#define KEPT       128  /* sides of flows */
#define FOLDS_KEPT 1000 /* with more of them folded, folds are not kept */

struct look {
  uint64_t flow, when; /* when: counts up */
  enum flow_side side;
  enum body_view view;
  enum page_show show;
  bool received;
  struct pager_mark mark;
  struct folds folds;
};

struct pane_past {
  uint64_t clock;
  struct look look[KEPT];
};

void pane_past_free(struct pane_past *past) {
  for (size_t i = 0; past != NULL && i < KEPT; i++)
    folds_clear(&past->look[i].folds);
  free(past);
}

/* That of this flow, or NULL; `oldest`: else the one to be given up. */
static struct look *find(struct pane_past *past, const struct pane *p, bool oldest) {
  struct look *old = &past->look[0];
  for (size_t i = 0; i < KEPT; i++) {
    struct look *l = &past->look[i];
    if (l->flow == p->flow && l->side == p->side)
      return l;
    if (l->when < old->when)
      old = l;
  }
  return oldest ? old : NULL;
}

void pane_remember(struct pane *p) {
  if (p->flow == 0 || !p->marks)
    return;
  if (p->ui->past == NULL)
    p->ui->past = mem_zero(1, sizeof *p->ui->past);
  pager_fold_stop(&p->pager);
  bool token = p->show == PAGE_TOKEN;
  struct look *l = find(p->ui->past, p, true);
  folds_clear(&l->folds);
  *l = (struct look){.flow = p->flow,
                     .when = ++p->ui->past->clock,
                     .side = p->side,
                     .view = p->view,
                     .show = token ? p->token_show : p->show,
                     .received = p->received,
                     .mark = token ? p->token_from : pager_mark(&p->pager)};
  if (p->page.folds.fold.n > FOLDS_KEPT)
    return;
  l->folds = p->page.folds;
  p->page.folds = (struct folds){.walk = FOLDS_REST};
}

bool pane_recall(struct pane *p) {
  struct look *l = p->marks && p->ui->past != NULL ? find(p->ui->past, p, false) : NULL;
  if (l == NULL)
    return false;
  p->view = l->view;
  p->show = l->show;
  p->received = l->received;
  p->pager.to = l->mark;
  p->pager.returning = true;
  folds_clear(&p->folds);
  p->folds = l->folds;
  l->folds = (struct folds){.walk = FOLDS_REST};
  return true;
}
