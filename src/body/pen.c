#include "pen.h"

#define INDENT        2
#define INDENT_LEVELS 40 /* deeper levels stay at this column: beyond it indentation only pushes text out of sight */

int pen_peek(struct pen *pen) {
  struct slice rest = pen->rest;
  size_t n = 0;
  while (n < rest.n && pen_blank(rest.p[n]) && pen->blanks + n < PEN_BLANKS_MAX)
    n++;
  pen->blanks += n;
  pen_pass(pen, n);
  return n < rest.n && !pen_blank(rest.p[n]) ? (unsigned char)rest.p[n] : -1;
}

void pen_indent(struct pen *pen, unsigned level) {
  static const char blanks[INDENT * INDENT_LEVELS + 1] = "                                        "
                                                         "                                        ";
  pen->state->level = (uint16_t)level;
  if (level > INDENT_LEVELS)
    level = INDENT_LEVELS;
  if (pen->out && level)
    line_add(pen->out, blanks, (size_t)level * INDENT, BODY_STYLE_PLAIN);
}

size_t pen_room(const struct pen *pen, size_t n) {
  size_t room = pen->n < LINE_BYTES ? LINE_BYTES - pen->n : 1;
  if (n <= room)
    return n;
  n = room;
  while (n < room + 3 && n < pen->rest.n && ((unsigned char)pen->rest.p[n] & 0xc0) == 0x80)
    n++;
  return n;
}

bool pen_until(struct pen *pen, const char *end, enum body_style style) {
  size_t most = pen_room(pen, pen->rest.n), length = strlen(end);
  struct slice look = slice_sub(pen->rest, 0, most + length - 1);
  ptrdiff_t newline = slice_find_byte(slice_sub(look, 0, most), '\n');
  if (newline >= 0)
    look = slice_sub(look, 0, (size_t)newline);
  ptrdiff_t found = slice_find(look, slice_of(end));
  if (found >= 0) {
    pen_take(pen, (size_t)found + length, style);
    return true;
  }
  if (newline >= 0) {
    size_t n = (size_t)newline;
    bool cr = n && pen->rest.p[n - 1] == '\r';
    pen_take(pen, n - cr, style);
    pen_pass(pen, 1u + cr);
  } else {
    pen_take(pen, most, style);
    pen->state->part = true;
  }
  return false;
}

bool pen_give_up(struct pen *pen) {
  pen->state->kind = BODY_TEXT;
  pen->state->level = 0;
  pen->state->closes = pen->state->goes_on = false;
  if (pen->n)
    return true;
  if (pen->out)
    buf_reset(&pen->out->text); /* the indentation */
  return line_piece(pen->rest, pen->state, pen->out);
}
