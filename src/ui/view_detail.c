/* One flow, request and response: side by side where there is room, one at a time where there is not. It shows the flow
 * under the cursor, so that J K { } walk flows without leaving. */
#include <stdlib.h>

#include "ui/detail_parts.h"
#include "ui/go.h"
#include "ui/jumps.h"
#include "ui/layout.h"
#include "ui/list_row.h"
#include "ui/search.h"
#include "weir/base/mem.h"

static uint64_t detail_flow(const struct view *v, const struct ui *ui) {
  (void)v;
  return store_get(ui_store(ui), ui->cursor) != NULL ? ui->cursor : 0;
}

static enum flow_side detail_side(const struct view *v) {
  return ((const struct detail_view *)v)->side;
}

/* ---- keys ---- */

static void go(struct ui *ui, struct view *v, enum stride stride, long times) {
  (void)ui, pane_scroll(detail_focus(v), stride, times);
}

static void first_line(struct ui *ui, struct view *v, int count) {
  (void)ui;
  pane_scroll(detail_focus(v), STRIDE_ALL, -1);
  if (count > 1)
    pane_go_line(detail_focus(v), (uint64_t)count - 1);
}

static void last_line(struct ui *ui, struct view *v, int count) {
  if (count > 0) {
    first_line(ui, v, count);
    return;
  }
  pane_scroll(detail_focus(v), STRIDE_ALL, 1);
}

static void walk_down(struct ui *ui, struct view *v, int count) {
  (void)v, list_walk(ui, view_times(count));
}
static void walk_up(struct ui *ui, struct view *v, int count) {
  (void)v, list_walk(ui, -view_times(count));
}

static void other_side(struct ui *ui, struct view *v, int count) {
  (void)ui;
  (void)count;
  detail(v)->side = detail(v)->side == FLOW_REQUEST ? FLOW_RESPONSE : FLOW_REQUEST;
}

static void hex(struct ui *ui, struct view *v, int count) {
  (void)ui;
  (void)count;
  pane_toggle_view(detail_focus(v), BODY_VIEW_HEX);
}

static void raw(struct ui *ui, struct view *v, int count) {
  (void)ui;
  (void)count;
  pane_toggle_view(detail_focus(v), BODY_VIEW_TEXT);
}

/* Of both sides: whoever asks for one wants to compare. */
static void connection(struct ui *ui, struct view *v, int count) {
  (void)ui;
  (void)count;
  bool on = detail_focus(v)->show == PAGE_CONNECTION;
  for (int i = 0; i < 2; i++)
    if ((detail(v)->pane[i].show == PAGE_CONNECTION) == on)
      pane_view_toggle(&detail(v)->pane[i], PAGE_CONNECTION);
}

static void view_step(const struct ui *ui, struct view *v, long steps) {
  const struct flow *f = detail_flow_of(ui);
  if (f != NULL)
    pane_view_step(detail_focus(v), f, (int)steps);
}
static void view_next(struct ui *ui, struct view *v, int count) {
  view_step(ui, v, view_times(count));
}
static void view_previous(struct ui *ui, struct view *v, int count) {
  view_step(ui, v, -view_times(count));
}

static bool has_tls(const struct ui *ui, const struct view *v) {
  const struct flow *f = detail_flow_of(ui);
  (void)v;
  return f != NULL && (f->client_tls != NULL || f->server_tls != NULL);
}

static void wrap(struct ui *ui, struct view *v, int count) {
  struct detail_view *d = detail(v);
  (void)count;
  bool on = !d->pane[0].pager.wrap;
  d->pane[0].pager.wrap = d->pane[1].pager.wrap = on;
  ui_say(ui, on ? "long lines are wrapped" : "long lines are cut; Right and Left scroll");
}

static void numbers(struct ui *ui, struct view *v, int count) {
  (void)count;
  (void)v;
  ui->numbers = !ui->numbers;
  if (ui->canvas.width < ROOMY_W)
    ui_say(ui, "line numbers %s where there are %d columns", ui->numbers ? "are shown" : "were shown", ROOMY_W);
  else
    ui_say(ui, ui->numbers ? "lines of bodies are numbered" : "lines are not numbered");
}

static void zoom(struct ui *ui, struct view *v, int count) {
  struct detail_view *d = detail(v);
  (void)count;
  d->zoomed = !d->zoomed;
  if (ui->canvas.width < ROOMY_W)
    ui_say(ui, "one side is shown at a time here; Tab shows the other");
}

static void original(struct ui *ui, struct view *v, int count) {
  const struct flow *f = detail_flow_of(ui);
  struct pane *p = detail_focus(v);
  (void)count;
  if (f != NULL && pane_edited(p, f))
    p->received = !p->received;
  else
    ui_say(ui, "this %s was not edited: it went on as it came", p->side == FLOW_REQUEST ? "request" : "response");
}

static bool is_edited(const struct ui *ui, const struct view *v) {
  const struct detail_view *d = (const struct detail_view *)v;
  const struct flow *f = detail_flow_of(ui);
  return f != NULL && pane_edited(&d->pane[d->side], f);
}

static void right(struct ui *ui, struct view *v, int count) {
  if (detail_hex_move(ui, v, view_times(count)))
    return;
  if (detail_focus(v)->pager.wrap)
    ui_say(ui, "lines are wrapped; W cuts them, then Right scrolls");
  pager_sideways(&detail_focus(v)->pager, 8 * view_times(count));
}

static void left(struct ui *ui, struct view *v, int count) {
  if (detail_hex_move(ui, v, -view_times(count)))
    return;
  if (detail_focus(v)->pager.left > 0)
    pager_sideways(&detail_focus(v)->pager, -8 * view_times(count));
  else
    ui_pop(ui);
}

/* What takes long ends first; what it has found stays. */
static bool stop_work(struct ui *ui, struct view *v) {
  struct buf what = BUF_INIT;
  bool working = pager_working(&detail_focus(v)->pager, &what);
  if (working) {
    ui_say(ui, "stopped %s", buf_text(&what));
    pager_stop(&detail_focus(v)->pager);
  }
  buf_clear(&what);
  return working;
}

static void back(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (stop_work(ui, v))
    return;
  if (pane_token_close(detail_focus(v)))
    return;
  if (detail_focus(v)->pager.needle.n > 0)
    for (int i = 0; i < 2; i++)
      pager_find_stop(&detail(v)->pane[i].pager);
  ui_pop(ui);
}

static bool is_wide(const struct ui *ui, const struct view *v) {
  (void)v;
  return ui->canvas.width >= ROOMY_W;
}

static const struct binding detail_bindings[] = {
    {"side-other", "Tab Shift-Tab", "other side", "request or response", "SCREEN", other_side, NULL},
    {"body-hex", "x", "hex", "body as hex, or not", "SCREEN", hex, NULL},
    {"body-raw", "v", "raw", "raw or pretty", "SCREEN", raw, NULL},
    {"view-next", "]", "next view", "headers, cookies, timing...: the next view", "SCREEN", view_next, NULL},
    {"view-previous", "[", NULL, "the view before", "SCREEN", view_previous, NULL},
    {"edited-other", "O", "original, sent", "edited: as it came, as put in its place", "SCREEN", original, is_edited,
     "it was not edited"},
    {"find", "/", "find", "find in this message", "FIND", detail_find, NULL},
    {"find-next", "n", NULL, "next place found", "FIND", detail_find_next, NULL},
    {"find-previous", "N", NULL, "place found before", "FIND", detail_find_previous, NULL},
    {"layout-next", "\\", NULL, "layout: back to the list with its preview", "SCREEN", act_layout_next, NULL},
    {"split-left", "<", NULL, "smaller request", "SCREEN", act_split_left, is_wide, "one side is shown at a time"},
    {"split-right", ">", NULL, "larger request", "SCREEN", act_split_right, is_wide, "one side is shown at a time"},
    {"flow-next", "J", "next flow", "next flow", "MOVE", walk_down, NULL},
    {"flow-previous", "K", NULL, "previous flow", "MOVE", walk_up, NULL},
    {"failure-next", "}", NULL, "next failure", "MOVE", list_next_failure, NULL},
    {"failure-previous", "{", NULL, "previous failure", "MOVE", list_previous_failure, NULL},
    {"back", "q Esc", "back", "back to the list", "MOVE", back, NULL},
    {"connection", "t", "TLS", "the connections: TLS, certificates", "SCREEN", connection, has_tls, "it has no TLS"},
    GO_ROWS("down", "up"),
    GO_HALVES(""),
    GO_PAGES_SPACE,
    {"go-first", "gg Home", NULL, "first line; with a number: that line", "MOVE", first_line, NULL},
    {"go-last", "G End", NULL, "last line", "MOVE", last_line, NULL},
    {"go-right", "Right l", NULL, "scroll to the right (long lines cut); hex: a byte on", "MOVE", right, NULL},
    {"go-left", "Left h", NULL, "scroll back; at the edge: to the list; hex: a byte back", "MOVE", left, NULL},
    {"jump-back", "Backspace", NULL, "back to where the cursor was before it jumped", "MOVE", act_jump_back, NULL},
    {"open-line", "Enter", NULL, "what this line offers: a token decoded, a fold", "SCREEN", detail_enter, NULL},
    {"fold", "za", "fold", "fold or unfold: the element on this line, or around it", "SCREEN", detail_fold,
     detail_can_fold, "only JSON, XML, HTML and the like, shown pretty"},
    {"fold-close", "zc", NULL, "fold the element on this line, or around it", "SCREEN", detail_fold_close,
     detail_can_fold, NULL},
    {"fold-open", "zo", NULL, "unfold this line", "SCREEN", detail_fold_open, detail_can_fold, NULL},
    {"fold-all", "zM", NULL, "fold every element within the outermost; again: that one too", "SCREEN", detail_fold_all,
     detail_can_fold, NULL},
    {"fold-none", "zR", NULL, "unfold everything", "SCREEN", detail_fold_none, detail_can_fold, NULL},
    {"zoom", "zz", NULL, "zoom: this side alone, as wide as the screen; again: both", "SCREEN", zoom, NULL},
    {"line-numbers", "zn", NULL, "number the lines of bodies (100 columns and more)", "SCREEN", numbers, NULL},
    {"wrap", "W", NULL, "wrap or cut long lines", "SCREEN", wrap, NULL},
    {"hex-wider", "+", NULL, "hex: more bytes in a row", "SCREEN", detail_hex_wider, detail_is_hex, "only in hex (x)"},
    {"hex-narrower", "_", NULL, "hex: fewer bytes in a row", "SCREEN", detail_hex_narrower, detail_is_hex,
     "only in hex (x)"},
    {"hex-order", "~", NULL, "hex: numbers with the lowest byte first, or the highest", "SCREEN", detail_hex_order,
     detail_is_hex, "only in hex (x)"},
    {.keys = NULL},
};

/* ---- layout and drawing ---- */

static void pin(struct ui *ui, struct detail_view *d, uint64_t id) {
  struct flow *old = d->pinned != 0 ? store_get(ui_store(ui), d->pinned) : NULL;
  struct flow *f = id != 0 ? store_get(ui_store(ui), id) : NULL;
  if (d->pinned == id)
    return;
  if (old != NULL)
    store_unpin(ui_store(ui), old);
  if (f != NULL)
    store_pin(ui_store(ui), f);
  d->pinned = f != NULL ? id : 0;
}

/* The flow leaves the store: whoever brings it back must not find a pin that nobody takes away. */
void detail_let_go(struct ui *ui, struct view *v, struct flow *f) {
  struct detail_view *d = detail(v);
  if (d->pinned != f->id)
    return;
  d->pinned = 0;
  store_unpin(ui_store(ui), f);
}

static void layout_sides(struct detail_view *d, struct ui *ui, const struct flow *f) {
  for (int i = 0; i < 2; i++) {
    d->pane[i].pager.numbers = ui->numbers && d->wide;
    struct rect window = detail_window(d, i == 0 ? FLOW_REQUEST : FLOW_RESPONSE);
    pane_layout(&d->pane[i], ui, f, window.w, window.h);
    d->pane[i].pager.mark = (int)d->side == i;
  }
}

static void detail_layout(struct ui *ui, struct view *v, struct rect r) {
  struct detail_view *d = detail(v);
  const struct flow *f = detail_flow_of(ui);
  pin(ui, d, f != NULL ? f->id : 0);
  d->wide = r.w >= ROOMY_W;
  d->left = layout_sides_x(ui, r.w);
  int list = d->wide && r.h >= ROOMY_H - 5 ? DETAIL_LIST_ROWS : 0;
  int title = d->wide ? 1 : 2;
  d->list = (struct rect){r.x, r.y, r.w, list};
  d->title = (struct rect){r.x, r.y + list, r.w, title};
  int rows = r.h - list - title;
  uint64_t byte;
  for (int turn = 0; turn < 2; turn++) { /* what is shown as hex has one more row below */
    d->about = rows > 10 && pager_hex_at(&detail_focus(v)->pager, &byte) ? 2 : rows > 6 ? 1 : 0;
    if (turn > 0 && d->body.h == rows - d->about)
      break;
    d->body = (struct rect){r.x, r.y + list + title, r.w, rows - d->about};
    layout_sides(d, ui, f);
  }
  search_mark(ui, &d->pane[FLOW_REQUEST], f);
  search_mark(ui, &d->pane[FLOW_RESPONSE], f);
}

static void detail_message(const struct view *v, const struct ui *ui, struct buf *out) {
  const struct flow *f = detail_flow_of(ui);
  const struct detail_view *d = (const struct detail_view *)v;
  if (f == NULL)
    return;
  if (!d->wide) {
    flow_sentence(f, ui_now(ui), ui->canvas.width, out);
    return;
  }
  buf_add_slice(out, flow_method(f));
  buf_add_byte(out, ' ');
  flow_url(f, out);
  buf_add_text(out, "  ");
  flow_sentence(f, ui_now(ui), ui->canvas.width - (int)text_width(buf_slice(out), TEXT_PLAIN), out);
}

static void click_tabs(struct detail_view *d, const struct flow *f, int x) {
  if (x < d->title.x + DETAIL_TABS_END)
    d->side = x < d->title.x + 10 ? FLOW_REQUEST : FLOW_RESPONSE;
  else if (f != NULL)
    pane_view_click(&d->pane[d->side], f, d->title.x + d->title.w - detail_views_x(d, f), x - detail_views_x(d, f));
}

static bool detail_key(struct ui *ui, struct view *v, const struct key *key) {
  struct detail_view *d = detail(v);
  const struct flow *f = detail_flow_of(ui);
  if (key->code != KEY_MOUSE_)
    return false;
  bool click = key->button == 1 && key->action == KEY_PRESS;
  if (key->action == KEY_PRESS)
    d->on_split = click && detail_both(d) && key->x == d->left && key->y >= d->title.y;
  enum flow_side side = detail_both(d) ? (key->x > d->left ? FLOW_RESPONSE : FLOW_REQUEST) : d->side;
  if (key_wheel(key) != 0)
    pane_scroll(&d->pane[side], STRIDE_ROW, key_wheel(key));
  else if (click && !d->wide && key->y == d->title.y + 1)
    click_tabs(d, f, key->x);
  else if (click && key->y >= d->title.y)
    d->side = side;
  if (click && key->y >= d->body.y)
    pane_click(&d->pane[side], key->x - detail_window(d, side).x, key->y - d->body.y);
  if (click && d->wide && key->y == d->title.y && f != NULL)
    pane_title_click(&d->pane[side], f, detail_title(d, side), key->x);
  return true;
}

/* The line between request and response goes with the pointer. */
static bool detail_drag(struct ui *ui, struct view *v, const struct key *key) {
  const struct detail_view *d = detail(v);
  if (d->on_split && detail_both(d) && d->body.w > 1)
    layout_set_sides(ui, (key->x * 100 + d->body.w - 2) / (d->body.w - 1));
  return d->on_split;
}

static void detail_free(struct ui *ui, struct view *v) {
  struct detail_view *d = detail(v);
  pin(ui, d, 0);
  pane_clear(&d->pane[0]);
  pane_clear(&d->pane[1]);
  free(d);
}

const struct view_ops detail_view_ops = {
    .name = "detail",
    .bindings = detail_bindings,
    .shared = flow_bindings,
    .draw = detail_draw,
    .go = go,
    .key = detail_key,
    .layout = detail_layout,
    .message = detail_message,
    .free = detail_free,
    .flow = detail_flow,
    .side = detail_side,
    .drag = detail_drag,
};

struct view *detail_view_new(struct ui *ui, uint64_t id) {
  struct detail_view *d = mem_zero(1, sizeof *d);
  const struct flow *f = store_get(ui_store(ui), id);
  view_init(&d->view, &detail_view_ops);
  list_select(ui, id);
  for (int i = 0; i < 2; i++) {
    pane_init(&d->pane[i], ui, i == 0 ? FLOW_REQUEST : FLOW_RESPONSE, PAGE_FIRST);
    d->pane[i].marks = true;
  }
  bool why = f != NULL && f->state == FLOW_FAILED && ui->canvas.width < ROOMY_W; /* stands on that side */
  bool request = f != NULL && (f->paused == FLOW_PAUSED_REQUEST || f->response.head.raw == NULL) && !why;
  d->side = request ? FLOW_REQUEST : FLOW_RESPONSE;
  return &d->view;
}
