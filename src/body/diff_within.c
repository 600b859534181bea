/* The parts of two corresponding lines that differ: the longest common run of words or bytes stays, the rest is marked. */
#include "weir/body/diff.h"

#include "weir/base/mem.h"

#define TOKENS_MAX 400 /* of each line: the table of common runs has the square of it */

struct tokens {
  VEC(struct slice) v;
};

static bool in_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
}

/* A character is never cut: continuation bytes (RFC 3629) stay with their first. */
static size_t token(struct slice s, enum diff_unit unit) {
  size_t n = 1;
  if (unit == DIFF_WORDS && in_word(*s.p)) {
    while (n < s.n && in_word(s.p[n]))
      n++;
    return n;
  }
  while (n < s.n && n < 4 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
    n++;
  return n;
}

static bool cut(struct slice s, enum diff_unit unit, struct tokens *out) {
  while (s.n && out->v.n < TOKENS_MAX) {
    struct slice t = slice_sub(s, 0, token(s, unit));
    VEC_PUSH(&out->v, t);
    s = slice_from(s, t.n);
  }
  return s.n == 0;
}

static size_t common_front(struct slice a, struct slice b) {
  size_t n = 0;
  while (n < a.n && n < b.n && a.p[n] == b.p[n])
    n++;
  while (n > 0 &&
         ((n < a.n && ((unsigned char)a.p[n] & 0xc0) == 0x80) || (n < b.n && ((unsigned char)b.p[n] & 0xc0) == 0x80)))
    n--;
  return n;
}

static size_t common_back(struct slice a, struct slice b) {
  size_t n = 0;
  while (n < a.n && n < b.n && a.p[a.n - 1 - n] == b.p[b.n - 1 - n])
    n++;
  while (n > 0 && ((unsigned char)a.p[a.n - n] & 0xc0) == 0x80)
    n--;
  return n;
}

static void mark(struct diff_spans *spans, size_t at, size_t n) {
  if (spans->span.n) {
    struct diff_span *last = &spans->span.v[spans->span.n - 1];
    if (last->at + last->n == at) {
      last->n += n;
      return;
    }
  }
  struct diff_span span = {at, n};
  VEC_PUSH(&spans->span, span);
}

/* lcs[i * (bn + 1) + j]: tokens in common from a[i] and b[j] on. */
static uint16_t *table(const struct tokens *a, const struct tokens *b) {
  size_t w = b->v.n + 1;
  uint16_t *lcs = mem_zero((a->v.n + 1) * w, sizeof *lcs);
  for (size_t i = a->v.n; i-- > 0;)
    for (size_t j = b->v.n; j-- > 0;) {
      uint16_t right = lcs[i * w + j + 1], below = lcs[(i + 1) * w + j];
      if (slice_eq(a->v.v[i], b->v.v[j]))
        lcs[i * w + j] = (uint16_t)(lcs[(i + 1) * w + j + 1] + 1);
      else
        lcs[i * w + j] = right > below ? right : below;
    }
  return lcs;
}

static void mark_tokens(struct slice a, struct slice b, const struct tokens *ta, const struct tokens *tb,
                        struct diff_spans *in_a, struct diff_spans *in_b) {
  uint16_t *lcs = table(ta, tb);
  size_t w = tb->v.n + 1, i = 0, j = 0;
  while (i < ta->v.n || j < tb->v.n) {
    struct slice x = i < ta->v.n ? ta->v.v[i] : a, y = j < tb->v.n ? tb->v.v[j] : b;
    if (i < ta->v.n && j < tb->v.n && slice_eq(x, y)) {
      i++, j++;
    } else if (j == tb->v.n || (i < ta->v.n && lcs[(i + 1) * w + j] >= lcs[i * w + j + 1])) {
      mark(in_a, (size_t)(x.p - a.p), x.n);
      i++;
    } else {
      mark(in_b, (size_t)(y.p - b.p), y.n);
      j++;
    }
  }
  free(lcs);
}

void diff_within(struct slice a, struct slice b, enum diff_unit unit, struct diff_spans *in_a,
                 struct diff_spans *in_b) {
  struct tokens ta = {{NULL, 0, 0}}, tb = {{NULL, 0, 0}};
  if (cut(a, unit, &ta) && cut(b, unit, &tb)) {
    mark_tokens(a, b, &ta, &tb, in_a, in_b);
  } else {
    size_t front = common_front(a, b), back = common_back(slice_from(a, front), slice_from(b, front));
    if (a.n > front + back)
      mark(in_a, front, a.n - front - back);
    if (b.n > front + back)
      mark(in_b, front, b.n - front - back);
  }
  VEC_CLEAR(&ta.v);
  VEC_CLEAR(&tb.v);
}

bool diff_alike(struct slice a, struct slice b) {
  a = slice_trim(a);
  b = slice_trim(b);
  size_t front = common_front(a, b), back = common_back(slice_from(a, front), slice_from(b, front));
  size_t shorter = a.n < b.n ? a.n : b.n;
  return shorter > 0 && (front + back) * 2 >= shorter;
}
