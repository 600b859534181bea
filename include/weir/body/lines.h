/*
 * A body as styled lines for a pager. Only the lines asked for are formatted: a page costs the same whatever the
 * size of the body. Styles are roles, not colours.
 */
#ifndef WEIR_BODY_LINES_H
#define WEIR_BODY_LINES_H

#include "weir/base/buf.h"
#include "weir/base/slice.h"
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

struct body_lines;

/* `bytes` must outlive the lines and not change. JSON is re-indented token by token (order, numbers, duplicate keys and
 * escapes exactly as sent); what is not valid JSON falls back to text at the point where it stops being so.
 * Text is split at LF; the CR of CR LF is not shown. A line of more than about 4096 bytes comes in pieces.
 * kind: how BODY_VIEW_PRETTY reads it. hex_columns: bytes a line (16 or 24); ignored otherwise. */
struct body_lines *body_lines_new(struct slice bytes, enum body_kind kind, enum body_view view, unsigned hex_columns);
void body_lines_free(struct body_lines *lines);
size_t body_lines_count(struct body_lines *lines); /* indexes everything; small bodies */
/* The same in slices: indexes about `bytes` more of the body; true when all of it is. Known lines cost no indexing. */
bool body_lines_index(struct body_lines *lines, size_t bytes);
size_t body_lines_known(const struct body_lines *lines);
/* The line that shows the byte at `offset` (the last line when beyond the end). Indexes up to it. */
size_t body_lines_at(struct body_lines *lines, size_t offset);
/* False: there is no such line. Indexes lazily up to it. `out` starts zeroed, is overwritten, and may be used again. */
bool body_lines_get(struct body_lines *lines, size_t index, struct body_line *out);
void body_line_clear(struct body_line *line);

#endif
