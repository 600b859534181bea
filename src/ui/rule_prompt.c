/* The line in which a rule is written: made from a flow (M), changed, or new. */
#include <stdio.h>
#include <stdlib.h>

#include "ui/actions.h"
#include "ui/dry_run.h"
#include "ui/filter_acts.h"
#include "ui/prompt.h"
#include "ui/rule_acts.h"
#include "ui/rule_draft.h"
#include "ui/selection.h"
#include "ui/undo_kinds.h"
#include "weir/base/mem.h"
#include "weir/filter/filter.h"

struct trial {
  struct rule_asked asked;
  struct dry_run *run; /* what it would match */
  char *first;         /* as it was offered; nothing is wrong with that yet */
  char *like, *host;   /* filters: as it was offered, of the whole host; "": none */
  const char *usage;   /* of the action that is not finished; NULL: it is */
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

static bool changed_taken(struct ui *ui, unsigned id, struct slice text, struct err *err) {
  char *copy = mem_dup_n(text.p, text.n);
  undo_begin(ui->undo, "rule %.50s", copy);
  undo_rules(ui);
  bool good = rule_change(ui->w->rules, id, copy, err);
  (good ? undo_end : undo_cancel)(ui->undo);
  const struct rule *r = good ? rule_find(ui->w->rules, id) : NULL;
  if (r != NULL && r->from_file)
    ui_say(ui, "rule changed; it is the rules file's, which puts its own back when it is saved");
  else if (r != NULL)
    ui_say(ui, "rule changed; u takes that back");
  free(copy);
  return good;
}

bool rule_write_down(struct ui *ui, const struct rule_asked *asked, struct slice text, struct err *err) {
  return asked->id != 0 ? changed_taken(ui, asked->id, text, err)
                        : rule_take(ui, text, store_get(ui_store(ui), asked->flow), err);
}

static bool rule_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  const struct trial *t = arg;
  bool good = rule_write_down(ui, &t->asked, text, err);
  if (!good)
    filter_fault(err);
  return good;
}

/* Its fields could not hold a filter that is none, or an action that nobody knows. */
static bool fits_form(struct slice text, struct err *err) {
  struct rule_parts parts;
  struct rule_action action;
  bool whole = rule_parts(text, &parts);
  struct slice filter = whole ? slice_sub(text, parts.filter_at, parts.filter_n) : text;
  struct filter *f = slice_eq(filter, SLICE("*")) ? NULL : filter_compile(filter, err);
  bool good = f != NULL || slice_eq(filter, SLICE("*"));
  filter_free(f);
  if (good && whole && !rule_action_at(text, parts.action_at, &action))
    good = rule_check(text, err);
  return good;
}

static void as_form(struct ui *ui, void *arg, struct slice text) {
  struct rule_asked asked = ((const struct trial *)arg)->asked;
  struct err err = ERR_INIT;
  if (!fits_form(text, &err)) {
    ui_warn(ui, "no form of this yet: %s", err.text);
    return;
  }
  char *copy = mem_dup_n(text.p, text.n);
  asked.mark_n = 0;
  ui->rules_as_text = false;
  ui_pop(ui);
  rule_ask(ui, &asked, slice_of(copy));
  free(copy);
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

/* In a line: what there is no room for as a form, or a person wants so. */
static void ask_in_line(struct ui *ui, const struct rule_asked *asked, struct slice text) {
  struct trial *t = mem_zero(1, sizeof *t);
  const struct flow *f = store_get(ui_store(ui), asked->flow != 0 ? asked->flow : ui->cursor);
  t->asked = *asked;
  t->run = dry_run_new(ui);
  t->first = mem_dup_n(text.n > 0 ? text.p : "", text.n);
  t->like = filter_in(slice_of(t->first));
  t->host = host_of(f);
  prompt_open(ui, &(struct prompt_options){.label = "rule: ",
                                           .text = t->first,
                                           .mark_at = asked->mark_n > 0 ? asked->mark_at : 0,
                                           .mark_n = asked->mark_n,
                                           .title = t->asked.title,
                                           .accept = "take it",
                                           .cancel = "leave it",
                                           .history = &ui->rules,
                                           .changed = rule_changed,
                                           .taken = rule_taken,
                                           .words = rule_words,
                                           .complete = rule_complete,
                                           .aside = rule_aside,
                                           .reach = rule_reach,
                                           .other = as_form,
                                           .drop = trial_free,
                                           .arg = t});
}

void rule_ask(struct ui *ui, const struct rule_asked *asked, struct slice text) {
  if (ui->rules_as_text || !rule_form_open(ui, asked, text))
    ask_in_line(ui, asked, text);
}

static void make(struct ui *ui, struct view *v, enum rule_draft_kind kind) {
  const struct flow *f = selection_single(ui, v);
  struct rule_draft draft;
  if (f == NULL)
    return;
  if (f->request.head.raw == NULL) {
    ui_say(ui, "#%llu has no request that could come again", (unsigned long long)f->id);
    return;
  }
  struct rule_asked asked = {.flow = f->id};
  rule_draft_make(&draft, f, kind);
  asked.mark_at = draft.mark_at;
  asked.mark_n = draft.mark_n;
  snprintf(asked.title, sizeof asked.title, "new rule from #%llu", (unsigned long long)f->id);
  rule_ask(ui, &asked, buf_slice(&draft.text));
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
  struct rule_asked asked = {.id = r != NULL ? r->id : 0};
  snprintf(asked.title, sizeof asked.title, r != NULL ? "rule" : "new rule");
  rule_ask(ui, &asked, slice_of(r != NULL ? r->text : ""));
}
