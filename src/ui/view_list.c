/* The flow list: what passes, as it passes. The cursor is a flow, not a row; follow mode is a state said in words. */
#include <stdlib.h>

#include "ui/colours.h"
#include "ui/columns.h"
#include "ui/editor_pane.h"
#include "ui/go.h"
#include "ui/jumps.h"
#include "ui/layout.h"
#include "ui/list_row.h"
#include "ui/pane.h"
#include "ui/row_waterfall.h"
#include "ui/search.h"
#include "ui/sort_acts.h"
#include "ui/ui_state.h"
#include "weir/base/mem.h"
#include "weir/base/vec.h"
#include "weir/http/url.h"

struct list_view {
  struct view view;
  uint64_t top_id; /* the flow in the first row: rows that leave above it move nothing */
  size_t top;
  int rows;
  struct rect list, preview; /* preview.h 0: none */
  bool on_split;             /* the mouse was pressed on the line between them */
  uint64_t shown;            /* in the preview: the flow under the cursor, or the nearest that passes the filter */
  struct pane request, response;
};

static struct list_view *self(struct view *v) {
  return (struct list_view *)v;
}

static struct list_view *list_of(struct ui *ui) {
  return (struct list_view *)ui_find_view(ui, &list_view_ops);
}

static size_t place_of(const struct ui *ui, uint64_t id, bool *exact) {
  return filter_index_place(ui->index, id, exact);
}

/* The flow under the cursor, where it is in the list. */
static uint64_t list_flow(const struct view *v, const struct ui *ui) {
  bool exact = false;
  (void)v;
  if (ui->cursor != 0)
    place_of(ui, ui->cursor, &exact);
  return exact ? ui->cursor : 0;
}

/* ---- moving ---- */

void list_select(struct ui *ui, uint64_t id) {
  ui->cursor = id;
  ui->following = false;
  ui_dirty(ui);
}

/* Does the list follow what comes, and at which end? */
static bool at_front(const struct ui *ui) {
  bool reverse;
  filter_index_sorted(ui->index, &reverse);
  return reverse;
}

static bool out_of_sight(const struct ui *ui, const struct list_view *l, size_t place) {
  return ui->following && l->rows > 0 && (place < l->top || place >= l->top + (size_t)l->rows);
}

/* What nobody sees is not acted on: the rows went on while the list followed. */
bool list_show_cursor(struct ui *ui, const struct view *v) {
  bool exact;
  size_t place = place_of(ui, ui->cursor, &exact);
  if (v->ops != &list_view_ops || !exact || !out_of_sight(ui, (const struct list_view *)v, place))
    return false;
  list_select(ui, ui->cursor);
  ui_say(ui, "#%llu is selected, it was out of sight: press again", (unsigned long long)ui->cursor);
  return true;
}

/* In follow mode the rows may have moved on without the cursor: it takes up at the edge that is in sight. */
static size_t cursor_place(struct ui *ui, bool down) {
  struct list_view *l = list_of(ui);
  bool exact;
  size_t place = place_of(ui, ui->cursor, &exact), count = filter_index_count(ui->index);
  if (l != NULL && out_of_sight(ui, l, place)) {
    size_t last = l->top + (size_t)l->rows - 1;
    place = down ? l->top : last < count ? last : count - 1;
  }
  return place < count ? place : count - 1;
}

void list_walk(struct ui *ui, long steps) {
  size_t count = filter_index_count(ui->index);
  ui->walked = true;
  if (count == 0)
    return;
  long place = (long)cursor_place(ui, steps > 0) + steps;
  if (place >= (long)count)
    place = (long)count - 1;
  list_select(ui, filter_index_nth(ui->index, place > 0 ? (size_t)place : 0));
}

static bool walk_failure(struct ui *ui, bool forward) {
  size_t count = filter_index_count(ui->index);
  if (count == 0 || store_stats(ui_store(ui)).failures == 0)
    return false;
  size_t place = cursor_place(ui, forward);
  while (forward ? ++place < count : place-- > 0) {
    uint64_t id = filter_index_nth(ui->index, place);
    const struct flow *f = store_get(ui_store(ui), id);
    if (f != NULL && flow_is_failure(f)) {
      list_select(ui, id);
      return true;
    }
  }
  return false;
}

static long page_rows(struct view *v) {
  return self(v)->rows > 2 ? self(v)->rows - 1 : 1;
}

static void go(struct ui *ui, struct view *v, enum stride stride, long times) {
  list_walk(ui, go_rows(stride, times, page_rows(v)));
}

static void go_row(struct ui *ui, int count) {
  size_t n = filter_index_count(ui->index);
  if (n > 0)
    list_select(ui, filter_index_nth(ui->index, (size_t)count <= n ? (size_t)count - 1 : n - 1));
}

static void first_row(struct ui *ui, struct view *v, int count) {
  (void)v;
  go_row(ui, count > 0 ? count : 1);
}

static void last_row(struct ui *ui, struct view *v, int count) {
  size_t n = filter_index_count(ui->index);
  (void)v;
  if (count > 0) {
    go_row(ui, count);
    return;
  }
  if (n > 0)
    ui->cursor = filter_index_nth(ui->index, n - 1);
  ui->following = sort_follows(ui) && !at_front(ui);
  if (!ui->following)
    ui_say(ui, "new flows are followed where the list is sorted by number: sn");
  ui_dirty(ui);
}

void list_next_failure(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  if (!walk_failure(ui, true))
    ui_say(ui, "no failure further down");
}

void list_previous_failure(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  if (!walk_failure(ui, false))
    ui_say(ui, "no failure further up");
}

static void open_flow(struct ui *ui, struct view *v, int count) {
  uint64_t id = list_flow(v, ui);
  (void)count;
  if (list_show_cursor(ui, v))
    return;
  if (id != 0)
    ui_push(ui, detail_view_new(ui, id));
  else
    ui_say(ui, "there is no flow to open yet");
}

static void quit(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  ui_quit(ui, true);
}

static void move_split(struct ui *ui, struct view *v, int by) {
  if (self(v)->preview.h == 0)
    ui_say(ui, "there is no preview beside the list");
  else
    layout_set_split(ui, ui->split + by);
}

static void split_up(struct ui *ui, struct view *v, int count) {
  move_split(ui, v, 5 * (int)view_times(count < 20 ? count : 20));
}

static void split_down(struct ui *ui, struct view *v, int count) {
  move_split(ui, v, -5 * (int)view_times(count < 20 ? count : 20));
}

/* The line between list and preview goes with the pointer. */
static bool list_drag(struct ui *ui, struct view *v, const struct key *key) {
  const struct list_view *l = self(v);
  int h = l->list.h + l->preview.h;
  if (!l->on_split || l->preview.h == 0)
    return false;
  layout_set_split(ui, ((l->list.y + h - key->y) * 100 + h - 1) / h);
  return true;
}

static bool any_flow(const struct ui *ui, const struct view *v) {
  (void)v;
  return filter_index_count(ui->index) > 0;
}

static const struct binding list_bindings[] = {
    {"flow-open", "Enter l Right", "open", "open the flow", "MOVE", open_flow, any_flow, "no flow yet"},
    GO_ROWS("next", "previous"),
    GO_HALVES(""),
    GO_PAGES(""),
    {"go-first", "gg Home", NULL, "first; with a number: that row", "MOVE", first_row, NULL},
    {"go-last", "G End", NULL, "last, and follow what comes", "MOVE", last_row, NULL},
    {"failure-next", "}", NULL, "next failure", "MOVE", list_next_failure, NULL},
    {"failure-previous", "{", NULL, "previous failure", "MOVE", list_previous_failure, NULL},
    {"jump-back", "Backspace", NULL, "back to where the cursor was before it jumped", "MOVE", act_jump_back, jump_any,
     "the cursor has not jumped"},
    {"search", "/", "search", "search URLs, headers and bodies of all flows", "FIND", act_search, any_flow,
     "no flow yet"},
    {"search-next", "n", NULL, "next flow where it was found", "FIND", act_search_next, NULL},
    {"search-previous", "N", NULL, "the one before", "FIND", act_search_previous, NULL},
    {"select", "Space", NULL, "select, or not, and go on", "SELECT", act_select, any_flow, "no flow yet"},
    {"select-range", "V", NULL, "select a range: move, V again", "SELECT", act_select_range, any_flow, "no flow yet"},
    {"select-all", "*", NULL, "select all of the list", "SELECT", act_select_all, any_flow, "no flow yet"},
    {"select-none", "Esc", NULL, "unselect", "SELECT", act_select_none, NULL},
    {"marked-next", ")", NULL, "next marked or selected", "MOVE", act_next_marked, any_flow, "no flow yet"},
    {"marked-previous", "(", NULL, "previous marked or selected", "MOVE", act_previous_marked, any_flow, "no flow yet"},
    {"layout-next", "\\", NULL, "layout: list, list with preview, the flow alone", "SCREEN", act_layout_next, NULL},
    {"split-up", "<", NULL, "larger preview", "SCREEN", split_up, any_flow, "no flow yet"},
    {"split-down", ">", NULL, "smaller preview", "SCREEN", split_down, any_flow, "no flow yet"},
    {"time-column", "t", NULL, "the column with the time of day, or not", "SCREEN", act_time_column, NULL},
    {"sort-number", "sn", NULL, "number", "SORT", act_sort_number, NULL},
    {"sort-time", "st", NULL, "time of day", "SORT", act_sort_time, NULL},
    {"sort-duration", "sd", NULL, "duration, longest first", "SORT", act_sort_duration, NULL},
    {"sort-size", "ss", NULL, "size, largest first", "SORT", act_sort_size, NULL},
    {"sort-status", "sc", NULL, "status code, largest first", "SORT", act_sort_status, NULL},
    {"sort-host", "sh", NULL, "host", "SORT", act_sort_host, NULL},
    {"sort-path", "sp", NULL, "path", "SORT", act_sort_path, NULL},
    {"sort-method", "sm", NULL, "method", "SORT", act_sort_method, NULL},
    {"back", "q", NULL, "quit; asks once when something would be lost", "PROGRAM", quit, NULL},
    {.keys = NULL},
};

/* ---- layout ---- */

static void split(struct ui *ui, struct list_view *l, struct rect r) {
  bool preview = ui_roomy(ui) && r.w >= ROOMY_W && ui->layout == LAYOUT_PREVIEW && filter_index_count(ui->index) > 0;
  int h = preview ? r.h * ui->split / 100 : 0;
  l->list = (struct rect){r.x, r.y, r.w, r.h - h};
  l->preview = (struct rect){r.x, r.y + r.h - h, r.w, h};
  int title = r.w >= ROW_MEDIUM ? 1 : 0;
  l->rows = l->list.h > title ? l->list.h - title : 0;
}

/* A new order has been made: its top is what was wanted. */
static void settle_order(struct ui *ui, struct list_view *l) {
  if (!ui->to_top || filter_index_sorting(ui->index, NULL))
    return;
  ui->to_top = false;
  if (filter_index_count(ui->index) > 0)
    ui->cursor = filter_index_nth(ui->index, 0);
  l->top_id = ui->cursor;
}

static void settle_cursor(struct ui *ui, const struct list_view *l, size_t count) {
  unsigned percent;
  bool exact;
  /* While a filter is typed or applied the cursor waits: Esc must find it where it was. */
  if (count == 0 || ui->top != &l->view || filter_index_busy(ui->index, &percent))
    return;
  size_t place = place_of(ui, ui->cursor, &exact);
  if (!exact)
    ui->cursor = filter_index_nth(ui->index, ui->cursor == 0 ? 0 : place < count ? place : count - 1);
}

static void layout_preview(struct ui *ui, struct list_view *l) {
  size_t count = filter_index_count(ui->index);
  bool exact;
  size_t place = place_of(ui, ui->cursor, &exact);
  l->shown = count > 0 ? filter_index_nth(ui->index, place < count ? place : count - 1) : 0;
  const struct flow *f = l->shown != 0 ? store_get(ui_store(ui), l->shown) : NULL;
  if (l->preview.h == 0)
    return;
  int left = layout_sides_x(ui, l->preview.w);
  pane_layout(&l->request, ui, f, left - 1, l->preview.h - 1);
  pane_layout(&l->response, ui, f, l->preview.w - left - 2, l->preview.h - 1);
  search_mark(ui, &l->request, f);
  search_mark(ui, &l->response, f);
}

/* What stands in bodies is looked for before the rows are drawn; what was left out comes with the next frame. */
static void prepare_rows(struct ui *ui, const struct list_view *l) {
  struct columns cols;
  struct id_vec ids = {0};
  columns_chosen(&cols, l->list.w, ui);
  if (cols.extras == 0)
    return;
  for (int i = 0; i < l->rows && l->top + (size_t)i < filter_index_count(ui->index); i++)
    VEC_PUSH(&ids, filter_index_nth(ui->index, l->top + (size_t)i));
  if (!columns_prepare(ui, &cols, ids.v, ids.n) && ui->pace.place == 0)
    loop_timer_arm(ui->w->loop, &ui->pace, PAINT_GAP);
  VEC_CLEAR(&ids);
}

static void list_layout(struct ui *ui, struct view *v, struct rect r) {
  struct list_view *l = self(v);
  size_t count = filter_index_count(ui->index);
  bool exact;
  split(ui, l, editor_pane_layout(ui, r));
  settle_order(ui, l);
  settle_cursor(ui, l, count);
  size_t rows = l->rows > 0 ? (size_t)l->rows : 1;
  if (ui->following) {
    l->top = count > rows ? count - rows : 0;
  } else {
    /* Where the top of an order is looked at, what takes its place there is to be seen. */
    bool at_top = l->top == 0 && !sort_follows(ui);
    size_t top = at_top ? 0 : place_of(ui, l->top_id, &exact), place = place_of(ui, ui->cursor, &exact);
    l->top = scroll_to(top, exact ? place : top, count, l->rows);
  }
  l->top_id = l->top < count ? filter_index_nth(ui->index, l->top) : 0;
  layout_preview(ui, l);
  prepare_rows(ui, l);
}

/* ---- drawing ---- */

static struct rect waterfall_cell(const struct columns *cols, struct rect r, int y) {
  return (struct rect){r.x + cols->at[COLUMN_WATERFALL].x, y, cols->at[COLUMN_WATERFALL].w, 1};
}

static void set_axis(const struct list_view *l, const struct ui *ui, struct row_waterfall *axis) {
  row_waterfall_init(axis);
  for (int i = 0; i < l->rows; i++) {
    const struct flow *f = store_get(ui_store(ui), filter_index_nth(ui->index, l->top + (size_t)i));
    if (f != NULL)
      row_waterfall_add(axis, f, ui_now(ui));
  }
}

static void draw_rows(const struct list_view *l, const struct ui *ui, struct canvas *c) {
  struct columns cols;
  size_t count = filter_index_count(ui->index);
  int y = l->list.y;
  bool reverse;
  size_t from, to;
  bool range = selection_range(ui, &from, &to);
  const struct datum *by = filter_index_sorted(ui->index, &reverse);
  const char *sorted = by != NULL ? datum_name(by) : reverse ? "id" : NULL;
  struct row_waterfall axis;
  columns_chosen(&cols, l->list.w, ui);
  set_axis(l, ui, &axis);
  if (l->list.h > l->rows) {
    columns_draw(ui, &cols, c, l->list, y, ROLE_DIM, NULL);
    row_waterfall_head(&axis, c, waterfall_cell(&cols, l->list, y));
    row_titles(&cols, c, l->list, y++, sorted, reverse);
  }
  for (int i = 0; i < l->rows && l->top + (size_t)i < count; i++) {
    uint64_t id = filter_index_nth(ui->index, l->top + (size_t)i);
    const struct flow *f = store_get(ui_store(ui), id);
    size_t place = l->top + (size_t)i;
    if (f == NULL)
      continue;
    bool here = id == l->shown, paused = f->paused != FLOW_RUNNING;
    bool chosen = f->selected || (range && place >= from && place <= to);
    struct row_look look = colour_look(ui, f, here, chosen);
    row_draw(&cols, c, l->list, y + i, f, ui_now(ui), look);
    enum role role = here ? ROLE_SELECTED : paused ? ROLE_PAUSED : look.role;
    columns_draw(ui, &cols, c, l->list, y + i, role, f);
    row_waterfall_draw(&axis, c, waterfall_cell(&cols, l->list, y + i), role == look.role ? status_role(f) : role, f,
                       ui_now(ui));
  }
  if (count == 0 && store_count(ui_store(ui)) == 0)
    canvas_text(c, l->list, 2, y + 1, ROLE_DIM,
                SLICE("the list is empty; what comes is shown where it matches the filter"));
  else if (count == 0)
    canvas_text(c, l->list, 2, y + 1, ROLE_DIM, SLICE("no flow matches the filter; f changes it"));
}

static void draw_preview(const struct list_view *l, const struct ui *ui, struct canvas *c) {
  struct rect r = l->preview;
  const struct flow *f = l->shown != 0 ? store_get(ui_store(ui), l->shown) : NULL;
  int left = layout_sides_x(ui, r.w);
  struct rect a = {r.x, r.y, left, 1}, b = {r.x + left + 1, r.y, r.w - left - 1, 1};
  pane_title(&l->request, f, c, a, false, false);
  pane_title(&l->response, f, c, b, false, false);
  canvas_hline(c, r, r.x + left, r.y, 1, ROLE_TITLE, false);
  canvas_vline(c, r, r.x + left, r.y + 1, r.h - 1, ROLE_BOX);
  pane_draw(&l->request, f, c, (struct rect){a.x + 1, r.y + 1, a.w - 1, r.h - 1});
  pane_draw(&l->response, f, c, (struct rect){b.x + 1, r.y + 1, b.w - 1, r.h - 1});
}

static bool nothing_yet(const struct ui *ui) {
  const struct filter *filter = filter_index_filter(ui->index);
  return store_count(ui_store(ui)) == 0 && (filter == NULL || filter_text(filter)[0] == '\0');
}

static void list_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct list_view *l = (const struct list_view *)v;
  editor_pane_draw(ui, c, r);
  if (nothing_yet(ui)) {
    first_run_draw(ui, c, l->list);
    return;
  }
  draw_rows(l, ui, c);
  if (l->preview.h > 0)
    draw_preview(l, ui, c);
}

/* How many are selected, what is said of the flow, and behind it by what the list is sorted, where both find room. */
static void list_sorted_message(const struct flow *f, const struct ui *ui, struct buf *out) {
  struct buf words = BUF_INIT;
  int width = ui->canvas.width - 2;
  sort_words(ui, &words);
  if (selection_count(ui) > 0)
    buf_printf(out, "%zu selected  ", selection_count(ui));
  if (f != NULL)
    flow_sentence(f, ui_now(ui), width - (int)out->n, out);
  int used = (int)text_width(buf_slice(out), TEXT_PLAIN) + (f != NULL ? 2 : 0);
  if (words.n > 0 && (used + (int)words.n <= width || f == NULL))
    buf_printf(out, "%s(%s)", f != NULL ? "  " : "", buf_text(&words));
  buf_clear(&words);
}

static void list_message(const struct view *v, const struct ui *ui, struct buf *out) {
  uint64_t id = list_flow(v, ui);
  const struct flow *f = id != 0 ? store_get(ui_store(ui), id) : NULL;
  /* What is said of the flow goes before what is said of the list. */
  static const char *const following[] = {"following (new flows scroll in; a move stops it, G resumes)  ",
                                          "following  ", ""};
  if (!sort_follows(ui) || selection_count(ui) > 0) {
    list_sorted_message(f, ui, out);
    return;
  }
  bool exact;
  size_t place = place_of(ui, ui->cursor, &exact);
  if (f != NULL && exact && out_of_sight(ui, (const struct list_view *)v, place)) {
    buf_printf(out, "following; cursor on #%llu, out of sight: j k take up here, G the newest",
               (unsigned long long)f->id);
    return;
  }
  size_t first = ui->canvas.width >= ROOMY_W ? 0 : 1, last = sizeof following / sizeof *following - 1;
  if (!ui->following || filter_index_count(ui->index) == 0)
    first = last;
  int width = ui->canvas.width - 2;
  for (size_t i = first; i <= last; i++) {
    buf_reset(out);
    buf_add_text(out, following[i]);
    if (f != NULL)
      flow_sentence(f, ui_now(ui), width - (int)strlen(following[i]), out);
    if ((int)text_width(buf_slice(out), TEXT_PLAIN) <= width)
      break;
  }
}

/* What is under the pointer scrolls. */
static void wheel(struct ui *ui, struct list_view *l, const struct key *key) {
  long rows = key_wheel(key);
  if (l->preview.h == 0 || key->y < l->preview.y)
    list_walk(ui, rows);
  else
    pane_scroll(key->x <= layout_sides_x(ui, l->preview.w) ? &l->request : &l->response, STRIDE_ROW, rows);
}

static bool list_key(struct ui *ui, struct view *v, const struct key *key) {
  struct list_view *l = self(v);
  if (key->code == KEY_ESC_)
    return search_drop(ui);
  if (key->code != KEY_MOUSE_)
    return false;
  if (editor_pane_click(ui, key))
    return true;
  int first = l->list.y + l->list.h - l->rows;
  if (key->action == KEY_PRESS)
    l->on_split = key->button == 1 && l->preview.h > 0 && key->y == l->preview.y;
  if (key_wheel(key) != 0) {
    wheel(ui, l, key);
  } else if (key->button == 1 && key->action == KEY_PRESS && key->y >= first && key->y < first + l->rows) {
    size_t place = l->top + (size_t)(key->y - first);
    uint64_t id = place < filter_index_count(ui->index) ? filter_index_nth(ui->index, place) : 0;
    if (id != 0 && id == ui->cursor && !ui->following)
      open_flow(ui, v, 0);
    else if (id != 0)
      list_select(ui, id);
  }
  return true;
}

static bool list_head(struct ui *ui, struct view *v, int x, int y) {
  const struct list_view *l = self(v);
  struct columns cols;
  if (y != l->list.y || l->list.h <= l->rows)
    return false;
  columns_chosen(&cols, l->list.w, ui);
  const char *field = columns_field_at(&cols, l->list, x);
  if (field != NULL)
    sort_by(ui, field);
  return true;
}

static void list_free(struct ui *ui, struct view *v) {
  struct list_view *l = self(v);
  (void)ui;
  pane_clear(&l->request);
  pane_clear(&l->response);
  free(l);
}

const struct view_ops list_view_ops = {
    .name = "flow list",
    .bindings = list_bindings,
    .shared = flow_bindings,
    .draw = list_draw,
    .go = go,
    .key = list_key,
    .layout = list_layout,
    .message = list_message,
    .free = list_free,
    .flow = list_flow,
    .head = list_head,
    .drag = list_drag,
};

struct view *list_view_new(struct ui *ui) {
  struct list_view *l = mem_zero(1, sizeof *l);
  view_init(&l->view, &list_view_ops);
  pane_init(&l->request, ui, FLOW_REQUEST, PAGE_PREVIEW);
  pane_init(&l->response, ui, FLOW_RESPONSE, PAGE_PREVIEW);
  l->request.brief = l->response.brief = true;
  return &l->view;
}
