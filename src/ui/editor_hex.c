/*
 * The body as hexadecimal digits with its characters beside them. The same text, cursor, mark and undo steps as in the
 * editor; what is typed goes over the bytes that are there, or between them after Ins. Rows are counted from the first
 * byte of the body, not from that of the text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/editor_private.h"
#include "ui/type.h"

#define OFFSET_DIGITS 8
#define ROW_MAX       24u

/* ---- digits ---- */

static int digit_of(uint32_t c) {
  return c >= '0' && c <= '9'                     ? (int)(c - '0')
         : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (int)((c | 0x20) - 'a' + 10)
                                                  : -1;
}

bool editor_hex_parse(struct slice s, struct buf *out) {
  size_t before = out->n;
  int high = -1;
  for (size_t i = 0; i < s.n; i++) {
    int digit = digit_of((unsigned char)s.p[i]);
    bool prefix = high < 0 && s.p[i] == '0' && i + 1 < s.n && (s.p[i + 1] | 0x20) == 'x';
    if (prefix) {
      i++;
    } else if (digit >= 0 && high < 0) {
      high = digit;
    } else if (digit >= 0) {
      buf_add_byte(out, (char)(high << 4 | digit));
      high = -1;
    } else if (high >= 0 || !strchr(" \t\r\n,:-", s.p[i]) || s.p[i] == '\0') {
      break;
    }
    if (i + 1 == s.n && high < 0 && !prefix && out->n > before)
      return true;
  }
  out->n = before;
  return false;
}

/* ---- rows ---- */

static size_t row_bytes(int width) {
  return width >= 112 ? ROW_MAX : width >= 77 ? 16 : width >= 44 ? 8 : 4;
}

static size_t body_size(const struct editor *e) {
  return e->text.size - e->hex.begin;
}

/* Columns from the first digit to byte i of a row: a gap after each eighth. */
static int digits_at(size_t i) {
  return (int)(i * 3 + i / 8);
}

static int digits_x(struct rect r) {
  return r.x + 1 + OFFSET_DIGITS + 2;
}

static int characters_x(struct rect r) {
  size_t n = row_bytes(r.w);
  return digits_x(r) + digits_at(n - 1) + 2 + 2;
}

/* The first row shown: the cursor stays in sight. */
static size_t settle(const struct editor *e, struct rect r) {
  size_t n = row_bytes(r.w), h = r.h > 0 ? (size_t)r.h : 1, rows = body_size(e) / n + 1;
  size_t top = e->hex.top / n, lowest = rows > h ? rows - h : 0;
  if (e->cursor >= e->hex.begin) {
    size_t row = (e->cursor - e->hex.begin) / n;
    if (row < top)
      top = top - row > h ? (row > h / 2 ? row - h / 2 : 0) : row;
    else if (row >= top + h)
      top = row - top > 2 * h ? row - h / 2 : row - h + 1;
  }
  return top < lowest ? top : lowest;
}

void editor_set_hex(struct editor *e, bool on) {
  e->hex.on = on;
  e->hex.low = false;
  editor_seal(e);
}

bool editor_shows_hex(const struct editor *e) {
  return e->hex.on;
}

bool editor_in_hex(const struct editor *e) {
  return e->hex.on && e->cursor >= e->hex.begin;
}

void editor_hex_begin(struct editor *e, size_t begin) {
  e->hex.begin = begin < e->text.size ? begin : e->text.size;
}

void editor_hex_layout(struct editor *e, struct rect r, size_t begin) {
  editor_hex_begin(e, begin);
  e->hex.area = r;
  e->hex.top = settle(e, r) * row_bytes(r.w);
}

void editor_hex_say(const struct editor *e, struct buf *out) {
  size_t at = e->cursor - e->hex.begin;
  buf_printf(out, "offset 0x%zx (%zu) of %zu", at, at, body_size(e));
  if (e->cursor < e->text.size) {
    unsigned char c = (unsigned char)chunks_byte(&e->text, e->cursor);
    buf_printf(out, "   byte 0x%02x (%u)", c, c);
  }
  buf_add_text(out, e->hex.insert ? "   Ins: puts in between" : "   Ins: types over");
}

/* ---- drawing ---- */

struct hex_row {
  char now[ROW_MAX], old[ROW_MAX];
  size_t at, n; /* of the text */
  bool compared;
};

static enum role byte_role(const struct editor *e, const struct hex_row *row, size_t i) {
  size_t at = row->at + i, from = 0, n = 0;
  if (editor_selection(e, &from, &n) && at >= from && at < from + n)
    return ROLE_SELECTED;
  if (e->hit_n && at >= e->hit && at < e->hit + e->hit_n)
    return ROLE_HIT_CURRENT;
  unsigned char c = (unsigned char)row->now[i];
  return row->compared && row->now[i] != row->old[i] ? ROLE_CHANGED : c >= 0x20 && c < 0x7f ? ROLE_TEXT : ROLE_DIM;
}

static void draw_row(const struct editor *e, struct canvas *c, struct rect r, int y, const struct hex_row *row) {
  bool changed = false;
  canvas_print(c, r, r.x + 1, y, ROLE_DIM, "%0*zx", OFFSET_DIGITS, row->at - e->hex.begin);
  for (size_t i = 0; i < row->n; i++) {
    enum role role = byte_role(e, row, i);
    unsigned char byte = (unsigned char)row->now[i];
    char shown[2] = {byte >= 0x20 && byte < 0x7f ? (char)byte : '.', '\0'};
    changed = changed || (row->compared && row->now[i] != row->old[i]);
    canvas_print(c, r, digits_x(r) + digits_at(i), y, role, "%02x", byte);
    canvas_text(c, r, characters_x(r) + (int)i, y, role, slice_make(shown, 1));
  }
  if (changed)
    canvas_text(c, r, r.x, y, ROLE_CHANGED, SLICE("~"));
}

/* The cursor in the half that is typed into, its byte marked in the other. */
static void draw_cursor(const struct editor *e, struct canvas *c, struct rect r, size_t top) {
  size_t n = row_bytes(r.w), at = e->cursor - e->hex.begin, row = at / n, i = at % n;
  if (!editor_in_hex(e) || row < top || row >= top + (size_t)r.h)
    return;
  int y = r.y + (int)(row - top), digits = digits_x(r) + digits_at(i), character = characters_x(r) + (int)i;
  struct rect other = e->hex.ascii ? (struct rect){digits, y, 2, 1} : (struct rect){character, y, 1, 1};
  if (other.x + other.w <= r.x + r.w)
    canvas_role(c, other, ROLE_SELECTED);
  canvas_cursor(c, e->hex.ascii ? character : digits + e->hex.low, y);
}

void editor_hex_draw(const struct editor *e, struct canvas *c, struct rect r) {
  size_t n = row_bytes(r.w), top = settle(e, r), old_begin = editor_opened_body(e);
  bool compared = e->old.size - old_begin == body_size(e) && editor_changed(e);
  for (int i = 0; i < r.h; i++) {
    size_t offset = (top + (size_t)i) * n;
    if (offset > body_size(e))
      break;
    struct hex_row row = {.at = e->hex.begin + offset, .compared = compared};
    row.n = chunks_read(&e->text, row.at, row.now, n);
    if (compared)
      chunks_read(&e->old, old_begin + offset, row.old, n);
    draw_row(e, c, r, r.y + i, &row);
  }
  draw_cursor(e, c, r, top);
}

/* ---- moving ---- */

static void move_to(struct editor *e, size_t at) {
  e->cursor = at < e->hex.begin ? e->hex.begin : at > e->text.size ? e->text.size : at;
  e->goal = SIZE_MAX;
  e->hit_n = 0;
  e->hex.low = false;
  editor_seal(e);
}

void editor_hex_goto(struct editor *e, size_t offset) {
  move_to(e, offset < body_size(e) ? e->hex.begin + offset : e->text.size);
}

bool editor_hex_turn(struct editor *e) {
  e->hex.ascii = !e->hex.ascii;
  e->hex.low = false;
  return e->hex.ascii;
}

/* Up in the first row leads into the head. */
static void move_rows(struct editor *e, size_t rows, bool down) {
  size_t n = row_bytes(e->hex.area.w), at = e->cursor - e->hex.begin, most = at / n;
  if (!down && most == 0 && rows == 1 && e->hex.begin > 0) {
    e->cursor = e->hex.begin - 1;
    e->hex.low = false;
    editor_seal(e);
  } else if (down) {
    move_to(e, rows < (body_size(e) - at) / n + 1 ? e->cursor + rows * n : e->text.size);
  } else {
    move_to(e, e->cursor - (rows < most ? rows : most) * n);
  }
}

static void move_far(struct editor *e, uint32_t code, bool far) {
  size_t n = row_bytes(e->hex.area.w), at = e->cursor - e->hex.begin;
  if (code == KEY_HOME_)
    move_to(e, far ? e->hex.begin : e->cursor - at % n);
  else
    move_to(e, far || body_size(e) - at < n - at % n ? e->text.size : e->cursor - at % n + n - 1);
}

static bool move_key(struct editor *e, const struct key *key) {
  size_t page = e->hex.area.h > 2 ? (size_t)e->hex.area.h - 1 : 1;
  bool far = key->mods & (KEY_MOD_CTRL | KEY_MOD_ALT);
  switch (key->code) {
  case KEY_UP_:
  case KEY_DOWN_:
    move_rows(e, 1, key->code == KEY_DOWN_);
    return true;
  case KEY_LEFT_:
    move_to(e, e->hex.low || e->cursor == e->hex.begin ? e->cursor
                                                       : e->cursor - (far && e->cursor - e->hex.begin >= 8 ? 8 : 1));
    return true;
  case KEY_RIGHT_:
    move_to(e, e->cursor + (far ? 8 : 1));
    return true;
  case KEY_HOME_:
  case KEY_END_:
    move_far(e, key->code, far);
    return true;
  case KEY_PAGE_UP:
  case KEY_PAGE_DOWN:
    move_rows(e, page > 1 ? page : 2, key->code == KEY_PAGE_DOWN);
    return true;
  default:
    return false;
  }
}

/* ---- typing ---- */

/* Over what is there, or between; false: it would become too large. */
static bool put_bytes(struct editor *e, struct slice s, bool between, bool joined) {
  size_t rest = e->text.size - e->cursor, over = between ? 0 : s.n < rest ? s.n : rest;
  return editor_splice(e, e->cursor, over, s, EDIT_OTHER, joined);
}

/* The two digits of a byte are one undo step. */
static void type_digit(struct editor *e, int digit) {
  bool low = e->hex.low, here = e->cursor < e->text.size;
  size_t at = e->cursor;
  bool between = !low && (e->hex.insert || !here);
  unsigned char old = here ? (unsigned char)chunks_byte(&e->text, at) : 0;
  char byte = (char)(low ? (old & 0xf0) | digit : digit << 4 | (between ? 0 : old & 0x0f));
  if (put_bytes(e, slice_make(&byte, 1), between, low)) {
    e->cursor = low ? at + 1 : at;
    e->hex.low = !low;
  }
}

static bool type_key(struct editor *e, uint32_t code) {
  char bytes[4];
  if (!type_is_text(code))
    return false;
  if (e->hex.ascii)
    put_bytes(e, slice_make(bytes, type_encode(code, bytes)), e->hex.insert, false);
  else if (digit_of(code) >= 0)
    type_digit(e, digit_of(code));
  else if (code != ' ')
    e->refusal = "here go the digits 0-9 a-f; Tab leads to the characters beside them";
  return true;
}

static void paste(struct editor *e, struct slice s) {
  struct buf bytes = BUF_INIT;
  bool well = true;
  if (e->hex.ascii)
    buf_add_slice(&bytes, s);
  else
    well = editor_hex_parse(s, &bytes);
  if (!well) {
    e->refusal = "that is no row of two-digit bytes; Tab leads to the characters, where text is pasted";
  } else {
    editor_seal(e);
    put_bytes(e, buf_slice(&bytes), true, false);
    editor_seal(e);
  }
  buf_clear(&bytes);
}

static void take_out(struct editor *e, size_t at, size_t n) {
  editor_splice(e, at, n, (struct slice){NULL, 0}, EDIT_OTHER, false);
  e->hex.low = false;
}

/* The marked bytes, else the row from the cursor on. */
static void cut(struct editor *e) {
  size_t n = row_bytes(e->hex.area.w), at = e->cursor, count = n - (at - e->hex.begin) % n;
  count = count < e->text.size - at ? count : e->text.size - at;
  if (editor_selection(e, &at, &count) && at < e->hex.begin) {
    e->refusal = "the mark is in the head: Alt-A gives it up";
    return;
  }
  if (!e->cutting)
    chunks_clear(&e->cut);
  chunks_share(&e->cut, &e->text, at, count);
  editor_seal(e);
  take_out(e, at, count);
  e->cutting = true;
}

static bool edit_key(struct editor *e, const struct key *key) {
  switch (key->code) {
  case KEY_INSERT:
    e->hex.insert = !e->hex.insert;
    e->hex.low = false;
    return true;
  case KEY_DELETE:
    if (e->cursor < e->text.size)
      take_out(e, e->cursor, 1);
    return true;
  case KEY_BACKSPACE_:
    if (e->hex.low) {
      editor_undo(e);
      e->hex.low = false;
    } else if (e->cursor > e->hex.begin) {
      take_out(e, e->cursor - 1, 1);
    }
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
    if (code != 'u' && code != 'e')
      return false;
    e->hex.low = false;
    if (!(code == 'u' ? editor_undo(e) : editor_redo(e)))
      e->refusal = editor_no_step(e, code == 'u');
    return true;
  }
  switch (code) {
  case KEY_CTRL('a'):
    move_far(e, KEY_HOME_, false);
    return true;
  case KEY_CTRL('d'):
    return edit_key(e, &(struct key){.code = KEY_DELETE});
  case KEY_CTRL('k'):
    cut(e);
    return true;
  case KEY_CTRL('u'):
    e->hex.low = false;
    editor_put_down(e);
    return true;
  default:
    return !(mods & KEY_MOD_CTRL) && type_key(e, code);
  }
}

static bool mouse(struct editor *e, const struct key *key) {
  struct rect r = e->hex.area;
  if (key->action == KEY_RELEASE || key->y < r.y || key->y >= r.y + r.h || key->x < r.x || key->x >= r.x + r.w)
    return false;
  long wheel = key_wheel(key);
  if (wheel != 0) {
    move_rows(e, (size_t)labs(wheel), wheel > 0);
    return true;
  }
  if (key->button != 1)
    return false;
  size_t n = row_bytes(r.w), row = settle(e, r) + (size_t)(key->y - r.y), i = 0;
  bool ascii = key->x >= characters_x(r);
  while (i + 1 < n && key->x >= (ascii ? characters_x(r) + (int)i + 1 : digits_x(r) + digits_at(i + 1)))
    i++;
  e->hex.ascii = ascii;
  editor_hex_goto(e, row * n + i);
  return true;
}

bool editor_hex_key(struct editor *e, const struct key *key) {
  static const struct editor_keys keys = {mouse, move_key, edit_key, letter_key};
  return editor_take(e, key, &keys);
}
