/* The lines of a body that lies together, by their place in the row of pieces: for tests of what lines look like. */
#ifndef WEIR_TESTS_READ_LINES_H
#define WEIR_TESTS_READ_LINES_H

#include "weir/base/mem.h"
#include "weir/base/vec.h"
#include "weir/body/lines.h"

struct read_lines {
  struct slice body;
  struct body_lines *lines;
  VEC(struct body_place) place;
};

static inline struct read_lines *read_lines_new(struct slice body, enum body_kind kind, enum body_view view,
                                                unsigned columns) {
  struct read_lines *r = mem_zero(1, sizeof *r);
  r->body = body;
  r->lines = body_lines_new(body_bytes_of(&r->body), kind, view, columns);
  struct body_place place;
  for (bool more = body_lines_first(r->lines, &place); more; more = body_lines_next(r->lines, &place))
    VEC_PUSH(&r->place, place);
  return r;
}

static inline void read_lines_free(struct read_lines *r) {
  body_lines_free(r->lines);
  VEC_CLEAR(&r->place);
  free(r);
}

static inline size_t read_lines_count(const struct read_lines *r) {
  return r->place.n;
}

/* False: there are not so many; the line is empty then. */
static inline bool read_lines_get(struct read_lines *r, size_t index, struct body_line *line) {
  buf_reset(&line->text);
  line->spans = 0;
  if (index >= r->place.n)
    return false;
  body_lines_get(r->lines, &r->place.v[index], line);
  return true;
}

#endif
