/*
 * How a body is cut into lines: a small state that knows where the next line begins, and functions that step it by
 * one line. Copying the state is remembering the place; the pager's index (lines.c) keeps one in every few hundred.
 */
#ifndef WEIR_SRC_BODY_LINE_H
#define WEIR_SRC_BODY_LINE_H

#include "weir/body/lines.h"

#define LINE_BYTES 4096 /* a longer line is shown in pieces of about this size */
#define JSON_DEPTH 1024 /* deeper is shown as text */

enum line_mode { LINE_TEXT, LINE_JSON };

struct line_state {
  size_t at;                      /* first byte of the next line */
  uint16_t depth;                 /* open containers */
  uint8_t mode;                   /* enum line_mode; JSON becomes text for good where it stops being JSON */
  uint8_t expect;                 /* json.c: what the grammar wants next */
  uint8_t token;                  /* json.c: a string or number that the last line did not finish */
  uint8_t number;                 /* json.c: how far into a number */
  uint8_t object[JSON_DEPTH / 8]; /* a bit for each open container: 1 object, 0 array */
};

/* Each steps over one line and appends it to `out` (NULL: only steps). False: the body is used up. */
bool line_piece(struct slice bytes, struct line_state *state, struct body_line *out);
bool line_json_next(struct slice bytes, struct line_state *state, struct body_line *out);

/* One line of a hex view; `index` must exist. */
void line_hex(struct slice bytes, unsigned columns, size_t index, struct body_line *out);

/* Appends bytes in a style, joining it to the span before where that has the same style. */
void line_add(struct body_line *out, const char *bytes, size_t n, enum body_style style);

/* The sample begins an object or array and is valid JSON as far as it goes. */
bool json_begins(struct slice sample);

#endif
