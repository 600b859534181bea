#include "ui/view_edit.h"

#include <stdio.h>
#include <stdlib.h>

#include "ui/actions.h"
#include "ui/compose.h"
#include "ui/edit_acts.h"
#include "ui/edit_hex.h"
#include "ui/edit_work.h"
#include "ui/keymap.h"
#include "ui/redact.h"
#include "ui/repeater.h"
#include "weir/base/mem.h"

#define LINE_LOOK (64 * 1024)

static struct edit_view *self(struct view *v) {
  return (struct edit_view *)v;
}
static unsigned long long number(const struct draft *d) {
  return (unsigned long long)d->id;
}
static const char *side_word(const struct draft *d) {
  return d->side == FLOW_REQUEST ? "request" : "response";
}

static void edit_free(struct ui *ui, struct view *v) {
  struct draft *d = self(v)->draft;
  if (d) {
    d->view = NULL;
    if (d->external && d->screen)
      ui_say(ui, "%s goes on: Ctrl-] leads back to it, Alt-K ends it", external_name(d->external));
    else if (d->external && d->id == 0)
      ui_say(ui, "%s still has the new request: c goes on there", external_name(d->external));
    else if (d->external)
      ui_say(ui, "%s still has the text of #%llu: e goes on there", external_name(d->external), number(d));
    else if (d->shell)
      ui_say(ui, "the command goes on; what it writes goes into the draft");
    else if (d->work)
      ui_say(ui, "the text of #%llu is still worked on: e goes on there", number(d));
    else if (draft_changed(d) && d->id == 0)
      ui_say(ui, "the new request is kept, nothing was sent: c goes on with it");
    else if (draft_changed(d))
      ui_say(ui, "draft of #%llu kept, nothing was sent: e goes on with it", number(d));
    else
      draft_drop(d);
  }
  free(v);
}

/* Keys that still mean what they mean everywhere; every other one that is not bound here does nothing. */
static bool is_global(const struct key *key) {
  bool function = key->code >= KEY_F0 && key->code <= KEY_F12_;
  return function || key->code == KEY_CTRL('z') || key->code == KEY_CTRL('l') || key->code == KEY_CTRL('c');
}

/* No line can stand before the start line: Enter there begins a field below it. */
static void go_below_start(struct editor *e) {
  struct buf start = BUF_INIT;
  size_t n = editor_size(e);
  editor_copy(e, 0, n < LINE_LOOK ? n : LINE_LOOK, &start);
  ptrdiff_t end = slice_find_byte(buf_slice(&start), '\n');
  if (end > 0)
    editor_goto(e, (size_t)end);
  buf_clear(&start);
}

static bool edit_key(struct ui *ui, struct view *v, const struct key *key) {
  struct draft *d = self(v)->draft;
  bool bound = dispatch_bound(ui, v, key);
  if (draft_is_out(d))
    return !is_global(key) && !bound && (key->code == KEY_MOUSE_ || edit_is_out(ui, d));
  if (bound || keymap_is_dead(ui->keys, v->ops, key))
    return false;
  if (key->code == KEY_PASTE && compose_into(ui, d, key->text))
    return true;
  if (key->code == KEY_ENTER_ && editor_cursor(d->editor) == 0 && !editor_in_hex(d->editor))
    go_below_start(d->editor);
  if (edit_hex_press(self(v), key)) {
    if (editor_refusal(d->editor))
      ui_warn(ui, "%s", editor_refusal(d->editor));
    return true;
  }
  return key->code != KEY_MOUSE_ && !is_global(key);
}

#define BOX_ROWS 4  /* of the check: its frame, the head, the body */
#define BOX_FROM 16 /* rows of the view from which on there is room for it; below, one line is left */

static int rows_below(struct rect r) {
  return r.h >= BOX_FROM ? BOX_ROWS : r.h > 6;
}

static struct rect text_area(struct rect r) {
  int above = r.h > 4;
  return (struct rect){r.x, r.y + above, r.w, r.h - above - rows_below(r)};
}

void edit_check_now(struct edit_view *view) {
  struct draft *d = view->draft;
  if (view->checked != editor_revision(d->editor) + 1 || view->checked_keeps != d->keep_length) {
    struct edit_check_options o = {.side = d->side, .keep_length = d->keep_length, .decoded = d->decoded};
    edit_check(&view->check, d->editor, &o);
    view->checked = editor_revision(d->editor) + 1;
    view->checked_keeps = d->keep_length;
  }
}

static void edit_layout(struct ui *ui, struct view *v, struct rect r) {
  struct edit_view *view = self(v);
  (void)ui;
  if (edit_hex_shown(view))
    edit_hex_layout(view, text_area(r));
  else
    editor_layout(view->draft->editor, text_area(r));
}

static void draw_title(const struct draft *d, struct canvas *c, struct rect r) {
  size_t changes = editor_changes(d->editor);
  char state[64] = "unchanged", right[80], name[80] = " New request ";
  canvas_hline(c, r, r.x, r.y, r.w, ROLE_TITLE_FOCUS, true);
  if (changes) {
    snprintf(state, sizeof state, "modified %s %zu change%s", canvas_glyph(c, GLYPH_DOT), changes,
             changes == 1 ? "" : "s");
  }
  snprintf(right, sizeof right, " %s ", state);
  int w = (int)text_width(slice_of(right), c->ascii ? TEXT_ASCII : TEXT_PLAIN);
  if (d->id != 0)
    snprintf(name, sizeof name, " Edit %s #%llu (%s), %s ", side_word(d), number(d),
             draft_waits(d)         ? "paused"
             : d->in_place && d->id ? "nobody waits any more"
                                    : "a copy",
             d->head_only ? "head only" : "whole message");
  canvas_text_cut(c, r, r.x + 3, r.y, ROLE_TITLE_FOCUS, slice_of(name));
  if (w + 50 < r.w)
    canvas_text(c, r, r.x + r.w - w - 2, r.y, ROLE_TITLE_FOCUS, slice_of(right));
}

/* Who has the text, where it is not here; false: nobody. */
static bool draw_away(const struct draft *d, struct canvas *c, struct rect r) {
  if (d->external) {
    canvas_print(c, r, r.x + 1, r.y, ROLE_PAUSED, "%s has this text: Ctrl-E goes back to it, Alt-K ends it",
                 external_name(d->external));
  } else if (d->shell) {
    canvas_print(c, r, r.x + 1, r.y, ROLE_PAUSED, "runs: %s   Esc ends it, the body is then as it was", d->shell_line);
  } else if (d->work) {
    unsigned percent;
    const char *doing = edit_work_doing(d, &percent);
    canvas_print(c, r, r.x + 1, r.y, ROLE_PAUSED, "%s: %u %%   Esc stops it, the text is then as it was", doing,
                 percent);
  }
  return draft_is_out(d);
}

static const char *head_words(const struct edit_view *view) {
  return view->draft->head_only && view->check.valid ? view->draft->why : view->check.text;
}

static enum role head_role(const struct edit_view *view) {
  return !view->check.valid ? ROLE_ERROR : view->draft->head_only ? ROLE_DIM : ROLE_OK;
}

/* One line: what is wrong comes first. */
static void draw_check_line(const struct edit_view *view, struct canvas *c, struct rect r) {
  const struct edit_check *check = &view->check;
  if (draw_away(view->draft, c, r))
    return;
  if (check->valid && !check->body_well) {
    canvas_text_cut(c, r, r.x + 1, r.y, ROLE_PAUSED, slice_of(check->body));
  } else {
    canvas_print(c, r, r.x + 1, r.y, head_role(view), "%s%s%s", head_words(view), check->body[0] ? "; " : "",
                 check->body);
  }
}

static void draw_check_box(const struct edit_view *view, struct canvas *c, struct rect r) {
  const struct edit_check *check = &view->check;
  struct rect row = {r.x + 1, r.y + 1, r.w - 2, 1};
  canvas_box(c, r, ROLE_BOX, "check");
  if (draw_away(view->draft, c, row))
    return;
  canvas_text_cut(c, row, row.x + 1, row.y, head_role(view), slice_of(head_words(view)));
  row.y++;
  if (check->body[0])
    canvas_text_cut(c, row, row.x + 1, row.y, check->body_well ? ROLE_OK : ROLE_PAUSED, slice_of(check->body));
  else if (!view->draft->head_only && view->draft->id != 0)
    canvas_text(c, row, row.x + 1, row.y, ROLE_DIM, SLICE("the original is kept"));
}

static void edit_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct edit_view *view = (const struct edit_view *)v;
  struct rect text = text_area(r);
  (void)ui;
  if (editor_shows_hex(view->draft->editor))
    edit_hex_draw(view, c, text);
  else
    editor_draw(view->draft->editor, c, text);
  if (draft_is_out(view->draft))
    canvas_cursor(c, -1, -1);
  if (text.y > r.y)
    draw_title(view->draft, c, (struct rect){r.x, r.y, r.w, 1});
  struct rect below = {r.x, text.y + text.h, r.w, rows_below(r)};
  if (below.h > 1)
    draw_check_box(view, c, below);
  else if (below.h == 1)
    draw_check_line(view, c, below);
}

static void edit_message(const struct view *v, const struct ui *ui, struct buf *out) {
  const struct draft *d = ((const struct edit_view *)v)->draft;
  const struct editor *e = d->editor;
  size_t line, column;
  (void)ui;
  if (d->in_place && d->id && !draft_waits(d)) {
    buf_add_text(out, d->side == FLOW_REQUEST ? "nobody waits for it any more: Ctrl-S sends it as a new request"
                                              : "nobody waits for it any more: it cannot be sent");
    return;
  }
  if (editor_in_hex(e)) {
    editor_hex_say(e, out);
    return;
  }
  editor_place(e, &line, &column);
  buf_printf(out, "line %zu col %zu   the proxy goes on while you edit", line, column);
}

static uint64_t edit_flow(const struct view *v, const struct ui *ui) {
  (void)ui;
  return ((const struct edit_view *)v)->draft->id;
}

static enum flow_side edit_side(const struct view *v) {
  return ((const struct edit_view *)v)->draft->side;
}

const struct view_ops edit_view_ops = {
    .name = "editor",
    .typing = true,
    .bindings = edit_bindings,
    .draw = edit_draw,
    .key = edit_key,
    .layout = edit_layout,
    .message = edit_message,
    .free = edit_free,
    .flow = edit_flow,
    .side = edit_side,
};

/* ---- opening ---- */

void edit_show(struct ui *ui, struct draft *d) {
  if (d->view) {
    while (ui->top != d->view)
      ui_pop(ui);
    return;
  }
  struct edit_view *view = mem_zero(1, sizeof *view);
  view_init(&view->view, &edit_view_ops);
  view->draft = d;
  d->view = &view->view;
  ui_push(ui, &view->view);
}

static void into_external(struct draft *d) {
  d->opened = NULL;
  if (d->view)
    edit_external(d, true);
}

/* Who hides secrets may be showing the screen to others. */
static void say_clear_text(struct ui *ui, const struct flow *f) {
  if (ui->w->options && ui->w->options->redact && f && redact_has_secret(f))
    ui_warn(ui, "the editor shows secrets as they are, whatever redact hides elsewhere; Esc leaves it");
}

void edit_open(struct ui *ui, uint64_t id, bool external) {
  const struct flow *f = store_get(ui_store(ui), id);
  enum flow_side side = f && f->paused == FLOW_PAUSED_RESPONSE ? FLOW_RESPONSE : FLOW_REQUEST;
  struct err err = ERR_INIT;
  bool again;
  if (!ui->drafts)
    ui->drafts = drafts_new(ui);
  struct draft *d = draft_open(ui->drafts, id, side, &again, &err);
  if (!d) {
    ui_warn(ui, "%s", err.text);
    return;
  }
  edit_show(ui, d);
  if (external && d->opening)
    d->opened = into_external;
  else if (external)
    edit_external(d, true);
  else if (draft_is_out(d))
    edit_is_out(ui, d);
  else if (again && draft_changed(d))
    ui_say(ui, "your draft of #%llu is back; Alt-U undoes it step by step", number(d));
  else
    say_clear_text(ui, f);
}

void edit_text(struct ui *ui, uint64_t id, struct slice text, bool keep_length) {
  struct err err = ERR_INIT;
  bool again;
  if (!ui->drafts)
    ui->drafts = drafts_new(ui);
  struct draft *d = id && store_get(ui_store(ui), id) ? draft_open(ui->drafts, id, FLOW_REQUEST, &again, &err)
                                                      : draft_compose(ui->drafts, text, &again);
  if (!d) {
    ui_warn(ui, "%s", err.text);
    return;
  }
  edit_work_finish(d);
  edit_show(ui, d);
  if (!d->external && !draft_changed(d)) {
    editor_set_text(d->editor, text);
    d->keep_length = keep_length;
  }
}

void act_edit(struct ui *ui, struct view *v, int count) {
  if (repeater_act_edit(ui, v))
    return;
  struct flow *f = act_target(ui, v);
  (void)count;
  if (f)
    edit_open(ui, f->id, false);
}

void act_edit_external(struct ui *ui, struct view *v, int count) {
  struct flow *f = act_target(ui, v);
  (void)count;
  if (f)
    edit_open(ui, f->id, true);
}
