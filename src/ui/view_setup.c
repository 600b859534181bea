/* Setup: how programs come to send their traffic here, and to trust weir. Every line that a person would have to type
 * elsewhere can be copied, by its own letter or under the cursor. */
#include <stdlib.h>

#include "ui/actions.h"
#include "ui/go.h"
#include "ui/setup_lines.h"
#include "weir/base/mem.h"

#define LABEL_COLUMNS 13
#define WHOLE_ROWS    3 /* below the list: the line under the cursor, all of it */

struct setup_view {
  struct view view;
  struct setup_lines lines;
  size_t cursor, top;
  struct rect list;
};

static struct setup_view *self(struct view *v) {
  return (struct setup_view *)v;
}

static const struct setup_line *line_at(const struct setup_view *s, size_t i) {
  return i < s->lines.list.n ? &s->lines.list.v[i] : NULL;
}

/* ---- keys ---- */

/* Every line can be under the cursor, so that all of them can be read on a small screen. */
static void walk(struct setup_view *s, long steps) {
  long n = (long)s->lines.list.n, at = (long)s->cursor + steps;
  s->cursor = (size_t)(at < 0 ? 0 : at >= n ? n - 1 : at);
}

static long page(const struct setup_view *s) {
  return s->list.h > 2 ? s->list.h - 1 : 1;
}

static void go(struct ui *ui, struct view *v, enum stride stride, long times) {
  (void)ui, walk(self(v), go_rows(stride, times, page(self(v))));
}

static void copy_line(struct ui *ui, const struct setup_line *line) {
  if (line != NULL && line->kind == SETUP_COPY)
    clipboard_put(ui, slice_of(line->text), line->label);
  else
    ui_say(ui, "this line is to be read; those with a letter can be copied");
}

static void copy(struct ui *ui, struct view *v, int count) {
  (void)count;
  copy_line(ui, line_at(self(v), self(v)->cursor));
}

static void copy_letter(struct ui *ui, struct view *v, char letter) {
  struct setup_view *s = self(v);
  for (size_t i = 0; i < s->lines.list.n; i++)
    if (s->lines.list.v[i].key == letter) {
      s->cursor = i;
      copy_line(ui, &s->lines.list.v[i]);
      return;
    }
  if (setup_first(ui) != NULL && strchr("sbct", letter) != NULL)
    ui_say(ui, "no listener of this run is an HTTP proxy: --mode auto@8888 opens one");
  else
    ui_say(ui, "HTTPS is not decrypted in this run: there is no certificate to trust");
}

#define COPIES(name, letter)                                                                                           \
  static void name(struct ui *ui, struct view *v, int count) {                                                         \
    (void)count, copy_letter(ui, v, letter);                                                                           \
  }
COPIES(copy_shell, 's')
COPIES(copy_browser, 'b')
COPIES(copy_run, 'w')
COPIES(copy_install, 'i')
COPIES(copy_file, 'f')
COPIES(copy_print, 'v')
COPIES(copy_trust, 'e')
COPIES(copy_curl, 'c')
COPIES(copy_node, 'n')
COPIES(copy_openssl, 'o')
COPIES(copy_requests, 'r')
COPIES(copy_java, 'a')
COPIES(copy_git, 't')

static bool on_copy(const struct ui *ui, const struct view *v) {
  const struct setup_view *s = (const struct setup_view *)v;
  const struct setup_line *line = line_at(s, s->cursor);
  (void)ui;
  return line != NULL && line->kind == SETUP_COPY;
}

static bool decrypts(const struct ui *ui, const struct view *v) {
  (void)v;
  return ui->w->https;
}

static const struct binding setup_bindings[] = {
    {"setup-copy", "y Enter", "copy", "copy the line under the cursor", "SETUP", copy, on_copy,
     "nothing to copy in this line"},
    {"setup-shell", "s", "shell", "copy the variables for a shell", "SETUP", copy_shell, NULL},
    {"setup-browser", "b", "browser", "copy the command for a browser", "SETUP", copy_browser, NULL},
    {"setup-run", "w", NULL, "copy the command for a program with a weir of its own", "SETUP", copy_run, NULL},
    {"setup-install", "i", "install", "copy the command that installs the CA", "SETUP", copy_install, decrypts,
     "HTTPS is not read in this run"},
    {"setup-trust", "e", NULL, "copy the variables that make a shell trust it", "SETUP", copy_trust, decrypts,
     "HTTPS is not read in this run"},
    {"setup-curl", "c", "curl", "copy the command for curl", "SETUP", copy_curl, decrypts,
     "HTTPS is not read in this run"},
    {"setup-file", "f", NULL, "copy the path of the certificate", "SETUP", copy_file, NULL},
    {"setup-fingerprint", "v", NULL, "copy its SHA-256 fingerprint", "SETUP", copy_print, NULL},
    {"setup-node", "n", NULL, "copy the variable for Node", "SETUP", copy_node, NULL},
    {"setup-openssl", "o", NULL, "copy the variable for OpenSSL and Go", "SETUP", copy_openssl, NULL},
    {"setup-python", "r", NULL, "copy the variable for Python", "SETUP", copy_requests, NULL},
    {"setup-java", "a", NULL, "copy the commands for Java", "SETUP", copy_java, NULL},
    {"setup-git", "t", NULL, "copy the command for git", "SETUP", copy_git, NULL},
    {"back", "q Esc h Left", "back", "back to the list", "MOVE", go_back, NULL},
    GO_ROWS("next line", "line before"),
    GO_PAGES_SPACE,
    GO_ENDS("first line", "last line"),
    {.keys = NULL},
};

static bool setup_key(struct ui *ui, struct view *v, const struct key *key) {
  struct setup_view *s = self(v);
  (void)ui;
  if (key->code != KEY_MOUSE_)
    return false;
  long rows = key_wheel(key);
  if (rows != 0)
    walk(s, rows);
  else if (key->button == 1 && key->y >= s->list.y && s->top + (size_t)(key->y - s->list.y) < s->lines.list.n)
    s->cursor = s->top + (size_t)(key->y - s->list.y);
  return true;
}

/* ---- layout and drawing ---- */

static void setup_layout(struct ui *ui, struct view *v, struct rect r) {
  struct setup_view *s = self(v);
  setup_lines_make(&s->lines, ui); /* clients come and go */
  size_t n = s->lines.list.n;
  if (s->cursor >= n)
    s->cursor = n - 1;
  int gap = r.h > 12 ? 2 : 0;
  int below = r.h > 14 ? WHOLE_ROWS + 1 : 0;
  s->list = (struct rect){r.x, r.y + gap, r.w, r.h - gap - below};
  s->top = scroll_to(s->top, s->cursor, n, s->list.h);
}

static void draw_line(const struct setup_line *line, struct canvas *c, struct rect row, bool selected) {
  int x = row.x + 4;
  canvas_text(c, row, row.x, row.y, ROLE_TEXT, selected ? SLICE(">") : SLICE(" "));
  if (line->kind == SETUP_TITLE)
    x = row.x + 2;
  if (line->key != 0)
    canvas_print(c, row, x, row.y, ROLE_KEY, "[%c]", line->key);
  if (line->label[0] != '\0') {
    canvas_text(c, row, x + 4, row.y, ROLE_DIM, slice_of(line->label));
    x += 4 + LABEL_COLUMNS;
  }
  enum role role = line->kind == SETUP_TITLE ? ROLE_TITLE_FOCUS : ROLE_TEXT;
  struct rect room = {x, row.y, row.x + row.w - x - 1, 1};
  int end = canvas_text(c, room, x, row.y, role, slice_of(line->text));
  if ((int)text_width(slice_of(line->text), TEXT_PLAIN) > room.w)
    canvas_text(c, row, end, row.y, ROLE_DIM, slice_of(canvas_glyph(c, GLYPH_ELLIPSIS)));
  if (selected) {
    canvas_role(c, row, ROLE_SELECTED);
    canvas_cursor(c, row.x, row.y);
  }
}

/* A fingerprint of which the end is missing cannot be compared. */
static void draw_whole(const struct setup_line *line, struct canvas *c, struct rect r) {
  struct slice rest = slice_of(line->text);
  if (r.h <= 0 || line->kind != SETUP_COPY || (int)text_width(rest, TEXT_PLAIN) + 8 + LABEL_COLUMNS < r.w)
    return;
  for (int y = r.y; y < r.y + r.h && rest.n > 0; y++) {
    size_t n = text_cut(rest, (size_t)r.w, TEXT_PLAIN, NULL);
    canvas_text(c, r, r.x, y, ROLE_TEXT, slice_sub(rest, 0, n));
    rest = slice_from(rest, n > 0 ? n : rest.n);
  }
}

static void setup_draw(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r) {
  const struct setup_view *s = (const struct setup_view *)v;
  char address[ADDRESS_TEXT];
  const struct proxy_listening *first = setup_first(ui);
  setup_address(ui, address, sizeof address);
  if (s->list.y > r.y && first != NULL)
    canvas_print(c, r, r.x + 2, r.y, ROLE_TITLE, "weir is ready: %s at %s", mode_word(first->kind), address);
  else if (s->list.y > r.y)
    canvas_print(c, r, r.x + 2, r.y, ROLE_TITLE, "weir is ready: send traffic to %s", address);
  for (int i = 0; i < s->list.h; i++) {
    const struct setup_line *line = line_at(s, s->top + (size_t)i);
    if (line != NULL)
      draw_line(line, c, (struct rect){r.x, s->list.y + i, r.w, 1}, s->top + (size_t)i == s->cursor);
  }
  const struct setup_line *line = line_at(s, s->cursor);
  int y = s->list.y + s->list.h + 1;
  if (line != NULL)
    draw_whole(line, c, (struct rect){r.x + 1, y, r.w - 2, r.y + r.h - y});
}

static void setup_message(const struct view *v, const struct ui *ui, struct buf *out) {
  (void)ui;
  buf_add_text(out, on_copy(ui, v) ? "y copies this line, a letter in brackets its own"
                                   : "j and k move; a letter in brackets copies its line");
}

static void setup_free(struct ui *ui, struct view *v) {
  (void)ui;
  setup_lines_clear(&self(v)->lines);
  free(v);
}

const struct view_ops setup_view_ops = {
    .name = "setup",
    .bindings = setup_bindings,
    .draw = setup_draw,
    .go = go,
    .key = setup_key,
    .layout = setup_layout,
    .message = setup_message,
    .free = setup_free,
};

struct view *setup_view_new(struct ui *ui) {
  struct setup_view *s = mem_zero(1, sizeof *s);
  view_init(&s->view, &setup_view_ops);
  setup_lines_make(&s->lines, ui);
  s->cursor = 1; /* under its title, the first line that can be copied */
  return &s->view;
}
