/*
 * Which lines of an edited text are new or different from the text that was opened. Kept as hunks, like a diff that is
 * built while editing: lines [old, old + old_n) of the opened text became lines [now, now + now_n) of the edited one.
 * An edit costs by its own size; a hunk whose two sides have become equal again vanishes.
 *
 * Invariants: hunks are in order and do not overlap on either side; between them the two texts are the same.
 */
#ifndef WEIR_SRC_UI_LINE_MARKS_H
#define WEIR_SRC_UI_LINE_MARKS_H

#include "ui/chunks.h"

struct line_hunk {
  size_t old, old_n;
  size_t now, now_n;
};

struct line_marks {
  VEC(struct line_hunk) hunk;
};

enum line_mark { LINE_SAME, LINE_ADDED, LINE_CHANGED };

void line_marks_clear(struct line_marks *m);
void line_marks_copy(struct line_marks *to, const struct line_marks *from); /* into an empty one */
/* The edit that has just been made at line `line` took `removed` newlines out and put `inserted` in. */
void line_marks_edit(struct line_marks *m, const struct chunks *old, const struct chunks *now, size_t line,
                     size_t removed, size_t inserted);
/* Those lines, which grow from one to the next, have changed, and their number has not. */
void line_marks_touch(struct line_marks *m, const size_t *line, size_t count);
enum line_mark line_marks_at(const struct line_marks *m, const struct chunks *old, const struct chunks *now,
                             size_t line);

#endif
