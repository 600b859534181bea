/* The rules in their order: what they do, how often they did, and which of the recorded flows the one under the cursor would
 * match. */
#include <stdio.h>
#include <stdlib.h>

#include "ui/actions.h"
#include "ui/colours.h"
#include "ui/dry_run.h"
#include "ui/go.h"
#include "ui/list_row.h"
#include "ui/rule_acts.h"
#include "ui/rule_notes.h"
#include "ui/undo_kinds.h"
#include "weir/base/mem.h"

struct rules_view {
  struct view view;
  size_t place, top;
  struct rect list, title, matches;
  struct dry_run *run;
  struct rule_test test;
};

static struct rules_view *self(struct view *v) {
  return (struct rules_view *)v;
}

static const struct rule *chosen(struct ui *ui, const struct view *v) {
  const struct rule *r = rule_nth(ui->w->rules, ((const struct rules_view *)v)->place);
  if (r == NULL)
    ui_say(ui, "there is no rule yet; c makes one, so does M on a flow");
  return r;
}

static bool in_force(const struct rules *rules, const struct rule *r) {
  return r->on && (r->kind == RULE_PAUSE ? intercept_enabled(rules) : rules_enabled(rules));
}

static void walk(struct ui *ui, struct view *v, long steps) {
  long n = (long)rule_count(ui->w->rules), place = (long)self(v)->place + steps;
  place = place >= n ? n - 1 : place;
  self(v)->place = place < 0 ? 0 : (size_t)place;
}

static void go(struct ui *ui, struct view *v, enum stride stride, long times) {
  walk(ui, v, go_rows(stride, times, self(v)->list.h > 0 ? self(v)->list.h : 1));
}

/* ---- acts ---- */

static void begin(struct ui *ui, struct view *v, const char *what, const struct rule *r) {
  undo_begin(ui->undo, "%s: %.40s", what, r->name);
  undo_rules(ui);
  undo_end(ui->undo);
  rule_test_clear(&self(v)->test);
}

static void switch_one(struct ui *ui, struct view *v, const struct rule *r, size_t place) {
  struct rules *rules = ui->w->rules;
  bool on = !in_force(rules, r);
  unsigned id = r->id;
  begin(ui, v, on ? "rule on" : "rule off", r);
  ui_say(ui, on ? "rule %zu on: %.80s" : "rule %zu off: %.80s", place + 1, r->name);
  rule_switch(rules, id, on);
  if (on && r->kind != RULE_PAUSE)
    rules_force(rules, id);
}

static void toggle(struct ui *ui, struct view *v, int count) {
  const struct rule *r = chosen(ui, v);
  (void)count;
  if (r != NULL)
    switch_one(ui, v, r, self(v)->place);
}

static void toggle_nth(struct ui *ui, struct view *v, size_t place) {
  const struct rule *r = rule_nth(ui->w->rules, place);
  if (r == NULL)
    ui_say(ui, "there is no rule %zu", place + 1);
  else
    switch_one(ui, v, r, place);
}

static void take_out(struct ui *ui, struct view *v, int count) {
  const struct rule *r = chosen(ui, v);
  (void)count;
  if (r == NULL)
    return;
  begin(ui, v, "rule taken out", r);
  ui_say(ui, "taken out: %.80s; u brings it back", r->name);
  rule_remove(ui->w->rules, r->id);
}

static void move(struct ui *ui, struct view *v, int by) {
  const struct rule *r = chosen(ui, v);
  struct rules *rules = ui->w->rules;
  if (r == NULL)
    return;
  long to = (long)self(v)->place + by, last = (long)rule_count(rules) - 1;
  by = (int)((to < 0 ? 0 : to > last ? last : to) - (long)self(v)->place);
  if (by == 0) {
    ui_say(ui, to < 0 ? "it is the first: nothing is asked before it" : "it is the last one");
    return;
  }
  begin(ui, v, "rule moved", r);
  rule_move(rules, r->id, by);
  walk(ui, v, by);
  ui_say(ui, "rule %zu now: rules are asked from top to bottom", self(v)->place + 1);
}

static void move_down(struct ui *ui, struct view *v, int count) {
  move(ui, v, (int)view_times(count));
}
static void move_up(struct ui *ui, struct view *v, int count) {
  move(ui, v, -(int)view_times(count));
}

static void change(struct ui *ui, struct view *v, int count) {
  const struct rule *r = chosen(ui, v);
  (void)count;
  if (r == NULL)
    return;
  rule_test_clear(&self(v)->test);
  if (r->action[0] == '\0')
    intercept_prompt(ui, r);
  else
    rule_prompt(ui, r);
}

static void another(struct ui *ui, struct view *v, int count) {
  (void)count;
  rule_test_clear(&self(v)->test);
  rule_prompt(ui, NULL);
}

static void copy(struct ui *ui, struct view *v, int count) {
  const struct rule *r = chosen(ui, v);
  (void)count;
  if (r != NULL)
    clipboard_put(ui, slice_of(r->text), "rule");
}

static void test(struct ui *ui, struct view *v, int count) {
  struct rules_view *l = self(v);
  const struct flow *f = store_get(ui_store(ui), ui->cursor);
  struct buf words = BUF_INIT;
  (void)count;
  if (f == NULL) {
    ui_say(ui, "there is no flow to try them on");
  } else if (l->test.flow == f->id) {
    rule_test_clear(&l->test);
    ui_say(ui, "the signs are gone");
  } else {
    rule_test_make(&l->test, ui->w->rules, f);
    rule_test_words(&l->test, ui->w->rules, &words);
    ui_say(ui, "%s", buf_text(&words));
  }
  buf_clear(&words);
}

static void all(struct ui *ui, struct view *v, int count) {
  rule_test_clear(&self(v)->test);
  act_rules_toggle(ui, v, count);
}

static void step_back(struct ui *ui, struct view *v, int count) {
  rule_test_clear(&self(v)->test);
  act_undo(ui, v, count);
}

static void step_again(struct ui *ui, struct view *v, int count) {
  rule_test_clear(&self(v)->test);
  act_redo(ui, v, count);
}

static const struct binding rules_bindings[] = {
    GO_ROWS("next rule", "rule before"),
    GO_ENDS("first", "last"),
    {"rule-change", "Enter e", "edit", "change its text", "RULES", change, NULL},
    {"rule-add", "c o", "new", "a new one: FILTER => ACTION", "RULES", another, NULL},
    {"rule-switch", "Space", "on/off", "this rule on and off; 1 to 9: that one", "RULES", toggle, NULL},
    {"rule-down", "J", "move", "move it down: it is asked later", "RULES", move_down, NULL},
    {"rule-up", "K", NULL, "move it up: it is asked earlier", "RULES", move_up, NULL},
    {"rule-remove", "d", "take out", "take it out", "RULES", take_out, NULL},
    {"undo", "u", "undo", "take back what changed last", "RULES", step_back, NULL},
    {"redo", "Ctrl-R", NULL, "do again what u took back", "RULES", step_again, NULL},
    {"rule-test", "t", "test", "which of them would act on the flow under the list's cursor", "RULES", test, NULL},
    {"rule-copy", "y", "copy", "copy its text", "RULES", copy, NULL},
    {"rules-write", "ws", "save", "write the rules to a file, for --rules", "RULES", act_rules_write, NULL},
    {"rules-toggle", "0 MM", "all on/off", "all rules on and off", "RULES", all, NULL},
    {"intercept-toggle", "I", NULL, "all intercepts on and off", "RULES", act_intercept_toggle, NULL},
    {"back", "q Esc h Left", "back", "back", "MOVE", go_back, NULL},
    {.keys = NULL},
};

/* ---- layout ---- */

#define WIDE   96 /* with all columns */
#define NARROW 60

static void rules_layout(struct ui *ui, struct view *v, struct rect r) {
  struct rules_view *l = self(v);
  const struct rule *x;
  walk(ui, v, 0);
  int n = (int)rule_count(ui->w->rules), room = r.h - 1, below = r.h >= 12 ? r.h / 2 : r.h >= 8 ? 3 : 0;
  int list = n + 2 < room - below ? n + 2 : room - below;
  list = list < 0 ? 0 : list;
  l->list = (struct rect){r.x, r.y + 1, r.w, list};
  l->title = (struct rect){r.x, r.y + 1 + list, r.w, below > 0 && n > 0 ? 1 : 0};
  l->matches = (struct rect){r.x, l->title.y + 1, r.w, r.h - list - 2 > 0 && l->title.h > 0 ? r.h - list - 2 : 0};
  l->top = scroll_to(l->top, l->place, (size_t)n, l->list.h);
  x = rule_nth(ui->w->rules, l->place);
  if (x != NULL && l->title.h > 0)
    dry_run_set(l->run, slice_of(x->condition));
  else
    dry_run_nothing(l->run);
}

/* ---- the table ---- */

static void put_limit(const struct rule *r, struct buf *out) {
  switch (r->limit) {
  case LIMIT_NEXT:
    buf_printf(out, "  next %u", r->limit_n);
    if (r->used > 0)
      buf_printf(out, " (%u had)", r->used);
    break;
  case LIMIT_EVERY:
    buf_printf(out, "  every %u", r->limit_n);
    break;
  case LIMIT_CHANCE:
    buf_printf(out, "  chance %g%%", r->limit_n / 10000.0);
    break;
  case LIMIT_NONE:
    break;
  }
}

/* Where the names have no column they stand in front, since rows of flows tell rules by them. */
static void put_when(const struct rule *r, bool name, struct buf *out) {
  if (name && r->named)
    buf_printf(out, "[%s] ", r->name);
  buf_add_text(out, r->condition[0] != '\0' ? r->condition : "*");
  put_limit(r, out);
}

static void put_pause(const struct rule *r, struct buf *out) {
  static const char *const ends[] = {"", "send", "drop", "504"};
  char time[24];
  buf_printf(out, "pause %s%s", r->response ? "responses" : r->responses ? "both" : "requests", r->once ? " once" : "");
  if (r->end != PAUSE_WAITS)
    buf_printf(out, ", %s after %s", ends[r->end], words_wait(r->after, time, sizeof time));
}

static void put_what(const struct rule *r, struct buf *out) {
  if (r->kind == RULE_PAUSE)
    put_pause(r, out);
  else
    buf_add_text(out, r->action);
}

struct cols {
  int on, when, when_w, what, what_w, hits, last, name, name_w; /* 0: not there */
};

static struct cols cols_for(int width) {
  struct cols c = {.on = 7, .when = 12};
  int right = width >= WIDE ? 34 : width >= NARROW ? 7 : 0, middle = width - c.when - right - 1;
  c.when_w = middle / 2;
  c.what = c.when + c.when_w + 1;
  c.what_w = middle - c.when_w - 1;
  c.hits = right > 0 ? width - right : 0;
  c.last = width >= WIDE ? width - 26 : 0;
  c.name = width >= WIDE ? width - 16 : 0;
  c.name_w = 15;
  return c;
}

static void put_cell(struct canvas *c, struct rect row, int x, int w, enum role role, struct slice text) {
  struct rect cell = {row.x + x, row.y, w, 1};
  bool whole = (int)text_width(text, TEXT_PLAIN) <= w;
  if (!whole && w > 1)
    cell.w--;
  int end = canvas_text(c, cell, cell.x, row.y, role, text);
  cell.w = w;
  if (!whole)
    canvas_text(c, cell, end, row.y, role, slice_of(canvas_glyph(c, GLYPH_ELLIPSIS)));
}

static void draw_sign(const struct rules_view *l, struct canvas *c, struct rect row, const struct rule *r) {
  enum rule_verdict verdict = rule_test_of(&l->test, r->id);
  if (verdict == VERDICT_ACTS)
    canvas_text(c, row, row.x + 1, row.y, ROLE_CHANGED, slice_of(canvas_glyph(c, GLYPH_RULE)));
  else if (verdict == VERDICT_OFF || verdict == VERDICT_BEHIND)
    canvas_text(c, row, row.x + 1, row.y, ROLE_DIM, SLICE("-"));
  else if (verdict == VERDICT_UNKNOWN)
    canvas_text(c, row, row.x + 1, row.y, ROLE_DIM, SLICE("?"));
}

static void draw_one(const struct rules_view *l, const struct ui *ui, struct canvas *c, struct rect row, size_t place,
                     const struct rule *r) {
  enum role role = in_force(ui->w->rules, r) ? ROLE_TEXT : ROLE_DIM;
  struct cols cols = cols_for(row.w);
  struct buf when = BUF_INIT, what = BUF_INIT, worker = BUF_INIT;
  bool fell = rule_worker_note(ui->w, r, &worker) == WORKER_FELL;
  char time[24];
  put_when(r, cols.name == 0, &when);
  put_what(r, &what);
  if (place == l->place)
    canvas_text(c, row, row.x, row.y, role, SLICE(">"));
  draw_sign(l, c, row, r);
  canvas_print(c, row, row.x + 2, row.y, role, "%3zu", place + 1);
  canvas_print(c, row, row.x + cols.on, row.y, fell ? ROLE_ERROR : role, "[%s]",
               fell                        ? "!"
               : in_force(ui->w->rules, r) ? "x"
               : r->on                     ? "-"
                                           : " ");
  put_cell(c, row, cols.when, cols.when_w, role, buf_slice(&when));
  put_cell(c, row, cols.what, cols.what_w, role, buf_slice(&what));
  if (cols.hits > 0)
    canvas_print(c, row, row.x + cols.hits, row.y, role, "%6llu", (unsigned long long)r->hits);
  if (cols.last > 0)
    canvas_text(c, row, row.x + cols.last, row.y, role,
                r->last != 0 ? slice_of(clock_time_of_day(r->last, time, sizeof time)) : SLICE("-"));
  if (cols.name > 0 && r->named)
    put_cell(c, row, cols.name, cols.name_w, role, slice_of(r->name));
  if (place == l->place) {
    canvas_role(c, row, ROLE_SELECTED);
    canvas_cursor(c, row.x, row.y);
  }
  buf_clear(&when);
  buf_clear(&what);
  buf_clear(&worker);
}

/* Below the list: how the worker of the chosen one is, else how rules are asked. */
static void draw_foot(const struct ui *ui, struct canvas *c, struct rect row, const struct rule *chosen) {
  struct buf text = BUF_INIT;
  enum worker_state worker = chosen != NULL ? rule_worker_note(ui->w, chosen, &text) : WORKER_NONE;
  if (worker == WORKER_NONE)
    buf_add_text(&text, rules_enabled(ui->w->rules)
                            ? "asked from top to bottom: the first answer, block, file or pass ends it, others add up"
                            : "all rules are off: 0 switches them on");
  put_cell(c, row, 2, row.w - 2, worker == WORKER_FELL ? ROLE_ERROR : ROLE_DIM, buf_slice(&text));
  buf_clear(&text);
}

static void draw_heads(struct canvas *c, struct rect r) {
  struct cols cols = cols_for(r.w);
  canvas_text(c, r, r.x + 4, r.y, ROLE_DIM, SLICE("#"));
  canvas_text(c, r, r.x + cols.on, r.y, ROLE_DIM, SLICE("ON"));
  canvas_text(c, r, r.x + cols.when, r.y, ROLE_DIM, SLICE("WHEN"));
  canvas_text(c, r, r.x + cols.what, r.y, ROLE_DIM, SLICE("DO"));
  if (cols.hits > 0)
    canvas_text(c, r, r.x + cols.hits + 2, r.y, ROLE_DIM, SLICE("HITS"));
  if (cols.last > 0)
    canvas_text(c, r, r.x + cols.last, r.y, ROLE_DIM, SLICE("LAST"));
  if (cols.name > 0)
    canvas_text(c, r, r.x + cols.name, r.y, ROLE_DIM, SLICE("NAME"));
}

/* ---- what the one under the cursor would match ---- */

static void draw_title(const struct rules_view *l, const struct ui *ui, struct canvas *c) {
  struct rect r = l->title;
  struct buf text = BUF_INIT;
  size_t flows = store_stats(ui_store(ui)).flows, n = dry_run_count(l->run);
  unsigned percent;
  canvas_hline(c, r, r.x, r.y, r.w, ROLE_TITLE, false);
  if (flows == 0)
    buf_add_text(&text, " nothing is recorded yet ");
  else
    buf_printf(&text, " rule %zu would have matched %zu of the %zu recorded flow%s ", l->place + 1, n, flows,
               flows == 1 ? "" : "s");
  const struct rule *here = rule_nth(ui->w->rules, l->place);
  if (here != NULL && here->misses > 0)
    buf_printf(&text, "and missed %llu (filter: missed) ", (unsigned long long)here->misses);
  if (dry_run_index(l->run) != NULL && filter_index_busy(dry_run_index(l->run), &percent))
    buf_printf(&text, "(%u%%) ", percent);
  canvas_text(c, r, r.x + 3, r.y, ROLE_TITLE, buf_slice(&text));
  buf_clear(&text);
}

/* The latest, in the list's order; those that are in the index for another reason are left out. */
static void draw_matches(const struct rules_view *l, const struct ui *ui, struct canvas *c) {
  const struct filter_index *index = dry_run_index(l->run);
  struct rect r = l->matches;
  struct columns cols;
  VEC(const struct flow *) found = {0};
  if (index == NULL || r.h <= 0)
    return;
  columns_for(&cols, r.w, r.w >= ROW_WIDE);
  cols.changes = ui->changes;
  cols.store = ui_store(ui);
  for (size_t i = filter_index_count(index); i > 0 && found.n < (size_t)r.h; i--) {
    const struct flow *f = store_get(ui_store(ui), filter_index_nth(index, i - 1));
    bool listed = f != NULL && (f->paused == FLOW_RUNNING ||
                                filter_step(dry_run_filter(l->run), f, clock_mono() + CLOCK_MS, NULL) == FILTER_YES);
    if (listed)
      VEC_PUSH(&found, f);
  }
  for (size_t i = 0; i < found.n; i++) {
    const struct flow *f = found.v[found.n - 1 - i];
    row_draw(&cols, c, r, r.y + (int)i, f, ui_now(ui), colour_look(ui, f, false, f->selected));
  }
  VEC_CLEAR(&found);
}

static void draw_nothing(struct canvas *c, struct rect r) {
  static const char *const lines[] = {
      "no rules: traffic passes as it comes",
      "",
      "M on a flow makes one from it: Mm mock, Md delay, Mh header, Mb block, ...",
      "c makes a new one: GET path:/api/foo => answer 500 {\"error\":\"x\"}",
      "intercepts (i, b, B) stand here too",
  };
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
    canvas_text(c, r, r.x + 2, r.y + 1 + (int)i, i == 0 ? ROLE_TEXT : ROLE_DIM, slice_of(lines[i]));
}

static void rules_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct rules_view *l = (const struct rules_view *)v;
  const struct rules *rules = ui->w->rules;
  const struct rule *x;
  if (rule_count(rules) == 0) {
    draw_nothing(c, r);
    return;
  }
  draw_heads(c, r);
  int i = 0;
  for (; i < l->list.h && (x = rule_nth(rules, l->top + (size_t)i)) != NULL; i++)
    draw_one(l, ui, c, (struct rect){l->list.x, l->list.y + i, l->list.w, 1}, l->top + (size_t)i, x);
  if (l->top > 0 || l->top + (size_t)i < rule_count(rules))
    canvas_print(c, r, r.x + cols_for(r.w).when + 6, r.y, ROLE_DIM, "%zu to %zu of %zu", l->top + 1, l->top + (size_t)i,
                 rule_count(rules));
  if (i + 1 < l->list.h)
    draw_foot(ui, c, (struct rect){l->list.x, l->list.y + i, l->list.w, 1}, rule_nth(rules, l->place));
  if (l->title.h > 0)
    draw_title(l, ui, c);
  draw_matches(l, ui, c);
}

static void rules_message(const struct view *v, const struct ui *ui, struct buf *out) {
  const struct rule *r = rule_nth(ui->w->rules, ((const struct rules_view *)v)->place);
  if (r != NULL)
    buf_add_text(out, r->text);
}

/* On the switch it is one; elsewhere the cursor goes there. */
static void click(struct ui *ui, struct view *v, size_t place, int x) {
  int on = cols_for(self(v)->list.w).on;
  walk(ui, v, (long)place - (long)self(v)->place);
  if (x >= on && x < on + 3 && place < rule_count(ui->w->rules))
    toggle_nth(ui, v, place);
}

static bool rules_key(struct ui *ui, struct view *v, const struct key *key) {
  struct rules_view *l = self(v);
  if (key->code != KEY_MOUSE_) {
    bool digit = key->mods == 0 && key->code >= '1' && key->code <= '9' && ui->count == 0;
    if (digit)
      toggle_nth(ui, v, key->code - '1');
    return digit;
  }
  long rows = key_wheel(key);
  if (rows != 0)
    walk(ui, v, rows);
  else if (key->button == 1 && key->y >= l->list.y && key->y < l->list.y + l->list.h)
    click(ui, v, l->top + (size_t)(key->y - l->list.y), key->x - l->list.x);
  return true;
}

static void rules_view_free(struct ui *ui, struct view *v) {
  (void)ui;
  dry_run_free(self(v)->run);
  rule_test_clear(&self(v)->test);
  free(v);
}

const struct view_ops rules_view_ops = {
    .name = "rules",
    .bindings = rules_bindings,
    .draw = rules_draw,
    .go = go,
    .key = rules_key,
    .layout = rules_layout,
    .message = rules_message,
    .free = rules_view_free,
};

struct view *rules_view_new(struct ui *ui) {
  struct rules_view *l = mem_zero(1, sizeof *l);
  view_init(&l->view, &rules_view_ops);
  l->run = dry_run_new(ui);
  return &l->view;
}
