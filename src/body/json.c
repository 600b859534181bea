/*
 * JSON re-indented without being parsed into anything: tokens go from the input to the lines as they were sent.
 * The grammar (RFC 8259) is followed strictly, in a state that can stop between any two lines; several values
 * one after another are taken too. The first byte that does not fit turns the rest into text; where each line is said
 * to be a value (NDJSON), the rest of that line.
 */
#include "pen.h"

#define DEPTH_MAX (LINE_STACK * 8) /* deeper is shown as text */

enum expect {
  EXPECT_TOP,
  EXPECT_VALUE,
  EXPECT_VALUE_OR_END,
  EXPECT_KEY,
  EXPECT_KEY_OR_END,
  EXPECT_COLON,
  EXPECT_COMMA_OR_END
};
enum token { TOKEN_NONE, TOKEN_KEY, TOKEN_STRING, TOKEN_NUMBER, TOKEN_JUNK };
enum step { STEP_ON, STEP_BREAK, STEP_INVALID };

static int peek(struct pen *pen) {
  size_t at = pen->state->at;
  int c = pen_peek(pen);
  pen->state->in.json.apart |= pen->state->at > at;
  return c;
}

static bool in_object(const struct line_state *state) {
  unsigned innermost = state->depth - 1u;
  return state->depth && state->stack[innermost / 8] >> (innermost % 8) & 1;
}

static bool open_container(struct line_state *state, bool object) {
  if (state->depth == DEPTH_MAX)
    return false;
  uint8_t bit = (uint8_t)(1u << (state->depth % 8));
  uint8_t *byte = &state->stack[state->depth / 8];
  *byte = (uint8_t)(object ? *byte | bit : *byte & ~bit);
  state->depth++;
  return true;
}

static enum step comma(struct pen *pen) {
  pen_take(pen, 1, BODY_STYLE_PUNCT);
  pen->state->in.json.expect = in_object(pen->state) ? EXPECT_KEY : EXPECT_VALUE;
  peek(pen);
  return STEP_BREAK;
}

/* Behind a value: its comma belongs to this line, everything else to the next one. */
static enum step after_value(struct pen *pen) {
  struct line_state *state = pen->state;
  state->in.json.token = TOKEN_NONE;
  state->in.json.expect = state->depth ? EXPECT_COMMA_OR_END : EXPECT_TOP;
  state->in.json.apart = false;
  if (peek(pen) == ',' && state->depth)
    return comma(pen);
  return STEP_BREAK;
}

static enum step close_container(struct pen *pen) {
  pen_take(pen, 1, BODY_STYLE_PUNCT);
  pen->state->depth--;
  return after_value(pen);
}

static enum step container(struct pen *pen, bool object) {
  if (!open_container(pen->state, object))
    return STEP_INVALID;
  pen_take(pen, 1, BODY_STYLE_PUNCT);
  pen->state->in.json.expect = object ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
  return peek(pen) == (object ? '}' : ']') ? STEP_ON : STEP_BREAK;
}

/* true, false, null; the input may end inside. */
static enum step word(struct pen *pen) {
  static const char *const words[] = {"true", "false", "null"};
  struct slice rest = pen->rest;
  for (size_t i = 0; i < 3; i++) {
    struct slice whole = slice_of(words[i]);
    if (!slice_starts(rest, whole) && !(rest.n < whole.n && slice_starts(whole, rest)))
      continue;
    pen_take(pen, rest.n < whole.n ? rest.n : whole.n, BODY_STYLE_WORD);
    return after_value(pen);
  }
  return STEP_INVALID;
}

static bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Length of the escape at the front, cut where the input is; 0: not one. */
static size_t escape(struct slice rest) {
  if (rest.n < 2)
    return rest.n;
  if (rest.p[1] != 'u')
    return memchr("\"\\/bfnrt", rest.p[1], 8) ? 2 : 0;
  size_t n = 2;
  while (n < 6 && n < rest.n)
    if (!is_hex(rest.p[n++]))
      return 0;
  return n;
}

/* Bytes at the front that stand for themselves in a string, at most `most`. */
static size_t plain(struct slice rest, size_t most) {
  size_t n = 0;
  if (most > rest.n)
    most = rest.n;
  while (n < most && rest.p[n] != '"' && rest.p[n] != '\\' && (unsigned char)rest.p[n] >= 0x20)
    n++;
  return n;
}

/* A line is full, but neither a character nor a closing quote is torn off. */
static size_t tail(struct slice rest) {
  size_t n = 0;
  while (n < 3 && n < rest.n && ((unsigned char)rest.p[n] & 0xc0) == 0x80)
    n++;
  return n;
}

static enum step string(struct pen *pen) {
  struct line_state *state = pen->state;
  enum body_style style = state->in.json.token == TOKEN_KEY ? BODY_STYLE_KEY : BODY_STYLE_STRING;
  while (pen->rest.n) {
    struct slice rest = pen->rest;
    size_t n;
    if (*rest.p == '"') {
      pen_take(pen, 1, style);
      if (state->in.json.token == TOKEN_STRING)
        return after_value(pen);
      state->in.json.token = TOKEN_NONE;
      state->in.json.expect = EXPECT_COLON;
      return STEP_ON;
    }
    if (pen->n >= LINE_BYTES) {
      pen_take(pen, tail(rest), style);
      return STEP_BREAK;
    }
    if (*rest.p == '\\')
      n = escape(rest);
    else
      n = plain(rest, LINE_BYTES - pen->n);
    if (!n)
      return STEP_INVALID;
    pen_take(pen, n, style);
  }
  return STEP_BREAK;
}

enum number {
  NUMBER_START,
  NUMBER_MINUS,
  NUMBER_ZERO,
  NUMBER_WHOLE,
  NUMBER_DOT,
  NUMBER_PART,
  NUMBER_E,
  NUMBER_SIGN,
  NUMBER_POWER
};

/* The phase after c, or -1 where c does not belong to the number. */
static int number_next(int phase, char c) {
  bool digit = c >= '0' && c <= '9';
  bool power = c == 'e' || c == 'E';
  int first = !digit ? -1 : c == '0' ? NUMBER_ZERO : NUMBER_WHOLE;
  switch (phase) {
  case NUMBER_START:
    return c == '-' ? NUMBER_MINUS : first;
  case NUMBER_MINUS:
    return first;
  case NUMBER_ZERO:
    return c == '.' ? NUMBER_DOT : power ? NUMBER_E : -1;
  case NUMBER_WHOLE:
    return digit ? NUMBER_WHOLE : c == '.' ? NUMBER_DOT : power ? NUMBER_E : -1;
  case NUMBER_DOT:
    return digit ? NUMBER_PART : -1;
  case NUMBER_PART:
    return digit ? NUMBER_PART : power ? NUMBER_E : -1;
  case NUMBER_E:
    return c == '+' || c == '-' ? NUMBER_SIGN : digit ? NUMBER_POWER : -1;
  default:
    return digit ? NUMBER_POWER : -1;
  }
}

static bool number_whole(int phase) {
  return phase == NUMBER_ZERO || phase == NUMBER_WHOLE || phase == NUMBER_PART || phase == NUMBER_POWER;
}

static enum step number(struct pen *pen) {
  struct line_state *state = pen->state;
  size_t n = 0;
  while (n < pen->rest.n && pen->n + n < LINE_BYTES) {
    int phase = number_next(state->in.json.number, pen->rest.p[n]);
    if (phase < 0) {
      pen_take(pen, n, BODY_STYLE_NUMBER);
      return number_whole(state->in.json.number) ? after_value(pen) : STEP_INVALID;
    }
    state->in.json.number = (uint8_t)phase;
    n++;
  }
  pen_take(pen, n, BODY_STYLE_NUMBER);
  return STEP_BREAK;
}

static enum step value(struct pen *pen, int c) {
  struct line_state *state = pen->state;
  switch (c) {
  case '{':
    return container(pen, true);
  case '[':
    return container(pen, false);
  case '"':
    state->in.json.token = TOKEN_STRING;
    pen_take(pen, 1, BODY_STYLE_STRING);
    return STEP_ON;
  case 't':
  case 'f':
  case 'n':
    return word(pen);
  default:
    if (c != '-' && (c < '0' || c > '9'))
      return STEP_INVALID;
    state->in.json.token = TOKEN_NUMBER;
    state->in.json.number = NUMBER_START;
    return STEP_ON;
  }
}

/* Another value at the top must stand apart from the one before: "2026-11-23" is no list of numbers. */
static enum step top(struct pen *pen, int c) {
  struct line_state *state = pen->state;
  if (state->at == 0 && slice_starts(pen->rest, SLICE("\xef\xbb\xbf"))) {
    pen_take(pen, 3, BODY_STYLE_DIM); /* a byte order mark, which RFC 8259 section 8.1 lets a reader forgive */
    return STEP_ON;
  }
  if (state->in.json.begun && !state->in.json.apart && c != '{' && c != '[')
    return STEP_INVALID;
  state->in.json.begun = true;
  return value(pen, c);
}

static enum step key(struct pen *pen, int c) {
  if (c != '"')
    return STEP_INVALID;
  pen->state->in.json.token = TOKEN_KEY;
  pen_take(pen, 1, BODY_STYLE_KEY);
  return STEP_ON;
}

static enum step between(struct pen *pen) {
  struct line_state *state = pen->state;
  int c = peek(pen);
  if (c < 0)
    return STEP_BREAK;
  switch (state->in.json.expect) {
  case EXPECT_TOP:
    return top(pen, c);
  case EXPECT_VALUE_OR_END:
    return c == ']' ? close_container(pen) : value(pen, c);
  case EXPECT_KEY_OR_END:
    return c == '}' ? close_container(pen) : key(pen, c);
  case EXPECT_KEY:
    return key(pen, c);
  case EXPECT_COMMA_OR_END:
    if (c == ',') /* far behind its value */
      return comma(pen);
    return c == (in_object(state) ? '}' : ']') ? close_container(pen) : STEP_INVALID;
  case EXPECT_COLON:
    if (c != ':')
      return STEP_INVALID;
    pen_take(pen, 1, BODY_STYLE_PUNCT);
    pen_put(pen, " ", 1, BODY_STYLE_PUNCT);
    state->in.json.expect = EXPECT_VALUE;
    return STEP_ON;
  default:
    return value(pen, c);
  }
}

static void begin(struct pen *pen, int c) {
  struct line_state *state = pen->state;
  state->closes = state->depth && (c == '}' || c == ']');
  pen_indent(pen, state->depth - state->closes);
}

/* The rest of a line that does not fit; the next one begins a new value. */
static void junk(struct pen *pen) {
  size_t most = pen_room(pen, pen->rest.n);
  ptrdiff_t end = slice_find_byte(slice_sub(pen->rest, 0, most), '\n');
  pen_take(pen, end < 0 ? most : (size_t)end, BODY_STYLE_PLAIN);
  pen->state->depth = 0;
  pen->state->in.json = (struct line_json){.token = TOKEN_JUNK};
  if (end < 0)
    return;
  pen_pass(pen, 1);
  pen->state->in.json.token = TOKEN_NONE;
}

bool line_json_next(struct slice rest, struct line_state *state, struct body_line *out) {
  struct pen pen = {rest, state, out, 0, 0};
  const struct line_json *json = &state->in.json;
  state->goes_on = json->token != TOKEN_NONE;
  if (!state->goes_on) {
    int c = peek(&pen);
    if (c < 0)
      return pen.rest.n > 0;
    begin(&pen, c);
  }
  if (!pen.rest.n)
    return false;
  if (json->token == TOKEN_JUNK) {
    junk(&pen);
    state->part = json->token != TOKEN_NONE;
    return true;
  }
  enum step step = STEP_ON;
  while (step == STEP_ON && pen.rest.n)
    step = !json->token ? between(&pen) : json->token == TOKEN_NUMBER ? number(&pen) : string(&pen);
  if (step == STEP_INVALID && state->kind != BODY_NDJSON)
    return pen_give_up(&pen);
  if (step == STEP_INVALID)
    junk(&pen);
  state->part = json->token != TOKEN_NONE;
  return true;
}

bool json_begins(struct slice sample) {
  struct line_state state = {.kind = BODY_JSON};
  struct pen pen = {sample, &state, NULL, 0, 0};
  int c = peek(&pen);
  if (c != '{' && c != '[')
    return false;
  while (state.kind == BODY_JSON && line_json_next(slice_from(sample, state.at), &state, NULL))
    continue;
  return state.kind == BODY_JSON;
}
