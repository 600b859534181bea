#include "ui/prompt.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ui/ui_state.h"
#include "weir/base/mem.h"

struct prompt {
  struct view view;
  struct prompt_options o;
  struct input input;
  struct buf words;
  struct binding binding[3]; /* Enter and Esc with this prompt's own hints */
  struct view_ops ops;
  bool wrong;
};

static struct prompt *self(struct view *v) {
  return (struct prompt *)v;
}

static void tell(struct prompt *p, const struct err *err) {
  p->wrong = true;
  buf_reset(&p->words);
  buf_add_text(&p->words, err->text);
  input_error(&p->input, err);
}

static void look(struct ui *ui, struct prompt *p) {
  struct err err = ERR_INIT;
  if (p->o.changed == NULL)
    return;
  buf_reset(&p->words);
  p->wrong = false;
  if (p->o.changed(ui, p->o.arg, input_text(&p->input), &p->words, &err))
    input_error(&p->input, NULL);
  else
    tell(p, &err);
}

static void take(struct ui *ui, struct view *v, int count) {
  struct prompt *p = self(v);
  struct err err = ERR_INIT;
  (void)count;
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
  if (p->o.cancelled != NULL)
    p->o.cancelled(ui, p->o.arg);
  ui_pop(ui);
}

static bool prompt_key(struct ui *ui, struct view *v, const struct key *key) {
  struct prompt *p = self(v);
  struct rect row = {0, ui->canvas.height - 2, ui->canvas.width, 1};
  if (key->code == KEY_ENTER_)
    take(ui, v, 0);
  else if (key->code == KEY_ESC_ || key->code == KEY_CTRL('c'))
    cancel(ui, v, 0);
  else if (key->code == KEY_MOUSE_ && key->y == row.y && key->button == 1)
    input_click(&p->input, row, p->o.label, key->x);
  else if (input_key(&p->input, key) == INPUT_CHANGED)
    look(ui, p);
  return true;
}

static void prompt_layout(struct ui *ui, struct view *v, struct rect r) {
  struct prompt *p = self(v);
  (void)r;
  if (p->o.words == NULL || p->wrong)
    return;
  buf_reset(&p->words);
  p->o.words(ui, p->o.arg, &p->words);
}

/* The text in the message row; what is to be said of it stands to its right, or in the row below when that is narrow.
 */
static void prompt_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct prompt *p = (const struct prompt *)v;
  (void)ui;
  (void)r;
  int y = c->height - 2, words = (int)text_width(buf_slice(&p->words), TEXT_PLAIN);
  struct rect row = {0, y, c->width, 1};
  enum role role = p->wrong ? ROLE_ERROR : ROLE_INPUT;
  int typed = (int)(text_width(slice_of(p->o.label), TEXT_PLAIN) + text_width(input_text(&p->input), TEXT_PLAIN));
  canvas_fill(c, row, ROLE_INPUT);
  if (words > 0 && typed + words + 6 < c->width) {
    row.w = c->width - words - 3;
    canvas_text(c, canvas_all(c), row.w + 1, y, role, buf_slice(&p->words));
  } else if (words > 0) {
    struct rect below = {0, y + 1, c->width, 1};
    canvas_fill(c, below, ROLE_BAR);
    canvas_text(c, below, 1, y + 1, p->wrong ? ROLE_BAR_WARN : ROLE_BAR, buf_slice(&p->words));
  }
  input_draw(&p->input, c, row, p->o.label);
}

static void prompt_free(struct ui *ui, struct view *v) {
  struct prompt *p = self(v);
  (void)ui;
  if (p->o.drop != NULL)
    p->o.drop(p->o.arg);
  input_clear(&p->input);
  buf_clear(&p->words);
  free(p);
}

static const struct binding prompt_bindings[] = {
    {"prompt-take", "Enter", NULL, "take what is typed", "PROMPT", take, NULL},
    {"prompt-cancel", "Esc", NULL, "leave everything as it was", "PROMPT", cancel, NULL},
    {.keys = NULL},
};

const struct view_ops prompt_view_ops = {
    .name = "prompt",
    .overlay = true,
    .bindings = prompt_bindings,
    .draw = prompt_draw,
    .key = prompt_key,
    .layout = prompt_layout,
    .free = prompt_free,
};

void prompt_open(struct ui *ui, const struct prompt_options *options) {
  struct prompt *p = mem_zero(1, sizeof *p);
  p->o = *options;
  p->ops = prompt_view_ops;
  for (size_t i = 0; i < sizeof p->binding / sizeof *p->binding; i++)
    p->binding[i] = prompt_bindings[i];
  p->binding[0].hint = options->accept;
  p->binding[1].hint = options->cancel;
  p->ops.bindings = p->binding;
  view_init(&p->view, &p->ops);
  input_init(&p->input, slice_of(options->text), options->history);
  ui_push(ui, &p->view);
  look(ui, p);
}

/* ---- yes or no ---- */

struct question {
  struct view view;
  char again;
  void (*yes)(struct ui *ui, void *arg);
  void (*drop)(void *arg);
  void *arg;
  char text[200];
};

static bool question_key(struct ui *ui, struct view *v, const struct key *key) {
  struct question *q = (struct question *)v;
  bool yes =
      key->mods == 0 && (key->code == 'y' || key->code == 'Y' || (q->again != 0 && key->code == (uint32_t)q->again));
  if (key->code == KEY_MOUSE_)
    return true;
  void (*act)(struct ui *, void *) = q->yes;
  ui->top = v->below;
  if (yes)
    act(ui, q->arg);
  v->ops->free(ui, v);
  ui_dirty(ui);
  return true;
}

static void question_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct question *q = (const struct question *)v;
  (void)ui;
  (void)r;
  struct rect row = {0, c->height - 2, c->width, 1};
  canvas_fill(c, row, ROLE_INPUT);
  int x = canvas_text(c, row, 1, row.y, ROLE_INPUT, slice_of(q->text));
  canvas_cursor(c, x < c->width ? x : c->width - 1, row.y);
}

static void question_free(struct ui *ui, struct view *v) {
  struct question *q = (struct question *)v;
  (void)ui;
  if (q->drop != NULL)
    q->drop(q->arg);
  free(q);
}

static void press_yes(struct ui *ui, struct view *v, int count) {
  (void)count;
  question_key(ui, v, &(struct key){.code = 'y'});
}

static void press_no(struct ui *ui, struct view *v, int count) {
  (void)count;
  question_key(ui, v, &(struct key){.code = KEY_ESC_});
}

static const struct binding question_bindings[] = {
    {"answer-yes", "y", "yes", "yes", "PROMPT", press_yes, NULL},
    {"answer-no", "Esc", "no", "no, as every other key", "PROMPT", press_no, NULL},
    {.keys = NULL},
};

const struct view_ops question_view_ops = {
    .name = "question",
    .overlay = true,
    .bindings = question_bindings,
    .draw = question_draw,
    .key = question_key,
    .free = question_free,
};

void prompt_ask(struct ui *ui, char again, void (*yes)(struct ui *ui, void *arg), void (*drop)(void *arg), void *arg,
                const char *format, ...) {
  struct question *q = mem_zero(1, sizeof *q);
  view_init(&q->view, &question_view_ops);
  q->again = again;
  q->yes = yes;
  q->drop = drop;
  q->arg = arg;
  va_list args;
  va_start(args, format);
  vsnprintf(q->text, sizeof q->text, format, args);
  va_end(args);
  ui_push(ui, &q->view);
}
