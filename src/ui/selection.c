#include "ui/selection.h"

#include "ui/actions.h"
#include "ui/ui_state.h"
#include "ui/undo.h"
#include "weir/base/vec.h"

#define TOUCH_MAX 1000 /* more changes at once than this are not told one by one */

static size_t place_in(const struct id_vec *ids, uint64_t id) {
  size_t low = 0, high = ids->n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (ids->v[middle] < id)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool has(const struct id_vec *ids, uint64_t id, size_t *place) {
  *place = place_in(ids, id);
  return *place < ids->n && ids->v[*place] == id;
}

static void put(struct id_vec *ids, uint64_t id) {
  size_t place;
  if (!has(ids, id, &place))
    VEC_INSERT(ids, place, id);
}

static bool take(struct id_vec *ids, uint64_t id) {
  size_t place;
  if (!has(ids, id, &place))
    return false;
  VEC_REMOVE(ids, place);
  return true;
}

size_t selection_count(const struct ui *ui) {
  return ui->selection.id.n;
}

/* ---- one flow in or out ---- */

static void set(struct ui *ui, struct flow *f, bool on, bool tell) {
  struct selection *s = &ui->selection;
  if (f->selected == on)
    return;
  f->selected = on;
  if (on) {
    put(&s->id, f->id);
    if (s->pin.n < SELECTION_PINS) {
      put(&s->pin, f->id);
      store_pin(ui_store(ui), f);
    }
  } else {
    take(&s->id, f->id);
    if (take(&s->pin, f->id))
      store_unpin(ui_store(ui), f);
  }
  if (tell)
    store_touch(ui_store(ui), f, FLOW_CHANGED_NOTE);
}

void selection_forget(struct ui *ui, struct flow *f) {
  struct selection *s = &ui->selection;
  if (s->range == f->id)
    s->range = 0;
  set(ui, f, false, false);
}

/* Many were changed without a word to each: the filter looks at all of them again. */
static void filter_again(struct ui *ui, size_t changed) {
  const struct filter *now = filter_index_filter(ui->index);
  if (changed > TOUCH_MAX && now != NULL)
    filter_index_set(ui->index, filter_compile(slice_of(filter_text(now)), NULL));
}

void selection_clear_all(struct ui *ui) {
  struct selection *s = &ui->selection;
  size_t n = s->id.n;
  s->range = 0;
  while (s->id.n > 0) {
    struct flow *f = store_get(ui_store(ui), s->id.v[s->id.n - 1]);
    if (f != NULL)
      set(ui, f, false, n <= TOUCH_MAX);
    else
      s->id.n--;
  }
  VEC_CLEAR(&s->id);
  VEC_CLEAR(&s->pin);
}

/* ---- undo ---- */

static bool swap_selection(struct ui *ui, void *data, struct undo_told *told) {
  struct id_vec *was = data, now = {0};
  struct selection *s = &ui->selection;
  (void)told;
  for (size_t i = 0; i < s->id.n; i++)
    VEC_PUSH(&now, s->id.v[i]);
  selection_clear_all(ui);
  for (size_t i = 0; i < was->n; i++) {
    struct flow *f = store_get(ui_store(ui), was->v[i]);
    if (f != NULL)
      set(ui, f, true, was->n <= TOUCH_MAX);
  }
  filter_again(ui, was->n > now.n ? was->n : now.n);
  free(was->v);
  *was = now;
  ui_dirty(ui);
  return true;
}

static void free_ids(void *data) {
  free(((struct id_vec *)data)->v);
  free(data);
}

static size_t cost_ids(const void *data) {
  const struct id_vec *ids = data;
  return ids->cap * sizeof *ids->v;
}

static const struct undo_change_ops selection_ops = {swap_selection, free_ids, cost_ids, NULL};

/* Within undo_begin() and undo_end(). */
static void remember(struct ui *ui) {
  struct id_vec *was = mem_zero(1, sizeof *was);
  for (size_t i = 0; i < ui->selection.id.n; i++)
    VEC_PUSH(was, ui->selection.id.v[i]);
  undo_add(ui->undo, &selection_ops, was);
}

/* ---- ranges ---- */

bool selection_range(const struct ui *ui, size_t *from, size_t *to) {
  bool begin = false, end = false;
  if (ui->selection.range == 0)
    return false;
  size_t a = filter_index_place(ui->index, ui->selection.range, &begin);
  size_t b = filter_index_place(ui->index, ui->cursor, &end);
  if (!begin || !end)
    return false;
  *from = a < b ? a : b;
  *to = a < b ? b : a;
  return true;
}

static size_t select_rows(struct ui *ui, size_t from, size_t to) {
  size_t before = selection_count(ui), rows = to - from + 1;
  for (size_t i = from; i <= to; i++) {
    struct flow *f = store_get(ui_store(ui), filter_index_nth(ui->index, i));
    if (f != NULL)
      set(ui, f, true, rows <= TOUCH_MAX);
  }
  filter_again(ui, rows);
  return selection_count(ui) - before;
}

static void end_range(struct ui *ui) {
  size_t from, to;
  if (selection_range(ui, &from, &to)) {
    undo_begin(ui->undo, "select %zu flow%s", to - from + 1, to > from ? "s" : "");
    remember(ui);
    undo_end(ui->undo);
    select_rows(ui, from, to);
  }
  ui->selection.range = 0;
}

bool selection_targets(struct ui *ui, const struct view *v, struct id_vec *ids) {
  *ids = (struct id_vec){0};
  if (v->ops != &list_view_ops)
    return false;
  end_range(ui);
  for (size_t i = 0; i < ui->selection.id.n; i++) {
    bool listed;
    filter_index_place(ui->index, ui->selection.id.v[i], &listed);
    if (listed)
      VEC_PUSH(ids, ui->selection.id.v[i]);
  }
  return ids->n > 0;
}

struct flow *selection_single(struct ui *ui, struct view *v) {
  struct flow *f = act_target(ui, v);
  struct id_vec ids;
  bool some = f != NULL && selection_targets(ui, v, &ids);
  if (!some || f->selected) {
    if (some)
      VEC_CLEAR(&ids);
    return f;
  }
  ui_say(ui, "for one flow only; #%llu is not selected: ( ) go to the %zu that are, Esc unselects",
         (unsigned long long)f->id, ids.n);
  VEC_CLEAR(&ids);
  return NULL;
}

/* ---- acts ---- */

static void say_count(struct ui *ui) {
  size_t n = selection_count(ui);
  if (n > 0)
    ui_say(ui, "%zu selected for copy, write, replay, resume, delete, mark, note; Esc unselects", n);
  else
    ui_say(ui, "nothing is selected any more");
}

/* As in file browsers the cursor goes on, so that several are selected by the same key. */
void act_select(struct ui *ui, struct view *v, int count) {
  for (long i = view_times(count); i > 0; i--) {
    struct flow *f = act_target(ui, v);
    if (f == NULL)
      return;
    undo_begin(ui->undo, f->selected ? "unselect #%llu" : "select #%llu", (unsigned long long)f->id);
    remember(ui);
    undo_end(ui->undo);
    set(ui, f, !f->selected, true);
    uint64_t was = ui->cursor;
    list_walk(ui, 1);
    if (ui->cursor == was)
      break;
  }
  say_count(ui);
}

void act_select_range(struct ui *ui, struct view *v, int count) {
  const struct flow *f = act_target(ui, v);
  (void)count;
  if (f == NULL)
    return;
  if (ui->selection.range != 0) {
    end_range(ui);
    say_count(ui);
    return;
  }
  ui->selection.range = f->id;
  ui_say(ui, "a range from #%llu to the cursor: move, then act; V keeps it, Esc leaves it", (unsigned long long)f->id);
  ui->following = false;
}

void act_select_all(struct ui *ui, struct view *v, int count) {
  size_t n = filter_index_count(ui->index);
  (void)v;
  (void)count;
  ui->selection.range = 0;
  if (n == 0) {
    ui_say(ui, "there are no flows in the list");
    return;
  }
  undo_begin(ui->undo, "select all %zu", n);
  remember(ui);
  undo_end(ui->undo);
  select_rows(ui, 0, n - 1);
  say_count(ui);
}

void act_select_none(struct ui *ui, struct view *v, int count) {
  size_t n = selection_count(ui);
  (void)v;
  (void)count;
  if (ui->selection.range != 0) {
    ui->selection.range = 0;
    ui_say(ui, "no range");
    return;
  }
  if (n == 0) {
    ui_say(ui, "nothing is selected");
    return;
  }
  undo_begin(ui->undo, "unselect %zu flow%s", n, n == 1 ? "" : "s");
  remember(ui);
  undo_end(ui->undo);
  selection_clear_all(ui);
  filter_again(ui, n);
  say_count(ui);
}

static void walk_marked(struct ui *ui, bool forward) {
  bool exact;
  size_t n = filter_index_count(ui->index), place = filter_index_place(ui->index, ui->cursor, &exact);
  if (!exact && forward)
    place--; /* the one that stands in its place counts: it wraps and comes back */
  while (forward ? ++place < n : place-- > 0) {
    uint64_t id = filter_index_nth(ui->index, place);
    const struct flow *f = store_get(ui_store(ui), id);
    if (f != NULL && (f->marked || f->selected)) {
      list_select(ui, id);
      return;
    }
  }
  ui_say(ui, "nothing marked or selected further %s", forward ? "down" : "up");
}

void act_next_marked(struct ui *ui, struct view *v, int count) {
  (void)v;
  for (long i = view_times(count); i > 0; i--)
    walk_marked(ui, true);
}

void act_previous_marked(struct ui *ui, struct view *v, int count) {
  (void)v;
  for (long i = view_times(count); i > 0; i--)
    walk_marked(ui, false);
}
