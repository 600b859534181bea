/* One flow, request and response: side by side where there is room, one at a time where there is not. It shows the flow
 * under the cursor, so that J K { } walk flows without leaving. */
#include <stdlib.h>

#include "ui/colours.h"
#include "ui/detail_parts.h"
#include "ui/go.h"
#include "ui/jumps.h"
#include "ui/layout.h"
#include "ui/list_row.h"
#include "ui/rule_notes.h"
#include "ui/search.h"
#include "weir/base/mem.h"
#include "weir/base/units.h"

#define LIST_ROWS 3

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
    {"fold-all", "zM", NULL, "fold every element within the outermost", "SCREEN", detail_fold_all, detail_can_fold,
     NULL},
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

static bool both(const struct detail_view *d) {
  return d->wide && !d->zoomed;
}

/* Where a side's lines stand. */
static struct rect window_of(const struct detail_view *d, enum flow_side side) {
  struct rect b = d->body;
  int left = d->left;
  if (!both(d))
    return (struct rect){b.x + 1, b.y, b.w - 1, b.h};
  return side == FLOW_REQUEST ? (struct rect){b.x + 1, b.y, left - 1, b.h}
                              : (struct rect){b.x + left + 2, b.y, b.w - left - 2, b.h};
}

static void layout_sides(struct detail_view *d, struct ui *ui, const struct flow *f) {
  for (int i = 0; i < 2; i++) {
    d->pane[i].pager.numbers = ui->numbers && d->wide;
    struct rect window = window_of(d, i == 0 ? FLOW_REQUEST : FLOW_RESPONSE);
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
  int list = d->wide && r.h >= ROOMY_H - 5 ? LIST_ROWS : 0;
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

/* The flow among its neighbours: it stays in the middle row where it can. */
static void draw_neighbours(const struct detail_view *d, const struct ui *ui, struct canvas *c) {
  struct columns cols;
  bool exact;
  size_t count = filter_index_count(ui->index), place = filter_index_place(ui->index, ui->cursor, &exact);
  size_t first = place > 0 ? place - 1 : 0;
  if (count >= LIST_ROWS && first + LIST_ROWS > count)
    first = count - LIST_ROWS;
  columns_for(&cols, d->list.w, true);
  cols.changes = ui->changes;
  cols.store = ui_store(ui);
  for (int i = 0; i < d->list.h && first + (size_t)i < count; i++) {
    uint64_t id = filter_index_nth(ui->index, first + (size_t)i);
    const struct flow *f = store_get(ui_store(ui), id);
    if (f != NULL)
      row_draw(&cols, c, d->list, d->list.y + i, f, ui_now(ui), colour_look(ui, f, id == ui->cursor, f->selected));
  }
}

#define TABS_END 22 /* behind Request and Response */

/* Narrow: where the names of the views begin. */
static int views_x(const struct detail_view *d, const struct flow *f) {
  return d->title.x + TABS_END + (pane_edited(&d->pane[d->side], f) ? 17 : 0);
}

/* Narrow: one line that names the flow, one with the tabs. */
static void draw_tabs(const struct detail_view *d, const struct flow *f, struct canvas *c) {
  struct rect r = d->title;
  struct buf title = BUF_INIT;
  char size[24];
  canvas_hline(c, r, r.x, r.y, r.w, ROLE_TITLE_FOCUS, false);
  buf_printf(&title, " #%llu ", (unsigned long long)f->id);
  buf_add_slice(&title, flow_method(f));
  buf_add_byte(&title, ' ');
  flow_url(f, &title);
  buf_printf(&title, " %s ", canvas_glyph(c, GLYPH_DOT));
  flow_outcome(f, &title);
  buf_printf(&title, " %s %s ", canvas_glyph(c, GLYPH_DOT), words_bytes(f->response.body.seen, size, sizeof size));
  canvas_text_cut(c, (struct rect){r.x, r.y, r.w - 1, 1}, r.x + 1, r.y, ROLE_TITLE_FOCUS, buf_slice(&title));
  buf_clear(&title);
  const char *tabs = d->side == FLOW_REQUEST ? "[Request]  Response " : " Request  [Response]";
  canvas_text(c, r, r.x, r.y + 1, ROLE_TITLE, slice_of(tabs));
  const struct pane *p = &d->pane[d->side];
  struct buf views = BUF_INIT;
  int x = views_x(d, f), y = r.y + 1;
  if (pane_edited(p, f))
    canvas_text(c, r, r.x + TABS_END, y, ROLE_CHANGED,
                p->received ? SLICE("[Original] Sent") : SLICE("Original [Sent]"));
  pane_views(p, f, r.x + r.w - x, &views);
  canvas_text(c, r, x, y, ROLE_TITLE, buf_slice(&views));
  buf_clear(&views);
}

static void put_time(struct buf *out, const char *name, uint64_t ns) {
  char text[16];
  buf_printf(out, "%s%s %s", out->n > 0 ? " + " : "", name, units_duration(ns, text, sizeof text));
}

/* "4ms = dns 0.1ms + connect 1ms + tls 2ms + send 0.2ms + wait 1ms + body 1ms" */
static void put_times(const struct flow *f, struct buf *out) {
  const struct flow_times *t = &f->times;
  struct buf parts = BUF_INIT;
  char all[16];
  if (t->end == 0 || t->end < t->start)
    return;
  if (t->name_ns > 0)
    put_time(&parts, "dns", t->name_ns);
  if (t->connect_ns > 0)
    put_time(&parts, "connect", t->connect_ns);
  if (t->tls_ns > 0)
    put_time(&parts, "tls", t->tls_ns);
  if (t->first_byte > t->request_sent && t->request_sent > 0)
    put_time(&parts, "wait", t->first_byte - t->request_sent);
  if (t->first_byte > 0 && t->end > t->first_byte && f->kind != FLOW_TUNNEL)
    put_time(&parts, "body", t->end - t->first_byte);
  if (t->paused_ns > 0)
    put_time(&parts, "paused", t->paused_ns);
  if (t->delayed_ns > 0)
    put_time(&parts, "delayed", t->delayed_ns);
  buf_printf(out, "%s%s%s%s", out->n > 0 ? "  " : "", units_duration(t->end - t->start, all, sizeof all),
             parts.n > 0 ? " = " : "", buf_text(&parts));
  if (f->reused)
    buf_add_text(out, ", connection reused");
  buf_clear(&parts);
}

/* What the lines are beside the bytes: "decoded gzip 61 B -> 45 B - key order as sent - utf-8". */
static void put_done(const struct page *p, const struct canvas *c, struct buf *out) {
  const struct body_charset *set = &p->charset;
  const char *laid = NULL, *dot = canvas_glyph(c, GLYPH_DOT);
  bool json = p->kind == BODY_JSON || p->kind == BODY_NDJSON;
  buf_add_text(out, p->about);
  if (p->lines == NULL || p->hex || p->refused || p->want.show != PAGE_MESSAGE)
    return;
  if (p->want.view == BODY_VIEW_PRETTY && json)
    laid = p->not_json[0] != '\0' ? p->not_json : "key order as sent";
  else if (p->want.view == BODY_VIEW_PRETTY && body_lines_nested(p->lines) && p->kind != BODY_MULTIPART)
    laid = "only white space is new";
  if (laid != NULL)
    buf_printf(out, "%s%s%s%s", out->n > 0 ? " " : "", out->n > 0 ? dot : "", out->n > 0 ? " " : "", laid);
  if (set->name[0] == '\0' && set->known && set->label[0] != '\0')
    buf_printf(out, "%s%s%s%s", out->n > 0 ? " " : "", out->n > 0 ? dot : "", out->n > 0 ? " " : "", set->label);
}

/* "rule foo: answered by a rule, no server was asked" */
static void put_rules(const struct flow *f, struct buf *out) {
  struct buf story = BUF_INIT;
  buf_add_text(out, f->touched != NULL && out->n > 0 ? "  " : "");
  bool named = rule_note(f, out);
  if (rule_story(f, &story))
    buf_printf(out, "%s%s", named ? ": " : "  ", buf_text(&story));
  buf_clear(&story);
}

static void draw_about(const struct detail_view *d, const struct ui *ui, const struct flow *f, struct canvas *c) {
  struct rect row = {d->body.x, d->body.y + d->body.h, d->body.w, 1};
  const struct pane *p = &d->pane[d->side];
  struct buf text = BUF_INIT, place = BUF_INIT;
  char address[ADDRESS_TEXT];
  if (d->about > 1 && detail_hex_inspect(p, row.w > 1 ? (size_t)row.w - 1 : 0, &text))
    canvas_text(c, row, row.x + 1, row.y, ROLE_TEXT, buf_slice(&text));
  row.y += d->about - 1;
  buf_reset(&text);
  put_done(&p->page, c, &text);
  put_times(f, &text);
  if (f->server.family != 0)
    buf_printf(&text, f->upstream != NULL ? "  by %s" : "  to %s",
               f->upstream != NULL ? f->upstream : address_text(&f->server, address, sizeof address));
  put_rules(f, &text);
  if (f->note != NULL)
    buf_printf(&text, "  ; %s", f->note);
  if (p->pager.needle.n > 0 && !pager_folding(&p->pager))
    pager_find_words(&p->pager, &place);
  else if (pager_working(&p->pager, &place))
    buf_add_text(&place, ", Esc stops");
  else
    pager_where(&p->pager, &place);
  (void)ui;
  int w = (int)text_width(buf_slice(&place), TEXT_PLAIN);
  row.w -= w > 0 ? w + 2 : 0;
  canvas_text(c, row, row.x + 1, row.y, ROLE_DIM, buf_slice(&text));
  canvas_text(c, canvas_all(c), row.x + row.w + 1, row.y, ROLE_DIM, buf_slice(&place));
  buf_clear(&text);
  buf_clear(&place);
}

static struct rect title_of(const struct detail_view *d, enum flow_side side) {
  struct rect b = d->body;
  int left = d->left;
  if (!both(d))
    return (struct rect){b.x, d->title.y, b.w, 1};
  return side == FLOW_REQUEST ? (struct rect){b.x, d->title.y, left, 1}
                              : (struct rect){b.x + left + 1, d->title.y, b.w - left - 1, 1};
}

static void draw_sides(const struct detail_view *d, const struct flow *f, struct canvas *c) {
  struct rect b = d->body;
  int left = d->left, y = d->title.y;
  bool first = d->side == FLOW_REQUEST;
  pane_title(&d->pane[0], f, c, title_of(d, FLOW_REQUEST), first, true);
  pane_title(&d->pane[1], f, c, title_of(d, FLOW_RESPONSE), !first, true);
  canvas_hline(c, d->title, b.x + left, y, 1, ROLE_TITLE, false);
  canvas_vline(c, b, b.x + left, b.y, b.h, ROLE_BOX);
  pane_draw(&d->pane[0], f, c, window_of(d, FLOW_REQUEST));
  pane_draw(&d->pane[1], f, c, window_of(d, FLOW_RESPONSE));
}

static void detail_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct detail_view *d = (const struct detail_view *)v;
  const struct flow *f = detail_flow_of(ui);
  if (f == NULL) {
    canvas_text(c, r, r.x + 2, r.y + 1, ROLE_DIM, SLICE("this flow is no longer here; q goes back"));
    return;
  }
  draw_neighbours(d, ui, c);
  if (both(d)) {
    draw_sides(d, f, c);
  } else {
    if (d->wide)
      pane_title(&d->pane[d->side], f, c, title_of(d, d->side), true, true);
    else
      draw_tabs(d, f, c);
    pane_draw(&d->pane[d->side], f, c, window_of(d, d->side));
  }
  if (d->body.y + d->body.h < r.y + r.h)
    draw_about(d, ui, f, c);
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
  if (x < d->title.x + TABS_END)
    d->side = x < d->title.x + 10 ? FLOW_REQUEST : FLOW_RESPONSE;
  else if (f != NULL)
    pane_view_click(&d->pane[d->side], f, d->title.x + d->title.w - views_x(d, f), x - views_x(d, f));
}

static bool detail_key(struct ui *ui, struct view *v, const struct key *key) {
  struct detail_view *d = detail(v);
  const struct flow *f = detail_flow_of(ui);
  if (key->code != KEY_MOUSE_)
    return false;
  bool click = key->button == 1 && key->action == KEY_PRESS;
  if (key->action == KEY_PRESS)
    d->on_split = click && both(d) && key->x == d->left && key->y >= d->title.y;
  enum flow_side side = both(d) ? (key->x > d->left ? FLOW_RESPONSE : FLOW_REQUEST) : d->side;
  if (key_wheel(key) != 0)
    pane_scroll(&d->pane[side], STRIDE_ROW, key_wheel(key));
  else if (click && !d->wide && key->y == d->title.y + 1)
    click_tabs(d, f, key->x);
  else if (click && key->y >= d->title.y)
    d->side = side;
  if (click && key->y >= d->body.y)
    pane_click(&d->pane[side], key->x - window_of(d, side).x, key->y - d->body.y);
  if (click && d->wide && key->y == d->title.y && f != NULL)
    pane_title_click(&d->pane[side], f, title_of(d, side), key->x);
  return true;
}

/* The line between request and response goes with the pointer. */
static bool detail_drag(struct ui *ui, struct view *v, const struct key *key) {
  const struct detail_view *d = detail(v);
  if (d->on_split && both(d) && d->body.w > 1)
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
