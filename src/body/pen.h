/*
 * What the steppers write with: takes bytes from the front of what is left and puts them on the line, or only counts
 * them where nobody asks for the line.
 */
#ifndef WEIR_SRC_BODY_PEN_H
#define WEIR_SRC_BODY_PEN_H

#include "line.h"

#define PEN_BLANKS_MAX (LINE_REACH / 2) /* more white space than this comes as an empty line */

struct pen {
  struct slice rest; /* what is not taken yet */
  struct line_state *state;
  struct body_line *out;
  size_t n;      /* bytes in this line so far, indentation left out; counted without `out` too */
  size_t blanks; /* white space left out of this line so far */
};

static inline void pen_put(struct pen *pen, const char *bytes, size_t n, enum body_style style) {
  pen->n += n;
  if (pen->out)
    line_add(pen->out, bytes, n, style);
}

/* Leaves n bytes out. */
static inline void pen_pass(struct pen *pen, size_t n) {
  pen->rest = slice_from(pen->rest, n);
  pen->state->at += n;
}

/* Moves n bytes, which must be there, to the line. */
static inline void pen_take(struct pen *pen, size_t n, enum body_style style) {
  pen_put(pen, pen->rest.p, n, style);
  pen_pass(pen, n);
}

static inline bool pen_blank(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The byte `at` further on; -1: there is none. */
static inline int pen_at(const struct pen *pen, size_t at) {
  return at < pen->rest.n ? (unsigned char)pen->rest.p[at] : -1;
}

/* Leaves white space out: the next byte that is none, without taking it; -1 at the end, and where that is too far away. */
int pen_peek(struct pen *pen);

/* Begins a line at that level: notes it in the state, and indents. */
void pen_indent(struct pen *pen, unsigned level);

/* How many bytes to take of a run of n, for the line not to grow beyond LINE_BYTES and no character to be torn: at least
 * one. */
size_t pen_room(const struct pen *pen, size_t n);

/* Takes up to the end of `end`, of the line, or of what a line may hold. True: that was the end of the thing. */
bool pen_until(struct pen *pen, const char *end, enum body_style style);

/* What is left does not fit: it is text from here on, on this line where nothing stands on it. */
bool pen_give_up(struct pen *pen);

#endif
