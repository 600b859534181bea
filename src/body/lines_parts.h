/*
 * What is behind struct body_lines. Text and hex need no state: where their lines begin can be seen in the bytes at any
 * offset, and only line numbers are counted. Pretty lines are walked over by steps (line.h), from states kept every so
 * many bytes.
 */
#ifndef WEIR_SRC_BODY_LINES_PARTS_H
#define WEIR_SRC_BODY_LINES_PARTS_H

#include "line.h"
#include "weir/base/vec.h"

#define TEXT_PIECE   (16u * 1024)   /* a longer line of text is shown in pieces of at most this size */
#define INDEX_STRIDE (32u * 1024)   /* bytes between two entries at first; doubled when there are too many */
#define INDEX_MOST   8192u          /* entries */
#define INDEX_NEAR   (256u * 1024)  /* so far beyond the index one goes without asking */
#define LINE_NEAR    (1024u * 1024) /* so long may a line be for its end to be looked for at once */
#define RECENT       256u           /* states of the lines walked over last */

struct line_mark { /* before a line, or a piece of one */
  uint64_t line;   /* its number */
  struct line_state state;
};

struct body_lines {
  struct body_bytes bytes;
  unsigned columns; /* hex: bytes a line; 0: not hex */
  bool text;        /* seen in the bytes */
  enum body_kind kind;
  uint64_t stride;
  struct buf side;
  /* text: line ends */
  VEC(uint64_t) ends; /* [i]: before offset i * stride */
  uint64_t counted, ends_counted;
  /* pretty: states */
  VEC(struct line_mark) mark; /* the first one is at 0 */
  struct line_mark tail;      /* where the index ends: lines before it are final */
  bool complete;              /* there is no line behind it */
  struct line_mark *recent;   /* a run of pieces, one behind the other */
  size_t recents, recent_first;
  uint64_t recent_size; /* of the body when they were made: those near its end hold for that size only */
  /* where a step got its bytes, as long as they are good */
  uint64_t held_at;
  struct buf held;
};

uint64_t lines_size(const struct body_lines *lines);
bool lines_ended(const struct body_lines *lines);

/* plain_lines.c */
bool plain_find(struct body_lines *lines, uint64_t offset, struct body_place *place); /* without the number */
bool plain_next(struct body_lines *lines, struct body_place *place);
void plain_get(struct body_lines *lines, const struct body_place *place, struct body_line *out);
bool plain_index(struct body_lines *lines, uint64_t bytes);
void plain_number(struct body_lines *lines, struct body_place *place); /* which line it is, or about */
bool plain_at_line(struct body_lines *lines, uint64_t line, struct body_place *place);
/* Looks for the end of the line for a while. */
enum body_lines_found plain_next_line(struct body_lines *lines, struct body_place *place);
void plain_line_start(struct body_lines *lines, struct body_place *place);

/* stepped_lines.c */
bool stepped_next(struct body_lines *lines, struct body_place *place);
bool stepped_previous(struct body_lines *lines, struct body_place *place);
bool stepped_find(struct body_lines *lines, uint64_t offset, struct body_place *place);
void stepped_get(struct body_lines *lines, const struct body_place *place, struct body_line *out);
bool stepped_index(struct body_lines *lines, uint64_t bytes);
bool stepped_at_line(struct body_lines *lines, uint64_t line, struct body_place *place);
enum body_lines_found stepped_next_line(struct body_lines *lines, struct body_place *place);
bool stepped_walk(struct body_lines *lines, struct body_place *place, struct body_shape *shape);
void stepped_line_start(struct body_lines *lines, struct body_place *place);

#endif
