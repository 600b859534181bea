/*
 * A stream of server-sent events (WHATWG HTML, 9.2.5): line by line as sent, the fields' names told apart, and data that
 * is JSON in its colours, on the line that it came on.
 */
#include "pen.h"

static size_t run(struct slice s, const char *of) {
  size_t n = 0;
  while (n < s.n && strchr(of, s.p[n]) && s.p[n])
    n++;
  return n;
}

/* Bytes of the string at the front with its quotes, or up to the end. */
static size_t string(struct slice s) {
  size_t n = 1;
  while (n < s.n && s.p[n] != '"')
    n += s.p[n] == '\\' && n + 1 < s.n ? 2 : 1;
  return n < s.n ? n + 1 : n;
}

static bool is_key(struct slice after) {
  size_t n = run(after, " \t");
  return n < after.n && after.p[n] == ':';
}

/* The next token of something like JSON: it is coloured, not checked. */
static size_t token(struct slice s, enum body_style *style) {
  size_t n;
  if (*s.p == '"') {
    n = string(s);
    *style = is_key(slice_from(s, n)) ? BODY_STYLE_KEY : BODY_STYLE_STRING;
    return n;
  }
  *style = BODY_STYLE_PUNCT;
  if ((n = run(s, "{}[],:")) > 0)
    return n;
  *style = BODY_STYLE_NUMBER;
  if ((n = run(s, "-+.0123456789eE")) > 0)
    return n;
  *style = BODY_STYLE_WORD;
  if ((n = run(s, "truefalsn")) > 0)
    return n;
  *style = BODY_STYLE_PLAIN;
  return 1;
}

/* Takes n bytes that look like JSON in its colours. */
static void pen_take_json(struct pen *pen, size_t n) {
  enum body_style style;
  while (n) {
    size_t used = token(slice_sub(pen->rest, 0, n), &style);
    pen_take(pen, used, style);
    n -= used;
  }
}

static void field(struct pen *pen, size_t n) {
  ptrdiff_t colon = slice_find_byte(slice_sub(pen->rest, 0, n), ':');
  if (colon == 0) {
    pen_take(pen, n, BODY_STYLE_DIM); /* a comment */
    return;
  }
  size_t name = colon < 0 ? n : (size_t)colon;
  struct slice value = slice_sub(pen->rest, name + 1, name < n ? n - name - 1 : 0);
  bool data = slice_eq(slice_sub(pen->rest, 0, name), SLICE("data"));
  size_t blanks = run(value, " ");
  bool json = data && blanks < value.n && strchr("{[\"", value.p[blanks]) && value.p[blanks];
  pen_take(pen, name, BODY_STYLE_KEY);
  if (colon < 0)
    return;
  pen_take(pen, 1, BODY_STYLE_PUNCT);
  if (json)
    pen_take_json(pen, value.n);
  else
    pen_take(pen, value.n, data ? BODY_STYLE_PLAIN : BODY_STYLE_STRING);
}

bool line_events_next(struct slice rest, struct line_state *state, struct body_line *out) {
  struct pen pen = {rest, state, out, 0, 0};
  struct line_state after = *state;
  if (!line_piece(rest, &after, NULL))
    return false;
  size_t taken = after.at - state->at, n = taken;
  bool whole = rest.p[n - 1] == '\n';
  if (whole)
    n--;
  if (whole && n && rest.p[n - 1] == '\r')
    n--;
  state->goes_on = state->in.events.within;
  if (state->goes_on || !out)
    pen_take(&pen, n, BODY_STYLE_PLAIN);
  else
    field(&pen, n);
  pen_pass(&pen, taken - n);
  state->in.events.within = !whole;
  return true;
}
