#include "ui/line_marks.h"

#include <stdlib.h>
#include <string.h>

/* What one edit may compare in order to shrink its hunk: a hunk that stays too large only shows more marks. */
#define COMPARE_BYTES 65536u
#define COMPARE_LINES 256u

void line_marks_clear(struct line_marks *m) {
  VEC_CLEAR(&m->hunk);
}

static bool bytes_equal(const struct chunks *a, size_t at_a, const struct chunks *b, size_t at_b, size_t n) {
  while (n) {
    struct slice x = chunks_at(a, at_a), y = chunks_at(b, at_b);
    size_t piece = x.n < y.n ? x.n : y.n;
    piece = piece < n ? piece : n;
    if (x.p != y.p && memcmp(x.p, y.p, piece) != 0) {
      return false;
    }
    at_a += piece;
    at_b += piece;
    n -= piece;
  }
  return true;
}

/* Are line i of one text and line j of the other the same, the newline included? Long lines count as different. */
static bool lines_equal(const struct chunks *a, size_t i, const struct chunks *b, size_t j) {
  size_t from_a = chunks_line_start(a, i), from_b = chunks_line_start(b, j);
  size_t to_a = chunks_line_end(a, from_a), to_b = chunks_line_end(b, from_b);
  if (to_a - from_a != to_b - from_b || to_a - from_a > COMPARE_BYTES || (to_a < a->size) != (to_b < b->size)) {
    return false;
  }
  return bytes_equal(a, from_a, b, from_b, to_a - from_a);
}

static void shrink(struct line_hunk *h, const struct chunks *old, const struct chunks *now) {
  size_t budget = COMPARE_LINES;
  while (h->old_n && h->now_n && budget-- && lines_equal(old, h->old, now, h->now)) {
    h->old++, h->old_n--;
    h->now++, h->now_n--;
  }
  while (h->old_n && h->now_n && budget-- && lines_equal(old, h->old + h->old_n - 1, now, h->now + h->now_n - 1)) {
    h->old_n--;
    h->now_n--;
  }
}

/* Index of the first hunk that ends at or behind `line`. */
static size_t first_touching(const struct line_marks *m, size_t line) {
  size_t from = 0, to = m->hunk.n;
  while (from < to) {
    size_t mid = from + (to - from) / 2;
    if (m->hunk.v[mid].now + m->hunk.v[mid].now_n < line) {
      from = mid + 1;
    } else {
      to = mid;
    }
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
  while (first < m->hunk.n && !meets(&m->hunk.v[first], from, to) && m->hunk.v[first].now < from) {
    first++;
  }
  size_t last = first;
  while (last < m->hunk.n && meets(&m->hunk.v[last], from, to)) {
    const struct line_hunk *h = &m->hunk.v[last++];
    from = h->now < from ? h->now : from;
    to = h->now + h->now_n > to ? h->now + h->now_n : to;
  }
  size_t old_from = first ? old_line(&m->hunk.v[first - 1], from) : from;
  size_t old_to = last ? old_line(&m->hunk.v[last - 1], to) : to;
  struct line_hunk h = {old_from, old_to - old_from, from, to - from - removed + inserted};
  for (size_t i = last; i < m->hunk.n; i++) {
    m->hunk.v[i].now += inserted - removed; /* wraps back where lines went away */
  }
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
  if (h.old_n == 0 && h.now_n == 0) {
    VEC_REMOVE(&m->hunk, first);
  }
}

enum line_mark line_marks_at(const struct line_marks *m, const struct chunks *old, const struct chunks *now,
                             size_t line) {
  for (size_t i = first_touching(m, line); i < m->hunk.n && m->hunk.v[i].now <= line; i++) {
    const struct line_hunk *h = &m->hunk.v[i];
    size_t k = line - h->now;
    if (k >= h->now_n) {
      continue;
    }
    if (h->old_n != h->now_n) {
      return k < h->old_n ? LINE_CHANGED : LINE_ADDED;
    }
    return lines_equal(old, h->old + k, now, line) ? LINE_SAME : LINE_CHANGED;
  }
  return LINE_SAME;
}
