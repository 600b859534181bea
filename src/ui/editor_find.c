/* Find and replace, without ASCII case, over the chunks in windows. */
#include <stdlib.h>
#include <string.h>

#include "ui/editor_private.h"

#define WINDOW       ((size_t)65536)
#define NEEDLE_MAX   ((size_t)65536)
#define PLACES_MAX   4000000u
#define SINGLE_EDITS 1000u /* more replacements than these are kept as one edit of the whole stretch */
#define NOWHERE      SIZE_MAX

static bool is_letter(char c) {
  return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* First place in `s` where the needle stands, by its first byte in either case: memchr is far faster than a loop. */
static size_t find_in(struct slice s, struct slice needle) {
  if (needle.n > s.n) {
    return NOWHERE;
  }
  const char *end = s.p + (s.n - needle.n) + 1, *next[2];
  char first[2] = {needle.p[0], (char)(needle.p[0] ^ 0x20)};
  next[1] = NULL;
  for (int i = 0; i < 1 + is_letter(needle.p[0]); i++) {
    next[i] = memchr(s.p, first[i], (size_t)(end - s.p));
  }
  while (next[0] || next[1]) {
    int i = !next[0] || (next[1] && next[1] < next[0]);
    const char *at = next[i];
    if (slice_eq_ascii(slice_make(at, needle.n), needle)) {
      return (size_t)(at - s.p);
    }
    next[i] = at + 1 < end ? memchr(at + 1, first[i], (size_t)(end - at - 1)) : NULL;
  }
  return NOWHERE;
}

/* First (or last) match that begins in [from, to). */
static size_t find_range(const struct editor *e, struct slice needle, size_t from, size_t to, bool last) {
  struct buf window = BUF_INIT;
  size_t found = NOWHERE;
  while (from < to && found == NOWHERE) {
    size_t n = to - from < WINDOW ? to - from : WINDOW;
    size_t begin = last ? to - n : from;
    size_t reach = e->text.size - begin < n + needle.n - 1 ? e->text.size - begin : n + needle.n - 1;
    buf_reset(&window);
    chunks_append(&e->text, begin, reach, &window);
    struct slice rest = buf_slice(&window);
    for (size_t at; (at = find_in(rest, needle)) != NOWHERE;) {
      found = begin + (size_t)(rest.p - window.p) + at;
      if (!last) {
        break;
      }
      rest = slice_from(rest, at + 1);
    }
    if (last) {
      to = begin;
    } else {
      from = begin + n;
    }
  }
  buf_clear(&window);
  return found;
}

bool editor_find(struct editor *e, struct slice needle, bool backward) {
  if (needle.n == 0 || needle.n > NEEDLE_MAX) {
    return false;
  }
  size_t size = e->text.size, from = e->cursor + (e->hit_n > 0);
  from = from > size ? size : from;
  size_t at = backward ? find_range(e, needle, 0, e->cursor, true) : find_range(e, needle, from, size, false);
  if (at == NOWHERE) {
    at = backward ? find_range(e, needle, e->cursor, size, true) : find_range(e, needle, 0, from, false);
  }
  if (at == NOWHERE) {
    e->hit_n = 0;
    return false;
  }
  editor_goto(e, at);
  e->hit = at;
  e->hit_n = needle.n;
  return true;
}

/* All matches as edits of their own, so that marks stay with the lines; one undo step. */
static void replace_each(struct editor *e, const size_t *at, size_t count, size_t gone, struct slice with) {
  size_t shift = 0; /* wraps where the text shrinks */
  for (size_t i = 0; i < count; i++) {
    editor_splice(e, at[i] + shift, gone, with, EDIT_OTHER, i > 0);
    shift += with.n - gone;
  }
}

static void replace_stretch(struct editor *e, const size_t *at, size_t count, size_t gone, struct slice with) {
  struct buf put = BUF_INIT;
  size_t from = at[0];
  for (size_t i = 0; i < count; i++) {
    chunks_append(&e->text, from, at[i] - from, &put);
    buf_add_slice(&put, with);
    from = at[i] + gone;
  }
  editor_splice(e, at[0], from - at[0], buf_slice(&put), EDIT_OTHER, false);
  buf_clear(&put);
}

struct places {
  VEC(size_t) at;
};

/* Every match, none overlapping another. False: too many. */
static bool find_all(const struct editor *e, struct slice needle, struct places *all) {
  struct buf window = BUF_INIT;
  size_t size = e->text.size, from = 0;
  while (from < size && all->at.n < PLACES_MAX) {
    size_t reach = size - from < WINDOW + needle.n - 1 ? size - from : WINDOW + needle.n - 1;
    buf_reset(&window);
    chunks_append(&e->text, from, reach, &window);
    size_t used = 0, found;
    while ((found = find_in(slice_from(buf_slice(&window), used), needle)) != NOWHERE) {
      VEC_PUSH(&all->at, from + used + found);
      used += found + needle.n;
    }
    from += used > WINDOW ? used : reach < WINDOW ? reach : WINDOW;
  }
  buf_clear(&window);
  return all->at.n < PLACES_MAX;
}

size_t editor_replace(struct editor *e, struct slice needle, struct slice with) {
  struct places all = {0};
  size_t cursor = e->cursor;
  e->refusal = NULL;
  if (needle.n == 0 || needle.n > NEEDLE_MAX) {
    return 0;
  }
  bool all_found = find_all(e, needle, &all);
  size_t count = all.at.n;
  if (!all_found) {
    e->refusal = "too many places to replace in one go";
    count = 0;
  } else if (with.n > needle.n && count > (e->limit - e->text.size) / (with.n - needle.n)) {
    e->refusal = "the text would become too large for this editor";
    count = 0;
  }
  if (count) {
    editor_seal(e);
    if (count <= SINGLE_EDITS) {
      replace_each(e, all.at.v, count, needle.n, with);
    } else {
      replace_stretch(e, all.at.v, count, needle.n, with);
    }
    editor_goto(e, cursor);
  }
  VEC_CLEAR(&all.at);
  return count;
}
