/* How the detail is drawn: the flow's neighbours, what heads each side, the sides, and the line about them. */
#include "ui/colours.h"
#include "ui/detail_parts.h"
#include "ui/list_row.h"
#include "ui/rule_notes.h"
#include "weir/base/units.h"

bool detail_both(const struct detail_view *d) {
  return d->wide && !d->zoomed;
}

struct rect detail_window(const struct detail_view *d, enum flow_side side) {
  struct rect b = d->body;
  int left = d->left;
  if (!detail_both(d))
    return (struct rect){b.x + 1, b.y, b.w - 1, b.h};
  return side == FLOW_REQUEST ? (struct rect){b.x + 1, b.y, left - 1, b.h}
                              : (struct rect){b.x + left + 2, b.y, b.w - left - 2, b.h};
}

struct rect detail_title(const struct detail_view *d, enum flow_side side) {
  struct rect b = d->body;
  int left = d->left;
  if (!detail_both(d))
    return (struct rect){b.x, d->title.y, b.w, 1};
  return side == FLOW_REQUEST ? (struct rect){b.x, d->title.y, left, 1}
                              : (struct rect){b.x + left + 1, d->title.y, b.w - left - 1, 1};
}

/* The flow among its neighbours: it stays in the middle row where it can. */
static void draw_neighbours(const struct detail_view *d, const struct ui *ui, struct canvas *c) {
  struct columns cols;
  bool exact;
  size_t count = filter_index_count(ui->index), place = filter_index_place(ui->index, ui->cursor, &exact);
  size_t first = place > 0 ? place - 1 : 0;
  if (count >= DETAIL_LIST_ROWS && first + DETAIL_LIST_ROWS > count)
    first = count - DETAIL_LIST_ROWS;
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

int detail_views_x(const struct detail_view *d, const struct flow *f) {
  return d->title.x + DETAIL_TABS_END + (pane_edited(&d->pane[d->side], f) ? 17 : 0);
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
  int x = detail_views_x(d, f), y = r.y + 1;
  if (pane_edited(p, f))
    canvas_text(c, r, r.x + DETAIL_TABS_END, y, ROLE_CHANGED,
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
  canvas_text_cut(c, row, row.x + 1, row.y, ROLE_DIM, buf_slice(&text));
  canvas_text(c, canvas_all(c), row.x + row.w + 1, row.y, ROLE_DIM, buf_slice(&place));
  buf_clear(&text);
  buf_clear(&place);
}

static void draw_sides(const struct detail_view *d, const struct flow *f, struct canvas *c) {
  struct rect b = d->body;
  int left = d->left, y = d->title.y;
  bool first = d->side == FLOW_REQUEST;
  pane_title(&d->pane[0], f, c, detail_title(d, FLOW_REQUEST), first, true);
  pane_title(&d->pane[1], f, c, detail_title(d, FLOW_RESPONSE), !first, true);
  canvas_hline(c, d->title, b.x + left, y, 1, ROLE_TITLE, false);
  canvas_vline(c, b, b.x + left, b.y, b.h, ROLE_BOX);
  pane_draw(&d->pane[0], f, c, detail_window(d, FLOW_REQUEST));
  pane_draw(&d->pane[1], f, c, detail_window(d, FLOW_RESPONSE));
}

void detail_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct detail_view *d = (const struct detail_view *)v;
  const struct flow *f = detail_flow_of(ui);
  if (f == NULL) {
    canvas_text(c, r, r.x + 2, r.y + 1, ROLE_DIM, SLICE("this flow is no longer here; q goes back"));
    return;
  }
  draw_neighbours(d, ui, c);
  if (detail_both(d)) {
    draw_sides(d, f, c);
  } else {
    if (d->wide)
      pane_title(&d->pane[d->side], f, c, detail_title(d, d->side), true, true);
    else
      draw_tabs(d, f, c);
    pane_draw(&d->pane[d->side], f, c, detail_window(d, d->side));
  }
  if (d->body.y + d->body.h < r.y + r.h)
    draw_about(d, ui, f, c);
}
