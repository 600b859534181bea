/*
 * application/x-www-form-urlencoded (WHATWG URL, 5), a pair a line, decoded: names one below the other, the "=" where one
 * was sent. What follows "%" without being two hexadecimal digits stands for itself. A line's end in a value is one here.
 */
#include "pen.h"

#define WIDTH_MAX 24 /* of names: longer ones only push their own value to the right */

enum where { IN_NAME, IN_VALUE };

static int hex(int c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The decoded byte at the front, and how many it was sent as. */
static unsigned char decoded(struct slice rest, size_t *used) {
  *used = 1;
  if (*rest.p == '+')
    return ' ';
  if (*rest.p != '%' || rest.n < 3)
    return (unsigned char)*rest.p;
  int high = hex((unsigned char)rest.p[1]), low = hex((unsigned char)rest.p[2]);
  if (high < 0 || low < 0)
    return '%';
  *used = 3;
  return (unsigned char)(high << 4 | low);
}

/* The widest of the names within reach. */
static uint8_t width_of(struct slice rest) {
  size_t widest = 0, width = 0;
  bool name = true;
  rest = slice_sub(rest, 0, LINE_REACH);
  for (size_t used = 1; rest.n; rest = slice_from(rest, used)) {
    unsigned char c = decoded(rest, &used);
    if (*rest.p == '&' || *rest.p == '=') {
      if (name && width > widest && width <= WIDTH_MAX)
        widest = width;
      name = *rest.p == '&';
      width = 0;
    } else if (name)
      width += (c & 0xc0) != 0x80;
  }
  return (uint8_t)widest;
}

static void pad(struct pen *pen, size_t n) {
  static const char blanks[] = "                                ";
  if (n < sizeof blanks)
    pen_put(pen, blanks, n, BODY_STYLE_PLAIN);
}

static bool full(const struct pen *pen, unsigned char next) {
  return pen->n >= LINE_BYTES && ((next & 0xc0) != 0x80 || pen->n >= LINE_BYTES + 3);
}

/* A line's end in the value: the next line goes on below it. */
static bool line_end(struct pen *pen, unsigned char c, size_t used) {
  size_t after = 0;
  if (c == '\r' && used < pen->rest.n && decoded(slice_from(pen->rest, used), &after) == '\n')
    c = '\n';
  if (c != '\n')
    return false;
  pen_pass(pen, used + after);
  return true;
}

/* True: the line ends here. */
static bool name(struct pen *pen, size_t *width) {
  struct line_form *form = &pen->state->in.form;
  if (*pen->rest.p == '=') {
    if (*width < form->width)
      pad(pen, form->width - *width);
    pen_put(pen, " = ", 3, BODY_STYLE_PUNCT);
    pen_pass(pen, 1);
    form->where = IN_VALUE;
    return false;
  }
  size_t used;
  char c = (char)decoded(pen->rest, &used);
  if (full(pen, (unsigned char)c))
    return true;
  pen_put(pen, &c, 1, BODY_STYLE_KEY);
  pen_pass(pen, used);
  *width += ((unsigned char)c & 0xc0) != 0x80;
  return false;
}

static bool value(struct pen *pen) {
  struct slice rest = pen->rest;
  size_t n = 0, used;
  while (n < rest.n && (unsigned char)rest.p[n] > ' ' && !memchr("%+&", rest.p[n], 3))
    n++;
  if (n && pen->n < LINE_BYTES) {
    pen_take(pen, pen_room(pen, n), BODY_STYLE_STRING);
    return false;
  }
  unsigned char c = decoded(rest, &used);
  if (full(pen, c) || line_end(pen, c, used))
    return true;
  char byte = (char)c;
  pen_put(pen, &byte, 1, BODY_STYLE_STRING);
  pen_pass(pen, used);
  return false;
}

bool line_form_next(struct slice rest, struct line_state *state, struct body_line *out) {
  struct pen pen = {rest, state, out, 0, 0};
  struct line_form *form = &state->in.form;
  size_t width = 0;
  if (!rest.n)
    return false;
  if (!form->measured)
    form->width = width_of(rest);
  form->measured = true;
  state->goes_on = form->begun;
  if (state->goes_on && form->where == IN_VALUE)
    pad(&pen, form->width + 3u);
  form->begun = true;
  while (pen.rest.n) {
    if (*pen.rest.p == '&') {
      pen_pass(&pen, 1);
      *form = (struct line_form){IN_NAME, form->width, true, false};
      return true;
    }
    if (form->where == IN_NAME ? name(&pen, &width) : value(&pen))
      return true;
  }
  return true;
}
