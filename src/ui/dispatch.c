/* Keys to acts by the binding tables; hints and the menu of a prefix key come from the same tables. */
#include "ui/bindings.h"
#include "ui/ui_state.h"

enum match { MATCH_NONE, MATCH_FULL, MATCH_PREFIX };

static bool key_same(const struct key *a, const struct key *b) {
  unsigned mask = a->code >= KEY_BASE ? ~0u : ~(unsigned)KEY_MOD_SHIFT;
  return a->code == b->code && (a->mods & mask) == (b->mods & mask);
}

static bool is_letter(const struct key *key, char c) {
  return key->mods == 0 && key->code == (unsigned char)c;
}

/* A name that key_parse() does not know and that is two characters long is a chord. */
static enum match match_name(struct slice name, const struct key *prefix, const struct key *key) {
  struct key want = {0};
  bool single = key_parse(name, &want);
  if (prefix->code == 0 && single)
    return key_same(&want, key) ? MATCH_FULL : MATCH_NONE;
  if (single || name.n != 2)
    return MATCH_NONE;
  if (prefix->code == 0)
    return is_letter(key, name.p[0]) ? MATCH_PREFIX : MATCH_NONE;
  return is_letter(prefix, name.p[0]) && is_letter(key, name.p[1]) ? MATCH_FULL : MATCH_NONE;
}

static enum match match_binding(const struct binding *b, const struct key *prefix, const struct key *key) {
  struct slice rest = slice_of(b->keys), name;
  enum match best = MATCH_NONE;
  while (slice_split(&rest, ' ', &name)) {
    enum match m = name.n > 0 ? match_name(name, prefix, key) : MATCH_NONE;
    if (m == MATCH_FULL)
      return m;
    if (m != MATCH_NONE)
      best = m;
  }
  return best;
}

const struct binding *dispatch_next(const struct view *v, size_t *at) {
  return bindings_next(v->ops, at);
}

static enum match find(const struct view *v, const struct key *prefix, const struct key *key,
                       const struct binding **out) {
  const struct binding *b;
  enum match best = MATCH_NONE;
  for (size_t at = 0; (b = dispatch_next(v, &at)) != NULL;) {
    enum match m = match_binding(b, prefix, key);
    if (m == MATCH_FULL) {
      *out = b;
      return m;
    }
    if (m == MATCH_PREFIX)
      best = m;
  }
  return best;
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
  if (key->code == KEY_MOUSE_ || key->code == KEY_PASTE || key->code == KEY_ESC_)
    return;
  struct buf name = BUF_INIT;
  if (prefix->code != 0)
    key_name(prefix, &name);
  key_name(key, &name);
  ui_say(ui, "%s does nothing here; ? shows the keys", buf_text(&name));
  buf_clear(&name);
}

static void press(struct ui *ui, const struct key *key) {
  struct view *v = ui->top;
  struct key prefix = ui->prefix;
  const struct binding *b = NULL;
  enum match m = find(v, &prefix, key, &b);
  ui->prefix = (struct key){0};
  if (m == MATCH_PREFIX) {
    ui->prefix = *key;
    return;
  }
  int count = ui->count;
  ui->count = 0;
  if (m == MATCH_FULL)
    b->act(ui, v, count);
  else
    unknown(ui, &prefix, key);
}

static const struct binding *hint_at(const struct ui *ui, int x);

static bool mouse_on_bars(struct ui *ui, const struct key *key) {
  if (key->code != KEY_MOUSE_ || key->action != KEY_PRESS || key->button != 1)
    return false;
  if (key->y == 1 && ui_roomy(ui) && !ui->top->ops->overlay)
    return status_tab_click(ui, key->x);
  const struct binding *b = key->y == ui->canvas.height - 1 ? hint_at(ui, key->x) : NULL;
  if (b != NULL)
    b->act(ui, ui->top, 0);
  return b != NULL;
}

void dispatch_key(struct ui *ui, const struct key *key) {
  if (key->code == KEY_MOUSE_ && key->action == KEY_RELEASE)
    return;
  bool counting = ui->count > 0;
  buf_reset(&ui->message);
  ui->armed = ui->armed_next;
  ui->armed_next = 0;
  ui->warning = false;
  ui_dirty(ui);
  if (mouse_on_bars(ui, key))
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
  if (!count_digit(ui, key))
    press(ui, key);
}

/* ---- hints ---- */

struct hint_place {
  const struct binding *binding;
  struct slice key;
  int x, w;
};

static struct slice first_name(const struct binding *b) {
  struct slice rest = slice_of(b->keys), name;
  slice_split(&rest, ' ', &name);
  return name;
}

enum { HELP_COLUMNS = sizeof "? all keys" };

/* Where each hint stands; how many. What does not fit is left out from the end on. */
static size_t hint_places(const struct ui *ui, struct hint_place *out, size_t max) {
  const struct binding *b;
  int right = ui->canvas.width - (ui->canvas.width >= 60 ? (int)HELP_COLUMNS : 2) - ui->top->ops->typing;
  int x = ui->canvas.width >= 60 ? 1 : 0;
  size_t n = 0;
  for (size_t at = 0; (b = dispatch_next(ui->top, &at)) != NULL && n < max;) {
    if (b->hint == NULL || (b->enabled != NULL && !b->enabled(ui, ui->top)) ||
        (b->hinted != NULL && !b->hinted(ui, ui->top)))
      continue;
    struct slice key = first_name(b);
    int w = (int)(text_width(key, TEXT_PLAIN) + 1 + text_width(slice_of(b->hint), TEXT_PLAIN));
    if (x + w + 1 >= right)
      continue;
    out[n++] = (struct hint_place){b, key, x, w};
    x += w + 2;
  }
  return n;
}

static const struct binding *hint_at(const struct ui *ui, int x) {
  struct hint_place place[48];
  size_t n = hint_places(ui, place, 48);
  for (size_t i = 0; i < n; i++)
    if (x >= place[i].x && x < place[i].x + place[i].w)
      return place[i].binding;
  return NULL;
}

void dispatch_hints(const struct ui *ui, struct canvas *c, int y) {
  struct hint_place place[48];
  struct rect row = {0, y, c->width, 1};
  canvas_fill(c, row, ROLE_BAR);
  size_t n = hint_places(ui, place, 48);
  for (size_t i = 0; i < n; i++) {
    int x = canvas_text(c, row, place[i].x, y, ROLE_BAR_KEY, place[i].key);
    canvas_text(c, row, x + 1, y, ROLE_BAR, slice_of(place[i].binding->hint));
  }
  if (ui->top->ops->overlay)
    return;
  bool wide = c->width >= 60;
  struct slice key = ui->top->ops->typing ? SLICE("F1") : SLICE("?");
  int x = c->width - (wide ? (int)HELP_COLUMNS : 1) - (int)key.n + wide;
  x = canvas_text(c, row, x, y, ROLE_BAR_KEY, key);
  if (wide)
    canvas_text(c, row, x + 1, y, ROLE_BAR, SLICE("all keys"));
}

void dispatch_prefix_menu(const struct ui *ui, struct buf *out) {
  const struct binding *b;
  char first = (char)ui->prefix.code;
  for (size_t at = 0; (b = dispatch_next(ui->top, &at)) != NULL;) {
    struct slice rest = slice_of(b->keys), name;
    struct key key;
    while (slice_split(&rest, ' ', &name))
      if (name.n == 2 && name.p[0] == first && !key_parse(name, &key))
        buf_printf(out, "%s%c%c %s", out->n > 0 ? "   " : "", first, name.p[1], b->help);
  }
}
