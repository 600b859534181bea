/* The condition of the intercept (i): what is paused. */
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/commands.h"
#include "ui/dry_run.h"
#include "ui/filter_acts.h"
#include "ui/prompt.h"
#include "ui/undo_kinds.h"
#include "weir/base/mem.h"

/* Most who type the name of a method mean the method, also beside an operator of mitmproxy's. */
bool condition_advice(struct slice text, struct buf *out) {
  struct filter *filter = filter_compile(text, NULL);
  const char *method = filter != NULL ? filter_naked_method(filter) : NULL;
  if (method != NULL)
    buf_printf(out, "beside ~ %s means a URL with %s in it; method:%s is the method", method, method, method);
  filter_free(filter);
  return method != NULL;
}

#define NO_MESSAGES                                                                                                    \
  "pauses nothing: raw streams and tunnels have no messages; rules hold them (throttle, delay, block, fault)"

bool intercept_advice(struct slice text, struct buf *out) {
  size_t n;
  if (!intercept_check(text, &n, NULL, NULL))
    return false;
  struct filter *filter = filter_compile(slice_sub(text, 0, n), NULL);
  bool streams = filter != NULL && filter_means_streams(filter);
  if (streams)
    buf_add_text(out, NO_MESSAGES);
  filter_free(filter);
  return streams || condition_advice(text, out);
}

static bool advise(struct ui *ui, struct slice text) {
  struct buf words = BUF_INIT;
  bool advice = intercept_advice(text, &words);
  if (advice)
    ui_say(ui, "%s", buf_text(&words));
  buf_clear(&words);
  return advice;
}

static bool is_blank(struct slice text) {
  return slice_trim(text).n == 0;
}

/* "POST path=/login": what would pause the next one like it. */
static void put_condition(struct buf *out, const struct flow *f) {
  struct buf part = BUF_INIT;
  bool connect = slice_eq(flow_method(f), SLICE("CONNECT")); /* what is in the tunnel is meant */
  if (!connect && filter_term_of(f, FILTER_BY_METHOD, out, NULL))
    buf_add_byte(out, ' ');
  bool path = flow_path(f).n > 0 && !slice_eq(flow_path(f), SLICE("*"));
  if (filter_term_of(f, path ? FILTER_BY_PATH : FILTER_BY_HOST, &part, NULL))
    buf_add_slice(out, buf_slice(&part));
  buf_clear(&part);
}

/* ---- the prompt ---- */

struct trial {
  struct ui *ui;
  bool once;
  bool listed; /* one of the list: `id`, or 0 for one more; else the person's own */
  unsigned id;
  struct dry_run *run; /* the recorded flows that match what is typed */
};

static void trial_free(void *arg) {
  struct trial *t = arg;
  dry_run_free(t->run);
  free(t);
}

static struct trial *trial_new(struct ui *ui) {
  struct trial *t = mem_zero(1, sizeof *t);
  t->ui = ui;
  t->run = dry_run_new(ui);
  return t;
}

static bool intercept_changed(struct ui *ui, void *arg, struct slice text, struct buf *words, struct err *err) {
  struct trial *t = arg;
  size_t n;
  (void)ui;
  (void)words;
  if (!intercept_check(text, &n, &t->once, err)) {
    filter_fault(err);
    return false;
  }
  dry_run_set(t->run, slice_sub(text, 0, n));
  return true;
}

static void intercept_words(struct ui *ui, void *arg, struct buf *words) {
  struct trial *t = arg;
  const struct filter *filter = dry_run_filter(t->run);
  if (filter == NULL || is_blank(slice_of(filter_text(filter)))) {
    buf_add_text(words, "empty: nothing is paused");
    return;
  }
  if (filter_means_streams(filter)) {
    buf_add_text(words, NO_MESSAGES);
    return;
  }
  bool responses = filter_speaks_of_response(filter), both = intercept_wants_responses(ui->w->rules);
  if (t->once)
    buf_add_text(words, responses ? "pauses one response" : "pauses one request");
  else
    buf_add_text(words, responses ? "pauses responses" : both ? "pauses requests and responses" : "pauses requests");
  if (store_stats(ui_store(ui)).flows > 0)
    buf_printf(words, " %s ", canvas_glyph(&ui->canvas, GLYPH_DOT));
  dry_run_words(t->run, words);
}

/* The filter is read word by word, what stands behind it as one. */
static void intercept_aside(struct ui *ui, void *arg, struct slice text, struct prompt_aside *aside) {
  size_t n;
  if (!intercept_check(text, &n, NULL, NULL))
    n = text.n;
  filter_aside(ui, arg, slice_sub(text, 0, n), aside);
  struct slice rest = slice_trim(slice_from(text, n));
  if (rest.n > 0)
    prompt_aside_add(aside, rest, "what becomes of the intercept, and of what nobody lets go");
  else if (!aside->colon)
    prompt_aside_add(aside, SLICE("POST once after 30s send|drop|504"), "for one message; when nobody lets it go");
}

static bool intercept_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  char *condition = mem_dup_n(text.p != NULL ? text.p : "", text.n);
  undo_begin(ui->undo, is_blank(text) ? "clear the intercept" : "intercept %.40s", condition);
  undo_rules(ui);
  bool good = intercept_set(ui->w->rules, is_blank(text) ? "" : condition, err);
  if (!good && arg != NULL)
    filter_fault(err);
  if (good)
    undo_end(ui->undo);
  else
    undo_cancel(ui->undo);
  if (good && is_blank(text))
    ui_say(ui, "intercept off");
  else if (good && !advise(ui, text))
    ui_say(ui, "intercept on: what matches is paused; I switches it off");
  free(condition);
  return good;
}

static bool listed_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  const struct trial *t = arg;
  if (is_blank(text))
    return err_set(err, "what is to be paused? ~all is everything");
  char *condition = mem_dup_n(text.p, text.n);
  undo_begin(ui->undo, "intercept %.40s", condition);
  undo_rules(ui);
  bool good = t->id != 0 ? intercept_change(ui->w->rules, t->id, condition, err)
                         : intercept_add(ui->w->rules, condition, err) != 0;
  if (!good)
    filter_fault(err);
  (good ? undo_end : undo_cancel)(ui->undo);
  if (good && !advise(ui, text))
    ui_say(ui, "intercept on: what matches is paused");
  free(condition);
  return good;
}

bool command_intercept(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  (void)v;
  bool good = intercept_taken(ui, NULL, argument, err);
  if (good)
    input_history_add(&ui->conditions, argument);
  return good;
}

static void ask(struct ui *ui, const char *text, struct trial *t) {
  prompt_open(ui, &(struct prompt_options){.label = "intercept: ",
                                           .text = text,
                                           .title = "intercept: pause what matches",
                                           .accept = "pause what matches",
                                           .cancel = "leave it",
                                           .history = &ui->conditions,
                                           .changed = intercept_changed,
                                           .taken = t->listed ? listed_taken : intercept_taken,
                                           .words = intercept_words,
                                           .complete = filter_complete_prompt,
                                           .named = filter_named,
                                           .aside = intercept_aside,
                                           .drop = trial_free,
                                           .arg = t});
}

void act_intercept(struct ui *ui, struct view *v, int count) {
  const char *now = intercept_condition(ui->w->rules);
  const struct flow *f = view_flow(ui, v);
  struct buf text = BUF_INIT;
  (void)count;
  if (now[0] != '\0')
    buf_add_text(&text, now);
  else if (f != NULL && f->request.head.raw != NULL)
    put_condition(&text, f);
  ask(ui, buf_text(&text), trial_new(ui));
  buf_clear(&text);
}

void intercept_prompt(struct ui *ui, const struct rule *x) {
  struct trial *t = trial_new(ui);
  t->listed = true;
  t->id = x != NULL ? x->id : 0;
  ask(ui, x != NULL ? x->text : "", t);
}

void act_intercept_toggle(struct ui *ui, struct view *v, int count) {
  struct rules *rules = ui->w->rules;
  if (intercept_condition(rules)[0] == '\0') {
    act_intercept(ui, v, count);
    return;
  }
  undo_begin(ui->undo, intercept_enabled(rules) ? "intercept off" : "intercept on");
  undo_rules(ui);
  undo_end(ui->undo);
  intercept_enable(rules, !intercept_enabled(rules));
  if (intercept_enabled(rules))
    ui_say(ui, "intercept on");
  else if (store_stats(ui_store(ui)).paused > 0)
    ui_say(ui, "intercept off; what is paused stays so (A resumes all)");
  else
    ui_say(ui, "intercept off");
}

/* Of the request that is paused: what is to become of its response. */
static void response_too(struct ui *ui, const struct flow *f) {
  struct err err = ERR_INIT;
  bool on = !f->pause->response_too;
  if (!proxy_pause_response(ui_proxy(ui), f->id, on, &err))
    ui_warn(ui, "%s", err.text);
  else
    ui_say(ui, on ? "the response to #%llu will be paused too" : "the response to #%llu will pass",
           (unsigned long long)f->id);
}

void act_intercept_responses(struct ui *ui, struct view *v, int count) {
  struct rules *rules = ui->w->rules;
  const struct flow *f = view_flow(ui, v);
  (void)count;
  if (f != NULL && f->paused == FLOW_PAUSED_REQUEST && f->pause != NULL) {
    response_too(ui, f);
    return;
  }
  undo_begin(ui->undo, "pause %s", intercept_wants_responses(rules) ? "requests only" : "responses too");
  undo_rules(ui);
  undo_end(ui->undo);
  intercept_responses(rules, !intercept_wants_responses(rules));
  ui_say(ui, intercept_wants_responses(rules)
                 ? "responses are paused too"
                 : "only requests are paused, unless the condition speaks of the response");
}
