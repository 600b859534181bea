/*
 * What a person types to call this very weir again: its program, and the options that say whose authority it uses.
 * Every command that weir proposes is put together here, so that it can be pasted as it stands.
 */
#ifndef WEIR_BASE_INVOCATION_H
#define WEIR_BASE_INVOCATION_H

#include "weir/base/buf.h"

#define INVOCATION_TEXT 4096 /* enough for a command with its paths */

/* Nothing is owned. */
struct invocation {
  const char *program; /* a word for a shell, quoted where that needs it; NULL: weir */
  const char *confdir, *ca_cert, *ca_key;
};

/* "ca new" becomes "weir ca new --confdir DIR", from the root on; `words` NULL: the program and its options alone. */
void invocation_put(struct buf *out, const struct invocation *v, const char *words);
/* The same, cut to fit; returns `out`. */
const char *invocation_text(const struct invocation *v, const char *words, char *out, size_t size);

/* "weir" where a shell finds this very program under that name, else the path of the running program; `below`: as seen
 * from the working directory where it is below that, for a person who stands there. malloc'ed, a word for a shell. */
char *invocation_program(bool below);

#endif
