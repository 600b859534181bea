/* Break here (b, B): an intercept made from the flow under the cursor. */
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/list_row.h"
#include "ui/selection.h"
#include "ui/ui_state.h"
#include "ui/undo_kinds.h"
#include "weir/base/mem.h"

/* "POST path=/login host=shop.test": the query is left out, since it differs from one request to the next. */
static void put_likeness(struct buf *out, const struct flow *f) {
  static const enum filter_aspect aspect[] = {FILTER_BY_METHOD, FILTER_BY_PATH, FILTER_BY_HOST};
  for (size_t i = 0; i < sizeof aspect / sizeof *aspect; i++) {
    struct buf term = BUF_INIT;
    bool path = aspect[i] == FILTER_BY_PATH;
    if (path && (flow_path(f).n == 0 || flow_path(f).p[0] != '/'))
      continue; /* CONNECT and OPTIONS * have none */
    if (aspect[i] == FILTER_BY_METHOD && slice_eq(flow_method(f), SLICE("CONNECT")))
      continue; /* what is in the tunnel is meant */
    if (filter_term_of(f, aspect[i], &term, NULL)) {
      if (out->n > 0)
        buf_add_byte(out, ' ');
      buf_add_slice(out, buf_slice(&term));
    }
    buf_clear(&term);
  }
}

static const struct rule *find_text(const struct rules *rules, const char *text) {
  const struct rule *x;
  for (size_t i = 0; (x = intercept_nth(rules, i)) != NULL; i++)
    if (strcmp(x->text, text) == 0)
      return x;
  return NULL;
}

/* "POST shop.test:8080/login", as it is said: with the port wherever the condition has it. */
static void put_name(struct buf *out, const struct flow *f) {
  struct slice path = flow_path(f);
  ptrdiff_t query = slice_find_byte(path, '?');
  buf_add_slice(out, flow_method(f));
  buf_add_byte(out, ' ');
  row_host(f, out);
  buf_add_slice(out, query >= 0 ? slice_sub(path, 0, (size_t)query) : path);
}

static void set_break(struct ui *ui, const struct flow *f, bool once) {
  struct buf text = BUF_INIT, name = BUF_INIT;
  struct err err = ERR_INIT;
  put_likeness(&text, f);
  put_name(&name, f);
  if (once)
    buf_add_text(&text, " once");
  const struct rule *there = find_text(ui->w->rules, buf_text(&text));
  if (there != NULL && there->on && intercept_enabled(ui->w->rules)) {
    ui_say(ui, once ? "the next %.80s is going to be paused already" : "every %.80s is being paused already",
           buf_text(&name));
    goto out;
  }
  undo_begin(ui->undo, "break at %.50s", buf_text(&name));
  undo_rules(ui);
  if (there != NULL) {
    intercept_switch(ui->w->rules, there->id, true);
  } else if (intercept_add(ui->w->rules, buf_text(&text), &err) == 0) {
    undo_cancel(ui->undo);
    ui_warn(ui, "%s", err.text);
    goto out;
  }
  undo_end(ui->undo);
  ui_say(ui,
         once ? "the next %.80s will be paused, once; u takes that back"
              : "every %.80s will be paused; u takes that back",
         buf_text(&name));
out:
  buf_clear(&text);
  buf_clear(&name);
}

static void break_here(struct ui *ui, struct view *v, bool once) {
  const struct flow *f = selection_single(ui, v);
  if (f == NULL)
    return;
  if (f->request.head.raw == NULL)
    ui_say(ui, "#%llu has no request that could come again", (unsigned long long)f->id);
  else
    set_break(ui, f, once);
}

void act_break_once(struct ui *ui, struct view *v, int count) {
  (void)count;
  break_here(ui, v, true);
}

void act_break_always(struct ui *ui, struct view *v, int count) {
  (void)count;
  break_here(ui, v, false);
}
