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
/* More of what is opened, behind what there is already; before any edit. */
void editor_load(struct editor *e, struct slice more);
void editor_set_limit(struct editor *e, size_t limit); /* the text may not grow beyond, or beyond what it has */
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
bool editor_changed(const struct editor *e);                 /* differs from what it was opened with */
bool editor_same_body(const struct editor *e, size_t begin); /* what begins there is the body that was opened */
size_t editor_changes(const struct editor *e);               /* places that differ, for "2 changes" */
/* Why the last key, paste or replace did nothing; NULL: it did what it should. The text has a largest size: 256 MB
 * unless it was set, or what was opened. */
const char *editor_refusal(const struct editor *e);
void editor_goto(struct editor *e, size_t offset);                   /* puts the cursor there and into view */
void editor_goto_line(struct editor *e, size_t line, size_t column); /* from 1; as far as there are so many */
size_t editor_cursor(const struct editor *e);
void editor_place(const struct editor *e, size_t *line, size_t *column); /* from 1 */
/* Editing keys; false: not the editor's (Ctrl-S, Ctrl-O, Esc, Ctrl-E, Alt-L... are the view's). */
bool editor_key(struct editor *e, const struct key *key);
/* A paste as it is meant: exactly the bytes that came; but a terminal sends Return where the pasted text had newlines,
 * so a paste without any LF gets them back. The answer is `pasted`, or lies in `copy`, which is the caller's and empty. */
struct slice editor_pasted_lines(struct slice pasted, struct buf *copy);
/* Begins to mark at the cursor (true), or gives the mark up. Any change of the text gives it up too; Ctrl-K cuts what is
 * marked. */
bool editor_mark(struct editor *e);
bool editor_selection(const struct editor *e, size_t *at, size_t *n); /* false: nothing is marked; both stay */
/* What is marked, else the cursor's line, for Ctrl-U; how many bytes. The mark is given up. */
size_t editor_copy_out(struct editor *e);
void editor_layout(struct editor *e, struct rect r);
/* Line numbers and a gutter: '+' added, '~' changed lines against the text it was opened with. */
void editor_draw(const struct editor *e, struct canvas *c, struct rect r);
/* ---- the body in hexadecimal digits (editor_hex.c) ---- */
void editor_set_hex(struct editor *e, bool on);
bool editor_shows_hex(const struct editor *e);
bool editor_in_hex(const struct editor *e); /* it is on, and the cursor is in the body: keys are editor_hex_key()'s */
void editor_hex_begin(struct editor *e, size_t begin);                 /* the body begins there by now */
void editor_hex_layout(struct editor *e, struct rect r, size_t begin); /* begin: of the body */
void editor_hex_draw(const struct editor *e, struct canvas *c, struct rect r);
bool editor_hex_key(struct editor *e, const struct key *key); /* as editor_key() */
void editor_hex_goto(struct editor *e, size_t offset);        /* of the body */
bool editor_hex_turn(struct editor *e);                       /* digits, or (true) the characters beside them */
void editor_hex_say(const struct editor *e, struct buf *out); /* where the cursor is, and on what */
/* "0d 0a", "0x0d0a": appends the bytes; false: it is not only pairs of digits. */
bool editor_hex_parse(struct slice s, struct buf *out);
/* The head alone, above: the lines before `begin`. */
void editor_layout_head(struct editor *e, struct rect r, size_t begin);
void editor_draw_head(const struct editor *e, struct canvas *c, struct rect r, size_t begin);
size_t editor_lines(const struct editor *e, size_t to); /* line ends before that offset */

/* Finding and replacing, a slice of the loop at a time. The text and the cursor must not change between the steps of a
 * task. A task that is freed before its end has changed nothing. */
struct editor_task;
/* Letters in either case; from the cursor on, and round; selects what it found. */
struct editor_task *editor_find_begin(struct editor *e, struct slice needle, bool backward);
/* All of them, as one step of undo. */
struct editor_task *editor_replace_begin(struct editor *e, struct slice needle, struct slice with);
void editor_task_exact(struct editor_task *t); /* before its first step: letters in their case only */
bool editor_task_step(struct editor_task *t, uint64_t deadline_ns); /* clock_mono(); false: it has ended */
size_t editor_task_count(const struct editor_task *t);              /* found (0 or 1), or replaced */
unsigned editor_task_percent(const struct editor_task *t);
void editor_task_free(struct editor_task *t);
/* Both cost by the number of edits in the step, not by their size. */
bool editor_undo(struct editor *e);
bool editor_redo(struct editor *e);

#endif
