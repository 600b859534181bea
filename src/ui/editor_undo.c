/* Undo and redo: every edit is kept as what went and what came; typing in one go is one step. */
#include <stdlib.h>
#include <string.h>

#include "ui/editor_private.h"

#define STEP_BYTES 4096u /* a run of typing becomes a new step after so much */

static void edit_clear(struct edit *d) {
  buf_clear(&d->gone);
  buf_clear(&d->put);
}

static size_t edit_cost(const struct edit *d) {
  return sizeof *d + d->gone.n + d->put.n;
}

/* Changes the text and whatever holds places in it. */
static void apply(struct editor *e, size_t at, size_t removed, struct slice put) {
  size_t line = chunks_line_of(&e->text, at);
  size_t removed_lines = chunks_line_of(&e->text, at + removed) - line;
  size_t others = e->text.newlines - removed_lines;
  chunks_splice(&e->text, at, removed, put);
  line_marks_edit(&e->marks, &e->old, &e->text, line, removed_lines, e->text.newlines - others);
  if (at + removed <= e->sight.left) {
    e->sight.left = e->sight.left - removed + put.n;
  } else if (at < e->sight.left) {
    e->sight.left = at;
  }
  e->revision++;
  e->hit_n = 0;
  e->mark = SIZE_MAX;
  e->goal = SIZE_MAX;
  e->cursor = at + put.n;
}

static void drop_edits(struct undo_steps *u, size_t from, size_t count) {
  if (count == 0) {
    return;
  }
  for (size_t i = from; i < from + count; i++) {
    u->bytes -= edit_cost(&u->edit.v[i]);
    edit_clear(&u->edit.v[i]);
  }
  memmove(u->edit.v + from, u->edit.v + from + count, (u->edit.n - from - count) * sizeof *u->edit.v);
  u->edit.n -= count;
}

static size_t step_end(const struct undo_steps *u, size_t from) {
  size_t to = from + 1;
  while (to < u->edit.n && u->edit.v[to].joined) {
    to++;
  }
  return to;
}

static void keep_budget(struct undo_steps *u) {
  size_t count = 0, bytes = u->bytes;
  while (bytes > EDITOR_UNDO_BYTES) {
    size_t to = step_end(u, count);
    if (to >= u->edit.n) {
      break;
    }
    for (; count < to; count++) {
      bytes -= edit_cost(&u->edit.v[count]);
    }
  }
  if (count) {
    drop_edits(u, 0, count);
    u->done -= count;
    u->forgot = true;
  }
}

/* Adds to the newest edit what goes on where it left off. */
static bool extend(struct undo_steps *u, size_t at, struct slice gone, struct slice put, enum edit_kind kind) {
  if (u->sealed || kind == EDIT_OTHER || u->done == 0) {
    return false;
  }
  struct edit *d = &u->edit.v[u->done - 1];
  if (d->kind != kind || d->put.n + d->gone.n >= STEP_BYTES) {
    return false;
  }
  if (kind == EDIT_TYPE && at == d->at + d->put.n && gone.n == 0) {
    buf_add_slice(&d->put, put);
  } else if (kind == EDIT_BACKSPACE && at + gone.n == d->at && put.n == 0) {
    buf_insert(&d->gone, 0, gone.p, gone.n);
    d->at = at;
  } else if (kind == EDIT_DELETE && at == d->at && put.n == 0 && d->put.n == 0) {
    buf_add_slice(&d->gone, gone);
  } else {
    return false;
  }
  u->bytes += gone.n + put.n;
  return true;
}

bool editor_splice(struct editor *e, size_t at, size_t removed, struct slice put, enum edit_kind kind, bool joined) {
  struct undo_steps *u = &e->undo;
  if (put.n > removed && e->text.size - removed + put.n > e->limit) {
    e->refusal = "the text would become too large for this editor";
    return false;
  }
  if (removed == 0 && put.n == 0) {
    return true;
  }
  drop_edits(u, u->done, u->edit.n - u->done);
  struct edit d = {.at = at, .cursor = e->cursor, .kind = kind, .joined = joined && u->done > 0};
  if (removed) {
    chunks_append(&e->text, at, removed, &d.gone);
  }
  if (extend(u, at, buf_slice(&d.gone), put, kind)) {
    buf_clear(&d.gone);
  } else {
    buf_add_slice(&d.put, put);
    VEC_PUSH(&u->edit, d);
    u->done++;
    u->bytes += edit_cost(&d);
  }
  u->sealed = false;
  keep_budget(u);
  apply(e, at, removed, put);
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
  if (editor_at_opened(e)) {
    line_marks_clear(&e->marks);
  }
}

bool editor_undo(struct editor *e) {
  struct undo_steps *u = &e->undo;
  if (u->done == 0) {
    return false;
  }
  bool joined;
  do {
    struct edit *d = &u->edit.v[--u->done];
    apply(e, d->at, d->put.n, buf_slice(&d->gone));
    e->cursor = d->cursor;
    joined = d->joined;
  } while (joined);
  arrived(e);
  return true;
}

bool editor_redo(struct editor *e) {
  struct undo_steps *u = &e->undo;
  if (u->done == u->edit.n) {
    return false;
  }
  size_t to = step_end(u, u->done);
  while (u->done < to) {
    struct edit *d = &u->edit.v[u->done++];
    apply(e, d->at, d->gone.n, buf_slice(&d->put));
  }
  arrived(e);
  return true;
}
