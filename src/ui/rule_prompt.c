/* The line in which a rule is written: made from a flow (M), changed, or new. */
#include <stdio.h>
#include <stdlib.h>

#include "ui/actions.h"
#include "ui/dry_run.h"
#include "ui/filter_acts.h"
#include "ui/prompt.h"
#include "ui/rule_acts.h"
#include "ui/rule_draft.h"
#include "ui/undo_kinds.h"
#include "weir/base/mem.h"

struct trial {
  uint64_t flow;       /* it was made from; 0: from none */
  unsigned id;         /* of the one to change; 0: it is new */
  struct dry_run *run; /* what it would match */
  char *first;         /* as it was offered; nothing is wrong with that yet */
  char *like, *host;   /* filters: as it was offered, of the whole host; "": none */
  const char *usage;   /* of the action that is not finished; NULL: it is */
  char title[64];
};

static void trial_free(void *arg) {
  struct trial *t = arg;
  dry_run_free(t->run);
  free(t->first);
  free(t->like);
  free(t->host);
  free(t);
}

static bool rule_changed(struct ui *ui, void *arg, struct slice text, struct buf *words, struct err *err) {
  struct trial *t = arg;
  struct rule_parts parts;
  struct rule_action action;
  (void)ui;
  (void)words;
  bool whole = rule_parts(text, &parts);
  struct slice filter = whole ? slice_sub(text, parts.filter_at, parts.filter_n) : (struct slice){NULL, 0};
  if (whole)
    dry_run_set(t->run, slice_eq(filter, SLICE("*")) ? SLICE("") : filter);
  else
    dry_run_nothing(t->run);
  t->usage = NULL;
  if (rule_check(text, err))
    return true;
  if (slice_eq(text, slice_of(t->first))) {
    t->usage = whole && rule_action_at(text, parts.action_at, &action) ? action.usage : "FILTER => ACTION";
    return true;
  }
  filter_fault(err);
  return false;
}

static void rule_words(struct ui *ui, void *arg, struct buf *words) {
  const struct trial *t = arg;
  const char *dot = canvas_glyph(&ui->canvas, GLYPH_DOT);
  dry_run_words(t->run, words);
  if (t->usage != NULL)
    buf_printf(words, "%s%s%s%s", words->n > 0 ? " " : "", words->n > 0 ? dot : "", words->n > 0 ? " " : "", t->usage);
}

static bool changed_taken(struct ui *ui, const struct trial *t, struct slice text, struct err *err) {
  char *copy = mem_dup_n(text.p, text.n);
  undo_begin(ui->undo, "rule %.50s", copy);
  undo_rules(ui);
  bool good = rule_change(ui->w->rules, t->id, copy, err);
  (good ? undo_end : undo_cancel)(ui->undo);
  const struct rule *r = good ? rule_find(ui->w->rules, t->id) : NULL;
  if (r != NULL && r->from_file)
    ui_say(ui, "rule changed; it is the rules file's, which puts its own back when it is saved");
  else if (r != NULL)
    ui_say(ui, "rule changed; u takes that back");
  free(copy);
  return good;
}

static bool rule_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  const struct trial *t = arg;
  bool good = t->id != 0 ? changed_taken(ui, t, text, err) : rule_take(ui, text, store_get(ui_store(ui), t->flow), err);
  if (!good)
    filter_fault(err);
  return good;
}

/* Another filter in the place of the one that stands there; asked again, the one that was offered. */
static bool rule_reach(struct ui *ui, void *arg, enum prompt_reach reach, struct slice text, struct buf *out) {
  const struct trial *t = arg;
  struct rule_parts parts;
  const char *wanted = reach == REACH_ALL ? "*" : t->host;
  if (wanted[0] == '\0' || !rule_parts(text, &parts)) {
    ui_say(ui, wanted[0] == '\0' ? "no host is known here" : "there is no => yet");
    return false;
  }
  struct slice now = slice_sub(text, parts.filter_at, parts.filter_n);
  if (slice_eq(now, slice_of(wanted)))
    wanted = t->like;
  buf_add_slice(out, slice_sub(text, 0, parts.filter_at));
  buf_add_text(out, wanted);
  struct slice rest = slice_from(text, parts.filter_at + parts.filter_n);
  buf_add_text(out, wanted[0] != '\0' && slice_starts(rest, SLICE("=")) ? " " : "");
  buf_add_slice(out, rest);
  return true;
}

static void ask(struct ui *ui, struct trial *t, size_t mark_at, size_t mark_n) {
  t->run = dry_run_new(ui);
  prompt_open(ui, &(struct prompt_options){.label = "rule: ",
                                           .text = t->first,
                                           .mark_at = mark_at,
                                           .mark_n = mark_n,
                                           .title = t->title,
                                           .accept = "take it",
                                           .cancel = "leave it",
                                           .history = &ui->rules,
                                           .changed = rule_changed,
                                           .taken = rule_taken,
                                           .words = rule_words,
                                           .complete = rule_complete,
                                           .aside = rule_aside,
                                           .reach = rule_reach,
                                           .drop = trial_free,
                                           .arg = t});
}

/* The filter that stands in a rule's text. */
static char *filter_in(struct slice text) {
  struct rule_parts parts;
  if (!rule_parts(text, &parts))
    return mem_dup("");
  struct slice filter = slice_sub(text, parts.filter_at, parts.filter_n);
  return mem_dup_n(filter.n > 0 ? filter.p : "", filter.n);
}

static char *host_of(const struct flow *f) {
  struct buf host = BUF_INIT;
  if (f != NULL)
    rule_draft_host(f, &host);
  char *copy = mem_dup(buf_text(&host));
  buf_clear(&host);
  return copy;
}

static void make(struct ui *ui, struct view *v, enum rule_draft_kind kind) {
  const struct flow *f = act_target(ui, v);
  struct rule_draft draft;
  if (f == NULL)
    return;
  if (f->request.head.raw == NULL) {
    ui_say(ui, "#%llu has no request that could come again", (unsigned long long)f->id);
    return;
  }
  struct trial *t = mem_zero(1, sizeof *t);
  rule_draft_make(&draft, f, kind);
  t->first = mem_dup(buf_text(&draft.text));
  t->like = filter_in(buf_slice(&draft.text));
  t->host = host_of(f);
  t->flow = f->id;
  snprintf(t->title, sizeof t->title, "new rule from #%llu", (unsigned long long)f->id);
  ask(ui, t, draft.mark_at, draft.mark_n);
  rule_draft_clear(&draft);
}

#define MAKE(name, kind)                                                                                               \
  void act_rule_##name(struct ui *ui, struct view *v, int count) {                                                     \
    (void)count;                                                                                                       \
    make(ui, v, kind);                                                                                                 \
  }
MAKE(answer, DRAFT_ANSWER)
MAKE(delay, DRAFT_DELAY)
MAKE(header, DRAFT_HEADER)
MAKE(replace, DRAFT_REPLACE)
MAKE(block, DRAFT_BLOCK)
MAKE(send_to, DRAFT_SEND_TO)
MAKE(file, DRAFT_FILE)
MAKE(throttle, DRAFT_THROTTLE)
MAKE(pass, DRAFT_PASS)

void rule_prompt(struct ui *ui, const struct rule *r) {
  struct trial *t = mem_zero(1, sizeof *t);
  t->id = r != NULL ? r->id : 0;
  t->first = mem_dup(r != NULL ? r->text : "");
  t->like = filter_in(slice_of(t->first));
  t->host = host_of(store_get(ui_store(ui), ui->cursor));
  snprintf(t->title, sizeof t->title, r != NULL ? "rule" : "new rule: FILTER => ACTION");
  ask(ui, t, 0, 0);
}
