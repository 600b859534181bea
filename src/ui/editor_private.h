/*
 * What the editor's files share. The text is chunks (ui/chunks.h) that share with what was opened; every change
 * goes through editor_splice(), which keeps undo steps, line marks and places right.
 */
#ifndef WEIR_SRC_UI_EDITOR_PRIVATE_H
#define WEIR_SRC_UI_EDITOR_PRIVATE_H

#include "ui/chunks.h"
#include "ui/line_marks.h"
#include "weir/ui/editor.h"

#define EDITOR_UNDO_BYTES   (128u << 20) /* kept for undo; the newest step is always kept */
#define EDITOR_COLUMN_BYTES 65536u       /* columns are counted this far into a line; behind, a byte is a column */
#define EDITOR_TAB          8u
#define EDITOR_HEAD_MAX     ((size_t)1 << 20) /* no head is longer */

enum edit_kind { EDIT_OTHER, EDIT_TYPE, EDIT_BACKSPACE, EDIT_DELETE };

struct edit {
  size_t at;
  struct chunks gone, put;
  size_t cursor; /* before the edit */
  enum edit_kind kind : 8;
  bool joined;             /* one step with the edit before it */
  bool swaps_marks;        /* a large one: */
  struct line_marks marks; /* those of the other side of the edit */
};

struct undo_steps {
  VEC(struct edit) edit;
  size_t done; /* edits in force; those behind can be redone */
  size_t bytes;
  bool sealed; /* the next edit begins a step of its own */
  bool forgot; /* the oldest steps were given up: done == 0 is not what was opened */
};

struct sight { /* the part of the text that is shown */
  size_t top;  /* line in the first row */
  size_t left; /* offset at which the cursor's line begins to be drawn */
};

struct hex_sight { /* of the body in hexadecimal digits */
  bool on;
  size_t begin; /* of the body in the text */
  size_t top;   /* offset in the body that the first row begins with */
  bool ascii;   /* typing goes into the characters */
  bool low;     /* the next digit is the second one of its byte */
  bool insert;  /* what is typed goes between the bytes */
  struct rect area;
};

struct editor {
  struct chunks old, text; /* what was opened, and what it is now */
  struct line_marks marks;
  struct undo_steps undo;
  uint64_t revision;
  size_t cursor;
  size_t goal; /* column that Up and Down keep; SIZE_MAX: that of the cursor */
  struct sight sight;
  struct rect area;
  struct hex_sight hex;
  struct chunks cut; /* lines for Ctrl-U */
  bool cutting;      /* the last key was Ctrl-K: another adds to `cut` */
  size_t hit, hit_n; /* what the last find selected */
  size_t mark;       /* where the marked part begins or ends, the cursor being its other end; SIZE_MAX: none */
  size_t limit;      /* the text may not grow beyond */
  const char *refusal;
};

/* The keys of one way to show the text; each function says whether the key was its own. */
struct editor_keys {
  bool (*mouse)(struct editor *e, const struct key *key);
  bool (*move)(struct editor *e, const struct key *key);
  bool (*edit)(struct editor *e, const struct key *key);
  bool (*letter)(struct editor *e, uint32_t code, unsigned mods);
};
bool editor_take(struct editor *e, const struct key *key, const struct editor_keys *keys);

/* Replaces `removed` bytes at `at` by `put`; false with e->refusal when the text would grow too large. The cursor goes
 * behind what was put. joined: one undo step with the edit before. */
bool editor_splice(struct editor *e, size_t at, size_t removed, struct slice put, enum edit_kind kind, bool joined);
/* The same with a text of chunks, which it takes, as a step of its own. marks (may be NULL: worked out): those of the text
 * as it will be, taken. */
bool editor_exchange(struct editor *e, size_t at, size_t removed, struct chunks *put, struct line_marks *marks);
bool editor_put_down(struct editor *e); /* what was cut, at the cursor */
/* Why there is nothing to undo, or to redo. */
const char *editor_no_step(const struct editor *e, bool undo);
bool editor_at_opened(const struct editor *e); /* everything is undone */
void editor_seal(struct editor *e);            /* the next edit begins an undo step of its own */

size_t editor_opened_body(const struct editor *e); /* where the body began in what was opened */

/* Walks a range cluster by cluster without looking up chunks for each. */
struct glide {
  const struct chunks *text;
  size_t at, end;
  size_t column; /* of `at`, from where the walk began */
  unsigned flags;
  size_t from, n; /* what `bytes` holds */
  char bytes[1024];
};
void glide_start(struct glide *g, const struct editor *e, size_t at, size_t end, unsigned flags);
bool glide_next(struct glide *g); /* false at the end */

size_t editor_next(const struct editor *e, size_t at); /* behind the cluster or line end at `at` */
size_t editor_previous(const struct editor *e, size_t at);
size_t editor_line_end(const struct editor *e,
                       size_t at); /* where End goes: a CR before the newline is part of the line's end */
size_t editor_column(const struct editor *e, size_t at);
size_t editor_at_column(const struct editor *e, size_t line_begin, size_t column);

/* Where the text would be shown so that the cursor is in sight; the old sight is kept where it can be. */
struct sight editor_settle(const struct editor *e, struct rect r, unsigned flags);
int editor_gutter(const struct editor *e, struct rect r); /* columns before the text */
size_t editor_at_cell(const struct editor *e, int x, int y);

#endif
