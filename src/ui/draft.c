#include "ui/draft.h"

#include <stdio.h>
#include <stdlib.h>

#include "ui/compose.h"
#include "ui/edit_check.h"
#include "ui/edit_work.h"
#include "ui/editor_pane.h"
#include "ui/repeater.h"
#include "ui/undo_kinds.h"
#include "weir/base/mem.h"
#include "weir/base/units.h"

struct drafts *drafts_new(struct ui *ui) {
  struct drafts *all = mem_zero(1, sizeof *all);
  all->ui = ui;
  return all;
}

static struct flow *flow_of(const struct draft *d) {
  return store_get(ui_store(d->drafts->ui), d->id);
}

void draft_end_external(struct draft *d) {
  external_end(d->external, d->drafts->ui->quitting);
  d->external = NULL;
  editor_pane_close(d);
}

static void draft_free(struct draft *d) {
  edit_work_stop(d);
  draft_end_external(d);
  shell_free(d->shell);
  free(d->shell_line);
  struct flow *f = flow_of(d);
  if (f)
    store_unpin(ui_store(d->drafts->ui), f);
  editor_free(d->editor);
  free(d);
}

void drafts_free(struct drafts *all) {
  if (!all)
    return;
  for (struct draft *d = all->first, *next; d; d = next) {
    next = d->next;
    draft_free(d);
  }
  input_history_clear(&all->with);
  buf_clear(&all->find);
  buf_clear(&all->replace);
  free(all);
}

static struct draft *find(struct drafts *all, uint64_t id, enum flow_side side) {
  for (struct draft *d = all->first; d; d = d->next)
    if (d->id == id && d->side == side)
      return d;
  return NULL;
}

bool draft_waits(const struct draft *d) {
  const struct flow *f = flow_of(d);
  enum flow_paused paused = d->side == FLOW_REQUEST ? FLOW_PAUSED_REQUEST : FLOW_PAUSED_RESPONSE;
  return f && f->paused == paused && !f->client_gone;
}

/* ---- opening ---- */

#define PIECE ((size_t)65536)

struct opening {
  struct draft *draft;
  struct edit_source *source;
  struct buf head, piece;
  size_t most; /* that the drafts may have together, less what the others have */
  bool too_much;
};

static void opening_free(void *arg) {
  struct opening *o = arg;
  edit_source_free(o->source);
  buf_clear(&o->head);
  buf_clear(&o->piece);
  free(o);
}

static unsigned opening_percent(const void *arg) {
  return edit_source_percent(((const struct opening *)arg)->source);
}

/* As it was before any of the body came. */
static void begin_anew(struct opening *o) {
  editor_free(o->draft->editor);
  o->draft->editor = editor_new(buf_slice(&o->head));
}

static bool opening_step(void *arg, uint64_t deadline) {
  struct opening *o = arg;
  do {
    buf_reset(&o->piece);
    switch (proxy_edit_read(o->source, PIECE, &o->piece)) {
    case EDIT_END:
      return false;
    case EDIT_ANEW:
      begin_anew(o);
      break;
    case EDIT_PIECE:
      o->too_much = editor_size(o->draft->editor) + o->piece.n > o->most;
      if (o->too_much)
        return false;
      editor_load(o->draft->editor, buf_slice(&o->piece));
      break;
    }
  } while (clock_mono() < deadline);
  return true;
}

static void opening_end(struct draft *d, void *arg) {
  struct opening *o = arg;
  char size[24];
  if (o->too_much) {
    begin_anew(o);
    d->head_only = true;
    snprintf(d->why, sizeof d->why, "with this body the drafts would have more than --memory (%s)",
             units_size(d->drafts->ui->w->options->memory, size, sizeof size));
  }
  editor_set_limit(d->editor, o->most);
  d->decoded = !o->too_much && edit_source_decoded(o->source);
  d->opening = false;
  if (d->opened)
    d->opened(d);
}

static const struct edit_work_ops opening = {"opening", opening_step, opening_percent, opening_end, opening_free};

static size_t room_for_drafts(const struct drafts *all) {
  uint64_t most = all->ui->w->options->memory, used = 0;
  for (const struct draft *d = all->first; d; d = d->next)
    used += editor_size(d->editor);
  return used < most ? (size_t)(most - used) : 0;
}

static void draft_load(struct draft *d, struct edit_source *source, struct buf *head) {
  struct opening *o = mem_zero(1, sizeof *o);
  *o = (struct opening){.draft = d, .source = source, .head = *head, .most = room_for_drafts(d->drafts)};
  *head = (struct buf)BUF_INIT;
  d->opening = true;
  edit_work_start(d, &opening, o);
}

struct draft *draft_open(struct drafts *all, uint64_t id, enum flow_side side, bool *again, struct err *err) {
  struct buf head = BUF_INIT;
  struct err why = ERR_INIT;
  bool head_only;
  struct draft *d = find(all, id, side);
  *again = d != NULL;
  if (d) {
    d->in_place = draft_waits(d);
    return d;
  }
  struct edit_source *source = proxy_edit_open(ui_proxy(all->ui), id, side, &head, &head_only, &why);
  if (!source) {
    err_set(err, "%s", why.text);
    buf_clear(&head);
    return NULL;
  }
  struct flow *f = store_get(ui_store(all->ui), id);
  d = mem_zero(1, sizeof *d);
  *d = (struct draft){.next = all->first, .drafts = all, .id = id, .side = side, .head_only = head_only};
  d->editor = editor_new(buf_slice(&head));
  snprintf(d->why, sizeof d->why, "%s", head_only ? why.text : "");
  const struct flow_edit *sent = flow_side(f, side)->sent;
  d->keep_length = d->kept_before = sent && sent->keep_length;
  d->in_place = draft_waits(d);
  store_pin(ui_store(all->ui), f);
  if (head_only)
    edit_source_free(source);
  else
    draft_load(d, source, &head);
  all->first = d;
  buf_clear(&head);
  return d;
}

struct draft *draft_compose(struct drafts *all, struct slice text, bool *again) {
  struct draft *d = find(all, 0, FLOW_REQUEST);
  *again = d != NULL;
  if (d)
    return d;
  d = mem_zero(1, sizeof *d);
  *d = (struct draft){.next = all->first, .drafts = all, .side = FLOW_REQUEST};
  d->editor = editor_new(text);
  all->first = d;
  return d;
}

void draft_drop(struct draft *d) {
  struct draft **at = &d->drafts->first;
  while (*at != d)
    at = &(*at)->next;
  *at = d->next;
  draft_free(d);
}

bool draft_changed(const struct draft *d) {
  return d->keep_length != d->kept_before || editor_changed(d->editor);
}

bool draft_is_out(const struct draft *d) {
  return d->external || d->shell || d->work;
}

/* ---- sending ---- */

static size_t body_of(const struct draft *d) {
  struct edit_check check;
  struct edit_check_options o = {.side = d->side, .keep_length = d->keep_length, .decoded = d->decoded};
  edit_check(&check, d->editor, &o);
  return check.body_at;
}

/* The text; where a body is ready, or stays as it is, the head alone. */
static void text_of(const struct draft *d, bool head, struct buf *text) {
  editor_copy(d->editor, 0, head ? body_of(d) : editor_size(d->editor), text);
}

static bool put(struct draft *d, struct err *err) {
  struct proxy *p = ui_proxy(d->drafts->ui);
  struct buf text = BUF_INIT;
  if (!draft_changed(d))
    return true;
  size_t at = body_of(d);
  bool same = draft_body_same(d, at), ok;
  text_of(d, d->ready || same, &text);
  if (d->ready)
    ok = proxy_edit_body(p, d->id, d->side, buf_slice(&text), d->ready, d->keep_length, err);
  else
    ok = proxy_edit(p, d->id, d->side, buf_slice(&text), d->keep_length, d->head_only || same, err);
  buf_clear(&text);
  return ok;
}

bool draft_apply(struct draft *d, struct err *err) {
  struct undo *undo = d->drafts->ui->undo;
  const struct flow *f = flow_of(d);
  if (!draft_changed(d) || !f)
    return put(d, err);
  undo_begin(undo, "edit of #%llu", (unsigned long long)d->id);
  undo_edit(d->drafts->ui, f, d->side);
  bool ok = put(d, err);
  if (ok)
    undo_end(undo);
  else
    undo_cancel(undo);
  return ok;
}

static bool send_copy(struct draft *d, uint64_t *sent, struct err *err) {
  struct buf text = BUF_INIT;
  if (d->side == FLOW_RESPONSE)
    return err_set(err, "nobody waits for this response any more: only requests can be sent again");
  if (d->head_only)
    return err_set(err, "a copy cannot be sent: %s", d->why);
  text_of(d, d->ready, &text);
  compose_follow_host(&text, slice_of(d->template_host));
  *sent = d->ready ? repeater_send_body(d->drafts->ui, d->id, buf_slice(&text), d->ready, d->keep_length, err)
                   : repeater_send_once(d->drafts->ui, d->id, buf_slice(&text), d->keep_length, err);
  struct replay_tab *t = *sent != 0 && !d->ready ? repeater_tab(d->drafts->ui->repeater, *sent) : NULL;
  if (t)
    repeater_keep_text(t, d->id, buf_slice(&text), d->keep_length);
  buf_clear(&text);
  return *sent != 0;
}

bool draft_send(struct draft *d, uint64_t *sent, struct err *err) {
  *sent = 0;
  if (draft_waits(d))
    return put(d, err) && proxy_resume(ui_proxy(d->drafts->ui), d->id, err);
  if (d->in_place && d->side == FLOW_REQUEST) { /* not what the person meant when it was opened: ask once */
    d->in_place = false;
    return err_set(err, "nobody waits for #%llu any more: Ctrl-S again sends this as a new request",
                   (unsigned long long)d->id);
  }
  return send_copy(d, sent, err);
}
