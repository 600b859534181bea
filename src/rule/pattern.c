#include "rule/pattern.h"

#include <stdlib.h>

#include "rule/pattern_code.h"
#include "rule/words.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"

#define MATCH_LIMIT    1000000
#define DEPTH_LIMIT    100000
#define HEAP_LIMIT_KIB (16 * 1024)
#define TIME_LIMIT     (50 * CLOCK_MS) /* for all matches in one subject */

struct pattern *pattern_ref(struct pattern *p) {
  p->refs++;
  return p;
}

void pattern_free(struct pattern *p) {
  if (!p || --p->refs)
    return;
  pcre2_code_free(p->code);
  pcre2_match_data_free(p->match);
  pcre2_match_context_free(p->limits);
  free(p->from);
  free(p->to);
  free(p);
}

static bool compile(struct pattern *p, bool caseless, struct err *err) {
  int code;
  PCRE2_SIZE at;
  uint32_t options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_DOTALL | (caseless ? PCRE2_CASELESS : 0);
  p->code = pcre2_compile((PCRE2_SPTR)p->from, p->from_n, options, &code, &at, NULL);
  if (!p->code) {
    PCRE2_UCHAR text[120];
    pcre2_get_error_message(code, text, sizeof text);
    return err_set_at(err, at, 1, "%s", (const char *)text);
  }
  p->flows = pattern_scan(p->code, slice_make(p->from, p->from_n), &p->looks_back);
  pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE); /* without it the interpreter does the same, slower */
  if (p->flows)
    pcre2_jit_compile(p->code, PCRE2_JIT_PARTIAL_HARD);
  p->match = pcre2_match_data_create_from_pattern(p->code, NULL);
  p->limits = pcre2_match_context_create(NULL);
  pcre2_set_match_limit(p->limits, MATCH_LIMIT);
  pcre2_set_depth_limit(p->limits, DEPTH_LIMIT);
  pcre2_set_heap_limit(p->limits, HEAP_LIMIT_KIB);
  return true;
}

/* A replacement that names a group which is not there would fail at every match. */
static bool replacement_is_good(const struct pattern *p, struct err *err) {
  PCRE2_UCHAR out[64];
  PCRE2_SIZE n = sizeof out;
  int code = pcre2_substitute(p->code, (PCRE2_SPTR) "", 0, 0, PCRE2_SUBSTITUTE_OVERFLOW_LENGTH, p->match, p->limits,
                              (PCRE2_SPTR)p->to, p->to_n, out, &n);
  if (code == PCRE2_ERROR_BADREPLACEMENT || code == PCRE2_ERROR_BADREPESCAPE || code == PCRE2_ERROR_NOSUBSTRING ||
      code == PCRE2_ERROR_REPMISSINGBRACE)
    return err_set(err,
                   "the replacement names a group that the pattern has not: $1, ${1} and ${name} stand for groups");
  uint32_t groups = 0;
  pcre2_pattern_info(p->code, PCRE2_INFO_CAPTURECOUNT, &groups);
  for (size_t i = 0; i + 1 < p->to_n; i++) {
    if (p->to[i] != '$')
      continue;
    if (p->to[i + 1] >= '0' && p->to[i + 1] <= '9' && (uint32_t)strtoul(p->to + i + 1, NULL, 10) > groups)
      return err_set(err, "the pattern has %u groups: $%lu is not one of them", (unsigned)groups,
                     strtoul(p->to + i + 1, NULL, 10));
    i++;
  }
  return true;
}

struct pattern *pattern_new(struct slice from, struct slice to, bool regex, bool caseless, struct err *err) {
  struct pattern *p = mem_zero(1, sizeof *p);
  p->refs = 1;
  p->flows = true;
  p->from = mem_dup_n(from.p ? from.p : "", from.n);
  p->from_n = from.n;
  p->to = mem_dup_n(to.p ? to.p : "", to.n);
  p->to_n = to.n;
  bool good = from.n > 0 || err_set(err, "what is to be replaced is empty");
  if (good && regex)
    good = compile(p, caseless, err) && replacement_is_good(p, err);
  if (!good) {
    pattern_free(p);
    return NULL;
  }
  return p;
}

/* /regex/ with \/ for a slash; everything else stays as it is. */
static bool take_regex(struct slice whole, struct slice *rest, struct buf *from, bool *caseless, struct err *err) {
  struct slice s = *rest;
  size_t at = 1;
  while (at < s.n && s.p[at] != '/') {
    if (s.p[at] == '\\' && at + 1 < s.n) {
      if (s.p[at + 1] != '/')
        buf_add_byte(from, '\\');
      at++;
    }
    buf_add_byte(from, s.p[at++]);
  }
  if (at >= s.n)
    return err_set_at(err, words_place(whole, s), s.n, "the closing / is missing");
  at++;
  *caseless = at < s.n && s.p[at] == 'i';
  *rest = slice_trim(slice_from(s, at + (*caseless ? 1 : 0)));
  return true;
}

struct pattern *pattern_parse(struct slice whole, struct slice *rest, struct err *err) {
  struct buf from = BUF_INIT, to = BUF_INIT;
  struct pattern *p = NULL;
  bool regex = false, caseless = false;
  *rest = slice_trim(*rest);
  size_t place = words_place(whole, *rest);
  if (rest->n == 0 || (rest->p[0] != '/' && rest->p[0] != '"')) {
    err_set_at(err, place, rest->n,
               "what is to be replaced stands in quotes or as /regex/, and behind it what takes its place");
    goto out;
  }
  regex = rest->p[0] == '/';
  if (regex ? !take_regex(whole, rest, &from, &caseless, err) : !words_text(whole, rest, &from, err))
    goto out;
  if (rest->n == 0) {
    err_set_at(err, whole.n, 0, "and what takes its place? \"\" for nothing");
    goto out;
  }
  if (!words_text(whole, rest, &to, err))
    goto out;
  struct err why = ERR_INIT;
  p = pattern_new(buf_slice(&from), buf_slice(&to), regex, caseless, &why);
  if (!p)
    err_set_at(err, place + (regex ? why.at + 1 : 0), why.span, "%s", why.text);
out:
  buf_clear(&from);
  buf_clear(&to);
  return p;
}

struct pattern *pattern_parse_regex(struct slice whole, struct slice *rest, struct err *err) {
  struct buf from = BUF_INIT;
  struct pattern *p = NULL;
  struct err why = ERR_INIT;
  bool caseless = false;
  *rest = slice_trim(*rest);
  size_t place = words_place(whole, *rest);
  if (rest->n == 0 || rest->p[0] != '/')
    err_set_at(err, place, rest->n, "a regular expression stands between slashes: /\\/static/");
  else if (take_regex(whole, rest, &from, &caseless, err) &&
           !(p = pattern_new(buf_slice(&from), SLICE(""), true, caseless, &why)))
    err_set_at(err, place + why.at + 1, why.span, "%s", why.text);
  buf_clear(&from);
  return p;
}

static enum pattern_done replace_text(const struct pattern *p, struct slice subject, size_t max, struct buf *out) {
  struct slice from = slice_make(p->from, p->from_n), rest = subject;
  ptrdiff_t at = slice_find(rest, from);
  size_t before = out->n;
  if (at < 0)
    return PATTERN_NONE;
  for (; at >= 0; at = slice_find(rest, from)) {
    buf_add(out, rest.p, (size_t)at);
    buf_add(out, p->to, p->to_n);
    rest = slice_from(rest, (size_t)at + from.n);
    if (out->n - before > max)
      break;
  }
  buf_add_slice(out, rest);
  if (out->n - before <= max)
    return PATTERN_REPLACED;
  out->n = before;
  return PATTERN_LIMIT;
}

bool pattern_flows(const struct pattern *p) {
  return p->flows;
}

bool pattern_put(const struct pattern *p, struct slice subject, size_t at, size_t max, struct buf *out) {
  const uint32_t options = PCRE2_NO_UTF_CHECK | PCRE2_SUBSTITUTE_MATCHED | PCRE2_SUBSTITUTE_REPLACEMENT_ONLY |
                           PCRE2_SUBSTITUTE_OVERFLOW_LENGTH | PCRE2_SUBSTITUTE_UNSET_EMPTY;
  PCRE2_SIZE room = p->to_n + 256;
  for (int tries = 2; tries > 0 && room <= max + 256; tries--) {
    PCRE2_SIZE n = room;
    int code = pcre2_substitute(p->code, (PCRE2_SPTR)subject.p, subject.n, at, options, p->match, p->limits,
                                (PCRE2_SPTR)p->to, p->to_n, (PCRE2_UCHAR *)buf_reserve(out, room), &n);
    if (code >= 0) {
      out->n += n;
      return true;
    }
    if (code != PCRE2_ERROR_NOMEMORY)
      return false;
    room = n; /* it says how much it needs */
  }
  return false;
}

/* One match after the other, so that the clock is looked at between them. */
static enum pattern_done replace_regex(const struct pattern *p, struct slice subject, size_t max, struct buf *out) {
  size_t at = 0, copied = 0, before = out->n;
  uint64_t deadline = clock_mono() + TIME_LIMIT;
  enum pattern_done done = PATTERN_NONE;
  const uint32_t behind_empty = PCRE2_NOTEMPTY_ATSTART | PCRE2_ANCHORED;
  uint32_t options = 0;
  while (at <= subject.n) {
    int code =
        pcre2_match(p->code, (PCRE2_SPTR)subject.p, subject.n, at, options | PCRE2_NO_UTF_CHECK, p->match, p->limits);
    if (code == PCRE2_ERROR_NOMATCH && options == behind_empty) {
      at++;
      options = 0;
      continue;
    }
    if (code == PCRE2_ERROR_NOMATCH)
      break;
    const PCRE2_SIZE *place = pcre2_get_ovector_pointer(p->match);
    bool good = code > 0 && place[0] >= copied && place[1] >= place[0] && clock_mono() < deadline;
    PCRE2_SIZE from = good ? place[0] : 0, to = good ? place[1] : 0; /* the next call writes over them */
    if (good)
      buf_add(out, subject.p + copied, from - copied);
    if (!good || !pattern_put(p, subject, at, max, out) || out->n - before > max) {
      out->n = before;
      return PATTERN_LIMIT;
    }
    done = PATTERN_REPLACED;
    copied = at = to;
    options = from == to ? behind_empty : 0;
  }
  if (done == PATTERN_REPLACED)
    buf_add(out, subject.p + copied, subject.n - copied);
  return done;
}

enum pattern_done pattern_replace(const struct pattern *p, struct slice subject, size_t max, struct buf *out) {
  if (!subject.p)
    subject = SLICE("");
  return p->code ? replace_regex(p, subject, max, out) : replace_text(p, subject, max, out);
}

bool pattern_behind(const struct pattern *p, struct slice subject, struct slice *behind) {
  if (!p->code || !subject.p ||
      pcre2_match(p->code, (PCRE2_SPTR)subject.p, subject.n, 0, PCRE2_NO_UTF_CHECK, p->match, p->limits) <= 0)
    return false;
  const PCRE2_SIZE *place = pcre2_get_ovector_pointer(p->match);
  bool group = pcre2_get_ovector_count(p->match) > 1;
  if (group && place[2] == PCRE2_UNSET)
    *behind = slice_sub(subject, 0, 0);
  else if (group)
    *behind = slice_sub(subject, place[2], place[3] - place[2]);
  else
    *behind = slice_from(subject, place[1]);
  return true;
}
