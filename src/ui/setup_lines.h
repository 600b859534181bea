/*
 * What the setup screen says, as lines: where weir listens, how programs are pointed at it, how they come to trust it,
 * which clients did. Lines that have a key can be copied; what is copied is what a shell takes.
 */
#ifndef WEIR_SRC_UI_SETUP_LINES_H
#define WEIR_SRC_UI_SETUP_LINES_H

#include "ui/ui_state.h"
#include "weir/base/vec.h"

enum setup_kind { SETUP_TITLE, SETUP_SAY, SETUP_COPY };

struct setup_line {
  enum setup_kind kind;
  char key;          /* copies the line; 0: none */
  const char *label; /* in front: "shell"; "" for none */
  char *text;        /* wire text where a client chose it: for the canvas only */
};

struct setup_lines {
  VEC(struct setup_line) list;
};

void setup_lines_make(struct setup_lines *s, const struct ui *ui); /* from scratch */
void setup_lines_clear(struct setup_lines *s);

/* Where nothing listens as an HTTP proxy: the first that does listen, by which weir is reached then. Else NULL. */
const struct proxy_listening *setup_first(const struct ui *ui);
/* What is typed on this machine to reach that listener; false: nothing is, and `out` says what to do. */
bool setup_reach(const struct proxy_listening *l, char *out, size_t size);
/* Where a client on this machine reaches weir: "127.0.0.1:8888". */
void setup_address(const struct ui *ui, char *out, size_t size);

#endif
