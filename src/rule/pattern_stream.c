/*
 * Replacing in a subject that comes in pieces. What is held back is never more than may still become a match: of a text
 * the letters of it that the piece ends in (Knuth, Morris, Pratt), of a regular expression what PCRE2 calls a partial
 * match. A result that PCRE2 gives with PCRE2_PARTIAL_HARD did not look at the end of what is there, so that it would be
 * the same with all of the subject; before the place where it looks next so much is kept as it may look back.
 */
#include <stdlib.h>

#include "rule/pattern_code.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"

#define SLICE_TIME      (2 * CLOCK_MS)
#define REPLACEMENT_MAX (8 * 1024 * 1024) /* of one match */
#define AT_ONCE         (64 * 1024)       /* a match that is open longer is looked at again when it has doubled */

struct pattern_stream {
  struct pattern *pattern;
  struct buf held;   /* what stands before `at` has been looked at */
  size_t at, copied; /* where it is looked next; what stands before `copied` has gone out */
  size_t again;      /* with less than this the answer would be the same: more is needed */
  bool behind_empty; /* the match that ended at `at` was empty */
  bool acted, stopped;
  bool too_long, too_slow, told_long, told_slow;
  size_t matched;     /* of a text: so many of its letters stand before `at` */
  uint32_t *fallback; /* ... where n of them stand, the next shorter beginning that stands there too */
};

/* fallback[n]: the longest beginning of the text, shorter than n, that its first n letters end in. */
static uint32_t *make_fallback(const struct pattern *p) {
  uint32_t *v = mem_zero(p->from_n + 1, sizeof *v), k = 0;
  for (size_t i = 1; i < p->from_n; i++) {
    while (k && p->from[i] != p->from[k])
      k = v[k];
    k += p->from[i] == p->from[k];
    v[i + 1] = k;
  }
  return v;
}

struct pattern_stream *pattern_stream_new(struct pattern *p) {
  struct pattern_stream *s = mem_zero(1, sizeof *s);
  s->pattern = pattern_ref(p);
  if (!p->code)
    s->fallback = make_fallback(p);
  return s;
}

void pattern_stream_free(struct pattern_stream *s) {
  if (!s)
    return;
  pattern_free(s->pattern);
  buf_clear(&s->held);
  free(s->fallback);
  free(s);
}

void pattern_stream_put(struct pattern_stream *s, struct slice piece) {
  buf_add_slice(&s->held, piece);
}

bool pattern_stream_acted(const struct pattern_stream *s) {
  return s->acted;
}

const char *pattern_stream_trouble(struct pattern_stream *s) {
  if (s->too_slow && !s->told_slow) {
    s->told_slow = true;
    return "its pattern takes too long here: the rest passed as it came";
  }
  if (s->too_long && !s->told_long) {
    s->told_long = true;
    return "what may be a match is longer than 256 KiB: that passed as it came";
  }
  return NULL;
}

void pattern_stream_stop(struct pattern_stream *s) {
  s->stopped = true;
}

static void pass(struct pattern_stream *s, size_t until, struct buf *out) {
  if (until > s->copied)
    buf_add(out, s->held.p + s->copied, until - s->copied);
  if (until > s->copied)
    s->copied = until;
}

/* Drops what nobody looks at any more. */
static void forget(struct pattern_stream *s) {
  size_t back = s->pattern->code ? s->pattern->looks_back : 0;
  size_t gone = s->at > back ? s->at - back : 0;
  if (gone > s->copied)
    gone = s->copied;
  if (!gone)
    return;
  buf_remove(&s->held, 0, gone);
  s->at -= gone;
  s->copied -= gone;
  s->again -= s->again < gone ? s->again : gone;
}

static bool take_stopped(struct pattern_stream *s, struct buf *out) {
  buf_add(out, s->pattern->from, s->matched);
  s->matched = 0;
  pass(s, s->held.n, out);
  s->at = s->held.n;
  s->again = 0;
  forget(s);
  return false;
}

/* ---- a text ---- */

/* Letters that were held back, and are no part of a match after all, go out from the pattern: they are the same. */
static bool take_text(struct pattern_stream *s, bool last, size_t most, struct buf *out) {
  const struct pattern *p = s->pattern;
  struct slice in = slice_from(buf_slice(&s->held), s->at);
  size_t k = s->matched, before = out->n, i = 0;
  while (i < in.n && out->n - before < most) {
    if (!k) { /* on to where its first letter stands */
      ptrdiff_t next = slice_find_byte(slice_sub(slice_from(in, i), 0, most), p->from[0]);
      size_t n = next >= 0 ? (size_t)next : in.n - i < most ? in.n - i : most;
      buf_add(out, in.p + i, n);
      i += n;
      if (next < 0)
        continue;
    }
    while (k && in.p[i] != p->from[k]) {
      buf_add(out, p->from, k - s->fallback[k]);
      k = s->fallback[k];
    }
    if (in.p[i] == p->from[k])
      k++;
    else
      buf_add(out, in.p + i, 1);
    i++;
    if (k == p->from_n) {
      buf_add(out, p->to, p->to_n);
      s->acted = true;
      k = 0;
    }
  }
  s->matched = k;
  s->at = s->copied = s->at + i;
  bool more = s->at < s->held.n;
  if (last && !more) {
    buf_add(out, p->from, k);
    s->matched = 0;
  }
  forget(s);
  return more;
}

/* ---- a regular expression ---- */

static int find(const struct pattern_stream *s, bool last, size_t at, bool behind_empty) {
  const struct pattern *p = s->pattern;
  uint32_t options = PCRE2_NO_UTF_CHECK | (last ? 0 : PCRE2_PARTIAL_HARD);
  if (behind_empty)
    options |= PCRE2_NOTEMPTY_ATSTART | PCRE2_ANCHORED;
  return pcre2_match(p->code, (PCRE2_SPTR)(s->held.p ? s->held.p : ""), s->held.n, at, options, p->match, p->limits);
}

/* From `from` on it depends on what follows. */
static void hold(struct pattern_stream *s, size_t from, struct buf *out) {
  size_t n = s->held.n, open = n - from;
  pass(s, from, out);
  s->at = from;
  s->again = 0;
  if (open > PATTERN_HELD_MAX) {
    s->too_long = true;
    pass(s, n, out);
    s->at = n;
    s->behind_empty = false;
  } else if (open >= AT_ONCE) {
    s->again = open * 2 <= PATTERN_HELD_MAX ? n + open : from + PATTERN_HELD_MAX + 1;
  }
}

static bool replace_one(struct pattern_stream *s, struct buf *out) {
  const PCRE2_SIZE *place = pcre2_get_ovector_pointer(s->pattern->match);
  size_t from = place[0], to = place[1]; /* the next call writes over them */
  size_t before = out->n, copied = s->copied;
  struct slice subject = s->held.n ? buf_slice(&s->held) : SLICE("");
  if (from < copied || to < from)
    return false;
  pass(s, from, out);
  if (!pattern_put(s->pattern, subject, s->at, REPLACEMENT_MAX, out)) {
    s->copied = copied;
    out->n = before;
    return false;
  }
  s->acted = true;
  s->at = s->copied = to;
  s->behind_empty = from == to;
  return true;
}

/* The place behind the last byte is looked at when something stands there, or never will. */
static bool take_regex(struct pattern_stream *s, bool last, size_t most, struct buf *out) {
  size_t before = out->n;
  uint64_t deadline = clock_mono() + SLICE_TIME;
  bool more = false;
  while (last ? s->at <= s->held.n : s->at < s->held.n && s->held.n >= s->again) {
    if (out->n - before >= most || clock_mono() > deadline) {
      more = true;
      break;
    }
    int code = find(s, last, s->at, s->behind_empty);
    if (code == PCRE2_ERROR_PARTIAL) {
      size_t from = pcre2_get_ovector_pointer(s->pattern->match)[0];
      hold(s, from > s->at ? from : s->at, out);
      break;
    }
    if (code == PCRE2_ERROR_NOMATCH && s->behind_empty) {
      s->behind_empty = false;
      s->at++;
    } else if (code == PCRE2_ERROR_NOMATCH) {
      s->at = s->held.n + last;
    } else if (code < 0 || !replace_one(s, out)) {
      s->too_slow = true;
      return take_stopped(s, out);
    }
  }
  if (!more && s->at >= s->held.n)
    pass(s, s->held.n, out);
  if (!last)
    forget(s);
  return more;
}

bool pattern_stream_take(struct pattern_stream *s, bool last, size_t most, struct buf *out) {
  if (s->stopped || s->too_slow)
    return take_stopped(s, out);
  return s->pattern->code ? take_regex(s, last, most, out) : take_text(s, last, most, out);
}
