/*
 * A body as styled lines for a pager. Only the lines asked for are formatted: a page costs the same whatever the
 * size of the body and however long its lines are. Styles are roles, not colours.
 *
 * A line, or a piece of a very long one, is named by a place: the offset of its first byte, and the number of its line.
 * Places stay right while the index is built and the body grows. Near the beginning, and as far as the index has come,
 * they are exact; elsewhere the number is a guess, and what would be pretty is read as text.
 */
#ifndef WEIR_BODY_LINES_H
#define WEIR_BODY_LINES_H

#include "weir/base/buf.h"
#include "weir/base/slice.h"
#include "weir/body/bytes.h"
#include "weir/body/kind.h"

enum body_style {
  BODY_STYLE_PLAIN,
  BODY_STYLE_KEY,
  BODY_STYLE_STRING,
  BODY_STYLE_NUMBER,
  BODY_STYLE_WORD,
  BODY_STYLE_PUNCT,
  BODY_STYLE_DIM
};

struct body_span {
  uint32_t at, n; /* bytes in the line's text */
  enum body_style style;
};

struct body_line {
  struct buf text;        /* raw bytes of the line, no newline; NOT sanitised: the canvas does that */
  struct body_span *span; /* ordered, not overlapping; gaps are plain */
  size_t spans, spans_cap;
};

enum body_view { BODY_VIEW_PRETTY, BODY_VIEW_TEXT, BODY_VIEW_HEX };

struct body_place {
  uint64_t at;   /* its first byte in the body */
  uint64_t line; /* the number of its line, from 0 */
  bool part;     /* not the beginning of its line, which was too long for one piece */
  bool about;    /* too far from what is indexed: `line` is a guess */
};

struct body_lines;

/* What the bytes are of must outlive the lines; it may grow, but what is there must not change. JSON is re-indented token
 * by token (order, numbers, duplicate keys and escapes exactly as sent); what is not valid JSON falls back to text at the
 * point where it stops being so. Text is split at LF; the CR of CR LF is not shown. A long line comes in pieces.
 * kind: how BODY_VIEW_PRETTY reads it. hex_columns: bytes a line (16 or 24); ignored otherwise. */
struct body_lines *body_lines_new(struct body_bytes bytes, enum body_kind kind, enum body_view view,
                                  unsigned hex_columns);
void body_lines_free(struct body_lines *lines);

/* The first line; false: there is none. */
bool body_lines_first(struct body_lines *lines, struct body_place *place);
/* The piece before or behind; false: there is none, and *place is as it was. */
bool body_lines_next(struct body_lines *lines, struct body_place *place);
bool body_lines_previous(struct body_lines *lines, struct body_place *place);
/* The piece that shows the byte at `offset`; the last one when that is beyond the end. At once, wherever it is. */
bool body_lines_find(struct body_lines *lines, uint64_t offset, struct body_place *place);
/* The beginning of that line; false: the index has not come so far, or there is no such line. */
bool body_lines_number(struct body_lines *lines, uint64_t line, struct body_place *place);
/* The beginning of the line behind, past all pieces of this one. */
enum body_lines_found { BODY_LINES_FOUND, BODY_LINES_NONE, BODY_LINES_NOT_YET }; /* not yet: the index will tell */
enum body_lines_found body_lines_next_line(struct body_lines *lines, struct body_place *place);
/* The beginning of the line that a piece is of, where it is near or indexed; else *place stays. */
void body_lines_line_start(struct body_lines *lines, struct body_place *place);

/* Lines show the body's own bytes, but for line ends: what is found in them can be found in the bytes. */
bool body_lines_verbatim(const struct body_lines *lines);

/* `out` starts zeroed, is overwritten, and may be used again. */
void body_lines_get(struct body_lines *lines, const struct body_place *place, struct body_line *out);
void body_line_clear(struct body_line *line);

struct body_shape { /* of a line of a pretty body: what it opens and what it ends */
  uint16_t level;   /* how far it is indented */
  bool opens;       /* what comes next stands within it */
  bool closes;      /* it begins with the end of what a line before it opened */
  bool goes_on;     /* it continues the line before it */
  bool final;       /* whatever else the body will hold, it stays as it is */
  bool plain;       /* here it stopped being what it was: it is text */
};

/* The shape of the piece at *place, and on to the next one. False: there is no piece there, or no structure (text, hex,
 * a guess). Walking over n bytes costs what formatting them would, and the index goes along. */
bool body_lines_walk(struct body_lines *lines, struct body_place *place, struct body_shape *shape);
/* Of a kind whose lines stand within each other. */
bool body_lines_nested(const struct body_lines *lines);

/* Indexes about `bytes` more; true when all that is there is indexed. */
bool body_lines_index(struct body_lines *lines, uint64_t bytes);
/* How far the index has come, and how many lines begin before that. */
uint64_t body_lines_indexed(const struct body_lines *lines, uint64_t *known);
size_t body_lines_cost(const struct body_lines *lines); /* memory; bounded whatever the size of the body */

#endif
