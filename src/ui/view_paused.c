/* What waits for the person: the queue where there is room for it, below it the message under the cursor. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/go.h"
#include "ui/list_row.h"
#include "ui/pane.h"
#include "ui/paused_row.h"
#include "ui/ui_state.h"
#include "weir/base/mem.h"

struct paused_view {
  struct view view;
  uint64_t cursor;
  size_t count, place, top;
  struct pane pane;
  struct rect list, title, body;
};

static struct paused_view *self(struct view *v) {
  return (struct paused_view *)v;
}

static uint64_t paused_flow(const struct view *v, const struct ui *ui) {
  const struct paused_view *p = (const struct paused_view *)v;
  const struct flow *f = p->cursor != 0 ? store_get(ui_store(ui), p->cursor) : NULL;
  return f != NULL && f->paused != FLOW_RUNNING ? p->cursor : 0;
}

static enum flow_side paused_side(const struct view *v) {
  return ((const struct paused_view *)v)->pane.side;
}

/* One that was let go leaves the cursor on the next. */
static void settle(const struct ui *ui, struct paused_view *p) {
  bool exact;
  size_t count = filter_index_count(ui->paused);
  filter_index_place(ui->paused, ui->cursor, &exact);
  if (exact)
    p->cursor = ui->cursor;
  size_t place = filter_index_place(ui->paused, p->cursor, &exact);
  p->count = count;
  p->place = place < count ? place : count > 0 ? count - 1 : 0;
  p->cursor = count > 0 ? filter_index_nth(ui->paused, p->place) : 0;
}

/* ---- keys ---- */

static void walk(struct ui *ui, struct view *v, long steps) {
  struct paused_view *p = self(v);
  if (p->count == 0)
    return;
  long place = (long)p->place + steps;
  place = place < 0 ? 0 : place >= (long)p->count ? (long)p->count - 1 : place;
  p->cursor = filter_index_nth(ui->paused, (size_t)place);
  p->place = (size_t)place;
  list_select(ui, p->cursor);
}

static void go(struct ui *ui, struct view *v, enum stride stride, long times) {
  if (stride == STRIDE_ROW || stride == STRIDE_ALL)
    walk(ui, v, go_rows(stride, times, 1));
  else
    pane_scroll(&self(v)->pane, stride, times);
}

static void open_flow(struct ui *ui, struct view *v, int count) {
  uint64_t id = paused_flow(v, ui);
  (void)count;
  if (id != 0)
    ui_push(ui, detail_view_new(ui, id));
  else
    ui_say(ui, "nothing is paused");
}

static void hex(struct ui *ui, struct view *v, int count) {
  (void)ui;
  (void)count;
  pane_toggle_view(&self(v)->pane, BODY_VIEW_HEX);
}

static void raw(struct ui *ui, struct view *v, int count) {
  (void)ui;
  (void)count;
  pane_toggle_view(&self(v)->pane, BODY_VIEW_TEXT);
}

static void connection(struct ui *ui, struct view *v, int count) {
  (void)ui;
  (void)count;
  pane_view_toggle(&self(v)->pane, PAGE_CONNECTION);
}

static void view_step(const struct ui *ui, struct view *v, long steps) {
  struct paused_view *p = self(v);
  const struct flow *f = p->cursor != 0 ? store_get(ui_store(ui), p->cursor) : NULL;
  if (f != NULL)
    pane_view_step(&p->pane, f, (int)steps);
}
static void view_next(struct ui *ui, struct view *v, int count) {
  view_step(ui, v, view_times(count));
}
static void view_previous(struct ui *ui, struct view *v, int count) {
  view_step(ui, v, -view_times(count));
}

static const struct binding paused_bindings[] = {
    {"go-down", "j Down J", NULL, "next paused message", "MOVE", go_down, NULL},
    {"go-up", "k Up K", NULL, "paused message before", "MOVE", go_up, NULL},
    GO_ENDS("first", "last"),
    {"flow-open", "Enter l Right", NULL, "open", "MOVE", open_flow, NULL},
    {"paused-intercepts", "Tab", NULL, "intercepts: the list of them", "SCREEN", act_intercepts, NULL},
    GO_PAGES("the message: "),
    GO_HALVES("the message: "),
    {"body-hex", "x", NULL, "body as hex, or not", "SCREEN", hex, NULL},
    {"body-raw", "v", NULL, "raw or pretty", "SCREEN", raw, NULL},
    {"view-next", "]", NULL, "headers, cookies, timing...: the next view", "SCREEN", view_next, NULL},
    {"view-previous", "[", NULL, "the view before", "SCREEN", view_previous, NULL},
    {"connection", "t", NULL, "the connection: TLS, certificates", "SCREEN", connection, NULL},
    {"back", "q Esc h Left", "back", "back to the list", "MOVE", go_back, NULL},
    {.keys = NULL},
};

/* ---- layout and drawing ---- */

static void paused_layout(struct ui *ui, struct view *v, struct rect r) {
  struct paused_view *p = self(v);
  settle(ui, p);
  int rows = ui_roomy(ui) ? 1 + (p->count < 8 ? (int)p->count : 8) : 0;
  p->list = (struct rect){r.x, r.y, r.w, rows};
  p->title = (struct rect){r.x, r.y + rows, r.w, 1};
  p->body = (struct rect){r.x + 1, r.y + rows + 1, r.w - 1, r.h - rows - 1};
  p->top = scroll_to(p->top, p->place, p->count, rows - 1);
  const struct flow *f = p->cursor != 0 ? store_get(ui_store(ui), p->cursor) : NULL;
  if (f != NULL)
    p->pane.side = f->paused == FLOW_PAUSED_RESPONSE ? FLOW_RESPONSE : FLOW_REQUEST;
  pane_layout(&p->pane, ui, f, p->body.w, p->body.h);
}

static const char *direction(const struct flow *f) {
  return f->paused == FLOW_PAUSED_RESPONSE ? "response" : "request";
}

static void draw_queue(const struct paused_view *p, const struct ui *ui, struct canvas *c) {
  struct rect r = p->list;
  if (r.h == 0)
    return;
  paused_titles(c, (struct rect){r.x, r.y, r.w, 1});
  for (int i = 1; i < r.h && p->top + (size_t)i - 1 < p->count; i++) {
    uint64_t id = filter_index_nth(ui->paused, p->top + (size_t)i - 1);
    const struct flow *f = store_get(ui_store(ui), id);
    if (f != NULL)
      paused_row_draw(ui, c, (struct rect){r.x, r.y + i, r.w, 1}, f, id == p->cursor);
  }
}

/* "client may give up in about 19s (1m00s seen before)" */
static void put_patience(const struct ui *ui, const struct flow *f, struct buf *out) {
  uint64_t ns, waited = ui_now(ui) - f->times.start;
  char left[24], seen[24];
  if (f->client_gone || !paused_patience(ui, f, &ns))
    return;
  words_wait(ns, seen, sizeof seen);
  if (waited < ns)
    buf_printf(out, " client may give up in about %s (%s seen before) ", words_wait(ns - waited, left, sizeof left),
               seen);
  else
    buf_printf(out, " client gave up after %s before ", seen);
}

static void draw_title(const struct paused_view *p, const struct ui *ui, const struct flow *f, struct canvas *c) {
  struct rect r = p->title;
  struct buf text = BUF_INIT;
  char wait[24];
  bool request = p->pane.side == FLOW_REQUEST;
  canvas_hline(c, r, r.x, r.y, r.w, ROLE_TITLE_FOCUS, false);
  words_wait(flow_paused_for(f, ui_now(ui)), wait, sizeof wait);
  if (p->list.h > 0) {
    buf_printf(&text, " %s #%llu, paused: nothing has been sent to the %s yet ", request ? "Request" : "Response",
               (unsigned long long)f->id, request ? "server" : "client");
  } else {
    bool narrow = r.w < SMALLEST_W * 2;
    buf_printf(&text, narrow ? " %s %zu/%zu %s #%llu %s %s" : " %s %zu of %zu paused %s #%llu %s %s",
               canvas_glyph(c, GLYPH_PAUSED), p->place + 1, p->count, canvas_glyph(c, GLYPH_DOT),
               (unsigned long long)f->id, direction(f), wait);
    struct buf then = BUF_INIT;
    if (f->client_gone)
      buf_add_text(&text, ", client gone");
    else if (row_deadline(f, ui_now(ui), &then))
      buf_printf(&text, ", %s", buf_text(&then));
    buf_add_byte(&text, ' ');
    buf_clear(&then);
  }
  int end = canvas_text(c, r, r.x + 1 + (p->list.h > 0), r.y, ROLE_TITLE_FOCUS, buf_slice(&text));
  buf_reset(&text);
  put_patience(ui, f, &text);
  if (text.n == 0 || end + 2 + (int)text.n > r.w) {
    buf_reset(&text);
    if (r.w >= SMALLEST_W * 2)
      pane_views(&p->pane, f, r.x + r.w - end - 3, &text);
  }
  int x = r.x + r.w - (int)text_width(buf_slice(&text), TEXT_PLAIN) - 1;
  if (x > end)
    canvas_text(c, r, x, r.y, ROLE_TITLE_FOCUS, buf_slice(&text));
  buf_clear(&text);
}

static void paused_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct paused_view *p = (const struct paused_view *)v;
  const struct flow *f = p->cursor != 0 ? store_get(ui_store(ui), p->cursor) : NULL;
  if (f == NULL) {
    canvas_text(c, r, r.x + 2, r.y + 1, ROLE_TEXT, SLICE("nothing is paused"));
    const char *cure = intercept_condition(ui->w->rules)[0] == '\0' ? "i says what is to be paused"
                       : intercept_enabled(ui->w->rules)            ? "what matches the intercept will wait here"
                                                                    : "the intercept is off; I switches it on";
    canvas_text(c, r, r.x + 2, r.y + 2, ROLE_DIM, slice_of(cure));
    return;
  }
  draw_queue(p, ui, c);
  draw_title(p, ui, f, c);
  pane_draw(&p->pane, f, c, p->body);
}

/* "   next: #33 POST /api/cart" */
static void put_next(const struct paused_view *p, const struct ui *ui, struct buf *out) {
  const struct flow *f =
      p->place + 1 < p->count ? store_get(ui_store(ui), filter_index_nth(ui->paused, p->place + 1)) : NULL;
  if (f == NULL)
    return;
  buf_printf(out, "   next: #%llu ", (unsigned long long)f->id);
  buf_add_slice(out, flow_method(f));
  buf_add_byte(out, ' ');
  buf_add_slice(out, flow_path(f));
}

static void paused_message(const struct view *v, const struct ui *ui, struct buf *out) {
  const struct paused_view *p = (const struct paused_view *)v;
  const struct flow *f = p->cursor != 0 ? store_get(ui_store(ui), p->cursor) : NULL;
  if (f == NULL)
    return;
  if (f->client_gone) {
    buf_printf(out, "#%llu: client gone: a sends nothing, r sends it again, d drops it", (unsigned long long)f->id);
    return;
  }
  if (f->pause != NULL && f->pause->response_too)
    buf_add_text(out, "its response will be paused too. ");
  if (p->list.h > 0) {
    buf_printf(out, "%s %zu wait%s. ", canvas_glyph(&ui->canvas, GLYPH_PAUSED), p->count, p->count == 1 ? "s" : "");
    buf_add_text(out, "a sends this one, e edits it first, d answers the client at once and sends nothing");
    return;
  }
  buf_add_text(out, p->pane.side == FLOW_REQUEST ? "not sent yet; " : "not passed on yet; ");
  paused_client(f, out);
  buf_add_text(out, " waits");
  put_next(p, ui, out);
}

static bool paused_key(struct ui *ui, struct view *v, const struct key *key) {
  struct paused_view *p = self(v);
  if (key->code != KEY_MOUSE_)
    return false;
  long rows = key_wheel(key);
  if (rows != 0)
    pane_scroll(&p->pane, STRIDE_ROW, rows);
  else if (key->button == 1 && key->y > p->list.y && key->y < p->list.y + p->list.h)
    walk(ui, v, (long)p->top + key->y - p->list.y - 1 - (long)p->place);
  return true;
}

static void paused_free(struct ui *ui, struct view *v) {
  struct paused_view *p = self(v);
  (void)ui;
  pane_clear(&p->pane);
  free(p);
}

const struct view_ops paused_view_ops = {
    .name = "paused",
    .bindings = flow_bindings, /* first: what is paused waits for these */
    .shared = paused_bindings,
    .draw = paused_draw,
    .go = go,
    .key = paused_key,
    .layout = paused_layout,
    .message = paused_message,
    .free = paused_free,
    .flow = paused_flow,
    .side = paused_side,
};

struct view *paused_view_new(struct ui *ui) {
  struct paused_view *p = mem_zero(1, sizeof *p);
  view_init(&p->view, &paused_view_ops);
  pane_init(&p->pane, ui, FLOW_REQUEST, PAGE_FIRST);
  const struct flow *f = store_get(ui_store(ui), ui->cursor);
  p->cursor = f != NULL && f->paused != FLOW_RUNNING ? ui->cursor : 0;
  return &p->view;
}
