/*
 * A compiled filter from inside: a tree of terms. The parser makes it (parse.c, word.c, value.c); terms.c, states.c and
 * subjects.c know what each kind of term looks at, scan.c reads bodies piece by piece.
 */
#ifndef WEIR_FILTER_TREE_H
#define WEIR_FILTER_TREE_H

#include "json_path.h"
#include "scan.h"
#include "weir/filter/filter.h"
#include "weir/filter/regex.h"
#include "weir/flow/field.h"

enum node_kind { NODE_TERM, NODE_NOT, NODE_AND, NODE_OR };

/* How the pattern of a term is meant. */
enum node_shape {
  SHAPE_NONE,
  SHAPE_REGEX,   /* a regular expression */
  SHAPE_SMART,   /* typed without quotes: as it stands, or as a regular expression */
  SHAPE_LITERAL, /* typed in quotes: as it stands */
  SHAPE_EXACT,   /* all of the value; * stands for anything */
};

struct node {
  enum node_kind kind;
  unsigned rank; /* what it costs to ask: children stand in ascending order */
  const struct term *term;
  const struct field *field; /* of a term that looks at one */
  enum node_shape shape;
  struct regex *regex;
  char *pattern; /* as meant, escapes undone; NUL-terminated beyond pattern_n */
  size_t pattern_n;
  char *name; /* of a header or a cookie; NULL: any */
  struct json_path *json;
  int64_t low, high; /* a range, both ends in it */
  char trim;         /* what is looked at ends before this letter; 0: nowhere */
  bool port;         /* a host is looked at with its port behind it */
  bool naked;        /* a word without an operator and without quotes, read as mitmproxy reads it */
  unsigned slot;     /* of a term that looks at bodies: its place among them */
  size_t at, end;    /* where it stands in the text */
  size_t from, to;   /* ... with the brackets around it */
  struct node *child, *next;
};

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_MORE };

/* What one match has looked up so far; the buffers stay for the next match. */
struct look {
  const struct flow *flow; /* NULL: none is being looked at */
  uint64_t now;            /* 0: not asked yet */
  uint64_t deadline;
  struct buf text;
  signed char (*known)[2]; /* by slot and enum flow_side: -1 not known, else an answer */
  struct scan scan;
  bool limit_hit;
  bool both; /* heads and URL as they came, too */
};

enum term_argument { TERM_PLAIN, TERM_REGEX, TERM_STATUS };

/* Sides whose bodies a term looks at; a mask. */
enum { BODY_OF_REQUEST = 1, BODY_OF_RESPONSE = 2 };

struct term {
  const char *name; /* an operator without its ~, a word of state, or what a bare word is taken for */
  const char *help;
  enum term_argument argument;
  bool (*match)(const struct node *node, struct look *look); /* heads and facts; NULL: looks at bodies alone */
  unsigned needs;                                            /* enum filter_needs */
  unsigned rank;                                             /* RANK_* */
  unsigned flags;                                            /* of its regex */
  unsigned bodies;                                           /* BODY_OF_* */
  bool of_response;                                          /* speaks of the response alone */
  const char *part_of; /* what it matches, the operator of this name matches too; NULL: none */
};

enum { RANK_FLAG, RANK_TEXT, RANK_HEAD, RANK_BODY };

/* ---- terms.c: mitmproxy's operators ---- */
const struct term *term_find(struct slice name); /* NULL: no such operator */
const struct term *term_nth(size_t i);           /* NULL past the end */
const struct term *term_of_words(void);          /* what a naked word means beside an operator */

/* ---- states.c: words that stand for what became of a flow ---- */
const struct term *state_find(struct slice word); /* NULL: none; also by its other names */
const struct term *state_nth(size_t i, const char **other_name);

/* ---- subjects.c: what weir's own words look at ---- */
enum subject {
  SUBJECT_WORD,      /* host, path */
  SUBJECT_AUTHORITY, /* host:port, path */
  SUBJECT_ADDRESS,   /* host:port/path in one */
  SUBJECT_PATH,
  SUBJECT_URL,
  SUBJECT_METHOD,
  SUBJECT_ANYWHERE,
  SUBJECT_TEXT,   /* a field of text */
  SUBJECT_NUMBER, /* a field of another type */
  SUBJECT_TYPE,   /* media type */
  SUBJECT_HEADER,
  SUBJECT_HEADER_Q,
  SUBJECT_HEADER_S,
  SUBJECT_COOKIE,
  SUBJECT_BODY,
  SUBJECT_BODY_Q,
  SUBJECT_BODY_S,
  SUBJECT_JSON,
  SUBJECT_JSON_Q,
  SUBJECT_JSON_S,
  SUBJECTS,
  SUBJECT_STATE = SUBJECTS, /* is: makes the term of the state */
};
const struct term *subject_term(enum subject subject);
bool subject_needs_clock(const struct node *node); /* its answer changes as time goes by */
unsigned subject_needs(const struct node *node);
bool subject_of_response(const struct node *node);

/* ---- what they share: look.c ---- */
bool look_search(const struct node *node, struct look *look, struct slice subject);
bool look_search_head(const struct node *node, struct look *look, enum flow_side side);
bool look_search_url(const struct node *node, struct look *look);
bool look_search_type(const struct node *node, struct look *look, enum flow_side side);
bool look_is_asset(const struct look *look);
bool look_is_websocket(const struct look *look);
uint64_t look_now(struct look *look);
enum answer look_bodies(const struct node *node, struct look *look);
void look_begin(struct look *look, const struct flow *flow, size_t slots);
void look_end(struct look *look); /* after a match: keeps only small buffers */
void look_clear(struct look *look);

/* ---- parse.c, node.c, filter.c ---- */
/* NULL on error; a text of white space alone gives a NULL *root and true. *slots: terms that look at bodies. */
bool tree_parse(struct slice text, struct node **root, unsigned *slots, struct err *err);
void tree_free(struct node *node);
const struct node *filter_root(const struct filter *f);                      /* NULL: it matches everything */
bool node_same(const struct node *a, const struct node *b, unsigned *steps); /* the same term or tree */
/* An operator of mitmproxy's stands in it: then naked words are read as mitmproxy reads them. */
bool tree_speaks_mitmproxy(struct slice text);
/* Compiles the pattern of a term; `flags` besides the term's own. Errors point into the pattern. */
bool node_set_pattern(struct node *node, enum node_shape shape, struct slice pattern, unsigned flags, struct err *err);

#endif
