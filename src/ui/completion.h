/*
 * What may stand where the cursor is in an input line: candidates, the list that shows them, and walking through it with
 * Tab. Whoever asks the question fills it (prompt_options.complete); the prompt does the rest. Private to src/ui.
 */
#ifndef WEIR_SRC_UI_COMPLETION_H
#define WEIR_SRC_UI_COMPLETION_H

#include "weir/base/buf.h"
#include "weir/base/vec.h"
#include "weir/ui/canvas.h"
#include "weir/ui/view.h"

#define COMPLETION_MAX 1000 /* a folder may be large */

struct candidate {
  char *text; /* what is put in the place of the word */
  char *help; /* said beside it; NULL: nothing */
  bool open;  /* more follows at once (a folder, a name that takes a value after '='): no blank behind it */
};

struct completion {
  size_t from;                     /* the word begins here in the input's text and goes to the cursor */
  struct slice word;               /* as typed; valid while candidates are added */
  VEC(struct candidate) candidate; /* those that begin with the word, without regard to case, in the order added */
  bool shown;
  size_t chosen; /* candidate.n: none */
};

/* Fills `out` for the text up to the cursor: completion_begin(), then completion_add() for all that could stand there. */
typedef void completion_fn(struct ui *ui, void *arg, struct slice before, struct completion *out);

void completion_clear(struct completion *c); /* and frees */
void completion_begin(struct completion *c, struct slice before, size_t from);
/* help may be NULL; both are copied. What does not begin with the word is left out. */
void completion_add(struct completion *c, struct slice text, const char *help, bool open);
bool completion_has(const struct completion *c, struct slice text);
/* The files and folders that the word may be the beginning of ("~/c", "dir/"). */
void completion_add_files(struct completion *c);

/* The fields of the field table that a column or an order can be made of, and how headers and JSON values are named. */
void completion_add_fields(struct completion *c);

/* A completion_fn for questions that want a file's name and nothing else. */
void completion_file_name(struct ui *ui, void *arg, struct slice before, struct completion *out);

size_t completion_common(const struct completion *c); /* bytes that all candidates begin with */
void completion_sort(struct completion *c);           /* by text */

/* Beside the line that is typed in: the room for the list, which hangs from its top or stands at its bottom, and the
 * column where the word begins, over or under which the candidates stand. */
struct completion_room {
  struct rect rect;
  bool hangs;
  int column;
};
/* Empty when nothing is shown. */
struct rect completion_box(const struct completion *c, struct completion_room room);
void completion_draw(const struct completion *c, struct canvas *canvas, struct completion_room room);
size_t completion_at(const struct completion *c, struct completion_room room, int x, int y); /* candidate.n: none */

#endif
