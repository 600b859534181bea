#include "weir/body/diff.h"

#include "weir/base/mem.h"

/* ---- names ---- */

static uint64_t hash(struct slice s, uint64_t seed) {
  uint64_t h = seed ^ (s.n * UINT64_C(0x9e3779b97f4a7c15));
  for (size_t i = 0; i < s.n; i++) {
    h ^= (unsigned char)s.p[i];
    h *= UINT64_C(0x100000001b3);
    h ^= h >> 29;
  }
  return h;
}

static void names_grow(struct diff_names *names) {
  size_t buckets = names->buckets ? names->buckets * 2 : 64;
  names->bucket = mem_grow(names->bucket, buckets * sizeof *names->bucket);
  names->buckets = buckets;
  memset(names->bucket, 0, buckets * sizeof *names->bucket);
  for (size_t i = 0; i < names->name.n; i++) {
    uint32_t *head = &names->bucket[names->name.v[i].hash[0] & (buckets - 1)];
    names->name.v[i].next = *head;
    *head = (uint32_t)i + 1;
  }
}

uint32_t diff_number(struct diff_names *names, struct slice text) {
  struct diff_name n = {.hash = {hash(text, UINT64_C(0xcbf29ce484222325)), hash(text, 1)}};
  if (names->name.n >= names->buckets)
    names_grow(names);
  uint32_t *head = &names->bucket[n.hash[0] & (names->buckets - 1)];
  for (uint32_t i = *head; i; i = names->name.v[i - 1].next)
    if (names->name.v[i - 1].hash[0] == n.hash[0] && names->name.v[i - 1].hash[1] == n.hash[1])
      return names->name.v[i - 1].number;
  n.number = (uint32_t)names->name.n;
  n.next = *head;
  VEC_PUSH(&names->name, n);
  *head = (uint32_t)names->name.n;
  return n.number;
}

void diff_names_clear(struct diff_names *names) {
  VEC_CLEAR(&names->name);
  free(names->bucket);
  *names = (struct diff_names){.bucket = NULL};
}

/* ---- lines in order ---- */

struct text {
  const uint32_t *line;
  size_t n;
};

static void put_row(struct diff_rows *rows, size_t a, size_t b, enum diff_kind kind) {
  struct diff_row row = {a, b, kind};
  VEC_PUSH(&rows->row, row);
}

/* Lines a[0..an) went and b[0..bn) came in their place: as pairs while they are alike, else one after the other. */
struct place {
  size_t a, an, b, bn;
};
struct pairing {
  diff_alike_fn *alike;
  void *arg;
  struct diff_rows *rows;
};

static void put_place(const struct pairing *p, const struct place *at) {
  size_t b = 0;
  for (size_t a = 0; a < at->an; a++) {
    bool pair = b < at->bn && (p->alike == NULL || p->alike(p->arg, at->a + a, at->b + b));
    if (pair)
      put_row(p->rows, at->a + a, at->b + b++, DIFF_CHANGED);
    else
      put_row(p->rows, at->a + a, SIZE_MAX, DIFF_REMOVED);
  }
  for (; b < at->bn; b++)
    put_row(p->rows, SIZE_MAX, at->b + b, DIFF_ADDED);
}

/* One array of furthest points for each distance: the way back is read from them. v[d] has 2 * d + 1 members. */
struct walk {
  size_t *v[DIFF_DISTANCE + 1];
  size_t distances;
};

static size_t point(const struct walk *w, size_t d, ptrdiff_t k) {
  return w->v[d][k + (ptrdiff_t)d];
}

/* The last step onto diagonal k at distance d > 0 is a line of b put in; else one of a taken out. */
static bool by_insertion(const struct walk *w, size_t d, ptrdiff_t k) {
  ptrdiff_t last = (ptrdiff_t)d - 1; /* the outermost diagonal one step before */
  if (k - 1 < -last)
    return true;
  return k + 1 <= last && point(w, d - 1, k - 1) < point(w, d - 1, k + 1);
}

/* Where diagonal k is entered at distance d, before the run of equal lines. */
static size_t begin(const struct walk *w, size_t d, ptrdiff_t k) {
  if (d == 0)
    return 0;
  return by_insertion(w, d, k) ? point(w, d - 1, k + 1) : point(w, d - 1, k - 1) + 1;
}

static bool reach(struct walk *w, struct text a, struct text b) {
  for (size_t d = 0; d <= DIFF_DISTANCE; d++) {
    w->v[d] = mem_alloc((2 * d + 1) * sizeof **w->v);
    w->distances = d + 1;
    for (ptrdiff_t k = -(ptrdiff_t)d; k <= (ptrdiff_t)d; k += 2) {
      size_t x = begin(w, d, k);
      ptrdiff_t y = (ptrdiff_t)x - k;
      if (x > a.n || y < 0 || (size_t)y > b.n) { /* off the table: a point that leads nowhere */
        w->v[d][k + (ptrdiff_t)d] = x > a.n ? a.n + 1 : x;
        continue;
      }
      while (x < a.n && (size_t)y < b.n && a.line[x] == b.line[y])
        x++, y++;
      w->v[d][k + (ptrdiff_t)d] = x;
      if (x == a.n && (size_t)y == b.n)
        return true;
    }
  }
  return false;
}

/* Marks, along the shortest way back, the lines that stand in both. */
static void trace(const struct walk *w, struct text a, struct text b, size_t *match) {
  size_t x = a.n, y = b.n;
  for (size_t d = w->distances; d-- > 0;) {
    ptrdiff_t k = (ptrdiff_t)x - (ptrdiff_t)y;
    size_t from = begin(w, d, k);
    while (x > from) {
      x--, y--;
      match[x] = y;
    }
    if (d == 0)
      break;
    if (by_insertion(w, d, k))
      y--;
    else
      x--;
  }
}

/* a and b have no line in common in front or at the end. */
static void put_middle(const struct pairing *p, struct text a, struct text b, size_t skip) {
  struct walk w = {.distances = 0};
  size_t *match = mem_alloc((a.n + 1) * sizeof *match);
  for (size_t i = 0; i < a.n; i++)
    match[i] = SIZE_MAX;
  if (a.n && b.n && reach(&w, a, b))
    trace(&w, a, b, match);
  size_t x = 0, y = 0;
  while (x < a.n || y < b.n) {
    struct place at = {x, 0, y, 0};
    while (x < a.n && match[x] == SIZE_MAX)
      x++;
    size_t until = x < a.n ? match[x] : b.n;
    at.an = x - at.a;
    at.bn = until - y;
    y = until;
    at.a += skip;
    at.b += skip;
    put_place(p, &at);
    if (x < a.n) {
      put_row(p->rows, skip + x, skip + y, DIFF_SAME);
      x++, y++;
    }
  }
  for (size_t d = 0; d < w.distances; d++)
    free(w.v[d]);
  free(match);
}

void diff_lines(const uint32_t *a, size_t an, const uint32_t *b, size_t bn, diff_alike_fn *alike, void *arg,
                struct diff_rows *rows) {
  struct pairing p = {alike, arg, rows};
  size_t front = 0, back = 0;
  while (front < an && front < bn && a[front] == b[front])
    front++;
  while (back < an - front && back < bn - front && a[an - 1 - back] == b[bn - 1 - back])
    back++;
  for (size_t i = 0; i < front; i++)
    put_row(rows, i, i, DIFF_SAME);
  put_middle(&p, (struct text){a + front, an - front - back}, (struct text){b + front, bn - front - back}, front);
  for (size_t i = 0; i < back; i++)
    put_row(rows, an - back + i, bn - back + i, DIFF_SAME);
}

/* ---- lines by name ---- */

void diff_named(const uint32_t *a, size_t an, const uint32_t *b, size_t bn, diff_same_fn *same, void *arg,
                struct diff_rows *rows) {
  uint32_t most = 0;
  for (size_t i = 0; i < an; i++)
    most = a[i] > most ? a[i] : most;
  for (size_t i = 0; i < bn; i++)
    most = b[i] > most ? b[i] : most;
  /* first[n], next[i]: the lines of b with that name, in order */
  size_t *first = mem_alloc(((size_t)most + 1) * sizeof *first), *next = mem_alloc((bn + 1) * sizeof *next);
  size_t *partner = mem_alloc((bn + 1) * sizeof *partner);
  for (size_t i = 0; i <= most; i++)
    first[i] = SIZE_MAX;
  for (size_t i = bn; i-- > 0;) {
    next[i] = first[b[i]];
    first[b[i]] = i;
    partner[i] = SIZE_MAX;
  }
  size_t *of_a = mem_alloc((an + 1) * sizeof *of_a);
  for (size_t i = 0; i < an; i++) {
    of_a[i] = first[a[i]];
    if (of_a[i] == SIZE_MAX)
      continue;
    first[a[i]] = next[of_a[i]];
    partner[of_a[i]] = i;
  }
  for (size_t i = 0; i < bn && partner[i] == SIZE_MAX; i++)
    put_row(rows, SIZE_MAX, i, DIFF_ADDED);
  for (size_t i = 0; i < an; i++) {
    size_t y = of_a[i];
    if (y == SIZE_MAX) {
      put_row(rows, i, SIZE_MAX, DIFF_REMOVED);
      continue;
    }
    put_row(rows, i, y, same(arg, i, y) ? DIFF_SAME : DIFF_CHANGED);
    for (y++; y < bn && partner[y] == SIZE_MAX; y++)
      put_row(rows, SIZE_MAX, y, DIFF_ADDED);
  }
  free(first);
  free(next);
  free(partner);
  free(of_a);
}
