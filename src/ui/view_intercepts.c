/* The intercepts in force, and those that are off: each switched, changed and taken out by a key. */
#include <stdio.h>
#include <stdlib.h>

#include "ui/actions.h"
#include "ui/go.h"
#include "ui/list_row.h"
#include "ui/ui_state.h"
#include "ui/undo_kinds.h"
#include "weir/base/mem.h"

struct intercepts_view {
  struct view view;
  size_t place, top;
  struct rect list;
};

static struct intercepts_view *self(struct view *v) {
  return (struct intercepts_view *)v;
}

static const struct rule *chosen(struct ui *ui, const struct view *v) {
  const struct rule *x = intercept_nth(ui->w->rules, ((const struct intercepts_view *)v)->place);
  if (x == NULL)
    ui_say(ui, "there is no intercept; o makes one");
  return x;
}

static void walk(struct ui *ui, struct view *v, long steps) {
  long n = (long)intercept_count(ui->w->rules), place = (long)self(v)->place + steps;
  place = place >= n ? n - 1 : place;
  self(v)->place = place < 0 ? 0 : (size_t)place;
}

static void go(struct ui *ui, struct view *v, enum stride stride, long times) {
  walk(ui, v, go_rows(stride, times, 1));
}

/* ---- acts ---- */

static void toggle(struct ui *ui, struct view *v, int count) {
  const struct rule *x = chosen(ui, v);
  (void)count;
  if (x == NULL)
    return;
  bool on = !(x->on && intercept_enabled(ui->w->rules));
  undo_begin(ui->undo, "intercept %s", on ? "on" : "off");
  undo_rules(ui);
  undo_end(ui->undo);
  ui_say(ui, on ? "on: %.80s" : "off: %.80s", x->condition);
  intercept_switch(ui->w->rules, x->id, on);
}

static void take_out(struct ui *ui, struct view *v, int count) {
  const struct rule *x = chosen(ui, v);
  (void)count;
  if (x == NULL)
    return;
  undo_begin(ui->undo, "take out an intercept");
  undo_rules(ui);
  undo_end(ui->undo);
  ui_say(ui, "taken out: %.80s; u brings it back", x->condition);
  intercept_remove(ui->w->rules, x->id);
}

static void responses(struct ui *ui, struct view *v, int count) {
  const struct rule *x = chosen(ui, v);
  (void)count;
  if (x == NULL)
    return;
  undo_begin(ui->undo, "pause %s", x->responses ? "requests only" : "responses too");
  undo_rules(ui);
  undo_end(ui->undo);
  ui_say(ui, x->responses ? "requests only: %.80s" : "responses too: %.80s", x->condition);
  intercept_pause_responses(ui->w->rules, x->id, !x->responses);
}

static void change(struct ui *ui, struct view *v, int count) {
  const struct rule *x = chosen(ui, v);
  (void)count;
  if (x != NULL)
    intercept_prompt(ui, x);
}

static void another(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  intercept_prompt(ui, NULL);
}

static const struct binding intercepts_bindings[] = {
    GO_ROWS("next intercept", "intercept before"),
    GO_ENDS("first", "last"),
    {"intercept-switch", "Space", "on/off", "this intercept on and off", "INTERCEPTS", toggle, NULL},
    {"intercept-change", "i Enter e", "change", "change its text", "INTERCEPTS", change, NULL},
    {"intercept-add", "o", "another", "one more", "INTERCEPTS", another, NULL},
    {"intercept-remove", "d", "take out", "take it out", "INTERCEPTS", take_out, NULL},
    {"intercept-responses", "H", "responses", "its responses too, or requests only", "INTERCEPTS", responses, NULL},
    {"intercept-toggle", "I", "all on/off", "all of them on and off", "INTERCEPTS", act_intercept_toggle, NULL},
    {"undo", "u", NULL, "take back what changed last", "INTERCEPTS", act_undo, NULL},
    {"redo", "Ctrl-R", NULL, "do again what u took back", "INTERCEPTS", act_redo, NULL},
    {"back", "q Esc h Left", "back", "back", "MOVE", go_back, NULL},
    {.keys = NULL},
};

/* ---- drawing ---- */

static void intercepts_layout(struct ui *ui, struct view *v, struct rect r) {
  struct intercepts_view *l = self(v);
  l->list = (struct rect){r.x, r.y + 1, r.w, r.h - 1};
  walk(ui, v, 0);
  l->top = scroll_to(l->top, l->place, intercept_count(ui->w->rules), l->list.h);
}

static void put_end(const struct rule *x, struct buf *out) {
  static const char *const words[] = {"waits", "send after", "drop after", "504 after"};
  char time[24];
  buf_add_text(out, words[x->end]);
  if (x->end != PAUSE_WAITS)
    buf_printf(out, " %s", words_wait(x->after, time, sizeof time));
}

static const char *what(const struct rule *x) {
  bool of_response = filter_speaks_of_response(x->filter);
  return of_response ? "responses" : x->responses ? "both" : "requests";
}

#define RIGHT_W 44 /* columns right of the condition */

static void draw_one(const struct ui *ui, struct canvas *c, struct rect row, const struct rule *x, bool selected) {
  bool in_force = x->on && intercept_enabled(ui->w->rules);
  enum role role = in_force ? ROLE_TEXT : ROLE_DIM;
  bool wide = row.w >= 2 * SMALLEST_W;
  struct rect condition = {row.x + 7, row.y, row.w - 7 - (wide ? RIGHT_W + 1 : 7), 1};
  canvas_print(c, row, row.x, row.y, role, "%s %-3s", selected ? ">" : " ", in_force ? "on" : "off");
  canvas_text(c, condition, condition.x, row.y, role, slice_of(x->condition));
  if (wide) {
    struct buf end = BUF_INIT;
    put_end(x, &end);
    canvas_print(c, row, row.x + row.w - RIGHT_W, row.y, role, "%-6s  %-9s  %5llu  %s", x->once ? "once" : "always",
                 what(x), (unsigned long long)x->hits, buf_text(&end));
    buf_clear(&end);
  } else {
    canvas_print(c, row, row.x + row.w - 6, row.y, role, "%s", x->once ? "once" : "always");
  }
  if (selected) {
    canvas_role(c, row, ROLE_SELECTED);
    canvas_cursor(c, row.x, row.y);
  }
}

static void intercepts_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct intercepts_view *l = (const struct intercepts_view *)v;
  const struct rule *x;
  canvas_text(c, r, r.x + 2, r.y, ROLE_DIM, SLICE("     INTERCEPT"));
  if (r.w >= 2 * SMALLEST_W)
    canvas_text(c, r, r.x + r.w - RIGHT_W, r.y, ROLE_DIM, SLICE("HOW     PAUSES      HITS  IF NOBODY LETS GO"));
  for (int i = 0; i < l->list.h && (x = intercept_nth(ui->w->rules, l->top + (size_t)i)) != NULL; i++)
    draw_one(ui, c, (struct rect){l->list.x, l->list.y + i, l->list.w, 1}, x, l->top + (size_t)i == l->place);
  if (intercept_count(ui->w->rules) == 0)
    canvas_text(c, r, r.x + 2, r.y + 1, ROLE_TEXT, SLICE("no intercepts: o makes one; so do i, b and B on a flow"));
}

static void intercepts_message(const struct view *v, const struct ui *ui, struct buf *out) {
  const struct rule *x = intercept_nth(ui->w->rules, ((const struct intercepts_view *)v)->place);
  if (x != NULL)
    buf_add_text(out, x->text);
}

static bool intercepts_key(struct ui *ui, struct view *v, const struct key *key) {
  struct intercepts_view *l = self(v);
  if (key->code != KEY_MOUSE_)
    return false;
  long rows = key_wheel(key);
  if (rows != 0)
    walk(ui, v, rows);
  else if (key->button == 1 && key->y >= l->list.y && key->y < l->list.y + l->list.h)
    walk(ui, v, (long)l->top + key->y - l->list.y - (long)l->place);
  return true;
}

static void intercepts_free(struct ui *ui, struct view *v) {
  (void)ui;
  free(v);
}

const struct view_ops intercepts_view_ops = {
    .name = "intercepts",
    .bindings = intercepts_bindings,
    .draw = intercepts_draw,
    .go = go,
    .key = intercepts_key,
    .layout = intercepts_layout,
    .message = intercepts_message,
    .free = intercepts_free,
};

void act_intercepts(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (v->ops == &intercepts_view_ops) {
    ui_say(ui, "these are the intercepts");
    return;
  }
  struct intercepts_view *l = mem_zero(1, sizeof *l);
  view_init(&l->view, &intercepts_view_ops);
  ui_push(ui, &l->view);
}
