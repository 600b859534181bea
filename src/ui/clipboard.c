/* Copying, as the person sees it: the message says what, how much and by which way. */
#include <stdlib.h>

#include "ui/actions.h"
#include "ui/copy_ways.h"
#include "weir/base/mem.h"

struct copy { /* the one copy that is under way */
  struct ui *ui;
  struct copy_ways *ways;
  size_t n;
  const char *what;
};

static void on_result(void *arg, const struct copy_result *result) {
  struct copy *copy = arg;
  struct ui *ui = copy->ui;
  ui->copy = NULL;
  if (!result->ok)
    ui_warn(ui, "%s not copied: %s", copy->what, result->how);
  else if (result->path != NULL)
    ui_say(ui, "nothing here takes %zu bytes for the clipboard: %s is in %s", copy->n, copy->what, result->path);
  else
    ui_say(ui, "%s copied (%zu bytes, %s)", copy->what, copy->n, result->how);
  free(copy);
}

void clipboard_forget(struct ui *ui) {
  if (ui->copy == NULL)
    return;
  copy_cancel(ui->copy->ways);
  free(ui->copy);
  ui->copy = NULL;
}

void clipboard_put(struct ui *ui, struct slice text, const char *what) {
  struct buf copy = BUF_INIT;
  buf_add_slice(&copy, text);
  clipboard_take(ui, &copy, what);
}

void clipboard_take(struct ui *ui, struct buf *text, const char *what) {
  if (text->n == 0) {
    buf_clear(text);
    ui_say(ui, "nothing to copy");
    return;
  }
  clipboard_forget(ui);
  struct copy *copy = mem_zero(1, sizeof *copy);
  *copy = (struct copy){.ui = ui, .n = text->n, .what = what};
  const char *confdir = ui->w->options != NULL ? ui->w->options->confdir : NULL;
  struct copy_ways *ways = copy_start(ui->w->loop, ui->t, confdir, text, on_result, copy);
  if (ways == NULL)
    return; /* done, and the message was said */
  copy->ways = ways;
  ui->copy = copy;
}
