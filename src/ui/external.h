/*
 * A text in the person's own editor: $VISUAL, then $EDITOR, else editor, nano or vi, split into words, no shell (CWE-78),
 * on a private file. The editor is a child in the loop, so weir goes on proxying. Either it has a terminal of its own (a
 * pty: embed) and somebody draws what it writes there, or it is lent weir's, with a process group of its own, so that
 * Ctrl-C in it is the editor's. When it stops (Ctrl-Z in it) it stays open; external_return() goes back to it. However
 * it ends, the terminal is weir's again, the file is removed, and what was saved is handed over: a killed editor loses
 * nothing.
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
  void (*output)(void *arg, struct slice bytes); /* embedded: for its terminal */
  void (*away)(void *arg);                       /* it stopped: the screen is weir's, the editor stays open */
  void (*done)(void *arg, const struct external_result *result); /* the session is over and frees itself afterwards */
  void *arg;
};

struct external_options {
  struct slice text;
  const char *name; /* of the file, "request.http": editors choose their colours by it */
  bool on_tty;      /* stdin and stdout are the terminal that is lent; false: the editor gets none (tests) */
  size_t max;       /* largest text that is taken back */
  bool embed;       /* on a pty of that size, with that environment; the terminal is not lent */
  int width, height;
  const char *const *env; /* as of struct child_options */
};

/* The terminal is lent at once. NULL with a sentence: no editor is set, or it cannot be started. */
struct external *external_start(struct loop *loop, struct terminal *t, const struct external_options *options,
                                struct external_user user, struct err *err);
bool external_away(const struct external *x);        /* stopped, weir has the screen */
void external_return(struct external *x);            /* lends the terminal to it again and lets it go on */
const char *external_name(const struct external *x); /* "vim" */
/* Embedded: what it reads, and how large its terminal is. */
void external_write(struct external *x, struct slice bytes);
size_t external_waiting(const struct external *x); /* bytes that it has not read */
void external_resize(struct external *x, int width, int height);
/* Gives it up: it is told to hang up; no callback comes; the file goes. now: the loop will not turn again. */
void external_end(struct external *x, bool now);

#endif
