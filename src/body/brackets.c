#include "brackets.h"

#define KEPT     (LINE_STACK * 2) /* innermost brackets are known up to that many; further in all are alike */
#define OPEN_MAX 60000
#define INDENTS  8 /* beside an enum bracket, in half a byte */
#define AHEAD    256

static unsigned get(const struct line_state *state, unsigned i) {
  return state->stack[i / 2] >> (i % 2 * 4) & 15;
}

static void set(struct line_state *state, unsigned i, unsigned value) {
  uint8_t *byte = &state->stack[i / 2];
  unsigned shift = i % 2 * 4;
  *byte = (uint8_t)((*byte & ~(15u << shift)) | value << shift);
}

void bracket_open(struct line_state *state, enum bracket bracket) {
  struct line_script *script = &state->in.script;
  if (script->open < KEPT)
    set(state, script->open, bracket);
  if (script->open < OPEN_MAX)
    script->open++;
}

enum bracket bracket_close(struct line_state *state) {
  struct line_script *script = &state->in.script;
  if (!script->open)
    return BRACKET_NONE;
  script->open--;
  if (script->open < script->lowest)
    script->lowest = script->open;
  if (script->open >= KEPT)
    return BRACKET_BLOCK;
  unsigned found = get(state, script->open);
  if (found & INDENTS)
    state->depth--;
  return (enum bracket)(found & ~(unsigned)INDENTS);
}

enum bracket bracket_top(const struct line_state *state) {
  unsigned open = state->in.script.open;
  if (!open)
    return BRACKET_NONE;
  return open > KEPT ? BRACKET_BLOCK : (enum bracket)(get(state, open - 1) & ~(unsigned)INDENTS);
}

static bool top_indents(const struct line_state *state) {
  unsigned open = state->in.script.open;
  return open && open <= KEPT && get(state, open - 1) & INDENTS;
}

/* ) ] } */
static bool bracket_closes(int c) {
  return c == ')' || c == ']' || c == '}';
}

/* False: *more says whether there is an empty line, or none. */
static bool begin(struct pen *pen, bool *more) {
  struct line_state *state = pen->state;
  struct slice before = pen->rest;
  bool first = !state->at;
  int c = pen_peek(pen);
  unsigned ends = 0;
  for (size_t i = 0; i < pen->blanks; i++)
    ends += before.p[i] == '\n';
  /* the end of the line before was left for this one to see */
  if (c >= 0 && ends > 1 && !first && !bracket_closes(c) && state->in.script.last != '{') {
    pen->blanks = 0;
    state->level = state->depth;
    *more = true;
    return false;
  }
  *more = pen->rest.n > 0;
  if (c < 0)
    return false;
  state->closes = bracket_closes(c) && top_indents(state);
  state->in.script.lowest = state->in.script.open;
  pen_indent(pen, state->depth - state->closes);
  return true;
}

static void end(struct pen *pen) {
  struct line_state *state = pen->state;
  struct line_script *script = &state->in.script;
  if (script->open <= script->lowest || script->open > KEPT || top_indents(state))
    return;
  set(state, script->open - 1u, get(state, script->open - 1u) | INDENTS);
  state->depth++;
}

enum script_step script_blanks(struct pen *pen) {
  size_t n = 0;
  while (n < pen->rest.n && n < AHEAD && pen_blank(pen->rest.p[n])) {
    if (pen->rest.p[n] == '\n')
      return SCRIPT_BREAK;
    n++;
  }
  if (pen->n + n >= LINE_BYTES)
    return SCRIPT_BREAK;
  pen_take(pen, n, BODY_STYLE_PLAIN);
  return SCRIPT_ON;
}

enum script_step script_token(struct pen *pen, size_t n, enum body_style style) {
  if (pen->n && pen->n + n > LINE_BYTES)
    return SCRIPT_BREAK;
  pen->state->in.script.last = (uint8_t)pen->rest.p[n - 1];
  pen_take(pen, pen_room(pen, n), style);
  return SCRIPT_ON;
}

bool script_comment_behind(const struct pen *pen) {
  size_t n = 0;
  while (n < pen->rest.n && n < AHEAD && (pen->rest.p[n] == ' ' || pen->rest.p[n] == '\t'))
    n++;
  int c = pen_at(pen, n + 1);
  return pen_at(pen, n) == '/' && (c == '/' || c == '*');
}

int script_ahead(const struct pen *pen, size_t *at) {
  *at = 0;
  while (*at < pen->rest.n && *at < AHEAD && pen_blank(pen->rest.p[*at]))
    ++*at;
  return *at < AHEAD ? pen_at(pen, *at) : -1;
}

/* Up to the quote, with "\" before what does not end it. Goes on with the next line where that is in it. */
static enum script_step string(struct pen *pen, char quote) {
  struct line_script *script = &pen->state->in.script;
  struct slice rest = pen->rest;
  size_t n = 0, most = pen_room(pen, rest.n);
  while (n < most && rest.p[n] != quote && rest.p[n] != '\n')
    n += rest.p[n] == '\\' && n + 1 < rest.n && rest.p[n + 1] != '\n' && rest.p[n + 1] != '\r' ? 2 : 1;
  if (n >= rest.n || (n >= most && rest.p[n] != quote)) {
    pen_take(pen, n < rest.n ? n : rest.n, BODY_STYLE_STRING);
    return SCRIPT_BREAK;
  }
  if (rest.p[n] == quote) {
    pen_take(pen, n + 1, BODY_STYLE_STRING);
    script->where = IN_CODE;
    return SCRIPT_ON;
  }
  size_t text = n && rest.p[n - 1] == '\r' ? n - 1 : n;
  if (!text || rest.p[text - 1] != '\\') /* not a string's, the end of a line ends it */
    script->where = IN_CODE;
  pen_take(pen, text, BODY_STYLE_STRING);
  if (script->where != IN_CODE || !pen->n)
    pen_pass(pen, n + 1 - text);
  return SCRIPT_BREAK;
}

bool script_line(struct slice rest, struct line_state *state, struct body_line *out,
                 enum script_step (*code)(struct pen *pen), enum script_step (*other)(struct pen *pen)) {
  struct pen pen = {rest, state, out, 0, 0};
  const struct line_script *script = &state->in.script;
  enum script_step step = SCRIPT_ON;
  bool more = true;
  state->closes = false;
  state->goes_on = script->where != IN_CODE;
  state->level = state->depth;
  if (!rest.n)
    return false;
  if (script->where == IN_CODE && !begin(&pen, &more))
    return more;
  while (step == SCRIPT_ON && pen.rest.n) {
    switch (script->where) {
    case IN_CODE:
      step = code(&pen);
      break;
    case IN_QUOTE:
      step = string(&pen, '\'');
      break;
    case IN_QUOTES:
      step = string(&pen, '"');
      break;
    default:
      step = other(&pen);
    }
  }
  end(&pen);
  return true;
}
