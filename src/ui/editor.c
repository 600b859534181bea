/* The editor's life and its keys. */
#include "weir/ui/editor.h"

#include <stdlib.h>
#include <string.h>

#include "ui/editor_private.h"
#include "ui/type.h"

#define TEXT_LIMIT ((size_t)256 << 20)
#define WORD_BYTES 4096u /* a word longer than this is walked in pieces */
#define NO_GOAL    SIZE_MAX

struct editor *editor_new(struct slice text) {
  struct editor *e = mem_zero(1, sizeof *e);
  e->limit = TEXT_LIMIT;
  e->goal = NO_GOAL;
  e->mark = SIZE_MAX;
  e->area = (struct rect){0, 0, 80, 24};
  editor_load(e, text);
  return e;
}

void editor_load(struct editor *e, struct slice more) {
  size_t at = e->old.size;
  chunks_splice(&e->old, at, 0, more);
  chunks_share(&e->text, &e->old, at, more.n);
  e->text.touched = 0;
  e->limit = e->old.size > e->limit ? e->old.size : e->limit;
  e->revision++;
}

void editor_set_limit(struct editor *e, size_t limit) {
  e->limit = limit > e->text.size ? limit : e->text.size;
}

void editor_free(struct editor *e) {
  if (!e)
    return;
  for (size_t i = 0; i < e->undo.edit.n; i++) {
    chunks_clear(&e->undo.edit.v[i].gone);
    chunks_clear(&e->undo.edit.v[i].put);
    line_marks_clear(&e->undo.edit.v[i].marks);
  }
  VEC_CLEAR(&e->undo.edit);
  line_marks_clear(&e->marks);
  chunks_clear(&e->text);
  chunks_clear(&e->old);
  chunks_clear(&e->cut);
  free(e);
}

size_t editor_size(const struct editor *e) {
  return e->text.size;
}
size_t editor_cursor(const struct editor *e) {
  return e->cursor;
}
size_t editor_changes(const struct editor *e) {
  return e->marks.hunk.n;
}
const char *editor_refusal(const struct editor *e) {
  return e->refusal;
}

void editor_text(const struct editor *e, struct buf *out) {
  chunks_append(&e->text, 0, e->text.size, out);
}

void editor_copy(const struct editor *e, size_t at, size_t n, struct buf *out) {
  size_t rest = at < e->text.size ? e->text.size - at : 0;
  chunks_append(&e->text, at, n < rest ? n : rest, out);
}

uint64_t editor_revision(const struct editor *e) {
  return e->revision;
}

/* How many bytes the text from `begin` on and `s` have in common, at most `most`. */
static size_t common_front(const struct editor *e, size_t begin, struct slice s, size_t most) {
  size_t at = 0;
  while (at < most) {
    struct slice run = chunks_at(&e->text, begin + at);
    for (size_t i = 0; i < run.n && at < most; i++, at++)
      if (run.p[i] != s.p[at])
        return at;
  }
  return at;
}

/* The same backwards, from `end`. */
static size_t common_back(const struct editor *e, size_t end, struct slice s, size_t most) {
  char piece[4096];
  size_t done = 0;
  while (done < most) {
    size_t n = most - done < sizeof piece ? most - done : sizeof piece;
    chunks_read(&e->text, end - done - n, piece, n);
    for (size_t i = n; i > 0; i--, done++)
      if (piece[i - 1] != s.p[s.n - done - 1])
        return done;
  }
  return done;
}

bool editor_set_part(struct editor *e, size_t at, size_t n, struct slice text) {
  size_t least = text.n < n ? text.n : n;
  size_t front = common_front(e, at, text, least), back = common_back(e, at + n, text, least - front);
  size_t cursor = e->cursor;
  e->refusal = NULL;
  editor_seal(e);
  if (!editor_splice(e, at + front, n - front - back, slice_sub(text, front, text.n - front - back), EDIT_OTHER, false))
    return false;
  editor_seal(e);
  editor_goto(e, cursor < e->text.size ? cursor : e->text.size);
  return true;
}

bool editor_set_text(struct editor *e, struct slice text) {
  return editor_set_part(e, 0, e->text.size, text);
}

bool editor_changed(const struct editor *e) {
  if (editor_at_opened(e) || e->marks.hunk.n == 0)
    return false;
  return !chunks_equal(&e->text, 0, &e->old,
                       0); /* a hunk may stay where a long line was changed and changed back by hand */
}

size_t editor_opened_body(const struct editor *e) {
  for (size_t at = 0; at < e->old.size && at < EDITOR_HEAD_MAX;) {
    size_t end = chunks_line_end(&e->old, at), n = end - at;
    n -= n > 0 && chunks_byte(&e->old, end - 1) == '\r';
    at = end < e->old.size ? end + 1 : end;
    if (n == 0)
      return at;
  }
  return e->old.size;
}

bool editor_same_body(const struct editor *e, size_t begin) {
  return chunks_equal(&e->text, begin, &e->old, editor_opened_body(e));
}

static void move_to(struct editor *e, size_t at) {
  e->cursor = at;
  e->goal = NO_GOAL;
  e->hit_n = 0;
  e->cutting = false;
  e->hex.low = false;
  editor_seal(e);
}

void editor_goto(struct editor *e, size_t offset) {
  size_t at = offset < e->text.size ? offset : e->text.size;
  size_t end = editor_line_end(e, chunks_line_begin(&e->text, at));
  move_to(e, at > end && !(e->hex.on && at >= e->hex.begin) ? end : at); /* never between a CR and its LF */
  e->sight = editor_settle(e, e->area, 0);
}

void editor_goto_line(struct editor *e, size_t line, size_t column) {
  size_t begin = chunks_line_start(&e->text, line - 1);
  if (line > e->text.newlines)
    begin = chunks_line_begin(&e->text, e->text.size);
  editor_goto(e, editor_at_column(e, begin, column - 1));
}

void editor_place(const struct editor *e, size_t *line, size_t *column) {
  *line = chunks_line_of(&e->text, e->cursor) + 1;
  *column = editor_column(e, e->cursor) + 1;
}

/* To another line, keeping the column as well as that line allows. */
static void move_lines(struct editor *e, size_t lines, bool down) {
  size_t line = chunks_line_of(&e->text, e->cursor), goal = e->goal != NO_GOAL ? e->goal : editor_column(e, e->cursor);
  size_t last = e->text.newlines;
  if (down ? line == last : line == 0) {
    move_to(e, down ? e->text.size : 0);
    return;
  }
  line = down ? (lines < last - line ? line + lines : last) : (lines < line ? line - lines : 0);
  move_to(e, editor_at_column(e, chunks_line_start(&e->text, line), goal));
  e->goal = goal;
}

static bool is_word(const struct editor *e, size_t at) {
  unsigned char c = (unsigned char)chunks_byte(&e->text, at);
  return c == '_' || c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Off the middle of a character, where a long word was walked in part. */
static bool is_inside(const struct editor *e, size_t at) {
  return at > 0 && at < e->text.size && ((unsigned char)chunks_byte(&e->text, at) & 0xc0) == 0x80;
}

static size_t word_right(const struct editor *e) {
  size_t at = e->cursor, stop = e->text.size - at > WORD_BYTES ? at + WORD_BYTES : e->text.size;
  while (at < stop && is_word(e, at))
    at++;
  while (at < stop && !is_word(e, at))
    at++;
  for (int i = 0; i < 3 && is_inside(e, at); i++)
    at++;
  return at;
}

static size_t word_left(const struct editor *e) {
  size_t at = e->cursor, stop = at > WORD_BYTES ? at - WORD_BYTES : 0;
  while (at > stop && !is_word(e, at - 1))
    at--;
  while (at > stop && is_word(e, at - 1))
    at--;
  for (int i = 0; i < 3 && is_inside(e, at); i++)
    at--;
  return at;
}

static void page(struct editor *e, bool down) {
  size_t rows = e->area.h > 2 ? (size_t)e->area.h - 1 : 1;
  size_t top = e->sight.top;
  move_lines(e, rows, down);
  e->sight.top = down ? top + rows : top > rows ? top - rows : 0;
}

/* Scrolls; the cursor is carried along at the edge, so that it stays in sight. */
static void wheel(struct editor *e, long rows) {
  size_t last = e->text.newlines, height = e->area.h > 0 ? (size_t)e->area.h : 1;
  long at = (long)e->sight.top + rows;
  size_t top = at < 0 ? 0 : (size_t)at > last ? last : (size_t)at;
  size_t line = chunks_line_of(&e->text, e->cursor);
  if (line < top)
    move_lines(e, top - line, true);
  else if (line >= top + height)
    move_lines(e, line - (top + height - 1), false);
  e->sight.top = top;
}

static void backspace(struct editor *e) {
  size_t from = editor_previous(e, e->cursor);
  editor_splice(e, from, e->cursor - from, (struct slice){NULL, 0}, EDIT_BACKSPACE, false);
}

static void delete_right(struct editor *e) {
  if (e->cursor < e->text.size) {
    size_t to = editor_next(e, e->cursor);
    editor_splice(e, e->cursor, to - e->cursor, (struct slice){NULL, 0}, EDIT_DELETE, false);
  }
}

/* A line that ends in CR LF is split into two such lines. */
static void enter(struct editor *e) {
  size_t end = editor_line_end(e, e->cursor);
  bool cr = end < e->text.size && chunks_byte(&e->text, end) == '\r';
  editor_seal(e);
  editor_splice(e, e->cursor, 0, cr ? SLICE("\r\n") : SLICE("\n"), EDIT_TYPE, false);
}

bool editor_mark(struct editor *e) {
  e->mark = e->mark == SIZE_MAX ? e->cursor : SIZE_MAX;
  return e->mark != SIZE_MAX;
}

bool editor_selection(const struct editor *e, size_t *at, size_t *n) {
  if (e->mark == SIZE_MAX || e->mark == e->cursor)
    return false;
  *at = e->mark < e->cursor ? e->mark : e->cursor;
  *n = (e->mark < e->cursor ? e->cursor : e->mark) - *at;
  return true;
}

/* The marked part, alone; true when there was one. */
static bool cut_marked(struct editor *e) {
  size_t at, n;
  if (!editor_selection(e, &at, &n))
    return false;
  chunks_clear(&e->cut);
  chunks_share(&e->cut, &e->text, at, n);
  editor_seal(e);
  editor_splice(e, at, n, (struct slice){NULL, 0}, EDIT_OTHER, false);
  editor_seal(e);
  e->cutting = false;
  return true;
}

bool editor_put_down(struct editor *e) {
  struct chunks put = {0};
  if (e->cut.size == 0)
    return true;
  chunks_share(&put, &e->cut, 0, e->cut.size);
  bool fits = editor_exchange(e, e->cursor, 0, &put, NULL);
  chunks_clear(&put);
  return fits;
}

size_t editor_copy_out(struct editor *e) {
  size_t at = chunks_line_begin(&e->text, e->cursor), n = chunks_line_end(&e->text, e->cursor) - at;
  n += at + n < e->text.size;
  editor_selection(e, &at, &n);
  e->mark = SIZE_MAX;
  e->cutting = false;
  chunks_clear(&e->cut);
  chunks_share(&e->cut, &e->text, at, n);
  return n;
}

static void cut_line(struct editor *e) {
  if (cut_marked(e))
    return;
  size_t from = chunks_line_begin(&e->text, e->cursor), to = chunks_line_end(&e->text, e->cursor);
  to += to < e->text.size;
  if (!e->cutting)
    chunks_clear(&e->cut);
  chunks_share(&e->cut, &e->text, from, to - from);
  editor_seal(e);
  editor_splice(e, from, to - from, (struct slice){NULL, 0}, EDIT_OTHER, false);
  e->cutting = true;
}

/* A text whose lines end in CR LF comes as CR CR: what pastes it makes a CR of each LF. */
static bool doubled(struct slice s) {
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] == '\r' && (++i == s.n || s.p[i] != '\r'))
      return false;
  return true;
}

struct slice editor_pasted_lines(struct slice pasted, struct buf *copy) {
  if (slice_find_byte(pasted, '\n') >= 0 || slice_find_byte(pasted, '\r') < 0)
    return pasted;
  bool two = doubled(pasted);
  for (size_t i = 0; i < pasted.n; i++) {
    bool end = pasted.p[i] == '\r';
    buf_add_byte(copy, end ? '\n' : pasted.p[i]);
    i += end && two;
  }
  return buf_slice(copy);
}

static void paste(struct editor *e, struct slice s) {
  struct buf copy = BUF_INIT;
  s = editor_pasted_lines(s, &copy);
  editor_seal(e);
  editor_splice(e, e->cursor, 0, s, EDIT_OTHER, false);
  editor_seal(e);
  buf_clear(&copy);
}

static void type(struct editor *e, uint32_t code) {
  char out[4];
  editor_splice(e, e->cursor, 0, slice_make(out, type_encode(code, out)), EDIT_TYPE, false);
}

static bool mouse(struct editor *e, const struct key *key) {
  if (key->action == KEY_RELEASE)
    return false;
  if (key_wheel(key) != 0) {
    wheel(e, key_wheel(key));
    return true;
  }
  struct rect r = e->area;
  if (key->button != 1 || key->x < r.x || key->x >= r.x + r.w || key->y < r.y || key->y >= r.y + r.h)
    return false;
  move_to(e, editor_at_cell(e, key->x, key->y));
  return true;
}

static bool move_key(struct editor *e, const struct key *key) {
  bool far = key->mods & (KEY_MOD_CTRL | KEY_MOD_ALT);
  switch (key->code) {
  case KEY_UP_:
    move_lines(e, 1, false);
    return true;
  case KEY_DOWN_:
    move_lines(e, 1, true);
    return true;
  case KEY_LEFT_:
    move_to(e, far ? word_left(e) : editor_previous(e, e->cursor));
    return true;
  case KEY_RIGHT_:
    move_to(e, far ? word_right(e) : e->cursor < e->text.size ? editor_next(e, e->cursor) : e->cursor);
    return true;
  case KEY_HOME_:
    move_to(e, far ? 0 : chunks_line_begin(&e->text, e->cursor));
    return true;
  case KEY_END_:
    move_to(e, far ? e->text.size : editor_line_end(e, e->cursor));
    return true;
  case KEY_PAGE_UP:
  case KEY_PAGE_DOWN:
    page(e, key->code == KEY_PAGE_DOWN);
    return true;
  default:
    return false;
  }
}

static bool edit_key(struct editor *e, const struct key *key) {
  switch (key->code) {
  case KEY_BACKSPACE_:
    backspace(e);
    return true;
  case KEY_DELETE:
    delete_right(e);
    return true;
  case KEY_ENTER_:
    enter(e);
    return true;
  case KEY_PASTE:
    paste(e, key->text);
    return true;
  default:
    return false;
  }
}

static bool letter_key(struct editor *e, uint32_t code, unsigned mods) {
  if (mods & KEY_MOD_ALT) {
    if (code == 'u' || code == 'e') {
      if (!(code == 'u' ? editor_undo(e) : editor_redo(e)))
        e->refusal = editor_no_step(e, code == 'u');
      return true;
    }
    return false;
  }
  switch (code) {
  case KEY_CTRL('a'):
    move_to(e, chunks_line_begin(&e->text, e->cursor));
    return true;
  case KEY_CTRL('d'):
    delete_right(e);
    return true;
  case KEY_CTRL('k'):
    cut_line(e);
    return true;
  case KEY_CTRL('u'):
    editor_put_down(e);
    return true;
  default:
    if (!type_is_text(code))
      return false;
    type(e, code);
    return true;
  }
}

bool editor_take(struct editor *e, const struct key *key, const struct editor_keys *keys) {
  bool cutting = e->cutting;
  e->refusal = NULL;
  if (key->code == KEY_MOUSE_)
    return keys->mouse(e, key);
  uint32_t code = type_code(key);
  bool taken = keys->move(e, key) || keys->edit(e, key) || keys->letter(e, code, key->mods);
  if (cutting && code != KEY_CTRL('k'))
    e->cutting = false;
  return taken;
}

bool editor_key(struct editor *e, const struct key *key) {
  static const struct editor_keys keys = {mouse, move_key, edit_key, letter_key};
  return editor_take(e, key, &keys);
}
