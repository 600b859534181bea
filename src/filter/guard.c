#include "guard.h"

#include <string.h>

#define NONE       SIZE_MAX
#define PLACES_MAX 64
#define DEPTH_MAX  64
#define FEW        64 /* {n,m} up to this counts as bounded */

struct reader {
  struct slice p;
  size_t at;
  size_t item;   /* where the item before `at` begins; NONE: there is none that could repeat */
  size_t inside; /* the item is a group: where its inside begins; else NONE */
  struct {
    size_t from, inside;
  } group[DEPTH_MAX];
  size_t depth;
  size_t place[PLACES_MAX];
  size_t places;
};

static char look_at(const struct reader *r, size_t at) {
  return at < r->p.n ? r->p.p[at] : 0;
}

static char look(const struct reader *r, size_t ahead) {
  return look_at(r, r->at + ahead);
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* Escapes with a simple end; the rest (names, braces, \Q, \c, octal and references) is left to others. */
static bool read_escape(struct reader *r) {
  char c = look(r, 1);
  r->item = r->at;
  if (c == 'x' && look(r, 2) != '{') {
    static const char hex[] = "0123456789abcdefABCDEF";
    r->at += 2;
    for (int i = 0; i < 2 && look(r, 0) && strchr(hex, look(r, 0)); i++)
      r->at++;
    return true;
  }
  bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  if (!c || is_digit(c) || (letter && !strchr("dDwWsShHvVRNtnrfeabBAzZ", c)) || (c == 'N' && look(r, 2) == '{'))
    return false;
  r->at += 2;
  return true;
}

static bool read_class(struct reader *r) {
  r->item = r->at++;
  if (look(r, 0) == '^')
    r->at++;
  if (look(r, 0) == ']')
    r->at++;
  while (r->at < r->p.n && look(r, 0) != ']') {
    if (look(r, 0) == '\\') {
      if (look(r, 1) == 'Q' || look(r, 1) == 'E' || look(r, 1) == 'c')
        return false;
      r->at++;
    } else if (look(r, 0) == '[' && look(r, 1) && strchr(":.=", look(r, 1))) {
      return false;
    }
    r->at++;
  }
  r->at++;
  return true;
}

static bool read_open(struct reader *r) {
  static const char *const known[] = {"?:", "?=", "?!", "?<=", "?<!"};
  if (r->depth == DEPTH_MAX || look(r, 1) == '*')
    return false;
  r->group[r->depth].from = r->at++;
  r->group[r->depth++].inside = r->at;
  r->item = NONE;
  if (look(r, 0) != '?')
    return true;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (slice_starts(slice_from(r->p, r->at), slice_of(known[i]))) {
      r->at += strlen(known[i]);
      r->group[r->depth - 1].inside = r->at;
      return true;
    }
  }
  return false;
}

static bool read_close(struct reader *r) {
  if (!r->depth)
    return false;
  r->item = r->group[--r->depth].from;
  r->inside = r->group[r->depth].inside;
  r->at++;
  return true;
}

/* "{2}" "{2,}" "{2,5}" at the front: its length, else 0; *many when it repeats often or without bound. */
static size_t read_braces(struct slice s, bool *many) {
  size_t at = 1;
  unsigned number[2] = {0, 0};
  int part = 0;
  for (; at < s.n && s.p[at] != '}'; at++)
    if (s.p[at] == ',' && part == 0 && at > 1)
      part = 1;
    else if (!is_digit(s.p[at]))
      return 0;
    else if (number[part] < 100000)
      number[part] = number[part] * 10 + (unsigned)(s.p[at] - '0');
  if (at >= s.n || at == 1)
    return 0;
  bool open_end = part == 1 && s.p[at - 1] == ',';
  *many = open_end || number[0] > FEW || number[1] > FEW;
  return at + 1;
}

static bool add_place(struct reader *r, size_t at) {
  if (at == NONE || r->places == PLACES_MAX)
    return false;
  size_t i = r->places++;
  for (; i && r->place[i - 1] > at; i--) /* a group may begin before what repeats inside it */
    r->place[i] = r->place[i - 1];
  r->place[i] = at;
  return true;
}

/* Before the item; and in a group also each time round: rounds may share out the bytes in exponentially many ways. */
static bool add_places(struct reader *r) {
  bool group = r->item != NONE && look_at(r, r->item) == '(';
  return add_place(r, r->item) && (!group || add_place(r, r->inside));
}

/* A quantifier of `n` letters, and the ? or + that may follow it. */
static bool end_quantifier(struct reader *r, size_t n, bool many) {
  if (many && !add_places(r))
    return false;
  r->at += n;
  if (look(r, 0) == '?' || look(r, 0) == '+')
    r->at++;
  r->item = NONE;
  return true;
}

static bool read_one(struct reader *r) {
  bool many = false;
  size_t n;
  switch (look(r, 0)) {
  case '\\':
    return read_escape(r);
  case '[':
    return read_class(r);
  case '(':
    return read_open(r);
  case ')':
    return read_close(r);
  case '*':
  case '+':
    return end_quantifier(r, 1, true);
  case '?':
    return end_quantifier(r, 1, false);
  case '{':
    n = read_braces(slice_from(r->p, r->at), &many);
    if (n)
      return end_quantifier(r, n, many);
    break;
  case '|':
  case '^':
  case '$':
    r->item = NONE;
    r->at++;
    return true;
  default:
    break;
  }
  r->item = r->at++;
  return true;
}

enum guard guard_pattern(struct slice pattern, struct buf *out) {
  struct reader r = {.p = pattern, .item = NONE};
  while (r.at < r.p.n)
    if (!read_one(&r))
      return GUARD_UNSURE;
  if (r.at != r.p.n || r.depth)
    return GUARD_UNSURE;
  if (!r.places)
    return GUARD_NEEDLESS;
  size_t done = 0;
  for (size_t i = 0; i < r.places; i++) {
    if (i && r.place[i] == r.place[i - 1])
      continue;
    buf_add_slice(out, slice_sub(pattern, done, r.place[i] - done));
    buf_add_text(out, "(?C1)");
    done = r.place[i];
  }
  buf_add_slice(out, slice_from(pattern, done));
  return GUARD_PLACED;
}
