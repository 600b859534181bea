/*
 * A view is a table of functions on a stack (tig's shape). Drawing is const and never changes the model; keys
 * go to the top view first, then to the keys that hold everywhere.
 */
#ifndef WEIR_UI_VIEW_H
#define WEIR_UI_VIEW_H

#include "weir/app/doctor.h"
#include "weir/app/weir.h"
#include "weir/ui/canvas.h"
#include "weir/ui/key.h"

struct table_text;
struct terminal;
struct ui;
struct view;

/*
 * One act that has a name, and the keys it has at first. These rows feed the dispatch, the hint line, help, the palette,
 * the `:` line, `:map` and the pages of documentation, so that no key is shown that does nothing. A name is of small
 * letters, digits and hyphens ("flow-replay", "go-last"), one to an act: the same act in two views has the same name, and
 * no view has a name twice in the tables that hold there. People write names into their configuration: a name that was
 * published stays.
 */
struct binding {
  const char *name;
  const char *keys; /* "j Down": names for key_parse(), blanks between alternatives; two-key chords as "yu"; "": none */
  const char *hint; /* word for the hint line: "next"; NULL: not there */
  const char *help; /* phrase for help and manual */
  const char *group; /* "MOVE", "ACT ON A FLOW", "FIND", "SCREEN", "PROGRAM"... see bindings.c */
  void (*act)(struct ui *ui, struct view *v, int count); /* count: 0 when none was typed */
  /* NULL: always. False: no hint is shown and menus dim it; the key still acts, and its act says in words why it cannot.
   */
  bool (*enabled)(const struct ui *ui, const struct view *v);
  const char *why; /* where it is not enabled, menus say this beside it: "nothing is paused"; NULL: nothing to say */
  /* The hint is shown only where this holds too: when the act is what one wants next. NULL: wherever it is enabled. */
  bool (*hinted)(const struct ui *ui, const struct view *v);
  const char *(*word)(const struct ui *ui, const struct view *v); /* in the place of `hint`; NULL: that one */
};

enum stride { STRIDE_ROW, STRIDE_HALF, STRIDE_PAGE, STRIDE_ALL };

struct view_ops {
  const char *name;               /* "flow list" */
  bool typing;                    /* letters are text here: help is F1, not ? */
  bool foreign;                   /* keys and mouse go to a program in it: no global key holds */
  bool overlay;                   /* the view below is drawn first, and no global key holds (dialogs, help, prompts) */
  const struct binding *bindings; /* ends with keys == NULL */
  const struct binding *shared;   /* a second table behind it, such as flow_bindings; may be NULL */
  void (*draw)(const struct view *v, const struct ui *ui, struct canvas *c, struct rect r);
  bool (*key)(struct ui *ui, struct view *v,
              const struct key *key); /* before the bindings: text entry, mouse; true: taken */
  /* So many strides down, or up when negative; for the acts of ui/go.h. NULL: none of them is in its table. */
  void (*go)(struct ui *ui, struct view *v, enum stride stride, long times);
  void (*layout)(struct ui *ui, struct view *v,
                 struct rect r); /* size or model changed: settle scroll positions before drawing */
  /* Of an overlay: what of its rectangle is left to the view below; NULL: all. */
  struct rect (*room)(const struct view *v, const struct ui *ui, struct rect r);
  void (*message)(const struct view *v, const struct ui *ui,
                  struct buf *out); /* the message line when nothing else is said */
  void (*free)(struct ui *ui, struct view *v);
  /* What it shows grows older by itself just now (a command runs), so it is drawn a few times a second. NULL: never. */
  bool (*ages)(const struct view *v);
  /* What acts on a flow act on: its id (0: none here) and the side that has the focus. NULL: none. */
  uint64_t (*flow)(const struct view *v, const struct ui *ui);
  enum flow_side (*side)(const struct view *v);
  /* The word for the hint line as things are now; NULL: the binding's own. The function may be NULL. */
  const char *(*hint)(const struct ui *ui, const struct view *v, const struct binding *b);
  /* A left click that may have met a column head: true when it did, and the view has acted on it. NULL: no heads. */
  bool (*head)(struct ui *ui, struct view *v, int x, int y);
  /* The mouse was dragged with its left button to (key->x, key->y): true when the view did something with it. NULL: it
   * does nothing; `key` is not asked about drags. */
  bool (*drag)(struct ui *ui, struct view *v, const struct key *key);
  /* Asked before a key for another screen (F2, F3, g l) closes this view; false keeps it open, having said why. NULL:
   * yes. */
  bool (*leave)(struct ui *ui, struct view *v);
  /* The table that this screen shows, its heads first, for the clipboard or a file (src/ui/table_text.h). NULL, or why
   * there is none now. NULL: it never shows one. */
  const char *(*table)(const struct view *v, const struct ui *ui, struct table_text *out);
};

struct view { /* first member of every view */
  const struct view_ops *ops;
  struct view *below;
};

struct ui *ui_new(struct weir *w, struct terminal *t);
void ui_free(struct ui *ui);
void ui_describe(struct doctor_screen *out); /* what the screen would be like */
int ui_run(struct weir *w);                  /* the whole interactive program on the real terminal; exit status */

void ui_push(struct ui *ui, struct view *v);
void ui_pop(struct ui *ui); /* frees the top view; the last one quits */
/* Something to draw: painted in this turn when a key caused it, else at most 30 times a second. */
void ui_dirty(struct ui *ui);
void ui_say(struct ui *ui, const char *format, ...) __attribute__((format(printf, 2, 3)));  /* message line */
void ui_warn(struct ui *ui, const char *format, ...) __attribute__((format(printf, 2, 3))); /* same, as an error */
void ui_quit(struct ui *ui, bool ask);

#endif
