#include "ui/pane.h"

#include <stdio.h>
#include <string.h>

#include "ui/list_row.h"
#include "ui/secure_words.h"
#include "weir/base/units.h"
#include "weir/body/kind.h"

static void on_work(void *arg) {
  const struct pane *p = arg;
  ui_dirty(p->ui);
}

/* Whatever holds a page between turns must ask again: the flow may be gone, or its message be another one. */
static bool refresh(void *arg) {
  struct pane *p = arg;
  const struct flow *f = p->flow != 0 ? store_get(ui_store(p->ui), p->flow) : NULL;
  if (f == NULL)
    page_forget(&p->page);
  else if (p->pager.page != NULL)
    page_update(&p->page, &p->page.want, f, ui_now(p->ui));
  return f != NULL && p->pager.page != NULL;
}

void pane_init(struct pane *p, struct ui *ui, enum flow_side side, size_t max) {
  memset(p, 0, sizeof *p);
  p->side = side;
  p->max = max;
  p->view = BODY_VIEW_PRETTY;
  p->ui = ui;
  pager_init(&p->pager, ui->w->loop, NULL, on_work, p);
  p->pager.fresh = refresh;
}

void pane_clear(struct pane *p) {
  pager_clear(&p->pager);
  page_clear(&p->page);
}

bool pane_edited(const struct pane *p, const struct flow *f) {
  return flow_side_const(f, p->side)->sent != NULL;
}

void pane_layout(struct pane *p, struct ui *ui, const struct flow *f, int w, int h) {
  if (f == NULL) {
    p->pager.page = NULL;
    return;
  }
  if (f->id != p->flow) {
    pager_home(&p->pager);
    p->flow = f->id;
    p->received = false;
    p->max = p->max < PAGE_FIRST ? p->max : PAGE_FIRST; /* what was read on to the end was another's body */
  }
  bool beyond = p->page.more && p->pager.page != NULL && p->pager.top.head == PAGE_BODY && p->pager.ended;
  if (beyond && p->max >= PAGE_FIRST)
    p->max = p->max < PAGE_ALL / 8 ? p->max * 8 : PAGE_ALL;
  struct page_want want = {
      .flow = f->id, .side = p->side, .sent = !p->received, .brief = p->brief, .view = p->view, .max = p->max};
  want.connection = p->connection;
  want.hex_columns = w >= 112 ? 24 : w >= 79 ? 16 : 8;
  page_update(&p->page, &want, f, ui_now(ui));
  p->pager.page = &p->page;
  pager_layout(&p->pager, w, h);
}

void pane_read_all(struct pane *p, struct ui *ui, const struct flow *f) {
  if (!refresh(p) || !p->page.more || f == NULL || p->max < PAGE_FIRST)
    return;
  p->max = PAGE_ALL;
  pane_layout(p, ui, f, p->pager.w, p->pager.h);
}

static void draw_absence(const struct pane *p, const struct flow *f, struct canvas *c, struct rect r) {
  struct slice sentence = SLICE("no response yet");
  if (flow_invalid(flow_side_const(f, p->side))) {
    pager_draw(&p->pager, c, r);
    return;
  }
  if (p->side == FLOW_REQUEST)
    sentence = SLICE("no request");
  else if (f->state == FLOW_FAILED)
    sentence = f->error_text != NULL ? secure_sentence(f) : slice_of(flow_error_word(f->error));
  else if (f->paused == FLOW_PAUSED_REQUEST)
    sentence = SLICE("not sent yet: the request is paused");
  else if (secure_silent(f))
    sentence = SLICE("connected, no request yet");
  else if (f->kind == FLOW_TUNNEL)
    sentence = SLICE("a tunnel: its bytes are counted, not kept");
  int y = canvas_paragraph(c, r, f->state == FLOW_FAILED ? ROLE_ERROR : ROLE_DIM, sentence) + 1;
  struct buf cure = BUF_INIT;
  if (p->side == FLOW_RESPONSE)
    secure_cure(f, &cure);
  canvas_paragraph(c, (struct rect){r.x, y, r.w, r.y + r.h - y}, ROLE_TEXT, buf_slice(&cure));
  buf_clear(&cure);
}

void pane_draw(const struct pane *p, const struct flow *f, struct canvas *c, struct rect r) {
  if (f == NULL || p->pager.page == NULL)
    return;
  if (flow_side_const(f, p->side)->head.raw == NULL && !p->connection)
    draw_absence(p, f, c, r);
  else
    pager_draw(&p->pager, c, r);
}

/* "POST /login", or "401 Unauthorized - json - 27 B - 3ms". */
static void put_subject(const struct pane *p, const struct flow *f, const struct canvas *c, struct buf *out) {
  char size[24], took[16], type[8];
  struct slice media = {NULL, 0};
  if (p->side == FLOW_REQUEST) {
    struct slice path = flow_path(f);
    if (f->request.head.raw == NULL)
      return;
    buf_add_slice(out, flow_method(f));
    buf_add_byte(out, ' ');
    if (path.n == 0) /* of a tunnel its target */
      flow_url(f, out);
    buf_add_slice(out, path);
    return;
  }
  const char *mark = status_mark(c, f), *dot = canvas_glyph(c, GLYPH_DOT);
  buf_printf(out, "%s%s", mark, mark[0] != '\0' ? " " : "");
  flow_outcome(f, out);
  if (f->response.head.raw == NULL)
    return;
  http_head_find(&f->response.head, "Content-Type", &media);
  body_type_short(media, type);
  buf_printf(out, " %s %s %s %s", dot, type, dot, words_bytes(f->response.body.seen, size, sizeof size));
  if (f->times.end > f->times.start)
    buf_printf(out, " %s %s", dot, units_duration(f->times.end - f->times.start, took, sizeof took));
}

const char *pane_views(const struct pane *p) {
  static const char *const views[] = {"[Pretty] Raw Hex Connection", "Pretty [Raw] Hex Connection",
                                      "Pretty Raw [Hex] Connection"};
  return p->connection ? "Pretty Raw Hex [Connection]" : views[p->view];
}

static void put_choices(const struct pane *p, const struct flow *f, struct buf *out) {
  if (pane_edited(p, f))
    buf_add_text(out, p->received ? "[Original] Sent  " : "Original [Sent]  ");
  buf_printf(out, "%s ", pane_views(p));
}

void pane_title(const struct pane *p, const struct flow *f, struct canvas *c, struct rect r, bool focus, bool choices) {
  enum role role = focus ? ROLE_TITLE_FOCUS : ROLE_TITLE;
  struct buf subject = BUF_INIT, choice = BUF_INIT;
  canvas_hline(c, r, r.x, r.y, r.w, role, focus);
  if (f == NULL)
    return;
  int x = canvas_print(c, r, r.x + 2, r.y, role, " %s ", p->side == FLOW_REQUEST ? "Request" : "Response") + 1;
  if (choices)
    put_choices(p, f, &choice);
  else
    put_subject(p, f, c, &subject);
  int right = r.x + r.w - (int)text_width(buf_slice(&choice), TEXT_PLAIN);
  if (choice.n > 0)
    canvas_text(c, r, right > x ? right : x, r.y, role, buf_slice(&choice));
  if (subject.n > 0) {
    buf_insert(&subject, 0, " ", 1);
    buf_add_byte(&subject, ' ');
    canvas_text(c, (struct rect){r.x, r.y, r.w - 1, 1}, x, r.y, role, buf_slice(&subject));
  }
  buf_clear(&subject);
  buf_clear(&choice);
}

void pane_scroll(struct pane *p, enum pane_move move, long times) {
  if (!refresh(p))
    return;
  long rows = p->pager.h > 1 ? p->pager.h : 1;
  switch (move) {
  case PANE_ROW:
    pager_move(&p->pager, times);
    break;
  case PANE_HALF:
    pager_move(&p->pager, times * (rows > 1 ? rows / 2 : 1));
    break;
  case PANE_PAGE:
    pager_move(&p->pager, times * (rows > 2 ? rows - 1 : 1));
    break;
  case PANE_HOME:
    pager_home(&p->pager);
    break;
  case PANE_END:
    pager_end(&p->pager);
    break;
  }
}

void pane_go_line(struct pane *p, uint64_t line) {
  if (refresh(p))
    pager_line(&p->pager, line);
}

void pane_toggle_view(struct pane *p, enum body_view view) {
  p->view = p->view == view && !p->connection ? BODY_VIEW_PRETTY : view;
  p->connection = false;
}
