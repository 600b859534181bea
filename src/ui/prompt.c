#include "ui/prompt_private.h"

#include <stdlib.h>

#include "ui/ui_state.h"
#include "weir/base/mem.h"

static struct prompt *self(struct view *v) {
  return (struct prompt *)v;
}

static void tell(struct prompt *p, const struct err *err) {
  p->wrong = true;
  buf_reset(&p->words);
  buf_add_text(&p->words, err->text);
  input_error(&p->input, err);
}

void prompt_look(struct ui *ui, struct prompt *p) {
  struct err err = ERR_INIT;
  struct slice text = input_text(&p->input);
  if (p->o.title != NULL && p->o.aside != NULL) {
    prompt_aside_clear(&p->aside);
    p->o.aside(ui, p->o.arg, text, &p->aside);
  }
  if (p->o.changed == NULL)
    return;
  buf_reset(&p->words);
  p->wrong = false;
  if (p->o.changed(ui, p->o.arg, text, &p->words, &err))
    input_error(&p->input, NULL);
  else
    tell(p, &err);
}

static void take(struct ui *ui, struct view *v, int count) {
  struct prompt *p = self(v);
  struct err err = ERR_INIT;
  (void)count;
  if (p->past) {
    prompt_past_take(ui, p);
    return;
  }
  struct buf text = BUF_INIT;
  buf_add_slice(&text, input_text(&p->input));
  /* Out of the way first, so that what it sets off may open views of its own. */
  ui->top = v->below;
  bool taken = p->o.taken(ui, p->o.arg, buf_slice(&text), &err);
  if (taken) {
    if (p->o.history != NULL)
      input_history_add(p->o.history, buf_slice(&text));
    v->ops->free(ui, v);
  } else {
    v->below = ui->top;
    ui->top = v;
    tell(p, &err);
  }
  buf_clear(&text);
  ui_dirty(ui);
}

static void cancel(struct ui *ui, struct view *v, int count) {
  struct prompt *p = self(v);
  (void)count;
  if (p->past) {
    prompt_past_leave(ui, p);
    return;
  }
  if (p->completion.shown) {
    completion_clear(&p->completion); /* the list first */
    return;
  }
  if (p->o.cancelled != NULL)
    p->o.cancelled(ui, p->o.arg);
  ui_pop(ui);
}

/* ---- completion ---- */

static void find_candidates(struct ui *ui, struct prompt *p) {
  struct slice before = slice_sub(input_text(&p->input), 0, p->input.cursor);
  bool shown = p->completion.shown;
  completion_clear(&p->completion);
  p->o.complete(ui, p->o.arg, before, &p->completion);
  p->completion.shown = shown && p->completion.candidate.n > 0;
}

/* Puts it in the place of the word before the cursor. */
static void put_word(struct ui *ui, struct prompt *p, struct slice word, const char *behind) {
  struct buf text = BUF_INIT;
  struct slice now = input_text(&p->input);
  buf_add_slice(&text, slice_sub(now, 0, p->completion.from));
  buf_add_slice(&text, word);
  bool blank = p->input.cursor < now.n && now.p[p->input.cursor] == *behind;
  buf_add_text(&text, blank ? "" : behind);
  size_t cursor = text.n;
  buf_add_slice(&text, slice_from(now, p->input.cursor));
  input_set(&p->input, buf_slice(&text));
  p->input.cursor = cursor;
  buf_clear(&text);
  prompt_look(ui, p);
}

static void take_candidate(struct ui *ui, struct prompt *p, size_t i, bool done) {
  const struct candidate *c = &p->completion.candidate.v[i];
  put_word(ui, p, slice_of(c->text), done && !c->open ? " " : "");
  if (done)
    completion_clear(&p->completion);
}

/* The first Tab completes as far as it is clear; where it is not, a list opens, and the next ones walk through it. */
static void walk(struct ui *ui, struct prompt *p, bool forward) {
  struct completion *c = &p->completion;
  if (!c->shown) {
    find_candidates(ui, p);
    size_t common = completion_common(c), typed = p->input.cursor - c->from;
    if (c->candidate.n == 0) {
      buf_reset(&p->words);
      buf_add_text(&p->words, "nothing completes this");
      return;
    }
    if (c->candidate.n == 1) {
      take_candidate(ui, p, 0, true);
      return;
    }
    c->shown = true;
    if (common > typed)
      put_word(ui, p, slice_make(c->candidate.v[0].text, common), "");
    return;
  }
  size_t n = c->candidate.n;
  c->chosen = c->chosen >= n ? (forward ? 0 : n - 1) : (c->chosen + (forward ? 1 : n - 1)) % n;
  take_candidate(ui, p, c->chosen, false);
}

/* In what was typed before nothing is put into the line until it is taken. */
static void walk_past(struct prompt *p, bool forward) {
  struct completion *c = &p->completion;
  size_t n = c->candidate.n;
  if (n > 0)
    c->chosen = c->chosen >= n ? 0 : (c->chosen + (forward ? 1 : n - 1)) % n;
}

static void complete(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (self(v)->past)
    walk_past(self(v), true);
  else if (self(v)->o.complete != NULL)
    walk(ui, self(v), true);
}

static void complete_back(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (self(v)->past)
    walk_past(self(v), false);
  else if (self(v)->o.complete != NULL)
    walk(ui, self(v), false);
}

static void look_back(struct ui *ui, struct view *v, int count) {
  struct prompt *p = self(v);
  (void)count;
  if (p->past)
    walk_past(p, true);
  else
    prompt_past_open(ui, p);
}

static void reach(struct ui *ui, struct prompt *p, enum prompt_reach how) {
  struct buf text = BUF_INIT;
  struct slice now = input_text(&p->input);
  size_t behind = now.n - p->input.cursor, mark = p->input.mark_n;
  if (p->o.reach == NULL) {
    buf_reset(&p->words);
    buf_add_text(&p->words, "only a rule has a reach");
  } else if (!p->past && p->o.reach(ui, p->o.arg, how, now, &text)) {
    input_set(&p->input, buf_slice(&text));
    p->input.cursor = text.n > behind ? text.n - behind : 0;
    if (mark > 0 && p->input.cursor >= mark)
      input_mark(&p->input, p->input.cursor - mark, mark);
    completion_clear(&p->completion);
    prompt_look(ui, p);
  }
  buf_clear(&text);
}

static void reach_all(struct ui *ui, struct view *v, int count) {
  (void)count;
  reach(ui, self(v), REACH_ALL);
}

static void reach_host(struct ui *ui, struct view *v, int count) {
  (void)count;
  reach(ui, self(v), REACH_HOST);
}

static void other_way(struct ui *ui, struct view *v, int count) {
  struct prompt *p = self(v);
  (void)count;
  if (p->o.other != NULL) {
    p->o.other(ui, p->o.arg, input_text(&p->input));
    return;
  }
  buf_reset(&p->words);
  buf_add_text(&p->words, "only a rule has a form");
}

static bool has_other(const struct ui *ui, const struct view *v) {
  (void)ui;
  return ((const struct prompt *)v)->o.other != NULL;
}

static bool has_reach(const struct ui *ui, const struct view *v) {
  (void)ui;
  return ((const struct prompt *)v)->o.reach != NULL;
}

static bool has_lines(const struct ui *ui, const struct view *v) {
  const struct prompt *p = (const struct prompt *)v;
  (void)ui;
  return p->o.history != NULL && p->o.history->line.n > 0 && !p->past;
}

static bool has_history(const struct ui *ui, const struct view *v) {
  (void)ui;
  return ((const struct prompt *)v)->o.history != NULL;
}

static bool can_complete(const struct ui *ui, const struct view *v) {
  (void)ui;
  return ((const struct prompt *)v)->o.complete != NULL;
}

/* Under the box that is typed in, or above the message row. */
static struct completion_room list_room(const struct ui *ui, const struct prompt *p) {
  struct prompt_place place = prompt_place(ui, p);
  struct completion_room room = {.rect = ui_body(ui), .hangs = place.boxed};
  room.column = input_column(&p->input, place.input, prompt_label(p), p->completion.from);
  if (place.boxed) {
    room.rect.h -= place.box.h;
    room.rect.y += place.box.h;
  }
  return room;
}

/* ---- keys ---- */

static bool prompt_mouse(struct ui *ui, struct prompt *p, const struct key *key) {
  struct rect row = prompt_place(ui, p).input;
  long wheel = key_wheel(key);
  if (wheel != 0) {
    if (p->past)
      walk_past(p, wheel > 0);
    else if (p->completion.shown)
      walk(ui, p, wheel > 0);
    return true;
  }
  size_t i = completion_at(&p->completion, list_room(ui, p), key->x, key->y);
  bool on_list = key->button == 1 && i < p->completion.candidate.n;
  if (on_list && p->past) {
    p->completion.chosen = i;
    prompt_past_take(ui, p);
  } else if (on_list)
    take_candidate(ui, p, i, true);
  else if (key->button == 1 && key->y == row.y)
    input_click(&p->input, row, prompt_label(p), key->x);
  return true;
}

static bool prompt_key(struct ui *ui, struct view *v, const struct key *key) {
  struct prompt *p = self(v);
  if (key->code == KEY_MOUSE_)
    return prompt_mouse(ui, p, key);
  if (dispatch_bound(ui, v, key))
    return false;
  if (p->past && (key->code == KEY_UP_ || key->code == KEY_DOWN_)) {
    walk_past(p, key->code == KEY_DOWN_);
    return true;
  }
  if (p->past) {
    if (input_key(&p->input, key) == INPUT_CHANGED)
      prompt_past_find(ui, p);
    return true;
  }
  if (input_key(&p->input, key) == INPUT_CHANGED) {
    prompt_look(ui, p);
    if (p->completion.shown)
      find_candidates(ui, p);
  } else {
    completion_clear(&p->completion);
  }
  return true;
}

static void prompt_layout(struct ui *ui, struct view *v, struct rect r) {
  struct prompt *p = self(v);
  (void)r;
  if (p->o.words == NULL || p->wrong || p->past)
    return;
  buf_reset(&p->words);
  p->o.words(ui, p->o.arg, &p->words);
}

/* The text in the message row; what is to be said of it stands to its right, or in the row below when that is narrow.
 */
static void draw_row(const struct prompt *p, struct canvas *c) {
  int y = c->height - 2, words = (int)text_width(buf_slice(&p->words), TEXT_PLAIN);
  struct rect row = {0, y, c->width, 1};
  enum role role = p->wrong ? ROLE_ERROR : ROLE_INPUT;
  int typed = (int)(text_width(slice_of(prompt_label(p)), TEXT_PLAIN) + text_width(input_text(&p->input), TEXT_PLAIN));
  canvas_fill(c, row, ROLE_INPUT);
  if (words > 0 && typed + words + 6 < c->width) {
    row.w = c->width - words - 3;
    canvas_text(c, canvas_all(c), row.w + 1, y, role, buf_slice(&p->words));
  } else if (words > 0) {
    struct rect below = {0, y + 1, c->width, 1};
    canvas_fill(c, below, ROLE_BAR);
    canvas_text(c, below, 1, y + 1, p->wrong ? ROLE_BAR_WARN : ROLE_BAR, buf_slice(&p->words));
  }
  input_draw(&p->input, c, row, prompt_label(p));
}

static void prompt_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  (void)r;
  const struct prompt *p = (const struct prompt *)v;
  struct prompt_place place = prompt_place(ui, p);
  if (place.boxed)
    prompt_draw_box(p, &place, c);
  else
    draw_row(p, c);
  struct completion_room room = list_room(ui, p);
  struct rect list = completion_box(&p->completion, room);
  if (place.aside.h > 0 && !p->past && (list.h == 0 || list.y + list.h <= place.aside.y))
    prompt_draw_aside(&p->aside, place.aside, c);
  completion_draw(&p->completion, c, room);
}

static struct rect prompt_room(const struct view *v, const struct ui *ui, struct rect r) {
  (void)r;
  return prompt_place(ui, (const struct prompt *)v).below;
}

static void prompt_free(struct ui *ui, struct view *v) {
  struct prompt *p = self(v);
  (void)ui;
  if (p->o.drop != NULL)
    p->o.drop(p->o.arg);
  input_clear(&p->input);
  buf_clear(&p->words);
  completion_clear(&p->completion);
  prompt_aside_clear(&p->aside);
  buf_clear(&p->typed);
  free(p);
}

static const struct binding prompt_bindings[] = {
    {"prompt-take", "Enter Ctrl-S", NULL, "take what is typed", "PROMPT", take, NULL},
    {"prompt-cancel", "Esc Ctrl-C", NULL, "leave everything as it was", "PROMPT", cancel, NULL},
    {"prompt-complete", "Tab", "complete", "complete; again: the next that fits", "PROMPT", complete, can_complete,
     "nothing is known of what could stand here"},
    {"prompt-complete-back", "Shift-Tab", NULL, "complete with the one before", "PROMPT", complete_back, can_complete,
     "nothing is known of what could stand here"},
    {"prompt-history", "Ctrl-R", "history", "look for what was typed before, by a few letters", "PROMPT", look_back,
     has_history, "nothing is kept of what is typed here", has_lines},
    {"prompt-all", "Alt-A", "for all", "a rule: for all messages; again: as it was", "PROMPT", reach_all, has_reach,
     "only a rule has a reach"},
    {"prompt-host", "Alt-H", "for the host", "a rule: for the whole host; again: as it was", "PROMPT", reach_host,
     has_reach, "only a rule has a reach"},
    {"rule-text", "Alt-T", "as a form", "the rule as text, or as a form", "PROMPT", other_way, has_other,
     "only a rule has a form"},
    {.keys = NULL},
};

static const char *prompt_hint(const struct ui *ui, const struct view *v, const struct binding *b) {
  const struct prompt *p = (const struct prompt *)v;
  (void)ui;
  if (p->past)
    return b->act == take ? "take it" : b->act == cancel ? "back" : NULL;
  return b->act == take ? p->o.accept : b->act == cancel ? p->o.cancel : NULL;
}

const struct view_ops prompt_view_ops = {
    .name = "prompt",
    .typing = true,
    .overlay = true,
    .bindings = prompt_bindings,
    .draw = prompt_draw,
    .key = prompt_key,
    .layout = prompt_layout,
    .room = prompt_room,
    .hint = prompt_hint,
    .free = prompt_free,
};

void prompt_open(struct ui *ui, const struct prompt_options *options) {
  struct prompt *p = mem_zero(1, sizeof *p);
  p->o = *options;
  view_init(&p->view, &prompt_view_ops);
  input_init(&p->input, slice_of(options->text), options->history);
  if (options->mark_at > 0)
    input_mark(&p->input, options->mark_at, options->mark_n);
  ui_push(ui, &p->view);
  prompt_look(ui, p);
}
