#include "ui/search.h"

#include <stdlib.h>

#include "ui/prompt.h"
#include "weir/base/mem.h"

enum part { PART_URL, PART_REQUEST_HEAD, PART_REQUEST_BODY, PART_RESPONSE_HEAD, PART_RESPONSE_BODY, PARTS };

static const char *const field_of[] = {"url", "req.header", "req.body", "resp.header", "resp.body"};
static const char *const word_of[] = {"URL", "request header", "request body", "response header", "response body"};

struct place {
  uint64_t id;
  enum part part;
};

/* Where the list stood before anything was looked for. */
struct search_home {
  uint64_t cursor;
  bool following;
};

struct search {
  struct ui *ui;
  struct search_home home;
  uint64_t put; /* where the cursor stood when the search began: perhaps at what a shorter text had found */
  bool told;    /* the line was closed: the end of the search is said */
  struct buf text;
  struct filter *filter[PARTS];
  struct loop_job job;
  bool running, seek; /* seek: the cursor goes to the first place behind `from` as soon as it is known */
  VEC(uint64_t) id;   /* the list as it was when the search began */
  size_t next;        /* of id[] */
  enum part part;     /* the part of that flow to look at next */
  VEC(struct place) found;
  size_t flows;   /* in which it was found */
  size_t current; /* of found[]; found.n: none */
  size_t from;    /* of id[]: where the cursor stood */
  unsigned serial;
};

/* ---- the job ---- */

static void stop(struct search *s) {
  if (s->running)
    loop_job_stop(s->ui->w->loop, &s->job);
  s->running = false;
}

/* NULL is fine */
static void search_free(struct search *s) {
  if (s == NULL)
    return;
  stop(s);
  for (int i = 0; i < PARTS; i++)
    filter_free(s->filter[i]);
  VEC_CLEAR(&s->id);
  VEC_CLEAR(&s->found);
  buf_clear(&s->text);
  free(s);
}

static void go(struct search *s, size_t i) {
  s->current = i;
  s->seek = false;
  list_select(s->ui, s->found.v[i].id);
}

static size_t list_place(const struct search *s, uint64_t id) {
  for (size_t i = s->next < s->id.n ? s->next + 1 : s->id.n; i-- > 0;)
    if (s->id.v[i] == id)
      return i;
  return 0;
}

static void found(struct search *s, uint64_t id, enum part part) {
  struct place place = {id, part};
  bool none = s->current == s->found.n;
  if (s->found.n == 0 || s->found.v[s->found.n - 1].id != id)
    s->flows++;
  VEC_PUSH(&s->found, place);
  if (none)
    s->current = s->found.n;
  if (s->seek && s->next >= s->from)
    go(s, s->found.n - 1);
}

/* One part of one flow. False: the time is up in the middle of it. */
static bool look(struct search *s, uint64_t deadline) {
  uint64_t id = s->id.v[s->next];
  const struct flow *f = store_get(ui_store(s->ui), id);
  enum filter_answer answer = f != NULL ? filter_step(s->filter[s->part], f, deadline, NULL) : FILTER_NO;
  if (answer == FILTER_MORE)
    return false;
  if (answer == FILTER_YES)
    found(s, id, s->part);
  filter_forget(s->filter[s->part]);
  if (++s->part == PARTS || f == NULL) {
    s->part = 0;
    s->next++;
  }
  return true;
}

/* Back from what a shorter text had found, unless the person has gone elsewhere. */
static void go_home(struct search *s) {
  if (s->ui->cursor != s->put || s->put == s->home.cursor || s->home.cursor == 0)
    return;
  list_select(s->ui, s->home.cursor);
  s->ui->following = s->home.following;
}

static void say_place(struct ui *ui);

static bool step(void *arg, uint64_t deadline) {
  struct search *s = arg;
  while (s->next < s->id.n && clock_mono() < deadline && look(s, deadline))
    ;
  ui_dirty(s->ui);
  if (s->next < s->id.n)
    return true;
  s->running = false;
  if (s->seek && s->found.n > 0)
    go(s, 0);
  else if (s->found.n == 0)
    go_home(s);
  s->seek = false;
  if (s->told)
    say_place(s->ui);
  return false;
}

/* ---- beginning ---- */

static void put_quoted(struct buf *out, struct slice text) {
  buf_add_byte(out, '"');
  for (size_t i = 0; i < text.n; i++) {
    if (text.p[i] == '"' || text.p[i] == '\\')
      buf_add_byte(out, '\\');
    buf_add_byte(out, text.p[i]);
  }
  buf_add_byte(out, '"');
}

/* re:/x/ or re:x is a regular expression, everything else stands for itself. */
static struct filter *compile(enum part part, struct slice text, struct err *err) {
  struct buf filter = BUF_INIT;
  buf_printf(&filter, "%s:", field_of[part]);
  if (slice_starts(text, SLICE("re:")) && text.n > 3) {
    struct slice pattern = slice_from(text, 3);
    bool slashes = pattern.n > 1 && pattern.p[0] == '/' && pattern.p[pattern.n - 1] == '/';
    buf_add_text(&filter, slashes ? "re:" : "re:/");
    buf_add_slice(&filter, pattern);
    buf_add_text(&filter, slashes ? "" : "/");
  } else {
    put_quoted(&filter, text);
  }
  struct filter *f = filter_compile(buf_slice(&filter), err);
  buf_clear(&filter);
  return f;
}

static bool start(struct ui *ui, struct slice text, struct search_home home, struct err *err) {
  static unsigned serial;
  search_free(ui->search);
  ui->search = NULL;
  if (text.n == 0)
    return true;
  struct search *s = mem_zero(1, sizeof *s);
  s->ui = ui;
  s->home = home;
  s->put = ui->cursor;
  for (int i = 0; i < PARTS; i++)
    if ((s->filter[i] = compile((enum part)i, text, err)) == NULL) {
      if (err != NULL)
        err->at = err->span = 0; /* of a text that the person has not typed */
      search_free(s);
      return false;
    }
  buf_add_slice(&s->text, text);
  for (size_t i = 0, n = filter_index_count(ui->index); i < n; i++)
    VEC_PUSH(&s->id, filter_index_nth(ui->index, i));
  while (s->from < s->id.n && s->id.v[s->from] != home.cursor)
    s->from++;
  if (s->from == s->id.n)
    s->from = 0;
  s->seek = true;
  s->serial = ++serial;
  s->job = (struct loop_job){.step = step, .arg = s};
  ui->search = s;
  s->running = step(s, clock_mono() + 2 * CLOCK_MS);
  if (s->running)
    loop_job_start(ui->w->loop, &s->job);
  return true;
}

/* ---- what others ask ---- */

void search_forget(struct ui *ui, uint64_t id) {
  struct search *s = ui->search;
  for (size_t i = s != NULL ? s->found.n : 0; i-- > 0;) {
    if (s->found.v[i].id != id)
      continue;
    bool last_of_flow = (i == 0 || s->found.v[i - 1].id != id) && (i + 1 == s->found.n || s->found.v[i + 1].id != id);
    s->flows -= last_of_flow;
    VEC_REMOVE(&s->found, i);
    if (s->current > i)
      s->current--;
  }
}

static bool is_found(const struct search *s, uint64_t id, enum flow_side side) {
  for (size_t i = 0; i < s->found.n; i++)
    if (s->found.v[i].id == id && (s->found.v[i].part >= PART_RESPONSE_HEAD) == (side == FLOW_RESPONSE))
      return true;
  return false;
}

void search_mark(struct ui *ui, struct pane *p, const struct flow *f) {
  const struct search *s = ui->search;
  if (f == NULL || p->pager.page == NULL)
    return;
  if (s == NULL) {
    if (p->searched != 0)
      pager_find_stop(&p->pager);
    p->searched = 0;
    return;
  }
  if ((p->searched == s->serial && p->searched_flow == f->id) || !is_found(s, f->id, p->side))
    return;
  p->searched = s->serial;
  p->searched_flow = f->id;
  pager_home(&p->pager);
  pager_find(&p->pager, buf_slice(&s->text), NULL);
}

static void put_places(const struct search *s, struct buf *out) {
  for (size_t i = 0; i < s->found.n && i < 12; i++) {
    const struct place *p = &s->found.v[i];
    bool same = i > 0 && s->found.v[i - 1].id == p->id;
    if (same)
      buf_printf(out, ", %s", word_of[p->part]);
    else
      buf_printf(out, "%s #%llu %s", i > 0 ? " " : "", (unsigned long long)p->id, word_of[p->part]);
  }
}

/* "/token  9 in 4 flows: #5 response body, ..."; nothing when nothing is looked for. */
static void search_words(const struct ui *ui, struct buf *out) {
  const struct search *s = ui->search;
  if (s == NULL)
    return;
  if (s->found.n == 0)
    buf_add_text(out, s->running ? "" : "not found");
  else if (s->current < s->found.n)
    buf_printf(out, "%zu of %zu in %zu flow%s: #%llu %s", s->current + 1, s->found.n, s->flows,
               s->flows == 1 ? "" : "s", (unsigned long long)s->found.v[s->current].id,
               word_of[s->found.v[s->current].part]);
  else {
    buf_printf(out, "%zu in %zu flow%s:", s->found.n, s->flows, s->flows == 1 ? "" : "s");
    put_places(s, out);
  }
  if (s->running)
    buf_printf(out, "%ssearching %zu of %zu", s->found.n > 0 ? "   " : "", s->next, s->id.n);
}

bool search_busy(const struct ui *ui, unsigned *percent) {
  const struct search *s = ui->search;
  if (s == NULL || !s->running)
    return false;
  *percent = (unsigned)(100 * s->next / s->id.n);
  return true;
}

/* ---- keys ---- */

static bool prompt_changed(struct ui *ui, void *arg, struct slice text, struct buf *words, struct err *err) {
  const struct search_home *p = arg;
  (void)words;
  return start(ui, text, *p, err);
}

/* Which place it is, of how many. */
static void say_place(struct ui *ui) {
  struct buf words = BUF_INIT;
  search_words(ui, &words);
  if (words.n > 0 && ui->search != NULL)
    ui_say(ui, "/%.*s  %s", (int)ui->search->text.n, ui->search->text.p, buf_text(&words));
  buf_clear(&words);
}

static bool prompt_taken(struct ui *ui, void *arg, struct slice text, struct err *err) {
  const struct search_home *p = arg;
  bool same = ui->search != NULL && slice_eq(text, buf_slice(&ui->search->text));
  if (!same && !start(ui, text, *p, err))
    return false;
  if (ui->search != NULL)
    ui->search->told = true;
  say_place(ui);
  return true;
}

static void prompt_words(struct ui *ui, void *arg, struct buf *words) {
  (void)arg;
  search_words(ui, words);
}

static void prompt_cancelled(struct ui *ui, void *arg) {
  const struct search_home *p = arg;
  search_drop(ui);
  if (p->cursor != 0)
    ui->cursor = p->cursor;
  ui->following = p->following;
}

void act_search(struct ui *ui, struct view *v, int count) {
  struct search_home *p = mem_zero(1, sizeof *p);
  (void)v, (void)count;
  search_drop(ui);
  *p = (struct search_home){ui->cursor, ui->following};
  prompt_open(ui, &(struct prompt_options){.label = "/",
                                           .accept = "keep",
                                           .cancel = "drop",
                                           .history = &ui->finds,
                                           .changed = prompt_changed,
                                           .taken = prompt_taken,
                                           .cancelled = prompt_cancelled,
                                           .words = prompt_words,
                                           .drop = free,
                                           .arg = p});
}

/* The place behind or before the cursor, in the order of the list; round the end. */
static size_t beside(const struct search *s, bool forward) {
  if (s->current < s->found.n && s->found.v[s->current].id == s->ui->cursor)
    return (s->current + (forward ? 1 : s->found.n - 1)) % s->found.n;
  size_t here = list_place(s, s->ui->cursor), i = 0;
  while (i < s->found.n && list_place(s, s->found.v[i].id) < here)
    i++;
  if (forward)
    return i < s->found.n ? i : 0;
  return i > 0 ? i - 1 : s->found.n - 1;
}

static void walk(struct ui *ui, bool forward) {
  size_t lines = ui->finds.line.n;
  if (ui->search == NULL && lines > 0)
    start(ui, slice_of(ui->finds.line.v[lines - 1]), (struct search_home){ui->cursor, ui->following}, NULL);
  else if (ui->search == NULL)
    ui_say(ui, "nothing was looked for yet; / searches");
  else if (ui->search->found.n > 0)
    go(ui->search, beside(ui->search, forward));
  say_place(ui);
}

void act_search_next(struct ui *ui, struct view *v, int count) {
  (void)v, (void)count;
  walk(ui, true);
}

void act_search_previous(struct ui *ui, struct view *v, int count) {
  (void)v, (void)count;
  walk(ui, false);
}

bool search_drop(struct ui *ui) {
  bool was = ui->search != NULL;
  search_free(ui->search);
  ui->search = NULL;
  return was;
}
