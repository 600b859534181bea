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

/* Looks for the first byte in either case, each with memchr from where it was seen last: far faster than a loop, and no
 * stretch is looked at twice. */
struct finder {
  struct slice text, needle;
  char first[2];
  const char *next[2]; /* NULL: does not come any more */
};

static const char *seek(const struct finder *f, int i, const char *from) {
  const char *end = f->text.p + (f->text.n - f->needle.n) + 1;
  return from < end ? memchr(from, f->first[i], (size_t)(end - from)) : NULL;
}

static void finder_start(struct finder *f, struct slice text, struct slice needle) {
  *f = (struct finder){.text = text, .needle = needle, .first = {needle.p[0], (char)(needle.p[0] ^ 0x20)}};
  for (int i = 0; i < 1 + is_letter(needle.p[0]) && needle.n <= text.n; i++) {
    f->next[i] = seek(f, i, text.p);
  }
}

/* The next match at `from` or behind it. Offsets only grow from call to call. */
static size_t finder_next(struct finder *f, size_t from) {
  while (f->next[0] || f->next[1]) {
    int i = !f->next[0] || (f->next[1] && f->next[1] < f->next[0]);
    const char *at = f->next[i];
    if (at < f->text.p + from) {
      f->next[i] = seek(f, i, f->text.p + from);
      continue;
    }
    f->next[i] = seek(f, i, at + 1);
    if (slice_eq_ascii(slice_make(at, f->needle.n), f->needle)) {
      return (size_t)(at - f->text.p);
    }
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
    struct finder f;
    finder_start(&f, buf_slice(&window), needle);
    for (size_t at = 0; (at = finder_next(&f, at)) != NOWHERE; at++) {
      found = begin + at;
      if (!last) {
        break;
      }
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
  struct buf old = BUF_INIT, put = BUF_INIT;
  size_t begin = at[0], size = at[count - 1] + gone - begin, from = 0;
  chunks_append(&e->text, begin, size, &old); /* in one go: looking up every place would cost more than copying */
  for (size_t i = 0; i < count; i++) {
    buf_add(&put, old.p + from, at[i] - begin - from);
    buf_add_slice(&put, with);
    from = at[i] - begin + gone;
  }
  editor_splice(e, begin, size, buf_slice(&put), EDIT_OTHER, false);
  buf_clear(&old);
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
    struct finder f;
    size_t used = 0;
    finder_start(&f, buf_slice(&window), needle);
    for (size_t found; (found = finder_next(&f, used)) != NOWHERE; used = found + needle.n) {
      VEC_PUSH(&all->at, from + found);
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
