/*
 * JavaScript re-indented (ECMAScript 2024, 12). Strings, templates, regular expressions and comments are kept byte for
 * byte. Nothing is parsed: whether a "/" divides is judged by what stands before it, and where that is wrong, a regular
 * expression that does not end on its line is none.
 */
#include "brackets.h"

#define REGEX_MAX 2048
#define SHORT_MAX 72  /* braces that close within so many bytes stay on their line */
#define WIDE      100 /* a line of so many ends behind its next comma */
#define NAME_MAX  512

enum { IN_LINE_COMMENT = IN_OTHER, IN_COMMENT, IN_TEMPLATE };

static bool starts_name(int c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '#' || c == '@' || c >= 0x80;
}

static bool in_name(int c) {
  return starts_name(c) || (c >= '0' && c <= '9');
}

static size_t name_at(struct slice s) {
  size_t n = 0;
  while (n < s.n && n < NAME_MAX && in_name((unsigned char)s.p[n]))
    n++;
  return n;
}

/* ---- words ---- */

enum word { WORD_NONE, WORD_VALUE, WORD_BEFORE_VALUE, WORD_CONTROL };

static bool among(struct slice name, const char *words) {
  for (const char *p = words; *p;) {
    size_t n = strcspn(p, " ");
    if (n == name.n && memcmp(p, name.p, n) == 0)
      return true;
    p += n + (p[n] != 0);
  }
  return false;
}

static enum word word_of(struct slice name) {
  static const char *const value['z' - 'a' + 1] = {['s' - 'a'] = "super",
                                                   ['t' - 'a'] = "this true",
                                                   ['f' - 'a'] = "false",
                                                   ['n' - 'a'] = "null",
                                                   ['u' - 'a'] = "undefined"};
  static const char *const before['z' - 'a' + 1] = {['a' - 'a'] = "async await",
                                                    ['b' - 'a'] = "break",
                                                    ['c' - 'a'] = "case class const continue",
                                                    ['d' - 'a'] = "debugger default delete do",
                                                    ['e' - 'a'] = "else export extends",
                                                    ['f' - 'a'] = "finally function",
                                                    ['g' - 'a'] = "get",
                                                    ['i' - 'a'] = "import in instanceof",
                                                    ['l' - 'a'] = "let",
                                                    ['n' - 'a'] = "new",
                                                    ['o' - 'a'] = "of",
                                                    ['r' - 'a'] = "return",
                                                    ['s' - 'a'] = "static",
                                                    ['t' - 'a'] = "throw try typeof",
                                                    ['v' - 'a'] = "var void",
                                                    ['y' - 'a'] = "yield"};
  static const char *const control['z' - 'a' + 1] = {['c' - 'a'] = "catch",
                                                     ['f' - 'a'] = "for",
                                                     ['i' - 'a'] = "if",
                                                     ['s' - 'a'] = "switch",
                                                     ['w' - 'a'] = "while with"};
  if (name.n < 2 || name.n > 10 || *name.p < 'a' || *name.p > 'z')
    return WORD_NONE;
  int i = *name.p - 'a';
  if (control[i] && among(name, control[i]))
    return WORD_CONTROL;
  if (before[i] && among(name, before[i]))
    return WORD_BEFORE_VALUE;
  return value[i] && among(name, value[i]) ? WORD_VALUE : WORD_NONE;
}

static enum script_step name(struct pen *pen) {
  struct line_script *script = &pen->state->in.script;
  size_t n = name_at(pen->rest), behind;
  enum word word = script->last == '.' ? WORD_NONE : word_of(slice_sub(pen->rest, 0, n));
  bool first = script->last == '{' || script->last == ',';
  enum body_style style = word != WORD_NONE ? BODY_STYLE_WORD : BODY_STYLE_PLAIN;
  if (first && word == WORD_NONE) {
    struct pen look = *pen;
    look.rest = slice_from(pen->rest, n);
    if (script_ahead(&look, &behind) == ':')
      style = BODY_STYLE_KEY;
  }
  if (script_token(pen, n, style) == SCRIPT_BREAK)
    return SCRIPT_BREAK;
  script->value = word == WORD_NONE || word == WORD_VALUE;
  script->control = word == WORD_CONTROL;
  return SCRIPT_ON;
}

static enum script_step number(struct pen *pen) {
  size_t n = 1;
  while (n < pen->rest.n && n < NAME_MAX && (in_name((unsigned char)pen->rest.p[n]) || pen->rest.p[n] == '.'))
    n++;
  pen->state->in.script.value = true;
  return script_token(pen, n, BODY_STYLE_NUMBER);
}

/* ---- what is kept byte for byte ---- */

/* Bytes of the regular expression at the front with its flags; 0: it does not end on this line. */
static size_t regex(struct slice s) {
  bool class = false;
  for (size_t n = 1; n < s.n && n < REGEX_MAX && s.p[n] != '\n'; n++) {
    char c = s.p[n];
    if (c == '\\')
      n++;
    else if (c == '[' || c == ']')
      class = c == '[';
    else if (c == '/' && !class)
      return n + 1 + name_at(slice_from(s, n + 1));
  }
  return 0;
}

static enum script_step slash(struct pen *pen) {
  struct line_script *script = &pen->state->in.script;
  int c = pen_at(pen, 1);
  if (c == '/' || c == '*') {
    script->where = c == '/' ? IN_LINE_COMMENT : IN_COMMENT;
    pen_take(pen, 2, BODY_STYLE_DIM);
    return SCRIPT_ON;
  }
  size_t n = script->value ? 0 : regex(pen->rest);
  script->value = n > 0;
  return n ? script_token(pen, n, BODY_STYLE_STRING) : script_token(pen, 1, BODY_STYLE_PLAIN);
}

static enum script_step quote(struct pen *pen, char c) {
  struct line_script *script = &pen->state->in.script;
  script->where = c == '"' ? IN_QUOTES : c == '\'' ? IN_QUOTE : IN_TEMPLATE;
  script->value = true;
  script->last = (uint8_t)c;
  pen_take(pen, 1, BODY_STYLE_STRING);
  return SCRIPT_ON;
}

/* Up to its end, to code within it, or to the end of the line, which belongs to it. */
static enum script_step template_text(struct pen *pen) {
  struct line_script *script = &pen->state->in.script;
  struct slice rest = pen->rest;
  size_t n = 0, most = pen_room(pen, rest.n);
  for (; n < most && rest.p[n] != '`' && rest.p[n] != '\n'; n++) {
    if (rest.p[n] == '\\' && n + 1 < rest.n && rest.p[n + 1] != '\n')
      n++;
    else if (rest.p[n] == '$' && n + 1 < rest.n && rest.p[n + 1] == '{') {
      pen_take(pen, n, BODY_STYLE_STRING);
      pen_take(pen, 2, BODY_STYLE_PUNCT);
      bracket_open(pen->state, BRACKET_TEMPLATE);
      script->where = IN_CODE;
      script->value = false;
      script->last = '(';
      return SCRIPT_ON;
    }
  }
  if (n >= most || n >= rest.n) {
    pen_take(pen, n < rest.n ? n : rest.n, BODY_STYLE_STRING);
    return SCRIPT_BREAK;
  }
  if (rest.p[n] == '`') {
    pen_take(pen, n + 1, BODY_STYLE_STRING);
    script->where = IN_CODE;
    return SCRIPT_ON;
  }
  size_t text = n && rest.p[n - 1] == '\r' ? n - 1 : n;
  pen_take(pen, text, BODY_STYLE_STRING);
  pen_pass(pen, n + 1 - text);
  return SCRIPT_BREAK;
}

/* ---- brackets and what ends a line ---- */

/* Behind a "{": it closes again so soon, and without a statement in it, that it can stay on the line. */
static bool is_short(struct slice s) {
  for (size_t n = 1; n < s.n && n < SHORT_MAX; n++) {
    char c = s.p[n];
    if (c == '}')
      return true;
    if (memchr("{;\n/`\\", c, 6))
      return false;
    if (c == '"' || c == '\'') {
      ptrdiff_t end = slice_find_byte(slice_sub(s, n + 1, SHORT_MAX), c);
      if (end < 0 || memchr(s.p + n + 1, '\\', (size_t)end))
        return false;
      n += (size_t)end + 1;
    }
  }
  return false;
}

static enum script_step open_brace(struct pen *pen) {
  struct line_script *script = &pen->state->in.script;
  bool object = script->last && strchr("(,=:[?&|", script->last) && !script->value;
  bool stays = is_short(pen->rest);
  if (script_token(pen, 1, BODY_STYLE_PUNCT) == SCRIPT_BREAK)
    return SCRIPT_BREAK;
  script->value = false;
  bracket_open(pen->state, stays ? BRACKET_SHORT : object ? BRACKET_OBJECT : BRACKET_BLOCK);
  return stays || script_comment_behind(pen) ? SCRIPT_ON : SCRIPT_BREAK;
}

/* What follows a "}" on its line. */
static bool goes_on(const struct pen *pen, enum bracket closed) {
  size_t at;
  int c = script_ahead(pen, &at);
  if (c < 0 || script_comment_behind(pen))
    return true;
  if (closed == BRACKET_SHORT ? !starts_name(c) : strchr(")],;.(", c) != NULL)
    return true;
  if (closed == BRACKET_OBJECT && strchr("?:=&|+-*<>}!`", c))
    return true;
  struct slice ahead = slice_from(pen->rest, at);
  ahead = slice_sub(ahead, 0, name_at(ahead));
  return ahead.n > 1 && among(ahead, "else catch finally while from of in instanceof");
}

static enum script_step close_brace(struct pen *pen) {
  struct line_state *state = pen->state;
  struct line_script *script = &state->in.script;
  enum bracket top = bracket_top(state);
  if (top == BRACKET_TEMPLATE) {
    bracket_close(state);
    script->where = IN_TEMPLATE;
    return script_token(pen, 1, BODY_STYLE_PUNCT);
  }
  if (pen->n && top != BRACKET_SHORT && top != BRACKET_NONE)
    return SCRIPT_BREAK;
  if (script_token(pen, 1, BODY_STYLE_PUNCT) == SCRIPT_BREAK)
    return SCRIPT_BREAK;
  bracket_close(state);
  script->value = top == BRACKET_OBJECT || top == BRACKET_SHORT;
  return goes_on(pen, top) ? SCRIPT_ON : SCRIPT_BREAK;
}

static enum script_step bracket(struct pen *pen, char c) {
  struct line_script *script = &pen->state->in.script;
  bool control = script->control && c == '(';
  if (script_token(pen, 1, BODY_STYLE_PUNCT) == SCRIPT_BREAK)
    return SCRIPT_BREAK;
  script->control = false;
  script->value = false;
  if (c == '(' || c == '[')
    bracket_open(pen->state, c == '[' ? BRACKET_SQUARE : control ? BRACKET_CONTROL : BRACKET_PAREN);
  else
    script->value = bracket_close(pen->state) != BRACKET_CONTROL;
  return SCRIPT_ON;
}

static enum script_step end_of_part(struct pen *pen, char c) {
  enum bracket top = bracket_top(pen->state);
  bool ends = top == BRACKET_BLOCK || top == BRACKET_NONE || top == BRACKET_OBJECT;
  if (c == ',' && top != BRACKET_OBJECT)
    ends = pen->n >= WIDE && top != BRACKET_SHORT;
  if (script_token(pen, 1, BODY_STYLE_PUNCT) == SCRIPT_BREAK)
    return SCRIPT_BREAK;
  pen->state->in.script.value = false;
  return !ends || script_comment_behind(pen) ? SCRIPT_ON : SCRIPT_BREAK;
}

static enum script_step operators(struct pen *pen, char c) {
  struct line_script *script = &pen->state->in.script;
  bool twice = (c == '+' || c == '-') && pen_at(pen, 1) == c;
  bool arrow = c == '=' && pen_at(pen, 1) == '>';
  if (script_token(pen, twice || arrow ? 2 : 1, BODY_STYLE_PLAIN) == SCRIPT_BREAK)
    return SCRIPT_BREAK;
  script->value &= twice; /* i++ / 2 */
  script->control = false;
  return SCRIPT_ON;
}

static enum script_step code(struct pen *pen) {
  char c = *pen->rest.p;
  if (pen_blank(c))
    return script_blanks(pen);
  if (pen->n >= LINE_BYTES)
    return SCRIPT_BREAK;
  switch (c) {
  case '/':
    return slash(pen);
  case '"':
  case '\'':
  case '`':
    return quote(pen, c);
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
  case ',':
    return end_of_part(pen, c);
  default:
    if (c >= '0' && c <= '9')
      return number(pen);
    return starts_name((unsigned char)c) ? name(pen) : operators(pen, c);
  }
}

static enum script_step comment(struct pen *pen) {
  struct line_script *script = &pen->state->in.script;
  size_t n = pen->rest.n;
  if (script->where == IN_COMMENT) {
    if (!pen_until(pen, "*/", BODY_STYLE_DIM))
      return SCRIPT_BREAK;
    script->where = IN_CODE;
    return SCRIPT_ON;
  }
  pen_until(pen, "\n", BODY_STYLE_DIM);
  bool ended = pen->rest.n < n && pen->rest.p[-1] == '\n';
  if (ended)
    script->where = IN_CODE;
  return SCRIPT_BREAK;
}

static enum script_step within(struct pen *pen) {
  return pen->state->in.script.where == IN_TEMPLATE ? template_text(pen) : comment(pen);
}

bool line_js_next(struct slice rest, struct line_state *state, struct body_line *out) {
  return script_line(rest, state, out, code, within);
}
