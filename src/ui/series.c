/* Sending again, once or many times: see repeater.h. */
#include <stdio.h>
#include <stdlib.h>

#include "ui/prompt.h"
#include "ui/repeater.h"
#include "weir/base/units.h"

static void step(struct ui *ui);

/* ---- one ---- */

static uint64_t send_text(struct ui *ui, const struct flow *like, const struct send_vars *vars, struct slice text,
                          bool keep_length, unsigned n, struct err *err) {
  struct buf one = BUF_INIT;
  send_vars_put(vars, text, n, &one);
  uint64_t id = proxy_send_of(ui_proxy(ui), like, buf_slice(&one), keep_length, err);
  buf_clear(&one);
  return id;
}

uint64_t repeater_send_once(struct ui *ui, uint64_t parent, struct slice text, bool keep_length, struct err *err) {
  struct send_vars vars;
  if (!send_vars_read(&vars, text, err))
    return 0;
  const struct flow *like = parent != 0 ? store_get(ui_store(ui), parent) : NULL;
  uint64_t id = send_text(ui, like, &vars, text, keep_length, 1, err);
  send_vars_clear(&vars);
  if (id != 0) {
    repeater_sent(ui->repeater, id, 0, 1);
    ui->repeater->tell = id;
  }
  return id;
}

uint64_t repeater_send_body(struct ui *ui, uint64_t parent, struct slice head, struct body *body, bool keep_length,
                            struct err *err) {
  struct send_vars vars;
  struct buf one = BUF_INIT;
  if (!send_vars_read(&vars, head, err))
    return 0;
  send_vars_put(&vars, head, 1, &one);
  uint64_t like = parent != 0 && store_get(ui_store(ui), parent) != NULL ? parent : 0;
  uint64_t id = proxy_send_body(ui_proxy(ui), like, buf_slice(&one), body, keep_length, err);
  buf_clear(&one);
  send_vars_clear(&vars);
  if (id != 0) {
    repeater_sent(ui->repeater, id, 0, 1);
    ui->repeater->tell = id;
  }
  return id;
}

static void refuse(struct ui *ui, uint64_t id, const struct err *err) {
  if (strchr(err->text, '#') != NULL || id == 0)
    ui_warn(ui, "%s", err->text); /* it names the flow itself */
  else
    ui_warn(ui, "#%llu: %s", (unsigned long long)id, err->text);
}

/* ---- many ---- */

bool series_busy(const struct ui *ui, unsigned *done, unsigned *all) {
  const struct series *s = &ui->repeater->series;
  if (s->tab == NULL)
    return false;
  *done = s->ended;
  *all = s->options.count;
  return true;
}

static void end(struct ui *ui, const char *why) {
  struct series *s = &ui->repeater->series;
  struct series_sum sum;
  char fast[16], median[16], p95[16], key[40];
  series_sum(s->tab, &sum);
  s->tab = NULL;
  loop_timer_cancel(ui->w->loop, &s->timer);
  if (sum.done > 0)
    ui_say(ui, "%s%u of %u sent: %u ok, %u failed (%s); min %s, median %s, p95 %s; %u distinct bod%s", why, s->sent,
           s->options.count, sum.done - sum.failed, sum.failed, dispatch_key_of(ui, "screen-repeater", key, sizeof key),
           units_duration(sum.fastest, fast, sizeof fast), units_duration(sum.median, median, sizeof median),
           units_duration(sum.p95, p95, sizeof p95), sum.bodies, sum.bodies == 1 ? "y" : "ies");
  flow_free(s->kept);
  s->kept = NULL;
  send_vars_clear(&s->vars);
  buf_clear(&s->text);
  ui_dirty(ui);
}

static void on_time(void *arg) {
  step(arg);
}

static bool send_next(struct ui *ui, struct series *s) {
  struct err err = ERR_INIT;
  unsigned n = s->sent + 1;
  const struct flow *old = s->kept != NULL ? s->kept : store_get(ui_store(ui), s->flow);
  uint64_t id = s->text.n > 0 ? send_text(ui, old, &s->vars, buf_slice(&s->text), s->keep_length, n, &err)
                : old != NULL ? proxy_replay_of(ui_proxy(ui), old, &err)
                              : proxy_replay(ui_proxy(ui), s->flow, &err); /* for its sentence */
  if (id == 0) {
    end(ui, "");
    refuse(ui, s->flow, &err);
    return false;
  }
  s->sent++;
  s->running++;
  repeater_sent(ui->repeater, id, s->run, n);
  return true;
}

static void step(struct ui *ui) {
  struct series *s = &ui->repeater->series;
  unsigned most = s->options.parallel ? PARALLEL_MAX : 1;
  if (s->tab == NULL)
    return;
  while (!s->stopping && s->sent < s->options.count && s->running < most) {
    if (!send_next(ui, s))
      return;
    if (s->options.gap > 0 && s->options.parallel) {
      loop_timer_arm(ui->w->loop, &s->timer, s->options.gap);
      break;
    }
  }
  ui_dirty(ui);
}

void series_ended(struct ui *ui, const struct try *t) {
  struct series *s = &ui->repeater->series;
  s->running--;
  s->ended++;
  s->failed += t->failed;
  if (s->options.stop_on_5xx && t->status >= 500)
    s->stopping = true;
  if (s->running == 0 && (s->stopping || s->sent == s->options.count))
    end(ui, s->sent < s->options.count ? "stopped: " : "");
  else if (!s->stopping && s->sent < s->options.count)
    loop_timer_arm(ui->w->loop, &s->timer, s->options.parallel && s->options.gap == 0 ? 0 : s->options.gap);
}

/* What is under way goes on when the list is cleared. */
void series_keep(struct repeater *r, const struct flow *f) {
  struct series *s = &r->series;
  if (s->tab != NULL && s->flow == f->id && s->kept == NULL && s->sent < s->options.count && !s->stopping)
    s->kept = flow_keep_request(f);
}

void series_stop(struct ui *ui) {
  struct series *s = &ui->repeater->series;
  if (s->tab == NULL)
    return;
  s->stopping = true;
  loop_timer_cancel(ui->w->loop, &s->timer);
  if (s->running == 0)
    end(ui, "stopped: ");
  else
    ui_say(ui, "stops when what is running has ended");
}

/* ---- beginning ---- */

struct ask { /* a series that waits for a yes */
  struct ui *ui;
  uint64_t flow;
  struct buf text;
  bool keep_length;
  struct send_options options;
};

static void ask_free(void *arg) {
  struct ask *a = arg;
  buf_clear(&a->text);
  free(a);
}

static void begin(struct ui *ui, void *arg) {
  struct ask *a = arg;
  struct series *s = &ui->repeater->series;
  struct send_vars vars = {0};
  struct err err = ERR_INIT;
  struct replay_tab *t = repeater_tab(ui->repeater, a->flow);
  if (t == NULL) {
    ui_warn(ui, "#%llu has left the ring: there is nothing to send again", (unsigned long long)a->flow);
    return;
  }
  if (a->text.n > 0 && !send_vars_read(&vars, buf_slice(&a->text), &err)) {
    ui_warn(ui, "%s", err.text);
    return;
  }
  send_vars_clear(&s->vars);
  buf_clear(&s->text);
  s->vars = vars;
  flow_free(s->kept);
  s->kept = NULL;
  s->tab = t;
  s->options = a->options;
  s->flow = a->flow;
  s->keep_length = a->keep_length;
  buf_add_slice(&s->text, buf_slice(&a->text));
  s->run = ++t->runs;
  s->sent = s->running = s->ended = s->failed = 0;
  s->stopping = false;
  s->timer = (struct loop_timer){.fn = on_time, .arg = ui};
  t->table = true;
  t->following = true;
  struct buf words = BUF_INIT;
  char key[40];
  send_vars_words(&vars, buf_slice(&s->text), &words);
  step(ui);
  if (s->tab != NULL)
    ui_say(ui, "sending %u times, %s%s%s: Esc stops, %s shows them", s->options.count,
           s->options.parallel ? "several at once" : "one after the other", words.n > 0 ? ", with " : "",
           buf_text(&words), dispatch_key_of(ui, "screen-repeater", key, sizeof key));
  buf_clear(&words);
}

static bool is_safe(const struct flow *f, struct slice text) {
  struct slice method = text.n > 0 || f == NULL ? text : flow_method(f);
  return slice_starts(method, SLICE("GET")) || slice_starts(method, SLICE("HEAD"));
}

static void start(struct ui *ui, uint64_t id, struct slice text, bool keep_length, const struct send_options *options) {
  unsigned done, all;
  const struct flow *f = store_get(ui_store(ui), id);
  if (series_busy(ui, &done, &all)) {
    ui_warn(ui, "%u of %u are still to be sent: Esc stops them", all - done, all);
    return;
  }
  if (options->count > SERIES_MAX) {
    ui_warn(ui, "at most %d in a row", SERIES_MAX);
    return;
  }
  struct ask *a = mem_zero(1, sizeof *a);
  *a = (struct ask){.ui = ui, .flow = id, .keep_length = keep_length, .options = *options};
  buf_add_slice(&a->text, text);
  if (options->count <= SERIES_ASK || is_safe(f, text)) {
    begin(ui, a);
    ask_free(a);
    return;
  }
  struct slice method =
      text.n > 0 ? slice_sub(text, 0, (size_t)(slice_find_byte(text, ' ') > 0 ? slice_find_byte(text, ' ') : 0))
                 : flow_method(f);
  prompt_ask(ui, 0, begin, ask_free, a, "send %.*s %u times? It is no GET: each may change something (y/n)",
             (int)(method.n < 20 ? method.n : 20), method.p, options->count);
}

void repeater_say_sent(struct ui *ui, uint64_t first, uint64_t last) {
  char key[40];
  const char *tries = dispatch_key_of(ui, "screen-repeater", key, sizeof key);
  if (first == last)
    ui_say(ui, "sent as #%llu; :%llu goes to it, %s lists its tries", (unsigned long long)last,
           (unsigned long long)last, tries);
  else
    ui_say(ui, "sent as #%llu to #%llu; :%llu goes to the first, %s lists the tries", (unsigned long long)first,
           (unsigned long long)last, (unsigned long long)first, tries);
}

void repeater_send_flow(struct ui *ui, uint64_t id, const struct send_options *options) {
  struct err err = ERR_INIT;
  if (options->count > 1) {
    start(ui, id, slice_make(NULL, 0), false, options);
    return;
  }
  uint64_t sent = proxy_replay(ui_proxy(ui), id, &err);
  if (sent == 0) {
    refuse(ui, id, &err);
    return;
  }
  repeater_sent(ui->repeater, sent, 0, 1);
  ui->repeater->tell = sent;
  repeater_say_sent(ui, sent, sent);
}

void repeater_send_text(struct ui *ui, struct replay_tab *t, const struct send_options *options) {
  struct err err = ERR_INIT;
  if (options->count > 1) {
    start(ui, t->like != 0 ? t->like : t->origin, buf_slice(&t->text), t->keep_length, options);
    return;
  }
  uint64_t sent = repeater_send_once(ui, t->like, buf_slice(&t->text), t->keep_length, &err);
  if (sent == 0)
    refuse(ui, 0, &err);
  else
    ui_say(ui, "sent as #%llu, edited", (unsigned long long)sent);
}

/* ---- figures ---- */

static int by_size(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

void series_sum(const struct replay_tab *t, struct series_sum *out) {
  VEC(uint64_t) took = {NULL, 0, 0}, hash = {NULL, 0, 0};
  *out = (struct series_sum){0};
  for (size_t i = 0; i < t->try.n; i++) {
    const struct try *one = &t->try.v[i];
    if (one->run != t->runs || one->run == 0 || !one->finished)
      continue;
    out->done++;
    out->failed += one->failed;
    VEC_PUSH(&took, one->took);
    if (one->status != 0)
      VEC_PUSH(&hash, one->hash);
  }
  if (took.n > 0) {
    qsort(took.v, took.n, sizeof *took.v, by_size);
    out->fastest = took.v[0];
    out->median = took.v[(took.n - 1) / 2];
    out->p95 = took.v[(took.n * 95 + 99) / 100 - 1];
    out->slowest = took.v[took.n - 1];
  }
  if (hash.n > 0)
    qsort(hash.v, hash.n, sizeof *hash.v, by_size);
  for (size_t i = 0; i < hash.n; i++)
    out->bodies += i == 0 || hash.v[i] != hash.v[i - 1];
  VEC_CLEAR(&took);
  VEC_CLEAR(&hash);
}
