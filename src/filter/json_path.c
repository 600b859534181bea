#include "json_path.h"

#include <stdlib.h>

#include "weir/base/buf.h"
#include "weir/base/vec.h"

#define STEPS_MAX 32
#define DEPTH_MAX 1000
#define VALUE_MAX 4096 /* a longer string is compared by its front */

struct step {
  bool any;   /* [] or * */
  bool place; /* a number in an array, else a key */
  size_t index;
  char *key;
  size_t key_n;
};

struct json_path {
  struct step step[STEPS_MAX];
  size_t steps;
  char compare;
  struct buf value;
  double number; /* of value, for < and > */
};

/* ---- the path ---- */

void json_path_free(struct json_path *path) {
  if (!path)
    return;
  for (size_t i = 0; i < path->steps; i++)
    free(path->step[i].key);
  buf_clear(&path->value);
  free(path);
}

static bool take_quoted_key(struct slice *rest, struct step *step) {
  struct buf key = BUF_INIT;
  char quote = *rest->p;
  size_t at = 1;
  for (; at < rest->n && rest->p[at] != quote; at++) {
    if (rest->p[at] == '\\' && at + 1 < rest->n)
      at++;
    buf_add_byte(&key, rest->p[at]);
  }
  bool good = at + 1 < rest->n && rest->p[at + 1] == ']';
  *rest = slice_from(*rest, at + 2);
  step->key_n = key.n;
  step->key = mem_dup_n(buf_text(&key), key.n);
  buf_clear(&key);
  return good;
}

/* Behind a [. */
static bool take_bracket(struct slice *rest, struct step *step) {
  if (rest->n && (*rest->p == '"' || *rest->p == '\''))
    return take_quoted_key(rest, step);
  ptrdiff_t end = slice_find_byte(*rest, ']');
  uint64_t index;
  if (end < 0)
    return false;
  struct slice inside = slice_sub(*rest, 0, (size_t)end);
  *rest = slice_from(*rest, (size_t)end + 1);
  step->any = inside.n == 0 || slice_eq(inside, SLICE("*"));
  step->place = true;
  if (step->any)
    return true;
  if (!slice_to_u64(inside, &index))
    return false;
  step->index = (size_t)index;
  return true;
}

static void take_key(struct slice *rest, struct step *step) {
  size_t n = 0;
  while (n < rest->n && rest->p[n] != '.' && rest->p[n] != '[')
    n++;
  step->any = slice_eq(slice_sub(*rest, 0, n), SLICE("*"));
  step->key = mem_dup_n(rest->p, n);
  step->key_n = n;
  *rest = slice_from(*rest, n);
}

static bool take_steps(struct json_path *path, struct slice rest, struct err *err) {
  struct slice whole = rest;
  while (rest.n) {
    if (path->steps == STEPS_MAX)
      return err_set(err, "a path of more than %d steps is too long", STEPS_MAX);
    struct step *step = &path->step[path->steps++];
    size_t at = whole.n - rest.n;
    if (*rest.p == '.')
      rest = slice_from(rest, 1);
    else if (*rest.p != '[' && at > 0)
      return err_set_at(err, at, 1, "a step of the path begins with . or [");
    if (rest.n && *rest.p == '[') {
      rest = slice_from(rest, 1);
      if (!take_bracket(&rest, step))
        return err_set_at(err, at, whole.n - at, "this is no place in an array: write [0], [] for any, or [\"key\"]");
    } else {
      take_key(&rest, step);
      if (!step->key_n && (rest.n || path->steps > 1))
        return err_set_at(err, at, 1, "a key is missing here: .user.name");
      if (!step->key_n) /* "." alone: the document itself */
        free(path->step[--path->steps].key);
    }
  }
  return true;
}

struct json_path *json_path_new(struct slice place, char compare, struct slice value, struct err *err) {
  struct json_path *path = mem_zero(1, sizeof *path);
  path->compare = compare;
  buf_add_slice(&path->value, value);
  bool good = take_steps(path, place, err);
  if (good && compare && compare != '?' && compare != '=' && compare != '!') {
    char *end;
    path->number = strtod(buf_text(&path->value), &end);
    if (end == buf_text(&path->value) || *end)
      good = err_set(err, "< and > want a number: json:.price>10");
  }
  if (good)
    return path;
  json_path_free(path);
  return NULL;
}

/* ---- the walk ---- */

enum state {
  WANT_VALUE,
  WANT_KEY,   /* or the end of the object */
  WANT_COLON, /* behind a key */
  WANT_COMMA, /* or the end of what is open */
  IN_STRING,
  IN_ESCAPE,
  IN_HEX,
  IN_WORD, /* a number, true, false, null */
};

struct level {
  bool object;
  bool on_path; /* all keys down to here were those of the path */
  bool here;    /* the member under way is too */
  size_t index;
};

struct json_walk {
  const struct json_path *path;
  VEC(struct level) open;
  enum state state;
  bool key;            /* the string under way is a key */
  bool keep;           /* it is of interest */
  bool first;          /* nothing has come yet */
  unsigned hex;        /* digits to come */
  uint32_t code, high; /* an escaped character; the first half of a pair */
  struct buf text;
};

struct json_walk *json_walk_new(const struct json_path *path) {
  struct json_walk *w = mem_zero(1, sizeof *w);
  w->path = path;
  w->first = true;
  return w;
}

void json_walk_free(struct json_walk *w) {
  if (!w)
    return;
  VEC_CLEAR(&w->open);
  buf_clear(&w->text);
  free(w);
}

static struct level *innermost(struct json_walk *w) {
  return w->open.n ? &w->open.v[w->open.n - 1] : NULL;
}

/* The value that comes now stands on the path: at its end (`target`), or on the way. */
static bool on_path(struct json_walk *w) {
  const struct level *l = innermost(w);
  return !l || l->here;
}

static bool is_target(struct json_walk *w) {
  return on_path(w) && w->open.n == w->path->steps;
}

static const struct step *step_inside(const struct json_walk *w) {
  size_t i = w->open.n - 1;
  return i < w->path->steps ? &w->path->step[i] : NULL;
}

static void enter_member(struct json_walk *w, struct slice key) {
  struct level *l = innermost(w);
  const struct step *step = step_inside(w);
  if (!l->on_path || !step)
    l->here = false;
  else if (l->object)
    l->here = (step->any && !step->place) || (!step->place && slice_eq(key, slice_make(step->key, step->key_n)));
  else
    l->here = step->any || (step->place && step->index == l->index);
}

static bool glob(struct slice text, struct slice pattern) {
  ptrdiff_t star = slice_find_byte(pattern, '*');
  if (star < 0)
    return slice_eq_ascii(text, pattern);
  struct slice front = slice_sub(pattern, 0, (size_t)star);
  if (!slice_starts_ascii(text, front))
    return false;
  text = slice_from(text, front.n);
  pattern = slice_from(pattern, front.n + 1);
  for (;;) { /* the parts between stars, each as early as can be; the last one at the end */
    star = slice_find_byte(pattern, '*');
    if (star < 0)
      return text.n >= pattern.n && slice_eq_ascii(slice_from(text, text.n - pattern.n), pattern);
    struct slice part = slice_sub(pattern, 0, (size_t)star);
    ptrdiff_t at = slice_find_ascii(text, part);
    if (at < 0)
      return false;
    text = slice_from(text, (size_t)at + part.n);
    pattern = slice_from(pattern, part.n + 1);
  }
}

static bool compares(const struct json_walk *w, bool string) {
  const struct json_path *path = w->path;
  char *end;
  switch (path->compare) {
  case '?':
    return true;
  case '=':
    return glob(buf_slice(&w->text), buf_slice(&path->value));
  case '!':
    return !glob(buf_slice(&w->text), buf_slice(&path->value));
  default:
    break;
  }
  double number = strtod(buf_text(&w->text), &end);
  if (string || end == buf_text(&w->text) || *end)
    return false;
  switch (path->compare) {
  case '<':
    return number < path->number;
  case '>':
    return number > path->number;
  case 'l':
    return number <= path->number;
  default:
    return number >= path->number;
  }
}

/* A value begins: is that already what was looked for? */
static bool begin_value(struct json_walk *w) {
  struct level *l = innermost(w);
  if (l && !l->object)
    enter_member(w, SLICE(""));
  w->keep = is_target(w);
  return w->keep && w->path->compare == 0;
}

static void end_value(struct json_walk *w) {
  w->state = w->open.n ? WANT_COMMA : WANT_VALUE;
}

static enum json_found open_level(struct json_walk *w, bool object) {
  if (w->open.n == DEPTH_MAX)
    return JSON_OVER;
  struct level level = {.object = object, .on_path = on_path(w)};
  VEC_PUSH(&w->open, level);
  w->state = object ? WANT_KEY : WANT_VALUE;
  return JSON_MORE;
}

static void close_level(struct json_walk *w) {
  w->open.n--;
  end_value(w);
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '+' || c == '.';
}

static void keep(struct json_walk *w, const char *bytes, size_t n) {
  if (w->keep && w->text.n < VALUE_MAX)
    buf_add(&w->text, bytes, n < VALUE_MAX ? n : VALUE_MAX);
}

static void begin_string(struct json_walk *w, bool key) {
  const struct level *l = innermost(w);
  w->key = key;
  if (key)
    w->keep = l->on_path && step_inside(w) != NULL;
  buf_reset(&w->text);
  w->state = IN_STRING;
}

static enum json_found value_letter(struct json_walk *w, char c) {
  if (c == ']' && w->open.n && !innermost(w)->object) {
    close_level(w);
    return JSON_MORE;
  }
  if (!c || !strchr("-0123456789tfn\"{[", c))
    return JSON_OVER;
  w->first = false;
  if (begin_value(w))
    return JSON_FOUND;
  if (c == '{' || c == '[')
    return open_level(w, c == '{');
  if (c == '"') {
    begin_string(w, false);
    return JSON_MORE;
  }
  buf_reset(&w->text);
  keep(w, &c, 1);
  w->state = IN_WORD;
  return JSON_MORE;
}

static enum json_found comma_letter(struct json_walk *w, char c) {
  struct level *l = innermost(w);
  if (c == (l->object ? '}' : ']')) {
    close_level(w);
    return JSON_MORE;
  }
  if (c != ',')
    return JSON_OVER;
  l->index++;
  w->state = l->object ? WANT_KEY : WANT_VALUE;
  return JSON_MORE;
}

static enum json_found end_string(struct json_walk *w) {
  if (w->key) {
    enter_member(w, buf_slice(&w->text));
    w->state = WANT_COLON;
    return JSON_MORE;
  }
  if (w->keep && compares(w, true))
    return JSON_FOUND;
  end_value(w);
  return JSON_MORE;
}

static void put_code_point(struct json_walk *w) {
  uint32_t c = w->code, high = w->high;
  char out[4];
  size_t n = 0;
  w->high = c >= 0xd800 && c < 0xdc00 ? c : 0;
  if (w->high)
    return;
  if (high && c >= 0xdc00 && c < 0xe000)
    c = 0x10000 + ((high & 0x3ff) << 10 | (c & 0x3ff));
  if (c < 0x80) {
    out[n++] = (char)c;
  } else {
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
    out[n++] = (char)(lead[more] | c >> 6 * more);
    while (more-- > 0)
      out[n++] = (char)(0x80 | (c >> 6 * more & 0x3f));
  }
  keep(w, out, n);
}

static void escape_letter(struct json_walk *w, char c) {
  static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
  const char *found = c ? strchr(from, c) : NULL;
  w->state = IN_STRING;
  if (c == 'u') {
    w->state = IN_HEX;
    w->hex = 4;
    w->code = 0;
  } else {
    keep(w, found ? &to[found - from] : &c, 1);
  }
}

static bool hex_letter(struct json_walk *w, char c) {
  char small = (char)(c | 0x20);
  bool digit = c >= '0' && c <= '9';
  if (!digit && (small < 'a' || small > 'f'))
    return false;
  w->code = w->code << 4 | (uint32_t)(digit ? c - '0' : small - 'a' + 10);
  if (--w->hex == 0) {
    put_code_point(w);
    w->state = IN_STRING;
  }
  return true;
}

/* The run of letters up to a quote or a backslash; returns how many. */
static size_t string_run(struct json_walk *w, struct slice rest) {
  size_t n = 0;
  while (n < rest.n && rest.p[n] != '"' && rest.p[n] != '\\')
    n++;
  keep(w, rest.p, n);
  return n;
}

static enum json_found letter(struct json_walk *w, char c) {
  bool blank = is_blank(c);
  switch (w->state) {
  case WANT_VALUE:
    return blank || (w->first && strchr("\xef\xbb\xbf", c) && c) ? JSON_MORE : value_letter(w, c);
  case WANT_KEY:
    if (c == '"')
      begin_string(w, true);
    else if (c == '}')
      close_level(w);
    else
      return blank ? JSON_MORE : JSON_OVER;
    return JSON_MORE;
  case WANT_COLON:
    if (c == ':')
      w->state = WANT_VALUE;
    return c == ':' || blank ? JSON_MORE : JSON_OVER;
  case WANT_COMMA:
    return blank ? JSON_MORE : comma_letter(w, c);
  case IN_ESCAPE:
    escape_letter(w, c);
    return JSON_MORE;
  case IN_HEX:
    return hex_letter(w, c) ? JSON_MORE : JSON_OVER;
  case IN_STRING:
    if (c == '\\')
      w->state = IN_ESCAPE;
    return c == '"' ? end_string(w) : JSON_MORE;
  case IN_WORD:
    break;
  }
  return JSON_OVER;
}

enum json_found json_walk_feed(struct json_walk *w, struct slice bytes) {
  for (size_t at = 0; at < bytes.n;) {
    if (w->state == IN_STRING)
      at += string_run(w, slice_from(bytes, at));
    if (at == bytes.n)
      break;
    if (w->state == IN_WORD) {
      if (is_word(bytes.p[at])) {
        keep(w, bytes.p + at++, 1);
        continue;
      }
      if (w->keep && compares(w, false))
        return JSON_FOUND;
      end_value(w); /* and this letter is looked at again */
      continue;
    }
    enum json_found found = letter(w, bytes.p[at++]);
    if (found != JSON_MORE)
      return found;
  }
  return JSON_MORE;
}

bool json_walk_end(struct json_walk *w) {
  return w->state == IN_WORD && w->keep && compares(w, false);
}

struct slice json_walk_value(const struct json_walk *w) {
  return buf_slice(&w->text);
}
