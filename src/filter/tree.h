/*
 * A compiled filter from inside: a tree of terms. The parser makes it, terms.c knows what each operator looks at.
 */
#ifndef WEIR_FILTER_TREE_H
#define WEIR_FILTER_TREE_H

#include "regex.h"
#include "weir/filter/filter.h"

enum node_kind { NODE_TERM, NODE_NOT, NODE_AND, NODE_OR };

struct node {
  enum node_kind kind;
  unsigned rank; /* what it costs to ask: children stand in ascending order */
  const struct term *term;
  struct regex *regex;
  char *pattern; /* NUL-terminated beyond pattern_n */
  size_t pattern_n;
  int low, high; /* status codes */
  struct node *child, *next;
};

/* What one match has looked up so far; the buffers stay for the next match. */
struct look {
  const struct flow *flow;
  struct buf text;
  struct buf decoded[2]; /* by enum flow_side */
  struct slice body[2];
  bool have_body[2];
  bool limit_hit;
};

enum term_argument { TERM_PLAIN, TERM_REGEX, TERM_STATUS };

struct term {
  const char *name; /* without the ~ */
  enum term_argument argument;
  bool (*match)(const struct node *node, struct look *look);
  unsigned needs;      /* enum filter_needs */
  unsigned rank;       /* RANK_* */
  unsigned flags;      /* of its regex */
  bool of_response;    /* speaks of the response alone */
  const char *part_of; /* what it matches, this operator matches too; NULL: none */
};

enum { RANK_FLAG, RANK_TEXT, RANK_HEAD, RANK_BODY };

const struct term *term_find(struct slice name); /* NULL: no such operator */
const struct term *term_of_words(void);          /* what a naked word means */
void look_end(struct look *look);                /* after a match: keeps only small buffers */
void look_clear(struct look *look);

/* NULL on error; a text of white space alone gives a NULL *root and true. */
bool tree_parse(struct slice text, struct node **root, struct err *err);
void tree_free(struct node *node);

#endif
