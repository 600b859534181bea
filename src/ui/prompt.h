/*
 * A question in the message line: one line of text with readline's keys. What is typed may act at once (a filter),
 * Enter takes it, Esc leaves everything as it was. Tab completes, where the question knows what could stand there: as far
 * as it is clear at first, then through a list that is drawn above. While it is open the proxy and the view below go on.
 */
#ifndef WEIR_UI_PROMPT_H
#define WEIR_UI_PROMPT_H

#include "ui/completion.h"
#include "weir/ui/input.h"
#include "weir/ui/view.h"

struct prompt_options {
  const char *label;             /* "f: " */
  const char *text;              /* to begin with; NULL: empty */
  const char *accept, *cancel;   /* hints: "keep", "restore" */
  struct input_history *history; /* may be NULL */
  /* After each change and once at the start: may say something (`words`), or that it is wrong (false). NULL: nothing to
   * say. */
  bool (*changed)(struct ui *ui, void *arg, struct slice text, struct buf *words, struct err *err);
  /* Enter. False: it stays open and shows why. May push views: the prompt is gone then. */
  bool (*taken)(struct ui *ui, void *arg, struct slice text, struct err *err);
  void (*cancelled)(struct ui *ui, void *arg); /* Esc; may be NULL */
  void (*words)(struct ui *ui, void *arg,
                struct buf *words); /* asked before each paint: what is known now; may be NULL */
  completion_fn *complete;          /* Tab; NULL: nothing to complete */
  void (*drop)(void *arg);          /* frees arg, whatever happened; may be NULL */
  void *arg;
};

void prompt_open(struct ui *ui, const struct prompt_options *options);
extern const struct view_ops prompt_view_ops, question_view_ops;

/* A yes-or-no question in the same place: y acts, everything else leaves. `again`, when not 0, is a key that means yes
 * too. */
void prompt_ask(struct ui *ui, char again, void (*yes)(struct ui *ui, void *arg), void (*drop)(void *arg), void *arg,
                const char *format, ...) __attribute__((format(printf, 6, 7)));

#endif
