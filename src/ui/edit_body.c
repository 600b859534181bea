#include "ui/edit_body.h"

#include <stdlib.h>

#include "ui/edit_acts.h"
#include "ui/prompt.h"
#include "ui/shell_line.h"
#include "weir/base/mem.h"
#include "weir/base/text.h"
#include "weir/body/format.h"
#include "weir/http/head.h"

/* Where the body is in the text, as it is now. */
static size_t body_begins(const struct draft *d) {
  struct edit_check check;
  struct edit_check_options o = {.side = d->side, .keep_length = d->keep_length, .decoded = d->decoded};
  edit_check(&check, d->editor, &o);
  return check.body_at;
}

/* False: there is no body here that could be changed, and it was said. */
static bool has_body(struct ui *ui, const struct draft *d) {
  if (d->head_only)
    ui_warn(ui, "only the head is here: %s", d->why);
  return !d->head_only && !edit_is_out(ui, d);
}

/* ---- a command ---- */

/* Commands end their last line; a body that had no newline at its end did not ask for one. */
static struct slice without_added_newline(struct draft *d, struct slice out) {
  struct buf last = BUF_INIT;
  if (d->shell_n)
    editor_copy(d->editor, d->shell_at + d->shell_n - 1, 1, &last);
  bool had = last.n && last.p[0] == '\n';
  buf_clear(&last);
  return !had && out.n && out.p[out.n - 1] == '\n' ? slice_sub(out, 0, out.n - 1) : out;
}

static void on_end(void *arg, struct shell_result *result) {
  struct draft *d = arg;
  struct ui *ui = d->drafts->ui;
  struct slice complaint = shell_complaint(buf_slice(result->errors));
  d->shell = NULL;
  if (!result->well) {
    struct buf safe = BUF_INIT;
    text_safe(&safe, complaint, TEXT_PLAIN);
    ui_warn(ui, "it %s; nothing was changed%s%s", result->said, safe.n ? ": " : "", buf_text(&safe));
    buf_clear(&safe);
  } else {
    struct slice out = without_added_newline(d, buf_slice(result->out));
    if (!editor_set_part(d->editor, d->shell_at, d->shell_n, out))
      ui_warn(ui, "%s", editor_refusal(d->editor));
    else
      ui_say(ui, "%zu bytes have become %zu; Alt-U takes it back", d->shell_n, out.n);
  }
  ui->urgent = true;
  ui_dirty(ui);
  if (!d->view && !draft_changed(d))
    draft_drop(d); /* nobody looks at it, and there is nothing to keep */
}

static bool start(struct ui *ui, struct draft *d, struct slice line, struct err *err) {
  struct buf text = BUF_INIT;
  size_t at = body_begins(d), n = editor_size(d->editor) - at;
  line = slice_trim(line);
  if (line.n == 0)
    return err_set(err, "type a command: it gets the body, what it writes takes its place (jq '.price=0')");
  editor_selection(d->editor, &at, &n);
  d->shell_at = at;
  d->shell_n = n;
  free(d->shell_line);
  d->shell_line = mem_dup_n(line.p, line.n);
  editor_copy(d->editor, at, n, &text);
  struct shell_options o = {.line = d->shell_line,
                            .input = shell_input_copy(buf_slice(&text)),
                            .out_max = SHELL_OUT_MAX,
                            .time_max = ui->w->options->proxy.command_timeout};
  buf_clear(&text);
  d->shell = shell_start(ui->w->loop, &o, on_end, d, err);
  return d->shell != NULL;
}

static bool taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  return start(ui, arg, text, err);
}

void act_edit_shell(struct ui *ui, struct view *v, int count) {
  struct draft *d = ((struct edit_view *)v)->draft;
  size_t at, n;
  (void)count;
  if (!has_body(ui, d))
    return;
  prompt_open(ui, &(struct prompt_options){.label = editor_selection(d->editor, &at, &n) ? "marked part !" : "body !",
                                           .accept = "run",
                                           .cancel = "leave it",
                                           .history = &ui->shells,
                                           .taken = taken,
                                           .complete = complete_shell_line,
                                           .arg = d});
}

/* ---- laying out ---- */

#define KIND_LOOK 4096

enum body_kind edit_body_kind(const struct draft *d, size_t body_at) {
  struct buf head = BUF_INIT, body = BUF_INIT;
  struct slice type = SLICE(""), line, rest;
  editor_copy(d->editor, 0, body_at, &head);
  editor_copy(d->editor, body_at, KIND_LOOK, &body);
  rest = buf_slice(&head);
  while (slice_split(&rest, '\n', &line))
    if (slice_starts_ascii(line, SLICE("content-type:")))
      type = slice_trim(slice_from(line, 13));
  enum body_kind kind = body_kind_of(type, buf_slice(&body));
  buf_clear(&head);
  buf_clear(&body);
  return kind;
}

/* Indented; what is that already, compact. */
static bool lay_out(const struct draft *d, struct slice body, struct buf *out, bool *compact, struct err *err) {
  enum body_kind kind = edit_body_kind(d, body_begins(d));
  bool newline = body.n && body.p[body.n - 1] == '\n';
  if (!body_format(body, kind, BODY_INDENTED, out, err))
    return false;
  *compact = kind == BODY_JSON && slice_eq(buf_slice(out), newline ? slice_sub(body, 0, body.n - 1) : body);
  if (*compact) {
    buf_reset(out);
    body_format(body, kind, BODY_COMPACT, out, err);
  }
  if (newline && !(out->n && out->p[out->n - 1] == '\n'))
    buf_add_byte(out, '\n');
  return true;
}

void act_edit_format(struct ui *ui, struct view *v, int count) {
  struct draft *d = ((struct edit_view *)v)->draft;
  struct buf body = BUF_INIT, out = BUF_INIT;
  struct err err = ERR_INIT;
  bool compact;
  (void)count;
  if (!has_body(ui, d))
    return;
  size_t at = body_begins(d);
  editor_copy(d->editor, at, editor_size(d->editor) - at, &body);
  if (!lay_out(d, buf_slice(&body), &out, &compact, &err)) {
    if (err.span)
      editor_goto(d->editor, at + err.at);
    ui_warn(ui, "not laid out: %s", err.text);
  } else if (slice_eq(buf_slice(&out), buf_slice(&body))) {
    ui_say(ui, "it is laid out already");
  } else if (!editor_set_part(d->editor, at, body.n, buf_slice(&out))) {
    ui_warn(ui, "%s", editor_refusal(d->editor));
  } else {
    ui_say(ui, compact ? "compact; Alt-F indents it, Alt-U takes it back"
                       : "indented; only white space has changed, Alt-U takes it back");
  }
  buf_clear(&body);
  buf_clear(&out);
}
