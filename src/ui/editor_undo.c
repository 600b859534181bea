/* Undo and redo: every edit is kept as what went and what came, long ones by reference (ui/chunks.h), so that the way
 * back costs by the number of chunks and not of bytes; typing in one go is one step. */
#include <stdlib.h>
#include <string.h>

#include "ui/editor_private.h"

#define STEP_BYTES   4096u  /* a run of typing becomes a new step after so much */
#define MARKED_BYTES 65536u /* a larger edit keeps the line marks for the way back */

static void edit_clear(struct edit *d) {
  chunks_clear(&d->gone);
  chunks_clear(&d->put);
  line_marks_clear(&d->marks);
}

static size_t edit_cost(const struct edit *d) {
  return sizeof *d + chunks_cost(&d->gone) + chunks_cost(&d->put) + d->marks.hunk.n * sizeof *d->marks.hunk.v;
}

/* The places that the editor holds, after `removed` bytes at `at` became `put`. */
static void move_places(struct editor *e, size_t at, size_t removed, size_t put) {
  if (at + removed <= e->sight.left)
    e->sight.left = e->sight.left - removed + put;
  else if (at < e->sight.left)
    e->sight.left = at;
  e->revision++;
  e->hit_n = 0;
  e->mark = SIZE_MAX;
  e->goal = SIZE_MAX;
  e->cursor = at + put;
}

/* Changes the text and whatever holds places in it. A large edit has the marks of the other side with it: working out
 * what a large part is would take a look at all of it. */
static void apply(struct editor *e, struct edit *d, bool back) {
  struct chunks *from = back ? &d->put : &d->gone, unused = {0};
  const struct chunks *to = back ? &d->gone : &d->put;
  size_t line = chunks_line_of(&e->text, d->at), removed = from->size, removed_lines = from->newlines;
  chunks_exchange(&e->text, d->at, removed, to, &unused);
  chunks_clear(&unused);
  if (d->swaps_marks) {
    struct line_marks other = d->marks;
    d->marks = e->marks;
    e->marks = other;
  } else {
    line_marks_edit(&e->marks, &e->old, &e->text, line, removed_lines, to->newlines);
  }
  move_places(e, d->at, removed, to->size);
}

static void drop_edits(struct undo_steps *u, size_t from, size_t count) {
  if (count == 0)
    return;
  for (size_t i = from; i < from + count; i++) {
    u->bytes -= edit_cost(&u->edit.v[i]);
    edit_clear(&u->edit.v[i]);
  }
  memmove(u->edit.v + from, u->edit.v + from + count, (u->edit.n - from - count) * sizeof *u->edit.v);
  u->edit.n -= count;
}

static size_t step_end(const struct undo_steps *u, size_t from) {
  size_t to = from + 1;
  while (to < u->edit.n && u->edit.v[to].joined)
    to++;
  return to;
}

static void keep_budget(struct undo_steps *u) {
  size_t count = 0, bytes = u->bytes;
  while (bytes > EDITOR_UNDO_BYTES) {
    size_t to = step_end(u, count);
    if (to >= u->edit.n)
      break;
    for (; count < to; count++)
      bytes -= edit_cost(&u->edit.v[count]);
  }
  if (count) {
    drop_edits(u, 0, count);
    u->done -= count;
    u->forgot = true;
  }
}

/* Adds to the newest edit what goes on where it left off. */
static bool extend(struct undo_steps *u, const struct edit *next, struct slice put) {
  if (u->sealed || next->kind == EDIT_OTHER || u->done == 0)
    return false;
  struct edit *d = &u->edit.v[u->done - 1];
  size_t before = edit_cost(d);
  if (d->kind != next->kind || d->put.size + d->gone.size >= STEP_BYTES || next->gone.size + put.n > CHUNK_MOVED)
    return false;
  if (d->kind == EDIT_TYPE && next->at == d->at + d->put.size && next->gone.size == 0) {
    chunks_splice(&d->put, d->put.size, 0, put);
  } else if (d->kind == EDIT_BACKSPACE && next->at + next->gone.size == d->at && put.n == 0) {
    chunks_exchange(&d->gone, 0, 0, &next->gone, NULL);
    d->at = next->at;
  } else if (d->kind == EDIT_DELETE && next->at == d->at && put.n == 0 && d->put.size == 0) {
    chunks_exchange(&d->gone, d->gone.size, 0, &next->gone, NULL);
  } else {
    return false;
  }
  u->bytes += edit_cost(d) - before;
  return true;
}

/* Is there room for what comes in the place of `removed` bytes? */
static bool fits(struct editor *e, size_t removed, size_t put) {
  if (put > removed && e->text.size - removed + put > e->limit) {
    e->refusal = "the text would become too large for this editor";
    return false;
  }
  return true;
}

static struct edit edit_begin(struct editor *e, size_t at, size_t removed, size_t put) {
  struct undo_steps *u = &e->undo;
  struct edit d = {.at = at, .cursor = e->cursor};
  drop_edits(u, u->done, u->edit.n - u->done);
  d.swaps_marks = removed + put > MARKED_BYTES;
  if (d.swaps_marks)
    line_marks_copy(&d.marks, &e->marks);
  return d;
}

/* The edit has been made; it is added to the steps. */
static void edit_keep(struct editor *e, struct edit *d) {
  VEC_PUSH(&e->undo.edit, *d);
  e->undo.done++;
  e->undo.bytes += edit_cost(d);
}

bool editor_splice(struct editor *e, size_t at, size_t removed, struct slice put, enum edit_kind kind, bool joined) {
  struct undo_steps *u = &e->undo;
  if (removed == 0 && put.n == 0)
    return true;
  if (!fits(e, removed, put.n))
    return false;
  struct edit d = edit_begin(e, at, removed, put.n);
  d.kind = kind;
  d.joined = joined && u->done > 0;
  size_t line = chunks_line_of(&e->text, at);
  struct chunks new = {0};
  chunks_splice(&new, 0, 0, put);
  chunks_exchange(&e->text, at, removed, &new, &d.gone);
  line_marks_edit(&e->marks, &e->old, &e->text, line, d.gone.newlines, new.newlines);
  if (extend(u, &d, put)) {
    chunks_clear(&new);
    edit_clear(&d);
  } else {
    d.put = new;
    edit_keep(e, &d);
  }
  u->sealed = false;
  keep_budget(u);
  move_places(e, at, removed, put.n);
  return true;
}

bool editor_exchange(struct editor *e, size_t at, size_t removed, struct chunks *put, struct line_marks *marks) {
  if (!fits(e, removed, put->size))
    return false;
  struct edit d = edit_begin(e, at, removed, put->size);
  size_t line = chunks_line_of(&e->text, at);
  editor_seal(e);
  d.put = *put;
  *put = (struct chunks){0};
  chunks_exchange(&e->text, at, removed, &d.put, &d.gone);
  if (marks) {
    line_marks_clear(&e->marks);
    e->marks = *marks;
    *marks = (struct line_marks){0};
  } else {
    line_marks_edit(&e->marks, &e->old, &e->text, line, d.gone.newlines, d.put.newlines);
  }
  size_t size = d.put.size;
  edit_keep(e, &d);
  keep_budget(&e->undo);
  move_places(e, at, removed, size);
  return true;
}

bool editor_at_opened(const struct editor *e) {
  return e->undo.done == 0 && !e->undo.forgot;
}

void editor_seal(struct editor *e) {
  e->undo.sealed = true;
}

/* Back at what was opened the marks are known without comparing. */
static void arrived(struct editor *e) {
  editor_seal(e);
  e->cutting = false;
  if (editor_at_opened(e))
    line_marks_clear(&e->marks);
}

bool editor_undo(struct editor *e) {
  struct undo_steps *u = &e->undo;
  if (u->done == 0)
    return false;
  bool joined;
  do {
    struct edit *d = &u->edit.v[--u->done];
    apply(e, d, true);
    e->cursor = d->cursor;
    joined = d->joined;
  } while (joined);
  arrived(e);
  return true;
}

const char *editor_no_step(const struct editor *e, bool undo) {
  return !undo ? "nothing to redo" : e->undo.forgot ? "older steps were given up: the text is long" : "nothing to undo";
}

bool editor_redo(struct editor *e) {
  struct undo_steps *u = &e->undo;
  if (u->done == u->edit.n)
    return false;
  size_t to = step_end(u, u->done);
  while (u->done < to)
    apply(e, &u->edit.v[u->done++], false);
  arrived(e);
  return true;
}
