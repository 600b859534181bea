#include "ui/edit_acts.h"

#include <stdlib.h>
#include <unistd.h>

#include "ui/edit_body.h"
#include "ui/edit_complete.h"
#include "ui/edit_file.h"
#include "ui/edit_find.h"
#include "ui/edit_hex.h"
#include "ui/edit_work.h"
#include "ui/editor_pane.h"
#include "ui/repeater.h"

#define BACK_MAX ((size_t)256 << 20) /* what an external editor may hand back */

static struct edit_view *self(struct view *v) {
  return (struct edit_view *)v;
}
static unsigned long long number(const struct draft *d) {
  return (unsigned long long)d->id;
}

/* ---- leaving ---- */

/* Closes the view when it is the top one. The draft stays, unless drop. */
static void close_view(struct draft *d, bool drop) {
  struct ui *ui = d->drafts->ui;
  struct view *v = d->view;
  d->view = NULL;
  if (drop)
    draft_drop(d);
  if (v) {
    self(v)->draft = NULL;
    if (ui->top == v)
      ui_pop(ui);
  }
}

static void refuse(struct draft *d, const struct err *err) {
  if (err->at || err->span)
    editor_goto(d->editor, err->at);
  ui_warn(d->drafts->ui, "%s", err->text);
}

bool edit_is_out(struct ui *ui, const struct draft *d) {
  if (d->external) {
    ui_warn(ui, "%s has this text: Ctrl-E goes back to it, Alt-K ends it", external_name(d->external));
  } else if (d->shell) {
    ui_warn(ui, "a command has this text; Esc ends it");
  } else if (d->work) {
    unsigned percent;
    const char *doing = edit_work_doing(d, &percent);
    ui_warn(ui, "%s, %u %%; Esc stops it", doing, percent);
  }
  return draft_is_out(d);
}

static void send_now(struct draft *d) {
  struct ui *ui = d->drafts->ui;
  struct err err = ERR_INIT;
  uint64_t sent;
  unsigned long long n = number(d);
  bool well = draft_send(d, &sent, &err), changed = well && draft_changed(d);
  d->ready = NULL;
  if (!well) {
    refuse(d, &err);
    return;
  }
  close_view(d, true);
  if (sent) {
    list_select(ui, sent); /* what is asked next is about it: its answer, once more, ten times */
    ui_say(ui, "sent as #%llu", (unsigned long long)sent);
  } else {
    ui_say(ui, changed ? "#%llu goes on as you changed it" : "#%llu goes on", n);
  }
}

/* At once, or once its body is ready. */
static void when_ready(struct draft *d, void (*then)(struct draft *d)) {
  if (draft_is_long(d))
    draft_prepare(d, then);
  else
    then(d);
}

static void act_send(struct ui *ui, struct view *v, int count) {
  struct draft *d = self(v)->draft;
  (void)count;
  if (!edit_is_out(ui, d))
    when_ready(d, send_now);
}

/* Of a recorded request: into its tab of the repeater, where r sends it, 10r ten times. */
static void keep_for_later(struct ui *ui, struct draft *d) {
  struct buf text = BUF_INIT;
  uint64_t id = d->id;
  struct replay_tab *t = repeater_tab(ui->repeater, id);
  if (!t)
    return;
  editor_text(d->editor, &text);
  repeater_keep_text(t, id, buf_slice(&text), d->keep_length);
  close_view(d, true);
  repeater_show(ui, id);
  ui_say(ui, "kept: r sends it, 10r ten times; {{n}}, {{uuid}} and {{file:NAME}} differ in each");
  buf_clear(&text);
}

static void apply_now(struct draft *d) {
  struct ui *ui = d->drafts->ui;
  struct err err = ERR_INIT;
  unsigned long long n = number(d);
  bool well = draft_apply(d, &err), changed = well && draft_changed(d);
  d->ready = NULL;
  if (!well) {
    refuse(d, &err);
    return;
  }
  close_view(d, true);
  ui_say(ui, changed ? "#%llu is changed and still paused: a sends it" : "#%llu is still paused as it was: a sends it",
         n);
}

static void act_keep(struct ui *ui, struct view *v, int count) {
  struct draft *d = self(v)->draft;
  (void)count;
  if (edit_is_out(ui, d))
    return;
  if (d->id == 0) {
    ui_warn(ui, "a new request waits for nobody: Ctrl-S sends it, Esc keeps it");
  } else if (!draft_waits(d) && d->side == FLOW_REQUEST && !d->in_place && !d->head_only) {
    keep_for_later(ui, d);
  } else if (!draft_waits(d)) {
    ui_warn(ui,
            d->side == FLOW_REQUEST ? "#%llu is not paused: Ctrl-S sends this text as a new request"
                                    : "#%llu is not paused: its response has gone",
            number(d));
  } else {
    when_ready(d, apply_now);
  }
}

static void act_leave(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (self(v)->draft->opening) {
    ui_say(ui, "#%llu was not opened", number(self(v)->draft));
    close_view(self(v)->draft, true);
  } else if (self(v)->draft->shell) {
    shell_cancel(self(v)->draft->shell);
  } else if (self(v)->draft->work) {
    edit_work_cancel(self(v)->draft);
  } else {
    ui_pop(ui);
  }
}

/* ---- the person's own editor ---- */

/* E on a paused message that was changed: straight into its place. */
static void apply_straight(struct draft *d, const struct external_result *result) {
  struct ui *ui = d->drafts->ui;
  struct err err = ERR_INIT;
  unsigned long long n = number(d);
  if (!result->changed && !draft_changed(d)) {
    bool waits = draft_waits(d);
    close_view(d, true);
    (result->well ? ui_say : ui_warn)(ui, waits ? "%s; #%llu is still paused" : "%s; nothing of #%llu was sent",
                                      result->said, n);
  } else if (!result->well || !draft_waits(d)) {
    (result->well ? ui_say : ui_warn)(ui, "%s; Ctrl-S sends it", result->said);
  } else if (draft_is_long(d)) {
    draft_prepare(d, apply_now);
  } else if (draft_apply(d, &err)) {
    close_view(d, true);
    ui_say(ui, "%s; #%llu is still paused: a sends it", result->said, n);
  } else {
    refuse(d, &err);
  }
}

static void on_done(void *arg, const struct external_result *result) {
  struct draft *d = arg;
  struct ui *ui = d->drafts->ui;
  bool straight = d->straight;
  d->external = NULL;
  editor_pane_close(d);
  bool open = d->view && ui->top == d->view;
  d->straight = false;
  if (result->changed)
    editor_set_text(d->editor, result->text);
  ui->urgent = true;
  ui_dirty(ui);
  if (straight && open) {
    apply_straight(d, result);
  } else if (d->view) {
    (result->well ? ui_say : ui_warn)(ui, "%s", result->said);
  } else {
    ui_say(ui, "#%llu: %s", number(d), result->said);
    if (!draft_changed(d))
      draft_drop(d);
  }
}

static void on_away(void *arg) {
  struct draft *d = arg;
  struct ui *ui = d->drafts->ui;
  if (d->screen) {
    editor_pane_stopped(d);
    return;
  }
  ui_say(ui, "%s is stopped and keeps the text of #%llu: Ctrl-E goes back to it", external_name(d->external),
         number(d));
  ui->urgent = true;
}

static bool on_terminal(void) {
  return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

void edit_external(struct draft *d, bool straight) {
  struct ui *ui = d->drafts->ui;
  struct buf text = BUF_INIT;
  struct err err = ERR_INIT;
  if (d->external) {
    d->screen ? editor_pane_show(d) : external_return(d->external);
    return;
  }
  editor_text(d->editor, &text);
  struct external_options options = {.text = buf_slice(&text),
                                     .name = d->side == FLOW_REQUEST ? "request.http" : "response.http",
                                     .on_tty = on_terminal(),
                                     .max = BACK_MAX};
  struct external_user user = {.away = on_away, .done = on_done, .arg = d};
  d->straight = straight;
  if (ui->w->options->embed)
    editor_pane_start(d, &options, user, &err);
  else
    d->external = external_start(ui->w->loop, ui->t, &options, user, &err);
  if (!d->external)
    ui_warn(ui, "%s", err.text);
  buf_clear(&text);
}

static void act_external(struct ui *ui, struct view *v, int count) {
  (void)ui;
  (void)count;
  edit_external(self(v)->draft, false);
}

static void act_end_external(struct ui *ui, struct view *v, int count) {
  struct draft *d = self(v)->draft;
  (void)count;
  if (!d->external) {
    ui_say(ui, "no other editor has this text");
    return;
  }
  if (d->screen) {
    editor_pane_ask_end(ui, d);
    return;
  }
  draft_end_external(d);
  ui_say(ui, "it was told to end; the text here is as it was before");
}

/* ---- the text ---- */

static void act_lock(struct ui *ui, struct view *v, int count) {
  struct draft *d = self(v)->draft;
  (void)count;
  if (edit_is_out(ui, d))
    return;
  d->keep_length = !d->keep_length;
  ui_say(ui, d->keep_length ? "Content-Length stays as typed" : "Content-Length follows the body");
}

/* From the head to the body; from the body to the end of the last field, where the next one would be typed. */
static void act_jump(struct ui *ui, struct view *v, int count) {
  struct edit_view *view = self(v);
  struct editor *e = view->draft->editor;
  size_t body = view->check.body_at;
  (void)count;
  if (edit_is_out(ui, view->draft))
    return;
  if (edit_complete(ui, view->draft, body))
    return;
  if (edit_hex_shown(view)) {
    edit_hex_jump(view);
    return;
  }
  editor_goto(e, editor_cursor(e) < body ? body : body >= 2 ? body - 2 : 0);
}

static void act_complete(struct ui *ui, struct view *v, int count) {
  struct edit_view *view = self(v);
  (void)count;
  if (!edit_is_out(ui, view->draft)) {
    edit_check_now(view);
    if (!edit_complete(ui, view->draft, view->check.body_at))
      ui_warn(ui, "nothing can be completed here: the name of a field can, and a value that is empty yet");
  }
}

static void press(struct ui *ui, struct view *v, const char *name) {
  struct key key;
  struct editor *e = self(v)->draft->editor;
  if (key_parse(slice_of(name), &key) && edit_hex_press(self(v), &key) && editor_refusal(e))
    ui_warn(ui, "%s", editor_refusal(e));
}

static void act_mark(struct ui *ui, struct view *v, int count) {
  struct draft *d = self(v)->draft;
  (void)count;
  if (!edit_is_out(ui, d)) {
    ui_say(ui,
           editor_mark(d->editor)
               ? "marked from here to where you go: Ctrl-K cuts it, Alt-6 copies it, Alt-! runs it through a command"
               : "nothing is marked any more");
  }
}

static void act_copy(struct ui *ui, struct view *v, int count) {
  (void)count;
  if (!edit_is_out(ui, self(v)->draft))
    ui_say(ui, "%zu bytes are copied: Ctrl-U puts them down", editor_copy_out(self(v)->draft->editor));
}

static void act_cut(struct ui *ui, struct view *v, int count) {
  (void)count;
  press(ui, v, "Ctrl-K");
}

static void act_paste(struct ui *ui, struct view *v, int count) {
  (void)count;
  press(ui, v, "Ctrl-U");
}

static void act_undo(struct ui *ui, struct view *v, int count) {
  (void)count;
  press(ui, v, "Alt-U");
}

static void act_redo(struct ui *ui, struct view *v, int count) {
  (void)count;
  press(ui, v, "Alt-E");
}

static bool may_keep(const struct ui *ui, const struct view *v) {
  const struct draft *d = ((const struct edit_view *)v)->draft;
  (void)ui;
  return draft_waits(d) || (d->id && d->side == FLOW_REQUEST && !d->in_place && !d->head_only);
}

static bool in_hex(const struct ui *ui, const struct view *v) {
  (void)ui;
  return ((const struct edit_view *)v)->draft->hex;
}

static bool is_external(const struct ui *ui, const struct view *v) {
  (void)ui;
  return ((const struct edit_view *)v)->draft->external != NULL;
}

const struct binding edit_bindings[] = {
    {"editor-send", "Ctrl-S", "send", "paused: apply and let it go; else: send as a new flow", "EDIT", act_send, NULL},
    {"editor-keep", "Ctrl-O", "keep", "paused: apply and stay paused; else: keep for the repeater", "EDIT", act_keep,
     may_keep, "it is not paused"},
    {"editor-leave", "Esc", "leave", "leave; the draft is kept", "EDIT", act_leave, NULL},
    {"editor-jump", "Tab", "head/body", "between head and body; behind the beginning of a field: complete it", "MOVE",
     act_jump, NULL},
    {"editor-complete", "Ctrl-Space", NULL, "complete the name of a field, or an empty value", "EDIT", act_complete,
     NULL},
    {.name = "editor-hex",
     .keys = "Alt-X",
     .hint = "as text",
     .help = "the body in hexadecimal digits, or as text",
     .group = "EDIT",
     .act = act_edit_hex,
     .hinted = in_hex},
    {"editor-goto", "Alt-G", NULL, "go to a line, in hexadecimal to an offset", "MOVE", act_edit_goto, NULL},
    {"editor-external", "Ctrl-E", "$EDITOR", "the text in $VISUAL or $EDITOR; Ctrl-] leads out of it and back", "EDIT",
     act_external, NULL},
    {"editor-external-end", "Alt-K", "end it", "end that editor, keep the text as it is here", "EDIT", act_end_external,
     is_external, "no editor is open"},
    {"editor-find", "Ctrl-W", "find", "find", "FIND", act_edit_find, NULL},
    {"editor-find-next", "Alt-W", NULL, "find the next", "FIND", act_edit_find_next, NULL},
    {"editor-replace", "Alt-R", "replace", "replace all", "FIND", act_edit_replace, NULL},
    {"editor-mark", "Alt-A Ctrl-^", NULL, "begin to mark; again: give the mark up", "EDIT", act_mark, NULL},
    {"editor-cut", "Ctrl-K", "cut", "cut the marked part, else the line; again: the next one with it", "EDIT", act_cut,
     NULL},
    {"editor-copy", "Alt-6", NULL, "copy the marked part, else the line, for Ctrl-U", "EDIT", act_copy, NULL},
    {"editor-paste", "Ctrl-U", "paste", "paste what was cut", "EDIT", act_paste, NULL},
    {"editor-undo", "Alt-U", "undo", "undo", "EDIT", act_undo, NULL},
    {"editor-redo", "Alt-E", NULL, "redo", "EDIT", act_redo, NULL},
    {"editor-insert-file", "Ctrl-R", NULL, "a file's bytes at the cursor, or in the place of the marked part", "EDIT",
     act_edit_insert_file, NULL},
    {"editor-body-file", "Alt-I", NULL, "a file's bytes in the place of the body", "EDIT", act_edit_body_file, NULL},
    {"editor-shell", "Alt-!", "!command", "the body, or the marked part, through a command: jq '.price=0'", "EDIT",
     act_edit_shell, NULL},
    {"editor-format", "Alt-F", "format", "lay the body out: indented, or compact again", "EDIT", act_edit_format, NULL},
    {"editor-length", "Alt-L", NULL, "Content-Length: follows the body, or stays as typed", "EDIT", act_lock, NULL},
    {.keys = NULL},
};
