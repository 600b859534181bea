#include "weir/ui/input.h"

#include <stdlib.h>
#include <string.h>

#include "ui/type.h"

void input_history_add(struct input_history *h, struct slice line) {
  if (line.n == 0)
    return;
  for (size_t i = 0; i < h->line.n; i++) {
    if (slice_eq(slice_of(h->line.v[i]), line)) {
      free(h->line.v[i]);
      VEC_REMOVE(&h->line, i);
      break;
    }
  }
  if (h->line.n == INPUT_HISTORY_MAX) {
    free(h->line.v[0]);
    VEC_REMOVE(&h->line, 0);
  }
  VEC_PUSH(&h->line, mem_dup_n(line.p, line.n));
}

void input_history_clear(struct input_history *h) {
  for (size_t i = 0; i < h->line.n; i++)
    free(h->line.v[i]);
  VEC_CLEAR(&h->line);
}

void input_init(struct input *in, struct slice text, struct input_history *history) {
  *in = (struct input){.history = history};
  input_set(in, text);
}

void input_clear(struct input *in) {
  buf_clear(&in->text);
  buf_clear(&in->cut);
  buf_clear(&in->own);
  *in = (struct input){0};
}

struct slice input_text(const struct input *in) {
  return buf_slice(&in->text);
}

static void fill(struct input *in, struct slice text) {
  buf_reset(&in->text);
  buf_add_slice(&in->text, slice_sub(text, 0, INPUT_MAX));
  in->cursor = in->text.n;
  in->error_n = 0;
  in->mark_n = 0;
  in->failed = false;
}

void input_set(struct input *in, struct slice text) {
  fill(in, text);
  in->place = in->history ? in->history->line.n : 0;
}

static size_t next(const struct input *in, size_t at) {
  struct text_cluster t;
  return at < in->text.n ? at + text_next(slice_from(input_text(in), at), 0, &t) : at;
}

static size_t previous(const struct input *in, size_t at) {
  size_t from = at > 128 ? at - 128 : 0, last = from;
  while (from > 0 && from < at && ((unsigned char)in->text.p[from] & 0xc0) == 0x80)
    last = ++from;
  while (from < at) {
    last = from;
    from = next(in, from);
  }
  return last;
}

void input_error(struct input *in, const struct err *err) {
  in->failed = err != NULL;
  in->error_n = 0;
  if (err && in->text.n) {
    in->error = err->at < in->text.n ? err->at : previous(in, in->text.n);
    in->error_n = err->span ? err->span : next(in, in->error) - in->error;
  }
}

static enum input_did insert(struct input *in, struct slice s) {
  if (s.n == 0 || in->text.n + s.n > INPUT_MAX)
    return INPUT_MOVED;
  buf_insert(&in->text, in->cursor, s.p, s.n);
  in->cursor += s.n;
  return INPUT_CHANGED;
}

/* Takes [from, to) out; keep: for Ctrl-Y. */
static enum input_did cut(struct input *in, size_t from, size_t to, bool keep) {
  if (from == to)
    return INPUT_MOVED;
  if (keep) {
    buf_reset(&in->cut);
    buf_add(&in->cut, in->text.p + from, to - from);
  }
  buf_remove(&in->text, from, to - from);
  in->cursor = from;
  return INPUT_CHANGED;
}

static enum input_did move(struct input *in, size_t at) {
  in->cursor = at;
  return INPUT_MOVED;
}

static bool is_word(char c) {
  unsigned char u = (unsigned char)c;
  return u == '_' || u >= 0x80 || (u >= '0' && u <= '9') || ((u | 0x20) >= 'a' && (u | 0x20) <= 'z');
}

static size_t word_left(const struct input *in) {
  size_t at = in->cursor;
  while (at > 0 && !is_word(in->text.p[at - 1]))
    at--;
  while (at > 0 && is_word(in->text.p[at - 1]))
    at--;
  return at;
}

static size_t word_right(const struct input *in) {
  size_t at = in->cursor;
  while (at < in->text.n && !is_word(in->text.p[at]))
    at++;
  while (at < in->text.n && is_word(in->text.p[at]))
    at++;
  return at;
}

/* Ctrl-W goes by blanks, as in a shell. */
static size_t blank_left(const struct input *in) {
  size_t at = in->cursor;
  while (at > 0 && in->text.p[at - 1] == ' ')
    at--;
  while (at > 0 && in->text.p[at - 1] != ' ')
    at--;
  return at;
}

static enum input_did paste(struct input *in, struct slice s) {
  struct buf line = BUF_INIT;
  while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
    s.n--;
  for (size_t i = 0; i < s.n && line.n <= INPUT_MAX; i++) {
    bool end = s.p[i] == '\n' || s.p[i] == '\r';
    if (end && s.p[i] == '\n' && i > 0 && s.p[i - 1] == '\r')
      continue;
    buf_add_byte(&line, end ? ' ' : s.p[i]);
  }
  enum input_did did = insert(in, buf_slice(&line));
  buf_clear(&line);
  return did;
}

static enum input_did walk_history(struct input *in, bool back) {
  struct input_history *h = in->history;
  if (!h || (back ? in->place == 0 : in->place >= h->line.n))
    return INPUT_MOVED;
  if (in->place >= h->line.n) {
    in->place = h->line.n;
    buf_reset(&in->own);
    buf_add_slice(&in->own, input_text(in));
  }
  in->place += back ? (size_t)-1 : 1;
  fill(in, in->place < h->line.n ? slice_of(h->line.v[in->place]) : buf_slice(&in->own));
  return INPUT_CHANGED;
}

static enum input_did alt_key(struct input *in, uint32_t code) {
  switch (code) {
  case 'b':
  case KEY_LEFT_:
    return move(in, word_left(in));
  case 'f':
  case KEY_RIGHT_:
    return move(in, word_right(in));
  case 'd':
    return cut(in, in->cursor, word_right(in), true);
  case KEY_BACKSPACE_:
    return cut(in, word_left(in), in->cursor, true);
  default:
    return INPUT_IGNORED;
  }
}

static enum input_did plain_key(struct input *in, const struct key *key, uint32_t code) {
  char bytes[4];
  switch (code) {
  case KEY_LEFT_:
  case KEY_CTRL('b'):
    return move(in, previous(in, in->cursor));
  case KEY_RIGHT_:
  case KEY_CTRL('f'):
    return move(in, next(in, in->cursor));
  case KEY_HOME_:
  case KEY_CTRL('a'):
    return move(in, 0);
  case KEY_END_:
  case KEY_CTRL('e'):
    return move(in, in->text.n);
  case KEY_UP_:
  case KEY_CTRL('p'):
    return walk_history(in, true);
  case KEY_DOWN_:
  case KEY_CTRL('n'):
    return walk_history(in, false);
  case KEY_BACKSPACE_:
    return cut(in, previous(in, in->cursor), in->cursor, false);
  case KEY_DELETE:
  case KEY_CTRL('d'):
    return cut(in, in->cursor, next(in, in->cursor), false);
  case KEY_CTRL('u'):
    return cut(in, 0, in->cursor, true);
  case KEY_CTRL('k'):
    return cut(in, in->cursor, in->text.n, true);
  case KEY_CTRL('w'):
    return cut(in, blank_left(in), in->cursor, true);
  case KEY_CTRL('y'):
    return insert(in, buf_slice(&in->cut));
  case KEY_PASTE:
    return paste(in, key->text);
  default:
    return type_is_text(code) ? insert(in, slice_make(bytes, type_encode(code, bytes))) : INPUT_IGNORED;
  }
}

void input_mark(struct input *in, size_t at, size_t n) {
  in->mark = at < in->text.n ? at : in->text.n;
  in->mark_n = n < in->text.n - in->mark ? n : in->text.n - in->mark;
  in->cursor = in->mark + in->mark_n;
}

/* What was marked makes room for what is typed. True: that was all there was to do. */
static bool give_way(struct input *in, uint32_t code, bool word) {
  bool out = code == KEY_BACKSPACE_ || code == KEY_DELETE;
  bool typed = !word && (out || code == KEY_PASTE || code == KEY_CTRL('y') || type_is_text(code));
  size_t n = typed ? in->mark_n : 0;
  in->mark_n = 0;
  if (n > 0)
    cut(in, in->mark, in->mark + n, false);
  return n > 0 && out;
}

enum input_did input_key(struct input *in, const struct key *key) {
  uint32_t code = type_code(key);
  bool word = (key->mods & KEY_MOD_ALT) || ((key->mods & KEY_MOD_CTRL) && (code == KEY_LEFT_ || code == KEY_RIGHT_));
  bool gone = give_way(in, code, word);
  enum input_did did = gone ? INPUT_CHANGED : word ? alt_key(in, code) : plain_key(in, key, code);
  if (did == INPUT_CHANGED) {
    in->error_n = 0;
    in->failed = false;
  }
  return did;
}

static size_t columns(const struct input *in, size_t from, size_t to, unsigned flags) {
  return text_width(slice_sub(input_text(in), from, to - from), flags);
}

/* Where the text begins to be shown: at its beginning as long as the cursor is in sight, else a third of the row before
 * the cursor. */
static size_t settle(const struct input *in, int width, unsigned flags) {
  size_t room = width > 1 ? (size_t)width - 1 : 0, used = 0, left = in->cursor;
  if (columns(in, 0, in->cursor, flags) <= room)
    return 0;
  while (left > 0 && used < room * 2 / 3) {
    size_t from = previous(in, left);
    used += columns(in, from, left, flags);
    left = from;
  }
  return used > room ? next(in, left) : left;
}

static int label_width(struct rect r, const char *label, unsigned flags) {
  int n = (int)text_width(slice_of(label), flags);
  return n < r.w / 2 ? n : r.w / 2;
}

void input_draw(const struct input *in, struct canvas *c, struct rect r, const char *label) {
  unsigned flags = c->ascii ? TEXT_ASCII : 0;
  if (r.w <= 0 || r.h <= 0)
    return;
  int n = label_width(r, label, flags);
  struct rect row = {r.x, r.y, r.w, 1}, text = {r.x + n, r.y, r.w - n, 1};
  canvas_fill(c, row, ROLE_INPUT);
  canvas_text(c, (struct rect){r.x, r.y, n, 1}, r.x, r.y, ROLE_BAR_KEY, slice_of(label));
  size_t left = settle(in, text.w, flags);
  size_t shown = text_cut(slice_from(input_text(in), left), (size_t)text.w + TEXT_CLUSTER_MAX, flags, NULL);
  struct buf safe = BUF_INIT; /* a tab is a mark here: it must be as wide as the cursor takes it to be */
  text_safe(&safe, slice_sub(input_text(in), left, shown), flags);
  canvas_text(c, text, text.x, text.y, in->failed ? ROLE_ERROR : ROLE_INPUT, buf_slice(&safe));
  buf_clear(&safe);
  if (in->mark_n > 0 && in->mark >= left) {
    int from = (int)columns(in, left, in->mark, flags), w = (int)columns(in, in->mark, in->mark + in->mark_n, flags);
    struct rect mark = {text.x + from, text.y, from + w < text.w ? w : text.w - from, 1};
    if (mark.w > 0)
      canvas_role(c, mark, ROLE_SELECTED);
  }
  size_t to = in->error + in->error_n < in->text.n ? in->error + in->error_n : in->text.n;
  if (in->error_n && to > left) {
    size_t from = in->error > left ? in->error : left;
    int x = text.x + (int)columns(in, left, from, flags), end = text.x + (int)columns(in, left, to, flags);
    for (; x < end && x < text.x + text.w && x < c->width && text.y < c->height; x++)
      c->cell[(size_t)text.y * (size_t)c->width + (size_t)x].underline = true;
  }
  canvas_cursor(c, text.x + (int)columns(in, left, in->cursor, flags), text.y);
}

int input_column(const struct input *in, struct rect r, const char *label, size_t at) {
  int n = label_width(r, label, 0);
  size_t left = settle(in, r.w - n, 0);
  return r.x + n + (at > left ? (int)columns(in, left, at, 0) : 0);
}

void input_click(struct input *in, struct rect r, const char *label, int x) {
  int n = label_width(r, label, 0), column = x - r.x - n;
  size_t left = settle(in, r.w - n, 0);
  in->mark_n = 0;
  in->cursor = left + text_cut(slice_from(input_text(in), left), column > 0 ? (size_t)column : 0, 0, NULL);
}
