#define PCRE2_CODE_UNIT_WIDTH 8
#include "weir/filter/regex.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "guard.h"
#include "weir/base/clock.h"
#include "weir/base/mem.h"

#define MATCH_LIMIT    20000000
#define DEPTH_LIMIT    100000
#define HEAP_LIMIT_KIB (16 * 1024)
#define TIME_LIMIT     (2 * CLOCK_MS) /* of the processor's: what others do on the machine changes no answer */
#define TIME_A_BYTE    4              /* ns: a big subject may take longer */
#define CLOCK_EVERY    16             /* callouts between two looks at the clock */

struct watch {
  uint64_t limit;    /* ns, for this search */
  uint64_t deadline; /* 0: not looked at the clock yet in this search */
  uint64_t spent;    /* by the processor's clock when the deadline was set */
  unsigned calls;
};

struct regex {
  pcre2_code *code;
  pcre2_match_data *match;
  pcre2_match_context *limits;
  struct watch *watch; /* of its own, so that searching leaves the pattern itself alone */
  uint32_t looks_back;
  bool wants_all;
};

static uint64_t processor_time(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (uint64_t)t.tv_sec * CLOCK_S + (uint64_t)t.tv_nsec;
}

static int look_at_clock(pcre2_callout_block *block, void *arg) {
  struct watch *w = arg;
  (void)block;
  if (++w->calls % CLOCK_EVERY)
    return 0;
  uint64_t now = clock_mono();
  if (!w->deadline) {
    w->deadline = now + w->limit;
    w->spent = processor_time();
  }
  if (now <= w->deadline)
    return 0;
  uint64_t spent = processor_time() - w->spent;
  if (spent >= w->limit)
    return PCRE2_ERROR_CALLOUT;
  w->deadline = now + w->limit - spent; /* others had the processor meanwhile */
  return 0;
}

bool regex_is_literal(struct slice pattern) {
  for (size_t i = 0; i < pattern.n; i++)
    if (!pattern.p[i] || strchr("\\^$.[]|()?*+{}", pattern.p[i]))
      return false;
  return true;
}

static uint32_t compile_options(unsigned flags) {
  uint32_t options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP;
  if (!(flags & REGEX_CASE))
    options |= PCRE2_CASELESS;
  if (flags & REGEX_LINES)
    options |= PCRE2_MULTILINE;
  if (flags & REGEX_DOT_ALL)
    options |= PCRE2_DOTALL;
  if (flags & REGEX_WHOLE)
    options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
  if (flags & REGEX_PARTS)
    options |= PCRE2_USE_OFFSET_LIMIT;
  return options;
}

static pcre2_code *compile(struct slice pattern, unsigned flags, uint32_t more, struct err *err) {
  pcre2_compile_context *context = pcre2_compile_context_create(NULL);
  int code;
  PCRE2_SIZE at;
  if (!context) {
    err_set(err, "no memory for the pattern");
    return NULL;
  }
  pcre2_set_newline(context, flags & REGEX_LINES ? PCRE2_NEWLINE_ANYCRLF : PCRE2_NEWLINE_LF);
  pcre2_code *made = pcre2_compile((PCRE2_SPTR)(pattern.n ? pattern.p : ""), pattern.n, compile_options(flags) | more,
                                   &code, &at, context);
  pcre2_compile_context_free(context);
  if (!made) {
    PCRE2_UCHAR text[160];
    pcre2_get_error_message(code, text, sizeof text);
    err_set_at(err, at < pattern.n ? at : pattern.n, 1, "not a regular expression: %s", (const char *)text);
  }
  return made;
}

/* First as it stands, for the errors and their places; then, where it can repeat, with callouts to look at the clock.
 */
static pcre2_code *compile_guarded(struct slice pattern, unsigned flags, struct err *err) {
  pcre2_code *plain = compile(pattern, flags, 0, err), *guarded = NULL;
  struct buf with_callouts = BUF_INIT;
  if (!plain)
    return NULL;
  enum guard guard = guard_pattern(pattern, &with_callouts);
  if (guard == GUARD_PLACED)
    guarded = compile(buf_slice(&with_callouts), flags, 0, NULL);
  else if (guard == GUARD_UNSURE)
    guarded = compile(pattern, flags, PCRE2_AUTO_CALLOUT, NULL);
  buf_clear(&with_callouts);
  if (!guarded && guard == GUARD_PLACED)
    guarded = compile(pattern, flags, PCRE2_AUTO_CALLOUT, NULL);
  if (!guarded)
    return plain;
  pcre2_code_free(plain);
  return guarded;
}

/* "(?=" "(?!" \\z \\Z \\G \\K; in doubt yes. */
static bool asks_for_more(struct slice p) {
  for (size_t i = 0; i + 1 < p.n; i++) {
    if (p.p[i] == '\\' && strchr("zZGK", p.p[i + 1]))
      return true;
    if (p.p[i] == '(' && p.p[i + 1] == '?' && i + 2 < p.n && (p.p[i + 2] == '=' || p.p[i + 2] == '!'))
      return true;
  }
  return false;
}

struct regex *regex_new(struct slice pattern, unsigned flags, struct err *err) {
  pcre2_code *code = compile_guarded(pattern, flags, err);
  if (!code)
    return NULL;
  struct regex *r = mem_zero(1, sizeof *r);
  r->code = code;
  r->watch = mem_zero(1, sizeof *r->watch);
  r->match = pcre2_match_data_create(1, NULL);
  r->limits = pcre2_match_context_create(NULL);
  if (!r->match || !r->limits) {
    regex_free(r);
    err_set(err, "no memory for the pattern");
    return NULL;
  }
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* where it fails, the interpreter does the work */
  if (flags & REGEX_PARTS)
    pcre2_jit_compile(code, PCRE2_JIT_PARTIAL_SOFT);
  pcre2_pattern_info(code, PCRE2_INFO_MAXLOOKBEHIND, &r->looks_back);
  r->wants_all = flags & REGEX_WHOLE || asks_for_more(pattern);
  pcre2_set_match_limit(r->limits, MATCH_LIMIT);
  pcre2_set_depth_limit(r->limits, DEPTH_LIMIT);
  pcre2_set_heap_limit(r->limits, HEAP_LIMIT_KIB);
  pcre2_set_callout(r->limits, look_at_clock, r->watch);
  return r;
}

void regex_free(struct regex *r) {
  if (!r)
    return;
  pcre2_match_context_free(r->limits);
  pcre2_match_data_free(r->match);
  pcre2_code_free(r->code);
  free(r->watch);
  free(r);
}

size_t regex_looks_back(const struct regex *r) {
  return r->looks_back;
}

bool regex_wants_all(const struct regex *r) {
  return r->wants_all;
}

static int search(const struct regex *r, struct slice subject, size_t from, uint32_t options) {
  PCRE2_SPTR text = (PCRE2_SPTR)(subject.n ? subject.p : "");
  *r->watch = (struct watch){.limit = TIME_LIMIT + (subject.n - from) * TIME_A_BYTE};
  int found = pcre2_match(r->code, text, subject.n, from, options, r->match, r->limits);
  if (found == PCRE2_ERROR_JIT_STACKLIMIT)
    found = pcre2_match(r->code, text, subject.n, from, options | PCRE2_NO_JIT, r->match, r->limits);
  return found;
}

bool regex_search(const struct regex *r, struct slice subject, bool *limit_hit) {
  int found = search(r, subject, 0, 0);
  if (found < 0 && found != PCRE2_ERROR_NOMATCH)
    *limit_hit = true;
  return found >= 0;
}

bool regex_find(const struct regex *r, struct slice subject, size_t from, size_t *at, size_t *n) {
  const PCRE2_SIZE *place = pcre2_get_ovector_pointer(r->match);
  if (from >= subject.n || search(r, subject, from, PCRE2_NOTEMPTY) < 0 || place[1] <= place[0])
    return false;
  *at = place[0];
  *n = place[1] - place[0];
  return true;
}

/* A match at the very end of a part may be one only because the part ends there: $ also before a last line end. */
#define NEAR_END 2

enum regex_found regex_search_part(const struct regex *r, struct slice part, size_t from, size_t until, bool last,
                                   size_t *open) {
  pcre2_set_offset_limit(r->limits, until < part.n ? until : PCRE2_UNSET);
  int found = search(r, part, from, last ? 0 : PCRE2_PARTIAL_SOFT);
  pcre2_set_offset_limit(r->limits, PCRE2_UNSET);
  const PCRE2_SIZE *place = pcre2_get_ovector_pointer(r->match);
  if (found >= 0 && (last || place[1] + NEAR_END < part.n))
    return REGEX_YES;
  if (found == PCRE2_ERROR_NOMATCH)
    return REGEX_NO;
  if (found < 0 && found != PCRE2_ERROR_PARTIAL)
    return REGEX_LIMIT;
  *open = place[0] > from ? place[0] : from;
  return REGEX_OPEN;
}
