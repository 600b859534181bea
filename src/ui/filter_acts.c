#include "ui/filter_acts.h"

#include <stdlib.h>

#include "ui/actions.h"
#include "ui/commands.h"
#include "ui/repeater.h"
#include "ui/undo.h"
#include "weir/base/mem.h"

static bool is_blank(struct slice text) {
  return slice_trim(text).n == 0;
}

static const char *text_now(const struct ui *ui) {
  const struct filter *now = filter_index_filter(ui->index);
  return now != NULL ? filter_text(now) : "";
}

/* What compiles is shown; what does not leaves the last good result. */
static bool show(struct ui *ui, struct slice text, struct err *err) {
  struct filter *filter = filter_compile(text, err);
  if (filter == NULL)
    return false;
  if (is_blank(text)) {
    filter_free(filter);
    filter = NULL;
  }
  filter_index_set(ui->index, filter);
  return true;
}

static void put_aside(struct ui *ui, const char *text) {
  char *copy = mem_dup(text);
  free(ui->filter_off);
  ui->filter_off = copy;
}

/* ---- undo ---- */

struct filter_change {
  char *text, *off;
};

static bool swap_filter(struct ui *ui, void *data, struct undo_told *told) {
  struct filter_change *c = data;
  char *text = mem_dup(text_now(ui)), *off = mem_dup(ui->filter_off);
  (void)told;
  show(ui, slice_of(c->text), NULL);
  put_aside(ui, c->off);
  free(c->text);
  free(c->off);
  *c = (struct filter_change){text, off};
  return true;
}

static void free_change(void *data) {
  struct filter_change *c = data;
  free(c->text);
  free(c->off);
  free(c);
}

static const struct undo_change_ops filter_ops = {swap_filter, free_change, NULL, NULL};

/* The filter has become another one than `before` (and what was switched off, `off`): u takes that back. */
static void remember(struct ui *ui, const char *before, const char *off) {
  const char *now = text_now(ui);
  if (strcmp(before, now) == 0)
    return;
  struct filter_change *c = mem_alloc(sizeof *c);
  *c = (struct filter_change){mem_dup(before), mem_dup(off)};
  undo_begin(ui->undo, now[0] != '\0' ? "filter %.40s" : "clear the filter", now);
  undo_add(ui->undo, &filter_ops, c);
  undo_end(ui->undo);
}

/* Shows it, with one step to undo. The text compiles. */
static void change(struct ui *ui, struct slice text) {
  char *before = mem_dup(text_now(ui));
  show(ui, text, NULL);
  remember(ui, before, ui->filter_off);
  put_aside(ui, NULL);
  free(before);
}

/* ---- the prompt ---- */

struct filter_prompt {
  char *before; /* the filter to restore */
  uint64_t cursor;
  struct filter *shown; /* once more, to ask it about what is paused without disturbing the list's own */
};

static bool filter_changed(struct ui *ui, void *arg, struct slice text, struct buf *words, struct err *err) {
  struct filter_prompt *p = arg;
  (void)words;
  if (!show(ui, text, err)) {
    filter_fault(err);
    return false;
  }
  filter_free(p->shown);
  p->shown = filter_compile(text, NULL);
  if (p->shown != NULL)
    filter_look_at_both(p->shown);
  return true;
}

size_t filter_paused_besides(const struct ui *ui, struct filter *filter) {
  size_t n = 0, paused = filter_index_count(ui->paused);
  uint64_t deadline = clock_mono() + CLOCK_MS;
  for (size_t i = 0; i < paused && i < 100 && filter != NULL; i++) {
    const struct flow *f = store_get(ui_store(ui), filter_index_nth(ui->paused, i));
    filter_set_now(filter, ui_now(ui));
    n += f != NULL && filter_step(filter, f, deadline, NULL) == FILTER_NO;
    filter_forget(filter);
  }
  return n;
}

static void filter_words(struct ui *ui, void *arg, struct buf *words) {
  const struct filter_prompt *p = arg;
  size_t flows = store_stats(ui_store(ui)).flows, listed = filter_index_count(ui->index);
  size_t stay = filter_paused_besides(ui, p->shown);
  const char *dot = canvas_glyph(&ui->canvas, GLYPH_DOT);
  unsigned percent;
  bool wide = ui_roomy(ui);
  buf_printf(words, "%zu of %zu %smatch", listed - stay, flows, wide ? "flows " : "");
  if (wide)
    buf_printf(words, " %s hidden: %zu", dot, flows > listed ? flows - listed : 0);
  if (stay > 0 && wide)
    buf_printf(words, " %s %zu paused flow%s visible whatever the filter", dot, stay, stay == 1 ? " stays" : "s stay");
  else if (stay > 0)
    buf_printf(words, ", %zu paused stay%s", stay, stay == 1 ? "s" : "");
  if (filter_index_busy(ui->index, &percent))
    buf_printf(words, ", %u%%", percent);
  uint64_t limits = filter_index_limits(ui->index);
  if (limits > 0)
    buf_printf(words, ", the pattern took too long on %llu", (unsigned long long)limits);
}

static void say_taken(struct ui *ui, struct slice text) {
  struct buf advice = BUF_INIT;
  if (is_blank(text))
    ui_say(ui, "no filter: all flows are shown");
  else if (condition_advice(text, &advice))
    ui_say(ui, "%s", buf_text(&advice));
  buf_clear(&advice);
}

static bool filter_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  struct filter_prompt *p = arg;
  if (!show(ui, text, err)) {
    filter_fault(err);
    return false;
  }
  remember(ui, p->before, ui->filter_off);
  put_aside(ui, NULL);
  say_taken(ui, text);
  return true;
}

static void filter_cancelled(struct ui *ui, void *arg) {
  struct filter_prompt *p = arg;
  show(ui, slice_of(p->before), NULL);
  ui->cursor = p->cursor;
}

static void filter_drop(void *arg) {
  struct filter_prompt *p = arg;
  filter_free(p->shown);
  free(p->before);
  free(p);
}

void act_filter(struct ui *ui, struct view *v, int count) {
  struct filter_prompt *p = mem_zero(1, sizeof *p);
  (void)v;
  (void)count;
  p->before = mem_dup(text_now(ui));
  p->cursor = ui->cursor;
  prompt_open(ui, &(struct prompt_options){.label = "f: ",
                                           .text = ui->filter_off != NULL ? ui->filter_off : p->before,
                                           .title = "filter (live)",
                                           .accept = "keep",
                                           .cancel = "restore",
                                           .history = &ui->filters,
                                           .changed = filter_changed,
                                           .taken = filter_taken,
                                           .cancelled = filter_cancelled,
                                           .words = filter_words,
                                           .complete = filter_complete_prompt,
                                           .named = filter_named,
                                           .aside = filter_aside,
                                           .drop = filter_drop,
                                           .arg = p});
}

void act_filter_toggle(struct ui *ui, struct view *v, int count) {
  const char *now = text_now(ui);
  (void)v;
  (void)count;
  if (now[0] != '\0') {
    put_aside(ui, now);
    show(ui, SLICE(""), NULL);
    ui_say(ui, "filter off: all flows are shown; F switches it on again");
  } else if (ui->filter_off != NULL) {
    show(ui, slice_of(ui->filter_off), NULL);
    ui_say(ui, "filter on: %s", ui->filter_off);
    put_aside(ui, NULL);
  } else {
    ui_say(ui, "there is no filter; f makes one");
  }
}

/* ---- a term more or less ---- */

static void edit_by(struct ui *ui, struct slice term, bool negated) {
  static const char *const did[] = {
      [FILTER_ADDED] = "added", [FILTER_REMOVED] = "taken out", [FILTER_REPLACED] = "changed"};
  struct buf text = BUF_INIT;
  enum filter_edit done = filter_edit(slice_of(text_now(ui)), term, negated, &text);
  change(ui, buf_slice(&text));
  if (text.n > 0)
    ui_say(ui, "filter %s: %s (%zu of %zu flows)", did[done], buf_text(&text), filter_index_count(ui->index),
           store_stats(ui_store(ui)).flows);
  else
    ui_say(ui, "no filter: all flows are shown");
  input_history_add(&ui->filters, buf_slice(&text));
  buf_clear(&text);
}

void filter_narrow(struct ui *ui, struct slice term) {
  edit_by(ui, term, false);
}

static void narrow(struct ui *ui, struct view *v, enum filter_aspect aspect, bool negated) {
  const struct flow *f = act_target(ui, v);
  struct buf term = BUF_INIT;
  struct err err = ERR_INIT;
  if (f == NULL)
    return;
  if (filter_term_of(f, aspect, &term, &err))
    edit_by(ui, buf_slice(&term), negated);
  else
    ui_say(ui, "#%llu: %s", (unsigned long long)f->id, err.text);
  buf_clear(&term);
}

#define NARROW(name, aspect)                                                                                           \
  void act_only_##name(struct ui *ui, struct view *v, int count) {                                                     \
    (void)count;                                                                                                       \
    narrow(ui, v, aspect, false);                                                                                      \
  }                                                                                                                    \
  void act_hide_##name(struct ui *ui, struct view *v, int count) {                                                     \
    (void)count;                                                                                                       \
    narrow(ui, v, aspect, true);                                                                                       \
  }
NARROW(host, FILTER_BY_HOST)
NARROW(path, FILTER_BY_PATH)
NARROW(method, FILTER_BY_METHOD)
NARROW(status, FILTER_BY_STATUS)
NARROW(type, FILTER_BY_TYPE)
NARROW(client, FILTER_BY_CLIENT)

void act_only_assets(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  edit_by(ui, SLICE("assets"), false);
}

void act_hide_assets(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  edit_by(ui, SLICE("assets"), true);
}

void act_only_failures(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (!repeater_act_failures(ui, v))
    edit_by(ui, SLICE("failed"), false);
}

/* ---- by name ---- */

static struct slice take_word(struct slice *rest) {
  struct slice text = slice_trim(*rest);
  ptrdiff_t blank = slice_find_byte(text, ' ');
  struct slice word = blank < 0 ? text : slice_sub(text, 0, (size_t)blank);
  *rest = slice_trim(slice_from(text, word.n));
  return word;
}

static bool save(struct ui *ui, struct slice argument, struct slice rest, struct err *err) {
  struct slice name = take_word(&rest), text = rest;
  size_t at = text.n > 0 ? (size_t)(text.p - argument.p) : 0;
  if (name.n == 0)
    return err_set(err, "filter save wants a name: filter save slow >1s");
  if (text.n == 0)
    text = slice_of(ui->filter_off != NULL ? ui->filter_off : text_now(ui));
  if (text.n == 0)
    return err_set(err, "there is no filter to save now; write it behind the name: filter save slow >1s");
  if (!filter_presets_save(&ui->presets, name, text, err)) {
    if (err != NULL)
      err->at += at;
    return false;
  }
  ui_say(ui, "saved: :filter %.*s shows it again (%s)", (int)name.n, name.p, ui->presets.path);
  return true;
}

static bool forget(struct ui *ui, struct slice rest, struct err *err) {
  struct slice name = take_word(&rest);
  if (name.n == 0 || rest.n > 0)
    return err_set(err, "filter forget wants a name");
  if (!filter_presets_forget(&ui->presets, name, err))
    return false;
  ui_say(ui, "%.*s is forgotten", (int)name.n, name.p);
  return true;
}

static bool show_text(struct ui *ui, struct slice text, struct err *err) {
  struct filter *filter = filter_compile(text, err);
  if (filter == NULL)
    return false;
  filter_free(filter);
  change(ui, text);
  input_history_add(&ui->filters, text);
  say_taken(ui, text);
  return true;
}

bool command_filter(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  struct slice rest = argument, word = take_word(&rest);
  (void)v;
  if (slice_eq(word, SLICE("save")))
    return save(ui, argument, rest, err);
  if (slice_eq(word, SLICE("forget")))
    return forget(ui, rest, err);
  bool read = filter_presets_read(&ui->presets, NULL);
  const char *preset = read && rest.n == 0 ? filter_presets_find(&ui->presets, word) : NULL;
  if (preset == NULL)
    return show_text(ui, argument, err);
  struct err why = ERR_INIT;
  if (show_text(ui, slice_of(preset), &why))
    return true;
  return err_set_at(err, 0, word.n, "%s, %.*s: %s", ui->presets.path, (int)word.n, word.p, why.text);
}

static void offer_names(struct ui *ui, struct completion *out) {
  if (!filter_presets_read(&ui->presets, NULL))
    return;
  for (size_t i = 0; i < ui->presets.list.n; i++)
    completion_add(out, slice_of(ui->presets.list.v[i].name), ui->presets.list.v[i].text, false);
}

void complete_filter_command(struct ui *ui, struct slice before, struct completion *out) {
  struct slice rest = before, word = take_word(&rest);
  bool first = rest.n == 0 && (before.n == 0 || before.p[before.n - 1] != ' ');
  bool forgets = slice_eq(word, SLICE("forget")), saves = slice_eq(word, SLICE("save"));
  if (first) {
    filter_complete_prompt(ui, NULL, before, out);
    if (out->from == 0) {
      completion_add(out, SLICE("save"), "keep a filter by name", true);
      completion_add(out, SLICE("forget"), "forget one that is kept", true);
      offer_names(ui, out);
    }
  } else if (forgets) {
    completion_begin(out, before, (size_t)(rest.n > 0 ? (size_t)(rest.p - before.p) : before.n));
    offer_names(ui, out);
  } else if (saves && slice_find_byte(rest, ' ') < 0 && before.p[before.n - 1] != ' ') {
    completion_begin(out, before, before.n); /* a name of one's own */
  } else {
    filter_complete_prompt(ui, NULL, before, out);
  }
}
