/*
 * The input line: one line of text with readline's keys, for filter, search, intercept condition, note and file
 * name prompts. It knows nothing of what it asks for: Enter, Esc, Tab and everything else that is not
 * editing stays with the caller. The text may hold any bytes but is one line: pasted line ends become blanks. At most
 * INPUT_MAX bytes; what goes beyond is not taken.
 *
 * Keys: Ctrl-A Home, Ctrl-E End, arrows, Ctrl-B Ctrl-F, Alt-B Alt-F (Ctrl-arrows) by words, Backspace, Delete Ctrl-D,
 * Ctrl-U Ctrl-K cut to the beginning and the end, Ctrl-W Alt-Backspace Alt-D cut words, Ctrl-Y puts back what was cut
 * last, Up Down (Ctrl-P Ctrl-N) walk the history, a mouse click places the cursor, paste.
 */
#ifndef WEIR_UI_INPUT_H
#define WEIR_UI_INPUT_H

#include "weir/base/buf.h"
#include "weir/base/err.h"
#include "weir/base/vec.h"
#include "weir/ui/canvas.h"
#include "weir/ui/key.h"

#define INPUT_MAX         65536u
#define INPUT_HISTORY_MAX 100u

/* Lines entered before, oldest first. Zero-initialise; owned by whoever keeps it longer than the prompt. */
struct input_history {
  VEC(char *) line;
};
void input_history_add(struct input_history *h,
                       struct slice line); /* moves an equal one to the end; not the empty one */
void input_history_clear(struct input_history *h);

struct input {
  struct buf text;
  size_t cursor;                 /* byte offset, between clusters */
  struct buf cut;                /* for Ctrl-Y */
  struct input_history *history; /* not owned; may be NULL */
  size_t place;                  /* in the history; history->line.n: the person's own text */
  struct buf own;                /* that text, while the history is shown */
  size_t error, error_n;         /* bytes to underline; 0: none */
  size_t mark, mark_n;           /* bytes that the first thing typed takes the place of; 0: none */
  bool failed;                   /* something is wrong, wherever */
};

void input_init(struct input *in, struct slice text, struct input_history *history); /* cursor at the end */
/* Where the byte `at` of the text is drawn; the first column of the text when it is scrolled out on the left. */
int input_column(const struct input *in, struct rect r, const char *label, size_t at);
void input_clear(struct input *in); /* frees */
void input_set(struct input *in, struct slice text);
/* These bytes stand there for example: the cursor goes behind them, what is typed or pasted next takes their place, Backspace and
 * Delete take them out, any other key keeps them. */
void input_mark(struct input *in, size_t at, size_t n);
struct slice input_text(const struct input *in);
/* Underlines what err->at and err->span name (span 0: one cluster); NULL: nothing is wrong. The next edit takes it
 * away. */
void input_error(struct input *in, const struct err *err);

enum input_did { INPUT_IGNORED, INPUT_MOVED, INPUT_CHANGED };
enum input_did input_key(struct input *in, const struct key *key);

/* Draws label and text in the first row of r, scrolled so that the cursor is in sight, and puts the hardware cursor. */
void input_draw(const struct input *in, struct canvas *c, struct rect r, const char *label);
/* A click at column x of a row drawn so. */
void input_click(struct input *in, struct rect r, const char *label, int x);

#endif
