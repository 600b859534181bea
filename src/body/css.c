/*
 * Style sheets re-indented (CSS Syntax Level 3): a declaration a line. Strings, url(...) and comments are kept byte for
 * byte.
 */
#include "brackets.h"

#define NAME_MAX 512
#define WIDE     100

enum { IN_COMMENT = IN_OTHER, IN_URL };

static bool in_name(int c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c >= 0x80;
}

static size_t name_at(struct slice s) {
  size_t n = 0;
  while (n < s.n && n < NAME_MAX && in_name((unsigned char)s.p[n]))
    n++;
  return n;
}

/* Behind the first word of a line: a colon, and no "{" before what ends a declaration. "a:hover{" is none. */
static bool is_property(struct slice s) {
  size_t n = 0;
  while (n < s.n && pen_blank(s.p[n]) && n < 16)
    n++;
  if (n == s.n || s.p[n] != ':')
    return false;
  for (; n < s.n && n < 512; n++) {
    if (s.p[n] == '(')
      return true; /* of a selector's too, seldom */
    if (s.p[n] == ';' || s.p[n] == '}' || s.p[n] == '{')
      return s.p[n] != '{';
  }
  return true;
}

static enum script_step name(struct pen *pen) {
  struct line_script *script = &pen->state->in.script;
  size_t n = name_at(pen->rest);
  char c = *pen->rest.p;
  enum body_style style = BODY_STYLE_PLAIN;
  if (script->declares)
    style = c >= '0' && c <= '9' ? BODY_STYLE_NUMBER : BODY_STYLE_STRING;
  else if (!pen->n && script->open && is_property(slice_from(pen->rest, n)))
    style = BODY_STYLE_KEY;
  bool url = n == 3 && slice_starts_ascii(pen->rest, SLICE("url")) && pen_at(pen, 3) == '(';
  if (script_token(pen, n, style) == SCRIPT_BREAK)
    return SCRIPT_BREAK;
  if (style == BODY_STYLE_KEY)
    script->declares = true;
  int first = pen_at(pen, 1);
  if (url && first != '"' && first != '\'') {
    pen_take(pen, 1, BODY_STYLE_PUNCT);
    script->where = IN_URL;
  }
  return SCRIPT_ON;
}

static enum script_step open_brace(struct pen *pen) {
  struct line_script *script = &pen->state->in.script;
  size_t at;
  if (script_token(pen, 1, BODY_STYLE_PUNCT) == SCRIPT_BREAK)
    return SCRIPT_BREAK;
  script->declares = false;
  bool empty = script_ahead(pen, &at) == '}' && !at;
  bracket_open(pen->state, empty ? BRACKET_SHORT : BRACKET_BLOCK);
  return empty || script_comment_behind(pen) ? SCRIPT_ON : SCRIPT_BREAK;
}

static enum script_step close_brace(struct pen *pen) {
  struct line_script *script = &pen->state->in.script;
  enum bracket top = bracket_top(pen->state);
  if (pen->n && top != BRACKET_SHORT && top != BRACKET_NONE)
    return SCRIPT_BREAK;
  if (script_token(pen, 1, BODY_STYLE_PUNCT) == SCRIPT_BREAK)
    return SCRIPT_BREAK;
  bracket_close(pen->state);
  script->declares = false;
  return pen_at(pen, 0) == ';' || script_comment_behind(pen) ? SCRIPT_ON : SCRIPT_BREAK;
}

static enum script_step bracket(struct pen *pen, char c) {
  if (script_token(pen, 1, BODY_STYLE_PUNCT) == SCRIPT_BREAK)
    return SCRIPT_BREAK;
  if (c == '(' || c == '[')
    bracket_open(pen->state, c == '(' ? BRACKET_PAREN : BRACKET_SQUARE);
  else
    bracket_close(pen->state);
  return SCRIPT_ON;
}

static enum script_step semicolon(struct pen *pen) {
  enum bracket top = bracket_top(pen->state);
  if (script_token(pen, 1, BODY_STYLE_PUNCT) == SCRIPT_BREAK)
    return SCRIPT_BREAK;
  if (top == BRACKET_PAREN || top == BRACKET_SQUARE)
    return SCRIPT_ON;
  pen->state->in.script.declares = false;
  return script_comment_behind(pen) ? SCRIPT_ON : SCRIPT_BREAK;
}

static enum script_step punctuation(struct pen *pen, char c) {
  size_t n = 1 + (strchr("@!#.:", c) ? name_at(slice_from(pen->rest, 1)) : 0);
  bool declares = pen->state->in.script.declares;
  enum body_style style = BODY_STYLE_PUNCT;
  if (c == '@' || c == '!')
    style = BODY_STYLE_WORD;
  else if (c == '#' || c == '.')
    style = declares ? BODY_STYLE_NUMBER : BODY_STYLE_PLAIN;
  else
    n = 1;
  bool wide = c == ',' && pen->n >= WIDE;
  return script_token(pen, n, style) == SCRIPT_BREAK || wide ? SCRIPT_BREAK : SCRIPT_ON;
}

static enum script_step code(struct pen *pen) {
  struct line_script *script = &pen->state->in.script;
  char c = *pen->rest.p;
  if (pen_blank(c))
    return script_blanks(pen);
  if (pen->n >= LINE_BYTES)
    return SCRIPT_BREAK;
  if (c == '/' && pen_at(pen, 1) == '*') {
    pen_take(pen, 2, BODY_STYLE_DIM);
    script->where = IN_COMMENT;
    return SCRIPT_ON;
  }
  switch (c) {
  case '"':
  case '\'':
    script->where = c == '"' ? IN_QUOTES : IN_QUOTE;
    script->last = (uint8_t)c;
    pen_take(pen, 1, BODY_STYLE_STRING);
    return SCRIPT_ON;
  case '{':
    return open_brace(pen);
  case '}':
    return close_brace(pen);
  case '(':
  case ')':
  case '[':
  case ']':
    return bracket(pen, c);
  case ';':
    return semicolon(pen);
  default:
    return in_name((unsigned char)c) ? name(pen) : punctuation(pen, c);
  }
}

static enum script_step until(struct pen *pen, const char *end, enum body_style style) {
  if (!pen_until(pen, end, style))
    return SCRIPT_BREAK;
  pen->state->in.script.where = IN_CODE;
  return SCRIPT_ON;
}

static enum script_step within(struct pen *pen) {
  return pen->state->in.script.where == IN_URL ? until(pen, ")", BODY_STYLE_STRING) : until(pen, "*/", BODY_STYLE_DIM);
}

bool line_css_next(struct slice rest, struct line_state *state, struct body_line *out) {
  return script_line(rest, state, out, code, within);
}
