/*
 * Can a regular expression be judged in pieces of a subject, each as it comes? PCRE2 says of a piece whether its end
 * matters for a match (PCRE2_PARTIAL_HARD), which is enough for most. Refused, and so run on the whole, is what would be
 * answered wrongly there:
 *
 *   $ and \Z, which look beyond the end of a piece without saying so; \z, \G, \K
 *   a ^ that is asked in the middle of a match, with (?m)
 *
 * what cannot be known from a piece soon:
 *
 *   .* and the like, whose match ends where the body does; .*? in a lookahead, or at the very beginning
 *
 * and what this reader does not follow: recursion, conditions, (*VERBS), callouts, (?x), (?U), (?-...).
 */
#include <stdlib.h>
#include <string.h>

#include "rule/pattern_code.h"

#define DEPTH_MOST      60
#define LOOKS_BACK_MOST (16 * 1024)
#define LINE_END        2 /* bytes before a place that ^ may look at */

struct group {
  bool wide;  /* something in it matches any byte */
  bool looks; /* it or one around it is a lookahead or lookbehind */
};

struct scan {
  const char *p, *end;
  struct group group[DEPTH_MOST];
  size_t depth;
  size_t behinds;  /* lookbehinds */
  bool lines;      /* (?m) */
  bool begun;      /* something stood before */
  bool from_start; /* ... and the first of it was ^ or \A */
  bool atom, wide; /* there is something that may be repeated; it can match any byte */
};

static bool at(const struct scan *s, const char *text) {
  size_t n = strlen(text);
  return (size_t)(s->end - s->p) >= n && memcmp(s->p, text, n) == 0;
}

static bool is_any(char c, const char *of) {
  return c && strchr(of, c);
}

static void is_atom(struct scan *s, bool wide) {
  s->atom = s->begun = true;
  s->wide = wide;
  s->group[s->depth].wide |= wide;
}

/* Behind `close`; false: it is not there. */
static bool skip_to(struct scan *s, char close) {
  const char *found = s->p < s->end ? memchr(s->p, close, (size_t)(s->end - s->p)) : NULL;
  if (found)
    s->p = found + 1;
  return found;
}

static bool scan_escape(struct scan *s) {
  if (++s->p >= s->end)
    return false;
  char c = *s->p++;
  if (is_any(c, "zZGKE"))
    return false;
  if (c == 'A' || c == 'b' || c == 'B') {
    s->from_start |= c == 'A' && !s->begun;
    s->begun = true;
    s->atom = false;
    return true;
  }
  if (c == 'Q') {
    while (s->p < s->end && !at(s, "\\E"))
      s->p++;
    s->p += at(s, "\\E") ? 2 : 0;
    is_atom(s, false);
    return true;
  }
  if (c == 'g' && s->p < s->end && is_any(*s->p, "<'"))
    return false;
  if (c == 'c' && s->p < s->end)
    s->p++;
  is_atom(s, is_any(c, "CXpP"));
  return !is_any(c, "xopPgkN") || !at(s, "{") || skip_to(s, '}');
}

/* \s and \S in one class, or the like, leave no byte out. */
static bool has_pair(const char *p, const char *end) {
  unsigned seen = 0;
  static const char letters[] = "sSdDwWhHvV";
  for (; p + 1 < end; p++)
    if (*p == '\\') {
      const char *found = p[1] ? strchr(letters, p[1]) : NULL;
      seen |= found ? 1u << (found - letters) : 0;
      p++;
    }
  return seen & seen >> 1 & 0x155;
}

static bool scan_class(struct scan *s) {
  const char *from = ++s->p;
  if (at(s, "^"))
    s->p++;
  if (at(s, "]"))
    s->p++;
  while (s->p < s->end && *s->p != ']') {
    if (at(s, "\\Q"))
      return false;
    if (at(s, "[:") || at(s, "[.") || at(s, "[=")) {
      const char *close = s->p + 2;
      while (close + 1 < s->end && !(*close == s->p[1] && close[1] == ']'))
        close++;
      s->p = close + 1 < s->end ? close + 2 : s->p + 1;
    } else {
      s->p += *s->p == '\\' && s->p + 1 < s->end ? 2 : 1;
    }
  }
  if (s->p >= s->end)
    return false;
  is_atom(s, has_pair(from, s->p));
  s->p++;
  return true;
}

static bool open_group(struct scan *s, bool looks) {
  if (s->depth + 1 >= DEPTH_MOST)
    return false;
  looks |= s->group[s->depth].looks;
  s->group[++s->depth] = (struct group){false, looks};
  s->atom = false;
  return true;
}

static bool close_group(struct scan *s) {
  if (!s->depth)
    return false;
  s->p++;
  bool wide = s->group[s->depth--].wide;
  is_atom(s, wide);
  return true;
}

/* (?i) and its like, with or without a group. */
static bool scan_options(struct scan *s) {
  for (; s->p < s->end && is_any(*s->p, "imsnJ"); s->p++)
    if (*s->p == 'm') {
      if (s->depth)
        return false;
      s->lines = true;
    }
  if (at(s, ":")) {
    s->p++;
    return !s->lines && open_group(s, false);
  }
  s->atom = false;
  return at(s, ")") && s->p++;
}

static bool scan_group(struct scan *s) {
  s->p++;
  if (at(s, "*"))
    return false;
  if (!at(s, "?"))
    return open_group(s, false);
  s->p++;
  if (at(s, "#")) {
    s->atom = false;
    return skip_to(s, ')');
  }
  if (at(s, "<*"))
    return false;
  if (at(s, "<=") || at(s, "<!")) {
    s->p += 2;
    s->behinds++;
    return open_group(s, true);
  }
  if (at(s, "=") || at(s, "!")) {
    s->p++;
    return open_group(s, true);
  }
  if (at(s, ":") || at(s, "|") || at(s, ">")) {
    s->p++;
    return open_group(s, false);
  }
  if (at(s, "P="))
    return skip_to(s, ')') && (is_atom(s, false), true);
  if (at(s, "P<") || at(s, "<"))
    return skip_to(s, '>') && open_group(s, false);
  if (at(s, "'"))
    return s->p++ && skip_to(s, '\'') && open_group(s, false);
  return scan_options(s);
}

static void skip_digits(const struct scan *s, const char **p) {
  while (*p < s->end && **p >= '0' && **p <= '9')
    ++*p;
}

/* A repeat stands here, and behind it where what it says ends; false: a brace that is none. */
static bool take_repeat(struct scan *s, bool *endless) {
  if (is_any(*s->p, "*+?")) {
    *endless = *s->p++ != '?';
    return true;
  }
  const char *p = s->p + 1, *low = p;
  skip_digits(s, &p);
  if (p == low || p >= s->end)
    return false;
  *endless = *p == ',' && p + 1 < s->end && p[1] == '}';
  if (*p == ',') {
    p++;
    skip_digits(s, &p);
  }
  if (p >= s->end || *p != '}')
    return false;
  s->p = p + 1;
  return true;
}

static bool scan_repeat(struct scan *s) {
  bool endless;
  if (!take_repeat(s, &endless)) {
    s->p++;
    is_atom(s, false);
    return true;
  }
  bool lazy = at(s, "?");
  s->p += lazy || at(s, "+");
  bool wide = s->atom && s->wide; /* another repeat may follow */
  return !endless || !wide || (lazy && !s->group[s->depth].looks);
}

static bool scan_caret(struct scan *s) {
  bool first = !s->begun && !s->depth;
  s->p++;
  s->from_start |= !s->begun;
  s->begun = true;
  s->atom = false;
  return !s->lines || first;
}

static bool scan_one(struct scan *s) {
  switch (*s->p) {
  case '\\':
    return scan_escape(s);
  case '[':
    return scan_class(s);
  case '(':
    return scan_group(s);
  case ')':
    return close_group(s);
  case '^':
    return scan_caret(s);
  case '$':
    s->p++;
    s->begun = true;
    s->atom = false;
    return s->lines;
  case '|':
    s->p++;
    s->begun = true;
    s->atom = false;
    return true;
  case '*':
  case '+':
  case '?':
  case '{':
    return scan_repeat(s);
  default:
    is_atom(s, *s->p == '.');
    s->p++;
    return true;
  }
}

bool pattern_scan(const pcre2_code *code, struct slice regex, size_t *looks_back) {
  struct scan s = {.p = regex.p, .end = regex.p + regex.n};
  uint32_t behind = 0, options = 0, newline = 0;
  while (s.p < s.end)
    if (!scan_one(&s))
      return false;
  pcre2_pattern_info(code, PCRE2_INFO_MAXLOOKBEHIND, &behind);
  pcre2_pattern_info(code, PCRE2_INFO_ALLOPTIONS, &options);
  pcre2_pattern_info(code, PCRE2_INFO_NEWLINE, &newline);
  if (((options & PCRE2_ANCHORED) && !s.from_start) || (s.lines && newline != PCRE2_NEWLINE_LF))
    return false;
  /* A lookbehind within another begins where that one has got to. */
  *looks_back = (size_t)behind * (s.behinds ? s.behinds : 1) + LINE_END;
  return *looks_back <= LOOKS_BACK_MOST;
}
