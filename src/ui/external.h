/*
 * A text in the person's own editor: $VISUAL, then $EDITOR, split into words, no shell (CWE-78), on a private file. The
 * editor is a child in the loop with a process group and the terminal of its own, so weir goes on proxying, and Ctrl-C
 * in it is the editor's. When it stops (Ctrl-Z in it) weir's screen comes back while it stays open; external_return()
 * goes back to it. However it ends, the terminal is weir's again, the file is removed, and what was saved is handed
 * over: a killed editor loses nothing.
 */
#ifndef WEIR_SRC_UI_EXTERNAL_H
#define WEIR_SRC_UI_EXTERNAL_H

#include "weir/base/buf.h"
#include "weir/base/err.h"
#include "weir/io/loop.h"
#include "weir/ui/terminal.h"

struct external;

struct external_result {
  bool well;         /* it ended with status 0 and left a readable file */
  bool changed;      /* `text` differs from what it was given */
  struct slice text; /* what it saved; valid during the callback */
  const char *said;  /* a sentence: how it ended */
};

struct external_user {
  void (*away)(void *arg); /* it stopped: the screen is weir's, the editor stays open */
  void (*done)(void *arg, const struct external_result *result); /* the session is over and frees itself afterwards */
  void *arg;
};

struct external_options {
  struct slice text;
  const char *name; /* of the file, "request.http": editors choose their colours by it */
  bool on_tty;      /* stdin and stdout are the terminal that is lent; false: the editor gets none (tests) */
  size_t max;       /* largest text that is taken back */
};

/* The terminal is lent at once. NULL with a sentence: no editor is set, or it cannot be started. */
struct external *external_start(struct loop *loop, struct terminal *t, const struct external_options *options,
                                struct external_user user, struct err *err);
bool external_away(const struct external *x);        /* stopped, weir has the screen */
void external_return(struct external *x);            /* lends the terminal to it again and lets it go on */
const char *external_name(const struct external *x); /* "vim" */
void external_end(struct external *x); /* gives it up: it is told to hang up; no callback comes; the file goes */

#endif
