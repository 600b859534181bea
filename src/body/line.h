/*
 * How a body is cut into lines: a small state that knows where the next line begins, and functions that step it by
 * one line. Copying the state is remembering the place; the pager's index (lines.c) keeps one in every few hundred.
 *
 * A step is given the bytes from `state->at` on: all that are left, or at least LINE_REACH of them. It looks no further
 * and takes fewer, so that both give the same line, and a body may come through a window of any size. Nothing that was
 * stepped over is looked at again.
 */
#ifndef WEIR_SRC_BODY_LINE_H
#define WEIR_SRC_BODY_LINE_H

#include "weir/body/kind.h"
#include "weir/body/lines.h"

#define LINE_BYTES 4096         /* a longer line is shown in pieces of about this size */
#define LINE_REACH (64u * 1024) /* bytes that a step must be given, where there are so many */
#define JSON_DEPTH 1024         /* deeper is shown as text */

struct line_state {
  size_t at;                      /* first byte of the next line */
  uint16_t depth;                 /* open containers */
  uint8_t kind;                   /* enum body_kind; becomes BODY_TEXT for good where it stops being what it was */
  uint8_t expect;                 /* json.c: what the grammar wants next */
  uint8_t token;                  /* json.c: a string or number that the last line did not finish */
  uint8_t number;                 /* json.c: how far into a number */
  bool begun, apart;              /* json.c: there was a value; white space stood behind it */
  uint8_t object[JSON_DEPTH / 8]; /* a bit for each open container: 1 object, 0 array */
};

/* Steps over one line and appends it to `out` (NULL: only steps). False: the body is used up. */
typedef bool line_step_fn(struct slice rest, struct line_state *state, struct body_line *out);

line_step_fn line_next; /* whatever the state's kind is */
line_step_fn line_piece;
line_step_fn line_json_next;

/* One line of a hex view; `index` must exist. */
void line_hex(struct slice bytes, unsigned columns, size_t index, struct body_line *out);

/* Appends bytes in a style, joining it to the span before where that has the same style. */
void line_add(struct body_line *out, const char *bytes, size_t n, enum body_style style);

/* The sample begins an object or array and is valid JSON as far as it goes. */
bool json_begins(struct slice sample);

#endif
