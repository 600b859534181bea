/*
 * The built-in editor's buffer and widget: one text of bytes (start line, fields, empty line, body), modeless,
 * nano-like. Bytes survive: any 0x00-0xff, CR LF, no final newline. Good for tens of megabytes: edits cost by their own
 * size, not by the text's.
 */
#ifndef WEIR_UI_EDITOR_H
#define WEIR_UI_EDITOR_H

#include "weir/ui/canvas.h"
#include "weir/ui/key.h"

struct editor;

struct editor *editor_new(struct slice text);
void editor_free(struct editor *e);
size_t editor_size(const struct editor *e);
void editor_text(const struct editor *e, struct buf *out); /* appends the whole text */
/* Appends up to n bytes from offset `at`. */
void editor_copy(const struct editor *e, size_t at, size_t n, struct buf *out);
uint64_t editor_revision(const struct editor *e); /* grows with every change of the text */
/* Puts another text in the place of the whole (an external editor's result): one undo step; the cursor stays where it
 * can. */
bool editor_set_text(struct editor *e, struct slice text);
/* The same for `n` bytes from `at` on. */
bool editor_set_part(struct editor *e, size_t at, size_t n, struct slice text);
bool editor_changed(const struct editor *e);   /* differs from what it was opened with */
size_t editor_changes(const struct editor *e); /* places that differ, for "2 changes" */
/* Why the last key, paste or replace did nothing; NULL: it did what it should. The text has a largest size: 256 MB, or
 * what was opened. */
const char *editor_refusal(const struct editor *e);
void editor_goto(struct editor *e, size_t offset); /* puts the cursor there and into view */
size_t editor_cursor(const struct editor *e);
void editor_place(const struct editor *e, size_t *line, size_t *column); /* from 1 */
/* Editing keys; false: not the editor's (Ctrl-S, Ctrl-O, Esc, Ctrl-E, Alt-L... are the view's). */
bool editor_key(struct editor *e, const struct key *key);
/* Begins to mark at the cursor (true), or gives the mark up. Any change of the text gives it up too; Ctrl-K cuts what is
 * marked. */
bool editor_mark(struct editor *e);
bool editor_selection(const struct editor *e, size_t *at, size_t *n); /* false: nothing is marked; both stay */
void editor_layout(struct editor *e, struct rect r);
/* Line numbers and a gutter: '+' added, '~' changed lines against the text it was opened with. */
void editor_draw(const struct editor *e, struct canvas *c, struct rect r);
bool editor_find(struct editor *e, struct slice needle, bool backward); /* no case; from the cursor, wraps; selects */
size_t editor_replace(struct editor *e, struct slice needle, struct slice with); /* all; one undo step; how many */
/* The same a slice of the loop at a time, for long texts. The text and the cursor must not change between the steps of a
 * task. A task that is freed before its end has changed nothing. */
struct editor_task;
struct editor_task *editor_find_begin(struct editor *e, struct slice needle, bool backward);
struct editor_task *editor_replace_begin(struct editor *e, struct slice needle, struct slice with);
bool editor_task_step(struct editor_task *t, uint64_t deadline_ns); /* clock_mono(); false: it has ended */
size_t editor_task_count(const struct editor_task *t);              /* found (0 or 1), or replaced */
bool editor_task_replaces(const struct editor_task *t);
unsigned editor_task_percent(const struct editor_task *t);
void editor_task_free(struct editor_task *t);
/* Both cost by the number of edits in the step, not by their size. */
bool editor_undo(struct editor *e);
bool editor_redo(struct editor *e);

#endif
