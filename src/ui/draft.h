/*
 * Messages that are being edited. A draft outlives the view it is edited in: Esc keeps it, and opening the same message
 * again in this run goes on with it, undo steps and an external editor that is still open included. Its flow is pinned,
 * so the ring never takes it away under the person's hands.
 */
#ifndef WEIR_SRC_UI_DRAFT_H
#define WEIR_SRC_UI_DRAFT_H

#include "ui/external.h"
#include "ui/ui_state.h"
#include "weir/io/shell.h"
#include "weir/ui/editor.h"

struct draft {
  struct draft *next;
  struct drafts *drafts;
  uint64_t id; /* of its flow; 0: a new request, composed from nothing */
  enum flow_side side;
  struct editor *editor;
  bool keep_length, kept_before; /* Content-Length stands as typed: now, and when it was opened */
  bool in_place;                 /* changes the paused message; else what is sent is a copy */
  bool decoded, head_only;       /* of the body, as proxy_edit_open() and its source say */
  bool hex, hex_chosen;          /* the body is shown in hexadecimal digits; that was decided */
  char template_host[256];       /* composing, as the template has it; "": it was written over */
  uint64_t returned;             /* composing: the text's revision, plus one, when it was shown again; 0: it was not */
  char why[160];                 /* why only the head is here */
  struct external *external;     /* open in the person's own editor; NULL: not */
  struct vterm_pane *screen;     /* of that editor where it runs in a pane; NULL: it has the terminal */
  struct view *pane;             /* that shows it with the keys going there; NULL: none does */
  bool pressed;                  /* a key went there: what it writes next is the answer */
  bool straight;                 /* that editor was asked for from outside: what it saved is applied at once */
  struct shell *shell;           /* a command that has the body; NULL: none */
  char *shell_line;
  size_t shell_at, shell_n;        /* what its output takes the place of */
  struct body *ready;              /* while it is sent: its body, when that was made piece by piece; NULL: it was not */
  bool opening;                    /* the body is still coming: the work does that */
  void (*opened)(struct draft *d); /* called when it is all here; may be NULL */
  struct edit_work *work;          /* long work on the text (edit_work.h); NULL: none */
  struct view *view;               /* in which it is open; NULL: none */
};

struct drafts {
  struct ui *ui;
  struct draft *first;
  struct input_history with; /* what was put in the place of what */
  struct buf find, replace;  /* last looked for, last replaced */
};

struct drafts *drafts_new(struct ui *ui);
void drafts_free(struct drafts *all); /* external editors are told to hang up */

/* The draft of that message: the one kept from earlier (*again), or a new one. NULL with a sentence. */
struct draft *draft_open(struct drafts *all, uint64_t id, enum flow_side side, bool *again, struct err *err);
/* The request being composed (*again), or a new one that begins with `text`. */
struct draft *draft_compose(struct drafts *all, struct slice text, bool *again);
void draft_drop(struct draft *d);
void draft_end_external(struct draft *d); /* that editor is told to hang up */
bool draft_changed(const struct draft *d);
/* The text is elsewhere, in another editor or a command, or worked on: it may not be changed here. */
bool draft_is_out(const struct draft *d);

/* Its body is so long that making it ready, with its coding put on again, takes several slices: draft_prepare() does,
 * then calls `then`. (draft_body.c) */
bool draft_is_long(const struct draft *d);
/* A long one that stands from `at` on is as it was opened, so that the bytes which were there can stay. */
bool draft_body_same(const struct draft *d, size_t at);
void draft_prepare(struct draft *d, void (*then)(struct draft *d));
bool draft_waits(const struct draft *d); /* its message is paused and somebody waits for it */
/* Into the place of the paused message, which stays paused; u takes it back. Unchanged text changes nothing. */
bool draft_apply(struct draft *d, struct err *err);
/* Sends it: resumes the paused message, or sends a copy as a new flow. *sent: the new flow's id, 0 when resumed. */
bool draft_send(struct draft *d, uint64_t *sent, struct err *err);

#endif
