/* A rule as a form in a box above the view: what is to be met, what is to be done, what that would match and how it reads. */
#include <stdio.h>
#include <stdlib.h>

#include "ui/dry_run.h"
#include "ui/rule_acts.h"
#include "ui/rule_form_place.h"
#include "weir/base/mem.h"

struct form_view {
  struct view view;
  struct rule_asked asked;
  struct rule_form form;
  struct dry_run *run;
  enum stop focus;
  struct form_place place;
  int top;                       /* the first of them that is shown */
  bool before_reach[FORM_TEXTS]; /* ticks, before Alt-A or Alt-H took them away */
  char reach;                    /* 'a', 'h'; 0: as it is */
  struct buf text;               /* the rule */
  struct err err;
  bool wrong, untouched;
};

static struct form_view *self(struct view *v) {
  return (struct form_view *)v;
}

static struct rect box_of(const struct form_view *v, struct rect r) {
  return (struct rect){r.x, r.y, r.w, v->place.rows + 4 < r.h ? v->place.rows + 4 : r.h};
}

static struct rect form_room(const struct view *v, const struct ui *ui, struct rect r) {
  struct rect box = box_of((const struct form_view *)v, r);
  (void)ui;
  return (struct rect){r.x, r.y + box.h, r.w, r.h - box.h};
}

static struct rect inside(const struct form_view *v, struct rect r) {
  struct rect box = box_of(v, r);
  return (struct rect){box.x + 2, box.y + 1, box.w - 4, box.h - 2};
}

static void form_layout(struct ui *ui, struct view *view, struct rect r) {
  struct form_view *v = self(view);
  (void)ui;
  form_place(&v->place, &v->form, r.w - 4);
  int room = inside(v, r).h - 2; /* the last two rows stay */
  const struct spot *at = form_place_of(&v->place, v->focus);
  v->top = at != NULL ? (int)scroll_to((size_t)v->top, (size_t)at->r.y, (size_t)v->place.rows, room) : 0;
}

/* ---- what came of a key ---- */

static void look(struct form_view *v) {
  struct rule_parts parts;
  buf_reset(&v->text);
  rule_form_write(&v->form, &v->text);
  struct slice text = buf_slice(&v->text);
  v->wrong = !rule_check(text, &v->err);
  if (!rule_parts(text, &parts)) {
    dry_run_nothing(v->run);
    return;
  }
  struct slice filter = slice_sub(text, parts.filter_at, parts.filter_n);
  dry_run_set(v->run, slice_eq(filter, SLICE("*")) ? SLICE("") : filter);
}

static void touched(struct form_view *v) {
  v->untouched = false;
  look(v);
}

static void focus(struct form_view *v, enum stop s) {
  struct input *line = stop_line(&v->form, v->focus);
  if (line != NULL && s != v->focus)
    line->mark_n = 0;
  v->focus = s;
}

static void step(struct form_view *v, int by) {
  enum stop s = v->focus;
  do
    s = (enum stop)(((int)s + by + STOPS) % STOPS);
  while (!stop_is_there(&v->form, s));
  focus(v, s);
}

static void tick(struct form_view *v, enum stop s, bool on) {
  v->form.ticked[stop_text(s)] = on;
  v->reach = '\0';
}

/* ---- acts ---- */

static void take(struct ui *ui, struct view *view, int count) {
  struct form_view *v = self(view);
  struct err err = ERR_INIT;
  (void)count;
  ui->top = view->below; /* what it says is said of the view below */
  if (rule_write_down(ui, &v->asked, buf_slice(&v->text), &err)) {
    input_history_add(&ui->rules, buf_slice(&v->text));
    view->ops->free(ui, view);
  } else {
    ui->top = view;
    v->wrong = true;
    v->untouched = false;
    v->err = err;
  }
  ui_dirty(ui);
}

/* What was filled in is not lost: as text it is in the history of rules. */
static void cancel(struct ui *ui, struct view *view, int count) {
  struct form_view *v = self(view);
  (void)count;
  if (!v->untouched) {
    input_history_add(&ui->rules, buf_slice(&v->text));
    ui_say(ui, "no rule was made; Alt-T, then Up brings back what was filled in");
  }
  ui_pop(ui);
}

static void next(struct ui *ui, struct view *v, int count) {
  (void)ui;
  (void)count;
  step(self(v), 1);
}

static void before(struct ui *ui, struct view *v, int count) {
  (void)ui;
  (void)count;
  step(self(v), -1);
}

/* Another filter in the place of the one that stands there; asked again, the one before. */
static void reach(struct form_view *v, char how) {
  bool back = v->reach == how;
  for (size_t i = 0; i < FORM_TEXTS; i++) {
    if (v->reach == '\0')
      v->before_reach[i] = v->form.ticked[i];
    v->form.ticked[i] = back ? v->before_reach[i] : how == 'h' && i == FORM_HOST;
  }
  v->reach = back ? '\0' : how;
  touched(v);
}

static void reach_all(struct ui *ui, struct view *v, int count) {
  (void)ui;
  (void)count;
  reach(self(v), 'a');
}

static void reach_host(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (input_text(&self(v)->form.text[FORM_HOST]).n == 0)
    ui_say(ui, "no host is known here");
  else
    reach(self(v), 'h');
}

static void as_text(struct ui *ui, struct view *view, int count) {
  struct form_view *v = self(view);
  struct rule_asked asked = v->asked;
  char *text = mem_dup(buf_text(&v->text));
  (void)count;
  asked.mark_n = 0;
  ui->rules_as_text = true;
  ui_pop(ui);
  rule_ask(ui, &asked, slice_of(text));
  free(text);
}

static const struct binding form_bindings[] = {
    {"prompt-take", "Enter Ctrl-S", "take it", "take what is typed", "PROMPT", take, NULL},
    {"form-next", "Tab Down", "next field", "to the next field", "PROMPT", next, NULL},
    {"form-before", "Shift-Tab Up", NULL, "to the field before", "PROMPT", before, NULL},
    {"rule-text", "Alt-T", "as text", "the rule as text, or as a form", "PROMPT", as_text, NULL},
    {"prompt-all", "Alt-A", "for all", "a rule: for all messages; again: as it was", "PROMPT", reach_all, NULL},
    {"prompt-host", "Alt-H", "for the host", "a rule: for the whole host; again: as it was", "PROMPT", reach_host,
     NULL},
    {"prompt-cancel", "Esc Ctrl-C", "leave it", "leave everything as it was", "PROMPT", cancel, NULL},
    {.keys = NULL},
};

/* ---- keys ---- */

static void choose_spot(struct form_view *v, enum stop s, int choice) {
  focus(v, s);
  stop_choose(&v->form, s, choice);
  if (s == STOP_WAY)
    tick(v, STOP_PATH, true);
  touched(v);
}

static bool choice_key(struct form_view *v, const struct key *key) {
  int now = stop_choice(&v->form, v->focus), n = 0;
  while (stop_choice_word(v->focus, n) != NULL)
    n++;
  if (n == 0)
    return true;
  if (key->code == KEY_RIGHT_ || key->code == ' ' || key->code == KEY_LEFT_) {
    choose_spot(v, v->focus, (now + (key->code == KEY_LEFT_ ? n - 1 : 1)) % n);
    return true;
  }
  for (int i = 1; i <= n && key->mods == 0; i++) /* the next one that begins with that letter */
    if ((uint32_t)stop_choice_word(v->focus, (now + i) % n)[0] == key->code) {
      choose_spot(v, v->focus, (now + i) % n);
      break;
    }
  return true;
}

/* A value of the filter has blanks in quotes only: elsewhere the space bar is for the tick. */
static bool is_tick_key(struct form_view *v, const struct key *key) {
  struct slice before = slice_sub(input_text(stop_line(&v->form, v->focus)), 0, stop_line(&v->form, v->focus)->cursor);
  size_t quotes = 0;
  for (size_t i = 0; i < before.n; i++)
    quotes += before.p[i] == '"';
  return key->code == ' ' && key->mods == 0 && quotes % 2 == 0;
}

static void line_key(struct form_view *v, const struct key *key) {
  if (stop_has_tick(v->focus) && is_tick_key(v, key)) {
    tick(v, v->focus, !v->form.ticked[stop_text(v->focus)]);
    touched(v);
  } else if (input_key(stop_line(&v->form, v->focus), key) == INPUT_CHANGED) {
    if (stop_has_tick(v->focus))
      tick(v, v->focus, input_text(stop_line(&v->form, v->focus)).n > 0);
    touched(v);
  }
}

static void click(struct form_view *v, struct rect r, const struct key *key) {
  int x = key->x - r.x, y = key->y - r.y + v->top;
  for (size_t i = 0; i < v->place.spot.n && key->y < r.y + r.h - 2; i++) {
    struct spot s = v->place.spot.v[i];
    if (y != s.r.y || x < s.r.x || x >= s.r.x + s.r.w)
      continue;
    if (s.choice >= 0) {
      choose_spot(v, s.stop, s.choice);
      return;
    }
    focus(v, s.stop);
    if (s.choice == SPOT_TICK) {
      tick(v, s.stop, !v->form.ticked[stop_text(s.stop)]);
      touched(v);
    } else {
      input_click(stop_line(&v->form, s.stop), s.r, "", x);
    }
    return;
  }
}

static bool form_key(struct ui *ui, struct view *view, const struct key *key) {
  struct form_view *v = self(view);
  if (key->code == KEY_MOUSE_) {
    long wheel = key_wheel(key);
    if (wheel != 0)
      step(v, wheel > 0 ? 1 : -1);
    else if (key->button == 1)
      click(v, inside(v, ui_body(ui)), key);
    return true;
  }
  if (dispatch_bound(ui, view, key))
    return false;
  if (stop_line(&v->form, v->focus) == NULL)
    return choice_key(v, key);
  line_key(v, key);
  return true;
}

/* ---- drawing ---- */

static void draw_choice(const struct form_view *v, struct canvas *c, struct rect r, const struct spot *s) {
  bool now = stop_choice(&v->form, s->stop) == s->choice;
  canvas_print(c, r, r.x, r.y, now ? ROLE_TEXT : ROLE_DIM, "(%s) %s", now ? c->ascii ? "*" : "•" : " ", s->word);
  if (now && v->focus == s->stop) {
    canvas_role(c, r, ROLE_SELECTED);
    canvas_cursor(c, r.x + 1, r.y);
  }
}

static void draw_line(const struct form_view *v, struct canvas *c, struct rect r, const struct spot *s) {
  const struct input *line = &v->form.text[stop_text(s->stop)];
  bool counts = !stop_has_tick(s->stop) || v->form.ticked[stop_text(s->stop)];
  if (v->focus == s->stop) {
    input_draw(line, c, r, "");
    return;
  }
  canvas_text_cut(c, r, r.x, r.y, counts ? ROLE_TEXT : ROLE_DIM, input_text(line));
  if (s->stop == STOP_HOW && input_text(line).n == 0)
    canvas_text_cut(c, r, r.x, r.y, ROLE_DIM, rule_form_usage(&v->form));
}

static void draw_spot(const struct form_view *v, struct canvas *c, struct rect r, const struct spot *s) {
  if (s->choice >= 0)
    draw_choice(v, c, r, s);
  else if (s->choice == SPOT_TICK)
    canvas_print(c, r, r.x, r.y, ROLE_TEXT, "[%s]", v->form.ticked[stop_text(s->stop)] ? "x" : " ");
  else
    draw_line(v, c, r, s);
}

static void draw_foot(const struct form_view *v, struct canvas *c, struct rect r) {
  struct buf words = BUF_INIT;
  int y = r.y + r.h - 2;
  if (v->wrong && !v->untouched)
    canvas_text_cut(c, r, r.x, y, ROLE_ERROR, slice_of(v->err.text));
  else {
    dry_run_words(v->run, &words);
    canvas_text_cut(c, r, r.x, y, ROLE_OK, buf_slice(&words));
  }
  canvas_text(c, r, r.x, y + 1, ROLE_DIM, SLICE("as text"));
  struct rect text = {r.x + FORM_LABEL_W, y + 1, r.w - FORM_LABEL_W, 1};
  canvas_text_cut(c, text, text.x, text.y, ROLE_TEXT, buf_slice(&v->text));
  buf_clear(&words);
}

static void form_draw(const struct view *view, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct form_view *v = (const struct form_view *)view;
  struct rect in = inside(v, r);
  (void)ui;
  canvas_box(c, box_of(v, r), ROLE_BOX, v->asked.title);
  struct rect room = {in.x, in.y, in.w, in.h - 2};
  for (size_t i = 0; i < v->place.label.n; i++) {
    const struct label *l = &v->place.label.v[i];
    if (l->y >= v->top && l->y < v->top + room.h)
      canvas_text(c, room, room.x + l->x, room.y + l->y - v->top, ROLE_DIM, slice_of(l->word));
  }
  for (size_t i = 0; i < v->place.spot.n; i++) {
    const struct spot *s = &v->place.spot.v[i];
    if (s->r.y >= v->top && s->r.y < v->top + room.h)
      draw_spot(v, c, (struct rect){room.x + s->r.x, room.y + s->r.y - v->top, s->r.w, 1}, s);
  }
  draw_foot(v, c, in);
}

static void form_message(const struct view *view, const struct ui *ui, struct buf *out) {
  static const char *const words[STOPS] = {
      [STOP_NAME] = "what a flow that it touched says of it; may be left out",
      [STOP_WAY] = "Left, Right or the first letter choose",
      [STOP_ALSO] = "anything else that a filter may say: status:5xx process:curl -assets",
      [STOP_LIMIT] = "how often it acts; Left, Right or the first letter choose",
      [STOP_SIDE] = "Left, Right or the first letter choose",
      [STOP_STATUS] = "the status of the answer: three digits, from 200 on",
      [STOP_TYPE] = "Content-Type of the answer",
      [STOP_FIELDS] = "one more field of the answer, NAME: VALUE; several in quotes: \"A: 1\" \"B: 2\"",
      [STOP_ANSWER] = "the body of the answer as it stands; @FILE: that of a file",
  };
  const struct form_view *v = (const struct form_view *)view;
  struct rule_action action;
  (void)ui;
  if (words[v->focus] != NULL)
    buf_add_text(out, words[v->focus]);
  else if (stop_has_tick(v->focus))
    buf_add_text(out, "what is ticked has to be met; Space ticks, quotes hold blanks");
  else if (rule_action(v->form.action, &action))
    buf_printf(out, "%s: %s", action.usage, action.help);
}

/* ---- opening ---- */

static void form_free(struct ui *ui, struct view *view) {
  struct form_view *v = self(view);
  (void)ui;
  dry_run_free(v->run);
  rule_form_clear(&v->form);
  buf_clear(&v->text);
  form_place_clear(&v->place);
  free(v);
}

const struct view_ops rule_form_view_ops = {
    .name = "rule form",
    .typing = true,
    .overlay = true,
    .bindings = form_bindings,
    .draw = form_draw,
    .key = form_key,
    .layout = form_layout,
    .message = form_message,
    .room = form_room,
    .free = form_free,
};

/* On what usually changes: it is there to be typed over. */
static void begin_at(struct form_view *v, struct slice text) {
  struct rule_form *f = &v->form;
  struct slice marked = slice_sub(text, v->asked.mark_at, v->asked.mark_n);
  bool answers = rule_form_is_answer(f), how = rule_form_has_how(f);
  focus(v, text.n == 0 ? STOP_METHOD : answers ? STOP_STATUS : how ? STOP_HOW : STOP_ACTION);
  struct input *line = stop_line(f, v->focus);
  ptrdiff_t at = line != NULL && marked.n > 0 ? slice_find(input_text(line), marked) : -1;
  if (at >= 0)
    input_mark(line, (size_t)at, marked.n);
}

bool rule_form_open(struct ui *ui, const struct rule_asked *asked, struct slice text) {
  struct form_view *v = mem_zero(1, sizeof *v);
  struct rect r = ui_body(ui);
  view_init(&v->view, &rule_form_view_ops);
  v->asked = *asked;
  v->run = dry_run_new(ui);
  v->untouched = true;
  rule_form_init(&v->form);
  rule_form_read(&v->form, text);
  form_place(&v->place, &v->form, r.w - 4);
  if (r.w < 76 || v->place.rows + 4 > r.h) {
    form_free(ui, &v->view);
    return false;
  }
  begin_at(v, text);
  look(v);
  ui_push(ui, &v->view);
  return true;
}
