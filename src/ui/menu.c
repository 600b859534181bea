#include "ui/menu.h"

#include <stdio.h>
#include <string.h>

#include "ui/bindings.h"
#include "ui/keymap.h"
#include "ui/ui_state.h"

#define ENTRIES_MAX 64
#define ONE_COLUMN  8 /* as many lines before a second column begins, where there is room for one */

struct entry {
  const struct binding *binding;
  const char *help; /* without the word that the title says already */
  char key[16];
  int width; /* of what is said of it */
  bool enabled;
};

struct menu {
  struct entry entry[ENTRIES_MAX];
  size_t n;
  struct rect box;
  int rows, columns, width; /* width: of a column */
  char title[64];
};

static int entry_width(const struct entry *e) {
  int why = !e->enabled && e->binding->why != NULL ? (int)text_width(slice_of(e->binding->why), TEXT_PLAIN) + 3 : 0;
  return (int)text_width(slice_of(e->key), TEXT_PLAIN) + 2 + (int)text_width(slice_of(e->help), TEXT_PLAIN) + why;
}

/* "copy #6": "copy the URL" is "the URL" there. */
static const char *help_without(const char *help, const char *title) {
  size_t n = strcspn(title, " ");
  bool same = n > 0 && strncmp(help, title, n) == 0 && help[n] == ' ';
  return same ? help + n + 1 : help;
}

static void gather(const struct ui *ui, struct menu *m) {
  struct key second;
  const struct binding *b;
  const struct view *v = ui->top;
  for (m->n = 0; m->n < ENTRIES_MAX && keymap_chord(ui->keys, v->ops, &ui->prefix, m->n, &second, &b); m->n++) {
    struct entry *e = &m->entry[m->n];
    struct buf name = BUF_INIT;
    key_name(&second, &name);
    *e = (struct entry){.binding = b, .enabled = b->enabled == NULL || b->enabled(ui, v)};
    e->help = help_without(b->help, m->title);
    snprintf(e->key, sizeof e->key, "%s", buf_text(&name));
    buf_clear(&name);
    e->width = entry_width(e);
  }
}

static void put_title(const struct ui *ui, struct menu *m) {
  const struct binding_prefix *p = binding_prefix(ui->prefix.code);
  const struct view *v = ui->top;
  uint64_t id = v->ops->flow != NULL ? v->ops->flow(v, ui) : 0;
  if (p == NULL)
    snprintf(m->title, sizeof m->title, "%c", (char)ui->prefix.code);
  else if (p->flow && id != 0)
    snprintf(m->title, sizeof m->title, "%s #%llu", p->title, (unsigned long long)id);
  else
    snprintf(m->title, sizeof m->title, "%s", p->title);
}

/* Low on the screen and to the left, above the message line, so that the list and the cursor are hidden last. */
static void lay_out(const struct ui *ui, struct menu *m) {
  struct rect room = ui_body(ui);
  put_title(ui, m);
  gather(ui, m);
  m->width = (int)text_width(slice_of(m->title), TEXT_PLAIN) + 2;
  for (size_t i = 0; i < m->n; i++)
    if (m->entry[i].width > m->width)
      m->width = m->entry[i].width;
  m->columns = m->n > ONE_COLUMN && 2 * (m->width + 3) + 3 <= room.w ? 2 : 1;
  m->rows = ((int)m->n + m->columns - 1) / m->columns;
  if (m->rows > room.h - 2)
    m->rows = room.h - 2 > 0 ? room.h - 2 : 0;
  int w = m->columns * (m->width + 3) + 3, h = m->rows + 2;
  m->box = (struct rect){room.x + 2, room.y + room.h - h, w, h};
  if (m->box.x + w > room.x + room.w) {
    m->box.x = room.x;
    m->box.w = w < room.w ? w : room.w;
  }
}

static struct rect entry_place(const struct menu *m, size_t i) {
  int column = m->rows > 0 ? (int)i / m->rows : m->columns;
  int row = m->rows > 0 ? (int)i % m->rows : 0;
  int x = m->box.x + 3 + column * (m->width + 3), right = m->box.x + m->box.w - 1;
  if (column >= m->columns || x >= right)
    return (struct rect){0, 0, 0, 0};
  return (struct rect){x, m->box.y + 1 + row, right - x < m->width ? right - x : m->width, 1};
}

static void draw_entry(const struct entry *e, struct canvas *c, struct rect r) {
  enum role key = e->enabled ? ROLE_KEY : ROLE_DIM, text = e->enabled ? ROLE_TEXT : ROLE_DIM;
  int x = canvas_text(c, r, r.x, r.y, key, slice_of(e->key)) + 2;
  x = canvas_text(c, r, x, r.y, text, slice_of(e->help));
  if (!e->enabled && e->binding->why != NULL)
    canvas_print(c, r, x, r.y, text, " (%s)", e->binding->why);
}

void menu_draw(const struct ui *ui, struct canvas *c) {
  struct menu m;
  if (ui->prefix.code == 0)
    return;
  lay_out(ui, &m);
  canvas_box(c, m.box, ROLE_BOX, m.title);
  for (size_t i = 0; i < m.n; i++)
    draw_entry(&m.entry[i], c, entry_place(&m, i));
  int more = (int)m.n - m.rows * m.columns;
  if (more > 0)
    canvas_print(c, m.box, m.box.x + 2, m.box.y + m.box.h - 1, ROLE_BOX, " %d more: ? has all keys ", more);
}

const struct binding *menu_at(const struct ui *ui, int x, int y) {
  struct menu m;
  if (ui->prefix.code == 0)
    return NULL;
  lay_out(ui, &m);
  for (size_t i = 0; i < m.n; i++) {
    struct rect r = entry_place(&m, i);
    if (y == r.y && x >= r.x && x < r.x + r.w)
      return m.entry[i].binding;
  }
  return NULL;
}

void menu_message(const struct ui *ui, struct buf *out) {
  if (ui->count > 0)
    buf_printf(out, "%d", ui->count);
  key_name(&ui->prefix, out);
  buf_add_byte(out, '-');
}
