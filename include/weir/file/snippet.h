/*
 * A request as a few lines of a program that sends the same, or as text to read: for the clipboard. What was last sent
 * is told; fields of one connection (hop-by-hop, Content-Length, Host where it is the URL's own) are left out. Bytes
 * that the language cannot write as text are written as its escapes, so that every body comes out exactly.
 */
#ifndef WEIR_FILE_SNIPPET_H
#define WEIR_FILE_SNIPPET_H

#include "weir/flow/flow.h"

enum snippet_kind {
  SNIPPET_PYTHON,   /* requests */
  SNIPPET_FETCH,    /* JavaScript's fetch(), browsers and Node */
  SNIPPET_HTTPIE,   /* a shell command */
  SNIPPET_MARKDOWN, /* both messages, for a report or an issue */
};

/* False where it cannot be told: no request, a tunnel, a cut, unfinished or very long body. */
bool snippet(enum snippet_kind kind, const struct flow *f, struct buf *out, struct err *err);

#endif
