/*
 * XML and HTML re-indented by their tags. Only white space is left out or put in: between elements, around lines of
 * text, and between attributes. Text, attribute values, comments and CDATA are shown byte for byte, and so is what stands
 * within script, style, textarea and pre. Nothing is ever wrong: what is no tag is text, and an end tag without
 * its start only stays where it is.
 */
#include "markup.h"
#include "pen.h"

#define DEPTH_MAX 60000

enum where {
  IN_TEXT,
  IN_TAG,
  IN_QUOTES,
  IN_QUOTE,
  IN_COMMENT,
  IN_CDATA,
  IN_INSTRUCTION,
  IN_DECLARATION,
  IN_SUBSET,
  IN_RAW
};
enum step { STEP_ON, STEP_BREAK };

static bool is_html(const struct pen *pen) {
  return pen->state->kind == BODY_HTML;
}

static unsigned nature(const struct pen *pen, uint8_t id) {
  return element_nature(id, is_html(pen));
}

/* ---- which elements are open ---- */

static void open_element(struct line_state *state, uint8_t id) {
  if (state->depth < LINE_STACK)
    state->stack[state->depth] = id;
  if (state->depth < DEPTH_MAX)
    state->depth++;
}

/* The end tag of an element that is open ends all those within it; another one ends nothing. */
static bool close_element(struct line_state *state, uint8_t id) {
  if (state->depth > LINE_STACK) {
    state->depth--;
    return true;
  }
  for (unsigned i = state->depth; i-- > 0;)
    if (state->stack[i] == id) {
      state->depth = (uint16_t)i;
      return true;
    }
  return false;
}

static void imply_ends(struct line_state *state, uint8_t begins) {
  while (state->depth && state->depth <= LINE_STACK && element_ends(state->stack[state->depth - 1], begins))
    state->depth--;
}

/* ---- within one thing ---- */

static enum step through(struct pen *pen, const char *end, enum body_style style) {
  if (pen_until(pen, end, style))
    pen->state->in.markup.where = IN_TEXT;
  return STEP_BREAK;
}

static enum step declaration(struct pen *pen) {
  struct line_markup *m = &pen->state->in.markup;
  if (m->where == IN_SUBSET) {
    if (!pen_until(pen, "]", BODY_STYLE_DIM))
      return STEP_BREAK;
    m->where = IN_DECLARATION;
    return STEP_ON;
  }
  size_t n = 0;
  while (n < pen->rest.n && !memchr("[>\n", pen->rest.p[n], 3))
    n++;
  if (n < pen->rest.n && pen->rest.p[n] == '[' && pen_room(pen, n + 1) > n) {
    pen_take(pen, n + 1, BODY_STYLE_DIM);
    m->where = IN_SUBSET;
    return STEP_ON;
  }
  return through(pen, ">", BODY_STYLE_DIM);
}

static enum step cdata(struct pen *pen) {
  struct slice rest = pen->rest;
  size_t most = pen_room(pen, rest.n);
  ptrdiff_t end = slice_find(slice_sub(rest, 0, most + 2), SLICE("]]>"));
  ptrdiff_t newline = slice_find_byte(slice_sub(rest, 0, most), '\n');
  if (end < 0 || (newline >= 0 && newline < end))
    return through(pen, "]]>", BODY_STYLE_PLAIN);
  pen_take(pen, (size_t)end, BODY_STYLE_PLAIN);
  pen_take(pen, 3, BODY_STYLE_DIM);
  pen->state->in.markup.where = IN_TEXT;
  return STEP_BREAK;
}

/* ---- tags ---- */

static enum step quoted(struct pen *pen) {
  struct line_markup *m = &pen->state->in.markup;
  if (!pen_until(pen, m->where == IN_QUOTES ? "\"" : "'", BODY_STYLE_STRING))
    return STEP_BREAK;
  m->where = IN_TAG;
  return STEP_ON;
}

static size_t run_of(struct slice s, const char *stop) {
  size_t n = 0;
  while (n < s.n && (unsigned char)s.p[n] > ' ' && !strchr(stop, s.p[n]))
    n++;
  return n;
}

static void begin_value(struct pen *pen) {
  pen_take(pen, 1, BODY_STYLE_PUNCT); /* = */
  if (pen_peek(pen) < 0)
    return;
  char c = *pen->rest.p;
  if (c == '"' || c == '\'') {
    pen_take(pen, 1, BODY_STYLE_STRING);
    pen->state->in.markup.where = c == '"' ? IN_QUOTES : IN_QUOTE;
  } else
    pen_take(pen, pen_room(pen, run_of(pen->rest, ">")), BODY_STYLE_STRING);
}

static enum step end_of_tag(struct pen *pen) {
  struct line_state *state = pen->state;
  struct line_markup *m = &state->in.markup;
  pen_take(pen, 1, BODY_STYLE_PUNCT);
  m->where = IN_TEXT;
  if (m->flows)
    return nature(pen, m->tag) & ELEMENT_BREAK ? STEP_BREAK : STEP_ON;
  if (m->ends || m->slash || nature(pen, m->tag) & ELEMENT_VOID)
    return STEP_BREAK;
  open_element(state, m->tag);
  if (!(nature(pen, m->tag) & ELEMENT_RAW))
    return STEP_BREAK;
  m->where = IN_RAW;
  if (pen_at(pen, 0) == '\r' && pen_at(pen, 1) == '\n')
    pen_pass(pen, 2);
  else if (pen_at(pen, 0) == '\n')
    pen_pass(pen, 1);
  return STEP_BREAK;
}

/* From behind the name on. */
static enum step in_tag(struct pen *pen) {
  struct line_markup *m = &pen->state->in.markup;
  size_t blanks = pen->blanks;
  int c = pen_peek(pen);
  bool apart = pen->blanks > blanks;
  if (c < 0 || pen->n >= LINE_BYTES)
    return STEP_BREAK;
  if (c == '>')
    return end_of_tag(pen);
  m->slash = c == '/';
  if (c == '=') {
    begin_value(pen);
    return STEP_ON;
  }
  if (apart && pen->n)
    pen_put(pen, " ", 1, BODY_STYLE_PLAIN);
  if (c == '/')
    pen_take(pen, 1, BODY_STYLE_PUNCT);
  else {
    size_t n = run_of(pen->rest, "=>/");
    pen_take(pen, n ? pen_room(pen, n) : 1, BODY_STYLE_WORD);
  }
  return STEP_ON;
}

/* "<" or "</" and the name; the element is noted. */
static void begin_tag(struct pen *pen, bool flows) {
  struct line_markup *m = &pen->state->in.markup;
  bool ends = pen_at(pen, 1) == '/';
  size_t n = markup_name(slice_from(pen->rest, 1u + ends));
  pen_take(pen, 1u + ends, BODY_STYLE_PUNCT);
  *m = (struct line_markup){IN_TAG, element_id(slice_sub(pen->rest, 0, n), is_html(pen)), ends, false, flows};
  pen_take(pen, n, BODY_STYLE_KEY);
}

/* ---- text ---- */

enum front { FRONT_TEXT, FRONT_START, FRONT_END, FRONT_COMMENT, FRONT_CDATA, FRONT_INSTRUCTION, FRONT_DECLARATION };

/* What begins with the "<" at the front. */
static enum front front(const struct pen *pen) {
  struct slice s = pen->rest;
  if (s.n < 2 || *s.p != '<')
    return FRONT_TEXT;
  if (s.p[1] == '/')
    return s.n > 2 && markup_name_byte(s.p[2], true) ? FRONT_END : FRONT_TEXT;
  if (markup_name_byte(s.p[1], true))
    return FRONT_START;
  if (slice_starts(s, SLICE("<!--")))
    return FRONT_COMMENT;
  if (slice_starts(s, SLICE("<![CDATA[")))
    return FRONT_CDATA;
  return s.p[1] == '?' ? FRONT_INSTRUCTION : s.p[1] == '!' ? FRONT_DECLARATION : FRONT_TEXT;
}

static bool in_reference(char c) {
  char lower = (char)(c | 0x20);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '#';
}

/* Bytes of a character reference at the front; 0: none. */
static size_t reference(struct slice s) {
  size_t n = 1;
  while (n < s.n && n < 32 && in_reference(s.p[n]))
    n++;
  return n > 1 && n < s.n && s.p[n] == ';' ? n + 1 : 0;
}

/* Text up to a "<", white space or what a line may hold. */
static void words(struct pen *pen) {
  while (pen->rest.n && !pen_blank(*pen->rest.p)) {
    char c = *pen->rest.p;
    size_t n = c == '&' ? reference(pen->rest) : 0;
    if (n) {
      pen_take(pen, n, BODY_STYLE_NUMBER);
      continue;
    }
    n = 1;
    while (n < pen->rest.n && !pen_blank(pen->rest.p[n]) && pen->rest.p[n] != '<' && pen->rest.p[n] != '&')
      n++;
    pen_take(pen, pen_room(pen, n), BODY_STYLE_PLAIN);
    if (pen->n >= LINE_BYTES || pen_at(pen, 0) == '<')
      return;
  }
}

/* In a short element: one thing. */
static void within(struct pen *pen, uint8_t raw) {
  const struct line_markup *m = &pen->state->in.markup;
  if (m->where == IN_QUOTE || m->where == IN_QUOTES) {
    quoted(pen);
    return;
  }
  if (m->where == IN_TAG) {
    in_tag(pen);
    return;
  }
  enum front f = front(pen);
  bool own = !raw || element_id(slice_sub(pen->rest, 2, markup_name(slice_from(pen->rest, 2))), true) == raw;
  if ((f == FRONT_END && own) || (f == FRONT_START && !raw))
    begin_tag(pen, true);
  else if (raw || pen_blank(*pen->rest.p))
    pen_take(pen, 1 + run_of(slice_from(pen->rest, 1), "<&"), BODY_STYLE_PLAIN);
  else
    words(pen);
}

/* A whole element that is short: nothing in it is noted. */
static void short_element(struct pen *pen, size_t n) {
  struct line_markup *m = &pen->state->in.markup;
  struct slice after = slice_from(pen->rest, n);
  pen->rest.n = n;
  begin_tag(pen, true);
  uint8_t raw = nature(pen, m->tag) & ELEMENT_RAW ? m->tag : 0;
  for (size_t left = 0; pen->rest.n && pen->rest.n != left;) {
    left = pen->rest.n;
    within(pen, raw);
  }
  pen_take(pen, pen->rest.n, BODY_STYLE_PLAIN);
  m->where = IN_TEXT;
  pen->rest = after;
}

/* An element that stands in the flow of the text, with all that is in it. False: there is none. */
static bool flowing(struct pen *pen) {
  bool html = is_html(pen);
  uint8_t id = element_id(slice_sub(pen->rest, 1, markup_name(slice_from(pen->rest, 1))), html);
  if (!(element_nature(id, html) & ELEMENT_INLINE))
    return false;
  if (element_nature(id, html) & ELEMENT_VOID) {
    begin_tag(pen, true);
    return true;
  }
  size_t n = markup_short(pen->rest, html);
  if (!n || (pen->n && pen->n + n > LINE_BYTES))
    return false;
  short_element(pen, n);
  return true;
}

/* One line of text, with what stands in its flow. */
static enum step text(struct pen *pen) {
  if (pen->n >= LINE_BYTES || !pen->rest.n)
    return STEP_BREAK;
  char c = *pen->rest.p;
  if (pen_blank(c)) {
    size_t blanks = 0;
    while (blanks < pen->rest.n && blanks < 256 && pen_blank(pen->rest.p[blanks]))
      if (pen->rest.p[blanks++] == '\n')
        return STEP_BREAK;
    pen_take(pen, blanks, BODY_STYLE_PLAIN);
    return STEP_ON;
  }
  enum front f = front(pen);
  if (f == FRONT_TEXT) {
    words(pen);
    return STEP_ON;
  }
  return f == FRONT_START && flowing(pen) ? STEP_ON : STEP_BREAK;
}

/* ---- lines ---- */

static enum step begin_start(struct pen *pen) {
  bool html = is_html(pen);
  uint8_t id = element_id(slice_sub(pen->rest, 1, markup_name(slice_from(pen->rest, 1))), html);
  if (html)
    imply_ends(pen->state, id);
  pen_indent(pen, pen->state->depth);
  if (element_nature(id, html) & ELEMENT_INLINE && flowing(pen))
    return STEP_ON;
  size_t n = markup_short(pen->rest, html);
  if (n) {
    short_element(pen, n);
    return STEP_BREAK;
  }
  begin_tag(pen, false);
  return STEP_ON;
}

static enum step begin_end(struct pen *pen) {
  struct line_state *state = pen->state;
  size_t n = markup_name(slice_from(pen->rest, 2));
  state->closes = close_element(state, element_id(slice_sub(pen->rest, 2, n), is_html(pen)));
  pen_indent(pen, state->depth);
  begin_tag(pen, false);
  return STEP_ON;
}

static enum step begin_marked(struct pen *pen, size_t n, enum where where) {
  pen_indent(pen, pen->state->depth);
  pen_take(pen, n, BODY_STYLE_DIM);
  pen->state->in.markup.where = (uint8_t)where;
  return STEP_ON;
}

static enum step begin(struct pen *pen) {
  switch (front(pen)) {
  case FRONT_START:
    return begin_start(pen);
  case FRONT_END:
    return begin_end(pen);
  case FRONT_COMMENT:
    return begin_marked(pen, 4, IN_COMMENT);
  case FRONT_CDATA:
    return begin_marked(pen, 9, IN_CDATA);
  case FRONT_INSTRUCTION:
    return begin_marked(pen, 2, IN_INSTRUCTION);
  case FRONT_DECLARATION:
    return begin_marked(pen, 2, IN_DECLARATION);
  default:
    pen_indent(pen, pen->state->depth);
    return text(pen);
  }
}

/* The end tag of the raw element within the line at the front; -1: it is not there. */
static ptrdiff_t raw_end(const struct pen *pen, size_t most) {
  const char *name = element_name(pen->state->in.markup.tag);
  size_t length = strlen(name);
  struct slice look = slice_sub(pen->rest, 0, most + 2 + length);
  for (size_t at = 0; at < most;) {
    ptrdiff_t found = slice_find_byte(slice_sub(look, at, most - at), '<');
    if (found < 0)
      return -1;
    at += (size_t)found;
    if (at + 1 < look.n && look.p[at + 1] == '/' && markup_name(slice_from(pen->rest, at + 2)) == length &&
        slice_same_ascii(pen->rest.p + at + 2, name, length))
      return (ptrdiff_t)at;
    at++;
  }
  return -1;
}

static enum step raw(struct pen *pen) {
  size_t most = pen_room(pen, pen->rest.n);
  ptrdiff_t newline = slice_find_byte(slice_sub(pen->rest, 0, most), '\n');
  if (newline >= 0)
    most = (size_t)newline;
  ptrdiff_t end = raw_end(pen, most);
  if (end < 0) {
    pen_until(pen, "\n", BODY_STYLE_PLAIN);
    return STEP_BREAK;
  }
  size_t n = (size_t)end;
  while (n && pen_blank(pen->rest.p[n - 1]))
    n--;
  if (n) {
    pen_take(pen, n, BODY_STYLE_PLAIN);
    return STEP_BREAK;
  }
  pen_pass(pen, (size_t)end);
  pen->state->in.markup.where = IN_TEXT;
  return begin_end(pen);
}

static enum step on(struct pen *pen) {
  switch (pen->state->in.markup.where) {
  case IN_TAG:
    return in_tag(pen);
  case IN_QUOTES:
  case IN_QUOTE:
    return quoted(pen);
  case IN_COMMENT:
    return through(pen, "-->", BODY_STYLE_DIM);
  case IN_CDATA:
    return cdata(pen);
  case IN_INSTRUCTION:
    return through(pen, is_html(pen) ? ">" : "?>", BODY_STYLE_DIM);
  case IN_DECLARATION:
  case IN_SUBSET:
    return declaration(pen);
  case IN_RAW:
    return raw(pen);
  default:
    return text(pen);
  }
}

bool line_markup_next(struct slice rest, struct line_state *state, struct body_line *out) {
  struct pen pen = {rest, state, out, 0, 0};
  struct line_markup *m = &state->in.markup;
  enum step step = STEP_ON;
  state->closes = false;
  state->goes_on = m->where != IN_TEXT && m->where != IN_RAW;
  state->level = state->depth;
  if (m->where == IN_TEXT) {
    if (pen_peek(&pen) < 0)
      return pen.rest.n > 0;
    step = begin(&pen);
  } else if (!pen.rest.n)
    return false;
  while (step == STEP_ON && pen.rest.n)
    step = on(&pen);
  return true;
}
