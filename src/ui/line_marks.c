#include "ui/line_marks.h"

#include <stdlib.h>
#include <string.h>

/* What one edit may compare in order to shrink its hunk: a hunk that stays too large only shows more marks. */
#define COMPARE_BYTES 65536u
#define COMPARE_LINES 64u

void line_marks_clear(struct line_marks *m) {
  VEC_CLEAR(&m->hunk);
}

void line_marks_copy(struct line_marks *to, const struct line_marks *from) {
  if (from->hunk.n) {
    size_t bytes = from->hunk.n * sizeof *from->hunk.v;
    to->hunk.v = mem_alloc(bytes);
    memcpy(to->hunk.v, from->hunk.v, bytes);
    to->hunk.n = to->hunk.cap = from->hunk.n;
  }
}

static bool bytes_equal(const struct chunks *a, size_t at_a, const struct chunks *b, size_t at_b, size_t n) {
  while (n) {
    struct slice x = chunks_at(a, at_a), y = chunks_at(b, at_b);
    size_t piece = x.n < y.n ? x.n : y.n;
    piece = piece < n ? piece : n;
    if (x.p != y.p && memcmp(x.p, y.p, piece) != 0)
      return false;
    at_a += piece;
    at_b += piece;
    n -= piece;
  }
  return true;
}

/* Are line i of one text and line j of the other the same, the newline included? What is longer than *bytes, which is what may
 * be compared still, counts as different. */
static bool lines_equal(const struct chunks *a, size_t i, const struct chunks *b, size_t j, size_t *bytes) {
  size_t from_a = chunks_line_start(a, i), from_b = chunks_line_start(b, j);
  size_t to_a = chunks_line_end(a, from_a), to_b = chunks_line_end(b, from_b);
  if (to_a - from_a != to_b - from_b || to_a - from_a > *bytes || (to_a < a->size) != (to_b < b->size))
    return false;
  *bytes -= to_a - from_a;
  return bytes_equal(a, from_a, b, from_b, to_a - from_a);
}

static void shrink(struct line_hunk *h, const struct chunks *old, const struct chunks *now) {
  size_t budget = COMPARE_LINES, bytes = COMPARE_BYTES;
  while (h->old_n && h->now_n && budget-- && lines_equal(old, h->old, now, h->now, &bytes)) {
    h->old++, h->old_n--;
    h->now++, h->now_n--;
  }
  while (h->old_n && h->now_n && budget-- &&
         lines_equal(old, h->old + h->old_n - 1, now, h->now + h->now_n - 1, &bytes)) {
    h->old_n--;
    h->now_n--;
  }
}

/* Index of the first hunk that ends at or behind `line`. */
static size_t first_touching(const struct line_marks *m, size_t line) {
  size_t from = 0, to = m->hunk.n;
  while (from < to) {
    size_t mid = from + (to - from) / 2;
    if (m->hunk.v[mid].now + m->hunk.v[mid].now_n < line)
      from = mid + 1;
    else
      to = mid;
  }
  return from;
}

/* Does the hunk share a line with [from, to)? One that stands for lines taken out has no line of its own: touching is
 * enough, so that putting them back finds it. */
static bool meets(const struct line_hunk *h, size_t from, size_t to) {
  return h->now_n == 0 ? h->now >= from && h->now <= to : h->now < to && h->now + h->now_n > from;
}

/* Where a line behind the hunk, and before the next one, stood in the opened text. */
static size_t old_line(const struct line_hunk *h, size_t now) {
  return h->old + h->old_n + (now - h->now - h->now_n);
}

void line_marks_edit(struct line_marks *m, const struct chunks *old, const struct chunks *now, size_t line,
                     size_t removed, size_t inserted) {
  size_t from = line, to = line + removed + 1; /* lines before the edit */
  size_t first = first_touching(m, from);
  while (first < m->hunk.n && !meets(&m->hunk.v[first], from, to) && m->hunk.v[first].now < from)
    first++;
  size_t last = first;
  while (last < m->hunk.n && meets(&m->hunk.v[last], from, to)) {
    const struct line_hunk *h = &m->hunk.v[last++];
    from = h->now < from ? h->now : from;
    to = h->now + h->now_n > to ? h->now + h->now_n : to;
  }
  size_t old_from = first ? old_line(&m->hunk.v[first - 1], from) : from;
  size_t old_to = last ? old_line(&m->hunk.v[last - 1], to) : to;
  struct line_hunk h = {old_from, old_to - old_from, from, to - from - removed + inserted};
  for (size_t i = last; i < m->hunk.n; i++)
    m->hunk.v[i].now += inserted - removed; /* wraps back where lines went away */
  shrink(&h, old, now);
  if (last > first) { /* one place is there already */
    if (last - first > 1) {
      memmove(m->hunk.v + first + 1, m->hunk.v + last, (m->hunk.n - last) * sizeof h);
      m->hunk.n -= last - first - 1;
    }
    m->hunk.v[first] = h;
  } else {
    VEC_INSERT(&m->hunk, first, h);
  }
  if (h.old_n == 0 && h.now_n == 0)
    VEC_REMOVE(&m->hunk, first);
}

void line_marks_touch(struct line_marks *m, const size_t *line, size_t count) {
  struct line_marks all = {0};
  size_t i = 0; /* hunks that are in `all` already */
  for (size_t k = 0; k < count; k++) {
    while (i < m->hunk.n && m->hunk.v[i].now + m->hunk.v[i].now_n <= line[k]) {
      VEC_PUSH(&all.hunk, m->hunk.v[i]);
      i++;
    }
    if (i == m->hunk.n || m->hunk.v[i].now > line[k]) {
      struct line_hunk h = {i ? old_line(&m->hunk.v[i - 1], line[k]) : line[k], 1, line[k], 1};
      VEC_PUSH(&all.hunk, h);
    }
  }
  for (; i < m->hunk.n; i++)
    VEC_PUSH(&all.hunk, m->hunk.v[i]);
  line_marks_clear(m);
  *m = all;
}

enum line_mark line_marks_at(const struct line_marks *m, const struct chunks *old, const struct chunks *now,
                             size_t line) {
  for (size_t i = first_touching(m, line); i < m->hunk.n && m->hunk.v[i].now <= line; i++) {
    const struct line_hunk *h = &m->hunk.v[i];
    size_t k = line - h->now;
    if (k >= h->now_n)
      continue;
    if (h->old_n != h->now_n)
      return k < h->old_n ? LINE_CHANGED : LINE_ADDED;
    size_t bytes = COMPARE_BYTES;
    return lines_equal(old, h->old + k, now, line, &bytes) ? LINE_SAME : LINE_CHANGED;
  }
  return LINE_SAME;
}
