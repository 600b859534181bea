/* The keys of the screen below, from the tables that dispatch them; typing looks for one, Enter presses it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/bindings.h"
#include "ui/ui_state.h"
#include "weir/base/mem.h"
#include "weir/base/vec.h"
#include "weir/filter/filter.h"

#define TWO_COLUMNS 116

struct help_line {
  const struct binding *binding; /* NULL: a heading, or a word of the filter language */
  const char *group;             /* heading */
  char text[120];
};

struct help_view {
  struct view view;
  struct input search;
  VEC(struct help_line) line;
  size_t cursor, top;
  int rows, columns;
};

static struct help_view *self(struct view *v) {
  return (struct help_view *)v;
}

#define FILTER_GROUP "WORDS OF A FILTER (f, i)"

/* ---- what is listed ---- */

static bool found(const struct help_view *h, const char *a, const char *b) {
  struct slice needle = input_text(&h->search);
  return needle.n == 0 || slice_find_ascii(slice_of(a), needle) >= 0 || slice_find_ascii(slice_of(b), needle) >= 0;
}

static void add_heading(struct help_view *h, const char *group) {
  struct help_line line = {.group = group};
  VEC_PUSH(&h->line, line);
}

static void add_group(const struct ui *ui, struct help_view *h, const char *group) {
  const struct binding *b;
  bool headed = false;
  for (size_t at = 0; (b = dispatch_next(h->view.below, &at)) != NULL;) {
    const char *keys = dispatch_keys(ui, h->view.below, b);
    if (b->help == NULL || b->group == NULL || strcmp(b->group, group) != 0 || !found(h, keys, b->help))
      continue;
    if (!headed)
      add_heading(h, group);
    headed = true;
    struct help_line line = {.binding = b};
    char name[40];
    snprintf(name, sizeof name, "%s%s", keys[0] != '\0' ? keys : ":", keys[0] != '\0' ? "" : b->name);
    snprintf(line.text, sizeof line.text, "%-15s %s", name, b->help);
    VEC_PUSH(&h->line, line);
  }
}

static void name_word(const struct filter_word *word, char *out, size_t size) {
  if (word->kind == FILTER_OPERATOR)
    snprintf(out, size, "~%s %s", word->name, word->argument != NULL ? word->argument : "");
  else
    snprintf(out, size, "%s%s", word->name, word->kind == FILTER_FIELD ? ":" : "");
}

static void add_filter_words(struct help_view *h) {
  static const enum filter_kind kinds[] = {FILTER_FIELD, FILTER_STATE, FILTER_OPERATOR};
  bool headed = false;
  struct filter_word word;
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
    for (size_t i = 0; filter_word(kinds[k], i, &word); i++) {
      char name[40];
      name_word(&word, name, sizeof name);
      if (!found(h, name, word.help))
        continue;
      if (!headed)
        add_heading(h, FILTER_GROUP);
      headed = true;
      struct help_line line = {.binding = NULL};
      snprintf(line.text, sizeof line.text, "%-15s %s", name, word.help);
      VEC_PUSH(&h->line, line);
    }
}

static bool can_stop(const struct help_view *h, size_t i) {
  return i < h->line.n && h->line.v[i].group == NULL;
}

static void gather(const struct ui *ui, struct help_view *h) {
  h->line.n = 0;
  h->top = h->cursor = 0;
  for (size_t g = 0; binding_groups[g] != NULL; g++)
    add_group(ui, h, binding_groups[g]);
  add_filter_words(h);
  while (h->cursor < h->line.n && !can_stop(h, h->cursor))
    h->cursor++;
}

/* ---- keys ---- */

static void move(struct help_view *h, long steps) {
  long at = (long)h->cursor;
  long unit = steps > 0 ? 1 : -1;
  for (long left = steps * unit; left > 0;) {
    at += unit;
    if (at < 0 || at >= (long)h->line.n)
      break;
    if (can_stop(h, (size_t)at)) {
      h->cursor = (size_t)at;
      left--;
    }
  }
}

static void close_help(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  ui_pop(ui);
}

static void run(struct ui *ui, struct view *v, int count) {
  struct help_view *h = self(v);
  (void)count;
  const struct binding *b = can_stop(h, h->cursor) ? h->line.v[h->cursor].binding : NULL;
  if (b == NULL)
    return;
  ui_pop(ui);
  b->act(ui, ui->top, 0);
}

static const struct binding help_bindings[] = {
    {"help-run", "Enter", "press the key", "do what the line says", "SCREEN", run, NULL},
    {"help-close", "Esc F1", "close", "close", "SCREEN", close_help, NULL},
    {.keys = NULL},
};

static bool help_key(struct ui *ui, struct view *v, const struct key *key) {
  struct help_view *h = self(v);
  bool empty = input_text(&h->search).n == 0;
  long page = h->rows > 1 ? h->rows : 1;
  switch (key->code) {
  case KEY_ENTER_:
  case KEY_ESC_:
  case KEY_F1_:
    return false;
  case KEY_UP_:
    move(h, -1);
    return true;
  case KEY_DOWN_:
    move(h, 1);
    return true;
  case KEY_PAGE_UP:
    move(h, -page);
    return true;
  case KEY_PAGE_DOWN:
    move(h, page);
    return true;
  case KEY_MOUSE_:
    if (key->button == 4 || key->button == 5)
      move(h, key->button == 4 ? -3 : 3);
    return true;
  default:
    break;
  }
  if (empty && key->mods == 0 && (key->code == 'q' || key->code == '?'))
    ui_pop(ui);
  else if (input_key(&h->search, key) == INPUT_CHANGED)
    gather(ui, h);
  return true;
}

/* ---- layout and drawing ---- */

static void help_layout(struct ui *ui, struct view *v, struct rect r) {
  struct help_view *h = self(v);
  (void)ui;
  h->columns = r.w >= TWO_COLUMNS ? 2 : 1;
  h->rows = r.h > 3 ? r.h - 3 : 1;
  h->top = scroll_to(h->top, h->cursor, h->line.n, h->rows * h->columns);
  if (h->cursor > 0 && h->top == h->cursor && h->line.v[h->cursor - 1].group != NULL)
    h->top--; /* a heading with its first line */
}

static void draw_line(const struct help_view *h, struct canvas *c, struct rect cell, size_t i) {
  const struct help_line *line = &h->line.v[i];
  if (line->group != NULL) {
    canvas_text(c, cell, cell.x, cell.y, ROLE_TITLE_FOCUS, slice_of(line->group));
    return;
  }
  canvas_text(c, cell, cell.x + 1, cell.y, ROLE_TEXT, slice_of(line->text));
  if (i == h->cursor)
    canvas_role(c, cell, ROLE_SELECTED);
}

static void help_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct help_view *h = (const struct help_view *)v;
  char title[80];
  (void)ui;
  snprintf(title, sizeof title, "keys in: %s", v->below != NULL ? v->below->ops->name : "");
  canvas_box(c, r, ROLE_BOX, title);
  int width = (r.w - 3) / h->columns;
  size_t i = h->top;
  for (; i < h->line.n; i++) {
    int n = (int)(i - h->top), column = n / h->rows, row = n % h->rows;
    if (column >= h->columns)
      break;
    draw_line(h, c, (struct rect){r.x + 2 + column * width, r.y + 2 + row, width - 1, 1}, i);
  }
  if (i < h->line.n)
    canvas_text(c, r, r.x + 2, r.y + r.h - 1, ROLE_DIM, SLICE(" more: PgDn "));
  if (h->line.n == 0)
    canvas_text(c, r, r.x + 3, r.y + 2, ROLE_DIM, SLICE("no key does that"));
  input_draw(&h->search, c, (struct rect){r.x + 2, r.y + 1, r.w - 4, 1}, "type to search: ");
}

static void help_free(struct ui *ui, struct view *v) {
  struct help_view *h = self(v);
  (void)ui;
  input_clear(&h->search);
  VEC_CLEAR(&h->line);
  free(h);
}

const struct view_ops help_view_ops = {
    .name = "help",
    .overlay = true,
    .bindings = help_bindings,
    .draw = help_draw,
    .key = help_key,
    .layout = help_layout,
    .free = help_free,
};

struct view *help_view_new(struct ui *ui) {
  struct help_view *h = mem_zero(1, sizeof *h);
  view_init(&h->view, &help_view_ops);
  h->view.below = ui->top;
  input_init(&h->search, SLICE(""), NULL);
  gather(ui, h);
  return &h->view;
}
