/* The text of a filter while it is read; what parse.c, word.c and value.c share. */
#ifndef WEIR_FILTER_PARSER_H
#define WEIR_FILTER_PARSER_H

#include "tree.h"

struct parser {
  struct slice text;
  size_t at;
  unsigned depth;
  bool mitmproxy; /* naked words are read as mitmproxy reads them */
  unsigned slots;
  struct err *err;
};

enum compare { COMPARE_HAS, COMPARE_IS, COMPARE_NOT, COMPARE_LESS, COMPARE_MORE, COMPARE_AT_MOST, COMPARE_AT_LEAST };

/* What stands before a value: "host:", "header:x-id=", "size>". Alternatives behind | take it over. */
struct asked {
  bool set;
  enum subject subject;
  const struct field *field;
  struct slice label; /* as typed */
  enum compare compare;
  bool named;
  struct slice name; /* of a header, a cookie; the path of JSON */
};

/* ---- letters: parse.c ---- */
bool parser_at_end(const struct parser *p);
char parser_peek(const struct parser *p);
struct slice parser_rest(const struct parser *p);
bool parser_is_space(char c);
bool parser_ends_word(const struct parser *p, size_t at); /* white space ( ) quotes, ~ and an operator's name */
bool parser_take_quoted(struct parser *p, struct buf *out);
/* A term, its place in the text, and its slot among those that look at bodies. */
struct node *parser_term(struct parser *p, const struct term *term, size_t from);

/* ---- word.c ---- */
/* A word, a comparison or field:value. *asked: what the alternative before it asked for; set anew where this one says
 * so itself. */
struct node *word_parse(struct parser *p, struct asked *asked);
/* Text in quotes. */
struct node *word_quoted(struct parser *p, const struct asked *asked);
/* A form that is weir's alone ("4xx", ">1s", "host:x|y", "re:/x/"): no URL is meant by it. */
bool word_is_own_form(struct slice word);
/* "host:", "size>=": what it asks for and its length; 0: no field. */
size_t word_label(struct slice text, struct asked *asked);
const struct term *word_method(struct slice word); /* not NULL: the word is a method */
const char *word_method_nth(size_t i);             /* NULL past the end */

/* ---- value.c: what stands behind "host:" ---- */
struct node *value_parse(struct parser *p, struct asked *asked, size_t from);
struct node *value_quoted(struct parser *p, const struct asked *asked, size_t from, struct slice text);
size_t value_compare(struct slice text, enum compare *compare); /* "=", ">=": its length; 0: none */
struct slice value_word(const struct parser *p);                /* up to the end of the word, or a | */

/* ---- number.c ---- */
/* Values from low to high are meant by `text`: "404", "4xx", "500-503", "1s", "12:01". */
bool number_range(const struct field *field, enum compare compare, struct slice text, int64_t *low, int64_t *high,
                  struct err *err);
/* What a number with such an end measures: a field's name; NULL: it is no number. */
const char *number_measures(struct slice text);
/* It is a range whose ends stand the wrong way round: *err says so. */
bool number_reversed(const struct field *field, struct slice text, struct err *err);

#endif
