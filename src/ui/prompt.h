/*
 * A question in the message line: one line of text with readline's keys. What is typed may act at once (a filter),
 * Enter takes it, Esc leaves everything as it was. Tab completes, where the question knows what could stand there: as far
 * as it is clear at first, then through a list that is drawn above. Ctrl-R looks in what was typed before, by a few
 * letters. While it is open the proxy and the view below go on.
 *
 * With a title it stands, where there is room, in a box above the view instead, with a second box below for what helps.
 */
#ifndef WEIR_UI_PROMPT_H
#define WEIR_UI_PROMPT_H

#include "ui/completion.h"
#include "weir/ui/input.h"
#include "weir/ui/view.h"

/* What stands in the box below: samples and what they mean, in rows. */
struct prompt_sample {
  char *text, *help;
};
struct prompt_aside {
  char title[80];
  bool colon; /* "login: host, path" instead of two columns */
  VEC(struct prompt_sample) sample;
};
void prompt_aside_add(struct prompt_aside *aside, struct slice text, const char *help); /* copied */

enum prompt_reach { REACH_ALL, REACH_HOST };

struct prompt_options {
  const char *label; /* "f: " */
  const char *text;  /* to begin with; NULL: empty */
  size_t mark_at,
      mark_n;        /* the part of it that is meant to be typed over; n 0: the cursor is there, at 0: at the end */
  const char *title; /* of its box; NULL: it has none */
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
  completion_fn *named;             /* for Ctrl-R besides the history: what is kept by a name, its help; may be NULL */
  /* After each change, for a prompt with a title: fills the box below. NULL: there is none. */
  void (*aside)(struct ui *ui, void *arg, struct slice text, struct prompt_aside *aside);
  /* Alt-A, Alt-H: the same with another reach, into *out; asked again, as it was. The cursor keeps its place from the end. False:
   * nothing to change. NULL: this question has no reach. */
  bool (*reach)(struct ui *ui, void *arg, enum prompt_reach reach, struct slice text, struct buf *out);
  /* Alt-T: the same in another way; closes the prompt itself. NULL: there is none. */
  void (*other)(struct ui *ui, void *arg, struct slice text);
  void (*drop)(void *arg); /* frees arg, whatever happened; may be NULL */
  void *arg;
};

void prompt_open(struct ui *ui, const struct prompt_options *options);
extern const struct view_ops prompt_view_ops, question_view_ops;

/* A yes-or-no question in the same place: y acts, everything else leaves. `again`, when not 0, is a key that means yes
 * too. */
void prompt_ask(struct ui *ui, char again, void (*yes)(struct ui *ui, void *arg), void (*drop)(void *arg), void *arg,
                const char *format, ...) __attribute__((format(printf, 6, 7)));

#endif
