/*
 * Two flows beside each other, as rows to draw: request and response, start lines, fields by name whatever their order,
 * bodies decoded and made readable, JSON by where each value stands. Made once, of at most DIFF_BYTES of each body.
 *
 * Noise are differences that say nothing (Date, Age, ETag and the like, and what the person chose to ignore): they are
 * counted and left out, or shown like all others.
 */
#ifndef WEIR_SRC_UI_DIFF_PAGE_H
#define WEIR_SRC_UI_DIFF_PAGE_H

#include "weir/body/diff.h"
#include "weir/flow/flow.h"

#define DIFF_BYTES (1024u * 1024) /* decoded bytes of one body */
#define DIFF_LINES 20000u

struct diff_line {
  struct buf text;
  struct buf name; /* a field's, in lower case, or a JSON path; empty: none */
  bool json;
};

/* What of its text counts: whether a comma follows a JSON value depends on its neighbours. */
struct slice diff_line_value(const struct diff_line *line);

enum diff_entry_kind { DIFF_ENTRY_TITLE, DIFF_ENTRY_LINE, DIFF_ENTRY_NOISE };

struct diff_entry {
  enum diff_entry_kind what;
  enum flow_side part;
  struct diff_row row; /* lines of line[0] and line[1]; of a title, none */
};

struct diff_page {
  VEC(struct diff_line) line[2]; /* of the first flow and of the second */
  VEC(struct diff_entry) entry;
  size_t changes[2], noise[2]; /* lines of each part */
  bool cut;                    /* a body is longer than what was compared */
};

/* Names that are noise, beside the fields that always are. */
struct diff_noise {
  VEC(char *) name;
  bool shown;
  bool redact;     /* values that are not for others to see, in fields: their lengths, and whether they differ */
  bool redact_all; /* and those in start lines and bodies whose name says so */
};
void diff_noise_clear(struct diff_noise *n);

/* What was sent, but for one side where `original` is 0 or 1: that one as it came. */
void diff_page_make(struct diff_page *p, const struct flow *a, const struct flow *b, const struct diff_noise *noise,
                    int original);
void diff_page_clear(struct diff_page *p);
/* "5 lines differ: 2 request, 3 response; 1 left out as noise". */
void diff_page_words(const struct diff_page *p, struct buf *out);

#endif
