/* The two prompts that take a filter expression: what the list shows (f), and what is paused (i). */
#include <stdlib.h>
#include <string.h>

#include "ui/actions.h"
#include "ui/commands.h"
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

static bool advise(struct ui *ui, struct slice text) {
  struct buf words = BUF_INIT;
  bool advice = condition_advice(text, &words);
  if (advice)
    ui_say(ui, "%s", buf_text(&words));
  buf_clear(&words);
  return advice;
}

/* ---- filter ---- */

struct filter_prompt {
  char *before; /* the filter to restore */
  uint64_t cursor;
};

static void set_filter(struct ui *ui, struct filter *filter) {
  filter_index_set(ui->index, filter);
}

static bool is_blank(struct slice text) {
  return slice_trim(text).n == 0;
}

static bool filter_changed(struct ui *ui, void *arg, struct slice text, struct buf *words, struct err *err) {
  struct filter *filter = filter_compile(text, err);
  (void)arg;
  (void)words;
  if (filter == NULL)
    return false; /* the last good result stays */
  if (is_blank(text)) {
    filter_free(filter);
    filter = NULL;
  }
  set_filter(ui, filter);
  return true;
}

static void filter_words(struct ui *ui, void *arg, struct buf *words) {
  struct store_stats stats = store_stats(ui_store(ui));
  unsigned percent;
  (void)arg;
  buf_printf(words, "%zu of %zu match", filter_index_count(ui->index), stats.flows);
  if (stats.paused > 0)
    buf_printf(words, ", %zu paused stay%s", stats.paused, stats.paused == 1 ? "s" : "");
  if (filter_index_busy(ui->index, &percent))
    buf_printf(words, ", %u%%", percent);
}

static bool filter_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  struct buf none = BUF_INIT;
  bool good = filter_changed(ui, arg, text, &none, err);
  if (good && is_blank(text))
    ui_say(ui, "no filter: all flows are shown");
  else if (good)
    advise(ui, text);
  return good;
}

static void filter_cancelled(struct ui *ui, void *arg) {
  struct filter_prompt *p = arg;
  set_filter(ui, p->before[0] != '\0' ? filter_compile(slice_of(p->before), NULL) : NULL);
  ui->cursor = p->cursor;
}

static void filter_drop(void *arg) {
  struct filter_prompt *p = arg;
  free(p->before);
  free(p);
}

void act_filter(struct ui *ui, struct view *v, int count) {
  const struct filter *now = filter_index_filter(ui->index);
  struct filter_prompt *p = mem_zero(1, sizeof *p);
  (void)v;
  (void)count;
  p->before = mem_dup(now != NULL ? filter_text(now) : "");
  p->cursor = ui->cursor;
  prompt_open(ui, &(struct prompt_options){.label = "f: ",
                                           .text = p->before,
                                           .accept = "keep",
                                           .cancel = "restore",
                                           .history = &ui->filters,
                                           .changed = filter_changed,
                                           .taken = filter_taken,
                                           .cancelled = filter_cancelled,
                                           .words = filter_words,
                                           .drop = filter_drop,
                                           .arg = p});
}

bool command_filter(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  (void)v;
  bool good = filter_taken(ui, NULL, argument, err);
  if (good)
    input_history_add(&ui->filters, argument);
  return good;
}

/* ---- intercept ---- */

/* A pattern that matches just this text, in quotes: metacharacters of PCRE2 get a backslash, and within the quotes
 * backslashes and quotes get one of their own. */
static void put_pattern(struct buf *out, struct slice text) {
  buf_add_byte(out, '"');
  for (size_t i = 0; i < text.n; i++) {
    char c = text.p[i];
    if (c != '\0' && strchr("\\^$.[]|()?*+{}", c) != NULL)
      buf_add_text(out, "\\\\");
    if (c == '\\' || c == '"')
      buf_add_byte(out, '\\');
    buf_add_byte(out, c);
  }
  buf_add_byte(out, '"');
}

static bool is_word(struct slice s) {
  for (size_t i = 0; i < s.n; i++) {
    char c = s.p[i];
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("/_-~%=", c) != NULL) ||
        c == '\0')
      return false;
  }
  return s.n > 0;
}

/* "~m POST & ~u /login": what would pause the next one like it. */
static void put_condition(struct buf *out, const struct flow *f) {
  struct slice method = flow_method(f), path = flow_path(f);
  ptrdiff_t query = slice_find_byte(path, '?');
  if (query >= 0)
    path = slice_sub(path, 0, (size_t)query);
  if (http_is_token(method) && is_word(method)) {
    buf_add_text(out, "~m ");
    buf_add_slice(out, method);
  }
  if (path.n == 0 || slice_eq(path, SLICE("*")))
    path = flow_host(f);
  buf_add_text(out, out->n > 0 ? " & ~u " : "~u ");
  if (is_word(path))
    buf_add_slice(out, path);
  else
    put_pattern(out, path);
}

static bool intercept_changed(struct ui *ui, void *arg, struct slice text, struct buf *words, struct err *err) {
  struct filter *filter = filter_compile(text, err);
  (void)arg;
  if (filter == NULL)
    return false;
  bool responses = filter_speaks_of_response(filter), both = intercept_wants_responses(ui->w->rules);
  if (is_blank(text))
    buf_add_text(words, "empty: nothing is paused");
  else
    buf_add_text(words, responses ? "pauses responses" : both ? "pauses requests and responses" : "pauses requests");
  filter_free(filter);
  return true;
}

static bool intercept_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  (void)arg;
  char *condition = mem_dup_n(text.p != NULL ? text.p : "", text.n);
  undo_begin(ui->undo, is_blank(text) ? "intercept cleared" : "intercept %.40s", condition);
  undo_intercept(ui);
  bool good = intercept_set(ui->w->rules, is_blank(text) ? "" : condition, err);
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

bool command_intercept(struct ui *ui, struct view *v, struct slice argument, struct err *err) {
  (void)v;
  bool good = intercept_taken(ui, NULL, argument, err);
  if (good)
    input_history_add(&ui->conditions, argument);
  return good;
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
  prompt_open(ui, &(struct prompt_options){.label = "intercept: ",
                                           .text = buf_text(&text),
                                           .accept = "pause what matches",
                                           .cancel = "leave it",
                                           .history = &ui->conditions,
                                           .changed = intercept_changed,
                                           .taken = intercept_taken});
  buf_clear(&text);
}

void act_intercept_toggle(struct ui *ui, struct view *v, int count) {
  struct rules *rules = ui->w->rules;
  if (intercept_condition(rules)[0] == '\0') {
    act_intercept(ui, v, count);
    return;
  }
  undo_begin(ui->undo, intercept_enabled(rules) ? "intercept off" : "intercept on");
  undo_intercept(ui);
  undo_end(ui->undo);
  intercept_enable(rules, !intercept_enabled(rules));
  if (intercept_enabled(rules))
    ui_say(ui, "intercept on");
  else if (store_stats(ui_store(ui)).paused > 0)
    ui_say(ui, "intercept off; what is paused stays so (A resumes all)");
  else
    ui_say(ui, "intercept off");
}

void act_intercept_responses(struct ui *ui, struct view *v, int count) {
  struct rules *rules = ui->w->rules;
  (void)v;
  (void)count;
  undo_begin(ui->undo, "pause %s", intercept_wants_responses(rules) ? "requests only" : "responses too");
  undo_intercept(ui);
  undo_end(ui->undo);
  intercept_responses(rules, !intercept_wants_responses(rules));
  ui_say(ui, intercept_wants_responses(rules)
                 ? "responses are paused too"
                 : "only requests are paused, unless the condition speaks of the response");
}
