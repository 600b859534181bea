/* What was sent again (UX: "repeater"): tabs, the selected try's request and response, the tries and what changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/go.h"
#include "ui/list_row.h"
#include "ui/pane.h"
#include "ui/repeater.h"
#include "ui/repeater_table.h"
#include "ui/table_text.h"
#include "ui/view_diff.h"
#include "ui/view_edit.h"
#include "weir/base/units.h"

struct repeater_view {
  struct view view;
  struct pane pane[2]; /* by side */
  enum flow_side side; /* in focus */
  size_t top;          /* of the tries */
  struct rect tabs, left, right, tries;
};

static struct repeater_view *self(struct view *v) {
  return (struct repeater_view *)v;
}

static struct replay_tab *tab_of(const struct ui *ui) {
  return repeater_current(ui->repeater);
}

static const struct try *try_of(const struct ui *ui) {
  const struct replay_tab *t = tab_of(ui);
  return t != NULL && t->at < t->try.n ? &t->try.v[t->at] : NULL;
}

static uint64_t repeater_flow(const struct view *v, const struct ui *ui) {
  const struct try *t = try_of(ui);
  (void)v;
  return t != NULL && store_get(ui_store(ui), t->id) != NULL ? t->id : 0;
}

static enum flow_side repeater_side(const struct view *v) {
  return ((const struct repeater_view *)v)->side;
}

/* ---- moving ---- */

static void walk(struct ui *ui, long steps) {
  struct replay_tab *t = tab_of(ui);
  if (t == NULL || t->try.n == 0) {
    ui_say(ui, "nothing was sent again yet: r on a flow does, c composes");
    return;
  }
  repeater_rows(t);
  size_t row = repeater_row_of(t), last = t->rows.n - 1;
  if (t->rows.n == 0)
    return;
  if (row > last)
    row = steps < 0 ? last : 0; /* it was not among those that are shown */
  else if (steps < 0)
    row = (size_t)-steps < row ? row - (size_t)-steps : 0;
  else
    row = (size_t)steps < last - row ? row + (size_t)steps : last;
  t->at = t->rows.v[row];
  t->following = t->at + 1 == t->try.n;
}

static void go(struct ui *ui, struct view *v, enum stride stride, long times) {
  if (stride == STRIDE_ROW || stride == STRIDE_ALL)
    walk(ui, go_rows(stride, times, 1));
  else
    pane_scroll(&self(v)->pane[self(v)->side], stride, times);
}

static void step_tab(struct ui *ui, long steps) {
  struct repeater *r = ui->repeater;
  long n = (long)r->tab.n;
  if (n < 2)
    ui_say(ui, n == 0 ? "there is no tab yet" : "there is one tab only");
  else
    r->current = (size_t)((((long)r->current + steps) % n + n) % n);
}

static void next_tab(struct ui *ui, struct view *v, int count) {
  (void)v, step_tab(ui, view_times(count));
}
static void previous_tab(struct ui *ui, struct view *v, int count) {
  (void)v, step_tab(ui, -view_times(count));
}

/* ---- acts ---- */

static void open_try(struct ui *ui, struct view *v, int count) {
  uint64_t id = repeater_flow(v, ui);
  (void)count;
  if (id != 0)
    ui_push(ui, detail_view_new(ui, id));
  else
    ui_say(ui, try_of(ui) != NULL ? "its flow is no longer in the list: u brings back what was deleted or cleared"
                                  : "nothing was sent again yet");
}

/* Against the try before; in the table of a series against its first. */
bool repeater_act_diff(struct ui *ui, const struct view *v) {
  struct replay_tab *t = tab_of(ui);
  if (v->ops != &repeater_view_ops)
    return false;
  if (t == NULL || t->at == 0 || t->at >= t->try.n) {
    ui_say(ui, "there is no try before this one");
    return true;
  }
  size_t first = repeater_run_begin(t), other = t->table && first < t->at ? first : t->at - 1;
  uint64_t a = t->try.v[other].id, b = t->try.v[t->at].id;
  if (store_get(ui_store(ui), a) == NULL || store_get(ui_store(ui), b) == NULL)
    ui_say(ui, "one of the two flows has left the ring");
  else
    ui_push(ui, diff_view_new(ui, a, b));
  return true;
}

static void toggle_table(struct ui *ui, struct view *v, int count) {
  struct replay_tab *t = tab_of(ui);
  (void)v;
  (void)count;
  if (t == NULL || t->runs == 0) {
    ui_say(ui, "the table is for what was sent several times: 10r does");
    return;
  }
  t->table = !t->table;
  repeater_rows(t);
  if (repeater_row_of(t) == t->rows.n)
    walk(ui, -1);
}

static void other_side(struct ui *ui, struct view *v, int count) {
  (void)ui;
  (void)count;
  self(v)->side = self(v)->side == FLOW_REQUEST ? FLOW_RESPONSE : FLOW_REQUEST;
}

static void say_view(struct ui *ui, const struct pane *pane) {
  const struct flow *f = store_get(ui_store(ui), pane->flow);
  struct buf views = BUF_INIT;
  if (f != NULL)
    pane_views(pane, f, ui->canvas.width, &views);
  ui_say(ui, "%s", buf_text(&views)); /* the title has no room for it */
  buf_clear(&views);
}

static void toggle_view(struct ui *ui, struct view *v, enum body_view view) {
  struct pane *pane = &self(v)->pane[self(v)->side];
  pane_toggle_view(pane, view);
  say_view(ui, pane);
}

static void view_step(struct ui *ui, struct view *v, long steps) {
  struct pane *pane = &self(v)->pane[self(v)->side];
  const struct flow *f = store_get(ui_store(ui), pane->flow);
  if (f != NULL)
    pane_view_step(pane, f, (int)steps);
  say_view(ui, pane);
}
static void view_next(struct ui *ui, struct view *v, int count) {
  view_step(ui, v, view_times(count));
}
static void view_previous(struct ui *ui, struct view *v, int count) {
  view_step(ui, v, -view_times(count));
}
static void hex(struct ui *ui, struct view *v, int count) {
  (void)count, toggle_view(ui, v, BODY_VIEW_HEX);
}
static void raw(struct ui *ui, struct view *v, int count) {
  (void)count, toggle_view(ui, v, BODY_VIEW_TEXT);
}

/* r: what was edited goes, else the selected try as it is. */
void repeater_send_tab(struct ui *ui, const struct send_options *options) {
  struct replay_tab *t = tab_of(ui);
  const struct try *one = try_of(ui);
  if (t == NULL || one == NULL)
    ui_say(ui, "nothing was sent again yet: r on a flow does, c composes");
  else if (t->text.n > 0)
    repeater_send_text(ui, t, options);
  else
    repeater_send_flow(ui, one->id, options);
}

bool repeater_act_send(struct ui *ui, struct view *v, int count) {
  if (v->ops != &repeater_view_ops)
    return false;
  repeater_send_tab(ui, &(struct send_options){.count = count > 0 ? (unsigned)count : 1});
  return true;
}

bool repeater_act_edit(struct ui *ui, const struct view *v) {
  const struct replay_tab *t = tab_of(ui);
  if (v->ops != &repeater_view_ops || t == NULL)
    return false;
  if (t->text.n == 0 && try_of(ui) != NULL && repeater_flow(v, ui) == 0) {
    ui_say(ui, "its flow is no longer in the list: u brings back what was deleted or cleared");
    return true;
  }
  if (t->text.n == 0)
    return false;
  edit_text(ui, t->like, buf_slice(&t->text), t->keep_length);
  return true;
}

bool repeater_act_close(struct ui *ui, struct view *v) {
  if (v->ops != &repeater_view_ops)
    return false;
  struct replay_tab *t = tab_of(ui);
  if (t == NULL) {
    ui_say(ui, "there is no tab to close");
  } else {
    char name[sizeof t->name];
    snprintf(name, sizeof name, "%s", t->name);
    repeater_close(ui->repeater, ui->repeater->current);
    ui_say(ui, "tab %s closed; its flows stay in the list", name);
  }
  return true;
}

static bool has_try(const struct ui *ui, const struct view *v) {
  (void)v;
  return try_of(ui) != NULL;
}

static bool in_table(const struct ui *ui, const struct view *v) {
  const struct replay_tab *t = tab_of(ui);
  (void)v;
  return t != NULL && t->table;
}

/* Not the table of a series, which has the screen to itself. */
static bool has_messages(const struct ui *ui, const struct view *v) {
  return !in_table(ui, v);
}

static const struct binding repeater_bindings[] = {
    {"flow-open", "Enter", "open", "open this try", "MOVE", open_try, has_try, "nothing was sent"},
    {"try-newer", ")", "newer", "the next try", "MOVE", go_down, NULL, NULL, has_messages},
    {"try-older", "(", "older", "the try before", "MOVE", go_up, NULL, NULL, has_messages},
    {"tab-next", "l Right", "next tab", "the next tab", "MOVE", next_tab, NULL},
    {"tab-previous", "h Left", NULL, "the tab before", "MOVE", previous_tab, NULL},
    {"go-down", "j Down J", NULL, "the next try", "MOVE", go_down, NULL},
    {"go-up", "k Up K", NULL, "the try before", "MOVE", go_up, NULL},
    GO_ENDS("the first try", "the last try, and follow what comes"),
    GO_PAGES("the message: "),
    GO_HALVES("the message: "),
    {"side-other", "Tab", "side", "request or response", "SCREEN", other_side, NULL, NULL, has_messages},
    {"body-hex", "x", NULL, "body as hex, or not", "SCREEN", hex, NULL},
    {"body-raw", "v", NULL, "raw or pretty", "SCREEN", raw, NULL},
    {"view-next", "]", NULL, "headers, cookies, timing...: the next view", "SCREEN", view_next, NULL},
    {"view-previous", "[", NULL, "the view before", "SCREEN", view_previous, NULL},
    {"sort-number", "sn", NULL, "number", "SORT", act_tries_number, NULL},
    {"sort-duration", "sd", "slowest", "duration, longest first", "SORT", act_tries_duration, NULL, NULL, in_table},
    {"sort-size", "ss", NULL, "size, largest first", "SORT", act_tries_size, NULL},
    {"sort-status", "sc", NULL, "status code, largest first", "SORT", act_tries_status, NULL},
    {"sort-body", "sb", NULL, "body: the same ones side by side", "SORT", act_tries_body, NULL},
    {"copy-table", "yt", "copy table", "copy the table of a series", "ACT ON A FLOW", act_copy_table, in_table,
     "there is no table: 10r makes one"},
    {"layout-next", "\\", NULL, "the last series as a table, or all tries", "SCREEN", toggle_table, NULL},
    {"back", "q Esc", "back", "back to the list", "MOVE", go_back, NULL},
    {.keys = NULL},
};

/* ---- layout ---- */

static void place_rects(const struct ui *ui, struct repeater_view *p, struct rect r) {
  const struct replay_tab *t = tab_of(ui);
  bool table = t != NULL && t->table;
  int rest = r.h - 1, tries = table ? rest : ui_roomy(ui) ? 2 + 8 : rest >= 14 ? 2 + 4 : rest >= 8 ? 3 : 0;
  int message = rest - tries;
  p->tabs = (struct rect){r.x, r.y, r.w, 1};
  p->tries = (struct rect){r.x, r.y + 1 + message, r.w, tries};
  int left = ui_roomy(ui) ? (r.w - 1) / 2 : r.w;
  p->left = (struct rect){r.x, r.y + 1, left, message};
  p->right = (struct rect){r.x + left + 1, r.y + 1, ui_roomy(ui) ? r.w - left - 1 : 0, message};
  if (!ui_roomy(ui) && p->side == FLOW_RESPONSE)
    p->right = p->left, p->left.w = 0;
}

static void lay_pane(struct ui *ui, struct repeater_view *p, enum flow_side side, const struct flow *f, struct rect r) {
  if (r.w > 2 && r.h > 1)
    pane_layout(&p->pane[side], ui, f, r.w - 2, r.h - 1);
}

static void repeater_layout(struct ui *ui, struct view *v, struct rect r) {
  struct repeater_view *p = self(v);
  const struct try *one = try_of(ui);
  const struct flow *f = one != NULL ? store_get(ui_store(ui), one->id) : NULL;
  struct replay_tab *t = tab_of(ui);
  place_rects(ui, p, r);
  lay_pane(ui, p, FLOW_REQUEST, f, p->left);
  lay_pane(ui, p, FLOW_RESPONSE, f, p->right);
  if (t != NULL && p->tries.h > 0)
    repeater_table_layout(ui->repeater, t, &p->top, p->tries);
}

/* ---- drawing ---- */

static void draw_tabs(const struct ui *ui, struct canvas *c, struct rect r) {
  const struct repeater *reap = ui->repeater;
  int x = r.x + 1;
  size_t from = 0;
  int width = 0;
  for (size_t i = reap->current + 1; i > 0; i--) { /* the current one is always to be seen */
    width += (int)strlen(reap->tab.v[i - 1]->name) + 10;
    if (width > r.w && i <= reap->current) {
      from = i;
      break;
    }
  }
  for (size_t i = from; i < reap->tab.n && x < r.x + r.w; i++) {
    const struct replay_tab *t = reap->tab.v[i];
    bool now = i == reap->current;
    char label[80], many[16] = "";
    if (t->table)
      snprintf(many, sizeof many, " x%u",
               reap->series.tab == t ? reap->series.options.count : (unsigned)repeater_run_size(t));
    snprintf(label, sizeof label, now ? "[%zu %s%s]" : " %zu %s%s ", i + 1, t->name, many);
    x = canvas_text(c, r, x, r.y, now ? ROLE_TITLE_FOCUS : ROLE_TITLE, slice_of(label));
  }
}

static void draw_pane(const struct repeater_view *p, const struct ui *ui, enum flow_side side, const struct flow *f,
                      struct canvas *c, struct rect r) {
  if (r.w <= 2 || r.h < 1)
    return;
  struct rect title = {r.x, r.y, r.w, 1};
  pane_title(&p->pane[side], f, c, title, p->side == side && ui_roomy(ui), false);
  pane_draw(&p->pane[side], f, c, (struct rect){r.x + 1, r.y + 1, r.w - 2, r.h - 1});
}

static void draw_nothing(struct canvas *c, struct rect r) {
  canvas_text(c, r, r.x + 2, r.y + 1, ROLE_TEXT, SLICE("nothing was sent again yet"));
  canvas_text(c, r, r.x + 2, r.y + 2, ROLE_DIM, SLICE("r on a flow sends it again, 10r ten times, e edits it first"));
  canvas_text(c, r, r.x + 2, r.y + 3, ROLE_DIM, SLICE("c composes a new request: paste a curl command, or type"));
}

static void draw_gone(const struct try *one, struct canvas *c, struct rect r) {
  if (one == NULL || r.h < 4)
    return;
  canvas_print(c, r, r.x + 2, r.y + 2, ROLE_TEXT, "#%llu is no longer in the list: deleted, cleared or evicted",
               (unsigned long long)one->id);
  canvas_text_cut(c, r, r.x + 2, r.y + 3, ROLE_DIM, SLICE("u brings back what was deleted or cleared"));
  if (r.h > 4)
    canvas_text_cut(c, r, r.x + 2, r.y + 4, ROLE_DIM, SLICE("j k: the other tries; d closes this tab"));
}

static void repeater_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct repeater_view *p = (const struct repeater_view *)v;
  struct replay_tab *t = tab_of(ui);
  const struct try *one = try_of(ui);
  if (t == NULL) {
    draw_nothing(c, r);
    return;
  }
  const struct flow *f = one != NULL ? store_get(ui_store(ui), one->id) : NULL;
  draw_tabs(ui, c, p->tabs);
  if (f == NULL)
    draw_gone(one, c, p->left.w > 0 ? p->left : p->right);
  draw_pane(p, ui, FLOW_REQUEST, f, c, p->left);
  draw_pane(p, ui, FLOW_RESPONSE, f, c, p->right);
  if (ui_roomy(ui) && p->left.h > 1)
    canvas_vline(c, r, p->left.x + p->left.w, p->left.y + 1, p->left.h - 1, ROLE_BOX);
  if (p->tries.h > 0)
    repeater_table_draw(ui->repeater, t, p->top, c, p->tries);
}

static void repeater_message(const struct view *v, const struct ui *ui, struct buf *out) {
  struct replay_tab *t = tab_of(ui);
  const struct try *one = try_of(ui);
  unsigned done, all;
  (void)v;
  if (series_busy(ui, &done, &all)) {
    buf_printf(out, "sending %u of %u: Esc stops after the running one", done, all);
  } else if (one != NULL && t->table && one->finished) {
    char took[16];
    buf_printf(out, "try %u ", one->n);
    if (one->error != ERROR_NONE)
      buf_printf(out, "failed (%s)", flow_error_word(one->error));
    else
      buf_printf(out, "answered %d", one->status);
    buf_printf(out, " after %s, #%llu", units_duration(one->took, took, sizeof took), (unsigned long long)one->id);
  } else if (one != NULL) {
    const char *words = try_response_words(ui->repeater, t, t->at);
    buf_printf(out, "try %zu of %zu, #%llu  %s", t->at + 1 + t->forgotten, t->try.n + t->forgotten,
               (unsigned long long)one->id, words);
    if (t->text.n > 0)
      buf_add_text(out, "   r sends the edited text, e goes on with it");
  }
}

static bool repeater_key(struct ui *ui, struct view *v, const struct key *key) {
  struct repeater_view *p = self(v);
  struct replay_tab *t = tab_of(ui);
  if (key->code != KEY_MOUSE_)
    return false;
  bool in_tries = key->y >= p->tries.y && p->tries.h > 0;
  long steps = key_wheel(key);
  if (steps != 0) {
    if (in_tries)
      walk(ui, steps);
    else
      pane_scroll(&p->pane[key->x < p->left.x + p->left.w ? FLOW_REQUEST : FLOW_RESPONSE], STRIDE_ROW, steps);
  } else if (key->button == 1 && key->action == KEY_PRESS && t != NULL) {
    size_t place;
    if (in_tries && repeater_table_at(t, p->top, p->tries, key->y, &place)) {
      t->at = place;
      t->following = place + 1 == t->try.n;
    } else if (!in_tries && key->y > p->tabs.y) {
      p->side = p->right.w > 0 && key->x >= p->right.x ? FLOW_RESPONSE : FLOW_REQUEST;
    }
  }
  return true;
}

static void repeater_free_view(struct ui *ui, struct view *v) {
  struct repeater_view *p = self(v);
  (void)ui;
  pane_clear(&p->pane[FLOW_REQUEST]);
  pane_clear(&p->pane[FLOW_RESPONSE]);
  free(p);
}

static const char *repeater_hint(const struct ui *ui, const struct view *v, const struct binding *b) {
  if (in_table(ui, v) && strcmp(b->name, "only-failures") == 0)
    return "failures";
  if (in_table(ui, v) && strcmp(b->name, "write-csv") == 0)
    return "csv";
  if (strcmp(b->name, "flow-replay") == 0)
    return "send";
  return strcmp(b->name, "flow-delete") == 0 ? "close" : NULL;
}

const struct view_ops repeater_view_ops = {
    .name = "repeater",
    .bindings = repeater_bindings,
    .shared = flow_bindings,
    .draw = repeater_draw,
    .go = go,
    .key = repeater_key,
    .layout = repeater_layout,
    .message = repeater_message,
    .free = repeater_free_view,
    .flow = repeater_flow,
    .side = repeater_side,
    .hint = repeater_hint,
    .table = repeater_table_text,
};

struct view *repeater_view_new(struct ui *ui) {
  struct repeater_view *p = mem_zero(1, sizeof *p);
  view_init(&p->view, &repeater_view_ops);
  pane_init(&p->pane[FLOW_REQUEST], ui, FLOW_REQUEST, PAGE_FIRST);
  pane_init(&p->pane[FLOW_RESPONSE], ui, FLOW_RESPONSE, PAGE_FIRST);
  p->side = FLOW_RESPONSE;
  /* The tab of the flow that one comes from, where it has one. */
  const struct flow *f = ui->cursor != 0 ? store_get(ui_store(ui), ui->cursor) : NULL;
  struct repeater *r = ui->repeater;
  for (size_t i = 0; f != NULL && i < r->tab.n; i++)
    for (size_t k = 0; k < r->tab.v[i]->try.n && f->parent + f->replay != 0; k++)
      if (r->tab.v[i]->try.v[k].id == f->id)
        r->current = i;
  return &p->view;
}
