#include "ui/repeater.h"

#include <stdio.h>
#include <stdlib.h>

#include "ui/list_row.h"
#include "weir/base/units.h"

/* ---- tries ---- */

static void try_clear(struct try *t) {
  free(t->request);
  free(t->response);
  free(t->against_first);
}

static void try_fill(struct try *t, const struct flow *f) {
  t->finished = flow_finished(f);
  t->failed = flow_is_failure(f);
  t->wall_us = f->wall_us;
  t->status = flow_status(f);
  t->error = f->state == FLOW_FAILED ? f->error : ERROR_NONE;
  t->size = f->response.body.seen;
  t->took = f->times.end > f->times.start ? f->times.end - f->times.start : 0;
  t->hash = flow_body_hash(f);
}

static const struct flow *flow_of(const struct repeater *r, const struct try *t) {
  return store_get(ui_store(r->ui), t->id);
}

const char *try_request_words(struct repeater *r, struct replay_tab *t, size_t place) {
  struct try *now = &t->try.v[place];
  struct buf out = BUF_INIT;
  if (now->request != NULL)
    return now->request;
  const struct flow *f = flow_of(r, now), *before = place > 0 ? flow_of(r, &t->try.v[place - 1]) : NULL;
  if (now->captured)
    buf_printf(&out, "(as captured #%llu)", (unsigned long long)now->id);
  else if (place == 0)
    buf_add_text(&out, t->forgotten > 0 ? "-" : "(composed)");
  else if (f == NULL || before == NULL)
    buf_add_text(&out, "(its flow has left the ring)");
  else
    flow_change_request(before, f, &out);
  return now->request = buf_take(&out);
}

const char *try_response_words(struct repeater *r, struct replay_tab *t, size_t place) {
  struct try *now = &t->try.v[place];
  struct buf out = BUF_INIT;
  if (now->response != NULL)
    return now->response;
  if (!now->finished)
    return "";
  const struct flow *f = flow_of(r, now), *before = place > 0 ? flow_of(r, &t->try.v[place - 1]) : NULL;
  if (place > 0 && f != NULL && before != NULL && flow_finished(before))
    flow_change_response(before, f, &out);
  else
    buf_add_text(&out, "-");
  return now->response = buf_take(&out);
}

/* ---- tabs ---- */

static void tab_free(struct replay_tab *t) {
  for (size_t i = 0; i < t->try.n; i++)
    try_clear(&t->try.v[i]);
  VEC_CLEAR(&t->try);
  VEC_CLEAR(&t->rows);
  buf_clear(&t->text);
  free(t);
}

/* "login", "GET /", "users?page=2": the last part of the path. */
static void put_name(struct replay_tab *t, const struct flow *f) {
  struct slice path = flow_path(f), part, rest;
  ptrdiff_t query = slice_find_byte(path, '?');
  rest = query >= 0 ? slice_sub(path, 0, (size_t)query) : path;
  struct slice last = {NULL, 0};
  while (slice_split(&rest, '/', &part))
    last = part.n > 0 ? part : last;
  struct slice method = flow_method(f);
  if (last.n == 0)
    snprintf(t->name, sizeof t->name, "%.*s /", (int)(method.n < 10 ? method.n : 10), method.p);
  else
    snprintf(t->name, sizeof t->name, "%.*s", (int)(last.n < 24 ? last.n : 24), last.p);
}

static uint64_t origin_of(const struct store *store, uint64_t id) {
  const struct flow *f = store_get(store, id);
  for (int steps = 0; f != NULL && f->parent != 0 && steps < 1000; steps++) {
    const struct flow *parent = store_get(store, f->parent);
    if (parent == NULL)
      return f->parent;
    f = parent;
  }
  return f != NULL ? f->id : id;
}

static struct replay_tab *find_tab(const struct repeater *r, uint64_t id) {
  uint64_t origin = origin_of(ui_store(r->ui), id);
  for (size_t i = 0; i < r->tab.n; i++) {
    struct replay_tab *t = r->tab.v[i];
    if (t->origin == origin || t->origin == id)
      return t;
    for (size_t k = t->try.n; k > 0; k--)
      if (t->try.v[k - 1].id == id || t->try.v[k - 1].id == origin)
        return t;
  }
  return NULL;
}

static void add_try(struct replay_tab *t, struct try one) {
  if (t->try.n == TRIES_MAX) {
    try_clear(&t->try.v[0]);
    VEC_REMOVE(&t->try, 0);
    t->forgotten++;
    t->at -= t->at > 0;
  }
  VEC_PUSH(&t->try, one);
  if (t->following)
    t->at = t->try.n - 1;
}

struct replay_tab *repeater_tab(struct repeater *r, uint64_t id) {
  struct replay_tab *t = find_tab(r, id);
  if (t != NULL)
    return t;
  uint64_t origin = origin_of(ui_store(r->ui), id);
  const struct flow *f = store_get(ui_store(r->ui), origin);
  if (f == NULL)
    f = store_get(ui_store(r->ui), id);
  if (f == NULL)
    return NULL;
  if (r->tab.n == TABS_MAX)
    repeater_close(r, r->series.tab == r->tab.v[0] ? 1 : 0);
  t = mem_zero(1, sizeof *t);
  t->origin = f->id;
  t->following = true;
  put_name(t, f);
  struct try first = {.id = f->id, .captured = !f->replay};
  try_fill(&first, f);
  add_try(t, first);
  VEC_PUSH(&r->tab, t);
  return t;
}

void repeater_close(struct repeater *r, size_t place) {
  struct replay_tab *t = r->tab.v[place];
  if (r->series.tab == t) {
    r->series.stopping = true;
    loop_timer_cancel(r->ui->w->loop, &r->series.timer);
    r->series.tab = NULL;
  }
  VEC_REMOVE(&r->tab, place);
  tab_free(t);
  if (r->current > place || r->current >= r->tab.n)
    r->current -= r->current > 0;
}

struct replay_tab *repeater_current(const struct repeater *r) {
  return r->current < r->tab.n ? r->tab.v[r->current] : NULL;
}

void repeater_keep_text(struct replay_tab *t, uint64_t like, struct slice text, bool keep_length) {
  buf_reset(&t->text);
  buf_add_slice(&t->text, text);
  t->like = like;
  t->keep_length = keep_length;
}

void repeater_sent(struct repeater *r, uint64_t id, unsigned run, unsigned n) {
  struct replay_tab *t = find_tab(r, id);
  const struct flow *f = store_get(ui_store(r->ui), id);
  if (f == NULL)
    return;
  if (t == NULL)
    t = repeater_tab(r, id);
  if (t == NULL)
    return;
  for (size_t i = 0; i < r->tab.n; i++)
    if (r->tab.v[i] == t)
      r->current = i;
  bool there = t->try.n > 0 && t->try.v[t->try.n - 1].id == id;
  if (!there) {
    struct try one = {.id = id, .run = run, .n = n, .wall_us = f->wall_us};
    if (flow_finished(f))
      try_fill(&one, f);
    add_try(t, one);
  }
  if (run == 0)
    t->table = false;
}

/* ---- what becomes of them ---- */

static void tell(struct repeater *r, const struct flow *f) {
  struct ui *ui = r->ui;
  struct buf words = BUF_INIT, outcome = BUF_INIT;
  const struct flow *before = f->parent != 0 ? store_get(ui_store(ui), f->parent) : NULL;
  char took[16];
  r->tell = 0;
  flow_outcome(f, &outcome);
  if (before != NULL && flow_finished(before))
    flow_change_response(before, f, &words);
  ui_say(ui, "#%llu: %s in %s%s%s", (unsigned long long)f->id, buf_text(&outcome),
         units_duration(flow_duration(f, ui_now(ui)), took, sizeof took), words.n > 0 ? "  " : "", buf_text(&words));
  buf_clear(&words);
  buf_clear(&outcome);
}

static void on_end(struct repeater *r, const struct flow *f) {
  for (size_t i = 0; i < r->tab.n; i++) {
    struct replay_tab *t = r->tab.v[i];
    for (size_t k = t->try.n; k > 0; k--) {
      struct try *one = &t->try.v[k - 1];
      if (one->id != f->id)
        continue;
      if (one->finished)
        return;
      try_fill(one, f);
      one->finished = true;
      if (r->tell == f->id)
        tell(r, f);
      if (r->series.tab == t && one->run == r->series.run)
        series_ended(r->ui, one);
      ui_dirty(r->ui);
      return;
    }
  }
}

static void on_added(void *arg, struct flow *f) {
  if (f->replay && flow_finished(f))
    on_end(arg, f);
}

static void on_changed(void *arg, struct flow *f, unsigned mask) {
  (void)mask;
  on_added(arg, f);
}

static void on_removed(void *arg, struct flow *f) {
  series_keep(arg, f);
  if (f->replay)
    on_end(arg, f);
}

struct repeater *repeater_new(struct ui *ui) {
  struct repeater *r = mem_zero(1, sizeof *r);
  r->ui = ui;
  r->options.count = 10;
  store_observe(ui_store(ui), &(struct store_observer){on_added, on_changed, on_removed, r});
  return r;
}

void repeater_free(struct repeater *r) {
  if (r == NULL)
    return;
  store_unobserve(ui_store(r->ui), r);
  loop_timer_cancel(r->ui->w->loop, &r->series.timer);
  flow_free(r->series.kept);
  send_vars_clear(&r->series.vars);
  buf_clear(&r->series.text);
  for (size_t i = 0; i < r->tab.n; i++)
    tab_free(r->tab.v[i]);
  VEC_CLEAR(&r->tab);
  free(r);
}
