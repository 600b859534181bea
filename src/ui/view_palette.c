/* The palette: every act that holds here, the commands that take words and the options, found by a few letters. */
#include <stdio.h>
#include <stdlib.h>

#include "ui/bindings.h"
#include "ui/commands.h"
#include "ui/fuzzy.h"
#include "ui/ui_state.h"
#include "weir/app/setting.h"
#include "weir/base/mem.h"
#include "weir/base/vec.h"

#define WIDTH_MAX  84
#define HEIGHT_MAX 22
#define MEANT      1000 /* above every score */

struct entry {
  const struct binding *binding; /* one of these three */
  const struct line_command *command;
  const struct option_row *option;
  char name[48];
  const char *help, *why; /* why: it is not enabled; NULL: it is */
  char keys[32];
  int score;
  size_t order;
};

struct palette_view {
  struct view view;
  struct input input;
  VEC(struct entry) entry; /* those that fit, best first */
  size_t all, cursor, top;
  struct rect box;
  int rows;
};

static struct palette_view *self(struct view *v) {
  return (struct palette_view *)v;
}

/* ---- what is listed ---- */

static void add(struct palette_view *p, struct entry *e) {
  struct slice typed = input_text(&p->input);
  char options[64];
  e->order = p->all++;
  int help = fuzzy_score(typed, slice_of(e->help), NULL), name = fuzzy_score(typed, slice_of(e->name), NULL);
  snprintf(options, sizeof options, "%s %s", e->keys, e->name);
  int keys = fuzzy_score(typed, slice_of(options), NULL);
  e->score = help > name ? help : name;
  if (e->score < 0 && keys >= 0)
    e->score = 0;
  if (e->score < 0)
    return;
  if (typed.n > 0 && (slice_eq(typed, slice_of(e->keys)) || slice_eq(typed, slice_of(e->name))))
    e->score += MEANT; /* just that one was meant */
  VEC_PUSH(&p->entry, *e);
}

static void add_bindings(const struct ui *ui, struct palette_view *p) {
  const struct view *v = p->view.below;
  const struct binding *b;
  for (size_t at = 0; (b = dispatch_next(v, &at)) != NULL;) {
    bool enabled = b->enabled == NULL || b->enabled(ui, v);
    struct entry e = {.binding = b, .help = b->help, .why = enabled ? NULL : b->why != NULL ? b->why : "not now"};
    snprintf(e.name, sizeof e.name, "%s", b->name);
    snprintf(e.keys, sizeof e.keys, "%s", dispatch_keys(ui, v, b));
    add(p, &e);
  }
}

static void add_commands(struct palette_view *p) {
  for (const struct line_command *c = command_table; c->name != NULL; c++) {
    struct entry e = {.command = c, .help = c->help};
    snprintf(e.name, sizeof e.name, "%s", c->name);
    snprintf(e.keys, sizeof e.keys, ":%s %s", c->name, c->argument);
    add(p, &e);
  }
  for (size_t i = 0; i < option_table_n; i++) {
    const struct option_row *row = &option_table[i];
    if (setting_fixed(row) != NULL)
      continue;
    struct entry e = {.option = row, .help = row->help};
    snprintf(e.name, sizeof e.name, "set %s", row->name);
    snprintf(e.keys, sizeof e.keys, ":set %s", row->name);
    add(p, &e);
  }
}

static int compare(const void *a, const void *b) {
  const struct entry *x = a, *y = b;
  if (x->score != y->score)
    return x->score > y->score ? -1 : 1;
  return x->order < y->order ? -1 : 1;
}

static void gather(const struct ui *ui, struct palette_view *p) {
  p->entry.n = p->all = p->cursor = p->top = 0;
  add_bindings(ui, p);
  add_commands(p);
  if (p->entry.n > 1)
    qsort(p->entry.v, p->entry.n, sizeof *p->entry.v, compare);
  /* Letters strewn over a phrase are no find where others have them together. */
  while (p->entry.n > 1 && p->entry.v[p->entry.n - 1].score * 2 < p->entry.v[0].score % MEANT)
    p->entry.n--;
}

/* ---- keys ---- */

static void move(struct palette_view *p, long steps) {
  long at = (long)p->cursor + steps, last = (long)p->entry.n - 1;
  p->cursor = at < 0 || last < 0 ? 0 : (size_t)(at > last ? last : at);
}

static void down(struct ui *ui, struct view *v, int count) {
  (void)ui, (void)count, move(self(v), 1);
}
static void up(struct ui *ui, struct view *v, int count) {
  (void)ui, (void)count, move(self(v), -1);
}
static void page_down(struct ui *ui, struct view *v, int count) {
  (void)ui, (void)count, move(self(v), self(v)->rows);
}
static void page_up(struct ui *ui, struct view *v, int count) {
  (void)ui, (void)count, move(self(v), -self(v)->rows);
}

static void close_palette(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  ui_pop(ui);
}

static void run(struct ui *ui, struct view *v, int count) {
  struct palette_view *p = self(v);
  char text[64];
  (void)count;
  if (p->cursor >= p->entry.n)
    return;
  struct entry e = p->entry.v[p->cursor];
  ui_pop(ui);
  if (e.binding != NULL) {
    dispatch_run(ui, e.binding);
    return;
  }
  snprintf(text, sizeof text, "%s ", e.name);
  command_line_open(ui, text);
}

static const struct binding palette_bindings[] = {
    {"palette-run", "Enter", "do it", "do it; what takes words asks for them", "SCREEN", run},
    {"go-down", "Down Ctrl-N Tab", NULL, "next", "MOVE", down},
    {"go-up", "Up Ctrl-P Shift-Tab", NULL, "previous", "MOVE", up},
    {"go-page-down", "PgDn", NULL, "a page down", "MOVE", page_down},
    {"go-page-up", "PgUp", NULL, "a page up", "MOVE", page_up},
    {"palette-close", "Esc Ctrl-C", "close", "close", "SCREEN", close_palette},
    {.keys = NULL},
};

static bool click(struct ui *ui, struct palette_view *p, const struct key *key) {
  int row = key->y - p->box.y - 2;
  bool inside = key->x > p->box.x && key->x < p->box.x + p->box.w - 1 && row >= 0 && row < p->rows;
  if (key_wheel(key) != 0) {
    move(p, key_wheel(key));
  } else if (key->button == 1 && inside && p->top + (size_t)row < p->entry.n) {
    p->cursor = p->top + (size_t)row;
    run(ui, &p->view, 0);
  }
  return true;
}

static bool palette_key(struct ui *ui, struct view *v, const struct key *key) {
  struct palette_view *p = self(v);
  if (key->code == KEY_MOUSE_)
    return click(ui, p, key);
  if (dispatch_bound(ui, v, key))
    return false;
  if (input_key(&p->input, key) == INPUT_CHANGED)
    gather(ui, p);
  return true;
}

/* ---- layout and drawing ---- */

static void palette_layout(struct ui *ui, struct view *v, struct rect r) {
  struct palette_view *p = self(v);
  (void)ui;
  int w = r.w - 4 < WIDTH_MAX ? r.w - 4 : WIDTH_MAX, h = r.h - 2 < HEIGHT_MAX ? r.h - 2 : HEIGHT_MAX;
  if (w < 36)
    w = r.w;
  if (h < 6)
    h = r.h;
  p->box = (struct rect){r.x + (r.w - w) / 2, r.y + (r.h - h) / 3, w, h};
  int needed = (int)(p->entry.n < HEIGHT_MAX ? p->entry.n : HEIGHT_MAX) + 3 + (p->entry.n == 0);
  p->box.h = needed < h ? needed : h; /* the upper edge stays where it is */
  p->rows = p->box.h > 3 ? p->box.h - 3 : 0;
  p->top = scroll_to(p->top, p->cursor, p->entry.n, p->rows);
}

/* The letters that were typed, where they are in the text. */
static void draw_found(struct canvas *c, struct rect r, int x, int y, struct slice text, struct slice typed) {
  bool at[FUZZY_TEXT_MAX];
  if (typed.n == 0 || fuzzy_score(typed, text, at) < 0)
    return;
  for (size_t i = 0; i < text.n && i < FUZZY_TEXT_MAX; i++) {
    int column = x + (int)text_width(slice_sub(text, 0, i), TEXT_PLAIN);
    if (at[i] && column < r.x + r.w)
      canvas_role(c, (struct rect){column, y, 1, 1}, ROLE_HIT);
  }
}

static void draw_entry(const struct palette_view *p, struct canvas *c, struct rect r, size_t i) {
  const struct entry *e = &p->entry.v[i];
  enum role role = e->why != NULL ? ROLE_DIM : ROLE_TEXT;
  int keys = (int)text_width(slice_of(e->keys), TEXT_PLAIN), right = r.x + r.w - keys;
  struct rect left = {r.x, r.y, r.w - keys - 2 > 0 ? r.w - keys - 2 : 0, 1};
  canvas_text(c, r, r.x, r.y, role, slice_of(i == p->cursor ? ">" : " "));
  int x = canvas_text(c, left, r.x + 2, r.y, role, slice_of(e->help));
  if (e->why != NULL)
    x = canvas_print(c, left, x, r.y, role, " (%s)", e->why);
  canvas_text(c, left, x + 2, r.y, ROLE_DIM, slice_of(e->name));
  canvas_text(c, r, right, r.y, e->why != NULL ? ROLE_DIM : ROLE_KEY, slice_of(e->keys));
  if (i == p->cursor)
    canvas_role(c, r, ROLE_SELECTED);
  draw_found(c, left, r.x + 2, r.y, slice_of(e->help), input_text(&p->input));
}

static void palette_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct palette_view *p = (const struct palette_view *)v;
  char title[48];
  (void)ui;
  (void)r;
  canvas_box(c, p->box, ROLE_BOX, NULL);
  for (int i = 0; i < p->rows && p->top + (size_t)i < p->entry.n; i++)
    draw_entry(p, c, (struct rect){p->box.x + 2, p->box.y + 2 + i, p->box.w - 4, 1}, p->top + (size_t)i);
  if (p->entry.n == 0)
    canvas_text(c, p->box, p->box.x + 4, p->box.y + 2, ROLE_DIM, SLICE("nothing is called so"));
  snprintf(title, sizeof title, " %zu found ", p->entry.n);
  canvas_text(c, p->box, p->box.x + 2, p->box.y + p->box.h - 1, ROLE_BOX, slice_of(title));
  input_draw(&p->input, c, (struct rect){p->box.x + 1, p->box.y + 1, p->box.w - 2, 1}, " what? ");
}

static void palette_free(struct ui *ui, struct view *v) {
  struct palette_view *p = self(v);
  (void)ui;
  input_clear(&p->input);
  VEC_CLEAR(&p->entry);
  free(p);
}

const struct view_ops palette_view_ops = {
    .name = "palette",
    .typing = true,
    .overlay = true,
    .bindings = palette_bindings,
    .draw = palette_draw,
    .key = palette_key,
    .layout = palette_layout,
    .free = palette_free,
};

static struct view *palette_view_new(struct ui *ui) {
  struct palette_view *p = mem_zero(1, sizeof *p);
  view_init(&p->view, &palette_view_ops);
  p->view.below = ui->top;
  input_init(&p->input, SLICE(""), NULL);
  gather(ui, p);
  return &p->view;
}

void act_palette(struct ui *ui, struct view *v, int count) {
  (void)v;
  (void)count;
  ui_push(ui, palette_view_new(ui));
}
