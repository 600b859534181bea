#include "ui/edit_work.h"

#include <stdlib.h>

#include "weir/base/mem.h"

#define FIRST_SLICE (3 * CLOCK_MS)

struct edit_work {
  const struct edit_work_ops *ops;
  struct draft *draft;
  void *arg;
  struct loop_job job;
  bool queued;
};

void edit_work_stop(struct draft *d) {
  struct edit_work *w = d->work;
  if (!w)
    return;
  if (w->queued)
    loop_job_stop(d->drafts->ui->w->loop, &w->job);
  w->ops->free(w->arg);
  free(w);
  d->work = NULL;
}

/* What end() does may begin other work: this one is out of the way by then. */
static void end(struct edit_work *w) {
  struct draft *d = w->draft;
  struct ui *ui = d->drafts->ui;
  d->work = NULL;
  w->ops->end(d, w->arg);
  w->ops->free(w->arg);
  free(w);
  ui_dirty(ui);
}

static bool step(void *arg, uint64_t deadline) {
  struct edit_work *w = arg;
  struct ui *ui = w->draft->drafts->ui;
  if (w->ops->step(w->arg, deadline)) {
    ui_dirty(ui);
    return true;
  }
  w->queued = false;
  ui->urgent = true;
  end(w);
  return false;
}

void edit_work_finish(struct draft *d) {
  struct edit_work *w = d->work;
  if (w) {
    while (w->ops->step(w->arg, UINT64_MAX)) {
    }
    loop_job_stop(d->drafts->ui->w->loop, &w->job);
    end(w);
  }
}

void edit_work_start(struct draft *d, const struct edit_work_ops *ops, void *arg) {
  struct edit_work *w = mem_zero(1, sizeof *w);
  *w = (struct edit_work){.ops = ops, .draft = d, .arg = arg};
  d->work = w;
  if (!ops->step(arg, clock_mono() + FIRST_SLICE)) {
    end(w);
    return;
  }
  w->job = (struct loop_job){.step = step, .arg = w};
  w->queued = true;
  loop_job_start(d->drafts->ui->w->loop, &w->job);
}

void edit_work_cancel(struct draft *d) {
  unsigned percent;
  const char *doing = edit_work_doing(d, &percent);
  if (doing) {
    ui_say(d->drafts->ui, "%s was stopped at %u %%; nothing was changed", doing, percent);
    edit_work_stop(d);
  }
}

const char *edit_work_doing(const struct draft *d, unsigned *percent) {
  if (!d->work)
    return NULL;
  *percent = d->work->ops->percent(d->work->arg);
  return d->work->ops->doing;
}
