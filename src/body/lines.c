/* Lines of every sort behind one face; those of hex are a matter of arithmetic. */
#include "weir/body/lines.h"

#include <stdlib.h>

#include "lines_parts.h"
#include "weir/base/mem.h"

uint64_t lines_size(const struct body_lines *lines) {
  bool ended;
  return lines->bytes.size(lines->bytes.arg, &ended);
}

bool lines_ended(const struct body_lines *lines) {
  bool ended;
  lines->bytes.size(lines->bytes.arg, &ended);
  return ended;
}

struct body_lines *body_lines_new(struct body_bytes bytes, enum body_kind kind, enum body_view view,
                                  unsigned hex_columns) {
  struct body_lines *lines = mem_zero(1, sizeof *lines);
  lines->bytes = bytes;
  lines->stride = INDEX_STRIDE;
  if (view == BODY_VIEW_HEX)
    lines->columns = hex_columns ? hex_columns : 16;
  lines->text = view == BODY_VIEW_TEXT || !line_has_steps(kind);
  lines->kind = kind;
  lines->tail.state.kind = (uint8_t)kind;
  return lines;
}

void body_lines_free(struct body_lines *lines) {
  if (!lines)
    return;
  VEC_CLEAR(&lines->ends);
  VEC_CLEAR(&lines->mark);
  buf_clear(&lines->side);
  buf_clear(&lines->held);
  free(lines->recent);
  free(lines);
}

size_t body_lines_cost(const struct body_lines *lines) {
  return mem_cost(lines) + mem_cost(lines->ends.v) + mem_cost(lines->mark.v) + mem_cost(lines->recent) +
         mem_cost(lines->side.p) + mem_cost(lines->held.p);
}

bool body_lines_verbatim(const struct body_lines *lines) {
  return lines->text && !lines->columns;
}

/* ---- hex ---- */

static bool hex_find(const struct body_lines *lines, uint64_t offset, struct body_place *place) {
  uint64_t size = lines_size(lines);
  if (!size)
    return false;
  uint64_t row = (offset < size ? offset : size - 1) / lines->columns;
  *place = (struct body_place){.at = row * lines->columns, .line = row};
  return true;
}

static bool hex_at_line(const struct body_lines *lines, uint64_t line, struct body_place *place) {
  return line <= UINT64_MAX / lines->columns && line * lines->columns < lines_size(lines) &&
         hex_find(lines, line * lines->columns, place);
}

/* ---- places ---- */

bool body_lines_find(struct body_lines *lines, uint64_t offset, struct body_place *place) {
  if (lines->columns)
    return hex_find(lines, offset, place);
  if (!lines->text)
    return stepped_find(lines, offset, place);
  if (!plain_find(lines, offset, place))
    return false;
  plain_number(lines, place);
  return true;
}

bool body_lines_first(struct body_lines *lines, struct body_place *place) {
  return body_lines_find(lines, 0, place);
}

bool body_lines_next(struct body_lines *lines, struct body_place *place) {
  if (lines->columns)
    return hex_at_line(lines, place->at / lines->columns + 1, place);
  return lines->text ? plain_next(lines, place) : stepped_next(lines, place);
}

bool body_lines_previous(struct body_lines *lines, struct body_place *place) {
  if (!place->at)
    return false;
  if (lines->columns)
    return hex_find(lines, place->at - 1, place);
  if (!lines->text)
    return stepped_previous(lines, place);
  uint64_t line = place->line - (place->line > 0 && !place->part);
  if (!plain_find(lines, place->at - 1, place))
    return false;
  place->line = line;
  return true;
}

bool body_lines_number(struct body_lines *lines, uint64_t line, struct body_place *place) {
  if (lines->columns)
    return hex_at_line(lines, line, place);
  return lines->text ? plain_at_line(lines, line, place) : stepped_at_line(lines, line, place);
}

enum body_lines_found body_lines_next_line(struct body_lines *lines, struct body_place *place) {
  if (lines->columns)
    return body_lines_next(lines, place) ? BODY_LINES_FOUND : BODY_LINES_NONE;
  return lines->text ? plain_next_line(lines, place) : stepped_next_line(lines, place);
}

void body_lines_line_start(struct body_lines *lines, struct body_place *place) {
  if (lines->columns)
    return;
  if (lines->text)
    plain_line_start(lines, place);
  else
    stepped_line_start(lines, place);
}

void body_lines_get(struct body_lines *lines, const struct body_place *place, struct body_line *out) {
  buf_reset(&out->text);
  out->spans = 0;
  if (lines->columns) {
    struct slice w = body_bytes_window(&lines->bytes, place->at, lines->columns, &lines->side);
    line_hex(slice_sub(w, 0, lines->columns), lines->columns, place->at, out);
  } else if (lines->text) {
    plain_get(lines, place, out);
  } else {
    stepped_get(lines, place, out);
  }
}

bool body_lines_walk(struct body_lines *lines, struct body_place *place, struct body_shape *shape) {
  return !lines->columns && !lines->text && !place->about && stepped_walk(lines, place, shape);
}

bool body_lines_nested(const struct body_lines *lines) {
  if (lines->columns || lines->text)
    return false;
  switch (lines->kind) {
  case BODY_FORM:
  case BODY_EVENTS:
    return false;
  default:
    return true;
  }
}

/* ---- the index ---- */

bool body_lines_index(struct body_lines *lines, uint64_t bytes) {
  if (lines->columns)
    return true;
  return lines->text ? plain_index(lines, bytes) : stepped_index(lines, bytes);
}

uint64_t body_lines_indexed(const struct body_lines *lines, uint64_t *known) {
  uint64_t size = lines_size(lines);
  if (lines->columns) {
    *known = size / lines->columns + (size % lines->columns != 0);
    return size;
  }
  if (!lines->text) {
    *known = lines->tail.line;
    return lines->complete ? size : lines->tail.state.at;
  }
  struct slice end = lines->counted ? lines->bytes.at(lines->bytes.arg, lines->counted - 1) : (struct slice){NULL, 0};
  *known = end.n ? lines->ends_counted + (*end.p != '\n') : 0;
  return lines->counted;
}
