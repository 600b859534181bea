/* Finding in the side of a flow that has the focus. */
#include "ui/detail_parts.h"
#include "ui/prompt.h"

static void find_from(struct detail_view *d) {
  pager_return(&d->pane[d->side].pager, d->from);
}

static bool find_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  (void)ui;
  struct detail_view *d = arg;
  if (slice_eq(text, buf_slice(&d->pane[d->side].pager.needle)))
    return true; /* Enter: it is found, or being looked for, already */
  find_from(d);
  for (int i = 0; i < 2; i++)
    if (i != (int)d->side)
      pager_find_stop(&d->pane[i].pager);
  return pager_find(&d->pane[d->side].pager, text, err);
}

static bool find_changed(struct ui *ui, void *arg, struct slice text, struct buf *words, struct err *err) {
  (void)words;
  return find_taken(ui, arg, text, err);
}

static void find_words(struct ui *ui, void *arg, struct buf *words) {
  struct detail_view *d = arg;
  (void)ui;
  struct buf all = BUF_INIT;
  pager_find_words(&d->pane[d->side].pager, &all);
  size_t skip = d->pane[d->side].pager.needle.n + 3;
  if (all.n > skip)
    buf_add_slice(words, slice_from(buf_slice(&all), skip));
  buf_clear(&all);
}

static void find_cancelled(struct ui *ui, void *arg) {
  struct detail_view *d = arg;
  (void)ui;
  pager_find_stop(&d->pane[d->side].pager);
  find_from(d);
}

void detail_find(struct ui *ui, struct view *v, int count) {
  (void)count;
  detail(v)->from = pager_mark(&detail_focus(v)->pager);
  pager_find_stop(&detail_focus(v)->pager);
  prompt_open(ui, &(struct prompt_options){.label = "/",
                                           .accept = "keep",
                                           .cancel = "drop",
                                           .history = &ui->finds,
                                           .changed = find_changed,
                                           .taken = find_taken,
                                           .cancelled = find_cancelled,
                                           .words = find_words,
                                           .arg = detail(v)});
}

static void find_on(struct ui *ui, struct view *v, bool forward) {
  struct pager *p = &detail_focus(v)->pager;
  size_t lines = ui->finds.line.n;
  if (p->needle.n == 0 && lines > 0)
    pager_find(p, slice_of(ui->finds.line.v[lines - 1]), NULL);
  else if (p->needle.n == 0)
    ui_say(ui, "nothing was looked for yet; / finds");
  else
    pager_find_next(p, forward);
}

void detail_find_next(struct ui *ui, struct view *v, int count) {
  (void)count, find_on(ui, v, true);
}
void detail_find_previous(struct ui *ui, struct view *v, int count) {
  (void)count, find_on(ui, v, false);
}
