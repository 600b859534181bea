#include "ui/edit_hex.h"

#include "ui/edit_body.h"
#include "ui/prompt.h"
#include "weir/body/kind.h"

#define HEAD_LEAST 3 /* rows that the head has, if it is that long */

static struct edit_view *self(struct view *v) {
  return (struct edit_view *)v;
}

/* Decided once, when there is a body to look at: what the person chooses later stays. */
static void choose(struct edit_view *view) {
  struct draft *d = view->draft;
  if (d->hex_chosen || d->opening || !view->check.ended || view->check.body_at == editor_size(d->editor))
    return;
  enum body_kind kind = edit_body_kind(d, view->check.body_at);
  d->hex_chosen = true;
  d->hex = !d->head_only && (kind == BODY_BINARY || kind == BODY_IMAGE);
}

bool edit_hex_shown(struct edit_view *view) {
  struct draft *d = view->draft;
  edit_check_now(view);
  choose(view);
  bool shown = d->hex && view->check.ended;
  if (shown != editor_shows_hex(d->editor))
    editor_set_hex(d->editor, shown);
  return shown;
}

/* ---- where things are ---- */

struct split {
  struct rect head, rule, body;
};

static struct split split(const struct edit_view *view, struct rect r) {
  size_t lines = editor_lines(view->draft->editor, view->check.body_at);
  int most = r.h / 3 > HEAD_LEAST ? r.h / 3 : HEAD_LEAST, h = lines < (size_t)most ? (int)lines : most;
  if (r.h < HEAD_LEAST + 3) /* there is room for one of them */
    h = editor_in_hex(view->draft->editor) ? 0 : r.h;
  int rule = h > 0 && h < r.h;
  return (struct split){.head = {r.x, r.y, r.w, h},
                        .rule = {r.x, r.y + h, r.w, rule},
                        .body = {r.x, r.y + h + rule, r.w, r.h - h - rule}};
}

void edit_hex_layout(struct edit_view *view, struct rect text) {
  struct split s = split(view, text);
  editor_hex_layout(view->draft->editor, s.body, view->check.body_at);
  editor_layout_head(view->draft->editor, s.head, view->check.body_at);
}

void edit_hex_draw(const struct edit_view *view, struct canvas *c, struct rect text) {
  const struct editor *e = view->draft->editor;
  struct split s = split(view, text);
  editor_draw_head(e, c, s.head, view->check.body_at);
  if (s.rule.h > 0) {
    enum role role = editor_in_hex(e) ? ROLE_TITLE_FOCUS : ROLE_TITLE;
    canvas_hline(c, s.rule, s.rule.x, s.rule.y, s.rule.w, role, false);
    canvas_print(c, s.rule, s.rule.x + 3, s.rule.y, role, " body, %zu bytes: Tab leads on, Alt-X shows it as text ",
                 editor_size(e) - view->check.body_at);
  }
  if (editor_in_hex(e))
    canvas_cursor(c, -1, -1); /* the head's own: the body draws it */
  editor_hex_draw(e, c, s.body);
}

/* ---- keys ---- */

bool edit_hex_press(struct edit_view *view, const struct key *key) {
  struct editor *e = view->draft->editor;
  if (!edit_hex_shown(view))
    return editor_key(e, key);
  editor_hex_begin(e, view->check.body_at);
  if (key->code == KEY_MOUSE_)
    return editor_hex_key(e, key) || editor_key(e, key);
  if (editor_in_hex(e))
    return editor_hex_key(e, key);
  bool taken = editor_key(e, key);
  if ((key->code == KEY_DOWN_ || key->code == KEY_PAGE_DOWN) && editor_in_hex(e))
    editor_hex_goto(e, 0); /* columns of the head mean nothing in the body */
  return taken;
}

void edit_hex_jump(struct edit_view *view) {
  struct editor *e = view->draft->editor;
  size_t body = view->check.body_at;
  if (!editor_in_hex(e)) {
    editor_goto(e, body);
    if (editor_hex_turn(e))
      editor_hex_turn(e);
  } else if (!editor_hex_turn(e)) {
    editor_goto(e, body >= 2 ? body - 2 : 0);
  }
}

void act_edit_hex(struct ui *ui, struct view *v, int count) {
  struct edit_view *view = self(v);
  struct draft *d = view->draft;
  (void)count;
  if (edit_is_out(ui, d))
    return;
  bool shown = edit_hex_shown(view);
  if (d->head_only) {
    ui_warn(ui, "only the head is here: %s", d->why);
  } else if (!view->check.ended) {
    ui_warn(ui, "there is no body: an empty line ends the head");
  } else {
    size_t at = editor_cursor(d->editor), body = view->check.body_at;
    d->hex = !shown;
    d->hex_chosen = true;
    edit_hex_shown(view);
    editor_hex_begin(d->editor, body);
    editor_goto(d->editor, at < body ? body : at);
    ui_say(ui, d->hex
                   ? "the body in hexadecimal: Tab leads to its characters and to the head, Ins puts bytes in between"
                   : "the body as text");
  }
}

/* ---- going to a place ---- */

static bool number_of(struct slice s, uint64_t *n) {
  if (!slice_starts_ascii(s, SLICE("0x")))
    return slice_to_u64(s, n);
  *n = 0;
  for (size_t i = 2; i < s.n; i++) {
    static const char digits[] = "0123456789abcdef";
    const char *at = s.p[i] ? strchr(digits, s.p[i] >= 'A' && s.p[i] <= 'F' ? s.p[i] | 0x20 : s.p[i]) : NULL;
    if (!at || *n >> 60)
      return false;
    *n = *n << 4 | (uint64_t)(at - digits);
  }
  return s.n > 2;
}

static bool goto_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  struct draft *d = arg;
  struct slice line, rest = slice_trim(text);
  uint64_t n, column = 1;
  (void)ui;
  if (editor_in_hex(d->editor)) {
    if (!number_of(rest, &n))
      return err_set(err, "an offset in the body: 4096, or 0x1000");
    editor_hex_goto(d->editor, n > SIZE_MAX / 2 ? SIZE_MAX / 2 : (size_t)n);
    return true;
  }
  slice_split(&rest, slice_find_byte(rest, ',') >= 0 ? ',' : ':', &line);
  if (!number_of(slice_trim(line), &n) || n == 0 || (rest.n && (!number_of(slice_trim(rest), &column) || column == 0)))
    return err_set(err, "a line from 1 on, or a line and a column: 12, or 12:40");
  editor_goto_line(d->editor, (size_t)n, (size_t)column);
  return true;
}

void act_edit_goto(struct ui *ui, struct view *v, int count) {
  struct draft *d = self(v)->draft;
  (void)count;
  if (!edit_is_out(ui, d)) {
    prompt_open(ui, &(struct prompt_options){.label = editor_in_hex(d->editor) ? "go to offset: " : "go to line: ",
                                             .accept = "go",
                                             .cancel = "stay",
                                             .taken = goto_taken,
                                             .arg = d});
  }
}
