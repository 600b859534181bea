/* Keys and clicks to acts, by the binding tables as the person has them (ui/keymap.h). */
#include <stdio.h>

#include "ui/bindings.h"
#include "ui/compose.h"
#include "ui/copy_job.h"
#include "ui/hints.h"
#include "ui/keymap.h"
#include "ui/menu.h"
#include "ui/repeater.h"
#include "ui/ui_state.h"
#include "ui/write_list.h"

const struct binding *dispatch_next(const struct view *v, size_t *at) {
  return bindings_next(v->ops, at);
}

bool dispatch_bound(const struct ui *ui, const struct view *v, const struct key *key) {
  const struct binding *b;
  return keymap_find(ui->keys, v->ops, &(struct key){0}, key, &b) != KEY_MATCH_NONE;
}

const char *dispatch_keys(const struct ui *ui, const struct view *v, const struct binding *b) {
  return keymap_keys(ui->keys, v->ops, b);
}

const char *dispatch_key_of(const struct ui *ui, const char *name, char *out, size_t size) {
  const struct view *v = ui->top;
  while (v->below != NULL && v->ops->overlay) /* a prompt is closed by the time that the sentence is read */
    v = v->below;
  const struct binding *b = keymap_command(v->ops, slice_of(name));
  struct slice rest = slice_of(b != NULL ? keymap_keys(ui->keys, v->ops, b) : ""), word, best = {NULL, 0};
  while (slice_split(&rest, ' ', &word)) {
    struct key key;
    if (best.n == 0 || key_parse(word, &key)) /* one key rather than two */
      best = word;
    if (key_parse(best, &key))
      break;
  }
  if (best.n > 0)
    snprintf(out, size, "%.*s", (int)best.n, best.p);
  else
    snprintf(out, size, ":%s", name);
  return out;
}

static bool count_digit(struct ui *ui, const struct key *key) {
  bool digit = key->mods == 0 && key->code >= '0' && key->code <= '9' && ui->prefix.code == 0;
  if (!digit || (key->code == '0' && ui->count == 0))
    return false;
  if (ui->count < 100000)
    ui->count = ui->count * 10 + (int)(key->code - '0');
  ui_say(ui, "%d", ui->count);
  return true;
}

static void unknown(struct ui *ui, const struct key *prefix, const struct key *key) {
  if (key->code == KEY_PASTE && prefix->code == 0 && !ui->top->ops->overlay && !ui->top->ops->typing)
    compose_paste(ui, key->text);
  if (key->code == KEY_MOUSE_ || key->code == KEY_PASTE || key->code == KEY_ESC_)
    return;
  struct buf name = BUF_INIT;
  if (prefix->code != 0)
    key_name(prefix, &name);
  key_name(key, &name);
  ui_say(ui, "%s does nothing here; ? shows the keys", buf_text(&name));
  buf_clear(&name);
}

void dispatch_run(struct ui *ui, const struct binding *b) {
  int count = ui->count;
  ui->count = 0;
  ui->prefix = (struct key){0};
  b->act(ui, ui->top, count);
}

static void press(struct ui *ui, const struct key *key) {
  struct key prefix = ui->prefix;
  const struct binding *b = NULL;
  enum key_match m = keymap_find(ui->keys, ui->top->ops, &prefix, key, &b);
  if (m == KEY_MATCH_FULL) {
    dispatch_run(ui, b);
    return;
  }
  ui->prefix = m == KEY_MATCH_PREFIX ? *key : (struct key){0};
  if (m == KEY_MATCH_PREFIX)
    return;
  ui->count = 0;
  unknown(ui, &prefix, key);
}

/* ---- mouse ---- */

/* A menu that is open has the click: on an entry it acts, elsewhere it only closes. */
static bool click_menu(struct ui *ui, const struct key *key) {
  const struct binding *b = menu_at(ui, key->x, key->y);
  ui->prefix = (struct key){0};
  if (b != NULL)
    dispatch_run(ui, b);
  else
    ui->count = 0;
  return true;
}

static bool click(struct ui *ui, const struct key *key) {
  struct view *v = ui->top;
  if (ui->prefix.code != 0)
    return click_menu(ui, key);
  if (key->y == 1 && ui_roomy(ui) && !v->ops->overlay)
    return status_tab_click(ui, key->x);
  if (key->y == ui->canvas.height - 1) {
    const struct binding *b = hints_at(ui, key->x);
    if (b != NULL)
      dispatch_run(ui, b);
    return b != NULL;
  }
  return v->ops->head != NULL && v->ops->head(ui, v, key->x, key->y);
}

/* Who drags wants to select text: the terminal can, where weir cannot. Said once. */
static void tell_of_dragging(struct ui *ui) {
  if (ui->told_dragging)
    return;
  ui->told_dragging = true;
  ui_say(ui, "Shift and drag is the terminal's own selection; :set mouse off gives it the mouse");
}

static bool mouse(struct ui *ui, const struct key *key) {
  if (key->action == KEY_DRAG) {
    if (ui->top->ops->drag == NULL || !ui->top->ops->drag(ui, ui->top, key))
      tell_of_dragging(ui);
    return true;
  }
  return key->action == KEY_PRESS && key->button == 1 && click(ui, key);
}

void dispatch_key(struct ui *ui, const struct key *key) {
  if (key->code == KEY_MOUSE_ && ui->top->ops->foreign && ui->top->ops->key(ui, ui->top, key))
    return;
  if (key->code == KEY_MOUSE_ && key->action == KEY_RELEASE)
    return;
  bool counting = ui->count > 0;
  buf_reset(&ui->message);
  ui->armed = ui->armed_next;
  ui->armed_next = 0;
  ui->warning = false;
  ui_dirty(ui);
  if (key->code == KEY_MOUSE_ && mouse(ui, key))
    return;
  if (ui->prefix.code == 0 && ui->top->ops->key != NULL && ui->top->ops->key(ui, ui->top, key))
    return;
  if (ui->prefix.code != 0 && key->code == KEY_ESC_) {
    ui->prefix = (struct key){0};
    return;
  }
  if (counting && key->code == KEY_ESC_) {
    ui->count = 0;
    return;
  }
  if (key->code == KEY_ESC_ && (ui->list_file != NULL || ui->part_file != NULL)) {
    write_list_stop(ui);
    write_part_stop(ui);
    ui_say(ui, "writing stopped; the file is gone");
    return;
  }
  if (key->code == KEY_ESC_ && ui->copy_job != NULL) {
    copy_job_stop(ui);
    ui_say(ui, "nothing was copied");
    return;
  }
  unsigned done, all;
  if (key->code == KEY_ESC_ && !ui->top->ops->overlay && !ui->top->ops->typing && series_busy(ui, &done, &all)) {
    series_stop(ui);
    return;
  }
  if (!count_digit(ui, key))
    press(ui, key);
}
