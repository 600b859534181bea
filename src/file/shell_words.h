/*
 * The words of a command line as a POSIX shell (and bash's $'..') would make them, without running anything: quotes,
 * escapes, line continuations, pipes. Variables, substitutions and patterns stay as typed.
 */
#ifndef WEIR_SRC_FILE_SHELL_WORDS_H
#define WEIR_SRC_FILE_SHELL_WORDS_H

#include "weir/base/buf.h"
#include "weir/base/err.h"
#include "weir/base/vec.h"

#define SHELL_WORDS_MAX 10000

struct shell_command {
  VEC(struct buf) word;
};

struct shell_line {
  VEC(struct shell_command) command; /* of one pipeline, the first one in front; none is empty */
  size_t n;                          /* bytes of the text that were read */
  size_t words;
  bool variable;  /* a $NAME, $(..) or `..` stands in it as typed */
  bool redirects; /* < or > was left out */
};

/* The first pipeline in `text`. False with a sentence and its place: a quote that is not closed, no end of words. */
bool shell_line_parse(struct slice text, struct shell_line *line, struct err *err);
void shell_line_clear(struct shell_line *line);

#endif
