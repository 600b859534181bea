/* The keys of the screen below, or of all screens, from the tables that dispatch them; typing looks for one, Enter or a
 * click does what the line says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/bindings.h"
#include "ui/keymap.h"
#include "ui/ui_state.h"
#include "weir/base/mem.h"
#include "weir/base/vec.h"
#include "weir/filter/filter.h"

#define TWO_COLUMNS 116
#define KEYS_WIDTH  15

struct help_line {
  const struct binding *binding; /* NULL: a heading, or a word of the filter language */
  const struct view_ops *ops;    /* whose */
  bool heading, dim;
  char text[160];
  int cell; /* where it stands: cells go down the columns, page by page */
};

struct help_view {
  struct view view;
  struct input search;
  VEC(struct help_line) line;
  bool all; /* screens */
  size_t cursor;
  struct rect box;
  int rows, columns;
};

static struct help_view *self(struct view *v) {
  return (struct help_view *)v;
}

#define FILTER_GROUP "WORDS OF A FILTER (f, i)"

/* ---- what is listed ---- */

static bool found(const struct help_view *h, const char *keys, const char *name, const char *help) {
  struct slice needle = input_text(&h->search);
  return needle.n == 0 || slice_find_ascii(slice_of(keys), needle) >= 0 ||
         slice_find_ascii(slice_of(help), needle) >= 0 || slice_find_ascii(slice_of(name), needle) >= 0;
}

static void add_line(struct help_view *h, const struct help_line *line) {
  VEC_PUSH(&h->line, *line);
}

static void add_heading(struct help_view *h, const char *screen, const char *group) {
  struct help_line line = {.heading = true};
  snprintf(line.text, sizeof line.text, "%s%s%s", screen, screen[0] != '\0' ? ": " : "", group);
  add_line(h, &line);
}

static bool is_disabled(const struct ui *ui, const struct help_view *h, const struct binding *b) {
  return !h->all && b->enabled != NULL && !b->enabled(ui, h->view.below);
}

static void add_binding(const struct ui *ui, struct help_view *h, const struct view_ops *ops, const struct binding *b,
                        const char *keys) {
  struct help_line line = {.binding = b, .ops = ops, .dim = is_disabled(ui, h, b)};
  char name[64];
  snprintf(name, sizeof name, "%s%s", keys[0] != '\0' ? keys : ":", keys[0] != '\0' ? "" : b->name);
  snprintf(line.text, sizeof line.text, "%-*s %s", KEYS_WIDTH, name, b->help);
  if (line.dim && b->why != NULL) {
    size_t n = strlen(line.text);
    snprintf(line.text + n, sizeof line.text - n, " (%s)", b->why);
  }
  add_line(h, &line);
}

static bool is_everywhere(const struct binding *b) {
  for (const struct binding *g = global_bindings; g->keys != NULL; g++)
    if (strcmp(g->name, b->name) == 0)
      return true;
  return false;
}

/* Of all screens the first one shows what holds everywhere, the others do not. */
static void add_group(const struct ui *ui, struct help_view *h, const struct view_ops *ops, const char *group) {
  const struct binding *b;
  bool headed = false;
  for (size_t at = 0; (b = bindings_next(ops, &at)) != NULL;) {
    const char *keys = keymap_keys(ui->keys, ops, b);
    bool said = h->all && ops != binding_views[0] && is_everywhere(b);
    if (said || strcmp(b->group, group) != 0 || !found(h, keys, b->name, b->help))
      continue;
    if (!headed)
      add_heading(h, h->all ? ops->name : "", group);
    headed = true;
    add_binding(ui, h, ops, b, keys);
  }
}

static void add_screen(const struct ui *ui, struct help_view *h, const struct view_ops *ops) {
  for (size_t g = 0; binding_groups[g] != NULL; g++)
    add_group(ui, h, ops, binding_groups[g]);
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
      struct help_line line = {.binding = NULL};
      char name[40];
      name_word(&word, name, sizeof name);
      if (!found(h, name, "", word.help))
        continue;
      if (!headed)
        add_heading(h, "", FILTER_GROUP);
      headed = true;
      snprintf(line.text, sizeof line.text, "%-*s %s", KEYS_WIDTH, name, word.help);
      add_line(h, &line);
    }
}

static bool can_stop(const struct help_view *h, size_t i) {
  return i < h->line.n && !h->line.v[i].heading;
}

static void gather(const struct ui *ui, struct help_view *h) {
  h->line.n = 0;
  h->cursor = 0;
  for (size_t i = 0; h->all && binding_views[i] != NULL; i++)
    add_screen(ui, h, binding_views[i]);
  if (!h->all)
    add_screen(ui, h, h->view.below->ops);
  add_filter_words(h);
  while (h->cursor < h->line.n && !can_stop(h, h->cursor))
    h->cursor++;
}

/* ---- moving ---- */

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

static int page_cells(const struct help_view *h) {
  int n = h->rows * h->columns;
  return n > 0 ? n : 1;
}

/* To the line that stands nearest to a cell. */
static void move_to_cell(struct help_view *h, int cell) {
  size_t best = h->cursor;
  int least = -1;
  for (size_t i = 0; i < h->line.n; i++) {
    int away = abs(h->line.v[i].cell - cell);
    if (can_stop(h, i) && (least < 0 || away < least)) {
      least = away;
      best = i;
    }
  }
  h->cursor = best;
}

static void move_cells(struct help_view *h, int cells) {
  if (h->cursor < h->line.n)
    move_to_cell(h, h->line.v[h->cursor].cell + cells);
}

static void down(struct ui *ui, struct view *v, int count) {
  (void)ui, (void)count, move(self(v), 1);
}
static void up(struct ui *ui, struct view *v, int count) {
  (void)ui, (void)count, move(self(v), -1);
}
static void page_down(struct ui *ui, struct view *v, int count) {
  (void)ui, (void)count, move_cells(self(v), page_cells(self(v)));
}
static void page_up(struct ui *ui, struct view *v, int count) {
  (void)ui, (void)count, move_cells(self(v), -page_cells(self(v)));
}

/* ---- doing ---- */

static void close_help(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  ui_pop(ui);
}

static void all_screens(struct ui *ui, struct view *v, int count) {
  struct help_view *h = self(v);
  (void)count;
  h->all = !h->all;
  gather(ui, h);
}

static void run(struct ui *ui, struct view *v, int count) {
  struct help_view *h = self(v);
  (void)count;
  const struct help_line *line = can_stop(h, h->cursor) ? &h->line.v[h->cursor] : NULL;
  if (line == NULL || line->binding == NULL)
    return;
  const struct binding *b = keymap_command(h->view.below->ops, slice_of(line->binding->name));
  if (b == NULL) {
    ui_say(ui, "that is for another screen (%s)", line->ops->name);
    return;
  }
  ui_pop(ui);
  dispatch_run(ui, b);
}

static const struct binding help_bindings[] = {
    {"help-run", "Enter", "do it", "do what the line says", "SCREEN", run},
    {"help-all", "Tab", "all screens", "the keys of all screens, or of this one", "SCREEN", all_screens},
    {"help-close", "Esc F1 Ctrl-C", "close", "close; ? and q too where nothing was typed", "SCREEN", close_help},
    {"go-down", "Down Ctrl-N", NULL, "next line", "MOVE", down},
    {"go-up", "Up Ctrl-P", NULL, "line before", "MOVE", up},
    {"go-page-down", "PgDn", NULL, "a page down", "MOVE", page_down},
    {"go-page-up", "PgUp", NULL, "a page up", "MOVE", page_up},
    {.keys = NULL},
};

static struct rect place(const struct help_view *h, int cell) {
  int n = cell % page_cells(h), width = (h->box.w - 3) / h->columns;
  return (struct rect){h->box.x + 2 + n / h->rows * width, h->box.y + 2 + n % h->rows, width - 1, 1};
}

static int page_of(const struct help_view *h) {
  return h->cursor < h->line.n ? h->line.v[h->cursor].cell / page_cells(h) : 0;
}

static void click(struct ui *ui, struct help_view *h, const struct key *key) {
  long rows = key_wheel(key);
  if (rows != 0)
    move(h, rows);
  for (size_t i = 0; key->button == 1 && i < h->line.n; i++) {
    struct rect r = place(h, h->line.v[i].cell);
    bool shown = h->line.v[i].cell / page_cells(h) == page_of(h) && can_stop(h, i);
    if (shown && key->y == r.y && key->x >= r.x && key->x < r.x + r.w) {
      h->cursor = i;
      run(ui, &h->view, 0);
      return;
    }
  }
}

static bool help_key(struct ui *ui, struct view *v, const struct key *key) {
  struct help_view *h = self(v);
  bool empty = input_text(&h->search).n == 0;
  if (key->code == KEY_MOUSE_) {
    click(ui, h, key);
    return true;
  }
  if (dispatch_bound(ui, v, key))
    return false;
  if (empty && key->mods == 0 && (key->code == 'q' || key->code == '?'))
    ui_pop(ui);
  else if (empty && (key->code == KEY_RIGHT_ || key->code == KEY_LEFT_))
    move_cells(h, key->code == KEY_RIGHT_ ? h->rows : -h->rows);
  else if (input_key(&h->search, key) == INPUT_CHANGED)
    gather(ui, h);
  return true;
}

/* ---- layout and drawing ---- */

/* A heading has a free line above it, but not at the top of a column, and never stands at the foot of one. */
static void help_layout(struct ui *ui, struct view *v, struct rect r) {
  struct help_view *h = self(v);
  (void)ui;
  h->box = r;
  h->columns = r.w >= TWO_COLUMNS ? 2 : 1;
  h->rows = r.h > 3 ? r.h - 3 : 1;
  int cell = 0;
  for (size_t i = 0; i < h->line.n; i++) {
    struct help_line *line = &h->line.v[i];
    if (line->heading && h->rows > 3) {
      cell += cell % h->rows != 0;
      if (cell % h->rows == h->rows - 1)
        cell++;
    }
    line->cell = cell++;
  }
}

static void draw_line(const struct help_view *h, struct canvas *c, size_t i) {
  const struct help_line *line = &h->line.v[i];
  struct rect cell = place(h, line->cell);
  if (line->heading) {
    canvas_text(c, cell, cell.x, cell.y, ROLE_TITLE_FOCUS, slice_of(line->text));
    return;
  }
  canvas_text_cut(c, cell, cell.x + 1, cell.y, line->dim ? ROLE_DIM : ROLE_TEXT, slice_of(line->text));
  if (i == h->cursor)
    canvas_role(c, cell, ROLE_SELECTED);
}

static void help_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct help_view *h = (const struct help_view *)v;
  char title[80];
  int page = page_of(h), last = 0;
  (void)ui;
  snprintf(title, sizeof title, "keys in: %s", h->all ? "all screens" : v->below->ops->name);
  canvas_box(c, r, ROLE_BOX, title);
  for (size_t i = 0; i < h->line.n; i++) {
    last = h->line.v[i].cell / page_cells(h);
    if (last == page)
      draw_line(h, c, i);
  }
  if (last > 0)
    canvas_print(c, r, r.x + 2, r.y + r.h - 1, ROLE_DIM, " page %d of %d: PgDn ", page + 1, last + 1);
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
    .typing = true,
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
