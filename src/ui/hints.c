#include "ui/hints.h"

#include "ui/keymap.h"
#include "ui/ui_state.h"

#define HINTS_MAX 48

struct hint {
  const struct binding *binding;
  const char *word;
  struct slice key;
  int x, w;
};

enum { HELP_COLUMNS = sizeof "? all keys" };

static struct slice first_key(const struct ui *ui, const struct binding *b) {
  struct slice rest = slice_of(keymap_keys(ui->keys, ui->top->ops, b)), name = {NULL, 0};
  slice_split(&rest, ' ', &name);
  return name;
}

/* NULL: there is nothing to say of it now. */
static const char *word_of(const struct ui *ui, const struct binding *b) {
  const struct view *v = ui->top;
  const char *word = v->ops->hint != NULL ? v->ops->hint(ui, v, b) : NULL;
  if (word == NULL && b->word != NULL)
    word = b->word(ui, v);
  bool good = (b->enabled == NULL || b->enabled(ui, v)) && (b->hinted == NULL || b->hinted(ui, v));
  return !good ? NULL : word != NULL ? word : b->hint;
}

/* The way to all keys stands at the right end; NULL where no global key holds. */
static const struct binding *help_of(const struct ui *ui) {
  return keymap_command(ui->top->ops, SLICE("help"));
}

static int help_x(const struct ui *ui, struct slice key) {
  bool wide = ui->canvas.width >= 60;
  return ui->canvas.width - (wide ? (int)HELP_COLUMNS : 1) - (int)text_width(key, TEXT_PLAIN) + wide;
}

/* Where each hint stands; how many. What does not fit is left out from the end on. */
static size_t place_hints(const struct ui *ui, struct hint *out) {
  const struct binding *b, *help = help_of(ui);
  int right = help != NULL ? help_x(ui, first_key(ui, help)) - 1 : ui->canvas.width;
  int x = ui->canvas.width >= 60 ? 1 : 0;
  size_t n = 0;
  for (size_t at = 0; (b = dispatch_next(ui->top, &at)) != NULL && n < HINTS_MAX;) {
    const char *word = word_of(ui, b);
    struct slice key = word != NULL ? first_key(ui, b) : (struct slice){NULL, 0};
    if (key.n == 0)
      continue;
    int w = (int)(text_width(key, TEXT_PLAIN) + 1 + text_width(slice_of(word), TEXT_PLAIN));
    if (x + w + 1 > right)
      continue;
    out[n++] = (struct hint){b, word, key, x, w};
    x += w + 2;
  }
  return n;
}

const struct binding *hints_at(const struct ui *ui, int x) {
  struct hint hint[HINTS_MAX];
  size_t n = place_hints(ui, hint);
  for (size_t i = 0; i < n; i++)
    if (x >= hint[i].x && x < hint[i].x + hint[i].w)
      return hint[i].binding;
  const struct binding *help = help_of(ui);
  return help != NULL && x >= help_x(ui, first_key(ui, help)) ? help : NULL;
}

void hints_draw(const struct ui *ui, struct canvas *c, int y) {
  struct hint hint[HINTS_MAX];
  struct rect row = {0, y, c->width, 1};
  const struct binding *help = help_of(ui);
  canvas_fill(c, row, ROLE_BAR);
  size_t n = place_hints(ui, hint);
  for (size_t i = 0; i < n; i++) {
    int x = canvas_text(c, row, hint[i].x, y, ROLE_BAR_KEY, hint[i].key);
    canvas_text(c, row, x + 1, y, ROLE_BAR, slice_of(hint[i].word));
  }
  struct slice key = help != NULL ? first_key(ui, help) : (struct slice){NULL, 0};
  if (key.n == 0)
    return;
  int x = canvas_text(c, row, help_x(ui, key), y, ROLE_BAR_KEY, key);
  if (c->width >= 60)
    canvas_text(c, row, x + 1, y, ROLE_BAR, SLICE("all keys"));
}
