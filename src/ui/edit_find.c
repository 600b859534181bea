#include "ui/edit_find.h"

#include "ui/edit_acts.h"
#include "ui/edit_work.h"
#include "ui/prompt.h"

/* In hexadecimal 0x0d0a are two bytes, and bytes have no case. */
static struct slice meant(const struct draft *d, struct slice text, struct buf *side, bool *exact) {
  *exact = editor_in_hex(d->editor) && slice_starts_ascii(text, SLICE("0x")) && editor_hex_parse(text, side);
  return *exact ? buf_slice(side) : text;
}

static bool task_step(void *task, uint64_t deadline) {
  return editor_task_step(task, deadline);
}
static unsigned task_percent(const void *task) {
  return editor_task_percent(task);
}
static void task_free(void *task) {
  editor_task_free(task);
}

static void not_found(struct ui *ui, struct slice what) {
  ui_warn(ui, "not found: %.*s", what.n < 200 ? (int)what.n : 200, what.p);
}

static void find_end(struct draft *d, void *task) {
  if (editor_task_count(task) == 0)
    not_found(d->drafts->ui, buf_slice(&d->drafts->find));
}

static const struct edit_work_ops finding = {"looking", task_step, task_percent, find_end, task_free};

static void find_next(struct draft *d) {
  struct buf side = BUF_INIT;
  bool exact;
  struct slice what = meant(d, buf_slice(&d->drafts->find), &side, &exact);
  if (what.n) {
    struct editor_task *task = editor_find_begin(d->editor, what, false);
    if (exact)
      editor_task_exact(task);
    edit_work_start(d, &finding, task);
  }
  buf_clear(&side);
}

static bool find_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  struct draft *d = arg;
  (void)ui;
  (void)err;
  if (text.n) {
    buf_reset(&d->drafts->find);
    buf_add_slice(&d->drafts->find, text);
  }
  find_next(d);
  return true;
}

void act_edit_find(struct ui *ui, struct view *v, int count) {
  struct draft *d = ((struct edit_view *)v)->draft;
  (void)count;
  if (!edit_is_out(ui, d)) {
    prompt_open(ui, &(struct prompt_options){.label = editor_in_hex(d->editor) ? "find (text, or 0x0d0a): " : "find: ",
                                             .accept = d->drafts->find.n ? "find; empty: the same again" : "find",
                                             .cancel = "leave",
                                             .history = &ui->finds,
                                             .taken = find_taken,
                                             .arg = d});
  }
}

void act_edit_find_next(struct ui *ui, struct view *v, int count) {
  struct draft *d = ((struct edit_view *)v)->draft;
  if (edit_is_out(ui, d))
    return;
  if (d->drafts->find.n == 0)
    act_edit_find(ui, v, count);
  else
    find_next(d);
}

static void replace_end(struct draft *d, void *task) {
  struct ui *ui = d->drafts->ui;
  if (editor_refusal(d->editor))
    ui_warn(ui, "nothing was replaced: %s", editor_refusal(d->editor));
  else if (editor_task_count(task) == 0)
    not_found(ui, buf_slice(&d->drafts->replace));
  else
    ui_say(ui, "%zu replaced; Alt-U undoes it", editor_task_count(task));
}

static const struct edit_work_ops replacing = {"replacing", task_step, task_percent, replace_end, task_free};

static bool with_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  struct draft *d = arg;
  (void)ui;
  (void)err;
  struct buf side = BUF_INIT, side_with = BUF_INIT;
  bool exact, unused;
  struct slice what = meant(d, buf_slice(&d->drafts->replace), &side, &exact);
  struct editor_task *task = editor_replace_begin(d->editor, what, meant(d, text, &side_with, &unused));
  if (exact)
    editor_task_exact(task);
  edit_work_start(d, &replacing, task);
  buf_clear(&side);
  buf_clear(&side_with);
  return true;
}

static bool replace_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  struct draft *d = arg;
  if (text.n == 0)
    return err_set(err, "what is to be replaced?");
  buf_reset(&d->drafts->replace);
  buf_add_slice(&d->drafts->replace, text);
  prompt_open(ui, &(struct prompt_options){.label = editor_in_hex(d->editor) ? "replace with (text, or 0x0d0a): "
                                                                             : "replace with: ",
                                           .accept = "replace all",
                                           .cancel = "leave",
                                           .history = &d->drafts->with,
                                           .taken = with_taken,
                                           .arg = d});
  return true;
}

void act_edit_replace(struct ui *ui, struct view *v, int count) {
  struct draft *d = ((struct edit_view *)v)->draft;
  (void)count;
  if (!edit_is_out(ui, d)) {
    prompt_open(
        ui, &(struct prompt_options){.label = editor_in_hex(d->editor) ? "replace (text, or 0x0d0a): " : "replace: ",
                                     .accept = "go on",
                                     .cancel = "leave",
                                     .history = &ui->finds,
                                     .taken = replace_taken,
                                     .arg = d});
  }
}
