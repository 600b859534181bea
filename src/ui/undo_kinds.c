#include "ui/undo_kinds.h"

#include <stdlib.h>

#include "ui/ui_state.h"
#include "weir/base/mem.h"

/* ---- notes and marks ---- */

struct about_flow {
  uint64_t id;
  char *note;
  bool marked;
};

static struct flow *changed_flow(struct ui *ui, const struct about_flow *c, struct undo_told *told) {
  struct flow *f = store_get(ui_store(ui), c->id);
  told->flow = f != NULL ? c->id : 0;
  if (f == NULL)
    err_set(&told->why, "#%llu is gone", (unsigned long long)c->id);
  return f;
}

static bool swap_note(struct ui *ui, void *data, struct undo_told *told) {
  struct about_flow *c = data;
  struct flow *f = changed_flow(ui, c, told);
  if (f == NULL)
    return false;
  char *now = f->note;
  f->note = c->note;
  c->note = now;
  store_touch(ui_store(ui), f, FLOW_CHANGED_NOTE);
  return true;
}

static bool swap_mark(struct ui *ui, void *data, struct undo_told *told) {
  struct about_flow *c = data;
  struct flow *f = changed_flow(ui, c, told);
  if (f == NULL)
    return false;
  bool now = f->marked;
  if (!store_mark(ui_store(ui), f, c->marked, &told->why))
    return false;
  c->marked = now;
  return true;
}

static void free_about_flow(void *data) {
  struct about_flow *c = data;
  free(c->note);
  free(c);
}

static size_t note_cost(const void *data) {
  const struct about_flow *c = data;
  return c->note != NULL ? mem_cost(c->note) : 0;
}

static const struct undo_change_ops note_ops = {swap_note, free_about_flow, note_cost, NULL};
static const struct undo_change_ops mark_ops = {swap_mark, free_about_flow, NULL, NULL};

void undo_note(struct ui *ui, const struct flow *f) {
  struct about_flow *c = mem_zero(1, sizeof *c);
  c->id = f->id;
  c->note = f->note != NULL ? mem_dup(f->note) : NULL;
  undo_add(ui->undo, &note_ops, c);
}

void undo_mark(struct ui *ui, const struct flow *f) {
  struct about_flow *c = mem_zero(1, sizeof *c);
  c->id = f->id;
  c->marked = f->marked;
  undo_add(ui->undo, &mark_ops, c);
}

/* ---- edits ---- */

struct edit_change {
  uint64_t id;
  enum flow_side side;
  struct flow_edit *edit; /* what stood in the place of the message; NULL: the message as it came */
};

static bool swap_edit(struct ui *ui, void *data, struct undo_told *told) {
  struct edit_change *c = data;
  told->flow = c->id;
  return proxy_edit_swap(ui_proxy(ui), c->id, c->side, &c->edit, &told->why);
}

static void free_edit(void *data) {
  struct edit_change *c = data;
  flow_edit_free(c->edit);
  free(c);
}

static size_t edit_cost(const void *data) {
  const struct edit_change *c = data;
  return c->edit != NULL ? mem_cost(c->edit) + mem_cost(c->edit->head.raw) + (size_t)c->edit->body.kept : 0;
}

static const struct undo_change_ops edit_ops = {swap_edit, free_edit, edit_cost, NULL};

void undo_edit(struct ui *ui, const struct flow *f, enum flow_side side) {
  struct edit_change *c = mem_zero(1, sizeof *c);
  c->id = f->id;
  c->side = side;
  c->edit = flow_edit_copy(flow_side_const(f, side)->sent);
  undo_add(ui->undo, &edit_ops, c);
}

/* ---- the order of the list ---- */

struct sort_change {
  struct datum *by;
  bool reverse;
};

static bool swap_sort(struct ui *ui, void *data, struct undo_told *told) {
  struct sort_change *c = data;
  bool reverse;
  (void)told;
  struct datum *now = datum_copy(filter_index_sorted(ui->index, &reverse));
  filter_index_sort(ui->index, c->by, c->reverse);
  ui->following = ui->following && c->by == NULL;
  c->by = now;
  c->reverse = reverse;
  ui_dirty(ui);
  return true;
}

static void free_sort(void *data) {
  struct sort_change *c = data;
  datum_free(c->by);
  free(c);
}

static const struct undo_change_ops sort_ops = {swap_sort, free_sort, NULL, NULL};

void undo_sort(struct ui *ui) {
  struct sort_change *c = mem_zero(1, sizeof *c);
  c->by = datum_copy(filter_index_sorted(ui->index, &c->reverse));
  undo_add(ui->undo, &sort_ops, c);
}

/* ---- rules, and intercepts among them ---- */

static bool swap_rules(struct ui *ui, void *data, struct undo_told *told) {
  (void)told;
  rules_swap(ui->w->rules, data);
  return true;
}

static void free_rules(void *data) {
  rules_free(data);
}

/* A break that fired is gone, and its step with it. */
static bool rules_moot(const struct ui *ui, const void *data) {
  return rules_alike(ui->w->rules, data);
}

static const struct undo_change_ops rules_ops = {swap_rules, free_rules, NULL, rules_moot};

void undo_rules(struct ui *ui) {
  undo_add(ui->undo, &rules_ops, rules_copy(ui->w->rules));
}

/* ---- what is said of a host ---- */

struct host_change {
  undo_host_fn *set;
  char *host;
  bool on;
};

static bool swap_host(struct ui *ui, void *data, struct undo_told *told) {
  struct host_change *c = data;
  (void)told;
  c->set(ui_proxy(ui), c->host, c->on);
  c->on = !c->on;
  return true;
}

static void free_host(void *data) {
  struct host_change *c = data;
  free(c->host);
  free(c);
}

static const struct undo_change_ops host_ops = {swap_host, free_host, NULL, NULL};

void undo_host(struct ui *ui, undo_host_fn *set, const char *host, bool now) {
  struct host_change *c = mem_zero(1, sizeof *c);
  c->set = set;
  c->host = mem_dup(host);
  c->on = now;
  undo_add(ui->undo, &host_ops, c);
}
