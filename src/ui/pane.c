#include "ui/pane.h"

#include <string.h>

#include "ui/list_row.h"
#include "ui/pane_past.h"
#include "ui/secure_words.h"
#include "weir/base/units.h"
#include "weir/body/kind.h"

static void on_work(void *arg) {
  const struct pane *p = arg;
  ui_dirty(p->ui);
}

/* Whatever holds a page between turns must ask again: the flow may be gone, or its message be another one. */
static bool refresh_fn(void *arg) {
  struct pane *p = arg;
  const struct flow *f = p->flow != 0 ? store_get(ui_store(p->ui), p->flow) : NULL;
  if (f == NULL)
    page_forget(&p->page);
  else if (p->pager.page != NULL)
    page_update(&p->page, &p->page.want, f, ui_now(p->ui));
  return f != NULL && p->pager.page != NULL;
}

bool pane_refresh(struct pane *p) {
  return refresh_fn(p);
}

void pane_init(struct pane *p, struct ui *ui, enum flow_side side, size_t max) {
  memset(p, 0, sizeof *p);
  p->side = side;
  p->max = max;
  p->view = BODY_VIEW_PRETTY;
  p->ui = ui;
  pager_init(&p->pager, ui->w->loop, NULL, on_work, p);
  p->pager.fresh = refresh_fn;
}

void pane_clear(struct pane *p) {
  pane_remember(p);
  pager_clear(&p->pager);
  page_clear(&p->page);
  pane_picture_drop(&p->picture);
  folds_clear(&p->folds);
  buf_clear(&p->token);
}

bool pane_edited(const struct pane *p, const struct flow *f) {
  return flow_side_const(f, p->side)->sent != NULL;
}

static void turn_to(struct pane *p, uint64_t flow) {
  pane_remember(p);
  pager_home(&p->pager);
  p->flow = flow;
  if (pane_recall(p))
    return;
  p->received = false;
  if (p->show == PAGE_TOKEN)
    p->show = p->token_show;
}

/* As many as were asked for, or as there is room for. */
static unsigned hex_columns(const struct ui *ui, const struct pager *p, int w) {
  static const unsigned usual[] = {24, 16, 8, 4};
  if (ui->hex_columns > 0 && (!p->wrap || pager_hex_width(ui->hex_columns) <= w))
    return ui->hex_columns;
  for (size_t i = 0; i < 3; i++)
    if (pager_hex_width(usual[i]) <= w)
      return usual[i];
  return usual[3];
}

static void want_picture(struct pane *p, const struct flow *f, struct page_want *want, int w, int h) {
  want->picture = pane_picture_ask(&p->picture, p->ui, f, p->side, w, h - 4);
  want->picture_made = p->picture.shown.made;
}

void pane_layout(struct pane *p, struct ui *ui, const struct flow *f, int w, int h) {
  if (f == NULL) {
    p->pager.page = NULL;
    return;
  }
  bool other = f->id != p->flow;
  if (other)
    turn_to(p, f->id);
  struct page_want want = {
      .flow = f->id, .side = p->side, .sent = !p->received, .brief = p->brief, .view = p->view, .max = p->max};
  want.show = p->show;
  want.marks = p->marks;
  want.token = p->show == PAGE_TOKEN ? buf_slice(&p->token) : (struct slice){NULL, 0};
  want.ascii = ui->canvas.ascii;
  want.redact = ui->w->options->redact;
  if (p->show == PAGE_TIMING)
    want.width = w > 0 ? (unsigned)w : 0;
  else if (p->show == PAGE_CONNECTION && p->pager.wrap && w > 0)
    want.width = (unsigned)w;
  want.hex_columns = hex_columns(ui, &p->pager, w);
  bool pretty = p->marks && p->show == PAGE_MESSAGE && p->view == BODY_VIEW_PRETTY;
  if (pretty && p->page.image && p->page.want.flow == f->id)
    want_picture(p, f, &want, w, h);
  page_update(&p->page, &want, f, ui_now(ui));
  if (pretty && p->page.image && want.picture == NULL) {
    want_picture(p, f, &want, w, h);
    page_update(&p->page, &want, f, ui_now(ui));
  }
  if (other && p->folds.fold.n > 0) {
    folds_clear(&p->page.folds);
    p->page.folds = p->folds;
    p->folds = (struct folds){.walk = FOLDS_REST};
  }
  p->pager.page = &p->page;
  pager_layout(&p->pager, w, h);
}

static void draw_absence(const struct pane *p, const struct flow *f, struct canvas *c, struct rect r) {
  struct slice sentence = SLICE("no response yet");
  const struct flow_message *m = flow_side_const(f, p->side);
  if (flow_invalid(m) || (m->stream && m->body.kept > 0)) {
    pager_draw(&p->pager, c, r);
    return;
  }
  if (m->stream && f->state != FLOW_FAILED)
    sentence =
        p->side == FLOW_REQUEST ? SLICE("nothing has come from the client") : SLICE("nothing has come from the server");
  else if (p->side == FLOW_REQUEST)
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

/* Below the head of what became another protocol, where there is room. */
static void draw_upgraded(const struct pane *p, const struct flow *f, struct canvas *c, struct rect r) {
  int y = r.y + (int)p->page.head.n + 1;
  char size[24];
  struct buf words = BUF_INIT;
  if (p->page.want.brief)
    return;
  buf_printf(&words, "%s %s since then: they are counted, not kept; weir does not read frames",
             words_bytes(p->side == FLOW_REQUEST ? f->up : f->down, size, sizeof size),
             p->side == FLOW_REQUEST ? "from the client" : "from the server");
  if (y < r.y + r.h)
    canvas_paragraph(c, (struct rect){r.x, y, r.w, r.y + r.h - y}, ROLE_DIM, buf_slice(&words));
  buf_clear(&words);
}

void pane_draw(const struct pane *p, const struct flow *f, struct canvas *c, struct rect r) {
  if (f == NULL || p->pager.page == NULL)
    return;
  if (flow_side_const(f, p->side)->head.raw == NULL && p->show != PAGE_CONNECTION && p->show != PAGE_TIMING)
    draw_absence(p, f, c, r);
  else
    pager_draw(&p->pager, c, r);
  if (f->kind == FLOW_TUNNEL && p->show == PAGE_MESSAGE && flow_side_const(f, p->side)->head.raw != NULL)
    draw_upgraded(p, f, c, r);
}

void pane_scroll(struct pane *p, enum stride stride, long times) {
  if (!pane_refresh(p))
    return;
  long rows = p->pager.h > 1 ? p->pager.h : 1;
  switch (stride) {
  case STRIDE_ROW:
    pager_move(&p->pager, times);
    break;
  case STRIDE_HALF:
    pager_move(&p->pager, times * (rows > 1 ? rows / 2 : 1));
    break;
  case STRIDE_PAGE:
    pager_move(&p->pager, times * (rows > 2 ? rows - 1 : 1));
    break;
  case STRIDE_ALL:
    if (times < 0)
      pager_home(&p->pager);
    else
      pager_end(&p->pager);
    break;
  }
}

void pane_go_line(struct pane *p, uint64_t line) {
  if (pane_refresh(p))
    pager_line(&p->pager, line);
}

bool pane_fold(struct pane *p, enum pager_fold act) {
  return pane_refresh(p) && pager_fold(&p->pager, act);
}

void pane_click(struct pane *p, int x, int y) {
  if (!pane_refresh(p) || y < 0 || y >= p->pager.h)
    return;
  pager_cursor_row(&p->pager, y);
  if (pager_cursor_mark(&p->pager, x - p->pager.gutter))
    pager_fold(&p->pager, PAGER_FOLD_HERE);
}

bool pane_token(struct pane *p) {
  if (!pane_refresh(p) || !page_token(&p->page, &p->pager.cursor, &p->token))
    return false;
  p->token_from = pager_mark(&p->pager);
  p->token_show = p->show;
  p->show = PAGE_TOKEN;
  pager_home(&p->pager);
  return true;
}

bool pane_token_close(struct pane *p) {
  if (p->show != PAGE_TOKEN)
    return false;
  p->show = p->token_show;
  p->pager.returning = true;
  p->pager.to = p->token_from;
  return true;
}
