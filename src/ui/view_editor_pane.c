/* The pane: where it stands, who has the keys, and what becomes of it. */
#include "ui/editor_pane.h"

#include <stdio.h>
#include <stdlib.h>

#include "ui/keymap.h"
#include "ui/prompt.h"
#include "ui/term_name.h"
#include "ui/view_edit.h"
#include "ui/vterm_pane.h"
#include "weir/base/mem.h"

#define BESIDE_W    100 /* of the screen: the pane stands beside the list, else below it */
#define EDITOR_W    80
#define LIST_LEAST  36
#define LIST_ROWS   8                  /* above the pane, at most */
#define OVER_H      16                 /* of the screen's body: room for rows above */
#define ANSWERS_MAX ((size_t)64 << 10) /* that may wait for an editor that reads nothing */

struct pane_view {
  struct view view;
  struct draft *draft;
};

static struct pane_view *self(struct view *v) {
  return (struct pane_view *)v;
}

static bool has_keys(const struct ui *ui) {
  return ui->in_pane != NULL && ui->in_pane->pane != NULL && ui->top == ui->in_pane->pane;
}

/* shown: it has the keys, or is about to get them. */
static struct rect place_when(bool shown, struct rect r, struct rect *list) {
  *list = r;
  if (r.w >= BESIDE_W) {
    int w = r.w - EDITOR_W - 1 < r.w * 2 / 5 ? r.w - EDITOR_W - 1 : r.w * 2 / 5;
    list->w = w < LIST_LEAST ? LIST_LEAST : w;
    return (struct rect){r.x + list->w + 1, r.y, r.w - list->w - 1, r.h};
  }
  if (!shown)
    return (struct rect){r.x, r.y, 0, 0};
  list->h = r.h < OVER_H ? 0 : r.h / 5 < LIST_ROWS ? r.h / 5 : LIST_ROWS;
  return (struct rect){r.x, r.y + list->h, r.w, r.h - list->h};
}

/* Where its screen is to be seen, with the keys or without; no width: nowhere. */
static struct rect place(const struct ui *ui, struct rect r, struct rect *list) {
  *list = r;
  return ui->in_pane != NULL ? place_when(ui->in_pane->pane != NULL, r, list) : (struct rect){r.x, r.y, 0, 0};
}

static struct rect below_title(struct rect pane) {
  int title = pane.h > 1;
  return (struct rect){pane.x, pane.y + title, pane.w, pane.h - title};
}

/* ---- the editor ---- */

static void on_send(void *arg, struct slice bytes) {
  const struct draft *d = arg;
  if (d->external != NULL && (d->pressed || external_waiting(d->external) < ANSWERS_MAX))
    external_write(d->external, bytes);
}

static void on_output(void *arg, struct slice bytes) {
  struct draft *d = arg;
  struct ui *ui = d->drafts->ui;
  bool answer = d->pressed;
  d->pressed = false;
  vterm_pane_feed(d->screen, bytes);
  if (ui->in_pane != d)
    return;
  ui_dirty(ui);
  ui->urgent = ui->urgent || (answer && has_keys(ui)); /* what was typed shows at once, the rest as traffic does */
}

static void set_size(struct draft *d, struct rect room) {
  int w, h;
  if (!vterm_pane_resize(d->screen, room.w, room.h))
    return;
  vterm_pane_size(d->screen, &w, &h);
  external_resize(d->external, w, h);
}

void editor_pane_start(struct draft *d, const struct external_options *options, struct external_user user,
                       struct err *err) {
  struct ui *ui = d->drafts->ui;
  struct draft *before = ui->in_pane;
  struct external_options o = *options;
  char term[40];
  const char *ground = getenv("COLORFGBG");
  const char *const env[] = {term,
                             ground == NULL ? (ui->t->light ? "COLORFGBG=0;15" : "COLORFGBG=15;0") : "COLUMNS",
                             "COLUMNS",
                             "LINES",
                             "COLORTERM",
                             "TERMCAP",
                             "TERM_PROGRAM",
                             "VTE_VERSION",
                             NULL};
  struct rect list;
  snprintf(term, sizeof term, "TERM=%s", term_name(ui->t->colours));
  ui->in_pane = d;
  struct rect room =
      below_title(place_when(true, ui_body(ui), &list)); /* right from the start: a resize may be missed */
  d->screen = vterm_pane_new(room.w, room.h, on_send, d);
  vterm_pane_size(d->screen, &o.width, &o.height);
  o.embed = true;
  o.env = env;
  user.output = on_output;
  d->external = external_start(ui->w->loop, ui->t, &o, user, err);
  if (d->external != NULL) {
    editor_pane_show(d);
    return;
  }
  editor_pane_close(d);
  ui->in_pane = before;
}

void editor_pane_show(struct draft *d) {
  struct ui *ui = d->drafts->ui;
  if (d->pane != NULL) {
    while (ui->top != d->pane)
      ui_pop(ui);
  } else {
    edit_show(ui, d);
    struct pane_view *p = mem_zero(1, sizeof *p);
    view_init(&p->view, &editor_pane_view_ops);
    p->draft = d;
    d->pane = &p->view;
    ui_push(ui, &p->view);
  }
  ui->in_pane = d;
  external_return(d->external);
  vterm_pane_focus(d->screen, true);
}

static void take_out(struct ui *ui, struct view *v) {
  for (struct view **at = &ui->top; *at != NULL; at = &(*at)->below)
    if (*at == v) {
      *at = v->below;
      v->ops->free(ui, v);
      return;
    }
}

void editor_pane_close(struct draft *d) {
  struct ui *ui = d->drafts->ui;
  if (d->screen == NULL)
    return;
  if (d->pane != NULL)
    take_out(ui, d->pane);
  vterm_pane_free(d->screen);
  d->screen = NULL;
  if (ui->in_pane != d)
    return;
  ui->in_pane = NULL;
  for (struct draft *other = d->drafts->first; other != NULL && ui->in_pane == NULL; other = other->next)
    if (other->screen != NULL)
      ui->in_pane = other;
  ui_dirty(ui);
}

void editor_pane_stopped(struct draft *d) {
  struct ui *ui = d->drafts->ui;
  if (has_keys(ui) && ui->in_pane == d)
    screen_flows(ui, ui->top, 0);
  ui_say(ui, "%s is stopped and keeps its text: Ctrl-] leads back to it, Alt-K ends it", external_name(d->external));
  ui->urgent = true;
}

size_t editor_pane_count(const struct ui *ui) {
  size_t n = 0;
  for (const struct draft *d = ui->drafts != NULL ? ui->drafts->first : NULL; d != NULL; d = d->next)
    n += d->screen != NULL;
  return n;
}

const char *editor_pane_name(const struct ui *ui) {
  return ui->in_pane != NULL ? external_name(ui->in_pane->external) : "an editor";
}

/* ---- acts ---- */

bool act_editor_is_open(const struct ui *ui, const struct view *v) {
  (void)v;
  return ui->in_pane != NULL;
}

void act_editor_back(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  if (ui->in_pane != NULL)
    editor_pane_show(ui->in_pane);
  else
    ui_say(ui, "no editor is open: E opens a message in one");
}

/* The editor may have ended before the answer came. */
static void end_it(struct ui *ui, void *arg) {
  struct draft *d = ui->drafts->first;
  while (d != NULL && d != arg)
    d = d->next;
  if (d == NULL || d->screen == NULL)
    return;
  draft_end_external(d);
  ui_say(ui, "it was told to end; the text here is as it was before");
  if (d->view == NULL && !draft_changed(d))
    draft_drop(d);
}

void editor_pane_ask_end(struct ui *ui, struct draft *d) {
  prompt_ask(ui, 0, end_it, NULL, d, "end %s? what was changed there is lost (y ends it)", external_name(d->external));
}

void act_editor_end(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  if (ui->in_pane != NULL)
    editor_pane_ask_end(ui, ui->in_pane);
  else
    ui_say(ui, "no editor is open");
}

static const struct binding pane_bindings[] = {
    {"editor-pane-leave", "Ctrl-]", "the flow list; again: back here",
     "out of the editor's pane to the flow list; the editor goes on", "SCREEN", screen_flows, NULL},
    {.keys = NULL},
};

/* ---- on the list's screen ---- */

static struct view *list_of(const struct ui *ui) {
  return ui_find_view(ui, &list_view_ops);
}

struct rect editor_pane_layout(struct ui *ui, struct rect r) {
  struct rect list, pane = place(ui, r, &list);
  if (pane.w > 0)
    set_size(ui->in_pane, below_title(pane));
  return list;
}

static void draw_title(const struct ui *ui, struct canvas *c, struct rect r) {
  const struct draft *d = ui->in_pane;
  bool focus = has_keys(ui);
  enum role role = focus ? ROLE_TITLE_FOCUS : ROLE_TITLE;
  const char *side = d->side == FLOW_REQUEST ? "request" : "response", *name = external_name(d->external);
  char text[120], right[40];
  canvas_hline(c, r, r.x, r.y, r.w, role, focus);
  if (d->id == 0)
    snprintf(text, sizeof text, " %.40s: new request ", name);
  else
    snprintf(text, sizeof text, " %.40s: %s of #%llu (%s) ", name, side, (unsigned long long)d->id,
             draft_waits(d) ? "paused" : "a copy");
  snprintf(right, sizeof right, " Ctrl-] %s ", focus ? "leaves it" : "goes to it");
  int x = canvas_text(c, r, r.x + 2, r.y, role, slice_of(text)), w = (int)slice_of(right).n;
  if (x + w + 1 < r.x + r.w)
    canvas_text(c, r, r.x + r.w - w - 1, r.y, role, slice_of(right));
}

void editor_pane_draw(const struct ui *ui, struct canvas *c, struct rect r) {
  struct rect list, pane = place(ui, r, &list);
  if (pane.w == 0)
    return;
  if (list.w < r.w)
    canvas_vline(c, r, pane.x - 1, r.y, r.h, ROLE_BOX);
  if (pane.h > 1)
    draw_title(ui, c, (struct rect){pane.x, pane.y, pane.w, 1});
  vterm_pane_draw(ui->in_pane->screen, c, below_title(pane), has_keys(ui));
}

static bool is_inside(struct rect r, const struct key *key) {
  return key->x >= r.x && key->x < r.x + r.w && key->y >= r.y && key->y < r.y + r.h;
}

bool editor_pane_click(struct ui *ui, const struct key *key) {
  struct rect list, pane = place(ui, ui_body(ui), &list);
  if (!is_inside(pane, key))
    return false;
  if (key->action == KEY_PRESS && key->button == 1)
    editor_pane_show(ui->in_pane);
  return true;
}

/* ---- the view that gives it the keys ---- */

static void give_key(struct draft *d, const struct key *key) {
  d->pressed = true;
  if (!vterm_pane_key(d->screen, key))
    d->pressed = false;
}

/* A click on the list goes there. */
static bool pane_mouse(struct ui *ui, struct draft *d, const struct key *key) {
  struct rect list, room = below_title(place(ui, ui_body(ui), &list));
  struct key inside = *key;
  if (is_inside(list, key)) {
    if (key->action != KEY_PRESS)
      return true;
    if (key->button == 1)
      screen_flows(ui, ui->top, 0);
    struct view *l = list_of(ui);
    return l->ops->key(ui, l, key);
  }
  if (!is_inside(room, key))
    return false;
  inside.x -= room.x;
  inside.y -= room.y;
  give_key(d, &inside);
  return true;
}

/* One key is always weir's, whatever was unmapped. */
static bool is_way_out(const struct ui *ui, const struct view *v, const struct key *key) {
  bool mapped = dispatch_keys(ui, v, &pane_bindings[0])[0] != '\0';
  return !mapped && key->code == KEY_CTRL(']') && key->mods == 0;
}

static bool pane_key(struct ui *ui, struct view *v, const struct key *key) {
  struct draft *d = self(v)->draft;
  if (key->code == KEY_MOUSE_)
    return pane_mouse(ui, d, key);
  if (dispatch_bound(ui, v, key))
    return false;
  if (is_way_out(ui, v, key))
    screen_flows(ui, v, 0);
  else
    give_key(d, key);
  return true;
}

static void pane_layout(struct ui *ui, struct view *v, struct rect r) {
  struct view *l = list_of(ui);
  ui->in_pane = self(v)->draft;
  l->ops->layout(ui, l, r);
}

static void pane_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct view *l = list_of(ui);
  (void)v;
  l->ops->draw(l, ui, c, r);
}

static void pane_message(const struct view *v, const struct ui *ui, struct buf *out) {
  (void)v;
  buf_printf(out, "keys are %s's, but one; the proxy goes on while you edit", editor_pane_name(ui));
}

static void pane_free(struct ui *ui, struct view *v) {
  struct draft *d = self(v)->draft;
  (void)ui;
  d->pane = NULL;
  if (d->external != NULL)
    vterm_pane_focus(d->screen, false);
  free(v);
}

static uint64_t pane_flow(const struct view *v, const struct ui *ui) {
  (void)ui;
  return ((const struct pane_view *)v)->draft->id;
}

static enum flow_side pane_side(const struct view *v) {
  return ((const struct pane_view *)v)->draft->side;
}

const struct view_ops editor_pane_view_ops = {
    .name = "editor in a pane",
    .typing = true,
    .foreign = true,
    .bindings = pane_bindings,
    .draw = pane_draw,
    .key = pane_key,
    .layout = pane_layout,
    .message = pane_message,
    .free = pane_free,
    .flow = pane_flow,
    .side = pane_side,
};
