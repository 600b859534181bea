/*
 * The pager's index. A state is kept for every STRIDE-th line, so memory is small beside the body, a line in the
 * middle costs at most STRIDE steps, and one read after another costs one step each.
 */
#include "weir/body/lines.h"

#include <stdlib.h>

#include "line.h"
#include "weir/base/mem.h"
#include "weir/base/vec.h"

#define STRIDE 256

struct body_lines {
  struct slice bytes;
  unsigned columns;            /* hex: bytes a line; 0: not hex */
  VEC(struct line_state) mark; /* before line 0, STRIDE, 2 * STRIDE, ... */
  struct line_state tail;      /* before line `known` */
  size_t known;                /* lines indexed */
  bool complete;               /* known is all of them */
  struct line_state cursor;    /* before line `cursor_line`: where the last reader stopped */
  size_t cursor_line;
};

struct body_lines *body_lines_new(struct slice bytes, enum body_kind kind, enum body_view view, unsigned hex_columns) {
  struct body_lines *lines = mem_zero(1, sizeof *lines);
  lines->bytes = bytes;
  if (view == BODY_VIEW_HEX) {
    lines->columns = hex_columns ? hex_columns : 16;
    lines->known = bytes.n / lines->columns + (bytes.n % lines->columns != 0);
    lines->complete = true;
  }
  lines->tail.kind = (uint8_t)(view == BODY_VIEW_PRETTY ? kind : BODY_TEXT);
  lines->cursor = lines->tail;
  return lines;
}

void body_lines_free(struct body_lines *lines) {
  if (!lines)
    return;
  VEC_CLEAR(&lines->mark);
  free(lines);
}

static bool step(const struct body_lines *lines, struct line_state *state, struct body_line *out) {
  return line_next(slice_from(lines->bytes, state->at), state, out);
}

/* Indexes one more line; false when there is none. */
static bool grow(struct body_lines *lines) {
  if (lines->complete)
    return false;
  struct line_state before = lines->tail;
  if (!step(lines, &lines->tail, NULL)) {
    lines->complete = true;
    return false;
  }
  if (lines->known % STRIDE == 0)
    VEC_PUSH(&lines->mark, before);
  lines->known++;
  return true;
}

bool body_lines_index(struct body_lines *lines, size_t bytes) {
  size_t start = lines->tail.at;
  while (lines->tail.at - start < bytes && grow(lines))
    continue;
  return lines->complete;
}

size_t body_lines_known(const struct body_lines *lines) {
  return lines->known;
}

size_t body_lines_count(struct body_lines *lines) {
  while (grow(lines))
    continue;
  return lines->known;
}

/* Puts the cursor before line `index`, which is known. */
static void seek(struct body_lines *lines, size_t index) {
  size_t near = index / STRIDE * STRIDE;
  if (lines->cursor_line > index || lines->cursor_line < near) {
    lines->cursor = lines->mark.v[index / STRIDE];
    lines->cursor_line = near;
  }
  while (lines->cursor_line < index && step(lines, &lines->cursor, NULL))
    lines->cursor_line++;
}

bool body_lines_get(struct body_lines *lines, size_t index, struct body_line *out) {
  buf_reset(&out->text);
  out->spans = 0;
  while (lines->known <= index && grow(lines))
    continue;
  if (index >= lines->known)
    return false;
  if (lines->columns) {
    size_t at = index * lines->columns;
    line_hex(slice_sub(lines->bytes, at, lines->columns), lines->columns, at, out);
    return true;
  }
  seek(lines, index);
  lines->cursor_line++;
  return step(lines, &lines->cursor, out);
}

size_t body_lines_at(struct body_lines *lines, size_t offset) {
  if (lines->columns) {
    size_t row = offset / lines->columns;
    return row < lines->known ? row : lines->known - (lines->known > 0);
  }
  while (lines->tail.at <= offset && grow(lines))
    continue;
  /* the last mark at or before the offset */
  size_t low = 0;
  size_t high = lines->mark.n;
  while (low + 1 < high) {
    size_t middle = low + (high - low) / 2;
    if (lines->mark.v[middle].at <= offset)
      low = middle;
    else
      high = middle;
  }
  size_t line = low * STRIDE;
  struct line_state state = lines->known ? lines->mark.v[low] : lines->tail;
  while (line + 1 < lines->known && step(lines, &state, NULL) && state.at <= offset)
    line++;
  return line;
}
