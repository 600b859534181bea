/* The screen as a whole: the stack of views, when a frame is painted, and what the message line says. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ui/actions.h"
#include "ui/colours.h"
#include "ui/columns.h"
#include "ui/copy_job.h"
#include "ui/draft.h"
#include "ui/editor_pane.h"
#include "ui/hints.h"
#include "ui/host_suffix.h"
#include "ui/jumps.h"
#include "ui/keymap.h"
#include "ui/layout.h"
#include "ui/menu.h"
#include "ui/pane_past.h"
#include "ui/paused_row.h"
#include "ui/redact.h"
#include "ui/repeater.h"
#include "ui/rule_acts.h"
#include "ui/screen_state.h"
#include "ui/search.h"
#include "ui/ui_state.h"
#include "ui/undo.h"
#include "ui/view_edit.h"
#include "ui/write_list.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"

#define AWAY (3 * CLOCK_S) /* without a key */

struct store *ui_store(const struct ui *ui) {
  return ui->w->store;
}
struct proxy *ui_proxy(const struct ui *ui) {
  return ui->w->proxy;
}
uint64_t ui_now(const struct ui *ui) {
  return loop_now(ui->w->loop);
}

bool ui_roomy(const struct ui *ui) {
  return ui->canvas.width >= ROOMY_W && ui->canvas.height >= ROOMY_H;
}

/* What is left to the views: status above, message and hints below; tabs where there is room. */
struct rect ui_body(const struct ui *ui) {
  int above = ui_roomy(ui) ? 2 : 1;
  return (struct rect){0, above, ui->canvas.width, ui->canvas.height - above - 2};
}

void view_init(struct view *v, const struct view_ops *ops) {
  v->ops = ops;
  v->below = NULL;
}

struct flow *view_flow(const struct ui *ui, const struct view *v) {
  uint64_t id = v->ops->flow != NULL ? v->ops->flow(v, ui) : 0;
  return id != 0 ? store_get(ui_store(ui), id) : NULL;
}

size_t scroll_to(size_t top, size_t place, size_t count, int height) {
  size_t rows = height > 0 ? (size_t)height : 1;
  if (place < top)
    top = place;
  if (place >= top + rows)
    top = place - rows + 1;
  if (count <= rows)
    return 0;
  return top > count - rows ? count - rows : top;
}

/* ---- the stack ---- */

void ui_push(struct ui *ui, struct view *v) {
  v->below = ui->top;
  ui->top = v;
  ui_dirty(ui);
}

void ui_pop(struct ui *ui) {
  struct view *v = ui->top;
  if (v == NULL)
    return;
  if (v->below == NULL && !ui->quitting) {
    ui_quit(ui, true);
    return;
  }
  ui->top = v->below;
  v->ops->free(ui, v);
  ui_dirty(ui);
}

struct view *ui_find_view(const struct ui *ui, const struct view_ops *ops) {
  for (struct view *v = ui->top; v != NULL; v = v->below)
    if (v->ops == ops)
      return v;
  return NULL;
}

void ui_quit(struct ui *ui, bool ask) {
  if (ask && quit_asks(ui)) {
    if (ui_find_view(ui, &quit_view_ops) == NULL)
      ui_push(ui, quit_view_new(ui));
    return;
  }
  loop_stop(ui->w->loop);
}

/* ---- what is said ---- */

__attribute__((format(printf, 3, 0))) static void say(struct ui *ui, bool warning, const char *format, va_list args) {
  char text[512];
  vsnprintf(text, sizeof text, format, args);
  buf_reset(&ui->message);
  buf_add_text(&ui->message, text);
  ui->warning = warning;
  ui_dirty(ui);
}

void ui_say(struct ui *ui, const char *format, ...) {
  va_list args;
  va_start(args, format);
  say(ui, false, format, args);
  va_end(args);
}

void ui_warn(struct ui *ui, const char *format, ...) {
  va_list args;
  va_start(args, format);
  say(ui, true, format, args);
  va_end(args);
}

/* ---- painting ---- */

void ui_dirty(struct ui *ui) {
  ui->dirty = true;
  if (ui->in_key)
    ui->urgent = true;
}

static struct rect room_below(const struct ui *ui, const struct view *v, struct rect r) {
  return v->ops->room != NULL ? v->ops->room(v, ui, r) : r;
}

static void layout_view(struct ui *ui, struct view *v, struct rect r) {
  if (v->ops->overlay && v->below != NULL)
    layout_view(ui, v->below, room_below(ui, v, r));
  if (v->ops->layout != NULL)
    v->ops->layout(ui, v, r);
}

static void draw_view(const struct ui *ui, const struct view *v, struct canvas *c, struct rect r) {
  if (v->ops->overlay && v->below != NULL)
    draw_view(ui, v->below, c, room_below(ui, v, r));
  v->ops->draw(v, ui, c, r);
}

/* What can be taken back stands at the right end, where there is room for all of it. */
static void draw_undo(const struct ui *ui, struct canvas *c, struct rect row, int end, struct slice phrase) {
  const struct binding *b = keymap_command(ui->top->ops, SLICE("undo"));
  struct slice keys = slice_of(b != NULL ? dispatch_keys(ui, ui->top, b) : ""), key;
  if (keys.n == 0 || !slice_split(&keys, ' ', &key))
    return;
  int w = (int)(text_width(phrase, TEXT_PLAIN) + text_width(key, TEXT_PLAIN)) + 7;
  if (end + 2 + w < c->width)
    canvas_print(c, row, c->width - w, row.y, ROLE_DIM, "%.*s undo: %.*s", (int)key.n, key.p, (int)phrase.n, phrase.p);
}

static void draw_message(const struct ui *ui, struct canvas *c, int y) {
  struct rect row = {0, y, c->width, 1};
  struct buf text = BUF_INIT;
  enum role role = ROLE_TEXT;
  struct slice undo =
      ui->top->ops->typing ? (struct slice){NULL, 0} : undo_phrase(ui->undo, ui); /* u is a letter there */
  if (ui->prefix.code != 0) {
    menu_message(ui, &text);
  } else if (ui->message.n > 0) {
    buf_add_slice(&text, buf_slice(&ui->message));
    role = ui->warning ? ROLE_ERROR : ROLE_TEXT;
  } else if (ui->top->ops->message != NULL) {
    ui->top->ops->message(ui->top, ui, &text);
  }
  int end = canvas_text_cut(c, row, 1, y, role, buf_slice(&text));
  if (undo.n > 0)
    draw_undo(ui, c, row, end, undo);
  buf_clear(&text);
}

static void draw_too_small(struct canvas *c) {
  struct rect all = canvas_all(c);
  canvas_text(c, all, 0, 0, ROLE_TEXT, SLICE("40x10 or more, please"));
  canvas_text(c, all, 0, 1, ROLE_DIM, SLICE("the proxy goes on"));
}

static void draw(struct ui *ui) {
  struct canvas *c = &ui->canvas;
  canvas_erase(c);
  struct rect body = ui_body(ui);
  if (c->width < SMALLEST_W || c->height < SMALLEST_H) {
    draw_too_small(c);
    return;
  }
  layout_view(ui, ui->top, body);
  status_draw(ui, c);
  if (ui_roomy(ui))
    status_tabs(ui, c, 1);
  draw_message(ui, c, c->height - 2);
  hints_draw(ui, c, c->height - 1);
  draw_view(ui, ui->top, c, body);
  menu_draw(ui, c);
  const struct view *whole = ui->top;
  while (whole->ops->overlay && whole->below != NULL)
    whole = whole->below;
  if (ui->w->options->redact && whole->ops != &edit_view_ops) /* what is edited has to be seen */
    redact_canvas(c);
}

static void tell_paused(struct ui *ui) {
  size_t paused = store_stats(ui_store(ui)).paused;
  if (paused == ui->told_paused)
    return;
  /* Once for somebody who is not at the keys. */
  bool away = ui->focus == FOCUS_UNKNOWN ? ui_now(ui) - ui->keyed >= AWAY : ui->focus == FOCUS_AWAY;
  if (paused > ui->told_paused && away && !ui->rung && ui->w->options->bell && ui->t->ops->bell != NULL) {
    ui->rung = true;
    ui->t->ops->bell(ui->t);
  }
  ui->told_paused = paused;
  char title[48] = "weir";
  if (paused > 0)
    snprintf(title, sizeof title, "weir: %zu PAUSED", paused);
  if (ui->t->ops->title != NULL)
    ui->t->ops->title(ui->t, title);
}

void ui_paint(struct ui *ui) {
  if (ui->busy)
    return; /* ready() tells; what is to be drawn then is drawn then, frames in between are not wanted */
  bool keyed = ui->urgent;
  draw(ui);
  ui->paints++;
  if (!ui->t->ops->show(ui->t, &ui->canvas)) {
    ui->busy = true;
    return;
  }
  tell_paused(ui);
  ui->dirty = ui->urgent = false;
  if (!keyed)
    ui->painted = ui_now(ui);
  bool ages = ui->told_paused > 0 || proxy_stats(ui_proxy(ui)).running > 0 ||
              (ui->top->ops->ages != NULL && ui->top->ops->ages(ui->top));
  if (ages)
    loop_timer_arm(ui->w->loop, &ui->tick, TICK_GAP);
  else if (ui->rates.requests_s > 0 || ui->rates.bytes_s > 0)
    loop_timer_arm(ui->w->loop, &ui->tick, CLOCK_S);
}

static void turn_end(void *arg) {
  struct ui *ui = arg;
  status_rates(ui);
  undo_trim(ui->undo, ui_store(ui));
  if (!ui->dirty || ui->busy)
    return;
  uint64_t now = ui_now(ui);
  if (ui->urgent || ui->painted == 0 || now - ui->painted >= PAINT_GAP)
    ui_paint(ui);
  else if (ui->pace.place == 0)
    loop_timer_arm(ui->w->loop, &ui->pace, ui->painted + PAINT_GAP - now);
}

static void on_timer(void *arg) {
  ((struct ui *)arg)->dirty = true;
}

/* ---- what the terminal tells ---- */

static void on_key(void *arg, const struct key *key) {
  struct ui *ui = arg;
  if (key->code == KEY_FOCUS_IN || key->code == KEY_FOCUS_OUT) {
    ui->focus = key->code == KEY_FOCUS_IN ? FOCUS_HERE : FOCUS_AWAY;
    ui->rung = false;
    return;
  }
  uint64_t before = ui->cursor;
  ui->walked = false;
  ui->in_key = true;
  ui->keyed = ui_now(ui);
  ui->rung = false;
  dispatch_key(ui, key);
  ui->in_key = false;
  if (!ui->walked && ui->cursor != before)
    jump_note(ui, before);
}

static void on_resized(void *arg, int width, int height) {
  struct ui *ui = arg;
  canvas_resize(&ui->canvas, width, height);
  ui->busy = false; /* also how the end of a loan is told */
  ui->dirty = ui->urgent = true;
}

static void on_ready(void *arg) {
  ((struct ui *)arg)->busy = false;
}

static void on_gone(void *arg) {
  ui_quit(arg, false);
}

static void on_index(void *arg) {
  ui_dirty(arg);
}

static void on_changed(void *arg, struct flow *f, unsigned mask) {
  if (mask & FLOW_CHANGED_STATE)
    patience_learn(arg, f);
  columns_forget(arg, f->id);
}

static void on_added(void *arg, struct flow *f) {
  host_suffix_add(((struct ui *)arg)->hosts, f);
}

static void on_removed(void *arg, struct flow *f) {
  struct ui *ui = arg;
  host_suffix_remove(ui->hosts, f);
  struct view *detail = ui_find_view(ui, &detail_view_ops);
  if (detail != NULL)
    detail_let_go(ui, detail, f);
  write_part_let_go(ui, f);
  write_list_let_go(ui, f);
  copy_job_let_go(ui, f);
  search_forget(ui, f->id);
  selection_forget(ui, f);
  columns_forget(ui, f->id);
  if (f->id != ui->cursor)
    return;
  bool exact;
  size_t place = filter_index_place(ui->index, f->id, &exact), count = filter_index_count(ui->index);
  if (exact)
    place++;
  uint64_t next = place < count ? filter_index_nth(ui->index, place) : 0;
  if (next == 0 && place > (exact ? 1u : 0u))
    next = filter_index_nth(ui->index, place - (exact ? 2 : 1));
  ui->cursor = next;
  if (!f->deleted && !ui->removing)
    ui_say(ui, "#%llu was the oldest and has left the ring: the cursor is on its neighbour", (unsigned long long)f->id);
}

struct ui *ui_new(struct weir *w, struct terminal *t) {
  struct ui *ui = mem_zero(1, sizeof *ui);
  ui->w = w;
  ui->t = t;
  ui->following = true;
  ui->split = SPLIT_FIRST;
  ui->sides = SIDES_FIRST;
  int width, height;
  t->ops->size(t, &width, &height);
  canvas_init(&ui->canvas, width, height);
  ui->canvas.ascii = t->ascii;
  ui->only_ascii = t->ascii && !w->options->ascii;
  t->user = (struct terminal_user){.key = on_key, .resized = on_resized, .ready = on_ready, .gone = on_gone, .arg = ui};
  ui->pace = (struct loop_timer){.fn = on_timer, .arg = ui};
  ui->tick = (struct loop_timer){.fn = on_timer, .arg = ui};
  ui->index = filter_index_new(w->loop, w->store, on_index, ui);
  ui->paused = filter_index_new(w->loop, w->store, on_index, ui);
  filter_index_set(ui->paused, filter_compile(SLICE("!~all"), NULL));
  ui->hosts = host_suffix_new();
  ui->by = datum_new(SLICE("by"), NULL);
  rules_listen(ui, true);
  store_observe(w->store,
                &(struct store_observer){.added = on_added, .changed = on_changed, .removed = on_removed, .arg = ui});
  filter_presets_init(&ui->presets, path_for(PATH_CONFIG, w->options->confdir, "filters"));
  ui->repeater = repeater_new(ui);
  ui->changes = mem_zero(1, sizeof *ui->changes);
  ui->undo = undo_new();
  ui->keys = keymap_new();
  ui->log = log_ring_new(ui);
  loop_add_hook(w->loop, turn_end, ui);
  settings_apply(ui);
  ui_push(ui, list_view_new(ui));
  ui->dirty = ui->urgent = true;
  loop_timer_arm(w->loop, &ui->pace, 0); /* the first frame waits for nobody */
  return ui;
}

void ui_free(struct ui *ui) {
  if (ui == NULL)
    return;
  ui->quitting = true;
  rules_listen(ui, false);
  screen_state_close(ui);
  clipboard_forget(ui);
  write_list_stop(ui);
  write_part_stop(ui);
  copy_job_stop(ui);
  search_drop(ui);
  while (ui->top != NULL)
    ui_pop(ui);
  selection_clear_all(ui);
  repeater_free(ui->repeater);
  ui->repeater = NULL;
  flow_changes_clear(ui->changes);
  free(ui->changes);
  drafts_free(ui->drafts);
  loop_remove_hook(ui->w->loop, turn_end, ui);
  loop_timer_cancel(ui->w->loop, &ui->pace);
  loop_timer_cancel(ui->w->loop, &ui->tick);
  store_unobserve(ui->w->store, ui);
  filter_index_free(ui->index);
  filter_presets_clear(&ui->presets);
  free(ui->filter_off);
  filter_index_free(ui->paused);
  undo_free(ui->undo);
  host_suffix_free(ui->hosts);
  datum_free(ui->by);
  columns_free(ui);
  colour_rules_free(ui->colours);
  keymap_free(ui->keys);
  log_ring_free(ui->log);
  ui->t->user = (struct terminal_user){0};
  canvas_clear(&ui->canvas);
  buf_clear(&ui->message);
  pane_past_free(ui->past);
  input_history_clear(&ui->filters);
  input_history_clear(&ui->conditions);
  input_history_clear(&ui->finds);
  input_history_clear(&ui->commands);
  input_history_clear(&ui->shells);
  input_history_clear(&ui->rules);
  free(ui);
}
