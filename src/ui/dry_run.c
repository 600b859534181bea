#include "ui/dry_run.h"

#include <stdlib.h>

#include "ui/filter_acts.h"
#include "weir/base/mem.h"

struct dry_run {
  struct ui *ui;
  struct filter_index *index;
  struct filter *filter; /* the same once more, for those that are paused now */
};

static void changed(void *arg) {
  ui_dirty(((struct dry_run *)arg)->ui);
}

struct dry_run *dry_run_new(struct ui *ui) {
  struct dry_run *d = mem_zero(1, sizeof *d);
  d->ui = ui;
  return d;
}

void dry_run_free(struct dry_run *d) {
  if (d == NULL)
    return;
  filter_index_free(d->index);
  filter_free(d->filter);
  free(d);
}

void dry_run_nothing(struct dry_run *d) {
  filter_index_free(d->index);
  filter_free(d->filter);
  d->index = NULL;
  d->filter = NULL;
}

void dry_run_set(struct dry_run *d, struct slice text) {
  if (d->filter != NULL && slice_eq(slice_of(filter_text(d->filter)), text))
    return;
  struct filter *filter = filter_compile(text, NULL);
  if (filter == NULL)
    return;
  filter_free(d->filter);
  d->filter = filter;
  filter_look_at_both(filter);
  if (d->index == NULL)
    d->index = filter_index_new(d->ui->w->loop, ui_store(d->ui), changed, d);
  filter_index_set(d->index, filter_compile(text, NULL));
}

struct filter *dry_run_filter(const struct dry_run *d) {
  return d->filter;
}

const struct filter_index *dry_run_index(const struct dry_run *d) {
  return d->index;
}

size_t dry_run_count(const struct dry_run *d) {
  return d->index != NULL ? filter_index_count(d->index) - filter_paused_besides(d->ui, d->filter) : 0;
}

void dry_run_words(const struct dry_run *d, struct buf *out) {
  size_t flows = store_stats(ui_store(d->ui)).flows;
  unsigned percent;
  if (d->index == NULL || flows == 0)
    return;
  buf_printf(out, ui_roomy(d->ui) ? "would match %zu of the %zu recorded" : "matches %zu of %zu", dry_run_count(d),
             flows);
  if (filter_index_busy(d->index, &percent))
    buf_printf(out, ", %u%%", percent);
}
