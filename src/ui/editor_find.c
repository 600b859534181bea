/* Find and replace, without ASCII case, over the chunks in windows, each a small part of a slice of the loop. */
#include <stdlib.h>
#include <string.h>

#include "ui/editor_private.h"
#include "weir/base/clock.h"

#define WINDOW       ((size_t)65536)
#define NEEDLE_MAX   ((size_t)65536)
#define SINGLE_EDITS 64u    /* more replacements than these are kept as one edit of the whole stretch */
#define LINES_MARKED 50000u /* more changed lines than these are marked as one stretch */
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
  bool exact;
};

static const char *seek(const struct finder *f, int i, const char *from) {
  const char *end = f->text.p + (f->text.n - f->needle.n) + 1;
  return from < end ? memchr(from, f->first[i], (size_t)(end - from)) : NULL;
}

static void finder_start(struct finder *f, struct slice text, struct slice needle, bool exact) {
  *f = (struct finder){
      .text = text, .needle = needle, .first = {needle.p[0], (char)(needle.p[0] ^ 0x20)}, .exact = exact};
  for (int i = 0; i < 1 + (!exact && is_letter(needle.p[0])) && needle.n <= text.n; i++)
    f->next[i] = seek(f, i, text.p);
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
    struct slice there = slice_make(at, f->needle.n);
    if (f->exact ? slice_eq(there, f->needle) : slice_eq_ascii(there, f->needle))
      return (size_t)(at - f->text.p);
  }
  return NOWHERE;
}

/* A stretch to look through: the first, or the last, match that begins in [from, to). */
struct stretch {
  size_t from, to;
};

struct editor_task {
  struct editor *e;
  struct buf needle, with, window;
  bool replaces, backward, exact;
  size_t total, count;
  /* finding: what remains, and what is looked through after that (round the end of the text) */
  struct stretch now, then;
  /* replacing */
  size_t from, used; /* looked through up to there; the last match ended there */
  size_t begin;      /* of the first match */
  struct chunks put; /* what the text from there to `used` becomes */
  struct buf piece;
  VEC(size_t) at;   /* the first SINGLE_EDITS matches */
  VEC(size_t) line; /* that have changed */
  size_t line_now, line_at;
  bool marks_lost; /* too many lines, or their number changes */
};

static struct editor_task *task_new(struct editor *e, struct slice needle) {
  struct editor_task *t = mem_zero(1, sizeof *t);
  t->e = e;
  t->total = e->text.size;
  e->refusal = NULL;
  if (needle.n <= NEEDLE_MAX)
    buf_add_slice(&t->needle, needle);
  return t;
}

void editor_task_free(struct editor_task *t) {
  if (!t)
    return;
  buf_clear(&t->needle);
  buf_clear(&t->with);
  buf_clear(&t->window);
  buf_clear(&t->piece);
  chunks_clear(&t->put);
  VEC_CLEAR(&t->at);
  VEC_CLEAR(&t->line);
  free(t);
}

size_t editor_task_count(const struct editor_task *t) {
  return t->count;
}

void editor_task_exact(struct editor_task *t) {
  t->exact = true;
}

unsigned editor_task_percent(const struct editor_task *t) {
  size_t rest = t->replaces ? t->total - t->from : t->now.to - t->now.from + t->then.to - t->then.from;
  return t->total ? (unsigned)((t->total - rest) * 100 / t->total) : 100;
}

/* ---- finding ---- */

struct editor_task *editor_find_begin(struct editor *e, struct slice needle, bool backward) {
  struct editor_task *t = task_new(e, needle);
  size_t size = e->text.size, from = e->cursor + (e->hit_n > 0);
  from = from > size ? size : from;
  t->backward = backward;
  t->now = backward ? (struct stretch){0, e->cursor} : (struct stretch){from, size};
  t->then = backward ? (struct stretch){e->cursor, size} : (struct stretch){0, from};
  return t;
}

/* One window of the stretch. */
static size_t find_window(struct editor_task *t) {
  struct stretch *s = &t->now;
  struct slice needle = buf_slice(&t->needle);
  size_t n = s->to - s->from < WINDOW ? s->to - s->from : WINDOW, found = NOWHERE;
  size_t begin = t->backward ? s->to - n : s->from, rest = t->e->text.size - begin;
  buf_reset(&t->window);
  chunks_append(&t->e->text, begin, rest < n + needle.n - 1 ? rest : n + needle.n - 1, &t->window);
  struct finder f;
  finder_start(&f, buf_slice(&t->window), needle, t->exact);
  for (size_t at = 0; (at = finder_next(&f, at)) != NOWHERE; at++) {
    found = begin + at;
    if (!t->backward)
      break;
  }
  if (t->backward)
    s->to = begin;
  else
    s->from = begin + n;
  return found;
}

static bool find_step(struct editor_task *t, uint64_t deadline) {
  while (t->now.from < t->now.to || t->then.from < t->then.to) {
    if (t->now.from == t->now.to) {
      t->now = t->then;
      t->then = (struct stretch){0, 0};
    }
    size_t at = find_window(t);
    if (at != NOWHERE) {
      editor_goto(t->e, at);
      t->e->hit = at;
      t->e->hit_n = t->needle.n;
      t->count = 1;
      return false;
    }
    if (clock_mono() >= deadline)
      return true;
  }
  t->e->hit_n = 0;
  return false;
}

/* ---- replacing ---- */

struct editor_task *editor_replace_begin(struct editor *e, struct slice needle, struct slice with) {
  struct editor_task *t = task_new(e, needle);
  t->replaces = true;
  buf_add_slice(&t->with, with);
  t->marks_lost = slice_find_byte(needle, '\n') >= 0 || slice_find_byte(with, '\n') >= 0;
  return t;
}

static size_t newlines_in(struct slice s) {
  size_t count = 0;
  for (ptrdiff_t at; (at = slice_find_byte(s, '\n')) >= 0; s = slice_from(s, (size_t)at + 1))
    count++;
  return count;
}

/* A match at offset `at` of the window, which begins at t->from. */
static void note_line(struct editor_task *t, size_t at) {
  size_t from = t->line_at - t->from;
  t->line_now += newlines_in(slice_sub(buf_slice(&t->window), from, at - from));
  t->line_at = t->from + at;
  if (t->line.n == LINES_MARKED)
    t->marks_lost = true;
  else if (t->line.n == 0 || t->line.v[t->line.n - 1] != t->line_now)
    VEC_PUSH(&t->line, t->line_now);
}

static void note_match(struct editor_task *t, size_t at) {
  if (t->count++ == 0)
    t->begin = t->used = t->from + at;
  if (t->at.n < SINGLE_EDITS)
    VEC_PUSH(&t->at, t->from + at);
  if (!t->marks_lost)
    note_line(t, at);
}

/* The text up to the match, and what comes in its place. Between rare matches nothing is copied. */
static void put_match(struct editor_task *t, size_t at) {
  size_t between = t->from + at - t->used;
  if (between > WINDOW / 4) {
    chunks_splice(&t->put, t->put.size, 0, buf_slice(&t->piece));
    buf_reset(&t->piece);
    chunks_share(&t->put, &t->e->text, t->used, between);
  } else if (t->used >= t->from) {
    buf_add_slice(&t->piece, slice_sub(buf_slice(&t->window), t->used - t->from, between));
  } else {
    chunks_append(&t->e->text, t->used, between, &t->piece);
  }
  buf_add_slice(&t->piece, buf_slice(&t->with));
  t->used = t->from + at + t->needle.n;
}

/* One window. False: the text would grow too large. */
static bool replace_window(struct editor_task *t) {
  struct slice needle = buf_slice(&t->needle);
  size_t rest = t->total - t->from, reach = rest < WINDOW + needle.n - 1 ? rest : WINDOW + needle.n - 1;
  size_t used = 0;
  buf_reset(&t->window);
  chunks_append(&t->e->text, t->from, reach, &t->window);
  if (!t->marks_lost && t->line_at < t->from) /* the last one reached beyond its window */
    t->line_at = t->from;
  struct finder f;
  finder_start(&f, buf_slice(&t->window), needle, t->exact);
  for (size_t at; (at = finder_next(&f, used)) != NOWHERE; used = at + needle.n) {
    note_match(t, at);
    put_match(t, at);
  }
  size_t next = used > WINDOW ? used : reach < WINDOW ? reach : WINDOW;
  if (!t->marks_lost) {
    size_t from = t->line_at - t->from;
    t->line_now += newlines_in(slice_sub(buf_slice(&t->window), from, next - from));
    t->line_at = t->from + next;
  }
  t->from += next;
  if (t->piece.n > WINDOW) {
    chunks_splice(&t->put, t->put.size, 0, buf_slice(&t->piece));
    buf_reset(&t->piece);
  }
  return t->put.size + t->piece.n <= t->e->limit;
}

/* All matches as edits of their own; one undo step. */
static void replace_each(struct editor_task *t) {
  size_t shift = 0; /* wraps where the text shrinks */
  for (size_t i = 0; i < t->at.n; i++) {
    editor_splice(t->e, t->at.v[i] + shift, t->needle.n, buf_slice(&t->with), EDIT_OTHER, i > 0);
    shift += t->with.n - t->needle.n;
  }
}

static void replace_stretch(struct editor_task *t) {
  struct line_marks marks = {0};
  if (!t->marks_lost) {
    line_marks_copy(&marks, &t->e->marks);
    line_marks_touch(&marks, t->line.v, t->line.n);
  }
  chunks_splice(&t->put, t->put.size, 0, buf_slice(&t->piece));
  editor_exchange(t->e, t->begin, t->used - t->begin, &t->put, t->marks_lost ? NULL : &marks);
  line_marks_clear(&marks);
}

static void replace_end(struct editor_task *t, bool well) {
  struct editor *e = t->e;
  size_t cursor = e->cursor, gained = t->with.n > t->needle.n ? t->with.n - t->needle.n : 0;
  if (!well || (gained && t->count > (e->limit - e->text.size) / gained)) {
    e->refusal = "the text would become too large for this editor";
    t->count = 0;
  }
  if (t->count == 0)
    return;
  editor_seal(e);
  if (t->count <= SINGLE_EDITS)
    replace_each(t);
  else
    replace_stretch(t);
  editor_goto(e, cursor);
}

static bool replace_step(struct editor_task *t, uint64_t deadline) {
  bool well = true;
  while (well && t->from < t->total) {
    well = replace_window(t);
    if (well && t->from < t->total && clock_mono() >= deadline)
      return true;
  }
  replace_end(t, well);
  return false;
}

/* ---- both ---- */

bool editor_task_step(struct editor_task *t, uint64_t deadline_ns) {
  if (t->needle.n == 0)
    return false;
  return t->replaces ? replace_step(t, deadline_ns) : find_step(t, deadline_ns);
}
