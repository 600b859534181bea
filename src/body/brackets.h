/*
 * What scripts and style sheets have in common: lines that are indented by the brackets around them, and that end where
 * the sender ended them, and behind what ends a statement. Bytes are only left out or put in between tokens, and only
 * white space.
 *
 * A bracket indents when a line ends within it; of several that a line opened only the innermost does, so that
 * "f(function(){" indents once.
 */
#ifndef WEIR_SRC_BODY_BRACKETS_H
#define WEIR_SRC_BODY_BRACKETS_H

#include "pen.h"

enum bracket {
  BRACKET_NONE,
  BRACKET_BLOCK,    /* { of statements or rules */
  BRACKET_OBJECT,   /* { of properties */
  BRACKET_SHORT,    /* { that stays on its line */
  BRACKET_PAREN,    /* ( */
  BRACKET_CONTROL,  /* ( behind "if" and the like */
  BRACKET_SQUARE,   /* [ */
  BRACKET_TEMPLATE, /* ${ */
};

enum script_step { SCRIPT_ON, SCRIPT_BREAK };

void bracket_open(struct line_state *state, enum bracket bracket);
enum bracket bracket_close(struct line_state *state);
enum bracket bracket_top(const struct line_state *state);

/* Where in a script a line begins and ends; each language has more places of its own. */
enum { IN_CODE, IN_QUOTE, IN_QUOTES, IN_OTHER };

/* One line: `code` takes a token, `other` goes on with what the place is of that the language calls its own. White
 * space in front is left out, but one empty line stays one. */
bool script_line(struct slice rest, struct line_state *state, struct body_line *out,
                 enum script_step (*code)(struct pen *pen), enum script_step (*other)(struct pen *pen));

/* White space within a line. */
enum script_step script_blanks(struct pen *pen);
/* A token of n bytes. */
enum script_step script_token(struct pen *pen, size_t n, enum body_style style);
/* A comment stands behind, on the same line. */
bool script_comment_behind(const struct pen *pen);
/* The byte that follows white space, line ends included; -1: none near. *at: where it is. */
int script_ahead(const struct pen *pen, size_t *at);

#endif
