#include "ui/find_pattern.h"

#include <string.h>

#include "weir/filter/regex.h"

#define REGEX_BACK 4096 /* a longer match of a regular expression may be missed where bytes are cut */

static bool has_upper(struct slice s) {
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] >= 'A' && s.p[i] <= 'Z')
      return true;
  return false;
}

/* In a regular expression \S and the like say nothing of case. */
static bool pattern_has_upper(struct slice s) {
  for (size_t i = 0; i < s.n; i++)
    if (s.p[i] == '\\')
      i++;
    else if (s.p[i] >= 'A' && s.p[i] <= 'Z')
      return true;
  return false;
}

static int digit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

/* "66 74 79 70", "0x66747970" */
static bool set_values(struct buf *out, struct slice typed) {
  bool whole = slice_starts_ascii(typed, SLICE("0x"));
  struct slice rest = whole ? slice_from(typed, 2) : typed, pair;
  buf_reset(out);
  while (rest.n > 0) {
    if (whole) {
      pair = slice_sub(rest, 0, 2);
      rest = slice_from(rest, 2);
    } else if (!slice_split(&rest, ' ', &pair)) {
      break;
    }
    if (pair.n == 0)
      continue;
    if (pair.n != 2 || digit(pair.p[0]) < 0 || digit(pair.p[1]) < 0) {
      buf_reset(out);
      return false;
    }
    buf_add_byte(out, (char)(digit(pair.p[0]) * 16 + digit(pair.p[1])));
  }
  return out->n > 0;
}

void find_pattern_clear(struct find_pattern *p) {
  buf_clear(&p->text);
  regex_free(p->regex);
  *p = (struct find_pattern){.text = BUF_INIT};
}

bool find_pattern_set(struct find_pattern *p, struct slice typed, bool bytes, struct err *err) {
  find_pattern_clear(p);
  if (slice_starts(typed, SLICE("re:"))) {
    struct slice pattern = slice_from(typed, 3);
    if (pattern.n == 0)
      return true;
    p->regex = regex_new(pattern, REGEX_LINES | (pattern_has_upper(pattern) ? REGEX_CASE : 0), err);
    if (p->regex == NULL && err != NULL)
      err->at += 3;
    return p->regex != NULL;
  }
  if (bytes && set_values(&p->text, slice_trim(typed)))
    return true;
  if (bytes && typed.n > 2 && typed.p[0] == '"' && typed.p[typed.n - 1] == '"')
    typed = slice_sub(typed, 1, typed.n - 2);
  p->any_case = !has_upper(typed);
  buf_add_slice(&p->text, typed);
  return true;
}

bool find_pattern_at(const struct find_pattern *p, struct slice text, size_t from, size_t *at, size_t *n) {
  if (p->regex != NULL)
    return regex_find(p->regex, text, from, at, n);
  if (p->text.n == 0 || from > text.n)
    return false;
  struct slice rest = slice_from(text, from), needle = buf_slice(&p->text);
  ptrdiff_t found = p->any_case ? slice_find_ascii(rest, needle) : slice_find(rest, needle);
  *at = from + (size_t)(found < 0 ? 0 : found);
  *n = needle.n;
  return found >= 0;
}

size_t find_pattern_back(const struct find_pattern *p) {
  return p->regex != NULL ? REGEX_BACK : p->text.n > 0 ? p->text.n - 1 : 0;
}
